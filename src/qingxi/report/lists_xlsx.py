"""The lists behind figures as one workbook: who is in each numerator and denominator, and why."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from qingxi.indicator import Figure

_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


def write_lists(figures: Sequence[Figure], path: Path) -> Path:
    """Write an overview sheet and one sheet a figure.

    The sheet of a figure lists its whole denominator with a mark for those in the numerator, then what was deducted,
    then remarks; a reader can count the figure from it.
    """
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": False}) as book:
        day = max((figure.as_of for figure in figures), default=date(2000, 1, 1))
        book.set_properties({"created": datetime.combine(day, time())})  # not the time of writing: the same bytes
        look = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#E8EEF1", "border": 1, "text_wrap": True}),
            "cell": book.add_format({"border": 1}),
        }
        _overview(book, figures, look)
        used: set[str] = set()
        for figure in figures:
            _sheet(book.add_worksheet(_name(figure, used)), figure, look)
    return path


def _name(figure: Figure, used: set[str]) -> str:
    """A sheet name of at most 31 characters that no other sheet has."""
    stem = f"{figure.place} {figure.definition.name}".translate(_FORBIDDEN)[:28]
    name, n = stem, 2
    while name in used:
        name, n = f"{stem[:26]}~{n}", n + 1
    used.add(name)
    return name


def _overview(book: Any, figures: Sequence[Figure], look: dict[str, Any]) -> None:
    sheet = book.add_worksheet("指标总表")
    sheet.write(0, 0, "指标、口径与分母", look["title"])
    header = (
        "地方",
        "指标",
        "数值",
        "分子",
        "分母",
        "计数单位",
        "截至",
        "口径",
        "版本",
        "公式",
        "分母清单",
        "来源",
        "可信度",
    )
    _row(sheet, 2, header, look["head"])
    for at, f in enumerate(figures, start=3):
        d = f.definition
        cells = (
            f.place,
            d.name,
            f.printed,
            f.part,
            f.n,
            d.unit_counted,
            f"{f.as_of:%Y-%m-%d}",
            d.id,
            d.version,
            d.formula,
            f.denominator_label,
            d.source,
            d.trust.value,
        )
        _row(sheet, at, cells, look["cell"])
    sheet.set_column(1, 1, 34)
    sheet.set_column(9, 11, 44)
    sheet.freeze_panes(3, 2)


def _sheet(sheet: Any, figure: Figure, look: dict[str, Any]) -> None:
    sheet.write(0, 0, figure.sentence, look["title"])
    _row(
        sheet, 2, ("序号", "代码", "名称", "计入数", "列入分母的理由", "是否在分子", "计入分子的理由"), look["head"]
    )
    inside = {c.ref: c for c in figure.numerator}
    at = 3
    for number, c in enumerate(figure.denominator, start=1):
        hit = inside.get(c.ref)
        line = (number, c.ref.id, c.name, c.weight, c.why, "是" if hit else "否", hit.why if hit else "")
        _row(sheet, at, line, look["cell"])
        at += 1
    for title, rows in (
        ("核减", [(c.ref.id, c.name, c.why) for c in figure.deducted]),
        ("注", [("", remark, "") for remark in figure.remarks]),
    ):
        if rows:
            at += 1
            sheet.write(at, 0, title, look["head"])
            for cells in rows:
                at += 1
                _row(sheet, at, ("", *cells), look["cell"])
    for column, width in enumerate((6, 18, 20, 8, 30, 10, 34)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 3)


def _row(sheet: Any, at: int, cells: Sequence[object], look: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(at, column, cell, look)
        else:
            # Codes stay text: Excel must not turn 12 digits into 9.99E+11.
            sheet.write_string(at, column, str(cell), look)
