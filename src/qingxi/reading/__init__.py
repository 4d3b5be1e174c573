"""What was observed: device readings, bills, laboratory results, visits, each with its use and its coverage."""

from qingxi.reading.daily import Validity, best_daily, daily, daily_of, day_of, day_start_s, hourly
from qingxi.reading.evidence import Bill, LabResult, Use, Visit
from qingxi.reading.samples import VALID_MARKS, Samples, make_samples, span_of
from qingxi.reading.series import DailySeries

__all__ = [
    "VALID_MARKS",
    "Bill",
    "DailySeries",
    "LabResult",
    "Samples",
    "Use",
    "Validity",
    "Visit",
    "best_daily",
    "daily",
    "daily_of",
    "day_of",
    "day_start_s",
    "hourly",
    "make_samples",
    "span_of",
]
