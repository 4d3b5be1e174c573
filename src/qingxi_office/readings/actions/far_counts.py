"""The neighbours of a running total's count that lie further off than a day's: what a meter counted unseen ends there.

A count that nobody followed for weeks, or one that comes late into the midst of such a time, belongs with the row before
it and the row after it, however far they are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db.models import Max, Min

from qingxi_office.readings.models import VendorSamples

Key = tuple[int, str]
NEAR = 2
"""Days on either side that are read with a count anyway."""


def far_rows(
    there: Mapping[Key, Mapping[date, VendorSamples]],
    looked_at: Mapping[Key, set[date]],
    new: Mapping[Key, set[date]],
) -> tuple[list[VendorSamples], dict[Key, set[date]]]:
    """Rows that are neighbours and were not read; and the days among them that come after a new count.

    Parameters
    ----------
    there : mapping
        Rows already read: all within :data:`NEAR` days of those looked at.
    looked_at : mapping
        Days whose breaks are worked out: each needs the row before it.
    new : mapping
        Days with new counts: the row after each of them needs to be worked out again.

    None, two or five questions, whatever the number of rows; none where every count has a neighbour within two days and
    nothing later is in the books.
    """
    newest = VendorSamples.objects.aggregate(Max("day"))["day__max"]
    before = {
        key: {day for day in looked_at[key] if day in rows and not _near(rows, day, -1)}
        for key, rows in there.items()
    }
    after = {
        key: {day for day in new[key] if not _near(there[key], day, 1) and day + timedelta(days=NEAR) < newest}
        for key in new
    }
    lonely = {key for found in (before, after) for key, days in found.items() if days}
    if not lonely:
        return [], {}
    ends = [day for found in (before, after) for days in found.values() for day in days]
    known = _days_of(lonely, min(ends), max(ends))
    wanted: set[tuple[int, str, date]] = set()
    later: dict[Key, set[date]] = defaultdict(set)
    for key in lonely:
        days = known[key]
        for day in before.get(key, ()):
            if at := bisect_left(days, day):
                wanted.add((*key, days[at - 1]))
        for day in after.get(key, ()):
            if (at := bisect_right(days, day)) < len(days):
                # A closing count stands at midnight: whether in this row or the next day's hangs on there being one.
                both = {days[at], days[at] + timedelta(days=1)}
                wanted |= {(*key, each) for each in both}
                later[key] |= both
    if not wanted:
        return [], {}
    rows = _of(lonely).filter(day__in={day for *_, day in wanted})
    return [row for row in rows if (row.facility_id, row.quantity, row.day) in wanted], later


def _near(rows: Mapping[date, VendorSamples], day: date, side: int) -> bool:
    return any(day + timedelta(days=side * n) in rows for n in range(1, NEAR + 1))


def _days_of(keys: set[Key], first: date, last: date) -> dict[Key, list[date]]:
    """Days with a row from ``first`` to ``last``, with the one before and the one after them, in order."""
    found: dict[Key, list[date]] = defaultdict(list)
    by_key = _of(keys).order_by().values_list("facility_id", "quantity")
    told: list[Iterable[tuple[int, str, date]]] = [
        by_key.filter(day__lt=first).annotate(end=Max("day")),
        by_key.filter(day__gt=last).annotate(end=Min("day")),
        _of(keys).order_by().filter(day__gte=first, day__lte=last).values_list("facility_id", "quantity", "day"),
    ]
    for rows in told:
        for pk, code, day in rows:
            found[pk, code].append(day)
    return defaultdict(list, {key: sorted(days) for key, days in found.items()})


def _of(keys: set[Key]):  # type: ignore[no-untyped-def]
    return VendorSamples.objects.filter(
        facility__in={pk for pk, _ in keys}, quantity__in={code for _, code in keys}
    )
