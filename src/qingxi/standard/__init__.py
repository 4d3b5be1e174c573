"""Limits, norms, prices, thresholds: dated tables whose every row carries its source and degree of trust.

No default number lives anywhere else. A row that nobody has verified says so wherever it is shown.
"""

from qingxi.standard.discharge import Limits, Verdict, discharge_limits, judge
from qingxi.standard.discharge_class import (
    ClassAsked,
    DischargeFrame,
    Receiving,
    discharge_frame,
    grade_of,
    known_standards,
    receiving_of,
    standard_named,
    standard_of_county,
)
from qingxi.standard.frost import frost_depth_m, norms_for_frost
from qingxi.standard.land_rules import Allowed, LandRule, LandRules, Works, land_rules
from qingxi.standard.table import Row, Table, Trust, load_table

__all__ = [
    "Allowed",
    "ClassAsked",
    "DischargeFrame",
    "LandRule",
    "LandRules",
    "Limits",
    "Receiving",
    "Row",
    "Table",
    "Trust",
    "Verdict",
    "Works",
    "discharge_frame",
    "discharge_limits",
    "frost_depth_m",
    "grade_of",
    "judge",
    "known_standards",
    "land_rules",
    "load_table",
    "norms_for_frost",
    "receiving_of",
    "standard_named",
    "standard_of_county",
]
