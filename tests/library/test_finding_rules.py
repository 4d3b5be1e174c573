"""Each rule: what it finds, what it must not find, and when it cannot tell."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import (
    RULES,
    CannotTell,
    Confidence,
    Evidence,
    Finding,
    Piece,
    bundle,
    examine,
)
from qingxi.finding.frozen import chance_of_run, longest_run
from qingxi.origin import Ref
from qingxi.reading import Bill, DailySeries, LabResult, Use, Visit

AS_OF = date(2026, 11, 20)
# 大坪站: 30 m3/d, powered, with a remote meter; sound unless a test says otherwise.
PLANT = Facility(
    "QX-1",
    "大坪站",
    "999901100200",
    "溪口镇",
    "A2O",
    30,
    commissioned=date(2020, 5, 1),
    discharge_class="DB44/2208-2019 一级",
    power_account="1",
    households_connected=100,
    owner="溪口镇人民政府",
    operator="清源运维公司",
    evidence=EvidenceLevel.REMOTE_METER,
)
PAPER = replace(PLANT, evidence=EvidenceLevel.PAPER)
RNG = np.random.default_rng(7)
FLOW = np.round(RNG.normal(22, 3, 200), 1)
ENERGY = np.round(RNG.normal(15, 2, 200), 2)


def series(quantity, values, end=AS_OF, coverage=None):
    values = np.asarray(values, dtype=float)
    first = end - timedelta(days=len(values) - 1)
    cover = np.where(np.isnan(values), 0.0, 1.0) if coverage is None else coverage
    return DailySeries("QX-1", quantity, first, values, cover)


def daily(flow=FLOW, energy=ENERGY, **more):
    return Evidence({"flow": series("flow", flow), "energy": series("energy", energy)}, **more)


def ending(values, last):
    out = np.array(values, dtype=float)
    out[-len(last) :] = last
    return out


def by_rule(facility, evidence, kind=Finding):
    return {a.rule: a for a in examine(facility, evidence, AS_OF) if isinstance(a, kind)}


def visits(*days_ago, role="village", by="王", **answers):
    at = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 9, tzinfo=UTC)
    return tuple(Visit("QX-1", at - timedelta(days=d), by, role, answers) for d in sorted(days_ago, reverse=True))


def bills(*kwh):
    """Monthly bills that end with October 2026."""
    months = [date(2026, 10 - i, 1) for i in range(len(kwh))][::-1]
    return tuple(Bill("1", m, k) for m, k in zip(months, kwh, strict=True))


def labs(day, water_temp_c=18.0, **values):
    """cod_in=90, cod_out=40 and so on."""
    points = {"in": "influent", "out": "effluent"}
    return tuple(
        LabResult("QX-1", day, points[key.rsplit("_")[-1]], key.rsplit("_")[0], value, water_temp_c=water_temp_c)
        for key, value in values.items()
    )


GOOD_LABS = labs(date(2026, 10, 9), cod_in=180, cod_out=40, nh3n_in=30, nh3n_out=5)


def test_a_sound_plant_gives_nothing():
    assert examine(PLANT, daily(labs=GOOD_LABS), AS_OF) == []


def test_neither_water_nor_power_for_fifty_days():
    found = by_rule(PLANT, daily(ending(FLOW, [0] * 50), ending(ENERGY, [0.4] * 50)))["stopped-series"]
    # the last 50 days end on 20 November: the first of them is 2 October
    assert found.start == date(2026, 10, 2)
    assert found.confidence is Confidence.HIGH
    assert found.use is Use.CLUE
    assert [p.n for p in found.evidence] == [30, 30]
    assert Ref("series", "QX-1/flow") in found.because


def test_a_missing_month_is_not_a_stopped_plant():
    evidence = daily(ending(FLOW, [np.nan] * 40), ending(ENERGY, [np.nan] * 40))
    assert "stopped-series" not in by_rule(PLANT, evidence)
    assert "不等于没有运行" in by_rule(PLANT, evidence, CannotTell)["stopped-series"].reason


def test_days_that_arrived_by_less_than_half_do_not_count():
    cover = np.ones(200)
    cover[-40:] = 0.3
    evidence = Evidence({"flow": series("flow", ending(FLOW, [0] * 40), coverage=cover)})
    assert "stopped-series" in by_rule(PLANT, evidence, CannotTell)


def test_a_visit_that_saw_it_run_speaks_against():
    evidence = daily(
        ending(FLOW, [0] * 50), ending(ENERGY, [0.4] * 50), visits=visits(5, blower="on", role="operator")
    )
    found = by_rule(PLANT, evidence)["stopped-series"]
    assert found.confidence is Confidence.FAIR
    assert len(found.counter) == 1


def test_power_without_water_is_a_contradiction_and_not_a_stop():
    found = by_rule(PLANT, daily(flow=ending(FLOW, [0] * 40)))
    assert "stopped-series" not in found
    assert "有用电而没有进水" in found["contradiction"].said
    # onset, not a moving window: 40 days back from 20 November is 12 October
    assert found["contradiction"].start == date(2026, 10, 12)


def test_a_dead_meter_says_nothing_of_a_pond():
    pond = replace(PLANT, process="厌氧+人工湿地")
    evidence = Evidence({"energy": series("energy", np.zeros(200))}, bills=bills(0, 0, 0, 0))
    assert not {"stopped-series", "stopped-paper"} & set(by_rule(pond, evidence))


def test_visits_speak_for_a_pond_whose_meter_says_nothing():
    pond = replace(PLANT, process="厌氧+人工湿地")
    evidence = Evidence({"energy": series("energy", ENERGY)}, visits=visits(60, 30, 5, inflow="no", outflow="no"))
    assert "stopped-paper" in by_rule(pond, evidence)
    # a powered plant whose meter runs is judged by its meter
    assert "stopped-paper" not in by_rule(PLANT, evidence)


def test_bills_and_visits_alone():
    evidence = Evidence(bills=bills(400, 420, 390, 12, 9, 8, 9), visits=visits(60, 30, 5, blower="off"))
    found = by_rule(PAPER, evidence)["stopped-paper"]
    assert found.start == date(2026, 7, 1)
    assert found.confidence is Confidence.HIGH
    # 12 + 9 + 8 + 9 = 38 kWh in four months; standby 0.05 × 30 × 30 = 45 kWh a month
    assert "4 个月共 38 kWh" in found.evidence[0].said
    assert {r.kind for r in found.because} == {"facility", "bill", "visit"}


def test_bills_alone_weigh_less_and_a_contradicting_visit_least():
    assert by_rule(PAPER, Evidence(bills=bills(400, 9, 8, 9)))["stopped-paper"].confidence is Confidence.FAIR
    against = Evidence(bills=bills(400, 9, 8, 9), visits=visits(10, blower="on"))
    assert by_rule(PAPER, against)["stopped-paper"].confidence is Confidence.LOW
    assert "stopped-paper" not in by_rule(PAPER, Evidence(bills=bills(400, 9, 8, 390)))


def test_one_dead_month_is_not_enough_and_a_hole_breaks_the_row():
    assert "stopped-paper" not in by_rule(PAPER, Evidence(bills=bills(400, 400, 9)))
    holed = (Bill("1", date(2026, 7, 1), 5.0), Bill("1", date(2026, 10, 1), 5.0))
    assert "stopped-paper" not in by_rule(PAPER, Evidence(bills=holed))


def test_the_bill_of_the_running_month_is_not_looked_at():
    part = (*bills(400, 400, 9), Bill("1", date(2026, 11, 1), 1.0))  # October alone is one month
    assert "stopped-paper" not in by_rule(PAPER, Evidence(bills=part))


def test_visits_alone_need_three_over_two_weeks():
    assert "stopped-paper" in by_rule(PAPER, Evidence(visits=visits(30, 15, 2, blower="off")))
    assert "stopped-paper" not in by_rule(PAPER, Evidence(visits=visits(3, 2, 1, blower="off")))
    assert "stopped-paper" in by_rule(PAPER, Evidence(visits=visits(15, 2, blower="off")), CannotTell)
    two = visits(30, 15, blower="off") + visits(2, blower="off", role="operator", by="李")
    assert by_rule(PAPER, Evidence(visits=two))["stopped-paper"].confidence is Confidence.FAIR


@pytest.mark.parametrize(
    ("load", "found", "severe"), [(0.9, False, False), (0.5, True, False), (0.2, True, True), (0.03, False, False)]
)
def test_starved(load, found, severe):
    answer = by_rule(PLANT, daily(flow=np.full(200, 30 * load) + RNG.normal(0, 0.05, 200))).get("starved")
    assert (answer is not None) == found
    if found:
        assert ("严重" in answer.said) == severe
        assert answer.confidence is (Confidence.HIGH if severe else Confidence.FAIR)


def test_starved_has_one_id_however_often_it_is_asked():
    lean = daily(flow=FLOW * 0.3)
    ids = {
        a.id
        for day in range(5)
        for a in examine(PLANT, lean, AS_OF - timedelta(days=day))
        if isinstance(a, Finding) and a.rule == "starved"
    }
    assert len(ids) == 1


def test_starved_by_households_is_low_and_only_when_severe():
    # 20 households × 2.7 × 80 L = 4.32 m3/d of 30: 14 %
    few = by_rule(replace(PAPER, households_connected=20), Evidence())["starved"]
    assert few.confidence is Confidence.LOW
    assert "14%" in few.said
    # 100 households: 21.6 m3/d of 30: 72 %, cannot tell
    assert "starved" in by_rule(PAPER, Evidence(), CannotTell)


def test_effluent_worse_than_influent():
    day, before = date(2026, 10, 9), date(2026, 4, 8)
    once = Evidence(labs=labs(day, cod_in=90, cod_out=120, nh3n_in=30, nh3n_out=5))
    found = by_rule(PAPER, once)["effluent-worse"]
    assert found.confidence is Confidence.FAIR
    assert found.use is Use.MANAGEMENT
    twice = Evidence(labs=once.labs + labs(before, cod_in=80, cod_out=100))
    assert by_rule(PAPER, twice)["effluent-worse"].confidence is Confidence.HIGH
    # within a tenth nothing is said: 90 to 98
    close = Evidence(labs=labs(day, cod_in=90, cod_out=98))
    assert "effluent-worse" not in by_rule(PAPER, close)
    # a good pair after the bad one: mended
    mended = Evidence(labs=labs(before, cod_in=80, cod_out=100) + labs(day, cod_in=90, cod_out=30))
    assert "effluent-worse" not in by_rule(PAPER, mended)
    # two samples of different days are no pair
    apart = Evidence(labs=labs(before, cod_in=80) + labs(day, cod_out=100))
    assert "effluent-worse" in by_rule(PAPER, apart, CannotTell)


def limit_of(facility, **values):
    temp = values.pop("water_temp_c", 18.0)
    evidence = Evidence(labs=labs(date(2026, 2, 9), temp, **values))
    return by_rule(facility, evidence).get("over-limit"), by_rule(facility, evidence, CannotTell).get("over-limit")


def test_limits_by_water_temperature():
    # DB44/2208 一级: ammonia 8 above 12 ℃, 15 at 12 ℃ and below
    assert limit_of(PAPER, nh3n_out=12, water_temp_c=18.0)[0]
    assert limit_of(PAPER, nh3n_out=12, water_temp_c=12.0) == (None, None)
    found, unsure = limit_of(PAPER, nh3n_out=12, water_temp_c=None)
    assert found is None
    assert "水温" in unsure.reason
    assert limit_of(PAPER, nh3n_out=16, water_temp_c=None)[0]  # above both
    assert limit_of(PAPER, nh3n_out=7, water_temp_c=None) == (None, None)  # below both


def test_conditional_limits_are_not_applied_unasked():
    # 一级 TP 1 mg/L only for closed or phosphorus-laden waters
    found, unsure = limit_of(PAPER, tp_out=3)
    assert found is None
    assert "封闭水体" in unsure.reason


def test_a_draft_limit_says_that_nobody_verified_it():
    found, _ = limit_of(replace(PAPER, discharge_class="DB51/2626-2019 二级"), cod_out=95)
    assert "未核对" in found.remark
    assert found.confidence is Confidence.LOW
    verified, _ = limit_of(PAPER, cod_out=95)
    assert verified.remark == ""
    assert verified.confidence is Confidence.HIGH


def test_a_single_sample_is_no_daily_mean_under_the_national_standard():
    found, _ = limit_of(replace(PAPER, discharge_class="GB 18918-2002 一级B"), cod_out=95)
    assert "日均值" in found.remark


def test_unknown_standard_and_ph():
    assert "认不出" in limit_of(replace(PAPER, discharge_class="市里的标准"), cod_out=500)[1].reason
    assert "没有执行标准" in limit_of(replace(PAPER, discharge_class=""), cod_out=500)[1].reason
    assert limit_of(PAPER, ph_out=9.4)[0]
    assert limit_of(PAPER, ph_out=6.0) == (None, None)


def test_silence_of_a_device_says_nothing_of_the_plant():
    heard = datetime(2026, 11, 10, 8, tzinfo=UTC)
    logger = replace(PLANT, evidence=EvidenceLevel.HJ212)
    found = by_rule(logger, daily(last_heard_at=heard))["silent"]
    assert found.start == date(2026, 11, 10)
    assert "不等于停运" in found.remark
    awake = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert "silent" not in by_rule(logger, daily(last_heard_at=awake))
    # a vendor's cloud: the last day with a value
    old = Evidence({"flow": series("flow", FLOW, end=AS_OF - timedelta(days=20))})
    assert by_rule(PLANT, old)["silent"].start == AS_OF - timedelta(days=19)
    assert "silent" in by_rule(PLANT, Evidence(), CannotTell)
    assert not {"silent"} & (set(by_rule(PAPER, Evidence())) | set(by_rule(PAPER, Evidence(), CannotTell)))


def test_values_that_never_stood_still_and_now_do():
    found = by_rule(PLANT, daily(flow=ending(FLOW, [21.3] * 20)))["frozen"]
    assert found.confidence is Confidence.HIGH
    assert (found.start, found.end) == (date(2026, 11, 1), AS_OF)
    assert "frozen" not in by_rule(PLANT, daily(flow=ending(FLOW, [21.3] * 4)))


def test_a_coarse_meter_rests_honestly():
    coarse = np.round(RNG.normal(22, 0.4, 200))  # whole numbers only: most days equal the day before
    assert "frozen" not in by_rule(PLANT, daily(flow=coarse))


def test_runs_by_hand():
    values = np.array([1.0, 2.0, 2.0, 2.0, np.nan, 2.0, 0, 0, 0, 0])
    assert longest_run(values, 0.1) == (1, 3)  # the gap ends the run, zeros do not count
    # rest: 1 | 5, 6, 5: moves 1, 1 -> none still: (0 + 0.5) / 3; chance 7 × (1/6)^2 = 0.194
    values = np.array([1.0, 2, 2, 2, 5, 6, 5])
    assert chance_of_run(values, 1, 3, 0.1) == pytest.approx(7 / 36)


def test_nobodys_plant():
    found = by_rule(replace(PAPER, owner="不详", operator=""), Evidence())["unowned"]
    assert "产权单位和运维单位" in found.said
    assert "unowned" not in by_rule(PAPER, Evidence())


@pytest.mark.parametrize("status", ["joined", "scrapped"])
def test_what_is_out_of_the_population_is_not_examined(status):
    assert examine(replace(PLANT, status=status), daily(ending(FLOW, [0] * 50)), AS_OF) == []


def test_evidence_after_the_day_is_not_looked_at():
    later = daily(ending(FLOW, [0] * 40), ending(ENERGY, [0] * 40))
    before = AS_OF - timedelta(days=60)
    assert not [a for a in examine(PLANT, later, before) if isinstance(a, Finding)]


def test_bundling_sorts_by_facility_and_account():
    evidence = bundle(
        [("QX-1", "1"), ("QX-2", "")],
        bills=bills(2, 1)[::-1],
        visits=visits(1, blower="on"),
        labs=GOOD_LABS,
    )
    assert [b.kwh for b in evidence["QX-1"].bills] == [2, 1]
    assert evidence["QX-2"] == Evidence()


def test_every_rule_declares_itself():
    assert len({r.code for r in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.name
        assert rule.needs
        assert rule.overturned_by
        assert rule.version


def test_a_finding_needs_evidence_and_order():
    piece = Piece("x", "y", 1)
    with pytest.raises(ValueError, match="no evidence"):
        Finding("a", "r", "1", "n", AS_OF, AS_OF, Confidence.LOW, "s", (), "o")
    with pytest.raises(ValueError, match="before"):
        Finding("a", "r", "1", "n", AS_OF, AS_OF - timedelta(days=1), Confidence.LOW, "s", (piece,), "o")


@given(
    st.lists(st.one_of(st.floats(0, 500), st.just(np.nan)), min_size=0, max_size=150),
    st.lists(st.one_of(st.floats(0, 500), st.just(np.nan)), min_size=0, max_size=150),
    st.integers(-30, 60),
)
def test_any_series_gives_an_answer_and_never_a_traceback(flow, energy, shift):
    evidence = Evidence(
        {"flow": series("flow", flow), "energy": series("energy", energy)} if flow and energy else {}
    )
    day = AS_OF + timedelta(days=shift)
    for answer in examine(PLANT, evidence, day):
        if isinstance(answer, Finding):
            assert answer.start <= answer.end <= day
            assert answer.evidence
            assert answer.overturned_by
