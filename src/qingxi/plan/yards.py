"""Shared laterals past a neighbour's house (串户): inspection chambers in yards, where several houses lie far from the street.

A chamber in the yard of house g and a pipe from it to the street cost so much; each house within reach saves the
difference of its lateral. Only chambers whose savings can pay, at the best, are put into the graph.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.input import PlanInput
from qingxi.plan.shortcuts import off_street_surface, off_waters_and_protected, straight_lines
from qingxi.sewer import SewerKit
from qingxi.standard import Table
from qingxi.terrain import Surface, Surrounds, TrenchGraph, extend_graph, points_near

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEIGHBOURS = 3


class Yards(NamedTuple):
    """The graph with its chambers, and which of its nodes they are."""

    graph: TrenchGraph
    node: Ints


def with_yards(
    given: PlanInput, graph: TrenchGraph, node: Ints, run_m: Floats, kit: SewerKit, norms: Table, by: Surrounds
) -> Yards:
    """Put chambers and their pipes into the graph; O(houses log houses).

    Parameters
    ----------
    node, run_m : [houses, slots]
        Street nodes that each house may tie in to (−1 none) and the length of its lateral.
    """
    houses = given.households
    none = Yards(graph, np.zeros(0, dtype=np.int64))
    if not norms["yard.use"] or houses is None or graph.nodes == 0:
        return none
    chosen = _worth(houses.x_m, houses.y_m, graph, node, run_m, kit, norms)
    if chosen.size == 0:
        return none
    xy = np.column_stack([houses.x_m, houses.y_m])[chosen]
    street = np.column_stack([graph.x_m, graph.y_m])
    way = street[node[chosen, 0]] - xy
    place = np.round(xy + way * (norms["yard.offset"] / np.hypot(*way.T))[:, None], 3)
    start, end = _pipes(place, street, node[chosen], norms["yard.reach"])
    # A pipe begins in the yard of its own house, the only one that may stand near it; one between chambers has two such.
    own = np.where(np.arange(start.shape[0]) < (node[chosen, :2] >= 0).sum(), 1, 2)
    free = points_near(start, end, houses.x_m, houses.y_m, norms["yard.house_clear"]) == own
    lines = straight_lines(start[free], end[free])
    lines = lines[off_waters_and_protected(lines, given)]
    if lines.size == 0:
        return none
    wider = extend_graph(graph, lines, off_street_surface(lines, given.land), by)
    known = {(round(x * 1000), round(y * 1000)) for x, y in place}
    added = range(graph.nodes, wider.nodes)
    yard = [v for v in added if (round(wider.x_m[v] * 1000), round(wider.y_m[v] * 1000)) in known]
    return Yards(wider, np.array(yard, dtype=np.int64))


def _worth(
    x_m: Floats, y_m: Floats, graph: TrenchGraph, node: Ints, run_m: Floats, kit: SewerKit, norms: Table
) -> Ints:
    """Houses in whose yard a chamber pays by what it saves on laterals, no more than the graph may grow by."""
    from scipy.spatial import cKDTree

    told = np.flatnonzero((node[:, 0] >= 0) & (run_m[:, 0] > 2 * norms["yard.offset"]))
    if told.size < 2:
        return told[:0]
    run = run_m[told, 0]
    here = np.column_stack([x_m[told], y_m[told]])
    pairs = cKDTree(here).query_pairs(norms["yard.reach"], output_type="ndarray")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    at, of = both[:, 0], both[:, 1]
    apart = np.hypot(*(here[at] - here[of]).T)
    least = kit.depth_min_m[0]
    k = int(Surface.OFFSTREET)
    metre = kit.trench_a[0, k] + kit.trench_b[0, k] * least + kit.trench_c[0, k] * least**2
    chamber = kit.manhole_base + kit.manhole_per_depth * least
    worth = kit.lateral_per_m * np.maximum(run[of] - apart, 0.0)
    own = kit.lateral_per_m * (run - norms["yard.offset"])
    # At the best a chamber's pipe only reaches the next one on the way to the street.
    link, saved = run.copy(), own.copy()
    np.add.at(saved, at, worth)
    forward = run[of] < run[at]
    np.minimum.at(link, at[forward], apart[forward])
    best = saved - metre * link - chamber
    order = np.argsort(-best, kind="stable")
    order = order[best[order] > 0]
    start = np.searchsorted(at, np.arange(told.size + 1))
    street = np.column_stack([graph.x_m, graph.y_m])[node[told, 0]]
    direct = np.zeros(told.size, dtype=bool)
    direct[order] = points_near(here[order], street[order], x_m, y_m, norms["yard.house_clear"]) == 1
    most = int(max(norms["yard.few"], norms["yard.growth"] * graph.nodes))
    taken, claimed = np.zeros(told.size, dtype=bool), np.zeros(told.size, dtype=bool)
    for g in order:
        if taken[g]:
            continue
        chain, pipe_m = _way_out(g, direct, taken, run, start, of, apart)
        if not chain:
            continue
        gain = -metre * pipe_m - chamber * len(chain)
        served: set[int] = set()
        for c in chain:
            near = slice(start[c], start[c + 1])
            for h, yuan in zip(of[near], worth[near], strict=True):
                if yuan > 0 and not claimed[h] and h not in served:
                    served.add(int(h))
                    gain += yuan
            if not claimed[c] and c not in served:
                served.add(c)
                gain += own[c]
        if gain > 0:
            taken[chain] = True
            claimed[list(served)] = True
            if taken.sum() >= most:
                break
    return told[taken]


def _way_out(
    g: int, direct: Bools, taken: Bools, run: Floats, start: Ints, of: Ints, apart: Floats
) -> tuple[list[int], float]:
    """Yards from one to the street or to a chamber that is there, each the nearest nearer to the street; metres of pipe.

    Empty where a house stands in the way and no neighbour leads on.
    """
    chain, pipe_m, here = [int(g)], 0.0, int(g)
    while True:
        near = slice(start[here], start[here + 1])
        ready = np.flatnonzero(taken[of[near]])
        to_chamber = apart[near][ready].min() if ready.size else np.inf
        if direct[here] or ready.size:
            return chain, pipe_m + min(to_chamber, run[here] if direct[here] else np.inf)
        forward = np.flatnonzero(run[of[near]] < run[here])
        if not forward.size:
            return [], 0.0
        step = forward[np.argmin(apart[near][forward])]
        pipe_m += float(apart[near][step])
        here = int(of[near][step])
        chain.append(here)


def _pipes(place: Floats, street: Floats, node: Ints, reach_m: float) -> tuple[Floats, Floats]:
    """Where pipes begin and end: from chambers to the street nodes of their house, and between near chambers."""
    from scipy.spatial import cKDTree

    row, slot = np.nonzero(node[:, :2] >= 0)
    begin, end = [place[row]], [street[node[row, slot]]]
    if place.shape[0] > 1:
        near = min(NEIGHBOURS + 1, place.shape[0])
        distance, other = cKDTree(place).query(place, k=near, distance_upper_bound=reach_m)
        i, j = np.nonzero(np.isfinite(distance))
        pair = np.unique(np.sort(np.column_stack([i, other[i, j]]), axis=1), axis=0)
        pair = pair[pair[:, 0] != pair[:, 1]]
        begin.append(place[pair[:, 0]])
        end.append(place[pair[:, 1]])
    return np.concatenate(begin), np.concatenate(end)
