"""How far withheld manhole depths leave open what a hamlet bears: values by hand."""

import numpy as np
import pytest

from qingxi.check.net import net_of
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import books_of
from qingxi.check.shares import hidden_manholes_yuan, paid_by_household

WORTH = 1.15 * 1.08 + 12.46221 * 0.01  # present value of a yuan of works with upkeep


def chain(works, withheld):
    """Two manholes and a joining in a row, a house of 0.3 m3/d at each manhole; only the manholes cost anything."""
    text = lambda *words: np.array(words, dtype=object)  # noqa: E731
    layers = {
        "nodes": {
            "node_id": np.array([1, 2, 3, 4, 5]), "system_id": np.ones(5), "works_yuan": np.array([*works, 0.0, 0.0, 0.0]),
            "kind": text("manhole", "manhole", "join", "house", "house"),
        },
        "pipes": {
            "from_node": np.array([1, 2, 4, 5]), "to_node": np.array([2, 3, 1, 2]), "works_yuan": np.zeros(4),
            "kind": text("gravity", "gravity", "lateral", "lateral"),
        },
        "households": {
            "node_id": np.array([1, 2]), "system_id": np.ones(2), "mode": text("town_connection", "town_connection"),
            "flow_m3_d": np.array([0.3, 0.3]), "present_value_yuan": np.zeros(2),
        },
        "systems": {"system_id": np.ones(1), "flow_m3_d": np.zeros(1)},
        "lifts": {"node_id": np.zeros(0), "system_id": np.zeros(0)},
    }  # fmt: skip
    told = {"withheld": ["nodes.kind"] if withheld else []}
    return PlanRead(layers, np.zeros((0, 2)), np.zeros(5, dtype=np.int64), told)


def test_two_hamlets_share_manholes_of_unknown_depth():
    # 0.9 and 2.9 m deep: 900 + 350 x 0.9 = 1,215 and 1,915 yuan, told as 1,565 each. The upper house bears the first and half of the second:
    # by means 2,347.5, truly 2,172.5. Above the least of 1,215 lie 700 in all; one manhole has room for 350 x (4 - 0.9) = 1,085.
    # Upper: parts 1.5, by means 525, at least 700 - 1,085 x 0.5 = 157.5, at most 700. Lower: 0.5, 175, at least 0, at most 542.5.
    plan, books = chain((1_565.0, 1_565.0), True), books_of("prices", "rural_sewer")
    net = net_of(plan)
    assert paid_by_household(plan, net, books) == pytest.approx([2_347.5 * WORTH, 782.5 * WORTH], rel=1e-6)
    less, more = hidden_manholes_yuan(plan, net, books, np.array([0, 1]), 2)
    assert less == pytest.approx([367.5 * WORTH, 175.0 * WORTH], rel=1e-6)
    assert more == pytest.approx([175.0 * WORTH, 367.5 * WORTH], rel=1e-6)
    true = paid_by_household(chain((1_215.0, 1_915.0), False), net, books)
    by_means = paid_by_household(plan, net, books)
    assert (true >= by_means - less).all()
    assert (true <= by_means + more).all()


def test_nothing_is_open_in_a_system_of_one_hamlet_or_where_depths_are_told():
    plan, books = chain((1_565.0, 1_565.0), True), books_of("prices", "rural_sewer")
    for width in hidden_manholes_yuan(plan, net_of(plan), books, np.array([0, 0]), 1):
        assert width == pytest.approx([0.0], abs=1e-3)
    told = chain((1_215.0, 1_915.0), False)
    for width in hidden_manholes_yuan(told, net_of(told), books, np.array([0, 1]), 2):
        assert (width == 0.0).all()
