"""Existing village plants: each gets one decision, what stays is priced by hand, and the checker finds what is changed."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import random_village, street_of_houses
from test_plan_accounts import check_accounts

from qingxi.check import PlanRead, Surroundings, check_plan
from qingxi.plan import plan
from qingxi.terrain import ExistingPlants, Land, Protected
from qingxi.village import Households

# 12 houses of 3 people at 80 l: 2.88 m3/d; the street falls towards x = 240.
STREET = {"count": 12, "mode": "sewer", "outlet": False}


def stock(*rows):
    """Plants from (x, y, design, fault) or (x, y, design, fault, consent, status, kind) rows."""
    full = [(*r, *("已同意", "在用", "village")[len(r) - 4 :]) for r in rows]
    text = lambda words: np.array(words, dtype=object)  # noqa: E731
    n = len(full)
    number = lambda i: np.array([r[i] for r in full], dtype=float)  # noqa: E731
    return ExistingPlants(
        id=text([f"QX-{i + 1}" for i in range(n)]), name=text([f"站{i + 1}" for i in range(n)]),
        kind=text([r[6] for r in full]), x_m=number(0), y_m=number(1), design_m3_d=number(2), actual_m3_d=np.zeros(n),
        owner=text(["某村"] * n), consent=text([r[4] for r in full]), status=text([r[5] for r in full]),
        fault_class=text([r[3] for r in full]), built=np.full(n, 2018.0), book_value_yuan=np.full(n, 200_000.0),
    )  # fmt: skip


def made(*rows, **more):
    return plan(street_of_houses(**(STREET | more), plants=stock(*rows)))


def row_of(result, name="QX-1"):
    table = result.tables.plants
    (at,) = np.flatnonzero(table["existing"] == name)
    return {k: v[at] for k, v in table.items()}


def test_a_sound_plant_at_the_end_is_kept():
    result = made((240.0, 0.0, 10.0, ""))
    kept = row_of(result)
    assert kept["decision"] == "保留"
    assert result.figures["plants"] == 0
    assert result.figures["existing_plants"] == {"保留": 1}
    # Replacement 60,000 + 4,200 x 10^0.95 = 97,432.7; a year 4,500 + 365 x 0.6 x 2.88 + 0.015 x 97,432.7 = 6,592.21.
    assert kept["works_yuan"] == 0
    assert kept["running_yuan_y"] == pytest.approx(6_592.21, abs=0.05)
    assert kept["years_served"] == 8
    assert "省" in kept["reason"]
    assert "账面价值 20.00 万元" in kept["reason"]
    check_accounts(result)


@pytest.mark.parametrize(("fault", "share"), [("停运破损", 0.35), ("管网未配套", 0.05), ("出水不达标", 0.3)])
def test_a_faulty_plant_is_mended_for_its_share(fault, share):
    # Replacement 60,000 + 4,200 x 4^0.95 = 75,674.95.
    one = row_of(made((240.0, 0.0, 4.0, fault)))
    assert one["decision"] == "修复"
    assert one["fault_class"] == fault
    assert one["works_yuan"] == pytest.approx(share * 75_674.95, abs=0.1)


def test_a_plant_stopped_without_a_class_counts_as_broken():
    one = row_of(made((240.0, 0.0, 10.0, "", "已同意", "停运")))
    assert one["fault_class"] == "停运破损"
    assert "未写类别" in one["reason"]


def test_a_plant_too_small_is_built_larger_or_given_up():
    result = made((240.0, 0.0, 1.0, ""))
    one = row_of(result)
    assert one["decision"] in ("原址扩建", "改接管网")
    if one["decision"] == "原址扩建":
        assert "不够" in one["reason"]
        # Design 1.1 x 2.88, at least the least size of 5 m3/d of the norms.
        assert one["design_m3_d"] == pytest.approx(max(3.168, 5.0), abs=2.0)
    check_accounts(result)


def test_a_far_too_large_plant_is_re_equipped_smaller_or_left():
    # Mending a tenth of 60,000 + 4,200 x 800^0.95 and renewing it costs more than a small new plant.
    one = row_of(made((240.0, 0.0, 800.0, "规模与需求不符")))
    assert one["decision"] in ("换小设备", "改接管网")


def test_where_units_are_cheaper_the_plant_is_scrapped_with_its_book_value():
    result = made((100.0, 200.0, 10.0, "停运破损"), count=3, mode="free", gap_m=80.0)
    one = row_of(result)
    assert one["decision"] == "报废"
    assert one["decision_works_yuan"] == pytest.approx(8_000 + 300 * 10)
    assert one["works_yuan"] == 0
    assert "报财政" in one["reason"]
    assert "已用 8 年" in one["reason"]


def test_the_owners_no_is_kept_to():
    one = row_of(made((240.0, 0.0, 10.0, "", "不同意")))
    assert (one["decision"], one["system_id"]) == ("保留", -1)


def test_an_unknown_size_is_looked_into():
    assert row_of(made((240.0, 0.0, np.nan, "停运破损")))["decision"] == "待核实"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["free", "sewer"]))
def test_accounts_hold_whatever_stands_there(seed, mode):
    rng = np.random.default_rng(seed)
    rows = [
        (
            rng.uniform(0, 360), rng.uniform(0, 240), rng.choice([0.5, 3.0, 20.0, 300.0]),
            rng.choice(["", "停运破损", "管网未配套", "规模与需求不符", "出水不达标"]),
            rng.choice(["已同意", "未征询", "不同意"]), "在用", rng.choice(["village", "village", "township"]),
        )
        for _ in range(3)
    ]  # fmt: skip
    result = plan(random_village(seed, mode=mode, plants=stock(*rows)))
    check_accounts(result)
    assert sorted(e for e in result.tables.plants["existing"] if e) == ["QX-1", "QX-2", "QX-3"]
    report = check_plan(read_back(result, stock(*rows)))
    assert [v for v in report.violations if v.rule in ("existing", "money", "capacity")] == []


def read_back(result, plants):
    t = result.tables
    layers = {
        n: dict(getattr(t, n)) for n in ("systems", "hamlets", "households", "nodes", "pipes", "lifts", "plants")
    }
    around = Surroundings(stock=(plants.id, plants.design_m3_d, plants.fault_class))
    return PlanRead(layers, t.pipe_coords_m, t.pipe_offsets, result.figures, around)


@pytest.fixture(scope="module")
def mended():
    plants = stock((240.0, 0.0, 4.0, "停运破损"), (100.0, 200.0, 5.0, ""))
    result = plan(street_of_houses(**STREET, plants=plants))
    return result, plants


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("works_yuan", 1_000.0, "money"),
        ("running_yuan_y", 1_000.0, "money"),
        ("fault_class", "管网未配套", "existing"),
        ("fault_class", "旧了", "existing"),
        ("design_m3_d", 2.0, "existing"),
        ("decision", "再说", "existing"),
        ("existing", "QX-9", "existing"),
        ("reason", "", "existing"),
    ],
)
def test_a_changed_plant_is_found(mended, column, value, rule):
    result, plants = mended
    assert row_of(result)["decision"] == "修复"
    assert not [v for v in check_plan(read_back(result, plants)).violations if v.rule in ("existing", "money")]
    table = {k: v.copy() for k, v in result.tables.plants.items()}
    (at,) = np.flatnonzero(table["existing"] == "QX-1")
    table[column][at] = value
    spoilt = dataclasses.replace(result, tables=dataclasses.replace(result.tables, plants=table))
    assert rule in {v.rule for v in check_plan(read_back(spoilt, plants)).violations}


def only_here(x, y):
    """Protected land everywhere but within 3 m of a point."""
    import shapely

    land = shapely.box(-2_000, -2_000, 2_000, 2_000).difference(shapely.box(x - 3, y - 3, x + 3, y + 3))
    return Protected(np.array([land], dtype=object), np.array(["永久基本农田"], dtype=object))


def test_a_far_too_large_plant_is_re_equipped_smaller_on_the_only_place():
    # Staying: a tenth of 60,000 + 4,200 x 800^0.95 = 2.47 million, and 1.5 % of it a year; a new wetland costs some 60,000.
    one = row_of(made((240.0, 0.0, 800.0, "规模与需求不符"), protected=only_here(240.0, 0.0)))
    assert (one["decision"], one["fault_class"]) == ("换小设备", "规模与需求不符")
    assert one["design_m3_d"] == pytest.approx(1.1 * 2.88)
    assert one["pv_new_yuan"] < one["pv_stay_yuan"]
    assert "留用的运行费和修复费更高" in one["reason"]
    assert "账面价值 20.00 万元" in one["reason"]


def test_a_plant_too_small_is_built_larger_on_the_only_place():
    one = row_of(made((240.0, 0.0, 1.0, ""), protected=only_here(240.0, 0.0)))
    assert one["decision"] == "原址扩建"
    assert "现有规模 1.0 m³/d 不够" in one["reason"]


def test_where_a_main_is_at_hand_the_plant_joins_it():
    result = made((120.0, 60.0, 3.0, "停运破损"), outlet=True)
    one = row_of(result)
    assert one["decision"] == "改接管网"
    assert one["decision_works_yuan"] == pytest.approx(8_000 + 300 * 3)
    assert "的水改由“" in one["reason"]
    assert "已用 8 年" in one["reason"]
    assert one["works_yuan"] == 0  # not part of the plan's cost


def test_where_fields_take_it_the_plant_turns_to_reuse():
    import shapely

    houses = Households.at(150.0 * (0.5 + np.arange(4)), np.full(4, 10.0), people_resident=3.0, separated=True)
    land = Land(
        np.array([shapely.box(200, 50, 400, 150)], dtype=object),
        np.array(["paddy"], dtype=object),
        np.array([np.nan]),
    )
    result = made((300.0, 40.0, 3.0, "停运破损"), count=4, gap_m=150.0, mode="free", households=houses, land=land)
    one = row_of(result)
    assert one["decision"] == "改资源化利用"
    # 8 % of 60,000 + 4,200 x 3^0.95 = 71,926.4.
    assert one["decision_works_yuan"] == pytest.approx(0.08 * (60_000 + 4_200 * 3**0.95))
    assert "池体改作贮存池" in one["reason"]
