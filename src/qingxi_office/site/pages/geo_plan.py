"""What the plan's map draws: the county as hamlets and mains, and, zoomed in, the houses and pipes of what is looked at.

A county has tens of thousands of houses and pipes: the whole is drawn from one small answer, the parts are asked for
as the map moves. Rights are the rows': a township's clerk gets the houses and pipes of their own systems only.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

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
    return JsonResponse(_layers(request))


@login_required
def plan_svg(request: HttpRequest) -> HttpResponse:
    return HttpResponse(still_map(_layers(request)), content_type="image/svg+xml")


def _layers(request: HttpRequest) -> dict[str, Any]:
    against = _version(request, "against") if request.GET.get("against") else None
    return plan_layers(request.user, _version(request), request.GET.get("township", ""), against)


def plan_layers(user: Any, plan: Any, township: str = "", against: Any = None) -> dict[str, Any]:
    """Natural villages by mode (and how they differ from another version), plants, mains, waters of the county or a township."""
    options = seen.options(user, plan) if plan else seen.options(user).none()
    if township:
        options = options.filter(place__path__contains=f"/{township}/")
    options = list(options.select_related(None))
    changed = {}
    if against is not None and plan is not None:
        changed = {
            row.key: row
            for row in difference(seen.options(user, against).select_related(None), options, {}).changed
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
        else set(seen.systems(user, plan).values_list("system_id", flat=True))
        if plan
        else set()
    )
    pipes = _own(basemap.plan_pipes(plan, box, mains_only=True), systems)
    plants = _own(basemap.plan_plants(plan, box), systems)
    import shapely

    villages = []
    for village in seen.villages(user):
        inside = not township or (village.place.parent and village.place.parent.code == township)
        if village.place.geometry and inside:
            outline = shapely.simplify(shapely.from_wkb(bytes(village.place.geometry)), 1e-4)
            villages.append(feature(outline, {"name": village.place.name}, 1e-5))
    base = basemap.layers(own)
    return {
        "box": box,
        "hamlets": collection(hamlets),
        "outlines": collection(villages),
        "pipes": collection([feature(s, p, 1e-5) for s, p in _merged(pipes)]),
        "plants": collection([feature(s, p) for s, p in plants]),
        "waters": collection([feature(s, {}, 1e-5) for s in base.waters]),
        "relief": base.relief_corners,
    }


def _sees_all(user: Any) -> bool:
    own = places.county()
    return bool(own and covers(user, own.place.path, "plan"))


def _own(rows: list[tuple[Any, dict[str, Any]]], systems: set[int] | None) -> list[tuple[Any, dict[str, Any]]]:
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
