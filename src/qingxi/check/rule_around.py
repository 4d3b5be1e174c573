"""Rule ``spare``: what existing mains and plants can take, from the input layers that can be reached."""

import numpy as np
import shapely

from qingxi.check.plan_read import PlanRead
from qingxi.check.violation import Findings

JOIN_REACH_M = 100.0
"""A joining point belongs to the nearest existing main or plant within this."""


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
