"""Overrides: what an officer decides before the planner does, why, and what it costs (规定)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.people import rights
from qingxi_office.people.rights import may
from qingxi_office.plans import actions
from qingxi_office.plans.models import PlanOverride

from . import seen, sheet
from .modes import MODES, mode_word

FIXABLE = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")


@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """Those in force, with their price in the newest version made under them; those withdrawn; the form."""
    user = request.user
    if not seen.may_see(user, "plan"):
        raise Http404
    if request.method == "POST":
        return _make(request)
    rows = list(seen.overrides(user))
    prices, together = priced(list(seen.plan_versions(user)[:12]))
    for row in rows:
        row.priced = prices.get(row.key)
    hamlets = list(seen.hamlets(user).filter(place__valid_to=None).select_related("place__parent").order_by("key"))
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, "规划规定",
            ["编号", "种类", "对象", "模式", "经度", "纬度", "半径(m)", "理由", "文件", "谁定", "哪天", "撤回", "撤回理由", "代价(元)"],
            [
                [
                    r.key, r.get_kind_display(), r.subject_name, mode_word(r.mode) if r.mode else "", r.lon, r.lat, r.radius_m,
                    r.reason, r.document, r.by_name, r.made_on, r.withdrawn_on or "", r.withdrawn_why,
                    r.priced["yuan"] if r.priced else "",
                ]
                for r in rows
            ],
        )  # fmt: skip
    return render(
        request,
        "site/plan_rules.html",
        {
            "in_force": [r for r in rows if r.withdrawn_on is None], "withdrawn": [r for r in rows if r.withdrawn_on],
            "kinds": PlanOverride.Kind.choices, "modes": [(m, MODES[m][0]) for m in FIXABLE], "hamlets": hamlets,
            "may_override": may(user, "override_plan"), "subject": request.GET.get("subject", ""), "together": together,
            "plan": seen.plan_version(user, ""), "kind": request.GET.get("kind", "mode"),
        },
    )  # fmt: skip


def priced(versions: list[Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Any] | None]:
    """What each override costs, in the newest version that was made under it; and all of that version together.

    A version's ``plan.json`` holds them under ``overrides``: ``price`` of all together, and ``each`` with ``id``, ``met``
    and ``price_yuan``.
    """
    out: dict[str, dict[str, Any]] = {}
    together = None
    for plan in versions:
        told = plan.figures.get("overrides")
        if not isinstance(told, dict):
            continue
        if together is None and isinstance(told.get("price"), (int, float)):
            together = {"yuan": told["price"], "plan": plan}
        for row in told.get("each", []):
            key = str(row.get("id", ""))
            if key and key not in out:
                out[key] = {"yuan": row.get("price_yuan"), "met": row.get("met"), "plan": plan}
    return out, together


def _make(request: HttpRequest) -> HttpResponse:
    form, user = request.POST, request.user
    kind = form.get("kind", "")
    place, subject, name = _subject(user, form.get("subject", "").strip(), kind)
    try:
        if place is None:
            raise ValueError(_("没有这个村：%s") % form.get("subject", ""))
        row = actions.override(
            kind, place, by=user, reason=form.get("reason", ""), document=form.get("document", ""), subject=subject,
            subject_name=name, mode=form.get("mode", "") if kind == "mode" else "",
            lon=_number(form.get("lon")), lat=_number(form.get("lat")),
            radius_m=_number(form.get("radius_m")) or 100.0 if kind in ("forbid_site", "require_site") else None,
        )  # fmt: skip
        messages.success(request, _("已记下规定 %s，下一次编制会带上它。") % row.key)
        return redirect("plan_rules")
    except ValueError as error:
        messages.error(request, _("没有办成：%s") % error)
        return redirect(reverse("plan_rules") + "#new")


def _subject(user: Any, text: str, kind: str) -> tuple[Any, str, str]:
    """The place that an override is about: a natural village by its code (first word of the text); the county for a spot."""
    code = text.split(" ")[0] if text else ""
    if code:
        hamlet = seen.hamlets(user).filter(key=code).select_related("place").first()
        if hamlet is not None:
            return hamlet.place, hamlet.key, hamlet.name
        village = seen.villages(user).filter(place__code=code).first()
        if village is not None:
            return village.place, village.place.code, village.place.name
        return None, "", ""
    if kind == "mode":
        return None, "", ""
    return user.scope, "", _("图上的点")


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


@login_required
@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    row = seen.overrides(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    rights.check(request.user, "override_plan", path=row.place.path)
    try:
        actions.withdraw(row, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("规定 %s 已撤回，下一次编制不再带它。") % row.key)
    except ValueError as error:
        messages.error(request, _("没有办成：%s") % error)
    return redirect("plan_rules")
