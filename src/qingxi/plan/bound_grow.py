"""A layout from the duals: trees grown over arcs that the ascent has paid in full.

By complementary slackness the arcs of a best plan are among those whose reduced cost is zero, where the duals are good. From
the ends outwards each house is tied in over such arcs by the cheapest way to what is there already.
"""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.ascent import reversed_arcs
from qingxi.plan.bound_states import PartGraph
from qingxi.plan.layout import Layout

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TINY = 1e-9  # yuan: an end that costs nothing is no end yet


@njit(cache=True, nogil=True)
def grow_layout(
    graph: PartGraph, left: PartGraph, own_left: Floats, node_of: Ints, members: Ints, layout: Layout
) -> None:
    """Write directions of the part's nodes and slots of its houses into ``layout``, which serves nobody in the part yet.

    Parameters
    ----------
    graph, left : PartGraph
        Costs, and what the ascent has left of them.
    own_left : float64[part houses]
    node_of : int64[states]
        Node of the county of each state; the first state of a node is the one for passing pressure mains.
    members : int64[part houses]
    """
    layers, states = graph.root.shape
    houses = graph.own.shape[0]
    into, in_arc, in_tail = reversed_arcs(states, graph.ptr, graph.head)
    away = np.full(layers * states, np.inf)
    following = np.full(layers * states, -1, dtype=np.int64)
    by = np.full(layers * states, -1, dtype=np.int64)
    first = np.zeros(states + 1, dtype=np.int64)  # house arcs by state
    for i in range(graph.house_state.shape[0]):
        first[graph.house_state[i] + 1] += 1
    for s in range(states):
        first[s + 1] += first[s]
    fill = first[:states].copy()
    entry = np.empty(graph.house_state.shape[0], dtype=np.int64)
    whose = np.empty(graph.house_state.shape[0], dtype=np.int64)
    for h in range(houses):
        for i in range(graph.house_ptr[h], graph.house_ptr[h + 1]):
            s = graph.house_state[i]
            entry[fill[s]], whose[fill[s]] = i, h
            fill[s] += 1
    served = np.zeros(houses, dtype=np.bool_)
    placed = np.full(layout.next_node.shape[0], -1, dtype=np.int64)  # house that gave the node its direction
    heap = [(0.0, 0, 0)]  # cost, state, house arc (−1: none)
    heap.pop()
    for x in range(layers * states):
        k, s = x // states, x % states
        if left.root[k, s] == 0.0 and graph.end[k, s] == graph.root[k, s] and graph.end[k, s] < np.inf:
            away[x] = graph.end[k, s] + TINY
            heapq.heappush(heap, (away[x], x, -1))
    for h in range(houses):
        if own_left[h] <= 1e-6:
            heapq.heappush(heap, (graph.own[h], -1, h))
    while len(heap) > 0:
        d, x, i = heapq.heappop(heap)
        if x < 0:
            served[i] = True
            continue
        k, s = x // states, x % states
        if i >= 0:
            h = whose[i]
            if served[h]:
                continue
            served[h] = True
            way = graph.way[entry[i]]
            layout.slot[members[h]], layout.pumped[members[h]] = way // 2, way % 2 == 1
            # The way down is free from now on. A node that has a direction keeps it; on a way that comes by twice the last
            # time counts, so there is no circle.
            y = x
            while away[y] > 0.0:
                away[y] = 0.0
                heapq.heappush(heap, (0.0, y, -1))
                z = following[y]
                if z < 0:
                    v = node_of[y % states]
                    if placed[v] < 0 or placed[v] == h:
                        placed[v], layout.next_node[v], layout.next_arc[v] = h, -1, -1
                        layout.lift_here[v] = False
                    break
                v, w = node_of[y % states], node_of[z % states]
                if v != w and (placed[v] < 0 or placed[v] == h):
                    placed[v] = h
                    layout.next_node[v], layout.next_arc[v] = w, by[y]
                    passing = z % states == 0 or node_of[z % states - 1] != w
                    began = y % states == 0 or node_of[y % states - 1] != v
                    layout.lift_here[v] = passing and not began
                y = z
            continue
        if d > away[x]:
            continue
        for j in range(first[s], first[s + 1]):
            if not served[whose[j]] and left.house_cost[k, entry[j]] <= 1e-6:
                heapq.heappush(heap, (d + graph.house_cost[k, entry[j]], x, j))
        if s > 0 and graph.deeper[s - 1] and away[x - 1] > d:
            away[x - 1], following[x - 1] = d, x
            heapq.heappush(heap, (d, x - 1, -1))
        for j in range(into[s], into[s + 1]):
            e, y = in_arc[j], k * states + in_tail[j]
            if left.cost[k, e] == 0.0 and d + graph.cost[k, e] < away[y]:
                away[y], following[y], by[y] = d + graph.cost[k, e], x, graph.street[e]
                heapq.heappush(heap, (away[y], y, -1))
