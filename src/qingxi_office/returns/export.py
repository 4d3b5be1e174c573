"""A period as a table to take away: one row a unit, the county's row below, in the order of the form."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from qingxi.files.book_cells import guard
from qingxi.filing import HANDED_IN, Form, Period, Return, roll_up
from qingxi_office.returns.models import ReturnPeriod, ReturnRecord

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_answer(
    request: HttpRequest, period: ReturnPeriod, form: Form, rows: list[ReturnRecord], laws: dict[int, Return]
) -> HttpResponse:
    """The rows as xlsx (with the title of the form, codes as text) or as CSV that Excel opens without garbling."""
    head = ["填报单位", "区划代码", "状态", *(f"{f.name}（{f.unit}）" if f.unit else f.name for f in form.fields)]
    body: list[list[Any]] = []
    for row in rows:
        handed = row.state in HANDED_IN
        values = [laws[row.pk].value(f.id) if handed else None for f in form.fields]
        body.append([row.unit.name, row.place.code12, row.get_state_display(), *values])
    totals = {t.field.id: t for t in roll_up(form, [laws[r.pk] for r in rows])}
    n = sum(row.state in HANDED_IN for row in rows)
    last: list[Any] = ["合计", "", f"{n}/{len(rows)} 个单位"]
    last += [totals[f.id].value if f.id in totals else "" for f in form.fields]
    name = f"{form.name}-{period.key}"
    if request.GET.get("as") == "csv":
        text = io.StringIO()
        out = csv.writer(text)
        out.writerow(head)
        out.writerows([[guard(v) if isinstance(v, str) else v for v in line] for line in [*body, last]])
        data, kind, ending = ("\ufeff" + text.getvalue()).encode(), "text/csv; charset=utf-8", "csv"
    else:
        data, kind, ending = _book(form, period, head, [*body, last]), _XLSX, "xlsx"
    return HttpResponse(
        data,
        content_type=kind,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{ending}"},
    )


def _book(form: Form, period: ReturnPeriod, head: list[str], lines: list[list[Any]]) -> bytes:
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("汇总")
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "border": 1, "text_wrap": True}
        title = book.add_format({"font_name": "黑体", "font_size": 16, "align": "center"})
        top, cell = (
            book.add_format(base | {"bold": True, "bg_color": "#E6F2F0", "align": "center"}),
            book.add_format(base),
        )
        total = book.add_format(base | {"bold": True, "bg_color": "#F3F6F5"})
        sheet.merge_range(0, 0, 0, len(head) - 1, f"{Period.parse(period.key).title}{form.title}汇总", title)
        sheet.set_row(0, 28)
        for c, word in enumerate(head):
            sheet.write_string(1, c, word, top)
            sheet.set_column(c, c, 22 if c == 0 else 14 if c == 1 else 11)
        for r, line in enumerate(lines, 2):
            look = total if r == len(lines) + 1 else cell
            for c, value in enumerate(line):
                if value is None or value == "":
                    sheet.write_blank(r, c, None, look)
                elif isinstance(value, int | float):
                    sheet.write_number(r, c, value, look)
                else:
                    sheet.write_string(r, c, str(value), look)
        sheet.freeze_panes(2, 1)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
    return held.getvalue()
