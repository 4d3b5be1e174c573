"""The quarantine keeps what is new and what is needed, and never grows over its measure."""

import pytest

import postgres
from qingxi.store import HotStore, PostgresStore, Trimmed, open_side, trim_quarantine
from qingxi.store import quarantine_kept as kept
from qingxi.wire import Device, Devices, Received

DEVICES = Devices([Device("M1", "pw", "QX-001")])


@pytest.fixture(scope="module")
def cluster():
    if why := postgres.missing():
        pytest.skip(why)
    found = postgres.Cluster()
    yield found
    found.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    if request.param == "sqlite":
        path = tmp_path / "readings.sqlite3"
        hot = HotStore(path)
    else:
        cluster = request.getfixturevalue("cluster")
        name = f"t{abs(hash(request.node.name))}"
        cluster.sql("postgres", f"CREATE DATABASE {name}")
        path = cluster.address(name)
        hot = PostgresStore(path)
    hot.register(DEVICES)
    side = open_side(path)
    yield hot, side
    side.close()
    hot.close()


def hold(hot, pieces):
    """(device, reason, moment) each."""
    for mn, why, at_ms in pieces:
        hot.quarantine(Received(f"##{mn}".encode(), "10.0.0.1:9", at_ms), why, mn=mn)
    hot.commit()


def left(side):
    rows = side.rows("SELECT mn, why, received_ms FROM telemetry_quarantine ORDER BY received_ms, mn")
    return [tuple(row) for row in rows]


def callers(side):
    return [mn for (mn,) in side.rows("SELECT mn FROM telemetry_candidate ORDER BY mn")]


MANY = {"most_of_one": 1000, "most_unregistered": 1000, "most_callers": 1000}


def test_what_is_past_its_time_goes(store):
    hot, side = store
    hold(hot, [("M1", "bad-checksum", 10), ("S1", "unknown-device", 20), ("S2", "unknown-device", 30)])
    assert trim_quarantine(side, 10, **MANY) == Trimmed()
    assert trim_quarantine(side, 30, **MANY) == Trimmed(old=2, callers=1)
    assert left(side) == [("S2", "unknown-device", 30)]
    assert callers(side) == ["S2"]  # S1 last called before the moment


def test_of_one_device_and_reason_the_newest_stay(store):
    hot, side = store
    hold(hot, [("M1", "bad-checksum", n) for n in range(1, 8)])
    hold(hot, [("M1", "wrong-password", n) for n in range(11, 14)])
    assert trim_quarantine(side, 0, **MANY | {"most_of_one": 3}) == Trimmed(over=4)
    assert left(side) == [("M1", "bad-checksum", n) for n in (5, 6, 7)] + [
        ("M1", "wrong-password", n) for n in (11, 12, 13)
    ]


def test_strangers_together_keep_to_a_measure_and_never_push_out_our_devices(store):
    hot, side = store
    hold(hot, [("M1", "bad-checksum", 1), ("", "no-frame", 2)])
    hold(hot, [(f"S{n}", "unknown-device", 10 + n) for n in range(6)])
    # Of 7 packets of strangers (one names nobody) the newest 4 stay; of 6 callers the last 2.
    gone = trim_quarantine(side, 0, **MANY | {"most_unregistered": 4, "most_callers": 2})
    assert gone == Trimmed(over=3, callers=4)
    assert left(side) == [("M1", "bad-checksum", 1)] + [(f"S{n}", "unknown-device", 10 + n) for n in (2, 3, 4, 5)]
    assert callers(side) == ["S4", "S5"]
    assert trim_quarantine(side, 0, **MANY | {"most_unregistered": 4, "most_callers": 2}) == Trimmed()


def test_the_receiver_writes_between_one_deletion_and_the_next(store, monkeypatch):
    """A flood is cleared away a few packets at once; who waits with what a device just said gets its turn."""
    hot, side = store
    hold(hot, [("S1", "unknown-device", n) for n in range(1, 10)])
    came = []

    def somebody_waits(_seconds):
        came.append(("M1", "crc", 100 + len(came)))
        hold(hot, came[-1:])

    monkeypatch.setattr(kept, "_AT_ONCE", 2)
    monkeypatch.setattr(kept, "_LOOKED_UP", 6)
    monkeypatch.setattr(kept.time, "sleep", somebody_waits)
    # Of 9 the newest 2 stay: 7 go as 2, 2, 2 (looked up together) and 1, with three turns between them.
    assert trim_quarantine(side, 0, **MANY | {"most_unregistered": 2}) == Trimmed(over=7)
    assert len(came) == 3
    assert left(side) == [("S1", "unknown-device", 8), ("S1", "unknown-device", 9), *came]


def test_a_caller_that_speaks_while_the_list_is_cut_stays_on_it(store, monkeypatch):
    hot, side = store
    hold(hot, [(f"S{n}", "unknown-device", 10 + n) for n in range(6)])
    monkeypatch.setattr(kept, "_AT_ONCE", 1)
    monkeypatch.setattr(kept.time, "sleep", lambda _s: hold(hot, [("S3", "unknown-device", 50)]))
    # The last two stay, S4 and S5; S0 goes first, and S3 calls again before its turn to go comes.
    assert trim_quarantine(side, 0, **MANY | {"most_callers": 2}).callers == 3
    assert callers(side) == ["S3", "S4", "S5"]


def test_a_clock_years_ahead_for_a_night_costs_a_month_of_the_quarantine(store):
    hot, side = store
    day = 86_400_000
    hold(hot, [("M1", "bad-checksum", n * day) for n in (1, 20, 31, 40, 70)])
    # Before day 1 + 31: the packets of days 1, 20 and 31.
    assert trim_quarantine(side, 4000 * day, **MANY) == Trimmed(old=3)
    assert [at // day for *_, at in left(side)] == [40, 70]
