"""Figures (指标): formula, list behind the numerator, list behind the denominator, date, and what they rest on.

A definition is data (``definitions/*.toml``, or one the county brings): the same villages give the rate by
administrative villages and by natural villages side by side. 已治理, 已管控 and 未完成 are never added silently.
"""

from qingxi.indicator.censored import Percent, gain, read_percent
from qingxi.indicator.change import Change, change
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
from qingxi.indicator.figure import Counted, Figure, percent
from qingxi.indicator.rate import Records, rate, rates
from qingxi.indicator.relation import Observed, Relation, Term, relation
from qingxi.indicator.reported import Difference, Reported, against, beside, gained, read_value
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
from qingxi.indicator.standing import HamletStanding, State, ThreeBasics, VillageStanding
from qingxi.indicator.water_change import WaterChange, WaterValue, water_change, water_class

__all__ = [
    "SOURCES",
    "TRUST_WORDS",
    "Beside",
    "Change",
    "CoordinationRule",
    "CoordinationStep",
    "Counted",
    "Definition",
    "Degree",
    "DenominatorList",
    "Difference",
    "Entry",
    "Figure",
    "GroupShare",
    "HamletStanding",
    "Member",
    "Observed",
    "Participation",
    "Percent",
    "Proposal",
    "Records",
    "Relation",
    "Reported",
    "Share",
    "SixAnswer",
    "SixItem",
    "SixLine",
    "SixState",
    "Slow",
    "SourceFigure",
    "Span",
    "State",
    "Term",
    "ThreeBasics",
    "Took",
    "VillageStanding",
    "WaterChange",
    "WaterValue",
    "against",
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
    "relation",
    "source_figures",
    "theil",
    "theil_between",
    "water_change",
    "water_class",
]
