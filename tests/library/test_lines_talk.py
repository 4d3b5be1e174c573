"""Gaps, back-fill, commands and the register beside a running receiver, on a real store."""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lines_device import SmallDevice

from qingxi.reading.grid import Slot
from qingxi.receiver import FillLimits, Limits, Piece, Receiver, Talker
from qingxi.store import Desk, HotStore, clocks, commands_of, publish, put_command
from qingxi.store.commands import Asked, claim_command, unclear_commands, waiting_commands, withdraw_command
from qingxi.store.quarantine import events_of
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, Message, encode

DEVICE = Device("M1", "pw", "QX-001", every_min=10)
QUICK = FillLimits(rate=10_000, burst=10_000, devices=10, rest_s=0.3, refusals=2)


def now():
    return datetime.now(BEIJING)


def whole(minutes):
    """The beginning of the last period of so many minutes that is over."""
    at = now() - timedelta(minutes=minutes)
    return at.replace(minute=at.minute // minutes * minutes if minutes < 60 else 0, second=0, microsecond=0)


async def until(what, seconds=8.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


def run(tmp_path, scene, devices=(DEVICE,), **more):
    async def main():
        path = tmp_path / "store.sqlite3"
        store = HotStore(path)
        desk = Desk(path, Piece)
        publish(desk.side, Devices(devices))
        receiver = Receiver(store, {}, limits=replace(Limits.from_table(), line_quiet_s=0.05))
        options = {"limits": QUICK, "tick_s": 0.03, "books_s": 0.1, "look_s": 0.2, "timeout_s": 0.4} | more
        talker = Talker(receiver, desk, **options)
        port = await receiver.start()
        await talker.start()
        try:
            await scene(receiver, talker, desk, port)
        finally:
            await receiver.stop()
            await talker.stop()
            store.close()
            desk.close()

    asyncio.run(main())


def remembered(hours, minutes, *, without=()):
    """A device's memory up to now: hourly and ten-minute means."""
    last_hour, last_ten = whole(60), whole(10)
    return {
        "2061": [last_hour - timedelta(hours=n) for n in range(hours)],
        "2051": [last_ten - timedelta(minutes=10 * n) for n in range(minutes) if n not in without],
    }


def test_hj212_gaps_after_an_outage_are_asked_for_newest_first_and_closed(tmp_path):
    device = SmallDevice(memory=remembered(8, 48))
    first = device.memory["2051"][-1], device.memory["2061"][-1]

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2051", first[0])
        device.say("2061", first[1])
        await until(
            lambda: (
                len(desk.book.lines()) == 2
                and all(desk.book.coverage(line, time.time()).share == 1 for line in desk.book.lines())
            )
        )
        lines = {line.kind: line for line in desk.book.lines()}
        late = desk.book.coverage(lines["minute"], time.time())
        assert late.live + late.late == late.due >= 47
        await device.close()

    run(tmp_path, scene)
    asked = [(m.cn, m.get("BeginTime")) for m in device.asked if m.cn.startswith("20")]
    assert asked[0][0] == "2061"  # hours first
    minutes = [begin for cn, begin in asked if cn == "2051"]
    assert minutes == sorted(minutes, reverse=True)
    assert len(minutes) == 2  # 8 hours in pieces of at most 6


def test_hj212_what_the_device_has_not_is_named_and_nobody_is_asked_twice(tmp_path):
    device = SmallDevice(memory={"2051": remembered(0, 30, without=range(10, 20))["2051"]})

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2051", device.memory["2051"][-1])
        await until(lambda: desk.book.lines() and desk.book.coverage(desk.book.lines()[0], time.time()).open == 0)
        (line,) = desk.book.lines()
        (gap,) = desk.book.gaps(line, time.time())
        assert (gap.slots, gap.why) == (10, Slot.NO_DATA)
        before = len(device.asked)
        await asyncio.sleep(0.6)  # three looks later
        assert len(device.asked) == before
        # what was named comes in after all: data stand over the reason
        device.say("2051", device.memory["2051"][9] - timedelta(minutes=10))
        await until(lambda: desk.book.gaps(line, time.time())[0].slots == 9)
        await device.close()

    run(tmp_path, scene)


def test_hj212_two_pieces_without_data_and_the_rest_is_beyond_memory(tmp_path):
    first = whole(60) - timedelta(hours=40)
    device = SmallDevice(memory={"2061": []})

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2061", first)
        await until(lambda: desk.book.lines() and desk.book.coverage(desk.book.lines()[0], time.time()).open == 0)
        (line,) = desk.book.lines()
        whys = [gap.why for gap in desk.book.gaps(line, time.time())]
        assert whys == [Slot.BEYOND, Slot.NO_DATA]
        assert sum(m.cn == "2061" for m in device.asked) == 2
        await device.close()

    run(tmp_path, scene)


def test_hj212_a_silent_device_is_asked_as_table_1_says_rests_and_is_asked_again(tmp_path):
    device = SmallDevice(memory=remembered(3, 0), mute=4)

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2061", device.memory["2061"][-1])
        await until(lambda: talker.unanswered_total == 1)
        assert len({m.qn for m in device.asked}) == 1
        assert len(device.asked) == 4  # said once, three times again
        await until(lambda: desk.book.coverage(desk.book.lines()[0], time.time()).open == 0)
        await device.close()

    run(tmp_path, scene, timeout_s=0.15)


def test_hj212_a_refusing_device_is_left_in_peace_and_its_gaps_are_named(tmp_path):
    device = SmallDevice(memory=remembered(3, 0), refuse=9)

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2061", device.memory["2061"][-1])
        await until(lambda: desk.book.lines() and desk.book.coverage(desk.book.lines()[0], time.time()).open == 0)
        assert {gap.why for gap in desk.book.gaps(desk.book.lines()[0], time.time())} == {Slot.REFUSED}
        assert len(device.asked) == 2
        await device.close()

    run(tmp_path, scene)


def test_hj212_commands_go_out_in_order_and_their_answer_is_kept(tmp_path):
    device = SmallDevice()

    async def scene(receiver, talker, desk, port):
        for token, cn, fields in (("a", "1062", {"RtdInterval": "60"}), ("b", "1012", {}), ("b", "1012", {})):
            put_command(desk.side, token, "M1", cn, fields, by="陈静", now_ms=receiver.now_ms(), life_ms=60_000)
        put_command(desk.side, "c", "GONE", "1011", {}, by="陈静", now_ms=receiver.now_ms(), life_ms=-1)
        await asyncio.sleep(0.2)
        assert commands_of(desk.side, "M1")[0].state is Asked.QUEUED  # nobody is there
        await device.connect(port)
        device.say("2051", whole(10))
        await until(lambda: [c.state for c in commands_of(desk.side, "M1")] == [Asked.DONE, Asked.DONE])
        assert [(m.cn, m.pw, m.st) for m in device.asked if m.cn != "2051"] == [
            ("1062", "pw", "32"),
            ("1012", "pw", "32"),
        ]
        said = next(m for m in device.asked if m.cn == "1012").get("SystemTime")
        assert abs((datetime.strptime(said, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING) - now()).total_seconds()) < 10
        assert commands_of(desk.side, "GONE")[0].state is Asked.EXPIRED
        await device.close()

    run(tmp_path, scene)


def test_hj212_a_device_that_cannot_be_spoken_to_keeps_nobody_else_from_it(tmp_path):
    # "HJ 212" written into the column of the edition; a password that would break the frame.
    odd = [Device("O1", "pw", "QX-002", edition=212), Device("O2", "p&&w", "QX-003")]
    devices = [SmallDevice("O1", memory=remembered(0, 9)), SmallDevice("M1", memory=remembered(0, 9))]

    async def scene(receiver, talker, desk, port):
        for mn in ("O1", "O2", "M1"):
            put_command(desk.side, mn, mn, "1011", {}, by="陈静", now_ms=receiver.now_ms(), life_ms=60_000)
        for device in devices:
            await device.connect(port)
            device.say("2051", device.memory["2051"][-1])
        receiver._sessions["O2"] = receiver._sessions.get("M1")  # its own frames would be none
        await until(lambda: commands_of(desk.side, "M1")[0].state is Asked.DONE)
        await until(lambda: all(commands_of(desk.side, mn)[0].state is Asked.FAILED for mn in ("O1", "O2")))
        why = commands_of(desk.side, "O2")[0].answer["why"]
        assert "密码" in why
        assert "p&&w" not in why  # a page shows it
        lines = {}
        await until(lambda: lines.update({each.mn: each for each in desk.book.lines()}) or "M1" in lines)
        await until(lambda: desk.book.coverage(lines["M1"], time.time()).share == 1)
        assert desk.book.coverage(lines["O1"], time.time()).open > 0  # its gaps stay open
        for device in devices:
            await device.close()

    run(tmp_path, scene, devices=[*odd, DEVICE])


def test_books_of_years_are_read_once_a_process_and_what_passes_the_memory_is_named(tmp_path, monkeypatch):
    HotStore(tmp_path / "s.sqlite3").close()
    desk = Desk(tmp_path / "s.sqlite3", Piece)
    day, now_s = 86_400, 1_790_000_000
    since_s = now_s - 1000 * day
    with desk.side.writing():
        desk.side.run("INSERT INTO telemetry_line VALUES ('M1', 'hour', ?, ?, 3600, 1)", (since_s, now_s))
    read = []
    days = desk.book.days
    monkeypatch.setattr(desk.book, "days", lambda line, a, b: read.append((b - a) // day) or days(line, a, b))

    def named():
        (line,) = desk.book.lines()
        return [(gap.why, round(gap.slots / 24)) for gap in desk.book.gaps(line, now_s)]

    desk.pieces(["M1"], now_s)
    assert named() == [(Slot.BEYOND, 970), (Slot.MISSING, 30)]
    read.clear()
    desk.pieces(["M1"], now_s)
    assert read[0] <= 31
    now_s += 40 * day  # it was away for longer than it remembers
    read.clear()
    desk.pieces(["M1"], now_s)
    assert read[0] <= 71
    assert named() == [(Slot.BEYOND, 1010), (Slot.MISSING, 30)]
    desk.close()


def test_a_command_is_taken_once_withdrawn_in_time_and_unclear_after_a_crash(tmp_path):
    HotStore(tmp_path / "s.sqlite3").close()
    one, two = Desk(tmp_path / "s.sqlite3", Piece), Desk(tmp_path / "s.sqlite3", Piece)
    put_command(one.side, "t", "M1", "3012", {"PolId": "w01018"}, by="陈静", now_ms=1000, life_ms=10**15)
    (waiting,) = waiting_commands(one.side, 2000)
    assert claim_command(one.side, waiting.id, "q", 3000)
    assert not claim_command(two.side, waiting.id, "q2", 3000)
    assert not withdraw_command(two.side, "t", 4000)
    assert unclear_commands(two.side, 3001, 5000) == 1
    assert commands_of(one.side, "M1")[0].state is Asked.UNCLEAR
    one.close()
    two.close()


def test_hj212_a_wrong_clock_is_an_event_and_is_set_once_a_day(tmp_path):
    device = SmallDevice(offset_s=-1800)

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2011", device.clock())
        await until(lambda: any(m.cn == "1012" for m in device.asked))
        (clock,) = clocks(desk.side)
        assert -1801 < clock.offset_s < -1798
        assert clock.wrong_since_ms
        assert clock.set_ms
        device.offset_s = -1800  # it does not keep the time
        device.say("2011", device.clock() + timedelta(seconds=5))
        await asyncio.sleep(0.7)
        assert sum(m.cn == "1012" for m in device.asked) == 1
        device.offset_s = 0
        device.say("2011", device.clock() + timedelta(seconds=9))
        await until(lambda: [kind for kind, _, _ in events_of(desk.side, "M1")] == ["clock-right", "clock-wrong"])
        await device.close()

    run(tmp_path, scene)


def test_hj212_the_register_is_read_again_without_a_restart(tmp_path):
    device = SmallDevice(mn="M2")

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2051", whole(10))
        await until(lambda: receiver.counters.quarantined == {"unknown-device": 1})
        publish(desk.side, Devices([DEVICE, Device("M2", "pw", "QX-002", peers=("127.0.0.0/8",))]))
        await until(lambda: "M2" in receiver.devices)
        qn = device.say("2051", whole(10))
        await until(lambda: qn in device.acked)
        publish(desk.side, Devices([DEVICE, Device("M2", "pw", "QX-002", peers=("10.0.0.0/8",))]))
        await until(lambda: receiver.devices["M2"].peers == ("10.0.0.0/8",))
        device.say("2051", whole(10))
        await until(lambda: receiver.counters.quarantined.get("peer") == 1)
        await device.close()

    run(tmp_path, scene)


def test_hj212_a_device_behind_its_vendors_cloud_is_never_asked(tmp_path):
    device = SmallDevice(memory=remembered(3, 0))

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        device.say("2061", device.memory["2061"][-1])
        await until(lambda: desk.book.lines())
        await asyncio.sleep(0.5)
        assert device.asked == []
        await device.close()

    run(tmp_path, scene, devices=[replace(DEVICE, behind_cloud=True)])


@pytest.mark.parametrize("kill", [0, 1, 7])
def test_the_gap_books_go_on_where_they_stood(tmp_path, kill):
    """Marked in one go or in pieces by processes that follow each other: the same books."""
    from qingxi.wire import Received
    from qingxi.wire.hj212 import encode, upload

    start = datetime(2026, 11, 1, tzinfo=BEIJING)
    path = tmp_path / "s.sqlite3"
    hot = HotStore(path)
    for n in [*range(20), *range(30, 40)]:
        at = start + timedelta(minutes=10 * n)
        message = upload("2051", mn="M1", pw="pw", at=at, values={"cod": {"Avg": 1.0}}, sent_at=at)
        received = Received(encode(message), "10.0.0.1:1", int(at.timestamp() * 1000) + 600_000)
        hot.keep_raw(received)
        hot.put(message, received)
        hot.commit()
        if kill and n % kill == 0:
            desk = Desk(path, Piece)
            desk.catch_up()
            desk.close()
    hot.close()
    desk = Desk(path, Piece)
    publish(desk.side, Devices([DEVICE]))
    desk.catch_up()
    desk.catch_up()
    (line,) = desk.book.lines()
    end_s = (start + timedelta(minutes=400, seconds=200)).timestamp()
    (gap,) = desk.book.gaps(line, end_s)
    assert (gap.first_s, gap.slots) == (int((start + timedelta(minutes=200)).timestamp()), 10)
    told = desk.book.coverage(line, end_s)
    assert (told.due, told.live) == (40, 30)
    desk.close()


def test_hj212_a_device_that_asks_for_the_time_is_told_it(tmp_path):
    # HJ 212-2017 C.4: 1013, its 9013, and then a 1012 of the server's own; not again within ten minutes
    device = SmallDevice(offset_s=-40.0)

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        for number in range(2):
            at = f"{device.clock():%Y%m%d%H%M%S}00{number}"
            asks = Message("1013", "M1", qn=at, pw="pw", flag=5, groups=((("PolId", "w01018"),),))
            device.writer.write(encode(asks))
        await until(lambda: commands_of(desk.side, "M1") and commands_of(desk.side, "M1")[0].state == "done")
        assert [said.cn for said in device.asked] == ["9013", "9013", "1012"]
        told = device.asked[-1]
        assert told.get("PolId") == "w01018"
        assert abs(
            datetime.strptime(told.get("SystemTime"), "%Y%m%d%H%M%S").replace(tzinfo=BEIJING) - now()
        ) < timedelta(seconds=30)
        (order,) = commands_of(desk.side, "M1")
        assert order.asked_by == "设备请求校时"

    run(tmp_path, scene)


def test_hj212_states_of_equipment_do_not_stop_the_books(tmp_path):
    # 2021 and 2041 are data of no period: they once ended every look at the books
    device = SmallDevice(memory=remembered(1, 3))

    async def scene(receiver, talker, desk, port):
        await device.connect(port)
        for cn in ("2021", "2041", "2051"):
            device.say(cn, whole(10))
        await until(lambda: [clock.mn for clock in clocks(desk.side)] == ["M1"])

    run(tmp_path, scene)
