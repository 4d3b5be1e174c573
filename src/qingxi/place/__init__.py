"""Places (地方): levels, 12-digit codes, and the dated tree of county, townships, villages and natural villages.

The tree keeps its past: a renamed or merged village stays what it was on the days when it was so, and a figure of
that day is rolled up by the tree of that day. Duty (责任) hangs on the tree too: who answers for what, where, when.
"""

from qingxi.place.code import BadCode, Level, PlaceCode, parse_code
from qingxi.place.datum import (
    Datum,
    from_bd09,
    from_gcj02,
    gcj02_to_bd09,
    in_china,
    likely_datum,
    to_bd09,
    to_gcj02,
)
from qingxi.place.duty import Duty, DutyRole, responsible
from qingxi.place.tree import Place, PlaceTree, VillageClass, VillageKind, merge, rename

__all__ = [
    "BadCode",
    "Datum",
    "Duty",
    "DutyRole",
    "Level",
    "Place",
    "PlaceCode",
    "PlaceTree",
    "VillageClass",
    "VillageKind",
    "from_bd09",
    "from_gcj02",
    "gcj02_to_bd09",
    "in_china",
    "likely_datum",
    "merge",
    "parse_code",
    "rename",
    "responsible",
    "to_bd09",
    "to_gcj02",
]
