"""Reading checks, conflicts and forms, rights first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from qingxi.morning import (
    Changed,
    Decision,
    Quarter,
    Reason,
    ReasonSource,
    VillageResult,
    difference,
)
from qingxi_office.morning.models import ConflictRow, LedgerCheck, SheetForm
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.places.models import Place
from qingxi_office.villages.models import StateChange

CONFLICT = Way("conflict")


def checks(user: Any) -> QuerySet[LedgerCheck]:
    """Checks, newest first: the county's own, for those who see the whole county."""
    rows = LedgerCheck.objects.defer("ledgers", "results").select_related("before")
    return seen_by(user, rows, CONFLICT)


def newest() -> LedgerCheck | None:
    """The check that is being worked at, or the last one; its conflicts are sieved for each person by themselves."""
    return LedgerCheck.objects.defer("ledgers", "results").order_by("-id").first()


def conflicts(user: Any, check: LedgerCheck | None = None) -> QuerySet[ConflictRow]:
    """Conflicts in this person's subtree that still stand."""
    rows = ConflictRow.objects.filter(current=True).select_related("place")
    return seen_by(user, rows if check is None else rows.filter(check_row=check), CONFLICT)


def forms(user: Any) -> QuerySet[SheetForm]:
    """Forms that were handed in; they are the county's own papers and no person's."""
    return SheetForm.objects.all() if checks_county(user) else SheetForm.objects.none()


def checks_county(user: Any) -> bool:
    """Whether this person sees the check of the whole county."""
    county = Place.objects.filter(level="county", valid_to=None)
    return seen_by(user, county, Way("conflict", place="path")).exists()


def quarter_of(check: LedgerCheck) -> Quarter:
    return Quarter(check.year, check.quarter)


def results_of(check: LedgerCheck) -> list[VillageResult]:
    """Villages as the check has them."""
    return [VillageResult(**row) for row in check.results]


def decisions_of(check: LedgerCheck) -> dict[str, Decision]:
    """What was signed in a check, by the conflict's key."""
    rows = ConflictRow.objects.filter(check_row=check).exclude(way="")
    return {key: Decision(way, target) for key, way, target in rows.values_list("key", "way", "target")}


def changes_of(check: LedgerCheck) -> tuple[Changed, ...] | None:
    """Villages that changed since the check before, each with the best reason known; None without a check before."""
    if check.before_id is None:
        return None
    before = LedgerCheck.objects.get(pk=check.before_id)
    now = results_of(check)
    return difference(results_of(before), now, [*_written(check), *_known(before, check, now)])


def _written(check: LedgerCheck) -> list[Reason]:
    """Reasons typed for this check, and those of its own sign-offs (carried ones explain no change)."""
    out = [Reason(r.code, ReasonSource.TYPED, r.text) for r in check.change_reasons.all()]
    signed = ConflictRow.objects.filter(check_row=check, current=True, carried_from="", place__level="village")
    for row in signed.exclude(way="").select_related("place"):
        _, _, state = row.way.partition(":")
        to = state if row.way.startswith(("mark:", "add:")) else ""
        if to or row.kind in (
            "village-twice",
            "village-merged",
            "village-missing",
            "community-left-out",
            "match-doubtful",
            "match-ambiguous",
        ):
            text = f"{row.way_zh}：{row.reason}（{row.by_name}签认）"
            code = row.target or row.way.partition(":")[2] if row.way.startswith("is") else row.place.code
            out.append(Reason(code, ReasonSource.SIGN_OFF, text, to))
    return out


def _known(before: LedgerCheck, check: LedgerCheck, now: list[VillageResult]) -> list[Reason]:
    """Reasons that the books know: changes of state, recognition in the ledger, the register's own changes."""
    out = []
    changes = StateChange.objects.filter(on__gt=before.on, on__lte=check.on).select_related("village__place")
    for c in changes:
        if c.document or c.reason not in ("", "台账载入"):
            words = "，".join(w for w in (c.reason, c.document) if w)
            out.append(Reason(c.village.place.code, ReasonSource.STATE_CHANGE, f"{c.on} {words}", c.new))
    for v in now:
        if v.recognised_on and before.on.isoformat() < v.recognised_on <= check.on.isoformat():
            text = f"{v.recognised_on} 认定" + (f"，{v.document}" if v.document else "")
            out.append(Reason(v.code, ReasonSource.RECOGNITION, text, v.state))
    ended = Place.objects.filter(level="village", valid_to__gt=before.on, valid_to__lte=check.on)
    out += [Reason(p.code, ReasonSource.REGISTER, p.ended_by or f"{p.valid_to} 起撤销") for p in ended]
    new = Place.objects.filter(level="village", valid_from__gt=before.on, valid_from__lte=check.on)
    return out + [Reason(p.code, ReasonSource.REGISTER, f"{p.valid_from} 新设") for p in new]
