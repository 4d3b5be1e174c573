"""The layers: what stands in a tile for one person. Every layer reads through ``site.pages.seen``, rights first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.site.pages import basemap, seen
from qingxi_office.villages.cells import cells_of_tile

from . import mvt

LOWEST, HIGHEST = 7, 18
HOUSES_FROM = 13
LATERALS_FROM = 14
_COARSE = 12
"""At this level and below pipes of one kind are one line and laterals are left out: nobody sees a manhole there."""
_KEPT = 768
_made: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()


def houses(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Houses as dots by mode: of a version of the plan, or as they stand in the register; internal."""
    if z < HOUSES_FROM or not seen.may_see(user, "household"):
        return b""
    if plan is not None:
        own = None if _sees_all(user) else frozenset(seen.options(user, plan).values_list("hamlet_key", flat=True))
        return _kept(plan, "houses", own, (z, x, y), lambda: _plan_houses(plan, own, z, x, y))
    rows = seen.households(user).select_related(None).order_by()
    inside = [rows.filter(cell__range=pair).values_list("lon", "lat", "mode") for pair in cells_of_tile(z, x, y)]
    found = [row for part in inside for row in part if row[0] is not None]
    if not found:
        return b""
    units = mvt.in_tile(mvt.to_world(np.array([row[:2] for row in found])), z, x, y)
    return mvt.layer_of_points("houses", units, {"mode": [row[2] for row in found]})


def pipes(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Pipes of a version of the plan by kind and diameter; of one's own systems where one does not see the county."""
    if plan is None:
        return b""
    own = _systems(user, plan)
    return _kept(plan, "pipes", own, (z, x, y), lambda: _pipes(plan, own, z, x, y))


def plants(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Plants of a version of the plan."""
    return _plan_points(user, plan, "plants", ("design_m3_d", "existing"), z, x, y)


def lifts(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Lifts of a version of the plan."""
    return _plan_points(user, plan, "lifts", (), z, x, y) if z >= HOUSES_FROM else b""


def villages(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Outlines of administrative villages by state."""
    import shapely

    west, south, east, north = mvt.box_of_tile(z, x, y)
    rows = seen.villages(user).filter(
        place__west__lte=east, place__east__gte=west, place__south__lte=north, place__north__gte=south
    )
    found = [
        (bytes(shape), code, name, state)
        for shape, code, name, state in rows.order_by().values_list(
            "place__geometry", "place__code", "place__name", "state"
        )
        if shape
    ]
    if not found:
        return b""
    shapes = shapely.from_wkb([row[0] for row in found])
    units = shapely.transform(shapes, lambda xy: mvt.in_tile(mvt.to_world(xy), z, x, y))
    return mvt.layer_of_shapes(
        "villages", units, {"code": [r[1] for r in found], "name": [r[2] for r in found], "state": [r[3] for r in found]},
        simplify=2.0,
    )  # fmt: skip


def facilities(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Facilities by status."""
    west, south, east, north = mvt.box_of_tile(z, x, y)
    rows = seen.facilities(user).filter(lon__range=(west, east), lat__range=(south, north)).order_by()
    found = list(rows.values_list("lon", "lat", "key", "name", "status", "design_m3_d"))
    return _points("facilities", found, ("key", "name", "status", "design_m3_d"), z, x, y)


def issues(user: Any, plan: Any, z: int, x: int, y: int) -> bytes:
    """Open problems, at their facility or in the middle of their village."""
    found = []
    rows = seen.issues(user).filter(is_open=True).order_by()
    for lon, lat, middle_lon, middle_lat, key, title, state in rows.values_list(
        "facility__lon", "facility__lat", "place__lon", "place__lat", "key", "title", "state"
    ):
        lon, lat = (lon, lat) if lon is not None else (middle_lon, middle_lat)
        if lon is not None and lat is not None:
            found.append((lon, lat, key, title, state))
    return _points("issues", found, ("key", "title", "state"), z, x, y)


Layer = Callable[[Any, Any, int, int, int], bytes]
# name: (what draws it, kind of record that one must see to be shown it, drawn from a version of the plan)
LAYERS: dict[str, tuple[Layer, str, bool]] = {
    "houses": (houses, "household", False),
    "pipes": (pipes, "plan", True),
    "plants": (plants, "plan", True),
    "lifts": (lifts, "plan", True),
    "villages": (villages, "village", False),
    "facilities": (facilities, "facility", False),
    "issues": (issues, "issue", False),
}


def _points(name: str, found: list[tuple[Any, ...]], keys: tuple[str, ...], z: int, x: int, y: int) -> bytes:
    if not found:
        return b""
    units = mvt.in_tile(mvt.to_world(np.array([row[:2] for row in found], dtype=np.float64)), z, x, y)
    return mvt.layer_of_points(name, units, {key: [row[2 + i] for row in found] for i, key in enumerate(keys)})


def _sees_all(user: Any) -> bool:
    county = places.county()
    return county is not None and rights.covers(user, county.place.path)


def _systems(user: Any, plan: Any) -> frozenset[int] | None:
    """The systems whose pipes somebody sees; None: all."""
    return None if _sees_all(user) else frozenset(seen.systems(user, plan).values_list("system_id", flat=True))


def _kept(
    plan: Any, layer: str, own: frozenset[Any] | None, at: tuple[int, int, int], make: Callable[[], bytes]
) -> bytes:
    """A tile of a version of the plan, kept in memory: a version never changes, and who sees what is part of the key."""
    key = (plan.key, plan.folder, layer, own, at)
    tile = _made.get(key)
    if tile is None:
        tile = _made[key] = make()
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return tile


@lru_cache(maxsize=8)
def _world(plan_key: str, folder: str, layer: str, stamp: int) -> Any:
    """A layer of a plan in the unit square: shapes, their properties, and the tree that finds them."""
    import shapely

    held = basemap.plan_layer_of(folder, layer, stamp)
    if held is None:
        return None
    rows = held[0]
    shapes = shapely.transform(np.array([row[0] for row in rows], dtype=object), mvt.to_world)
    return shapes, [row[1] for row in rows], shapely.STRtree(shapes)


def _rows(plan: Any, layer: str, z: int, x: int, y: int) -> tuple[Any, list[dict[str, Any]]] | None:
    """Shapes in units of the tile, and their properties, of what touches the tile with its border."""
    import shapely

    stamp = basemap.plan_stamp(plan)
    held = _world(plan.key, plan.folder, layer, stamp) if stamp is not None else None
    if held is None:
        return None
    shapes, said, tree = held
    side, pad = 1.0 / (1 << z), mvt.BUFFER / mvt.EXTENT
    found = np.sort(
        tree.query(shapely.box((x - pad) * side, (y - pad) * side, (x + 1 + pad) * side, (y + 1 + pad) * side))
    )
    return shapely.transform(shapes[found], lambda xy: mvt.in_tile(xy, z, x, y)), [said[i] for i in found]


def _plan_houses(plan: Any, own: frozenset[Any] | None, z: int, x: int, y: int) -> bytes:
    import shapely

    held = _rows(plan, "households", z, x, y)
    if held is None:
        return b""
    shapes, said = held
    if own is not None:
        keep = [i for i, row in enumerate(said) if row["hamlet_id"] in own]
        shapes, said = shapes[keep], [said[i] for i in keep]
    if not said:
        return b""
    return mvt.layer_of_points("houses", shapely.get_coordinates(shapes), {"mode": [row["mode"] for row in said]})


def _pipes(plan: Any, own: frozenset[int] | None, z: int, x: int, y: int) -> bytes:
    import shapely

    held = _rows(plan, "pipes", z, x, y)
    if held is None:
        return b""
    shapes, said = held
    keep = [
        i for i, row in enumerate(said)
        if (own is None or row["system_id"] in own) and (z >= LATERALS_FROM or row["kind"] != "lateral")
    ]  # fmt: skip
    if not keep:
        return b""
    shapes, said = shapes[keep], [said[i] for i in keep]
    if z > _COARSE:
        columns = {"kind": [row["kind"] for row in said], "dn": [row["dn_mm"] for row in said]}
        return mvt.layer_of_shapes("pipes", shapes, columns, simplify=1.5)
    kinds = sorted({row["kind"] for row in said})
    whole = [
        shapely.line_merge(shapely.multilinestrings([s for s, row in zip(shapes, said, strict=True) if row["kind"] == kind]))
        for kind in kinds
    ]  # fmt: skip
    return mvt.layer_of_shapes("pipes", whole, {"kind": kinds}, simplify=4.0)


def _plan_points(user: Any, plan: Any, layer: str, keys: tuple[str, ...], z: int, x: int, y: int) -> bytes:
    import shapely

    if plan is None:
        return b""
    own = _systems(user, plan)

    def make() -> bytes:
        held = _rows(plan, layer, z, x, y)
        if held is None:
            return b""
        shapes, said = held
        keep = [i for i, row in enumerate(said) if own is None or row["system_id"] in own]
        if not keep:
            return b""
        columns = {key: [_plain(said[i][key]) for i in keep] for key in keys}
        return mvt.layer_of_points(layer, shapely.get_coordinates(shapes[keep]), columns)

    return _kept(plan, layer, own, (z, x, y), make)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value
