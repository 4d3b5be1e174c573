"""Draws that can be repeated; intervals that hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.sampling import draw, needed_n, wilson

IDS = [f"QX-{i:03d}" for i in range(120)]


def test_a_draw_is_the_same_for_everybody_and_whatever_the_order():
    first = draw(IDS, 12, "2026-11-20 福彩3D 第310期 472")
    assert draw(reversed(IDS), 12, "2026-11-20 福彩3D 第310期 472") == first
    assert len(first.drawn) == 12
    assert draw(IDS, 12, "another seed").drawn != first.drawn


def test_taking_one_out_changes_only_its_place():
    full = draw(IDS, 12, "seed").drawn
    without = draw([i for i in IDS if i != full[0]], 12, "seed").drawn
    assert len(set(full) & set(without)) == 11


@pytest.mark.parametrize(("ids", "n", "seed"), [(["a", "a"], 1, "s"), (["a"], 2, "s"), (["a"], 1, "")])
def test_a_draw_that_cannot_be_trusted_is_refused(ids, n, seed):
    with pytest.raises(ValueError):
        draw(ids, n, seed)


@given(st.integers(1, 3000), st.data())
def test_interval_holds_the_share_and_stays_in_range(n, data):
    hits = data.draw(st.integers(0, n))
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


def test_interval_at_the_ends_by_hand():
    # 0 of n: low 0, high z²/(n+z²); n=10: 3.8415/13.8415 = 0.27753
    assert wilson(0, 10) == (0.0, pytest.approx(0.27753, abs=1e-5))
    with pytest.raises(ValueError):
        wilson(5, 4)


def test_needed_n_is_the_first_that_holds():
    n = needed_n(0.904, 0.8)
    assert n == 57


def test_clusters_widen_the_interval():
    # a design effect of 2 makes 80 draws worth 40: the interval of 66/80 is that of 33/40
    assert wilson(66, 80, design_effect=2) == pytest.approx(wilson(33, 40))
    with pytest.raises(ValueError, match="at least 1"):
        wilson(1, 2, design_effect=0.5)
