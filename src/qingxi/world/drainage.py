"""Where water runs: filling of pits, receivers, drainage area (priority flood; Barnes et al. 2014, doi 10.1016/j.cageo.2013.04.024)."""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


@njit(cache=True)
def fill(ground: F64, step_m: float) -> tuple[F64, I64]:
    """Raise every pit until it spills, each cell at least ``step_m`` above the one it spills to.

    Returns the filled ground (same shape, metres) and all cells (flat index) in ascending order.
    Cells on the border are outlets.
    """
    ny, nx = ground.shape
    out = ground.copy()
    seen = np.zeros((ny, nx), dtype=np.bool_)
    order = np.empty(ny * nx, dtype=np.int64)
    heap = [(out[0, 0], np.int64(0))]
    heap.pop()
    for i in range(ny):
        for j in range(nx):
            if i == 0 or j == 0 or i == ny - 1 or j == nx - 1:
                heapq.heappush(heap, (out[i, j], np.int64(i * nx + j)))
                seen[i, j] = True
    count = 0
    while len(heap) > 0:
        height, cell = heapq.heappop(heap)
        order[count] = cell
        count += 1
        i = cell // nx
        j = cell % nx
        for di in range(-1, 2):
            for dj in range(-1, 2):
                a = i + di
                b = j + dj
                if a < 0 or b < 0 or a >= ny or b >= nx or seen[a, b]:
                    continue
                seen[a, b] = True
                if out[a, b] < height + step_m:
                    out[a, b] = height + step_m
                heapq.heappush(heap, (out[a, b], np.int64(a * nx + b)))
    return out, order


@njit(cache=True)
def receivers(ground: F64) -> I64:
    """Flat index of the steepest lower neighbour; a cell without one (border, pit) receives itself."""
    ny, nx = ground.shape
    out = np.empty(ny * nx, dtype=np.int64)
    for i in range(ny):
        for j in range(nx):
            best = 0.0
            to = i * nx + j
            if not (i == 0 or j == 0 or i == ny - 1 or j == nx - 1):
                for di in range(-1, 2):
                    for dj in range(-1, 2):
                        if di == 0 and dj == 0:
                            continue
                        fall = ground[i, j] - ground[i + di, j + dj]
                        if di != 0 and dj != 0:
                            fall /= 1.4142135623730951
                        if fall > best:
                            best = fall
                            to = (i + di) * nx + j + dj
            out[i * nx + j] = to
    return out


@njit(cache=True)
def drained_cells(to: I64, order: I64) -> F64:
    """How many cells drain through each cell, itself included; ``order`` ascends."""
    area = np.ones(to.size, dtype=np.float64)
    for k in range(order.size - 1, -1, -1):
        cell = order[k]
        if to[cell] != cell:
            area[to[cell]] += area[cell]
    return area


@njit(cache=True)
def erode(ground: F64, uplift: F64, rate: F64, cell_m: float, exponent: float, creep: float, steps: int) -> F64:
    """Wear a rising ground down by its own streams until valleys stand (implicit stream power, n = 1).

    ``uplift`` in metres a step, ``rate`` the erodibility, ``exponent`` on drainage area in square metres,
    ``creep`` the share by which a cell moves towards its four neighbours in a step (rounds the ridges).
    Braun and Willett 2013, doi 10.1016/j.geomorph.2012.10.008. The border is the fixed base level.
    """
    ny, nx = ground.shape
    z = ground.copy()
    rates = rate.ravel()
    for _ in range(steps):
        before = z.copy()
        for i in range(1, ny - 1):
            for j in range(1, nx - 1):
                mean = (before[i - 1, j] + before[i + 1, j] + before[i, j - 1] + before[i, j + 1]) / 4
                z[i, j] += creep * (mean - before[i, j])
        z, order = fill(z, 1e-3)
        to = receivers(z)
        area = drained_cells(to, order)
        flat = z.ravel()
        up = uplift.ravel()
        for k in range(order.size):
            cell = order[k]
            into = to[cell]
            if into == cell:
                continue
            di = abs(cell // nx - into // nx)
            dj = abs(cell % nx - into % nx)
            length = cell_m * (1.4142135623730951 if di + dj == 2 else 1.0)
            power = rates[cell] * (area[cell] * cell_m * cell_m) ** exponent / length
            flat[cell] = (flat[cell] + up[cell] + power * flat[into]) / (1.0 + power)
    return z


@njit(cache=True)
def height_above_stream(ground: F64, to: I64, order: I64, is_stream: npt.NDArray[np.bool_]) -> tuple[F64, I64]:
    """Metres above the stream cell (or outlet) that each cell drains to, and that cell's flat index."""
    flat = ground.ravel()
    into = np.empty(to.size, dtype=np.int64)
    for k in range(order.size):
        cell = order[k]
        into[cell] = cell if is_stream[cell] or to[cell] == cell else into[to[cell]]
    out = np.empty(to.size, dtype=np.float64)
    for cell in range(to.size):
        out[cell] = flat[cell] - flat[into[cell]]
    return out.reshape(ground.shape), into
