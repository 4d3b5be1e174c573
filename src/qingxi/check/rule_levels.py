"""Rules ``cover``, ``depth``, ``slope``, ``join-up``, ``spacing``: pipes fall, are covered and are not too deep."""

import numpy as np

from qingxi.check.net import Net, lowest_arriving, position
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books, by_dn
from qingxi.check.violation import Findings

LEVEL_M = 0.01
"""Levels and depths agree within this."""

SLOPE = 1e-6


def spacing(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Gravity pipes are no longer than the distance between manholes."""
    if not net.pipes:
        return
    length, most = plan.numbers("pipes", "length_m"), books.norms["manhole.spacing"]
    ids = plan.whole("pipes", "pipe_id")
    found.each(
        "spacing",
        "pipes",
        net.gravity & (length > most + LEVEL_M),
        ids,
        length,
        most,
        "长 {0} m，检查井间距不能超过 {1} m",
    )
    wrong = ~np.isfinite(length) | (length < 0)
    found.each("geometry", "pipes", wrong, ids, length, 0, "长度是 {0}")


def levels(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Everything that hangs on levels; withheld ones are left unchecked and said so."""
    if not net.pipes:
        return
    up, down = plan.numbers("pipes", "invert_up_m"), plan.numbers("pipes", "invert_down_m")
    if np.isnan(up).all() and np.isnan(down).all():
        found.withhold("管底标高、埋深、坡度、充满度、流速不予给出（数据等级），未作复核")
        return
    ids = plan.whole("pipes", "pipe_id")
    gone = np.isnan(up) | np.isnan(down)
    found.each("slope", "pipes", gone, ids, up, 0, "没有管底标高，而其他管有")
    _slopes(plan, net, books, up, down, found)
    _depths(plan, net, books, up, down, found)
    _joins(plan, net, up, down, found)


def _slopes(plan: PlanRead, net: Net, books: Books, up: np.ndarray, down: np.ndarray, found: Findings) -> None:
    norms, ids = books.norms, plan.whole("pipes", "pipe_id")
    length = plan.numbers("pipes", "length_m")
    told = plan.numbers("pipes", "slope")
    fall = np.divide(up - down, length, out=np.zeros(up.shape), where=length > 0)
    off = (length > 0) & ~(np.abs(told - fall) <= SLOPE)
    found.each("slope", "pipes", off, ids, told, fall, "坡度写 {0}，按两端标高为 {1}")
    least = by_dn(norms, "slope", plan.whole("pipes", "dn_mm"))
    found.each(
        "slope",
        "pipes",
        net.gravity & ~(up - down >= (least - SLOPE) * length - 1e-9),
        ids,
        fall,
        least,
        "坡度 {0}，不能小于 {1}",
    )
    pumped = _pumped(plan, net)
    flat = net.lateral & ~pumped & ~(up - down >= (norms["lateral.slope"] - SLOPE) * length - LEVEL_M)
    found.each("slope", "pipes", flat, ids, fall, norms["lateral.slope"], "接户管坡度 {0}，不能小于 {1}")


def _pumped(plan: PlanRead, net: Net) -> np.ndarray:
    """Laterals whose house has a lift of its own."""
    lifted = np.zeros(plan.rows("nodes") + 1, dtype=np.bool_)
    lifted[position(plan.whole("nodes", "node_id"), plan.whole("lifts", "node_id"))] = True
    lifted[-1] = False
    return net.lateral & lifted[net.start]


def _depths(plan: PlanRead, net: Net, books: Books, up: np.ndarray, down: np.ndarray, found: Findings) -> None:
    norms, ids = books.norms, plan.whole("pipes", "pipe_id")
    ground = np.append(plan.numbers("nodes", "ground_m"), np.nan)
    deep_up, deep_down = ground[net.start] - up, ground[net.end] - down
    least = norms["cover.min"] + plan.whole("pipes", "dn_mm") / 1000.0
    for deep, where in ((deep_up, "起点"), (deep_down, "终点")):
        found.each(
            "cover",
            "pipes",
            net.gravity & ~(deep >= least - LEVEL_M),
            ids,
            deep,
            least,
            where + "埋深 {0} m，不能小于 {1} m",
        )
        most = norms["depth.max"]
        found.each(
            "depth",
            "pipes",
            net.gravity & (deep > most + LEVEL_M),
            ids,
            deep,
            most,
            where + "埋深 {0} m，不能大于 {1} m",
        )
        shallow = norms["lateral.start_depth"]
        found.each(
            "cover",
            "pipes",
            net.lateral & ~(deep >= shallow - LEVEL_M),
            ids,
            deep,
            shallow,
            "接户管" + where + "埋深 {0} m，不能小于 {1} m",
        )
        laid = norms["pressure.depth"]
        found.each(
            "cover",
            "pipes",
            net.pressure & ~(np.abs(deep - laid) <= LEVEL_M),
            ids,
            deep,
            laid,
            "压力管" + where + "埋深 {0} m，应为 {1} m",
        )
    invert, depth = plan.numbers("nodes", "invert_m"), plan.numbers("nodes", "depth_m")
    told = np.isfinite(invert)
    node_ids = plan.whole("nodes", "node_id")
    real = plan.numbers("nodes", "ground_m") - invert
    found.each(
        "depth",
        "nodes",
        told & ~(np.abs(depth - real) <= LEVEL_M),
        node_ids,
        depth,
        real,
        "井深写 {0} m，按标高为 {1} m",
    )


def _joins(plan: PlanRead, net: Net, up: np.ndarray, down: np.ndarray, found: Findings) -> None:
    """What leaves a node starts no higher than anything arrives, except from a lift; and starts where the node says."""
    nodes = plan.rows("nodes")
    kind, invert, ids = (
        plan.text("nodes", "kind"),
        plan.numbers("nodes", "invert_m"),
        plan.whole("nodes", "node_id"),
    )
    leaves = np.where(net.out >= 0, up[np.maximum(net.out, 0)], np.nan)
    said = np.isfinite(invert) & np.isfinite(leaves)
    found.each(
        "join-up",
        "nodes",
        said & (np.abs(invert - leaves) > LEVEL_M),
        ids,
        invert,
        leaves,
        "节点管底 {0} m，流出管起点 {1} m",
    )
    arrives = lowest_arriving(net, down, ~_pumped(plan, net), nodes)
    above = np.isfinite(arrives) & np.isfinite(leaves) & (leaves > arrives + LEVEL_M) & (kind != "lift")
    found.each("join-up", "nodes", above, ids, leaves, arrives, "流出管起点 {0} m 高于流入管 {1} m，而此处没有提升")
