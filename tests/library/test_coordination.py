"""The coordination degree by hand, and its relation to the effect against known truths."""

import re
from datetime import date
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.indicator import (
    Observed,
    Participation,
    Took,
    by_unit,
    coordination_rule,
    degree,
    parse_coordination,
    relation,
)
from qingxi.indicator.relation import inflation, least_squares, partial_ranks, ranks
from qingxi.origin import Ref

DAY = date(2026, 11, 22)


def part(step, due, done, unit="乡镇", village="v", n=1):
    return Participation(village, step, unit, due, done, Ref("task", str(n)))


def test_the_definition_says_what_it_is():
    rule = coordination_rule()
    assert rule.trust.value == "assumption"
    assert "没有给公式" in rule.source
    assert len(rule.steps) == 12


def test_degree_by_hand():
    parts = [
        part("task", date(2026, 5, 1), date(2026, 4, 30)),  # weight 2, on time
        part("meeting", date(2026, 5, 1), date(2026, 5, 1)),  # weight 1, on time
        part("problem", date(2026, 5, 1), date(2026, 6, 1)),  # weight 2, late
        part("operation", date(2026, 5, 1), None),  # weight 1, missed
        part("task", date(2026, 12, 1), None),  # not due: no part of it
    ]
    found = degree(parts, DAY)
    # (2 + 1) / (2 + 1 + 2 + 1) = 0.5
    assert found.value == 0.5
    assert (found.due, found.on_time, found.late, found.missed) == (4, 2, 1, 1)
    assert [took for _, took in found.lines] == [Took.ON_TIME, Took.ON_TIME, Took.LATE, Took.MISSED, Took.NOT_DUE]


def test_too_little_due_is_no_degree():
    assert degree([part("task", date(2026, 5, 1), None)] * 2, DAY).value is None


def test_as_of_an_earlier_day_the_later_deed_is_not_done():
    one = part("task", date(2026, 5, 1), date(2026, 6, 1))
    assert one.took(date(2026, 5, 1)) is Took.NOT_DUE
    assert one.took(date(2026, 5, 2)) is Took.MISSED
    assert one.took(date(2026, 6, 1)) is Took.LATE


def test_late_counts_what_the_definition_says():
    import importlib.resources as r

    text = (r.files("qingxi.indicator") / "coordination_steps" / "default.toml").read_text(encoding="utf-8")
    half = parse_coordination(text.replace("late = 0.0", "late = 0.5"))
    parts = [part("meeting", date(2026, 5, 1), date(2026, 6, 1))] * 3
    assert degree(parts, DAY, half).value == 0.5
    with pytest.raises(ValueError, match="twice"):
        parse_coordination(text.replace('id = "land"', 'id = "survey"'))


def test_a_county_meeting_counts_once_a_unit():
    parts = [part("meeting", date(2026, 5, 1), None, village=v) for v in "abc"]
    (row,) = by_unit(parts, DAY)
    assert (row.due, row.missed, row.villages) == (1, 1, 3)


@given(st.lists(st.sampled_from([None, date(2026, 4, 1), date(2026, 6, 1)]), min_size=3, max_size=12))
def test_degree_lies_between_nought_and_one_and_doing_more_never_lowers_it(done):
    parts = [part("task", date(2026, 5, 1), d, n=k) for k, d in enumerate(done)]
    value = degree(parts, DAY).value
    better = degree([part("task", date(2026, 5, 1), date(2026, 4, 1), n=0), *parts[1:]], DAY).value
    assert 0 <= value <= better <= 1


# --- the relation -----------------------------------------------------------------------------------------------


def test_ranks_share_ties():
    assert list(ranks(np.array([30.0, 10, 20, 20]))) == [4, 1, 2.5, 2.5]


def test_hc3_by_hand():
    # y on a constant and x = 0, 0, 1, 1: fit 1, 1, 4, 4, residuals -1, 1, -2, 2, every leverage 1/2, so e/(1-h) doubles:
    # squares 4, 4, 16, 16. Means are independent: var(b1) = (4+4)/4 + (16+16)/4 = 10
    x = np.column_stack([np.ones(4), [0, 0, 1, 1]])
    beta, cov = least_squares(x, np.array([0.0, 2, 2, 6]))
    assert np.allclose(beta, [1, 3])
    assert isclose(cov[1, 1], 10)


def test_inflation_by_hand():
    # r between the two columns is 0.8: 1 / (1 - 0.64) = 2.777..
    rng = np.random.default_rng(1)
    a, b = np.linalg.qr(rng.normal(size=(50, 3)) - 0)[0].T[:2]
    a, b = a - a.mean(), b - b.mean()
    b = b - a * (a @ b) / (a @ a)
    a, b = a / np.sqrt(a @ a), b / np.sqrt(b @ b)
    x = np.column_stack([np.ones(50), a, 0.8 * a + 0.6 * b])
    assert inflation(x) == pytest.approx([1 / 0.36, 1 / 0.36])


def test_partial_ranks_agree_with_the_textbook_formula_for_one_other():
    rng = np.random.default_rng(2)
    x, y, z = (rng.normal(size=40) for _ in range(3))
    y = y + z
    rxy, rxz, ryz = partial_ranks(x, y, ()), partial_ranks(x, z, ()), partial_ranks(y, z, ())
    by_hand = (rxy - rxz * ryz) / np.sqrt((1 - rxz**2) * (1 - ryz**2))
    assert partial_ranks(x, y, (z,)) == pytest.approx(by_hand)


def world(seed, slope, *, n=60, confounded=0.0):
    """Villages in ten townships; the proxy drives degree and effect by ``confounded``; errors spread with the degree."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=n)
    other = rng.normal(size=(n, 2))
    degree_ = 0.5 + 0.1 * rng.normal(size=n) + 0.15 * confounded * means
    effect = 0.4 + slope * degree_ + 0.15 * confounded * means + 0.1 * rng.normal(size=n) * (0.5 + degree_)
    return [
        Observed(f"{k}", f"镇{k % 10}", degree_[k], effect[k], {"收入": means[k], "聚集": other[k, 0], "道路": other[k, 1]})
        for k in range(n)
    ]  # fmt: skip


def test_intervals_cover_the_truth_at_their_level():
    # 2000 runs: three standard errors below 95 % are 93.5 %
    slopes, townships = 0, 0
    for seed in range(2000):
        found = relation(world(seed, 0.3))
        slopes += found.slope_low <= 3.0 <= found.slope_high
        townships += found.slope_low_townships <= 3.0 <= found.slope_high_townships
    assert slopes >= 0.935 * 2000
    assert townships >= 0.935 * 2000


def test_a_planted_confounder_fools_the_raw_correlation_and_not_the_adjusted():
    raw, wrong = 0, 0
    for seed in range(200):
        found = relation(world(seed, 0.0, confounded=1.0))
        raw += found.raw > 0.25  # 60 villages: clearly above noughts's 95 % bound
        wrong += found.partial_low > 0 or found.partial_high < 0
    assert raw >= 190
    # a true nought is missed in about 5 % of 200 runs: 10, and three standard errors more
    assert wrong <= 20


def test_small_or_flat_data_are_refused_with_a_reason():
    assert "至少要 30 个" in relation(world(1, 0.3, n=20)).refused
    assert relation(world(1, 0.3, n=20)).slope is None
    flat = [Observed(r.village, r.township, 0.5, r.effect, r.proxies) for r in world(1, 0.3)]
    assert "没有差别" in relation(flat).refused
    one = [Observed(r.village, "镇", r.degree, r.effect, r.proxies) for r in world(1, 0.3)]
    assert "乡镇" in relation(one).refused
    assert relation([]).refused


def test_missing_data_are_counted_and_a_proxy_that_is_mostly_missing_is_named_not_used():
    rows = world(3, 0.3)
    rows = [
        Observed(r.village, r.township, r.degree, None if k < 5 else r.effect, {**r.proxies, "收入": None})
        for k, r in enumerate(rows)
    ]
    found = relation(rows)
    assert found.missing["成效"] == 5
    assert found.n == 55
    assert "收入" in found.unused
    assert any("收入" in remark for remark in found.remarks)


def test_collinear_proxies_are_flagged():
    rows = [
        Observed(
            r.village, r.township, r.degree, r.effect, {**r.proxies, "又一个": r.proxies["收入"] + 0.01 * k % 1}
        )
        for k, r in enumerate(world(4, 0.3))
    ]
    found = relation(rows)
    assert any("VIF" in remark for remark in found.remarks)


def test_one_township_that_carries_the_result_is_named():
    rng = np.random.default_rng(5)
    rows = [
        Observed(f"{k}", f"镇{k % 6}", float(d), float(0.5 - 0.2 * d + 0.02 * rng.normal()), {})
        for k, d in enumerate(rng.uniform(0.2, 0.5, 60))
    ]
    rows += [Observed(f"x{k}", "大镇", 0.95 + 0.004 * k, 0.95 + 0.004 * k, {}) for k in range(8)]
    found = relation(rows)
    assert found.slope > 0
    assert dict(found.by_township)["大镇"] < 0
    assert any("大镇" in remark for remark in found.remarks)


def test_no_causal_word_is_ever_said():
    causal = re.compile("导致|使得|促进|造成|引起|提高了|带来|决定了")
    for seed in range(5):
        found = relation(world(seed, 0.3))
        assert not causal.search("".join((*found.remarks, *found.unused.values(), found.refused)))


def test_the_township_interval_covers_when_villages_of_a_township_are_alike():
    # Townships shift degree and effect together: HC3 is then too narrow, the interval by townships holds its level.
    hc3, towns = 0, 0
    for seed in range(2000):
        rng = np.random.default_rng(seed)
        town = np.repeat(np.arange(12), 5)
        degree_ = 0.5 + 0.1 * rng.normal(size=12)[town] + 0.05 * rng.normal(size=60)
        effect = 0.4 + 0.3 * degree_ + 0.1 * rng.normal(size=12)[town] + 0.05 * rng.normal(size=60)
        found = relation([Observed(f"{k}", f"镇{town[k]}", degree_[k], effect[k], {}) for k in range(60)])
        hc3 += found.slope_low <= 3.0 <= found.slope_high
        towns += found.slope_low_townships <= 3.0 <= found.slope_high_townships
    assert towns >= 0.935 * 2000
    assert hc3 < towns
