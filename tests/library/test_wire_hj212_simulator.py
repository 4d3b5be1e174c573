"""Simulated devices: on time, with memory, through outages, in every odd way, on real lines (hj212)."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from receiver_sinks import Memory

from qingxi.cli import main
from qingxi.receiver import Receiver, read_devices
from qingxi.receiver.plans import read_plans
from qingxi.receiver.simulated import Fleet
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, NEED_MORE, Message, Oddity, Parser, State, encode, upload
from qingxi.wire.hj212.odd import ODD_WAYS, odd_frame
from qingxi.wire.hj212.simulator import DevicePlan, SimulatedDevice, fleet
from qingxi.wire.hj212.turn import Timing, What
from qingxi.wire.hj212.upper import UpperEnd

NOON = datetime(2026, 10, 1, 12, 0, 5, tzinfo=BEIJING).timestamp()
PLAN = DevicePlan("M1", sensors=("cod",), rtd_s=0)


class Bench:
    """A device and an upper end on one table; the upper end keeps all at once."""

    def __init__(self, plan=PLAN, *, edition=2017):
        self.now = NOON
        self.device = SimulatedDevice(plan, NOON)
        self.upper = UpperEnd(plan.mn, plan.pw, st=plan.st, edition=edition, sm4_key=plan.sm4_key)
        self.kept: list[Message] = []
        self.settled = []
        self.deaf = False
        self.pass_on(self.device.connected(self.now))

    def pass_on(self, out: bytes) -> None:
        while out and not self.deaf:
            turn = self.upper.receive(out, self.now)
            for one in list(turn.happened):
                if one.what in (What.DATA, What.NOTICE):
                    self.kept.append(one.message)
                    turn.add(self.upper.keep(one.message, self.now))
                elif one.what is What.SETTLED:
                    self.settled.append(one.exchange)
            out = self.device.receive(b"".join(turn.frames("upper", self.upper.sm4_key)), self.now)

    def ask(self, cn, **fields):
        frames = self.upper.ask(cn, self.now, **fields).frames("upper", self.upper.sm4_key)
        self.pass_on(self.device.receive(b"".join(frames), self.now))
        return self.settled[-1]

    def live(self, seconds: float) -> None:
        until = self.now + seconds
        while self.device.wake <= until:
            self.now = self.device.wake
            self.pass_on(self.device.tick(self.now))
        self.now = until


def times(messages, cn):
    return [m.data_time[8:12] for m in messages if m.cn == cn]


def test_hj212_statistics_come_when_their_period_has_ended():
    bench = Bench()
    bench.live(3700)
    # From 12:00: the first period that ends is 12:00 to 12:10, its label is its beginning (table 4)
    assert times(bench.kept, "2051") == ["1200", "1210", "1220", "1230", "1240", "1250"]
    assert times(bench.kept, "2061") == ["1200"]
    assert bench.kept[0].cn == "2081"
    assert bench.device.counts["ACKNOWLEDGED"] == 8


def test_hj212_a_wrong_clock_shows_in_its_labels_until_it_is_set():
    bench = Bench(replace(PLAN, clock_offset_s=1200.0))
    bench.live(700)
    assert times(bench.kept, "2051") == ["1220"]
    told = bench.ask("1011")
    assert told.data[0].get("SystemTime") == "20261001123145"  # 12:11:45 and twenty minutes
    assert bench.ask("1012", SystemTime="20261001121145").state is State.DONE
    bench.live(1200)
    assert times(bench.kept, "2051")[1:] == ["1210", "1220"]


def test_hj212_back_fill_gives_what_was_measured_also_while_the_line_was_down():
    bench = Bench()
    bench.live(1210)
    live = [m for m in bench.kept if m.cn == "2051"]
    asked = bench.ask("2051", BeginTime="20261001112000", EndTime="20261001121000")
    assert (asked.state, asked.code) == (State.DONE, 1)
    assert times(asked.data, "2051") == ["1120", "1130", "1140", "1150", "1200", "1210"]
    # What was sent live and what is asked for later are equal, but for their request numbers.
    assert [m.groups for m in asked.data[-2:]] == [m.groups for m in live]
    assert bench.ask("2061", BeginTime="20270101000000", EndTime="20270102000000").code == 100  # no data yet
    assert bench.ask("2061", BeginTime="20261001120000", EndTime="20261001110000").code == 3


def test_hj212_without_power_there_is_nothing_to_ask_for():
    bench = Bench(replace(PLAN, dead=((595.0, 1795.0),)))
    bench.live(3600)
    asked = bench.ask("2051", BeginTime="20261001120000", EndTime="20261001124000")
    # Dead from 12:10 to 12:30
    assert times(asked.data, "2051") == ["1200", "1230", "1240"]


def test_hj212_after_an_outage_it_sends_again_what_it_owes():
    plan = replace(PLAN, edition=2025, outages=((500.0, 2000.0),), recovers="resends")
    bench = Bench(plan, edition=2025)
    bench.live(500)
    assert not bench.device.line_up(bench.now)
    bench.device.disconnected(bench.now)
    bench.live(1500)
    assert times(bench.kept, "2051") == []
    bench.pass_on(bench.device.connected(bench.now))
    again = [m for m in bench.kept if m.cn == "2051"]
    assert times(again, "2051") == [
        "1200",
        "1210",
        "1220",
    ]  # 12:00 was due at 12:10, ten minutes after the line went
    assert all(m.resent and m.extra == (("RF", "1"),) and m.oddities == () for m in again)


def test_hj212_settings_are_kept_and_told():
    bench = Bench()
    assert bench.ask("1061").data[0].get("RtdInterval") == "0"
    assert bench.ask("1062", RtdInterval="30").state is State.DONE
    assert bench.ask("1061").data[0].get("RtdInterval") == "30"
    assert bench.ask("1062", RtdInterval="5").code == 3  # 30 to 3600
    assert bench.ask("1064", MinInterval="15").state is State.DONE
    assert bench.ask("2011").state is State.DONE
    bench.live(95)
    assert times(bench.kept, "2011") == ["1200", "1201", "1201"]
    assert bench.ask("2012").state is State.DONE
    assert bench.ask("1000", OverTime="7", ReCount="2").state is State.DONE
    assert bench.device.end.timing == Timing(7, 2)
    assert bench.ask("1072", NewPW="654321").state is State.DONE
    assert bench.ask("1061").code == 3  # the old password


def test_hj212_controls_are_carried_out_or_refused():
    bench = Bench(replace(PLAN, refuses=("3013",)))
    assert bench.ask("3012", PolId="w01018").state is State.DONE
    refused = bench.ask("3013", PolId="w01018")
    assert (refused.state, refused.code) == (State.REFUSED, 2)
    assert bench.device.logger.deeds == ["3012"]


@pytest.mark.parametrize("cn", ["1011", "1061", "1063", "3015", "3017", "3018", "3019", "3020"])
def test_hj212_every_question_is_answered_with_its_fields(cn):
    from qingxi.wire.hj212.fields import field_faults
    from qingxi.wire.hj212.flow import flow_of

    bench = Bench(replace(PLAN, rtd_s=60))
    fields = {"PolId": "w01018"} if cn in ("3017", "3018", "3019", "3020") else {}
    if cn == "3020":
        fields["InfoId"] = "i13004"
    told = bench.ask(cn, **fields)
    assert told.state is State.DONE
    assert field_faults(told.data[0].pairs(), flow_of(cn, "upper").gives) == ()


def test_hj212_a_long_data_area_is_split_and_every_part_is_answered():
    bench = Bench(replace(PLAN, sensors=("flow", "cod", "nh3n", "tp", "tn", "ph"), split_bytes=200))
    bench.live(610)
    parts = [m for m in bench.kept if m.cn == "2051"]
    assert [(m.pnum, m.pno, m.flag) for m in parts] == [(3, 1, 7), (3, 2, 7), (3, 3, 7)]
    assert len({m.qn for m in parts}) == 3  # C.50: a QN each
    assert times(parts, "2051") == ["1200"] * 3


def test_hj212_encrypted_both_ways():
    bench = Bench(replace(PLAN, edition=2025, sm4_key=b"0" * 16), edition=2025)
    bench.live(610)
    assert [m.encrypted for m in bench.kept] == [True, True]  # 2081 and 2051
    assert bench.ask("1014", SKCreateTime="20261001120000000", NewSK="1" * 16).state is State.DONE
    assert bench.device.end.sm4_key == b"1" * 16
    bench.upper.sm4_key = b"1" * 16
    bench.live(600)
    assert len(bench.kept) == 3


TALK = upload(
    "2011", mn="A110000_0001", pw="123456", at=datetime(2026, 7, 6, 10, 35, tzinfo=BEIJING),
    values={"w01001": {"Rtd": "7.10", "Flag": "N"}, "w01018": {"Rtd": "40.1", "Flag": "N"}},
)  # fmt: skip


def seen(raw: bytes, key: bytes = b""):
    parser = Parser(lambda mn: key)
    parser.feed(raw)
    parser.settle()
    event = parser.next_event()
    assert parser.next_event() is NEED_MORE
    return event


@pytest.mark.parametrize("name", ODD_WAYS)
def test_hj212_every_odd_way_is_seen_flagged_and_not_mended(name):
    key = b"0" * 16 if name == "length-of-plaintext" else b""
    # A checksum that has letters, where their case matters
    message = next(m for m in (replace(TALK, mn=f"M{k}") for k in range(99)) if not encode(m)[-6:-2].isdigit())
    raw = odd_frame(message, [name], sm4_key=key)
    event = seen(raw, key)
    assert isinstance(event, Message), event
    assert ODD_WAYS[name].oddity in event.oddities
    assert event.raw == raw


def test_hj212_there_is_an_odd_way_for_every_oddity_and_a_plain_one_for_none():
    assert {way.oddity for way in ODD_WAYS.values()} == set(Oddity)
    assert odd_frame(TALK, []) == encode(TALK)


def test_hj212_unknown_settings_are_refused_in_words():
    for wrong in ({"oddities": ("none",)}, {"recovers": "x"}, {"edition": 2018}, {"minutes": 7}, {"sm4_key": b"1"}):
        with pytest.raises(ValueError, match="M1"):
            replace(PLAN, **wrong)


def live_against_our_receiver(plans, *, seconds, speed, refuse_connections=0):
    sink = Memory()

    async def scene():
        devices = Devices(Device(plan.mn, plan.pw, plan.mn, sm4_key=plan.sm4_key) for plan in plans)
        receiver = Receiver(sink, devices, now_ms=lambda: int((NOON + 86_400) * 1000))
        port = await receiver.start()
        them = Fleet(plans, "127.0.0.1", port, speed=speed, began=NOON, keep_acknowledged=True)
        await them.run(seconds)
        await receiver.stop()
        return receiver, them

    return sink, *asyncio.run(scene())


def test_hj212_a_fleet_and_our_receiver_lose_nothing_through_outages():
    # Two hours in a second: ten minutes from 12:00, line down from 12:20 to 13:20
    plans = fleet(
        6, rtd_s=0, outages=((1200.0, 4800.0),), recovers="resends", edition=2025, sensors=("cod", "flow")
    )
    plans += fleet(2, prefix="ODD", rtd_s=0, oddities=("crc-modbus", "no-cr"), sensors=("cod",))
    sink, receiver, them = live_against_our_receiver(plans, seconds=1.6, speed=5400)
    counts = them.counts()
    assert counts["devices"] == 8
    assert counts["calls"] == 14  # six called twice
    kept = Counter((m.mn, m.data_time) for m in sink.kept if m.cn == "2051")
    for device in them.devices:
        mine = {at for mn, at in kept if mn == device.plan.mn}
        assert len(mine) >= 9, (device.plan.mn, sorted(mine))
        assert sorted(mine) == [f"202610011{2 + k // 6}{k % 6}000" for k in range(len(mine))]  # no gap
        assert all((m.mn, m.data_time) in kept for m in device.acknowledged if m.cn == "2051")
    assert {m.mn for m in sink.kept if m.resent} == {plan.mn for plan in plans[:6]}
    assert set(receiver.counters.oddities) == {"CRC_MODBUS", "NO_CR"}


def test_hj212_plans_from_a_file_with_every_fault(tmp_path):
    file = tmp_path / "plants.toml"
    file.write_text(
        """
[defaults]
rtd_s = 30
link = "ADSL"
[[device]]
mn = "A"
count = 3
outages = [[60, 120]]
sensors = ["cod", "ph"]
[[device]]
mn = "K"
sm4_key = "30303030303030303030303030303030"
edition = 2025
[[device]]
mn = "K"
[[device]]
mn = "L"
oddities = ["sleepy"]
[[device]]
mn = "N"
colour = "red"
[[device]]
mn = "P"
sensors = ["smell"]
""",
        encoding="utf-8",
    )
    plans, faults = read_plans(file)
    assert [plan.mn for plan in plans] == ["A0001", "A0002", "A0003", "K"]
    assert plans[0].timing == Timing(5, 3, 5)
    assert plans[0].outages == ((60.0, 120.0),)
    assert plans[3].sm4_key == b"0" * 16
    assert [(fault.row, fault.code) for fault in faults] == [
        (3, "plan-mn-twice"), (4, "plan-setting"), (5, "plan-unknown-setting"), (6, "plan-setting"),
    ]  # fmt: skip
    (tmp_path / "torn.toml").write_text("[[device")
    assert [fault.code for fault in read_plans(tmp_path / "torn.toml")[1]] == ["plan-toml"]


def test_hj212_simulate_writes_a_register_that_receive_reads(tmp_path, capsys):
    register = tmp_path / "devices.csv"
    assert (
        main(
            ["simulate", "--devices", "3", "--edition", "2025", "--sm4-key", "30" * 16, "--register", str(register)]
        )
        == 0
    )
    devices, faults = read_devices(register)
    assert faults == []
    first = devices["QXSIM0001"]
    assert (len(devices), first.edition, first.sm4_key, first.every_min) == (3, 2025, b"0" * 16, 10)
    assert main(["simulate", "--oddity", "?"]) == 0
    assert "crc-modbus" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--to", "nowhere"], "主机:端口"),
        (["--to", "127.0.0.1:1", "--oddity", "sleepy"], "sleepy"),
        (["--to", "127.0.0.1:1", "--outage", "60"], "起-止"),
        (["--to", "127.0.0.1:1", "--speed", "0"], "--speed"),
        (["--to", "127.0.0.1:1", "--sm4-key", "xy"], "hexadecimal"),
        (["none.toml", "--to", "127.0.0.1:1"], "读不出"),
    ],
)
def test_hj212_simulate_says_what_is_wrong(argv, said, capsys):
    assert main(["simulate", *argv]) == 2
    assert said in capsys.readouterr().err


def test_hj212_simulate_counts_as_json(capsys):
    # Nobody listens on port 1: no call succeeds, which is a negative answer.
    assert main(["simulate", "--to", "127.0.0.1:1", "--for", "0.2", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["failed_calls"] >= 1


@pytest.mark.parametrize("page", ["simulator.md"])
def test_hj212_the_toml_on_the_page_is_read_without_a_fault(page, tmp_path):
    text = (Path(__file__).resolve().parents[2] / "docs" / "hj212" / page).read_text(encoding="utf-8")
    (tmp_path / "plants.toml").write_text(text.split("```toml")[1].split("```")[0], encoding="utf-8")
    plans, faults = read_plans(tmp_path / "plants.toml")
    assert (len(plans), faults) == (51, [])
