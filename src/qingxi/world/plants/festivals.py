"""Who is at home on which day: Spring Festival by the real calendar, long holidays, week-ends, tourist seasons."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

SPRING_FESTIVAL = {
    2023: date(2023, 1, 22),
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
}
"""First day of the first month of the lunar year."""


def days_from(first: date, days: int) -> list[date]:
    """The days of a world."""
    return [first + timedelta(days=k) for k in range(days)]


def spring(days: list[date]) -> F64:
    """0 on ordinary days, 1 at the feast: people travel in the 12 days before and the 18 days after it."""
    offset = np.array(
        [min(((d - feast).days for feast in SPRING_FESTIVAL.values()), key=abs) for d in days], dtype=np.float64
    )
    before = 1 / (1 + np.exp(-(offset + 7.0) / 1.8))
    after = 1 / (1 + np.exp((offset - 11.0) / 2.6))
    return before * after


def long_holiday(days: list[date]) -> F64:
    """1 in the first week of October and the first five days of May, else 0."""
    return np.array([float((d.month == 10 and d.day <= 7) or (d.month == 5 and d.day <= 5)) for d in days])


def weekend(days: list[date]) -> npt.NDArray[np.bool_]:
    """Saturdays and Sundays."""
    return np.array([d.weekday() >= 5 for d in days])


def year_wave(days: list[date], peak_day: int) -> F64:
    """Cosine over the year with its crest on the given day of the year, -1 to 1."""
    return np.array([np.cos(2 * np.pi * (d.timetuple().tm_yday - peak_day) / 365.25) for d in days])


def tourist(days: list[date], summer: bool) -> F64:
    """0 to 1: a summer resort (July, August) or a spring one (blossom, March to May), and the long holidays."""
    peak, width = (212, 38.0) if summer else (100, 30.0)
    off = np.array([(d.timetuple().tm_yday - peak) / width for d in days])
    season = np.exp(-(off**2))
    free = 0.35 * weekend(days) * season
    return np.asarray(np.clip(season + free + 0.8 * long_holiday(days), 0.0, 1.2), dtype=np.float64)
