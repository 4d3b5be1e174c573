"""What was observed: device readings, bills, laboratory results, visits, each with its use and its coverage."""

from qingxi.reading.evidence import Bill, LabResult, Use, Visit
from qingxi.reading.series import DailySeries

__all__ = ["Bill", "DailySeries", "LabResult", "Use", "Visit"]
