"""The table of flows: every row whole, sayable and readable in both directions (hj212)."""

import pytest

from qingxi.wire.hj212 import NEED_MORE, Message, Parser, encode, flag_of
from qingxi.wire.hj212.fields import field_faults, field_of
from qingxi.wire.hj212.flow import FLOWS, flow_of, links, must_encrypt

# One good value for each kind of field, by hand.
SAMPLES = {
    "time": "20160801085857",
    "time17": "20160801085857223",
    "number": "7.1",
    "value": "7.1",
    "text": "//清洗管路//",
}
SPECIAL = {"OverTime": "5", "RtdInterval": "30", "MinInterval": "10", "NewSK": "0" * 16, "CstartTime": "000000"}


def sample(name: str) -> tuple[str, str]:
    row = field_of(name)
    assert row is not None, name
    key = "w01018" + name[1:] if name[0] == "*" else name
    if name in SPECIAL:
        return key, SPECIAL[name]
    if row.words:
        return key, sorted(row.words)[0]
    return key, SAMPLES.get(row.kind, "1")


def said_by(flow, needs) -> Message:
    groups = tuple((sample(need.names[0]),) for need in needs)
    edition = max(flow.editions)
    return Message(
        flow.cn, "MN1", qn="20160801085857223", pw="123456", flag=flag_of(edition, answer=True), groups=groups
    )


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: f"{flow.cn}-{flow.starter}")
def test_hj212_every_row_can_be_said_and_read_both_ways(flow):
    for needs in (flow.asks, flow.gives):
        message = said_by(flow, needs)
        parser = Parser()
        parser.feed(encode(message))
        got = parser.next_event()
        assert (got, got.oddities) == (message, ())
        assert parser.next_event() is NEED_MORE
        assert field_faults(got.pairs(), needs) == ()
        required = [need for need in needs if need.required]
        assert len(field_faults((), needs)) == len(required)


def test_hj212_every_row_is_whole():
    for flow in FLOWS.values():
        assert flow.starter in ("upper", "device", "both")
        assert flow.kind in ("request", "upload", "notice", "answer")
        assert flow.reply in ("none", "one", "many")
        assert set(flow.editions) <= {2005, 2017, 2025}
        assert flow.trust in ("official", "sourced")
        # What only 2025 has was not read in its text; what 2017 has was.
        assert (flow.trust == "official") == bool(flow.clause_2017)
        for need in (*flow.asks, *flow.gives):
            assert all(field_of(name) is not None for name in need.names)


def test_hj212_answers_of_the_three_kinds():
    # HJ 212-2017 6.5: a request three steps or more, an upload one or two, a notice two.
    assert flow_of("2061", "upper").answers == ("9011", "2061", "9012")
    assert flow_of("3011", "upper").answers == ("9011", "9012")
    assert flow_of("2061", "device").answers == ("9014",)
    assert flow_of("2012", "upper").answers == ("9013",)  # C.11: a notice, although it orders
    assert flow_of("9015", "device").answers == ("9013",)
    assert flow_of("9014", "device").answers == ()
    assert flow_of("7777", "device") is None


def test_hj212_annex_c_of_2017_is_covered_from_1_to_50():
    quoted = {word for flow in FLOWS.values() for word in flow.clause_2017.split() if word.startswith("C.")}
    assert quoted == {f"C.{number}" for number in range(1, 51)}


def test_hj212_time_outs_of_table_1():
    assert len(links()) == 10
    assert (links()["GPRS"].timeout_s, links()["GPRS"].resends) == (10, 3)
    assert (links()["ADSL"].timeout_s, links()["ADSL"].resends) == (5, 3)


@pytest.mark.parametrize(
    ("key", "text", "wrong"),
    [
        ("RtdInterval", "30", False),
        ("RtdInterval", "29", True),  # 30 to 3600
        ("MinInterval", "7", True),  # 1 2 3 4 5 6 10 12 15 20 30
        ("SystemTime", "20160801085857", False),
        ("SystemTime", "20160231085857", True),
        ("w01018-Flag", "N", False),
        ("w01018-Flag", "X", True),
        ("SB1-RT", "24.5", True),  # hours of a day
        ("w01018-Avg", "1e999x", True),
        ("nobody-Knows", "anything", False),  # 可扩充
    ],
)
def test_hj212_values_of_fields(key, text, wrong):
    row = field_of(key)
    assert bool(row and row.wrong(text)) is wrong


def test_hj212_what_2025_encrypts():
    # 6.4.4: 2000 to 2999 and 3020 from the device, 1014 both ways
    assert must_encrypt("2011", "device")
    assert must_encrypt("3020", "device")
    assert must_encrypt("1014", "upper")
    assert not must_encrypt("2061", "upper")
    assert not must_encrypt("9012", "device")
    assert not must_encrypt("1013", "device")
