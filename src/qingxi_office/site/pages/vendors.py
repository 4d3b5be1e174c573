"""厂家: whose devices break the rules, whose data come whole; whom to ask to put what right."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.device_words import BAD_FRAMES, WHY_WORDS

from . import sheet
from .devices import share_word
from .table import Column, Listed, export


@login_required
def vendors(request: HttpRequest) -> HttpResponse:
    """Bad packets and coverage by vendor: whom to ask to put what right."""
    if not queries.sees_lines(request.user):
        raise Http404
    by_vendor: dict[str, list[queries.FleetRow]] = {}
    for row in queries.fleet(request.user):
        by_vendor.setdefault(row.vendor, []).append(row)
    rows = []
    for name, fleet in by_vendor.items():
        bad: Counter[str] = Counter()
        for row in fleet:
            bad.update(row.bad)
        frames = sum(bad[why] for why in BAD_FRAMES)
        packets = sum(row.packets for row in fleet)
        shares = [row.share for row in fleet if row.share is not None]
        worst = bad.most_common(1)
        rows.append(
            {
                "name": name, "devices": len(fleet), "live": sum(row.state == "live" for row in fleet),
                "silent": sum(row.state in ("silent", "held") for row in fleet),
                "share": share_word(sum(shares) / len(shares)) if shares else "–", "packets": packets, "bad": frames,
                "rate": frames / (packets + frames) if packets + frames else None, "refused": sum(bad.values()) - frames,
                "clock": sum(row.offset_s is not None and abs(row.offset_s) > 600 for row in fleet),
                "worst": f"{WHY_WORDS.get(worst[0][0], worst[0][0])}（{worst[0][1]}）" if worst else "",
            }
        )  # fmt: skip
    rows.sort(key=lambda r: (-(r["rate"] or 0), r["name"]))
    if request.GET.get("as") in sheet.FORMATS:
        return export(
            request,
            _("厂家"),
            _vendor_columns(),
            Listed(list(range(len(rows))), lambda at: {n: rows[n] for n in at}),
        )
    return render(request, "site/vendors.html", {"rows": rows, "answer": _vendor_answer(rows)})


def _vendor_columns() -> list[Column]:
    """What the page shows, for the file that is sent to the vendors."""
    return [
        Column("name", _("厂家"), lambda r: r["name"] or _("没有写厂家的"), always=True),
        Column("devices", _("设备"), lambda r: r["devices"], num=True),
        Column("live", _("在线"), lambda r: r["live"], num=True),
        Column("silent", _("没有声息"), lambda r: r["silent"], num=True),
        Column("share", _("30 天覆盖"), lambda r: r["share"], num=True),
        Column("packets", _("收下的包"), lambda r: r["packets"], num=True),
        Column("bad", _("坏包"), lambda r: r["bad"], num=True),
        Column("rate", _("坏包占比"), lambda r: r["rate"], num=True, decimals=4),
        Column("refused", _("没放进来的"), lambda r: r["refused"], num=True),
        Column("clock", _("时钟不准"), lambda r: r["clock"], num=True),
        Column("worst", _("最多的毛病"), lambda r: r["worst"]),
    ]


def _vendor_answer(rows: list[dict[str, Any]]) -> str:
    named = [r for r in rows if r["name"]]
    if not rows:
        return _("还没有登记联网设备，厂家无从比起。")
    if not named:
        return _("设备都没有写厂家，写上以后这里能比坏包和覆盖。")
    worst = max(named, key=lambda r: r["rate"] or 0)
    if not worst["rate"]:
        return _("%d 家厂家的设备近 30 天都没有坏包。") % len(named)
    return _("%(n)d 家厂家，坏包最多的是%(name)s：每万包 %(rate).1f 个。") % {
        "n": len(named), "name": worst["name"], "rate": worst["rate"] * 10_000,
    }  # fmt: skip
