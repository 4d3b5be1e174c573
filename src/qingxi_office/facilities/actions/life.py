"""The life of one facility: its file edited, its state changed, its costs, its code, its end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.facility import judge_facility, judge_status
from qingxi.origin import Ref, Value, errors_of
from qingxi_office.facilities.models import FacilityCost, FacilityEvent, FacilityRecord, SignCode
from qingxi_office.intake.code import fresh_code
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.published import actions as published
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.villages.actions.edit import Refused, differing

_UNIT_OF = {"owner": "owner_unit_id", "operator": "operator_unit_id"}


def _locked(facility: FacilityRecord) -> FacilityRecord:
    return FacilityRecord.objects.select_for_update(of=("self",)).select_related("place").get(pk=facility.pk)


def _event(
    facility: FacilityRecord, kind: str, *, by: trail.Doer, on: date, old: Mapping[str, Any], new: Mapping[str, Any],
    reason: str = "", document: str = "",
) -> FacilityEvent:  # fmt: skip
    event = FacilityEvent(
        facility=facility, kind=kind, on=on, old=_plain(old), new=_plain(new), reason=reason, document=document,
        by_name=str(by), at=clock.now(),
    )  # fmt: skip
    event.save(force_insert=True)
    trail.record(
        f"facility.{kind}",
        Ref("facility", facility.key),
        by=by,
        because=reason,
        before=_plain(old),
        after=_plain(new),
    )
    return event


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}


def _put(facility: FacilityRecord, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(facility, name, value)
    facility.save(update_fields=list(values))


@transaction.atomic
def edit_facility(
    facility: FacilityRecord, values: Mapping[str, Value], *, by: trail.Doer, reason: str = ""
) -> FacilityEvent | None:
    """Change fields of a facility's file; None when nothing differs. The state has deeds of its own.

    A changed name of owner or operator finds its unit again, because rights hang on the unit.

    Raises
    ------
    Refused
        When the values cannot stand together.
    """
    rights.check(by, "edit_register", path=facility.place.path)
    facility = _locked(facility)
    whole = {f.attname: getattr(facility, f.attname) for f in facility._meta.concrete_fields}
    if errors := errors_of(judge_facility({**whole, **values})):
        raise Refused(errors)
    changed: dict[str, Any] = differing(facility, values)
    if not changed:
        return None
    for name, unit in _UNIT_OF.items():
        if name in changed:
            found = Unit.objects.filter(name=changed[name]).values_list("pk", flat=True).first()
            changed[unit] = found
    old = {name: getattr(facility, name) for name in changed}
    _put(facility, changed)
    kind = FacilityEvent.Kind.OWNER if "owner" in changed else FacilityEvent.Kind.CHANGED
    return _event(facility, kind, by=by, on=clock.today(), old=old, new=changed, reason=reason)


@transaction.atomic
def set_status(
    facility: FacilityRecord,
    status: str,
    *,
    by: trail.Doer,
    on: date,
    reason: str,
    fault_class: str = "",
    document: str = "",
) -> FacilityEvent:
    """The facility enters another state on a day, with its reason; a stop names its class of fault.

    Raises
    ------
    Refused
        When the law of states does not allow it.
    """
    rights.check(by, "change_facility_status", path=facility.place.path)
    facility = _locked(facility)
    if status == FacilityRecord.Status.SCRAPPED:
        raise ValueError("报废另有一步：要批复文号和账面价值")
    if faults := judge_status(facility.status, status, reason=reason, fault_class=fault_class, document=document):
        raise Refused(faults)
    new = {"status": status, "fault_class": fault_class if status == FacilityRecord.Status.STOPPED else ""}
    old = {name: getattr(facility, name) for name in new}
    _put(facility, new)
    return _event(facility, "status", by=by, on=on, old=old, new=new, reason=reason, document=document)


@transaction.atomic
def scrap(
    facility: FacilityRecord, *, by: trail.Doer, on: date, reason: str, document: str, book_value_fen: int | None
) -> FacilityEvent:
    """Write a stopped facility off, with the approval's number and the book value in fen.

    Raises
    ------
    Refused
        When the law of states does not allow it.
    """
    rights.check(by, "scrap_facility", path=facility.place.path)
    facility = _locked(facility)
    if faults := judge_status(
        facility.status, "scrapped", reason=reason, document=document, book_value_fen=book_value_fen
    ):
        raise Refused(faults)
    new = {"status": FacilityRecord.Status.SCRAPPED.value, "scrapped_on": on, "book_value_fen": book_value_fen}
    old = {name: getattr(facility, name) for name in new}
    _put(facility, new)
    return _event(facility, "scrapped", by=by, on=on, old=old, new=new, reason=reason, document=document)


@transaction.atomic
def note_event(
    facility: FacilityRecord,
    kind: str,
    *,
    by: trail.Doer,
    on: date,
    reason: str,
    document: str = "",
    fault_class: str = "",
) -> FacilityEvent:
    """Something that changes no state: a repair, a fault recognised, anything worth its day."""
    rights.check(by, "edit_register", path=facility.place.path)
    if kind not in (FacilityEvent.Kind.REPAIR, FacilityEvent.Kind.FAULT, FacilityEvent.Kind.OTHER):
        raise ValueError("这种事另有一步")
    if not reason.strip():
        raise ValueError("写一句发生了什么")
    facility = _locked(facility)
    new = {"fault_class": fault_class} if kind == FacilityEvent.Kind.FAULT else {}
    old = {name: getattr(facility, name) for name in new}
    if new:
        _put(facility, new)
    return _event(facility, kind, by=by, on=on, old=old, new=new, reason=reason, document=document)


@transaction.atomic
def undo(event: FacilityEvent, *, by: trail.Doer) -> FacilityEvent:
    """Bring back what an event changed: a new event with the old values.

    Raises
    ------
    ValueError
        When it changed nothing, was undone already, or later deeds changed the same fields.
    """
    rights.check(by, "edit_register", path=event.facility.place.path)
    event = FacilityEvent.objects.select_for_update(of=("self",)).select_related("facility__place").get(pk=event.pk)
    facility = _locked(event.facility)
    if event.undone_at or not event.old or event.kind in (FacilityEvent.Kind.SIGN, FacilityEvent.Kind.SCRAPPED):
        raise ValueError("这一条没有可以撤销的")
    if _plain({name: getattr(facility, name) for name in event.new}) != event.new:
        raise ValueError("后来又改过这几项，先撤销后面的")
    if "status" in event.old:
        rights.check(by, "change_facility_status", path=facility.place.path)
    _put(facility, {name: _typed(name, value) for name, value in event.old.items()})
    event.undone_at = clock.now()
    event.save(update_fields=["undone_at"])
    return _event(
        facility,
        event.kind,
        by=by,
        on=clock.today(),
        old=event.new,
        new=event.old,
        reason=f"撤销 {event.on} 的修改",
    )


def _typed(name: str, value: Any) -> Any:
    return (
        FacilityRecord._meta.get_field(name.removesuffix("_id")).to_python(value)
        if not name.endswith("_id")
        else value
    )


@transaction.atomic
def add_cost(
    facility: FacilityRecord,
    *,
    year: int,
    kind: str,
    amount_fen: int,
    source: str = "",
    document: str = "",
    by: trail.Doer,
) -> FacilityCost:
    """A year's cost of one kind; a mistake is put right by removing nothing and entering the difference's own row."""
    rights.check(by, "edit_register", path=facility.place.path)
    if kind not in FacilityCost.Kind.values or amount_fen < 0 or not 1990 <= year <= clock.today().year + 1:
        raise ValueError("年份、类别或金额不对")
    cost = FacilityCost(
        facility=facility, year=year, kind=kind, amount_fen=amount_fen, source=source, document=document
    )
    cost.save(force_insert=True)
    trail.record(
        "facility.cost", Ref("facility", facility.key), by=by,
        after={"year": year, "kind": kind, "amount_fen": amount_fen, "source": source},
    )  # fmt: skip
    return cost


@transaction.atomic
def reissue_code(facility: FacilityRecord, *, by: trail.Doer, why: str) -> SignCode:
    """A new code for the sign: the old one is revoked and says so to whoever scans it.

    What stood published under the old code stands under the new one at once, and the old code's page becomes a notice
    that names neither the new code nor its place: whoever carried the sign away must not learn it.
    """
    rights.check(by, "reissue_code", path=facility.place.path)
    if not why.strip():
        raise ValueError("写明为什么换码：牌子丢了、被偷、坏了")
    facility = _locked(facility)
    today, old = clock.today(), facility.public_code
    taken = set(SignCode.objects.filter(facility=facility).values_list("code", flat=True)) | {old}
    code = fresh_code(facility.key, taken)
    SignCode.objects.get_or_create(
        code=old, defaults={"facility": facility, "issued_on": facility.commissioned or today, "by_name": ""}
    )
    SignCode.objects.filter(code=old).update(revoked_on=today, why=why)
    new = SignCode(facility=facility, code=code, issued_on=today, by_name=str(by))
    new.save(force_insert=True)
    _put(facility, {"public_code": code})
    _event(facility, "sign", by=by, on=today, old={"public_code": old}, new={"public_code": code}, reason=why)
    published.move("station", old, code, by=by)
    published.put_up(
        "old_code", old, facility.name, {"name": facility.name, "revoked_on": today.isoformat()}, as_of=today,
        because=[Ref("facility", facility.key)], by=by,
    )  # fmt: skip
    return new
