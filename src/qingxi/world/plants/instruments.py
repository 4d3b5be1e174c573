"""What the instruments make of the truth: noise, bias, drift, resolution, held values, gaps, and what is faked in the data."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from qingxi.reading import DailySeries, Samples, day_start_s
from qingxi.world.plants.course import Course
from qingxi.world.plants.kinds import Alike, Episode, Kind, Likeness
from qingxi.world.plants.noise import wander
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.water import Inflow
from qingxi.world.plants.weather import STEPS

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STEP_S = 900
_ANALYSED = ("cod", "nh3n", "cod_in", "nh3n_in")
_FAKED = (*_ANALYSED, "flow", "do", "ph")
"""What a forger copies; the meter belongs to the grid company."""
_RATES = {"flow": "flow", "power": "energy"}
_DAY_NEEDS = 72
"""Quarter-hours of a valid day: 18 hours, as the house's rule of validity."""


@dataclass(frozen=True)
class Seen:
    """What arrived: samples by quantity, daily series by quantity, and when the device was last heard."""

    samples: dict[str, Samples]
    series: dict[str, DailySeries]
    last_heard_s: int | None


def observe(
    rng: np.random.Generator,
    plant: Plant,
    inflow: Inflow,
    course: Course,
    first: date,
    episodes: list[Episode],
    likenesses: list[Likeness],
) -> Seen:
    """Measure, lose, fake and stamp; everything at the one beat of 15 minutes."""
    n = course.through.size
    shown = _measure(rng, plant, inflow, course, likenesses)
    dry = {q: _without_water(rng, course, n) for q in _ANALYSED if q in shown}
    for episode in episodes:
        _fake(rng, plant, course, shown, dry, episode)
    lost = rng.random(n) < rng.uniform(0.002, 0.02)
    lost |= course.dark
    for like in likenesses:
        if like.kind is Alike.DEAD_MODEM:
            lost[like.start : like.end] = True
    offset = np.zeros(n)
    for episode in episodes:
        if episode.kind is Kind.SILENT:
            lost[episode.start * STEPS : episode.end * STEPS] = True
        elif episode.kind is Kind.CLOCK:
            offset[episode.start * STEPS : episode.end * STEPS] = float(episode.detail)
    start_s = day_start_s(first)
    true_s = start_s + np.arange(n, dtype=np.int64) * STEP_S
    there = np.flatnonzero(~lost)
    if not there.size:
        return Seen({}, {}, None)
    at_s = true_s[there] + offset[there].astype(np.int64)
    order = there
    if offset.any():  # two readings of one stamp: the later overwrites, as a logger's memory does
        at_s, back = np.unique(at_s[::-1], return_index=True)
        order = there[::-1][back]
    fid = plant.facility.id
    samples = {}
    for code, values in shown.items():
        kept = values[order]
        valid = ~np.isnan(kept)
        if code in dry:
            valid &= ~dry[code][order]
        samples[code] = Samples(fid, code, "minute", at_s, kept, valid, STEP_S)
    series = _days(fid, samples, first, n // STEPS)
    series["clock_offset"] = _clock(rng, fid, first, offset, ~lost)
    return Seen(samples, series, int(true_s[there[-1]]))


def _measure(
    rng: np.random.Generator, plant: Plant, inflow: Inflow, course: Course, likenesses: list[Likeness]
) -> dict[str, F64]:
    n = course.through.size
    change = next((x.start for x in likenesses if x.kind is Alike.SENSOR_REPLACED), n)
    which = int(rng.integers(0, 3))
    after = np.arange(n) >= change

    def noisy(values: F64, share: float, bias: float, drift: float, step: float, new: int) -> F64:
        gain = np.exp(rng.normal(0, bias) + np.repeat(wander(rng, n // STEPS, 0.995, drift), STEPS))
        if which == new:
            gain = np.where(after, gain * float(np.exp(rng.normal(0, 0.08))), gain)
        got = values * gain * (1 + share * rng.standard_normal(n, dtype=np.float32))
        return np.asarray(np.round(np.clip(got, 0, None) / step) * step, dtype=np.float64)

    shown = {
        "flow": noisy(course.through, 0.015, 0.025, 0.012, plant.flow_step, 0),
        "power": noisy(course.power, 0.004, 0.005, 0.0, 0.01, 1),
        "ph": np.round(course.ph + rng.normal(0, 0.05), 2),
        "level": np.round(course.level, 2),
        "water_temp": np.round(course.temp + rng.normal(0, 0.2), 1),
    }
    if plant.passive:
        del shown["power"]
    else:
        shown["do"] = noisy(course.do, 0.01, 0.04, 0.03, 0.01, -1)
    if Alike.MANUAL_ONLY not in plant.alike:
        truth = {
            "cod": (course.cod, 0.1),
            "nh3n": (course.nh3n, 0.01),
            "cod_in": (inflow.cod, 0.1),
            "nh3n_in": (inflow.nh3n, 0.01),
        }
        taken = np.arange(n) // plant.hold_steps * plant.hold_steps  # an analyser measures, then the value is held
        for code, (values, step) in truth.items():
            got = noisy(values, 0.035, 0.03, 0.03, step, 2 if code == "cod" else -1)
            shown[code] = got[taken] if plant.hold_steps > 1 else got
    return shown


def _without_water(rng: np.random.Generator, course: Course, n: int) -> Bools:
    """Where the analyser draws no sample: nothing flowed for six hours; it marks its values so."""
    wet = np.concatenate([[0], np.cumsum(course.through > 0)])
    back = np.maximum(np.arange(n) - 24, 0)
    return np.asarray(wet[np.arange(n) + 1] - wet[back] == 0, dtype=np.bool_)


def _fake(
    rng: np.random.Generator,
    plant: Plant,
    course: Course,
    shown: dict[str, F64],
    dry: dict[str, Bools],
    episode: Episode,
) -> None:
    """Change what is shown, in place."""
    a, b = episode.start * STEPS, min(episode.end * STEPS, course.through.size)
    if episode.kind is Kind.FROZEN:
        codes = {"flow": ("flow",), "quality": ("cod", "nh3n"), "all": tuple(shown)}[episode.detail]
        for code in codes:
            if code in shown:
                live = shown[code][max(0, a - STEPS) : a + STEPS]
                live = live[live > 0] if code == "flow" else live
                shown[code][a:b] = live[-1] if live.size else 0.0
    elif episode.kind is Kind.COPIED:
        length = {"day": 1, "days3": 3}.get(episode.detail, 0) * STEPS
        if not length:  # a replay of some weeks ago, as long as the episode
            length = min(b - a, 28 * STEPS)
        source = a - length if a >= length else b
        if source + length > course.through.size:
            source, length = a, STEPS
        for code in _FAKED:
            if code in shown:
                block = shown[code][source : source + length].copy()
                shown[code][a:b] = np.resize(block, b - a)
                if code in dry:
                    dry[code][a:b] = False
    elif episode.kind is Kind.HUGGING:
        limit = course.nh3n_limit if episode.detail == "nh3n" else np.full(course.through.size, plant.cod_limit)
        if episode.detail in shown:
            step = 0.01 if episode.detail == "nh3n" else 0.1
            held = limit[a:b] * (0.985 - 0.06 * rng.random(b - a) ** 1.5)
            lower = np.minimum(shown[episode.detail][a:b], held)
            shown[episode.detail][a:b] = np.round(lower / step) * step
    elif episode.kind is Kind.IMPOSSIBLE:
        if episode.detail == "oxygen" and "do" in shown:
            shown["do"][a:b] = np.round(17.5 + wander(rng, b - a, 0.9, 0.8), 2)  # far above saturation
        elif episode.detail == "dry-tank":
            shown["level"][a:b] = 0.0
        else:  # many times what the pumps can lift, for hours every day
            tall = (np.arange(a, b) % STEPS >= 40) & (np.arange(a, b) % STEPS < 60)
            peak = plant.facility.design_m3_d * (6 + 2 * episode.severity)
            shown["flow"][a:b] = np.where(
                tall, np.round(peak * (1 + 0.05 * rng.random(b - a)), 1), shown["flow"][a:b]
            )


def _days(fid: str, samples: dict[str, Samples], first: date, days: int) -> dict[str, DailySeries]:
    """Daily values with the house's rule of 18 valid hours; concentrations weighted by flow."""
    start_s = day_start_s(first)
    out: dict[str, DailySeries] = {}
    at = (next(iter(samples.values())).at_s - start_s) // STEP_S
    inside = (at >= 0) & (at < days * STEPS)
    place = at[inside]

    def grid(one: Samples) -> F64:
        full = np.full(days * STEPS, np.nan)
        full[place] = np.where(one.valid, one.values, np.nan)[inside]
        return full.reshape(days, STEPS)

    flow = np.nan_to_num(grid(samples["flow"]))
    for code, one in samples.items():
        cells = grid(one)
        known = ~np.isnan(cells)
        count = known.sum(axis=1)
        weight = flow * known if code in _ANALYSED else known.astype(np.float64)
        weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, known)
        with np.errstate(invalid="ignore", divide="ignore"):
            values = (np.nan_to_num(cells) * weight).sum(axis=1) / weight.sum(axis=1)
        values = np.where(count >= _DAY_NEEDS, values, np.nan)
        if code == "power":
            values = values * 24.0
        name = _RATES.get(code, code)
        out[name] = DailySeries(fid, name, first, values, count / STEPS)
    return out


def _clock(rng: np.random.Generator, fid: str, first: date, offset: F64, heard: Bools) -> DailySeries:
    """Device's clock minus ours: honest clocks stray by seconds to a few minutes."""
    days = offset.size // STEPS
    stray = wander(rng, days, 0.995, float(rng.uniform(5, 90))) + rng.normal(0, 3, days)
    seen = heard.reshape(days, STEPS).sum(axis=1)
    middle = np.median(offset.reshape(days, STEPS), axis=1)
    values = np.where(seen > 0, np.round(middle + stray), np.nan)
    return DailySeries(fid, "clock_offset", first, values, seen / STEPS)
