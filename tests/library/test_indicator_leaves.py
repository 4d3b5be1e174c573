"""Figures counted from facts: every line has its reason, what is not known is left out by name and never counted as good."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.indicator import (
    CaseFact,
    DigFact,
    Facts,
    HamletStanding,
    HouseFact,
    Records,
    SeatFact,
    State,
    StationFact,
    ThreeBasics,
    VillageStanding,
    as_line,
    definitions,
    parse_definition,
    rate,
    recompute,
)
from qingxi.origin import Ref
from qingxi.place import VillageKind

ON = date(2026, 11, 20)
KNOWN = definitions()
V = "999901100200"


def village(n, **more):
    return VillageStanding(f"99990110020{n}", f"村{n}", "镇", VillageKind.VILLAGE, State.OPEN, **more)


def station(n, **more):
    return StationFact(
        **{"key": f"QX-{n}", "name": f"站{n}", "place": V, "status": "in_use", "design_m3_d": 30.0, **more}
    )


def figure(name, **facts):
    villages = facts.pop("villages", ())
    hamlets = facts.pop("hamlets", ())
    return rate(KNOWN[name], Records("999901", villages, hamlets, facts=Facts(**facts)), ON)


def test_effluent_what_cannot_be_judged_is_out_with_its_reason():
    fresh = date(2026, 9, 1)
    lab = Ref("lab", "QX-1/2026-09-01/effluent")
    f = figure(
        "effluent_compliance",
        stations=(
            station(1, sampled_on=fresh, complies=True, sample_ref=lab),
            station(2, sampled_on=fresh, complies=False),
            station(3, sampled_on=fresh, complies=True, limit_verified=False),
            station(4, sampled_on=fresh, complies=None, sample_why="没有执行标准，判不了"),
            station(5, sampled_on=date(2025, 11, 19), complies=True),  # 366 days before: too old
            station(6),
            station(7, status="stopped", sampled_on=fresh, complies=True),
        ),
    )
    assert f.printed == "66.7%"  # 2 of 3
    assert {c.name: c.why for c in f.deducted} == {
        "站4": "没有执行标准，判不了", "站5": "366 天内没有出水化验", "站6": "366 天内没有出水化验", "站7": "停用",
    }  # fmt: skip
    assert f.remarks == ("所用限值未核对标准原文：站3",)
    assert lab in f.because


def test_zhejiang_counts_from_twenty_m3():
    f = figure(
        "effluent_compliance_zhejiang",
        stations=(
            station(1, design_m3_d=20.0, sampled_on=ON, complies=True),
            station(2, design_m3_d=19.9, sampled_on=ON, complies=False),
        ),
    )
    assert (f.part, f.n, f.printed) == (1, 1, "100.00%")


def test_load_is_water_over_what_was_built_for():
    f = figure(
        "load_rate",
        stations=(
            station(1, volume_m3=900.0, days=60),  # 900 of 30 × 60 = 1800
            station(2, volume_m3=2000.0, days=40),  # more than 1200: counted as 1200
            station(3, volume_m3=100.0, days=29),  # too few days
        ),
    )
    assert (f.part, f.n, f.printed) == (2100, 3000, "70.0%")
    assert f.remarks == ("超过设计规模，按设计规模计：站2",)
    assert [c.name for c in f.deducted] == ["站3"]
    assert "3000 m³" in f.sentence


def test_collection_is_not_connection():
    """1,000 residents × 80 L = 80 m³/d; 20 m³/d arrive: 25 %, whatever share of houses is connected."""
    f = figure(
        "collection_rate",
        villages=(
            village(0, people_resident=1000, households=300, households_connected=300),
            village(1, people_resident=500),
        ),
        stations=(station(1, volume_m3=800.0, days=40), station(2, place=f"{V[:-1]}1", days=3)),
    )
    assert (f.part, f.n, f.printed) == (1840, 7360, "25.0%")  # 20 × 92 of 80 × 92
    assert [(c.name, c.why) for c in f.deducted] == [("村1", "1 座设施里 1 座没有流量")]
    assert "不是实测" in f.remarks[0]


def test_self_report_is_a_figure_of_its_own():
    f = figure(
        "operation_self_reported",
        stations=(
            station(1, reported=True, reported_on=ON),
            station(2, reported=False, reported_on=ON),
            station(3, reported=True, reported_on=date(2026, 8, 20)),  # 92 days before
        ),
    )
    assert (f.part, f.n) == (1, 2)
    assert f.remarks == ("自报不是抽查，不能当有效运行率用",)
    assert f.definition.id != "effective_operation_rate"


def test_three_basics_need_somebody_to_have_looked():
    f = figure(
        "three_basics_rate",
        villages=(
            village(0, basics=ThreeBasics(True, True, True)),
            village(1, basics=ThreeBasics(True, None, True)),
            village(2, basics=ThreeBasics(True, False, True)),
        ),
    )
    assert (f.part, f.n) == (1, 3)
    assert f.states == {"三项都符合": 1, "没有看全": 1, "有不符": 1}
    assert f.remarks[0] == "没有看全，不算符合：村1"


def test_four_provinces_from_one_register():
    """One village: natural villages 6 of 10 treated, and 2 + 4 controlled of 10; a plant in use.

    Sichuan by households: 8 of 20 = 40 % < 60 %: 0 of 1. Guangdong treated: 1 of 2; with control 2 of 2. Zhejiang: 1 of 1.
    """
    own = village(0)
    f = {
        name: rate(
            KNOWN[name],
            Records(
                "999901", (own,),
                (
                    HamletStanding(f"{own.code}001", "甲", own.code, 10, 6),
                    HamletStanding(f"{own.code}002", "乙", own.code, 10, 2, 4),
                ),
                facts=Facts(stations=(station(1, place=own.code),)),
            ),
            ON,
        ).printed
        for name in KNOWN
        if KNOWN[name].family == "治理率"
    }  # fmt: skip
    assert f["effective_village_sichuan"] == "0.0%"
    assert f["treatment_rate_hamlet_guangdong"] == "50.00%"
    assert f["treatment_or_control_rate_hamlet_guangdong"] == "100.00%"
    assert f["treatment_rate_hamlet_hainan"] == "100.00%"
    assert f["coverage_rate_zhejiang"] == "100.0%"
    assert {KNOWN[name].region for name in f} == {"全国", "四川", "广东", "海南", "浙江"}


def test_households_seats_digs_and_problems():
    houses = (
        HouseFact("h1", "甲", V, 20, connected=6, to_connect=2, toilet_known=18, sanitary=9, separation_known=0),
        HouseFact("h2", "乙", V, 10),
    )
    assert figure("connection_rate_to_connect", houses=houses).printed == "75.0%"  # 6 of 8
    toilets = figure("sanitary_toilet_share", houses=houses)
    assert (toilets.printed, toilets.remarks) == ("50.0%", ("另有 2 户不知道，没有计入",))
    assert figure("separation_share", houses=houses).printed == "无法计算"
    seats = (
        SeatFact("999901100", "甲镇", True, True), SeatFact("999901101", "乙镇", False), SeatFact("999901102", "丙镇", True),
        SeatFact("999901103", "丁镇"),
    )  # fmt: skip
    assert figure("seat_coverage", seats=seats).printed == "66.7%"  # 2 of the 3 that are known
    assert figure("seat_operation", seats=seats).printed == "100.0%"  # 丙镇 was not looked at
    digs = (
        DigFact("c1", "村道", V, "已同步"),
        DigFact("c2", "村道", V, "不同步"),
        DigFact("c3", "村道", V, "未处理"),
    )
    assert figure("dug_once_share", digs=digs).printed == "33.3%"
    cases = (
        CaseFact("1", "a", V, date(2026, 11, 10), date(2026, 11, 10)),  # on the day: in time
        CaseFact("2", "b", V, date(2026, 11, 10), date(2026, 11, 11)),
        CaseFact("3", "c", V, date(2026, 11, 19), date(2026, 11, 25)),  # closed after the day: still open on it
        CaseFact("4", "d", V, date(2026, 11, 21)),  # not yet due
        CaseFact("5", "e", V, date(2025, 11, 19), date(2025, 11, 1)),  # a year ago
    )
    on_time = figure("closed_on_time", cases=cases)
    assert (on_time.part, on_time.n) == (1, 3)
    assert on_time.states == {"按期销号": 1, "逾期销号": 1, "超期未销": 1}


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 92)), max_size=8))
def test_every_figure_comes_again_from_its_lines(given_flow):
    stations = tuple(station(n, volume_m3=float(v), days=d) for n, (v, d) in enumerate(given_flow))
    for name in ("load_rate", "effluent_compliance", "collection_rate"):
        f = figure(name, stations=stations, villages=(village(0, people_resident=50),))
        again = recompute(map(as_line, f.numerator), map(as_line, f.denominator), f.printed)
        assert (again.part, again.n, again.printed) == (f.part, f.n, f.printed)


def test_a_dropped_line_is_found():
    f = figure("dug_once_share", digs=(DigFact("c1", "a", V, "已同步"), DigFact("c2", "b", V, "不同步")))
    lines = [as_line(c) for c in f.denominator]
    assert recompute([as_line(c) for c in f.numerator], lines[:-1], f.printed).printed != f.printed
    with pytest.raises(ValueError, match="不在分母里"):
        recompute([as_line(c) for c in f.numerator], lines[1:], f.printed)
    with pytest.raises(ValueError, match="有两行"):
        recompute([], [*lines, lines[0]], f.printed)
    with pytest.raises(ValueError, match="大于分母"):
        recompute([{**lines[0], "weight": 2}], lines, f.printed)


def test_facts_of_a_place_only():
    facts = Facts(stations=(station(1), replace(station(2), place="999901101200")))
    assert [s.key for s in facts.within("999901100").stations] == ["QX-1"]


@pytest.mark.parametrize(
    ("num", "den", "said"),
    [
        ('rule = "leaves"', 'rule = "leaves"', "of what"),
        ('rule = "leaves"\nof = "load"', 'rule = "signed_list"', "neither"),
    ],
)
def test_a_definition_of_leaves_is_whole(num, den, said):
    text = (
        'id = "x"\nname = "x"\nversion = "1"\nunit_counted = "户"\ndecimals = 1\nformula = "x"\nvalid_from = 2020-01-01\n'
        f'source = "x"\ntrust = "assumption"\n[numerator]\n{num}\n[denominator]\n{den}\n'
    )
    with pytest.raises(ValueError, match=said):
        parse_definition(text)
