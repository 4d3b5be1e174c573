"""When a station is to be looked at again, and in which order a person walks today."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Due:
    """A station's next round: ``on`` its day, ``every`` days of its class, ``row`` the table's row that says so."""

    on: date
    every: int
    row: str

    def late(self, today: date) -> int:
        """Days that it is late; negative before its day."""
        return (today - self.on).days


def every_days(design_m3_d: float, status: str = "in_use") -> tuple[int, str]:
    """Days between rounds for a station of this size (m3/d) and status, and the table's row that says so."""
    table = load_table("patrol")
    if status == "stopped":
        row = "due.stopped_days"
    elif design_m3_d >= table["due.size"]:
        row = "due.large_days"
    elif design_m3_d >= table["due.mid"]:
        row = "due.mid_days"
    else:
        row = "due.small_days"
    return int(table[row]), row


def due(
    design_m3_d: float, last: date | None, today: date, *, status: str = "in_use", trouble: bool = False
) -> Due:
    """When the next round is due; one that was never visited is due today. ``trouble``: the last round met something bad."""
    every, row = every_days(design_m3_d, status)
    if trouble:
        sooner = int(load_table("patrol")["due.trouble_days"])
        if sooner < every:
            every, row = sooner, "due.trouble_days"
    return Due(today if last is None else last + timedelta(days=every), every, row)


def ordered(
    stations: Iterable[tuple[str, Due, float | None, float | None]], today: date, here: tuple[float, float] | None
) -> list[str]:
    """Keys in the order to walk: what is due first, by how late and how far; then the rest by day.

    Each station is (key, due, lon, lat). Of what is due, a day late weighs as much as a kilometre less to go; without a
    place (``here`` unknown, or the station's) only the days count.
    """

    def weight(row: tuple[str, Due, float | None, float | None]) -> tuple[int, float, str]:
        key, when, lon, lat = row
        late = when.late(today)
        if late < 0:
            return 1, -late, key
        far = 0.0
        if here is not None and lon is not None and lat is not None:
            wide = math.cos(math.radians(lat))
            far = math.hypot((lon - here[0]) * wide, lat - here[1]) * 111.2
        return 0, far - late, key

    return [row[0] for row in sorted(stations, key=weight)]
