"""Lines as vertices: walking along the ground, cutting, measuring."""

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.world.relief import Relief

F64 = npt.NDArray[np.float64]

STEP_M = 15.0


def trace(relief: Relief, x: F64, y: F64, angle: F64, metres: F64, sway: F64) -> list[F64]:
    """Walk from points in directions, bending along the contour where it is steep; all at once."""
    steps = max(1, int(np.ceil(metres.max() / STEP_M)))
    path = np.empty((x.size, steps + 1, 2))
    path[:, 0] = np.column_stack([x, y])
    heading = angle.copy()
    e = relief.cell_m
    for k in range(steps):
        px, py = path[:, k, 0], path[:, k, 1]
        gx = (relief.height(px + e, py) - relief.height(px - e, py)) / (2 * e)
        gy = (relief.height(px, py + e) - relief.height(px, py - e)) / (2 * e)
        steep = np.hypot(gx, gy)
        contour = np.arctan2(gx, -gy)
        turn = np.angle(np.exp(1j * (contour - heading)))
        turn = np.where(np.abs(turn) > np.pi / 2, turn - np.sign(turn) * np.pi, turn)
        heading = heading + np.clip(turn, -0.5, 0.5) * np.clip(steep / 0.12, 0, 1) + sway * np.sin(k / 3.0)
        path[:, k + 1, 0] = px + STEP_M * np.cos(heading)
        path[:, k + 1, 1] = py + STEP_M * np.sin(heading)
    keep = np.maximum(2, np.round(metres / STEP_M).astype(np.int64) + 1)
    return [path[i, : keep[i]] for i in range(x.size)]


def length(line: F64) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def first(line: F64, metres: float) -> F64:
    """The first so many metres of a line."""
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    if run[-1] <= metres:
        return line
    k = int(np.searchsorted(run, metres))
    t = (metres - run[k - 1]) / (run[k] - run[k - 1])
    return np.vstack([line[:k], line[k - 1] + t * (line[k] - line[k - 1])])


def along(line: F64, chainage: F64) -> tuple[F64, F64]:
    """Points and unit directions at chainages along a line."""
    part = np.diff(line, axis=0)
    each = np.hypot(part[:, 0], part[:, 1])
    run = np.concatenate([[0.0], np.cumsum(each)])
    k = np.clip(np.searchsorted(run, chainage, side="right") - 1, 0, each.size - 1)
    t = (chainage - run[k]) / each[k]
    return line[k] + t[:, None] * part[k], part[k] / each[k][:, None]


def clear(lines: list[F64], fixed: list[F64]) -> list[F64 | None]:
    """Cut each new line where it would first meet a fixed one or an earlier new one; None when little is left."""
    geoms = np.array([shapely.LineString(line) for line in fixed + lines])
    tree = shapely.STRtree(geoms)
    a, b = tree.query(geoms[len(fixed) :], predicate="intersects")
    a = a + len(fixed)
    earlier = b < a
    out: list[F64 | None] = list(lines)
    cut: dict[int, float] = {}
    met = shapely.intersection(geoms[a[earlier]], geoms[b[earlier]])
    for i, point in zip(a[earlier].tolist(), met.tolist(), strict=True):
        spots = shapely.get_coordinates(point)
        reach = shapely.line_locate_point(geoms[i], shapely.points(spots))
        reach = reach[reach > 3.0]
        if reach.size:
            cut[i] = min(cut.get(i, np.inf), float(reach.min()))
    for i, reach in cut.items():
        out[i - len(fixed)] = first(lines[i - len(fixed)], reach) if reach > 30 else None
    return out
