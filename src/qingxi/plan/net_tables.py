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
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Columns of Fixed.arc: by position in the list of neighbours, in the direction of flow.
LENGTH, RISE, A, B, C, EXTRA, FAST, FALL, TRENCH, CROSSING = range(10)
# Columns of Fixed.spot, a node's.
GROUND, END_DEPTH, SITE, JOIN, JOIN_FIXED, STAY_FIXED, STAY_MOST = range(7)
# Columns of Fixed.home; a lateral and a need for each slot follow.
HOME_FLOW, OWN, LATERAL = 0, 1, 2
# Columns of Fixed.size, a gravity diameter's.
DN_MM, MEAN_MOST, LEAST_DEPTH, LEAST_SLOPE = range(4)
# Entries of Fixed.number.
(
    WORKS_PV, SEWER_PV, ANNUITY, MANHOLE_DEPTH, LIFT_BASE, LIFT_PER_L_S, LIFT_RUNNING, LIFT_UPKEEP, ENERGY, LOCAL_HEAD, DEEPEST,
    PRESSURE_DEPTH, PRESSURE_VELOCITY, VELOCITY, MANNING, GROWTH, SMALL_POWER, SMALL_CAP, INFILTRATION, LATERAL_START, PUMP,
    JOIN_UNIT, STAY_UNIT, LAND_PRICE, MARGIN, LEAST_PLANT, GRADE_SCALE,
) = range(27)  # fmt: skip
PLANT_STEP = 0.01  # m³/d between entries of the plant table
PLANT_ENTRIES = 6_400
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
    process: Floats  # [processes, fields of PlantKit]
    plant: Floats


def fixed_of(ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit) -> Fixed:
    """Work out what never changes; O(arcs + houses)."""
    number = np.array([
        kit.works_pv, kit.sewer_pv, kit.annuity, kit.manhole_per_depth, kit.lift_base, kit.lift_per_l_s, kit.lift_running,
        kit.lift_upkeep, kit.energy_yuan, kit.local_head_m, kit.depth_max_m, kit.pressure_depth_m, kit.pressure_velocity_m_s,
        kit.velocity_max_m_s, kit.manning, kit.growth, kit.small_power, kit.small_cap, kit.infiltration, kit.lateral_start_m,
        homes.pump, ground.join_per_m3_d, ground.stay_per_m3_d, plants.land_price, plants.margin, plants.least_m3_d,
        plants.grade_scale_m3_d,
    ])  # fmt: skip
    process = np.column_stack([
        plants.grade, plants.works_fixed, plants.works_unit, plants.works_power, plants.running_fixed, plants.running_m3,
        plants.renewal, plants.land_fixed, plants.land_unit, plants.scale_low, plants.scale_high,
    ]).astype(np.float64)  # fmt: skip
    spot = np.column_stack([
        ground.ground_m, ground.end_depth_m, ground.site, ground.join, ground.join_fixed, ground.stay_fixed,
        ground.stay_capacity_m3_d,
    ]).astype(np.float64)  # fmt: skip
    classes = kit.trench_a.shape[1]
    trench = np.stack(
        [
            kit.trench_a,
            *(
                np.broadcast_to(x.reshape(x.shape[0], -1), (x.shape[0], classes))
                for x in (kit.trench_b, kit.trench_c)
            ),
        ]
    )
    size = np.column_stack([kit.dn_mm, kit.mean_capacity_m3_d, kit.depth_min_m, kit.slope_min])
    peak = np.stack([kit.peak_q, kit.peak_k])
    return Fixed(
        ground.indptr, ground.neighbour, _arc_table(ground, kit, size, trench, peak, number), spot,
        np.column_stack([homes.flow_m3_d, homes.own, homes.lateral, homes.need_m]), homes.node, number, size, trench,
        np.column_stack([kit.pressure_dn_mm, kit.pressure_per_m]), peak, process, _plant_table(process, number),
    )  # fmt: skip


def _arc_table(ground: Ground, kit: SewerKit, size: Floats, trench: Floats, peak: Floats, number: Floats) -> Floats:
    """Of every position (from its node to its neighbour) the columns above.

    ``EXTRA`` is crossing and manhole base. Up to ``FAST`` m³/d (without growth) the smallest pipe does, and no velocity limit
    comes into play whatever the depth.
    """
    tail = np.repeat(np.arange(ground.ground_m.size), np.diff(ground.indptr))
    e = ground.arc
    t = ground.surface[e]
    table = np.empty((e.size, 10))
    table[:, LENGTH] = ground.length_m[e]
    table[:, RISE] = ground.ground_m[ground.neighbour] - ground.ground_m[tail]
    table[:, A], table[:, B], table[:, C] = trench[0, 0, t], trench[1, 0, t], trench[2, 0, t]
    table[:, EXTRA] = kit.crossing[ground.crossing[e]] + kit.manhole_base
    table[:, FALL] = kit.slope_min[0] * ground.length_m[e]
    table[:, TRENCH], table[:, CROSSING] = t, kit.crossing[ground.crossing[e]]
    _fast(table, size, peak, number)
    return table


@njit(cache=True, nogil=True)
def _fast(table: Floats, size: Floats, peak: Floats, number: Floats) -> None:
    for i in range(table.shape[0]):
        fast = size[0, MEAN_MOST]
        slope = -table[i, RISE] / table[i, LENGTH]
        if slope > size[0, LEAST_SLOPE]:
            fast = min(fast, _mean_within_velocity(slope, fast, size[0, DN_MM] / 1000.0, peak, number))
        table[i, FAST] = fast / number[GROWTH]


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def peak_of(flow: float, peak: Floats, number: Floats) -> float:
    """Peak flow of a mean flow (growth included), L/s."""
    return float(
        peak_flow_l_s(flow, peak[0], peak[1], number[SMALL_POWER], number[SMALL_CAP], number[INFILTRATION])
    )


@njit(cache=True, nogil=True)
def _plant_formula(flow: float, wet: bool, process: Floats, number: Floats) -> float:
    """What ``plant_pv`` says, from the packed processes; ``NO_COST`` where none is allowed."""
    design = max(number[LEAST_PLANT], number[MARGIN] * flow)
    asked = 1.0 if wet else (2.0 if design >= number[GRADE_SCALE] else 3.0)
    least = NO_COST
    for p in range(process.shape[0]):
        if process[p, 0] > asked or design < process[p, 9] or design > process[p, 10]:
            continue
        works = process[p, 1] + process[p, 2] * design ** process[p, 3]
        works += number[LAND_PRICE] * (process[p, 7] + process[p, 8] * design)
        running = process[p, 4] + 365.0 * process[p, 5] * flow + process[p, 6] * works
        least = min(least, number[WORKS_PV] * works + number[ANNUITY] * running)
    return least


@njit(cache=True, nogil=True)
def _plant_table(process: Floats, number: Floats) -> Floats:
    """Present value of a new plant at steps of :data:`PLANT_STEP`, away from and beside a water.

    Rows 2 and 3 are 1 where the value between two entries is not their mean (a price that jumps): ask the formula there.
    """
    table = np.zeros((4, PLANT_ENTRIES + 1))
    for wet in range(2):
        for i in range(PLANT_ENTRIES + 1):
            table[wet, i] = _plant_formula(i * PLANT_STEP, wet == 1, process, number)
        for i in range(PLANT_ENTRIES):
            a, b = table[wet, i], table[wet, i + 1]
            middle = _plant_formula((i + 0.5) * PLANT_STEP, wet == 1, process, number)
            if not abs(middle - 0.5 * (a + b)) <= 0.01:
                table[2 + wet, i] = 1.0
    return table


@njit(cache=True, nogil=True)
def plant_value(flow: float, wet: bool, fixed: Fixed) -> float:
    """Present value of the cheapest new plant; from the table where that is exact to a cent."""
    row = 1 if wet else 0
    x = flow / PLANT_STEP
    i = int(x)
    if i >= PLANT_ENTRIES or fixed.plant[2 + row, i] > 0.0:
        return _plant_formula(flow, wet, fixed.process, fixed.number)
    return float(fixed.plant[row, i] + (x - i) * (fixed.plant[row, i + 1] - fixed.plant[row, i]))
