"""LibreOffice opens every document we write, once per kind: forms, red files, CSV; what it reads is what was written."""

import csv
import shutil
import subprocess
from datetime import date

import pytest

from qingxi.bulletin import County, draft, month
from qingxi.files.office_form import form_csv, form_xlsx
from qingxi.files.office_red import red_book
from qingxi.files.office_sheet import read_sent
from qingxi.files.office_tables import TABLES
from qingxi.indicator import Records, State, VillageStanding, definitions, rate
from qingxi.place import VillageKind
from qingxi.report import MeetingPaper, write_bulletin, write_lists, write_meeting

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not on this machine")
ROW = {
    "code": "999901100200", "name": "=红岩村", "township": "溪口镇", "state": "已治理", "recognised_on": "2023-06-27", "households": 60,
    "households_connected": 40, "sewer_km": 3.25, "no_stench": True, "note": "-3 号管",
}  # fmt: skip


def converted(folder, kind, *paths, reading=()):
    """Every file in another format, by one LibreOffice; its return code must be 0."""
    out = folder / kind.partition(":")[0]
    done = subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", *reading, "--convert-to", kind, "--outdir", str(out), *map(str, paths)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def test_official_papers_become_pdf(tmp_path):
    """The two papers in the layout of GB/T 9704: a bulletin and the minutes of a meeting."""
    county = County("天河坝县", "县领导小组办公室", ("各乡镇人民政府",), ("县政府办公室",))
    village = VillageStanding("999901100200", "红岩村", "溪口镇", VillageKind.VILLAGE, State.TREATED)
    figure = rate(definitions()["treatment_rate_village"], Records("999901", (village,)), date(2026, 11, 30))
    write_bulletin(
        draft(county, month(2026, 11), figure, townships=[("999901100", "溪口镇", figure)]),
        tmp_path / "bulletin.docx",
    )
    items, tasks, people = (
        (("修路与管网", "同一条路", "同步施工"),),
        (("核实", "县局", "陈静", "2026-12-01"),),
        (("陈静", "县局", "到会"),),
    )
    day = date(2026, 11, 22)
    paper = MeetingPaper(
        "推进会", "县领导小组办公室", "9:00", "二楼", "陈静", items, tasks, people, "议定如下", True, day
    )
    write_meeting(paper, tmp_path / "minutes.docx")
    out = converted(tmp_path, "pdf", tmp_path / "bulletin.docx", tmp_path / "minutes.docx")
    assert all((out / f"{name}.pdf").stat().st_size > 5000 for name in ("bulletin", "minutes"))


def test_what_libreoffice_reads_is_what_we_wrote(tmp_path):
    (tmp_path / "probe.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    if not converted(tmp_path, "ods", tmp_path / "probe.csv").is_dir():
        pytest.skip("this LibreOffice has no Calc: it opens no table, not even a CSV")
    files = []
    for name, table in TABLES.items():
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(form_xlsx(table, [ROW] if name == "villages" else []))
        files.append(path)
    (tmp_path / "v.csv").write_bytes(form_csv(TABLES["villages"], [ROW]))
    bad = tmp_path / "bad.csv"
    bad.write_text("行政村代码,行政村,治理状态\n999901100200,红岩村,快了\n", encoding="utf-8")
    sent = read_sent(bad)
    (tmp_path / "red.xlsx").write_bytes(red_book(bad, sent, sent.faults, sent.spots))
    village = VillageStanding("999901100200", "红岩村", "溪口镇", VillageKind.VILLAGE, State.TREATED)
    figure = rate(definitions()["treatment_rate_village"], Records("999901", (village,)), date(2026, 11, 30))
    write_lists([figure], tmp_path / "lists.xlsx")
    ods = converted(tmp_path, "xlsx", *files, tmp_path / "red.xlsx", tmp_path / "lists.xlsx")
    # Its window sees the byte order mark by itself; without a window it must be told: comma, quotes, UTF-8.
    converted(tmp_path, "xlsx", tmp_path / "v.csv", reading=("--infilter=CSV:44,34,76,1",))
    assert {p.stem for p in ods.iterdir()} == {*TABLES, "v", "red", "lists"}
    again = read_sent(ods / "villages.xlsx")
    assert again.faults == []
    (row,) = again.rows
    assert {k: row.values[k] for k in ROW} == ROW
    csv_row = read_sent(ods / "v.xlsx", "villages").rows[0].values
    # In a CSV the apostrophe is the guard itself: a spreadsheet shows it, and what is saved from there keeps it.
    assert (csv_row["code"], csv_row["name"], csv_row["households"]) == ("999901100200", "'=红岩村", 60)
    marked = read_sent(ods / "red.xlsx")
    assert [f.code for f in marked.faults] == ["not-in-list"]
    pages = converted(tmp_path, "pdf", tmp_path / "villages.xlsx")
    assert (pages / "villages.pdf").stat().st_size > 5000
    plain = converted(tmp_path, "csv:Text - txt - csv (StarCalc):44,34,76", tmp_path / "villages.xlsx")
    with (plain / "villages.csv").open(encoding="utf-8") as lines:
        assert "=红岩村" in [cell for line in csv.reader(lines) for cell in line]
