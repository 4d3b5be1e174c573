"""Days of running totals in the books: a count of today finishes yesterday, so days are worked out with their neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from qingxi.quantity import QUANTITIES
from qingxi.reading.daily import BEIJING_S, day_of, day_start_s
from qingxi.reading.totals import Break, counts_in, day_amount, is_count, rates_on, steps_of
from qingxi_office.readings.actions.far_counts import NEAR, Key, far_rows
from qingxi_office.readings.models import DailyRow, VendorSamples

_BEIJING = timezone(timedelta(seconds=BEIJING_S))
_TOUCHES = NEAR  # a step of 36 h that ends on a day began at most two days before
_READS = 2 * _TOUCHES
_FEW = 400


def weights(row: VendorSamples) -> dict[str, float]:
    """A day's flow as readings that weight concentrations: what was told as a rate, and what the day's own counts make."""
    told = {name: value for name, value in row.values.items() if not is_count(name)}
    if len(told) == len(row.values):
        return told
    steps, _ = steps_of(counts_in({row.day: row.values}), QUANTITIES[row.quantity].high)
    return rates_on(steps, row.day) | told


def counted_days(touched: Sequence[VendorSamples], keys: Mapping[int, str]) -> tuple[int, int, int]:
    """Work out the days that new counts touch; gives days written, days a device of ours holds, and breaks newly found."""
    around: dict[Key, set[date]] = defaultdict(set)
    new: dict[Key, set[date]] = defaultdict(set)
    for row in touched:
        if row.facility_id in keys and any(map(is_count, row.values)):
            around[row.facility_id, row.quantity] |= _days_by(row.day, _TOUCHES)
            new[row.facility_id, row.quantity].add(row.day)
    if not around:
        return 0, 0, 0
    days = sorted(set().union(*around.values()))
    rows: dict[Key, dict[date, VendorSamples]] = {key: {} for key in around}
    read = sorted(set().union(*(_days_by(day, _READS - _TOUCHES) for day in days)))
    of_these = {"facility__in": {pk for pk, _ in around}, "quantity__in": {code for _, code in around}}
    for row in VendorSamples.objects.filter(**of_these, **_within(read)).order_by("pk"):
        if (row.facility_id, row.quantity) in rows:
            rows[row.facility_id, row.quantity][row.day] = row
    far, later = far_rows(rows, around, new)
    for row in far:
        rows[row.facility_id, row.quantity][row.day] = row
    known = {(d.facility_id, d.quantity, d.day): d for d in DailyRow.objects.filter(**of_these, **_within(days))}
    fresh, gone, broken, held, new_breaks = [], [], [], 0, 0
    for (pk, code), mine in around.items():
        there = rows[pk, code]
        steps, breaks = steps_of(counts_in({day: row.values for day, row in there.items()}), QUANTITIES[code].high)
        by_day: dict[date, list[list[Any]]] = defaultdict(list)
        for one in breaks:
            day = day_of(one.at_s)
            day = day if day in there else day_of(one.at_s - 1)  # a day's closing count stands at the next midnight
            by_day[day].append(_told(one, day))
        for day in sorted(mine | later.get((pk, code), set())):
            row = there.get(day)
            if row is not None and row.breaks != by_day[day]:
                new_breaks += sum(one not in row.breaks and one[1] != "gap" for one in by_day[day])
                row.breaks = by_day[day]
                broken.append(row)
        for day in sorted(mine):
            row = there.get(day)
            was, found = known.get((pk, code, day)), day_amount(steps, day)
            if was is not None and was.source != "vendor":
                held += row is not None
            elif found is not None:
                use = _weakest(there, day)
                if was is None or (was.value, was.coverage, was.use) != (*found, use):
                    fresh.append(
                        DailyRow(facility_id=pk, quantity=code, day=day, value=found[0], coverage=found[1], source="vendor", use=use)
                    )  # fmt: skip
            elif was is not None and row is not None and all(map(is_count, row.values)):
                gone.append(was.pk)  # a count that was put right since takes the day's ground away
    VendorSamples.objects.bulk_update(broken, ["breaks"], batch_size=200)
    DailyRow.objects.filter(pk__in=gone).delete()
    DailyRow.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["facility", "quantity", "day"],
        update_fields=["value", "coverage", "source", "use"], batch_size=500,
    )  # fmt: skip
    return len(fresh) + len(gone), held, new_breaks


def _told(one: Break, day: date) -> list[Any]:
    """As the row of its day keeps it; of a gap also since when (ISO, Beijing), for it began on another day."""
    at = one.at_s - day_start_s(day)
    told = [f"{at // 3600:02d}:{at % 3600 // 60:02d}:{at % 60:02d}", one.code, one.before, one.after]
    return [*told, datetime.fromtimestamp(one.since_s, _BEIJING).isoformat()] if one.code == "gap" else told


def _weakest(rows: Mapping[date, VendorSamples], day: date) -> str:
    near = {rows[each].use for each in _days_by(day, 1) if each in rows}
    return "管理" if near == {"管理"} else "线索"


def _days_by(day: date, count: int) -> set[date]:
    return {day + timedelta(days=n) for n in range(-count, count + 1)}


def _within(days: Sequence[date]) -> dict[str, Any]:
    return {"day__in": days} if len(days) <= _FEW else {"day__gte": days[0], "day__lte": days[-1]}
