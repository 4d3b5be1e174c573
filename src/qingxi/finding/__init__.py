"""Findings (疑似问题): what is wrong with a facility and how we know, or that nobody can tell.

Each rule is one file that declares what it needs, what would overturn it, and its thresholds in the table
``findings``. A finding is a clue until a named officer confirms it.
"""

from qingxi.finding.evidence import Evidence, bill_ref, bundle, lab_ref, series_ref, visit_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.rule import Rule
from qingxi.finding.rules import RULES, examine

__all__ = [
    "RULES",
    "CannotTell",
    "Confidence",
    "Evidence",
    "Finding",
    "Piece",
    "Rule",
    "bill_ref",
    "bundle",
    "examine",
    "lab_ref",
    "series_ref",
    "visit_ref",
]
