"""The coverage of the whole fleet says of each device what the device's own page says."""

from datetime import datetime, timedelta

from qingxi.reading.grid import day_begin_s, day_number
from qingxi.receiver import Piece
from qingxi.store import Desk, HotStore
from qingxi.store.gaps import GapBook
from qingxi.wire import Received
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
