"""Downloads that belong to a page without a filter of its own: the township table, a facility's readings."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from qingxi_office.trail import clock

from . import seen, sheet
from .facilities import get_facility
from .home import held_issues, townships


@login_required
def export_townships(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    rows, _left_out = townships(request.user, today, held_issues(request.user, today))
    return sheet.answer(
        request, "乡镇",
        ["乡镇代码", "乡镇", "村", "已治理", "治理率(%)", "管控", "未完成", "在办", "超期"],
        [
            [r.code, r.name, r.villages, r.treated, round(r.rate_pct, 1) if r.rate_pct is not None else "", r.controlled, r.open, r.issues, r.late]
            for r in rows
        ],
    )  # fmt: skip


@login_required
def export_facility(request: HttpRequest, key: str) -> HttpResponse:
    f = get_facility(request.user, key)
    user = request.user
    rows: list[list[object]] = []
    rows += [
        ["日数据", d.day, d.quantity, d.value, d.source]
        for d in seen.days(user).filter(facility=f).order_by("day", "quantity")
    ]
    rows += [
        ["电费单", b.month, "kwh", b.kwh, b.account] for b in seen.bills(user).filter(facility=f).order_by("month")
    ]
    rows += [
        ["化验", x.sampled_on, f"{x.point} {x.quantity}", x.value, x.laboratory]
        for x in seen.labs(user).filter(facility=f)
    ]
    rows += [
        [
            "巡查",
            clock.day_of(v.visited_at),
            "；".join(f"{k}:{a}" for k, a in v.answers.items()),
            v.meter_kwh,
            v.by_name,
        ]
        for v in seen.visits(user).filter(facility=f)
    ]
    return sheet.answer(request, f"{f.key}_{f.name}", ["种类", "日期", "项目", "数值", "来源"], rows)
