"""How many points stand near each of many short straight lines: houses in the way of a trench."""

import numpy as np
import numpy.typing as npt

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
CELL_M = 25.0


@bare
def _squared(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Squared distance of a point from a line between two points."""
    dx, dy = bx - ax, by - ay
    whole = dx * dx + dy * dy
    if whole == 0.0:
        return float((px - ax) * (px - ax) + (py - ay) * (py - ay))
    r = ((px - ax) * dx + (py - ay) * dy) / whole
    if r <= 0.0:
        return float((px - ax) * (px - ax) + (py - ay) * (py - ay))
    if r >= 1.0:
        return float((px - bx) * (px - bx) + (py - by) * (py - by))
    s = ((ay - py) * dx - (ax - px) * dy) / whole
    return float(s * s * whole)


@bare
def _count(
    start: Floats, end: Floats, x_m: Floats, y_m: Floats, origin: Floats, cell_m: float, columns: int, rows: int,
    first: Ints, item: Ints, within_m: float, count: Ints,
) -> None:  # fmt: skip
    for k in range(start.shape[0]):
        ax, ay, bx, by = start[k, 0], start[k, 1], end[k, 0], end[k, 1]
        c0 = max(0, int(np.floor((min(ax, bx) - within_m - origin[0]) / cell_m)))
        c1 = min(columns - 1, int(np.floor((max(ax, bx) + within_m - origin[0]) / cell_m)))
        r0 = max(0, int(np.floor((min(ay, by) - within_m - origin[1]) / cell_m)))
        r1 = min(rows - 1, int(np.floor((max(ay, by) + within_m - origin[1]) / cell_m)))
        near = 0
        if c0 <= c1:
            for r in range(r0, r1 + 1):
                for i in range(first[r * columns + c0], first[r * columns + c1 + 1]):
                    p = item[i]
                    if _squared(x_m[p], y_m[p], ax, ay, bx, by) <= within_m * within_m:
                        near += 1
        count[k] = near


def points_near(start_m: Floats, end_m: Floats, x_m: Floats, y_m: Floats, within_m: float) -> Ints:
    """How many points stand within a distance of each line; O((lines + points) near ones).

    Parameters
    ----------
    start_m, end_m : float64[lines, 2]
    x_m, y_m : float64[points]
        Finite.
    """
    count = np.zeros(start_m.shape[0], dtype=np.int64)
    if count.size == 0 or x_m.size == 0:
        return count
    origin = np.array([x_m.min(), y_m.min()])
    wide, high = float(np.ptp(x_m)), float(np.ptp(y_m))
    # A few far points must not ask for a grid of the whole world.
    cell = max(CELL_M, np.sqrt(wide / 2048 * high / 2048), wide / 2**20, high / 2**20)
    columns, rows = int(wide / cell) + 1, int(high / cell) + 1
    at = ((y_m - origin[1]) / cell).astype(np.int64) * columns + ((x_m - origin[0]) / cell).astype(np.int64)
    item = np.argsort(at, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=columns * rows))]).astype(np.int64)
    _count(
        np.ascontiguousarray(start_m), np.ascontiguousarray(end_m), x_m, y_m, origin, cell, columns, rows, first, item,
        within_m, count,
    )  # fmt: skip
    return count
