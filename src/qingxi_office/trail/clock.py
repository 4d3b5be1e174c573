"""The office's clock: a county may stand still on one day for training (演练日期)."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone


def practice_day() -> date | None:
    """The day the county plays, or None when it lives in the present."""
    day = settings.QINGXI_PRACTICE_DAY
    return date.fromisoformat(day) if day else None


def now() -> datetime:
    """Aware now in the office's time zone; on a practice day, that day at the real time of day."""
    real = timezone.localtime()
    day = practice_day()
    return real if day is None else real.replace(year=day.year, month=day.month, day=day.day)


def today() -> date:
    """The office's day."""
    return now().date()


def day_of(moment: datetime) -> date:
    """The office's day of a moment as the books give it (UTC): before eight in the morning that is not its ``date()``."""
    return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()


def end_of(day: date) -> datetime:
    """The first moment after a day of the office: what is before it was on that day or earlier."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def real_now() -> datetime:
    """The machine's own time, for what must not stand still on a practice day: whether a worker is alive."""
    return timezone.now()
