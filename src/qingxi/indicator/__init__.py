"""Figures (指标): formula, list behind the numerator, list behind the denominator, date, and what they rest on.

A definition is data (``definitions/*.toml``, or one the county brings): the same villages give the rate by
administrative villages and by natural villages side by side. 已治理, 已管控 and 未完成 are never added silently.
"""

from qingxi.indicator.censored import Percent, gain, read_percent
from qingxi.indicator.change import Change, change, why_lost
from qingxi.indicator.coordination import (
    CoordinationRule,
    CoordinationStep,
    Degree,
    Participation,
    Slow,
    Took,
    by_unit,
    coordination_rule,
    degree,
    parse_coordination,
)
from qingxi.indicator.definition import TRUST_WORDS, Definition, definitions, parse_definition
from qingxi.indicator.denominator import DenominatorList, Entry, Member, denominator, propose
from qingxi.indicator.equity import GroupShare, Share, gini, group_shares, theil, theil_between
from qingxi.indicator.facts import CaseFact, DigFact, Facts, HouseFact, SeatFact, StationFact
from qingxi.indicator.figure import BARE_UNITS, Counted, Figure, as_line, percent, share_of
from qingxi.indicator.rate import Records, Sampling, rate, rates
from qingxi.indicator.recompute import Recomputed, recompute
from qingxi.indicator.relation import Observed, Relation, Term, relation
from qingxi.indicator.reported import Difference, Reported, against, beside, gained, read_value
from qingxi.indicator.reported_entry import REPORTED_FIELDS, reported_of
from qingxi.indicator.rollup import Node, Rolled, RollUp, Tree, roll_up
from qingxi.indicator.six_together import (
    Proposal,
    SixAnswer,
    SixItem,
    SixLine,
    SixState,
    Span,
    count_states,
    judge_six,
    line_of,
)
from qingxi.indicator.six_together import propose as propose_six
from qingxi.indicator.source_figures import SOURCES, Beside, SourceFigure, computed_beside, source_figures
from qingxi.indicator.standing import HamletStanding, State, ThreeBasics, Turn, VillageStanding
from qingxi.indicator.water_change import WaterChange, WaterValue, water_change, water_class

__all__ = [
    "BARE_UNITS",
    "REPORTED_FIELDS",
    "SOURCES",
    "TRUST_WORDS",
    "Beside",
    "CaseFact",
    "Change",
    "CoordinationRule",
    "CoordinationStep",
    "Counted",
    "Definition",
    "Degree",
    "DenominatorList",
    "Difference",
    "DigFact",
    "Entry",
    "Facts",
    "Figure",
    "GroupShare",
    "HamletStanding",
    "HouseFact",
    "Member",
    "Node",
    "Observed",
    "Participation",
    "Percent",
    "Proposal",
    "Recomputed",
    "Records",
    "Relation",
    "Reported",
    "RollUp",
    "Rolled",
    "Sampling",
    "SeatFact",
    "Share",
    "SixAnswer",
    "SixItem",
    "SixLine",
    "SixState",
    "Slow",
    "SourceFigure",
    "Span",
    "State",
    "StationFact",
    "Term",
    "ThreeBasics",
    "Took",
    "Tree",
    "Turn",
    "VillageStanding",
    "WaterChange",
    "WaterValue",
    "against",
    "as_line",
    "beside",
    "by_unit",
    "change",
    "computed_beside",
    "coordination_rule",
    "count_states",
    "definitions",
    "degree",
    "denominator",
    "gain",
    "gained",
    "gini",
    "group_shares",
    "judge_six",
    "line_of",
    "parse_coordination",
    "parse_definition",
    "percent",
    "propose",
    "propose_six",
    "rate",
    "rates",
    "read_percent",
    "read_value",
    "recompute",
    "relation",
    "reported_of",
    "roll_up",
    "share_of",
    "source_figures",
    "theil",
    "theil_between",
    "water_change",
    "water_class",
    "why_lost",
]
