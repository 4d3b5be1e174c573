"""Affordability: shares of systems by hand, who pays in which order, and each remark at its measure."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import random_village

from qingxi.plan import plan
from qingxi.plan.afford import VillageCosts, affordability, costs_by_village
from qingxi.standard import load_table


def villages(n=1, **changes):
    """n villages of 100 households and 24 m3/d: 800,000 of works, 1,000,000 in all, 15,000 a year."""
    fields = {
        "code": np.array([f"V{i}" for i in range(n)], dtype=object),
        "name": np.array([f"村{i}" for i in range(n)], dtype=object), "mode": np.full(n, "shared_plant", dtype=object),
        "households": np.full(n, 100.0), "people": np.full(n, 300.0), "flow_m3_d": np.full(n, 24.0),
        "works_yuan": np.full(n, 800_000.0), "capex_yuan": np.full(n, 1_000_000.0),
        "running_yuan_y": np.full(n, 15_000.0), "network_yuan": np.full(n, 400_000.0), "oversize": np.full(n, 1.1),
    }  # fmt: skip
    return VillageCosts(**(fields | {k: np.broadcast_to(np.array(v), n).copy() for k, v in changes.items()}))


def codes(faults):
    return {f.code for f in faults}


def test_households_pay_first_then_the_village_then_the_county():
    # Norms: 36 + 10 + 120 yuan a household and year: 3,600, 1,000, 12,000. Of 15,000 the county pays the last 10,400.
    table, county, faults = affordability(villages())
    assert table["paid_household_yuan_y"][0] == 3_600
    assert table["paid_village_yuan_y"][0] == 1_000
    assert table["paid_county_yuan_y"][0] == 10_400
    assert table["unfunded_yuan"][0] == 0
    assert county["payable_share"] == 1
    assert table["capex_per_household_yuan"][0] == 10_000
    # 15,000 / (365 x 24) = 1.7123 yuan a m3.
    assert county["running_per_m3"] == pytest.approx(1.7123, abs=1e-4)
    assert faults == []


def test_what_nobody_pays_is_unfunded_over_ten_years():
    # 20,000 - 16,600 = 3,400 a year: 34,000 in ten; 83 % payable.
    table, county, faults = affordability(villages(running_yuan_y=20_000.0))
    assert table["unfunded_yuan"][0] == pytest.approx(34_000)
    assert county["unfunded"] == pytest.approx(34_000)
    assert county["payable_share"] == pytest.approx(0.83)
    assert codes(faults) == {"afford-unfunded"}
    assert "83 %" in table["remark"][0]
    assert "3.40 万元" in table["remark"][0]


@pytest.mark.parametrize(
    ("column", "below", "above", "code"),
    [
        ("oversize", 1.99, 2.01, "afford-oversize"),
        ("network_yuan", 0.69 * 800_000, 0.71 * 800_000, "afford-network"),
        ("running_yuan_y", 16_590.0, 16_610.0, "afford-unfunded"),
    ],
)
def test_each_warning_at_its_measure(column, below, above, code):
    assert code not in codes(affordability(villages(**{column: below}))[2])
    assert code in codes(affordability(villages(**{column: above}))[2])


def test_an_outlier_needs_comparable_villages():
    capex = np.array([1.0, 1.0, 1.1, 0.9, 1.0, 2.3]) * 1e6
    table, _, faults = affordability(villages(6, capex_yuan=capex))
    assert [bool(r) for r in table["remark"]] == [False] * 5 + [True]
    assert codes(faults) == {"afford-outlier"}
    # Four others are too few, and a village of another mode or size is none.
    assert affordability(villages(5, capex_yuan=capex[1:]))[2] == []
    sizes = np.array([100.0, 100.0, 100.0, 100.0, 40.0, 100.0])
    assert "afford-outlier" not in codes(
        affordability(villages(6, capex_yuan=capex * sizes / 100, households=sizes))[2]
    )


def test_a_system_is_shared_by_flow():
    # Plant system 1: village 0 sends 1 of 4 m3/d, village 1 three; works 100 + 300 of plant. Unit of village 0: 50.
    systems = {
        "system_id": np.array([2, 1]), "mode": np.array(["onsite", "shared_plant"], dtype=object),
        "works_yuan": np.array([50.0, 400.0]), "capex_yuan": np.array([60.0, 480.0]), "running_yuan_y": np.array([5.0, 40.0]),
    }  # fmt: skip
    households = {
        "system_id": np.array([1, 1, 2, -1]), "people_resident": np.array([4.0, 12.0, 4.0, 1.0]),
        "mode": np.array(["shared_plant", "shared_plant", "onsite", "unserved"], dtype=object),
    }  # fmt: skip
    plants = {"system_id": np.array([1]), "works_yuan": np.array([300.0]), "design_m3_d": np.array([6.0])}
    text = np.array(["A", "B"], dtype=object)
    c = costs_by_village(
        systems, households, plants, np.array([0, 1, 0, 1]), text, text, np.array([1.0, 3.0, 1.0, 0.5])
    )
    assert c.works_yuan.tolist() == [100 + 50, 300]
    assert c.capex_yuan.tolist() == [120 + 60, 360]
    assert c.running_yuan_y.tolist() == [10 + 5, 30]
    assert c.network_yuan.tolist() == [25, 75]
    assert c.oversize.tolist() == [1.5, 1.5]
    assert c.households.tolist() == [2, 2]


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["free", "sewer"]))
def test_villages_add_up_to_the_plan(seed, mode):
    result = plan(random_village(seed, mode=mode))
    table, cost = result.tables.affordability, result.figures["cost"]
    assert table["capex_yuan"].sum() == pytest.approx(cost["capex"])
    assert table["running_yuan_y"].sum() == pytest.approx(cost["running_per_year"])
    paid = sum(table[f"paid_{who}_yuan_y"] for who in ("household", "village", "county"))
    years = load_table("afford")["years"]
    assert (paid * years + table["unfunded_yuan"]).sum() == pytest.approx(cost["running_per_year"] * years)
    assert ((table["network_share"] >= -1e-9) & (table["network_share"] <= 1 + 1e-9)).all()
