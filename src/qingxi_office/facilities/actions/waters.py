"""Dischargers, outlets and sampling points: entered and changed one by one, each with its row in the trail."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import models, transaction

from qingxi.facility import judge_discharger, judge_outlet, judge_point
from qingxi.origin import Fault, Ref, Value, errors_of
from qingxi_office.facilities.models import Discharger, FacilityRecord, Outlet, SamplingPoint
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import actions as trail
from qingxi_office.trail.numbers import next_key
from qingxi_office.villages.actions.edit import Refused, differing

_M = TypeVar("_M", bound=models.Model)


@transaction.atomic
def _keep(
    model: type[_M], letters: str, kind: str, judge: Callable[[Mapping[str, Value]], list[Fault]], row: _M | None,
    values: Mapping[str, Any], by: trail.Doer, because: str,
) -> _M:  # fmt: skip
    """A new row, or a change of one; its place's subtree is asked before and after."""
    place: Place = values.get("place") or row.place  # type: ignore[union-attr]
    rights.check(by, "edit_register", path=place.path)
    if row is not None:
        rights.check(by, "edit_register", path=row.place.path)  # type: ignore[attr-defined]
        row = model._default_manager.select_for_update().get(pk=row.pk)
    known = {} if row is None else {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    if errors := errors_of(judge({**known, **values})):
        raise Refused(errors)
    if row is None:
        row = model(key=next_key(model, f"{letters}-", width=5), **values)
        row.save(force_insert=True)
        said, before, changed = "entered", None, dict(values)
    else:
        changed = differing(row, values)
        if not changed:
            return row
        said, before = "edited", {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
    trail.record(
        f"{kind}.{said}", Ref(kind, row.key), by=by, because=because,  # type: ignore[attr-defined]
        before=_told(before), after=_told(changed),
    )  # fmt: skip
    return row


def _told(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as the trail keeps them: a record is named by its key."""
    if values is None:
        return None
    return {
        k: getattr(v, "key", None) or getattr(v, "code", None) or str(v) if isinstance(v, models.Model) else v
        for k, v in values.items()
    }


def keep_discharger(
    values: Mapping[str, Any], *, by: trail.Doer, row: Discharger | None = None, because: str = ""
) -> Discharger:
    """Enter or change a discharger; ``values`` names place and facility as records.

    Raises
    ------
    Refused
        When the values cannot stand together.
    """
    return _keep(Discharger, "PS", "discharger", judge_discharger, row, values, by, because)


def keep_outlet(
    values: Mapping[str, Any], *, by: trail.Doer, row: Outlet | None = None, because: str = ""
) -> Outlet:
    """Enter or change an outlet into a water; raises Refused as :func:`keep_discharger`."""
    return _keep(Outlet, "PK", "outlet", judge_outlet, row, values, by, because)


def keep_sampling_point(
    values: Mapping[str, Any], *, by: trail.Doer, row: SamplingPoint | None = None, because: str = ""
) -> SamplingPoint:
    """Enter or change a sampling point; raises Refused as :func:`keep_discharger`."""
    return _keep(SamplingPoint, "CY", "sampling_point", judge_point, row, values, by, because)


def facility_of(key: str) -> FacilityRecord | None:
    """The facility of a key, for forms that name one."""
    return FacilityRecord.objects.filter(key=key).first() if key else None
