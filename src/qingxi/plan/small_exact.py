"""A small piece of the street graph solved exactly: every way to serve its houses, every tree, every lift, by branch and bound.

Local search changes one thing at a time and can stand still where a hamlet would have to open another end, turn its sewers and move
several houses at once. A piece that no street and no lateral ties to the rest, of a few houses and nodes, is enumerated instead:
houses one by one, below a bound made of the cheapest laterals still to come and of the cheapest forest that reaches the nodes in use.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import NO_COST
from qingxi.plan.net import (
    COST,
    DESIGNS,
    ENDS,
    FLOW,
    JOINED,
    LIFT,
    OUT,
    PUMPED,
    SLOT,
    Journal,
    Net,
    set_out,
    set_slot,
)
from qingxi.plan.net_design import end_value, gravity, walk
from qingxi.plan.net_moves import GAIN, house_value
from qingxi.plan.net_tables import (
    ANNUITY,
    CROSSING,
    DEEPEST,
    HOME_FLOW,
    LATERAL,
    LATERAL_START,
    LENGTH,
    LIFT_BASE,
    LIFT_RUNNING,
    LIFT_UPKEEP,
    SEWER_PV,
    SITE,
    STAY_MOST,
    TRENCH,
    WORKS_PV,
    Fixed,
)
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNUSED = -2  # of a node in a forest; −1 is an end, else the position it flows along


class Forests(NamedTuple):
    """Every forest on a piece's nodes, the one of the lowest ``least`` first; sets of nodes are bits."""

    out: Ints  # [forests, nodes]
    order: Ints  # [forests, nodes] from the leaves down
    least: Floats  # what its pipes and ends cost at the least, yuan of present value
    pipes: Floats  # the pipes alone
    on: Ints  # nodes of the forest
    leaves: Ints
    low: Floats  # [sets] the least of all forests that reach every node of the set


@njit(cache=True, nogil=True)
def forests_of(nodes: Ints, local: Ints, flow: float, fixed: Fixed) -> Forests:
    """All forests of a piece; ``local`` numbers its nodes from 0, ``flow`` is the least any house brings, m³/d."""
    n = nodes.shape[0]
    number = fixed.number
    ways = 1
    for v in nodes:
        ways *= 2 + fixed.indptr[v + 1] - fixed.indptr[v]
    out, order = np.empty((ways, n), dtype=np.int64), np.empty((ways, n), dtype=np.int64)
    least, pipes = np.empty(ways), np.empty(ways)
    on, leaves = np.empty(ways, dtype=np.int64), np.empty(ways, dtype=np.int64)
    low = np.full(1 << n, NO_COST)
    low[0] = 0.0
    digit = np.zeros(n, dtype=np.int64)
    into = np.empty(n, dtype=np.int64)
    size = 0
    while True:
        o = out[size]
        used, total, piped, ok = 0, 0.0, 0.0, True
        into[:] = 0
        for a in range(n):
            v = nodes[a]
            o[a] = UNUSED if digit[a] == 0 else (-1 if digit[a] == 1 else fixed.indptr[v] + digit[a] - 2)
            if o[a] == UNUSED:
                continue
            used |= 1 << a
            if o[a] < 0:
                end = end_value(v, flow, fixed)[0]
                ok = ok and end < NO_COST / 2
                total += end
                continue
            b = local[fixed.neighbour[o[a]]]
            ok = ok and digit[b] > 0
            into[b] += 1
            i = o[a]
            one = number[SEWER_PV] * (
                fixed.arc[i, LENGTH] * fixed.pressure[0, 1 + int(fixed.arc[i, TRENCH])] + fixed.arc[i, CROSSING]
            )
            falls, arrive = gravity(i, 0.0, 0.0, fixed)
            piped += min(one, falls) if arrive >= 0.0 else one
        if ok and used > 0:
            tips = 0
            for a in range(n):
                if o[a] != UNUSED and into[a] == 0:
                    tips |= 1 << a
            done = 0
            for _ in range(n):  # from the leaves down; a circle never gets done
                for a in range(n):
                    if into[a] == 0:
                        into[a] = -1
                        order[size, done] = a
                        done += 1
                        if o[a] >= 0:
                            into[local[fixed.neighbour[o[a]]]] -= 1
            if done == n:
                least[size], pipes[size], on[size], leaves[size] = total + piped, piped, used, tips
                low[used] = min(low[used], total + piped)
                size += 1
        a = n - 1
        while a >= 0:
            digit[a] += 1
            if digit[a] < 2 + fixed.indptr[nodes[a] + 1] - fixed.indptr[nodes[a]]:
                break
            digit[a] = 0
            a -= 1
        if a < 0 or size >= ways:
            break
    for a in range(n):
        for used in range(1 << n):
            if used & (1 << a) == 0:
                low[used] = min(low[used], low[used | (1 << a)])
    rank = np.argsort(least[:size], kind="mergesort")
    return Forests(out[rank], order[rank], least[rank], pipes[rank], on[rank], leaves[rank], low)


@bare
def _lay(nodes: Ints, out: Ints, order: Ints, lifts: int, net: Net, fixed: Fixed, journal: Journal) -> float:
    """Lay a forest with lifts at these nodes (bits) and design it; returns its cost."""
    for a in range(nodes.shape[0]):
        set_out(net, fixed, nodes[a], max(out[a], -1), (lifts >> a) & 1)
    total = 0.0
    for a in order:
        journal.lengths[DESIGNS] = 0
        walk(nodes[a], net, fixed, journal, 1)
        total += net.value[nodes[a], COST]
    journal.lengths[DESIGNS] = journal.lengths[ENDS] = 0
    return total


@bare
def _allowed(
    nodes: Ints, out: Ints, site_most: Floats, limit: Floats, net: Net, fixed: Fixed, journal: Journal
) -> bool:
    """Whether no joined group and no plant takes more than it may."""
    for a in range(nodes.shape[0]):
        v = nodes[a]
        if out[a] != -1 or net.value[v, JOINED] > 0.0 or fixed.spot[v, SITE] <= 0.0:
            continue
        flow = net.value[v, FLOW]
        stays = fixed.spot[v, SITE] > 2.0 and flow <= fixed.spot[v, STAY_MOST]
        if flow > site_most[v] and not stays:
            return False
    for g in range(journal.group.shape[0]):  # noqa: SIM110 - compiled
        if journal.group[g] > limit[g] + 1e-9:
            return False
    return True


@njit(cache=True, nogil=True)
def solve_piece(
    nodes: Ints, houses: Ints, local: Ints, site_most: Floats, most: int, net: Net, fixed: Fixed, journal: Journal
) -> float:
    """The cheapest plan of a piece, written into the net; returns the saving, yuan of present value.

    Parameters
    ----------
    nodes, houses : int64
        The piece: no arc and no slot leads out of it. ``local`` numbers its nodes from 0.
    site_most : float64
        Largest flow of a new plant at each node of the net, m³/d.
    most : int
        After so many plans were priced, the cheapest so far is taken.
    journal : Journal
        Knows the flow joined to each group by the whole net, and the most it may be.
    """
    n, m, slots = nodes.shape[0], houses.shape[0], fixed.home_node.shape[1]
    number = fixed.number
    limit = np.maximum(journal.most, journal.group)
    lift_yuan = number[WORKS_PV] * number[LIFT_BASE]
    lift_yuan += number[ANNUITY] * (number[LIFT_RUNNING] + number[LIFT_UPKEEP] * number[LIFT_BASE])
    before, flow = 0.0, np.inf
    kept_out, kept_lift = np.empty(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    kept_slot, kept_pump = np.empty(m, dtype=np.int64), np.empty(m, dtype=np.int64)
    for a in range(n):
        before += net.value[nodes[a], COST]
        kept_out[a], kept_lift[a] = net.node[nodes[a], OUT], net.node[nodes[a], LIFT]
    rest = np.zeros(m + 1)  # the cheapest of every house from here on
    for k in range(m - 1, -1, -1):
        h = houses[k]
        kept_slot[k], kept_pump[k] = net.house[h, SLOT], net.house[h, PUMPED]
        before += house_value(h, kept_slot[k], kept_pump[k], fixed)
        cheapest = house_value(h, -1, 0, fixed)
        for s in range(slots):
            if fixed.home_node[h, s] >= 0:
                cheapest = min(cheapest, house_value(h, s, 0, fixed))
        rest[k] = rest[k + 1] + cheapest
        flow = min(flow, fixed.home[h, HOME_FLOW])
    f = forests_of(nodes, local, flow, fixed)
    best, priced = before, 0
    choice = np.full(m, -1, dtype=np.int64)
    spent, used = np.zeros(m + 1), np.zeros(m + 1, dtype=np.int64)
    k = 0
    while k >= 0 and priced < most:
        choice[k] += 1
        if choice[k] > 2 * slots:
            k -= 1
            continue
        h = houses[k]
        s, pumped = (choice[k] - 1) // 2 if choice[k] > 0 else -1, (choice[k] - 1) % 2 if choice[k] > 0 else 0
        at = used[k]
        if s >= 0:
            y, need = fixed.home_node[h, s], fixed.home[h, LATERAL + slots + s]
            if y < 0 or (pumped == 1 and need <= number[LATERAL_START]) or (pumped == 0 and need > number[DEEPEST]):
                continue
            at |= 1 << local[y]
        here = spent[k] + house_value(h, s, pumped, fixed)
        if here + rest[k + 1] + f.low[at] >= best - GAIN:
            continue
        spent[k + 1], used[k + 1] = here, at
        if k < m - 1:
            k += 1
            choice[k] = -1
            continue
        for j in range(m):
            c = choice[j]
            set_slot(net, fixed, houses[j], (c - 1) // 2 if c > 0 else -1, (c - 1) % 2 if c > 0 else 0)
        first = 0 if at > 0 else -1  # nobody sewered: one plan, without a forest
        for t in range(first, f.least.shape[0] if at > 0 else 0):
            out, order, least = kept_out, kept_out, 0.0
            if t < 0:
                out, order = np.full(n, -1, dtype=np.int64), np.arange(n)
            else:
                least = f.least[t]
                out, order = f.out[t], f.order[t]
                if here + least >= best - GAIN:
                    break
                if f.leaves[t] & ~at != 0 or at & ~f.on[t] != 0:
                    continue
            for lifts in range(1 << n):
                raised, fits = 0, True
                for a in range(n):
                    if (lifts >> a) & 1 == 1:
                        raised += 1
                        fits = fits and out[a] >= 0
                if not fits or here + least + raised * lift_yuan >= best - GAIN:
                    continue
                cost = here + _lay(nodes, out, order, lifts, net, fixed, journal)
                priced += 1
                if cost < best - GAIN and _allowed(nodes, out, site_most, limit, net, fixed, journal):
                    best = cost
                    for a in range(n):
                        kept_out[a], kept_lift[a] = max(out[a], -1), (lifts >> a) & 1
                    for j in range(m):
                        kept_slot[j], kept_pump[j] = net.house[houses[j], SLOT], net.house[houses[j], PUMPED]
                if lifts == 0 and t >= 0:  # now its ends are known, whatever is lifted
                    least = f.pipes[t]
                    for a in range(n):
                        if out[a] == -1:
                            least += end_value(nodes[a], net.value[nodes[a], FLOW], fixed)[0]
    for j in range(m):
        set_slot(net, fixed, houses[j], kept_slot[j], kept_pump[j])
    for a in range(n):
        set_out(net, fixed, nodes[a], kept_out[a], kept_lift[a])
    _design(nodes, local, net, fixed, journal)
    return before - best


@njit(cache=True, nogil=True)
def _design(nodes: Ints, local: Ints, net: Net, fixed: Fixed, journal: Journal) -> None:
    """Design a piece from the leaves down."""
    n = nodes.shape[0]
    into = np.zeros(n, dtype=np.int64)
    for v in nodes:
        if net.node[v, OUT] >= 0:
            into[local[fixed.neighbour[net.node[v, OUT]]]] += 1
    for _ in range(n):
        for a in range(n):
            if into[a] == 0:
                into[a] = -1
                journal.lengths[DESIGNS] = 0
                walk(nodes[a], net, fixed, journal, 1)
                if net.node[nodes[a], OUT] >= 0:
                    into[local[fixed.neighbour[net.node[nodes[a], OUT]]]] -= 1
    journal.lengths[DESIGNS] = journal.lengths[ENDS] = 0
