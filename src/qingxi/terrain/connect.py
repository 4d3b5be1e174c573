"""Where a house can tie in: its nearest street nodes, on more than one street."""

import numpy as np
import numpy.typing as npt

from qingxi.terrain.graph import TrenchGraph

SLOTS = 3


def connect_houses(
    graph: TrenchGraph,
    x_m: npt.NDArray[np.float64],
    y_m: npt.NDArray[np.float64],
    reach_m: float,
    usable: npt.NDArray[np.bool_] | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Candidate nodes of each house and their straight distances.

    Slot 0 is the nearest node; slot 1 the nearest on another street; slot 2 the next nearest.

    Parameters
    ----------
    usable : bool[nodes], optional
        Nodes that can be drained at all; default all.

    Returns
    -------
    node : int64[houses, 3]
        −1 where there is none within reach.
    distance_m : float64[houses, 3]
    """
    from scipy.spatial import cKDTree

    houses = x_m.shape[0]
    node = np.full((houses, SLOTS), -1, dtype=np.int64)
    distance = np.full((houses, SLOTS), np.inf)
    allowed = np.arange(graph.nodes) if usable is None else np.flatnonzero(usable)
    if houses == 0 or allowed.size == 0:
        return node, distance
    street_of_node = np.zeros(graph.nodes, dtype=np.int64)
    street_of_node[graph.tail] = graph.street
    street_of_node[graph.head] = graph.street
    k = min(10, allowed.size)
    tree = cKDTree(np.column_stack([graph.x_m[allowed], graph.y_m[allowed]]))
    d, i = tree.query(np.column_stack([x_m, y_m]), k=k, distance_upper_bound=reach_m)
    d, i = d.reshape(houses, k), i.reshape(houses, k)
    found = np.isfinite(d)
    i = np.where(found, allowed[np.minimum(i, allowed.size - 1)], -1)
    node[:, 0], distance[:, 0] = i[:, 0], d[:, 0]
    other = found & (street_of_node[i] != street_of_node[i[:, :1]])
    other[:, 0] = False
    pick = np.where(other.any(axis=1), other.argmax(axis=1), -1)
    rows = np.flatnonzero(pick >= 0)
    node[rows, 1], distance[rows, 1] = i[rows, pick[rows]], d[rows, pick[rows]]
    if k > 1:
        third = np.where(pick == 1, min(2, k - 1), 1)
        all_rows = np.arange(houses)
        same = (third == pick) | ~found[all_rows, third]
        node[:, 2] = np.where(same, -1, i[all_rows, third])
        distance[:, 2] = np.where(same, np.inf, d[all_rows, third])
    return node, distance
