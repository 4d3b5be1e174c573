"""Chinese working days: the yearly schedule of the State Council, with a county's own corrections.

The schedule of a year is published in the autumn before it. For a year without one, weekends alone are used, and
every answer that touched such a year says so: a deadline in next spring may still move.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import chinese_calendar

_FIRST_YEAR = 2004


@cache
def _working_of(year: int, scheduled: bool) -> bytes:
    """One byte a day of the year, 1 where it is worked: by the official schedule, or by weekends alone."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=i) for i in range((date(year + 1, 1, 1) - first).days))
    return bytes(chinese_calendar.is_workday(day) if scheduled else day.weekday() < 5 for day in days)


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """An answer that rests on weekends alone for these years."""

    years: tuple[int, ...]

    def __str__(self) -> str:
        return f"{'、'.join(map(str, self.years))} 年的放假安排尚未公布，暂按双休日推算，公布后请复核"


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a county.

    Parameters
    ----------
    also_working, also_free : collection of date
        The county's own corrections; they go before the schedule.
    until_year : int
        Last year whose official schedule is known.
    """

    also_working: Collection[date] = field(default_factory=frozenset)
    also_free: Collection[date] = field(default_factory=frozenset)
    until_year: int = max(day.year for day in chinese_calendar.constants.holidays)

    def __post_init__(self) -> None:
        both = set(self.also_working) & set(self.also_free)
        if both:
            raise ValueError(f"{sorted(both)} are corrected both ways")

    def scheduled(self, year: int) -> bool:
        """Whether an official schedule of the year is known."""
        return _FIRST_YEAR <= year <= self.until_year

    def is_working(self, day: date) -> bool:
        if day in self.also_working:
            return True
        if day in self.also_free:
            return False
        return bool(_working_of(day.year, self.scheduled(day.year))[day.timetuple().tm_yday - 1])

    def add(self, day: date, working_days: int) -> date:
        """The day that many working days after (before, when negative) a day; the day itself never counts.

        ``add(day, 0)`` is the day, or the next working day when it is none. Cost grows with the number of days.
        """
        step = timedelta(days=1 if working_days >= 0 else -1)
        current = day
        if working_days == 0:
            while not self.is_working(current):
                current += step
            return current
        left = abs(working_days)
        while left:
            current += step
            left -= self.is_working(current)
        return current

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and with ``end``; negative when ``end`` lies before.

        Costs a slice a year and a look at each correction, not a step a day.
        """
        if end < start:
            return -self.between(end, start)
        total = 0
        for year in range(start.year, end.year + 1):
            days = _working_of(year, self.scheduled(year))
            low = start.timetuple().tm_yday if year == start.year else 0
            high = end.timetuple().tm_yday if year == end.year else len(days)
            total += sum(days[low:high])
        for corrected, working in ((self.also_working, 1), (self.also_free, 0)):
            for day in set(corrected):
                if start < day <= end:
                    total += working - _working_of(day.year, self.scheduled(day.year))[day.timetuple().tm_yday - 1]
        return total

    def doubt(self, start: date, end: date) -> Unscheduled | None:
        """What an answer over these days rests on, when a year of them has no schedule."""
        low, high = min(start, end).year, max(start, end).year
        years = tuple(year for year in range(low, high + 1) if not self.scheduled(year))
        return Unscheduled(years) if years else None
