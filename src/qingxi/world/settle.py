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
_HOUSEHOLDS = {PERIURBAN: (235, 450), COMPACT: (92, 175), RIBBON: (44, 80), SCATTERED: (36, 118)}
_FLAT_SHARE = 0.42  # of a village's hamlets that look for valley ground
_EDGE_SHARE = 0.15  # of all hamlets that lie at a town's edge
_SMALL_EDGE = 5  # the town of this rank has grown little: its plant's owner takes nobody else in
_BLOCK = 4  # fine cells a side of a settling cell


@dataclass(frozen=True)
class Settlement:
    """Townships, villages and hamlets as plain columns.

    ``*_x``, ``*_y`` in metres of the zone. Township 0 holds the county seat; ``township_plant`` says which seats have a
    plant of their own. ``hamlet_target`` is the number of households wanted there. ``village_of_cell`` is the village
    index of each settling cell (120 m), -1 outside the county.
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


@dataclass(frozen=True)
class _Cells:
    """Settling cells inside the county: where they lie, and how well they suit valley and hill people."""

    index: I64
    grid: tuple[int, int]
    xy: F64
    height: F64
    slope: F64
    valley: F64
    hill: F64


def county_mask(seed: int, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Cells inside the county's border: a bent oval."""
    row, col = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    bend = smooth_noise(chance(seed, "border"), shape, max(shape) / 7)
    inside: npt.NDArray[np.bool_] = (np.abs(row) ** 2.6 + np.abs(col) ** 2.6) ** (1 / 2.6) + 0.035 * bend < 0.94
    return inside


def share(total: int, weight: F64) -> I64:
    """Whole numbers in proportion to weights that add up to the total, each at least 1."""
    exact = np.maximum(weight / weight.sum() * total, 1.0)
    out: I64 = np.floor(exact).astype(np.int64)
    short = total - int(out.sum())
    order = np.argsort(out - exact, kind="stable") if short > 0 else np.argsort(-out, kind="stable")
    for k in range(abs(short)):
        out[order[k % order.size]] += 1 if short > 0 else -1
    return out


def _cells(seed: int, relief: Relief) -> _Cells:
    slope = relief.blocks(relief.slope, _BLOCK)
    ny, nx = slope.shape
    index = np.flatnonzero(county_mask(seed, (ny, nx)).ravel())
    step = _BLOCK * relief.cell_m
    col, row = np.meshgrid(np.arange(nx), np.arange(ny))
    x, y = relief.west_m + (col + 0.5) * step, relief.north_m - (row + 0.5) * step
    steep = slope.ravel()[index]
    above = relief.blocks(relief.above_stream_m, _BLOCK).ravel()[index]
    river = relief.blocks(relief.area_m2, _BLOCK, most=True).ravel()[index]
    valley = np.exp(-((steep / 0.06) ** 2)) * np.exp(-above / 25) * (0.3 + np.clip(np.log10(river / 3e5), 0, 2.5))
    hill = np.exp(-(((steep - 0.17) / 0.07) ** 2)) * np.exp(-above / 140)
    xy = np.column_stack([x.ravel(), y.ravel()])[index]
    height = relief.blocks(relief.ground_m, _BLOCK).ravel()[index]
    return _Cells(index, (ny, nx), xy, height, steep, valley + 1e-9, hill + 1e-9)


def _spread(rng: np.random.Generator, xy: F64, weight: F64, near: F64, count: int, apart_m: float) -> list[int]:
    """Weighted draw of cells that keep their distance from each other and from ``near``.

    Where the room does not suffice the distance gives way.
    """
    key = rng.exponential(size=weight.size) / np.maximum(weight, 1e-12)
    order = np.argsort(key, kind="stable")
    away = cKDTree(near).query(xy)[0] if near.size else np.full(weight.size, np.inf)
    picked: list[int] = []
    while len(picked) < count and apart_m > 60:
        for i in order:
            if len(picked) == count:
                break
            if away[i] < apart_m:
                continue
            picked.append(int(i))
            away = np.minimum(away, np.hypot(xy[:, 0] - xy[i, 0], xy[:, 1] - xy[i, 1]))
        apart_m *= 0.75
    return picked


def _seats(rng: np.random.Generator, size: Size, c: _Cells) -> tuple[list[int], F64]:
    """Cell of each township seat, the roomiest township first, and the room of each."""
    weight = c.valley + 0.15 * c.hill
    crowd = rng.choice(c.index.size, size=min(c.index.size, 12_000), p=weight / weight.sum())
    centre, _ = kmeans2(c.xy[crowd], size.townships, minit="++", rng=rng, iter=25)
    centre = centre[~np.isnan(centre[:, 0])]
    seats = [int(np.argmax(c.valley * np.exp(-((np.hypot(*(c.xy - at).T) / 1800) ** 2)))) for at in centre]
    room: F64 = np.bincount(
        cKDTree(c.xy[seats]).query(c.xy)[1], weights=c.valley + 0.1 * c.hill, minlength=len(seats)
    ).astype(np.float64)
    order = np.argsort(-room, kind="stable")
    return [seats[i] for i in order], room[order]


def _villages(rng: np.random.Generator, c: _Cells, seats: list[int], per_town: I64) -> tuple[list[int], list[int]]:
    """Township and cell of each village."""
    town_of = cKDTree(c.xy[seats]).query(c.xy)[1]
    towns: list[int] = []
    cells: list[int] = []
    for t, want in enumerate(per_town.tolist()):
        own = np.flatnonzero(town_of == t)
        weight = c.valley[own] + 0.12 * c.hill[own]
        picked = rng.choice(own, size=min(own.size, 2_500), p=weight / weight.sum())
        spots = kmeans2(c.xy[picked], want, minit="++", rng=rng, iter=15)[0] if want > 1 else c.xy[seats[t]][None]
        for spot in spots:
            pull = c.valley[own] * np.exp(-((np.hypot(*(c.xy[own] - spot).T) / 700) ** 2))
            towns.append(t)
            cells.append(int(own[np.argmax(pull)]))
    return towns, cells


def _hamlets(
    rng: np.random.Generator, size: Size, c: _Cells, seats: list[int], plant: npt.NDArray[np.bool_], village_of: I64
) -> tuple[I64, I64, I64]:
    """Cell, shape and village of each hamlet, villages ascending: those at a town's edge first, then the village's own."""
    n_villages = int(village_of.max()) + 1
    seat_xy = c.xy[seats]
    left = share(size.hamlets, np.sqrt(np.bincount(village_of, minlength=n_villages).astype(np.float64)))
    one = size.villages == 1
    weight = np.where(np.flatnonzero(plant) == 0, 4.0, 1.0)
    weight[_SMALL_EDGE:][:1] = 0.35
    edge = share(max(1, round(size.hamlets * (0.2 if one else _EDGE_SHARE))), weight)
    cells: list[int] = []
    shapes: list[int] = []
    villages: list[int] = []
    for t, want in zip(np.flatnonzero(plant).tolist(), edge.tolist(), strict=True):
        far = np.hypot(*(c.xy - seat_xy[t]).T)
        level = np.abs(c.height - c.height[seats[t]]) < (30 if t == 0 else 22)
        near_town = (far > 300) & (far < (2900 if t == 0 else 1600)) & level
        ring = np.flatnonzero(near_town & ((left[village_of] > 1) | one))
        for i in _spread(rng, c.xy[ring], c.valley[ring], seat_xy, want, 380):
            village = int(village_of[ring[i]])
            if left[village] > (0 if one else 1):
                left[village] -= 1
                cells.append(int(ring[i]))
                shapes.append(PERIURBAN)
                villages.append(village)
    order = np.argsort(village_of, kind="stable")
    start = np.searchsorted(village_of[order], np.arange(n_villages + 1))
    for v in range(n_villages):
        own = order[start[v] : start[v + 1]]
        near = np.vstack([c.xy[cells], seat_xy])
        flat = 2 if one else int(np.ceil(left[v] * _FLAT_SHARE))
        for count, liking in ((flat, c.valley[own]), (int(left[v]) - flat, c.hill[own])):
            for i in _spread(rng, c.xy[own], liking, near, max(count, 0), 520):
                cell = int(own[i])
                cells.append(cell)
                villages.append(v)
                shapes.append(SCATTERED if c.slope[cell] > 0.09 else COMPACT if rng.random() < 0.68 else RIBBON)
            near = np.vstack([c.xy[cells], seat_xy])
    by_village = np.argsort(np.array(villages), kind="stable")
    return (
        np.array(cells, dtype=np.int64)[by_village],
        np.array(shapes, dtype=np.int64)[by_village],
        np.array(villages, dtype=np.int64)[by_village],
    )


def settle(seed: int, size: Size, relief: Relief, county_code: str) -> Settlement:
    """Choose where the county lives; the same seed and size give the same county."""
    rng = chance(seed, "settle")
    naming = chance(seed, "names")
    c = _cells(seed, relief)
    seats, room = _seats(rng, size, c)
    n_towns = len(seats)
    drawn = township_names(naming, n_towns)
    town_name = [TOWNSHIPS[i][0] if i < len(TOWNSHIPS) else drawn[i] for i in range(n_towns)]
    town_code = [county_code + (TOWNSHIPS[i][1] if i < len(TOWNSHIPS) else f"{94 + i:03d}") for i in range(n_towns)]
    plant = np.arange(n_towns) <= size.town_plants  # the county seat has the county's plant
    if (size.villages, n_towns) == (79, 12):
        per_town = np.array([t[2] for t in TOWNSHIPS], dtype=np.int64)
    else:
        per_town = share(size.villages, np.sqrt(room))
    names = village_names(naming, town_name, per_town.tolist())
    v_town, v_cell = _villages(rng, c, seats, per_town)
    bend = [350 * smooth_noise(rng, c.grid, 14).ravel()[c.index] for _ in range(2)]
    village_of: I64 = cKDTree(c.xy[v_cell]).query(c.xy + np.column_stack(bend))[1].astype(np.int64)
    missing = np.setdiff1d(np.arange(len(v_cell)), village_of)
    village_of[np.array(v_cell, dtype=np.int64)[missing]] = missing  # no village without ground
    cell, shape, village = _hamlets(rng, size, c, seats, plant, village_of)
    low, high = (np.array([_HOUSEHOLDS[k][side] for k in range(4)], dtype=np.float64)[shape] for side in (0, 1))
    counts = np.bincount(village, minlength=len(v_cell))
    v_code = [f"{town_code[t]}{201 + k:03d}" for t, many in enumerate(per_town.tolist()) for k in range(many)]
    number = np.concatenate([np.arange(1, k + 1) for k in counts.tolist()])
    of_cell = np.full(c.grid[0] * c.grid[1], -1, dtype=np.int32)
    of_cell[c.index] = village_of
    return Settlement(
        county_code=county_code,
        township_code=town_code,
        township_name=town_name,
        township_x=c.xy[seats, 0],
        township_y=c.xy[seats, 1],
        township_plant=plant,
        village_code=v_code,
        village_name=[name for own in names for name in own],
        village_township=np.array(v_town, dtype=np.int64),
        village_x=c.xy[v_cell, 0],
        village_y=c.xy[v_cell, 1],
        hamlet_id=[f"{v_code[v]}{k:03d}" for v, k in zip(village.tolist(), number.tolist(), strict=True)],
        hamlet_name=hamlet_names(naming, counts.tolist()),
        hamlet_village=village,
        hamlet_x=c.xy[cell, 0],
        hamlet_y=c.xy[cell, 1],
        hamlet_shape=shape,
        hamlet_target=share(size.households, rng.uniform(low, high)),
        village_of_cell=of_cell.reshape(c.grid),
    )
