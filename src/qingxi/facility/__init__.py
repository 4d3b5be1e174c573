"""A treatment facility (处理设施) and the signals it owes: plain numbers, no plan needed.

Building and running meet here. A county that has plants and no plan uses everything from this room on.
"""

from qingxi.facility.entry import (
    DISCHARGER_FIELDS,
    FACILITY_FIELDS,
    OUTLET_FIELDS,
    SAMPLING_FIELDS,
    judge_discharger,
    judge_facility,
    judge_outlet,
    judge_point,
)
from qingxi.facility.facility import EvidenceLevel, Facility, FaultClass, Signal
from qingxi.facility.life import STATUS_FOLLOWS, STATUS_WORDS, judge_status
from qingxi.facility.monitoring import PLANS, Due, Owed, Station, Stint, owed, period, stints

__all__ = [
    "DISCHARGER_FIELDS",
    "FACILITY_FIELDS",
    "OUTLET_FIELDS",
    "PLANS",
    "SAMPLING_FIELDS",
    "STATUS_FOLLOWS",
    "STATUS_WORDS",
    "Due",
    "EvidenceLevel",
    "Facility",
    "FaultClass",
    "Owed",
    "Signal",
    "Station",
    "Stint",
    "judge_discharger",
    "judge_facility",
    "judge_outlet",
    "judge_point",
    "judge_status",
    "owed",
    "period",
    "stints",
]
