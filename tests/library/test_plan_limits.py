"""What the planner must not do, and what it says where it cannot."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from plan_ground import plane, street_of_houses

from qingxi.plan import plan
from qingxi.plan.facts import distance_faults
from qingxi.terrain import ExistingPlants, ExistingSewers, Land, Protected, Streets
from qingxi.village import Hamlets, Households, Villages


def text(*values):
    return np.array(values, dtype=object)


def existing_plant(x, *, spare=100.0, consent="已同意", kind="township"):
    return ExistingPlants(
        text("TP-1"), text("镇污水处理站"), text(kind), np.array([x]), np.array([0.0]), np.array([spare + 50]),
        np.array([50.0]), text("县水务公司"), text(consent), text("在用"), text(""), np.array([2018.0]), np.array([1e6]),
    )  # fmt: skip


def main_along(y=0.0, *, x0=160.0, spare=100.0, consent="已同意"):
    return ExistingSewers(
        np.array([shapely.LineString([(x0, y), (x0 + 200, y)])]), text("M-1"), np.array([300.0]), np.array([np.nan]),
        np.array([np.nan]), np.array([spare]), text(""), text("县水务公司"), text(consent),
    )  # fmt: skip


def one_village(klass):
    nan = np.array([np.nan])
    return Villages(
        text("999901001001"), text("甲村"), text("999901001"), text("甲镇"), text("村委会"), text(klass), nan, nan, nan,
        nan, nan, nan,
    ), Hamlets(text("999901001001001"), text("甲湾"), np.array([0]), nan, nan)  # fmt: skip


def test_a_refused_owner_is_not_joined_and_an_unasked_one_is_shown():
    dense = {"count": 20, "gap_m": 8.0, "outlet": False}
    asked = plan(street_of_houses(**dense, plants=existing_plant(165.0, consent="未征询")))
    assert asked.figures["households"]["connected"] == 20
    assert asked.tables.systems["consent"].tolist() == ["未征询"]
    assert "须书面征得" in asked.tables.systems["reason"][0]
    refused = plan(street_of_houses(**dense, plants=existing_plant(165.0, consent="不同意")))
    assert refused.figures["households"]["connected"] == 0
    # A village plant is not a town plant; one of 150 m3/d for 4.8 m3/d costs too much to run.
    village = plan(street_of_houses(**dense, plants=existing_plant(165.0, kind="village")))
    assert village.figures["households"]["connected"] == 0
    assert village.tables.plants["decision"].tolist() == ["换小设备"]


def test_joined_flow_stays_within_spare_capacity():
    # 20 houses of 0.24 m³/d are 4.8 m³/d; only 2 m³/d of room.
    tight = plan(street_of_houses(20, gap_m=8.0, outlet=False, sewers=main_along(spare=2.0)))
    joined = tight.tables.systems["mode"] == "town_connection"
    assert tight.tables.systems["flow_m3_d"][joined].sum() <= 2.0 + 1e-9
    roomy = plan(street_of_houses(20, gap_m=8.0, outlet=False, sewers=main_along(spare=50.0)))
    assert roomy.figures["households"]["connected"] == 20


def test_a_relocating_village_is_only_controlled():
    villages, hamlets = one_village("搬迁撤并")
    result = plan(street_of_houses(20, gap_m=8.0, villages=villages, hamlets=hamlets))
    assert result.figures["households"]["controlled"] == 20
    assert set(result.tables.households["reason"]) == {"搬迁撤并类村庄，只管控，不建设施"}
    assert result.tables.hamlets["class"].tolist() == ["搬迁撤并"]


def test_reuse_needs_separation_and_land():
    base = street_of_houses(8, gap_m=60.0, outlet=False)
    h = base.households
    apart = Households.at(h.x_m, h.y_m, people_resident=3.0, separated=True)
    field = Land(np.array([shapely.box(0, 50, 200, 150)]), text("farmland"), np.array([np.nan]))
    fields = {"outlet": False, "gap_m": 60.0}
    assert plan(street_of_houses(8, **fields, land=field)).figures["households"]["reuse"] == 0
    assert plan(street_of_houses(8, **fields, households=apart)).figures["households"]["reuse"] == 0
    assert plan(street_of_houses(8, **fields, households=apart, land=field)).figures["households"]["reuse"] == 8
    # 24 people × 2.5 kg N = 60 kg a year; a plot of 1,000 m² = 1.5 mu takes 18 kg, and the reason says so.
    small = Land(np.array([shapely.box(0, 50, 100, 60)]), text("farmland"), np.array([np.nan]))
    result = plan(street_of_houses(8, **fields, households=apart, land=small))
    assert result.tables.hamlets["why_not_reuse"].tolist() == [
        "300 m 内农田 1.5 亩，每年可消纳氮 18 kg，少于所需 60 kg"
    ]


def test_no_plant_in_protected_land_nor_beside_a_house():
    base = {"count": 40, "gap_m": 6.0, "outlet": False}
    free = plan(street_of_houses(**base))
    assert free.figures["plants"] == 1
    near = np.hypot(
        free.tables.plants["x_m"][:, None] - free.tables.households["x_m"],
        free.tables.plants["y_m"][:, None] - free.tables.households["y_m"],
    )
    assert near.min() >= 20.0
    everywhere = Protected(np.array([shapely.box(-500, -500, 800, 500)]), text("生态保护红线"))
    shut = plan(street_of_houses(**base, protected=everywhere))
    assert shut.figures["plants"] == 0
    # Every street node is refused by the red line; some of them would be too near a house besides.
    assert shut.tables.hamlets["why_not_shared_plant"].tolist() == [
        "街巷上没有允许建站的位置：生态保护红线（自然资发〔2022〕142 号）"
    ]


def test_houses_that_cannot_be_reached_are_named_with_the_reason():
    h = street_of_houses(5).households
    x = np.append(h.x_m, [3000.0, 50.0])  # outside the raster; too far from any street
    y = np.append(h.y_m, [0.0, 900.0])
    result = plan(street_of_houses(5, mode="sewer", households=Households.at(x, y, people_resident=3.0)))
    reasons = result.tables.households["reason"]
    assert result.figures["households"]["unserved"] == 2
    assert reasons[5] == "房屋在高程数据范围之外"
    assert reasons[6] == "300 m 内没有可排水的街巷"
    # In a free plan both are served by themselves.
    free = plan(street_of_houses(5, households=Households.at(x, y, people_resident=3.0)))
    assert free.figures["households"]["unserved"] == 0


def test_a_piece_of_the_net_without_an_outlet_is_named():
    two = Streets.from_lines([[(0, 0), (100, 0)], [(900, 0), (1000, 0)]])
    houses = Households.at([10.0, 950.0], [10.0, 10.0], people_resident=3.0)
    result = plan(
        street_of_houses(5, mode="sewer", streets=two, households=houses, outlets_m=np.array([[100.0, 0.0]]))
    )
    assert result.tables.households["reason"].tolist() == [
        "",
        "所在的街巷片没有排放口或接入点，也不与有排放口的街巷相通",
    ]
    assert any(f.code == "streets-pieces" for f in result.faults)


def test_sewer_mode_without_an_outlet_sites_its_own_plants():
    result = plan(street_of_houses(20, gap_m=8.0, mode="sewer", outlet=False))
    assert result.figures["households"]["clustered"] == 20
    assert result.figures["plants"] >= 1


def test_an_uphill_outlet_takes_a_lift_and_a_low_house_a_pump():
    uphill = plan(street_of_houses(12, rise_x=0.08, mode="sewer"))
    assert uphill.figures["pumps_street"] >= 1
    assert uphill.figures["pipe_m"]["pressure"] > 0
    assert uphill.figures["households"]["connected"] == 12


def test_levels_are_withheld_where_the_ground_is_unsure():
    # Half of 0.7 m cover is 0.35 m.
    sure = plan(street_of_houses(12, mode="sewer"))
    assert sure.figures["withheld"] == []
    unsure = plan(street_of_houses(12, mode="sewer", elevation=plane(-0.01, error_m=0.36)))
    assert "pipes.invert_up_m" in unsure.figures["withheld"]
    assert np.isnan(unsure.tables.pipes["invert_up_m"]).all()
    assert np.isnan(unsure.tables.nodes["depth_m"]).all()
    assert unsure.tables.pipes["length_m"].sum() == pytest.approx(sure.tables.pipes["length_m"].sum())
    assert "不给管底标高" in unsure.figures["level_reason"]


def test_where_levels_are_withheld_no_table_tells_where_a_lift_stands():
    known, told = (
        plan(street_of_houses(12, mode="sewer", elevation=plane(0.08, error_m=error))) for error in (0.1, 0.36)
    )
    stations = known.figures["pumps_street"]
    assert stations >= 1
    assert told.figures["pumps_street"] == stations
    nodes, lifts = told.tables.nodes, told.tables.lifts
    assert set(nodes["kind"]) <= {"manhole", "house", "plant", "join"}
    assert (lifts["node_id"] == -1).sum() == stations
    assert np.isnan(lifts["x_m"]).all()
    # A station has no cost among the nodes; the mean of its system hides which it is and keeps the sum.
    wells = nodes["kind"] == "manhole"
    assert np.ptp(nodes["works_yuan"][wells]) == pytest.approx(0.0, abs=1e-6)
    assert nodes["works_yuan"].sum() == pytest.approx(known.tables.nodes["works_yuan"].sum())


def test_without_household_units_whom_no_sewer_reaches_is_unserved_with_the_reason():
    h = street_of_houses(5).households
    x, y = np.append(h.x_m, 50.0), np.append(h.y_m, 900.0)  # the last 900 m off any street
    houses = Households.at(x, y, people_resident=3.0)
    result = plan(street_of_houses(5, households=houses, household_units=False))
    assert result.tables.households["mode"].tolist() == ["town_connection"] * 5 + ["unserved"]
    assert result.tables.households["reason"][5] == "300 m 内没有可排水的街巷"
    assert set(result.tables.hamlets["why_not_onsite"]) == {"规划要求不用户用设施"}
    assert np.isnan(result.tables.hamlets["pv_reuse_yuan"]).all()
    assert result.figures["parameters"]["household_units"] is False
    # Who moves away is controlled all the same.
    villages, hamlets = one_village("搬迁撤并")
    moving = plan(street_of_houses(5, villages=villages, hamlets=hamlets, household_units=False))
    assert moving.figures["households"]["controlled"] == 5


def test_a_plant_too_large_for_its_place_is_told():
    """Only where nothing else serves the houses does one stand; here every place is said to bear 1 m3/d at most."""
    result = plan(street_of_houses(mode="sewer", outlet=False))
    settled = result.standing.settled
    problem, chosen = settled.problem, settled.chosen
    assert result.tables.plants["node_id"].size == 1
    assert distance_faults(problem, chosen) == []
    least = np.ones_like(problem.ground.site_most_m3_d)
    told = distance_faults(replace(problem, ground=problem.ground._replace(site_most_m3_d=least)), chosen)
    assert [f.code for f in told] == ["plant-too-near"]
    assert "至多 1" in told[0].value
