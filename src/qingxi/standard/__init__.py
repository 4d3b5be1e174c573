"""Limits, norms, prices, thresholds: dated tables whose every row carries its source and degree of trust.

No default number lives anywhere else. A row that nobody has verified says so wherever it is shown.
"""

from qingxi.standard.discharge import Limits, Verdict, discharge_limits, judge
from qingxi.standard.land_rules import Allowed, LandRule, LandRules, Works, land_rules
from qingxi.standard.table import Row, Table, Trust, load_table

__all__ = [
    "Allowed",
    "LandRule",
    "LandRules",
    "Limits",
    "Row",
    "Table",
    "Trust",
    "Verdict",
    "Works",
    "discharge_limits",
    "judge",
    "land_rules",
    "load_table",
]
