"""The hot tables: once each, corrections beside the old, raw before read."""

import json
import sqlite3
from datetime import datetime, timedelta

import pytest

from qingxi.store import HotStore, Outcome, Readings, ddl, readmit
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Message, encode, upload

AT = datetime(2026, 10, 1, 8, 0, tzinfo=BEIJING)
NOW_MS = int(AT.timestamp() * 1000) + 2000
DEVICES = Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002")])


def message(values, mn="M1", at=AT, **more):
    return upload("2011", mn=mn, pw="pw", at=at, values=values, **more)


def received(said: Message, at_ms=NOW_MS) -> Received:
    return Received(encode(said), "10.0.0.9:4000", at_ms)


@pytest.fixture
def store(tmp_path):
    hot = HotStore(tmp_path / "readings.sqlite3")
    hot.register(DEVICES)
    yield hot
    hot.close()


def keep(store, *messages, at_ms=NOW_MS):
    for said in messages:
        got = received(said, at_ms)
        store.keep_raw(got)
        store.put(said, got)
    store.commit()


def rows(store, what="version, body, source"):
    with sqlite3.connect(store.path) as db:
        return db.execute(f"SELECT {what} FROM telemetry_packet ORDER BY id").fetchall()


def test_a_commit_is_on_the_disk_and_others_may_read_meanwhile(store):
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_values_are_kept_in_house_units_with_their_marks(store):
    # flow 0.5 L/s x 86.4 = 43.2 m3/d; a filler stays the text it was
    keep(
        store,
        message(
            {"flow": {"Rtd": "0.5", "Flag": "N"}, "cod": {"Rtd": "999.99", "Flag": "T"}, "a34004": {"Rtd": "4"}}
        ),
    )
    ((version, body, source),) = rows(store)
    assert (version, source) == (1, "live")
    assert json.loads(body) == {
        "flow": {"Rtd": 43.2, "Flag": "N"},
        "cod": {"Rtd": "999.99", "Flag": "T"},
        "a34004": {"Rtd": 4.0},
    }


def test_the_same_packet_again_is_kept_once(store):
    said = message({"cod": {"Rtd": "45.2", "Flag": "N"}})
    keep(store, said)
    keep(store, said, said)
    assert len(rows(store)) == 1
    assert store.outcomes[Outcome.DUPLICATE] == 2


def test_a_request_number_is_no_key(store):
    # The same values under another QN are the same reading; another time under the same QN is another one.
    values = {"cod": {"Rtd": "45.2", "Flag": "N"}}
    keep(store, message(values), message(values, sent_at=datetime(2026, 10, 1, 9, 0, tzinfo=BEIJING)))
    assert len(rows(store)) == 1
    keep(store, message(values, at=datetime(2026, 10, 1, 8, 15, tzinfo=BEIJING), sent_at=AT))
    assert len(rows(store)) == 2


def test_a_differing_value_is_a_new_version_and_the_old_one_stays(store):
    keep(store, message({"cod": {"Rtd": "45.2", "Flag": "N"}}))
    keep(store, message({"cod": {"Rtd": "40.0", "Flag": "N"}}))
    assert [(v, json.loads(b)["cod"]["Rtd"]) for v, b, _ in rows(store)] == [(1, 45.2), (2, 40.0)]
    assert store.outcomes[Outcome.CORRECTED] == 1


def test_an_old_packet_sent_again_does_not_undo_a_correction(store):
    old, new = message({"cod": {"Rtd": "45.2", "Flag": "N"}}), message({"cod": {"Rtd": "40.0", "Flag": "N"}})
    keep(store, old, new, old)
    assert [v for v, _, _ in rows(store)] == [1, 2]


def test_parts_of_a_split_packet_join_one_row(store):
    keep(store, message({"cod": {"Rtd": "45.2", "Flag": "N"}}), message({"nh3n": {"Rtd": "3.1", "Flag": "N"}}))
    ((version, body, _),) = rows(store)
    assert version == 1
    assert set(json.loads(body)) == {"cod", "nh3n"}
    assert store.outcomes[Outcome.MERGED] == 1


def test_each_row_leads_back_to_its_frames(store):
    first, second = message({"cod": {"Rtd": "45.2", "Flag": "N"}}), message({"nh3n": {"Rtd": "3.1", "Flag": "N"}})
    keep(store, message({"cod": {"Rtd": "1.0"}}, mn="M2"), first)
    keep(store, second)
    (_, place) = rows(store, "mn, raw")[1]
    with Readings(store.path) as readings:
        assert [frame.raw for frame in readings.raw_frames(place)] == [encode(first), encode(second)]
        assert readings.counts()["raw_frames"] == 3


def test_late_data_are_marked(store):
    # An hour is the table's limit: 61 min late is a resend, 59 min is live; RF=1 always is one.
    keep(store, message({"cod": {"Rtd": "1"}}), at_ms=int(AT.timestamp() * 1000) + 61 * 60_000)
    keep(store, message({"cod": {"Rtd": "1"}}, mn="M2"), at_ms=int(AT.timestamp() * 1000) + 59 * 60_000)
    keep(
        store,
        message({"ph": {"Rtd": "7"}}, at=datetime(2026, 10, 1, 8, 1, tzinfo=BEIJING), edition=2025, resent=True),
    )
    assert [source for _, _, source in rows(store)] == ["resend", "live", "resend"]


def test_nothing_is_seen_before_the_commit_and_nothing_after_a_rollback(store):
    said = message({"cod": {"Rtd": "45.2"}})
    got = received(said)
    store.keep_raw(got)
    store.put(said, got)
    assert rows(store) == []
    store.rollback()
    store.commit()
    assert rows(store) == []
    keep(store, said)
    assert len(rows(store)) == 1


def test_a_message_without_values_is_kept_too(store):
    keep(store, Message(cn="9015", mn="M1", qn="20261001080000000", pw="pw", flag=9))
    keep(store, Message(cn="7777", mn="M1", qn="20261001080000000", pw="pw", flag=5, groups=((("x", "y"),),)))
    assert [json.loads(body) for _, body, _ in rows(store)] == [{}, {"": {"x": "y"}}]


def test_values_without_a_time_are_kept_and_enter_no_mean(store):
    said = Message(cn="2011", mn="M1", qn="20261001080000000", pw="pw", flag=5, groups=((("w01018-Rtd", "45.2"),),))
    keep(store, said)
    assert rows(store, "kind, body, data_s") == [("", '{"cod":{"Rtd":45.2}}', int(AT.timestamp()))]
    with Readings(store.path) as readings:
        assert readings.all_daily(AT.date(), AT.date()) == {}
        assert readings.latest("QX-001") == {}


def test_two_meters_of_one_plant_do_not_overwrite_each_other(store):
    keep(store, message({"d30401": {"Rtd": "1.0"}, "d30402": {"Rtd": "2.0"}}, edition=2025))
    ((_, body, _),) = rows(store)
    assert json.loads(body) == {"energy": {"Rtd": 24.0}, "energy@d30402": {"Rtd": 48.0}}


def test_latest_is_the_newest_by_its_own_time_and_not_by_arrival(store):
    late = datetime(2026, 10, 1, 7, 0, tzinfo=BEIJING)
    keep(store, message({"cod": {"Rtd": "45.2", "Flag": "N"}}))
    keep(store, message({"cod": {"Rtd": "99.0", "Flag": "N"}}, at=late))
    with Readings(store.path) as readings:
        newest = readings.latest("QX-001")["cod"]
        assert (newest.value, newest.mark, newest.at) == (45.2, "N", AT)
        assert readings.last_data() == {"QX-001": AT}
        assert readings.last_heard()["QX-001"].timestamp() * 1000 == NOW_MS
        assert readings.facilities() == ("QX-001", "QX-002")


def test_the_last_word_of_a_device_is_its_newest_in_one_batch_too(store):
    # A day's sum carries the day's midnight and comes behind the hour of 8:00.
    hour = message({"cod": {"Rtd": "45.2", "Flag": "N"}})
    day = upload("2031", mn="M1", pw="pw", at=AT.replace(hour=0), values={"cod": {"Avg": "40.0"}})
    keep(store, hour, day)
    with Readings(store.path) as readings:
        assert readings.last_data() == {"QX-001": AT}


def test_an_unknown_device_becomes_a_candidate(store):
    said = message({"cod": {"Rtd": "1"}}, mn="STRANGER")
    for _ in range(3):
        store.keep_raw(received(said))
        store.quarantine(received(said), "unknown-device", "", said.mn)
    store.quarantine(received(said), "password", "", "M1")
    store.commit()
    with Readings(store.path) as readings:
        assert [(c.mn, c.frames) for c in readings.candidates()] == [("STRANGER", 3)]
        assert [q.why for q in readings.quarantine()] == ["password", *["unknown-device"] * 3]
        assert readings.quarantine()[0].raw == encode(said)


def test_one_message_no_table_holds_does_not_keep_an_admitted_device_out(store):
    good = [message({"cod": {"Rtd": f"{40 + n}.0"}}, mn="NEW", at=AT + timedelta(minutes=15 * n)) for n in range(3)]
    nul = message({"cod": {"Rtd": "4\0"}}, mn="NEW", at=AT + timedelta(hours=3))
    for said in (good[0], nul, *good[1:]):
        store.keep_raw(received(said))
        store.quarantine(received(said), "unknown-device", "", said.mn)
    store.commit()
    device = Device("NEW", "pw", "QX-009")
    assert (readmit(store.path, device), readmit(store.path, device)) == (3, 0)
    with Readings(store.path) as readings:
        assert readings.counts()["packets"] == 3
        assert [q.raw for q in readings.quarantine()] == [encode(nul)]
        assert readings.candidates() == []


def test_what_an_admitted_device_said_before_goes_in_once_and_leaves_the_quarantine(store):
    device = Device("NEW", "pw", "QX-009")
    good = [message({"cod": {"Rtd": f"{40 + n}.0"}}, mn="NEW", at=AT + timedelta(minutes=15 * n)) for n in range(3)]
    wrong = upload("2011", mn="NEW", pw="guess", at=AT, values={"cod": {"Rtd": "1"}})
    for said in (*good, wrong, message({"cod": {"Rtd": "2"}}, mn="ELSE")):
        store.keep_raw(received(said))
        store.quarantine(received(said), "unknown-device", "", said.mn)
    store.commit()
    assert readmit(store.path, device) == 3
    assert readmit(store.path, device) == 0
    with Readings(store.path) as readings:
        assert readings.counts()["packets"] == 3
        assert [(q.mn, q.raw) for q in readings.quarantine()] == [
            ("ELSE", encode(message({"cod": {"Rtd": "2"}}, mn="ELSE"))),
            ("NEW", encode(wrong)),
        ]
        assert [c.mn for c in readings.candidates()] == ["ELSE"]
        assert readings.latest("QX-009")["cod"].value == 42.0
        assert readings.last_heard()["QX-009"].timestamp() * 1000 == NOW_MS  # when it came, not now


def test_a_message_the_tables_cannot_hold_is_told_apart_from_a_store_that_is_down(store, monkeypatch):
    said = message({"cod": {"Rtd": "1"}})
    monkeypatch.setattr("qingxi.store.pending.dump", lambda body: object())  # no type SQLite knows
    with pytest.raises(ValueError, match="cannot be kept"):
        store.put(said, received(said))
    store.rollback()
    monkeypatch.undo()
    store._db.execute("PRAGMA query_only=1")
    store.put(said, received(said))
    with pytest.raises(sqlite3.OperationalError):
        store.commit()
    store.rollback()


def test_two_writers_share_one_file(store):
    other = HotStore(store.path)
    keep(store, message({"cod": {"Rtd": "1"}}))
    keep(other, message({"cod": {"Rtd": "2"}}, mn="M2"))
    keep(store, message({"cod": {"Rtd": "2"}}, mn="M2"))
    other.close()
    assert len(rows(store)) == 2
    with Readings(store.path) as readings:
        assert readings.counts()["raw_frames"] == 3


def test_ddl_is_for_whoever_maps_the_tables():
    db = sqlite3.connect(":memory:")
    for statement in ddl("sqlite"):
        db.execute(statement)
    for statement in ddl("sqlite"):
        db.execute(statement)  # twice is harmless
    assert len(ddl("postgresql")) == len(ddl("sqlite"))
    assert any("BYTEA" in statement for statement in ddl("postgresql"))
    with pytest.raises(ValueError, match="oracle"):
        ddl("oracle")


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no readings' store"):
        Readings(tmp_path / "none.sqlite3")
