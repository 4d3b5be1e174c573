"""The terms of the choice on a forest: flow classes, depth levels, what a pipe, a lift, a house costs there."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes
from qingxi.sewer import SewerKit, peak_flow_l_s, pressure_dn, trench_works
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BIG = 1e15


class Classes(NamedTuple):
    """Flow classes: ``slope[k]`` yuan per m³/d paid by every house of a network, ``fixed[k, site]`` paid once at its plant.

    The last class is that of joining; its fixed part is in ``Ground.join_fixed`` and its slope may vary by node
    (``join_slope``), which is how a full main is made dearer. Class ``stay`` (−1: none) is that of existing village plants; its
    fixed part is in ``Ground.stay_fixed``.
    """

    slope: Floats
    fixed: Floats  # [classes - 1, 5], column by Ground.site
    join_slope: Floats  # [nodes]
    stay: int


@njit(cache=True, nogil=True)
def depth_levels(kit: SewerKit, ground_m: Floats, eta_m: Floats, count: int) -> Floats:
    """Depth levels of each node, ascending, from least cover to greatest depth.

    Inner levels lie on planes that fall with ``eta_m`` (least slope times distance to the end along the present plan), so
    that a pipe along the plan lands exactly on the next node's level.
    """
    n = ground_m.shape[0]
    least, most = kit.depth_min_m[0], kit.depth_max_m
    step = (most - least) / (count - 2)
    levels = np.empty((n, count))
    for v in range(n):
        offset = (ground_m[v] - eta_m[v] - least) % step
        if offset < 1e-9:
            offset = step
        levels[v, 0] = least
        for j in range(1, count - 1):
            levels[v, j] = min(most, least + offset + (j - 1) * step)
        levels[v, count - 1] = most
    return levels


@bare
def gravity_step(
    kit: SewerKit, d: float, rise: float, length: float, s: int, x: int, dn: int, levels: Floats
) -> tuple[float, int]:
    """Present value of a pipe that starts at depth d, and the level it reaches (−1: too deep)."""
    start = max(d, kit.depth_min_m[dn])
    arrive = max(kit.depth_min_m[dn], start + rise + kit.slope_min[dn] * length)
    if arrive > kit.depth_max_m + 1e-9:
        return BIG, -1
    works = trench_works(length, start, arrive, kit.trench_a[dn, s], kit.trench_b[dn, s], kit.trench_c[dn, s])
    cost = kit.sewer_pv * (works + kit.crossing[x])
    j = 0
    while levels[j] < arrive - 1e-6:
        j += 1
        if j == levels.shape[0]:
            return BIG, -1
    return cost, j


@bare
def lift_cost(kit: SewerKit, flow: float, head: float) -> tuple[float, float]:
    """Present value of a lift for a flow, and of a metre of its pressure main's energy."""
    peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    works = kit.lift_base + kit.lift_per_l_s * peak
    metre = kit.annuity * kit.energy_yuan * flow
    running = kit.annuity * (kit.lift_running + kit.lift_upkeep * works)
    return kit.works_pv * works + running + metre * (head + kit.local_head_m), metre


@bare
def pressure_cost(kit: SewerKit, flow: float, length: float, s: int, x: int) -> float:
    peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    dn = pressure_dn(peak, kit.pressure_dn_mm, kit.pressure_velocity_m_s)
    return float(kit.sewer_pv * (length * kit.pressure_per_m[dn, s] + kit.crossing[x]))


@bare
def dn_for(kit: SewerKit, flow: float) -> int:
    dn = 0
    while dn < kit.dn_mm.shape[0] - 1 and flow > kit.mean_capacity_m3_d[dn]:
        dn += 1
    return dn


@bare
def class_slope(classes: Classes, k: int, v: int) -> float:
    if k == classes.slope.shape[0]:
        return float(classes.join_slope[v])
    return float(classes.slope[k])


@bare
def end_fixed(classes: Classes, ground: Ground, k: int, v: int) -> float:
    if k == classes.slope.shape[0]:
        return float(ground.join_fixed[v]) if ground.join[v] >= 0 else BIG
    if k == classes.stay:
        return float(ground.stay_fixed[v]) if ground.site[v] > 2 else BIG
    return float(classes.fixed[k, ground.site[v]]) if ground.site[v] > 0 else BIG


@bare
def house_tie(homes: Homes, h: int, s: int, slope: float, depth: float) -> tuple[float, bool]:
    """Cost of tying house h in at its slot at this depth of the node, and whether by pump."""
    cost = homes.lateral[h, s] + slope * homes.flow_m3_d[h]
    if homes.need_m[h, s] > depth + 1e-9:
        return cost + homes.pump, True
    return cost, False
