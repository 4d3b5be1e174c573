"""What was observed: device readings, bills, laboratory results, visits, each with its use and its coverage."""

from qingxi.reading.beat import BEAT_S, at_one_beat
from qingxi.reading.daily import (
    BEIJING_S,
    DAY_S,
    KINDS,
    Validity,
    best_daily,
    daily,
    daily_of,
    day_of,
    day_start_s,
    hourly,
)
from qingxi.reading.evidence import Bill, LabResult, Use, Visit
from qingxi.reading.rain import Gauge, GaugeChoice, choose_gauge, day_rain, gaps_of, rain_series
from qingxi.reading.samples import VALID_MARKS, Samples, make_samples, span_of
from qingxi.reading.series import DailySeries

__all__ = [
    "BEAT_S",
    "BEIJING_S",
    "DAY_S",
    "KINDS",
    "VALID_MARKS",
    "Bill",
    "DailySeries",
    "Gauge",
    "GaugeChoice",
    "LabResult",
    "Samples",
    "Use",
    "Validity",
    "Visit",
    "at_one_beat",
    "best_daily",
    "choose_gauge",
    "daily",
    "daily_of",
    "day_of",
    "day_rain",
    "day_start_s",
    "gaps_of",
    "hourly",
    "make_samples",
    "rain_series",
    "span_of",
]
