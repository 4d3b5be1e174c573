"""For how many stations a visited one stands, and the same rate again from the lines of a figure."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.bulletin import hold
from qingxi.bulletin.callover import _held, _plain
from qingxi.bulletin.held import remade
from qingxi.indicator import Records, Sampling, as_line, definitions, percent, rate, recompute
from qingxi.origin import Ref
from qingxi.sampling import Design, Kind, Method, estimate_by, share_by, verdict, weights_by

STRATIFIED = Design(Method.STRATIFIED, take={"甲": 6, "乙": 4})
SIZES = {"甲": 30, "乙": 10}


def test_weights_by_hand():
    # 甲 30/6 = 5, 乙 10/4 = 5/2; 6·5 + 4·5/2 = 40
    assert weights_by(STRATIFIED, {"甲": 6, "乙": 4}, SIZES) == {"甲": 5, "乙": Fraction(5, 2)}
    # (5·5 + 2·5/2)/40 = 30/40; counted station by station it would be 7/10
    assert share_by(STRATIFIED, {"甲": (5, 6), "乙": (2, 4)}, SIZES) == Fraction(3, 4)
    # as many of each as there are: equal weights, the plain ratio 9/12
    equal = weights_by(STRATIFIED, {"甲": 9, "乙": 3}, SIZES)
    assert equal == {"甲": Fraction(10, 3), "乙": Fraction(10, 3)}
    assert share_by(STRATIFIED, {"甲": (6, 9), "乙": (3, 3)}, SIZES) == Fraction(9, 12)
    assert weights_by(Design(Method.SIMPLE, n=8), {"": 8}, {"": 30}) == {"": Fraction(15, 4)}
    with pytest.raises(ValueError, match="一座站的结果"):
        weights_by(STRATIFIED, {"甲": 0}, SIZES)


def test_two_stages_have_weights_of_their_own():
    sizes = {"A": 20, "B": 10, "C": 30}  # C was not drawn
    two = Design(Method.TWO_STAGE, clusters=2, each=5)
    # A 20·60/(4·30) = 10, B 10·60/(5·30) = 4: 4·10 + 5·4 = 60
    assert weights_by(two, {"A": 4, "B": 5}, sizes) == {"A": 10, "B": 4}
    # (20·2/4 + 10·5/5)/30 = 2/3
    assert share_by(two, {"A": (2, 4), "B": (5, 5)}, sizes) == Fraction(2, 3)
    by_size = Design(Method.TWO_STAGE_PPS, clusters=2, each=5)
    # each draw of a cluster stands for half of the 60: 60/(2·4) = 15/2, 60/(2·5) = 6; (2/4 + 5/5)/2 = 3/4
    assert weights_by(by_size, {"1:A": 4, "2:B": 5}, sizes) == {"1:A": Fraction(15, 2), "2:B": 6}
    assert share_by(by_size, {"1:A": (2, 4), "2:B": (5, 5)}, sizes) == Fraction(3, 4)


def test_the_official_verdict_is_by_the_exact_point_value():
    # (7·3/5 + 7·5/5 + 9·4/5)/23 = 18.4/23 = 0.8 exactly; added up as floats it is 0.7999999999999999
    sizes = {"甲": 7, "乙": 7, "丙": 9}
    design = Design(Method.STRATIFIED, take=dict.fromkeys(sizes, 5))
    estimate = estimate_by(design, {"甲": (3, 5), "乙": (5, 5), "丙": (4, 5)}, sizes)
    assert estimate.share == 0.8
    assert verdict(Kind.RANDOM, estimate, 0.8).meets


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(0, 9)), min_size=2, max_size=5,
    ),
    st.sampled_from([Method.STRATIFIED, Method.TWO_STAGE]),
)  # fmt: skip
def test_weights_add_up_to_the_whole_and_give_the_estimate(parts, method):
    sizes = {f"h{i}": size for i, (size, _n, _hits) in enumerate(parts)}
    found = {f"h{i}": (min(hits, n, size), min(n, size)) for i, (size, n, hits) in enumerate(parts)}
    design = Design(method, take={h: n for h, (_hits, n) in found.items()}, clusters=len(sizes), each=9)
    weights = weights_by(design, {h: n for h, (_hits, n) in found.items()}, sizes)
    assert sum(weights[h] * n for h, (_hits, n) in found.items()) == sum(sizes.values())
    assert estimate_by(design, found, sizes).share == float(share_by(design, found, sizes))
    plain = sum(sizes[h] * hits / n for h, (hits, n) in found.items()) / sum(sizes.values())
    assert estimate_by(design, found, sizes).share == pytest.approx(plain)


def drawn(weights):
    """Ten stations: six of 甲, of which five run, four of 乙, of which two do."""
    ran = [True] * 5 + [False] + [True] * 2 + [False] * 2
    refs = [Ref("facility", f"QX-{i:03d}") for i in range(10)]
    stands = {ref: weights["甲" if i < 6 else "乙"] for i, ref in enumerate(refs)}
    sample = tuple((ref, ref.id, ok) for ref, ok in zip(refs, ran, strict=True))
    how = Sampling(interval=(0.4, 0.9), stands_for=stands)
    return rate(
        definitions()["effective_operation_rate"],
        Records("999901", sample=sample, sampling=how),
        date(2026, 11, 20),
    )


def test_a_figure_prints_the_weighted_rate_and_its_lines_give_it_again():
    figure = drawn({"甲": Fraction(5), "乙": Fraction(5, 2)})
    # 30/40, and beside it 7 of 10 visited
    assert (figure.printed, figure.value, figure.part, figure.n) == ("75.0%", 0.75, 7, 10)
    assert "按抽样设计加权，查成 7/10" in figure.sentence
    top, below = [as_line(c) for c in figure.numerator], [as_line(c) for c in figure.denominator]
    assert [x["stands_for"] for x in below] == ["5"] * 6 + ["5/2"] * 4
    again = recompute(top, below, figure.printed)
    assert (again.printed, again.part, again.n) == ("75.0%", 7, 10)
    for at in range(10):  # any line lost or twice
        try:
            lost = recompute(
                [x for x in top if x["ref"] != below[at]["ref"]], below[:at] + below[at + 1 :], "75.0%"
            )
        except ValueError:
            pass  # 乙: 37 1/2 stations are no list
        else:
            assert (lost.n, lost.printed) != (10, "75.0%")
            assert lost.printed != "75.0%"
        with pytest.raises(ValueError, match="有两行"):
            recompute(top, [*below, below[at]], "75.0%")
    with pytest.raises(ValueError, match="没有写代表多少"):
        recompute(top, [{k: v for k, v in below[0].items() if k != "stands_for"}, *below[1:]], "75.0%")
    with pytest.raises(ValueError, match="代表的数不同"):
        recompute([{**top[0], "stands_for": "6"}, *top[1:]], below, "75.0%")


def test_equal_weights_are_the_plain_ratio():
    figure = drawn({"甲": Fraction(4), "乙": Fraction(4)})
    assert (figure.printed, figure.value) == ("70.0%", 0.7)


def test_a_bulletin_holds_the_weights_and_prints_the_same():
    held = hold(drawn({"甲": Fraction(5), "乙": Fraction(5, 2)}))
    assert (held.printed, remade(held), held.weighted) == ("75.0%", "75.0%", True)
    assert _held(_plain(held)) == held


def test_a_per_cent_of_fractions_is_half_up():
    assert percent(13, 16, 1) == "81.3"  # 81.25
    assert percent(Fraction(2, 3), 1, 1) == "66.7"
    assert percent(0, 7, 2) == "0.00"
    assert percent(58, 79, 0) == "73"
