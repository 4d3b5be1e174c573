"""A chain of valleys: long rivers with side valleys, and ribbon villages strung along the one road of each.

RULE 1  A collecting river runs along the eastern edge; main valleys join it, one every 13 km; side valleys join those.
RULE 2  The valley floor is nearly flat across and falls 0.3 % along; walls rise at three in ten.
RULE 3  Each valley has one road, at one side of its water; side valleys meet it where their water joins.
RULE 4  Villages are ribbons along the road, with long empty stretches between them; few have a back lane.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from qingxi.world.chance import chance
from qingxi.world.land import make_waters
from qingxi.world.lines import length
from qingxi.world.recipes.ground import cell_centres, cells, relief_of
from qingxi.world.recipes.rows import Rows
from qingxi.world.recipes.sketch import SOUTH_M, WEST_M, Sketch, hamlet_sizes
from qingxi.world.recipes.ways import Ways
from qingxi.world.relief import Relief, smooth_noise
from qingxi.world.settle import RIBBON

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_STRIP_M = 13_000.0
_SIDE_EVERY_M = 2_500.0
_GAP_M = 19.0
_STEP_M = 60.0


@dataclass(frozen=True)
class _Valley:
    """One river, from its mouth up: vertices every 60 m, heights of its bed, half width of its floor, all in metres.

    ``parent`` is the valley it joins (-1: the collecting river itself) and ``joins_m`` how far up that.
    """

    line: F64
    bed_m: F64
    floor_m: float
    parent: int
    joins_m: float
    side: int


def valley(seed: int, households: int) -> Sketch:
    """Draw a county of linear valleys."""
    rng = chance(seed, "valley")
    want = hamlet_sizes(rng, households, 22, 210)
    n = want.size
    ribbon = want * _GAP_M / 2 * 1.12 + 30.0
    between = rng.uniform(350.0, 950.0, n)
    room = 1.0
    while True:
        valleys, wide, high = _rivers(chance(seed, "valley-rivers"), float((ribbon + between).sum()) * room)
        placed = _strung(ribbon, between, valleys)
        if placed is not None:
            break
        room *= 1.12
    relief = _ground(rng, valleys, wide, high)
    ways, rows = Ways(), Rows(rng)
    middle = np.zeros(n, dtype=np.int64)
    _draw(rng, ways, rows, valleys, placed, want, middle)
    spots = np.array([ways.xy[m] for m in middle.tolist()])
    x, y, of = rows.built(relief, want, spots[:, 0], spots[:, 1])
    return Sketch(relief, make_waters(relief), ways, middle, np.full(n, RIBBON), want, x, y, of)


def _rivers(rng: np.random.Generator, needed_m: float) -> tuple[list[_Valley], float, float]:
    """RULE 1: enough valleys for so many metres of road."""
    strip = needed_m / 4.3  # a strip's own length and that of its side valleys, 4.3 m a metre
    strips = max(1, round((strip / _STRIP_M / 1.7) ** 0.5))
    wide = max(strip / strips, 3_000.0) + 1_500.0
    high = strips * _STRIP_M
    east, south = WEST_M + wide - 900.0, SOUTH_M
    run = np.arange(0.0, high - 600.0, _STEP_M)
    bend = 220.0 * np.sin(run / 1700.0 + rng.uniform(0, 6)) + 90.0 * np.sin(run / 610.0)
    out = [_Valley(np.column_stack([east + bend, south + run]), 240.0 + 0.0016 * run, 330.0, -1, 0.0, 1)]
    for s in range(strips):
        at = (s + 0.5) * _STRIP_M
        joins = int(at / _STEP_M)
        run = np.arange(0.0, wide - 1_800.0, _STEP_M)
        bend = (300.0 * np.sin(run / 2300.0) + 150.0 * np.sin(run / 760.0 + s)) * np.clip(run / 900, 0, 1)
        mouth = out[0].line[joins]
        line = np.column_stack([mouth[0] - run, mouth[1] + bend])
        bed = out[0].bed_m[joins] + 0.003 * run + 2e-8 * run**2
        main = len(out)
        out.append(_Valley(line, bed, 230.0, 0, joins * _STEP_M, 1 if s % 2 else -1))
        for k, up in enumerate(
            np.arange(1_300.0, run[-1] - 300.0, _SIDE_EVERY_M / 2).tolist() if run.size > 30 else []
        ):
            up += float(rng.uniform(-250, 250))
            way = 1 if k % 2 else -1
            long = float(rng.uniform(2_600.0, 5_400.0))
            short = np.arange(0.0, long, _STEP_M)
            heading = way * (np.pi / 2 - rng.uniform(0.0, 0.35)) + 0.25 * np.sin(short / 900 + rng.uniform(0, 6))
            step = np.column_stack([-np.cos(heading), np.sin(heading)]) * _STEP_M
            j = min(int(up / _STEP_M), line.shape[0] - 1)
            side = line[j] + np.vstack([[0.0, 0.0], np.cumsum(step[:-1], axis=0)])
            keep = np.argmin((side[:, 0] > WEST_M + 500) & (np.abs(side[:, 1] - south - at) < 0.46 * _STRIP_M))
            side = side[: int(keep)] if keep else side
            if side.shape[0] > 15:
                rise = 0.006 * short + 1.2e-6 * short**2
                out.append(_Valley(side, bed[j] + rise[: side.shape[0]], 180.0, main, j * _STEP_M, way))
    return out, wide, high


def _strung(ribbon: F64, between: F64, valleys: list[_Valley]) -> list[list[tuple[int, float, float]]] | None:
    """RULE 4: stretches (hamlet, from, to) along each valley, long valleys first; None when they do not all fit."""
    out: list[list[tuple[int, float, float]]] = []
    h = 0
    for v in valleys:
        at, whole, mine = 420.0, length(v.line) - 150.0, []
        while h < ribbon.size and at + ribbon[h] < whole:
            mine.append((h, at, at + float(ribbon[h])))
            at += float(ribbon[h] + between[h])
            h += 1
        out.append(mine)
    return out if h == ribbon.size else None


def _ground(rng: np.random.Generator, valleys: list[_Valley], wide: float, high: float) -> Relief:
    """RULE 2: height from the nearest river's bed and the distance to it."""
    shape = cells(wide, high)
    x, y = cell_centres(shape, 2)
    spots = np.vstack([v.line for v in valleys])
    bed = np.concatenate([v.bed_m for v in valleys])
    floor = np.concatenate([np.full(v.bed_m.size, v.floor_m) for v in valleys])
    grid = np.column_stack([a.ravel() for a in np.meshgrid(x, y)])
    far, near = cKDTree(spots).query(grid, workers=1)
    beyond = np.maximum(0.0, far - floor[near])
    wall = 170.0 * (1 - np.exp(-beyond * 0.3 / 170.0))
    up = (bed[near] + 0.006 * far + wall).reshape(y.size, x.size)
    steep = np.clip(wall / 60.0, 0, 1).reshape(up.shape)
    up = up + steep * (7.0 * smooth_noise(rng, up.shape, 14) + 3.0 * smooth_noise(rng, up.shape, 5))
    fine = ndimage.zoom(ndimage.gaussian_filter(up, 0.8), 2, order=1, grid_mode=True, mode="nearest")
    return relief_of(fine[: shape[0], : shape[1]])


def _draw(
    rng: np.random.Generator,
    ways: Ways,
    rows: Rows,
    valleys: list[_Valley],
    placed: list[list[tuple[int, float, float]]],
    want: I64,
    middle: I64,
) -> None:
    """RULES 3 and 4: the roads with their junctions, the rows of houses, a few back lanes."""
    joined: list[list[tuple[float, int]]] = [[] for _ in valleys]
    for i, v in enumerate(valleys):
        if v.parent >= 0:
            joined[v.parent].append((v.joins_m, i))
    node_at: dict[int, int] = {}
    for i, v in enumerate(valleys):
        line = _beside(v)
        whole = length(line)
        scale = whole / max(length(v.line), 1.0)
        marks: dict[float, list[int]] = {0.0: [], whole: []}
        for m, child in joined[i]:
            marks.setdefault(float(np.clip(m * scale, 5.0, whole - 5.0)), []).append(child)
        own: list[tuple[float, float, int]] = []
        for h, a, b in placed[i]:
            a, b = a * scale, b * scale
            own.append((a, b, h))
            for m in (a, (a + b) / 2, b):
                marks.setdefault(m, [])
        at = sorted(marks)
        inside = [next((h for a, b, h in own if a <= (p + q) / 2 < b), -1) for p, q in pairwise(at)]
        first = len(ways.lines)
        nodes = ways.split(line, at, inside, "road")
        for m, node in zip(at, nodes, strict=True):
            for child in marks[m]:
                node_at[child] = node
            for a, b, h in own:
                if m == (a + b) / 2:
                    middle[h] = node
        if v.parent >= 0:
            ways.add(node_at[i], nodes[0], -1, "road")
        for k in range(first, len(ways.lines)):
            if ways.kind[k] == "street":
                rows.put(ways.lines[k], ways.hamlet[k], _GAP_M, off_m=11.0)
        for _, b, h in own:
            if rng.random() < 0.45:
                _lane(rng, ways, rows, nodes[at.index(b)], middle[h], h, v.side, int(want[h]))


def _beside(v: _Valley) -> F64:
    """The road of a valley: beside its water, on the floor, corners rounded."""
    smooth = ndimage.gaussian_filter1d(v.line, 3, axis=0, mode="nearest")
    direction = np.gradient(smooth, axis=0)
    direction /= np.hypot(direction[:, 0], direction[:, 1])[:, None]
    off = v.side * np.clip(0.45 * v.floor_m, 60.0, 150.0)
    road = smooth + off * np.column_stack([-direction[:, 1], direction[:, 0]])
    out: F64 = ndimage.gaussian_filter1d(road[1:], 2, axis=0, mode="nearest")
    return out


def _lane(
    rng: np.random.Generator, ways: Ways, rows: Rows, at: int, middle: int, h: int, side: int, want: int
) -> None:
    """A lane away from the water at a ribbon's end; every third turns back to the road's middle and closes a loop."""
    a, m = np.array(ways.xy[at]), np.array(ways.xy[middle])
    way = (m - a) / max(float(np.hypot(*(m - a))), 1.0)
    out = -side * np.array([way[1], -way[0]])
    long = float(np.clip(1.1 * want, 40, 85))
    corner = ways.node(*(a + long * out))
    rows.put(ways.add(at, corner, h, "lane"), h, _GAP_M)
    if rng.random() < 0.35:
        end = ways.node(*(m + long * out))
        back = ways.add(corner, end, h, "lane")
        rows.put(back, h, _GAP_M)
        ways.add(end, int(middle), h, "lane")
