"""Every mode and process declares itself; the place lets processes in; houses have limits, each refusal named."""

import dataclasses

import numpy as np
import pytest
import shapely
from plan_ground import plane, street_of_houses
from test_discharge_class import read_back
from test_plan_accounts import check_accounts

from qingxi.check import check_plan
from qingxi.plan import CountyFacts, plan
from qingxi.plan.own_limits import own_limits, slope_at
from qingxi.standard import Table, load_table
from qingxi.terrain import Land, Protected, Subsoil, Waters
from qingxi.treatment import Place, all_ways, plant_choice, plant_kit, refused_processes, shared_processes, ways_of
from qingxi.village import Hamlets, Households

TABLE, NORMS = load_table("processes"), load_table("rural_sewer")


def test_every_way_says_what_it_needs_in_two_languages_and_has_its_rows():
    ways = all_ways()
    modes = {w.mode for w in ways.values()}
    assert modes == {"town_connection", "shared_plant", "onsite", "reuse", "controlled"}
    for key, way in ways.items():
        assert way.key == key
        assert all((way.chinese, way.english, way.upkeep_zh, way.upkeep_en, way.limits_zh, way.limits_en))
        assert way.needs_zh(TABLE)
        assert way.needs_en(TABLE)
    assert {w.key for w in ways_of(TABLE)} == set(ways) - {"town"}
    assert "每 24 个月清掏一次" in ways["pond"].needs_zh(TABLE)
    assert "every 24 months" in ways["pond"].needs_en(TABLE)


def test_a_row_of_no_way_is_refused_by_name():
    row = next(iter(TABLE))
    strange = Table("mine", {"magic.grade": dataclasses.replace(row, key="magic.grade")})
    with pytest.raises(ValueError, match="magic"):
        ways_of(strange)


@pytest.mark.parametrize(
    ("place", "out"),
    [
        (Place(), {"pond", "infiltration"}),  # they ask for data
        (Place(3.0, 6.0, 0.02), set()),
        (Place(3.0, 1.9, 0.02), {"pond"}),  # 2 °C
        (Place(1.4, 6.0, 0.02), {"infiltration"}),  # 1.5 m
        (Place(3.0, 6.0, 0.10), {"pond"}),  # 8 %, infiltration 15 %
        (Place(3.0, -12.0, 0.16), {"pond", "wetland", "infiltration"}),
    ],
)
def test_the_place_lets_processes_in(place, out):
    refused = refused_processes(TABLE, place)
    assert set(refused) == out
    assert all(refused.values())
    assert {p.key for p in shared_processes(TABLE, place)} == {w.key for w in ways_of(TABLE) if w.shared} - out


def test_a_pond_is_the_cheapest_where_it_is_let_in_by_hand():
    place = Place(3.0, 6.0, 0.02)
    kit = plant_kit(TABLE, NORMS, load_table("prices"), 1.242, 12.4622, place=place)
    which, cost = plant_choice(10.0, False, kit)
    # 30,000 + 2,400·11^0.95 (9.7571 → 23,417) + 60·(60 + 242) = 71,537 of works; a year 2,500 + 365·0.15·10 + 1 % = 3,762.9.
    assert shared_processes(TABLE, place)[which].key == "pond"
    assert cost == pytest.approx(1.242 * 71_537 + 12.4622 * 3_762.9, rel=1e-4)


def test_a_flat_warm_county_gets_a_pond_and_the_checker_knows_when_it_may_not():
    warm = CountyFacts(coldest_c=8.0)
    given = street_of_houses(count=60, mode="sewer", outlet=False, gap_m=12.0)
    result = plan(dataclasses.replace(given, facts=warm))
    assert result.tables.plants["process"].tolist() == ["pond"]
    assert "清掏" in result.tables.plants["needs"][0]
    assert set(result.figures["refused_processes"]) == {"infiltration"}
    assert not [v for v in check_plan(read_back(result)).violations if v.rule in ("discharge", "money", "capacity")]
    result.figures["refused_processes"]["pond"] = "冬季过冷"
    assert any("冬季过冷" in v.message for v in check_plan(read_back(result)).violations)
    steep = plan(dataclasses.replace(given, facts=warm, elevation=plane(-0.09)))
    assert "坡度" in steep.figures["refused_processes"]["pond"]


def houses(n=3, gap=40.0, **more):
    return Households.at(gap * (0.5 + np.arange(n)), np.full(n, 10.0), people_resident=3.0, **more)


def limits(n=3, gap=40.0, facts=None, rise=-0.01, land=None, **more):
    given = street_of_houses(
        n, gap_m=gap, outlet=False, elevation=plane(rise), facts=facts or CountyFacts(groundwater_m=2.0), land=land,
        **more,
    )  # fmt: skip
    h = given.households
    one = Hamlets(*(np.array([v], dtype=object) for v in ("1", "湾")), np.array([-1]), np.array([h.x_m.mean()]), np.array([10.0]))  # fmt: skip
    return own_limits(given, h, one, np.zeros(n, dtype=np.int64), np.full(n, 3.0), NORMS, TABLE)


def line(x, kind="river"):
    text = lambda w: np.array([w], dtype=object)  # noqa: E731
    return Waters(
        np.array([shapely.LineString([(x, -400), (x, 400)])], dtype=object), text(""), text(kind), text("")
    )


def test_separation_asks_for_groundwater_slope_room_and_distance_to_waters():
    assert limits().why["separation"].tolist() == ["", "", ""]
    assert set(limits(facts=CountyFacts()).why["separation"]) == {"没有地下水埋深资料"}
    assert set(limits(facts=CountyFacts(groundwater_m=0.9)).why["separation"]) == {"地下水埋深不足 1 m"}
    assert set(limits(rise=-0.26).why["separation"]) == {"坡度超过 25%"}
    assert set(limits(gap=5.0).why["separation"]) == {"邻房不足 6 m，没有灰水小湿地的位置"}
    # Houses at 20, 60, 100 m; a water at x = 88: 68, 28 and 12 m away, 30 m are asked.
    assert limits(waters=line(88.0)).why["separation"].tolist() == ["", "离水体不足 30 m", "离水体不足 30 m"]
    assert limits(waters=line(96.0)).why["unit"].tolist() == ["", "", "离水体不足 5 m"]


def test_wet_ground_and_a_source_zone_forbid_by_name():
    wet = Subsoil(np.array([shapely.box(50, -50, 70, 50)], dtype=object), np.array([False]), np.array([0.4]))
    assert limits(subsoil=wet).why["separation"].tolist() == ["", "地下水埋深不足 1 m", ""]
    zone = Protected(
        np.array([shapely.box(90, -50, 130, 50)], dtype=object), np.array(["水源一级保护区"], dtype=object)
    )
    assert limits(protected=zone).why["unit"].tolist() == ["", "", "在水源一级保护区内，不得排放"]


def fields(*boxes):
    return Land(
        np.array([shapely.box(*b[:4]) for b in boxes], dtype=object), np.array([b[4] for b in boxes], dtype=object),
        np.full(len(boxes), np.nan),
    )  # fmt: skip


def test_reuse_is_limited_by_nitrogen_and_stores_between_seasons():
    apart = houses(separated=True)
    # 9 people ask 22.5 kg N. Paddy takes 10 kg a mu: 2.25 mu = 1,500 m². Its season asks 4 months, the tank has 1.2.
    enough = limits(households=apart, land=fields((0, 50, 100, 65.2, "paddy")))
    assert enough.why["reuse"].tolist() == ["", "", ""]
    assert enough.storage_months[0] == pytest.approx(4.0)
    # 15 l · 365/12 d · 2.8 months · 350 yuan/m³ = 447.1 yuan a person.
    assert enough.storage_yuan_person[0] == pytest.approx(0.015 * 365 / 12 * 2.8 * 350)
    short = limits(households=apart, land=fields((0, 50, 100, 64.8, "paddy")))
    assert "少于所需 22 kg" in short.why_not_reuse[0]
    # Forest takes none; a field beyond 300 m neither; a strip of 30 m along a water is not used.
    assert "农田 0.0 亩" in limits(households=apart, land=fields((0, 50, 100, 90, "forest"))).why_not_reuse[0]
    assert "农田 0.0 亩" in limits(households=apart, land=fields((900, 50, 990, 90, "paddy"))).why_not_reuse[0]
    beside = limits(households=apart, land=fields((0, 50, 100, 65.2, "paddy")), waters=line(-10.0))
    # 20 of the 100 m lie within the strip: 1,216 m² = 1.8 mu.
    assert "农田 1.8 亩" in beside.why_not_reuse[0]


def test_the_slope_of_a_plane():
    assert slope_at(plane(0.03, 0.04), np.array([5.0]), np.array([7.0])) == pytest.approx([0.05])


def test_a_house_takes_the_cheaper_of_unit_and_separation_and_the_checker_prices_both():
    given = street_of_houses(4, gap_m=150.0, outlet=False, facts=CountyFacts(groundwater_m=2.0))
    result = plan(given)
    table = result.tables.households
    assert set(table["process"]) == {"separation"}
    assert set(table["mode"]) == {"onsite"}
    # 3 people: 6,800 + 1,050 = 7,850.
    assert table["works_yuan"].tolist() == pytest.approx([7_850.0] * 4)
    check_accounts(result)
    read = read_back(result)
    assert not [v for v in check_plan(read).violations if v.rule == "money"]
    read.layers["households"]["process"] = np.full(4, "unit", dtype=object)
    assert "money" in {v.rule for v in check_plan(read).violations}
    read.layers["households"]["process"] = np.full(4, "reuse", dtype=object)
    assert any("不是该模式的设施" in v.message for v in check_plan(read).violations)


def test_reuse_in_a_plan_pays_for_its_storage():
    apart = Households.at(150.0 * (0.5 + np.arange(4)), np.full(4, 10.0), people_resident=3.0, separated=True)
    land = fields((200, 50, 400, 150, "paddy"))
    result = plan(street_of_houses(4, gap_m=150.0, outlet=False, households=apart, land=land))
    table = result.tables.households
    assert set(table["mode"]) == {"reuse"}
    # 2,600 + 3·200 + 3·447.125 of storage.
    assert table["works_yuan"].tolist() == pytest.approx([3_200 + 3 * 447.125] * 4)
    assert result.tables.hamlets["storage_months"].tolist() == pytest.approx([4.0])
    assert not [v for v in check_plan(read_back(result)).violations if v.rule == "money"]
