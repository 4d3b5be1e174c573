"""Both ends of the dialogue joined through a bad line: always a defined state, nothing acknowledged that was not kept (hj212)."""

import heapq
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.wire.hj212 import FINAL, Message, State, answer_data, encode, flag_of, request
from qingxi.wire.hj212.device_end import DeviceEnd, Outcome
from qingxi.wire.hj212.flow import flow_of
from qingxi.wire.hj212.turn import Numbers, Timing, What, beijing, moment
from qingxi.wire.hj212.upper import UpperEnd

NOON = 1_790_000_000.0
FAST = Timing(timeout_s=5, resends=3, execute_s=5)


def datum(number: int, *, answer: bool = True, cn: str = "2061", qn: str = "") -> Message:
    groups = ((("DataTime", f"201608010{number % 10}0000"),), (("w01018-Avg", "40.1"), ("w01018-Flag", "N")))
    number_of = qn or f"2016080109{number // 60 % 60:02d}{number % 60:02d}001"
    return Message(cn, "M1", qn=number_of, pw="pw", flag=flag_of(2017, answer=answer), groups=groups)


class Host:
    def __init__(self, data=3, answer=True):
        self.deeds, self.data, self.answer = [], data, answer

    def refuses(self, request):
        return 2 if request.cn == "3014" else 1

    def execute(self, request, now):
        self.deeds.append(request.cn)
        flow = flow_of(request.cn, "upper")
        if flow.reply != "many":
            return Outcome(1)
        numbers = range(self.data)
        return Outcome(
            1 if self.data else 100, [datum(n, answer=self.answer, qn=f"201608010858575{n:02d}") for n in numbers]
        )


def test_hj212_moments_and_wall_clock():
    at = beijing(NOON)
    assert f"{at:%Y%m%d%H%M%S}" == "20260921221320"  # 1 790 000 000 s is 14:13:20 UTC, 22:13:20 in Beijing
    assert moment(at) == NOON


def test_hj212_request_numbers_never_repeat():
    numbers = Numbers()
    given_out = [numbers.next(NOON + at) for at in (0, 0, 0, 0.001, -0.5, 7200, 1)]
    assert len(set(given_out)) == 7
    assert given_out[:3] == ["20260921221320000", "20260921221320001", "20260921221320002"]


def ask(
    device: DeviceEnd, cn: str, *, pw="pw", mn="M1", now=NOON, qn="20260921221320000", flag=5, st="32", **fields
):
    message = request(cn, mn=mn, pw=pw, qn=qn, st=st, **fields)
    if flag != 5:
        message = Message(cn, mn, qn=qn, st=st, pw=pw, flag=flag, groups=message.groups)
    return device.receive(encode(message), now)


@pytest.mark.parametrize(
    ("changes", "qn_rtn"),
    [
        ({"cn": "3011", "PolId": "w01018"}, "1"),
        ({"cn": "3014", "PolId": "w01018"}, "2"),
        ({"cn": "3011", "pw": "other"}, "3"),
        ({"cn": "3011", "mn": "M2"}, "4"),
        ({"cn": "3011", "st": "31"}, "5"),
        ({"cn": "3011", "qn": "20261332000000000"}, "7"),
        ({"cn": "3999"}, "8"),
    ],
)
def test_hj212_a_request_is_judged_by_table_7(changes, qn_rtn):
    device = DeviceEnd("M1", "pw", Host())
    turn = ask(device, **changes)
    assert (turn.say[0].cn, turn.say[0].get("QnRtn")) == ("9011", qn_rtn)
    assert [said.cn for said in turn.say[1:]] == (["9012"] if qn_rtn == "1" else [])
    assert turn.say[0].qn == changes.get("qn", "20260921221320000")


def test_hj212_missing_fields_are_condition_errors_and_no_deed():
    host = Host()
    turn = ask(DeviceEnd("M1", "pw", host), "1062")
    assert [(said.cn, said.get("QnRtn") or said.get("ExeRtn")) for said in turn.say] == [
        ("9011", "1"),
        ("9012", "3"),
    ]
    assert host.deeds == []


def test_hj212_a_deed_asked_twice_is_done_once_and_answered_twice():
    host = Host()
    device = DeviceEnd("M1", "pw", host)
    first, second = ask(device, "3012", PolId="w01018"), ask(device, "3012", PolId="w01018")
    assert [said.cn for said in first.say] == [said.cn for said in second.say] == ["9011", "9012"]
    assert host.deeds == ["3012"]
    again = ask(device, "3012", PolId="w01018", qn="20260921221399000")
    assert host.deeds == ["3012"]  # the 99th second is no time: QnRtn=7
    assert again.say[0].get("QnRtn") == "7"


def test_hj212_history_with_answers_stops_and_waits():
    # C.48: one datum, its 9014, the next, and 9012 behind the last
    device = DeviceEnd("M1", "pw", Host(data=2))
    turn = ask(device, "2061", BeginTime="20160801080000", EndTime="20160801090000")
    assert [said.cn for said in turn.say] == ["9011", "2061"]
    turn = device.receive(answer_data(turn.say[1]), NOON)
    assert [said.cn for said in turn.say] == ["2061"]
    turn = device.receive(answer_data(turn.say[0]), NOON)
    assert [(said.cn, said.qn) for said in turn.say] == [("9012", "20260921221320000")]


def test_hj212_history_without_answers_flows():
    # C.47 and C.49: bit A is not set, nobody waits
    device = DeviceEnd("M1", "pw", Host(data=2, answer=False))
    turn = ask(device, "2061", BeginTime="20160801080000", EndTime="20160801090000")
    assert [said.cn for said in turn.say] == ["9011", "2061", "2061", "9012"]


def test_hj212_history_nobody_answers_ends_with_time_out():
    device = DeviceEnd("M1", "pw", Host(data=3), timing=FAST)
    said = ask(device, "2061", BeginTime="20160801080000", EndTime="20160801090000").say
    while device.deadline is not None:
        said += device.tick(device.deadline).say
    # one datum, said four times, then the result 通讯超时; the other two are not begun
    assert [one.cn for one in said] == ["9011", "2061", "2061", "2061", "2061", "9012"]
    assert said[-1].get("ExeRtn") == "4"


def test_hj212_upload_is_said_four_times_and_handed_back():
    device = DeviceEnd("M1", "pw", Host(), timing=FAST)
    said = device.upload(datum(1), NOON).say
    happened = []
    while device.deadline is not None:
        turn = device.tick(device.deadline)
        said, happened = said + turn.say, happened + turn.happened
    assert said == [datum(1)] * 4
    assert [one.what for one in happened] == [What.GIVEN_UP]


def test_hj212_answer_in_the_form_of_2005_counts():
    # HJ/T 212-2005 puts the QN of the answered packet into the data area
    device = DeviceEnd("M1", "pw", Host())
    said = device.upload(datum(1), NOON).say[0]
    old = Message("9014", "M1", st="91", flag=0, groups=((("QN", said.qn), ("CN", "2061")),))
    assert [one.what for one in device.receive(encode(old), NOON).happened] == [What.ACKNOWLEDGED]


def test_hj212_first_link_asks_in_the_order_of_the_standard():
    # 6.7: clock, time-outs, real-time interval, minute interval, real-time data, states
    upper, device = UpperEnd("M1", "pw"), DeviceEnd("M1", "pw", Host())
    turn = upper.greet(NOON)
    asked = []
    while turn.say:
        asked += [said.cn for said in turn.say]
        answers = device.receive(b"".join(turn.frames("upper")), NOON)
        turn = upper.receive(b"".join(answers.frames("device")), NOON)
    assert asked == ["1012", "1000", "1062", "1064", "2011", "2022"]
    assert upper.busy == 0


def test_hj212_a_call_for_the_time_is_answered_and_the_clock_set():
    # C.4: 9013, and 1012 of its own behind it
    upper = UpperEnd("M1", "pw")
    notice = Message("1013", "M1", qn="20260921221319000", pw="pw", flag=5, groups=((("PolId", "w01018"),),))
    assert [one.what for one in upper.receive(notice, NOON).happened] == [What.NOTICE]
    turn = upper.keep(notice, NOON)
    assert [said.cn for said in turn.say] == ["9013", "1012"]
    assert [turn.say[1].get(key) for key in ("PolId", "SystemTime")] == ["w01018", "20260921221320"]


def test_hj212_the_upper_end_says_a_request_again_and_gives_up():
    upper = UpperEnd("M1", "pw", timing=FAST)
    said = upper.ask("1061", NOON).say
    happened = []
    while upper.deadline is not None:
        turn = upper.tick(upper.deadline)
        said, happened = said + turn.say, happened + turn.happened
    assert len(said) == 4
    assert len({one.qn for one in said}) == 1
    assert [one.exchange.state for one in happened] == [State.UNANSWERED]


def test_hj212_the_upper_end_names_the_packets_of_a_split_that_are_missing():
    upper = UpperEnd("M1", "pw", timing=FAST)
    parts = [
        Message("2061", "M1", qn=f"201608010858575{n:02d}", pw="pw", flag=7, pnum=3, pno=n, groups=datum(8).groups) for n in (1, 3)
    ]  # fmt: skip
    happened = [one for part in parts for one in upper.receive(encode(part), NOON).happened]
    assert [one.what for one in happened] == [What.DATA, What.DATA]
    assert upper.tick(NOON + 19.9).happened == []  # four sayings of five seconds each
    (late,) = upper.tick(NOON + 20).happened
    assert (late.what, late.split.missing) == (What.SPLIT, (2,))
    upper.receive(encode(parts[0]), NOON + 21)
    (torn,) = upper.lost(NOON + 22).happened
    assert torn.split.missing == (2, 3)


REQUESTS = (
    ("1011", {}), ("1062", {"RtdInterval": "30"}), ("1062", {}), ("2061", {"BeginTime": "20160801080000", "EndTime": "20160801090000"}),
    ("3012", {"PolId": "w01018"}), ("3014", {"PolId": "w01018"}), ("2012", {}), ("3999", {}),
)  # fmt: skip


@settings(deadline=None, max_examples=120)
@given(
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.1, 0.35, 0.9]),
    st.lists(st.sampled_from(REQUESTS), max_size=4),
    st.integers(0, 4),
    st.booleans(),
)
def test_hj212_both_ends_through_a_bad_line(seed, badness, requests, uploads, answers):
    """The line loses, doubles, delays, reorders and cuts frames."""
    chance = random.Random(seed)
    host = Host(data=3, answer=answers)
    upper = UpperEnd("M1", "pw", timing=FAST)
    device = DeviceEnd("M1", "pw", host, timing=FAST)
    line: list[tuple[float, int, str, bytes]] = []
    kept: list[Message] = []
    settled, acknowledged, replies, sayings = [], [], [], []
    sent = 0

    def post(turn, to: str, now: float) -> None:
        nonlocal sent
        for raw in turn.frames("device" if to == "upper" else "upper"):
            fate = chance.random()
            if fate < badness * 0.5:
                continue  # lost
            if fate < badness * 0.7:
                raw = raw[: chance.randrange(len(raw))]  # cut
            for _ in range(2 if fate > 1 - badness * 0.1 else 1):
                late = chance.random() * (6.0 if chance.random() < badness else 0.2)
                sent += 1
                heapq.heappush(line, (now + late, sent, to, raw))

    def at_upper(turn, now: float) -> None:
        for one in list(turn.happened):
            if one.what in (What.DATA, What.NOTICE):
                kept.append(one.message)
                said = upper.keep(one.message, now)
                replies.append((one.message, said.say))
                turn.add(said)
            elif one.what is What.SETTLED:
                settled.append(one.exchange)
        sayings.extend(said for said in turn.say if said.cn not in ("9013", "9014"))
        post(turn, "device", now)

    def at_device(turn, now: float) -> None:
        acknowledged.extend(one.message for one in turn.happened if one.what is What.ACKNOWLEDGED)
        post(turn, "upper", now)

    now = NOON
    for cn, fields in requests:
        at_upper(upper.ask(cn, now, **fields), now)
    for number in range(uploads):
        at_device(device.upload(datum(100 + number), now), now)
    steps = 0
    while line or upper.deadline is not None or device.deadline is not None:
        steps += 1
        assert steps < 5000, "the two ends talk for ever"
        moments = [line[0][0]] if line else []
        now = max(now, min([*moments, *(d for d in (upper.deadline, device.deadline) if d is not None)]))
        if line and line[0][0] <= now:
            _, _, to, raw = heapq.heappop(line)
            if to == "upper":
                at_upper(upper.receive(raw, now), now)
            else:
                at_device(device.receive(raw, now), now)
        else:
            at_upper(upper.tick(now), now)
            at_device(device.tick(now), now)
    # A defined state at both ends.
    assert (upper.busy, device.waiting) == (0, 0)
    assert len(settled) == len(requests)
    assert all(exchange.state in FINAL for exchange in settled)
    # Each datum kept is answered exactly as the table says, once for each time it came.
    for message, said in replies:
        owed = flow_of(message.cn, "device").answers if message.answer_wanted else ()
        assert tuple(one.cn for one in said if one.cn != "1012") == owed
        assert all(
            (one.qn, one.mn, one.st, one.flag) == (message.qn, "M1", "91", 4) for one in said if one.cn in owed
        )
    # The device believes only what was kept to be kept.
    assert all(message in kept for message in acknowledged)
    # Nothing is said more often than table 1 allows, and no deed is done twice.
    for message in {said.qn: said for said in sayings}.values():
        assert sum(said.qn == message.qn for said in sayings) <= 4
    assert host.deeds.count("3012") <= sum(cn == "3012" for cn, _ in requests)
    if badness == 0.0:
        assert [exchange.state for exchange in settled] == [ended(cn, fields) for cn, fields in requests]
        assert len(acknowledged) == uploads + (3 if answers else 0) * sum(cn == "2061" for cn, _ in requests)


def ended(cn: str, fields: dict) -> State:
    if cn in ("3014", "3999"):
        return State.REFUSED
    return State.FAILED if cn == "1062" and not fields else State.DONE
