"""What each household bears of works used together (section 6a), from the exported layers; and how far withheld levels leave it open."""

import numpy as np
import numpy.typing as npt

from qingxi.check.net import Net, position
from qingxi.check.plan_read import Floats, PlanRead
from qingxi.check.rule_tree import SEWERED
from qingxi.check.series import Books

EACH_M3_D = 1e-9
"""Counted for each house besides its own flow, so that a system of empty houses is shared too (section 6a)."""


def paid_by_household(plan: PlanRead, net: Net, books: Books) -> Floats:
    """Present value that each household bears: its own part, and works used together by flow.

    NaN where a lift of its system stands at a node that is not told.
    """
    own = plan.numbers("households", "present_value_yuan").copy()
    mode = plan.text("households", "mode").astype(str)
    own[mode == "unserved"] = 0.0
    if not np.isin(mode, SEWERED).any() or not plan.rows("nodes"):
        return own
    own += _borne(plan, net, _node_cost(plan, net, books, plan.whole("nodes", "node_id")))
    # A lift whose place is withheld is borne by nobody knows whom in its system.
    lost = plan.whole("lifts", "system_id")[plan.whole("lifts", "node_id") < 0]
    own[np.isin(plan.whole("households", "system_id"), lost) & np.isin(mode, SEWERED)] = np.nan
    return own


def _borne(plan: PlanRead, net: Net, cost: Floats) -> Floats:
    """Of a cost at every node, what each household bears: shared by flow among the sewered households upstream."""
    borne = np.zeros(plan.rows("households"))
    nodes = plan.whole("nodes", "node_id")
    sewered = np.flatnonzero(np.isin(plan.text("households", "mode").astype(str), SEWERED))
    at = position(nodes, plan.whole("households", "node_id")[sewered])
    flow = plan.numbers("households", "flow_m3_d")[sewered] + EACH_M3_D
    there = at >= 0
    weight = np.bincount(at[there], weights=flow[there], minlength=nodes.size)
    along = [p for p in net.order.tolist() if not net.lateral[p] and net.end[p] >= 0]
    for p in along:
        weight[net.end[p]] += weight[net.start[p]]
    burden = np.divide(cost, weight, out=np.zeros(nodes.size), where=weight > 0)
    for p in reversed(along):
        burden[net.start[p]] += burden[net.end[p]]
    borne[sewered[there]] = flow[there] * burden[at[there]]
    return borne


def _node_cost(plan: PlanRead, net: Net, books: Books, nodes: np.ndarray) -> Floats:
    """Present value of what stands at each node: its outgoing pipe, its manhole or lift, the plant or the joining."""
    works, running = np.zeros(nodes.size), np.zeros(nodes.size)
    kind = plan.text("nodes", "kind").astype(str)
    upkeep = books.prices["sewer.upkeep"]
    street = ~net.lateral & (net.start >= 0)
    np.add.at(works, net.start[street], plan.numbers("pipes", "works_yuan")[street])
    manhole = kind == "manhole"
    works[manhole] += plan.numbers("nodes", "works_yuan")[manhole]
    running += upkeep * works
    joins = kind == "join"
    works[joins] += plan.numbers("nodes", "works_yuan")[joins]
    of = position(plan.whole("systems", "system_id"), plan.whole("nodes", "system_id"))
    running[joins] += (
        365 * books.prices["town.fee"] * np.append(plan.numbers("systems", "flow_m3_d"), 0.0)[of][joins]
    )
    house = kind == "house"
    for layer in ("lifts", "plants"):
        if not plan.rows(layer):
            continue
        at = position(nodes, plan.whole(layer, "node_id"))
        use = at >= 0
        use[use] = ~house[at[use]]  # a house's pump is its own
        np.add.at(works, at[use], np.nan_to_num(plan.numbers(layer, "works_yuan")[use]))
        np.add.at(running, at[use], np.nan_to_num(plan.numbers(layer, "running_yuan_y")[use]))
    return np.asarray(works * books.investment + books.annuity * running)


def hidden_manholes_yuan(
    plan: PlanRead, net: Net, books: Books, hamlet: npt.NDArray[np.int64], hamlets: int
) -> tuple[Floats, Floats]:
    """How much less and how much more a hamlet may bear than by mean manholes, present value; 0 where levels are told.

    A manhole costs at least that of least cover and at most that of greatest depth; together those of a system cost what is told. A
    hamlet that bears the parts f of N manholes bears of what lies above the least, E in all, no less than E − (most − least) · (N − Σf) and no
    more than (most − least) · Σf. A system of one hamlet leaves nothing open.
    """
    none = np.zeros(hamlets)
    if "nodes.kind" not in plan.figures.get("withheld", ()) or not plan.rows("nodes"):
        return none, none
    manhole = plan.text("nodes", "kind").astype(str) == "manhole"
    part = _borne(plan, net, manhole.astype(np.float64))
    system = plan.whole("households", "system_id")
    use = (hamlet >= 0) & (part > 0)
    pair, of = np.unique(np.column_stack([hamlet[use], system[use]]), axis=0, return_inverse=True)
    share = np.bincount(of.reshape(-1), weights=part[use], minlength=pair.shape[0])
    keys = np.unique(plan.whole("nodes", "system_id"))
    row = position(keys, plan.whole("nodes", "system_id")[manhole])
    count = np.bincount(row, minlength=keys.size).astype(np.float64)
    works = np.bincount(row, weights=plan.numbers("nodes", "works_yuan")[manhole], minlength=keys.size)
    at = position(keys, pair[:, 1])
    n, above = count[at], books.prices["manhole.per_depth"]
    dn = min(int(key[2:]) for key in books.norms.under("slope") if key.startswith("dn"))
    lowest = books.norms["cover.min"] + dn / 1000
    least = books.prices["manhole.base"] + above * lowest
    room = above * max(0.0, books.norms["depth.max"] - lowest)
    excess = np.maximum(0.0, works[at] - n * least)
    mean = share * excess / np.maximum(n, 1.0)
    low, high = np.maximum(0.0, excess - room * (n - share)), np.minimum(excess, room * share)
    worth = books.investment + books.annuity * books.prices["sewer.upkeep"]
    less = np.bincount(pair[:, 0], weights=np.maximum(0.0, mean - low), minlength=hamlets) * worth
    more = np.bincount(pair[:, 0], weights=np.maximum(0.0, high - mean), minlength=hamlets) * worth
    return np.asarray(less), np.asarray(more)
