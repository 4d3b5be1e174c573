"""Two layouts into one that is never worse: independent blocks, the cheaper of the two in each.

Tie together every node and its next node in either layout, and every house's two nodes: the connected blocks do not touch
each other in either layout, so the cost of taking either layout in each is exactly the sum of the blocks.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@bare
def _find(root: Ints, v: int) -> int:
    while root[v] != v:
        root[v] = root[root[v]]
        v = root[v]
    return v


@bare
def _tie(root: Ints, a: int, b: int) -> None:
    a, b = _find(root, a), _find(root, b)
    if a != b:
        if a < b:
            root[b] = a
        else:
            root[a] = b


@njit(cache=True)
def take_better_blocks(
    kept: Layout,
    kept_nodes: Floats,
    kept_houses: Floats,
    kept_flow: Floats,
    other: Layout,
    other_nodes: Floats,
    other_houses: Floats,
    other_way: Ints,
    other_people: Floats,
    kept_way: Ints,
    kept_people: Floats,
    ground: Ground,
    homes: Homes,
    kept_joins: npt.NDArray[np.bool_],
    other_joins: npt.NDArray[np.bool_],
) -> float:
    """Copy into ``kept`` every block of ``other`` that is cheaper and keeps joined flows within capacity.

    Returns
    -------
    float
        What was saved, yuan of present value.
    """
    n = kept_nodes.shape[0]
    houses = kept_houses.shape[0]
    root = np.arange(n)
    for v in range(n):
        if kept.next_node[v] >= 0:
            _tie(root, v, kept.next_node[v])
        if other.next_node[v] >= 0:
            _tie(root, v, other.next_node[v])
    block_of_house = np.full(houses, -1, dtype=np.int64)
    for h in range(houses):
        a, b = kept.slot[h], other.slot[h]
        if a >= 0 and b >= 0:
            _tie(root, homes.node[h, a], homes.node[h, b])
    saving = np.zeros(n)
    for v in range(n):
        saving[_find(root, v)] += kept_nodes[v] - other_nodes[v]
    for h in range(houses):
        a, b = kept.slot[h], other.slot[h]
        if a >= 0:
            block_of_house[h] = _find(root, homes.node[h, a])
        elif b >= 0:
            block_of_house[h] = _find(root, homes.node[h, b])
        if block_of_house[h] >= 0:
            saving[block_of_house[h]] += kept_houses[h] - other_houses[h]
    # Blocks that touch a group of limited capacity: is there room?
    flow = kept_flow.copy()
    take = np.zeros(n, dtype=np.bool_)
    groups = ground.capacity_m3_d.shape[0]
    change = np.zeros((n if groups > 0 else 0, 1))
    group_of = np.full(n, -1, dtype=np.int64)
    mixed = np.zeros(n, dtype=np.bool_)
    if groups > 0:
        for v in range(n):
            b = _find(root, v)
            g = ground.join[v]
            if g < 0:
                continue
            moved = 0.0
            if kept_way[v] == 4 and kept_joins[v]:
                moved -= kept_people[v]
            if other_way[v] == 4 and other_joins[v]:
                moved += other_people[v]
            if moved != 0.0:
                if group_of[b] >= 0 and group_of[b] != g:
                    mixed[b] = True
                group_of[b] = g
                change[b, 0] += moved
    saved = 0.0
    for b in np.argsort(-saving):
        if saving[b] <= 1e-6:
            break
        g = group_of[b]
        if g >= 0:
            if mixed[b]:
                continue
            if change[b, 0] > 0.0 and flow[g] + change[b, 0] > ground.capacity_m3_d[g] + 1e-9:
                continue
            flow[g] += change[b, 0]
        take[b] = True
        saved += saving[b]
    for v in range(n):
        if take[_find(root, v)]:
            kept.next_node[v] = other.next_node[v]
            kept.next_arc[v] = other.next_arc[v]
            kept.lift_here[v] = other.lift_here[v]
    for h in range(houses):
        if block_of_house[h] >= 0 and take[block_of_house[h]]:
            kept.slot[h] = other.slot[h]
            kept.pumped[h] = other.pumped[h]
    return saved
