"""The exchanges of HJ 212 as a table: every walk through it ends, and the official ones end well (hj212)."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.wire.hj212 import (
    BEIJING,
    FINAL,
    TRANSITIONS,
    Exchange,
    Happening,
    Message,
    State,
    answer_data,
    answer_notice,
    answer_request,
    answer_result,
    encode,
    request,
    upload,
)

QN = "20160801085857223"
ASK = request("1062", mn="010000A8900016F000169DC0", pw="100000", qn=QN, RtdInterval="30")


def data(number, total=None, qn="20160801085900534"):
    return Message(
        "2061", ASK.mn, qn=qn, flag=6, pnum=total, pno=number, groups=((("DataTime", "20160801080000"),),)
    )


def test_hj212_a_request_is_the_official_packet_byte_for_byte():
    # HJ 212-2017 Annex A
    assert encode(ASK) == (
        b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
        b"CP=&&RtdInterval=30&&1C80\r\n"
    )


def test_hj212_request_ready_result():
    exchange = Exchange(ASK)
    exchange = exchange.heard(answer_request(ASK, 1))
    assert (exchange.state, exchange.over) == (State.READY, False)
    exchange = exchange.heard(answer_result(ASK, 1))
    assert (exchange.state, exchange.code, exchange.over) == (State.DONE, 1, True)


@pytest.mark.parametrize(
    ("said", "state", "code"),
    [
        (answer_request(ASK, 3), State.REFUSED, 3),
        (answer_result(ASK, 100), State.FAILED, 100),
        (answer_result(ASK, 1), State.DONE, 1),
        (answer_notice(ASK), State.DONE, None),
        (answer_data(ASK), State.DONE, None),
        (Message("9011", ASK.mn, qn=QN, groups=((("QnRtn", "x"),),)), State.REFUSED, 100),
        (answer_request(Message("1062", ASK.mn, qn="20160801085857999"), 1), State.ASKED, None),  # another's
        (answer_request(Message("1062", "OTHER", qn=QN), 1), State.ASKED, None),
        (Message("2011", ASK.mn, qn=QN, groups=((("DataTime", "1"),),)), State.ASKED, None),
    ],
)
def test_hj212_first_answer_to_a_request(said, state, code):
    exchange = Exchange(ASK).heard(said)
    assert (exchange.state, exchange.code) == (state, code)


def test_hj212_sub_packets_have_their_own_numbers_and_are_checked_for_completeness():
    # Example C.50: each sub-packet has a QN of its own (...534, ...535); no joining by QN.
    ask = request("2061", mn=ASK.mn, pw="100000", qn=QN, BeginTime="20160801080000", EndTime="20160801090000")
    exchange = Exchange(ask).heard(answer_request(ask, 1)).heard(data(1, 3)).heard(data(3, 3, "20160801085900536"))
    assert exchange.state is State.READY
    assert exchange.missing() == (2,)
    exchange = exchange.heard(data(2, 3, "20160801085900535")).heard(answer_result(ask, 1))
    assert exchange.missing() == ()
    assert (exchange.state, len(exchange.data)) == (State.DONE, 3)


def test_hj212_silence_says_it_three_times_more_and_gives_up():
    exchange = Exchange(ASK, again=3)
    sayings = 1
    while not exchange.over:
        exchange = exchange.silent()
        sayings += exchange.state is State.ASKED
    assert (exchange.state, sayings) == (State.UNANSWERED, 4)


def test_hj212_what_was_understood_is_not_said_again():
    exchange = Exchange(ASK).heard(answer_request(ASK, 1)).silent()
    assert exchange.state is State.UNANSWERED


def test_hj212_nothing_leads_out_of_a_final_state_and_everything_into_one():
    assert not any(state in FINAL for state, _ in TRANSITIONS)
    reached = set(TRANSITIONS.values())
    assert set(State) == reached | {State.ASKED}
    for state in set(State) - FINAL:
        assert any((state, happening) in TRANSITIONS for happening in Happening), state


@given(st.lists(st.sampled_from(["silence", *"1234567"]), max_size=30))
def test_hj212_every_walk_keeps_to_the_table_and_silence_ends_it(steps):
    said = {
        "1": answer_request(ASK, 1), "2": answer_request(ASK, 2), "3": answer_result(ASK, 1), "4": answer_result(ASK, 2),
        "5": answer_notice(ASK), "6": answer_data(ASK),
        "7": Message("1062", ASK.mn, groups=((("RtdInterval", "30"),),)),
    }  # fmt: skip
    exchange = Exchange(ASK)
    for step in steps:
        before = exchange.state
        exchange = exchange.silent() if step == "silence" else exchange.heard(said[step])
        assert exchange.state == before or exchange.state in TRANSITIONS.values()
        assert before not in FINAL or exchange.state is before
    for _ in range(5):
        exchange = exchange.silent()
    assert exchange.over


def test_hj212_upload_ends_with_its_answer():
    said = upload("2011", mn="M1", pw="pw", at=datetime(2026, 10, 1, tzinfo=BEIJING), values={"cod": {"Rtd": 1}})
    assert Exchange(said).heard(answer_data(said)).state is State.DONE
