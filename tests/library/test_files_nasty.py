"""Every nasty file gives the right rows or the right red cells, and the page that lists them is this list."""

import io
from pathlib import Path

import openpyxl
import pytest
from nasty_sheets import DATES, NASTY, table

from qingxi.files.book_cells import BadCell, Doubt, day
from qingxi.files.book_units import Measure, fen
from qingxi.files.office_red import red_book
from qingxi.files.office_sheet import read_sent, which_table
from qingxi.origin import Severity


@pytest.mark.parametrize("nasty", NASTY, ids=lambda n: n.name)
def test_a_nasty_file(nasty, tmp_path):
    path = tmp_path / nasty.name
    nasty.make(path)
    sent = read_sent(path, "villages")
    rows = {
        r.values["code"]: (r.values["name"], r.values["households"], r.values["state"]) for r in sent.rows if r.good
    }
    assert rows == nasty.rows
    told = [(f.code, f.row, f.severity) for f in sent.faults]
    assert sorted((c, r or 0) for c, r, s in told if s is Severity.ERROR) == sorted(
        (c, r or 0) for c, r in nasty.red
    )
    assert sorted((c, r or 0) for c, r, s in told if s is Severity.WARNING) == sorted(
        (c, r or 0) for c, r in nasty.notes
    )
    assert all(f.rule and f.remedy and f.file == nasty.name for f in sent.faults)
    assert all(r.values["township"] in ("溪口镇", "=溪口镇") for r in sent.rows if r.good)
    if sent.header and nasty.red and len(sent.rows) < 1000:
        # Each red cell stands where the fault says, in the file that goes back.
        back = openpyxl.load_workbook(io.BytesIO(red_book(path, sent, sent.faults, sent.spots)))
        sheet = back[sent.sheet] if sent.sheet in back.sheetnames else back.active
        red = {c.row for line in sheet.iter_rows() for c in line if c.fill.fgColor.rgb == "FFFFC7CE"}
        assert red == {row for code, row in nasty.red}


def test_there_are_forty_and_the_page_lists_them():
    assert len(NASTY) >= 40
    page = Path(__file__).parents[2] / "docs" / "formats" / "nasty-sheets.md"
    assert page.read_text(encoding="utf-8") == table(), (
        "run python tests/library/nasty_sheets.py > docs/formats/nasty-sheets.md"
    )


@pytest.mark.parametrize(("said", "iso", "code"), DATES, ids=lambda v: str(v))
def test_days_as_people_write_them(said, iso, code):
    if iso is None:
        with pytest.raises(BadCell) as told:
            day(said)
        assert told.value.code == code
        return
    got = day(said)
    assert str(got.value if isinstance(got, Doubt) else got) == iso
    assert (got.code if isinstance(got, Doubt) else "") == code


@pytest.mark.parametrize(
    ("heading", "cell", "fen_"),
    [
        ("金额", 3, 3_000_000), ("金额（元）", 3, 300), ("金额（万元）", "3元", 300), ("投资(元)", "1.2万", 1_200_000),
        ("金额（千元）", 3, 300_000), ("金额", "3 亿元", 30_000_000_000),
    ],
)  # fmt: skip
def test_the_unit_of_the_heading_counts_and_the_cells_wins(heading, cell, fen_):
    assert fen(10_000).under(heading)(cell) == fen_


@pytest.mark.parametrize(
    ("heading", "cell", "km"),
    [
        ("管网长度", 4, 4),
        ("管网长度（m）", 4200, 4.2),
        ("管网长度（m）", "4.2公里", 4.2),
        ("管网长度（公里）", "1200m", 1.2),
    ],
)
def test_lengths(heading, cell, km):
    assert Measure({"km": 1.0, "公里": 1.0, "m": 0.001}).under(heading)(cell) == km


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("户编号,自然村代码,常住人口", "households"), ("设施编号,设施名称,设计规模,行政村", "facilities"), ("编号,问题,发现日期", "issues"),
        ("用电户号,年月,电量", "bills"), ("设施编号,采样日期,采样点,COD", "labs"), ("设施编号,时间,巡查人,进水", "visits"),
        ("代码,名称,类型", "places"), ("行政村代码,行政村,治理状态", "villages"), ("甲,乙,丙", ""),
    ],
)  # fmt: skip
def test_the_table_is_known_by_its_headings(head, name, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(head + "\n", encoding="utf-8")
    assert which_table(path) == name
