"""Present value of a shared plant as a function of its flow, for kernels."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.standard import Table
from qingxi.treatment.process import shared_processes

Floats = npt.NDArray[np.float64]


class PlantKit(NamedTuple):
    """Processes as columns, one entry a process; ``running_pv`` and ``works_pv`` as in ``docs/costs.md`` section 1."""

    grade: npt.NDArray[np.int64]
    works_fixed: Floats
    works_unit: Floats
    works_power: Floats
    running_fixed: Floats
    running_m3: Floats
    renewal: Floats
    land_fixed: Floats
    land_unit: Floats
    scale_low: Floats
    scale_high: Floats
    land_price: float
    margin: float
    least_m3_d: float
    grade_scale_m3_d: float
    works_pv: float
    annuity: float


def plant_kit(processes: Table, norms: Table, prices: Table, works_pv: float, annuity: float) -> PlantKit:
    """Columns of the table's shared processes."""
    rows = shared_processes(processes)

    def column(name: str) -> Floats:
        return np.array([getattr(p, name) for p in rows], dtype=np.float64)

    return PlantKit(
        np.array([p.grade for p in rows], dtype=np.int64),
        column("works_fixed"), column("works_unit"), column("works_power"), column("running_fixed"),
        column("running_m3"), column("renewal"), column("land_fixed"), column("land_unit"), column("scale_low"),
        column("scale_high"),
        prices["land.price"],
        norms["plant.margin"],
        norms["plant.min_m3_d"],
        norms["plant.grade_scale"],
        works_pv,
        annuity,
    )  # fmt: skip


@njit(cache=True)
def plant_choice(flow_m3_d: float, beside_water: bool, kit: PlantKit) -> tuple[int, float]:
    """Index of the cheapest allowed process and the present value; (−1, inf) where none is allowed."""
    design = max(kit.least_m3_d, kit.margin * flow_m3_d)
    asked = 1 if beside_water else (2 if design >= kit.grade_scale_m3_d else 3)
    best, least = -1, np.inf
    for p in range(kit.grade.shape[0]):
        if kit.grade[p] > asked or design < kit.scale_low[p] or design > kit.scale_high[p]:
            continue
        works = kit.works_fixed[p] + kit.works_unit[p] * design ** kit.works_power[p]
        works += kit.land_price * (kit.land_fixed[p] + kit.land_unit[p] * design)
        running = kit.running_fixed[p] + 365.0 * kit.running_m3[p] * flow_m3_d + kit.renewal[p] * works
        cost = kit.works_pv * works + kit.annuity * running
        if cost < least:
            best, least = p, cost
    return best, least


@njit(cache=True)
def plant_pv(flow_m3_d: float, beside_water: bool, kit: PlantKit) -> float:
    """Present value of the cheapest allowed plant for a mean flow, yuan."""
    return plant_choice(flow_m3_d, beside_water, kit)[1]
