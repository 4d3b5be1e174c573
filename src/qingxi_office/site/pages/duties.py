"""The duty matrix: who answers for what, where; what stands empty; and handing posts over after an election."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.place import GapKind, standard_duties
from qingxi_office.asking import ask
from qingxi_office.design.parts import State
from qingxi_office.people import actions, rights
from qingxi_office.people import queries as people
from qingxi_office.places.models import Duty, Place
from qingxi_office.site.templatetags.places import word_of
from qingxi_office.trail import clock

from . import seen, sheet
from .deeds import asked_day, carry_out, day

LEVELS = ("county", "township", "village")
_GAP = {
    GapKind.NEVER: "unknown", GapKind.EMPTY: "bad", GapKind.EXPIRED: "watch", GapKind.STOPPED: "watch",
}  # fmt: skip
HEAD = [
    "代码",
    "地方",
    "层级",
    "事项",
    "角色",
    "责任方",
    "单位",
    "姓名",
    "职务",
    "电话",
    "副手",
    "副手电话",
    "起",
    "止",
    "依据",
    "现状",
]


def _there(request: HttpRequest) -> tuple[str, list[Place], list[tuple[str, str]]]:
    """The township asked for, the places it means, and all townships of this person."""
    rows = ask(
        request.user,
        lambda u, _at: _outlined(people.places(u)).filter(level__in=("county", "township")).order_by("path"),
    )
    towns = [(p.code, p.name) for p in rows if p.level == "township"]
    code = request.GET.get("township", "")
    if not code and len(towns) == 1:
        code = towns[0][0]
    town = next((p for p in rows if p.code == code), None)
    if town is not None:
        below = ask(
            request.user,
            lambda u, at: _outlined(people.places(u)).filter(parent_id=at.pk, level="village").order_by("path"),
            pk=town.pk,
        )
        return code, [town, *below], towns
    return "", rows, towns


def _outlined(rows: QuerySet[Place]) -> QuerySet[Place]:
    return rows.defer("geometry", "parent__geometry")


@login_required
def duties(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    on = asked_day(request, today)
    code, rows, towns = _there(request)
    found = people.gaps(user, on)
    missing: dict[tuple[int, str, str], Any] = {(p.pk, g.matter, g.role.value): g for p, g in found}
    held = _held(user, rows, on)
    if request.GET.get("as") in sheet.FORMATS:
        return _export(request, rows, held, missing)
    view = request.GET.get("view", "matrix")
    inside = [(p, g) for p, g in found if not code or code in (p.code, p.parent.code if p.parent else "")]
    kind = request.GET.get("kind", "")
    shown = [(p, g) for p, g in inside if not kind or g.kind.value == kind]
    villages = sum(p.level == "village" for p in rows)
    n_posts = len(
        ask(
            user,
            lambda u, at: seen.duties(u).filter(place__valid_to=None, subject="").exclude(valid_to__lte=at.on)
            .exclude(valid_from__gt=at.on).order_by().values_list("pk"),
            on=on,
        )
    )  # fmt: skip
    n_villages = ask(
        user,
        lambda u, _at: (
            people.places(u).filter(level="village").order_by().values_list("level").annotate(n=Count("pk"))
        ),
    )
    return render(
        request,
        "site/duties.html",
        {
            "view": view, "on": on, "today": today, "past": on != today, "towns": towns, "township": code, "villages": villages,
            "grids": [g for level in LEVELS if (g := _grid(level, rows, held, missing))],
            "gaps": [(p, g, State(_GAP[g.kind], word_of(g.kind))) for p, g in shown[:300]], "gap_count": len(found), "inside": len(inside),
            "kinds": [(k.value, sum(g.kind is k for _, g in inside)) for k in GapKind], "kind": kind,
            "empty_villages": len({p.pk for p, _ in found if p.level == "village"}), "n_posts": n_posts,
            "n_villages": n_villages[0][1] if n_villages else 0, "standard": standard_duties(),
            "levels": {"county": _("县"), "township": _("乡镇"), "village": _("村"), "facility": _("设施")},
            "may": rights.may(user, "assign_duty"), "roles": Duty.Role.choices, "parties": Duty.Party.choices,
            "never": sum(g.kind is GapKind.NEVER for _, g in inside),
        },
    )  # fmt: skip


def _held(user: Any, rows: list[Place], on: dt.date) -> dict[int, list[Duty]]:
    """Duties in force on a day by place: one query."""
    out: dict[int, list[Duty]] = defaultdict(list)
    found = ask(
        user,
        lambda u, at: seen.duties(u).filter(place_id__in=at.pks).exclude(valid_to__lte=at.on).exclude(valid_from__gt=at.on)
        .defer("place__geometry").order_by("place_id", "id"),
        pks=[p.pk for p in rows], on=on,
    )  # fmt: skip
    for row in found:
        out[row.place_id].append(row)
    return out


def _grid(
    level: str, rows: list[Place], held: dict[int, list[Duty]], missing: dict[tuple[int, str, str], Any]
) -> dict[str, Any] | None:
    """Places of one level against its matters; a cell holds the duties, or the gap."""
    own = [p for p in rows if p.level == level]
    if not own:
        return None
    columns: dict[tuple[str, str], None] = {
        (d.matter, d.role.value): None
        for d in standard_duties()
        if d.level == level and (d.needed or level != "village")
    }
    for p in own:
        columns |= {(d.matter, d.role): None for d in held[p.pk] if not d.subject}
    lines = []
    for p in own:
        cells = []
        for matter, role in columns:
            gap = missing.get((p.pk, matter, role))
            cells.append(
                {
                    "rows": [d for d in held[p.pk] if (d.matter, d.role) == (matter, role) and not d.subject],
                    "gap": State(_GAP[gap.kind], word_of(gap.kind)) if gap else None,
                    "matter": matter,
                    "role": role,
                }
            )
        lines.append({"place": p, "cells": cells})
    words = {"county": _("县级"), "township": _("乡镇"), "village": _("村")}
    return {"word": words[level], "columns": list(columns), "lines": lines, "level": level}


def _export(
    request: HttpRequest, rows: list[Place], held: dict[int, list[Duty]], missing: dict[tuple[int, str, str], Any]
) -> HttpResponse:
    out: list[list[Any]] = []
    for p in rows:
        level = p.get_level_display()
        for d in held[p.pk]:
            gap = missing.pop((p.pk, d.matter, d.role), None)
            out.append(
                [
                    p.code12, p.name, level, d.matter, d.role, d.party, d.unit_name, d.person, d.title, d.phone, d.deputy, d.deputy_phone,
                    d.valid_from or "", d.valid_to or "", d.basis, gap.kind.value if gap else "在岗" if d.person else "副手代",
                ]
            )  # fmt: skip
        for (pk, matter, role), gap in missing.items():
            if pk == p.pk:
                last = gap.duty
                out.append(
                    [p.code12, p.name, level, matter, role, last.party.value if last else "", last.unit if last else "", "", "", "", "", "", "", "", "", gap.kind.value]
                )  # fmt: skip
    return sheet.answer(request, "责任矩阵", HEAD, out)


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    fits = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if fits else reverse("duties")


@login_required
@require_POST
def duty_appoint(request: HttpRequest) -> HttpResponse:
    """Put somebody in charge of a matter at a place from a day; whether this person may is the action's question."""
    user, form = request.user, request.POST
    place = people.places(user).filter(code=form.get("place", "").split(" ")[0]).first()
    if place is None:
        raise Http404

    def deed(on: dt.date, document: str) -> Any:
        return actions.appoint_duty(
            place, form.get("matter", ""), form.get("role", ""), by=user, on=on, document=document, unit_name=form.get("unit", ""),
            party=form.get("party", ""), subject=form.get("subject", "").strip(), until=day(form["until"]) if form.get("until") else None,
            **{f: form.get(f, "") for f in ("person", "title", "phone", "deputy", "deputy_phone")},
        )  # fmt: skip

    carry_out(request, deed, _("记下了；以前的人留在以前的日子里。"))
    return redirect(_back(request))


@login_required
@require_POST
def duty_end(request: HttpRequest, pk: int) -> HttpResponse:
    """A duty ends on a day."""
    row = seen.duties(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    carry_out(
        request,
        lambda on, document: actions.close_duty(row, by=request.user, on=on, document=document),
        _("终止了。"),
    )
    return redirect(_back(request))


@login_required
@require_POST
def duty_lay_out(request: HttpRequest) -> HttpResponse:
    """Set up the posts of the standard list that nobody has, empty, so that they can be filled by name."""
    user = request.user
    rights.check(user, "assign_duty")
    code = request.POST.get("township", "")
    wanted = {(d.level, d.matter, d.role): d for d in standard_duties()}
    missing = [
        (p, wanted[p.level, g.matter, g.role])
        for p, g in people.gaps(user)
        if g.kind is GapKind.NEVER
        and (p.level, g.matter, g.role) in wanted
        and (not code or code in (p.code, p.parent.code if p.parent else ""))
    ]
    n = len(missing)
    done = carry_out(
        request,
        lambda on, document: actions.lay_out_duties(missing, by=user, on=on, document=document),
        _("设了 %d 个空着的岗位，填上人就不再是漏项。") % n,
    )
    if done is None:
        messages.info(request, _("一个也没有设。"))
    return redirect(reverse("duties") + "?view=gaps" + (f"&township={code}" if code else ""))


def book(user: Any, on: dt.date) -> dict[str, Duty]:
    """Posts in force on a day in this person's places, by key: what a hand-over sheet is filled with."""
    rows = seen.duties(user).filter(place__valid_to=None).exclude(valid_to__lte=on).exclude(valid_from__gt=on)
    return {
        str(row.pk): row
        for row in rows.select_related("place__parent", "unit").order_by("place__path", "matter", "id")
    }
