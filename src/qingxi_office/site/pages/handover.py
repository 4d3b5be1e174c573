"""Handing over after an election: the pre-filled sheet goes out, comes back with new names, is compared, and is carried out."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.place import Difference, Line, difference
from qingxi_office.people import actions, rights
from qingxi_office.people import queries as people
from qingxi_office.places.queries import as_law
from qingxi_office.trail import clock

from .deeds import asked_day, day
from .duties import book
from .sheet_in import rows_of

# (heading, width, the sheet's own or to be filled in)
COLUMNS = (
    ("岗位编号", 10, False), ("代码", 16, False), ("乡镇", 12, False), ("地方", 14, False), ("事项", 20, False), ("角色", 8, False),
    ("单位", 24, False), ("现任", 10, False), ("现任职务", 14, False), ("现任电话", 14, False),
    ("新任姓名", 12, True), ("新任职务", 14, True), ("新任电话", 14, True), ("新副手", 12, True), ("新副手电话", 14, True),
)  # fmt: skip
_SALT = "handover"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
def handover(request: HttpRequest) -> HttpResponse:
    """GET: the page, or the sheet (``?as=xlsx``). POST: the sheet back, then the same rows, signed, to be carried out."""
    user, today = request.user, clock.today()
    code = request.GET.get("township", "") or request.POST.get("township", "")
    if request.method == "POST":
        rights.check(user, "assign_duty")
        return _carry_out(request) if request.POST.get("rows") else _compare(request)
    on = asked_day(request, today)
    posts = [
        row
        for row in book(user, on).values()
        if not code or code in (row.place.code, row.place.parent.code if row.place.parent else "")
    ]
    if request.GET.get("as") == "xlsx":
        return _sheet(posts, on)
    return render(
        request,
        "site/handover.html",
        {
            "on": on, "today": today, "posts": len(posts), "people": len({p.person for p in posts if p.person}), "township": code,
            "empty": sum(not p.person for p in posts), "may": rights.may(user, "assign_duty"),
            "towns": list(people.places(user).filter(level="township").order_by("code").values_list("code", "name")),
        },
    )  # fmt: skip


def _sheet(posts: list[Any], on: dt.date) -> HttpResponse:
    """The pre-filled sheet: what is known is locked and grey, what is to be filled in is open and yellow."""
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as made:
        page = made.add_worksheet("换届交接表")
        title = made.add_format({"bold": True, "font_size": 16, "align": "center"})
        head = made.add_format(
            {
                "bold": True,
                "bg_color": "#f3f6f5",
                "border": 1,
                "text_wrap": True,
                "align": "center",
                "valign": "vcenter",
            }
        )
        fixed = made.add_format({"border": 1, "num_format": "@", "bg_color": "#f3f6f5"})
        open_ = made.add_format({"border": 1, "num_format": "@", "bg_color": "#fff8dc", "locked": False})
        page.merge_range(0, 0, 0, len(COLUMNS) - 1, "岗位换届交接表", title)
        page.merge_range(
            1,
            0,
            1,
            len(COLUMNS) - 1,
            f"按 {on} 的岗位预填。只填黄格：换了人的写新任姓名；没有人接的写“空缺”；没有变的不用填。不要改岗位编号。",
        )
        for c, (word, width, _mine) in enumerate(COLUMNS):
            page.write_string(2, c, word, head)
            page.set_column(c, c, width)
        for r, row in enumerate(posts, 3):
            known = (
                str(row.pk), row.place.code12, row.place.parent.name if row.place.level == "village" and row.place.parent else "",
                row.place.name, row.matter, row.role, row.unit_name, row.person, row.title, row.phone,
            )  # fmt: skip
            for c, value in enumerate(known):
                page.write_string(r, c, value, fixed)
            for c in range(len(known), len(COLUMNS)):
                page.write_blank(r, c, None, open_)
        page.freeze_panes(3, 5)
        page.protect("", {"autofilter": True, "sort": True, "format_columns": True})
        page.autofilter(2, 0, max(2 + len(posts), 3), len(COLUMNS) - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(2)
    name = quote(f"换届交接表_{on}.xlsx")
    return HttpResponse(
        held.getvalue(), content_type=_XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    )


def _lines(cells: list[tuple[int, Any]]) -> list[Line]:
    return [
        Line(
            row, c.get("岗位编号", "").removesuffix(".0"), c.get("新任姓名", ""), c.get("新任职务", ""), c.get("新任电话", ""),
            c.get("新副手", ""), c.get("新副手电话", ""), c.get("代码", ""),
        )
        for row, c in cells
    ]  # fmt: skip


def _difference(user: Any, lines: list[Line], on: dt.date, file: str = "换届交接表") -> Difference:
    """Compare with the posts in force on the day before the new ones begin: whoever leaves was in post until then."""
    posts = book(user, on - dt.timedelta(days=1))
    return difference(lines, {key: as_law(row) for key, row in posts.items()}, on, file)


def _compare(request: HttpRequest) -> HttpResponse:
    user = request.user
    try:
        on = day(request.POST.get("on", ""))
        if "file" not in request.FILES:
            raise ValueError(_("没有选文件"))
        upload = request.FILES["file"]
        lines = _lines(rows_of(upload, ("岗位编号", "新任姓名")))
    except ValueError as wrong:
        messages.error(request, _("没有收：%s") % wrong)
        return redirect("handover")
    told = _difference(user, lines, on, str(upload.name))
    names = {str(pk): row for pk, row in book(user, on - dt.timedelta(days=1)).items()}
    rows = [(c, names[c.before.key].place) for c in told.changes]
    kept = [
        (line.row, line.key, line.person, line.post, line.phone, line.deputy, line.deputy_phone)
        for line in lines
        if not line.says_nothing and line.row in {c.row for c in told.changes}
    ]
    return render(
        request,
        "site/handover_preview.html",
        {
            "told": told, "rows": rows, "on": on, "faults": told.faults,
            "signed": signing.dumps([on.isoformat(), kept], salt=f"{_SALT}-{user.pk}", compress=True),
        },
    )  # fmt: skip


def _carry_out(request: HttpRequest) -> HttpResponse:
    user = request.user
    try:
        on_text, kept = signing.loads(request.POST["rows"], salt=f"{_SALT}-{user.pk}", max_age=3600)
        on = dt.date.fromisoformat(on_text)
        told = _difference(user, [Line(*row) for row in kept], on)
        if len(told.changes) != len(kept):
            raise ValueError(_("比对以后岗位又变了，请重新上传"))
        rows = actions.hand_over_duties(
            told.changes, by=user, on=on, document=request.POST.get("document", "").strip()
        )
    except signing.BadSignature:
        messages.error(request, _("没有办成：%s") % _("预览过期了，请重新上传。"))
    except ValueError as refused:
        messages.error(request, _("没有办成：%s") % refused)
    else:
        messages.success(
            request, _("交接了 %(n)d 个岗位，从 %(day)s 起。旧名字留在旧日子里。") % {"n": len(rows), "day": on}
        )
        return redirect("duties")
    return redirect("handover")
