"""The two verified standards are complete; every other says that it is a draft."""

from datetime import date

import pytest

from qingxi.standard import Trust, discharge_limits, judge, load_table

DAY = date(2025, 6, 1)

# DB44/2208-2019 表1 and 表2; GB 18918-2002 表1, built from 2006 on: COD, NH3-N (cold), TP, TN, SS.
COMPLETE = {
    "DB44/2208-2019 一级": {"cod": 60, "nh3n": 8, "nh3n.cold": 15, "ss": 20, "ph.min": 6, "ph.max": 9},
    "DB44/2208-2019 二级": {"cod": 70, "nh3n": 15, "ss": 30},
    "DB44/2208-2019 三级": {"cod": 100, "nh3n": 25, "ss": 50},
    "DB44/2208-2019 特别排放限值": {"cod": 40, "nh3n": 5, "nh3n.cold": 8, "ss": 20, "tp": 1, "tn": 20},
    "GB 18918-2002 一级A": {"cod": 50, "nh3n": 5, "nh3n.cold": 8, "tp": 0.5, "tn": 15, "ss": 10, "bod5": 10},
    "GB 18918-2002 一级B": {"cod": 60, "nh3n": 8, "nh3n.cold": 15, "tp": 1, "tn": 20, "ss": 20, "bod5": 20},
    "GB 18918-2002 二级": {"cod": 100, "nh3n": 25, "nh3n.cold": 30, "tp": 3, "ss": 30, "bod5": 30},
    "GB 18918-2002 三级": {"cod": 120, "tp": 5, "ss": 50, "bod5": 60},
}


@pytest.mark.parametrize(("name", "values"), COMPLETE.items(), ids=COMPLETE)
def test_verified_standards(name, values):
    limits = discharge_limits(name)
    assert {key: limits.rows[key].value for key in values} == values
    assert limits.verified


@pytest.mark.parametrize("text", ["DB442208-2019二级", "db44/t 2208 二级标准", "执行DB44／2208－2019（二级）"])
def test_names_as_registers_write_them(text):
    assert discharge_limits(text).rows["cod"].value == 70


@pytest.mark.parametrize("text", ["", "一级", "DB99/1-2020 一级", "GB 18918-2002", "DB44/2208-2019 五级"])
def test_what_names_no_class(text):
    assert discharge_limits(text) is None


def test_every_other_standard_is_a_draft():
    drafts = [
        r
        for r in load_table("discharge")
        if not r.key.startswith(("db44_2208", "gb18918")) and ".rule." not in r.key
    ]
    assert drafts
    assert {r.trust for r in drafts} == {Trust.REMEMBERED}


def test_phosphorus_by_year_of_building():
    limits = discharge_limits("GB 18918-2002 一级A")  # 0.5 since 2006, 1 before
    assert judge(limits, "tp", 0.8, sampled_on=DAY, built_on=date(2010, 1, 1)).exceeded is True
    assert judge(limits, "tp", 0.8, sampled_on=DAY, built_on=date(2004, 1, 1)).exceeded is False
    assert judge(limits, "tp", 0.8, sampled_on=DAY).exceeded is None
    assert judge(limits, "tp", 1.2, sampled_on=DAY).exceeded is True


def test_the_amendment_is_spoken_of_from_its_day():
    limits = discharge_limits("GB 18918-2002 一级A")
    assert "修改单" in judge(limits, "cod", 60, sampled_on=date(2026, 3, 1)).remark
    assert "修改单" not in judge(limits, "cod", 60, sampled_on=date(2026, 2, 28)).remark


def test_a_value_at_the_limit_is_kept():
    limits = discharge_limits("DB44/2208-2019 一级")
    assert judge(limits, "cod", 60, sampled_on=DAY).exceeded is False
    assert judge(limits, "cod", 60.1, sampled_on=DAY).exceeded is True


def test_what_has_no_limit_is_undecided():
    assert judge(discharge_limits("DB44/2208-2019 三级"), "tp", 9, sampled_on=DAY).exceeded is None
