"""Raw frames in their files: the same bytes by the same place, nothing lost or doubled wherever it stops."""

import sqlite3
import time
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import postgres
from qingxi.store import (
    HotStore,
    Outgoing,
    PostgresStore,
    Readings,
    archive_folder,
    damaged,
    file_frames,
    let_frames_go,
    open_side,
)
from qingxi.store import frames as room
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, encode, upload

DAY_MS = 86_400_000
START = datetime(2026, 10, 1, tzinfo=BEIJING)
START_MS = int(START.timestamp() * 1000)
DEVICES = Devices([Device("M1", "pw", "QX-001")])


def write(hot, days, each=3):
    """One piece a day of so many frames each; gives the frames in order."""
    sent = []
    for day in days:
        for n in range(each):
            at = START + timedelta(days=day, minutes=10 * n)
            said = upload("2051", mn="M1", pw="pw", at=at, values={"cod": {"Avg": f"{20 + day}.{n}", "Flag": "N"}})
            got = Received(encode(said), f"10.0.0.{n}:9", int(at.timestamp() * 1000) + 1000)
            hot.keep_raw(got)
            hot.put(said, got)
            sent.append(got)
        hot.commit()
    return sent


@pytest.fixture
def sqlite_store(tmp_path):
    path = tmp_path / "readings.sqlite3"
    hot = HotStore(path)
    hot.register(DEVICES)
    yield path, hot
    hot.close()


@pytest.fixture(scope="module")
def cluster():
    if why := postgres.missing():
        pytest.skip(why)
    found = postgres.Cluster()
    yield found
    found.stop()


@pytest.fixture
def postgres_store(cluster, tmp_path, monkeypatch, request):
    name = f"t{abs(hash(request.node.name))}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    monkeypatch.setenv("QINGXI_HISTORY", str(tmp_path / "history"))
    address = cluster.address(name)
    hot = PostgresStore(address)
    hot.register(DEVICES)
    yield address, hot
    hot.close()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request):
    return request.getfixturevalue(f"{request.param}_store")


def places(path):
    with Readings(path, "") as readings:
        return [row[0] for row in readings.database.execute("SELECT raw FROM telemetry_packet ORDER BY data_s")]


def frames(path):
    """Every packet's frame, by the place that the packet names."""
    with Readings(path, "") as readings:
        found = [readings.raw_frames(place) for place in places(path)]
    assert all(len(each) == 1 for each in found)
    return [each[0] for each in found]


def hot_pieces(path):
    with Readings(path, "") as readings:
        return readings.database.execute("SELECT count(*) FROM telemetry_raw").fetchone()[0]


def test_a_frame_is_the_same_hot_and_filed(store):
    path, hot = store
    sent = write(hot, range(10))
    assert frames(path) == sent
    # Days 0 to 5 came before the moment; 6 pieces of 3 frames, at most 7 frames a file: 3 pieces (9 >= 7), then 3.
    done = file_frames(path, START_MS + 6 * DAY_MS, 1, most=7)
    assert [(row.pieces, row.frames) for row in done] == [(3, 9), (3, 9)]
    assert done[0].file.startswith("level=frames/month=2026-10/part-")
    assert hot_pieces(path) == 4
    assert frames(path) == sent
    assert damaged(path) == []
    assert file_frames(path, START_MS + 6 * DAY_MS, 2) == []  # nothing more is old enough


def test_numbers_go_on_after_everything_old_was_filed(store):
    path, hot = store
    sent = write(hot, range(3))
    file_frames(path, START_MS + 400 * DAY_MS, 1)
    assert hot_pieces(path) == 1  # the newest stays, so that no number is given twice
    sent += write(hot, range(3, 5))
    assert len(set(places(path))) == 15
    assert frames(path) == sent


def test_an_upper_platform_hears_filed_frames_too(store):
    path, hot = store
    sent = write(hot, range(12))
    side = open_side(path)
    out = Outgoing(side)

    def all_after(raw_id, frame, batches):
        found = []
        while some := list(out.after(raw_id, frame, batches)):
            found += [each for *_, each in some]
            raw_id, frame = some[-1][0], some[-1][1] + 1
        return found

    first = next(out.after(0, 0))[0]
    assert all_after(0, 0, 2) == sent
    assert len(file_frames(path, START_MS + 8 * DAY_MS, 1, most=6)) == 4
    for batches in (2, 3, 20):
        assert all_after(0, 0, batches) == sent
    # From the second frame of the fifth piece on: 2 of it and 7 pieces of 3.
    assert all_after(first + 4, 1, 2) == sent[13:]
    assert out.behind(first + 4, 1) == 2 + 7 * 3
    assert out.behind(0, 0) == 36
    # Since 00:10 of the sixth day: its piece is the sixth; since a moment of the hot ones; since tomorrow.
    assert out.start(START_MS + 5 * DAY_MS + 600_000) == first + 5
    assert out.start(START_MS + 9 * DAY_MS) == first + 9
    assert out.start(START_MS + 90 * DAY_MS) == first + 12
    side.close()


def test_a_clock_that_was_ahead_holds_nothing_back(sqlite_store):
    path, hot = sqlite_store
    sent = write(hot, [0])
    sent += write(hot, [300])  # the machine's clock stood a year ahead
    sent += write(hot, range(1, 6))
    (row,) = file_frames(path, START_MS + 4 * DAY_MS, 1)
    assert row.pieces == 4  # days 0 to 3; the piece of day 300 lies between them and stays
    side = open_side(path)
    assert [each for *_, each in Outgoing(side).after(0, 0)] == sent
    side.close()


@pytest.mark.parametrize("where", ["write_file", "_publish"])
def test_what_stops_on_the_way_loses_and_doubles_nothing(sqlite_store, monkeypatch, where):
    path, hot = sqlite_store
    sent = write(hot, range(5))

    class Killed(BaseException):
        """What no handler of errors catches."""

    real = getattr(room, where)

    def dies(*given, **named):
        if where == "write_file":
            real(*given, **named)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(room, where, dies)
        with pytest.raises(Killed):
            file_frames(path, START_MS + 3 * DAY_MS, 1)
    assert hot_pieces(path) == 5
    assert frames(path) == sent
    assert sum(row.pieces for row in file_frames(path, START_MS + 3 * DAY_MS, 2)) == 3
    assert frames(path) == sent
    side = open_side(path)
    assert [each for *_, each in Outgoing(side).after(0, 0)] == sent
    side.close()


def test_two_at_once_file_a_piece_once(sqlite_store, monkeypatch):
    path, hot = sqlite_store
    sent = write(hot, range(5))
    real = room.write_file
    others = []

    def slowly(*given, **named):
        made = real(*given, **named)
        if not others:  # another process files the same pieces between this one's file and its transaction
            others.append(None)
            others[:] = file_frames(path, START_MS + 3 * DAY_MS, 1)
        return made

    monkeypatch.setattr(room, "write_file", slowly)
    assert file_frames(path, START_MS + 3 * DAY_MS, 1) == []
    assert [row.pieces for row in others] == [3]
    assert damaged(path) == []
    assert frames(path) == sent


@pytest.mark.parametrize("body", [b"\x01damaged", b"\x28\xb5\x2f\xfd damaged", b""])
def test_a_piece_that_cannot_be_read_holds_up_no_other(sqlite_store, body):
    path, hot = sqlite_store
    sent = write(hot, range(6))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE telemetry_raw SET body=? WHERE id=2", (body,))
    done = file_frames(path, START_MS + 4 * DAY_MS, 1, most=3)
    assert [(row.first_raw, row.frames) for row in done] == [(1, 3), (3, 3), (4, 3)]
    assert hot_pieces(path) == 3  # the damaged one, and those of the last two days
    with Readings(path, "") as readings:
        assert readings.raw_frames("1:0,3:2") == [sent[0], sent[8]]
    assert file_frames(path, START_MS + 4 * DAY_MS, 2, most=3) == []
    side = open_side(path)  # nor an upper platform: it hears the others
    assert len([each for *_, each in Outgoing(side).after(0, 0)]) == 5 * 3
    side.close()


def test_long_frames_make_smaller_files(sqlite_store, monkeypatch):
    """A file takes no more memory for frames that are long, however well they pack."""
    path, hot = sqlite_store
    sent = []
    for n in range(6):
        sent.append(Received(b"x" * 10_000, "10.0.0.1:9", START_MS + n))
        hot.keep_raw(sent[-1])
        hot.commit()
    monkeypatch.setattr(room, "_MOST_BYTES", 15_000)
    # Two pieces of 10,000 bytes reach over 15,000; the newest stays.
    assert [row.frames for row in file_frames(path, START_MS + DAY_MS, 1)] == [2, 2, 1]
    with Readings(path, "") as readings:
        assert readings.raw_frames(",".join(f"{n}:0" for n in range(1, 7))) == sent


def test_a_piece_that_came_up_after_the_look_stays(sqlite_store):
    """PostgreSQL gives numbers before the commit: 2 may appear when 1 and 3 were already chosen."""
    path, hot = sqlite_store
    sent = write(hot, range(3))
    with sqlite3.connect(path) as db:
        table, held, last = room._table(db, [1, 3], START_MS + 9 * DAY_MS)
    assert (held, last) == ([1, 3], 3)
    assert table["frame"].to_pylist() == [each.raw for each in sent[:3] + sent[6:]]


def test_frames_are_let_go_after_their_time_and_readings_stay(store):
    path, hot = store
    sent = write(hot, range(6))
    file_frames(path, START_MS + 2 * DAY_MS, 1)
    file_frames(path, START_MS + 4 * DAY_MS, 2)
    files = list((archive_folder(path) / "level=frames").rglob("*.parquet"))
    assert len(files) == 2
    # The first file's last frame came at 00:20:01 of day 1.
    assert let_frames_go(path, START_MS + DAY_MS + 1_201_000) == (0, 0)
    assert let_frames_go(path, START_MS + DAY_MS + 1_201_001) == (1, 6)
    with Readings(path, "") as readings:
        found = [readings.raw_frames(place) for place in places(path)]
    assert found == [[]] * 6 + [[each] for each in sent[6:]]
    file_frames(path, 0, int(time.time() * 1000) + 7_200_000)  # two hours later nobody can be at it any more
    assert len(list((archive_folder(path) / "level=frames").rglob("*.parquet"))) == 1
    assert damaged(path) == []
    side = open_side(path)
    assert [each for *_, each in Outgoing(side).after(0, 0)] == sent[6:]
    side.close()


def test_a_store_of_an_earlier_program_has_none(sqlite_store):
    path, hot = sqlite_store
    sent = write(hot, range(2))
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE telemetry_frames")
    with Readings(path, "") as readings:
        assert readings.raw_frames(places(path)[0]) == sent[:1]
        assert readings.raw_frames("77:0") == []
    assert damaged(path) == []


def test_a_file_s_damage_is_told(sqlite_store):
    path, hot = sqlite_store
    write(hot, range(3))
    (row,) = file_frames(path, START_MS + 2 * DAY_MS, 1)
    file = archive_folder(path) / row.file
    file.write_bytes(file.read_bytes()[:-20] + b"x" * 20)
    assert damaged(path) == [row.file]


@pytest.mark.parametrize("how", ["lost", "cut", "overwritten"])
def test_a_file_that_cannot_be_read_holds_up_an_upper_platform_and_breaks_nothing(sqlite_store, how):
    """The forwarder takes OSError for a line that is down and says so; anything else ends it, with every other platform."""
    path, hot = sqlite_store
    write(hot, range(4))
    (row,) = file_frames(path, START_MS + 3 * DAY_MS, 1)
    file = archive_folder(path) / row.file
    whole = file.read_bytes()
    if how == "lost":
        file.unlink()
    else:
        file.write_bytes(whole[:-9] if how == "cut" else b"PAR1" + b"x" * (len(whole) - 8) + whole[-4:])
    side = open_side(path)
    out = Outgoing(side)
    with pytest.raises(OSError, match=file.name):
        list(out.after(2, 0))
    assert out.behind(2, 0) == 9 + 3  # as many as the manifest says
    assert len(list(out.after(4, 0))) == 3
    side.close()


def test_what_is_filed_takes_less_room(sqlite_store):
    path, hot = sqlite_store
    write(hot, range(40), each=144)
    with sqlite3.connect(path) as db:
        (before,) = db.execute("SELECT sum(length(body)) FROM telemetry_raw").fetchone()
    (row,) = file_frames(path, START_MS + 39 * DAY_MS, 1)
    file = archive_folder(path) / row.file
    assert file.stat().st_size < before
    assert pq.read_metadata(file).num_rows == row.frames == 39 * 144


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=12),
    cuts=st.lists(st.integers(0, 14), min_size=1, max_size=4),
    most=st.integers(1, 12),
    batches=st.integers(2, 6),
)
def test_filed_in_any_way_frames_come_in_their_order(tmp_path_factory, sizes, cuts, most, batches):
    path = tmp_path_factory.mktemp("f") / "r.sqlite3"
    hot = HotStore(path)
    hot.register(DEVICES)
    sent = []
    for day, size in enumerate(sizes):
        sent += write(hot, [day], each=size)
    hot.close()
    side = open_side(path)
    out = Outgoing(side)
    for cut in cuts:
        file_frames(path, START_MS + cut * DAY_MS, 1, most=most)
        found, at = [], (0, 0)
        while some := list(out.after(*at, batches)):
            found += [each for *_, each in some]
            at = (some[-1][0], some[-1][1] + 1)
            left = len(sent) - len(found)
            assert out.behind(*at) == left
        assert found == sent
    side.close()
    assert frames(path) == sent


def test_a_clock_years_ahead_for_a_night_costs_a_month_of_frames(sqlite_store):
    path, hot = sqlite_store
    sent = write(hot, [0, 20, 40, 60, 80])
    for day in (1, 21, 41, 61):
        file_frames(path, START_MS + day * DAY_MS, 1)
    # The first file is of day 0: days 0 and 20 lie within 31 days of it; the next night takes days 40 and 60.
    assert let_frames_go(path, START_MS + 4000 * DAY_MS) == (2, 6)
    with Readings(path, "") as readings:
        assert [len(readings.raw_frames(place)) for place in places(path)] == [0] * 6 + [1] * 9
    assert let_frames_go(path, START_MS + 4000 * DAY_MS) == (2, 6)
    with Readings(path, "") as readings:
        assert [readings.raw_frames(place) for place in places(path)][12:] == [[each] for each in sent[12:]]
