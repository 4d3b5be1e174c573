"""The kernel of :mod:`qingxi.sewer.exact_tree`: one table of costs a pipe, from the heads down, then the choice read back."""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NONE = np.int32(-1)


@bare
def piece_cost(pieces: Floats, depth_m: float) -> float:
    """A piecewise polynomial at a depth."""
    i = 0
    while i < pieces.shape[0] - 1 and depth_m > pieces[i, 0]:
        i += 1
    return float(pieces[i, 1] + depth_m * (pieces[i, 2] + depth_m * pieces[i, 3]))


@bare
def _cheapest_above(arriving: Floats) -> None:
    """In place: at (diameter, level) the least of all diameters not larger and levels not lower."""
    for d in range(arriving.shape[0]):
        for j in range(arriving.shape[1]):
            best = arriving[d, j]
            if d > 0:
                best = min(best, arriving[d - 1, j])
            if j > 0:
                best = min(best, arriving[d, j - 1])
            arriving[d, j] = best


@njit(cache=True)
def exact_levels(
    order: Ints, next_pipe: Ints, length_m: Floats, ground_up_m: Floats, ground_down_m: Floats, level_most_m: Floats,
    base_up: Ints, base_down: Ints, levels: int, step_m: float, above_m: Floats, least_depth_m: Floats,
    greatest_depth_m: float, low: Ints, high: Ints, pipe: Floats, spread: Floats, manhole: Floats, end_manhole: Floats,
    pump: Floats,
) -> tuple[float, Ints, Ints, Ints, npt.NDArray[np.bool_]]:  # fmt: skip
    """Level j of a pipe's end is ``base − j`` grid steps high; returns cost, diameter, level up and down, pumped."""
    n, many = order.shape[0], above_m.shape[0]
    fall_from = np.full((n, many, levels), NONE, dtype=np.int32)  # the level up that is best for a level down
    arrived = np.full((n, many, levels), np.inf)  # cost of all upstream, the pipe at this diameter and lower level
    by_pump = np.zeros((n, many, levels), dtype=np.bool_)
    gathered = np.zeros((n, many, levels))  # of the pipes that flow into each, without a pump
    anew = np.zeros((n, many))
    fed = np.zeros(n, dtype=np.bool_)
    start = np.empty(levels)
    along = np.empty(2 * levels)
    for q in order:
        length = length_m[q]
        for d in range(many):
            # Cost of starting at each level.
            for j in range(levels):
                z = (base_up[q] - j) * step_m
                start[j] = np.inf
                depth = ground_up_m[q] - z + above_m[d]
                if ground_up_m[q] - z < least_depth_m[d] - 1e-9 or depth > greatest_depth_m + 1e-9:
                    continue
                if z > level_most_m[q] + 1e-9:
                    continue
                before = gathered[q, d, j]
                if fed[q] and anew[q, d] + pump[q] < before:
                    before = anew[q, d] + pump[q]
                    by_pump[q, d, j] = True
                start[j] = before + piece_cost(manhole[d], depth)
            total = ground_up_m[q] + ground_down_m[q] - step_m * (base_up[q] + base_down[q]) + 2 * above_m[d]
            for s in range(2 * levels):
                along[s] = length * piece_cost(pipe[d], 0.5 * (total + step_m * s))
            # fall = (base_up − j) − (base_down − i), between low and high.
            offset = base_up[q] - base_down[q]
            for i in range(levels):
                z = (base_down[q] - i) * step_m
                depth = ground_down_m[q] - z + above_m[d]
                if ground_down_m[q] - z < least_depth_m[d] - 1e-9 or depth > greatest_depth_m + 1e-9:
                    continue
                first = max(0, offset + i - high[q, d])
                last = min(levels - 1, offset + i - low[q, d])
                best, at = np.inf, -1
                if spread[d] == 0.0:
                    for j in range(first, last + 1):
                        cost = start[j] + along[i + j]
                        if cost < best:
                            best, at = cost, j
                else:
                    for j in range(first, last + 1):
                        deeper = depth - (ground_up_m[q] - (base_up[q] - j) * step_m + above_m[d])
                        cost = start[j] + along[i + j] + length * spread[d] * deeper * deeper
                        if cost < best:
                            best, at = cost, j
                if at >= 0:
                    if next_pipe[q] < 0:
                        best += piece_cost(end_manhole[d], depth)
                    arrived[q, d, i] = best
                    fall_from[q, d, i] = at
        p = next_pipe[q]
        if p >= 0:
            fed[p] = True
            least = arrived[q].copy()
            _cheapest_above(least)
            shift = base_down[q] - base_up[p]
            for d in range(many):
                anew[p, d] += least[d, levels - 1]
                for j in range(levels):
                    i = j + shift
                    gathered[p, d, j] += np.inf if i < 0 else least[d, min(i, levels - 1)]
    diameter = np.full(n, -1, dtype=np.int64)
    up, down = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    pumped = np.zeros(n, dtype=np.bool_)
    cost = 0.0
    for k in range(n - 1, -1, -1):
        q = order[k]
        p = next_pipe[q]
        widest, lowest = many - 1, levels - 1
        if p >= 0:
            if diameter[p] < 0:
                continue
            widest = diameter[p]
            if not pumped[p]:
                lowest = min(levels - 1, base_down[q] - up[p])
        best = np.inf
        for d in range(widest + 1):
            for i in range(lowest + 1):
                if arrived[q, d, i] < best:
                    best, diameter[q], down[q] = arrived[q, d, i], d, i
        if p < 0:
            cost += best
        if diameter[q] < 0:
            continue
        d, i = diameter[q], down[q]
        j = fall_from[q, d, i]
        pumped[q] = by_pump[q, d, j]
        up[q], down[q] = base_up[q] - j, base_down[q] - i
    return cost, diameter, up, down, pumped
