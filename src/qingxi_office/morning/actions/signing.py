"""Signing conflicts off, one by one or many alike, and taking a sign-off back until the sheet is printed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.morning.actions.standing import refresh
from qingxi_office.morning.models import ConflictRow, LedgerCheck
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

PROPOSED = "is:*"
"""The one village that each of many conflicts proposes, for signing them together."""


def _open(check: LedgerCheck) -> None:
    if check.state != LedgerCheck.State.OPEN:
        raise ValueError("这一季的调度表已经打印，签认不能再动；要更正就另开一次核对")


@transaction.atomic
def sign(row: ConflictRow, way: str, *, by: Doer, reason: str, target: str = "") -> None:
    """Settle a conflict in one of its ways; ``target`` is a village's code or a facility's number where the way needs it.

    Raises
    ------
    ValueError
        When the way is not offered, the reason is empty, or the village or facility does not exist.
    """
    _sign(row, way, by=by, reason=reason, target=target)
    refresh(row.check_row)


@transaction.atomic
def sign_alike(rows: Sequence[ConflictRow], way: str, *, by: Doer, reason: str) -> int:
    """Settle many conflicts the same way with one reason; those that do not offer it stay open. Gives how many."""
    done = 0
    for row in rows:
        offered = [w["id"] for w in row.ways]
        own = [w for w in offered if w.startswith("is:")]
        chosen = own[0] if way == PROPOSED and len(own) == 1 else way
        if chosen in offered and not row.way:
            _sign(row, chosen, by=by, reason=reason)
            done += 1
    if done:
        refresh(rows[0].check_row)
    return done


def _sign(row: ConflictRow, way: str, *, by: Doer, reason: str, target: str = "") -> None:
    rights.check(by, "sign_conflict", path=row.place.path)
    _open(row.check_row)
    if not reason.strip():
        raise ValueError("请写明理由：以后的人要知道凭什么这样定")
    offered = next((w for w in row.ways if w["id"] == way), None)
    if offered is None:
        raise ValueError("这处冲突没有这种定法，请从列出的里面选")
    target, words = _target(row, offered["needs"], target)
    row.way, row.target = way, target
    row.way_zh, row.way_en = (f"是{words}", f"it is {words}") if words else (offered["zh"], offered["en"])
    row.reason, row.by_name, row.by_pk, row.signed_at = reason.strip(), str(by), by.pk, clock.now()
    row.carried_from, row.undone = "", False
    row.save()
    trail.record(
        "conflict.signed", Ref("conflict", str(row.pk)), by=by, because=row.reason,
        after={"kind": row.kind, "said": row.zh, "way": row.way_zh, "target": target},
    )  # fmt: skip


def _target(row: ConflictRow, needs: str, said: str) -> tuple[str, str]:
    """The village's code or the facility's number out of what was typed or picked, and its name."""
    if not needs:
        return "", ""
    said = said.strip()
    if needs == "facility":
        known = {line["id"] for line in row.check_row.ledgers["facilities"]}
        found = said if said in known else next((w for w in said.split() if w in known), "")
        if not found:
            raise ValueError(f"台账里没有编号是“{said}”的设施")
        return found, found
    digits = re.search(r"\d{12}", said)
    place = Place.objects.filter(level="village", valid_to=None, code=digits[0] if digits else "").first()
    if place is None:
        named = list(Place.objects.filter(level="village", valid_to=None, name=said)[:2])
        if len(named) != 1:
            raise ValueError(f"名录里{'有不止一个' if named else '没有'}村叫“{said}”，请写 12 位代码")
        place = named[0]
    return place.code, f"{place.name} {place.code}"


@transaction.atomic
def undo(row: ConflictRow, *, by: Doer) -> None:
    """Take a sign-off back, also one that was carried over from last quarter."""
    rights.check(by, "sign_conflict", path=row.place.path)
    _open(row.check_row)
    if not row.way:
        raise ValueError("这处冲突还没有签认")
    before = {"way": row.way_zh, "reason": row.reason, "by": row.by_name}
    row.way = row.way_zh = row.way_en = row.target = row.reason = row.by_name = row.carried_from = ""
    row.by_pk, row.signed_at, row.undone = None, None, True
    row.save()
    trail.record("conflict.undone", Ref("conflict", str(row.pk)), by=by, because=row.zh, before=before)
    refresh(row.check_row)
