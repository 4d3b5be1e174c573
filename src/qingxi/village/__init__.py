"""Who lives here: households, hamlets (自然村) and administrative villages (行政村), and by what data they are known.

A county is held as frozen columns, not as objects: 100,000 households are eight arrays. Positions are metres in the
county's computing zone.
"""

from qingxi.village.entry import HOUSEHOLD_FIELDS, VILLAGE_FIELDS, judge_household, judge_village
from qingxi.village.hamlets import Hamlets
from qingxi.village.households import Households
from qingxi.village.level import DataLevel
from qingxi.village.villages import VillageClass, Villages

__all__ = [
    "HOUSEHOLD_FIELDS",
    "VILLAGE_FIELDS",
    "DataLevel",
    "Hamlets",
    "Households",
    "VillageClass",
    "Villages",
    "judge_household",
    "judge_village",
]
