"""Tables that spare the search the same sums a million times: of every arc and direction, of nodes, houses, prices.

Kernels take a problem as a few arrays side by side, because handing over sixty costs more than designing a pipe.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import NO_COST, Ground, Homes
from qingxi.sewer import SewerKit, peak_flow_l_s
from qingxi.standard.compiled import bare
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Columns of Fixed.arc: by position in the list of neighbours, in the direction of flow.
LENGTH, RISE, A, B, C, EXTRA, FAST, FALL, TRENCH, CROSSING = range(10)
# Columns of Fixed.spot, a node's.
GROUND, END_DEPTH, SITE, JOIN, JOIN_FIXED, STAY_FIXED, STAY_MOST = range(7)
# Columns of Fixed.home; a lateral and a need for each slot follow.
HOME_FLOW, OWN, HOME_FAR, LATERAL = 0, 1, 2, 3
# Columns of Fixed.size, a gravity diameter's.
DN_MM, MEAN_MOST, LEAST_DEPTH, LEAST_SLOPE = range(4)
# Entries of Fixed.number.
(
    WORKS_PV, SEWER_PV, ANNUITY, MANHOLE_DEPTH, LIFT_BASE, LIFT_PER_L_S, LIFT_RUNNING, LIFT_UPKEEP, ENERGY, LOCAL_HEAD, DEEPEST,
    PRESSURE_DEPTH, PRESSURE_VELOCITY, VELOCITY, MANNING, SMALL_POWER, SMALL_CAP, INFILTRATION, LATERAL_START, PUMP,
    JOIN_UNIT, STAY_UNIT,
) = range(22)  # fmt: skip
FINE, FINE_CELLS = 0.01, 6_400  # m³/d of a cell of the plant table, up to FINE_MOST
FINE_MOST = FINE * FINE_CELLS
COARSE, COARSE_CELLS = 1.0, 40_000  # and beyond; past the last cell the last one goes on
BEST_FILL = 0.81  # the fill at which a round pipe runs fastest


class Fixed(NamedTuple):
    """What does not change while a layout is improved; columns above."""

    indptr: Ints
    neighbour: Ints
    arc: Floats
    spot: Floats
    home: Floats
    home_node: Ints  # [houses, slots]
    number: Floats
    size: Floats
    trench: Floats  # [a b c, diameter, class]
    pressure: Floats  # [pressure diameter, mm and price per m by class]
    peak: Floats  # [flow and factor, points]
    plant: Floats


def fixed_of(ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit) -> Fixed:
    """Work out what never changes; O(arcs + houses)."""
    number = np.array([
        kit.works_pv, kit.sewer_pv, kit.annuity, kit.manhole_per_depth, kit.lift_base, kit.lift_per_l_s, kit.lift_running,
        kit.lift_upkeep, kit.energy_yuan, kit.local_head_m, kit.depth_max_m, kit.pressure_depth_m, kit.pressure_velocity_m_s,
        kit.velocity_max_m_s, kit.manning, kit.small_power, kit.small_cap, kit.infiltration, kit.lateral_start_m,
        homes.pump, ground.join_per_m3_d, ground.stay_per_m3_d,
    ])  # fmt: skip
    spot = np.column_stack([
        ground.ground_m, ground.end_depth_m, ground.site, ground.join, ground.join_fixed, ground.stay_fixed,
        ground.stay_capacity_m3_d,
    ]).astype(np.float64)  # fmt: skip
    trench = np.stack([kit.trench_a, kit.trench_b, kit.trench_c])
    size = np.column_stack([kit.dn_mm, kit.mean_capacity_m3_d, kit.depth_min_m, kit.slope_min])
    peak = np.stack([kit.peak_q, kit.peak_k])
    return Fixed(
        ground.indptr, ground.neighbour, _arc_table(ground, kit, size, trench, peak, number), spot,
        np.column_stack([homes.flow_m3_d, homes.own, homes.far_m3_d, homes.lateral, homes.need_m]), homes.node, number, size, trench,
        np.column_stack([kit.pressure_dn_mm, kit.pressure_per_m]), peak, _plant_table(plants),
    )  # fmt: skip


def _arc_table(ground: Ground, kit: SewerKit, size: Floats, trench: Floats, peak: Floats, number: Floats) -> Floats:
    """Of every position (from its node to its neighbour) the columns above.

    ``EXTRA`` is crossing and manhole base. Up to ``FAST`` m³/d of the far year the smallest pipe does, and no velocity limit
    comes into play whatever the depth.
    """
    tail = np.repeat(np.arange(ground.ground_m.size), np.diff(ground.indptr))
    e = ground.arc
    t = ground.trench[e]
    table = np.empty((e.size, 10))
    table[:, LENGTH] = ground.length_m[e]
    table[:, RISE] = ground.ground_m[ground.neighbour] - ground.ground_m[tail]
    table[:, A], table[:, B], table[:, C] = trench[0, 0, t], trench[1, 0, t], trench[2, 0, t]
    table[:, EXTRA] = kit.crossing[ground.crossing[e]] + kit.manhole_base
    table[:, FALL] = kit.slope_min[0] * ground.length_m[e]
    table[:, TRENCH], table[:, CROSSING] = t, kit.crossing[ground.crossing[e]]
    _fast(table, size, peak, number)
    return table


@bare
def _fast(table: Floats, size: Floats, peak: Floats, number: Floats) -> None:
    for i in range(table.shape[0]):
        fast = size[0, MEAN_MOST]
        slope = -table[i, RISE] / table[i, LENGTH]
        if slope > size[0, LEAST_SLOPE]:
            fast = min(fast, _mean_within_velocity(slope, fast, size[0, DN_MM] / 1000.0, peak, number))
        table[i, FAST] = fast


@bare
def _mean_within_velocity(slope: float, most: float, diameter: float, peak: Floats, number: Floats) -> float:
    """A mean flow, at most ``most``, below which a pipe at this slope stays within the velocity limit."""
    low, high = 0.0, BEST_FILL
    for step in range(40):
        fill = high if step == 0 else 0.5 * (low + high)
        theta = 2.0 * math.acos(1.0 - 2.0 * fill)
        radius = diameter / 4.0 * (1.0 - math.sin(theta) / theta)
        if radius ** (2.0 / 3.0) * math.sqrt(slope) / number[MANNING] <= number[VELOCITY]:
            if step == 0:
                return most
            low = fill
        else:
            high = fill
    if low <= 0.0:
        return 0.0
    theta = 2.0 * math.acos(1.0 - 2.0 * low)
    area = diameter * diameter / 8.0 * (theta - math.sin(theta))
    allowed = 0.999 * 1000.0 * area * number[VELOCITY]
    low, high = 0.0, most
    for _ in range(40):
        mean = 0.5 * (low + high)
        if peak_of(mean, peak, number) <= allowed:
            low = mean
        else:
            high = mean
    return low


@bare
def peak_of(flow: float, peak: Floats, number: Floats) -> float:
    """Peak flow of a mean flow, L/s."""
    return float(
        peak_flow_l_s(flow, peak[0], peak[1], number[SMALL_POWER], number[SMALL_CAP], number[INFILTRATION])
    )


def _plant_table(plants: PlantKit) -> Floats:
    """Present value of a new plant by flow, away from waters and beside one: rows value and place of a jump, columns cells.

    Cells are :data:`FINE` wide up to :data:`FINE_MOST`, then :data:`COARSE`. Between two columns the value is straight (exact to
    a yuan), unless the price jumps there (another grade, another process): the third row says how far into the cell, 2 for nowhere.
    """
    flow = np.concatenate([np.arange(FINE_CELLS) * FINE, FINE_MOST + np.arange(COARSE_CELLS + 1) * COARSE])
    return np.stack([_plant_rows(flow, wet, plants) for wet in (False, True)])


@njit(cache=True, nogil=True)
def _plant_rows(flow: Floats, wet: bool, plants: PlantKit) -> Floats:
    n = flow.shape[0]
    rows = np.full((2, n), 2.0)
    for i in range(n):
        rows[0, i] = min(plant_pv(flow[i], wet, plants), NO_COST)
    for i in range(1, n - 2):
        a, b = rows[0, i], rows[0, i + 1]
        straight = min(abs(a - rows[0, i - 1]), abs(rows[0, i + 2] - b))
        if abs(b - a) <= 3.0 * straight + 100.0:
            continue
        low, high = flow[i], flow[i + 1]
        for _ in range(50):
            middle = 0.5 * (low + high)
            if abs(min(plant_pv(middle, wet, plants), NO_COST) - a) <= 3.0 * straight + 100.0:
                low = middle
            else:
                high = middle
        rows[1, i] = (high - flow[i]) / (flow[i + 1] - flow[i])
    return rows


@bare
def plant_value(flow: float, wet: bool, table: Floats) -> float:
    """Present value of the cheapest new plant, from the table."""
    row = 1 if wet else 0
    if flow < FINE_MOST:
        x = flow / FINE
        i = int(x)
        x -= i
    else:
        x = (flow - FINE_MOST) / COARSE
        i = min(int(x), COARSE_CELLS - 1)
        x -= i
        i += FINE_CELLS
    a, b = table[row, 0, i], table[row, 0, i + 1]
    jump = table[row, 1, i]
    if jump > 1.0:
        return float(a + x * (b - a))
    if x < jump:
        return float(a + x * (a - table[row, 0, i - 1]))
    return float(b - (1.0 - x) * (table[row, 0, i + 2] - b))
