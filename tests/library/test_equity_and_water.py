"""Equity and the receiving water, by hand and against brute force."""

from datetime import date
from itertools import combinations
from math import isclose, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.indicator import Share, WaterValue, gini, group_shares, theil, theil_between, water_change, water_class
from qingxi.indicator.water_change import _ways, shift


def test_gini_by_hand():
    assert gini([10, 10, 10], [1, 1, 1]) == pytest.approx(0)
    # all to one of four equal people: (n - 1) / n
    assert gini([0, 0, 0, 8], [1, 1, 1, 1]) == pytest.approx(0.75)
    # 1 and 3 for equal heads: mean difference 2 / (2 · mean 2 · 2) = 0.25
    assert gini([1, 3], [1, 1]) == pytest.approx(0.25)
    assert gini([0, 0], [1, 1]) is None
    assert gini([], []) is None


def test_theil_by_hand():
    assert theil([10, 20], [1, 2]) == pytest.approx(0)  # 10 a head each
    assert theil([0, 4], [1, 1]) == pytest.approx(log(2))
    # 1 and 3, mean 2: (0.5·ln 0.5 + 1.5·ln 1.5) / 2 = 0.13081..
    assert theil([1, 3], [1, 1]) == pytest.approx(0.130812, abs=1e-6)


counts = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 500), st.sampled_from("甲乙丙")), min_size=1, max_size=20
)


@given(counts)
def test_between_and_within_add_up(rows):
    amounts, people, groups = (list(c) for c in zip(*rows, strict=True))
    whole = theil(amounts, people)
    if whole is None:
        return
    total = sum(amounts)
    within = 0.0
    for g in set(groups):
        own = [(a, p) for a, p, q in rows if q == g]
        part = theil([a for a, _ in own], [p for _, p in own])
        within += sum(a for a, _ in own) / total * (part or 0.0)
    assert isclose(whole, theil_between(amounts, people, groups) + within, abs_tol=1e-9)


@given(counts)
def test_gini_lies_between_and_splitting_a_place_in_two_alike_halves_changes_nothing(rows):
    amounts, people = [2 * a for a, _, _ in rows], [2 * p for _, p, _ in rows]
    halves = [a / 2 for a in amounts for _ in "ab"], [p / 2 for p in people for _ in "ab"]
    one, two = gini(amounts, people), gini(*halves)
    assert (one is None) == (two is None)
    if one is not None:
        assert 0 <= one < 1
        assert isclose(one, two, abs_tol=1e-9)


def test_group_shares_keep_the_unknown_apart():
    rows = [
        Share("1", "甲村", 100, 500_000, 40), Share("2", "乙村", 300, 300_000, 400), Share("3", "丙村", None, 900_000, 10),
    ]  # fmt: skip
    (near,) = group_shares(rows, lambda r: "近")
    # 8000 yuan over 400 heads; served: 40 and at most the 300 that live there
    assert (near.villages, near.unknown, near.yuan_per_head) == (3, 1, 20)
    assert near.served_share == pytest.approx(340 / 400)


# --- water ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "value", "word"),
    [("cod", 20, "Ⅲ类"), ("cod", 20.1, "Ⅳ类"), ("nh3n", 2.1, "劣Ⅴ类"), ("do", 6, "Ⅱ类"), ("do", 1.9, "劣Ⅴ类"), ("ss", 1, "")],
)  # fmt: skip
def test_class_at_the_limits(quantity, value, word):
    assert water_class(quantity, value) == word


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (4, 4), (3, 5)])
def test_the_exact_distribution_is_that_of_all_draws(m, n):
    found = [0] * (m * n + 1)
    for chosen in combinations(range(m + n), m):
        rest = [k for k in range(m + n) if k not in chosen]
        found[sum(a > b for a in chosen for b in rest)] += 1
    assert list(_ways(m, n)) == found


def test_shift_by_hand():
    # all after below all before: differences -10..-4; U = 0 of 4·4, p = 2/70
    middle, low, high, p = shift([10, 11, 12, 13], [3, 4, 5, 6.5])
    assert p == pytest.approx(2 / 70)
    # k = 1: P(U <= 0) = 1/70 = 0.014, P(U <= 1) = 2/70 = 0.029 > 0.025; the interval is all differences
    assert (low, high) == (-10, -3.5)
    # the sixteen differences: -10 -9 -9 -8 -8 -8 -7 -7 | -7 -6.5 -6 ..., the middle two are -7 and -7
    assert middle == -7


def test_too_few_say_nothing_and_no_interval_is_given_where_none_is_possible():
    assert shift([1, 2], [3, 4])[1:3] == (None, None)
    found = water_change("cod", [WaterValue(date(2024, k, 1), 40 - k) for k in range(1, 5)], date(2024, 4, 1))
    assert found.verdict == "前 3 次、后 1 次，各要 4 次才比较"
    assert found.shift is None
    assert (found.class_before, found.class_after) == ("Ⅴ类", "Ⅴ类")


def year(year_, values):
    return [WaterValue(date(year_, 2 * k + 1, 10), v) for k, v in enumerate(values)]


OLD, NEW = [38.0, 36, 41, 35, 37, 39], [22.0, 19, 25, 21, 18, 23]


def test_a_fall_is_told_with_its_limits():
    found = water_change("cod", year(2024, OLD) + year(2026, NEW), date(2025, 6, 1))
    assert found.verdict == "变好"
    assert (found.before, found.after) == (37.5, 21.5)
    assert (found.class_before, found.class_after) == ("Ⅴ类", "Ⅳ类")
    assert found.high < 0
    assert "没有上游对照点" in found.remarks


def test_the_same_fall_above_the_outfall_is_told_beside():
    up = year(2024, [v / 2 for v in OLD]) + year(2026, [v / 2 for v in NEW])
    found = water_change("cod", year(2024, OLD) + year(2026, NEW), date(2025, 6, 1), up)
    assert any("上游同期也这样变" in r for r in found.remarks)


def test_oxygen_is_better_when_higher_and_no_change_is_called_none():
    rise = water_change(
        "do", year(2024, [3, 3.2, 2.9, 3.4, 3.1, 2.8]) + year(2026, [6, 6.2, 5.9, 6.4, 6.1, 5.8]), date(2025, 1, 1)
    )
    assert rise.verdict == "变好"
    same = water_change("cod", year(2024, OLD) + year(2026, [v + 0.5 for v in OLD]), date(2025, 1, 1))
    assert same.verdict == "看不出变化"


def test_other_months_are_told():
    found = water_change(
        "cod", year(2024, OLD) + [WaterValue(date(2026, 2, k), 20 + k / 10) for k in range(1, 7)], date(2025, 6, 1)
    )
    assert any("月份" in r for r in found.remarks)
