"""What a facility's chart is drawn from: the devices' store and, for what no device says, the days in the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet

from qingxi.quantity import QUANTITIES
from qingxi.reading import day_of, day_start_s
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import OWN
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.readings import lines
from qingxi_office.readings.queries import days

if TYPE_CHECKING:
    from qingxi.store import Pieces, Readings, Window

READABLE = Way("reading", own=OWN)


def readable(user: Any) -> QuerySet[FacilityRecord]:
    """Facilities whose readings this person sees."""
    return seen_by(user, FacilityRecord.objects.all(), READABLE)


def open_store() -> Readings | None:
    """The devices' store, or None where no device ever called. Close it after use."""
    from qingxi.store import Readings, store_exists  # heavy to import

    store = lines.store()
    return Readings(store, settings.QINGXI_ENGINE) if store_exists(store) else None


def series(
    user: Any, facility: FacilityRecord, codes: Sequence[str], start_s: int, end_s: int, pixels: int, point: str
) -> tuple[Window, dict[str, str]]:
    """The window, and where each quantity in it came from (``hj212`` or ``vendor``).

    Raises
    ------
    ValueError
        For a window without time or with too many pixels.
    """
    from qingxi.store import Window

    store = open_store()
    if store is None:
        # The checks of a window, and its level, for books alone.
        found = Window(start_s, end_s, pixels, "daily", {})
        if end_s <= start_s or pixels < 1:
            raise ValueError(f"a window from {start_s} to {end_s} in {pixels} pieces")
    else:
        with store:
            found = store.window(facility.key, codes, start_s, end_s, pixels, point=point)
    sources = dict.fromkeys(found.series, "hj212")
    lacking = [code for code in codes if code not in found.series]
    if lacking and point == "effluent":
        for code, pieces, source in _of_the_books(user, facility, lacking, found):
            found.series[code] = pieces
            sources[code] = source
    return found, sources


def _of_the_books(
    user: Any, facility: FacilityRecord, codes: Sequence[str], window: Window
) -> list[tuple[str, Pieces, str]]:
    """Days as they stand in the books, each at its midnight; a piece shorter than a day holds one or none."""
    import numpy as np

    from qingxi.store import Pieces

    rows = days(user).filter(
        facility=facility, quantity__in=codes, value__isnull=False,
        day__gte=day_of(window.start_s) , day__lte=day_of(window.end_s - 1),
    ).order_by("quantity", "day")  # fmt: skip
    by: dict[str, list[tuple[int, float, str]]] = {}
    for code, day, value, source in rows.values_list("quantity", "day", "value", "source"):
        at = day_start_s(day)
        if window.start_s <= at < window.end_s:
            by.setdefault(code, []).append((at, value, source))
    out = []
    for code, values in by.items():
        n = np.zeros(window.pixels, np.int64)
        total, low, high = np.zeros(window.pixels), np.full(window.pixels, np.inf), np.full(window.pixels, -np.inf)
        at_s = np.array([at for at, _, _ in values])
        place = (at_s - window.start_s) * window.pixels // (window.end_s - window.start_s)
        numbers = np.array([value for _, value, _ in values])
        np.add.at(n, place, 1)
        np.add.at(total, place, numbers)
        np.minimum.at(low, place, numbers)
        np.maximum.at(high, place, numbers)
        none = n == 0
        mean = np.where(none, np.nan, total / np.maximum(n, 1))
        pieces = Pieces(n, np.where(none, np.nan, low), mean, np.where(none, np.nan, high))
        out.append((code, pieces, values[-1][2]))
    return out


def as_json(window: Window, sources: dict[str, str]) -> dict[str, Any]:
    """What a page draws: of each quantity only the pieces that have a reading, by number from the start.

    Times are ISO with +08:00; a piece ``i`` begins at ``from + i * step_s``. Numbers have six figures.
    """
    import numpy as np

    def shown(values: Any) -> list[float]:
        return [float(f"{value:.6g}") for value in values]

    zone = dt.timezone(dt.timedelta(hours=8))
    out: dict[str, Any] = {
        "from": dt.datetime.fromtimestamp(window.start_s, zone).isoformat(),
        "to": dt.datetime.fromtimestamp(window.end_s, zone).isoformat(),
        "pixels": window.pixels,
        "step_s": window.step_s,
        "level": window.level,
        "series": {},
    }
    for code in sorted(window.series, key=list(QUANTITIES).index):
        pieces, known = window.series[code], QUANTITIES[code]
        i = np.flatnonzero(pieces.n)
        out["series"][code] = {
            "name": known.chinese, "unit": known.unit, "source": sources[code], "i": i.tolist(), "n": pieces.n[i].tolist(),
            "low": shown(pieces.low[i]), "mean": shown(pieces.mean[i]), "high": shown(pieces.high[i]),
        }  # fmt: skip
    return out
