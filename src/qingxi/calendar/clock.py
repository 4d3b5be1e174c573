"""By which clock a step runs: approvals in working days, building in calendar days, tenders by statute."""

from datetime import date, timedelta
from enum import StrEnum

from qingxi.calendar.working import WorkingDays


class Clock(StrEnum):
    """The clock of a step."""

    WORKING = "工作日"
    CALENDAR = "日历天"
    STATUTORY = "法定最短期限"  # calendar days that may not be shortened; ends on a working day


def due_date(start: date, days: int, clock: Clock, working: WorkingDays) -> date:
    """The last day of a term that starts the day after ``start``.

    Parameters
    ----------
    days : int
        0 or more, counted by the clock.

    Returns
    -------
    date
        For a statutory term that would end on a free day, the next working day (民法典 第二百零三条).

    Raises
    ------
    ValueError
        When days is negative.
    """
    if days < 0:
        raise ValueError(f"days is {days}, must be 0 or more")
    if clock is Clock.WORKING:
        return working.add(start, days)
    end = start + timedelta(days=days)
    return working.add(end, 0) if clock is Clock.STATUTORY else end
