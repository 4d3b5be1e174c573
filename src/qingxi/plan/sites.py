"""Ways off the street to places where a plant may stand.

In a close village no street node is far enough from every house. Around the lowest street points of each hamlet a place
is looked for in eight directions: outside protected land, far enough from houses, low and near. The way to it is an
trench over land in the trench graph, so that its length, compensation and lift are priced like any other.
"""

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.plan.land import plant_refusals
from qingxi.standard import Table, land_rules
from qingxi.terrain import Streets, Surface, first_of_each

Floats = npt.NDArray[np.float64]
PER_HAMLET = 3
NEAR_HOUSE_M = 60.0
APART_M = 60.0
AWAY_M = (25.0, 45.0, 80.0)
FALL_WORTH = 0.02  # a metre of way is worth this many metres of ground


def with_site_ways(given: PlanInput, streets: Streets, hamlet: npt.NDArray[np.int64], norms: Table) -> Streets:
    """Streets and, for each hamlet, at most three ways to a low place for a plant."""
    houses, elevation = given.households, given.elevation
    if houses is None or elevation is None or len(houses) == 0 or len(streets) == 0:
        return streets
    from scipy.spatial import cKDTree

    lines = np.atleast_1d(
        shapely.linestrings(streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets)))
    )
    points = np.round(shapely.get_coordinates(shapely.segmentize(lines, norms["graph.spacing"])), 2)
    points = points[first_of_each(points, 0.01)]
    height = elevation.at(points[:, 0], points[:, 1])
    house_tree = cKDTree(np.column_stack([houses.x_m, houses.y_m]))
    distance, house = house_tree.query(points, distance_upper_bound=NEAR_HOUSE_M)
    near = np.isfinite(distance) & np.isfinite(height)
    points, height = points[near], height[near]
    anchors = _lowest(points, height, hamlet[house[near]])
    if anchors.size == 0:
        return streets
    start = points[anchors]
    angle = np.arange(8) * np.pi / 4
    offset = np.concatenate([d * np.column_stack([np.cos(angle), np.sin(angle)]) for d in AWAY_M])
    away = np.repeat(np.array(AWAY_M), 8)
    place = start[:, None, :] + offset[None, :, :]
    flat = place.reshape(-1, 2)
    z = elevation.at(flat[:, 0], flat[:, 1])
    allowed = np.isfinite(z)
    # Ten per cent more than the rule, so that rounding a way's end never breaks it.
    to_house, _ = house_tree.query(flat, distance_upper_bound=1.1 * norms["plant.house_distance"])
    allowed &= ~np.isfinite(to_house)
    # Most places are too near a house: only the others are asked about the land.
    asked = np.flatnonzero(allowed)
    refused, _ = plant_refusals(given, flat[asked, 0], flat[asked, 1], land_rules())
    allowed[asked] = refused < 0
    if given.waters is not None and len(given.waters):
        tree = shapely.STRtree(shapely.points(flat[asked]))
        _, wet = tree.query(given.waters.geometry, predicate="dwithin", distance=5.0)
        allowed[asked[wet]] = False
    merit = np.where(allowed, z + FALL_WORTH * np.tile(away, start.shape[0]), np.inf).reshape(start.shape[0], -1)
    best = merit.argmin(axis=1)
    rows = np.flatnonzero(np.isfinite(merit.min(axis=1)))
    if rows.size == 0:
        return streets
    # The way begins a hand before the street, so that it is noded with it.
    direction = offset[best[rows]] / away[best[rows], None]
    ways = [
        np.array([a - 0.05 * d, b]) for a, b, d in zip(start[rows], place[rows, best[rows]], direction, strict=True)
    ]
    more = Streets.from_lines(ways, Surface.OFFSTREET, np.array(["建站支线"] * len(ways), dtype=object))
    return Streets(
        np.concatenate([streets.coords_m, more.coords_m]),
        np.concatenate([streets.offsets, streets.offsets[-1] + more.offsets[1:]]),
        np.concatenate([streets.surface, more.surface]),
        np.concatenate([streets.id, more.id]),
    )


def _lowest(points: Floats, height: Floats, group: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of each group the lowest points that stand apart from each other."""
    order = np.lexsort((points[:, 1], points[:, 0], height, group))
    taken: dict[int, list[int]] = {}
    for i in order:
        mine = taken.setdefault(int(group[i]), [])
        if len(mine) < PER_HAMLET and all(np.hypot(*(points[i] - points[j])) > APART_M for j in mine):
            mine.append(int(i))
    return np.array(sorted(i for mine in taken.values() for i in mine), dtype=np.int64)
