"""Every change to plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.plans.models import HamletOption, PlanOverride, PlanRecord, SystemRow, VillageMoney
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.numbers import next_key

Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def take_in_plan(
    plan: Mapping[str, Any], systems: Rows, options: Rows, moneys: Rows = (), *, by: trail.Doer
) -> PlanRecord:
    """Put a plan in as a new version, a draft; one already there (same key) is given as it is."""
    rights.check(by, "make_plan")
    row = PlanRecord.objects.filter(key=plan["key"]).first()
    if row is not None:
        return row
    number = (PlanRecord.objects.aggregate(top=Max("number"))["top"] or 0) + 1
    row = PlanRecord(**plan, number=number, made_at=clock.now(), by_name=str(by))
    row.save(force_insert=True)
    SystemRow.objects.bulk_create([SystemRow(plan=row, **system) for system in systems], batch_size=400)
    HamletOption.objects.bulk_create([HamletOption(plan=row, **option) for option in options], batch_size=400)
    VillageMoney.objects.bulk_create([VillageMoney(plan=row, **money) for money in moneys], batch_size=400)
    trail.record(
        "plan.taken_in", Ref("plan", row.key), by=by,
        after={"number": number, "systems": len(systems), "hamlets": len(options), "asked": plan.get("asked", {})},
    )  # fmt: skip
    return row


@transaction.atomic
def adopt_plan(plan: PlanRecord, *, by: trail.Doer, reason: str) -> PlanRecord:
    """Put a version in force; the one before stays readable. A version that failed its examination is refused.

    Raises
    ------
    ValueError
        Without a reason, or when the independent examination found breaches; SecondNeeded where the county asks for
        four eyes and they were not had.
    """
    rights.check(by, "adopt_plan")
    if plan.is_current:
        return plan
    if not reason.strip():
        raise ValueError("采用一版规划要写明理由(哪次会议、哪份文件)")
    if plan.verdict.get("passed") is False:
        raise ValueError("这一版没有通过独立复核,不能采用")
    own = county()
    second = require(
        "adopt_plan",
        Ref("plan", plan.key),
        by=by,
        title=f"第 {plan.number} 版规划",
        path=own.place.path if own else "",
    )
    before = PlanRecord.objects.filter(is_current=True).first()
    PlanRecord.objects.filter(is_current=True).update(is_current=False)
    plan.is_current, plan.adopted_at, plan.adopted_by_name = True, clock.now(), str(by)
    plan.save(update_fields=["is_current", "adopted_at", "adopted_by_name"])
    trail.record(
        "plan.adopted", Ref("plan", plan.key), by=by, because="；".join(x for x in (reason.strip(), second) if x), before=before.key if before else None,
        after=plan.key,
    )  # fmt: skip
    return plan


@transaction.atomic
def keep_check(
    plan: PlanRecord, *, passed: bool | None, said: str, by: trail.Doer, rows: Sequence[str] = ()
) -> None:
    """Keep what the independent examination of a version said; ``passed`` is None when it could not be made.

    ``rows`` are the first of its violations, in its words.
    """
    rights.check(by, "make_plan")
    plan.verdict = {"passed": passed, "said": said[:2000], "rows": [row[:400] for row in rows]}
    plan.save(update_fields=["verdict"])
    trail.record("plan.checked", Ref("plan", plan.key), by=by, after=plan.verdict)


@transaction.atomic
def override(
    kind: str,
    place: Place,
    *,
    by: trail.Doer,
    reason: str,
    subject: str = "",
    subject_name: str = "",
    mode: str = "",
    lon: float | None = None,
    lat: float | None = None,
    radius_m: float | None = None,
    document: str = "",
) -> PlanOverride:
    """An officer decides something before the planner does; it goes into every run until it is withdrawn.

    Raises
    ------
    ValueError
        Without a reason, when it does not say what or where, or when the same subject already has another mode fixed.
    """
    rights.check(by, "override_plan", path=place.path)
    _stands(kind, reason, subject, mode, lon, lat)
    here = PlanOverride.objects.filter(withdrawn_on=None)
    if kind == PlanOverride.Kind.MODE and (there := here.filter(kind=kind, subject=subject).first()):
        raise ValueError(f"{subject_name} 已经定了模式({there.key}),先撤回那一条")
    row = PlanOverride(
        key=next_key(PlanOverride, "GD-"), kind=kind, place=place,
        subject=subject, subject_name=subject_name or place.name, mode=mode, lon=lon, lat=lat, radius_m=radius_m,
        reason=reason.strip(), document=document.strip(), by_name=str(by), made_on=clock.today(),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "plan.override_made", Ref("override", row.key), by=by, because=row.reason,
        after={"kind": kind, "subject": subject, "mode": mode, "lon": lon, "lat": lat, "radius_m": radius_m},
    )  # fmt: skip
    return row


_MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")


def _stands(kind: str, reason: str, subject: str, mode: str, lon: float | None, lat: float | None) -> None:
    if kind not in PlanOverride.Kind.values:
        raise ValueError("没有这种规定")
    if not reason.strip():
        raise ValueError("要写明理由")
    if kind == PlanOverride.Kind.MODE:
        if mode not in _MODES or not subject:
            raise ValueError("要选一个村和一种模式")
    elif lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("要在图上点出位置")


@transaction.atomic
def withdraw(row: PlanOverride, *, by: trail.Doer, reason: str) -> PlanOverride:
    """Take an override back; it stays in the books with its end."""
    rights.check(by, "override_plan", path=row.place.path)
    if row.withdrawn_on is not None:
        return row
    if not reason.strip():
        raise ValueError("撤回要写明理由")
    row.withdrawn_on, row.withdrawn_by_name, row.withdrawn_why = clock.today(), str(by), reason.strip()
    row.save(update_fields=["withdrawn_on", "withdrawn_by_name", "withdrawn_why"])
    trail.record("plan.override_withdrawn", Ref("override", row.key), by=by, because=row.withdrawn_why)
    return row


def note_taken(plan: PlanRecord, name: str, *, by: trail.Doer) -> None:
    """Write down who took a file that shows every house."""
    trail.record("plan.file_taken", Ref("plan", plan.key), by=by, after=name)
