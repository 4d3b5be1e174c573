"""People: plants by today's residents, pipes by the far year and the village's class, and the Spring Festival."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import street_of_houses
from small_plans import price, random_hamlet, random_layout
from test_discharge_class import read_back
from test_plan_accounts import check_accounts

from qingxi.check import check_plan
from qingxi.plan import CountyFacts, plan
from qingxi.plan.search import Search, copy_layout
from qingxi.village import Hamlets, Villages


def with_village(given_, klass, years=10.0):
    text = lambda *w: np.array(w, dtype=object)  # noqa: E731
    one = np.array([np.nan])
    villages = Villages(
        text("510000000001"), text("村"), text("510000000"), text("镇"), text("村委会"), text(klass), one, one, one, one,
        one, one,
    )  # fmt: skip
    hamlets = Hamlets(text("510000000001001"), text("湾"), np.array([0]), one, one)
    return dataclasses.replace(
        given_, villages=villages, hamlets=hamlets, facts=CountyFacts(growth_years=years),
        households=dataclasses.replace(given_.households, hamlet=np.zeros(len(given_.households), dtype=np.int64)),
    )  # fmt: skip


@pytest.mark.parametrize(("klass", "rate"), [("集聚提升", 0.005), ("城郊融合", 0.01), ("特色保护", 0.0), ("", 0.0)])
def test_pipes_carry_the_far_year_plants_todays_residents(klass, rate):
    # 12 houses of 3 people at 80 l: 2.88 m³/d today; after 10 years 2.88 · (1 + rate)^10 in the last pipe.
    result = plan(with_village(street_of_houses(count=12, mode="sewer", outlet=False), klass))
    pipes, plants = result.tables.pipes, result.tables.plants
    assert pipes["mean_flow_m3_d"].max() == pytest.approx(2.88 * (1 + rate) ** 10)
    assert plants["design_m3_d"][0] == pytest.approx(max(1.0, 1.1 * 2.88))
    check_accounts(result)
    assert not [v for v in check_plan(read_back(result)).violations if v.rule in ("flow", "money", "capacity")]


def test_growth_may_be_negative_and_the_checker_knows_the_years():
    result = plan(with_village(street_of_houses(count=12, mode="sewer", outlet=False), "搬迁撤并", years=4.0))
    # 0.95^4 = 0.81450625.
    assert result.tables.pipes["mean_flow_m3_d"].max() == pytest.approx(2.88 * 0.81450625)
    read = read_back(result)
    assert not [v for v in check_plan(read).violations if v.rule == "flow"]
    read.figures["parameters"]["growth_years"] = 9.0
    assert "flow" in {v.rule for v in check_plan(read).violations}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_with_mixed_growth_the_search_prices_what_it_builds(seed):
    ground, homes, kit, plants = random_hamlet(seed, nodes=6, houses=6, scale=30.0)
    rng = np.random.default_rng(seed)
    homes = homes._replace(far_m3_d=homes.flow_m3_d * rng.uniform(0.3, 3.0, 6))
    layout = random_layout(rng, ground, homes)
    before = price(layout, ground, homes, kit, plants)
    better = copy_layout(layout)
    engine = Search(ground, homes, kit, plants, rng)
    saved = engine.improver.improve(better, 20.0, rng)
    assert before - saved == pytest.approx(price(better, ground, homes, kit, plants), rel=1e-9, abs=5.0)


def test_the_spring_festival_is_held_against_the_plant():
    given_ = street_of_houses(count=12, mode="sewer", outlet=False)
    crowd = dataclasses.replace(given_.households, people_festival=np.full(12, 9.0))
    result = plan(dataclasses.replace(given_, households=crowd))
    # 12 · 9 · 0.08 = 8.64 m³/d against a design of 3.168: 2.7 times.
    assert "为设计规模 3.2 m³/d 的 2.7 倍" in result.tables.systems["reason"][0]
    assert "festival" in {f.code for f in result.faults}
    some = dataclasses.replace(given_.households, people_festival=np.full(12, 4.5))
    assert "festival" not in {f.code for f in plan(dataclasses.replace(given_, households=some)).faults}


def test_residents_that_are_not_given_are_a_share_of_the_registered_or_the_default():
    given_ = street_of_houses(count=3, mode="sewer", outlet=False)
    h = dataclasses.replace(
        given_.households,
        people_resident=np.array([2.0, np.nan, np.nan]),
        people_registered=np.array([9.0, 4.0, np.nan]),
    )
    people = plan(dataclasses.replace(given_, households=h)).tables.households["people_resident"]
    # 0.65 of 4, and the default of 2.7.
    assert people.tolist() == pytest.approx([2.0, 2.6, 2.7])


def test_who_may_discharge_nowhere_is_unserved_with_both_reasons():
    import shapely

    from qingxi.terrain import Protected

    given_ = street_of_houses(count=4, outlet=False)
    far = dataclasses.replace(given_.households, y_m=np.array([10.0, 10.0, 10.0, 900.0]))
    zone = Protected(
        np.array([shapely.box(-500, 700, 900, 1100)], dtype=object), np.array(["水源一级保护区"], dtype=object)
    )
    result = plan(dataclasses.replace(given_, households=far, protected=zone))
    table = result.tables.households
    assert table["mode"].tolist()[3] == "unserved"
    assert table["reason"][3] == "300 m 内没有可排水的街巷；散分户：在水源一级保护区内，不得排放"
    assert "1 户在水源一级保护区内，不得排放" in result.tables.hamlets["why_not_onsite"][0]
    assert result.figures["bound"] <= result.figures["cost"]["present_value"]
    check_accounts(result)
