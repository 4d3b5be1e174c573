"""A chart's pieces: the same whichever level they were read from, late data in them at once, and by a slow reference."""

import json
import sqlite3
from datetime import date, timedelta

import numpy as np
import pytest

from qingxi.reading import day_start_s
from qingxi.store import HotStore, Readings, archive_folder, compact_before, damaged, make_levels
from qingxi.wire import Device, Devices

FIRST, DAYS, STEP = date(2026, 9, 20), 40, 1800
START = day_start_s(FIRST)
END = START + DAYS * 86400
MARKS = ("N", "N", "N", "N", "D", "M")


def put(db, mn, at, body, version=1):
    db.execute(
        "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
        " VALUES (?, '2011', ?, ?, 'rtd', ?, ?, 'live', '', 2017, '', '1:0')",
        (mn, at, version, json.dumps(body), at * 1000 + 5000),
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Forty days of two plants at half an hour, with gaps and marks; gives the path and every reading as sent."""
    path = tmp_path_factory.mktemp("window") / "readings.sqlite3"
    hot = HotStore(path)
    hot.register(Devices([Device("M1", "", "QX-001", every_min=30), Device("M2", "", "QX-002", every_min=30)]))
    hot.close()
    chance, sent = np.random.default_rng(3), []
    with sqlite3.connect(path) as db:
        for mn in ("M1", "M2"):
            for at in range(START, END, STEP):
                if chance.random() < 0.1 or (mn == "M1" and START + 5 * 86400 <= at < START + 9 * 86400):
                    continue
                flow, cod = round(chance.normal(30, 20), 1), round(chance.normal(45, 9), 1)
                mark = str(chance.choice(MARKS))
                put(db, mn, at, {"flow": {"Rtd": flow, "Flag": mark}, "cod": {"Rtd": cod, "Flag": "N"}})
                if mn == "M1":
                    sent.append((at, flow if mark == "N" and 0 <= flow <= 5000 else None, cod))
    return path, sent


def slow(sent, column, start, end, pixels):
    """{piece: (n, low, mean, high)} by the words of the law: valid are N and what is within the range."""
    pieces = {}
    for row in sent:
        if start <= row[0] < end and row[column] is not None:
            pieces.setdefault((row[0] - start) * pixels // (end - start), []).append(row[column])
    return {at: (len(v), min(v), sum(v) / len(v), max(v)) for at, v in pieces.items()}


def shown(window, code):
    pieces = window.series[code]
    return {
        int(at): (int(pieces.n[at]), pieces.low[at], pieces.mean[at], pieces.high[at])
        for at in np.flatnonzero(pieces.n)
    }


def asked(path, start=START, end=END, pixels=40):
    with Readings(path) as readings:
        return readings.window("QX-001", ["flow", "cod", "tn"], start, end, pixels)


CASES = [
    (START, END, 40, "daily"),  # a day a piece
    (START, END, 13, "daily"),  # three days and a bit: a piece begins within a day, the day counts where it begins
    (START, END, 40 * 24, "hourly"),
    (START, START + 3 * 86400, 500, "raw"),  # 518 s a piece: shorter than an hour
]


def near(found, meant):
    assert found.keys() == meant.keys()
    for at, values in meant.items():
        assert found[at] == pytest.approx(values), at


def test_pieces_are_those_of_the_slow_reference_from_every_level(home):
    path, sent = home
    for start, end, pixels, level in CASES:
        got = asked(path, start, end, pixels)
        assert got.level == level
        assert got.step_s == (end - start) / pixels
        assert set(got.series) == {"flow", "cod"}  # nothing was sent of TN
        if pixels != 13:
            near(shown(got, "flow"), slow(sent, 1, start, end, pixels))
            near(shown(got, "cod"), slow(sent, 2, start, end, pixels))
    before = [asked(path, *case[:3]) for case in CASES]
    compact_before(path, FIRST + timedelta(days=DAYS - 1), 1)  # the last day stays hot
    folder = archive_folder(path)
    assert {p.parent.name for p in folder.glob("level=daily/*/*.parquet")} == {"month=2026-09", "month=2026-10"}
    assert len(list(folder.glob("level=raw/*/*.parquet"))) == DAYS - 1
    for case, then in zip(CASES, before, strict=True):
        if case[2] != 13:
            near(shown(asked(path, *case[:3]), "flow"), shown(then, "flow"))
            near(shown(asked(path, *case[:3]), "cod"), shown(then, "cod"))
    # 13 pieces of 3.08 days: whole days fall into the piece where they begin, so the total stays.
    assert asked(path, pixels=13).series["cod"].n.sum() == before[1].series["cod"].n.sum()
    assert damaged(path) == []


def test_late_data_and_levels_behind_show_no_stale_value(home):
    path, _ = home
    compact_before(path, FIRST + timedelta(days=DAYS - 1), 1)
    late = START + 6 * 86400 + 3600  # in the four days without a word
    assert shown(asked(path), "cod").get(6) is None
    with sqlite3.connect(path) as db:
        put(db, "M1", late, {"cod": {"Rtd": 77.0, "Flag": "N"}})
    assert shown(asked(path), "cod")[6] == (1, 77.0, 77.0, 77.0)  # hot
    # The day's file is rewritten and the night's work stops before the levels.
    from qingxi.store import compact

    compact(path, FIRST + timedelta(days=6), 2)
    assert shown(asked(path), "cod")[6] == (1, 77.0, 77.0, 77.0)  # the level is behind: from packets
    other = asked(path).series["cod"].n.sum()
    assert make_levels(path, 3) == ["2026-09"]
    assert make_levels(path, 4) == []
    assert shown(asked(path), "cod")[6] == (1, 77.0, 77.0, 77.0)  # from the level
    assert asked(path).series["cod"].n.sum() == other


def test_hours_have_the_mean_by_the_rules_and_its_coverage(home):
    path, _ = home
    day = FIRST + timedelta(days=20)
    with Readings(path) as readings:
        rows = readings.hourly_table(day, day, facility="QX-002").to_pylist()
        (samples,) = readings.samples(day, day, facility="QX-002", quantity="cod")["QX-002", "cod"]
    assert {row["facility"] for row in rows} == {"QX-002"}
    hours = {row["at_s"]: row for row in rows if row["quantity"] == "cod"}
    for hour in range(24):
        at = day_start_s(day) + hour * 3600
        mine = samples.values[(samples.at_s >= at) & (samples.at_s < at + 3600)].tolist()
        if not mine:
            assert at not in hours
            continue
        # 30 minutes a reading: 45 valid minutes need both
        assert hours[at]["coverage"] == len(mine) / 2
        assert hours[at]["value"] == (pytest.approx(sum(mine) / 2) if len(mine) == 2 else None)
        assert (hours[at]["n"], hours[at]["low"], hours[at]["high"]) == (len(mine), min(mine), max(mine))


def test_no_window_without_time_or_pixels(home):
    path, _ = home
    with pytest.raises(ValueError, match="no time"):
        asked(path, START, START)
    with pytest.raises(ValueError, match="pixels"):
        asked(path, pixels=0)
    assert asked(path, START - 86400 * 400, START - 86400 * 300).series == {}
