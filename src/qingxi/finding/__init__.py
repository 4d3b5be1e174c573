"""Findings (疑似问题): what is wrong with a facility and how we know, or that nobody can tell.

Each rule is one file that declares what it needs, what it cannot tell, what would overturn it, and its thresholds in
the table ``findings``. A finding is an interval that opens, grows and closes; it is a clue until a named officer
confirms it.
"""

from qingxi.finding.evidence import (
    Event,
    EventKind,
    Evidence,
    bill_ref,
    bundle,
    lab_ref,
    series_ref,
    visit_ref,
)
from qingxi.finding.fading import Decayed, Life, Survival, decaying, survival
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece, Stretch
from qingxi.finding.kinds import KINDS, Kind
from qingxi.finding.look import Look
from qingxi.finding.rain import RainEvent, rain_events
from qingxi.finding.rule import Rule, Tracer
from qingxi.finding.rules import RULES, examine
from qingxi.finding.trace import TRACERS, Change, Held, join, trace

__all__ = [
    "KINDS",
    "RULES",
    "TRACERS",
    "CannotTell",
    "Change",
    "Confidence",
    "Decayed",
    "Event",
    "EventKind",
    "Evidence",
    "Finding",
    "Held",
    "Kind",
    "Life",
    "Look",
    "Number",
    "Piece",
    "RainEvent",
    "Rule",
    "Stretch",
    "Survival",
    "Tracer",
    "bill_ref",
    "bundle",
    "decaying",
    "examine",
    "join",
    "lab_ref",
    "rain_events",
    "series_ref",
    "survival",
    "trace",
    "visit_ref",
]
