"""Rules ``protected``, ``distance``, ``spare``: what the plan must keep off, from the input layers that can be reached."""

import numpy as np
import shapely

from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books
from qingxi.check.violation import Findings

NO_PLANT = ("永久基本农田", "生态保护红线", "水源一级保护区", "水源二级保护区", "河道管理范围", "文物")
NO_PIPE = ("水源一级保护区", "文物")
EDGE_M = 0.05
"""A pipe may touch an edge by this much: areas are drawn, not surveyed."""

JOIN_REACH_M = 100.0
"""A joining point belongs to the nearest existing main or plant within this."""


def protected(plan: PlanRead, found: Findings) -> None:
    """No new plant in any protected area, no pipe in the two strictest."""
    if plan.around.protected is None:
        if any(one.get("layer") == "protected" for one in plan.figures.get("inputs", [])):
            found.withhold("保护区图层读不到，未复核 protected")
        return
    areas, kinds = plan.around.protected
    tree = shapely.STRtree(areas)
    new = np.array([not str(e) for e in plan.text("plants", "existing")], dtype=np.bool_)
    ids = plan.whole("plants", "node_id")
    points = shapely.points(plan.numbers("plants", "x_m"), plan.numbers("plants", "y_m"))
    found.held("protected", int(new.sum()) + plan.rows("pipes"))
    for i, area in zip(*tree.query(points, predicate="within"), strict=True):
        if new[i] and kinds[area] in NO_PLANT:
            found.add("protected", "plants", ids[i], f"建在{kinds[area]}内")
    strict = np.flatnonzero(np.isin(kinds, NO_PIPE))
    if not strict.size or not plan.rows("pipes"):
        return
    index = np.repeat(np.arange(plan.pipe_offsets.size - 1), np.diff(plan.pipe_offsets))
    lines = shapely.linestrings(plan.pipe_coords_m, indices=index)
    pipe_ids = plan.whole("pipes", "pipe_id")
    shrunk = shapely.buffer(areas[strict], -EDGE_M)
    for i, area in zip(*shapely.STRtree(shrunk).query(lines, predicate="intersects"), strict=True):
        found.add("protected", "pipes", pipe_ids[i], f"穿过{kinds[strict[area]]}")


def distance(plan: PlanRead, books: Books, found: Findings) -> None:
    """New plants keep their distance from houses."""
    if not plan.rows("plants") or not plan.rows("households"):
        return
    new = np.array([not str(e) for e in plan.text("plants", "existing")], dtype=np.bool_)
    ids = plan.whole("plants", "node_id")
    houses = shapely.STRtree(shapely.points(plan.numbers("households", "x_m"), plan.numbers("households", "y_m")))
    points = shapely.points(plan.numbers("plants", "x_m"), plan.numbers("plants", "y_m"))
    _, far = houses.query_nearest(points, return_distance=True, all_matches=False)
    least = books.norms["plant.house_distance"]
    found.each("distance", "plants", new & (far < least - 0.01), ids, far, least, "离房屋 {0} m，不能小于 {1} m")


def spare(plan: PlanRead, found: Findings) -> None:
    """Joined flow within what mains and plants can still take, and nobody joined against the owner's word."""
    mode, consent = plan.text("systems", "mode"), plan.text("systems", "consent")
    ids, flow = plan.whole("systems", "system_id"), plan.numbers("systems", "flow_m3_d")
    town = mode == "town_connection"
    found.each("spare", "systems", town & (consent == "不同意"), ids, consent, 0, "产权单位{0}接入")
    ends = [one for one in (plan.around.sewers, plan.around.plants) if one is not None]
    if not ends or not plan.rows("nodes"):
        return
    kind, node_system = plan.text("nodes", "kind"), plan.whole("nodes", "system_id")
    at = np.flatnonzero(kind == "join")
    if not at.size:
        return
    points = shapely.points(plan.numbers("nodes", "x_m")[at], plan.numbers("nodes", "y_m")[at])
    flow_of = dict(zip(ids.tolist(), flow.tolist(), strict=True))
    shape = np.concatenate([one[0] for one in ends])
    name = np.concatenate([one[1] for one in ends])
    room = np.concatenate([one[2] for one in ends])
    word = np.concatenate([one[3] for one in ends])
    pairs, far = shapely.STRtree(shape).query_nearest(
        points, max_distance=JOIN_REACH_M, return_distance=True, all_matches=False
    )
    taken: dict[int, float] = {}
    found.held("spare", at.size)
    for (i, end), _ in zip(pairs.T, far, strict=True):
        taken[int(end)] = taken.get(int(end), 0.0) + flow_of.get(int(node_system[at[i]]), 0.0)
        if word[end] == "不同意":
            found.add("spare", "nodes", plan.whole("nodes", "node_id")[at[i]], f"接入 {name[end]}，产权单位不同意")
    for end, total in taken.items():
        if np.isfinite(room[end]) and total > room[end] * (1 + 1e-6) + 1e-6:
            found.add("spare", "systems", name[end], f"接入 {total:.2f} m³/d，余量只有 {room[end]:.2f} m³/d")
