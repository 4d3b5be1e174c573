"""Bill of quantities and hydraulic calculation sheets: sums that are formulas, two ways that agree, the plan's own levels."""

import itertools
import re

import numpy as np
import openpyxl
import pytest
from plan_hamlet import planned

from qingxi.files import export_plan, read_plan_tables
from qingxi.files.calc_rows import calc_systems
from qingxi.files.plan_bill import bill_rows


@pytest.fixture(scope="module")
def hamlet():
    """The sewer plan of the hamlet at L2."""
    folder = planned("sewer")
    tables, figures = read_plan_tables(folder)
    return folder, tables, figures


def span(book, sheet, text):
    """Values of ``A1:B9`` or ``'表'!$A$1:$A$9``, told again from the cells as they are (a formula is worked out)."""
    name, _, area = text.rpartition("!")
    page = book[name.strip("'")] if name else sheet
    cells = page[area.replace("$", "")]
    rows = cells if isinstance(cells, tuple) else ((cells,),)
    return [value(book, page, cell) for row in rows for cell in row]


def value(book, sheet, cell):
    """A cell worked out by hand: SUM, SUMIFS, IF(x=0,0,a/b) and their sums are all that these books use."""
    said = cell.value
    if not (isinstance(said, str) and said.startswith("=")):
        return said
    total = 0.0
    for name, inside in re.findall(r"(SUMIFS|SUM|IF)\(([^()]*)\)", said):
        parts = inside.split(",")
        if name == "SUM":
            total += sum(v for v in span(book, sheet, inside) if isinstance(v, (int, float)))
        elif name == "SUMIFS":
            keep = np.ones(len(span(book, sheet, parts[0])), dtype=bool)
            for where, what in zip(parts[1::2], parts[2::2], strict=True):
                wanted = (
                    what.strip('"')
                    if what.startswith('"')
                    else str(value(book, sheet, sheet[what.replace("$", "")]))
                )
                keep &= np.array([str(v) == wanted for v in span(book, sheet, where)])
            total += sum(
                v
                for v, k in zip(span(book, sheet, parts[0]), keep, strict=True)
                if k and isinstance(v, (int, float))
            )
        else:
            above, below = (sheet[c].value for c in re.match(r"(\w+)/(\w+)$", parts[2]).groups())
            total += 0.0 if not below else above / below
    return total


def formulas(book, held, names):
    for name in names:
        for row in book[name].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    yield name, cell, held[name][cell.coordinate].value


def test_the_bill_is_the_plans_works(hamlet):
    """Every yuan of 工程费用 once: streets' pipes, wells, laterals, lifts, plants, units at houses."""
    _, tables, figures = hamlet
    rows = bill_rows(tables)
    assert sum(row.works_yuan for row in rows) == pytest.approx(figures["cost"]["works"], abs=1.0)
    metres = sum(row.quantity for row in rows if row.item in ("重力管", "压力管"))
    assert metres == pytest.approx(figures["pipe_m"]["gravity"] + figures["pipe_m"]["pressure"])
    wells = sum(row.quantity for row in rows if row.item == "检查井")
    assert wells == (tables.nodes["kind"] == "manhole").sum()
    villages = {str(h)[:12] for h in tables.households["hamlet_id"]}
    assert {row.village for row in rows} <= villages
    assert all(row.township == row.village[:9] for row in rows)


def test_free_plan_with_units_too():
    tables, figures = read_plan_tables(planned("free"))
    assert sum(row.works_yuan for row in bill_rows(tables)) == pytest.approx(figures["cost"]["works"], abs=1.0)


def test_every_formula_of_the_bill_works_out_to_what_is_shown(hamlet):
    folder, _, figures = hamlet
    book, held = (
        openpyxl.load_workbook(folder / "plan.xlsx"),
        openpyxl.load_workbook(folder / "plan.xlsx", data_only=True),
    )
    names = ["清单明细", "清单按系统", "清单按乡镇", "清单按行政村"]
    count = 0
    for name, cell, shown in formulas(book, held, names):
        assert shown == pytest.approx(value(book, book[name], cell), abs=0.02), (name, cell.coordinate, cell.value)
        count += 1
    assert count > 20
    for name in names:
        last = book[name].max_row
        works = held[name].cell(last, held[name].max_column).value
        assert works == pytest.approx(figures["cost"]["works"], abs=1.0), name


def test_sheets_hold_every_sewer_once_in_order_downstream(hamlet):
    _, tables, _ = hamlet
    systems = calc_systems(tables)
    assert {s.system_id for s in systems} == set(
        tables.pipes["system_id"][tables.pipes["kind"] != "lateral"].tolist()
    )
    for one in systems:
        mine = (tables.pipes["system_id"] == one.system_id) & (tables.pipes["kind"] != "lateral")
        assert len(one.rows) == mine.sum()
        assert one.length_m == pytest.approx(tables.pipes["length_m"][mine].sum())
        assert len({(r.up, r.down) for r in one.rows}) == len(one.rows)
        assert one.rows[0].line == "主管"
        lines = {}
        for row in one.rows:
            lines.setdefault(row.line, []).append(row)
        for pipes in lines.values():
            assert all(a.down == b.up for a, b in itertools.pairwise(pipes))  # each line runs on
        main = sum(r.length_m for r in lines["主管"])
        assert all(sum(r.length_m for r in pipes) <= main + 1e-9 for pipes in lines.values())


def test_levels_of_a_row_by_hand(hamlet):
    """Fall = i L; water = invert + h; cover = ground − invert − D; flow in L/s from m³/d by 86.4."""
    _, tables, _ = hamlet
    ground = dict(zip(tables.nodes["node_id"].tolist(), tables.nodes["ground_m"].tolist(), strict=True))
    (one, *_) = calc_systems(tables)
    seen = 0
    for row in one.rows:
        if row.kind != "重力":
            continue
        assert row.fall_m == pytest.approx(row.slope_permille / 1000 * row.length_m, abs=2e-3)
        assert row.water_up_m - row.invert_up_m == pytest.approx(row.fill * row.dn_mm / 1000)
        assert row.cover_up_m == pytest.approx(ground[int(row.up)] - row.invert_up_m - row.dn_mm / 1000)
        assert row.cover_down_m == pytest.approx(ground[int(row.down)] - row.invert_down_m - row.dn_mm / 1000)
        assert row.peak_l_s >= row.mean_l_s > 0
        seen += 1
    assert seen > 3


def test_the_book_says_the_same_and_its_lengths_are_sums(hamlet, tmp_path):
    folder, tables, _ = hamlet
    done = export_plan(folder, ["sheets"], out=tmp_path)
    assert [p.name for p in done.paths["sheets"]] == ["sheets.xlsx", "sheets.html"]
    book = openpyxl.load_workbook(tmp_path / "sheets.xlsx")
    held = openpyxl.load_workbook(tmp_path / "sheets.xlsx", data_only=True)
    assert book.sheetnames[0] == "目录"
    for name, cell, shown in formulas(book, held, book.sheetnames):
        assert shown == pytest.approx(value(book, book[name], cell), abs=0.02), (name, cell.coordinate, cell.value)
    (one, *_) = calc_systems(tables)
    first = [cell.value for cell in book[f"系统{one.system_id}"][5]]
    assert first[:3] == ["主管", one.rows[0].up, one.rows[0].down]
    assert first[4] == pytest.approx(one.rows[0].length_m)
    page = (tmp_path / "sheets.html").read_text(encoding="utf-8")
    assert page.count("<section") == len(calc_systems(tables))
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", page)
    again = tmp_path / "again"
    export_plan(folder, ["sheets"], out=again)
    assert (again / "sheets.xlsx").read_bytes() == (tmp_path / "sheets.xlsx").read_bytes()


def test_what_the_level_withholds_is_a_dash(hamlet, tmp_path):
    _folder, tables, figures = hamlet
    from dataclasses import replace

    from qingxi.files.calc_book import write_calc_sheets

    blank = {k: np.full(v.size, np.nan) if k in ("invert_up_m", "invert_down_m", "slope", "fill", "velocity_m_s") else v
             for k, v in tables.pipes.items()}  # fmt: skip
    told = {**figures, "level": "L1", "withheld": ["pipes.invert_up_m", "pipes.slope"]}
    write_calc_sheets(tmp_path, replace(tables, pipes=blank), told)
    page = (tmp_path / "sheets.html").read_text(encoding="utf-8")
    assert "不予给出：管底标高、坡度" in page
    assert "nan" not in page.lower().replace("nano", "")
    book = openpyxl.load_workbook(tmp_path / "sheets.xlsx")
    assert book.worksheets[1].cell(5, 10).value == "—"


def test_a_plan_without_sewers_has_no_sheets(tmp_path):
    from qingxi.files.calc_book import write_calc_sheets
    from qingxi.plan import PlanTables

    assert write_calc_sheets(tmp_path, PlanTables(systems={}, hamlets={}), {}) == ()
    assert list(tmp_path.iterdir()) == []
