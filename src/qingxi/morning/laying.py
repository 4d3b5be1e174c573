"""A form laid out with its figures: every cell with its value, and the formula where it has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qingxi.morning.difference import SOURCE_WORDS, Changed
from qingxi.morning.form import Form, FormColumn, FormSheet
from qingxi.morning.records import FIELDS, UNKNOWN, Record, total_record, township_records, village_records
from qingxi.morning.result import VillageResult

Value = str | float | int | None
_FIRST = 5
"""Excel row of the first record: title, lines of unit and date, two rows of heading stand above."""


@dataclass(frozen=True, slots=True)
class LaidCell:
    """Value as it is shown, and the formula that Excel reckons it by ("" for a plain value)."""

    value: Value
    formula: str = ""


@dataclass(frozen=True)
class LaidSheet:
    """One sheet ready to be written: ``headings`` two a column, ``rows`` the last of which is 合计 when ``total``."""

    name: str
    title: str
    left: str
    right: str
    headings: tuple[tuple[str, str], ...]
    formats: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[LaidCell, ...], ...]
    total: bool
    notes: tuple[str, ...]
    sign: tuple[str, ...]


def letters(column: int) -> str:
    """A column's letters, from 0: A … Z, AA …"""
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def lay_out(
    form: Form, results: Iterable[VillageResult], values: Mapping[str, str], *, before: Iterable[VillageResult] | None = None,
    changes: Iterable[Changed] | None = None,
) -> list[LaidSheet]:  # fmt: skip
    """All sheets of a quarter: the form's first, the difference behind it when there is one, then the form's others.

    Parameters
    ----------
    values : mapping
        ``county``, ``quarter``, ``unit``, ``date`` for title and lines.
    before : iterable, optional
        Results of the quarter before; without them gains, losses and states before are unknown, not nothing.
    """
    rows, earlier = list(results), None if before is None else list(before)
    out = [_sheet(form, sheet, rows, values, earlier) for sheet in form.sheets]
    if changes is not None:
        out.insert(1, difference_sheet(form, list(changes), values))
    return out


def _sheet(
    form: Form, sheet: FormSheet, results: list[VillageResult], values: Mapping[str, str], before: list[VillageResult] | None
) -> LaidSheet:  # fmt: skip
    records = (township_records if sheet.rows == "township" else village_records)(results, before)
    full = [_with_formulas(sheet.columns, r) for r in records]
    at = {c.id: letters(n) for n, c in enumerate(sheet.columns)}
    rows = [
        tuple(_cell(c, r, {k: f"{v}{n}" for k, v in at.items()}) for c in sheet.columns)
        for n, r in enumerate(full, _FIRST)
    ]
    last = _FIRST + len(records) - 1
    total = _with_formulas(sheet.columns, total_record(records))
    row = last + 1
    cells = []
    for n, c in enumerate(sheet.columns):
        if c.formula is not None:
            cells.append(LaidCell(c.formula.value(total), c.formula.excel({k: f"{v}{row}" for k, v in at.items()})))
        elif FIELDS[c.field][1] and total[c.field] != UNKNOWN and records:
            cells.append(LaidCell(total[c.field], f"=SUM({letters(n)}{_FIRST}:{letters(n)}{last})"))
        else:
            cells.append(LaidCell("合计" if n == 0 else total[c.field] if FIELDS[c.field][1] else ""))
    added = [c.heading[1] for c in sheet.columns if c.adds_states]
    notes = (
        [f"“{'、'.join(added)}”含已管控，与治理率并列，不能相加；已治理、已管控、未完成各自单列。"] if added else []
    )
    if any(r.get("township_code") == "" for r in records):
        notes.append("“县本级”是不落在表列村里的设施和问题（镇区、县级事项），不计村数。")
    if before is None and any(c.field in ("gained", "lost", "before") for c in sheet.columns):
        notes.append("没有上一季度的表可比，变化一栏为“—”。")
    return LaidSheet(
        sheet.name, form.title.format_map(values), form.left.format_map(values), form.right.format_map(values),
        tuple(c.heading for c in sheet.columns), tuple(c.format for c in sheet.columns), tuple(c.width for c in sheet.columns),
        (*rows, tuple(cells)), True, tuple(notes), form.sign,
    )  # fmt: skip


def _with_formulas(columns: Iterable[FormColumn], record: Record) -> Record:
    """The record with the formula columns reckoned in, so that a formula may use another."""
    full = dict(record)
    for c in columns:
        if c.formula is not None:
            full[c.id] = c.formula.value(full)
        elif c.id != c.field:
            full[c.id] = record.get(c.field)
    return full


def _cell(column: FormColumn, record: Record, cells: Mapping[str, str]) -> LaidCell:
    if column.formula is None:
        return LaidCell(record.get(column.field, ""))
    return LaidCell(column.formula.value(record), column.formula.excel(cells))


def difference_sheet(form: Form, changes: list[Changed], values: Mapping[str, str]) -> LaidSheet:
    """变化说明: one row a changed village, with the reason and where the reason comes from."""
    columns = (
        ("序号", "whole", 6.0), ("乡镇", "text", 12.0), ("行政村", "text", 14.0), ("行政村代码", "text", 15.0), ("上季度", "text", 10.0),
        ("本季度", "text", 10.0), ("变化", "text", 12.0), ("理由", "text", 60.0), ("理由出处", "text", 12.0),
    )  # fmt: skip
    rows = tuple(
        tuple(
            LaidCell(v)
            for v in (n, c.township, c.name, c.code, c.before or "不在表", c.after or "不在表", c.word, c.reason, SOURCE_WORDS[c.source])
        )
        for n, c in enumerate(changes, start=1)
    )  # fmt: skip
    note = "没有变化的村不列。" if rows else "与上一季度相比，没有一个村的状态或列入情况有变化。"
    return LaidSheet(
        "变化说明", form.title.format_map(values) + "（与上一季度的变化）", form.left.format_map(values), form.right.format_map(values),
        tuple((c[0], c[0]) for c in columns), tuple(c[1] for c in columns), tuple(c[2] for c in columns), rows, False, (note,), form.sign,
    )  # fmt: skip
