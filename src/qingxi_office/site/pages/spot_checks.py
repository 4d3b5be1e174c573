"""Spot checks: what was drawn, how it can be verified, and what came out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.sampling import Design, Method, allocate, effective_checklist
from qingxi.standard import load_table
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places import queries as tree
from qingxi_office.places.models import Unit
from qingxi_office.samples import actions, law, queries
from qingxi_office.samples.models import Campaign, Team, TeamMember
from qingxi_office.samples.words import METHOD_WORDS, STRATUM_WORDS
from qingxi_office.trail import clock

from . import seen, spot_rows
from .spot_frame import rows_of_frame

S = Campaign.State


def found(request: HttpRequest, key: str) -> Campaign:
    """The campaign, or 404 for whoever must not know of it."""
    row = queries.campaigns(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return row


def whole(text: str | None) -> int:
    """A number of a form; 0 for anything that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def a_day(text: str | None, word: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError as wrong:
        raise law.Refused([f"{word}看不懂，例如 2026-12-01"]) from wrong


def _share(text: str | None, word: str) -> float:
    """Per cent as typed, as a share."""
    try:
        return float((text or "").replace("%", "").replace("％", "").strip()) / 100
    except ValueError as wrong:
        raise law.Refused([f"{word}要写数字，例如 5"]) from wrong


@login_required
def checks(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    rows = list(queries.campaigns(user))
    kind = asked.get("kind", "")
    rated = [r for r in rows if r.share is not None]
    may_run = rights.may(user, "run_sample")
    return render(
        request,
        "site/spot_checks.html",
        {
            "rows": [r for r in rows if not kind or r.kind == kind], "kind": kind, "kinds": Campaign.Kind.choices,
            "counts": {k: sum(r.kind == k for r in rows) for k in Campaign.Kind.values}, "total": len(rows),
            "latest": max(rated, key=lambda r: (r.done_on, r.pk), default=None), "may_run": may_run,
            "going": sum(r.state not in (S.DONE, S.CANCELLED) for r in rows),
            "plans": list(queries.plans(user)) if may_run else [],
        },
    )  # fmt: skip


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    said, user = request.POST, request.user
    own = tree.county()
    place = user.scope or (own.place if own else None)
    if place is None:
        raise Http404
    plan = queries.plans(user).filter(pk=whole(said.get("plan"))).first()
    try:
        row = actions.create(
            said.get("kind", ""), said.get("title", ""), place, by=user, measured_by=said.get("measured_by", ""),
            reason=said.get("reason", ""), plan=plan,
        )  # fmt: skip
    except law.Refused as refused:
        messages.error(request, _("没有拟成：%s") % refused)
        return redirect("spot_checks")
    messages.success(request, _("已拟好。下一步：把要查的名单冻结下来。"))
    return redirect("spot_check", row.key)


@login_required
def check(request: HttpRequest, key: str) -> HttpResponse:
    row, user = found(request, key), request.user
    leads = queries.leads(user, row)
    teams = list(row.teams.prefetch_related("members"))
    mine = {m.team_id for t in teams for m in t.members.all() if m.person_id == user.pk and m.recused_on is None}
    context: dict[str, Any] = {
        "c": row, "leads": leads, "steps": spot_rows.steps(row), "teams": teams, "mine": mine, "today": clock.today(),
        "random": row.kind == Campaign.Kind.RANDOM, "double": row.kind == Campaign.Kind.DOUBLE,
        "targeted": row.kind == Campaign.Kind.TARGETED, "asked": effective_checklist(row.checklist),
        "left_out": [(_(name), n) for name, n in row.left_out.items()], "strata_words": [STRATUM_WORDS[s] for s in row.strata],
        "may_publish": leads and rights.may(user, "publish_sample", path=row.place.path),
        "may_depart": row.depart_on is not None and row.depart_on <= clock.today(), "drill": clock.practice_day() is not None,
    }  # fmt: skip
    if leads and row.state == S.DRAFT:
        context |= {"strata": STRATUM_WORDS.items()}
        if row.kind == Campaign.Kind.TARGETED:
            context["stations"] = list(
                seen.facilities(user).filter(place__path__startswith=row.place.path).order_by("key")
            )
        if row.kind == Campaign.Kind.DOUBLE:
            context["firms"] = list(Unit.objects.filter(kind="运维单位", valid_to=None).order_by("name"))
    if leads and row.state == S.FROZEN:
        context |= _frozen(row)
    if leads and row.state in (S.DRAFT, S.FROZEN, S.COMMITTED, S.DRAWN) and not context["double"]:
        context |= _who_may_go(row, teams)
    if row.design:
        context["design_said"] = _design_words(row)
    if row.state in (S.FIELD, S.DONE):
        context |= spot_rows.visits(request, row, leads=leads)
    if row.state == S.DONE and row.share is not None:
        context |= spot_rows.result(row)
    return render(request, "site/spot_check.html", context)


def _frozen(row: Campaign) -> dict[str, Any]:
    """The calculator's answer and how a sample would be shared among strata."""
    known = load_table("sampling")
    sizing = row.sizing or {}
    out: dict[str, Any] = {
        "methods": [(m, w) for m, w in METHOD_WORDS.items()], "sizing": sizing,
        "margin": f"{sizing.get('margin', known['margin']) * 100:g}", "expected": f"{sizing.get('share', row.required) * 100:g}",
        "effect": f"{sizing.get('design_effect', known['design_effect']):g}",
        "effect_clustered": known["design_effect.clustered"],
    }  # fmt: skip
    if row.kind == Campaign.Kind.RANDOM:
        population = law.population_of(row)
        out["clusters"] = len(population.clusters)
        if sizing and row.strata:
            try:
                took = allocate(sizing["taken"], population.strata)
                out["shares"] = [(h, n, took[h]) for h, n in population.strata.items()]
            except ValueError as wrong:
                out["shares_wrong"] = str(wrong)
    return out


def _who_may_go(row: Campaign, teams: list[Team]) -> dict[str, Any]:
    able = rights.able("check_station")
    people = User.objects.filter(
        is_active=True, role__in=able, scope__path__startswith=row.place.path
    ).select_related("unit", "scope")
    sits = {m.person_id: n for n, t in enumerate(teams, 1) for m in t.members.all()}
    return {"people": [(p, sits.get(p.pk, 0)) for p in people.order_by("role", "name")], "numbers": range(1, 9)}


def _design_words(row: Campaign) -> list[tuple[str, str]]:
    design = Design.read(row.design)
    out = [(_("抽样方法"), str(METHOD_WORDS[design.method.value]))]
    if design.method is Method.SIMPLE:
        out.append((_("抽几座"), str(design.n)))
    elif design.method is Method.STRATIFIED:
        out.append(
            (_("抽几座"), _("%(n)d 座，分 %(h)d 层") % {"n": sum(design.take.values()), "h": len(design.take)})
        )
    else:
        out.append((_("抽几座"), _("%(m)d 个乡镇，每个 %(k)d 座") % {"m": design.clusters, "k": design.each}))
    return out


@login_required
@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """One deed on a check; which one stands in ``do``. Whether it may be done is the action's question."""
    row = found(request, key)
    deed = _DEEDS.get(request.POST.get("do", ""))
    if deed is None:
        raise Http404
    try:
        told = deed(request, row)
    except (law.Refused, ValueError) as refused:
        reasons = getattr(refused, "reasons", (str(refused),))
        messages.error(request, _("没有办成：%s。别的都没有变。") % "；".join(reasons))
    else:
        if isinstance(told, HttpResponse):
            return told
        messages.success(request, told)
    at = request.POST.get("at", "")
    return redirect(reverse("spot_check", args=[key]) + (f"#{at}" if at.isalnum() else ""))


def _freeze(request: HttpRequest, row: Campaign) -> str:
    said, user = request.POST, request.user
    if row.kind == Campaign.Kind.DOUBLE:
        firms = list(Unit.objects.filter(pk__in=[whole(v) for v in said.getlist("unit")], valid_to=None))
        actions.freeze_enterprises(row, firms, by=user)
        return _("检查对象名录已冻结，%d 家。") % row.population
    strata, cluster = said.getlist("strata"), said.get("cluster", "township")
    upload = request.FILES.get("file")
    if upload is not None:
        rows, faults = rows_of_frame(upload)
        if faults:
            shown = "；".join(str(f) for f in faults[:8])
            more = _("（还有 %d 处）") % (len(faults) - 8) if len(faults) > 8 else ""
            raise law.Refused([_("名单里有 %d 处要改，改好再传：") % len(faults) + shown + more])
        actions.freeze_file(row, rows, name=str(upload.name), strata=strata, cluster=cluster, by=user)
    else:
        actions.freeze_register(row, strata=strata, cluster=cluster, by=user)
    return _("名单已冻结：总体 %(n)d 座，不计入 %(k)d 座。指纹 %(s)s…") % {
        "n": row.population, "k": sum(row.left_out.values()), "s": row.checksum[:12],
    }  # fmt: skip


def _size(request: HttpRequest, row: Campaign) -> str:
    said = request.POST
    effect = said.get("effect", "1").strip() or "1"
    try:
        design_effect = float(effect)
    except ValueError as wrong:
        raise law.Refused(["设计效应要写数字，例如 1.5"]) from wrong
    sized = actions.size_it(
        row, margin=_share(said.get("margin"), "误差"), share=_share(said.get("expected"), "预计的率"),
        design_effect=design_effect, wanted=whole(said.get("wanted")) or None, by=request.user,
    )  # fmt: skip
    return _("至少要 %(n)d 座（威尔逊法 %(w)d 座），取 %(t)d 座。") % {
        "n": sized["normal"], "w": sized["wilson"], "t": sized["taken"],
    }  # fmt: skip


def _design(row: Campaign, said: Mapping[str, str]) -> Design:
    method = (
        Method(said.get("method", "simple")) if said.get("method") in [m.value for m in Method] else Method.SIMPLE
    )
    n = whole(said.get("n")) or int(row.sizing.get("taken", 0))
    if method is Method.STRATIFIED:
        population = law.population_of(row)
        expected = None
        if said.get("allocation") == "neyman":
            told: dict[str, list[bool]] = {}
            for layer, reported in row.frame.filter(excluded="").values_list("stratum", "reported"):
                if reported is not None:
                    told.setdefault(layer, []).append(reported)
            expected = {h: sum(v) / len(v) for h, v in told.items()}
        return Design(method, take=allocate(n, population.strata, expected=expected))
    if method is Method.SIMPLE:
        return Design(method, n=n)
    return Design(method, clusters=whole(said.get("clusters")), each=whole(said.get("each")))


def _commit(request: HttpRequest, row: Campaign) -> str | HttpResponse:
    said = request.POST
    key = actions.commit(
        row, _design(row, said), outside_name=said.get("outside_name", ""), outside_day=a_day(said.get("outside_day"), "公开数字的日子"),
        depart_on=a_day(said.get("depart_on"), "出发日"), back_on=a_day(said.get("back_on"), "现场结束日"), by=request.user,
    )  # fmt: skip
    # Shown in this one answer and kept nowhere: not in the books, nor in the session.
    groups = [key[at : at + 4] for at in range(0, len(key), 4)]
    answer = render(request, "site/spot_key.html", {"c": row, "groups": groups})
    answer["Cache-Control"] = "no-store"
    return answer


def _draw(request: HttpRequest, row: Campaign) -> str:
    actions.draw(row, request.POST.get("outside_value", ""), key=request.POST.get("key", ""), by=request.user)
    return _("已抽取 %d 座，名单封存到出发日。") % row.drawn_n


def _teams(request: HttpRequest, row: Campaign) -> str:
    chosen: dict[int, list[int]] = {}
    for name, value in request.POST.items():
        if name.startswith("p") and name[1:].isdigit() and whole(value):
            chosen.setdefault(whole(value), []).append(int(name[1:]))
    people = User.objects.in_bulk([pk for pks in chosen.values() for pk in pks])
    made = actions.set_teams(
        row, [[people[pk] for pk in pks if pk in people] for _n, pks in sorted(chosen.items())], by=request.user
    )
    return _("已分 %d 个组；谁去哪一站由种子定。") % len(made)


def _choose(request: HttpRequest, row: Campaign) -> str:
    said = request.POST
    picked = {whole(v): said.get(f"why{v}", "") for v in said.getlist("station") if whole(v)}
    actions.choose(
        row, picked, depart_on=a_day(said.get("depart_on"), "出发日"), back_on=a_day(said.get("back_on"), "现场结束日"), by=request.user
    )  # fmt: skip
    return _("选定 %d 座，出发日以前不告诉任何人。") % row.drawn_n


def _open(request: HttpRequest, row: Campaign) -> str:
    team = row.teams.filter(pk=whole(request.POST.get("team"))).first()
    return _("名单打开了，%d 座。谁在什么时候打开的，写在留痕里。") % actions.open_list(
        row, team=team, key=request.POST.get("key", ""), by=request.user
    )


def _close(request: HttpRequest, row: Campaign) -> str:
    actions.close(row, by=request.user)
    return _("现场结束，结果已算出，随机数已揭示。") if row.share is not None else _("现场结束。")


def _publish(request: HttpRequest, row: Campaign) -> str:
    actions.publish(row, by=request.user)
    return _("已公布。公众看到率、座数和区间，不看第二个判定。")


def _cancel(request: HttpRequest, row: Campaign) -> str:
    actions.cancel(row, request.POST.get("reason", ""), by=request.user)
    return _("已定不查，理由留着。")


def _recuse(request: HttpRequest, row: Campaign) -> str:
    member = TeamMember.objects.filter(team__campaign=row, pk=whole(request.POST.get("member"))).first()
    if member is None:
        raise Http404
    fresh = actions.recuse(member, request.POST.get("why", ""), by=request.user)
    return _("%(a)s 已回避，依次换成 %(b)s。") % {"a": member.name, "b": fresh.name}


_DEEDS: dict[str, Callable[[HttpRequest, Campaign], str | HttpResponse]] = {
    "freeze": _freeze, "size": _size, "commit": _commit, "draw": _draw, "teams": _teams, "choose": _choose, "open": _open,
    "close": _close, "publish": _publish, "cancel": _cancel, "recuse": _recuse,
}  # fmt: skip
