"""Level L0: a village table alone."""

import numpy as np
import pytest

from qingxi.plan import PlanInput, plan
from qingxi.village import DataLevel, Villages


def text(*values):
    return np.array(values, dtype=object)


def villages(**columns):
    n = 3
    fields = {
        "code": text("1", "2", "3"), "name": text("甲村", "乙村", "丙村"), "township": text("", "", ""),
        "township_name": text("", "", ""), "kind": text("", "", ""), "village_class": text("集聚提升", "", "搬迁撤并"),
        "households": np.array([300.0, 80.0, 20.0]), "people_registered": np.full(n, np.nan),
        "people_resident": np.array([600.0, np.nan, 30.0]), "people_festival": np.full(n, np.nan),
        "main_distance_m": np.array([200.0, np.nan, 100.0]), "main_rise_m": np.array([-10.0, np.nan, 5.0]),
    }  # fmt: skip
    return Villages(**(fields | columns))


def test_every_village_has_a_comparison_and_its_accuracy():
    result = plan(PlanInput(level=DataLevel.L0, villages=villages()))
    assert result.figures["level"] == "L0"
    assert result.tables.pipes == {}
    assert result.tables.hamlets["mode"].tolist()[2] == "controlled"
    assert "没有到最近管网的距离" in result.tables.hamlets["reason"][1]
    # The method's 30 %; 10 % more without fields and tanks, 10 % without the main's distance, 5 % without residents.
    assert result.tables.hamlets["accuracy"].tolist() == pytest.approx([0.4, 0.55, 0.3])
    assert "丙级，±40 %" in result.tables.hamlets["reason"][0]
    assert "丁级，±55 %" in result.tables.hamlets["reason"][1]
    assert result.figures["accuracy"]["villages"] == {"丁级": 1, "丙级": 1, "乙级": 1}
    assert 0.3 < result.figures["accuracy"]["share"] < 0.55


def test_parts_of_a_village_go_their_own_ways():
    # 300 households of 2: 40 with tanks, but 20 mu take 20·12/2.5 = 96 people: 48 houses, so all 40; 100 scattered, of
    # whom 40 are those; 200 are core.
    table = villages(
        septic_households=np.array([40.0, np.nan, 20.0]), field_mu=np.array([20.0, 5.0, 1.0]),
        scattered_households=np.array([100.0, np.nan, np.nan]),
    )  # fmt: skip
    result = plan(PlanInput(level=DataLevel.L0, villages=table))
    served = {m: k for m, k, c in zip(*(result.tables.systems[c] for c in ("mode", "households", "hamlets")), strict=True) if c == "1"}  # fmt: skip
    assert served["reuse"] == 40
    assert served["onsite"] == 60
    assert sum(served.values()) == 300
    assert result.figures["households"]["all"] == sum(
        v for k, v in result.figures["households"].items() if k != "all"
    )
    # Reuse by hand: 40·(2,600 + 2·200 + 2·0.015·365/12·0.8·350 of storage) = 40·3,255.5.
    works = result.tables.systems["works_yuan"][result.tables.systems["mode"] == "reuse"]
    assert works.tolist() == pytest.approx([40 * (3_000 + 2 * 0.015 * 365 / 12 * 0.8 * 350)])
    assert "40 户资源利用" in result.tables.hamlets["reason"][0]
    assert "60 户散分户" in result.tables.hamlets["reason"][0]
    # Systems and villages are the same money.
    worth = result.tables.systems["present_value_yuan"].sum()
    assert worth == pytest.approx(result.tables.hamlets["present_value_yuan"].sum())
    assert result.tables.hamlets["why_not_reuse"][1] == "村表没有黑灰分离户数和消纳农田"
    # The third is to be moved: controlled, whatever its tanks.
    assert result.tables.hamlets["mode"][2] == "controlled"


def test_a_village_that_can_use_all_of_it_is_reuse():
    table = villages(septic_households=np.full(3, 500.0), field_mu=np.full(3, 1_000.0))
    result = plan(PlanInput(level=DataLevel.L0, villages=table))
    assert result.tables.hamlets["mode"].tolist() == ["reuse", "reuse", "controlled"]
    assert result.tables.hamlets["why_not_shared_plant"][0] == "没有集中居住的户"
    sewer = plan(PlanInput(level=DataLevel.L0, villages=table, mode="sewer"))
    assert sewer.figures["households"]["reuse"] == 0
    # 80 households without people: 80 × 2.7 = 216.
    assert result.tables.hamlets["people_resident"][1] == pytest.approx(216.0)


def test_on_site_by_hand():
    # 20 households of 1.5 people: works 20·(7,000 + 1,050) = 161,000; running 20·(260 + 365·0.6·0.12 + 0.02·8,050)
    # = 20·(260 + 26.28 + 161) = 8,945.6; PV = 161,000·1.242 + 12.46221·8,945.6 = 311,443.9
    result = plan(PlanInput(level=DataLevel.L0, villages=villages()))
    assert result.tables.hamlets["pv_onsite_yuan"][2] == pytest.approx(311_443.9, abs=1)


def test_a_nearer_main_never_makes_joining_dearer():
    cost = [
        plan(PlanInput(level=DataLevel.L0, villages=villages(main_distance_m=np.full(3, d)))).tables.hamlets[
            "pv_town_connection_yuan"
        ][0]
        for d in (50.0, 500.0, 5000.0)
    ]
    assert cost == sorted(cost)


def test_no_villages_is_refused():
    with pytest.raises(ValueError, match="villages"):
        plan(PlanInput(level=DataLevel.L0))
