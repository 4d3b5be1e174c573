"""Lifts (提升): works, head and running recomputed, mains followed to their ends."""

import numpy as np

from qingxi.check.net import Net, lowest_arriving, position
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books
from qingxi.check.tolerance import differs
from qingxi.check.violation import Findings


def stations(plan: PlanRead, net: Net, found: Findings) -> None:
    """Lift nodes and lift rows match; pressure begins at a lift or runs on through a node where nothing else joins."""
    nodes = plan.rows("nodes")
    if not nodes:
        return
    kind, ids = plan.text("nodes", "kind"), plan.whole("nodes", "node_id")
    if _places_withheld(plan):
        told = np.isin(kind, ["lift", "pass"])
        found.each("lift", "nodes", told, ids, kind, "", "不给提升位置，节点种类却写 {0}")
        found.withhold("提升泵站位置不予给出，未复核泵站与压力管的连接")
        return
    lifted = np.zeros(nodes, dtype=np.bool_)
    at = position(ids, plan.whole("lifts", "node_id"))
    lifted[at[at >= 0]] = True
    found.each("lift", "nodes", (kind == "lift") & ~lifted, ids, kind, "", "是提升节点，提升层里没有这一行")
    wrong = lifted & ~np.isin(kind, ["lift", "house", "join"])
    found.each("lift", "nodes", wrong, ids, kind, "lift", "提升层里有这一行，节点种类却是 {0}")
    begins = np.zeros(nodes, dtype=np.bool_)
    begins[net.start[net.pressure & (net.start >= 0)]] = True
    passing = kind == "pass"
    found.each("lift", "nodes", begins & ~lifted & ~passing, ids, kind, "lift", "压力管从这里开始，节点却没有提升")
    arriving, under_pressure = np.zeros(nodes, dtype=np.int64), np.zeros(nodes, dtype=np.int64)
    np.add.at(arriving, net.end[net.end >= 0], 1)
    np.add.at(under_pressure, net.end[net.pressure & (net.end >= 0)], 1)
    broken = passing & ~(begins & (arriving == 1) & (under_pressure == 1))
    found.each(
        "lift", "nodes", broken, ids, arriving, 1, "压力管直通处只能有 1 条压力管流入并接着流出，流入 {0} 条"
    )


def _places_withheld(plan: PlanRead) -> bool:
    return "nodes.kind" in plan.figures.get("withheld", ())


def lifts(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Works, head and running of every lift: before a pressure main, at a house, or at a joining point that lies higher."""
    if not plan.rows("lifts"):
        return
    prices, nodes = books.prices, plan.whole("nodes", "node_id")
    ids = plan.whole("lifts", "node_id")
    at = position(nodes, ids)
    somewhere = (ids == -1) & _places_withheld(plan)
    found.each("lift", "lifts", (at < 0) & ~somewhere, ids, ids, 0, "节点 {0} 不在节点层里")
    told, flow = plan.numbers("lifts", "works_yuan"), plan.numbers("lifts", "peak_flow_l_s")
    price = prices["lift.base"] + prices["lift.per_l_s"] * flow
    found.each("money", "lifts", somewhere & differs(told, price), ids, told, price, "工程费用 {0} 元，复算 {1} 元")
    good, at = at >= 0, np.maximum(at, 0)
    kind = plan.text("nodes", "kind")[at]
    house, end = kind == "house", (net.out[at] < 0) & (kind == "join")
    stuck = good & (net.out[at] < 0) & ~end
    found.each("lift", "lifts", stuck, ids, ids, 0, "提升后没有流出管")
    good &= ~stuck
    works, running = plan.numbers("lifts", "works_yuan"), plan.numbers("lifts", "running_yuan_y")
    head, peak = plan.numbers("lifts", "head_m"), plan.numbers("lifts", "peak_flow_l_s")
    real_works = np.where(house, prices["house_pump.works"], prices["lift.base"] + prices["lift.per_l_s"] * peak)
    found.each(
        "money", "lifts", good & differs(works, real_works), ids, works, real_works, "工程费用 {0} 元，复算 {1} 元"
    )
    mean = through(plan, net, at)
    energy = 365 * 1000 * 9.81 * mean * head / (3.6e6 * prices["energy.efficiency"])
    station = prices["lift.running"] + prices["lift.upkeep"] * works + prices["energy.price"] * energy
    real_running = np.where(house, prices["house_pump.running"], station)
    known = good & np.isfinite(real_running)
    found.each(
        "money",
        "lifts",
        known & differs(running, real_running),
        ids,
        running,
        real_running,
        "年运行费 {0} 元，复算 {1} 元",
    )
    _heads(plan, net, books, at, good, found)


def _heads(plan: PlanRead, net: Net, books: Books, at: np.ndarray, good: np.ndarray, found: Findings) -> None:
    """Head of every lift: what it raises, the friction of its main, and the local loss."""
    ids, head = plan.whole("lifts", "node_id"), plan.numbers("lifts", "head_m")
    ground, kind = plan.numbers("nodes", "ground_m"), plan.text("nodes", "kind")[at]
    house = kind == "house"
    down = plan.numbers("pipes", "invert_down_m")
    arrives = lowest_arriving(net, down, np.ones(net.pipes, dtype=np.bool_), ground.size)[at]
    out = np.maximum(net.out[at], 0)
    friction, last = mains(plan, net, books)
    raised = np.where(net.pressure[out], last[out], plan.numbers("pipes", "invert_up_m")[out])
    lifted = np.maximum(0.0, raised - arrives) + np.where(net.pressure[out], friction[out], 0.0)
    over_end = np.maximum(0.0, plan.numbers("nodes", "invert_m")[at] - arrives)
    lifted = np.where(net.out[at] < 0, over_end, lifted)
    lifted = np.where(house, np.maximum(0.0, ground[np.maximum(net.end[out], 0)] - ground[at]), lifted)
    lifted = lifted + books.norms["lift.local_head"]
    known = good & np.isfinite(head) & np.isfinite(lifted)
    found.each(
        "lift",
        "lifts",
        known & ~(np.abs(head - lifted) <= 0.02 + 1e-3 * lifted),
        ids,
        head,
        lifted,
        "扬程写 {0} m，复算 {1} m",
    )


def mains(plan: PlanRead, net: Net, books: Books) -> tuple[np.ndarray, np.ndarray]:
    """For every pressure pipe: friction head (m) from it to the end of its main, and the main's last lower invert.

    A main runs on over ``pass`` nodes to the first node that is none.
    """
    diameter = plan.whole("pipes", "dn_mm") / 1000.0
    area = np.pi * diameter**2 / 4
    q = plan.numbers("pipes", "peak_flow_l_s") / 1000.0
    own = (books.norms["manning"] * q / (area * (diameter / 4) ** (2 / 3))) ** 2 * plan.numbers("pipes", "length_m")
    friction, last = own.copy(), plan.numbers("pipes", "invert_down_m").copy()
    passes = plan.text("nodes", "kind") == "pass"
    for pipe in net.order[::-1].tolist():  # from the end of the net upwards
        end = net.end[pipe]
        if net.pressure[pipe] and end >= 0 and passes[end] and net.out[end] >= 0:
            after = net.out[end]
            friction[pipe], last[pipe] = own[pipe] + friction[after], last[after]
    return friction, last


def through(plan: PlanRead, net: Net, at: np.ndarray) -> np.ndarray:
    """Mean flow (m³/d) through nodes: of the pipe that leaves, at an end of all that arrive."""
    mean = plan.numbers("pipes", "mean_flow_m3_d")
    arriving = np.zeros(plan.rows("nodes"))
    use = net.end >= 0
    np.add.at(arriving, net.end[use], mean[use])
    return np.asarray(np.where(net.out[at] >= 0, mean[np.maximum(net.out[at], 0)], arriving[at]))
