"""What a facility's axis draws of the water: the quality asked for or spoken of, and the standard's own limits."""

from datetime import date
from types import SimpleNamespace

import pytest

from qingxi_office.site.pages.axis_quality import factor_of, factors, limit_lines, quality_data


@pytest.mark.parametrize(
    ("said", "code", "lines"),
    [
        # DB44/2208-2019 table 1: COD 60 / 70 / 100 mg/L, read in the standard itself.
        ("DB44/2208-2019 一级", "cod", [("限值", 60.0)]),
        ("DB44/2208-2019 二级", "cod", [("限值", 70.0)]),
        ("DB44/2208-2019 三级", "ss", [("限值", 50.0)]),
        # Ammonia of the first class: 8, and 15 at 12 degrees or less; total phosphorus only into closed waters; pH between two.
        ("DB44/2208-2019 一级", "nh3n", [("限值", 8.0), ("限值（水温低时）", 15.0)]),
        ("DB44/2208-2019 一级", "tp", [("限值（排入敏感水体时）", 1.0)]),
        ("DB44/2208-2019 一级", "ph", [("下限", 6.0), ("上限", 9.0)]),
        ("GB 18918-2002 一级A", "cod", [("限值", 50.0)]),
        # Sichuan's own limits were never seen in the standard: drawn, and said to be unverified.
        ("DB51/2626-2019 二级", "cod", [("限值（未核实）", 80.0)]),
        ("DB44/2208-2019 一级", "conductivity", []),
        ("没有这个标准", "cod", []),
        ("", "cod", []),
    ],
)
def test_limits_are_read_from_the_table(said, code, lines):
    assert [(one["word"], one["value"]) for one in limit_lines(code, said)] == lines


def lab(quantity, value, day=date(2026, 9, 8), point="effluent"):
    return SimpleNamespace(quantity=quantity, value=value, sampled_on=day, point=point)


def finding(statement="", shown=()):
    return SimpleNamespace(statement=statement, shown=[{"quantity": code} for code in shown])


def test_only_what_was_measured_can_be_looked_at_in_the_order_of_the_list():
    labs = [lab("tp", 1.2), lab("cod", 41), lab("ss", None)]
    assert factors(labs, {"flow", "energy", "nh3n"}) == ["cod", "nh3n", "tp"]
    assert factors([], ()) == []


@pytest.mark.parametrize(
    ("asked", "there", "said", "shown"),
    [
        ("", ["cod", "nh3n", "ss"], finding(), "cod"),
        ("nh3n", ["cod", "nh3n", "ss"], finding("出水悬浮物 58（限值 50）"), "nh3n"),  # who asks is answered
        ("energy", ["cod", "nh3n"], finding(), "cod"),
        ("", ["cod", "ss"], finding("2026-09-08 出水悬浮物 58（限值 50），高于 限值"), "ss"),
        ("", ["cod", "nh3n"], finding("出水氨氮、化学需氧量高于进水"), "nh3n"),  # the first that is named
        ("", ["cod", "nh3n"], finding("出水几乎不动", ["nh3n"]), "nh3n"),
        ("", ["cod", "nh3n"], finding("进水很稀", ["nh3n_in"]), "nh3n"),
        ("", ["cod"], finding("出水悬浮物 58"), "cod"),  # nothing of it could be drawn
        ("", ["tp"], finding(), "tp"),
        ("", [], finding(), "cod"),
    ],
)
def test_the_quality_that_the_first_finding_speaks_of_is_shown(asked, there, said, shown):
    assert factor_of(asked, there, [said, finding("出水总磷 9")]) == shown


def test_values_of_both_sides_since_the_axis_began():
    labs = [
        lab("ss", 58), lab("ss", 47, date(2026, 4, 28)), lab("ss", 29, date(2026, 4, 28), "influent"), lab("ss", 52, date(2025, 10, 23)),
        lab("cod", 86), lab("ss", None, date(2026, 5, 1)),
    ]  # fmt: skip
    said = quality_data("ss", "DB44/2208-2019 三级", labs, date(2026, 1, 1))
    assert said["out"] == [["2026-04-28", 47], ["2026-09-08", 58]]
    assert said["in"] == [["2026-04-28", 29]]
    assert (said["word"], said["unit"], said["limits"]) == ("悬浮物", "mg/L", [{"value": 50.0, "word": "限值"}])
    assert quality_data("cod", "", [], date(2026, 1, 1))["word"] == "COD"


def test_words_stand_by_the_bad_visit_with_most_room_after_it():
    """Bad on day 1, 2 and 20 of 60: day 2 has 18 quiet days after it, day 20 has 40 (to today), so day 20 speaks."""
    from datetime import UTC, date, datetime, timedelta
    from types import SimpleNamespace

    from qingxi_office.site.pages.axis import _say_one_bad_visit

    start, today = date(2026, 9, 1), date(2026, 10, 31)
    days = [start + timedelta(days=n) for n in (1, 2, 20)]
    visits = [
        SimpleNamespace(visited_at=datetime(d.year, d.month, d.day, 9, tzinfo=UTC), answers={"blower": "off"})
        for d in days
    ]
    points = [{"lane": 2, "day": d.isoformat(), "kind": "bad", "words": ""} for d in days]
    _say_one_bad_visit(points, visits, start, today)
    assert [p["words"] for p in points] == ["", "", "风机不响"]
    _say_one_bad_visit([], [], start, today)  # nobody ever came
