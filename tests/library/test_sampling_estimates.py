"""Estimates against textbooks, against every possible sample of small populations, and against chance itself."""

from itertools import combinations, product
from math import comb, inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.sampling import (
    Design,
    Ends,
    Method,
    Part,
    agreement,
    allocate,
    clopper_pearson,
    differing,
    estimate_by,
    estimate_by_size,
    estimate_simple,
    estimate_stratified,
    estimate_two_stage,
    fisher,
    gaps,
    holm,
    logit_t,
    mcnemar,
    size_normal,
    size_wilson,
    wilson,
)

# --- sizes -----------------------------------------------------------------------------------------------------------


def test_sizes_of_the_textbook_and_of_the_journey():
    # Cochran 1977 section 4.2: 3,200 people, half expected, 5 points, t = 2: n0 = 4·0.25/0.0025 = 400,
    # n = 400 / (1 + 399/3200) = 355.7 → 356
    assert size_normal(0.05, 3200, z=2) == 356
    # 1,842 stations, 80 % expected: n0 = 3.8415·0.16/0.0025 = 245.85; n = 245.85/(1 + 244.85/1842) = 217.0…
    assert size_normal(0.05, 1842, share=0.8) == 218
    # a design effect of 1.5: n0 = 368.78; 368.78/(1 + 367.78/1842) = 307.4
    assert size_normal(0.05, 1842, share=0.8, design_effect=1.5) == 308
    assert abs(size_wilson(0.05, 1842, share=0.8) - 218) <= 4
    assert size_normal(0.05, 30, share=0.8) <= 30
    with pytest.raises(ValueError, match="0 和 1"):
        size_normal(5, 100)


@given(st.integers(2, 4000), st.floats(0.01, 0.3), st.floats(0.05, 0.95), st.floats(1, 3))
@settings(max_examples=60)
def test_wilsons_size_is_the_first_that_is_narrow_enough(population, margin, share, effect):
    n = size_wilson(margin, population, share=share, design_effect=effect)
    assert 1 <= n <= population

    def half(k):
        low, high = wilson_at(share, k * (population - 1) / (population - k) / effect)
        return (high - low) / 2

    assert n == population or half(n) <= margin
    assert n == 1 or half(n - 1) > margin


def wilson_at(p, n, z=1.959963984540054):
    centre, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def test_shares_by_hand():
    # 60 of 600, 300, 100: proportional 36, 18, 6
    assert allocate(60, {"a": 600, "b": 300, "c": 100}) == {"a": 36, "b": 18, "c": 6}
    # Neyman with p = 0.5, 0.9, 0.5: N·s = 300, 90, 50 of 440; 60· = 40.9, 12.3, 6.8 → 41, 12, 7
    assert allocate(60, {"a": 600, "b": 300, "c": 100}, expected={"a": 0.5, "b": 0.9, "c": 0.5}) == {
        "a": 41, "b": 12, "c": 7,
    }  # fmt: skip
    # a stratum of one gives its one; every other at least two
    assert allocate(10, {"a": 100, "b": 3, "c": 1}) == {"a": 7, "b": 2, "c": 1}
    with pytest.raises(ValueError, match="每层至少"):
        allocate(5, {"a": 9, "b": 9, "c": 9})


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 90), min_size=1, max_size=12), st.data())
@settings(max_examples=80)
def test_shares_add_up_and_stay_inside(sizes, data):
    least = sum(min(2, n) for n in sizes.values())
    n = data.draw(st.integers(least, sum(sizes.values())))
    took = allocate(n, sizes)
    assert sum(took.values()) == n
    assert all(min(2, sizes[h]) <= took[h] <= sizes[h] for h in sizes)


# --- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "score", "exact"),
    [  # Newcombe 1998, Statistics in Medicine 17, 857-872, table I: methods 3 (Wilson) and 5 (Clopper-Pearson)
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_of_newcombe(hits, n, score, exact):
    assert wilson(hits, n) == pytest.approx(score, abs=6e-5)
    assert clopper_pearson(hits, n) == pytest.approx(exact, abs=6e-5)


def test_logit_interval_by_hand():
    # p = 0.5, v = 0.0025, df → ∞: half = 1.96·0.05/0.25 = 0.39199; expit(±0.39199) = 0.40324, 0.59676
    assert logit_t(0.5, 0.0025, inf) == pytest.approx((0.40324, 0.59676), abs=1e-5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        logit_t(1.0, 0.01, 9)


# --- estimates by hand -----------------------------------------------------------------------------------------------


def test_a_simple_sample_by_hand():
    # 33 of 40 of 200: p = 0.825; v = (1 - 0.2)·0.825·0.175/39 = 0.0029615
    e = estimate_simple(33, 40, 200)
    assert (e.share, e.variance) == (0.825, pytest.approx(0.0029615, abs=1e-7))
    assert e.design_effect == pytest.approx(1)
    # all of them seen: a point
    assert estimate_simple(18, 20, 20).interval() == (0.9, 0.9)


def test_a_stratified_sample_by_hand():
    # A: 4 of 5 of 60; B: 1 of 5 of 40. p = 0.6·0.8 + 0.4·0.2 = 0.56
    # v = 0.36·(1 - 5/60)·0.16/4 + 0.16·(1 - 5/40)·0.16/4 = 0.0132 + 0.0056 = 0.0188
    e = estimate_stratified({"A": Part(4, 5, 60), "B": Part(1, 5, 40)})
    assert (e.share, e.variance, e.df) == (pytest.approx(0.56), pytest.approx(0.0188), 8)
    # simple: 0.9·0.56·0.44/9 = 0.02464; 0.0188/0.02464 = 0.763: the strata helped
    assert e.design_effect == pytest.approx(0.763, abs=1e-3)


def test_a_stratum_of_one_borrows_the_variance_of_the_others():
    # B has one visit of 40: s² of A (0.2) in its place: 0.16·(39/40)·0.2/1 = 0.0312, A: 0.36·(55/60)·0.2/5 = 0.0132
    e = estimate_stratified({"A": Part(4, 5, 60), "B": Part(1, 1, 40)})
    assert e.variance == pytest.approx(0.0132 + 0.0312)


def test_two_stages_by_hand():
    # 2 of 4 clusters: 10 stations, 2 of 4 seen run; 20 stations, 4 of 4 run. ratio = (10·0.5 + 20·1)/30 = 0.83333
    # spread: (10·(0.5 - 0.83333))² + (20·(1 - 0.83333))² = 11.111 + 11.111 = 22.222; mean size 15
    # ultimate = 22.222/1/2/225 = 0.049383; between = half of it = 0.024691
    # within = f1/(m² M̄²)·(10²·(1 - 0.4)·0.33333/4 + 0) = 0.5/4/225·5 = 0.0027778
    e = estimate_two_stage([Part(2, 4, 10), Part(4, 4, 20)], 4, 60)
    assert e.share == pytest.approx(0.833333, abs=1e-6)
    assert e.ultimate == pytest.approx(0.049383, abs=1e-6)
    assert (e.between, e.within) == (pytest.approx(0.024691, abs=1e-6), pytest.approx(0.0027778, abs=1e-6))
    assert e.variance == pytest.approx(0.024691 + 0.0027778, abs=1e-6)
    with pytest.raises(ValueError, match="at least 2"):
        estimate_two_stage([Part(2, 4, 10)], 4, 60)


def test_the_estimate_of_a_design_takes_its_own_formula():
    sizes = {"A": 60, "B": 40}
    stratified = Design(Method.STRATIFIED, take={"A": 5, "B": 5})
    assert estimate_by(stratified, {"A": (4, 5), "B": (1, 5)}, sizes).share == pytest.approx(0.56)
    with pytest.raises(ValueError, match="一座都没查成"):
        estimate_by(stratified, {"A": (4, 5), "B": (0, 0)}, sizes)
    by_size = estimate_by(Design(Method.TWO_STAGE_PPS, clusters=2, each=5), {"1:A": (4, 5), "2:A": (1, 5)}, sizes)
    assert by_size.share == pytest.approx(0.5)
    assert estimate_by(Design(Method.SIMPLE, n=5), {"": (4, 5)}, {"": 100}).share == 0.8


# --- every possible sample -------------------------------------------------------------------------------------------

RUNS = [[1, 0, 1], [1, 1], [0, 0, 1, 1], [1, 0, 0]]  # four clusters of twelve stations, seven run
WHOLE = sum(map(sum, RUNS)) / 12


def mean_and_variance(weighted):
    total = sum(w for w, _ in weighted)
    mean = sum(w * e.share for w, e in weighted) / total
    spread = sum(w * (e.share - mean) ** 2 for w, e in weighted) / total
    said = sum(w * e.variance for w, e in weighted) / total
    return total, mean, spread, said


def test_simple_samples_all_of_them():
    flat = [x for c in RUNS for x in c]
    every = [(1.0, estimate_simple(sum(flat[i] for i in s), 5, 12)) for s in combinations(range(12), 5)]
    assert len(every) == comb(12, 5)
    _, mean, spread, said = mean_and_variance(every)
    assert (mean, said) == (pytest.approx(WHOLE), pytest.approx(spread))


def test_stratified_samples_all_of_them():
    every = [
        (1.0, estimate_stratified({str(h): Part(sum(pick), 2, len(RUNS[h])) for h, pick in enumerate(picks)}))
        for picks in product(*(list(combinations(c, 2)) for c in RUNS))
    ]
    _, mean, spread, said = mean_and_variance(every)
    assert (mean, said) == (pytest.approx(WHOLE), pytest.approx(spread))


def test_two_stage_samples_all_of_them():
    every = []
    for pair in combinations(range(4), 2):
        ways = [list(combinations(RUNS[c], 2)) for c in pair]
        for picks in product(*ways):
            drawn = [Part(sum(p), 2, len(RUNS[c])) for c, p in zip(pair, picks, strict=True)]
            every.append((1 / 6 / len(ways[0]) / len(ways[1]), estimate_two_stage(drawn, 4, 12, unbiased=True)))
    total, mean, spread, said = mean_and_variance(every)
    assert total == pytest.approx(1)
    assert (mean, said) == (pytest.approx(WHOLE), pytest.approx(spread))
    assert all(e.ultimate >= e.between for _, e in every)


def test_two_stages_by_size_all_of_them():
    every = []
    for pair in product(range(4), repeat=2):  # with replacement, in order
        ways = [list(combinations(RUNS[c], 2)) for c in pair]
        chance = len(RUNS[pair[0]]) / 12 * len(RUNS[pair[1]]) / 12
        for picks in product(*ways):
            drawn = [Part(sum(p), 2, len(RUNS[c])) for c, p in zip(pair, picks, strict=True)]
            every.append((chance / len(ways[0]) / len(ways[1]), estimate_by_size(drawn, 12)))
    total, mean, spread, said = mean_and_variance(every)
    assert total == pytest.approx(1)
    assert (mean, said) == (pytest.approx(WHOLE), pytest.approx(spread))


# --- coverage by simulation ------------------------------------------------------------------------------------------

ROUNDS = 2000


def test_intervals_of_a_stratified_sample_hold_what_they_say():
    chance = np.random.default_rng(20261120)
    truth = {"A": (700, 0.93), "B": (800, 0.78), "C": (342, 0.66)}
    hits_in = {h: round(n * p) for h, (n, p) in truth.items()}
    whole = sum(hits_in.values()) / 1842
    took = {"A": 91, "B": 104, "C": 45}
    held = dict.fromkeys(Ends, 0)
    drawn = {h: chance.hypergeometric(hits_in[h], truth[h][0] - hits_in[h], took[h], ROUNDS) for h in took}
    for r in range(ROUNDS):
        e = estimate_stratified({h: Part(int(drawn[h][r]), took[h], truth[h][0]) for h in took})
        for ends in Ends:
            low, high = e.interval(ends)
            held[ends] += low <= whole <= high
    assert 0.94 <= held[Ends.WILSON] / ROUNDS <= 0.965, held
    assert 0.94 <= held[Ends.LOGIT] / ROUNDS <= 0.965, held
    assert 0.945 <= held[Ends.CLOPPER] / ROUNDS <= 0.98, held


@pytest.mark.parametrize("by_size", [False, True])
def test_intervals_of_clusters_hold_what_they_say_and_the_simple_formula_does_not(by_size):
    chance = np.random.default_rng(42)
    sizes = chance.integers(8, 45, 60)
    alike = chance.beta(
        3.2, 0.8, 60
    )  # stations of a township are alike: 80 % on the whole, some townships far below
    runs = [
        chance.permutation((np.arange(n) < round(n * p)).astype(int)) for n, p in zip(sizes, alike, strict=True)
    ]
    whole, total = sum(int(r.sum()) for r in runs) / int(sizes.sum()), int(sizes.sum())
    held, naive, effects = dict.fromkeys(Ends, 0), 0, []
    for _ in range(ROUNDS):
        if by_size:
            names = chance.choice(60, 24, p=sizes / total)
        else:
            names = chance.choice(60, 24, replace=False)
        drawn = [
            Part(int(chance.hypergeometric(r.sum(), len(r) - r.sum(), 8)), 8, len(r))
            for r in (runs[c] for c in names)
        ]
        e = estimate_by_size(drawn, total) if by_size else estimate_two_stage(drawn, 60, total)
        effects.append(e.design_effect)
        for ends in Ends:
            low, high = e.interval(ends)
            held[ends] += low <= whole <= high
        low, high = wilson(sum(p.hits for p in drawn), sum(p.n for p in drawn))
        naive += low <= whole <= high
    assert np.mean(effects) > 1.5
    assert naive / ROUNDS < 0.92, naive
    assert 0.935 <= held[Ends.LOGIT] / ROUNDS <= 0.98, held
    assert 0.935 <= held[Ends.WILSON] / ROUNDS <= 0.98, held
    assert 0.94 <= held[Ends.CLOPPER] / ROUNDS <= 0.985, held


# --- entries and gaps ------------------------------------------------------------------------------------------------


def test_kappa_of_a_table_by_hand():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: po = 0.7; pe = 0.5·0.6 + 0.5·0.4 = 0.5; kappa = 0.4
    said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    one = {str(i): a for i, (a, _) in enumerate(said)}
    two = {str(i): b for i, (_, b) in enumerate(said)}
    a = agreement(one, two)
    assert (a.n, a.same, a.kappa, len(a.different)) == (50, 35, pytest.approx(0.4), 15)
    assert agreement({"1": True}, {"1": True}).kappa is None
    assert differing({"a": "1", "b": "2"}, {"a": "1", "c": "3"}) == ("b", "c")


def test_exact_tests_by_hand():
    # the lady tasting tea: 3 of 4 right. 2·(16 + 1)/70 = 0.4857
    assert fisher(3, 1, 1, 3) == pytest.approx(34 / 70)
    # one against five: 2·(1 + 6)/64
    assert mcnemar(5, 1) == pytest.approx(14 / 64)
    assert mcnemar(0, 0) == 1
    # 0.01·3 = 0.03; 0.02·2 = 0.04; 0.5
    assert holm([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.04])


def test_gaps_by_operator():
    pairs = {
        "甲": [(True, False)] * 6 + [(True, True)] * 14,  # says 100 %, found 70 %: p = 2/64
        "乙": [(True, True)] * 19 + [(False, True)],
        "丙": [(None, True)] * 8 + [(None, False)] * 2,
        "丁": [],
    }
    first, *rest = gaps(pairs, {"丙": (97, 100)})
    assert (first.name, first.points, first.p, first.paired) == (
        "甲",
        pytest.approx(30),
        pytest.approx(2 / 64),
        True,
    )
    assert first.corrected == pytest.approx(3 * 2 / 64)
    by = {g.name: g for g in rest}
    assert by["丙"].paired is False
    assert by["丙"].p == pytest.approx(fisher(97, 3, 8, 2))
    assert by["乙"].points == pytest.approx(-5)
    assert "丁" not in by
