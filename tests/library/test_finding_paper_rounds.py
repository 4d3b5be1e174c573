"""What dated rounds, meter readings, shared accounts and counted guests tell of a plant known by papers: values by hand."""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Evidence, trace
from qingxi.finding.by_paper import months_of
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.rounds import Seen, first_still_day, last_still_day, meter_stands, scanty
from qingxi.reading import Bill, DailySeries, LabResult, Samples, Visit, day_start_s

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
PLANT = Facility(
    "A", "甲站", "", "", "A2O", 100, power_account="K", households_connected=400, evidence=EvidenceLevel.PAPER
)


def bills(*kwh: float) -> tuple[Bill, ...]:
    return tuple(Bill("K", date(2025, k + 1, 1), float(x)) for k, x in enumerate(kwh))


def visit(day: date, blower: str, meter: float | None = None) -> Visit:
    seen = "yes" if blower == "on" else "no"
    answers = {"inflow": seen, "blower": blower, "outflow": seen}
    return Visit("A", datetime.combine(day, time(10)), "甲", "village", answers, meter)


def said(evidence: Evidence, plant: Facility = PLANT) -> set[tuple[str, date, date]]:
    return {(f.kind, f.start, f.end) for f in trace(plant, evidence, FIRST, LAST)}


def test_the_day_is_the_one_that_the_fewest_rounds_speak_against():
    # Ran on 3 and 8, stood on 15, 16 and 22, one wrong round on 18: between 9 and 15 only that one speaks against it.
    seen = [Seen(3, False), Seen(8, False), Seen(15, True), Seen(16, True), Seen(18, False), Seen(22, True)]
    assert first_still_day(seen, 1, 31) == 9  # the nearest to the 1st of the days 9 to 15
    assert first_still_day(seen, 12, 31) == 12
    assert first_still_day(seen, 30, 31) == 15
    # Turned round: stood until 8, ran from 15 on; the last still day lies between 8 and 14.
    seen = [Seen(3, True), Seen(8, True), Seen(15, False), Seen(22, False)]
    assert last_still_day(seen, 1, 31) == 8
    assert last_still_day(seen, 40, 31) == 14
    assert last_still_day([], 40, 31) == 40


def test_a_meter_that_shows_the_same_figure_stands():
    read = [("01-05", 100.0), ("01-20", 130.0), ("02-10", 130.1), ("03-01", 130.1), ("03-20", 160.0)]
    visits = tuple(visit(date.fromisoformat(f"2025-{d}"), "on", kwh) for d, kwh in read)
    look = Look(PLANT, Evidence(visits=visits), FIRST, LAST)
    # 0.1 kWh in 21 days and none in 19: from 20 January (19) to 1 March (59).
    assert meter_stands(look, 0.1) == [(19, 59)]


def test_the_control_box_of_a_large_plant_is_no_main_switch():
    """100 m3/d that draws 90 kWh a day; standby 1.2 kWh a day is 1.3 % of it: idle. The bill of a switched-off plant shows none."""
    days = [date(2025, m, d) for m in (4, 5, 6) for d in (3, 17)]
    rounds = tuple(visit(d, "off") for d in days)
    usual = (2800, 2500, 2800)
    idle = said(Evidence(bills=bills(*usual, 36, 37, 36, *(2800,) * 6), visits=rounds))
    assert {kind for kind, _, _ in idle} == {"idle"}
    off = said(Evidence(bills=bills(*usual, 0, 0, 0, *(2800,) * 6), visits=rounds))
    assert {kind for kind, _, _ in off} == {"stopped"}


def test_rounds_date_a_stop_that_bills_only_know_by_month():
    days = [("03-25", "on"), ("04-08", "on"), ("04-12", "off"), ("05-10", "off"), ("06-20", "off"), ("06-28", "on")]
    rounds = tuple(visit(date.fromisoformat(f"2025-{d}"), s) for d, s in days)
    (stop,) = said(Evidence(bills=bills(2800, 2500, 2800, 0, 0, 0, *(2800,) * 6), visits=rounds))
    # The bills say April to June; it still ran on 8 April and ran again on 28 June.
    assert stop == ("stopped", date(2025, 4, 9), date(2025, 6, 27))


@pytest.mark.parametrize(("lamps", "found"), [(0, True), (150, False)])
def test_street_lamps_on_the_account_are_not_taken_for_air(lamps, found):
    """From May on no round reads the meter: a bill with 150 kWh of lamps in it tells nothing of the plant's own 60."""
    plant = Facility(
        "A", "甲站", "", "", "A2O", 10, power_account="K", households_connected=20, evidence=EvidenceLevel.PAPER
    )
    kwh = [60 + lamps] * 12
    meter = tuple(visit(FIRST + timedelta(days=d), "on", 2.0 * d) for d in range(0, 366, 15) if not 130 < d < 260)
    read = trace(plant, Evidence(bills=bills(*kwh), visits=meter), FIRST, LAST)
    # 20 households x 2.7 x 80 L = 4.3 m3/d of 10: the register does not decide (0.43); the bills do not fall.
    assert not read
    months = months_of(Look(plant, Evidence(bills=bills(*kwh), visits=meter), FIRST, LAST))
    june = next(m for m in months if m.first == date(2025, 7, 1))
    assert np.isnan(june.kwh_d) != found


def labs(times: float, weak: float = 1.0, months: range = range(5, 11)) -> tuple[LabResult, ...]:
    """A pair a month, 300 in and 40 out; in the ``months`` what is left is ``times`` as much and the influent ``weak`` as strong."""
    out = []
    for m in range(1, 13):
        inside = m in months
        for code, into, left in (("cod", 300.0, 40.0), ("nh3n", 36.0, 5.0)):
            strong = into * (weak if inside else 1.0)
            out += [
                LabResult("A", date(2025, m, 15), "influent", code, strong),
                LabResult(
                    "A", date(2025, m, 15), "effluent", code, left * strong / into * (times if inside else 1.0)
                ),
            ]
    return tuple(out)


FELL = bills(2800, 2600, 2800, 2700, 1500, 1450, 1500, 1480, 1450, 1500, 2700, 2800)
RAN = tuple(visit(date(2025, m, 10), "on") for m in range(1, 13))


def test_a_broken_sewer_shows_in_the_bills_while_the_register_is_in_order():
    """400 households x 2.7 x 80 L = 86 of 100 m3/d; from May to October it draws 48 instead of 91 kWh a day, machines run."""
    (starved,) = said(Evidence(bills=FELL, visits=RAN, labs=labs(1.0)))
    assert starved == ("starved", date(2025, 5, 1), date(2025, 10, 31))


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(bills=FELL, visits=RAN, labs=labs(1.5)),  # the air fades: half as much again is left
        Evidence(bills=FELL, visits=RAN, labs=labs(1.0, weak=1.3)),  # before, clear water ran in
        Evidence(bills=FELL, visits=RAN),  # no test tells the two apart
        Evidence(bills=FELL, visits=RAN[:6] + tuple(visit(v.visited_at.date(), "off") for v in RAN[6:]), labs=labs(1.0)),
        Evidence(bills=bills(*(2800,) * 5, *(2200,) * 7), visits=RAN, labs=labs(1.0, months=range(6, 13))),  # 21 % less, for good
        Evidence(bills=bills(*(2800,) * 4, *(2700,) * 6, 2800, 2800), visits=RAN, labs=labs(1.0)),  # 4 % less
    ],
)  # fmt: skip
def test_other_reasons_to_draw_less_are_not_taken_for_too_little_water(evidence):
    assert not {kind for kind, _, _ in said(evidence)} & {"starved"}


def test_a_small_fall_that_came_back_is_too_little_water_where_the_air_is_timed():
    """2,800 kWh, from May to October 2,500, then 2,800 again: 11 % less, and the months scatter by 1 or 2 %."""
    timed = bills(2800, 2530, 2800, 2710, 2500, 2420, 2510, 2500, 2420, 2500, 2710, 2800)
    (starved,) = said(Evidence(bills=timed, visits=RAN, labs=labs(1.0)))
    assert starved[0] == "starved"
    assert (starved[1].month, starved[2].month) == (5, 10)
    # A round finds the air in its pause as often as ever: that is no standstill.
    paused = tuple(visit(v.visited_at.date(), "on" if k % 3 else "off") for k, v in enumerate(RAN))
    assert said(Evidence(bills=timed, visits=paused, labs=labs(1.0))) == {starved}


def water(day: date, comes: bool, leaves: bool = True, blower: str = "on") -> Visit:
    answers = {"inflow": "yes" if comes else "no", "blower": blower, "outflow": "yes" if leaves else "no"}
    return Visit("A", datetime.combine(day, time(10)), "甲", "village", answers)


POND = Facility("A", "甲站", "", "", "稳定塘", 100, households_connected=400, evidence=EvidenceLevel.PAPER)
WEEKS = [FIRST + timedelta(days=7 * k + 3) for k in range(52)]


def test_rounds_that_now_and_then_see_no_water_tell_of_a_broken_sewer():
    """The register holds 86 of 100 m3/d and no bill is there; from week 10 to 39 every third of thirty rounds sees no water."""
    rounds = tuple(water(d, not (10 <= k < 40 and k % 3 == 0)) for k, d in enumerate(WEEKS))
    (starved,) = said(Evidence(visits=rounds), POND)
    # Weeks 12, 15 ... 39: ten of 28 rounds. 10 ln(0.5 / 0.03) + 18 ln(0.5 / 0.97) = 28.1 - 11.9 = 16.2 speaks for it.
    # From day 87 to 276 there are 189 days between ten such rounds, 21 from one to the next: so much on either side.
    assert starved == ("starved", FIRST + timedelta(days=66), FIRST + timedelta(days=297))
    seen = scanty(Look(POND, Evidence(visits=rounds), FIRST, LAST))
    assert seen is not None
    assert (seen.empty, seen.rounds, round(seen.sure, 1)) == (10, 28, 16.2)


@pytest.mark.parametrize(
    "rounds",
    [
        [water(d, k % 26 != 7) for k, d in enumerate(WEEKS)],  # two of 52: mistakes
        [water(d, k in (1, 4, 7)) for k, d in enumerate(WEEKS[:9])],  # six of nine: too few to tell
        [
            water(d, not 10 <= k < 25, not 10 <= k < 25) for k, d in enumerate(WEEKS)
        ],  # no water at all for fifteen weeks
    ],
)
def test_other_rounds_are_not_taken_for_too_little_water(rounds):
    assert not {kind for kind, _, _ in said(Evidence(visits=tuple(rounds)), POND)} & {"starved"}


def test_a_village_without_its_guests_lets_little_water_go():
    rounds = tuple(water(d, not (10 <= k < 40 and k % 3 == 0)) for k, d in enumerate(WEEKS))
    assert not said(Evidence(visits=rounds, people=SEASON), POND)


def test_air_that_turns_without_water_is_another_matter():
    """The bills fall by a quarter and rise again; in those months eight rounds of nine see nothing come and nothing leave."""
    lifted = bills(2800, 2600, 2800, 2700, 2100, 2030, 2100, 2100, 2030, 2100, 2700, 2800)
    days = [date(2025, m, d) for m in range(1, 13) for d in (5, 15, 25)]
    dry = tuple(water(d, not (5 <= d.month <= 10 and d.day != 5), True) for d in days)
    idle = tuple(water(d, not (5 <= d.month <= 10 and (d.day, d.month) != (5, 7)), True) for d in days)
    little = {k for k, _, _ in said(Evidence(bills=lifted, visits=RAN + dry, labs=labs(1.0)))}
    assert "starved" in little  # one round in three sees water come: some does
    assert "starved" not in {k for k, _, _ in said(Evidence(bills=lifted, visits=idle, labs=labs(1.0)))}
    # Air follows the little water there is and falls to a half: nobody saves air who lets it turn for show.
    assert "starved" in {k for k, _, _ in said(Evidence(bills=FELL, visits=idle, labs=labs(1.0)))}


def people(*by_month: float) -> DailySeries:
    values = np.repeat(np.array(by_month, dtype=float), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    return DailySeries("A", "people", FIRST, values, np.ones(values.size))


SEASON = people(400, 400, 400, 400, 400, 500, 1000, 1000, 500, 500, 400, 400)


def test_a_village_of_guests_is_held_against_the_people_in_the_house():
    device = Facility("A", "甲站", "", "", "稳定塘", 100, households_connected=400, evidence=EvidenceLevel.HJ212)
    house = np.repeat(SEASON.values / 1000, 96)
    shape = np.tile(1 + 0.6 * np.sin(np.arange(96) / 96 * 2 * np.pi), 365)

    def found(full: float, counted: DailySeries | None) -> set[str]:
        at = day_start_s(FIRST) + np.arange(365 * 96) * 900
        flow = Samples("A", "flow", "minute", at, full * house * shape, np.ones(at.size, dtype=bool), 900)
        return {f.kind for f in trace(device, Evidence(samples={"flow": flow}, people=counted), FIRST, LAST)}

    # Full in July and August, 40 m3/d at other times: as it was meant. Without counts that is seven lean months.
    assert "starved" not in found(100, SEASON)
    assert "starved" in found(100, None)
    # 45 m3/d with the house full, and 18 with 400 guests: starved at all times.
    assert "starved" in found(45, SEASON)


def test_spring_festival_makes_no_season():
    # 28 days of 365 are 7.7 %: below the best seventh.
    home = people(400, 700, 400, 400, 400, 400, 400, 400, 400, 400, 400, 400)
    assert guests_share(Look(PLANT, Evidence(people=home), FIRST, LAST)) is None
    share = guests_share(Look(PLANT, Evidence(people=SEASON), FIRST, LAST))
    assert share is not None
    assert (share[5], share[200]) == (pytest.approx(0.4), pytest.approx(1.0))
