"""Treatment: shared plants by process, household units, reuse; what each costs, needs, and where it is allowed."""

from qingxi.treatment.grade import GradeSteps, class_at, grade_steps
from qingxi.treatment.household import HOUSEHOLD_MODES, HouseholdUnit, household_unit
from qingxi.treatment.plant import PlantKit, asked_grade, plant_choice, plant_kit, plant_pv
from qingxi.treatment.process import Place, Process, refused_processes, shared_processes
from qingxi.treatment.way import Way, all_ways, ways_of

__all__ = [
    "HOUSEHOLD_MODES",
    "GradeSteps",
    "HouseholdUnit",
    "Place",
    "PlantKit",
    "Process",
    "Way",
    "all_ways",
    "asked_grade",
    "class_at",
    "grade_steps",
    "household_unit",
    "plant_choice",
    "plant_kit",
    "plant_pv",
    "refused_processes",
    "shared_processes",
    "ways_of",
]
