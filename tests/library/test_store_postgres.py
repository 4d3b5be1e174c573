"""The hot tables in a real PostgreSQL: the same outcomes as in SQLite, the same answers to the same questions."""

import asyncio
import contextlib
import random
import sqlite3
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from receiver_sinks import DEVICES as TWO
from receiver_sinks import NOW_MS as NOW
from receiver_sinks import QUICK, Client, frame
from receiver_sinks import message as said_at

import postgres
from qingxi.receiver import Receiver
from qingxi.receiver.batch import Item, reread, write_batch
from qingxi.store import (
    HotStore,
    Outcome,
    PostgresStore,
    Readings,
    archive,
    compact,
    compact_before,
    damaged,
    hot_days,
    open_side,
    open_writer,
    readmit,
)
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Message, crc, encode, upload
from qingxi.wire.hj212.plain import PLAIN, Plain, Shapes

pytestmark = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing())

AT = datetime(2026, 10, 1, 8, 0, tzinfo=BEIJING)
NOW_MS = int(AT.timestamp() * 1000) + 2000
DEVICES = Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002")])
_PACKETS = (
    "SELECT mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities FROM telemetry_packet"
    " ORDER BY data_s, mn, cn, version"
)


@pytest.fixture(scope="module")
def cluster():
    found = postgres.Cluster()
    yield found
    found.stop()


@pytest.fixture
def address(cluster, request):
    name = f"t{abs(hash(request.node.name))}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    return cluster.address(name)


def all_rows(address, statement):
    import psycopg

    with psycopg.connect(address) as db:
        return db.execute(statement).fetchall()


def message(values, mn="M1", minutes=0, **more):
    return upload("2011", mn=mn, pw="pw", at=AT + timedelta(minutes=minutes), values=values, **more)


def batches(seed: int) -> list[list[tuple[Message, bool]]]:
    """Random batches with repetitions, corrections and parts, plainly and in full."""
    chance = random.Random(seed)
    made = []
    for _ in range(12):
        batch = []
        for _ in range(chance.randrange(1, 40)):
            names = chance.sample(["cod", "nh3n", "flow", "ph"], chance.randrange(1, 4))
            values = {name: {"Rtd": chance.choice(["1.0", "2.50", "7"]), "Flag": "N"} for name in names}
            mn, minutes = chance.choice(["M1", "M2"]), 15 * chance.randrange(8)
            batch.append((message(values, mn, minutes), chance.random() < 0.6))
        made.append(batch)
    return made


def write(store, some):
    shapes = Shapes()
    for batch in some:
        for said, plainly in batch:
            raw = encode(said)
            got = Received(raw, "10.0.0.9:4000", NOW_MS)
            store.keep_raw(got)
            if plainly:
                plain = Plain(raw, *PLAIN.match(raw.decode()).groups())
                assert shapes.learn(plain.message(), plain)
                store.put_plain(plain, got)
            else:
                store.put(said, got)
        store.quarantine(Received(b"\0junk\\", "10.0.0.9:4000", NOW_MS), "unknown-device", "a\0b", "NEW\0")
        store.commit()


def segment_of(text: bytes, mn: str = "M1") -> Item:
    """A frame with this data area behind its time, read in full."""
    head = f"QN=20261001080000000;ST=32;CN=2011;PW=pw;MN={mn};Flag=5;CP=&&DataTime=20261001080000;".encode()
    segment = head + text + b"&&"
    raw = b"##%04d%b%04X\r\n" % (len(segment), segment, crc(segment))
    return Item(1, reread(raw, DEVICES), Received(raw, "10.0.0.9:4000", NOW_MS))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_frame_of_anybody_stops_the_frames_behind_it(address, tmp_path, engine):
    # Keys that no index of PostgreSQL takes, and a NUL that JSON hides: each once was a batch tried again for ever.
    store = PostgresStore(address) if engine == "postgresql" else HotStore(tmp_path / "r.sqlite3")
    chance = random.Random(5)
    names = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9)) for _ in range(600)]
    stranger = segment_of(b"w01018-Rtd=4", "".join(names)[:5000])
    many = segment_of(";".join(f"{name}-Rtd=1" for name in names).encode())
    nul = segment_of(b"w01018-Rtd=a\0b")
    good = segment_of(b"w21003-Rtd=7")
    store.register(DEVICES)
    _, verdicts = write_batch(store, [stranger, many, nul, good], DEVICES, 24.0)
    store.close()
    assert [verdict.why for verdict in verdicts] == ["unknown-device", "", "not-kept", ""]
    place = address if engine == "postgresql" else tmp_path / "r.sqlite3"
    with contextlib.closing(Readings(place)) as readings:
        assert readings.candidates() == []  # a name cut short is nobody's
        assert [(q.why, q.mn) for q in readings.quarantine()][::-1] == [("unknown-device", ""), ("not-kept", "M1")]
        assert dict(readings.database.execute("SELECT quantity, value FROM telemetry_latest"))["nh3n"] == 7.0


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_the_database_alone_refuses_is_found_and_the_rest_of_its_batch_kept(address, tmp_path, engine):
    """A refusal that comes with the commit names no message: five of eleven here are too large for what is set up."""
    if engine == "postgresql":
        import psycopg

        store = PostgresStore(address)
        with psycopg.connect(address, autocommit=True) as db:
            db.execute("CREATE INDEX ON telemetry_packet (body)")  # takes no text of 14,000 characters
    else:
        store = HotStore(tmp_path / "r.sqlite3")
        store._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 12_000)  # a frame of 9,700 bytes is below it
    store.register(DEVICES)
    chance = random.Random(5)
    items = []
    for number in range(11):
        names = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9)) for _ in range(600)]
        large = number in (0, 3, 4, 5, 10)
        text = ";".join(f"{name}-Rtd=1" for name in names) if large else f"w{number:05d}-Rtd=7"
        items.append(segment_of(text.encode()))
    _, verdicts = write_batch(store, items, DEVICES, 24.0)
    _, again = write_batch(store, items[1:3], DEVICES, 24.0)
    store.close()
    assert [at for at, verdict in enumerate(verdicts) if verdict.why] == [0, 3, 4, 5, 10]
    assert all(bool(verdict.reply) != bool(verdict.why) for verdict in [*verdicts, *again])
    place = address if engine == "postgresql" else tmp_path / "r.sqlite3"
    with contextlib.closing(Readings(place)) as readings:
        held = [(q.why, q.mn, q.raw) for q in readings.quarantine()][::-1]
        assert held == [("not-kept", "M1", items[at].received.raw) for at in (0, 3, 4, 5, 10)]
        assert all(q.detail for q in readings.quarantine())
        kept = dict(readings.database.execute("SELECT quantity, value FROM telemetry_latest"))
        assert len(kept) == 6
        assert set(kept.values()) == {7.0}


def test_a_whole_number_of_a_plain_frame_is_among_the_newest(tmp_path):
    store = HotStore(tmp_path / "r.sqlite3")
    store.register(DEVICES)
    write(store, [[(message({"nh3n": {"Rtd": "7", "Flag": "N"}, "cod": {"Rtd": "41.5", "Flag": "N"}}), True)]])
    store.close()
    with contextlib.closing(Readings(tmp_path / "r.sqlite3")) as readings:
        assert {(code, value) for _, code, _, value, _ in readings.latest_rows()} == {("nh3n", 7.0), ("cod", 41.5)}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("filed", [False, True])
def test_two_compactions_at_once_lose_nothing(address, tmp_path, monkeypatch, engine, filed):
    # The clock's round and an officer's: while one writes its file, a late packet comes and the other files it.
    monkeypatch.setenv("QINGXI_HISTORY", str(tmp_path / "history"))
    place = address if engine == "postgresql" else tmp_path / "r.sqlite3"
    store = open_writer(place)
    store.register(DEVICES)
    day = AT.date()
    if filed:
        write(store, [[(message({"cod": {"Rtd": "1.5"}}, minutes=-60), False)]])
        compact(place, day, NOW_MS)
    write(store, [[(message({"cod": {"Rtd": "2.5"}}), False)]])
    honest = archive.write_file

    def other_first(*args):
        monkeypatch.setattr(archive, "write_file", honest)
        write(store, [[(message({"cod": {"Rtd": "3.5"}}, minutes=15), False)]])
        assert compact(place, day, NOW_MS).rows == 2 + filed
        return honest(*args)

    monkeypatch.setattr(archive, "write_file", other_first)
    compact(place, day, NOW_MS)
    store.close()
    with contextlib.closing(Readings(place)) as readings:
        (found,) = readings.samples(day, day, facility="QX-001", quantity="cod")[("QX-001", "cod")]
        assert found.values.tolist() == [*([1.5] if filed else []), 2.5, 3.5]
    assert damaged(place) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_same_batches_end_the_same_in_both(address, tmp_path, seed):
    here, there = HotStore(tmp_path / "r.sqlite3"), PostgresStore(address)
    for store in (here, there):
        store.register(DEVICES)
        write(store, batches(seed))
        store.close()
    assert here.outcomes == there.outcomes
    assert all(here.outcomes[outcome] for outcome in Outcome)  # every law was met
    with sqlite3.connect(tmp_path / "r.sqlite3") as db:
        assert db.execute(_PACKETS).fetchall() == all_rows(address, _PACKETS)
        for table in (
            "telemetry_newest ORDER BY mn, part",
            "telemetry_heard ORDER BY mn",
            "telemetry_latest ORDER BY mn, quantity",
        ):
            assert db.execute(f"SELECT * FROM {table}").fetchall() == all_rows(address, f"SELECT * FROM {table}")
    with Readings(tmp_path / "r.sqlite3") as one, Readings(address) as other:
        assert one.counts() == other.counts()
        assert one.latest("QX-001") == other.latest("QX-001") != {}
        assert (one.facilities(), one.last_heard(), one.last_data()) == (
            other.facilities(), other.last_heard(), other.last_data(),
        )  # fmt: skip
        assert one.candidates() == other.candidates()
        assert one.quarantine() == other.quarantine()
        assert one.span() == other.span()
        place = all_rows(address, "SELECT raw FROM telemetry_packet WHERE raw LIKE '%,%'")[0][0]
        assert len(other.raw_frames(place)) == place.count(",") + 1
        day = AT.date()
        assert str(one.samples(day, day)) == str(other.samples(day, day))


def test_a_commit_waits_for_the_disk(address):
    store = open_writer(address)
    assert isinstance(store, PostgresStore)
    assert store._db.execute("SHOW synchronous_commit").fetchone() == ("on",)
    store.close()


def test_a_lost_connection_is_made_anew_and_the_batch_written_once(address, cluster):
    store = PostgresStore(address)
    got = Received(encode(message({"cod": {"Rtd": "1"}})), "p:1", NOW_MS)

    def put():
        store.keep_raw(got)
        store.put(message({"cod": {"Rtd": "1"}}), got)

    put()
    all_rows(
        address,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()",
    )
    with pytest.raises(Exception, match=r"terminat|closed|lost"):
        store.commit()
    store.rollback()
    put()
    store.commit()
    store.close()
    assert all_rows(address, "SELECT count(*) FROM telemetry_packet") == [(1,)]


def test_two_writers_of_the_same_packets_keep_each_once(address):
    from concurrent.futures import ThreadPoolExecutor

    stores = [PostgresStore(address), PostgresStore(address)]
    said = [message({"cod": {"Rtd": "1"}}, mn, 15 * n) for n in range(60) for mn in ("M1", "M2")]
    orders = [said, said[::-1]]

    def write_all(at):
        for first in range(0, len(said), 20):
            for one in orders[at][first : first + 20]:
                got = Received(encode(one), "p:1", NOW_MS)
                stores[at].keep_raw(got)
                stores[at].put(one, got)
            stores[at].commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_all, (0, 1)))
    for store in stores:
        store.close()
    assert all_rows(address, "SELECT count(*), count(DISTINCT (mn, data_s)) FROM telemetry_packet") == [(120, 120)]
    assert sum(store.outcomes[Outcome.NEW] for store in stores) == 120


def test_hj212_a_receiver_writes_to_postgresql(address):
    store = PostgresStore(address)
    store.register(TWO)

    async def whole():
        receiver = Receiver(store, TWO, limits=QUICK, now_ms=lambda: NOW)
        port = await receiver.start()
        async with Client(port) as device:
            await device.say(*(frame(number) for number in range(300)))
            answers = await device.answers(96)
            assert [a.qn for a in answers] == [said_at(number).qn for number in range(96)]
        await receiver.stop()

    asyncio.run(whole())
    store.close()
    with Readings(address) as readings:
        assert readings.counts()["packets"] >= 96


def test_days_go_into_files_and_back_out_of_them_as_from_sqlite(address, tmp_path, monkeypatch):
    monkeypatch.setenv("QINGXI_HISTORY", str(tmp_path / "elsewhere"))
    day = AT.date()
    answers = []
    for store in (tmp_path / "r.sqlite3", address):
        writer = open_writer(store)
        writer.register(DEVICES)
        write(writer, batches(7))
        assert hot_days(store) == [day]
        (filed,) = compact_before(store, day + timedelta(days=1), NOW_MS)
        assert hot_days(store) == []
        late = message({"cod": {"Rtd": "3"}}, minutes=300)
        writer.keep_raw(Received(encode(late), "p:1", NOW_MS))
        writer.put(late, Received(encode(late), "p:1", NOW_MS))
        writer.commit()
        (again,) = compact_before(store, day + timedelta(days=1), NOW_MS + 1)
        assert again.rows == filed.rows + 1
        writer.close()
        assert damaged(store) == []
        with Readings(store) as readings:
            answers.append(str(readings.samples(day, day)))
    assert answers[0] == answers[1]


def test_what_an_admitted_device_said_before_goes_in(address):
    store = PostgresStore(address)
    said = message({"cod": {"Rtd": "3"}}, mn="NEW")
    got = Received(encode(said), "p:1", NOW_MS)
    store.keep_raw(got)
    store.quarantine(got, "unknown-device", "", "NEW")
    store.commit()
    store.close()
    device = Device("NEW", "pw", "QX-009")
    assert (readmit(address, device), readmit(address, device)) == (1, 0)
    with Readings(address) as readings:
        assert readings.candidates() == readings.quarantine() == []
        assert readings.latest("QX-009")["cod"].value == 3.0


def test_what_stands_beside_the_packets_goes_on_after_the_database_was_away(cluster, address):
    """Its lines are cut, as by a restart: the books of the receiver are asked again over a new one; no half of a change."""
    import psycopg

    def cut():
        name = urlsplit(address).path.lstrip("/")
        cluster.sql(
            "postgres", f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    side = open_side(address)
    side.set("a", "1")
    cut()
    with pytest.raises(psycopg.OperationalError):
        side.setting("a")
    assert side.setting("a") == "1"
    cut()
    with pytest.raises(psycopg.OperationalError):
        side.set("a", "2")  # not done, and said so
    assert side.setting("a") == "1"

    def in_the_middle():
        with side.writing():
            side.set("a", "3")
            cut()
            with contextlib.suppress(psycopg.OperationalError):
                side.set("b", "3")
            side.set("b", "3")  # must not go on over another line: the first would be lost

    with pytest.raises(psycopg.OperationalError):
        in_the_middle()
    assert (side.setting("a"), side.setting("b")) == ("1", "")
    with side.writing():
        side.set("a", "4")
        side.many("INSERT INTO telemetry_setting (name, value) VALUES (?, ?)", [("c", "5")])
    assert (side.setting("a"), side.setting("c")) == ("4", "5")
    side.close()
