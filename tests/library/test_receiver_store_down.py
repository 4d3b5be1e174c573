"""The store full, locked or slow: nothing is acknowledged that is not in it, and the line goes on afterwards (hj212)."""

import asyncio
import sqlite3

from receiver_sinks import DEVICES, NOW_MS, QUICK, Client, frame, message

from qingxi.receiver import Receiver
from qingxi.store import HotStore, Readings


def with_store(path, scene):
    async def whole():
        store = HotStore(path)
        receiver = Receiver(store, DEVICES, limits=QUICK, now_ms=lambda: NOW_MS)
        port = await receiver.start()
        try:
            await scene(store, receiver, port)
        finally:
            await receiver.stop()
            store.close()
        return receiver

    return asyncio.run(whole())


def kept(path):
    with sqlite3.connect(path) as db:
        return [qn for (qn,) in db.execute("SELECT qn FROM telemetry_packet ORDER BY data_s")]


async def until(condition):
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("waited in vain")


def test_hj212_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path):
    path = tmp_path / "readings.sqlite3"
    answered = []

    async def scene(store, receiver, port):
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count={pages + 4}")  # what a full disk says: SQLITE_FULL
        async with Client(port) as device:
            sent = 0
            while not receiver.counters.commit_failures_total:
                await device.say(frame(sent))
                sent += 1
                await asyncio.sleep(0.01)
            while True:
                try:
                    answered.extend(await asyncio.wait_for(device.answers(1), 0.1))
                except TimeoutError:
                    break
            assert 0 < len(answered) < sent
            assert [a.qn for a in answered] == kept(path)  # exactly what is in the store
            store._db.execute("PRAGMA max_page_count=100000")  # somebody made room
            answered.extend(await device.answers(sent - len(answered)))
            assert [a.qn for a in answered] == kept(path) == [message(n).qn for n in range(sent)]

    with_store(path, scene)
    with Readings(path) as readings:
        assert readings.counts()["raw_frames"] == len(answered)  # a batch tried again is kept raw once


def test_hj212_a_locked_store_is_waited_for(tmp_path):
    path = tmp_path / "readings.sqlite3"

    async def scene(store, receiver, port):
        store._db.execute("PRAGMA busy_timeout=20")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with Client(port) as device:
            await device.say(frame(0))
            await until(lambda: receiver.counters.commit_failures_total >= 2)
            assert await device.hears_nothing()
            other.execute("ROLLBACK")
            await device.answers(1)
        other.close()

    with_store(path, scene)
    assert kept(path) == [message(0).qn]


def test_hj212_stopped_while_the_store_is_down_leaves_the_device_unanswered(tmp_path):
    path = tmp_path / "readings.sqlite3"

    async def scene(store, receiver, port):
        store._db.execute("PRAGMA busy_timeout=20")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with Client(port) as device:
            await device.say(frame(0))
            await until(lambda: receiver.counters.commit_failures_total)
            await receiver.stop()
            assert await device.reader.read() == b""  # closed without an answer: the device sends it again
        other.close()

    with_store(path, scene)
    assert kept(path) == []
