"""Where people settle: township seats, villages, and hamlets of four shapes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from qingxi.world.chance import chance
from qingxi.world.names import hamlet_names, township_names, village_names
from qingxi.world.relief import Relief, smooth_noise
from qingxi.world.size import TOWNSHIPS, Size

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

PERIURBAN, COMPACT, RIBBON, SCATTERED = 0, 1, 2, 3
SHAPE_NAMES = ("城镇边上", "平坝集居", "沿路条状", "坡上散居")
_HOUSEHOLDS = {PERIURBAN: (150, 300), COMPACT: (70, 150), RIBBON: (36, 72), SCATTERED: (25, 62)}
_BLOCK = 4  # fine cells a side of a settling cell


@dataclass(frozen=True)
class Settlement:
    """Townships, villages and hamlets as plain columns.

    ``*_x``, ``*_y`` in metres of the zone. Township 0 holds the county seat; ``township_plant`` says which seats have a
    plant of their own. ``hamlet_target`` is the number of households wanted there.
    """

    county_code: str
    township_code: list[str]
    township_name: list[str]
    township_x: F64
    township_y: F64
    township_plant: npt.NDArray[np.bool_]
    village_code: list[str]
    village_name: list[str]
    village_township: I64
    village_x: F64
    village_y: F64
    hamlet_id: list[str]
    hamlet_name: list[str]
    hamlet_village: I64
    hamlet_x: F64
    hamlet_y: F64
    hamlet_shape: I64
    hamlet_target: I64
    village_of_cell: npt.NDArray[np.int32]
    """Village index of each settling cell (120 m); -1 outside the county."""


def county_mask(seed: int, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Cells inside the county's border: a bent oval."""
    row, col = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    bend = smooth_noise(chance(seed, "border"), shape, max(shape) / 7)
    inside: npt.NDArray[np.bool_] = (np.abs(row) ** 2.6 + np.abs(col) ** 2.6) ** (1 / 2.6) + 0.035 * bend < 0.94
    return inside


def _spread(rng: np.random.Generator, xy: F64, weight: F64, near: F64, count: int, apart_m: float) -> list[int]:
    """Weighted draw of cells that keep their distance from each other and from ``near``; distance gives way if need be."""
    key = rng.exponential(size=weight.size) / np.maximum(weight, 1e-12)
    order = np.argsort(key, kind="stable")
    picked: list[int] = []
    while len(picked) < count and apart_m > 60:
        for i in order:
            if len(picked) == count:
                break
            others = np.vstack([near, xy[picked]]) if picked else near
            if others.size and np.min(np.hypot(*(others - xy[i]).T)) < apart_m:
                continue
            picked.append(int(i))
        apart_m *= 0.75
    return picked


def _share(total: int, weight: F64) -> I64:
    """Whole numbers in proportion to weights that add up to the total, each at least 1."""
    exact = np.maximum(weight / weight.sum() * total, 1.0)
    out = np.floor(exact).astype(np.int64)
    short = total - int(out.sum())
    order = np.argsort(out - exact, kind="stable") if short > 0 else np.argsort(-out, kind="stable")
    for k in range(abs(short)):
        out[order[k % order.size]] += 1 if short > 0 else -1
    return out


def settle(seed: int, size: Size, relief: Relief, county_code: str) -> Settlement:
    """Choose where the county lives; the same seed and size give the same county."""
    rng = chance(seed, "settle")
    ny, nx = (n // _BLOCK for n in relief.ground_m.shape)

    def blocks(layer: F64) -> F64:
        return layer[: ny * _BLOCK, : nx * _BLOCK].reshape(ny, _BLOCK, nx, _BLOCK).mean(axis=(1, 3))

    slope, above = blocks(relief.slope), blocks(relief.above_stream_m)
    river = relief.area_m2[: ny * _BLOCK, : nx * _BLOCK].reshape(ny, _BLOCK, nx, _BLOCK).max(axis=(1, 3))
    inside = county_mask(seed, (ny, nx))
    step = _BLOCK * relief.cell_m
    col, row = np.meshgrid(np.arange(nx), np.arange(ny))
    x, y = relief.west_m + (col + 0.5) * step, relief.north_m - (row + 0.5) * step
    cells = np.flatnonzero(inside.ravel())
    xy = np.column_stack([x.ravel(), y.ravel()])[cells]
    slope, above, river = slope.ravel()[cells], above.ravel()[cells], river.ravel()[cells]
    valley = (
        np.exp(-((slope / 0.06) ** 2)) * np.exp(-above / 25) * (0.3 + np.clip(np.log10(river / 3e5), 0, 2.5)) + 1e-9
    )
    hill = np.exp(-(((slope - 0.17) / 0.07) ** 2)) * np.exp(-above / 140) + 1e-9

    crowd = rng.choice(
        cells.size, size=min(cells.size, 12_000), p=(valley + 0.15 * hill) / (valley + 0.15 * hill).sum()
    )
    centre, _ = kmeans2(xy[crowd], size.townships, minit="++", rng=rng, iter=25)
    centre = centre[~np.isnan(centre[:, 0])]
    seats = []
    for c in centre:
        pull = valley * np.exp(-((np.hypot(*(xy - c).T) / 1800) ** 2))
        seats.append(int(np.argmax(pull)))
    room = np.bincount(cKDTree(xy[seats]).query(xy)[1], weights=valley + 0.1 * hill, minlength=len(seats))
    known = [TOWNSHIPS[i % 12] if i < 12 else None for i in range(len(seats))]
    seats = [seats[i] for i in np.argsort(-room, kind="stable")]
    rng_names = chance(seed, "names")
    drawn = township_names(rng_names, len(seats))
    town_name = [k[0] if k else drawn[i] for i, k in enumerate(known)]
    town_code = [
        county_code + (k[1] if k else f"{106 + i - 12 if i < 106 else 206 + i - 106:03d}")
        for i, k in enumerate(known)
    ]
    seat_xy = xy[seats]
    plant = np.zeros(len(seats), dtype=np.bool_)
    plant[: size.town_plants + 1] = True  # the county seat's plant besides

    town_of = cKDTree(seat_xy).query(xy)[1]
    if size.name == "county" and len(seats) == 12 and size.villages == 79:
        per_town = np.array([t[2] for t in TOWNSHIPS])
    else:
        per_town = _share(size.villages, np.sort(room)[::-1] ** 0.5)
    names = village_names(rng_names, town_name, [int(n) for n in per_town])
    v_code: list[str] = []
    v_name: list[str] = []
    v_town: list[int] = []
    v_cell: list[int] = []
    for t in range(len(seats)):
        own = np.flatnonzero(town_of == t)
        want = int(per_town[t])
        weight = valley[own] + 0.12 * hill[own]
        picked = rng.choice(own, size=min(own.size, 2_500), p=weight / weight.sum())
        spots, _ = (
            kmeans2(xy[picked], want, minit="++", rng=rng, iter=15) if want > 1 else (seat_xy[t : t + 1], None)
        )
        for k in range(want):
            pull = valley[own] * np.exp(-((np.hypot(*(xy[own] - spots[k]).T) / 700) ** 2))
            v_code.append(f"{town_code[t]}{201 + k:03d}")
            v_name.append(names[t][k])
            v_town.append(t)
            v_cell.append(int(own[np.argmax(pull)]))
    village_xy = xy[v_cell]
    bend = 350 * np.column_stack(
        [smooth_noise(rng, (ny, nx), 14).ravel()[cells], smooth_noise(rng, (ny, nx), 14).ravel()[cells]]
    )
    village_of = cKDTree(village_xy).query(xy + bend)[1]

    # Hamlets: those at a town's edge first, then each village's own.
    per_village = _share(size.hamlets, np.bincount(village_of, minlength=len(v_cell)) ** 0.5)
    edge_share = 0.1 if size.name != "hamlet" else 0.2
    edge_of = _share(
        max(1, round(size.hamlets * edge_share)),
        np.where(plant, np.where(np.arange(plant.size) == 0, 3.5, 1.0), 1e-9)[plant],
    )
    h_cell: list[int] = []
    h_shape: list[int] = []
    h_village: list[int] = []
    left = per_village.astype(np.int64).copy()
    for t, want in zip(np.flatnonzero(plant), edge_of, strict=True):
        far = np.hypot(*(xy - seat_xy[t]).T)
        ring = np.flatnonzero(
            (far > 350)
            & (far < 1500 + (900 if t == 0 else 0))
            & (left[village_of] > 1 if size.villages > 1 else True)
        )
        for i in _spread(rng, xy[ring], valley[ring], seat_xy, int(want), 420):
            village = int(village_of[ring[i]])
            if left[village] < 1:
                continue
            left[village] -= 1
            h_cell.append(int(ring[i]))
            h_shape.append(PERIURBAN)
            h_village.append(village)
    for v in range(len(v_cell)):
        own = np.flatnonzero(village_of == v)
        if own.size == 0:
            own = np.array([v_cell[v]])
        near = np.vstack([xy[h_cell], seat_xy]) if h_cell else seat_xy
        flat = int(np.ceil(left[v] * 0.42)) if size.name != "hamlet" else 2
        for count, weight in ((flat, valley[own]), (int(left[v]) - flat, hill[own])):
            if count <= 0:
                continue
            for i in _spread(rng, xy[own], weight, near, count, 520):
                cell = int(own[i])
                h_cell.append(cell)
                h_village.append(v)
                if slope[cell] > 0.115 or (weight is not valley[own] and slope[cell] > 0.09):
                    h_shape.append(SCATTERED)
                else:
                    h_shape.append(COMPACT if rng.random() < 0.58 else RIBBON)
            near = np.vstack([xy[h_cell], seat_xy])
    order = np.lexsort((np.arange(len(h_cell)), h_village))
    shape = np.array(h_shape, dtype=np.int64)[order]
    village = np.array(h_village, dtype=np.int64)[order]
    spot = xy[np.array(h_cell)[order]]
    low = np.array([_HOUSEHOLDS[k][0] for k in range(4)])[shape]
    high = np.array([_HOUSEHOLDS[k][1] for k in range(4)])[shape]
    target = _share(size.households, rng.uniform(low, high))
    counts = np.bincount(village, minlength=len(v_cell))
    number = np.concatenate([np.arange(1, c + 1) for c in counts])
    cell_village = np.full(ny * nx, -1, dtype=np.int32)
    cell_village[cells] = village_of
    return Settlement(
        county_code=county_code,
        township_code=town_code,
        township_name=town_name,
        township_x=seat_xy[:, 0],
        township_y=seat_xy[:, 1],
        township_plant=plant,
        village_code=v_code,
        village_name=v_name,
        village_township=np.array(v_town, dtype=np.int64),
        village_x=village_xy[:, 0],
        village_y=village_xy[:, 1],
        hamlet_id=[f"{v_code[v]}{k:03d}" for v, k in zip(village, number, strict=True)],
        hamlet_name=hamlet_names(rng_names, [int(c) for c in counts]),
        hamlet_village=village,
        hamlet_x=spot[:, 0],
        hamlet_y=spot[:, 1],
        hamlet_shape=shape,
        hamlet_target=target,
        village_of_cell=cell_village.reshape(ny, nx),
    )
