"""Removal, twins, retention: the law of what leaves."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from qingxi.keeping import Candidate, ends_on, kept_until, pairs, refusal, retention_rules
from qingxi.keeping.twins import stem


def test_thirty_days_by_hand():
    assert kept_until(dt.date(2026, 11, 20)) == dt.date(2026, 12, 20)


def test_what_may_go():
    assert refusal("attachment") == []
    assert refusal("bulletin", state="draft") == []
    assert len(refusal("bulletin", state="issued")) == 1
    assert refusal("trail") == refusal("issue") == ["这一类记录不能移走，只能按程序办结"]


def test_twins_by_hand():
    """0.001° of latitude is 111 m, 0.003° is 334 m: the table's reach is 200 m."""
    rows = [
        Candidate("a", "红岩村生活污水处理站", "p", "", 102.0, 30.000), Candidate("b", "红岩站", "p", "", 102.0, 30.001),
        Candidate("c", "红岩村站", "p", "", 102.0, 30.003), Candidate("d", "柳湾站", "p", "", 102.0, 30.0),
        Candidate("e", "完全不同", "q", "0200"), Candidate("f", "另一个名", "r", "0200"), Candidate("g", "红岩站", "q"),
    ]  # fmt: skip
    found = pairs(rows)
    assert [(p.first, p.second) for p in found] == [("e", "f"), ("a", "b")]
    assert found[1].reasons == ("名称相近（100%）", "相距 111 m")
    assert stem("红岩村生活污水处理站") == "红岩"


@given(
    st.lists(
        st.builds(
            Candidate, st.uuids().map(str), st.text("红岩柳湾村站甲乙", min_size=1, max_size=5), st.sampled_from("pq"),
            st.sampled_from(["", "1", "2"]), st.floats(102, 102.01), st.floats(30, 30.01),
        ),
        max_size=9, unique_by=lambda c: c.key,
    )
)  # fmt: skip
def test_every_pair_is_two_records_once_and_same_account_is_always_there(rows):
    found = pairs(rows)
    assert all(p.first < p.second for p in found)
    assert len({(p.first, p.second) for p in found}) == len(found)
    want = {
        tuple(sorted((a.key, b.key)))
        for a in rows
        for b in rows
        if a.key < b.key and a.account and a.account == b.account
    }
    assert want <= {(p.first, p.second) for p in found}


def test_every_rule_of_retention_has_its_ground_and_its_end():
    for rule in retention_rules().values():
        assert rule.basis
        assert rule.source
        assert rule.end
        assert (rule.days is None) == (rule.begins == "")
    contact = retention_rules()["report.contact"]
    assert ends_on(contact, dt.date(2026, 5, 24)) == dt.date(2026, 11, 20)
    assert ends_on(contact, None) is None
    assert ends_on(retention_rules()["trail.deed"], dt.date(2026, 1, 1)) is None
