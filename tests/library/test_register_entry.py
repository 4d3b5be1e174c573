"""What somebody types into the register is read as written, judged field by field, and every fault told at once."""

from datetime import date

import pytest

from qingxi.facility import (
    DISCHARGER_FIELDS,
    FACILITY_FIELDS,
    judge_discharger,
    judge_facility,
    judge_outlet,
    judge_status,
)
from qingxi.origin import Severity, read_entry
from qingxi.village import HOUSEHOLD_FIELDS, judge_household, judge_village


def test_figures_as_people_write_them():
    values, faults = read_entry(
        FACILITY_FIELDS,
        {"name": "红岩站", "design_m3_d": "１，２００ m³/d", "commissioned": "2023.6.27", "note": ""},
    )
    assert not faults
    assert values == {"name": "红岩站", "design_m3_d": 1200.0, "commissioned": date(2023, 6, 27), "note": ""}


def test_every_fault_at_once():
    """A needed name missing, a number below its bound, a half person, a choice nobody offers: four faults, no value."""
    _, faults = read_entry(DISCHARGER_FIELDS, {"name": " ", "kind": "工厂", "flow_m3_d": "-3"})
    _, more = read_entry(HOUSEHOLD_FIELDS, {"people_resident": "2.5", "separated": "也许"})
    assert [f.code for f in faults] == ["needed", "choice", "range"]
    assert [f.code for f in more] == ["whole", "yes-no"]


@pytest.mark.parametrize(("text", "value"), [("是", True), ("√", True), ("否", False), ("", None)])
def test_yes_and_no(text, value):
    assert read_entry(HOUSEHOLD_FIELDS, {"separated": text})[0] == {"separated": value}


def test_nan_is_no_number():
    assert read_entry(HOUSEHOLD_FIELDS, {"sewer_distance_m": "nan"})[1][0].code == "number"


def test_strange_is_told_and_wrong_is_refused():
    strange = judge_household({"people_resident": 4, "people_festival": 2, "connected": "已接", "toilet": "旱厕"})
    assert {f.code for f in strange} == {"festival-low", "dry-connected"}
    assert {f.severity for f in strange} == {Severity.WARNING}
    wrong = judge_village({"households": 60, "households_connected": 61})
    assert [(f.code, f.severity) for f in wrong] == [("connected-over", Severity.ERROR)]


def test_points_numbers_and_permits():
    assert [f.code for f in judge_facility({"lon": 104.0, "lat": None})] == ["half-point"]
    # 50 m³/d on a plant of 30 is 1.67 times its design: told, because litres are often taken for cubic metres.
    assert {f.code for f in judge_facility({"design_m3_d": 30.0, "actual_m3_d": 50.0})} == {
        "flow-over",
        "flow-basis",
    }
    assert [f.code for f in judge_discharger({"kind": "屠宰", "pretreatment": "无"})] == ["no-pretreatment"]
    assert [f.code for f in judge_outlet({"registered": "已登记", "number": ""})] == ["outlet-number"]


def test_states_follow_their_order():
    assert judge_status("in_use", "stopped", reason="风机坏", fault_class="停运破损") == []
    assert [f.code for f in judge_status("in_use", "stopped", reason="", fault_class="坏了")] == [
        "reason-missing",
        "fault-class",
    ]
    assert [f.code for f in judge_status("in_use", "scrapped", reason="旧", document="", book_value_fen=None)] == [
        "status-order", "scrap-document", "scrap-value",
    ]  # fmt: skip
    assert [f.code for f in judge_status("scrapped", "in_use", reason="又用")] == ["status-order"]
    assert judge_status("stopped", "scrapped", reason="并网", document="财资〔2026〕1号", book_value_fen=0) == []
