"""A figure up the tree: the sums equal the figures computed place by place; gains and losses apart."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.indicator import (
    Entry,
    Node,
    Records,
    State,
    Tree,
    Turn,
    VillageStanding,
    change,
    definitions,
    rate,
    roll_up,
    why_lost,
)
from qingxi.place import VillageKind

THEN, NOW = date(2025, 12, 31), date(2026, 12, 31)
RATE = definitions()["treatment_rate_village"]
TREE = Tree(
    [Node("99", "省", "province", "")]
    + [Node(f"99{p}", f"市{p}", "prefecture", "99") for p in ("01", "02")]
    + [Node(f"99{p}{c}", f"县{p}{c}", "county", f"99{p}") for p in ("01", "02") for c in ("11", "12")]
    + [
        Node(f"99{p}{c}{t}", f"镇{p}{c}{t}", "township", f"99{p}{c}")
        for p in ("01", "02") for c in ("11", "12") for t in ("100", "101")
    ]
)  # fmt: skip
TOWNS = [node.code for node in TREE.nodes if node.level == "township"]
DAYS = st.dates(date(2024, 1, 1), NOW)


@st.composite
def a_village(draw, n):
    town = draw(st.sampled_from(TOWNS))
    turns = tuple(Turn(on, draw(st.sampled_from(State)), "x") for on in sorted(draw(st.lists(DAYS, max_size=3))))
    kind = draw(st.sampled_from(VillageKind))
    return VillageStanding(f"{town}{200 + n}", f"村{n}", town, kind, State.OPEN, town, turns=turns)


@st.composite
def a_province(draw):
    villages = tuple(draw(a_village(n)) for n in range(draw(st.integers(0, 12))))
    entries = tuple(
        Entry(v.code, v.name, draw(st.booleans()), "核定", draw(DAYS), "厅")
        for v in villages
        if draw(st.booleans())
    )
    return Records("99", villages, entries=entries)


@settings(max_examples=60, deadline=None)
@given(a_province())
def test_sums_equal_the_figures_of_each_place(records):
    later, earlier = rate(RATE, records, NOW), rate(RATE, records, THEN)
    where = {v.code: v.township_code for v in records.villages}
    rolled = roll_up(later, TREE, where, change(earlier, later))
    for node in TREE.nodes:
        # The slow way: the villages of this place alone, computed anew.
        here = rate(RATE, records.within(node.code), NOW)
        before = rate(RATE, records.within(node.code), THEN)
        row = rolled.row(node.code)
        assert (row.part, row.n, row.printed) == (here.part, here.n, here.printed)
        assert {k: n for k, n in row.groups.items() if n} == {k: n for k, n in here.states.items() if n}
        was, now = {c.ref for c in before.numerator}, {c.ref for c in here.numerator}
        assert (row.gained, row.lost) == (len(now - was), len(was - now))
        gained, lost = rolled.movers(node.code)
        assert ({c.ref for c in gained}, {c.ref for c in lost}) == (now - was, was - now)


def town(n, code, *turns):
    return VillageStanding(f"{code}{200 + n}", f"村{n}", code, VillageKind.VILLAGE, State.OPEN, code, turns=turns)


def test_never_an_average_of_averages():
    """Town a: 1 of 1 = 100 %; town b: 1 of 3 = 33.3 %. Their mean is 66.7 %, the county has 2 of 4 = 50.0 %."""
    a, b = TOWNS[0], TOWNS[1]
    done = Turn(date(2024, 5, 1), State.TREATED, "认定")
    records = Records("99", (town(0, a, done), town(1, b, done), town(2, b), town(3, b)))
    rolled = roll_up(rate(RATE, records, NOW), TREE, {v.code: v.township_code for v in records.villages})
    assert rolled.row(a).printed == "100.0%"
    assert rolled.row(b).printed == "33.3%"
    assert rolled.row(a[:6]).printed == "50.0%"
    assert rolled.row(TOWNS[-1]).printed == "无法计算"


def test_a_loss_is_named_with_its_reason_and_never_netted():
    a = TOWNS[0]
    gone = town(
        0, a, Turn(date(2024, 5, 1), State.TREATED, "认定"), Turn(date(2026, 6, 18), State.OPEN, "返黑返臭")
    )
    come = town(1, a, Turn(date(2026, 7, 1), State.TREATED, "认定"))
    records = Records("99", (gone, come))
    later, earlier = rate(RATE, records, NOW), rate(RATE, records, THEN)
    row = roll_up(later, TREE, {v.code: a for v in records.villages}, change(earlier, later)).row("99")
    assert (row.part, row.gained, row.lost) == (1, 1, 1)  # one of two then and now: netted it would say nothing
    assert why_lost(records.villages, (), NOW) == {gone.code: "2026-06-18 返黑返臭"}
    assert "村0 2026-06-18 起退出已治理：返黑返臭" in later.remarks


def test_a_merged_village_counts_where_it_lay_on_the_day():
    a, b = TOWNS[0], TOWNS[-1]  # in different prefectures
    records = Records("99", (town(0, a, Turn(date(2024, 5, 1), State.TREATED, "认定")),))
    figure = rate(RATE, records, NOW)
    code = records.villages[0].code
    assert roll_up(figure, TREE, {code: a}).row("9901").part == 1
    assert roll_up(figure, TREE, {code: b}).row("9901").part == 0
    assert roll_up(figure, TREE, {code: b}).row("9902").part == 1
    lost = roll_up(figure, TREE, {})
    assert [c.name for c in lost.nowhere] == ["村0"]
    assert lost.row("99").n == 0


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([Node("1", "a", "x", ""), Node("1", "b", "x", "")], "重复"),
        ([Node("1", "a", "x", "9")], "不在区划树里"),
        ([Node("1", "a", "x", "2"), Node("2", "b", "x", "1")], "成了环"),
    ],
)
def test_a_tree_that_is_none(nodes, said):
    with pytest.raises(ValueError, match=said):
        Tree(nodes)
