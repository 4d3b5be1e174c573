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
from scipy.spatial import cKDTree

from qingxi.world.chance import chance
from qingxi.world.houses import candidate_houses, choose_houses
from qingxi.world.join import join
from qingxi.world.lines import along, clear, first, length, trace
from qingxi.world.relief import Relief
from qingxi.world.roads import Roads
from qingxi.world.settle import PERIURBAN, RIBBON, SCATTERED, Settlement

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_SPACING = np.array([12.5, 14.5, 19.0, 14.0])  # metres between houses on one side, by shape


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


@dataclass(frozen=True)
class _Place:
    """What the steps of making streets share."""

    relief: Relief
    roads: Roads
    x: F64
    y: F64
    shape: I64
    want: I64
    spacing: F64


Own = list[tuple[int, F64, str]]
"""Streets of hamlets: hamlet, vertices, and street, lane or track."""


def make_streets(seed: int, relief: Relief, town: Settlement, roads: Roads) -> Streets:
    """Streets and houses of every hamlet, as many houses as the settlement wants in all."""
    rng = chance(seed, "streets")
    n = len(town.hamlet_id)
    spots = np.array([roads.node_xy[int(c)] for c in roads.site_node[:n]])
    shape = town.hamlet_shape
    place = _Place(relief, roads, spots[:, 0], spots[:, 1], shape, town.hamlet_target, _SPACING[shape])
    for room in (1.0, 1.6, 2.5):  # on cramped ground more side streets are needed
        arms_of, own = _main_streets(rng, place)
        _side_streets(rng, place, room, arms_of, own)
        houses = candidate_houses(rng, n, arms_of, shape, place.spacing)
        house_x, house_y, house_h = choose_houses(rng, relief, houses, place.want, place.x, place.y)
        if house_x.size == place.want.sum():
            break
    return _assemble(rng, roads, own, house_x, house_y, house_h, shape)


def _main_streets(rng: np.random.Generator, p: _Place) -> tuple[dict[int, list[F64]], Own]:
    """RULE 1: arms along the roads, at most half way to the next junction, and traced ones where a road is missing."""
    at = p.roads.arms_at()
    compact = np.clip(np.sqrt(p.want) * 32, 120, 560)
    reach = np.where(p.shape == RIBBON, p.want * p.spacing * 0.62, np.where(p.shape == SCATTERED, 420.0, compact))
    arms_of: dict[int, list[F64]] = {}
    alone: list[tuple[int, float]] = []
    for h in range(p.x.size):
        mine = at.get(int(p.roads.site_node[h]), [])
        arms = arms_of.setdefault(h, [])
        for i, turned in mine:
            line = p.roads.lines[i][::-1] if turned else p.roads.lines[i]
            arms.append(first(line, min(float(reach[h]) / max(len(mine), 2), 0.48 * length(line))))
        for k in range(max(0, 2 - len(mine))):
            if arms:
                other = arms[-1]
                angle = float(np.arctan2(*(other[0] - other[min(2, len(other) - 1)])[::-1]))
            else:
                angle = float(rng.uniform(0, np.pi) + np.pi * k)
            alone.append((h, angle))
    own: Own = []
    if alone:
        who = np.array([h for h, _ in alone])
        angles = np.array([a for _, a in alone])
        traced = trace(p.relief, p.x[who], p.y[who], angles, reach[who] / 2, rng.normal(0, 0.03, who.size))
        for h, kept in zip(who.tolist(), clear(traced, p.roads.lines), strict=True):
            if kept is not None and length(kept) > 30:
                own.append((h, kept, "street"))
                arms_of[h].append(kept)
    return arms_of, own


def _side_streets(
    rng: np.random.Generator, p: _Place, room: float, arms_of: dict[int, list[F64]], own: Own
) -> None:
    """RULE 3: lanes, or tracks for scattered hamlets; added to ``arms_of`` and ``own``."""
    starts: list[tuple[float, float, float, float]] = []
    hamlet: list[int] = []
    for h, lines in arms_of.items():
        mine = _starts(rng, p, room, h, lines) if lines else []
        starts += mine
        hamlet += [h] * len(mine)
    if not starts:
        return
    of = np.array(hamlet, dtype=np.int64)
    x, y, angle, metres = np.array(starts).T
    lanes = [
        np.column_stack([x[i] + t * np.cos(angle[i]), y[i] + t * np.sin(angle[i])])
        for i, t in enumerate(np.linspace(0, metres, 3).T)
    ]
    # Long tracks bend with the contour; short lanes stay straight, so that they do cross the slope.
    far = np.flatnonzero(p.shape[of] == SCATTERED)
    if far.size:
        sway = rng.normal(0, 0.06, far.size)
        for i, line in zip(
            far.tolist(), trace(p.relief, x[far], y[far], angle[far], metres[far], sway), strict=True
        ):
            lanes[i] = line
    for i, lane in enumerate(clear(lanes, p.roads.lines + [line for _, line, _ in own])):
        if lane is not None and length(lane) > 18:
            h = int(of[i])
            own.append((h, lane, "track" if p.shape[h] == SCATTERED else "lane"))
            arms_of[h].append(lane)


def _starts(
    rng: np.random.Generator, p: _Place, room: float, h: int, lines: list[F64]
) -> list[tuple[float, float, float, float]]:
    """Where a hamlet's side streets leave its main streets: x, y, direction, length, enough of them for its houses."""
    total = sum(length(line) for line in lines)
    scattered = bool(p.shape[h] == SCATTERED)
    if scattered:
        missing = max(0.0, room * float(p.want[h]) / 1.45 * 100 - total)
        count = int(np.ceil(missing / 380))
        each = missing / max(count, 1) * 1.25
    else:
        gap = float(p.spacing[h])
        missing = max(0.0, (room * float(p.want[h]) * 1.9 - 2 * total / gap) * gap / 2)
        count = max(2, int(room * total / 38))
        each = float(np.clip(missing / count, 35, 150))
    out = []
    for k in range(count):
        line = lines[k % len(lines)]
        whole = length(line)
        if whole < 20:
            continue
        lap = (k // len(lines) + 0.5 + rng.uniform(-0.2, 0.2)) / (count / len(lines) + 0.5)
        spot, way = along(line, np.array([np.clip(lap, 0.05, 0.98) * whole]))
        side = 1 if (k // len(lines)) % 2 else -1
        turn = rng.uniform(0.5, 1.2) if scattered else np.pi / 2 + rng.normal(0, 0.12)
        angle = float(np.arctan2(way[0, 1], way[0, 0])) + side * turn
        out.append((float(spot[0, 0]), float(spot[0, 1]), angle, each * rng.uniform(0.75, 1.3)))
    return out


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
