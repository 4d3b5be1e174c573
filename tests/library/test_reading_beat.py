"""Reports of different kinds and beats become one series of a quarter of an hour at the most."""

import numpy as np

from qingxi.reading import Samples, at_one_beat


def some(kind, span_s, at_s, values, valid=None):
    at, numbers = np.array(at_s, dtype=np.int64), np.array(values, dtype=np.float64)
    good = np.ones(at.size, bool) if valid is None else np.array(valid)
    return Samples("QX-001", "flow", kind, at, numbers, good, span_s)


def test_five_minutes_become_a_quarter_of_an_hour():
    # 0, 300, 600 s: 1, 2 and a flagged 99: mean 1.5. The second quarter has none valid. The third stands still at 0.1.
    at = [0, 300, 600, 900, 1200, 1800, 2100, 2400]
    got = at_one_beat(
        [some("rtd", 300, at, [1, 2, 99, 5, 5, 0.1, 0.1, 0.1], np.ones(8) == [1, 1, 0, 0, 0, 1, 1, 1])]
    )
    assert got.at_s.tolist() == [0, 900, 1800]
    assert got.valid.tolist() == [True, False, True]
    assert got.values[0] == 1.5
    assert np.isnan(got.values[1])
    assert got.values[2] == 0.1  # exactly: three tenths over three is not
    assert got.span_s == 900


def test_the_report_that_covers_most_counts_and_days_never():
    hours = some("hour", 3600, [0, 3600, 7200], [1, 1, 1])
    quarters = some("minute", 900, [0, 900], [2, 2])
    days = some("day", 86400, [0, 86400], [3, 3])
    assert at_one_beat([days]) is None
    assert at_one_beat([]) is None
    assert at_one_beat([days, quarters, hours]) is hours  # three hours against half an hour
    assert (
        at_one_beat([some("hour", 3600, [0], [1]), some("minute", 900, [0, 900, 1800, 2700], [2] * 4)]).kind
        == "minute"
    )
