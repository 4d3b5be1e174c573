"""The conformance suite: it passes what is right, finds what is wrong, and its judge is judged by hand (hj212)."""

import asyncio
import json
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime

import pytest
from hj212_wrong import DEVICE_FAULTS, SERVER_FAULTS, PaperServer, WrongDevice, checksum, framed, modbus, test_plan
from receiver_sinks import Memory

from qingxi.cli import main
from qingxi.receiver import Receiver
from qingxi.receiver.simulated import Fleet
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, Message, encode
from qingxi.wire.hj212.conform import (
    Result,
    Setting,
    as_json,
    as_junit,
    as_text,
    device_cases,
    examples,
    failures,
    read_strict,
    run_in_memory,
    server_cases,
)
from qingxi.wire.hj212.conform.strict import StrictStream, annex_a
from qingxi.wire.hj212.flow import FLOWS, flow_of
from qingxi.wire.hj212.simulator import SimulatedDevice
from qingxi.wire.hj212.turn import What
from qingxi.wire.hj212.upper import UpperEnd

NOW = datetime(2026, 10, 1, 12, 0, 5, tzinfo=BEIJING)
SETTING = Setting("M1", edition=2025, today=NOW, settings=True, control=True)
OFFICIAL = b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n"


# ---- the judge, judged by hand


def test_hj212_the_judge_agrees_with_the_official_vectors():
    assert read_strict(OFFICIAL).faults == ()
    a1 = b"##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&2200\r\n"
    assert read_strict(a1).faults == ()
    for data in (b"", b"a", OFFICIAL, bytes(range(256))):
        assert int(annex_a(data), 16) == checksum(
            data
        )  # three writings of Annex A: theirs, the tests', the encoder's


GOOD = b"QN=20160801085857223;ST=32;CN=2011;PW=123456;MN=M1;Flag=5;CP=&&DataTime=20160801085857&&"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (framed(GOOD), []),
        (framed(GOOD).replace(b"\r\n", b"\n"), ["包尾"]),
        (framed(GOOD)[:-6] + b"0000\r\n", ["CRC"]),
        (framed(GOOD, check=modbus), ["CRC"]),
        (framed(b"QN=20160801085857223;ST=91;CN=7777;PW=1;MN=M1;Flag=4;CP=&&&&").lower(), ["CRC", "CP", "缺少"]),
        (b"##0010" + framed(GOOD)[6:], ["长度"]),
        (b"##00x0" + framed(GOOD)[6:], ["长度"]),
        (framed(GOOD.replace(b"QN=20160801085857223;", b"")), ["缺少 QN"]),
        (framed(GOOD.replace(b"20160801085857223", b"20161301085857223")), ["QN"]),
        (framed(GOOD.replace(b"ST=32;CN=2011;", b"CN=2011;ST=32;")), ["次序"]),
        (framed(GOOD.replace(b"ST=32;", b"ST=32;Ver=1;")), ["Ver"]),
        (framed(GOOD.replace(b"Flag=5", b"Flag=7")), ["拆分位"]),
        (framed(GOOD.replace(b"Flag=5;", b"Flag=7;PNUM=2;PNO=1;")), []),
        (framed(GOOD.replace(b"Flag=5;", b"Flag=9;RF=1;")), []),
        (framed(GOOD.replace(b"Flag=5;", b"Flag=9;RF=0;")), ["RF"]),
        (framed(GOOD.replace(b"Flag=5", b"Flag=20")), ["版本位"]),
        (framed(GOOD.replace(b"CP=&&", b"CP=")), ["CP"]),
        (framed(GOOD.replace(b"20160801085857&&", "清洗".encode("gbk") + b"&&")), ["UTF-8"]),
    ],
)
def test_hj212_the_judge_sees_each_fault_and_no_other(raw, words):
    faults = read_strict(raw).faults
    assert all(any(word in fault for fault in faults) for word in words), faults
    assert bool(faults) == bool(words)


def test_hj212_the_judge_cuts_a_stream_where_frames_end():
    stream, torn = StrictStream(), OFFICIAL[:50]
    assert stream.feed(OFFICIAL[:30]) == []
    assert stream.feed(OFFICIAL[30:] + torn) == [OFFICIAL]
    assert stream.feed(OFFICIAL) == [torn, OFFICIAL]
    assert stream.feed(OFFICIAL.rstrip()) == []
    assert stream.flush() == [OFFICIAL.rstrip()]


# ---- the examples


def test_hj212_the_examples_say_what_the_table_says():
    for example in examples():
        first = example.first
        flow = flow_of(first.message.cn, first.sender)
        assert flow is not None, example.name
        answers = [step.message.cn for step in example.steps[1:]]
        told = list(dict.fromkeys(cn for cn in answers if cn != "9014" or flow.kind == "upload"))
        # 2025 C.39 and C.40: 2011 with BeginTime asks for the past, and then there are data before 9012
        due = (
            ["9011", "2011", "9012"] if first.message.get("BeginTime") and flow.cn == "2011" else list(flow.answers)
        )
        assert told == due, example.name
        for step in example.steps[1:]:
            if step.message.cn in ("9011", "9012", "9013", "9014"):
                assert (step.message.st, step.message.flag & 3) == ("91", 0), example.name


def test_hj212_every_example_frame_is_strictly_right():
    for example in examples():
        for step in example.steps:
            raw = encode(step.message)
            assert read_strict(raw).faults == (), example.name
            assert raw[-6:-2] == b"%04X" % checksum(raw[6:-6])


def test_hj212_the_examples_are_complete():
    told = {example.clause for example in examples() if example.edition == 2017}
    assert told == {f"C.{number}" for number in range(1, 51)}
    newer = {example.clause for example in examples() if example.edition == 2025}
    assert newer == {"A.1", *(f"C.{number}" for number in range(1, 64))}
    begun = {(example.first.message.cn, example.first.sender) for example in examples()}
    # Rows of the table without an example are those that table 9 names and Annex C does not show.
    without = {key for key in FLOWS if key not in begun and key[0][:2] != "90"}
    assert without == {
        ("1011", "device"),
        ("1061", "device"),
        ("1063", "device"),
        ("3017", "device"),
        ("3018", "device"),
    }


# ---- servers


class OurUpperEnd:
    """Our own upper end as a server in memory that keeps everything at once."""

    wake = float("inf")

    def __init__(self):
        self.connected(0.0)

    def connected(self, now):
        self.end = UpperEnd("M1", "123456", edition=2025, sm4_key=b"0" * 16)
        return b""

    def disconnected(self, now):
        pass

    def tick(self, now):
        return b""

    def receive(self, data, now):
        turn = self.end.receive(data, now)
        for one in list(turn.happened):
            if one.what in (What.DATA, What.NOTICE) and (one.message.mn, one.message.pw) == ("M1", "123456"):
                turn.add(self.end.keep(one.message, now))
        return b"".join(turn.frames("upper"))


def ids(verdicts, result):
    return {one.case.id for one in verdicts if one.result is result}


def test_hj212_conform_our_upper_end_passes_everything():
    verdicts = run_in_memory(server_cases(), replace(SETTING, sm4_key=b"0" * 16), OurUpperEnd(), NOW.timestamp())
    assert as_text([one for one in verdicts if one.result is not Result.PASSED]).splitlines() == [
        "通过 0，不通过 0（其中建议项 0），不适用 0"
    ]
    assert len(verdicts) > 40


def test_hj212_conform_a_right_paper_server_passes():
    verdicts = run_in_memory(server_cases(), SETTING, PaperServer(), NOW.timestamp())
    assert ids(verdicts, Result.FAILED) == {"S-clock"}  # it answers a call for the time and sets no clock: advice
    assert failures(verdicts) == 0
    assert failures(verdicts, strict=True) == 1
    assert ids(verdicts, Result.NOT_APPLICABLE) == {"S-sm4"}


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_hj212_conform_finds_the_fault_of_a_server(fault):
    verdicts = run_in_memory(server_cases(), SETTING, PaperServer(fault), NOW.timestamp())
    found = ids(verdicts, Result.FAILED) - {"S-clock"}
    assert found & SERVER_FAULTS[fault], found
    assert all(one.why for one in verdicts if one.result is Result.FAILED)


# ---- devices


@pytest.mark.parametrize("edition", [2017, 2025])
def test_hj212_conform_our_simulated_device_passes_everything(edition):
    device = SimulatedDevice(test_plan(edition=edition), NOW.timestamp())
    verdicts = run_in_memory(device_cases(), replace(SETTING, edition=edition), device, NOW.timestamp())
    assert ids(verdicts, Result.FAILED) == set()
    not_run = {one for one in ids(verdicts, Result.NOT_APPLICABLE) if one.startswith(f"D-{edition % 100}-")}
    # A change of MN or key is never tried; C.39 and C.40 are for a device of ST=44.
    assert not_run == ({"D-25-C.3", "D-25-C.8", "D-25-C.39", "D-25-C.40"} if edition == 2025 else set())
    assert device.end.pw == "123456"  # changed by C.9 and changed back


def test_hj212_conform_an_electricity_monitor_passes():
    plan = test_plan(edition=2025, st="44", sensors=("energy",))
    verdicts = run_in_memory(
        device_cases(), replace(SETTING, st="44"), SimulatedDevice(plan, NOW.timestamp()), NOW.timestamp()
    )
    assert ids(verdicts, Result.FAILED) == set()
    assert {"D-25-C.39", "D-25-C.40"} <= ids(verdicts, Result.PASSED)


def test_hj212_conform_changes_nothing_unless_it_is_allowed_to():
    device = SimulatedDevice(test_plan(), NOW.timestamp())
    shy = replace(SETTING, edition=2017, settings=False, control=False)
    verdicts = run_in_memory(device_cases(), shy, device, NOW.timestamp())
    assert ids(verdicts, Result.FAILED) == set()
    assert device.logger.deeds == []
    assert {"D-17-C.1", "D-17-C.9", "D-17-C.30", "D-17-C.46"} <= ids(verdicts, Result.NOT_APPLICABLE)


@pytest.mark.parametrize("fault", DEVICE_FAULTS)
def test_hj212_conform_finds_the_fault_of_a_device(fault):
    device = WrongDevice(fault, test_plan(), NOW.timestamp())
    verdicts = run_in_memory(device_cases(), replace(SETTING, edition=2017), device, NOW.timestamp())
    assert ids(verdicts, Result.FAILED) & DEVICE_FAULTS[fault], as_text(verdicts)[-3000:]


# ---- what is told


def test_hj212_conform_tells_in_three_forms():
    verdicts = run_in_memory(server_cases(), SETTING, PaperServer("st-32"), NOW.timestamp())
    text = as_text(verdicts)
    # "##" 1-2, the length 3-6, QN= and its 17 digits 7-26, a semicolon, ST=32
    assert "ST=32（第 28–32 字节），应为 91" in text
    assert "       发 ##" in text
    assert "       收 ##" in text
    told = json.loads(as_json(verdicts, {"side": "server"}))
    assert told["counts"]["failed"] == len(ids(verdicts, Result.FAILED))
    row = next(one for one in told["cases"] if one["id"] == "S-17-C.14")
    assert (row["clause"], row["result"], row["level"]) == ("2017 C.14", "failed", "must")
    assert row["sent"][0].startswith("##")
    suite = ET.fromstring(as_junit(verdicts, "hj212 server"))
    assert int(suite.get("tests")) == len(verdicts)
    assert int(suite.get("failures")) == failures(verdicts) == len(suite.findall(".//failure"))


# ---- on real lines


def receiver_on_a_thread(devices):
    """A running receiver of ours on a free port, and how to stop it."""
    ready, done = threading.Event(), threading.Event()
    place = {}

    async def scene():
        receiver = Receiver(Memory(), devices)
        place["port"] = await receiver.start()
        ready.set()
        await asyncio.to_thread(done.wait, 60)
        await receiver.stop()

    thread = threading.Thread(target=lambda: asyncio.run(scene()))
    thread.start()
    ready.wait(20)

    def stop():
        done.set()
        thread.join(20)

    return place["port"], stop


def test_hj212_conform_server_against_our_receiver_by_tcp(tmp_path, capsys):
    port, stop = receiver_on_a_thread(Devices([Device("M1", "123456", "F", sm4_key=b"0" * 16)]))
    out = tmp_path / "result.json"
    try:
        code = main([
            "conform", "server", f"127.0.0.1:{port}", "--mn", "M1", "--edition", "2025", "--sm4-key", "30" * 16,
            "--timeout", "2", "--quiet", "0.15", "--format", "json", "--out", str(out),
        ])  # fmt: skip
    finally:
        stop()
    told = json.loads(out.read_text(encoding="utf-8"))
    # The receiver alone asks nothing of devices: setting the clock is the work of whoever commands them.
    assert [one["id"] for one in told["cases"] if one["result"] == "failed"] in ([], ["S-clock"])
    assert code == 0
    assert told["counts"]["not_applicable"] == 0
    assert capsys.readouterr().err.count("通过") > 40


def test_hj212_conform_device_against_our_simulator_by_tcp(capsys, tmp_path):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fleet = Fleet([test_plan(rtd_s=30)], "127.0.0.1", port)
    stop: dict = {}

    async def live():
        stop["event"], stop["loop"] = asyncio.Event(), asyncio.get_running_loop()
        await fleet.run(60, stop=stop["event"])

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    out = tmp_path / "result.xml"
    try:
        # MN, password and edition are learnt from its first frame
        code = main([
            "conform", "device", "--listen", f"127.0.0.1:{port}", "--timeout", "2", "--quiet", "0.1", "--wait", "10", "--settings",
            "--control", "--only", "D-17-C.2*", "--only", "D-17-C.1*", "--only", "D-crc", "--only", "D-frames",
            "--format", "junit", "--out", str(out),
        ])  # fmt: skip
    finally:
        stop["loop"].call_soon_threadsafe(stop["event"].set)
        thread.join(20)
    suite = ET.fromstring(out.read_text(encoding="utf-8"))
    assert (code, suite.get("failures"), suite.get("skipped")) == (0, "0", "0")
    assert len(suite) == 12
    assert "MN=M1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["server", "127.0.0.1:1"], "--mn"),
        (["server", "nowhere", "--mn", "M1"], "主机:端口"),
        (["server", "127.0.0.1:1", "--mn", "M1"], "没有接通"),
        (["server", "127.0.0.1:1", "--mn", "M1", "--only", "X"], "没有编号"),
        (["server", "127.0.0.1:1", "--mn", "M1", "--sm4-key", "30"], "1 字节"),
        (["device", "--listen", "x"], "--listen"),
        (["device", "--listen", "127.0.0.1:0", "--wait", "0.1"], "没有接通"),
    ],
)
def test_hj212_conform_says_what_is_wrong(argv, said, capsys):
    assert main(["conform", *argv]) == 2
    assert said in capsys.readouterr().err


def test_hj212_message_of_a_strict_frame_reads_back():
    frame = read_strict(OFFICIAL)
    assert (frame.cn, frame.flag, frame.edition, frame.wants_answer, frame.get("RtdInterval")) == (
        "1062",
        5,
        2017,
        True,
        "30",
    )
    assert isinstance(Message(frame.cn, frame.header["MN"]), Message)
