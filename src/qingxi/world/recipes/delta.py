"""A flat delta: canals in a net, streets on their banks, long dense villages, groundwater high everywhere.

RULE 1  Canals run east and north about 0.8 and 1.3 km apart, shaken; every fourth is a river.
RULE 2  The land is flat to a decimetre; the banks are half a metre higher than the fields.
RULE 3  A road follows the bank of a canal where people live; the others only where places would be cut off.
RULE 4  A village is a row along one bank; a large one has back lanes and a quay on the other bank, reached by a bridge.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from qingxi.world.chance import chance
from qingxi.world.land import Layer
from qingxi.world.recipes.ground import cell_centres, cells, flat_relief_of
from qingxi.world.recipes.rows import Rows
from qingxi.world.recipes.sketch import SOUTH_M, WEST_M, Sketch, hamlet_sizes
from qingxi.world.recipes.ways import Ways
from qingxi.world.relief import Relief, smooth_noise
from qingxi.world.settle import RIBBON

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_ROW_M, _COLUMN_M = 800.0, 1300.0
_BANK_M = 16.0
"""From the middle of a canal to the street on its bank."""
_GAP_M = 10.5
_LANE_M = 62.0


def delta(seed: int, households: int) -> Sketch:
    """Draw a county of canal villages."""
    rng = chance(seed, "delta")
    want = hamlet_sizes(rng, households, 22, 230)
    n = want.size
    wide = max(2, int(np.ceil((n / 0.72 * _ROW_M / _COLUMN_M * 1.25) ** 0.5)))
    high = max(2, int(np.ceil(n / 0.72 / wide)))
    canal_y = SOUTH_M + 600.0 + _ROW_M * (np.arange(high + 1) + rng.uniform(-0.12, 0.12, high + 1))
    canal_x = WEST_M + 600.0 + _COLUMN_M * (np.arange(wide + 1) + rng.uniform(-0.15, 0.15, wide + 1))
    bow = rng.normal(
        0, 22.0, (high + 1, wide + 1)
    )  # canals are not quite straight: each crossing lies a little off
    cross_x = canal_x[None, :] + 0.6 * np.roll(bow, 1, axis=0)
    cross_y = canal_y[:, None] + bow
    shape = cells(wide * _COLUMN_M + 1200.0, high * _ROW_M + 1200.0)
    waters, lines = _canals(cross_x, cross_y)
    relief = _ground(rng, shape, lines)
    # A village takes the bank between two crossings of one east-west canal.
    slot = np.sort(rng.permutation(high * wide)[:n])
    ways, rows = Ways(), Rows(rng)
    corner = np.array(
        [
            [ways.node(cross_x[i, j] + _BANK_M, cross_y[i, j] + _BANK_M) for j in range(wide + 1)]
            for i in range(high + 1)
        ]
    )
    middle = np.zeros(n, dtype=np.int64)
    for h, s in enumerate(slot.tolist()):
        i, j = divmod(s, wide)
        middle[h] = _village(rng, ways, rows, h, int(want[h]), int(corner[i, j]), int(corner[i, j + 1]))
    _links(rng, ways, corner, set(slot.tolist()))
    spots = np.array([ways.xy[m] for m in middle.tolist()])
    x, y, of = rows.built(relief, want, spots[:, 0], spots[:, 1])
    return Sketch(relief, waters, ways, middle, np.full(n, RIBBON), want, x, y, of, wet=True)


def _canals(cross_x: F64, cross_y: F64) -> tuple[Layer, list[F64]]:
    """RULE 1: one line between every two crossings, so that none is long."""
    lines, kinds, names = [], [], []
    high, wide = cross_x.shape
    at = np.stack([cross_x, cross_y], axis=2)
    for i in range(high):
        for j in range(wide - 1):
            lines.append(at[i, [j, j + 1]])
            kinds.append("river" if i % 4 == 2 else "stream")
            names.append(f"横{i + 1}河" if i % 4 == 2 else "")
    for j in range(wide):
        for i in range(high - 1):
            lines.append(at[[i, i + 1], j])
            kinds.append("river" if j % 4 == 1 else "stream")
            names.append(f"纵{j + 1}河" if j % 4 == 1 else "")
    shapes = np.array([shapely.LineString(np.round(line, 3)) for line in lines], dtype=object)
    return Layer(shapes, {"name": names, "kind": kinds, "function_class": [""] * len(lines)}), lines


def _ground(rng: np.random.Generator, shape: tuple[int, int], lines: list[F64]) -> Relief:
    """RULE 2."""
    x, y = cell_centres(shape)
    bank = np.ones(shape, dtype=np.bool_)
    for start, end in lines:
        t = np.linspace(0, 1, int(np.hypot(*(end - start)) / 15) + 2)
        col = np.clip(((start[0] + t * (end[0] - start[0]) - x[0]) / 30.0 + 0.5).astype(np.int64), 0, shape[1] - 1)
        row = np.clip(((y[0] - start[1] - t * (end[1] - start[1])) / 30.0 + 0.5).astype(np.int64), 0, shape[0] - 1)
        bank[row, col] = False
    far = ndimage.distance_transform_edt(bank) * 30.0
    fall = 0.00006 * (np.arange(shape[1]) * 30.0)[None, ::-1]
    rough = 0.12 * smooth_noise(rng, shape, 20) + 0.05 * smooth_noise(rng, shape, 4)
    return flat_relief_of(2.6 + fall + 0.55 * np.exp(-((far / 90.0) ** 2)) + rough)


def _village(rng: np.random.Generator, ways: Ways, rows: Rows, h: int, want: int, start: int, end: int) -> int:
    """RULE 4 for one village on the north bank between two corners; returns its middle node."""
    a, b = np.array(ways.xy[start]), np.array(ways.xy[end])
    whole = float(np.hypot(*(b - a)))
    long = min(whole - 90.0, want * _GAP_M * 0.95 + 20.0)
    begin = rng.uniform(35.0, whole - long - 35.0)
    row = long / _GAP_M
    short = max(0.0, 1.15 * want - row)  # what the front row cannot hold
    quay = short > 25 and rng.random() < 0.6
    lanes = int(np.ceil((short - (0.7 * row if quay else 0)) / (2 * _LANE_M / _GAP_M))) if short > 3 else 0
    marks = [0.0, begin, begin + long / 2, begin + long, whole]
    spots = (begin + long * (np.arange(max(lanes, 0)) + 0.3) / max(lanes, 1)).tolist() if lanes > 0 else []
    at = sorted({*marks, *spots})
    inside = [h if begin <= (p + q) / 2 <= begin + long else -1 for p, q in pairwise(at)]
    way = (b - a) / whole
    north = np.array([-way[1], way[0]])
    inner = [ways.node(*(a + m * way)) for m in at[1:-1]]
    nodes = [start, *inner, end]
    for k, hamlet in enumerate(inside):
        line = ways.add(nodes[k], nodes[k + 1], hamlet, "street" if hamlet >= 0 else "road")
        if hamlet >= 0:
            rows.put(line, h, _GAP_M, sides=(1,), off_m=9.0)
    for m in spots:
        foot = nodes[at.index(m)]
        head = ways.node(*(np.array(ways.xy[foot]) + _LANE_M * rng.uniform(0.8, 1.2) * north))
        rows.put(ways.add(foot, head, h, "lane"), h, _GAP_M, off_m=8.5)
    middle = nodes[at.index(begin + long / 2)]
    if quay:
        over = np.array(ways.xy[middle]) - 2 * _BANK_M * north
        bridge = ways.node(*over)
        ways.add(middle, bridge, h, "street")
        for turn in (-1, 1):
            tip = ways.node(*(over + turn * 0.35 * long * way))
            rows.put(ways.add(bridge, tip, h, "street"), h, _GAP_M, sides=(-turn,), off_m=9.0)
    return middle


def _links(rng: np.random.Generator, ways: Ways, corner: I64, lived: set[int]) -> None:
    """RULE 3: what joins the banks where people live, and every third of the rest."""
    high, wide = corner.shape
    pairs = [(int(corner[i, j]), int(corner[i + 1, j])) for i in range(high - 1) for j in range(wide)]
    pairs += [
        (int(corner[i, j]), int(corner[i, j + 1]))
        for i in range(high)
        for j in range(wide - 1)
        if i == high - 1 or i * (wide - 1) + j not in lived
    ]
    there = [e for e, k in zip(ways.ends, ways.kind, strict=True) if k in ("road", "street")]
    a, b = np.array(there + pairs, dtype=np.int64).T
    cost = np.concatenate([np.full(len(there), 1e-3), 1.0 + rng.random(len(pairs))])
    n = len(ways.xy)
    tree = csgraph.minimum_spanning_tree(sparse.csr_matrix((cost, (a, b)), shape=(n, n))).tocoo()
    needed = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    for one, other in pairs:
        if (one, other) in needed or (other, one) in needed or rng.random() < 0.3:
            p, q = np.array(ways.xy[one]), np.array(ways.xy[other])
            long = float(np.hypot(*(q - p)))
            t = np.linspace(0, 1, max(2, int(long / 150)) + 1)[1:-1]
            ways.add(one, other, -1, "road", p + t[:, None] * (q - p))
