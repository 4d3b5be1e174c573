"""A village as it goes into the 调度表: one state, its households, facilities and problems."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from qingxi.morning.facility_rules import Standing
from qingxi.morning.issue_rules import Problem
from qingxi.morning.state import State
from qingxi.morning.village_rules import Listed

COUNTY_ITSELF = "县本级"


@dataclass(frozen=True, slots=True)
class VillageResult:
    """One village; counts are pieces, ``design_m3_d`` m³/d of the facilities in use.

    ``state`` is "" only for the county itself, with which is counted what lies in no listed village.
    """

    code: str
    name: str
    township_code: str
    township: str
    kind: str
    state: str
    households: int = 0
    households_treated: int = 0
    mode: str = ""
    document: str = ""
    recognised_on: str = ""
    facilities: int = 0
    facilities_in_use: int = 0
    facilities_stopped: int = 0
    facilities_joined: int = 0
    design_m3_d: float = 0.0
    tests_owed: int = 0
    tests_done: int = 0
    oversize: int = 0
    issues: int = 0
    issues_closed: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def count(self, state: State) -> int:
        return int(self.state == state.value)


def _facility_counts(facilities: list[Standing]) -> dict[str, Any]:
    there = [f for f in facilities if f.status != "scrapped"]
    running = [f for f in there if f.running]
    return {
        "facilities": len(there),
        "facilities_in_use": len(running),
        "facilities_stopped": sum(f.status == "stopped" for f in there),
        "facilities_joined": sum(f.status == "joined" for f in there),
        "design_m3_d": round(sum(f.line.design_m3_d or 0.0 for f in running), 3),
        "tests_owed": sum(f.test_owed for f in there),
        "tests_done": sum(f.tested for f in there),
    }


def _issue_counts(problems: list[Problem]) -> dict[str, Any]:
    return {"issues": len(problems), "issues_closed": sum(p.closed for p in problems)}


def village_result(v: Listed, facilities: list[Standing], problems: list[Problem]) -> VillageResult:
    """A listed village with what stands in it and what is wrong with it."""
    line = v.line
    return VillageResult(
        v.village.code, v.village.name, v.village.township_code, v.village.township, v.village.kind.value, v.state.value,
        v.households, v.households_treated, line.mode if line else "", line.document if line else "",
        line.recognised_on.isoformat() if line and line.recognised_on else "", oversize=int(v.oversize),
        **_facility_counts(facilities), **_issue_counts(problems),
    )  # fmt: skip


def county_result(code: str, facilities: list[Standing], problems: list[Problem]) -> VillageResult:
    """What lies in no listed village."""
    return VillageResult(
        code, COUNTY_ITSELF, "", COUNTY_ITSELF, "", "", **_facility_counts(facilities), **_issue_counts(problems)
    )
