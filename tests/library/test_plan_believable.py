"""A bound above the plan's cost is a fault of the program and is never clipped into a proof."""

from qingxi.plan.make import _believable


def test_a_bound_below_the_cost_stands():
    assert _believable(90.0, "下界", 100.0) == (90.0, "下界")


def test_float_dust_is_taken_off():
    # 1e-6 of 1e8 yuan is 100 yuan, and one yuan more is allowed: 100,000,050 is dust.
    assert _believable(100_000_050.0, "下界", 100_000_000.0) == (100_000_000.0, "下界")


def test_a_bound_above_the_cost_is_withdrawn_and_said_so():
    bound, label = _believable(120.0, "下界", 100.0)
    assert bound == 0.0
    assert "已撤回" in label
