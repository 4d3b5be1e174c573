"""Readings that a device corrected: both versions stay in the store, and the trail says which value became which."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.quantity import QUANTITIES
from qingxi_office.readings.models import Device
from qingxi_office.trail import actions as trail
from qingxi_office.trail.queries import of as trail_of

if TYPE_CHECKING:
    from qingxi.store.corrections import Correction

DEED = "reading.corrected"
_IN_A_ROW = 200
"""Values in one row of the trail; a device that corrects more has several rows."""
_BEIJING = dt.timezone(dt.timedelta(hours=8))
_KINDS = {"rtd": "实时", "minute": "分钟", "hour": "小时", "day": "日"}
_STATISTICS = {"Avg": "均值", "Min": "最小", "Max": "最大", "Cou": "累计", "Rtd": "", "Flag": "标记"}


def _cells(one: Correction) -> Iterator[tuple[str, Any, Any]]:
    """(which value, what it was, what it is)."""
    at = dt.datetime.fromtimestamp(one.at_s, _BEIJING)
    for (quantity, statistic), value in one.now.items():
        name = QUANTITIES[quantity].chinese if quantity in QUANTITIES else quantity
        said = (
            f"{at:%Y-%m-%d %H:%M:%S}",
            _KINDS.get(one.kind, one.cn),
            name,
            _STATISTICS.get(statistic, statistic),
        )
        yield " ".join(word for word in said if word), one.was[quantity, statistic], value


def told_of(device: str) -> list[tuple[dt.datetime, str, Any, Any]]:
    """Corrections of a device as the trail has them, the newest first: (when noted, which value, was, is)."""
    return [
        (row.at, key, row.before.get(key), value)
        for row in trail_of(Ref("device", device), 50)
        if row.action == DEED and isinstance(row.before, dict) and isinstance(row.after, dict)
        for key, value in row.after.items()
    ]


@transaction.atomic
def note_corrections(found: Sequence[Correction], *, by: trail.Doer) -> int:
    """Rows in the trail for what devices corrected; gives how many values. What the trail tells already is not told again."""
    by_device: dict[str, dict[str, tuple[Any, Any]]] = {}
    for one in found:
        cells = by_device.setdefault(one.mn, {})
        for key, was, now in _cells(one):
            # Corrected twice between two rounds: from the first value to the last.
            cells[key] = cells[key][0] if key in cells else was, now
    known = set(Device.objects.filter(mn__in=by_device).values_list("mn", flat=True))
    noted = 0
    for mn in sorted(known):
        told: Mapping[str, Any] = {key: value for _, key, _, value in reversed(told_of(mn))}
        left = iter([(key, *pair) for key, pair in by_device[mn].items() if told.get(key, _NOTHING) != pair[1]])
        while row := list(islice(left, _IN_A_ROW)):
            trail.record(
                DEED, Ref("device", mn), by=by, because="设备对同一时刻又报了不同的数，两个都留着",
                before={key: was for key, was, _ in row}, after={key: now for key, _, now in row},
            )  # fmt: skip
            noted += len(row)
    return noted


_NOTHING = object()
