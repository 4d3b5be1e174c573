"""Two honest ways must agree: the fleet's daily values in Ibis, and numpy facility by facility."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.reading import Validity
from qingxi.store import HotStore, Readings, compact
from qingxi.store.fleet import _order
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, encode, upload

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 3)
MIDNIGHT = datetime(2026, 10, 1, tzinfo=BEIJING)
DEVICES = Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002", every_min=30), Device("M3", "pw", "QX-002", point="influent")])  # fmt: skip


def fill(path, seed: int, step_min: int, *, alone: bool = False) -> None:
    """Three days of three devices with gaps, marks, fillers, still hours, and hour and day reports beside (not if ``alone``)."""
    chance = np.random.default_rng(seed)
    store = HotStore(path)
    store.register(DEVICES)

    def keep(cn, mn, at, values):
        said = upload(cn, mn=mn, pw="pw", at=at, values=values)
        got = Received(encode(said), "peer", int(at.timestamp() * 1000) + 1000)
        store.keep_raw(got)
        store.put(said, got)

    for mn in DEVICES:
        keep_share = chance.choice([1.0, 0.8, 0.6])
        for number in range(3 * 1440 // step_min):
            at = MIDNIGHT + timedelta(minutes=step_min * number)
            if chance.random() > keep_share:
                continue
            flow = max(0.0, chance.normal(0.5, 0.5))
            cod = chance.choice([f"{chance.normal(45, 20):.1f}", "999.99", "-5"], p=[0.9, 0.05, 0.05])
            values = {
                "flow": {"Rtd": f"{flow:.3f}", "Flag": str(chance.choice(["N", "D"], p=[0.95, 0.05]))},
                "cod": {"Rtd": str(cod), "Flag": str(chance.choice(["N", "M", "C"], p=[0.9, 0.05, 0.05]))},
                "ph": {"Rtd": f"{chance.normal(7, 0.3):.2f}"},
            }
            keep("2011", mn, at, values)
        if alone:
            continue
        for hour in range(72):
            if chance.random() < 0.7:
                keep(
                    "2061",
                    mn,
                    MIDNIGHT + timedelta(hours=hour),
                    {"cod": {"Avg": f"{chance.normal(45, 5):.1f}", "Flag": "N"}},
                )
        keep("2031", mn, MIDNIGHT, {"cod": {"Avg": "44.0", "Flag": "N"}, "nh3n": {"Avg": "3.0", "Flag": "N"}})
    store.commit()
    store.close()


def compare(readings) -> None:
    """Every value and coverage by the two ways, and none that only one has."""
    rows = readings.daily_table(FIRST, LAST).to_pylist()
    found = {(r["facility"], r["point"], r["quantity"], r["day"]): (r["value"], r["coverage"]) for r in rows}
    seen = set()
    for point in ("effluent", "influent"):
        for facility, by in readings.all_daily(FIRST, LAST, point=point).items():
            for quantity, series in by.items():
                for offset in range(3):
                    key = (facility, point, quantity, FIRST + timedelta(days=offset))
                    value, coverage = found.get(key, (None, 0.0))
                    seen.add(key)
                    assert coverage == pytest.approx(series.coverage[offset]), key
                    assert (value is None) == bool(np.isnan(series.values[offset])), key
                    if value is not None:
                        assert value == pytest.approx(series.values[offset]), key
    assert set(found) <= seen
    assert sum(value is not None for value, _ in found.values()) > 0


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), step_min=st.sampled_from([10, 15, 30, 60, 120]))
def test_the_fleets_days_in_ibis_are_those_of_numpy(tmp_path_factory, seed, step_min):
    path = tmp_path_factory.mktemp("store") / "readings.sqlite3"
    fill(path, seed, step_min)
    with Readings(path) as readings:
        compare(readings)


@pytest.mark.parametrize("step_min", [15, 120])
def test_packets_of_one_kind_alone_are_met_without_reading_it(tmp_path, step_min):
    path = tmp_path / "readings.sqlite3"
    fill(path, 11, step_min, alone=True)
    with Readings(path) as readings:
        assert readings.held(FIRST, LAST).kinds() == ({"rtd"}, True)
        compare(readings)
        compact(path, FIRST, 1)
        assert readings.held(FIRST, LAST).kinds() == ({"rtd"}, True)
        compare(readings)
    store = HotStore(path)
    said = upload("2021", mn="M1", pw="pw", at=MIDNIGHT + timedelta(days=1), values={"pump": {"RS": "1"}})
    got = Received(encode(said), "peer", int(MIDNIGHT.timestamp() * 1000) + 90_000_000)
    store.keep_raw(got)
    store.put(said, got)
    store.commit()
    store.close()
    with Readings(path) as readings:  # a report of no series beside them: they are not alike any more
        assert readings.held(FIRST, LAST).kinds() == ({"rtd"}, False)
        compare(readings)


def test_the_table_is_the_same_hot_and_archived(tmp_path):
    path = tmp_path / "readings.sqlite3"
    fill(path, 7, 15)
    with Readings(path) as readings:
        before = readings.daily_table(FIRST, LAST).to_pylist()
        compact(path, FIRST, 1)
        compact(path, LAST, 1)
        after = readings.daily_table(FIRST, LAST).to_pylist()
        assert len(after) == len(before) > 0
        for one, other in zip(after, before, strict=True):
            assert one == pytest.approx(other)  # only the order of adding may differ
        assert before[0]["day"] == FIRST


def test_what_stood_last_when_a_day_ended(tmp_path):
    """Of every quantity the last number, from the files and the hot rows alike; the mean kind and later device count."""
    path = tmp_path / "readings.sqlite3"
    store = HotStore(path)
    store.register(Devices([Device("M1", "pw", "QX-001"), Device("M9", "pw", "QX-001"), Device("M3", "pw", "QX-002", point="influent")]))  # fmt: skip

    def keep(cn, mn, hour, **values):
        at = MIDNIGHT + timedelta(hours=hour)
        said = upload(cn, mn=mn, pw="pw", at=at, values=values)
        got = Received(encode(said), "peer", int(at.timestamp() * 1000) + 1000)
        store.keep_raw(got)
        store.put(said, got)

    keep("2011", "M1", 5, cod={"Rtd": "41", "Flag": "N"}, ph={"Rtd": "7.1", "Flag": "N"})
    keep("2061", "M1", 9, cod={"Avg": "43", "Flag": "D"})  # a number with a mark is what was said; pH was left out
    keep(
        "2011", "M1", 9, cod={"Rtd": "44", "Flag": "N"}
    )  # of the same second: means take the hour's report, and so does this
    keep("2011", "M3", 20, cod={"Rtd": "310"})
    keep("2011", "M1", 26, cod={"Rtd": "50", "Flag": "N"})  # the next day, 02:00
    keep("2011", "M9", 26, cod={"Rtd": "60", "Flag": "N"})  # beside it, registered later
    store.commit()
    store.close()
    first = int(MIDNIGHT.timestamp())

    def rows(readings, day, **more):
        return [tuple(row.values()) for row in readings.newest_table(day, **more).to_pylist()]

    first_day = [
        ("QX-001", "effluent", "cod", first + 9 * 3600, 43.0, "D"),
        ("QX-001", "effluent", "ph", first + 5 * 3600, 7.1, "N"),
        ("QX-002", "influent", "cod", first + 20 * 3600, 310.0, ""),
    ]
    second = [("QX-001", "effluent", "cod", first + 26 * 3600, 60.0, "N")]
    for _ in range(2):
        with Readings(path) as readings:
            assert rows(readings, FIRST) == first_day
            assert rows(readings, FIRST + timedelta(days=1), days=1) == second
            assert rows(readings, FIRST + timedelta(days=1)) == [*second, *first_day[1:]]
            assert rows(readings, FIRST - timedelta(days=1)) == []
            at_s = {(f, q): (s, v) for f, q, s, v, _ in readings.latest_rows()}
            assert at_s["QX-001", "ph"] == (first + 5 * 3600, 7.1)
        compact(path, FIRST, 1)


def test_other_rules_give_other_days(tmp_path):
    path = tmp_path / "readings.sqlite3"
    fill(path, 7, 15)
    with Readings(path) as readings:
        strict = readings.daily_table(FIRST, LAST, rules=Validity(60, 24)).to_pylist()
        lax = readings.daily_table(FIRST, LAST, rules=Validity(1, 1)).to_pylist()
    assert sum(r["value"] is None for r in strict) > sum(r["value"] is None for r in lax)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=80),
    st.sampled_from([3600, 86_400]),
)
def test_rows_are_put_in_the_order_of_a_sort(cells, step_s):
    for rows in (sorted(set(cells), key=lambda cell: hash((cell, 1))), cells):  # each once; and some twice
        place, quantity, at = (np.array(column, np.int64) for column in zip(*rows, strict=True))
        at = at * step_s + 1_790_784_000
        found = [rows[n] for n in _order(place, quantity, at).tolist()]
        assert found == sorted(rows)
