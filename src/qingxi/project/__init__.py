"""A project (项目): its gates, the evidence each asks for, and what it becomes.

The stages are a table; a step is a pure function that refuses in words. Completion acceptance and recognition of
effect are kept apart: only the second puts a village into the treatment rate.
"""

from qingxi.project.asset import facility_of
from qingxi.project.project import (
    Conditional,
    Evidence,
    NotYet,
    Project,
    Step,
    advance,
    hand_over_conditionally,
    meet_condition,
    obstacles,
)
from qingxi.project.recognition import Level, Look, Recognition, look
from qingxi.project.stages import FULL, GATES, ORDER, SMALL, UNSKIPPABLE, Gate, Proof, Stage, Track

__all__ = [
    "FULL",
    "GATES",
    "ORDER",
    "SMALL",
    "UNSKIPPABLE",
    "Conditional",
    "Evidence",
    "Gate",
    "Level",
    "Look",
    "NotYet",
    "Project",
    "Proof",
    "Recognition",
    "Stage",
    "Step",
    "Track",
    "advance",
    "facility_of",
    "hand_over_conditionally",
    "look",
    "meet_condition",
    "obstacles",
]
