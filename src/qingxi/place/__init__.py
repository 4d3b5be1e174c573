"""Places (地方): levels, 12-digit codes, and the dated tree of county, townships, villages and natural villages.

The tree keeps its past: a renamed or merged village stays what it was on the days when it was so, and a figure of
that day is rolled up by the tree of that day. Duty (责任) hangs on the tree too: who answers for what, where, when.
"""

from qingxi.place.change import close, merge, move, rename, split
from qingxi.place.code import BadCode, Level, PlaceCode, kind_by_code, parse_code
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
from qingxi.place.duty import (
    Answer,
    Duty,
    DutyRole,
    Party,
    Post,
    Subject,
    party_of,
    responsible,
    who_is_in_charge,
)
from qingxi.place.handover import Change, Difference, Line, Turn, difference
from qingxi.place.posts import Gap, GapKind, StandardDuty, gaps, standard_duties
from qingxi.place.register import COLUMNS, Listed, check_rows
from qingxi.place.spelling import initials, typed
from qingxi.place.tree import Place, PlaceTree, VillageClass, VillageKind

__all__ = [
    "COLUMNS",
    "Answer",
    "BadCode",
    "Change",
    "Datum",
    "Difference",
    "Duty",
    "DutyRole",
    "Gap",
    "GapKind",
    "Level",
    "Line",
    "Listed",
    "Party",
    "Place",
    "PlaceCode",
    "PlaceTree",
    "Post",
    "StandardDuty",
    "Subject",
    "Turn",
    "VillageClass",
    "VillageKind",
    "check_rows",
    "close",
    "difference",
    "from_bd09",
    "from_gcj02",
    "gaps",
    "gcj02_to_bd09",
    "in_china",
    "initials",
    "kind_by_code",
    "likely_datum",
    "merge",
    "move",
    "parse_code",
    "party_of",
    "rename",
    "responsible",
    "split",
    "standard_duties",
    "to_bd09",
    "to_gcj02",
    "typed",
    "who_is_in_charge",
]
