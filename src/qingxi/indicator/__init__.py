"""Figures (指标): formula, list behind the numerator, list behind the denominator, date, and what they rest on.

A definition is data (``definitions/*.toml``, or one the county brings): the same villages give the rate by
administrative villages and by natural villages side by side. 已治理, 已管控 and 未完成 are never added silently.
"""

from qingxi.indicator.censored import Percent, gain, read_percent
from qingxi.indicator.change import Change, change, why_lost
from qingxi.indicator.definition import TRUST_WORDS, Definition, definitions, parse_definition
from qingxi.indicator.denominator import DenominatorList, Entry, Member, denominator, propose
from qingxi.indicator.facts import CaseFact, DigFact, Facts, HouseFact, SeatFact, StationFact
from qingxi.indicator.figure import BARE_UNITS, Counted, Figure, as_line, percent
from qingxi.indicator.rate import Records, rate, rates
from qingxi.indicator.recompute import Recomputed, recompute
from qingxi.indicator.reported import Difference, Reported, against, beside, gained, read_value
from qingxi.indicator.reported_entry import REPORTED_FIELDS, reported_of
from qingxi.indicator.rollup import Node, Rolled, RollUp, Tree, roll_up
from qingxi.indicator.standing import HamletStanding, State, ThreeBasics, Turn, VillageStanding

__all__ = [
    "BARE_UNITS",
    "REPORTED_FIELDS",
    "TRUST_WORDS",
    "CaseFact",
    "Change",
    "Counted",
    "Definition",
    "DenominatorList",
    "Difference",
    "DigFact",
    "Entry",
    "Facts",
    "Figure",
    "HamletStanding",
    "HouseFact",
    "Member",
    "Node",
    "Percent",
    "Recomputed",
    "Records",
    "Reported",
    "RollUp",
    "Rolled",
    "SeatFact",
    "State",
    "StationFact",
    "ThreeBasics",
    "Tree",
    "Turn",
    "VillageStanding",
    "against",
    "as_line",
    "beside",
    "change",
    "definitions",
    "denominator",
    "gain",
    "gained",
    "parse_definition",
    "percent",
    "propose",
    "rate",
    "rates",
    "read_percent",
    "read_value",
    "recompute",
    "reported_of",
    "roll_up",
    "why_lost",
]
