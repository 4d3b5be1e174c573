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
    # The method's 30 %; 10 % more without the main's distance, 5 % without residents; 10 % where households are guessed.
    assert result.tables.hamlets["accuracy"].tolist() == pytest.approx([0.3, 0.45, 0.3])
    assert "乙级，±30 %" in result.tables.hamlets["reason"][0]
    assert "丙级，±45 %" in result.tables.hamlets["reason"][1]
    assert result.figures["accuracy"]["villages"] == {"丙级": 1, "乙级": 2}
    assert 0.3 < result.figures["accuracy"]["share"] < 0.45
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
