"""What the books already know for a sheet: load, laboratory, machines, records, complaints. A clue, never a mark."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Sum

from qingxi.origin import Ref
from qingxi.standard import discharge_limits, judge
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.readings.models import DailyRow, LabRow, VisitRow

_JUDGED = {"cod": "cod", "nh3n": "nh3n", "tp": "tp"}
_REFS = 40  # as many as a page can list


def _load(facilities: Sequence[FacilityRecord], begins: date, ends: date) -> dict[int, dict[str, Any]]:
    """Load of the period from days with a measured flow."""
    rows = (
        DailyRow.objects.filter(
            facility__in=facilities, day__gte=begins, day__lte=ends, quantity="flow", value__isnull=False
        )
        .values("facility_id")
        .annotate(n=Count("pk"), total=Sum("value"))
    )
    design = {f.pk: f.design_m3_d for f in facilities}
    keys = {f.pk: f.key for f in facilities}
    told: dict[int, dict[str, Any]] = {}
    for row in rows:
        size = design[row["facility_id"]]
        if not size:
            continue
        share = round(row["total"] / row["n"] / size, 4)
        told[row["facility_id"]] = {
            "text": f"{row['n']} 天有流量，平均 {row['total'] / row['n']:.1f} m³/d，设计 {size:g} m³/d",
            "share": str(share),
            "refs": [str(Ref("facility", keys[row["facility_id"]]))],
        }
    return told


def _quality(facilities: Sequence[FacilityRecord], begins: date, ends: date) -> dict[int, dict[str, Any]]:
    """Which of COD, ammonia and phosphorus were over their limit at the outlet."""
    by_pk = {f.pk: f for f in facilities}
    seen: dict[int, dict[str, Any]] = defaultdict(lambda: {"samples": set(), "over": {}, "unsure": False})
    rows = LabRow.objects.filter(
        facility__in=facilities, sampled_on__gte=begins, sampled_on__lte=ends, point="effluent",
        quantity__in=_JUDGED, value__isnull=False,
    )  # fmt: skip
    for row in rows:
        facility = by_pk[row.facility_id]
        limits = discharge_limits(facility.discharge_class)
        if limits is None or row.value is None:
            continue
        said = judge(
            limits, row.quantity, row.value, sampled_on=row.sampled_on, water_temp_c=row.water_temp_c,
            built_on=facility.commissioned,
        )  # fmt: skip
        here = seen[row.facility_id]
        here["samples"].add(row.sample)
        here["unsure"] |= said.row is not None and not said.row.trust.verified
        if said.exceeded:
            here["over"][_JUDGED[row.quantity]] = row.sample
    told = {}
    for pk, here in seen.items():
        over = "、".join(here["over"]) or "没有超标"
        told[pk] = {
            "text": f"化验 {len(here['samples'])} 次：{over}" + ("（限值未核实）" if here["unsure"] else ""),
            "taken": sorted(here["over"]),
            "refs": [str(Ref("lab", s)) for s in sorted(here["samples"])[:_REFS]],
        }
    return told


def _machines(
    facilities: Sequence[FacilityRecord], begins: date, ends: date
) -> tuple[dict[int, Any], dict[int, Any]]:
    """Rounds on which the blower was found silent, and how many rounds there were."""
    rounds: dict[int, list[VisitRow]] = defaultdict(list)
    rows = VisitRow.objects.filter(
        facility__in=facilities, visited_at__date__gte=begins, visited_at__date__lte=ends
    )
    for row in rows.only("key", "facility_id", "answers", "visited_at"):
        rounds[row.facility_id].append(row)
    machines, papers = {}, {}
    for pk, found in rounds.items():
        silent = [r for r in found if r.answers.get("blower") in ("off", "fault")]
        machines[pk] = {
            "text": f"巡查 {len(found)} 次，风机不响或故障 {len(silent)} 次",
            "taken": ["abnormal"] if len(silent) * 2 > len(found) else [],
            "refs": [str(Ref("visit", r.key)) for r in (silent or found)[:_REFS]],
        }
        papers[pk] = {
            "text": f"巡查记录 {len(found)} 次",
            "taken": [],
            "refs": [str(Ref("visit", r.key)) for r in found[:_REFS]],
        }
    return machines, papers


def _complaints(facilities: Sequence[FacilityRecord], begins: date, ends: date) -> dict[int, dict[str, Any]]:
    """Complaints that were taken up as problems and not found to be unfounded."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = IssueRecord.objects.filter(
        facility__in=facilities, found_on__gte=begins, found_on__lte=ends, source__in=("群众反映", "12345", "媒体")
    ).exclude(state="不属实")
    for facility, key in rows.values_list("facility_id", "key"):
        found[facility].append(key)
    return {
        pk: {"text": f"有效投诉 {len(keys)} 件", "taken": ["complaint"] * len(keys),
             "refs": [str(Ref("issue", k)) for k in keys[:_REFS]]}
        for pk, keys in found.items()
    }  # fmt: skip


def clues(facilities: Sequence[FacilityRecord], begins: date, ends: date) -> dict[int, dict[str, Any]]:
    """By facility, then by item of the sheet: a sentence, and where the rule is plain what it would take off.

    Four queries, however many facilities.
    """
    machines, papers = _machines(facilities, begins, ends)
    parts = {
        "load": _load(facilities, begins, ends), "quality": _quality(facilities, begins, ends),
        "machines": machines, "papers": papers, "complaints": _complaints(facilities, begins, ends),
    }  # fmt: skip
    return {f.pk: {item: told[f.pk] for item, told in parts.items() if f.pk in told} for f in facilities}
