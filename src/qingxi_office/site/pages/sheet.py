"""Tables to take away: what is shown on the page, as xlsx or as CSV that Excel opens without garbling."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from qingxi.files.book_cells import guard

FORMATS = ("xlsx", "csv")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\\]")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is led by an apostrophe, which the readers take off again."""
    return guard(value) if isinstance(value, str) else _local(value)


def _local(value: Any) -> Any:
    """A moment by the office's clock: a spreadsheet knows no time zones."""
    if not isinstance(value, datetime):
        return value
    return (timezone.localtime(value) if timezone.is_aware(value) else value).replace(tzinfo=None, microsecond=0)


def answer(request: HttpRequest, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> HttpResponse:
    """The rows as a download in the format that ``?as=`` asks for; codes stay text."""
    if request.GET.get("as") == "csv":
        text = io.StringIO()
        out = csv.writer(text)
        out.writerow([_safe(word) for word in head])  # a heading may be a device's own word
        out.writerows([[_safe(v) for v in row] for row in rows])
        body, kind, ending = ("\ufeff" + text.getvalue()).encode("utf-8"), "text/csv; charset=utf-8", "csv"
    else:
        body, kind, ending = _xlsx(name, head, rows), XLSX, "xlsx"
    disposition = f"attachment; filename*=UTF-8''{quote(name)}.{ending}"
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": disposition})


_WIDEST = 44.0
"""Characters of a column; longer text is wrapped, so that the page stays readable when it is printed."""


def _wide(text: str) -> float:
    """How wide a text stands, in characters of Latin."""
    return sum(2.0 if ch > "\u2e80" else 1.1 for ch in text)


def _xlsx(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})  # the same content gives the same bytes
        page = book.add_worksheet(_NOT_IN_A_NAME.sub(" ", name)[:31])
        bold = book.add_format({"bold": True, "bg_color": "#f3f6f5", "bottom": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        quoted = book.add_format({"quote_prefix": True})  # stays text when somebody edits the cell
        for c, word in enumerate(head):
            page.write_string(0, c, str(word), bold)
        for r, row in enumerate(rows, 1):
            for c, value in enumerate(row):
                if isinstance(value, datetime):
                    page.write_datetime(r, c, _local(value), moment)
                elif hasattr(value, "isoformat"):
                    page.write_datetime(r, c, value, day)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    page.write_number(r, c, value)
                else:
                    text = "" if value is None else str(value)
                    guarded = quoted if text[:1] in ("=", "+", "-", "@") else None
                    page.write_string(r, c, text, guarded or (wrapped if _wide(text) > _WIDEST else None))
        for c, word in enumerate(head):
            width = max([_wide(str(word)), *(_wide(str(_local(row[c]) or "")) for row in rows[:200])])
            page.set_column(c, c, min(width, _WIDEST) + 2)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.hide_gridlines(0)  # 0: hidden nowhere; a printed sheet without lines is hard to read
        page.set_header("&L" + name.replace("&", "&&"))
        page.set_footer("&C&P / &N")
        page.autofilter(0, 0, max(len(rows), 1), len(head) - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
    return held.getvalue()
