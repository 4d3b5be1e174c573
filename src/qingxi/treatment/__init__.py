"""Treatment: shared plants by process, household units, reuse; what each costs and where it is allowed."""

from qingxi.treatment.grade import grade_asked, grade_name
from qingxi.treatment.household import HOUSEHOLD_MODES, HouseholdUnit, household_unit
from qingxi.treatment.plant import PlantKit, plant_choice, plant_kit, plant_pv
from qingxi.treatment.process import PROCESS_NAMES, Process, shared_processes

__all__ = [
    "HOUSEHOLD_MODES",
    "PROCESS_NAMES",
    "HouseholdUnit",
    "PlantKit",
    "Process",
    "grade_asked",
    "grade_name",
    "household_unit",
    "plant_choice",
    "plant_kit",
    "plant_pv",
    "shared_processes",
]
