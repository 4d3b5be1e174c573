"""What an engineer reads: what to mend, which bytes, in Chinese and in English; and lines that are no HJ 212 at all."""

import contextlib
import json
import re
import socket
import threading
from dataclasses import replace

import pytest
from hj212_wrong import DEVICE_FAULTS, SERVER_FAULTS, PaperServer, WrongDevice
from test_wire_hj212_conform import NOW, SETTING, test_plan

from qingxi.cli import main
from qingxi.wire.hj212.conform import (
    Result,
    as_json,
    as_junit,
    as_text,
    device_cases,
    failures,
    read_strict,
    run_in_memory,
    server_cases,
)  # fmt: skip
from qingxi.wire.hj212.conform.remedies import REMEDIES, to_mend
from qingxi.wire.hj212.conform.strict import annex_a
from qingxi.wire.hj212.tongues import codes_of, in_english

CHINESE = re.compile(r"[一-鿿（）：；，。、]")
test_plan.__test__ = False


def words_of(text):
    """A report without the frames, which carry what the standard's examples carry."""
    return "\n".join(line for line in text.splitlines() if not re.match(r"\s+(sent|came) ", line))


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_a_wrong_server_is_told_in_english_and_what_to_mend(fault):
    verdicts = run_in_memory(server_cases(), replace(SETTING, edition=2025), PaperServer(fault), NOW.timestamp())
    assert not CHINESE.findall(words_of(as_text(verdicts, lang="en")))
    assert not CHINESE.findall(re.sub(r'"(sent|came)": \[[^\]]*\]', "", as_json(verdicts, {}, lang="en")))
    if failures(verdicts, strict=True):
        assert to_mend(verdicts)
        assert "要改的：" in as_text(verdicts)


@pytest.mark.parametrize("fault", DEVICE_FAULTS)
def test_a_wrong_device_is_told_in_english_and_what_to_mend(fault):
    device = WrongDevice(fault, test_plan(), NOW.timestamp())
    setting = replace(SETTING, edition=2017)
    verdicts = run_in_memory(device_cases(), setting, device, NOW.timestamp())
    assert not CHINESE.findall(words_of(as_text(verdicts, lang="en", whole=True)))
    assert to_mend(verdicts), [one.why for one in verdicts if one.result is Result.FAILED]
    assert all(codes_of(one.why) for one in verdicts if one.result is Result.FAILED)


def test_alike_failures_are_one_thing_to_mend():
    verdicts = run_in_memory(server_cases(), SETTING, PaperServer("st-32"), NOW.timestamp())
    first = to_mend(verdicts)[0]
    assert (first.code, first.must) == ("answer-ST", True)
    assert len(first.cases) > 20
    told = json.loads(as_json(verdicts, {}))
    assert told["to_mend"][0]["code"] == "answer-ST"
    assert "answer-ST" in REMEDIES
    assert "<failure" in as_junit(verdicts, "x", lang="en")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (bytes.lower, "crc-case"),
        (lambda right: right[2:] + right[:2], "crc-swapped"),
        (lambda right: b"0001", "crc"),
    ],
)
def test_what_is_behind_a_wrong_checksum(change, code):
    segment = b"QN=20260101000000000;ST=91;CN=9014;PW=123456;MN=M7;Flag=4;CP=&&&&"
    head = b"##%04d" % len(segment)
    right = annex_a(segment).encode()
    assert re.search(rb"[A-F]", right)  # so that lower case shows
    assert not read_strict(head + segment + right + b"\r\n").faults
    (fault,) = read_strict(head + segment + change(right) + b"\r\n").faults
    assert codes_of(fault) == (code,)
    assert f"bytes {7 + len(segment)}–{10 + len(segment)}" in in_english(fault)


def test_the_checksum_of_modbus_is_known_by_its_value():
    # CRC-16/MODBUS of "123456789" is 4B37 in every catalogue
    frame = b"##0009" + b"123456789" + b"4B37\r\n"
    assert ("crc-modbus",) in [codes_of(fault) for fault in read_strict(frame).faults]


@pytest.fixture
def other_server():
    """Something that listens and is no HJ 212: it greets with ``greeting`` and may hang up."""
    place = socket.create_server(("127.0.0.1", 0))
    how = {"greeting": b"", "hangs_up": False}

    def live():
        with contextlib.suppress(OSError):
            while True:
                line, _ = place.accept()
                with line:
                    while line.recv(4096):
                        line.sendall(how["greeting"])
                        if how["hangs_up"]:
                            break

    threading.Thread(target=live, daemon=True).start()
    yield place.getsockname()[1], how
    place.close()


@pytest.mark.parametrize(
    ("greeting", "hangs_up", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, "no HJ 212 frame"),
        (b"", True, "hung up"),
        (b"", False, "no answer within"),
    ],
)
def test_what_is_no_hj212_is_called_so(other_server, capsys, greeting, hangs_up, words):
    port, how = other_server
    how.update(greeting=greeting, hangs_up=hangs_up)
    code = main([
        "conform", "server", f"127.0.0.1:{port}", "--mn", "M1", "--timeout", "0.3", "--only", "S-17-C.14", "--lang", "en",
    ])  # fmt: skip
    said = capsys.readouterr().out
    assert code == 1
    assert words in said
    assert "To mend:" in said
    assert "1 failed" in said


def test_a_case_is_named_by_its_whole_number(capsys):
    assert main(["conform", "server", "127.0.0.1:1", "--mn", "M1", "--only", "S-99"]) == 2
    assert "S-99" in capsys.readouterr().err


def test_what_a_device_said_before_the_first_case_is_judged_too():
    raw = b"QN=20260101000000000;ST=32;CN=2011;PW=123456;MN=M1;Flag=5;CP=&&w01018-Rtd=abc&&"
    first = read_strict(b"##%04d" % len(raw) + raw + b"0000\r\n")
    device = WrongDevice("", test_plan(), NOW.timestamp())
    cases = [case for case in device_cases([first]) if case.id in ("D-fields", "D-frames")]
    verdicts = run_in_memory(cases, replace(SETTING, edition=2017), device, NOW.timestamp())
    assert [one.result for one in verdicts] == [Result.FAILED, Result.FAILED]
    assert "DataTime" in next(one.why for one in verdicts if one.case.id == "D-fields")
