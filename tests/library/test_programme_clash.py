"""Digging once: the finder against brute force, and what time makes of a shared street."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.programme import DigRule, OtherWork, Timing, Trench, find_clashes, shared_streets, timing

RULE = DigRule(12.0, 15.0, 6.0, 60.0, {"concrete": 19_000, "asphalt": 23_000, "earth": 2_000})
SEASON = (date(2027, 9, 1), date(2027, 11, 30))


def work(line: np.ndarray, start: date | None, end: date | None = None, surface: str = "concrete") -> OtherWork:
    return OtherWork("w", "县交通运输局", "road", "主街改造", line, start, end, surface=surface)


def distances(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Plain distance of points from a line: the least over its segments."""
    best = np.full(len(points), np.inf)
    for a, b in pairwise(line):
        d = b - a
        t = np.clip((points - a) @ d / (d @ d), 0, 1)
        best = np.minimum(best, np.hypot(*(points - a - t[:, None] * d).T))
    return best


_point = st.tuples(st.integers(0, 300), st.integers(0, 300))
# A trench that runs back over itself is one trench; the walk below would count it twice.
_line = (
    st.lists(_point, min_size=2, max_size=4, unique=True)
    .map(lambda p: np.array(p, dtype=float))
    .filter(lambda p: shapely.LineString(p).is_simple)
)


@settings(max_examples=80, deadline=None)
@given(st.lists(_line, min_size=1, max_size=4), st.lists(_line, min_size=1, max_size=4), st.integers(5, 40))
def test_the_finder_agrees_with_brute_force(pipes: list[np.ndarray], roads: list[np.ndarray], within: int) -> None:
    works = [OtherWork(f"w{k}", "d", "road", "n", line, None, None) for k, line in enumerate(roads)]
    trenches = [Trench(f"s{k}", (line,)) for k, line in enumerate(pipes)]
    found = {
        (s.system, s.work): s.overlap_m for s in shared_streets(trenches, works, within_m=within, shortest_m=0.0)
    }
    for i, pipe in enumerate(pipes):
        for k, road in enumerate(roads):
            metres = 0.0
            for a, b in pairwise(pipe):  # walk the trench in half metres
                length = float(np.hypot(*(b - a)))
                n = max(1, int(length * 2))
                spots = a + ((np.arange(n) + 0.5) / n)[:, None] * (b - a)
                metres += length / n * int((distances(spots, road) <= within).sum())
            # Half a metre at each end of each stretch, and the corners of the buffer's 16-sided quarter circles.
            assert found.get((f"s{i}", f"w{k}"), 0.0) == pytest.approx(metres, abs=4.0)


def test_hong_yan_main_street() -> None:
    # The road is built April to June 2027, the sewer September to November: 2 months apart, so they can be one.
    # 412 m x 190 yuan/m = 78,280 yuan.
    street = np.array([[0.0, 0.0], [412.0, 0.0]])
    road = work(street, date(2027, 4, 1), date(2027, 6, 30))
    shared = shared_streets(
        [Trench("红岩村", (street + np.array([0.0, 5.0]),))], [road], within_m=12.0, shortest_m=15.0
    )
    (clash,) = find_clashes(shared, [road], {"红岩村": SEASON}, RULE)
    assert clash.overlap_m == 412.0
    assert clash.timing is Timing.TOGETHER
    assert clash.saved_fen == 7_828_000
    assert "重叠 412 m" in clash.said
    assert "7.83 万元" in clash.said


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2027, 10, 1), date(2027, 10, 20), Timing.TOGETHER),  # inside the season
        (date(2027, 4, 1), date(2027, 6, 30), Timing.TOGETHER),  # two months before
        (date(2026, 3, 1), date(2026, 9, 1), Timing.DUG_AGAIN),  # a year before: the new road is broken
        (date(2020, 3, 1), date(2020, 9, 1), Timing.FAR_APART),  # seven years before: past the moratorium
        (date(2028, 3, 1), date(2028, 6, 1), Timing.TOGETHER),  # three months after
        (date(2029, 3, 1), date(2029, 6, 1), Timing.IN_ORDER),  # long after: the pipe is there already
        (None, None, Timing.UNDATED),
    ],
)
def test_timing(start: date | None, end: date | None, expected: Timing) -> None:
    line = np.array([[0.0, 0.0], [100.0, 0.0]])
    assert timing(SEASON, work(line, start, end), RULE)[0] is expected


def test_what_is_paved_already_cannot_be_joined() -> None:
    line = np.array([[0.0, 0.0], [100.0, 0.0]])
    done = work(line, date(2027, 4, 1), date(2027, 6, 30))
    assert timing(SEASON, done, RULE, as_of=date(2027, 6, 30))[0] is Timing.TOGETHER
    assert timing(SEASON, done, RULE, as_of=date(2027, 7, 1))[0] is Timing.DUG_AGAIN


def test_a_crossing_is_no_shared_street() -> None:
    pipe = np.array([[50.0, -100.0], [50.0, 100.0]])
    road = np.array([[0.0, 0.0], [100.0, 0.0]])
    # The crossing is 2 x 5 m long.
    assert shared_streets([Trench("s", (pipe,))], [work(road, None)], within_m=5.0, shortest_m=15.0) == ()
    (found,) = shared_streets([Trench("s", (pipe,))], [work(road, None)], within_m=5.0, shortest_m=5.0)
    assert found.overlap_m == pytest.approx(10.0, abs=0.1)
