"""The server's answers, byte for byte, and when one is owed (hj212)."""

import pytest

from qingxi.wire.hj212 import (
    COMMANDS,
    Answer,
    Message,
    answer_data,
    answer_notice,
    answer_owed,
    answer_request,
    answer_result,
    encode,
)


def upload(**changes) -> Message:
    given = {"cn": "2011", "mn": "A110000_0001", "qn": "20260706103512345", "pw": "123456", "flag": 5} | changes
    return Message(**given)


# Length is counted by hand: "QN=20260706103512345;" 21, "ST=91;" 6, "CN=9014;" 8, "PW=123456;" 10,
# "MN=A110000_0001;" 16, "Flag=4;" 7, "CP=&&&&" 7: together 75. QnRtn=1 and the like add their own letters.
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answer_data(upload()), b"##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=4;CP=&&&&"),
        (answer_data(upload(flag=9)), b"##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=8;CP=&&&&0140\r\n"),
        (answer_notice(upload(cn="1013")), b"##0075QN=20260706103512345;ST=91;CN=9013;PW=123456;MN=A110000_0001;Flag=4;CP=&&&&"),
        (answer_request(upload(), 1), b"##0082QN=20260706103512345;ST=91;CN=9011;PW=123456;MN=A110000_0001;Flag=4;CP=&&QnRtn=1&&"),
        (answer_request(upload(), 100), b"##0084QN=20260706103512345;ST=91;CN=9011;PW=123456;MN=A110000_0001;Flag=4;CP=&&QnRtn=100&&"),
        (answer_result(upload(), 1), b"##0083QN=20260706103512345;ST=91;CN=9012;PW=123456;MN=A110000_0001;Flag=4;CP=&&ExeRtn=1&&"),
        (answer_data(upload(flag=7, pnum=2, pno=1)), b"##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=4;CP=&&&&"),
        (answer_data(upload(flag=1)), b"##0075QN=20260706103512345;ST=91;CN=9014;PW=123456;MN=A110000_0001;Flag=0;CP=&&&&"),
    ],
)  # fmt: skip
def test_hj212_answers_are_byte_exact(answer, expected):
    got = encode(answer)
    assert got.startswith(expected)
    assert len(got) == len(expected.removesuffix(b"0140\r\n")) + 6  # four digits of checksum and CR LF


def test_hj212_data_are_answered_by_9014_and_notices_by_9013():
    owed = {cn: answer_owed(upload(cn=cn)) for cn in COMMANDS}
    assert {cn for cn in owed if owed[cn] is Answer.DATA} >= {
        "2011",
        "2021",
        "2031",
        "2041",
        "2051",
        "2061",
        "2081",
    }
    assert owed["1013"] is Answer.NOTICE
    assert owed["9015"] is Answer.NOTICE


def test_hj212_no_answer_unless_it_is_asked_for():
    assert answer_owed(upload(flag=4)) is Answer.NONE
    assert answer_owed(upload(flag=None)) is Answer.NONE


@pytest.mark.parametrize("cn", ["9011", "9012", "9013", "9014"])
def test_hj212_an_answer_is_never_answered(cn):
    assert answer_owed(upload(cn=cn)) is Answer.NONE


def test_hj212_an_unknown_command_is_answered_by_its_thousand():
    assert answer_owed(upload(cn="2999")) is Answer.DATA
    assert answer_owed(upload(cn="9099")) is Answer.NOTICE


@pytest.mark.parametrize("bad", ["a\r\nb", "##0101", "a&&b"])
def test_hj212_the_encoder_refuses_text_that_breaks_the_frame(bad):
    with pytest.raises(ValueError, match="break the frame"):
        encode(upload(groups=((("DataTime", bad),),)))
    with pytest.raises(ValueError, match="break the frame"):
        encode(upload(mn=bad))
