"""Present value of a shared plant as a function of its flow, for kernels."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.standard import Table
from qingxi.standard.compiled import bare
from qingxi.treatment.grade import GradeSteps, grade_steps
from qingxi.treatment.process import Place, shared_processes

Floats = npt.NDArray[np.float64]


class PlantKit(NamedTuple):
    """Processes as columns, one entry a process; ``works_pv`` and ``annuity`` as in ``docs/costs.md`` section 1."""

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
    step_m3_d: Floats  # design scales from which another grade is asked, ascending, the first 0
    step_grade: npt.NDArray[np.int64]  # [2, steps]: away from waters with a function, beside one
    works_pv: float
    annuity: float


def plant_kit(
    processes: Table, norms: Table, prices: Table, works_pv: float, annuity: float,
    asked: GradeSteps | None = None, place: Place | None = None,
) -> PlantKit:  # fmt: skip
    """Columns of the shared processes that the place allows, and the grade asked by scale (default: Guangdong's frame)."""
    rows = shared_processes(processes, place)
    steps = grade_steps() if asked is None else asked

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
        steps.from_m3_d,
        steps.grade,
        works_pv,
        annuity,
    )  # fmt: skip


@bare
def asked_grade(design_m3_d: float, beside_water: bool, kit: PlantKit) -> int:
    """Discharge grade asked of a plant of this design flow: 0 special, 1, 2, 3."""
    k = kit.step_m3_d.shape[0] - 1
    while k > 0 and design_m3_d < kit.step_m3_d[k]:
        k -= 1
    return int(kit.step_grade[1 if beside_water else 0, k])


@bare
def plant_choice(flow_m3_d: float, beside_water: bool, kit: PlantKit) -> tuple[int, float]:
    """Index of the cheapest allowed process and the present value; (−1, inf) where none is allowed."""
    design = max(kit.least_m3_d, kit.margin * flow_m3_d)
    asked = asked_grade(design, beside_water, kit)
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


@bare
def plant_pv(flow_m3_d: float, beside_water: bool, kit: PlantKit) -> float:
    """Present value of the cheapest allowed plant for a mean flow, yuan."""
    return plant_choice(flow_m3_d, beside_water, kit)[1]
