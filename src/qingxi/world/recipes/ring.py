"""Ring villages on rolling ground: houses round a pond or green, lanes outward like spokes.

RULE 1  Villages stand on a shaken hexagonal grid about 1.4 km apart; roads join relative neighbours.
RULE 2  A ring street lies round the middle; houses stand on its outer side only.
RULE 3  Spokes leave the ring; where a road arrives, it arrives by a spoke. Large villages have a second ring.
RULE 4  Every eighth place is a group of farms: long tracks from a small green, houses 40 to 60 m apart.
RULE 5  Half of the greens hold a pond.
"""

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Delaunay, cKDTree

from qingxi.world.chance import chance
from qingxi.world.land import Layer, make_waters
from qingxi.world.recipes.ground import cells, relief_of
from qingxi.world.recipes.rows import Rows
from qingxi.world.recipes.sketch import SOUTH_M, WEST_M, Sketch, hamlet_sizes
from qingxi.world.recipes.ways import Ways
from qingxi.world.relief import Relief, smooth_noise
from qingxi.world.settle import COMPACT, SCATTERED

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_APART_M = 1400.0
_GAP_M = 15.5
_BACK_M = 80.0
"""From the first ring to the second."""


def ring(seed: int, households: int) -> Sketch:
    """Draw a county of ring villages."""
    rng = chance(seed, "ring")
    want = hamlet_sizes(rng, households, 20, 260)
    n = want.size
    farms = rng.permutation(n)[: n // 8]
    want[farms] = np.minimum(want[farms], 24)
    rest = np.setdiff1d(np.arange(n), farms)
    if farms.size:  # what the farms leave over goes to the villages
        want[rest[: households - int(want.sum())]] += 1
        want[rest[0]] += households - int(want.sum())
    x, y, relief = _places(rng, n)
    pairs = _neighbours(x, y)
    ways, rows = Ways(), Rows(rng)
    shape = np.full(n, COMPACT)
    shape[farms] = SCATTERED
    toward: list[list[tuple[float, int]]] = [[] for _ in range(n)]
    for k, (a, b) in enumerate(pairs.tolist()):
        toward[a].append((float(np.arctan2(y[b] - y[a], x[b] - x[a])), k))
        toward[b].append((float(np.arctan2(y[a] - y[b], x[a] - x[b])), k))
    gate = np.full((len(pairs), 2), -1)
    middle = np.empty(n, dtype=np.int64)
    ponds = []
    for h in range(n):
        radius = _village(
            rng, ways, rows, h, x[h], y[h], int(want[h]), bool(shape[h] == SCATTERED), toward[h], gate, pairs
        )
        middle[h] = ways.ends[-1][0]
        if rng.random() < 0.5 and shape[h] == COMPACT:
            ponds.append(shapely.Point(x[h], y[h]).buffer(0.45 * radius, quad_segs=4))
    for k in range(len(pairs)):
        a, b = (np.array(ways.xy[int(g)]) for g in gate[k])
        ways.add(int(gate[k, 0]), int(gate[k, 1]), -1, "road", _bend(rng, a, b))
    house_x, house_y, of = rows.built(relief, want, x, y)
    waters = make_waters(relief)
    more = len(ponds)
    waters = Layer(
        np.concatenate([waters.geometry, np.array(ponds, dtype=object)]),
        {
            "name": waters.columns["name"] + [""] * more,
            "kind": waters.columns["kind"] + ["pond"] * more,
            "function_class": waters.columns["function_class"] + [""] * more,
        },
    )
    return Sketch(relief, waters, ways, middle, shape, want, house_x, house_y, of)


def _places(rng: np.random.Generator, n: int) -> tuple[F64, F64, Relief]:
    """RULE 1: middles of the villages, and the ground under them."""
    wide = max(1, int(np.ceil((1.25 * n) ** 0.5)))
    high = int(np.ceil(n / wide))
    row, col = np.divmod(np.arange(n), wide)
    x = (col + 0.5 + 0.5 * (row % 2) + rng.uniform(-0.24, 0.24, n)) * _APART_M
    y = (row + 0.75 + rng.uniform(-0.24, 0.24, n)) * _APART_M * 0.87
    shape = cells((wide + 1.0) * _APART_M, (high + 0.7) * _APART_M * 0.87)
    span = max(shape)
    lift = 14.0 * smooth_noise(rng, shape, min(110, span / 3)) + 4.0 * smooth_noise(rng, shape, 34)
    tilt = 0.0012 * 30.0 * np.linspace(0, shape[1], shape[1])[::-1][None, :]
    relief = relief_of(90.0 + lift + tilt + 0.4 * smooth_noise(rng, shape, 8))
    return WEST_M + x, SOUTH_M + y, relief


def _neighbours(x: F64, y: F64) -> npt.NDArray[np.int64]:
    """Pairs between which nothing lies nearer to both (relative neighbours): connected, with a few loops."""
    if x.size == 1:
        return np.empty((0, 2), dtype=np.int64)
    xy = np.column_stack([x, y])
    if x.size < 4:
        order = np.argsort(x, kind="stable")
        return np.column_stack([order[:-1], order[1:]])
    sides = np.sort(np.vstack([Delaunay(xy).simplices[:, s] for s in ([0, 1], [1, 2], [0, 2])]), axis=1)
    pairs = np.unique(sides, axis=0).astype(np.int64)
    tree = cKDTree(xy)
    long = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    keep = []
    for (a, b), d in zip(pairs.tolist(), long.tolist(), strict=True):
        near = tree.query_ball_point(xy[a], d - 1e-6)
        keep.append(not any(c not in (a, b) and np.hypot(*(xy[c] - xy[b])) < d - 1e-6 for c in near))
    return pairs[keep]


def _village(
    rng: np.random.Generator,
    ways: Ways,
    rows: Rows,
    h: int,
    x: float,
    y: float,
    want: int,
    farms: bool,
    toward: list[tuple[float, int]],
    gate: npt.NDArray[np.int64],
    pairs: npt.NDArray[np.int64],
) -> float:
    """RULES 2 to 4 for one village; sets its gates; the last way added starts on its ring. Returns the ring's radius."""
    radius = 22.0 if farms else float(np.clip(28 + 0.5 * want, 34, 95))
    angles = [a for a, _ in toward] or [0.0]
    spokes = max(len(angles), int(rng.integers(3, 5)) if farms else int(np.clip(want / 11, 4, 9)))
    while len(angles) < spokes:  # further spokes halve the widest gaps
        ring_of = np.sort(np.mod(angles, 2 * np.pi))
        wide = np.diff(np.append(ring_of, ring_of[0] + 2 * np.pi))
        k = int(np.argmax(wide))
        angles.append(float(ring_of[k] + wide[k] * rng.uniform(0.42, 0.58)))
    gap = 50.0 if farms else _GAP_M
    on_ring = 0 if farms else int(2 * np.pi * radius / _GAP_M)
    each = max(1.0, 1.25 * (want - on_ring) / (2 * spokes)) * gap + 12
    second = not farms and each > _BACK_M + 50
    if second:
        each = max(_BACK_M, 1.25 * (want - on_ring - 4 * np.pi * (radius + _BACK_M) / _GAP_M) / (2 * spokes) * gap)
    inner = [ways.node(x + radius * np.cos(a), y + radius * np.sin(a)) for a in angles]
    far = radius + _BACK_M
    middle = [ways.node(x + far * np.cos(a), y + far * np.sin(a)) for a in angles] if second else inner
    kind = "track" if farms else "lane"
    for i, a in enumerate(angles):
        reach = radius + each
        own = "street" if i < len(toward) else kind
        at = inner[i]
        if second:
            rows.put(ways.add(inner[i], middle[i], h, own), h, gap)
            at = middle[i]
        if reach > far + 10 or not second:
            out = ways.node(x + reach * np.cos(a), y + reach * np.sin(a))
            line = ways.add(at, out, h, own)
            rows.put(line, h, gap, off_m=20.0 if farms else 9.5)
            at = out
        if i < len(toward):
            k = toward[i][1]
            gate[k, 0 if pairs[k, 0] == h else 1] = at
    if second:
        _circle(rng, ways, rows, h, x, y, far, angles, middle, (-1, 1))
    _circle(rng, ways, rows, h, x, y, radius, angles, inner, () if farms else (-1,))
    return radius


def _circle(
    rng: np.random.Generator, ways: Ways, rows: Rows, h: int, x: float, y: float, radius: float,
    angles: list[float], nodes: list[int], sides: tuple[int, ...],
) -> None:  # fmt: skip
    """A ring street through nodes at angles, a little out of round."""
    order = np.argsort(np.mod(angles, 2 * np.pi), kind="stable")
    turn = np.mod(angles, 2 * np.pi)[order]
    bump = rng.uniform(-0.05, 0.05, 3)
    for k in range(order.size):
        a, b = turn[k], turn[(k + 1) % order.size] + (2 * np.pi if k + 1 == order.size else 0.0)
        if order.size == 1:
            break
        t = np.linspace(a, b, max(3, int((b - a) / 0.25)))[1:-1]
        off = np.sin(np.pi * (t - a) / (b - a)) * (bump[0] * np.cos(t) + bump[1] * np.sin(t) + bump[2])
        far = radius * (1 + off)
        between = np.column_stack([x + far * np.cos(t), y + far * np.sin(t)])
        line = ways.add(nodes[int(order[k])], nodes[int(order[(k + 1) % order.size])], h, "street", between)
        if sides:
            rows.put(line, h, _GAP_M, sides=sides)


def _bend(rng: np.random.Generator, a: F64, b: F64) -> F64:
    """Vertices of a gently bent road every 60 m or so."""
    long = float(np.hypot(*(b - a)))
    t = np.linspace(0, 1, max(3, int(long / 60)))[1:-1]
    side = np.array([a[1] - b[1], b[0] - a[0]]) / max(long, 1.0)
    sway = long * (rng.normal(0, 0.045) * np.sin(np.pi * t) + rng.normal(0, 0.02) * np.sin(2 * np.pi * t))
    return a + t[:, None] * (b - a) + sway[:, None] * side
