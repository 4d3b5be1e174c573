"""Excel books as county staff keep them: a merged title, a line on who made it, the header row, borders."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter


def write_book(
    path: Path,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    maker: str = "",
    text: Sequence[str] = (),
    widths: Sequence[int] = (),
) -> None:
    """Write one sheet. Columns named in ``text`` and every Python string are stored as text; dates as dates.

    Memory stays flat: rows are written as they come.
    """
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": title, "created": datetime(2026, 11, 22, tzinfo=UTC)})
    sheet = book.add_worksheet("Sheet1")
    big = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    small = book.add_format({"align": "right", "font_color": "#555555"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#EDF2F0"})
    cell = book.add_format({"border": 1})
    as_text = book.add_format({"border": 1, "num_format": "@"})
    as_date = book.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
    for i in range(len(columns)):
        sheet.set_column(i, i, widths[i] if i < len(widths) else max(9, min(24, 2 * len(columns[i]) + 2)))
    sheet.set_row(0, 28)
    sheet.merge_range(0, 0, 0, max(1, len(columns) - 1), title, big)
    sheet.merge_range(1, 0, 1, max(1, len(columns) - 1), maker, small)
    top = 2
    for i, name in enumerate(columns):
        sheet.write_string(top, i, name, head)
    is_text = [name in text for name in columns]
    line = top
    for row in rows:
        line += 1
        for i, value in enumerate(row):
            if value is None or value == "":
                sheet.write_blank(line, i, None, cell)
            elif isinstance(value, str) or is_text[i]:
                sheet.write_string(line, i, str(value), as_text)
            elif isinstance(value, date | datetime):
                sheet.write_datetime(line, i, value, as_date)
            else:
                sheet.write_number(line, i, float(value), cell)
    sheet.freeze_panes(top + 1, 2)
    book.close()
