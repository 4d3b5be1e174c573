"""代办: do something in another's name, a villager's or (with their mandate) an officer's; and give such a mandate, 授权."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.access import actions, queries
from qingxi_office.access.middleware import ACTING
from qingxi_office.intake import actions as intake
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.site.deed_words import DEED_WORDS, ROLE_WORDS
from qingxi_office.trail import clock

from . import seen


def _word(deed: str) -> str:
    return str(DEED_WORDS.get(deed, deed))


@login_required
def acting(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rows = list(queries.mandates(user)[:60])
    today = clock.today()
    for row in rows:
        row.words = "、".join(_word(d) for d in row.deeds)
        row.mine = row.giver_id == user.pk
        row.state = (
            _("已收回") if row.revoked_on else _("已到期") if row.until < today else _("未开始") if row.since > today else _("有效")
        )  # fmt: skip
        row.living = row.revoked_on is None and row.since <= today <= row.until
    return render(
        request, "site/acting.html",
        {
            "taken": [r for r in rows if not r.mine], "given": [r for r in rows if r.mine], "acting": request.session.get(ACTING),
            "may_report": rights.may(user, "report_for_villager"), "today": today,
            "deeds": [(d, _word(d)) for d in queries.may_be_given(user) if d in DEED_WORDS], "takers": [(u.pk, u.name, u.unit.name if u.unit else ROLE_WORDS[u.role]) for u in queries.takers(user)],
        },
    )  # fmt: skip


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """From here on everything is done in the other's name, until it is ended."""
    user: Any = request.user
    if request.session.get(ACTING):
        messages.error(request, _("先结束现在的代办。"))
        return redirect("acting")
    reason, number = request.POST.get("reason", "").strip()[:200], request.POST.get("mandate", "")
    if number:
        mandate = queries.in_force().filter(pk=number if number.isdigit() else 0, taker_id=user.pk).first()
        if mandate is None:
            raise Http404
        name, deeds = mandate.giver.name, mandate.deeds
        held: dict[str, Any] = {"name": name, "reason": reason or mandate.reason, "mandate": mandate.pk}
    else:
        rights.check(user, "report_for_villager")
        name, deeds = request.POST.get("name", "").strip()[:40], []
        if not name or not reason:
            messages.error(request, _("要写明代谁办、为什么代办（本人不会用手机、行动不便……）。"))
            return redirect("acting")
        name = _("%s（村民）") % name
        held = {"name": name, "reason": reason}
    request.session[ACTING] = {**held, "since": clock.now().isoformat()}
    actions.note_acting(user, name, begins=True, reason=held["reason"], deeds=deeds or None)
    messages.success(request, _("现在是代%s办理，办的每一件都记两个人的名字。") % name)
    return redirect("acting_report" if not number else "home")


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    held = request.session.pop(ACTING, None)
    if held:
        person: Any = User.objects.get(pk=request.user.pk)  # bare: the end is the clerk's own deed
        actions.note_acting(person, held["name"], begins=False)
        messages.success(request, _("代%s办理已结束。") % held["name"])
    return redirect("acting")


@login_required
def report(request: HttpRequest) -> HttpResponse:
    """What a villager says, written down for them: it goes the way of every report, and has its code."""
    user: Any = request.user
    rights.check(user, "report_for_villager")
    held = request.session.get(ACTING)
    if not held or held.get("mandate"):
        messages.error(request, _("先说明代哪位村民办。"))
        return redirect("acting")
    wrong, asked = "", request.POST
    if request.method == "POST":
        place = seen.places(user).filter(code=asked.get("village", "").split(" ")[0], level="village").first()
        station = seen.facilities(user).filter(key=asked.get("facility", "").split(" ")[0]).first()
        try:
            if place is None and station is None:
                raise ValueError(_("要选一个村或一座站"))
            photo = request.FILES.get("photo")
            made = intake.hand_in(
                asked.get("text", ""), address=f"officer:{user.pk}:{clock.now().isoformat()}",
                facility=station.key if station else "", facility_name=station.name if station else "",
                village_code=place.code if place else station.place.code, photo=photo, phone=asked.get("phone", ""), by=user,
            )  # fmt: skip
        except ValueError as refused:
            wrong = str(refused)
        else:
            messages.success(
                request,
                _("已代%(who)s反映，查询码 %(code)s，请抄给本人。") % {"who": held["name"], "code": made.code},
            )
            return redirect("acting")
    return render(
        request, "site/acting_report.html",
        {
            "wrong": wrong, "asked": asked, "acting": held, "villages": seen.places(user).filter(level="village").order_by("code"),
            "stations": seen.facilities(user).filter(~Q(status="scrapped")).order_by("key"),
        },
        status=400 if wrong else 200,
    )  # fmt: skip


@login_required
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    asked = request.POST
    taker = queries.takers(user).filter(pk=asked["taker"]).first() if asked.get("taker", "").isdigit() else None
    try:
        if taker is None:
            raise ValueError(_("要选授权给谁"))
        actions.give_mandate(
            taker, asked.getlist("deed"), _day(asked.get("since")), _day(asked.get("until")), by=user,
            reason=asked.get("reason", ""), document=asked.get("document", ""),
        )  # fmt: skip
    except ValueError as refused:
        messages.error(request, _("没有授权：%s") % refused)
    else:
        messages.success(request, _("已授权给%s，到期自动失效，也可以随时收回。") % taker.name)  # type: ignore[union-attr]
    return redirect("acting")


def _day(text: str | None) -> Any:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    row = queries.mandates(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    actions.revoke_mandate(row, by=user)
    messages.success(request, _("授权已收回。"))
    return redirect("acting")
