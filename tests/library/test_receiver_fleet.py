"""Several receiver processes behind one port, and what one process owes to the machine it runs on (hj212)."""

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lines_device import SmallDevice
from receiver_sinks import DEVICES, NOW_MS, QUICK, Client, Memory, frame, message

from qingxi.receiver import Counters, FillLimits, Member, Receiver, Talks, raise_socket_limit
from qingxi.wire.hj212 import BEIJING

REGISTER = "mn,password,facility\nM1,pw,QX-001\nM2,pw,QX-002\n"
_CODE = "import sys; from qingxi.cli import main; sys.exit(main())"


class Running:
    """``qingxi receive`` with members."""

    def __init__(self, folder: Path, *more: str, before: tuple[str, ...] = (), at: str = "--any-time") -> None:
        (folder / "devices.csv").write_text(REGISTER)
        self.store = folder / "r.sqlite3"
        self.run = subprocess.Popen(
            [*before, sys.executable, "-c", _CODE, "receive", "--store", str(self.store), "--devices",
             str(folder / "devices.csv"), *([at] if at else []), "--json", *more],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self.run.stdout.readline())

    def members(self) -> list[int]:
        return [int(n) for n in Path(f"/proc/{self.run.pid}/task/{self.run.pid}/children").read_text().split()]

    def stop(self) -> dict:
        self.run.terminate()
        out, _ = self.run.communicate(timeout=120)
        assert self.run.returncode == 0
        return json.loads(out)


def test_hj212_members_share_a_port_the_newest_line_wins_and_a_lost_member_comes_back(tmp_path):
    fleet = Running(tmp_path, "--processes", "2")

    async def say(client, number):
        await client.say(frame(number))
        (answer,) = await client.answers(1)
        assert answer.qn == message(number).qn

    async def scene():
        # The kernel shares lines out by their port: with so many, some older line is the other member's. The parent
        # passes on that the device has called anew, and every older line is hung up.
        # Each line has spoken before the next one calls: which is the newest is then the same for both members, however
        # late a member gets round to taking a call.
        lines = []
        for number in range(12):
            lines.append(await Client(fleet.port).__aenter__())
            await say(lines[-1], number)
        for line in lines[:-1]:
            assert await asyncio.wait_for(line.reader.read(1), 20) == b""
        await say(lines[-1], 100)
        for pid in fleet.members():
            os.kill(pid, signal.SIGKILL)
        for number in range(200, 300):
            try:
                async with Client(fleet.port) as device:
                    await asyncio.wait_for(say(device, number), 20)
                return
            except (AssertionError, OSError):
                await asyncio.sleep(0.2)
        raise AssertionError("no member came back")

    asyncio.run(scene())
    told = fleet.stop()
    assert (told["processes"], told["started_again"]) == (2, 2)
    with sqlite3.connect(fleet.store) as db:
        (packets,) = db.execute("SELECT count(*) FROM telemetry_packet").fetchone()
    assert packets >= 14


def test_hj212_word_that_a_device_called_elsewhere_hangs_up_its_older_line_only():
    async def scene():
        receiver = Receiver(Memory(), DEVICES, limits=QUICK, now_ms=lambda: NOW_MS)
        port = await receiver.start()
        ours, theirs = socket.socketpair()
        member = Member(receiver, theirs)
        await member.join()
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours)
        async with Client(port) as device, Client(port) as gateway:
            await device.say(frame(0))
            await device.answers(1)
            word = json.loads(await asyncio.wait_for(reader.readline(), 20))
            assert word["met"] == "M1"
            await gateway.say(frame(0, mn="M2"))
            await gateway.answers(1)
            for at_s in (word["at"] - 1, word["at"] + 1):  # an older call elsewhere, then a newer one
                writer.write(json.dumps({"met": "M1", "at": at_s}).encode() + b"\n")
                if at_s < word["at"]:
                    await device.say(frame(1))
                    await device.answers(1)
            assert await asyncio.wait_for(device.reader.read(1), 20) == b""
            await gateway.say(frame(1, mn="M2"))
            await gateway.answers(1)
        await receiver.stop()
        await member.leave()
        told = [json.loads(line) for line in (await reader.read()).splitlines()]
        assert told[-1]["counters"]["kept_total"] == 4
        writer.close()

    asyncio.run(scene())


def test_counters_of_members_add_up():
    one, other = (
        Counters(kept_total=2, quarantined={"crc": 1}),
        Counters(kept_total=3, quarantined={"crc": 2, "junk": 1}),
    )
    one.waited(0.007, 2)
    other.waited(0.007)
    total = Counters()
    for each in (one, Counters.from_json(json.loads(json.dumps(asdict(other))))):
        total.add(each)
    assert (total.kept_total, total.quarantined) == (5, {"crc": 3, "junk": 1})
    assert total.ack_seconds == {0.01: 3}


def test_talks_of_members_add_up_and_the_oldest_register_is_told():
    one, other = Talks(2, 24, 1, 9, 7, 1, 5), Talks(1, 6, 1, 4, 3, 1, 4)
    lost = Talks(8, 96, 2, 10, 6, 4, 3).gone()
    assert asdict(lost) == asdict(Talks(0, 0, 0, 10, 6, 4, 0))
    told = Talks.from_json(json.loads(json.dumps(asdict(other))))
    assert Talks.together([one, told], lost) == Talks(3, 30, 2, 23, 16, 6, 4)
    assert Talks.together([], lost).requests_total == 10
    page = one.prometheus().splitlines()
    assert page[:2] == [
        "# TYPE qingxi_receiver_backfill_pieces_waiting gauge",
        "qingxi_receiver_backfill_pieces_waiting 2",
    ]
    assert "# TYPE qingxi_receiver_requests_total counter" in page


def test_members_share_what_the_fleet_may_be_asked():
    whole = FillLimits(rate=400, burst=2000, devices=40, rest_s=600, refusals=3)
    assert whole.shared(1) == whole
    assert whole.shared(3) == replace(whole, rate=400 / 3, burst=2000 / 3, devices=13)
    few = replace(whole, burst=10, devices=2).shared(16)
    assert (few.burst, few.devices) == (1.0, 1)  # less than a packet or a device would ask nobody


def figures(port: int) -> dict[str, float]:
    """The leader's page: figures without a label."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(n) for name, _, n in (line.partition(" ") for line in lines if not line.startswith("#"))}


def with_page(folder: Path) -> tuple[Running, int]:
    """Two members and the port of their page; another one where the kernel gave the port away meanwhile."""
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            page = probe.getsockname()[1]
        try:
            return Running(folder, "--processes", "2", "--metrics-port", str(page), at=""), page
        except ValueError:  # it said no port and ended
            continue
    raise AssertionError("no port for the page")


def test_hj212_one_page_tells_what_all_members_asked_and_a_lost_members_stay_in_it(tmp_path):
    fleet, page = with_page(tmp_path)
    last = datetime.now(BEIJING).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    hours = {"2061": [last - timedelta(hours=n) for n in range(5)]}
    asked = "qingxi_receiver_requests_total"

    async def until(what, seconds=60):
        end = time.monotonic() + seconds
        while not await asyncio.to_thread(what):
            assert time.monotonic() < end, figures(page)
            await asyncio.sleep(0.2)

    def known_lines():
        with sqlite3.connect(fleet.store) as db:
            return db.execute("SELECT count(*) FROM telemetry_line").fetchone()[0]

    async def scene():
        devices = [SmallDevice(mn, memory=hours) for mn in ("M1", "M2")]
        assert figures(page)[asked] == 0
        for device in devices:  # the oldest of five hours; the books then know that four are lacking
            await device.connect(fleet.port)
            device.say("2061", hours["2061"][-1])
        await until(lambda: known_lines() == 2)
        for device in devices:
            await device.close()
            await device.connect(fleet.port)
            device.say("2061", hours["2061"][-1])  # a line is known by what it says
        await until(lambda: figures(page)["qingxi_receiver_requests_answered_total"] >= 2)
        told = figures(page)
        assert told[asked] == sum(len(device.asked) for device in devices)
        assert told["qingxi_receiver_requests_unanswered_total"] == 0
        assert told["qingxi_receiver_register_version"] >= 1
        for device in devices:
            await device.close()
        before = fleet.members()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await until(lambda: len(fleet.members()) == 2 and not set(before) & set(fleet.members()))
        await until(lambda: figures(page)["qingxi_receiver_register_version"] >= 1)
        assert figures(page)[asked] == told[asked]

    asyncio.run(scene())
    fleet.stop()


def test_the_soft_limit_on_sockets_is_raised_as_far_as_the_hard_one_lets():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert raise_socket_limit(before[1] + 10_000) == before[1] - 200 or before[1] == resource.RLIM_INFINITY
        assert raise_socket_limit(50) == 50
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_hj212_at_the_limit_new_lines_are_counted_and_refused_and_live_ones_go_on():
    async def scene():
        receiver = Receiver(Memory(), DEVICES, limits=replace(QUICK, connections=300), now_ms=lambda: NOW_MS)
        port = await receiver.start()
        live = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
        beyond = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for reader, writer in beyond:
            assert await asyncio.wait_for(reader.read(1), 20) == b""
            writer.close()
        assert receiver.counters.connections_refused == 20
        for number, (_, writer) in enumerate(live):
            writer.write(frame(number % 100))
        for reader, _ in live[-1:]:
            assert b"CN=9014" in await asyncio.wait_for(reader.readuntil(b"\n"), 20)
        live[0][1].close()
        await asyncio.sleep(0.1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)  # there is room again
        writer.write(frame(5))
        assert b"CN=9014" in await asyncio.wait_for(reader.readuntil(b"\n"), 20)
        for _, each in [*live, (reader, writer)]:
            each.close()
        await receiver.stop()

    asyncio.run(scene())


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_hj212_the_disk_has_it_before_the_answer_goes_out(tmp_path):
    trace = tmp_path / "trace"
    running = Running(
        tmp_path, "--no-talk",
        before=("strace", "-f", "-y", "-s", "24", "-e", "trace=fsync,fdatasync,sendto,write", "-o", str(trace)),
    )  # fmt: skip

    async def scene():
        async with Client(running.port) as device:
            for number in range(5):
                await device.say(frame(number))
                await device.answers(1)

    asyncio.run(scene())
    for pid in running.members():  # strace's child is the receiver
        os.kill(pid, signal.SIGTERM)
    running.run.wait(60)
    synced, order = False, []
    for line in trace.read_text().splitlines():
        if re.search(r"f(data)?sync\(\d+<[^>]*r\.sqlite3-wal>\)\s*= 0", line) or "fdatasync resumed" in line:
            synced = True
        elif (re.search(r'send(to|msg)\(\d+<[^>]*>, "##', line) and "TCP" in line) or '"##00' in line:
            order.append(synced)
            synced = False
    assert len(order) == 5
    assert all(order)
