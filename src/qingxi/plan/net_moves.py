"""Small changes of a net, tried on the true cost: a lift in or out, a house tied in elsewhere, a small branch emptied."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import NO_COST
from qingxi.plan.net import (
    AFTER,
    DESIGNS,
    ENDS,
    FIRST,
    FIRST_HOUSE,
    FULL,
    HOUSES,
    LIFT,
    MOVES,
    NEXT_HOUSE,
    OUT,
    PUMPED,
    SLOT,
    TURNS,
    WAY,
    Journal,
    Net,
    back,
    tie,
    turn,
)
from qingxi.plan.net_design import arriving, walk
from qingxi.plan.net_tables import DEEPEST, LATERAL, LEAST_DEPTH, OWN, PUMP, Fixed
from qingxi.standard.compiled import bare

Ints = npt.NDArray[np.int64]

GAIN = 1.0  # yuan; smaller savings are not worth a change
NO_SERVICE = 1e7  # yuan; a house that costs so much by itself cannot serve itself
DEEP_M = 1.5  # shallower than this, no lift pays
BRANCH_HOUSES = 6  # a branch of more houses is not emptied house by house


@bare
def end_of(v: int, net: Net, fixed: Fixed) -> int:
    """Where the flow of v ends."""
    while net.node[v, OUT] >= 0:
        v = fixed.neighbour[net.node[v, OUT]]
    return v


@bare
def flows_through(start: int, v: int, net: Net, fixed: Fixed) -> bool:
    """Whether the flow of ``start`` passes v."""
    while start != v:
        if net.node[start, OUT] < 0:
            return False
        start = fixed.neighbour[net.node[start, OUT]]
    return True


@bare
def overfull(journal: Journal) -> bool:
    """Whether a joined group takes more than it may; only asked where a joined flow has changed."""
    if journal.lengths[ENDS] == 0:
        return False
    for g in range(journal.group.shape[0]):  # noqa: SIM110 - compiled
        if journal.group[g] > journal.most[g] + 1e-9:
            return True
    return False


@bare
def house_value(h: int, s: int, pumped: int, fixed: Fixed) -> float:
    """Present value of serving house h at slot s (−1: by itself), without what lies beyond its node."""
    if s < 0:
        return float(fixed.home[h, OWN])
    return float(fixed.home[h, LATERAL + s]) + (fixed.number[PUMP] if pumped == 1 else 0.0)


@bare
def move_house(h: int, s: int, pumped: int, net: Net, fixed: Fixed, journal: Journal) -> float:
    """Tie house h in elsewhere; returns the change of cost."""
    old, old_pumped = net.house[h, SLOT], net.house[h, PUMPED]
    change = house_value(h, s, pumped, fixed) - house_value(h, old, old_pumped, fixed)
    tie(net, fixed, journal, h, s, pumped)
    if journal.lengths[FULL] == 1:
        return NO_COST
    if old >= 0:
        change += walk(fixed.home_node[h, old], net, fixed, journal)
    if s >= 0 and (old < 0 or fixed.home_node[h, s] != fixed.home_node[h, old]):
        change += walk(fixed.home_node[h, s], net, fixed, journal)
    return change


@bare
def best_for_house(
    h: int, away: int, part: Ints, net: Net, fixed: Fixed, journal: Journal, stay: bool
) -> tuple[float, int, int]:
    """The cheapest other way to serve house h: change of cost, slot, pump; (``NO_COST``, −2, 0) where there is none.

    ``away``: a node whose flow the house must not join (−1: none). ``stay``: keeping the house as it is counts as well.
    """
    old, old_pumped = net.house[h, SLOT], net.house[h, PUMPED]
    slots = fixed.home_node.shape[1]
    at = fixed.home_node[h, max(old, 0)]
    best, best_s, best_pump = NO_COST, -2, 0
    if stay:
        best, best_s, best_pump = -GAIN, old, old_pumped
    designs, turns, moves = journal.lengths[DESIGNS], journal.lengths[TURNS], journal.lengths[MOVES]
    for option in range(2 * slots + 1):
        s = option // 2 if option < 2 * slots else -1
        pumped = option % 2 if s >= 0 else 0
        if s == old and pumped == old_pumped:
            continue
        if s < 0 and fixed.home[h, OWN] >= NO_SERVICE:
            continue
        if s >= 0:
            y = fixed.home_node[h, s]
            if y < 0 or net.node[y, HOUSES] == 0 or part[y] != part[at]:
                continue
            if pumped == 0 and fixed.home[h, LATERAL + slots + s] > fixed.number[DEEPEST]:
                continue
            if pumped == 1 and fixed.home[h, LATERAL + slots + s] <= fixed.size[0, LEAST_DEPTH] + 0.2:
                continue
            if away >= 0 and flows_through(y, away, net, fixed):
                continue
        change = move_house(h, s, pumped, net, fixed, journal)
        if change < best and not overfull(journal) and journal.lengths[FULL] == 0:
            best, best_s, best_pump = change, s, pumped
        back(net, fixed, journal, designs, turns, moves)
    return best, best_s, best_pump


@bare
def try_house(h: int, part: Ints, net: Net, fixed: Fixed, journal: Journal) -> float:
    """Serve house h in the cheapest way; returns the saving."""
    change, s, pumped = best_for_house(h, -1, part, net, fixed, journal, True)
    if s == net.house[h, SLOT] and pumped == net.house[h, PUMPED]:
        return 0.0
    move_house(h, s, pumped, net, fixed, journal)
    return -change


@bare
def try_lift(v: int, net: Net, fixed: Fixed, journal: Journal) -> float:
    """Put a lift in at v, or take it out, where that is cheaper; returns the saving."""
    out = net.node[v, OUT]
    if out < 0 or net.node[v, HOUSES] == 0:
        return 0.0
    if net.node[v, LIFT] == 0:
        _, _, _, inlet, _, _ = arriving(v, net, fixed)
        if inlet <= DEEP_M and net.node[v, WAY] != 2:
            return 0.0
    designs, turns, moves = journal.lengths[DESIGNS], journal.lengths[TURNS], journal.lengths[MOVES]
    turn(net, fixed, journal, v, out, 1 - net.node[v, LIFT])
    change = walk(v, net, fixed, journal)
    if change < -GAIN and journal.lengths[FULL] == 0:
        return -change
    back(net, fixed, journal, designs, turns, moves)
    return 0.0


@bare
def try_empty(v: int, part: Ints, net: Net, fixed: Fixed, journal: Journal, found: Ints, most: float) -> float:
    """Serve every house of a small branch from elsewhere, so that its pipes (and its end) are saved; returns the saving.

    Kept where the cost changes by less than ``most``. ``found`` is room for the branch's houses and nodes.
    """
    if net.node[v, HOUSES] == 0 or net.node[v, HOUSES] > BRANCH_HOUSES:
        return 0.0
    # Nodes of the branch, then its houses, each with another way of its own.
    size, at = 1, 0
    found[0] = v
    houses = 0
    while at < size:
        x = found[at]
        at += 1
        h = net.node[x, FIRST_HOUSE]
        while h >= 0:
            other = fixed.home[h, OWN] < NO_SERVICE
            for s in range(fixed.home_node.shape[1]):
                y = fixed.home_node[h, s]
                if y >= 0 and net.node[y, HOUSES] > 0 and part[y] == part[v] and not other:
                    other = not flows_through(y, v, net, fixed)
            if not other:
                return 0.0
            found[found.shape[0] - 1 - houses] = h
            houses += 1
            h = net.house[h, NEXT_HOUSE]
        c = net.node[x, FIRST]
        while c >= 0:
            if net.node[c, HOUSES] > 0:
                if size + houses >= found.shape[0]:
                    return 0.0
                found[size] = c
                size += 1
            c = net.node[c, AFTER]
    designs, turns, moves = journal.lengths[DESIGNS], journal.lengths[TURNS], journal.lengths[MOVES]
    total = 0.0
    for k in range(houses):
        h = found[found.shape[0] - 1 - k]
        change, s, pumped = best_for_house(h, v, part, net, fixed, journal, False)
        if s == -2:
            total = NO_COST
            break
        total += change
        move_house(h, s, pumped, net, fixed, journal)
    if total < most and not overfull(journal) and journal.lengths[FULL] == 0:
        return -total
    back(net, fixed, journal, designs, turns, moves)
    return 0.0
