"""Treatment: shared plants by process, household units, reuse; what each costs and where it is allowed."""

from qingxi.treatment.grade import GradeSteps, class_at, grade_steps
from qingxi.treatment.household import HOUSEHOLD_MODES, HouseholdUnit, household_unit
from qingxi.treatment.plant import PlantKit, asked_grade, plant_choice, plant_kit, plant_pv
from qingxi.treatment.process import PROCESS_NAMES, Process, shared_processes

__all__ = [
    "HOUSEHOLD_MODES",
    "PROCESS_NAMES",
    "GradeSteps",
    "HouseholdUnit",
    "PlantKit",
    "Process",
    "asked_grade",
    "class_at",
    "grade_steps",
    "household_unit",
    "plant_choice",
    "plant_kit",
    "plant_pv",
    "shared_processes",
]
