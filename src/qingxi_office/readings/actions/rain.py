"""Every change to the rain book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.reading import day_rain
from qingxi_office.people import rights
from qingxi_office.readings.models import RainDay, RainGauge
from qingxi_office.trail import actions as trail

RainValues = Mapping[tuple[str, date], Mapping[str, float]]


def take_in_gauges(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put rain gauges in under their number."""
    rights.check(by, "load")
    return trail.take_in(RainGauge, rows, action="gauges.taken_in", subject=Ref("gauge", "all"), by=by)


@transaction.atomic
def take_in_rain(values: RainValues, *, by: trail.Doer) -> trail.TakenIn:
    """Put rain in: (gauge's number, day) -> hour ``"01"`` to ``"24"`` or ``"day"`` -> mm; the same values twice change nothing.

    Values that are there and not in ``values`` stay. One row in the trail where something changed. Counts are of values.
    """
    rights.check(by, "load")
    ids = dict(RainGauge.objects.filter(key__in={key for key, _ in values}).values_list("key", "pk"))
    wanted = {(ids[key], day): said for (key, day), said in values.items() if key in ids and said}
    if not wanted:
        return trail.TakenIn(0, 0, 0, {})
    RainDay.objects.bulk_create(
        [RainDay(gauge_id=pk, day=day) for pk, day in sorted(wanted)], ignore_conflicts=True, batch_size=500
    )
    days = [day for _, day in wanted]
    rows = RainDay.objects.select_for_update(of=("self",)).filter(
        gauge__in=list(ids.values()), day__gte=min(days), day__lte=max(days)
    )
    new = changed = same = 0
    touched: list[RainDay] = []
    for row in rows:
        said = wanted.get((row.gauge_id, row.day))
        if said is None:
            continue
        added = sum(name not in row.values for name in said)
        other = sum(name in row.values and row.values[name] != mm for name, mm in said.items())
        new, changed, same = new + added, changed + other, same + len(said) - added - other
        if added or other:
            row.values = {**row.values, **said}
            found = day_rain(row.values)
            row.mm = None if found is None else found[0]
            touched.append(row)
    if touched:
        RainDay.objects.bulk_update(touched, ["values", "mm"], batch_size=500)
        trail.record(
            "rain.taken_in", Ref("gauge", "all"), by=by,
            after={"new": new, "changed": changed, "days": len(touched), "gauges": len(ids), "until": max(days).isoformat()},
        )  # fmt: skip
    return trail.TakenIn(new, changed, same, {})
