"""The rows of a 调度表: one a township or one a village, every field under its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qingxi.morning.result import COUNTY_ITSELF, VillageResult
from qingxi.morning.state import State

Record = dict[str, Any]

# Field: its Chinese name, and whether it is a number that is added up.
FIELDS: dict[str, tuple[str, bool]] = {
    "serial": ("序号", False),
    "township": ("乡镇", False),
    "township_code": ("乡镇代码", False),
    "code": ("行政村代码", False),
    "name": ("行政村", False),
    "kind": ("类型", False),
    "state": ("治理状态", False),
    "mode": ("治理模式", False),
    "document": ("认定文号", False),
    "recognised_on": ("认定日期", False),
    "before": ("上季度状态", False),
    "villages": ("村数", True),
    "treated": ("已治理", True),
    "controlled": ("已管控", True),
    "open": ("未完成", True),
    "gained": ("本季度新增治理", True),
    "lost": ("本季度退出治理", True),
    "households": ("总户数", True),
    "households_treated": ("治理户数", True),
    "facilities": ("设施", True),
    "facilities_in_use": ("在用设施", True),
    "facilities_stopped": ("停运设施", True),
    "facilities_joined": ("已并网设施", True),
    "design_m3_d": ("在用设计规模", True),
    "tests_owed": ("应监测设施", True),
    "tests_done": ("已监测设施", True),
    "oversize": ("规模不符", True),
    "issues": ("问题", True),
    "issues_closed": ("已销号", True),
    "issues_open": ("未销号", True),
}
UNKNOWN = "—"
"""Stands where there is no quarter before: unknown is not zero."""
_COUNTED = (
    "households", "households_treated", "facilities", "facilities_in_use", "facilities_stopped", "facilities_joined",
    "design_m3_d", "tests_owed", "tests_done", "oversize", "issues", "issues_closed",
)  # fmt: skip


def village_records(
    results: Iterable[VillageResult], before: Iterable[VillageResult] | None = None
) -> list[Record]:
    """One record a village, by township and code; what counts with the county itself last."""
    old = None if before is None else {v.code: v for v in before if v.state}
    out: list[Record] = []
    for v in sorted(results, key=lambda v: (not v.state, v.township_code, v.code)):
        was = old.get(v.code) if old is not None else None
        treated = v.count(State.TREATED)
        was_treated = was.count(State.TREATED) if was else 0
        out.append(
            v.as_json()
            | {
                "serial": len(out) + 1, "villages": int(bool(v.state)), "treated": treated,
                "controlled": v.count(State.CONTROLLED), "open": v.count(State.OPEN),
                "before": UNKNOWN if old is None else (was.state if was else "不在表"),
                "gained": UNKNOWN if old is None else int(treated > was_treated),
                "lost": UNKNOWN if old is None else int(treated < was_treated),
                "issues_open": v.issues - v.issues_closed,
            }
        )  # fmt: skip
    return out


def township_records(
    results: Iterable[VillageResult], before: Iterable[VillageResult] | None = None
) -> list[Record]:
    """One record a township: its villages' added up, states apart. A village that is gone is lost in its township."""
    earlier = None if before is None else list(before)
    rows = list(results)
    groups: dict[tuple[str, str], Record] = {}
    for r in village_records(rows, earlier):
        key = (r["township_code"] or "~", r["township"])
        into = groups.setdefault(key, {"township": r["township"], "township_code": r["township_code"]})
        for name, (_, summed) in FIELDS.items():
            if summed:
                into[name] = _added(into.get(name, 0), r[name])
    if earlier is not None:
        here = {v.code for v in rows}
        for v in earlier:
            key = (v.township_code, v.township)
            if v.code not in here and v.count(State.TREATED) and key in groups:
                groups[key]["lost"] = _added(groups[key]["lost"], 1)
    out = [groups[key] for key in sorted(groups)]
    for n, record in enumerate(out, start=1):
        record["serial"] = n
        record["name"] = record["code"] = record["state"] = record["kind"] = ""
    return out


def _added(a: Any, b: Any) -> Any:
    return UNKNOWN if UNKNOWN in (a, b) else round(a + b, 3)


def total_record(records: Iterable[Record]) -> Record:
    """合计 of the records; what is unknown in one is unknown in all."""
    total: Record = {name: (0 if summed else "") for name, (_, summed) in FIELDS.items()}
    for r in records:
        for name, (_, summed) in FIELDS.items():
            if summed:
                total[name] = _added(total[name], r.get(name, 0))
    return total | {"serial": "合计", "township": "合计"}


__all__ = ["COUNTY_ITSELF", "FIELDS", "UNKNOWN", "Record", "total_record", "township_records", "village_records"]
