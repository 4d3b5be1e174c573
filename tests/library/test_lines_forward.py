"""Forwarding to our own receiver as the upper platform: names, filters, 9014 awaited, and a kill in the middle."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta

from qingxi.receiver import Forwarder, Limits, Receiver
from qingxi.receiver.forward import translated
from qingxi.store import HotStore, Outgoing, open_side, publish, publish_platforms
from qingxi.wire import Device, Devices, Received
from qingxi.wire.hj212 import BEIJING, Parser, encode, upload
from qingxi.wire.platform import Platform

QINGXI = ("-c", "import sys; from qingxi.cli import main; sys.exit(main())")
START = datetime(2026, 11, 20, 8, tzinfo=BEIJING)
BELOW = Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002")])
ABOVE = Devices([Device("UP1", "up", "QX-001"), Device("M2", "up", "QX-002")])


def filled(path, packets, mn="M1"):
    """A store below that received so many packets of two devices, one bad frame and one stranger between."""
    hot = HotStore(path)
    for n in range(packets):
        at = START + timedelta(minutes=n)
        message = upload(
            "2011", mn=("M1", "M2")[n % 2], pw="pw", at=at, values={"cod": {"Rtd": 20 + n % 7, "Flag": "N"}}
        )
        frame = encode(message)
        received = Received(frame, "10.0.0.1:9", int(at.timestamp() * 1000))
        hot.keep_raw(received)
        hot.put(message, received)
        if n == packets // 2:
            for bad in (
                frame[:-6] + b"0000\r\n",
                encode(replace(message, mn="STRANGER")),
                encode(replace(message, pw="x")),
            ):
                hot.keep_raw(Received(bad, "10.0.0.1:9", received.at_ms))
        if n % 50 == 49:
            hot.commit()
    hot.commit()
    hot.close()
    side = open_side(path)
    publish(side, BELOW)
    return side


def kept(path):
    with sqlite3.connect(path) as db:
        return db.execute(
            "SELECT mn, data_s, version FROM telemetry_packet ORDER BY mn, data_s, version"
        ).fetchall()


def expected(packets):
    rows = [(("UP1", "M2")[n % 2], int((START + timedelta(minutes=n)).timestamp()), 1) for n in range(packets)]
    return sorted(rows)


def test_hj212_everything_goes_up_once_under_the_names_known_there(tmp_path):
    side = filled(tmp_path / "below.sqlite3", 120)
    frames = Outgoing(side)

    async def main():
        above = HotStore(tmp_path / "above.sqlite3")
        limits = replace(Limits.from_table(), clock_future_h=float("inf"))
        receiver = Receiver(above, ABOVE, limits=limits)
        port = await receiver.start()
        platform = Platform("市平台", "127.0.0.1", port, password="up", mns={"M1": "UP1", "M2": "M2"}, edition=2025)
        await asyncio.wait_for(Forwarder(platform, frames, lambda: BELOW).run(until_done=True), 30)
        told = frames.position("市平台")
        assert (told.acked, told.behind, told.state) == (120, 0, "rest")
        await asyncio.wait_for(Forwarder(platform, frames, lambda: BELOW).run(until_done=True), 30)
        assert frames.position("市平台").acked == 120  # nothing new, nothing said
        # only what is asked for: another platform hears M2 alone, and nothing from before its time
        since = int((START + timedelta(minutes=60)).timestamp() * 1000)
        narrow = Platform("县平台", "127.0.0.1", port, password="up", mns={"M2": "M2"}, since_ms=since)
        await asyncio.wait_for(Forwarder(narrow, frames, lambda: BELOW).run(until_done=True), 30)
        assert frames.position("县平台").acked == 30
        await receiver.stop()
        above.close()

    asyncio.run(main())
    assert kept(tmp_path / "above.sqlite3") == expected(120)
    side.close()


def test_hj212_a_platform_that_answers_nothing_loses_nothing(tmp_path):
    """It hears each packet as often as Table 1 says, the line is made anew, and all of it arrives when it wakes."""
    side = filled(tmp_path / "below.sqlite3", 10)
    frames, heard = Outgoing(side), []

    async def main():
        async def deaf(reader, writer):
            parser = Parser()
            while data := await reader.read(65536):
                parser.feed(data)
                while hasattr(said := parser.next_event(), "cn"):
                    heard.append(said)
            writer.close()

        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        platform = Platform("市平台", "127.0.0.1", port, password="up", mns={"M1": "UP1", "M2": "M2"}, edition=2025)
        one = asyncio.create_task(Forwarder(platform, frames, lambda: BELOW, timeout_s=0.1, retry_s=0.1).run())
        while frames.position("市平台").state != "down":
            await asyncio.sleep(0.05)
        one.cancel()
        server.close()
        assert frames.position("市平台").acked == 0
        assert frames.position("市平台").behind == 13  # ten packets, a bad frame, a stranger, a wrong password
        marked = [m.resent for m in heard if m.qn == heard[0].qn]
        assert marked == [False, True, True, True]
        above = HotStore(tmp_path / "above.sqlite3")
        receiver = Receiver(above, ABOVE, limits=replace(Limits.from_table(), clock_future_h=float("inf")))
        awake = replace(platform, port=await receiver.start())
        await asyncio.wait_for(Forwarder(awake, frames, lambda: BELOW).run(until_done=True), 30)
        await receiver.stop()
        above.close()

    asyncio.run(main())
    assert kept(tmp_path / "above.sqlite3") == expected(10)
    side.close()


def test_a_message_is_said_in_the_platforms_own_edition():
    message = upload("2011", mn="M1", pw="pw", at=START, values={"cod": {"Rtd": 1.0}}, edition=2025, resent=True)
    old = translated(message, Platform("a", "h", 1, mns={"M1": "UP1"}), "q", again=True)
    assert (old.mn, old.pw, old.edition, old.resent, old.answer_wanted) == ("UP1", "pw", 2017, False, True)
    new = translated(message, Platform("a", "h", 1, edition=2025, password="x"), "q", again=False)
    assert (new.mn, new.pw, new.edition, new.resent) == ("M1", "x", 2025, True)


def test_hj212_killed_in_the_middle_nothing_is_lost_or_doubled(tmp_path):
    """``qingxi forward`` is killed -9 three times while it forwards; above, every packet stands exactly once."""
    packets = 1200
    side = filled(tmp_path / "below.sqlite3", packets)
    devices = tmp_path / "above.csv"
    devices.write_text("mn,password,facility\nUP1,up,QX-001\nM2,up,QX-002\n", encoding="utf-8")
    above, port_file = tmp_path / "above.sqlite3", tmp_path / "port"
    receiver = subprocess.Popen(
        [sys.executable, *QINGXI, "receive", "--store", above, "--devices", devices, "--port-file", port_file, "--any-time", "--no-talk"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not port_file.exists():
            assert receiver.poll() is None
            time.sleep(0.02)
        port = int(port_file.read_text())
        publish_platforms(
            side,
            [Platform("市平台", "127.0.0.1", port, password="up", mns={"M1": "UP1", "M2": "M2"}, edition=2025)],
        )
        command = [sys.executable, *QINGXI, "forward", "--store", tmp_path / "below.sqlite3", "--until-done"]
        for share in (0.1, 0.4, 0.7):
            one = subprocess.Popen(command)
            while one.poll() is None and (not above.exists() or len(kept(above)) < share * packets):
                time.sleep(0.01)
            if one.poll() is None:
                os.kill(one.pid, signal.SIGKILL)
            one.wait()
        assert subprocess.run(command, timeout=60, check=False).returncode == 0
    finally:
        receiver.send_signal(signal.SIGTERM)
        receiver.wait(timeout=20)
    assert kept(above) == expected(packets)
    side.close()
