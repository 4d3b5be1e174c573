"""Readings of one quantity as they arrived, each with its validity."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.quantity import quantity as quantity_of
from qingxi.standard import load_table

VALID_MARKS = ("N", "")
"""Data flags that count: 正常, and none at all, which 2005 devices may send. F M S D C T B never enter a mean."""


@dataclass(frozen=True)
class Samples:
    """One quantity of one point of a facility, in order of time.

    Attributes
    ----------
    kind : str
        ``"rtd"``, ``"minute"``, ``"hour"`` or ``"day"``: what each value stands for.
    at_s : int64[n]
        Seconds since 1970 UTC, rising, none twice.
    values : float64[n]
        House unit; NaN where the device sent no number.
    valid : bool[n]
        Counts in a mean.
    span_s : int
        Seconds from one reading to the next that is due.
    """

    facility: str
    quantity: str
    kind: str
    at_s: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    valid: npt.NDArray[np.bool_]
    span_s: int


_FIXED_SPAN_S = {"hour": 3600, "day": 86400}


def span_of(at_s: npt.NDArray[np.int64], kind: str, every_min: int = 0) -> int:
    """Seconds between readings: the kind's own, else as registered, else the commonest step, else the table's."""
    if kind in _FIXED_SPAN_S:
        return _FIXED_SPAN_S[kind]
    if every_min > 0:
        return every_min * 60
    steps = np.diff(np.unique(at_s))
    if steps.size == 0:
        return int(load_table("validity")["interval.default"] * 60)
    lengths, counts = np.unique(steps, return_counts=True)
    return int(lengths[np.argmax(counts)])


def make_samples(
    facility: str,
    quantity: str,
    kind: str,
    at_s: npt.ArrayLike,
    values: npt.ArrayLike,
    marks: npt.ArrayLike,
    every_min: int = 0,
) -> Samples:
    """Put readings in order and judge each by itself.

    Rules
    -----
    1. Its mark is N or missing (HJ 356: maintenance, fault, calibration and stop data are invalid).
    2. It is a number within the plausible range of its quantity; below zero never is.
    """
    times = np.asarray(at_s, dtype=np.int64)
    numbers = np.asarray(values, dtype=np.float64)
    flags = np.asarray(marks, dtype=np.str_)
    times, first = np.unique(times, return_index=True)
    numbers, flags = numbers[first], flags[first]
    known = quantity_of(quantity)
    with np.errstate(invalid="ignore"):
        plausible = (numbers >= known.low) & (numbers <= known.high)  # RULE 2; NaN is neither
    valid = np.isin(flags, VALID_MARKS) & plausible  # RULE 1
    return Samples(facility, quantity, kind, times, numbers, valid, span_of(times, kind, every_min))
