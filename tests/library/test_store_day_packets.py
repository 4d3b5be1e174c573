"""Every packet of a device and day, hot or filed, and the way back to its frames."""

import sqlite3
from datetime import date, datetime, timedelta

import pytest

from qingxi.store import (
    HotStore,
    Readings,
    archive_folder,
    compact,
    day_packets,
    days_beside,
    file_frames,
    frames_of,
)
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Parser, encode, upload

DAY = date(2026, 10, 2)
MIDNIGHT = datetime(2026, 10, 2, tzinfo=BEIJING)


def frame(at, cod, mn="M1", cn="2061"):
    return encode(upload(cn, mn=mn, pw="pw", at=at, values={"cod": {"Avg": cod, "Flag": "N"}}))


def keep(path, *raws, late_s=5):
    """Frames as they come off a line, ``late_s`` after their own time; each is read by the parser as the receiver does."""
    hot = HotStore(path)
    hot.register(Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002")]))
    for raw in raws:
        parser = Parser()
        parser.feed(raw)
        parser.settle()
        message = parser.next_event()
        at = datetime.strptime(message.data_time, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        came = Received(raw, "10.1.1.1:9", int(at.timestamp() * 1000) + late_s * 1000)
        hot.keep_raw(came)
        hot.put(message, came)
    hot.commit()
    hot.close()


def lower(raw):
    """The same frame with its checksum in small letters: an oddity that the standard does not know."""
    return raw[:-6] + raw[-6:-2].lower() + raw[-2:]


def odd_frame(at):
    """The first of some frames whose checksum has a letter in it."""
    return next(raw for n in range(99) if lower(raw := frame(at, 40.0 + n)) != raw)


@pytest.fixture
def path(tmp_path):
    """M1: midnight of the day, one o'clock with an odd checksum, two o'clock said twice; a day before and a day after."""
    path = tmp_path / "readings.sqlite3"
    keep(path, frame(MIDNIGHT - timedelta(days=1), 10.0), frame(MIDNIGHT + timedelta(days=3), 11.0))
    keep(path, frame(MIDNIGHT, 21.5), lower(odd_frame(MIDNIGHT + timedelta(hours=1))))
    keep(path, frame(MIDNIGHT + timedelta(hours=2), 30.0), frame(MIDNIGHT, 1.0, mn="M2"))
    keep(path, frame(MIDNIGHT + timedelta(hours=2), 33.0))
    return path


def told(path, day=DAY, mn="M1"):
    with Readings(path) as store:
        return [(p.at_s - int(MIDNIGHT.timestamp()), p.version, p.newest, p.body["cod"]["Avg"]) for p in day_packets(store, mn, day)]  # fmt: skip


def test_a_hot_day_has_every_version_and_its_oddities(path):
    odd = float(odd_frame(MIDNIGHT + timedelta(hours=1)).split(b"w01018-Avg=")[1].split(b",")[0])
    # 0 s, 3,600 s, and 7,200 s twice: the first 30.0 is replaced by 33.0; M2's packet is another device's
    assert told(path) == [(0, 1, True, 21.5), (3600, 1, True, odd), (7200, 1, False, 30.0), (7200, 2, True, 33.0)]
    with Readings(path) as store:
        first, second, *_ = found = day_packets(store, "M1", DAY)
        assert [p.oddities for p in found] == [(), ("CRC_LOWER_CASE",), (), ()]
        assert first.received_ms == (int(MIDNIGHT.timestamp()) + 5) * 1000
        assert [f.raw for f in frames_of(store, first.raw)] == [frame(MIDNIGHT, 21.5)]
        assert [f.raw for f in frames_of(store, second.raw)] == [lower(odd_frame(MIDNIGHT + timedelta(hours=1)))]


def test_a_filed_day_says_the_same_and_a_late_correction_joins_it(path):
    before = told(path)
    compact(path, DAY, 1)
    assert told(path) == before
    with Readings(path) as store:
        assert {p.oddities for p in day_packets(store, "M1", DAY)} == {None}
        (gotten,) = frames_of(store, day_packets(store, "M1", DAY)[-1].raw)
        assert gotten.raw == frame(MIDNIGHT + timedelta(hours=2), 33.0)
    keep(path, frame(MIDNIGHT, 25.0))  # the day's file does not have it yet
    assert told(path)[:2] == [(0, 1, False, 21.5), (0, 2, True, 25.0)]
    with Readings(path) as store:  # what came since is hot: of it alone the oddities are known
        assert [p.oddities for p in day_packets(store, "M1", DAY)] == [None, (), None, None, None]


def test_the_nearest_days_on_which_the_device_spoke_hot_or_filed(path):
    before, after = date(2026, 10, 1), date(2026, 10, 5)
    for filed in ((), (before,), (DAY, after)):
        for day in filed:
            compact(path, day, 1)
        with Readings(path) as store:
            assert days_beside(store, "M1", DAY) == (before, after)
            assert days_beside(store, "M1", before) == (None, DAY)
            assert days_beside(store, "M2", after) == (DAY, None)
            assert days_beside(store, "nobody", DAY) == (None, None)


def test_frames_that_are_gone_are_none_and_never_an_error(path):
    with Readings(path) as store:
        place = day_packets(store, "M1", DAY)[0].raw
    batch = place.partition(":")[0]
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM telemetry_raw WHERE id=?", (int(batch),))
    with Readings(path) as store:
        assert frames_of(store, place) == [None]
        assert frames_of(store, f"{place},1:999,x,:") == [None] * 4
        assert frames_of(store, "") == []


def test_frames_of_a_file_are_found_and_of_a_file_that_is_lost_are_none(path):
    with Readings(path) as store:
        place = day_packets(store, "M1", DAY)[0].raw
    (filed,) = file_frames(path, int((MIDNIGHT + timedelta(days=40)).timestamp() * 1000), 1)
    with Readings(path) as store:
        assert [each.raw for each in frames_of(store, place)] == [frame(MIDNIGHT, 21.5)]
    (archive_folder(path) / filed.file).unlink()
    with Readings(path) as store:
        assert frames_of(store, place) == [None]
