"""Compaction: the same answers before and after, whatever comes late and wherever it stops."""

import pydoc
import sqlite3
import time
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.store import HotStore, Readings, archive, archive_folder, compact, compact_before, damaged, hot_days
from qingxi.store.wide import rows_of, wide
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, encode, upload

FIRST = date(2026, 10, 1)
LAST = date(2026, 10, 3)
DEVICES = Devices([Device("M1", "pw", "QX-001", every_min=60), Device("M2", "pw", "QX-002", every_min=60)])


def keep(store, mn, at, cod, flow="1.0"):
    values = {"flow": {"Rtd": flow, "Flag": "N"}, "cod": {"Rtd": cod, "Flag": "N"}}
    said = upload("2011", mn=mn, pw="pw", at=at, values=values)
    got = Received(encode(said), "peer", int(at.timestamp() * 1000))
    store.keep_raw(got)
    store.put(said, got)


@pytest.fixture
def store(tmp_path):
    hot = HotStore(tmp_path / "readings.sqlite3")
    hot.register(DEVICES)
    for hour in range(72):
        at = datetime(2026, 10, 1, tzinfo=BEIJING) + timedelta(hours=hour)
        keep(hot, "M1", at, f"{40 + hour // 24}.0")
        keep(hot, "M2", at, "20.0", flow="2.0")
    hot.commit()
    yield hot
    hot.close()


def answers(store):
    with Readings(store.path) as readings:
        return {
            (facility, quantity): (series.values.tolist(), series.coverage.tolist())
            for facility, by in readings.all_daily(FIRST, LAST).items()
            for quantity, series in by.items()
        }


def test_days_are_answered_alike_hot_and_archived(store):
    before = answers(store)
    # M1: 40, 41, 42 mg/L; flow 1 L/s = 86.4 m3/d
    assert before["QX-001", "cod"][0] == pytest.approx([40.0, 41.0, 42.0])
    assert before["QX-001", "flow"][0] == pytest.approx([86.4] * 3)
    done = compact_before(store.path, date(2026, 10, 3), 1)
    assert [row.day for row in done] == [date(2026, 10, 1), date(2026, 10, 2)]
    assert hot_days(store.path) == [date(2026, 10, 3)]
    assert answers(store) == before
    with Readings(store.path) as readings:
        one = readings.daily("QX-001", "cod", FIRST, LAST)
        assert one.values == pytest.approx([40.0, 41.0, 42.0])
        assert readings.daily("QX-001", "nh3n", FIRST, LAST) is None
        assert readings.span() == (FIRST, LAST)
    assert damaged(store.path) == []


def test_a_file_is_sorted_and_named_by_what_it_holds(store):
    row = compact(store.path, FIRST, 1)
    table = pq.read_table(archive_folder(store.path) / row.file)
    assert row.rows == table.num_rows == 2 * 24  # packets, each with flow and COD
    assert table.column_names[-4:] == ["flow", "flow_mark", "cod", "cod_mark"]
    keys = list(zip(table["mn"].to_pylist(), table["at_s"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert all(table["newest"].to_pylist())
    assert row.sha256.startswith(row.file.split("part-")[1].removesuffix(".parquet"))
    assert compact(store.path, FIRST, 1) is None  # nothing hot is left


def test_late_data_rewrite_only_their_day_and_the_same_again_changes_nothing(store):
    compact_before(store.path, date(2026, 10, 3), 1)
    folder = archive_folder(store.path)
    files = sorted(str(path) for path in folder.rglob("level=raw/*/*.parquet"))
    before = answers(store)
    midnight = datetime(2026, 10, 1, tzinfo=BEIJING)
    keep(store, "M1", midnight, "40.0")  # sent again after the day was archived
    store.commit()
    assert answers(store) == before
    compact(store.path, FIRST, 2)
    assert answers(store) == before
    keep(store, "M1", midnight + timedelta(minutes=30), "88.0")
    store.commit()
    compact(store.path, FIRST, 3)
    assert len(list(folder.rglob("level=raw/*/*.parquet"))) == 3  # a query may still be at the replaced file
    keep(store, "M1", midnight, "40.0")
    store.commit()
    compact(store.path, FIRST, int(time.time() * 1000) + 2 * 3_600_000)  # two hours later it is gone
    after = sorted(str(path) for path in folder.rglob("level=raw/*/*.parquet"))
    assert len(after) == len(files) == 2
    assert len(set(after) & set(files)) == 1  # the other day's file is untouched
    # One more reading in hour 0: its mean is (40 + 88) / 2 = 64; the day (64 + 23 x 40) / 24 = 41
    assert answers(store)["QX-001", "cod"][0][0] == pytest.approx(41.0)


def test_a_correction_after_archiving_wins_and_the_old_value_stays(store):
    compact(store.path, FIRST, 1)
    at = datetime(2026, 10, 1, tzinfo=BEIJING)
    said = upload("2011", mn="M1", pw="pw", at=at, values={"cod": {"Rtd": "64.0", "Flag": "N"}})
    late = Received(encode(said), "peer", int((at + timedelta(days=2)).timestamp() * 1000))
    store.keep_raw(late)
    store.put(said, late)
    store.commit()
    # (64 + 23 x 40) / 24 = 41
    assert answers(store)["QX-001", "cod"][0][0] == pytest.approx(41.0)
    row = compact(store.path, FIRST, 2)
    assert answers(store)["QX-001", "cod"][0][0] == pytest.approx(41.0)
    table = pq.read_table(archive_folder(store.path) / row.file).to_pylist()
    both = [r for r in table if r["mn"] == "M1" and r["at_s"] == int(at.timestamp())]
    # The hot row held COD alone; the correction keeps the flow of the packet it corrects.
    assert [(r["version"], r["cod"], r["flow"], r["newest"]) for r in both] == [(1, 40.0, 86.4, False), (2, 64.0, 86.4, True)]  # fmt: skip


def test_stopped_between_file_and_manifest_nothing_is_lost_or_doubled(store, monkeypatch):
    before = answers(store)

    def dies(*_):
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(archive, "_publish", dies)
        with pytest.raises(OSError, match="power cut"):
            compact(store.path, FIRST, 1)
    assert list(archive_folder(store.path).rglob("level=raw/*/*.parquet"))  # nobody's file
    assert answers(store) == before
    compact(store.path, FIRST, 1)
    assert answers(store) == before


def test_what_arrives_while_a_day_is_being_written_is_not_lost(store, monkeypatch):
    at = datetime(2026, 10, 1, tzinfo=BEIJING)
    write = archive.write_file

    def slowly(*args):
        done = write(*args)
        said = upload("2011", mn="M1", pw="pw", at=at, values={"ph": {"Rtd": "7.1", "Flag": "N"}})
        got = Received(encode(said), "peer", int(at.timestamp() * 1000))
        store.keep_raw(got)
        store.put(said, got)  # joins the row of that moment
        store.commit()
        return done

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write_file", slowly)
        compact(store.path, FIRST, 1)
    with Readings(store.path) as readings:
        (samples,) = readings.samples(FIRST, FIRST, facility="QX-001", quantity="ph")[("QX-001", "ph")]
        assert samples.values.tolist() == [7.1]
    compact(store.path, FIRST, 2)
    assert hot_days(store.path)[0] == date(2026, 10, 2)
    assert answers(store)["QX-001", "cod"][0] == pytest.approx([40.0, 41.0, 42.0])


def test_a_damaged_file_is_found(store):
    row = compact(store.path, FIRST, 1)
    path = archive_folder(store.path) / row.file
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))
    assert damaged(store.path) == [row.file]
    path.unlink()
    assert damaged(store.path) == [row.file]


def test_a_reader_works_while_a_writer_is_in_the_middle_of_a_batch(store):
    keep(store, "M1", datetime(2026, 10, 4, tzinfo=BEIJING), "50.0")  # not committed
    assert np.isfinite(answers(store)["QX-001", "cod"][0]).all()
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT count(*) FROM telemetry_packet").fetchone() == (144,)
    store.rollback()


def test_days_filed_by_an_earlier_version_are_filed_anew(store):
    before = answers(store)
    row = compact(store.path, FIRST, 1)
    folder = archive_folder(store.path)
    old = []
    for packet in pq.read_table(folder / row.file).to_pylist():
        for quantity in ("flow", "cod"):
            same = {name: packet[name] for name in ("mn", "cn", "kind", "at_s", "version", "source")}
            same |= {"received_ms": packet["at_s"] * 1000 + packet["lag_ms"], "raw": "1:7"}
            value = {"quantity": quantity, "statistic": "Rtd", "value": packet[quantity], "text": None, "mark": "N"}
            old.append(same | value)
    (folder / "date=2026-10-01").mkdir()
    pq.write_table(pa.Table.from_pylist(old), folder / "date=2026-10-01" / "part-1.parquet")
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE telemetry_history SET file='date=2026-10-01/part-1.parquet'")
    compact_before(store.path, FIRST, 2)
    assert answers(store) == before
    assert damaged(store.path) == []
    assert not list(folder.glob("date=*/*"))


STEPS = [
    ("qingxi.store.filing.pq.write_table", "before"), ("qingxi.store.filing.pq.write_table", "after"),
    ("qingxi.store.filing.os.fsync", "before"), ("qingxi.store.filing.os.fsync", "after"),
    ("pathlib.Path.replace", "before"), ("pathlib.Path.replace", "after"),
    ("qingxi.store.archive._publish", "before"), ("qingxi.store.archive._publish", "after"),
    ("qingxi.store.archive.sweep", "before"),
]  # fmt: skip


def test_killed_at_any_step_the_old_or_the_new_is_whole(store, monkeypatch):
    """Late data come to a filed day; the night's work is killed at each of its steps, then done again."""
    before = compact(store.path, FIRST, 1)
    assert before is not None
    midnight = datetime(2026, 10, 1, tzinfo=BEIJING)
    meant = None
    for number, (step, when) in enumerate(STEPS):
        keep(store, "M1", midnight + timedelta(minutes=number + 1), "88.0")
        store.commit()
        meant = answers(store)

        class Killed(BaseException):
            """What no handler of errors catches."""

        room, _, name = step.rpartition(".")
        owner = pydoc.locate(room)
        real = getattr(owner, name)

        def dies(*args, real=real, when=when, **kwargs):
            if when == "after":
                real(*args, **kwargs)
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, dies)
            with pytest.raises(Killed):
                compact(store.path, FIRST, 2)
        assert answers(store) == meant, (step, when)
        assert damaged(store.path) == [], (step, when)
        compact(store.path, FIRST, 3)
        assert answers(store) == meant, (step, when)
    assert hot_days(store.path)[0] == date(2026, 10, 2)


def test_a_full_disk_leaves_nothing_half_written(store, monkeypatch):
    import pyarrow.parquet as pq

    def full(table, path, **_more):
        path.write_bytes(b"PAR1 and half of it")
        raise OSError(28, "No space left on device")

    meant = answers(store)
    with monkeypatch.context() as patched:
        patched.setattr(pq, "write_table", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                compact(store.path, FIRST, 1)
    assert not [path for path in archive_folder(store.path).rglob("*") if path.is_file()]
    assert answers(store) == meant
    assert compact(store.path, FIRST, 2) is not None
    assert answers(store) == meant


NAMES = st.sampled_from(["flow", "cod", "ph", "cod_mn", "energy@d30402", "w99999", ""])
CELLS = st.dictionaries(
    st.sampled_from(["Rtd", "Avg", "Min", "Max", "Cou", "ZsRtd"]), st.one_of(st.floats(-1e6, 1e6), st.text(max_size=5)), min_size=1,
)  # fmt: skip


@given(bodies=st.lists(st.tuples(st.sampled_from(["rtd", "hour", ""]), st.dictionaries(NAMES, CELLS, max_size=4), st.booleans()), max_size=5))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_filed_packet_gives_back_what_the_hot_row_held(bodies):
    rows = [
        ("M1", "2011", kind, at, 1, {name: cells | ({"Flag": "M"} if mark and name else {}) for name, cells in body.items()}, at * 1000 + 7, "live", f"{at}:3")
        for at, (kind, body, mark) in enumerate(bodies)
    ]  # fmt: skip
    assert rows_of(wide(rows)) == rows
