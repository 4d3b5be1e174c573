"""Where a house can tie in: its nearest street nodes, on more than one street."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qingxi.terrain.graph import TrenchGraph

SLOTS = 3
CANDIDATES = 10

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Refusal = Callable[[Ints, Ints], Bools]
"""Whether the straight line from house i to node v is refused, for pairs (i, v)."""


def connect_houses(
    graph: TrenchGraph,
    x_m: npt.NDArray[np.float64],
    y_m: npt.NDArray[np.float64],
    reach_m: float,
    usable: Bools | None = None,
    refused: Refusal | None = None,
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Candidate nodes of each house and their straight distances.

    Slot 0 is the nearest node; slot 1 the nearest on another street; slot 2 the next nearest.

    Parameters
    ----------
    usable : bool[nodes], optional
        Nodes that can be drained at all; default all.
    refused : callable, optional
        Lines that may not be laid. Only houses that lose one of their three are asked about the ten nearest.

    Returns
    -------
    node : int64[houses, 3]
        −1 where there is none within reach; slot 0 is filled first.
    distance_m : float64[houses, 3]
    """
    from scipy.spatial import cKDTree

    houses = x_m.shape[0]
    node = np.full((houses, SLOTS), -1, dtype=np.int64)
    distance = np.full((houses, SLOTS), np.inf)
    allowed = np.arange(graph.nodes) if usable is None else np.flatnonzero(usable)
    if houses == 0 or allowed.size == 0:
        return node, distance
    street = np.zeros(graph.nodes, dtype=np.int64)
    street[graph.tail] = graph.street
    street[graph.head] = graph.street
    k = min(CANDIDATES, allowed.size)
    tree = cKDTree(np.column_stack([graph.x_m[allowed], graph.y_m[allowed]]))
    d, i = tree.query(np.column_stack([x_m, y_m]), k=k, distance_upper_bound=reach_m)
    d, i = d.reshape(houses, k), i.reshape(houses, k)
    found = np.isfinite(d)
    i = np.where(found, allowed[np.minimum(i, allowed.size - 1)], -1)
    slots = _choose(i, found, street)
    if refused is not None:
        row, slot = np.nonzero(slots >= 0)
        asked = np.unique(row[refused(row, i[row, slots[row, slot]])])
        if asked.size:
            who, which = np.nonzero(found[asked])
            no = refused(asked[who], i[asked[who], which])
            found[asked[who[no]], which[no]] = False
            slots[asked] = _choose(i[asked], found[asked], street)
    row, slot = np.nonzero(slots >= 0)
    at = slots[row, slot]
    node[row, slot], distance[row, slot] = i[row, at], d[row, at]
    return node, distance


def _choose(node: Ints, found: Bools, street: Ints) -> Ints:
    """Columns of the candidates to take, −1 none: nearest, nearest on another street, next nearest."""
    rows = np.arange(node.shape[0])
    first = np.where(found.any(axis=1), found.argmax(axis=1), -1)
    left = found.copy()
    left[rows, first] = False
    other = left & (street[node] != street[node[rows, first]][:, None])
    second = np.where(other.any(axis=1), other.argmax(axis=1), -1)
    taken = second >= 0
    left[rows[taken], second[taken]] = False
    third = np.where(left.any(axis=1), left.argmax(axis=1), -1)
    # Filled from slot 0: without another street the next nearest stands third and slot 1 stays empty.
    return np.stack([first, second, third], axis=1)
