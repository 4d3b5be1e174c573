"""While the store is down what comes is spooled, acknowledged, and moved in order once it is back (hj212)."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from dataclasses import replace

import pytest
from receiver_sinks import DEVICES, NOW_MS, QUICK, Client, Memory, frame, message

from qingxi.receiver import OwnSpool, Receiver, Spool
from qingxi.store import HotStore, Readings
from qingxi.wire import Received

AT_ONCE = replace(QUICK, spool_after_s=0.0)


def pieces(first: int, count: int) -> list[Received]:
    return [Received(frame(number), "10.0.0.9:4000", NOW_MS + number) for number in range(first, first + count)]


def waiting(spool: Spool) -> list[Received]:
    return [piece for batch, _ in spool.batches() for piece in batch]


def test_a_spool_gives_back_what_it_was_given_in_order_after_a_restart(tmp_path):
    path = tmp_path / "new" / "0.frames"
    spool = Spool(path)
    assert spool.empty
    spool.append(pieces(0, 3))
    spool.append(pieces(3, 2))
    again = Spool(path)  # as after a kill: nothing was closed
    assert waiting(again) == pieces(0, 5)
    (_, end), _ = again.batches()
    again.mark(end)
    third = Spool(path)
    assert waiting(third) == pieces(3, 2)
    third.mark([end for _, end in third.batches()][-1])
    assert third.empty
    third.close()
    assert not path.exists()


@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_record_cut_short_was_never_acknowledged_and_is_written_over(tmp_path, cut):
    path = tmp_path / "0.frames"
    spool = Spool(path)
    spool.append(pieces(0, 2))
    spool.append(pieces(2, 2))
    os.truncate(path, path.stat().st_size - cut)
    again = Spool(path)
    assert waiting(again) == pieces(0, 2)
    again.append(pieces(9, 1))
    assert waiting(Spool(path)) == pieces(0, 2) + pieces(9, 1)


def test_a_broken_record_ends_the_reading(tmp_path):
    path = tmp_path / "0.frames"
    Spool(path).append(pieces(0, 2))
    whole = bytearray(path.read_bytes())
    whole[-10] ^= 1
    path.write_bytes(whole)
    assert Spool(path).empty
    path.write_bytes(b"something else entirely")
    with pytest.raises(OSError, match="no spool"):
        Spool(path)


def test_when_the_spools_disk_fails_nothing_of_the_record_stays(tmp_path, monkeypatch):
    path = tmp_path / "0.frames"
    spool = Spool(path)
    spool.append(pieces(0, 1))

    def broken(_file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qingxi.receiver.spool.os.fsync", broken)
    with pytest.raises(OSError, match="No space"):
        spool.append(pieces(1, 1))
    monkeypatch.undo()
    assert waiting(Spool(path)) == pieces(0, 1)


def run(sink, scene, spool, limits=AT_ONCE):
    async def whole():
        receiver = Receiver(sink, DEVICES, limits=limits, now_ms=lambda: NOW_MS, spool=spool)
        port = await receiver.start()
        try:
            await scene(receiver, port)
        finally:
            await receiver.stop()
        return receiver

    return asyncio.run(whole())


async def until(condition):
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("waited in vain")


def test_hj212_spooled_is_acknowledged_and_comes_into_the_store_in_order(tmp_path):
    sink, spool = Memory(), Spool(tmp_path / "0.frames")

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0))
            await device.answers(1)
            sink.failures = 10**9
            for number in range(1, 6):
                await device.say(frame(number), frame(10 + number, mn="STRANGER"))
                (answer,) = await device.answers(1)
                assert answer.qn == message(number).qn
            assert await device.hears_nothing()  # the stranger's were spooled, and are never acknowledged
            assert [m.qn for m in sink.kept] == [message(0).qn]
            assert len(waiting(spool)) == 10
            sink.failures = 0
            await until(lambda: spool.empty)
            await device.say(frame(6))
            await device.answers(1)

    receiver = run(sink, scene, spool)
    assert sink.kept == [message(number) for number in range(7)]
    assert sink.quarantined == [("unknown-device", "STRANGER")] * 5
    assert (receiver.counters.spooled_total, receiver.counters.replayed_total) == (10, 10)


def test_hj212_while_the_spool_holds_anything_nothing_overtakes_it(tmp_path):
    sink, spool = Memory(), Spool(tmp_path / "0.frames")
    spool.append([Received(frame(0), "p:1", NOW_MS), Received(b"noise\r\n", "p:1", NOW_MS)])

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(1))
            await device.answers(1)

    run(sink, scene, spool)
    assert sink.kept == [message(0), message(1)]
    assert sink.quarantined == [("junk", "")]
    assert spool.empty


def test_hj212_a_short_failure_is_waited_for_and_not_spooled(tmp_path):
    sink, spool = Memory(), Spool(tmp_path / "0.frames")
    sink.failures = 2

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0))
            await device.answers(1)

    receiver = run(sink, scene, spool, limits=replace(QUICK, spool_after_s=30.0))
    assert receiver.counters.spooled_total == 0
    assert sink.kept == [message(0)]


def test_hj212_killed_between_the_stores_commit_and_the_spools_mark_doubles_nothing(tmp_path, monkeypatch):
    path, spool_path = tmp_path / "r.sqlite3", tmp_path / "0.frames"
    Spool(spool_path).append(pieces(0, 4))
    for _ in range(2):  # the first time the mark is lost
        store, spool = HotStore(path), Spool(spool_path)
        monkeypatch.setattr(spool, "mark", lambda end: None)
        from qingxi.receiver.keeper import Keeper

        assert Keeper(store, AT_ONCE, spool).replay(DEVICES)
        store.close()
    with Readings(path) as readings:
        assert readings.counts()["packets"] == 4


def test_hj212_a_locked_database_is_spooled_and_caught_up(tmp_path):
    path, spool = tmp_path / "r.sqlite3", Spool(tmp_path / "0.frames")
    store = HotStore(path, timeout_s=0.02)
    store.register(DEVICES)
    other = sqlite3.connect(path, isolation_level=None)

    async def scene(receiver, port):
        other.execute("BEGIN IMMEDIATE")
        async with Client(port) as device:
            await device.say(*(frame(number) for number in range(20)))
            assert len(await device.answers(20)) == 20
            assert not spool.empty
            other.execute("ROLLBACK")
            await until(lambda: spool.empty)

    run(store, scene, spool)
    store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT qn FROM telemetry_packet ORDER BY id").fetchall() == [
            (message(number).qn,) for number in range(20)
        ]


def test_hj212_a_disk_that_is_really_full_acknowledges_nothing_and_loses_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no tmpfs may be mounted here (needs root)")
    try:
        path, spool = disk / "r.sqlite3", Spool(disk / "spool" / "0.frames")
        store = HotStore(path, timeout_s=0.02)
        store.register(DEVICES)
        answered: list[str] = []

        async def scene(receiver, port):
            async with Client(port) as device:
                await device.say(frame(0))
                answered.extend(a.qn for a in await device.answers(1))
                with (disk / "filling").open("wb", buffering=0) as other, contextlib.suppress(OSError):
                    while True:
                        other.write(b"x" * 4096)
                sent = 1
                while not receiver.counters.commit_failures_total:
                    await device.say(*(frame(number) for number in range(sent, sent + 10)))
                    sent += 10
                    await asyncio.sleep(0.02)
                while True:
                    try:
                        answered.extend(a.qn for a in await asyncio.wait_for(device.answers(1), 0.2))
                    except TimeoutError:
                        break
                assert len(answered) < sent  # neither the store nor the spool took the last ones
                (disk / "filling").unlink()  # somebody made room
                answered.extend(a.qn for a in await device.answers(sent - len(answered)))
                await until(lambda: spool.empty)
                assert answered == [message(number).qn for number in range(sent)]

        run(store, scene, spool)
        store.close()
        spool.close()
        with contextlib.closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert [qn for (qn,) in db.execute("SELECT qn FROM telemetry_packet ORDER BY id")] == answered
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def test_hj212_a_clock_stepped_back_loses_and_doubles_nothing(tmp_path):
    path, now = tmp_path / "r.sqlite3", [NOW_MS]
    store = HotStore(path)
    store.register(DEVICES)

    async def scene():
        receiver = Receiver(store, DEVICES, limits=QUICK, now_ms=lambda: now[0])
        port = await receiver.start()
        async with Client(port) as device:
            for number, step_ms in enumerate((0, -3_600_000, -5_000, 7_200_000)):
                now[0] += step_ms
                await device.say(frame(number), frame(number))  # each of them twice
                assert len(await device.answers(2)) == 2
        assert receiver.counters.ack_seconds_sum >= 0
        await receiver.stop()

    asyncio.run(scene())
    store.close()
    with Readings(path) as readings:
        assert readings.counts()["packets"] == 4
        assert readings.counts()["raw_frames"] == 8
        assert readings.last_heard()["QX-001"].timestamp() * 1000 == NOW_MS + 3_595_000  # the latest it ever was


def test_two_receivers_of_one_store_never_write_to_one_spool(tmp_path):
    first, second = OwnSpool(tmp_path / "r.spool"), OwnSpool(tmp_path / "r.spool")
    first.spool.append(pieces(0, 1))
    second.spool.append(pieces(1, 1))
    first.spool.append(pieces(2, 1))
    assert waiting(Spool(first.spool.path)) == pieces(0, 1) + pieces(2, 1)
    assert waiting(Spool(second.spool.path)) == pieces(1, 1)
    first.close()
    second.close()


@pytest.mark.parametrize("of", [1, 2])
def test_what_an_ended_process_left_is_taken_over_by_the_first_of_fewer(tmp_path, of):
    for number in (0, 1, 2, 3):
        Spool(tmp_path / f"{number}.frames").append(pieces(10 * number, 2))
    alive = OwnSpool(tmp_path, 3, 4)  # one of the four still runs: what is its own stays
    own = OwnSpool(tmp_path, 0, of)
    sibling = [1] if of == 2 else []  # it takes its own when it starts
    assert waiting(own.spool) == [p for n in (0, 1, 2) if n not in sibling for p in pieces(10 * n, 2)]
    assert [n for n in (0, 1, 2, 3) if (tmp_path / f"{n}.frames").exists()] == [0, *sibling, 3]
    assert waiting(alive.spool) == pieces(30, 2)
    own.close()
    alive.close()
    after = OwnSpool(tmp_path, 0, 1)
    assert sorted(waiting(after.spool)) == sorted(p for n in (0, 1, 2, 3) for p in pieces(10 * n, 2))
    after.close()
