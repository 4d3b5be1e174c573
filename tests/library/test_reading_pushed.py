"""What a vendor's cloud says: times as they are written, faults named one by one, days by the house's rules."""

import json
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.reading.pushed import WHOLE_DAY, CloudPoint, day_value, dotted, read_pushed, read_time

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=BEIJING)
POINTS = [
    CloudPoint("A-17", "flow", "QX-001", "flow", 24.0),  # m3/h
    CloudPoint("A-17", "kwh", "QX-001", "energy", 1.0),
    CloudPoint("B-2", "flow", "QX-002", "flow", 1.0),
]
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("said", "day", "time"),
    [
        ("2026-11-20T08:15:00+08:00", DAY, "08:15:00"),
        ("2026-11-20T00:15:00Z", DAY, "08:15:00"),
        ("2026-11-19T23:30:00Z", DAY, "07:30:00"),  # the day is Beijing's
        ("2026-11-20 08:15", DAY, "08:15:00"),
        ("2026/11/20 08:15:30.250", DAY, "08:15:30"),
        ("20261120081500", DAY, "08:15:00"),
        ("2026-11-20", DAY, WHOLE_DAY),
        ("20261120", DAY, WHOLE_DAY),
        (1795133700, DAY, "08:15:00"),  # 2026-11-20T00:15:00Z
        (1795133700000, DAY, "08:15:00"),
    ],
)
def test_times_as_they_are_written(said, day, time):
    assert read_time(said, NOW)[:2] == (day, time)


@pytest.mark.parametrize("said", ["", None, True, "昨天", "2026-13-01", "2026-11-20 25:00", "1999-01-01", "2026-11-20T14:00", -5, 1e30, float("nan"), [], "2026-11-20T08:15+99:99"])  # fmt: skip
def test_what_is_no_time_is_said(said):
    with pytest.raises(ValueError, match="时间"):
        read_time(said, NOW)


def test_good_values_go_on_and_every_fault_has_its_index():
    read = read_pushed(
        [
            {"device": "A-17", "at": "2026-11-20T08:15", "flow": 1.5, "kwh": "12.5"},  # 1.5 m3/h = 36 m3/d
            {"device": "X", "at": "2026-11-20T08:15", "flow": 1},
            {"device": "A-17", "at": "2026-11-20T08:30", "flow": -1, "kwh": 13},
            {"device": "A-17", "at": "soon", "flow": 2},
            {"device": "B-2", "at": "2026-11-20", "flow": "abc", "cod": 5},
            7,
            {"device": "B-2", "at": "2026-11-20", "flow": None},
        ],
        POINTS,
        now=NOW,
        file="云",
    )
    assert read.values == {
        ("QX-001", "flow", DAY): {"08:15:00": 36.0},
        ("QX-001", "energy", DAY): {"08:15:00": 12.5, "08:30:00": 13.0},
    }
    assert [(f.row, f.field, f.code) for f in read.faults] == [
        (1, "device", "device-unmapped"),
        (2, "flow", "implausible"),
        (3, "at", "bad-time"),
        (4, "flow", "not-a-number"),
        (4, "cod", "field-unmapped"),
        (5, "", "item-not-object"),
        (6, "", "no-value"),
    ]
    assert all(f.rule and f.remedy and f.file == "云" for f in read.faults)
    assert (read.items, read.good) == (7, 2)
    assert read.newest == datetime(2026, 11, 20, 8, 30, tzinfo=BEIJING)


def test_items_that_stand_for_days():
    read = read_pushed(
        [{"device": "B-2", "at": "2026-11-19 00:00:00", "flow": 30}], POINTS, now=NOW, whole_days=True
    )
    assert read.values == {("QX-002", "flow", date(2026, 11, 19)): {WHOLE_DAY: 30.0}}


def quarter_hours(first, last, value):
    return {f"{m // 60:02d}:{m % 60:02d}:00": value for m in range(first * 60, last * 60, 15)}


def test_days_by_the_rules_of_the_house():
    # 96 of 96 quarter hours; 18 of 24 hours are enough, 17 are not.
    assert day_value("A", "flow", DAY, quarter_hours(0, 24, 30.0)) == (30.0, 1.0)
    assert day_value("A", "flow", DAY, quarter_hours(0, 18, 30.0)) == (30.0, 0.75)
    assert day_value("A", "flow", DAY, quarter_hours(0, 17, 30.0)) is None
    # The day's own value steps in where the readings do not suffice, and not where they do.
    assert day_value("A", "flow", DAY, {**quarter_hours(0, 17, 30.0), WHOLE_DAY: 28.0}) == (28.0, 1.0)
    assert day_value("A", "flow", DAY, {**quarter_hours(0, 24, 30.0), WHOLE_DAY: 28.0}) == (30.0, 1.0)
    # Two readings twelve hours apart are not a day.
    assert day_value("A", "flow", DAY, {"00:00:00": 30.0, "12:00:00": 30.0}) is None
    assert day_value("A", "flow", DAY, {}) is None


def test_a_concentration_is_weighted_by_flow():
    cod = quarter_hours(0, 12, 100.0) | quarter_hours(12, 24, 50.0)
    flow = quarter_hours(0, 12, 10.0) | quarter_hours(12, 24, 30.0)
    # (100 x 10 + 50 x 30) / 40 = 62.5; without flow 75
    assert day_value("A", "cod", DAY, cod, flow) == pytest.approx((62.5, 1.0))
    assert day_value("A", "cod", DAY, cod) == pytest.approx((75.0, 1.0))


def test_dotted_paths():
    document = {"data": {"list": [{"v": 1}]}}
    assert dotted(document, "data.list.0.v") == 1
    assert dotted(document, "") is document
    assert dotted(document, "data.nothing.0") is None
    assert dotted(document, "data.list.9") is None


NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["A-17", "2026-11-20", "2026-11-20T08:15"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["device", "at", "flow", "kwh", "x"]) | st.text(max_size=3), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(items=st.lists(NONSENSE, max_size=5))
def test_nonsense_is_told_and_never_raises(items):
    read = read_pushed(items, POINTS, now=NOW)
    assert read.items == len(items)
    assert read.good + len({f.row for f in read.faults}) >= len(items)
    json.dumps([f.as_json() for f in read.faults], allow_nan=False)
    for values in read.values.values():
        assert all(0 <= v <= 5000 for v in values.values())
