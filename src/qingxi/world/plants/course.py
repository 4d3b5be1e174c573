"""What truly happens at a plant every quarter-hour: water through it, power, oxygen, effluent."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.world.plants.kinds import Alike, Episode, Kind, Likeness
from qingxi.world.plants.noise import lag, wander
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.schedule import ramp
from qingxi.world.plants.water import Inflow
from qingxi.world.plants.weather import STEPS, Weather

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BLOWER_SHARE = 0.68
"""Of the energy at design load; the rest lifts and returns water."""
_RETENTION = 64.0
"""Quarter-hours water spends in the tanks, as the time constant of a stirred tank."""
_BIOLOGY = 2.5 * STEPS
"""Quarter-hours in which a biology without air gives up, and in which it comes back."""
_COLD_LIMIT = 15.0
_COLD_CLASS = 8.0
"""A limit of 8 mg/L ammonia is 15 in water of 12 degrees or less (DB44/2208-2019 class 1)."""


@dataclass(frozen=True)
class Course:
    """The truth, every quarter-hour; water in m3/d, power in kW, concentrations in mg/L.

    Attributes
    ----------
    through : float64[n]
        Water through the plant and its meter.
    kept : float64[n]
        Share of the arriving water that is let in, 0 to 1.
    dark : bool[n]
        No electricity from the grid: nothing is measured.
    """

    through: F64
    kept: F64
    power: F64
    cod: F64
    nh3n: F64
    ph: F64
    do: F64
    level: F64
    temp: F64
    dark: Bools
    nh3n_limit: F64


def _mask(n: int, spans: list[tuple[int, int]]) -> Bools:
    out = np.zeros(n, dtype=np.bool_)
    for a, b in spans:
        out[a:b] = True
    return out


def run_plant(
    rng: np.random.Generator,
    plant: Plant,
    weather: Weather,
    inflow: Inflow,
    episodes: list[Episode],
    likenesses: list[Likeness],
) -> Course:
    """Run the plant through the whole time."""
    n = inflow.sewage.size
    days = n // STEPS
    design = plant.facility.design_m3_d
    by_kind = {e.kind: e for e in episodes}

    def on(*kinds: Kind) -> Bools:
        return _mask(n, [(e.start * STEPS, e.end * STEPS) for e in episodes if e.kind in kinds])

    dark = _mask(n, [(x.start, x.end) for x in likenesses if x.kind is Alike.POWER_CUT])
    repair = _mask(n, [(x.start, x.end) for x in likenesses if x.kind is Alike.DECLARED_STOP])
    stopped, idle, empty, gravity = on(Kind.STOPPED), on(Kind.IDLE), on(Kind.FAKE_POWER), on(Kind.FAKE_FLOW)
    shut = stopped | idle | empty | repair
    arriving = inflow.total
    kept = np.minimum(1.0, plant.capacity * design / np.maximum(arriving, 1e-9))
    if plant.pump_m3:
        shut_now = shut | dark
    else:
        shut_now = shut
    entering = np.where(shut_now, 0.0, arriving * kept)
    if plant.pump_m3:
        filled = np.cumsum(entering) / STEPS / plant.pump_m3
        through = np.diff(np.floor(filled), prepend=0.0) * plant.pump_m3 * STEPS
        level = 0.4 + 1.0 * (filled % 1.0)
    else:
        through = np.where(shut_now, 0.0, lag(entering, 4.0))
        level = 0.7 + 0.12 * np.sqrt(through / design)
    if Kind.IDLE in by_kind and by_kind[Kind.IDLE].severity < 0.6:
        trickle = 0.02 * design * np.clip(1 + wander(rng, n, 0.98, 0.5), 0, None)
        through = np.where(idle, trickle, through)
    # A full well still breathes with the air's temperature and the echo's error.
    full = 1.95 + wander(rng, n, 0.98, 0.007) + 0.006 * np.sin(2 * np.pi * np.arange(n) / STEPS)
    level = np.where(shut, full, level + wander(rng, n, 0.9, 0.006))
    smooth = lag(through, 8.0) / design
    faded = np.zeros(n)
    if decay := by_kind.get(Kind.DECAY):
        faded = (0.45 + 0.4 * decay.severity) * ramp(decay, days, STEPS)
    power, air = _power(rng, plant, smooth, through, empty, faded)
    standby = plant.standby_kw * np.exp(wander(rng, n, 0.95, 0.05))
    if Kind.IDLE in by_kind:  # some are switched on for half an hour every Monday
        trial = idle & ((np.arange(n) % (7 * STEPS)) // 2 == 19) & (by_kind[Kind.IDLE].severity > 0.75)
        power, air = np.where(idle & ~trial, 0.0, power), np.where(idle & ~trial, 0.0, air)
    still = stopped | gravity | repair | dark
    power, air = np.where(still, 0.0, power), np.where(still, 0.0, air)
    power = np.where(stopped | dark | plant.passive, 0.0, power + standby)
    cod, nh3n, limit = _effluent(rng, plant, weather, inflow, smooth, air, faded, episodes)
    aerated = 0.15 + (2.6 + wander(rng, n, 0.995, 0.35)) * np.clip(lag(air, 2.0), 0, 1.3)
    do = np.clip(aerated + wander(rng, n, 0.6, 0.04), 0.02, None)
    ph = 7.25 + wander(rng, n, 0.9997, 0.12) + wander(rng, n, 0.9, 0.012) + 0.5 * lag(inflow.ph_shift, 12.0)
    temp = np.repeat(weather.temp_c, STEPS) + 0.5 * np.sin(2 * np.pi * (np.arange(n) % STEPS - 36) / STEPS)
    return Course(through, kept, power, cod, nh3n, ph, do, level, temp, dark, limit)


def _power(
    rng: np.random.Generator, plant: Plant, load: F64, through: F64, empty: Bools, faded: F64
) -> tuple[F64, F64]:
    """Power without standby, kW, and the share of the needed air that is blown."""
    n = load.size
    if plant.passive:
        return np.zeros(n), np.clip(0.6 + 0.4 * load, 0, 1)
    full = plant.kwh_m3 * plant.facility.design_m3_d / 24
    step = np.arange(n)
    if plant.blower == "timer":
        period = int(rng.choice([8, 12, 16]))
        duty = int(rng.integers(round(0.5 * period), round(0.75 * period) + 1))
        turning = (step % period) < duty
        blown = turning * 0.9 / (duty / period)
        air = np.where(turning, 1.2, 0.25)  # the pauses are shorter than the biology's patience
    else:
        floor = 0.25 if plant.blower == "paced" else 0.35
        need = np.where(empty, 0.85, load)  # whoever fakes lets it turn as if water came
        blown = floor + (1 - floor) * np.clip(lag(need, 6.0), 0, 1.3)
        air = np.clip(blown, 0.3, 1.0)
    lift = through / plant.facility.design_m3_d if plant.pump_m3 else 0.15 + 0.85 * load
    kw = full * (_BLOWER_SHARE * blown * (1 - 0.6 * faded) + (1 - _BLOWER_SHARE) * np.clip(lift, 0, None))
    return kw * np.exp(wander(rng, n, 0.9, 0.015)), np.asarray(air * (1 - 0.5 * faded), dtype=np.float64)


def _effluent(
    rng: np.random.Generator,
    plant: Plant,
    weather: Weather,
    inflow: Inflow,
    load: F64,
    air: F64,
    faded: F64,
    episodes: list[Episode],
) -> tuple[F64, F64, F64]:
    """Effluent COD, NH3-N, and the ammonia limit of the hour (it hangs on the water's temperature)."""
    n = load.size
    days = n // STEPS
    temp = np.repeat(weather.temp_c, STEPS)
    alive = np.minimum(1.0, lag(air, _BIOLOGY) / 0.3)
    if plant.passive:
        alive = np.ones(n)
    alive = alive * (1 - faded)
    hard = 1 + 0.9 * np.clip(lag(load, 24.0) - 1.15, 0, None)  # more water than it was built for
    cold = 1 + 0.05 * np.clip(14.0 - temp, 0, None)
    out = []
    pairs = ((inflow.cod, plant.cod_in, plant.cod_out * plant.cod_limit, 0.92, 8.0),
             (inflow.nh3n, plant.nh3n_in, plant.nh3n_out * plant.nh3n_limit, 0.97, 0.15))  # fmt: skip
    for arriving, usual_in, usual_out, untreated, least in pairs:
        mixed = lag(arriving, _RETENTION)
        share = min(0.8, usual_out / usual_in) * hard
        if arriving is inflow.nh3n:
            share = share * cold
        share = np.minimum(untreated, share)
        left = untreated - (untreated - share) * alive
        swing = np.exp(np.repeat(wander(rng, days, 0.7, 0.10), STEPS) + wander(rng, n, 0.97, 0.04))
        out.append((np.maximum(mixed * left * swing, least), mixed, swing))
    (cod, cod_mixed, cod_swing), (nh3n, nh3n_mixed, nh3n_swing) = out
    limit = np.full(n, plant.nh3n_limit)
    if plant.nh3n_limit == _COLD_CLASS:
        limit = np.where(temp <= 12.0, _COLD_LIMIT, limit)
    for episode in episodes:
        here = ramp(episode, days, STEPS)
        if episode.kind is Kind.EFFLUENT_WORSE:
            cod = cod + here * (cod_mixed * (1.25 + 0.55 * episode.severity) * cod_swing - cod)
            nh3n = nh3n + here * (nh3n_mixed * (1.18 + 0.40 * episode.severity) * nh3n_swing - nh3n)
        elif episode.kind in (Kind.ABOVE_LIMIT, Kind.HUGGING):
            over = (
                (1.15 + 1.0 * episode.severity)
                if episode.kind is Kind.ABOVE_LIMIT
                else (1.12 + 0.4 * episode.severity)
            )
            if episode.detail in ("cod", "both"):
                bad = np.minimum(plant.cod_limit * over * cod_swing, 0.85 * cod_mixed)
                cod = cod + here * (np.maximum(bad, cod) - cod)
            if episode.detail in ("nh3n", "both"):
                bad = np.minimum(limit * over * nh3n_swing, 0.9 * nh3n_mixed)
                nh3n = nh3n + here * (np.maximum(bad, nh3n) - nh3n)
    return np.asarray(cod, dtype=np.float64), np.asarray(nh3n, dtype=np.float64), limit
