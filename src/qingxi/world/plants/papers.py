"""What comes on paper: electricity bills, rounds by village, operator and county, laboratory sheets."""

from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.reading import Bill, LabResult, Use, Visit
from qingxi.world.plants.course import Course
from qingxi.world.plants.kinds import ESTIMATED_SHARE, SWAPPED_SHARE, Alike, Episode, Kind, Likeness
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.water import Inflow
from qingxi.world.plants.weather import STEPS, Weather

F64 = npt.NDArray[np.float64]

_ERROR = {"cod": 0.06, "nh3n": 0.05, "tp": 0.06, "tn": 0.06, "ss": 0.12}
_LEAST = {"cod": 15.0, "nh3n": 0.05, "tp": 0.02, "tn": 0.1, "ss": 5.0}
"""Standard error of a laboratory and what it can tell from nothing, mg/L; below it half of that is written down."""


def make_bills(
    rng: np.random.Generator, plant: Plant, course: Course, first: date, before_kwh_d: F64
) -> tuple[tuple[Bill, ...], list[Likeness]]:
    """Monthly bills of whole kWh, some estimated (the last one again, put right by the next).

    ``before_kwh_d``: what it drew on the days before ``first``, as far as there are bills of them.
    """
    if plant.passive:
        return (), []
    by_day = np.concatenate([before_kwh_d, course.power.reshape(-1, STEPS).mean(axis=1) * 24])
    origin, first = first, first - timedelta(days=before_kwh_d.size)
    if Alike.SHARED_ACCOUNT in plant.alike:
        by_day = by_day + float(rng.uniform(3, 10))
    total = np.concatenate([[0.0], np.cumsum(by_day)])
    bills: list[Bill] = []
    estimated: list[Likeness] = []
    owed = 0.0
    month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while True:
        before = (month - timedelta(days=1)).replace(day=plant.read_day)
        a, b = (before - first).days, (month.replace(day=plant.read_day) - first).days
        if b > by_day.size:
            break
        if a >= 0:
            kwh = float(total[b] - total[a]) + owed
            owed = 0.0
            if bills and rng.random() < ESTIMATED_SHARE:
                guess = bills[-1].kwh
                owed = kwh - guess
                kwh = guess
                now = (first - origin).days
                if b + now > 0:
                    estimated.append(Likeness(Alike.ESTIMATED_BILL, max(0, a + now) * STEPS, (b + now) * STEPS))
            if rng.random() > 0.01:  # one in a hundred is lost
                bills.append(Bill(plant.facility.power_account, month, float(round(max(0.0, kwh)))))
        month = (month + timedelta(days=32)).replace(day=1)
    return tuple(bills), estimated


def make_visits(
    rng: np.random.Generator,
    plant: Plant,
    inflow: Inflow,
    course: Course,
    first: date,
    episodes: list[Episode],
) -> tuple[Visit, ...]:
    """Rounds: the village weekly from 20 m3/d on, else every two weeks; the operator twice a month; the county now and then."""
    days = course.through.size // STEPS
    large = plant.facility.design_m3_d >= 20
    visits: list[Visit] = []
    meter = float(rng.uniform(800, 30000)) + np.cumsum(course.power) * 0.25
    own = f"村巡查员{plant.index}（虚构）"
    rates = (("village", (1 / 7 if large else 1 / 14) * plant.diligence, own),
             ("operator", (1 / 15 if large else 1 / 30) * (0.7 + 0.3 * plant.diligence), "运维班组（虚构）"),
             ("county", 1 / 240, "县检查组（虚构）"))  # fmt: skip
    kinds = {e.kind: e for e in episodes}
    for role, rate, by in rates:
        for day in np.flatnonzero(rng.random(days) < rate).tolist():
            minute = int(rng.integers(8 * 60, 17 * 60 + 30))
            at = day * STEPS + minute // 15
            now = {k for k, e in kinds.items() if e.start <= day < e.end}
            lazy = role == "village" and rng.random() < 0.35 * (1 - plant.diligence)
            answers = _answers(rng, plant, inflow, course, at, now, lazy)
            reads = not plant.passive and rng.random() < 0.6
            visits.append(
                Visit(
                    plant.facility.id,
                    datetime.combine(first + timedelta(days=day), time(minute // 60, minute % 60)),
                    by,
                    role,
                    answers,
                    round(float(meter[at]), 1) if reads else None,
                )
            )
    return tuple(sorted(visits, key=lambda v: v.visited_at))


def _answers(
    rng: np.random.Generator, plant: Plant, inflow: Inflow, course: Course, at: int, now: set[Kind], lazy: bool
) -> dict[str, str]:
    """The eight answers; one in seventy is simply wrong, and who does not look writes that all is well."""
    still = {Kind.STOPPED, Kind.IDLE, Kind.FAKE_POWER} & now
    # Few people at home: minutes between two flushes, and nothing to be seen in between.
    pulses = float(inflow.people[at // STEPS]) * 8 / 16 * (10 / 60)
    trickles = inflow.ground[at] + inflow.rain[at] > 0.12 * plant.usual_m3_d
    comes = bool(trickles or rng.random() > np.exp(-pulses))
    lately = course.through[max(0, at - 3) : at + 1].sum()
    leaves = bool(lately > 0.02 * plant.facility.design_m3_d and (comes or plant.pump_m3 > 0 or rng.random() < 0.8))
    if still:
        comes = rng.random() < 0.4
        leaves = lately > 0.05 * plant.facility.design_m3_d
    lit = course.power[at] > 0 or plant.passive
    working = course.power[at] > plant.standby_kw * 2
    smells = rng.random() < (0.6 if Kind.EFFLUENT_WORSE in now else 0.35 if still else 0.07)
    around = rng.random() < (0.35 if still - {Kind.FAKE_POWER} else 0.03)
    said = [comes, working, leaves, lit]
    said = [x != (rng.random() < 0.014) for x in said]
    if lazy:
        said, smells, around = [True] * 4, False, False
    answers = {
        "inflow": "yes" if said[0] else "no",
        "blower": "on" if said[1] else "off",
        "outflow": "yes" if said[2] else "no",
        "smell": "yes" if smells else "no",
        "fence": "ok" if rng.random() < 0.95 else "broken",
        "covers": "ok" if rng.random() < 0.95 else "broken",
        "panel_light": "on" if said[3] else "off",
        "sewage_around": "yes" if around else "no",
    }
    if plant.passive:
        del answers["blower"]
    return answers


def make_labs(
    rng: np.random.Generator, plant: Plant, weather: Weather, inflow: Inflow, course: Course, first: date
) -> tuple[tuple[LabResult, ...], list[Likeness]]:
    """The county's half-yearly tests and the operator's own, both points of a day; a dry plant gives no sample."""
    days = course.through.size // STEPS
    large = plant.facility.design_m3_d >= 20
    due: list[tuple[int, str, str]] = []
    for month in (4, 9) if large or rng.random() < 0.3 else ():
        for year in range(first.year, first.year + days // 365 + 2):
            due.append(
                (
                    (date(year, month, 8) - first).days + int(rng.integers(0, 25)),
                    "县环境监测站（虚构）",
                    "CMA-9999-0001",
                )
            )
    gap = 30 if large else 61
    for day in range(int(rng.integers(0, gap)), days, gap):
        due.append((day + int(rng.integers(-4, 5)), "运维自检", ""))
    rows: list[LabResult] = []
    swapped: list[Likeness] = []
    for number, (day, lab, cma) in enumerate(sorted(due)):
        if not 0 <= day < days:
            continue
        on = first + timedelta(days=day)
        at = day * STEPS + int(rng.integers(34, 66))
        report = f"{lab[:2]}{on:%Y%m}-{plant.index:05d}-{number:02d}"
        use = Use.MANAGEMENT if cma else Use.CLUE
        temp = round(float(weather.temp_c[day] + rng.normal(0, 0.5)), 1)
        if course.through[max(0, at - 12) : at + 1].sum() <= 0.01 * plant.facility.design_m3_d:
            if rng.random() < 0.6:  # they came, and wrote that there was nothing to sample
                rows.append(LabResult(plant.facility.id, on, "effluent", "cod", None, lab, cma, report, None, use))
            continue
        span = slice(max(0, at - 4), at + 4)
        cod_in, nh3n_in = float(inflow.cod[span].mean()), float(inflow.nh3n[span].mean())
        cod, nh3n = float(course.cod[span].mean()), float(course.nh3n[span].mean())
        points = {
            "influent": {
                "cod": cod_in,
                "nh3n": nh3n_in,
                "tp": 0.09 * nh3n_in,
                "tn": 1.28 * nh3n_in,
                "ss": 0.55 * cod_in,
            },
            "effluent": {
                "cod": cod,
                "nh3n": nh3n,
                "tp": 0.09 * nh3n + 0.35,
                "tn": 1.1 * nh3n + 6.0,
                "ss": 0.22 * cod,
            },
        }
        if rng.random() < SWAPPED_SHARE:
            points["influent"], points["effluent"] = points["effluent"], points["influent"]
            swapped.append(Likeness(Alike.SWAPPED_BOTTLES, day * STEPS, (day + 1) * STEPS))
        for point, values in points.items():
            for code, value in values.items():
                got = value * float(np.exp(rng.normal(0, _ERROR[code])))
                got = got if got >= _LEAST[code] else _LEAST[code] / 2
                digits = 0 if code in ("cod", "ss") and got >= 20 else 2
                rows.append(
                    LabResult(plant.facility.id, on, point, code, round(got, digits), lab, cma, report, temp, use)
                )
            ph = round(float(course.ph[at] + rng.normal(0, 0.05)), 1)
            rows.append(LabResult(plant.facility.id, on, point, "ph", ph, lab, cma, report, temp, use))
    return tuple(rows), swapped
