"""Readings of one quantity brought to one beat, whatever a device sends and however often."""

from collections.abc import Sequence

import numpy as np

from qingxi.reading.samples import Samples

BEAT_S = 900
"""A quarter of an hour: the beat at which the rules of findings were measured."""


def at_one_beat(parts: Sequence[Samples], beat_s: int = BEAT_S) -> Samples | None:
    """One series out of a quantity's reports, none denser than ``beat_s``; None where nothing within the day came.

    Parameters
    ----------
    parts : sequence of Samples
        One a kind of report, all of one facility, point and quantity.
    beat_s : int
        Seconds.

    Rules
    -----
    1. Daily reports say nothing of what happens within a day and are left out.
    2. What comes more often than the beat becomes the mean of its valid readings in each piece; a piece in which all
       are equal keeps exactly that value, so that a sensor that stands still still stands still. A piece with
       readings of which none is valid is kept, not valid: something arrived.
    3. Of several reports the one counts that covers most time with valid readings; at a tie the denser one.
    """
    within = [_thinned(part, beat_s) for part in parts if part.kind != "day" and part.span_s < 86400]  # RULE 1
    # RULE 3
    return max(within, key=lambda s: (int(s.valid.sum()) * s.span_s, -s.span_s), default=None)


def _thinned(samples: Samples, beat_s: int) -> Samples:
    if samples.span_s >= beat_s or not samples.at_s.size:
        return samples
    at, place = np.unique(samples.at_s // beat_s, return_inverse=True)
    good, numbers = place[samples.valid], samples.values[samples.valid]
    n = np.bincount(good, minlength=at.size)
    low, high = np.full(at.size, np.inf), np.full(at.size, -np.inf)
    np.minimum.at(low, good, numbers)
    np.maximum.at(high, good, numbers)
    mean = np.bincount(good, weights=numbers, minlength=at.size) / np.maximum(n, 1)
    values = np.where(n == 0, np.nan, np.where(low == high, low, mean))  # RULE 2
    return Samples(samples.facility, samples.quantity, samples.kind, at * beat_s, values, n > 0, beat_s)
