"""Which honest look-alikes a plant meets, and when."""

from datetime import date

import numpy as np

from qingxi.world.plants.festivals import days_from, spring, tourist
from qingxi.world.plants.kinds import Alike, Likeness
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.weather import STEPS

_STANDING = (Alike.TIMER_BLOWER, Alike.COARSE_METER, Alike.HELD_VALUES, Alike.MANUAL_ONLY, Alike.SHARED_ACCOUNT)
_NOTIFIED = 0.85


def draw_likenesses(rng: np.random.Generator, plant: Plant, first: date, days: int) -> list[Likeness]:
    """Every look-alike with its time; those of the plant's make last the whole time."""
    n = days * STEPS
    years = days / 365
    out = [Likeness(kind, 0, n) for kind in _STANDING if kind in plant.alike]

    def some(kind: Alike, a_year: float, low_h: float, high_h: float, known: float = 1.0) -> None:
        if kind not in plant.alike:
            return
        for _ in range(max(1, int(rng.poisson(a_year * years)))):
            length = int(rng.uniform(low_h, high_h) * 4)
            at = int(rng.integers(0, max(1, n - length)))
            out.append(Likeness(kind, at, at + length, bool(rng.random() < known)))

    some(Alike.POWER_CUT, 1.6, 4, 30, _NOTIFIED)
    some(Alike.DEAD_MODEM, 2.2, 3, 60)
    some(Alike.SENSOR_REPLACED, 1.0, 1, 2)
    some(Alike.DECLARED_STOP, 1.0, 48, 140)
    dates = days_from(first, days)
    for kind in (Alike.SPRING_RETURN, Alike.SPRING_EMPTY):
        if kind in plant.alike:
            out += _stretches(kind, spring(dates) > 0.3)
    if plant.tourist:
        out += _stretches(Alike.TOURIST, tourist(dates, plant.tourist == "summer") < 0.45)
    return out


def _stretches(kind: Alike, on: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Likeness]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [Likeness(kind, int(a) * STEPS, int(b) * STEPS) for a, b in zip(edges[::2], edges[1::2], strict=True)]
