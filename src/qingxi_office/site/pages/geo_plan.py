"""What the plan's map draws: the county as hamlets and mains, and, zoomed in, the houses and pipes of what is looked at.

A county has tens of thousands of houses and pipes: the whole is drawn from one small answer, the parts are asked for
as the map moves. Rights are the rows': a township's clerk gets the houses and pipes of their own systems only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from qingxi_office.asking import ask
from qingxi_office.people.rights import covers
from qingxi_office.places import queries as places

from . import basemap, seen
from .difference import difference
from .geo import box_of, collection, feature, point
from .still import still_map

_PART_DEGREES = 0.2
"""A part of the map at most so wide and high (about 20 km): more is for the whole."""
_MOST = 6000
"""Houses, and pipes, in one part at most; what is more is told to zoom in."""


def _version(request: HttpRequest, name: str = "version") -> Any:
    key = request.GET.get(name, "")
    plan = seen.plan_version(request.user, key)
    if key and plan is None:
        raise Http404
    return plan


@login_required
def plan_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_drawn(request), content_type="application/json")


@login_required
def plan_svg(request: HttpRequest) -> HttpResponse:
    return HttpResponse(still_map(json.loads(_drawn(request))), content_type="image/svg+xml")


def _drawn(request: HttpRequest) -> str:
    against = _version(request, "against") if request.GET.get("against") else None
    return plan_layers(request.user, _version(request), request.GET.get("township", ""), against)


_SHOWN = ("hamlet_key", "name", "mode", "households", "lon", "lat")


def _options(user: Any, plan: Any, township: str) -> Any:
    """What is drawn of the natural villages of a version."""
    return ask(
        user,
        lambda u, at: seen.options(u, at.plan)
        .filter(*(() if at.within is None else (Q(place__path__contains=at.within),)))
        .values_list(*_SHOWN, named=True),
        plan=plan.pk, within=f"/{township}/" if township else None,
    )  # fmt: skip


def plan_layers(user: Any, plan: Any, township: str = "", against: Any = None) -> str:
    """Natural villages by mode (and how they differ from another version), plants, mains, waters of the county or a township,
    as JSON: what many people ask for the same is kept as it is written."""
    options = _options(user, plan, township) if plan else []
    changed = {}
    if against is not None and plan is not None:
        after = seen.options(user, plan)
        if township:
            after = after.filter(place__path__contains=f"/{township}/")
        before = seen.options(user, against)
        changed = {
            row.key: row for row in difference(before.select_related(None), after.select_related(None), {}).changed
        }
    hamlets = []
    for o in options:
        if o.lon is None or o.lat is None:
            continue
        told: dict[str, Any] = {"name": o.name, "mode": o.mode, "households": o.households, "key": o.hamlet_key}
        if o.hamlet_key in changed:
            told |= {"changed": changed[o.hamlet_key].kind, "before": changed[o.hamlet_key].mode_a}
        hamlets.append(point(o.lon, o.lat, told))
    own = places.county()
    box = box_of(hamlets, own.place) if hamlets and own else None
    systems = (
        None
        if _sees_all(user)
        else frozenset(seen.systems(user, plan).values_list("system_id", flat=True))
        if plan
        else frozenset()
    )
    stamp = basemap.plan_stamp(plan) if plan and box else None
    pipes = plants = _collected(())
    if stamp is not None and box is not None:
        pipes, plants = (how(plan.folder, stamp, tuple(box), systems) for how in (_mains, _plants))
    villages = (
        f'{{"type": "Feature", "geometry": {_outline(bytes(shape))}, "properties": {json.dumps({"name": name})}}}'
        for shape, name, above in ask(
            user,
            lambda u, _at: seen.villages(u).values_list("place__geometry", "place__name", "place__parent__code"),
        )
        if shape and (not township or above == township)
    )
    base = basemap.layers(own)
    parts = {
        "box": json.dumps(box), "hamlets": json.dumps(collection(hamlets)), "outlines": _collected(villages),
        "pipes": pipes, "plants": plants, "waters": _waters(own.source_folder if own else "", base.waters),
        "relief": json.dumps(base.relief_corners),
    }  # fmt: skip
    return "{" + ", ".join(f'"{name}": {text}' for name, text in parts.items()) + "}"


def _collected(features: Iterable[str]) -> str:
    return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'


@lru_cache(maxsize=4096)
def _outline(wkb: bytes) -> str:
    """A village's outline with few points, kept by its bytes."""
    import shapely

    return json.dumps(feature(shapely.simplify(shapely.from_wkb(wkb), 1e-4), {}, 1e-5)["geometry"])


_Box = tuple[float, ...]


@lru_cache(maxsize=64)
def _mains(folder: str, stamp: int, box: _Box, systems: frozenset[int] | None) -> str:
    """Mains of a plan's file as it was written at ``stamp``: of these systems (None: of all)."""
    plan = SimpleNamespace(folder=folder)
    pipes = _own(basemap.plan_pipes(plan, list(box), mains_only=True), systems)
    return json.dumps(collection([feature(s, p, 1e-5) for s, p in _merged(pipes)]))


@lru_cache(maxsize=64)
def _plants(folder: str, stamp: int, box: _Box, systems: frozenset[int] | None) -> str:
    plan = SimpleNamespace(folder=folder)
    return json.dumps(collection([feature(s, p) for s, p in _own(basemap.plan_plants(plan, list(box)), systems)]))


_waters_of: dict[str, tuple[list[Any], str]] = {}


def _waters(folder: str, shapes: list[Any]) -> str:
    """Waters as JSON, kept as long as the map's ground is the same."""
    held = _waters_of.get(folder)
    if held is None or held[0] is not shapes:
        held = shapes, json.dumps(collection([feature(s, {}, 1e-5) for s in shapes]))
        _waters_of[folder] = held
    return held[1]


def _sees_all(user: Any) -> bool:
    own = places.county()
    return bool(own and covers(user, own.place.path, "plan"))


def _own(rows: list[tuple[Any, dict[str, Any]]], systems: Set[int] | None) -> list[tuple[Any, dict[str, Any]]]:
    """Rows of the systems that somebody sees (None: all)."""
    return rows if systems is None else [row for row in rows if row[1].get("system_id") in systems]


def _merged(pipes: list[tuple[Any, dict[str, Any]]]) -> list[tuple[Any, dict[str, Any]]]:
    """Pipes of one kind as one shape with few points: at the county's scale nobody sees a manhole."""
    import shapely

    by_kind: dict[str, list[Any]] = {}
    for shape, properties in pipes:
        by_kind.setdefault(properties["kind"], []).append(shape)
    return [
        (shapely.simplify(shapely.line_merge(shapely.multilinestrings(shapes)), 8e-5), {"kind": kind})
        for kind, shapes in by_kind.items()
    ]


@login_required
def plan_part(request: HttpRequest) -> HttpResponse:
    """Houses, pipes by diameter, lifts, existing sewers, protected land and streets inside ``box=w,s,e,n``.

    ``ground=1`` leaves houses, pipes and lifts out: a large plan brings them as tiles (``site.tiles``).
    """
    plan = _version(request)
    box = _box(request.GET.get("box", ""))
    if plan is None or box is None:
        raise Http404
    user = request.user
    everything, built = _sees_all(user), request.GET.get("ground") != "1"
    systems = None if everything else set(seen.systems(user, plan).values_list("system_id", flat=True))
    hamlets = None if everything else set(seen.options(user, plan).values_list("hamlet_key", flat=True))
    houses = basemap.plan_rows(plan, "households", box) if built and seen.may_see_households(user) else []
    if hamlets is not None:
        houses = [row for row in houses if row[1]["hamlet_id"] in hamlets]
    pipes = _own(basemap.plan_pipes(plan, box), systems) if built else []
    lifts = _own(basemap.plan_rows(plan, "lifts", box), systems) if built else []
    own = places.county()
    ground = basemap.within(own, box)
    return JsonResponse(
        {
            "more": len(houses) > _MOST or len(pipes) > _MOST,
            "houses": collection(
                [feature(s, {"mode": p["mode"], "system": p["system_id"]}) for s, p in houses[:_MOST]]
            ),
            "pipes": collection([feature(s, {"kind": p["kind"], "dn": p["dn_mm"]}) for s, p in pipes[:_MOST]]),
            "lifts": collection([feature(s, {}) for s, _ in lifts]),
            "existing": collection([feature(s, {}) for s in basemap.existing_sewers(own, box)]),
            "protected": collection([feature(s, {}) for s in ground.farm]),
            "roads": collection([feature(s, {}) for s in ground.roads]),
        }
    )


def _box(text: str) -> list[float] | None:
    """West, south, east, north in degrees; None when it is no box or too large for a part."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    fits = 0 < east - west <= _PART_DEGREES and 0 < north - south <= _PART_DEGREES
    return (
        [west, south, east, north]
        if fits and west >= -180 and east <= 180 and south >= -90 and north <= 90
        else None
    )
