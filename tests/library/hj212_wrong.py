"""A server and devices that are wrong on purpose, each in one way, written without the package's machines."""

import re
from dataclasses import replace

from qingxi.wire.hj212.simulator import DevicePlan, SimulatedDevice


def checksum(segment: bytes) -> int:
    """Annex A once more, from its words: shift out the high byte, mix the next byte in, eight times shift and mix."""
    register = 0xFFFF
    for byte in segment:
        register = (register // 256) ^ byte
        for _ in range(8):
            register, out = register // 2, register % 2
            if out:
                register ^= 0xA001
    return register


def modbus(segment: bytes) -> int:
    register = 0xFFFF
    for byte in segment:
        register ^= byte
        for _ in range(8):
            register, out = register // 2, register % 2
            if out:
                register ^= 0xA001
    return register


def framed(segment: bytes, *, check=checksum) -> bytes:
    return b"##%04d" % len(segment) + segment + b"%04X\r\n" % check(segment)


def field(segment: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?:^|;)" + name + rb"=([^;]*)", segment)
    return found.group(1) if found else b""


SERVER_FAULTS = {
    # fault: ids of cases of which at least one must find it
    "own-qn": {"S-17-C.14"},
    "st-32": {"S-17-C.14"},
    "keeps-answer-bit": {"S-17-C.14"},
    "always-2017": {"S-version"},
    "modbus": {"S-crc-own", "S-17-C.14"},
    "answers-without-bit": {"S-no-bit"},
    "ignores-crc": {"S-crc"},
    "trusts-length": {"S-length"},
    "9014-for-notices": {"S-17-C.4"},
    "one-packet-a-read": {"S-glued"},
    "joins-split": {"S-split"},
    "answers-answers": {"S-polite"},
    "drops-duplicates": {"S-again"},
    "no-line-end": {"S-17-C.14"},
    "any-password": {"S-pw"},
    "any-device": {"S-mn"},
    "ascii-only": {"S-17-C.40"},
    "length-of-256": {"S-long"},
    "deaf-to-unknown": {"S-unknown"},
}


class PaperServer:
    """A small server in memory that answers as the standard has it, but for its fault."""

    wake = float("inf")

    def __init__(self, fault: str = "", mn: bytes = b"M1", pw: bytes = b"123456") -> None:
        self.fault, self.mn, self.pw = fault, mn, pw
        self.buffer = b""
        self.seen: set[bytes] = set()

    def connected(self, now):
        self.buffer = b""
        return b""

    def disconnected(self, now):
        pass

    def tick(self, now):
        return b""

    def receive(self, data: bytes, now: float) -> bytes:
        self.buffer += data
        out = b""
        while True:
            start = self.buffer.find(b"##")
            if start < 0:
                return out
            self.buffer = self.buffer[start:]
            if len(self.buffer) < 6:
                return out
            length = int(self.buffer[2:6]) if self.buffer[2:6].isdigit() else 0
            whole = 6 + length + 6
            line = self.buffer.find(b"\n") + 1
            if self.fault == "trusts-length":
                if len(self.buffer) < whole:
                    return out
                frame, self.buffer = self.buffer[:whole], self.buffer[whole:]
            else:
                if not line:
                    return out
                frame, self.buffer = self.buffer[:line], self.buffer[line:]
            out += self.answer(frame)
            if self.fault == "one-packet-a-read":
                self.buffer = b""
                return out

    def answer(self, frame: bytes) -> bytes:
        segment, check = frame[6:-6], frame[-6:-2]
        good = check == b"%04X" % checksum(segment) and len(segment) == int(frame[2:6])
        if not good and self.fault != "ignores-crc":
            return b""
        if self.fault == "length-of-256" and len(segment) > 256:
            return b""
        if self.fault == "ascii-only" and not segment.isascii():
            return b""
        qn, cn, pw, mn = (field(segment, name) for name in (b"QN", b"CN", b"PW", b"MN"))
        flag = int(field(segment, b"Flag"))
        if mn != self.mn and self.fault != "any-device":
            return b""
        if pw != self.pw and self.fault != "any-password":
            return b""
        if not flag & 1 and self.fault != "answers-without-bit":
            return b""
        if cn[:3] == b"901" and cn != b"9015" and self.fault != "answers-answers":
            return b""
        if self.fault == "deaf-to-unknown" and cn == b"2999":
            return b""
        if self.fault == "drops-duplicates" and qn in self.seen:
            return b""
        if self.fault == "joins-split" and flag & 2 and field(segment, b"PNO") != field(segment, b"PNUM"):
            return b""
        self.seen.add(qn)
        answer = b"9013" if cn in (b"1001", b"1013", b"1014", b"9015") else b"9014"
        if self.fault == "9014-for-notices":
            answer = b"9014"
        told = flag & ~3
        if self.fault == "keeps-answer-bit":
            told = flag
        if self.fault == "always-2017":
            told = 4
        said = b"QN=%b;ST=%b;CN=%b;PW=%b;MN=%b;Flag=%d;CP=&&&&" % (
            b"20200101000000000" if self.fault == "own-qn" else qn,
            b"32" if self.fault == "st-32" else b"91", answer, pw, mn, told,
        )  # fmt: skip
        raw = framed(said, check=modbus if self.fault == "modbus" else checksum)
        return raw.rstrip(b"\r\n") if self.fault == "no-line-end" else raw


DEVICE_FAULTS = {
    "own-qn": {"D-17-C.5"},
    "no-9011": {"D-17-C.5"},
    "no-9012": {"D-17-C.5"},
    "result-first": {"D-17-C.5"},
    "st-32": {"D-17-C.5"},
    "keeps-answer-bit": {"D-17-C.5"},
    "modbus": {"D-17-C.5", "D-frames"},
    "no-line-end": {"D-frames"},
    "any-password": {"D-pw"},
    "never-resends": {"D-resend"},
    "new-qn-on-resend": {"D-resend"},
    "deaf-to-answers": {"D-resend"},
    "whole-history": {"D-17-C.21"},
    "no-data": {"D-17-C.7"},
    "bad-flag": {"D-fields"},
    "other-mn": {"D-17-C.5", "D-self"},
    "ignores-crc": {"D-crc"},
    "answers-without-bit": {"D-no-bit"},
    "knows-everything": {"D-cn"},
    "forgets-settings": {"D-set-rtd"},
    "one-qn-for-all": {"D-qn", "D-resend"},
}


class WrongDevice:
    """A simulated device behind a filter that makes it wrong in one way."""

    def __init__(self, fault: str, plan: DevicePlan, now: float) -> None:
        self.fault, self.plan = fault, plan
        self.device = SimulatedDevice(plan, now)
        self.said: set[bytes] = set()

    @property
    def wake(self):
        return self.device.wake

    def connected(self, now):
        return self.out(self.device.connected(now))

    def disconnected(self, now):
        self.device.disconnected(now)

    def tick(self, now):
        return self.out(self.device.tick(now))

    def receive(self, data: bytes, now: float) -> bytes:
        return self.out(self.device.receive(self.into(data), now))

    def into(self, data: bytes) -> bytes:
        segment = data[6:-6]
        if not data.startswith(b"##") or not data.endswith(b"\r\n") or data.count(b"##") > 1:
            return data
        if self.fault == "any-password":
            segment = re.sub(rb";PW=[^;]*", b";PW=" + self.device.end.pw.encode(), segment)
        elif self.fault == "answers-without-bit":
            segment = re.sub(rb"Flag=4", b"Flag=5", segment)
        elif self.fault == "knows-everything":
            segment = segment.replace(b"CN=3999", b"CN=1061")
        elif self.fault == "forgets-settings":
            segment = segment.replace(b"RtdInterval=60", b"RtdInterval=90")
        elif self.fault == "deaf-to-answers" and b"CN=9014" in segment:
            return b""
        elif self.fault == "whole-history" and b"BeginTime=" in segment:
            segment = re.sub(rb"BeginTime=(\d{8})\d{6}", rb"BeginTime=\g<1>000000", segment)
        elif self.fault != "ignores-crc":
            return data
        return framed(segment)

    def out(self, data: bytes) -> bytes:
        frames = re.findall(rb"##.*?\r\n", data, re.DOTALL)
        if self.fault == "result-first":
            frames.sort(key=lambda raw: b"CN=9012" not in raw)
        return b"".join(self.wrong(raw) for raw in frames)

    def wrong(self, raw: bytes) -> bytes:
        segment = raw[6:-6]
        cn, qn = field(segment, b"CN"), field(segment, b"QN")
        answers = cn in (b"9011", b"9012", b"9013")
        if self.fault in ("no-9011", "no-9012") and cn == self.fault[3:].encode():
            return b""
        if self.fault == "no-data" and cn == b"1063":
            return b""
        if self.fault == "never-resends" and not answers:
            if qn in self.said:
                return b""
            self.said.add(qn)
        if self.fault == "new-qn-on-resend" and not answers:
            if qn in self.said:
                segment = segment.replace(qn, qn[:14] + b"999")
            self.said.add(qn)
        if self.fault == "own-qn" and answers:
            segment = segment.replace(qn, b"20200101000000000")
        if self.fault == "one-qn-for-all" and not answers:
            segment = segment.replace(qn, b"20200101000000000")
        if self.fault == "st-32":
            segment = segment.replace(b"ST=91", b"ST=32")
        if self.fault == "keeps-answer-bit" and answers:
            segment = segment.replace(b"Flag=4", b"Flag=5")
        if self.fault == "other-mn":
            segment = re.sub(rb";MN=[^;]*", b";MN=OTHER", segment)
        if self.fault == "bad-flag":
            segment = segment.replace(b"-Flag=N", b"-Flag=X")
        raw = framed(segment, check=modbus if self.fault == "modbus" else checksum)
        return raw.rstrip(b"\r\n") if self.fault == "no-line-end" else raw


def test_plan(**changes) -> DevicePlan:
    return replace(DevicePlan("M1", sensors=("flow", "cod"), rtd_s=60), **changes)


test_plan.__test__ = False
