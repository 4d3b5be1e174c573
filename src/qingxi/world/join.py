"""Giving lines that meet a vertex in common, as a clean street file has it."""

import numpy as np
import numpy.typing as npt
import shapely

F64 = npt.NDArray[np.float64]

_SNAP_M = 0.6
_SAME_M = 0.02


def join(lines: list[F64]) -> list[F64]:
    """Snap ends that nearly touch another line onto it, and put a shared vertex wherever two lines meet.

    Cost: two passes of one spatial index.
    """
    out = [np.round(line, 3) for line in lines]
    geoms = np.array([shapely.LineString(line) for line in out], dtype=object)
    tree = shapely.STRtree(geoms)
    ends = np.vstack([line[[0, -1]] for line in out])
    which, met = tree.query(shapely.points(ends), predicate="dwithin", distance=_SNAP_M)
    other = which // 2 != met
    which, met = which[other], met[other]
    spots = shapely.get_coordinates(
        shapely.line_interpolate_point(
            geoms[met], shapely.line_locate_point(geoms[met], shapely.points(ends[which]))
        )
    )
    add: dict[int, list[F64]] = {}
    for e, j, spot in zip(which.tolist(), met.tolist(), np.round(spots, 3), strict=True):
        i, last = divmod(e, 2)
        near = out[j][int(np.argmin(np.hypot(*(out[j] - spot).T)))]
        if np.hypot(*(near - spot)) < 1.0:
            spot = near  # a vertex stands there already
        else:
            add.setdefault(j, []).append(spot)
        out[i][-last] = spot
    out = [_with(line, add.get(i, [])) for i, line in enumerate(out)]
    geoms = np.array([shapely.LineString(line) for line in out], dtype=object)
    a, b = shapely.STRtree(geoms).query(geoms, predicate="crosses")
    first = a < b
    add = {}
    for i, j, got in zip(
        a[first].tolist(), b[first].tolist(), shapely.intersection(geoms[a[first]], geoms[b[first]]), strict=True
    ):
        for spot in np.round(shapely.get_coordinates(got), 3):
            add.setdefault(i, []).append(spot)
            add.setdefault(j, []).append(spot)
    return [_with(line, add.get(i, [])) for i, line in enumerate(out)]


def _with(line: F64, spots: list[F64]) -> F64:
    """The line with these points put in where they lie along it."""
    for spot in spots:
        if np.hypot(*(line - spot).T).min() < _SAME_M:
            continue
        a, d = line[:-1], np.diff(line, axis=0)
        t = np.clip(((spot - a) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), 1e-12), 0, 1)
        k = int(np.argmin(np.hypot(*(a + t[:, None] * d - spot).T)))
        line = np.vstack([line[: k + 1], spot, line[k + 1 :]])
    return line
