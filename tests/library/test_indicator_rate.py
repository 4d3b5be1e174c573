"""Rates by several definitions from one county, side by side."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.indicator import (
    Entry,
    HamletStanding,
    Records,
    State,
    ThreeBasics,
    VillageStanding,
    change,
    definitions,
    parse_definition,
    percent,
    rate,
    rates,
)
from qingxi.origin import Ref
from qingxi.place import VillageKind

ON = date(2026, 11, 20)
KNOWN = definitions()


def village(i, state=State.OPEN, **more):
    return VillageStanding(f"99990110{i:04d}", f"村{i}", "溪口镇", VillageKind.VILLAGE, state, **more)


def hamlet(i, households, treated, controlled=0, deductible=""):
    code = f"999901100001{i:03d}"
    return HamletStanding(code, f"组{i}", "999901100001", households, treated, controlled, deductible)


# Five natural villages: three fifths treated counts, two fifths do not, control lifts one, one may be deducted.
HAMLETS = (
    hamlet(1, 10, 6),  # 60 %: treated
    hamlet(2, 5, 3),  # 60 % exactly: treated
    hamlet(3, 10, 5),  # 50 %: open
    hamlet(4, 10, 2, 4),  # 60 % with control: controlled
    hamlet(5, 3, 0, deductible="整组搬迁"),
)


def test_guangdong_and_hainan_from_one_list():
    records = Records("999901", hamlets=HAMLETS)
    guangdong = rate(KNOWN["treatment_rate_hamlet_guangdong"], records, ON)
    hainan = rate(KNOWN["treatment_rate_hamlet_hainan"], records, ON)
    # Guangdong: 2 of 5 = 40 %. Hainan: 3 of (5 - 1) = 75 %.
    assert (guangdong.part, guangdong.n, guangdong.printed) == (2, 5, "40.00%")
    assert (hainan.part, hainan.n, hainan.printed) == (3, 4, "75.00%")
    assert hainan.states == {"已治理": 2, "已管控": 1, "未完成": 1}
    assert [c.why for c in hainan.deducted] == ["整组搬迁"]


def test_a_hamlet_without_households_is_open_and_named():
    figure = rate(KNOWN["treatment_rate_hamlet_guangdong"], Records("999901", hamlets=(hamlet(1, 0, 0),)), ON)
    assert figure.part == 0
    assert "组1" in figure.remarks[0]


def test_a_village_is_counted_from_the_day_of_recognition_until_it_is_lost():
    one = village(
        1, State.TREATED, recognised_on=date(2023, 6, 27), lost_on=date(2026, 6, 18), lost_reason="返黑返臭"
    )
    assert one.state_on(date(2023, 6, 26)) is State.OPEN
    assert one.state_on(date(2023, 6, 27)) is State.TREATED
    assert one.state_on(date(2026, 6, 18)) is State.OPEN
    records = Records("999901", (one, village(2, State.TREATED, recognised_on=date(2022, 1, 1))))
    early, late = (rate(KNOWN["treatment_rate_village"], records, d) for d in (date(2025, 1, 1), ON))
    assert (early.printed, late.printed) == ("100.0%", "50.0%")
    moved = change(early, late)
    assert [c.name for c in moved.lost] == ["村1"]
    assert moved.gained == ()
    assert any("返黑返臭" in remark for remark in late.remarks)


def test_figures_of_two_versions_are_not_compared():
    records = Records("999901", (village(1),))
    old = rate(KNOWN["treatment_rate_village"], records, ON)
    new = rate(replace(KNOWN["treatment_rate_village"], version="2"), records, ON)
    with pytest.raises(ValueError, match="口径不同"):
        change(old, new)


def test_a_line_signed_later_does_not_count_yet():
    out = Entry("999901100001", "村1", False, "整村搬迁", date(2026, 12, 1), "县领导小组办公室")
    records = Records("999901", (village(1, State.TREATED), village(2)), entries=(out,))
    assert rate(KNOWN["treatment_rate_village"], records, ON).n == 2
    assert rate(KNOWN["treatment_rate_village"], records, date(2026, 12, 1)).n == 1


def test_a_line_without_reason_or_signature_is_refused():
    with pytest.raises(ValueError, match="理由"):
        Entry("999901100001", "村1", False, "", ON, "县领导小组办公室")
    with pytest.raises(ValueError, match="签发"):
        Entry("999901100001", "村1", False, "搬迁", ON, "")


def test_three_basics_that_fail_keep_a_village_out_and_unseen_ones_are_named():
    seen = ThreeBasics(True, True, True)
    records = Records(
        "999901",
        (
            village(1, State.TREATED, basics=seen),
            village(2, State.TREATED, basics=replace(seen, no_stench=False)),
            village(3, State.CONTROLLED, basics=ThreeBasics(True, None, None)),
        ),
    )
    figure = rate(KNOWN["treatment_or_control_rate_village"], records, ON)
    assert [c.name for c in figure.numerator] == ["村1", "村3"]
    assert any("村2" in r and "不符" in r for r in figure.remarks)
    assert any("村3" in r and "尚未查看" in r for r in figure.remarks)


def test_an_empty_denominator_gives_no_number():
    figure = rate(KNOWN["treatment_rate_village"], Records("999901"), ON)
    assert figure.value is None
    assert figure.printed == "无法计算"


def test_connection_rate_counts_households_of_the_listed_villages():
    records = Records(
        "999901",
        (
            village(1, households=100, households_connected=80),
            village(2, households=50, households_connected=70),  # more than there are: counted as 50
        ),
    )
    figure = rate(KNOWN["connection_rate"], records, ON)
    # (80 + 50) / 150 = 86.67
    assert (figure.part, figure.n, figure.printed) == (130, 150, "86.7%")
    assert "130/150 户" in figure.sentence
    assert "村2" in figure.remarks[0]


def test_a_sampled_rate_carries_n_and_interval():
    sample = tuple((Ref("facility", f"QX-{i:03d}"), f"站{i}", i <= 33) for i in range(1, 41))
    figure = rate(KNOWN["effective_operation_rate"], Records("999901", sample=sample), ON)
    assert (figure.part, figure.n, figure.printed) == (33, 40, "82.5%")
    assert (round(figure.low, 3), round(figure.high, 3)) == (0.681, 0.913)


def test_every_figure_walks_back_to_what_it_was_made_from():
    records = Records("999901", (village(1, State.TREATED), village(2)), HAMLETS)
    for figure in rates([d for d in KNOWN.values() if d.denominator["rule"] != "sample_size"], records, ON):
        if figure.n:
            assert figure.because
            assert set(figure.because) >= {c.ref for c in figure.denominator}


def test_a_definition_outside_its_dates_says_so():
    records = Records("999901", hamlets=HAMLETS)
    figure = rate(KNOWN["treatment_rate_hamlet_hainan"], records, date(2020, 1, 1))
    assert any("不适用" in remark for remark in figure.remarks)


def test_a_county_brings_its_own_definition():
    text = """
id = "own"
name = "七成口径"
version = "2026"
unit_counted = "自然村"
decimals = 1
valid_from = 2026-01-01
formula = "…"
source = "县方案"
trust = "assumption"
numerator = { rule = "hamlet_households", share = 0.7, controlled = true }
denominator = { rule = "hamlet_list", deductions = false }
"""
    # 70 % with control: none of the five reaches it
    assert rate(parse_definition(text), Records("999901", hamlets=HAMLETS), ON).part == 0
    with pytest.raises(ValueError, match="numerator rule"):
        parse_definition(text.replace("hamlet_households", "guess"))
    with pytest.raises(ValueError, match=r"own\.toml"):
        parse_definition("id = ", "own.toml")


@given(st.integers(0, 2000), st.integers(1, 2000), st.integers(0, 3))
def test_percent_is_exact_and_half_up(part, whole, decimals):
    said = percent(part, whole, decimals)
    error = abs(float(said) - 100 * part / whole)
    assert error <= 0.5 * 10**-decimals + 1e-9


def test_percent_rounds_half_up_where_floats_do_not():
    # 1/8 = 12.5 -> 13; 0.125 with banker's rounding would be 12
    assert percent(1, 8, 0) == "13"
    assert percent(5, 8, 0) == "63"


STATES = st.sampled_from(list(State))


@given(st.lists(STATES, min_size=1, max_size=40))
def test_states_always_add_up_to_the_denominator(states):
    villages = tuple(village(i, state) for i, state in enumerate(states, start=1))
    figure = rate(KNOWN["treatment_rate_village"], Records("999901", villages), ON)
    assert sum(figure.states.values()) == figure.n == len(states)
    assert figure.part == figure.states["已治理"]
