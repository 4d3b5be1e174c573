"""Village streets, and the houses along both sides of them.

RULE 1  A hamlet's main street is the road through it; where only one road arrives, a second arm is traced.
RULE 2  A traced street follows the contour on a slope and keeps its direction on the flat.
RULE 3  Lanes leave the main street at right angles; they end where they meet another street.
RULE 4  Houses stand on both sides at the spacing of the hamlet's shape; scattered hamlets have them in twos and threes.
RULE 5  No house in a stream, on a slope of more than 35 %, or within 8 m of another.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from qingxi.world.chance import chance
from qingxi.world.join import join
from qingxi.world.relief import Relief
from qingxi.world.roads import Roads
from qingxi.world.settle import PERIURBAN, RIBBON, SCATTERED, Settlement

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_SPACING = np.array([12.5, 14.5, 19.0, 14.0])  # metres between houses on one side, by shape
_STEP = 15.0


@dataclass(frozen=True)
class Streets:
    """Streets and houses.

    ``lines`` holds vertices in metres; ``hamlet`` is -1 for roads between hamlets; ``surface`` is earth, concrete or
    asphalt. ``house_hamlet`` ascends.
    """

    lines: list[F64]
    hamlet: I64
    surface: list[str]
    kind: list[str]
    house_x: F64
    house_y: F64
    house_hamlet: I64


def _trace(relief: Relief, x: F64, y: F64, angle: F64, length: F64, sway: F64) -> list[F64]:
    """Walk from points in directions, bending along the contour (RULE 2); all at once."""
    steps = max(1, int(np.ceil(length.max() / _STEP)))
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
        path[:, k + 1, 0] = px + _STEP * np.cos(heading)
        path[:, k + 1, 1] = py + _STEP * np.sin(heading)
    keep = np.maximum(2, np.round(length / _STEP).astype(np.int64) + 1)
    return [path[i, : keep[i]] for i in range(x.size)]


def _length(line: F64) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _first(line: F64, length: float) -> F64:
    """The first so many metres of a line."""
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    if run[-1] <= length:
        return line
    k = int(np.searchsorted(run, length))
    t = (length - run[k - 1]) / (run[k] - run[k - 1])
    return np.vstack([line[:k], line[k - 1] + t * (line[k] - line[k - 1])])


def _along(line: F64, chainage: F64) -> tuple[F64, F64]:
    """Points and unit directions at chainages along a line."""
    part = np.diff(line, axis=0)
    each = np.hypot(part[:, 0], part[:, 1])
    run = np.concatenate([[0.0], np.cumsum(each)])
    k = np.clip(np.searchsorted(run, chainage, side="right") - 1, 0, each.size - 1)
    t = (chainage - run[k]) / each[k]
    return line[k] + t[:, None] * part[k], part[k] / each[k][:, None]


def _clear(lines: list[F64], fixed: list[F64]) -> list[F64 | None]:
    """Cut each new line where it would first meet a fixed one or an earlier new one (RULE 3); None when little is left."""
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
        out[i - len(fixed)] = _first(lines[i - len(fixed)], reach) if reach > 30 else None
    return out


def make_streets(seed: int, relief: Relief, town: Settlement, roads: Roads) -> Streets:
    """Streets and houses of every hamlet, as many houses as the settlement wants in all."""
    rng = chance(seed, "streets")
    at = roads.arms_at()
    n = len(town.hamlet_id)
    node = roads.site_node[:n]
    hx = np.array([roads.node_xy[int(c)][0] for c in node])
    hy = np.array([roads.node_xy[int(c)][1] for c in node])
    shape, want = town.hamlet_shape, town.hamlet_target
    spacing = _SPACING[shape]

    # RULE 1: arms along the roads, at most half way to the next junction.
    arms: list[tuple[int, F64]] = []
    reach = np.where(
        shape == RIBBON,
        want * spacing * 0.62,
        np.where(shape == SCATTERED, 420.0, np.clip(np.sqrt(want) * 32, 120, 560)),
    )
    alone: list[tuple[int, float]] = []
    for h in range(n):
        mine = at.get(int(node[h]), [])
        for i, turned in mine:
            line = roads.lines[i][::-1] if turned else roads.lines[i]
            arms.append((h, _first(line, min(float(reach[h]) / max(len(mine), 2), 0.48 * _length(line)))))
        for k in range(max(0, 2 - len(mine))):
            if mine:
                other = arms[-1][1]
                angle = float(np.arctan2(*(other[0] - other[min(2, len(other) - 1)])[::-1]))
            else:
                angle = float(rng.uniform(0, np.pi) + np.pi * k)
            alone.append((h, angle))
    own: list[tuple[int, F64, str]] = []
    if alone:
        who = np.array([h for h, _ in alone])
        traced = _trace(
            relief, hx[who], hy[who], np.array([a for _, a in alone]), reach[who] / 2, rng.normal(0, 0.03, who.size)
        )
        for h, kept in zip(who.tolist(), _clear(traced, roads.lines), strict=True):
            if kept is not None and _length(kept) > 30:
                own.append((h, kept, "street"))
                arms.append((h, kept))

    # RULE 3: lanes, or tracks for scattered hamlets.
    start_x, start_y, start_a, start_l, start_h = [], [], [], [], []
    arms_of: dict[int, list[F64]] = {}
    for h, line in arms:
        arms_of.setdefault(h, []).append(line)
    for h in range(n):
        lines = arms_of.get(h, [])
        total = sum(_length(line) for line in lines)
        if not lines:
            continue
        if shape[h] == SCATTERED:
            missing = max(0.0, float(want[h]) / 1.45 * 100 - total)
            count = int(np.ceil(missing / 380))
            length = missing / max(count, 1) * 1.25
        else:
            missing = max(0.0, (float(want[h]) * 1.9 - 2 * total / spacing[h]) * spacing[h] / 2)
            count = max(2, int(total / 38))
            length = float(np.clip(missing / count, 35, 150))
        for k in range(count):
            line = lines[k % len(lines)]
            whole = _length(line)
            if whole < 20:
                continue
            lap = (k // len(lines) + 0.5 + rng.uniform(-0.2, 0.2)) / (count / len(lines) + 0.5)
            spot, way = _along(line, np.array([np.clip(lap, 0.05, 0.98) * whole]))
            side = 1 if (k // len(lines)) % 2 else -1
            turn = rng.uniform(0.5, 1.2) if shape[h] == SCATTERED else np.pi / 2 + rng.normal(0, 0.12)
            start_x.append(spot[0, 0])
            start_y.append(spot[0, 1])
            start_a.append(float(np.arctan2(way[0, 1], way[0, 0])) + side * turn)
            start_l.append(length * rng.uniform(0.75, 1.3))
            start_h.append(h)
    lanes: list[F64] = []
    lane_h = np.array(start_h, dtype=np.int64)
    if start_h:
        # Long tracks bend with the contour; short lanes stay straight, so that they do cross the slope.
        far = shape[lane_h] == SCATTERED
        everything = [np.array(part) for part in (start_x, start_y, start_a, start_l)]
        lanes = [np.empty((0, 2))] * lane_h.size
        for chosen in (far, ~far):
            if not chosen.any():
                continue
            x, y, a, ln = (part[chosen] for part in everything)
            if chosen is far:
                made = _trace(relief, x, y, a, ln, rng.normal(0, 0.06, x.size))
            else:
                made = [
                    np.column_stack([x[i] + t * np.cos(a[i]), y[i] + t * np.sin(a[i])])
                    for i, t in ((i, np.linspace(0, ln[i], 3)) for i in range(x.size))
                ]
            for i, line in zip(np.flatnonzero(chosen).tolist(), made, strict=True):
                lanes[i] = line
        for i, lane in enumerate(_clear(lanes, roads.lines + [line for _, line, _ in own])):
            if lane is not None and _length(lane) > 18:
                own.append((int(lane_h[i]), lane, "lane" if shape[lane_h[i]] != SCATTERED else "track"))
                arms_of[int(lane_h[i])].append(lane)

    houses = _houses(rng, n, arms_of, shape, spacing)
    house_x, house_y, house_h = _choose(rng, relief, houses, want, hx, hy)
    return _assemble(rng, roads, own, house_x, house_y, house_h, shape)


def _houses(
    rng: np.random.Generator, n: int, arms_of: dict[int, list[F64]], shape: I64, spacing: F64
) -> tuple[F64, F64, I64, F64]:
    """Candidate houses on both sides (RULE 4): x, y, hamlet and metres along the street from its start."""
    xs, ys, hs, runs = [], [], [], []
    for h in range(n):
        for line in arms_of.get(h, []):
            whole = _length(line)
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
            spot, way = _along(line, run)
            xs.append(spot[:, 0] - side * off * way[:, 1])
            ys.append(spot[:, 1] + side * off * way[:, 0])
            hs.append(np.full(run.size, h))
            runs.append(run)
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(hs).astype(np.int64), np.concatenate(runs)


def _choose(
    rng: np.random.Generator,
    relief: Relief,
    houses: tuple[F64, F64, I64, F64],
    want: I64,
    hx: F64,
    hy: F64,
) -> tuple[F64, F64, I64]:
    """Keep buildable houses (RULE 5), the nearest to the hamlet's middle first, as many in all as wanted."""
    x, y, h, _ = houses
    west, south, east, north = relief.box
    wet = np.where(relief.area_m2 > 1.5e6, 1.0, 0.0)
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
        take[
            spare[
                np.argsort(rank[spare] / want[h[spare]] + rng.uniform(0, 0.05, spare.size), kind="stable")[:short]
            ]
        ] = True
    return x[take], y[take], h[take]


def _assemble(
    rng: np.random.Generator, roads: Roads, own: list[tuple[int, F64, str]], x: F64, y: F64, h: I64, shape: I64
) -> Streets:
    """Put roads and streets together, streets without a house near them left out."""
    tree = cKDTree(np.column_stack([x, y]))
    lines: list[F64] = []
    hamlet: list[int] = []
    surface: list[str] = []
    kind: list[str] = []
    for line in roads.lines:
        lines.append(line)
        hamlet.append(-1)
        surface.append("asphalt" if rng.random() < 0.35 else "concrete")
        kind.append("road")
    for i, line, what in own:
        if what != "street" and tree.query_ball_point(line[1:], 55.0, return_length=True).sum() == 0:
            continue
        lines.append(line)
        hamlet.append(i)
        soft = 0.45 if shape[i] == SCATTERED else 0.05 if shape[i] == PERIURBAN else 0.15
        surface.append("earth" if rng.random() < soft else "concrete")
        kind.append(what)
    return Streets(join(join(lines)), np.array(hamlet, dtype=np.int64), surface, kind, x, y, h)
