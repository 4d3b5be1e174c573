"""Days that count: working days (工作日), calendar days (日历天) and statutory minima (法定最短期限)."""

from qingxi.calendar.clock import Clock, due_date
from qingxi.calendar.working import Unscheduled, WorkingDays

__all__ = ["Clock", "Unscheduled", "WorkingDays", "due_date"]
