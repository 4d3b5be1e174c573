"""Single numbers of payment and coordination degree that no larger example would miss."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from qingxi.appraisal import MAONAN, YUNAN, Missing, load_share, pay_yunan_plant
from qingxi.indicator import Participation, coordination_rule, degree
from qingxi.origin import Ref


@pytest.mark.parametrize(("contract", "inlet"), [(YUNAN, 220), (MAONAN, 250)])
def test_strong_influent_begins_at_its_number(contract, inlet):
    assert load_share(contract, Decimal(inlet), Decimal(20)) == Decimal("1.1")
    assert load_share(contract, Decimal(inlet) - Decimal("0.01"), Decimal(20)) == Decimal("1.05")


@pytest.mark.parametrize("lacking", range(5))
def test_one_thing_that_lacks_is_enough_for_no_amount(lacking):
    given = [Decimal(1)] * 5
    given[lacking] = None
    paid = pay_yunan_plant(*given)
    assert isinstance(paid, Missing)
    assert len(paid.names) == 1


def test_a_step_counts_by_its_weight():
    rule, day = coordination_rule(), date(2026, 3, 2)
    one, two = list(rule.steps)[:2]
    steps = {**rule.steps, one: replace(rule.steps[one], weight=3.0), two: replace(rule.steps[two], weight=1.0)}
    law = replace(rule, steps=steps, least_due=1)
    parts = [
        Participation("999901100200", one, "甲", day, day, Ref("x", "1")),
        Participation("999901100200", two, "乙", day, None, Ref("x", "2")),
    ]
    assert degree(parts, date(2026, 3, 9), law).value == 0.75  # 3 of 3 + 1; unweighted it would be a half
