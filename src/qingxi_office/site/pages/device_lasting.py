"""设备存活: which devices have fallen silent, how many are still heard of month by month, and whose last longer."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.design.parts import RateBar
from qingxi_office.readings import lasting
from qingxi_office.readings.lasting import Group, Lasting

from . import share_left, sheet
from .devices import state_of
from .table import Column, Listed, export, table


def _columns() -> list[Column]:
    return [
        Column("mn", "MN", lambda d: d.mn, always=True),
        Column("silent", _("没有声息几天"), lambda d: d.silent_days, show=_silent, num=True),
        Column("facility", _("设施"), lambda d: d.row.facility),
        Column("village", _("村"), lambda d: d.row.village),
        Column("vendor", _("厂家"), lambda d: d.row.vendor),
        Column("last", _("最后一次"), lambda d: d.last, show=lambda d: _day(d.last), num=True),
        Column("first", _("第一次"), lambda d: d.first, show=lambda d: _day(d.first), num=True),
        Column("years", _("报了几年"), lambda d: None if d.years is None else round(d.years, 2), show=_years, num=True),
        Column("state", _("现状"), lambda d: state_of(d.row.state).word, show=lambda d: state_of(d.row.state)),
    ]  # fmt: skip


def _day(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}" if at else "–"


def _silent(device: Lasting) -> str:
    return _("从来没有来过") if device.silent_days is None else f"{device.silent_days}"


def _years(device: Lasting) -> str:
    return "–" if device.years is None else f"{device.years:.1f}"


@login_required
def devices_lasting(request: HttpRequest) -> HttpResponse:
    """The fleet's decay."""
    every = lasting.lasting(request.user)
    silent = [d for d in every if d.gone or d.last is None]
    # The longest silence first; those that never spoke after them.
    silent.sort(key=lambda d: (d.silent_days is None, -(d.silent_days or 0), d.mn))
    held = {d.row.pk: d for d in silent}
    source = Listed([d.row.pk for d in silent], lambda pks: {pk: held[pk] for pk in pks})
    columns = _columns()
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, _("没有声息的设备"), columns, source)
    found = lasting.groups(every) if every else []
    return render(
        request, "site/devices_lasting.html",
        {
            "answer": _answer(every), "total": len(every), "limit": lasting.gone_days(),
            "groups": [_shown(g) for g in found if g.vendor is not None or len(found) != 2],
            "ages": [_("满半年"), _("满一年"), _("满两年"), _("满三年")],
            "months": [
                {"month": m.first, "begun": m.begun, "heard": m.heard, "share": m.heard / m.begun, "bar": RateBar(100 * m.heard / m.begun)}
                for m in lasting.months(every)
            ],
            "table": table(
                request, columns, source, total=len(silent), href=lambda d: reverse("device", args=[d.mn]), label=_("没有声息的设备"),
            ),
        },
    )  # fmt: skip


def _shown(group: Group) -> dict[str, Any]:
    return {
        "vendor": group.vendor, "devices": group.devices, "gone": group.gone, "mute": group.mute, "sooner": group.sooner,
        "at": [share_left.told(each) for each in group.at],
    }  # fmt: skip


def _answer(every: list[Lasting]) -> str:
    gone = [d for d in every if d.gone]
    spoke = sum(d.last is not None for d in every)
    if not every:
        return _("还没有登记联网设备，谈不上谁家的耐用。")
    if not spoke:
        return _("登记了 %d 台设备，都还没有来过数。") % len(every)
    if not gone:
        return _("来过数的 %(n)d 台设备，近 %(days)d 天都还有声息。") % {"n": spoke, "days": lasting.gone_days()}
    longest = max(d.silent_days or 0 for d in gone)
    return _("来过数的 %(spoke)d 台设备里，%(n)d 台已有 %(days)d 天以上没有声息，最久的 %(longest)d 天。") % {
        "spoke": spoke,
        "n": len(gone),
        "days": lasting.gone_days(),
        "longest": longest,
    }
