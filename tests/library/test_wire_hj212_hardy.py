"""Whatever is said to a device, a server's end or the judge: an answer or silence, never a crash, never for ever (hj212)."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.wire.hj212 import BEIJING, EXE_RTN, QN_RTN, Message, encode, flag_of
from qingxi.wire.hj212.conform import StrictStream, read_strict
from qingxi.wire.hj212.flow import FLOWS
from qingxi.wire.hj212.simulator import DevicePlan, SimulatedDevice
from qingxi.wire.hj212.upper import UpperEnd

NOON = datetime(2026, 10, 1, 12, 0, 5, tzinfo=BEIJING).timestamp()
ASKED = sorted(cn for cn, starter in FLOWS if starter == "upper")
NASTY = st.sampled_from([
    "", "0", "1", "-1", "30", "60", "99", "9999999", "1e9", "x", "溪", "20261001000000", "20261001120000", "20261231000000",
    "00020101000000", "99991231235959", "20260231000000", "20261001120000000", "0" * 16, "w01018", "i13004", "i11001",
])  # fmt: skip
KEYS = st.sampled_from([
    "BeginTime", "EndTime", "PolId", "SystemTime", "RtdInterval", "MinInterval", "OverTime", "ReCount", "NewPW", "NewSK",
    "SKCreateTime", "InfoId", "CstartTime", "CTime", "i13004-Info", "Else",
])  # fmt: skip
REQUESTS = st.builds(
    lambda cn, pairs, flag, pw, number: Message(
        cn, "M1", qn=f"2026100112{number:02d}00000", pw=pw, flag=flag, groups=tuple(((key, value),) for key, value in pairs)
    ),
    st.sampled_from([*ASKED, "9013", "9014", "9011", "3999"]),
    st.lists(st.tuples(KEYS, NASTY), max_size=4, unique_by=lambda pair: pair[0]),
    st.sampled_from([flag_of(2017, answer=True), 4, 7, 9, 1, 255, None]),
    st.sampled_from(["123456", "123456", "654321"]),
    st.integers(0, 59),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(REQUESTS, max_size=8), st.sampled_from([2017, 2025]))
def test_hj212_a_device_bears_any_request_and_goes_on_measuring(requests, edition):
    device = SimulatedDevice(DevicePlan("M1", edition=edition, sensors=("cod",), memory_days=2.0), NOON)
    device.connected(NOON)
    now = NOON
    for message in requests:
        asked = device.end.pw == message.pw
        out = device.receive(encode(message), now)
        for raw in out.split(b"\r\n")[:-1]:
            frame = read_strict(raw + b"\r\n")
            # What is encrypted under a key that a 1014 set cannot be read here; all else is strictly right.
            assert frame.faults == () or b"{0x" in raw, frame.faults
            assert frame.get("QnRtn") in ("", *map(str, QN_RTN))
            assert frame.get("ExeRtn") in ("", *map(str, EXE_RTN))
            if frame.cn == "9011" and frame.get("QnRtn") == "1":
                assert asked
    for _ in range(20):
        now = max(now, device.wake)
        device.tick(now)
    assert len(device.logger.due(now)) == 0
    assert device.wake > now - 1


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=60) | REQUESTS.map(encode) | REQUESTS.map(lambda m: encode(m)[:-7]), max_size=8))
def test_hj212_both_ends_bear_any_bytes(pieces):
    upper = UpperEnd("M1", "123456")
    device = SimulatedDevice(DevicePlan("M1", sensors=("cod",)), NOON)
    upper.ask("1061", NOON)
    for piece in pieces:
        upper.receive(piece, NOON)
        device.receive(piece, NOON)
    while upper.deadline is not None:
        upper.tick(upper.deadline)
    assert upper.busy == 0


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=120) | REQUESTS.map(encode), st.binary(max_size=8), st.integers(0, 130))
def test_hj212_the_judge_never_raises_and_loses_no_byte(raw, noise, at):
    damaged = raw[:at] + noise + raw[at:]
    assert read_strict(damaged).faults is not None
    stream = StrictStream()
    pieces = [*stream.feed(damaged[:at]), *stream.feed(damaged[at:]), *stream.flush()]
    kept = b"".join(pieces)
    assert kept.replace(b"\r", b"").replace(b"\n", b"") == damaged.replace(b"\r", b"").replace(b"\n", b"")


def test_hj212_a_clock_is_not_set_beyond_reason():
    device = SimulatedDevice(replace(DevicePlan("M1"), sensors=("cod",)), NOON)
    message = Message(
        "1012", "M1", qn="20261001120000000", pw="123456", flag=5, groups=((("SystemTime", "99991231235959"),),)
    )
    assert b"ExeRtn=3" in device.receive(encode(message), NOON)
    assert device.logger.offset_s == 0.0
