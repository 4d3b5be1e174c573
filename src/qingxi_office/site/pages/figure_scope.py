"""分母清单: who is counted, by which signed line; villages put in and taken out, each with reason, day and signing unit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.indicator import denominator
from qingxi_office.asking import ask
from qingxi_office.indicators.records import signed_entries, standings_by_place
from qingxi_office.people import rights
from qingxi_office.places import queries as tree
from qingxi_office.trail import clock
from qingxi_office.villages.actions import sign_scope
from qingxi_office.villages.queries import scope_lines

from . import seen, sheet
from .deeds import asked_day, day


@login_required
def figures_scope(request: HttpRequest) -> HttpResponse:
    user, own, today = request.user, tree.county(), clock.today()
    if not seen.may_see(user, "figure"):
        raise Http404
    if request.method == "POST":
        return _sign(request)
    on = min(asked_day(request, today), today)
    standings = standings_by_place(on)
    living = ask(
        user, lambda u, _at: seen.places(u).filter(level="village").order_by().values_list("pk", flat=True)
    )
    ended = ask(user, lambda u, _at: scope_lines(u).order_by().values_list("place_id", flat=True))
    mine = {*living, *ended}
    villages = sorted((v for pk, v in standings.items() if pk in mine), key=lambda v: v.code)
    entries = signed_entries({pk: v.code for pk, v in standings.items()})
    listed = denominator(standings.values(), entries, on)
    deducted = {e.code: e for e in listed.deducted}
    rows = [_row(v, listed, deducted) for v in villages]
    show = request.GET.get("show", "")
    shown = [r for r in rows if not show or r["kind"] == show]
    town = request.GET.get("township", "")
    shown = [r for r in shown if not town or r["v"].township_code == town]
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, f"分母清单_{on:%Y-%m-%d}", ["代码", "村", "乡镇", "在不在分母", "理由", "签发日期", "签发单位"],
            [[r["v"].code, r["v"].name, r["v"].township, r["word"], r["why"], r["on"], r["by"]] for r in shown],
        )  # fmt: skip
    counts = {kind: sum(r["kind"] == kind for r in rows) for kind in ("in", "out", "off")}
    newest = ask(user, lambda u, _at: scope_lines(u).order_by("-signed_on", "-id")[:40])
    lines = [line for line in newest if line.signed_on]
    return render(
        request, "site/figures_scope.html",
        {
            "rows": shown, "counts": counts, "show": show, "town": town, "on": on, "today": today, "signed": listed.signed,
            "label": listed.label, "towns": sorted({(v.township_code, v.township) for v in villages if v.township_code}),
            "lines": lines, "may_sign": own is not None and rights.may(user, "sign_scope", path=user.scope.path) and on == today,
            "issuer": (own.issuing_body or own.lead_department) if own else "", "all": len(rows),
        },
    )  # fmt: skip


def _row(v: Any, listed: Any, deducted: dict[str, Any]) -> dict[str, Any]:
    if v.code in listed:
        member = listed.members[v.code]
        return {
            "v": v,
            "kind": "in",
            "word": "在",
            "why": member.why,
            "on": member.signed_on,
            "by": member.signed_by,
        }
    if v.code in deducted:
        line = deducted[v.code]
        return {
            "v": v,
            "kind": "out",
            "word": "核减",
            "why": line.reason,
            "on": line.signed_on,
            "by": line.signed_by,
        }
    return {"v": v, "kind": "off", "word": "不在", "why": "名录不建议，也没有签发列入", "on": None, "by": ""}


def _sign(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.POST
    if not rights.may(user, "sign_scope"):
        raise PermissionDenied
    chosen = list(seen.places(user).filter(level="village", valid_to=None, code__in=asked.getlist("village")))
    try:
        made = sign_scope(
            chosen, asked.get("change", ""), by=user, reason=asked.get("reason", ""), signed_on=day(asked.get("signed_on", "")),
            signed_by=asked.get("signed_by", ""),
        )  # fmt: skip
    except ValueError as wrong:
        messages.error(request, _("没有签成：%s") % wrong)
    else:
        messages.success(
            request,
            _("签发了 %(n)d 个村的%(c)s；夜里重算，或去“数字”现在算。") % {"n": len(made), "c": made[0].change},
        )
    return redirect("figures_scope")
