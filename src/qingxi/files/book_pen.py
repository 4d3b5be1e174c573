"""The pen of ``plan.xlsx``: tables that look alike, short ones cell by cell and long ones as XML."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from qingxi.files.big_sheet import LongRows

Sheet = Any  # xlsxwriter has no types
SHORT = 1000
"""Rows up to which a sheet is written cell by cell."""


class Pen:
    """Writes tables that look alike: title, heading, frozen panes, widths, print set-up."""

    def __init__(self, book: Sheet, title: str, secrecy: str) -> None:
        self.book, self.title, self.secrecy = book, title, secrecy
        self.long: dict[int, LongRows] = {}
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        self.head = book.add_format(
            base | {"bold": True, "bg_color": "#E6F2F0", "border": 1, "text_wrap": True, "align": "center"}
        )
        self.big = book.add_format({"font_name": "黑体", "font_size": 14})
        self.note = book.add_format(base | {"font_color": "#50605B"})
        cell = base | {"border": 1, "border_color": "#C9D1CD"}
        self.formats = {
            "t": book.add_format(cell | {"num_format": "@"}),
            "w": book.add_format(cell | {"text_wrap": True}),
            "i": book.add_format(cell | {"num_format": "#,##0"}),
            "y": book.add_format(cell | {"num_format": "0"}),
            "1": book.add_format(cell | {"num_format": "#,##0.0"}),
            "2": book.add_format(cell | {"num_format": "#,##0.00"}),
            "3": book.add_format(cell | {"num_format": "0.000"}),
            "%": book.add_format(cell | {"num_format": "0.00%"}),
        }

    def table(
        self, name: str, heads: Sequence[tuple[str, str, float]], rows: Iterable[Sequence[object]], note: str = ""
    ) -> None:
        """One sheet: ``heads`` are (heading, format key, width in characters)."""
        sheet = self.book.add_worksheet(name)
        sheet.set_row(0, 24)
        sheet.write(0, 0, f"{self.title} {name}", self.big)
        sheet.write(1, 0, note or "金额单位：万元", self.note)
        sheet.set_row(2, 30)
        for c, (heading, _, width) in enumerate(heads):
            sheet.set_column(c, c, width)
            sheet.write(2, c, heading, self.head)
        every = list(rows)
        by_cell = every if len(every) <= SHORT else every[:1]
        for r, row in enumerate(by_cell, start=3):
            for c, (value, (_, key, _)) in enumerate(zip(row, heads, strict=True)):
                self.cell(sheet, r, c, value, key)
        if len(every) > SHORT:
            columns = list(zip(*every[1:], strict=True))
            self.long[len(self.book.worksheets())] = LongRows(columns, [key in "tw" for _, key, _ in heads], 4)
        r = 3 + len(every)
        sheet.freeze_panes(3, 1)
        if r > 3:
            sheet.autofilter(2, 0, r - 1, len(heads) - 1)
        self.print_setup(sheet)

    def cell(self, sheet: Sheet, r: int, c: int, value: object, key: str) -> None:
        form = self.formats[key]
        if key in "tw":
            sheet.write_string(r, c, "" if value is None else str(value), form)
        elif value is None or (isinstance(value, (float, np.floating)) and not np.isfinite(value)):
            sheet.write_string(r, c, "—", form)
        else:
            sheet.write_number(r, c, float(value), form)  # type: ignore[arg-type]

    def print_setup(self, sheet: Sheet) -> None:
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.set_footer(f"&L{self.secrecy}&C&A&R第 &P 页 共 &N 页")


__all__ = ["SHORT", "Pen"]
