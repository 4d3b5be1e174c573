"""The coverage of the whole fleet says of each device what the device's own page says."""

from datetime import date, datetime, timedelta

from qingxi.reading.grid import day_begin_s, day_number
from qingxi.receiver import Piece
from qingxi.store import Desk, HotStore, compact_before, hot_days
from qingxi.store.gaps import GapBook
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import BEIJING, encode, upload

BEGAN = datetime(2026, 10, 24, 16, tzinfo=BEIJING)
NOW = datetime(2026, 10, 30, 15, 20, tzinfo=BEIJING)


def say(store, mn, at, received_at):
    frame = upload("2061", mn=mn, pw="pw", at=at, values={"cod": {"Avg": 1.0}}, sent_at=received_at)
    received = Received(encode(frame), "10.0.0.1:1", int(received_at.timestamp() * 1000))
    store.keep_raw(received)
    store.put(frame, received)


def test_what_a_device_sends_of_the_time_before_it_began_hides_no_gap(tmp_path):
    store = HotStore(tmp_path / "store.sqlite3")
    hours = [BEGAN + timedelta(hours=n) for n in range(int((NOW - BEGAN).total_seconds() // 3600))]
    for n, at in enumerate(hours):
        if not 30 <= n < 45:  # fifteen hours are missing
            say(store, "M1", at, at + timedelta(hours=1, seconds=5))
        say(store, "M2", at, at + timedelta(hours=1, seconds=5))
    for n in range(1, 60):  # what it remembers of before its line began, and of other days too
        say(store, "M1", BEGAN - timedelta(hours=n), NOW - timedelta(minutes=1))
    store.commit()
    store.close()
    desk = Desk(tmp_path / "store.sqlite3", Piece)
    desk.catch_up()
    desk.catch_up()
    book: GapBook = desk.book
    now_s = NOW.timestamp()
    first_s = day_begin_s(day_number(int(now_s)) - 29)
    fleet = book.summary(now_s)
    for line in book.lines():
        assert fleet[line.mn] == book.coverage(line, now_s, first_s)
    assert (fleet["M1"].open, fleet["M2"].open, fleet["M2"].share) == (15, 0, 1.0)
    desk.close()


def test_a_device_that_is_set_to_another_interval_keeps_what_is_known_of_filed_days(tmp_path):
    """Three days at a quarter of an hour, two of them filed; then every half hour. Once the filed days turned into gaps."""
    place = tmp_path / "store.sqlite3"
    store = HotStore(place)
    store.register({"M1": Device("M1", "pw", "QX-001", every_min=15)})
    first = datetime(2026, 10, 24, tzinfo=BEIJING)
    quarters = [first + timedelta(minutes=15 * n) for n in range(3 * 96) if n not in (40, 41, 42, 43)]

    def reports(at):
        frame = upload("2011", mn="M1", pw="pw", at=at, values={"cod": {"Rtd": "4.0"}}, sent_at=at)
        received = Received(encode(frame), "10.0.0.1:1", int(at.timestamp() * 1000) + 2000)
        store.keep_raw(received)
        store.put(frame, received)

    for at in quarters:
        reports(at)
    store.commit()
    desk = Desk(place, Piece)
    desk.catch_up()
    compact_before(place, date(2026, 10, 26), int(NOW.timestamp() * 1000))
    assert hot_days(place) == [date(2026, 10, 26)]
    store.register({"M1": Device("M1", "pw", "QX-001", every_min=30)})
    reports(first + timedelta(days=3))
    store.commit()
    store.close()
    desk.catch_up()
    (line,) = desk.book.lines()
    now_s = (first + timedelta(days=3, minutes=20)).timestamp()
    (gap,) = desk.book.gaps(line, now_s)
    desk.close()
    # The 40th to the 43rd quarter are 10:00 to 10:59, which are two periods of half an hour.
    assert (line.step_s, gap.slots) == (1800, 2)
    assert gap.first_s == (first + timedelta(hours=10)).timestamp()
