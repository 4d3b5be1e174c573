"""What the books know beforehand that explains a facility's data: declared stops and replaced sensors."""

import re
from collections.abc import Collection
from datetime import date

from qingxi.finding import Event, EventKind
from qingxi_office.facilities.models import FacilityEvent, FacilityRecord

_SENSOR = re.compile(
    r"(换|校准|校正|检定|标定).{0,6}(表|探头|流量计|电表|传感器|仪|分析仪)|(表|探头|流量计|传感器|仪).{0,4}(换|校准|检定|标定)"
)


def events(keys: Collection[str] | None, as_of: date) -> list[Event]:
    """Events of these facilities (None: all) up to a day; one query.

    A facility registered as stopped is in a declared stop from that day until it is registered otherwise. A repair or
    note whose words say that a meter or probe was changed or calibrated, or a new number of its device, is a replaced
    sensor. What was undone does not count.
    """
    rows = FacilityEvent.objects.filter(undone_at=None, on__lte=as_of).order_by("facility_id", "on", "pk")
    if keys is not None:
        rows = rows.filter(facility__key__in=list(keys))
    out: list[Event] = []
    open_: dict[str, tuple[date, str]] = {}
    for key, kind, on, new, reason in rows.values_list("facility__key", "kind", "on", "new", "reason").iterator(
        5000
    ):
        if kind == FacilityEvent.Kind.STATUS:
            if new.get("status") == FacilityRecord.Status.STOPPED:
                open_.setdefault(key, (on, reason))
            elif key in open_:
                since, why = open_.pop(key)
                out.append(Event(key, EventKind.DECLARED_STOP, since, max(since, on), "", why))
        elif "mn" in new or _SENSOR.search(reason):
            out.append(Event(key, EventKind.SENSOR_REPLACED, on, on, "", reason))
    out += [Event(key, EventKind.DECLARED_STOP, since, as_of, "", why) for key, (since, why) in open_.items()]
    return out
