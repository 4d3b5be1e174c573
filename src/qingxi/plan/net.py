"""A layout laid out for fast change: what flows into what, each node's design, and a journal to take changes back.

All of a node lies side by side in memory, and what never changes of an arc is worked out once. A change writes what was
there before into the journal; going back to a mark undoes all that came after it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Layout
from qingxi.plan.net_tables import JOIN, Fixed
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Columns of Net.node.
OUT, LIFT, FIRST, AFTER, BEFORE, FIRST_HOUSE, WAY, HOUSES = 0, 1, 2, 3, 4, 5, 6, 7
# Columns of Net.value: what a node hands on, its cost, and the flow it ends with in a joined group. FLOW is today's (plants
# go by it), FAR the far year's (pipes and lifts).
FLOW, ARRIVE, COST, INVERT, FRICTION, HEAD, JOINED, FAR = 0, 1, 2, 3, 4, 5, 6, 7
# Columns of Net.house.
SLOT, PUMPED, NEXT_HOUSE, LAST_HOUSE = 0, 1, 2, 3
# Entries of Journal.count.
DESIGNS, TURNS, MOVES, FULL, WORK, ENDS = 0, 1, 2, 3, 4, 5


class Net(NamedTuple):
    """The changing state; columns above. ``out`` of a node is a position in ``ground.neighbour``, −1 at an end."""

    node: Ints
    value: Floats
    house: Ints


class Journal(NamedTuple):
    """What was there before each change, the flow joined to each group and the most it may be."""

    designed: Ints  # [room, 3] node, way, houses
    values: Floats  # [room, 8]
    turned: Ints  # [room, 3] node, out, lift
    moved: Ints  # [room, 3] house, slot, pumped
    lengths: Ints
    group: Floats
    most: Floats


def new_journal(group: Floats, most: Floats, room: int = 20_000) -> Journal:
    """An empty journal; a change that would overfill it is given up."""
    return Journal(
        np.empty((room, 3), dtype=np.int64), np.empty((room, 8)), np.empty((room, 3), dtype=np.int64),
        np.empty((room, 3), dtype=np.int64), np.zeros(6, dtype=np.int64), group.copy(), most.copy(),
    )  # fmt: skip


def net_of(layout: Layout, ground: Ground, fixed: Fixed) -> Net:
    """The net of a layout, not designed yet (see ``design_all``)."""
    nodes, houses = layout.next_node.size, layout.slot.size
    net = Net(
        np.full((nodes, 8), -1, dtype=np.int64), np.zeros((nodes, 8)), np.full((houses, 4), -1, dtype=np.int64)
    )
    _fill(layout, ground, fixed, net)
    return net


@bare
def _fill(layout: Layout, ground: Ground, fixed: Fixed, net: Net) -> None:
    node = net.node
    for v in range(node.shape[0]):
        node[v, LIFT] = 1 if layout.lift_here[v] else 0
        node[v, WAY] = node[v, HOUSES] = 0
        p = layout.next_node[v]
        if p < 0:
            continue
        for i in range(ground.indptr[v], ground.indptr[v + 1]):
            if ground.arc[i] == layout.next_arc[v] and ground.neighbour[i] == p:
                node[v, OUT] = i
        link(node, FIRST, AFTER, p, v)
    for h in range(net.house.shape[0]):
        net.house[h, SLOT] = layout.slot[h]
        net.house[h, PUMPED] = 1 if layout.pumped[h] else 0
        if layout.slot[h] >= 0:
            link_house(net, fixed.home_node[h, layout.slot[h]], h)


@bare
def write_layout(net: Net, ground: Ground, layout: Layout) -> None:
    """Write the net into a layout."""
    node = net.node
    for v in range(node.shape[0]):
        i = node[v, OUT]
        layout.next_node[v] = ground.neighbour[i] if i >= 0 else -1
        layout.next_arc[v] = ground.arc[i] if i >= 0 else -1
        layout.lift_here[v] = node[v, LIFT] == 1
    for h in range(net.house.shape[0]):
        layout.slot[h] = net.house[h, SLOT]
        layout.pumped[h] = net.house[h, PUMPED] == 1


@bare
def link(node: Ints, first: int, after: int, p: int, c: int) -> None:
    """Put node c into the list of what flows into p."""
    head = node[p, first]
    node[c, after] = head
    node[c, BEFORE] = -1
    if head >= 0:
        node[head, BEFORE] = c
    node[p, first] = c


@bare
def unlink(node: Ints, p: int, c: int) -> None:
    """Take node c out of the list of what flows into p."""
    if node[c, BEFORE] >= 0:
        node[node[c, BEFORE], AFTER] = node[c, AFTER]
    else:
        node[p, FIRST] = node[c, AFTER]
    if node[c, AFTER] >= 0:
        node[node[c, AFTER], BEFORE] = node[c, BEFORE]


@bare
def link_house(net: Net, v: int, h: int) -> None:
    """Put house h into the list of node v."""
    head = net.node[v, FIRST_HOUSE]
    net.house[h, NEXT_HOUSE] = head
    net.house[h, LAST_HOUSE] = -1
    if head >= 0:
        net.house[head, LAST_HOUSE] = h
    net.node[v, FIRST_HOUSE] = h


@bare
def unlink_house(net: Net, v: int, h: int) -> None:
    """Take house h out of the list of node v."""
    house = net.house
    if house[h, LAST_HOUSE] >= 0:
        house[house[h, LAST_HOUSE], NEXT_HOUSE] = house[h, NEXT_HOUSE]
    else:
        net.node[v, FIRST_HOUSE] = house[h, NEXT_HOUSE]
    if house[h, NEXT_HOUSE] >= 0:
        house[house[h, NEXT_HOUSE], LAST_HOUSE] = house[h, LAST_HOUSE]


@bare
def set_out(net: Net, fixed: Fixed, v: int, i: int, lift: int) -> None:
    """Let v flow along position i (−1: nowhere), without a journal."""
    old = net.node[v, OUT]
    if old >= 0:
        unlink(net.node, fixed.neighbour[old], v)
    net.node[v, OUT], net.node[v, LIFT] = i, lift
    if i >= 0:
        link(net.node, FIRST, AFTER, fixed.neighbour[i], v)


@bare
def set_slot(net: Net, fixed: Fixed, h: int, s: int, pumped: int) -> None:
    """Tie house h in at slot s (−1: by itself), without a journal."""
    old = net.house[h, SLOT]
    if old >= 0:
        unlink_house(net, fixed.home_node[h, old], h)
    net.house[h, SLOT], net.house[h, PUMPED] = s, pumped
    if s >= 0:
        link_house(net, fixed.home_node[h, s], h)


@bare
def turn(net: Net, fixed: Fixed, journal: Journal, v: int, i: int, lift: int) -> None:
    """Let v flow along position i; the journal keeps how it was."""
    k = journal.lengths[TURNS]
    if k >= journal.turned.shape[0]:
        journal.lengths[FULL] = 1
        return
    journal.turned[k, 0], journal.turned[k, 1], journal.turned[k, 2] = v, net.node[v, OUT], net.node[v, LIFT]
    journal.lengths[TURNS] = k + 1
    set_out(net, fixed, v, i, lift)


@bare
def tie(net: Net, fixed: Fixed, journal: Journal, h: int, s: int, pumped: int) -> None:
    """Tie house h in at slot s; the journal keeps how it was."""
    k = journal.lengths[MOVES]
    if k >= journal.moved.shape[0]:
        journal.lengths[FULL] = 1
        return
    journal.moved[k, 0], journal.moved[k, 1], journal.moved[k, 2] = h, net.house[h, SLOT], net.house[h, PUMPED]
    journal.lengths[MOVES] = k + 1
    set_slot(net, fixed, h, s, pumped)


@bare
def back(net: Net, fixed: Fixed, journal: Journal, designs: int, turns: int, moves: int) -> None:
    """Undo everything since the journal had these lengths."""
    count = journal.lengths
    for k in range(count[MOVES] - 1, moves - 1, -1):
        set_slot(net, fixed, journal.moved[k, 0], journal.moved[k, 1], journal.moved[k, 2])
    for k in range(count[TURNS] - 1, turns - 1, -1):
        set_out(net, fixed, journal.turned[k, 0], journal.turned[k, 1], journal.turned[k, 2])
    for k in range(count[DESIGNS] - 1, designs - 1, -1):
        v = journal.designed[k, 0]
        was = journal.values[k, JOINED] - net.value[v, JOINED]
        if was != 0.0:
            journal.group[int(fixed.spot[v, JOIN])] += was
        for j in range(8):
            net.value[v, j] = journal.values[k, j]
        net.node[v, WAY], net.node[v, HOUSES] = journal.designed[k, 1], journal.designed[k, 2]
    count[DESIGNS], count[TURNS], count[MOVES], count[FULL] = designs, turns, moves, 0
