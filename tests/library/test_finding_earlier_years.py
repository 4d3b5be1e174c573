"""Bills of earlier years beside this year's, and bills and rounds that only together are enough: values by hand."""

from datetime import date, datetime, time
from math import log

import numpy as np
import pytest

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Evidence, trace
from qingxi.finding.by_paper import months_of
from qingxi.finding.earlier_years import against_earlier, evened
from qingxi.finding.little_water import _scanty, little_water
from qingxi.finding.look import Look
from qingxi.reading import Bill, DailySeries, LabResult, Visit

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
PLANT = Facility(
    "A", "甲站", "", "", "A2O", 100, power_account="K", households_connected=400, evidence=EvidenceLevel.PAPER
)
SEASONS = (3000, 2700, 2800, 2650, 2700, 2800, 3000, 3050, 2800, 2700, 2650, 2900)
RAN = tuple(
    Visit(
        "A",
        datetime.combine(date(2025, m, 10), time(10)),
        "甲",
        "village",
        {"inflow": "yes", "blower": "on", "outflow": "yes"},
    )
    for m in range(1, 13)
)


def bills(year: int, *kwh: float) -> tuple[Bill, ...]:
    return tuple(Bill("K", date(year, k + 1, 1), float(x)) for k, x in enumerate(kwh))


def labs(left: float) -> tuple[LabResult, ...]:
    """A pair every other month with such a share left of what came in."""
    return tuple(
        LabResult("A", date(2025, m, 15), point, code, value * (left if point == "effluent" else 1.0))
        for m in range(1, 13, 2)
        for code, value in (("cod", 300.0), ("nh3n", 36.0))
        for point in ("influent", "effluent")
    )


def look(evidence: Evidence, plant: Facility = PLANT) -> Look:
    return Look(plant, evidence, FIRST, LAST)


def starved(evidence: Evidence, plant: Facility = PLANT) -> list[tuple[date, date]]:
    return [(f.start, f.end) for f in trace(plant, evidence, FIRST, LAST) if f.kind == "starved"]


EARLIER = bills(2023, *SEASONS) + bills(2024, *SEASONS)


def test_each_month_stands_beside_the_same_month_of_each_earlier_year():
    now = bills(2025, *(x / 2 for x in SEASONS))
    seen = look(Evidence(bills=EARLIER[:12] + now))
    (two_back,) = against_earlier(seen, months_of(seen))
    assert two_back == pytest.approx(np.full(12, log(0.5)))
    # A month then without any draw tells nothing, five months are too few to compare with.
    gap = tuple(Bill("K", b.month, 0.0) if b.month.month == 3 else b for b in EARLIER[:12])
    seen = look(Evidence(bills=gap + now))
    assert np.isnan(against_earlier(seen, months_of(seen))[0]).nonzero()[0].tolist() == [2]
    seen = look(Evidence(bills=EARLIER[:5] + now))
    assert against_earlier(seen, months_of(seen)) == []


def test_an_estimated_month_and_the_one_that_puts_it_right_share_what_both_drew():
    # February repeats January's 3,000 although 2,000 were drawn: March is billed 1,000 less.
    seen = look(Evidence(bills=bills(2025, 3000, 3000, 1700, 2700)))
    assert evened(np.array([0.0, 0.0, -0.5, 0.1]), months_of(seen)) == pytest.approx([0.0, -0.25, -0.25, 0.1])


def test_a_year_without_a_good_month_is_told_by_the_years_before():
    """The register holds 86 of 100 m3/d; all of 2025 it draws 45 % less than in both years before, and treats."""
    less = bills(2025, *(0.55 * x for x in SEASONS))
    assert starved(Evidence(bills=EARLIER + less, visits=RAN, labs=labs(0.15))) == [(FIRST, LAST)]
    assert starved(Evidence(bills=less, visits=RAN, labs=labs(0.15))) == []  # nothing to compare with
    assert (
        starved(Evidence(bills=EARLIER + less, visits=RAN, labs=labs(0.8))) == []
    )  # it does not treat: the air is gone
    assert starved(Evidence(bills=EARLIER + less, visits=RAN)) == []  # no test tells the two apart


@pytest.mark.parametrize(
    "earlier",
    [
        # 2024 was the odd year, with another village connected from May to October; 2023 was as 2025.
        bills(2023, *SEASONS) + bills(2024, *(x * (1.5 if 4 <= k <= 9 else 1.0) for k, x in enumerate(SEASONS))),
        # All of 2024 was odd, two and a half times as much; against 2023 nothing fell.
        bills(2023, *SEASONS) + bills(2024, *(2.5 * x for x in SEASONS)),
        # Only 2024 is known, and it was odd: 2025 itself did not fall.
        bills(2024, *(x * (1.5 if 4 <= k <= 9 else 1.0) for k, x in enumerate(SEASONS))),
    ],
)
def test_an_odd_earlier_year_makes_no_lean_one(earlier):
    assert starved(Evidence(bills=earlier + bills(2025, *SEASONS), visits=RAN, labs=labs(0.15))) == []


def test_a_plant_that_was_overloaded_for_a_time_is_not_lean_afterwards():
    now = bills(2025, *(x * (1.4 if k < 5 else 1.0) for k, x in enumerate(SEASONS)))
    assert starved(Evidence(bills=EARLIER + now, visits=RAN, labs=labs(0.15))) == []


def test_guests_who_stay_away_every_winter_are_no_broken_sewer():
    by_month = [400, 400, 400, 400, 400, 500, 1000, 1000, 500, 400, 400, 400]
    house = np.repeat(np.array(by_month, dtype=float), [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    guests = DailySeries("A", "people", FIRST, house, np.ones(365))
    kwh = [1500 if people < 900 else 3000 for people in by_month]
    every = bills(2023, *kwh) + bills(2024, *kwh)
    same = Evidence(bills=every + bills(2025, *kwh), visits=RAN, labs=labs(0.15), people=guests)
    assert starved(same) == []
    less = Evidence(bills=every + bills(2025, *(0.6 * x for x in kwh)), visits=RAN, labs=labs(0.15), people=guests)
    assert starved(less) == [(FIRST, LAST)]


def rounds(every: int) -> tuple[Visit, ...]:
    """A round every fifth day; from May to October one in ``every`` sees no water leave."""
    days = [date.fromordinal(FIRST.toordinal() + 5 * k) for k in range(73)]
    return tuple(
        Visit("A", datetime.combine(d, time(10)), "甲", "village",
              {"inflow": "yes", "blower": "on", "outflow": "no" if 5 <= d.month <= 10 and k % every == 0 else "yes"})
        for k, d in enumerate(days)
    )  # fmt: skip


def test_bills_and_rounds_are_enough_together_where_neither_is_alone():
    """Timed air: 8 % less from May to October with months that scatter by 3 %; one round in six sees no water leave."""
    wobble = (1.03, 0.97, 0.97, 1.03, 0.97, 1.03, 0.97, 1.03, 0.97, 1.03, 1.03, 0.97)
    kwh = [x * w * (0.92 if 4 <= k <= 9 else 1.0) for k, (x, w) in enumerate(zip(SEASONS, wobble, strict=True))]
    lean, even = EARLIER + bills(2025, *kwh), EARLIER + bills(2025, *SEASONS)
    ((start, end),) = starved(Evidence(bills=lean, visits=rounds(6), labs=labs(0.15)))
    assert (start.month, end.month) == (5, 10)
    assert starved(Evidence(bills=lean, visits=rounds(99), labs=labs(0.15))) == []
    assert starved(Evidence(bills=even, visits=rounds(6), labs=labs(0.15))) == []
    seen = look(Evidence(bills=lean, visits=rounds(6), labs=labs(0.15)))
    told = little_water(seen, months_of(seen), [False] * 12)
    assert told is not None
    assert min(told.bills, told.rounds) > 2
    assert max(told.bills, told.rounds) < 9 < told.sure


def test_rounds_weigh_by_how_much_likelier_they_are_with_little_water():
    # Ten rounds, three empty, mistakes 3 %. Shares 0.1, 0.25, 0.4, 0.55, 0.7 and 0.03: ratios by hand
    # 0.1: (10/3)^3 x (0.9/0.97)^7 = 37.04 x 0.5919 = 21.92; 0.25: 578.7 x 0.1652 = 95.61; 0.4: 2370.4 x 0.03465 = 82.12;
    # 0.55: 6162.0 x 0.004625 = 28.50; 0.7: 12703.7 x 0.0002707 = 3.438; 0.03: 1. Their mean is 38.77, its log 3.658.
    assert _scanty(3, 10, 0.03) == pytest.approx(3.658, abs=0.005)
    assert _scanty(0, 0, 0.03) == 0.0
    # However many rounds see water: a fifth of many people still keeps it coming. Never below log(1/6) = -1.79.
    assert -1.8 < _scanty(0, 500, 0.03) < -1.7
