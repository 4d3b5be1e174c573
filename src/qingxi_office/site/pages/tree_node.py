"""One place or one unit with its past: what it was called, where it lay, what went into it, who answers, what may be done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.place import standard_duties
from qingxi_office.people import actions, rights
from qingxi_office.people import queries as people
from qingxi_office.places import queries as places
from qingxi_office.places.models import Duty, Place, PlacePast, Unit
from qingxi_office.site.templatetags.places import word_of
from qingxi_office.trail import clock
from qingxi_office.villages.actions import join_villages

from . import seen, who
from .deeds import carry_out
from .tree import ICONS, households_of


@dataclass(frozen=True)
class Chapter:
    """One stretch of a life: from a day until a day, what it was then, what ended it, by which document."""

    start: dt.date | None
    end: dt.date | None
    name: str
    small: str
    change: str = ""
    document: str = ""


def place_of(user: Any, code: str) -> Place | None:
    """The place with a code: the living one, else one that had it last; None for what this person does not see."""
    rows = people.every_place(user)
    found = rows.filter(code=code, valid_to=None).first()
    if found is None:
        past = PlacePast.objects.filter(code=code).order_by("-valid_to").values_list("place_id", flat=True)
        found = rows.filter(code=code).order_by("-valid_to").first() or rows.filter(pk__in=list(past[:1])).first()
    return found


@login_required
def tree_node(request: HttpRequest, code: str) -> HttpResponse:
    user, today = request.user, clock.today()
    place = place_of(user, code)
    if place is None:
        raise Http404
    if place.code != code:
        return redirect("tree_node", place.code)
    came = list(place.came_from.select_related("old"))
    went = list(place.went_into.select_related("new"))
    below = list(people.places(user).filter(parent=place).order_by("code"))
    homes, numbers = households_of(user, place)
    may = rights.may(user, "reorganise", path=place.path) and place.valid_to is None
    siblings = (
        people.places(user).filter(level=place.level, valid_to=None).exclude(pk=place.pk).order_by("code")[:400]
        if may
        else []
    )
    parents = (
        people.places(user).filter(level=_level_above(place)).exclude(pk=place.parent_id).order_by("code")[:400]
        if may
        else []
    )
    return render(
        request,
        "site/tree_node.html",
        {
            "place": place, "today": today, "icon": ICONS.get(place.level, "map-pin"), "came": came, "went": went,
            "chapters": chapters(place, came), "below": below, "homes": homes, "numbers": numbers,
            "above": list(reversed(places.chain_on(place, today, today)[1:])), "who": who.of_place(place),
            "units": list(people.units(user).filter(place=place).order_by("valid_to", "name")),
            "ended": list(people.every_place(user).filter(places.under(place.path)).exclude(valid_to=None).exclude(pk=place.pk)[:60]),
            "may": may, "siblings": siblings, "parents": parents, "answer": _answer(place, came, went),
            "may_assign": rights.may(user, "assign_duty", path=place.path) and place.valid_to is None,
            "roles": Duty.Role.choices, "parties": Duty.Party.choices,
            "matters": [d for d in standard_duties() if d.level in (place.level, "facility")],
            "unit_names": list(people.units(user).filter(valid_to=None).order_by("name").values_list("name", flat=True)[:400]),
            "duties": _duties(user, place, today),
            "page": _page(user, place),
        },
    )  # fmt: skip


def _page(user: Any, place: Place) -> bool:
    """Whether this place has a page of its own in the register."""
    return place.level == "village" and seen.villages(user).filter(place=place).exists()


def _level_above(place: Place) -> str:
    levels = [level.value for level in Place.Level]
    return levels[max(levels.index(place.level) - 1, 0)]


def _answer(place: Place, came: list[Any], went: list[Any]) -> str:
    """The first line: what it is, or what became of it."""
    above = place.parent.name if place.parent else ""
    if place.valid_to is not None:
        into = "、".join(s.new.name for s in went)
        if into:
            return _("%(name)s %(day)s 并入%(into)s；以前的记录留在这里。") % {"name": place.name, "day": place.valid_to, "into": into} \
                if len(went) == 1 else _("%(name)s %(day)s 拆成%(into)s；以前的记录留在这里。") % {
                    "name": place.name, "day": place.valid_to, "into": into}  # fmt: skip
        return _("%(name)s %(day)s 撤销了；以前的记录留在这里。") % {"name": place.name, "day": place.valid_to}
    level = word_of(place.get_level_display())
    told = {"above": above, "level": level, "name": place.name}
    said = _("%(name)s是%(above)s的%(level)s") % told if above else place.name
    if came:
        parts = [said]
        for change, words in (("合并", _("并进来过%s")), ("拆分", _("是从%s拆出来的"))):
            if names := "、".join(s.old.name for s in came if s.change == change):
                parts.append(words % names)
        return _("；").join(parts) + _("。")
    if place.former_names:
        return _("%(said)s；以前叫%(names)s。") % {"said": said, "names": "、".join(place.former_names)}
    return _("%s；没有改过名，也没有撤并过。") % said


def chapters(place: Place, came: list[Any]) -> list[Chapter]:
    """The place's life, newest first: today's state, the earlier ones, and what went into it."""
    above = place.parent.name if place.parent else ""
    out = [
        Chapter(
            place.since or place.valid_from,
            place.valid_to,
            place.name,
            f"{place.code} · {above}" if above else place.code,
            place.ended_by,
        )
    ]
    for past in place.past.select_related("parent").order_by("-valid_to", "-id"):
        small = f"{past.code} · {past.parent.name}" if past.parent else past.code
        out.append(Chapter(past.valid_from, past.valid_to, past.name, small, past.change, past.document))
    out += [
        Chapter(
            s.on, None, s.old.name, s.old.code, _("并进来") if s.change == "合并" else _("从那里拆出来"), s.document
        )
        for s in came
    ]
    return sorted(out, key=lambda c: c.start or dt.date.min, reverse=True)


def _duties(user: Any, place: Place, today: dt.date) -> list[Duty]:
    """Duties on this very place, those in force first, then the last ended ones."""
    rows = list(seen.duties(user).filter(place=place).order_by("-valid_from", "-id")[:60])
    for row in rows:
        row.now = (row.valid_from is None or row.valid_from <= today) and (
            row.valid_to is None or row.valid_to > today
        )  # type: ignore[attr-defined]
    return sorted(rows, key=lambda row: not row.now)  # type: ignore[attr-defined]


@login_required
@require_POST
def tree_change(request: HttpRequest, code: str) -> HttpResponse:
    """A deed on a place; whether this person may is the action's question."""
    user, form = request.user, request.POST
    place = place_of(user, code)
    if place is None:
        raise Http404
    rights.check(user, "reorganise", path=place.path)
    others = people.places(user)

    def one(text: str) -> Place:
        found = others.filter(code=text.split(" ")[0]).first()
        if found is None:
            raise ValueError(_("没有这个地方：%s") % (text or _("没有写")))
        return found

    def deed(on: dt.date, document: str) -> Any:
        said = {"by": user, "on": on, "document": document}
        match form.get("deed", ""):
            case "rename":
                return actions.rename_place(place, form.get("name", ""), **said)
            case "merge":
                return join_villages([place], one(form.get("into", "")), **said)
            case "merge_new":
                gone = [place, *(one(text) for text in form.getlist("with") if text)]
                new = {"code": form.get("code", ""), "name": form.get("name", "")}
                return join_villages(gone, None, new=new, **said)
            case "split":
                parts = [
                    {"code": c.strip(), "name": n.strip()}
                    for c, n in zip(form.getlist("part_code"), form.getlist("part_name"), strict=False)
                    if c.strip()
                ]
                codes = [p["code"] for p in parts]
                below = {}
                for child in others.filter(parent=place):
                    to = form.get(f"below-{child.pk}", "1")
                    below[child.pk] = codes[int(to) - 1] if to.isdigit() and 0 < int(to) <= len(codes) else ""
                return actions.split_place(place, parts, below, **said)
            case "move":
                return actions.move_place(
                    place, one(form.get("parent", "")), new_code=form.get("code", "").strip(), **said
                )
            case "close":
                return actions.close_place(place, **said)
        raise ValueError(_("没有这种办法"))

    done = carry_out(request, deed, _("办好了，从生效那天起按新的算；以前的留在原处。"))
    if isinstance(done, Place):
        return redirect("tree_node", done.code)
    place.refresh_from_db()
    return redirect("tree_node", place.code)


@login_required
def unit_node(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit with its past, what lies below it and its posts."""
    user, today = request.user, clock.today()
    unit = people.units(user).filter(pk=pk).first()
    if unit is None:
        raise Http404
    out = [Chapter(unit.since or unit.valid_from, unit.valid_to, unit.name, unit.kind, unit.ended_by)]
    for past in unit.past.select_related("parent").order_by("-valid_to", "-id"):
        out.append(
            Chapter(
                past.valid_from,
                past.valid_to,
                past.name,
                past.parent.name if past.parent else past.kind,
                past.change,
                past.document,
            )
        )
    posts = (
        seen.duties(user)
        .filter(unit=unit)
        .filter(Q(valid_to=None) | Q(valid_to__gt=today))
        .order_by("place__code", "matter")
    )
    may = rights.may(user, "reorganise", path=unit.place.path if unit.place else "") and unit.valid_to is None
    return render(
        request,
        "site/unit_node.html",
        {
            "unit": unit, "today": today, "chapters": out, "posts": list(posts[:200]), "empty": sum(not (p.person or p.deputy) for p in posts),
            "below": list(people.units(user).filter(parent=unit, valid_to=None)), "came": list(unit.came_from.all()),
            "may": may, "others": list(people.units(user).filter(valid_to=None).exclude(pk=unit.pk).order_by("name")[:400]) if may else [],
        },
    )  # fmt: skip


@login_required
@require_POST
def unit_change(request: HttpRequest, pk: int) -> HttpResponse:
    user, form = request.user, request.POST
    unit = people.units(user).filter(pk=pk).first()
    if unit is None:
        raise Http404
    rights.check(user, "reorganise", path=unit.place.path if unit.place else "")

    def one(text: str) -> Unit:
        found = people.units(user).filter(name=text.strip(), valid_to=None).first()
        if found is None:
            raise ValueError(_("没有这个单位：%s") % (text or _("没有写")))
        return found

    def deed(on: dt.date, document: str) -> Any:
        said = {"by": user, "on": on, "document": document}
        match form.get("deed", ""):
            case "rename":
                return actions.rename_the_unit(unit, form.get("name", ""), **said)
            case "move":
                return actions.shift_unit(
                    unit, one(form["parent"]) if form.get("parent", "").strip() else None, **said
                )
            case "merge":
                return actions.join_units([unit], one(form.get("into", "")), **said)
            case "close":
                return actions.end_unit(unit, **said)
        raise ValueError(_("没有这种办法"))

    done = carry_out(request, deed, _("办好了，从生效那天起按新的算；以前的留在原处。"))
    return redirect("unit_node", done.pk if isinstance(done, Unit) else unit.pk)


@login_required
@require_POST
def unit_open(request: HttpRequest) -> HttpResponse:
    """Register a new unit at the top of this person's places."""
    user, form = request.user, request.POST
    rights.check(user, "reorganise")

    def deed(on: dt.date, document: str) -> Any:
        return actions.new_unit(
            form.get("name", ""), form.get("kind", ""), by=user, on=on, document=document, place=user.scope,
            phone=form.get("phone", "").strip(),
        )  # fmt: skip

    done = carry_out(request, deed, _("登记了。"))
    return redirect("unit_node", done.pk) if isinstance(done, Unit) else redirect("tree")
