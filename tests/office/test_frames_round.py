"""The night files raw frames, lets them go after the years of the table, trims the quarantine, and says what it did."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from qingxi.store import HotStore, Readings, archive_folder
from qingxi.wire import Device as Logger
from qingxi.wire import Received
from qingxi.wire.hj212 import encode, upload
from qingxi_office.site.keeping.checks_books import store as look_at_store
from qingxi_office.site.keeping.doctor import State
from qingxi_office.site.rounds.frames import frames
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry

MN = "99990199000001"


@pytest.fixture
def store(settings, tmp_path):
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    return settings.QINGXI_STORE


def said(store, days_ago, *, stranger=False):
    """One packet that came so many days ago."""
    at = clock.real_now().astimezone(UTC) - timedelta(days=days_ago)
    hot = HotStore(store)
    hot.register({MN: Logger(mn=MN, password="", facility="QX-001", point="effluent", every_min=60)})
    message = upload("2061", mn=MN, pw="", at=at, values={"flow": {"Avg": "1.00", "Flag": "N"}})
    received = Received(encode(message), "127.0.0.1:1", int(at.timestamp() * 1000))
    hot.keep_raw(received)
    if stranger:
        hot.quarantine(received, "unknown-device", mn="STRANGER")
    else:
        hot.put(message, received)
    hot.commit()
    hot.close()


def deeds():
    return list(
        Entry.objects.filter(action__in=["frames.let_go", "quarantine.trimmed"]).values_list("action", flat=True)
    )


def test_a_night_files_lets_go_and_trims(cast, store, office):
    now = datetime(2026, 11, 23, 2, 20, tzinfo=UTC)
    assert frames(office, now) == []  # no device ever called
    said(store, 500, stranger=True)
    for days_ago in (1900, 40, 35, 5, 1):
        said(store, days_ago)
    # Older than 31 days are the frames of 1900, 500, 40 and 35 days ago: one file, whose last frame is of 35 days ago.
    assert frames(office, now) == [
        "报文原文归档 4 个，1 个文件",
        "隔离区清掉过期 1 个、过多 0 个报文，名单移出 1 台",
    ]
    assert deeds() == ["quarantine.trimmed"]
    with Readings(store, "") as readings:
        places = [row[0] for row in readings.database.execute("SELECT raw FROM telemetry_packet ORDER BY data_s")]
        assert [len(readings.raw_frames(place)) for place in places] == [1] * 5
    assert frames(office, now) == []
    # In five years their time is over; what they said stays.
    with sqlite3.connect(store) as db:
        db.execute("UPDATE telemetry_frames SET last_ms = last_ms - 1800 * 86400000")
    assert frames(office, now) == ["满 1827 天的报文原文删去 4 个"]
    assert deeds() == ["quarantine.trimmed", "frames.let_go"]
    with Readings(store, "") as readings:
        assert [len(readings.raw_frames(place)) for place in places] == [0, 0, 0, 1, 1]
    (file,) = archive_folder(store).rglob("*.parquet")
    os.utime(file, (0, 0))
    frames(office, now)  # the next night
    assert not file.exists()


def test_frames_let_go_are_in_the_trail_though_the_night_breaks_off_after_them(cast, store, office, monkeypatch):
    for days_ago in (40, 1):
        said(store, days_ago)
    frames(office, clock.now())
    with sqlite3.connect(store) as db:
        db.execute("UPDATE telemetry_frames SET last_ms = last_ms - 1800 * 86400000")

    def locked(*_given, **_named):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr("qingxi.store.trim_quarantine", locked)
    with pytest.raises(sqlite3.OperationalError):
        frames(office, clock.now())
    assert deeds() == ["frames.let_go"]


def test_the_doctor_misses_a_file_of_frames(cast, store, office):
    for days_ago in (40, 1):
        said(store, days_ago)
    frames(office, clock.now())
    assert next(look_at_store(False)).state is State.OK
    (file,) = archive_folder(store).rglob("*.parquet")
    file.rename(file.with_suffix(".away"))
    found = next(look_at_store(False))
    assert (found.state, file.name in found.words) == (State.WRONG, True)
    with sqlite3.connect(store) as db:  # a store of an earlier program has no such table
        db.execute("DROP TABLE telemetry_frames")
    assert next(look_at_store(False)).state is State.OK
