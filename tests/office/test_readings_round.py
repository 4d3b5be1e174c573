"""What devices said comes into the books by the hour: days with hot rows, late days too, and when each was last heard."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest

from qingxi.store import HotStore, compact
from qingxi.wire import Device as Logger
from qingxi.wire import Received
from qingxi.wire.hj212 import Message, Parser, encode, upload
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings.models import DailyRow, Device
from qingxi_office.site.rounds import keeping

MN = "99990199000001"
NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


@pytest.fixture
def store(settings, tmp_path):
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    return settings.QINGXI_STORE


def said(store, day, flow, hours=range(24)):
    """An hourly mean for each hour of a day in Beijing."""
    hot, parser = HotStore(store), Parser()
    hot.register({MN: Logger(mn=MN, password="", facility="QX-001", point="effluent", every_min=60)})
    for hour in hours:
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)
        values = {"flow": {"Avg": f"{flow:.2f}", "Flag": "N"}}
        raw = encode(upload("2061", mn=MN, pw="", at=at, values=values))
        parser.feed(raw)
        parser.settle()
        message = parser.next_event()
        assert isinstance(message, Message)
        received = Received(raw, "127.0.0.1:1", int((at + timedelta(hours=1)).timestamp() * 1000))
        hot.keep_raw(received)
        hot.put(message, received)
    hot.commit()
    hot.close()


def books():
    rows = DailyRow.objects.filter(facility__key="QX-001", quantity="flow").order_by("day")
    return [(row.day.day, round(row.value, 3), row.source) for row in rows]


def test_days_come_in_and_late_ones_too(cast, store, office):
    assert keeping.readings(office, NOW) == []  # no device ever called
    facility = FacilityRecord.objects.get(key="QX-001")
    device = Device.objects.create(mn=MN, facility=facility)
    said(store, date(2026, 11, 18), 1.0)
    said(store, date(2026, 11, 19), 2.0)
    # Flow of 1 m³/h comes as 24 m³/d or as said, by the wire's unit: what stands is the store's own daily value.
    assert keeping.readings(office, NOW) == ["读数入账：新 2 日，改 0 日"]
    (first, one, source), (_, two, _) = books()
    assert (first, source) == (18, "hj212")
    assert two == pytest.approx(2 * one)
    device.refresh_from_db()
    assert device.last_heard_at is not None
    # The archive takes the 18th away; it stays in the books, and the next hour says nothing new.
    compact(store, date(2026, 11, 18), int(NOW.timestamp() * 1000))
    assert keeping.readings(office, NOW) == []
    # Half a day of June arrives late: too few hours for a day's value. The other half makes it one.
    said(store, date(2026, 6, 5), 3.0, range(10))
    assert keeping.readings(office, NOW) == []
    said(store, date(2026, 6, 5), 3.0, range(10, 24))
    assert keeping.readings(office, NOW) == ["读数入账：新 1 日，改 0 日"]
    assert [day for day, _, _ in books()] == [5, 18, 19]


def test_what_arrives_just_before_archiving_is_in_the_books(cast, store, office):
    """Between the round of the hour and the archiving: the archive takes the day away, the books must have it all the same."""
    said(store, date(2026, 11, 10), 1.0)
    assert keeping.compaction(office, NOW) == ["归档 1 天的读数"]
    assert [day for day, _, _ in books()] == [10]


def test_a_round_that_ended_between_archive_and_books_is_made_good(cast, store, office, monkeypatch):
    Device.objects.create(mn=MN, facility=FacilityRecord.objects.get(key="QX-001"))
    said(store, date(2026, 11, 17), 1.0)

    class Killed(BaseException):
        """What no handler of errors catches."""

    def dies(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "take_in_store", dies)
        with pytest.raises(Killed):
            keeping.compaction(office, NOW)
    assert books() == []  # filed, and no hour's round looks at the day any more
    keeping.readings(office, NOW)
    assert books() == []
    keeping.compaction(office, NOW + timedelta(days=1))
    assert [day for day, *_ in books()] == [17]


def test_a_store_of_an_earlier_program_is_brought_into_shape(store):
    from qingxi_office.site.keeping.upgrade import _readings

    said(store, date(2026, 11, 18), 1.0)
    with sqlite3.connect(store) as db:
        db.execute("DROP TABLE telemetry_level")
    _readings(store)
    with sqlite3.connect(store) as db:
        assert db.execute("SELECT count(*) FROM telemetry_level").fetchone() == (0,)
    _readings(store.with_name("none.sqlite3"))  # no store is no fault
    assert not store.with_name("none.sqlite3").exists()
