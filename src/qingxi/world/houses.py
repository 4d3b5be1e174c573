"""Houses along streets: where they could stand, and which are built."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from qingxi.world.lines import along, length
from qingxi.world.relief import STREAM_M2, Relief
from qingxi.world.settle import SCATTERED

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def candidate_houses(
    rng: np.random.Generator, n: int, arms_of: dict[int, list[F64]], shape: I64, spacing: F64
) -> tuple[F64, F64, I64]:
    """Candidate houses on both sides (RULE 4 of streets): x, y and hamlet."""
    xs, ys, hs = [], [], []
    for h in range(n):
        for line in arms_of.get(h, []):
            whole = length(line)
            if shape[h] == SCATTERED:
                count = int(whole / 105) + 1
                base = np.sort(rng.uniform(15, max(whole, 16), count))
                many = rng.choice([1, 2, 3, 4], size=count, p=[0.38, 0.32, 0.2, 0.1])
                run = np.repeat(base, many) + np.concatenate([np.arange(m) * 15.0 for m in many])
                side = np.repeat(rng.choice([-1, 1], count), many)
                off = np.repeat(rng.uniform(10, 38, count), many) + rng.normal(0, 2, run.size)
                keep = run < whole
                run, side, off = run[keep], side[keep], off[keep]
            else:
                one = np.arange(8.0, whole, spacing[h])
                run = np.concatenate([one, one + spacing[h] / 2])
                run = run + rng.normal(0, spacing[h] * 0.12, run.size)
                side = np.repeat([-1, 1], one.size)
                off = rng.uniform(7.5, 12.5, run.size)
                keep = (run > 0) & (run < whole) & (rng.random(run.size) < 0.94)
                run, side, off = run[keep], side[keep], off[keep]
            if run.size == 0:
                continue
            spot, way = along(line, run)
            xs.append(spot[:, 0] - side * off * way[:, 1])
            ys.append(spot[:, 1] + side * off * way[:, 0])
            hs.append(np.full(run.size, h))
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(hs).astype(np.int64)


def choose_houses(
    rng: np.random.Generator,
    relief: Relief,
    houses: tuple[F64, F64, I64],
    want: I64,
    hx: F64,
    hy: F64,
) -> tuple[F64, F64, I64]:
    """Keep buildable houses (RULE 5 of streets), the nearest to the hamlet's middle first, as many in all as wanted."""
    x, y, h = houses
    west, south, east, north = relief.box
    wet = np.where(relief.area_m2 > STREAM_M2, 1.0, 0.0)
    ok = (relief.at(relief.slope, x, y) < 0.35) & (relief.at(wet, x, y) < 0.25)
    ok &= (x > west + 90) & (x < east - 90) & (y > south + 90) & (y < north - 90)
    x, y, h = x[ok], y[ok], h[ok]
    far = np.hypot(x - hx[h], y - hy[h]) + rng.uniform(0, 25, x.size)
    order = np.lexsort((far, h))
    x, y, h = x[order], y[order], h[order]
    near = cKDTree(np.column_stack([x, y])).query_pairs(8.0, output_type="ndarray")
    drop = np.zeros(x.size, dtype=np.bool_)
    for a, b in near[np.lexsort((near[:, 1], near[:, 0]))].tolist():
        if not drop[a]:
            drop[b] = True
    x, y, h = x[~drop], y[~drop], h[~drop]
    have = np.bincount(h, minlength=want.size)
    rank = np.arange(x.size) - np.concatenate([[0], np.cumsum(have)])[h]
    take = rank < want[h]
    short = int(want.sum() - take.sum())
    if short > 0:  # what some hamlets cannot hold, others with room take
        spare = np.flatnonzero(~take)
        fullness = rank[spare] / want[h[spare]] + rng.uniform(0, 0.05, spare.size)
        take[spare[np.argsort(fullness, kind="stable")[:short]]] = True
    return x[take], y[take], h[take]
