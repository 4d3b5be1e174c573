"""The class asked by standard, receiving water and scale; grades two ways; plans by another province's standard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import street_of_houses
from test_plan_existing import STREET, row_of, stock

from qingxi.check import PlanRead, Surroundings, check_plan
from qingxi.files import Faults, read_county_folder
from qingxi.plan import CountyFacts, plan
from qingxi.plan.bound_lines import fixed_part
from qingxi.sewer import annuity_of
from qingxi.standard import (
    Receiving,
    Trust,
    discharge_frame,
    grade_of,
    known_standards,
    load_table,
    receiving_of,
    standard_named,
    standard_of_county,
)
from qingxi.treatment import asked_grade, class_at, grade_steps, plant_kit, plant_pv


def test_guangdong_by_its_clause():
    # DB44/2208-2019 5.2: function defined, any scale: first; else from 20 m³/d second, below third.
    frame = discharge_frame()
    assert frame.verified
    assert [frame.asked(w, 3.0).name for w in ("function_high", "function_low", "other")] == [
        "一级",
        "一级",
        "三级",
    ]
    assert [frame.asked("other", q).discharge_class for q in (19.99, 20.0)] == ["3", "2"]
    assert frame.asked("other", 19.0).remark == ""
    assert "GB 18918" in frame.asked("other", 500.0).remark


def test_sichuan_is_told_to_be_unverified_and_a_key_area_asks_one_class_more():
    frame = discharge_frame("db51_2626")
    assert not frame.verified
    told = frame.asked("other", 50.0)
    assert (told.name, told.row.trust, told.verified) == ("三级", Trust.REMEMBERED, False)
    assert "不作为达标结论" in told.remark
    key = discharge_frame("db51_2626", True)
    # 附录A: from 20 m³/d one class more, the first at most.
    assert [key.asked("other", q).discharge_class for q in (19.0, 20.0, 100.0)] == ["3", "2", "1"]
    assert key.asked("function_high", 50.0).discharge_class == "1"


def test_a_grade_is_the_laxest_process_class_within_the_limits():
    # COD and ammonia: Sichuan second 80/15 takes 70/15; GB 1A 50/5 only the special 40/5; GB second 100/25 takes 100/25.
    assert grade_of("db51_2626", "2") == 2
    assert grade_of("gb18918", "1a") == 0
    assert grade_of("gb18918", "2") == 3
    assert [grade_of("db44_2208", k) for k in ("special", "1", "2", "3")] == [0, 1, 2, 3]


@pytest.mark.parametrize("standard", known_standards())
def test_larger_or_better_water_is_never_laxer(standard):
    for key_area in (False, True):
        frame = discharge_frame(standard, key_area)
        for scale in (1.0, 10.0, 20.0, 60.0, 100.0, 300.0):
            by_water = [frame.asked(w, scale).grade for w in ("function_high", "function_low", "other")]
            assert by_water == sorted(by_water)
        for water in Receiving:
            by_scale = [g for _, g in frame.steps([water])]
            assert by_scale == sorted(by_scale, reverse=True)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(known_standards()), st.booleans(), st.floats(0.1, 600),
    st.lists(st.sampled_from(["II", "III", "IV", "V", ""]), max_size=3),
)  # fmt: skip
def test_the_kernel_asks_what_the_standard_asks(standard, key_area, design, functions):
    steps = grade_steps(discharge_frame(standard, key_area), functions)
    kit = plant_kit(*(load_table(t) for t in ("processes", "rural_sewer", "prices")), 1.2, 12.0, steps)
    for wet in (False, True):
        assert asked_grade(design, wet, kit) == class_at(steps, design, wet).grade


@pytest.mark.parametrize("standard", known_standards())
def test_lines_of_the_bound_stay_below_every_plant(standard):
    prices = load_table("prices")
    frame = discharge_frame(standard, standard == "db51_2626")
    kit = plant_kit(
        load_table("processes"), load_table("rural_sewer"), prices, 1.242, annuity_of(prices), grade_steps(frame)
    )
    rng = np.random.default_rng(1)
    for low, high in ((0.0, 5.0), (5.0, 60.0), (10.0, 700.0)):
        for slope in (0.0, 2_000.0, 9_000.0):
            for wet in (False, True):
                once = fixed_part(kit, wet, slope, low, high)
                for q in rng.uniform(max(low, 1e-3), high, 40):
                    assert once + slope * q <= plant_pv(q, wet, kit) * (1 + 1e-9)


def test_words_for_a_standard():
    assert (
        standard_named("四川省") == standard_named("DB51/2626-2019") == standard_named("db51_2626") == "db51_2626"
    )
    assert standard_named("不认识") is None
    assert standard_of_county("510100") == "db51_2626"
    assert standard_of_county("999901") == "db44_2208"
    assert [receiving_of(c) for c in ("", "III", "v")] == [Receiving.OTHER, Receiving.HIGH, Receiving.LOW]


def test_county_toml_names_the_standard_and_the_years(tmp_path):
    path = tmp_path / "county.toml"
    path.write_text(
        '[county]\nname="甲"\ncode="510100"\nbase_year=2025\nfar_year=2040\ndischarge_key_area=true\n'
        'groundwater_m=1.2\ncoldest_month_c="冷"\n',
        encoding="utf-8",
    )
    faults = Faults()
    facts = read_county_folder(tmp_path, faults).facts
    assert (facts.discharge, facts.key_area, facts.growth_years) == ("db51_2626", True, 15.0)
    assert (facts.groundwater_m, facts.coldest_c) == (1.2, None)
    assert [f.field for f in faults if f.code == "toml-value"] == ["coldest_month_c"]
    path.write_text('[county]\nname="甲"\ncode="510100"\ndischarge_standard="火星标准"\n', encoding="utf-8")
    faults = Faults()
    assert read_county_folder(tmp_path, faults).facts.discharge == "db51_2626"
    assert [f.field for f in faults if f.code == "toml-value"] == ["discharge_standard"]


def read_back(result, **around):
    t = result.tables
    names = ("systems", "hamlets", "households", "nodes", "pipes", "lifts", "plants")
    layers = {n: dict(getattr(t, n)) for n in names}
    return PlanRead(layers, t.pipe_coords_m, t.pipe_offsets, result.figures, Surroundings(**around))


def test_a_plan_by_zhejiangs_standard_says_that_it_is_unverified_and_the_checker_agrees():
    given = street_of_houses(**STREET, plants=stock((240.0, 0.0, 4.0, "停运破损")), facts=CountyFacts("db33_973"))
    result = plan(given)
    assert result.figures["discharge"]["standard"] == "db33_973"
    assert "discharge-unverified" in {f.code for f in result.faults}
    assert row_of(result)["discharge_class"] == "二级"
    report = check_plan(read_back(result))
    assert [v for v in report.violations if v.rule in ("discharge", "existing", "money", "flow")] == []
    table = {k: v.copy() for k, v in result.tables.plants.items()}
    read = read_back(result)
    for wrong, words in (("特级", "约定"), ("三级", "没有三级")):
        table["discharge_class"][:] = wrong
        read.layers["plants"] = table
        assert any(words in v.message for v in check_plan(read).violations if v.rule == "discharge")


def test_a_plant_graded_too_laxly_is_found():
    # Guangdong's third class is not enough beside a water with a function, nor from 20 m³/d.
    import shapely

    result = plan(street_of_houses(**STREET))
    assert result.tables.plants["discharge_class"].tolist() == ["三级"]
    x, y = result.tables.plants["x_m"][0], result.tables.plants["y_m"][0]
    river = np.array([shapely.LineString([(x + 50, y - 500), (x + 50, y + 500)])], dtype=object)
    far = np.array([shapely.LineString([(x + 900, y), (x + 900, y + 500)])], dtype=object)
    functions = np.array(["III"], dtype=object)
    assert "discharge" in {v.rule for v in check_plan(read_back(result, waters=(river, functions))).violations}
    assert "discharge" not in {v.rule for v in check_plan(read_back(result, waters=(far, functions))).violations}


def test_a_facility_without_a_plan_is_judged_by_its_county_its_water_and_its_scale():
    # Sichuan, a class III stream, 30 m³/d: first class, from memory; COD 70 against 60 is over and says it is no verdict.
    import datetime

    from qingxi.standard import discharge_limits, judge

    frame = discharge_frame(standard_of_county("510781"))
    asked = frame.asked(receiving_of("III"), 30.0)
    limits = discharge_limits(f"{frame.title} {asked.name}")
    verdict = judge(limits, "cod", 70.0, sampled_on=datetime.date(2026, 6, 1))
    assert (asked.name, verdict.exceeded, verdict.limit) == ("一级", True, 60.0)
    assert "未核对" in verdict.remark
    assert "未核对" in asked.remark
    # Guangdong, no function, 12 m³/d: third class, 100 mg/L, read in the standard.
    frame = discharge_frame(standard_of_county("440100"))
    asked = frame.asked(receiving_of(""), 12.0)
    verdict = judge(
        discharge_limits(f"{frame.title} {asked.name}"), "cod", 70.0, sampled_on=datetime.date(2026, 6, 1)
    )
    assert (asked.name, verdict.exceeded, asked.verified) == ("三级", False, True)
    assert "未核对" not in verdict.remark
