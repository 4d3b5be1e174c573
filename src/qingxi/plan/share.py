"""What a layout costs each house: works used together are shared by flow."""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


# Flow counted for each house besides its own, m³/d, so that a system of empty houses is shared by houses.
SHARE_OF_HOUSE = 1e-9


@njit(cache=True)
def burden_per_flow(next_node: Ints, houses: Ints, flow: Floats, node_cost: Floats) -> Floats:
    """Present value that one m³/d entering at each node bears, down to the end."""
    n = next_node.shape[0]
    burden = np.full(n, -1.0)
    path = np.empty(n, dtype=np.int64)
    for v in range(n):
        if houses[v] == 0 or burden[v] >= 0.0:
            continue
        count, x = 0, v
        while burden[x] < 0.0:
            path[count] = x
            count += 1
            if next_node[x] < 0:
                break
            x = next_node[x]
        for i in range(count - 1, -1, -1):
            x = path[i]
            after = burden[next_node[x]] if next_node[x] >= 0 else 0.0
            burden[x] = after + node_cost[x] / (flow[x] + SHARE_OF_HOUSE * houses[x])
    shared: Floats = np.maximum(burden, 0.0)
    return shared


@njit(cache=True)
def way_to_end(next_node: Ints, next_arc: Ints, houses: Ints, lifted: npt.NDArray[np.bool_], length_m: Floats
               ) -> tuple[Floats, Ints]:  # fmt: skip
    """Length and number of lifts from each node down to its end."""
    n = next_node.shape[0]
    away = np.full(n, -1.0)
    lifts = np.zeros(n, dtype=np.int64)
    path = np.empty(n, dtype=np.int64)
    for v in range(n):
        if houses[v] == 0 or away[v] >= 0.0:
            continue
        count, x = 0, v
        while away[x] < 0.0:
            path[count] = x
            count += 1
            if next_node[x] < 0:
                break
            x = next_node[x]
        for i in range(count - 1, -1, -1):
            x = path[i]
            if next_node[x] < 0:
                away[x] = 0.0
                continue
            away[x] = away[next_node[x]] + length_m[next_arc[x]]
            lifts[x] = lifts[next_node[x]] + (1 if lifted[x] else 0)
    return away, lifts
