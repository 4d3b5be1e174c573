"""One person's change of one village or household: fields judged by the library, old values kept in the trail."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from qingxi.origin import Fault, Ref, Value, errors_of
from qingxi.village import judge_household, judge_village
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.trail.queries import of as deeds_of
from qingxi_office.villages.actions.register import tally
from qingxi_office.villages.models import HouseholdRecord, VillageRecord


class Refused(ValueError):
    """The values cannot stand; ``faults`` says every one."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(f"{f.rule}，{f.remedy}" for f in faults))
        self.faults = faults


def differing(row: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the record's own."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _edit(
    row: Any,
    values: Mapping[str, Value],
    faults: list[Fault],
    action: str,
    subject: Ref,
    *,
    by: trail.Doer,
    because: str,
) -> bool:
    if errors := errors_of(faults):
        raise Refused(errors)
    changed = differing(row, values)
    if not changed:
        return False
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    trail.record(action, subject, by=by, because=because, before=before, after=changed)
    return True


def _whole(row: models.Model, values: Mapping[str, Value]) -> dict[str, Value]:
    return {**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}, **values}


@transaction.atomic
def edit_household(
    house: HouseholdRecord, values: Mapping[str, Value], *, by: trail.Doer, because: str = ""
) -> bool:
    """Change fields of a household; False when nothing differs.

    Raises
    ------
    Refused
        When the values cannot stand together.
    """
    rights.check(by, "edit_register", path=house.hamlet.place.path)
    house = HouseholdRecord.objects.select_for_update().get(pk=house.pk)
    changed = _edit(
        house, values, judge_household(_whole(house, values)), "household.edited", Ref("household", house.key), by=by,
        because=because,
    )  # fmt: skip
    if changed:
        tally(house.hamlet_id)
    return changed


@transaction.atomic
def edit_village(village: VillageRecord, values: Mapping[str, Value], *, by: trail.Doer, because: str = "") -> bool:
    """Change fields of a village; its state is changed by :func:`change_state`, never here.

    Raises
    ------
    Refused
        When the values cannot stand together.
    """
    rights.check(by, "edit_register", path=village.place.path)
    village = VillageRecord.objects.select_for_update(of=("self",)).select_related("place").get(pk=village.pk)
    return _edit(
        village, values, judge_village(_whole(village, values)), "village.edited", Ref("village", village.place.code), by=by,
        because=because,
    )  # fmt: skip


@transaction.atomic
def undo_edit(row: HouseholdRecord | VillageRecord, entry_id: int, *, by: trail.Doer) -> bool:
    """Bring back what an edit changed: a deed of its own with the old values. False when there is nothing to bring back.

    Only a deed on this very record is undone, and only while what it wrote still stands: what somebody wrote after it
    is not thrown away.

    Raises
    ------
    ValueError
        When a later edit changed the same fields.
    """
    kind, key = ("household", row.key) if isinstance(row, HouseholdRecord) else ("village", row.place.code)
    entry = next((e for e in deeds_of(Ref(kind, key)) if e.pk == entry_id and e.action == f"{kind}.edited"), None)
    if entry is None:
        return False
    back = dict(entry.before or {})
    if any(getattr(row, name) != value for name, value in (entry.after or {}).items()):
        raise ValueError("后来又改过这几项，先看最近的修改")
    change = edit_household if isinstance(row, HouseholdRecord) else edit_village
    return change(row, back, by=by, because=f"撤销第 {entry_id} 条")  # type: ignore[arg-type]
