"""When a round is due: the period that began last, its name, and when the next begins. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from qingxi.calendar import WorkingDays

_DAYS = WorkingDays()


class Every(StrEnum):
    """How often."""

    HOUR = "每小时"
    DAY = "每天"
    WORKING_DAY = "每个工作日"
    WEEK = "每周一"
    MONTH = "每月一日"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often, and at what time of day (its minute only, for hours)."""

    every: Every
    at: time = time(0, 5)

    def _begins(self, day: date, now: datetime) -> datetime:
        return datetime.combine(day, self.at, now.tzinfo)

    def _counts(self, day: date) -> bool:
        if self.every is Every.WEEK:
            return day.weekday() == 0
        if self.every is Every.MONTH:
            return day.day == 1
        return self.every is not Every.WORKING_DAY or _DAYS.is_working(day)

    def last_begin(self, now: datetime) -> datetime:
        """When the period that runs now began."""
        if self.every is Every.HOUR:
            begin = now.replace(minute=self.at.minute, second=0, microsecond=0)
            return begin if begin <= now else begin - timedelta(hours=1)
        day = now.date()
        while not (self._counts(day) and self._begins(day, now) <= now):
            day -= timedelta(days=1)
        return self._begins(day, now)

    def next_begin(self, now: datetime) -> datetime:
        """When the period after it begins."""
        if self.every is Every.HOUR:
            return self.last_begin(now) + timedelta(hours=1)
        day = now.date()
        while not (self._counts(day) and self._begins(day, now) > now):
            day += timedelta(days=1)
        return self._begins(day, now)

    def missed(self, after: datetime, begin: datetime) -> int:
        """How many periods began after ``after`` and before ``begin``: they were slept through; at most 999."""
        count, at = 0, begin
        while count < 999:
            at = self.last_begin(at - timedelta(seconds=1))
            if at <= after:
                return count
            count += 1
        return count

    def name(self, begin: datetime) -> str:
        """The period's name: one run has one."""
        if self.every is Every.HOUR:
            return begin.strftime("%Y-%m-%dT%H")
        if self.every is Every.WEEK:
            year, week, _ = begin.isocalendar()
            return f"{year}-W{week:02d}"
        return begin.strftime("%Y-%m" if self.every is Every.MONTH else "%Y-%m-%d")
