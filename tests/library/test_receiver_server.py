"""The receiver over real TCP: durable before acknowledged, and everything else it promises (hj212)."""

import asyncio
import socket
from dataclasses import replace

import pytest
from receiver_sinks import DEVICES, NOW_MS, QUICK, START, Client, Memory, frame, message, run

from qingxi.receiver import Receiver, read_devices, refusal, serve_metrics
from qingxi.store import HotStore, Readings
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, Message, encode, qn_of, upload


def test_hj212_nothing_is_acknowledged_before_it_is_committed():
    sink = Memory()
    sink.gate.clear()

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0))
            await asyncio.to_thread(sink.in_commit.wait, 20)
            assert await device.hears_nothing()
            assert sink.kept == []
            sink.gate.set()
            (answer,) = await device.answers(1)
            assert (answer.cn, answer.st, answer.mn, answer.qn, answer.flag) == (
                "9014",
                "91",
                "M1",
                message(0).qn,
                4,
            )
            assert sink.kept == [message(0)]

    run(sink, scene)


def test_hj212_a_line_whose_other_end_vanished_without_a_word_is_given_up():
    async def scene(receiver, port):
        loop = asyncio.get_running_loop()
        gone, quiet = socket.socket(), socket.socket()
        for each in (gone, quiet):
            each.setblocking(False)
            await loop.sock_connect(each, ("127.0.0.1", port))
        while receiver.counters.connections_open < 2:
            await asyncio.sleep(0.01)
        try:
            gone.setsockopt(socket.IPPROTO_TCP, 19, 1)  # TCP_REPAIR: closing it tells the other end nothing
        except PermissionError:
            pytest.skip("only root may leave a line without a word")
        gone.close()
        await asyncio.sleep(0.3)
        assert receiver.counters.connections_open == 2  # it does not know yet
        for _ in range(400):
            if receiver.counters.connections_open == 1:
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert receiver.counters.connections_open == 1  # and who only has nothing to say stays
        quiet.close()

    run(Memory(), scene, limits=replace(QUICK, line_alive_s=1.0))


def test_hj212_lines_are_asked_whether_they_are_alive():
    async def scene(receiver, port):
        async with Client(port):
            while not receiver.counters.connections_open:
                await asyncio.sleep(0.01)
            (line,) = receiver._connections.values()
            taken = line._transport.get_extra_info("socket")
            assert taken.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            if hasattr(socket, "TCP_KEEPIDLE"):
                assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 300

    run(Memory(), scene)


def test_hj212_a_line_that_never_listens_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("qingxi.receiver.connection._MOST_UNREAD", 20_000)

    async def scene(receiver, port):
        loop = asyncio.get_running_loop()
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, ("127.0.0.1", port))
        while not receiver.counters.connections_open:
            await asyncio.sleep(0.01)
        (line,) = receiver._connections.values()
        line._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        frames = b"".join(frame(number) for number in range(50))
        for _ in range(200):
            try:
                await asyncio.wait_for(loop.sock_sendall(deaf, frames), 5)
            except ConnectionError:
                break
            await asyncio.sleep(0.01)
            if not receiver.counters.connections_open:
                break
        assert receiver.counters.connections_open == 0
        assert receiver.counters.hung_up_total == 1
        deaf.close()

    run(Memory(), scene, limits=replace(QUICK, clock_future_h=1e9))


def test_hj212_a_failed_commit_is_never_acknowledged_and_tried_again():
    sink = Memory()
    sink.failures = 3

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0), frame(1))
            answers = await device.answers(2)
            assert [a.qn for a in answers] == [message(0).qn, message(1).qn]
            assert sink.failures == 0  # the answers came after the last failure

    receiver = run(sink, scene)
    assert receiver.counters.commit_failures_total == 3
    assert sink.kept == [message(0), message(1)]
    assert sink.calls.count(("rollback",)) == 3


def test_hj212_bytes_are_kept_before_anybody_reads_them():
    sink = Memory()

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(b"noise\r\n", frame(0))
            await device.answers(1)

    run(sink, scene)
    assert [call[0] for call in sink.calls] in (
        ["raw", "quarantine", "raw", "put", "commit"],
        ["raw", "quarantine", "commit", "raw", "put", "commit"],
    )
    assert sink.calls[0] == ("raw", b"noise\r\n")


def test_hj212_what_is_quarantined_is_never_acknowledged_and_the_line_goes_on():
    sink = Memory()
    broken = frame(5).replace(b"45.2", b"45.3")
    future = encode(upload("2011", mn="M1", pw="pw", at=START.replace(year=2027), values={"cod": {"Rtd": 1}}))

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(
                broken, frame(1, mn="STRANGER"), frame(2, pw="wrong"), frame(3, mn="OFF"), future, frame(4)
            )  # fmt: skip
            answers = await device.answers(1)
            assert [a.qn for a in answers] == [message(4).qn]
            assert await device.hears_nothing()

    receiver = run(sink, scene)
    assert sink.quarantined == [
        ("crc", "M1"), ("unknown-device", "STRANGER"), ("password", "M1"), ("disabled-device", "OFF"), ("clock", "M1"),
    ]  # fmt: skip
    assert sink.kept == [message(4)]
    assert receiver.counters.quarantined == {why: 1 for why, _ in sink.quarantined}


def test_hj212_a_message_the_store_cannot_keep_does_not_stop_the_others():
    sink = Memory()
    sink.refuse = {message(1).qn}

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0), frame(1), frame(2))
            answers = await device.answers(2)
            assert [a.qn for a in answers] == [message(0).qn, message(2).qn]

    run(sink, scene)
    assert sink.kept == [message(0), message(2)]
    assert sink.quarantined == [("not-kept", "M1")]


def test_hj212_a_message_that_only_the_commit_refuses_is_found_and_the_others_are_answered():
    class Refuses(Memory):
        def commit(self):
            if any(call[0] == "put" and call[1].qn in self.refused for call in self.batch):
                raise ValueError("value 7 is too long\nLINE 3")
            super().commit()

    sink = Refuses()
    sink.refused = {message(2).qn, message(5).qn}

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(*(frame(number) for number in range(8)))
            answers = await device.answers(6)
            assert [a.qn for a in answers] == [message(number).qn for number in (0, 1, 3, 4, 6, 7)]

    run(sink, scene)
    assert sink.kept == [message(number) for number in (0, 1, 3, 4, 6, 7)]
    assert sink.quarantined == [("not-kept", "M1")] * 2


def test_hj212_no_answer_unless_asked_and_a_heartbeat_gets_a_9013():
    sink = Memory()
    heartbeat = encode(Message(cn="9015", mn="M1", qn=qn_of(START), pw="pw", flag=9))

    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0, answer=False), heartbeat)
            (answer,) = await device.answers(1)
            assert (answer.cn, answer.flag) == ("9013", 8)  # Flag of the device's version: 2025

    run(sink, scene)
    assert len(sink.kept) == 2


def test_hj212_a_frame_without_line_end_is_read_once_the_line_is_quiet():
    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0).rstrip(b"\r\n"))
            await device.answers(1)

    receiver = run(Memory(), scene)
    assert receiver.counters.oddities == {"NO_LINE_END": 1}


def test_hj212_reading_pauses_when_too_much_waits_for_the_store():
    sink = Memory()
    sink.gate.clear()
    count = 8_000
    highest = 0

    async def scene(receiver, port):
        nonlocal highest

        async def watch():
            nonlocal highest
            while True:
                highest = max(highest, receiver.counters.pending)
                await asyncio.sleep(0.001)

        watcher = asyncio.create_task(watch())
        async with Client(port) as device:
            sending = asyncio.create_task(device.say(*(frame(n) for n in range(count))))
            await asyncio.to_thread(sink.in_commit.wait, 20)
            assert await device.hears_nothing()
            assert receiver.counters.paused_total == 1
            sink.gate.set()
            answers = await device.answers(count)
            await sending
            assert [a.qn for a in answers] == [message(n).qn for n in range(count)]
        watcher.cancel()

    run(sink, scene, limits=replace(QUICK, pending_packets=50, batch_packets=20, clock_future_h=float("inf")))
    # One read of the socket may bring 256 KiB, about 1,700 frames of 155 bytes, before the pause takes hold.
    assert 50 <= highest < 4_000
    assert len(sink.kept) == count


def test_hj212_the_newest_line_of_a_device_wins_and_a_gateway_is_left_alone():
    async def scene(receiver, port):
        async with Client(port) as gateway, Client(port) as old, Client(port) as new:
            await gateway.say(frame(0, mn="M1"), frame(0, mn="M2"))
            await gateway.answers(2)
            await old.say(frame(1, mn="M2"))
            await old.answers(1)
            await new.say(frame(2, mn="M2"))
            await new.answers(1)
            assert await old.reader.read(1) == b""  # hung up
            await gateway.say(frame(3, mn="M1"))
            await gateway.answers(1)  # still there

    run(Memory(), scene)


def test_hj212_at_the_limit_new_lines_are_refused_and_live_ones_go_on():
    async def scene(receiver, port):
        async with Client(port) as first:
            await first.say(frame(0))
            await first.answers(1)
            async with Client(port) as second:
                assert await second.reader.read(1) == b""
            await first.say(frame(1))
            await first.answers(1)

    receiver = run(Memory(), scene, limits=replace(QUICK, connections=1))
    assert receiver.counters.connections_refused == 1


def test_hj212_a_line_of_nothing_but_junk_is_closed_and_does_not_fill_the_quarantine():
    sink = Memory()

    async def scene(receiver, port):
        async with Client(port) as noise:
            await noise.say(b"junk\r\n" * 5000)
            assert await noise.reader.read(1) == b""
        async with Client(port) as device:  # one bad frame between good ones is no reason
            for number in range(15):
                await device.say(b"junk\r\n", frame(number))
                await device.answers(1)

    receiver = run(sink, scene, limits=replace(QUICK, bad_in_a_row=10))
    assert len(sink.quarantined) == 10 + 15
    assert receiver.counters.hung_up_total == 1


def test_hj212_stopping_commits_and_answers_what_was_received():
    sink = Memory()
    sink.gate.clear()

    async def whole():
        receiver = Receiver(sink, DEVICES, limits=QUICK, now_ms=lambda: NOW_MS)
        port = await receiver.start()
        async with Client(port) as device:
            await device.say(frame(0))
            await asyncio.to_thread(sink.in_commit.wait, 20)
            stopping = asyncio.create_task(receiver.stop())
            await asyncio.sleep(0.05)
            sink.gate.set()
            await device.answers(1)
            await stopping

    asyncio.run(whole())
    assert sink.kept == [message(0)]


def test_hj212_counters_are_served_for_prometheus():
    async def scene(receiver, port):
        async with Client(port) as device:
            await device.say(frame(0), b"noise\r\n")
            await device.answers(1)
        server = await serve_metrics(receiver.counters.prometheus)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        page = (await reader.read()).decode()
        writer.close()
        server.close()
        assert "200 OK" in page
        assert "qingxi_receiver_acknowledged_total 1" in page
        assert "\nqingxi_receiver_messages_total 1" in page
        assert 'qingxi_receiver_ack_seconds_bucket{le="+Inf"} 1' in page
        assert "\nqingxi_receiver_ack_seconds_count 1" in page

    run(Memory(), scene)


def test_hj212_two_receivers_share_one_port_and_one_store(tmp_path):
    path = tmp_path / "readings.sqlite3"

    async def whole():
        stores = [HotStore(path), HotStore(path)]
        receivers = [Receiver(store, DEVICES, limits=QUICK, now_ms=lambda: NOW_MS) for store in stores]
        port = await receivers[0].start(share_port=True)
        assert await receivers[1].start(port=port, share_port=True) == port
        sent = 0
        while not all(receiver.counters.kept_total for receiver in receivers):  # the kernel shares the lines out
            async with Client(port) as device:
                await device.say(frame(sent))
                await device.answers(1)
            sent += 1
            assert sent < 200
        for receiver in receivers:
            await receiver.stop()
        for store in stores:
            store.close()
        return sent

    sent = asyncio.run(whole())
    with Readings(path) as readings:
        assert readings.counts()["packets"] == sent


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (message(0), None),
        (message(0, mn="M9"), "unknown-device"),
        (message(0, mn="OFF"), "disabled-device"),
        (message(0, pw="PW"), "password"),
        (message(0, pw="密码"), "password"),
        (message(191), None),  # 23 h 45 min ahead of a clock that stands at 00:00 of the next day
        (message(193), "clock"),  # 24 h 15 min ahead
        (message(-96 * 400), None),  # late data are welcome
    ],
)
def test_hj212_who_is_refused(said, why):
    found = refusal(said, DEVICES, NOW_MS, 24.0)
    assert (found[0] if found else None) == why


def test_hj212_register_of_devices_with_every_fault_at_once(tmp_path):
    path = tmp_path / "设备.csv"
    text = "MN,密码,设施编号,监测点,协议版本,启用\nA1,pw,QX-001,进水,hj212-2025,是\nA1,pw,QX-002,,,\n,pw,QX-003,,,\nA2,pw,QX-004,屋顶,,\nA3,pw,QX-005,,,停用\nA4,pw,QX-006,,HJ 212,\n"
    path.write_bytes(text.encode("gbk"))
    devices, faults = read_devices(path)
    assert devices == Devices(
        [
            Device("A1", "pw", "QX-001", point="influent", edition=2025),
            Device("A3", "pw", "QX-005", enabled=False),
        ]
    )
    assert [(fault.row, fault.code) for fault in faults] == [
        (3, "device-twice"),
        (4, "device-row"),
        (5, "device-row"),
        (7, "device-row"),
    ]
    assert "2017" in faults[-1].value
    path.write_bytes(b"")
    assert [fault.code for fault in read_devices(path)[1]] == ["device-no-mn-column"]


def test_hj212_clock_of_the_tests_is_the_day_after_the_first_frame():
    assert NOW_MS / 1000 - START.timestamp() == 86400
    assert START.tzinfo is BEIJING
