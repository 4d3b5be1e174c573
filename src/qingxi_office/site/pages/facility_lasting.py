"""站能用几年: how long plants go on treating, by year of life, process and operator; which of them stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.design.parts import RateBar, State
from qingxi_office.findings import lasting
from qingxi_office.findings.lasting import Group, Plant

from . import seen, share_left, sheet
from .table import Column, Listed, export, table


def _columns() -> list[Column]:
    return [
        Column("key", _("编号"), lambda p: p.row.key, always=True),
        Column("name", _("设施"), lambda p: p.row.name),
        Column("years", _("用了几年"), lambda p: round(p.years, 2), show=lambda p: f"{p.years:.1f}", num=True),
        Column("commissioned", _("投运"), lambda p: p.row.commissioned, show=lambda p: f"{p.row.commissioned:%Y-%m}"),
        Column("end", _("停在"), lambda p: p.end, show=_end),
        Column("process", _("工艺"), lambda p: p.row.process or "", show=lambda p: p.row.process or "–"),
        Column("operator", _("运维单位"), lambda p: p.row.operator or "", show=lambda p: p.row.operator or State("unknown", _("没有"))),
        Column("design", _("规模 m³/d"), lambda p: p.row.design_m3_d, show=lambda p: f"{p.row.design_m3_d:g}", num=True),
        Column("sure", _("凭什么"), lambda p: _sure(p), quiet=True),
    ]  # fmt: skip


def _end(p: Plant) -> str:
    return f"{p.end:%Y-%m-%d}" if p.day_known else _("哪天停的没有记")


def _sure(p: Plant) -> str:
    return _("登记为停运") if p.finding is None else _("判断，已确认") if p.confirmed else _("判断，还没有人确认")


@login_required
def facilities_lasting(request: HttpRequest) -> HttpResponse:
    """The decay of a county's plants."""
    user = request.user
    if not seen.may_see(user, "facility"):
        raise Http404
    every, undated = lasting.plants(seen.facilities(user), seen.findings(user))
    ended = sorted((p for p in every if p.ended), key=lambda p: (p.years, p.row.key))
    held = {p.row.pk: p for p in ended}
    source = Listed([p.row.pk for p in ended], lambda pks: {pk: held[pk] for pk in pks})
    columns = _columns()
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, _("停了的站"), columns, source)
    ages = [(a, a.ended / a.entered if a.entered else None) for a in (lasting.ages(every) if every else [])]
    most = max((share or 0.0 for _age, share in ages), default=0.0)
    return render(
        request, "site/facilities_lasting.html",
        {
            "answer": _answer(every), "total": len(every), "undated": undated,
            "ends": len(ended), "waiting": sum(p.finding is not None and not p.confirmed for p in ended),
            "unknown_days": sum(not p.day_known for p in ended),
            "ages": [
                {"year": a.year, "entered": a.entered, "ended": a.ended, "share": share, "bar": RateBar(100 * (share or 0.0) / most if most else 0.0)}
                for a, share in ages
            ],
            "kinds": [
                (_("按工艺"), _("工艺没有登记"), [_shown(g) for g in lasting.groups(every, "process")]),
                (_("按运维单位"), _("没有运维单位"), [_shown(g) for g in lasting.groups(every, "operator")]),
            ] if every else [],
            "after": [_("满一年"), _("满两年"), _("满三年"), _("满五年")],
            "table": table(
                request, columns, source, total=len(ended), href=lambda p: reverse("facility", args=[p.row.key]) + "?weeks=all", label=_("停了的站"),
            ),
        },
    )  # fmt: skip


def _shown(group: Group) -> dict[str, Any]:
    return {
        "name": group.name, "plants": group.plants, "ended": group.ended, "sooner": group.sooner,
        "at": [share_left.told(each) for each in group.at],
    }  # fmt: skip


def _answer(every: Sequence[Plant]) -> str:
    if not every:
        return _("台账里还没有投运日期，说不出站能用几年。")
    ended = sum(p.ended for p in every)
    if not ended:
        return _("有投运日期的 %d 座站，现在没有一座停着。") % len(every)
    return _("有投运日期的 %(n)d 座站里，%(ended)d 座停了或闲置，其中 %(young)d 座停在投运后第二、第三年。") % {
        "n": len(every), "ended": ended, "young": lasting.young(every),
    }  # fmt: skip
