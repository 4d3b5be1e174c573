"""Flow classes of the lower bound: a straight line under the cost of every end, by size of its network."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground
from qingxi.sewer import SewerKit
from qingxi.treatment import PlantKit, asked_grade

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


NEW, STAY, JOIN = range(3)


class Lines(NamedTuple):
    """One layer a row: ending costs at least ``fixed + slope · Q`` for every network of the layer's class.

    A network that ends in a plant belongs to a plant layer whose interval [``low_m3_d``, ``high_m3_d``] holds its flow Q;
    one that joins existing works belongs to the join layer, one that ends in an existing village plant that stays to the stay
    layer. ``fixed`` is by ``Ground.site`` (column 0: inf) and unused in the last two, whose fixed part is by node. ``largest_dn`` is the index of the largest pipe its flow may need.
    """

    slope: Floats
    fixed: Floats  # [layers, 5]
    joins: npt.NDArray[np.bool_]
    stays: npt.NDArray[np.bool_]
    low_m3_d: Floats
    high_m3_d: Floats
    largest_dn: Ints


def _curves(plants: PlantKit, beside_water: bool, middle_m3_d: float) -> list[tuple[float, float, float, float]]:
    """Costs of the processes allowed at a flow, as (constant, factor, power, per m³/d) of a + f·design^p + l·Q.

    The design flow is margin · Q above the least size, and the least size below; within a piece that no limit divides.
    """
    design = max(plants.least_m3_d, plants.margin * middle_m3_d)
    asked = asked_grade(design, beside_water, plants)
    small = design <= plants.least_m3_d
    found = []
    for p in range(plants.grade.shape[0]):
        if plants.grade[p] > asked or not plants.scale_low[p] <= design <= plants.scale_high[p]:
            continue
        worth = plants.works_pv + plants.annuity * plants.renewal[p]  # present value of a yuan of works
        constant = worth * (plants.works_fixed[p] + plants.land_price * plants.land_fixed[p])
        constant += plants.annuity * plants.running_fixed[p]
        per_flow = plants.annuity * 365.0 * plants.running_m3[p]
        factor, power = worth * plants.works_unit[p], plants.works_power[p]
        land = worth * plants.land_price * plants.land_unit[p]
        if small:
            constant += factor * plants.least_m3_d**power + land * plants.least_m3_d
            found.append((constant, 0.0, 1.0, per_flow))
        else:
            found.append((constant, factor * plants.margin**power, power, per_flow + land * plants.margin))
    return found


def _limits(plants: PlantKit) -> Floats:
    """Flows at which the choice of processes, the grade asked or the form of a curve changes."""
    designs = [plants.least_m3_d, *plants.step_m3_d, *plants.scale_low, *plants.scale_high]
    return np.unique([d / plants.margin for d in designs if d > 0])


def _pieces(plants: PlantKit, low: float, high: float) -> list[tuple[float, float]]:
    limits = _limits(plants)
    cuts = [low, *limits[(limits > low) & (limits < high)], high]
    return list(pairwise(cuts))


def _value(curve: tuple[float, float, float, float], q: float) -> float:
    constant, factor, power, per_flow = curve
    return float(constant + factor * q**power + per_flow * q)


def fixed_part(plants: PlantKit, beside_water: bool, slope: float, low: float, high: float) -> float:
    """The largest F with F + slope · Q at most the cost of every allowed plant for all Q from low to high; inf if none is.

    A curve of power at most 1 is concave and lies above a line where it does so at both ends of each piece; one of power
    above 1 is looked at where its slope is the line's too.
    """
    least = np.inf
    for a, b in _pieces(plants, low, high):
        for curve in _curves(plants, beside_water, 0.5 * (a + b)):
            _, factor, power, per_flow = curve
            at = [a, b]
            if power > 1.0 and factor > 0.0 and slope > per_flow:
                touch = ((slope - per_flow) / (factor * power)) ** (1.0 / (power - 1.0))
                at.append(min(max(touch, a), b))
            least = min(least, *(_value(curve, q) - slope * q for q in at))
    return least


def _hull_slope(plants: PlantKit, beside_water: bool, low: float, high: float) -> float:
    """Slope of the lower convex hull of the cost over the class, at its middle; inf where no plant is allowed."""
    points: list[tuple[float, float]] = []
    for a, b in _pieces(plants, low, high):
        curves = _curves(plants, beside_water, 0.5 * (a + b))
        if curves:
            points += [(q, min(_value(c, q) for c in curves)) for q in (a, b)]
    if not points:
        return np.inf
    middle = 0.5 * (points[0][0] + points[-1][0])
    left = [p for p in points if p[0] <= middle] or points[:1]
    right = [p for p in points if p[0] > middle] or points[-1:]
    # The hull edge over the middle has, of all chords across it, the lowest value there.
    best, slope = np.inf, 0.0
    for q0, f0 in left:
        for q1, f1 in right:
            if q1 > q0:
                s = (f1 - f0) / (q1 - q0)
                if f0 + s * (middle - q0) < best:
                    best, slope = f0 + s * (middle - q0), s
    return max(slope, 0.0)


def class_line(plants: PlantKit, beside_water: bool, low: float, high: float) -> tuple[float, float] | None:
    """Fixed part and slope of a line below every allowed plant of a class; None where none is allowed."""
    slope = _hull_slope(plants, beside_water, low, high)
    if not np.isfinite(slope):
        return None
    once = fixed_part(plants, beside_water, slope, low, high)
    if once < 0.0:  # only a convex curve; an arc may not earn money
        slope, once = 0.0, fixed_part(plants, beside_water, 0.0, low, high)
    return once, slope


def end_lines(
    plants: PlantKit, kit: SewerKit, ground: Ground, flow_m3_d: float, breaks_m3_d: tuple[float, ...]
) -> Lines:
    """Layers of the bound for a county of this total mean flow.

    The flow at which a better grade is asked is always a break. Where there are sites of both kinds each has its own
    layers, since a line for one lies far below the cost of the other.
    """
    rows: list[tuple[float, list[float], int, float, float]] = []
    most = max(flow_m3_d, 1e-9) * (1 + 1e-9)
    for kind in (1, 2):
        if not ((ground.site == kind) | (ground.site == kind + 2)).any():
            continue
        changes = np.flatnonzero(np.diff(plants.step_grade[kind - 1])) + 1
        own_cuts = sorted({*breaks_m3_d, *(plants.step_m3_d[changes] / plants.margin)})
        own_cuts = [0.0, *(q for q in own_cuts if 0 < q < most), most]
        for low, high in pairwise(own_cuts):
            line = class_line(plants, kind == 2, low, high)
            if line is not None:
                once, slope = line
                fixed = [np.inf] * 5
                fixed[kind] = fixed[kind + 2] = once
                rows.append((slope, fixed, NEW, low, high))
    if (ground.site > 2).any():
        largest_stay = float(ground.stay_capacity_m3_d[ground.site > 2].max())
        rows.append((ground.stay_per_m3_d, [np.inf] * 5, STAY, 0.0, min(most, largest_stay)))
    if (ground.join >= 0).any():
        rows.append((ground.join_per_m3_d, [np.inf] * 5, JOIN, 0.0, most))
    largest = [_largest_dn(kit, row[4]) for row in rows]
    return Lines(
        slope=np.array([r[0] for r in rows]), fixed=np.array([r[1] for r in rows]).reshape(-1, 5),
        joins=np.array([r[2] == JOIN for r in rows], dtype=np.bool_),
        stays=np.array([r[2] == STAY for r in rows], dtype=np.bool_), low_m3_d=np.array([r[3] for r in rows]),
        high_m3_d=np.array([r[4] for r in rows]), largest_dn=np.array(largest, dtype=np.int64),
    )  # fmt: skip


def useful_layers(
    ends: npt.NDArray[np.bool_], roots: npt.NDArray[np.bool_], slope: Floats, largest_dn: Ints
) -> npt.NDArray[np.bool_]:
    """Layers that a part needs: those with an end in it, and of the others those that lead out of it more cheaply than any kept.

    What leaves a part leaves it in every layer at the same cost: a layer without ends is never better than another of no greater
    slope and no smaller pipes.
    """
    kept = ends.copy()
    for k in np.lexsort((-largest_dn, slope)):
        if not kept[k] and roots[k]:
            kept[k] = not (kept & (slope <= slope[k]) & (largest_dn >= largest_dn[k])).any()
    return kept


def _largest_dn(kit: SewerKit, flow_m3_d: float) -> int:
    dn = 0
    while dn < kit.dn_mm.shape[0] - 1 and flow_m3_d * kit.growth * (1 + 1e-9) > kit.mean_capacity_m3_d[dn]:
        dn += 1
    return dn
