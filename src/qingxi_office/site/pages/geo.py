"""What the maps draw: GeoJSON of this county's own records, and the same as a still SVG where WebGL is missing.

No base map is fetched from anywhere. Household points are internal and only on the page of one village.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from qingxi_office.asking import ask
from qingxi_office.places import queries as places
from qingxi_office.villages.models import HouseholdRecord, ScopeLine, VillageRecord

from . import basemap, seen
from .still import still_map
from .tally import standings


def _left_out() -> set[int]:
    last = dict(
        ask(None, lambda _u, _at: ScopeLine.objects.order_by("signed_on", "id").values_list("place_id", "change"))
    )
    return {place_id for place_id, change in last.items() if change == "核减"}


def _page(name: str) -> Callable[[str], str]:
    """The address of a page by key; asked of the addresses once and not once a point."""
    head, _mark, tail = reverse(name, args=["~"]).partition("~")
    return lambda key: f"{head}{quote(key)}{tail}"


@lru_cache(maxsize=4096)
def _as_json(wkb: bytes) -> dict[str, Any]:
    """An outline as GeoJSON. Outlines seldom change, and are what a map spends its time on: kept by their bytes."""
    import shapely

    return _rounded(shapely.from_wkb(wkb))


@lru_cache(maxsize=256)
def _outline(shapes: tuple[bytes, ...]) -> bytes:
    """Several outlines as one; empty when none is an area."""
    import shapely

    polygons = [s for s in shapely.from_wkb(list(shapes)) if s.geom_type in ("Polygon", "MultiPolygon")]
    return bytes(shapely.to_wkb(shapely.union_all(polygons))) if polygons else b""


@lru_cache(maxsize=256)
def _middle(wkb: bytes) -> dict[str, Any]:
    import shapely

    return _rounded(shapely.from_wkb(wkb).representative_point())


def county_layers(user: Any) -> dict[str, Any]:
    """Villages by state, township and county outlines, stations by standing, clashes, waters."""
    left_out = _left_out()
    villages, by_town = [], {}
    village_page, station_page = _page("village"), _page("facility")
    for v in ask(
        user,
        lambda u, _at: seen.villages(u).values_list(
            "place_id", "state", "place__code", "place__name", "place__lon", "place__lat", "place__geometry", "place__parent_id",
            "place__parent__code", "place__parent__name", named=True,
        ),
    ):  # fmt: skip
        properties = {
            "code": v.place__code,
            "name": v.place__name,
            "township": v.place__parent__code or "",
            "state": v.state if v.place_id not in left_out else "名单外",
            "href": village_page(v.place__code),
        }
        if v.place__geometry:
            shape = bytes(v.place__geometry)
            town = (v.place__parent_id, v.place__parent__code, v.place__parent__name)
            by_town.setdefault(town, []).append(shape)
            villages.append(_feature(_as_json(shape), properties))
        elif v.place__lon is not None and v.place__lat is not None:
            villages.append(point(v.place__lon, v.place__lat, properties))
    towns, labels, outlines = [], [], []
    for (_pk, code, name), shapes in by_town.items():
        if outline := _outline(tuple(shapes)):
            outlines.append(outline)
            towns.append(_feature(_as_json(outline), {"code": code, "name": name}))
            labels.append(_feature(_middle(outline), {"name": name}))
    if not towns:
        labels = _point_labels(villages)
    edge = [_feature(_as_json(_outline(tuple(outlines))), {})] if outlines else []
    facilities = ask(
        user,
        lambda u, _at: seen.facilities(u).values_list(
            "pk", "key", "name", "status", "owner", "lon", "lat", named=True
        ),
    )
    stand = standings(user, facilities)
    words = {key: one.state.word for key, one in ((s.key, s) for s in stand.values())}
    stations = [
        point(
            f.lon,
            f.lat,
            {
                "key": f.key,
                "name": f.name,
                "standing": stand[f.pk].key,
                "word": words[stand[f.pk].key],
                "href": station_page(f.key),
            },
        )
        for f in facilities
        if f.lon is not None and f.lat is not None and stand[f.pk].key != "off"
    ]
    clashes = [
        point(lon, lat, {"name": name, "href": reverse("projects") + "#clashes"})
        for lon, lat, name in ask(
            user,
            lambda u, _at: (
                seen.clashes(u).exclude(state__in=["已同步", "不同步"]).values_list("lon", "lat", "work__name")
            ),
        )
        if lon is not None and lat is not None
    ]
    base = basemap.layers(places.county())
    return {
        "villages": collection(villages),
        "towns": collection(towns),
        "labels": collection(labels),
        "county": collection(edge),
        "stations": collection(stations),
        "clashes": collection(clashes),
        "waters": collection([feature(s, {}) for s in base.waters]),
        "roads": collection([feature(s, {}) for s in base.roads]),
        "relief": base.relief_corners,
    }


def _point_labels(villages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Township names at the middle of their villages, where no outlines are known."""
    middle: dict[str, list[list[float]]] = {}
    for row in villages:
        if row["geometry"]["type"] == "Point":
            middle.setdefault(row["properties"]["township"], []).append(list(row["geometry"]["coordinates"]))
    from qingxi_office.places.models import Place

    names = dict(Place.objects.filter(code__in=list(middle)).values_list("code", "name"))
    return [
        point(sum(p[0] for p in ps) / len(ps), sum(p[1] for p in ps) / len(ps), {"name": names.get(code, "")})
        for code, ps in middle.items()
    ]


def feature(shape: Any, properties: dict[str, Any], grain: float = 1e-6) -> dict[str, Any]:
    return _feature(_rounded(shape, grain), properties)


def _rounded(shape: Any, grain: float = 1e-6) -> dict[str, Any]:
    import shapely

    return dict(json.loads(shapely.to_geojson(shapely.set_precision(shape, grain, mode="pointwise"))))


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
        "properties": properties,
    }


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


@login_required
def county_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse(county_layers(request.user))


@login_required
def county_svg(request: HttpRequest) -> HttpResponse:
    return HttpResponse(still_map(county_layers(request.user)), content_type="image/svg+xml")


@login_required
def relief(request: HttpRequest) -> HttpResponse:
    """The county's own hillshade, pale and transparent; 404 where no elevation was loaded."""
    picture = basemap.relief_png(places.county())
    if picture is None:
        raise Http404
    return HttpResponse(picture, content_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


def village_layers(user: Any, village: VillageRecord) -> dict[str, Any]:
    """Houses by mode, pipes of the plan when they are known, stations, works and farmland of one village."""
    place = village.place
    houses = [
        point(h.lon, h.lat, {"mode": h.mode, "served": bool(h.system is not None and h.system >= 0)})
        for h in HouseholdRecord.objects.filter(hamlet__place__path__startswith=place.path).only(
            "lon", "lat", "mode", "system"
        )
        if h.lon is not None and h.lat is not None
    ]
    if not seen.may_see_households(user):
        houses = []
    facilities = list(seen.facilities(user).filter(place=place))
    stand = standings(user, facilities)
    stations = [
        point(
            f.lon, f.lat,
            {
                "name": f.name, "text": f"{f.name}·{f.design_m3_d:g} m³/d", "standing": stand[f.pk].key,
                "href": reverse("facility", args=[f.key]),
            },
        )
        for f in facilities
        if f.lon is not None and f.lat is not None
    ]  # fmt: skip
    box = box_of([*houses, *stations], place)
    base = basemap.within(places.county(), box)
    plan = basemap.plan_pipes(seen.current_plan(user), box)
    import shapely

    works = [
        feature(shapely.from_wkb(bytes(w.geometry)), {"name": w.name, "kind": w.kind})
        for w in seen.works(user)
        .filter(Q(place__path__startswith=place.path) | Q(clashes__place__path__startswith=place.path))
        .distinct()
        if w.geometry
    ]
    hamlets = [
        point(h.place.lon, h.place.lat, {"name": h.name})
        for h in seen.hamlets(user).filter(place__path__startswith=place.path)
        if h.place.lon is not None and h.place.lat is not None
    ]
    outline = [feature(shapely.from_wkb(bytes(place.geometry)), {})] if place.geometry else []
    return {
        "box": box,
        "outline": collection(outline),
        "houses": collection(houses),
        "stations": collection(stations),
        "hamlets": collection(hamlets),
        "pipes": collection([feature(s, p) for s, p in plan]),
        "works": collection(works),
        "waters": collection([feature(s, {}) for s in base.waters]),
        "roads": collection([feature(s, {}) for s in base.roads]),
        "farm": collection([feature(s, {}) for s in base.farm]),
    }


def box_of(features: list[dict[str, Any]], place: Any) -> list[float] | None:
    """West, south, east, north around the houses and stations, or the place's own box, in degrees."""
    points = [f["geometry"]["coordinates"] for f in features]
    if points:
        west, east = min(p[0] for p in points), max(p[0] for p in points)
        south, north = min(p[1] for p in points), max(p[1] for p in points)
        pad = max((east - west) * 0.06, (north - south) * 0.06, 0.0008)
        return [west - pad, south - pad, east + pad, north + pad]
    if place.west is not None:
        return [place.west, place.south, place.east, place.north]
    if place.lon is not None:
        return [place.lon - 0.01, place.lat - 0.008, place.lon + 0.01, place.lat + 0.008]
    return None


@login_required
def village_json(request: HttpRequest, code: str) -> HttpResponse:
    village = seen.villages(request.user).filter(place__code=code).first()
    if village is None:
        raise Http404
    return JsonResponse(village_layers(request.user, village))


@login_required
def village_svg(request: HttpRequest, code: str) -> HttpResponse:
    village = seen.villages(request.user).filter(place__code=code).first()
    if village is None:
        raise Http404
    return HttpResponse(still_map(village_layers(request.user, village)), content_type="image/svg+xml")
