"""Rule ``flow``: every pipe carries the sum of what comes from above it, and its peak by the norm."""

import numpy as np

from qingxi.check.net import Net, position
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books, peak_factor
from qingxi.check.violation import Findings

NEAR = 1e-6


def flow(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Recompute household flow, the sum and the count upstream, and the peak flow of every pipe and lift."""
    norms = books.norms
    ids = plan.text("households", "household_id")
    people, told = plan.numbers("households", "people_resident"), plan.numbers("households", "flow_m3_d")
    own = people * norms["flow.l_per_person_d"] / 1000.0
    found.each("flow", "households", ~_near(told, own), ids, told, own, "水量 {0}，按人数应为 {1} m³/d")
    if not net.pipes:
        return
    flow_in, count_in = entering(plan, net, found, _far(plan, books))
    pipe_ids = plan.whole("pipes", "pipe_id")
    total, count = accumulate(net, flow_in, count_in)
    mean = total
    told_mean, told_count = plan.numbers("pipes", "mean_flow_m3_d"), plan.whole("pipes", "households_up")
    sure = np.zeros(net.pipes, dtype=np.bool_)
    sure[net.order] = True
    found.each(
        "flow",
        "pipes",
        sure & ~_near(told_mean, mean),
        pipe_ids,
        told_mean,
        mean,
        "平均流量 {0}，上游之和 {1} m³/d",
    )
    found.each(
        "flow", "pipes", sure & (told_count != count), pipe_ids, told_count, count, "上游 {0} 户，数得 {1} 户"
    )
    peak = _peak(told_mean, books)
    told_peak = plan.numbers("pipes", "peak_flow_l_s")
    found.each("flow", "pipes", ~_near(told_peak, peak), pipe_ids, told_peak, peak, "高峰流量 {0}，应为 {1} L/s")
    lift_at = position(plan.whole("nodes", "node_id"), plan.whole("lifts", "node_id"))
    if lift_at.size:
        out = np.where(lift_at >= 0, net.out[np.maximum(lift_at, 0)], -1)
        wanted = np.where(out >= 0, peak[np.maximum(out, 0)], np.nan)
        lift_peak = plan.numbers("lifts", "peak_flow_l_s")
        bad = (out >= 0) & ~_near(lift_peak, wanted)
        found.each(
            "flow",
            "lifts",
            bad,
            plan.whole("lifts", "node_id"),
            lift_peak,
            wanted,
            "高峰流量 {0}，流出管为 {1} L/s",
        )


_CLASS = {
    "集聚提升": "growing", "城郊融合": "suburban", "特色保护": "heritage", "搬迁撤并": "relocating", "": "unknown",
}  # fmt: skip


def _far(plan: PlanRead, books: Books) -> np.ndarray:
    """Each household's flow in the far year, by the class of its hamlet's village."""
    norms = books.norms
    years = float(plan.figures.get("parameters", {}).get("growth_years", norms["growth.years"]))
    klass = {
        str(h): str(c)
        for h, c in zip(plan.text("hamlets", "hamlet_id"), plan.text("hamlets", "class"), strict=True)
    }
    factor = {c: norms["flow.growth_pipe"] * (1 + norms[f"growth.{key}"]) ** years for c, key in _CLASS.items()}
    each = [factor.get(klass.get(str(h), ""), np.nan) for h in plan.text("households", "hamlet_id")]
    return plan.numbers("households", "flow_m3_d") * np.array(each, dtype=np.float64)


def _peak(mean_m3_d: np.ndarray, books: Books) -> np.ndarray:
    q = mean_m3_d / 86.4
    factor = peak_factor(books.norms, np.maximum(q, 1e-12)) + books.norms["flow.infiltration"]
    return np.where(q > 0, q * factor, 0.0)


def entering(plan: PlanRead, net: Net, found: Findings, house_flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flow (m³/d, as handed in by household) and households that enter at each house node, by place.

    A lateral's own household is the one of its target node that stands where the lateral begins.
    """
    nodes = plan.rows("nodes")
    flow_in, count_in = np.zeros(nodes), np.zeros(nodes, dtype=np.int64)
    x, y = plan.numbers("households", "x_m"), plan.numbers("households", "y_m")
    joined = plan.whole("households", "node_id")
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for i in np.flatnonzero(joined >= 0):
        waiting.setdefault((int(joined[i]), round(x[i] * 10), round(y[i] * 10)), []).append(int(i))
    ends = plan.whole("pipes", "to_node")
    for pipe in np.flatnonzero(net.lateral):
        px, py = plan.pipe_coords_m[plan.pipe_offsets[pipe]]
        k = (int(ends[pipe]), round(px * 10), round(py * 10))
        near = (k, *((k[0], k[1] + a, k[2] + b) for a in (-1, 0, 1) for b in (-1, 0, 1)))
        house = next((waiting[one].pop() for one in near if waiting.get(one)), None)
        node = net.start[pipe]
        if house is not None and node >= 0:  # a lateral without a household is a breach of ``tree``
            flow_in[node] += house_flow[house]
            count_in[node] += 1
    return flow_in, count_in


def accumulate(net: Net, flow_in: np.ndarray, count_in: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flow and households through every pipe; pipes on a cycle stay 0."""
    at_node, heads = flow_in.tolist(), count_in.tolist()
    total, count = [0.0] * net.pipes, [0] * net.pipes
    starts, ends = net.start.tolist(), net.end.tolist()
    for pipe in net.order.tolist():
        total[pipe], count[pipe] = at_node[starts[pipe]], heads[starts[pipe]]
        if ends[pipe] >= 0:
            at_node[ends[pipe]] += total[pipe]
            heads[ends[pipe]] += count[pipe]
    return np.array(total), np.array(count, dtype=np.int64)


def _near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(a - b) <= NEAR * (1.0 + np.abs(b)))
