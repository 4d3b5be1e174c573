"""Where a sewer may end: existing sewers and plants, outlets, sites for a plant."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.plan.land import OUTFALL_M, distance_steps, most_design_m3_d, plant_refusals
from qingxi.standard import Table, land_rules
from qingxi.terrain import Consent, Streets, Surface, TrenchGraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LINK_REACH_M = 300.0
ON_STREET_M = 3.0
POINT_EVERY_M = 120.0


@dataclass(frozen=True, slots=True)
class JoinPoints:
    """Points where existing works may be joined.

    ``group`` indexes ``name``, ``capacity_m3_d``, ``consent``, ``plant`` (row of the existing plants, −1 none);
    ``invert_m`` is NaN where unknown.
    """

    x_m: npt.NDArray[np.float64]
    y_m: npt.NDArray[np.float64]
    invert_m: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]
    name: list[str]
    capacity_m3_d: npt.NDArray[np.float64]
    consent: list[str]
    plant: list[int]


def join_points(given: PlanInput) -> JoinPoints:
    """Outlets, existing sewers with spare capacity and existing town plants, unless their owner refused."""
    xs: list[npt.NDArray[np.float64]] = []
    inverts: list[npt.NDArray[np.float64]] = []
    groups: list[npt.NDArray[np.int64]] = []
    name: list[str] = []
    capacity: list[float] = []
    consent: list[str] = []
    plant_row: list[int] = []
    group_of: dict[str, int] = {}

    def group(key: str, label: str, room: float, word: str, row: int) -> int:
        if key not in group_of:
            group_of[key] = len(name)
            name.append(label)
            capacity.append(room)
            consent.append(word)
            plant_row.append(row)
        g = group_of[key]
        capacity[g] = min(capacity[g], room)
        return g

    def add(points: npt.NDArray[np.float64], invert: npt.NDArray[np.float64], g: int) -> None:
        xs.append(points)
        inverts.append(invert)
        groups.append(np.full(points.shape[0], g, dtype=np.int64))

    for i, xy in enumerate(given.outlets_m):
        add(xy[None, :], np.array([np.nan]), group(f"outlet {i}", f"排放口{i + 1}", np.inf, "", -1))
    spare_of: dict[str, float] = {}
    rows: dict[str, int] = {}
    if given.plants is not None:
        p = given.plants
        for i in range(len(p)):
            rows[str(p.id[i])] = i
            joinable = str(p.kind[i]) in ("county", "township") and str(p.consent[i]) != Consent.REFUSED
            room = float(p.design_m3_d[i] - p.actual_m3_d[i])
            spare_of[str(p.id[i])] = room if joinable and np.isfinite(room) else 0.0
            if joinable and room > 0:
                add(
                    np.array([[p.x_m[i], p.y_m[i]]]),
                    np.array([np.nan]),
                    group(f"plant {p.id[i]}", str(p.name[i]) or str(p.id[i]), room, str(p.consent[i]), i),
                )
    if given.sewers is not None:
        s = given.sewers
        for i in range(len(s)):
            if str(s.consent[i]) == Consent.REFUSED:
                continue
            owner = str(s.plant[i])
            room = float(s.spare_m3_d[i])
            if owner in spare_of:
                room = min(spare_of[owner], room) if np.isfinite(room) else spare_of[owner]
            if not room > 0:
                continue
            points, share = _points_along(s.geometry[i])
            invert = s.invert_up_m[i] + share * (s.invert_down_m[i] - s.invert_up_m[i])
            if owner in spare_of:
                row = rows[owner]
                p_name = str(given.plants.name[row]) if given.plants is not None else owner
                g = group(f"plant {owner}", p_name or owner, room, str(s.consent[i]), row)
                if str(s.consent[i]) != Consent.GIVEN:
                    consent[g] = str(s.consent[i])
            else:
                g = group(f"sewer {s.id[i]}", str(s.id[i]), room, str(s.consent[i]), -1)
            add(points, invert, g)
    xy = np.concatenate(xs) if xs else np.zeros((0, 2))
    return JoinPoints(
        xy[:, 0], xy[:, 1],
        np.concatenate(inverts) if inverts else np.zeros(0),
        np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64),
        name, np.array(capacity), consent, plant_row,
    )  # fmt: skip


def _points_along(line: shapely.Geometry) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    count = max(2, int(np.ceil(shapely.length(line) / POINT_EVERY_M)) + 1)
    share = np.linspace(0, 1, count)
    points = shapely.line_interpolate_point(line, share, normalized=True)
    return shapely.get_coordinates(points), share


def linked_streets(
    streets: Streets, x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64]
) -> tuple[Streets, npt.NDArray[np.bool_]]:
    """Streets with a short way to every existing work that lies off the street; and which of them have a way at all."""
    n = x_m.size
    if n == 0 or len(streets) == 0:
        return streets, np.zeros(n, dtype=bool)
    lines = shapely.linestrings(
        streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets))
    )
    lines = np.atleast_1d(lines)
    here = shapely.points(x_m, y_m)
    pair, distance = shapely.STRtree(lines).query_nearest(
        here, max_distance=LINK_REACH_M, return_distance=True, all_matches=False
    )
    reached = np.zeros(n, dtype=bool)
    reached[pair[0]] = True
    far = distance > ON_STREET_M
    # A main along the street needs one way, not one every hundred metres: of a group keep each point whose way is short.
    point, street, gap = pair[0][far], pair[1][far], distance[far]
    foot = shapely.get_coordinates(
        shapely.line_interpolate_point(lines[street], shapely.line_locate_point(lines[street], here[point]))
    )
    start = np.column_stack([x_m, y_m])[point]
    beyond = foot + (foot - start) / np.maximum(gap, 1e-9)[:, None] * 0.05
    ways = [np.array([a, b]) for a, b in zip(start, beyond, strict=True)]
    if not ways:
        return streets, reached
    more = Streets.from_lines(ways, Surface.OFFSTREET, np.array(["接入支线"] * len(ways), dtype=object))
    return (
        Streets(
            np.concatenate([streets.coords_m, more.coords_m]),
            np.concatenate([streets.offsets, streets.offsets[-1] + more.offsets[1:]]),
            np.concatenate([streets.surface, more.surface]),
            np.concatenate([streets.id, more.id]),
        ),
        reached,
    )


@dataclass(frozen=True, slots=True)
class NodeEnds:
    """For every node: what may end there; see :class:`qingxi.plan.layout.Ground`.

    ``most_m3_d`` is the largest design of a new plant there (distance to houses by scale), ``refused`` the reason of
    :func:`site_reasons` why none may stand there, −1 where one may or where the plan has ends of its own.
    """

    site: Ints
    join: Ints
    end_depth_m: Floats
    most_m3_d: Floats
    refused: Ints


def node_ends(
    given: PlanInput, graph: TrenchGraph, points: JoinPoints, reached: npt.NDArray[np.bool_], norms: Table
) -> NodeEnds:
    """Which nodes are joining points and which may carry a plant."""
    from scipy.spatial import cKDTree

    n = graph.nodes
    join = np.full(n, -1, dtype=np.int64)
    depth = np.full(n, norms["depth.max"])
    if n and reached.any():
        tree = cKDTree(np.column_stack([graph.x_m, graph.y_m]))
        which = np.flatnonzero(reached)
        distance, node = tree.query(np.column_stack([points.x_m[which], points.y_m[which]]))
        least = norms["cover.min"] + 0.2
        # A main's surveyed invert says nothing against a ground that is wrong by metres.
        error = given.elevation.vertical_error_m if given.elevation is not None else np.inf
        sure = error <= norms["withhold.share"] * norms["cover.min"]
        for i, d, v in zip(which, distance, node, strict=True):
            if d > norms["graph.spacing"]:
                continue
            join[v] = points.group[i]
            if np.isfinite(points.invert_m[i]) and sure:
                depth[v] = np.clip(graph.ground_m[v] - points.invert_m[i], least, norms["depth.max"])
    site, most, refused = np.zeros(n, dtype=np.int64), np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    fixed_ends = given.mode == "sewer" and bool((join >= 0).any())
    if not fixed_ends:
        site, most, refused = _plant_sites(given, graph, norms)
    return NodeEnds(site, join, depth, most, refused)


def _plant_sites(given: PlanInput, graph: TrenchGraph, norms: Table) -> tuple[npt.NDArray[np.int64], Floats, Ints]:
    """Site of each node, the largest plant there, and which reason of :func:`site_reasons` refuses one."""
    from scipy.spatial import cKDTree

    refused, _ = plant_refusals(given, graph.x_m, graph.y_m, land_rules())
    away = np.full(graph.nodes, np.inf)
    houses = given.households
    if houses is not None and len(houses) and graph.nodes:
        away, _ = cKDTree(np.column_stack([houses.x_m, houses.y_m])).query(
            np.column_stack([graph.x_m, graph.y_m]), distance_upper_bound=distance_steps(norms)[-1][1]
        )
    most = most_design_m3_d(away, norms)
    near = (most < 0) & (refused < 0)
    refused[near] = len(site_reasons(given, norms)) - 1
    site = (refused < 0).astype(np.int64)
    if given.waters is not None and len(given.waters):
        named = np.array([bool(str(f).strip()) for f in given.waters.function_class])
        if named.any():
            tree = shapely.STRtree(shapely.points(graph.x_m, graph.y_m))
            _, wet = tree.query(given.waters.geometry[named], predicate="dwithin", distance=OUTFALL_M)
            site[wet] = np.where(site[wet] > 0, 2, 0)
    return site, most, refused


def site_reasons(given: PlanInput, norms: Table) -> list[str]:
    """Why a plant may not stand at a node, in Chinese; :attr:`NodeEnds.refused` indexes it."""
    _, names = plant_refusals(given, np.zeros(1), np.zeros(1), land_rules())
    return [*names, f"离房屋不足 {norms['plant.house_distance']:g} m（plant.house_distance）"]
