"""Local search on a net: every small change around what has changed, then knocks that are kept only where they pay."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import NO_COST
from qingxi.plan.net import (
    DESIGNS,
    ENDS,
    FIRST_HOUSE,
    FULL,
    HOUSES,
    MOVES,
    NEXT_HOUSE,
    OUT,
    SLOT,
    TURNS,
    WORK,
    Journal,
    Net,
    back,
)  # fmt: skip
from qingxi.plan.net_moves import GAIN, end_of, move_house, overfull, try_empty, try_house, try_lift
from qingxi.plan.net_paths import ANY_END, ANY_WAY, BEST, Reach, try_lead
from qingxi.plan.net_tables import LATERAL, Fixed
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AROUND = 6  # nodes downstream of a kept change that are tried again
PLACES = 60  # nodes tried after a knock
EPS = 0.01


class Queue(NamedTuple):
    """Nodes to be tried, each at most once; ``ring`` has one place more than there are nodes."""

    ring: Ints
    waits: npt.NDArray[np.bool_]
    at: Ints  # first, size
    found: Ints


def new_queue(nodes: int) -> Queue:
    """Room for graphs of so many nodes."""
    return Queue(
        np.empty(nodes + 1, dtype=np.int64), np.zeros(nodes, dtype=np.bool_), np.zeros(2, dtype=np.int64),
        np.empty(64, dtype=np.int64),
    )  # fmt: skip


@bare
def _ask(queue: Queue, v: int) -> None:
    if not queue.waits[v]:
        queue.waits[v] = True
        n = queue.ring.shape[0]
        queue.ring[(queue.at[0] + queue.at[1]) % n] = v
        queue.at[1] += 1


@bare
def _ask_around(v: int, part: Ints, net: Net, fixed: Fixed, queue: Queue) -> None:
    """What lies at, beside and just downstream of a change is worth another try."""
    mine = part[v]
    for _ in range(AROUND):
        _ask(queue, v)
        for i in range(fixed.indptr[v], fixed.indptr[v + 1]):
            y = fixed.neighbour[i]
            if part[y] == mine and net.node[y, HOUSES] > 0:
                _ask(queue, y)
        if net.node[v, OUT] < 0:
            return
        v = fixed.neighbour[net.node[v, OUT]]


@bare
def _ask_changed(
    turns: int, moves: int, part: Ints, net: Net, fixed: Fixed, journal: Journal, queue: Queue
) -> None:
    """Ask around everything that was turned or moved since the journal had these lengths."""
    for k in range(turns, journal.lengths[TURNS]):
        _ask_around(journal.turned[k, 0], part, net, fixed, queue)
        if journal.turned[k, 1] >= 0:
            _ask_around(fixed.neighbour[journal.turned[k, 1]], part, net, fixed, queue)
    for k in range(moves, journal.lengths[MOVES]):
        h = journal.moved[k, 0]
        for s in (journal.moved[k, 1], net.house[h, SLOT]):
            if s >= 0:
                _ask_around(fixed.home_node[h, s], part, net, fixed, queue)


@bare
def _try_all(
    v: int, slope: float, part: Ints, homes_of: tuple[Ints, Ints], net: Net, fixed: Fixed, journal: Journal, reach: Reach,
    queue: Queue,
) -> float:  # fmt: skip
    """Every kind of small change at node v; returns the saving."""
    turns, moves = journal.lengths[TURNS], journal.lengths[MOVES]
    saved = 0.0
    # Houses that are tied here, and those that stand here and serve themselves; a move changes the list, so it is read anew.
    h = net.node[v, FIRST_HOUSE]
    while h >= 0:
        after = net.house[h, NEXT_HOUSE]
        saved += try_house(h, part, net, fixed, journal)
        h = after
    if net.node[v, HOUSES] > 0:
        for k in range(homes_of[0][v], homes_of[0][v + 1]):
            if net.house[homes_of[1][k], SLOT] < 0:
                saved += try_house(homes_of[1][k], part, net, fixed, journal)
    saved += try_lift(v, net, fixed, journal)
    done, change = try_lead(v, BEST, 0.0, slope, part, net, fixed, journal, reach)
    if done:
        saved -= change
    saved += try_empty(v, part, net, fixed, journal, queue.found, -GAIN)
    if saved > 0.0:
        _ask_changed(turns, moves, part, net, fixed, journal, queue)
    return saved


@bare
def _random(state: npt.NDArray[np.uint64]) -> float:
    """A number in [0, 1) by xorshift."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@bare
def _knock(
    v: int, state: npt.NDArray[np.uint64], slope: float, part: Ints, net: Net, fixed: Fixed, journal: Journal,
    reach: Reach, queue: Queue,
) -> tuple[bool, float]:  # fmt: skip
    """Change something at v at random; returns whether anything was changed, and the change of cost."""
    kind = _random(state)
    draw = _random(state)
    if kind < 0.35:
        return try_lead(v, ANY_WAY, draw, slope, part, net, fixed, journal, reach)
    if kind < 0.55:
        return try_lead(end_of(v, net, fixed), ANY_WAY, draw, slope, part, net, fixed, journal, reach)
    if kind < 0.65:
        return try_lead(v, ANY_END, draw, slope, part, net, fixed, journal, reach)
    if kind < 0.8:
        before = journal.lengths[MOVES]
        saved = try_empty(v, part, net, fixed, journal, queue.found, 300_000.0)
        return journal.lengths[MOVES] > before, -saved
    # Houses at v go to another of their nodes.
    change = 0.0
    done = False
    h = net.node[v, FIRST_HOUSE]
    while h >= 0:
        after = net.house[h, NEXT_HOUSE]
        s = int(_random(state) * fixed.home_node.shape[1])
        y = fixed.home_node[h, s]
        if y >= 0 and y != v and net.node[y, HOUSES] > 0 and part[y] == part[v]:
            pumped = 1 if fixed.home[h, LATERAL + fixed.home_node.shape[1] + s] > 2.0 else 0
            change += move_house(h, s, pumped, net, fixed, journal)
            done = True
        h = after
    if done and overfull(journal):
        change = NO_COST
    return done, change


@bare
def climb(
    knocked: Ints, part: Ints, homes_of: tuple[Ints, Ints], trials: int, state: npt.NDArray[np.uint64], slope: float, first: Ints,
    net: Net, fixed: Fixed, journal: Journal, reach: Reach, queue: Queue,
) -> float:  # fmt: skip
    """Improve one part of the net: around ``first``, then by ``trials`` knocks; returns the saving, yuan of present value.

    Parameters
    ----------
    knocked : int64
        Nodes of the part that carry a sewer; ``part`` tells the part of every node, and no change reaches beyond it.
    homes_of : (int64[nodes + 1], int64[houses])
        Houses by the node of their first slot.
    state : uint64[1]
        A seed; used up.
    first : int64
        Nodes tried before the knocks.
    """
    count = journal.lengths
    saved = 0.0
    count[DESIGNS] = count[TURNS] = count[MOVES] = count[FULL] = count[ENDS] = 0
    if first.shape[0] > 0:
        for v in first:
            _ask(queue, v)
        limit = 12 * (first.shape[0] + knocked.shape[0])
        while queue.at[1] > 0 and limit > 0:
            limit -= 1
            v = queue.ring[queue.at[0]]
            queue.at[0] = (queue.at[0] + 1) % queue.ring.shape[0]
            queue.at[1] -= 1
            queue.waits[v] = False
            saved += _try_all(v, slope, part, homes_of, net, fixed, journal, reach, queue)
            count[DESIGNS] = count[TURNS] = count[MOVES] = count[ENDS] = 0
        _forget(queue)
    state[0] = np.uint64(88172645463325252) ^ ((state[0] + np.uint64(1)) * np.uint64(2685821657736338717))
    for _ in range(8):
        _random(state)
    for _ in range(trials if knocked.shape[0] > 0 else 0):
        v = knocked[int(_random(state) * knocked.shape[0])]
        if net.node[v, HOUSES] == 0:
            continue
        done, change = _knock(v, state, slope, part, net, fixed, journal, reach, queue)
        if done and change < NO_COST / 2 and count[FULL] == 0:
            _ask_changed(0, 0, part, net, fixed, journal, queue)
            left = PLACES
            while queue.at[1] > 0 and left > 0 and count[FULL] == 0:
                left -= 1
                y = queue.ring[queue.at[0]]
                queue.at[0] = (queue.at[0] + 1) % queue.ring.shape[0]
                queue.at[1] -= 1
                queue.waits[y] = False
                change -= _try_all(y, slope, part, homes_of, net, fixed, journal, reach, queue)
        _forget(queue)
        if done and change < -EPS and count[FULL] == 0:
            saved -= change
            count[DESIGNS] = count[TURNS] = count[MOVES] = count[ENDS] = 0
        else:
            back(net, fixed, journal, 0, 0, 0)
            count[ENDS] = 0
    return saved


@bare
def _forget(queue: Queue) -> None:
    while queue.at[1] > 0:
        queue.waits[queue.ring[queue.at[0]]] = False
        queue.at[0] = (queue.at[0] + 1) % queue.ring.shape[0]
        queue.at[1] -= 1


__all__ = ["WORK", "Queue", "climb", "new_queue"]
