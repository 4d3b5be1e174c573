"""What is really the matter, by facility and week or quarter: read from the plan where it was planted, from the water else.

A cell is 1 where the fault was active for at least half of the period, 0 where it was not active at all, and -1 in
between or where its size lies in the stated grey zone: such a cell counts neither for nor against a rule.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from qingxi.world.plants.course import Course
from qingxi.world.plants.kinds import Alike, Episode, Kind, Likeness
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.schedule import ramp
from qingxi.world.plants.water import Inflow
from qingxi.world.plants.weather import STEPS

F64 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int8]

KINDS = tuple(Kind)
ALIKES = tuple(Alike)
ACTIVE_SHARE = 0.5
"""Of a period's days: from here on the period has the fault."""
RDII_SHARE, RDII_GREY = 0.10, 0.03
"""Rain-derived water of a week as a share of all other water: a fault from 10 %, grey from 3 %."""
GROUND_SHARE, GROUND_GREY = 0.35, 0.15
"""Ground water as a share of the sewage."""
DILUTE_COD = 75.0
"""Warning line for influent COD, mg/L (a county's table for choosing works, see the domain papers)."""
WORSE, WORSE_GREY = 1.10, 1.0


@dataclass(frozen=True)
class Truth:
    """One plant's truth.

    Attributes
    ----------
    days : int8[kinds, days]
        1 active, 0 not, -1 grey; in the order of :data:`KINDS`.
    alike : bool[look-alikes, days]
        In the order of :data:`ALIKES`.
    rain_m3, ground_m3, other_m3 : float64[days]
        Water through the meter by where it came from.
    """

    days: I8
    alike: npt.NDArray[np.bool_]
    rain_m3: F64
    ground_m3: F64
    other_m3: F64
    episodes: tuple[Episode, ...]

    def periods(self, edges: npt.NDArray[np.int64]) -> I8:
        """Cells of periods between day numbers ``edges``: int8[kinds, periods]."""
        lengths = np.diff(edges)
        on = np.add.reduceat(self.days == 1, edges[:-1], axis=1)[:, : lengths.size]
        grey = np.add.reduceat(self.days == -1, edges[:-1], axis=1)[:, : lengths.size]
        return np.where(on >= ACTIVE_SHARE * lengths, 1, np.where(on + grey > 0, -1, 0)).astype(np.int8)

    def alikes(self, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether a look-alike touches each period: bool[look-alikes, periods]."""
        return np.asarray(np.add.reduceat(self.alike, edges[:-1], axis=1)[:, : edges.size - 1] > 0)


def week_edges(days: int) -> npt.NDArray[np.int64]:
    """Day numbers at which whole weeks begin, and the end of the last."""
    return np.arange(0, days // 7 * 7 + 1, 7)


def quarter_edges(first: date, days: int) -> npt.NDArray[np.int64]:
    """Day numbers of the whole calendar quarters inside the time."""
    edges = []
    for year in range(first.year, first.year + days // 365 + 3):
        edges += [(date(year, month, 1) - first).days for month in (1, 4, 7, 10)]
    return np.array([e for e in edges if 0 <= e <= days], dtype=np.int64)


def find_truth(
    plant: Plant, inflow: Inflow, course: Course, episodes: list[Episode], likenesses: list[Likeness]
) -> Truth:
    """Read the truth of one plant."""
    n = course.through.size
    days = n // STEPS
    out = np.zeros((len(KINDS), days), dtype=np.int8)
    arriving = np.maximum(inflow.total, 1e-9)

    def m3(part: F64) -> F64:
        return np.asarray((course.through * part / arriving).reshape(days, STEPS).mean(axis=1), dtype=np.float64)

    rain, ground = m3(inflow.rain), m3(inflow.ground)
    other = m3(inflow.sewage + inflow.foreign)
    for episode in episodes:
        if episode.kind not in (Kind.RDII, Kind.INFILTRATION, Kind.DILUTE, Kind.ABOVE_LIMIT, Kind.EFFLUENT_WORSE):
            level = ramp(episode, days, 1)
            out[KINDS.index(episode.kind)] = np.where(level >= ACTIVE_SHARE, 1, np.where(level > 0, -1, 0))
    flows = (rain + ground + other) > 0.02 * plant.facility.design_m3_d
    _quality(plant, inflow, course, episodes, flows, out)
    _extra_water(rain, ground, other, flows, out)
    row = out[KINDS.index(Kind.RDII)]
    for episode in episodes:
        if episode.kind is Kind.RDII:  # the sewer leaks in a dry week too, only nothing shows it
            row[episode.start : episode.end][row[episode.start : episode.end] == 0] = -1
    load = (rain + ground + other) / plant.facility.design_m3_d
    heavy = np.convolve(load, np.full(7, 1 / 7), mode="same") > 1.1
    row = out[KINDS.index(Kind.OVERLOADED)]
    row[(row == 0) & heavy] = -1  # feasts and rain do overload it for days
    row = out[KINDS.index(Kind.STARVED)]
    row[(row == 1) & (np.convolve(load, np.full(7, 1 / 7), mode="same") > 0.58)] = -1
    alike = np.zeros((len(ALIKES), days), dtype=np.bool_)
    for like in likenesses:
        alike[ALIKES.index(like.kind), like.start // STEPS : -(-like.end // STEPS)] = True
    return Truth(out, alike, rain, ground, other, tuple(episodes))


def _weighted(values: F64, weights: F64) -> F64:
    days = values.size // STEPS
    total = np.maximum(weights.reshape(days, STEPS).sum(axis=1), 1e-9)
    return np.asarray((values * weights).reshape(days, STEPS).sum(axis=1) / total, dtype=np.float64)


def _quality(
    plant: Plant, inflow: Inflow, course: Course, episodes: list[Episode], flows: npt.NDArray[np.bool_], out: I8
) -> None:
    """Faults of the water's quality, from the true daily means; where nobody measures by device they are grey by day."""
    hidden = np.zeros(flows.size, dtype=np.bool_)
    for episode in episodes:
        if episode.kind in (Kind.HUGGING, Kind.COPIED, Kind.FROZEN, Kind.SILENT):
            hidden[episode.start : episode.end] = True
    cod_in, cod = _weighted(inflow.cod, course.through), _weighted(course.cod, course.through)
    nh3n_in, nh3n = _weighted(inflow.nh3n, course.through), _weighted(course.nh3n, course.through)
    limit = course.nh3n_limit.reshape(-1, STEPS)[:, STEPS // 2]
    over = ((cod > plant.cod_limit) | (nh3n > limit)) & flows
    near = ((cod > 0.93 * plant.cod_limit) | (nh3n > 0.93 * limit)) & flows
    worse = np.maximum(cod / np.maximum(cod_in, 1), nh3n / np.maximum(nh3n_in, 0.1))
    unmeasured = Alike.MANUAL_ONLY in plant.alike
    for kind, yes, maybe in (
        (Kind.ABOVE_LIMIT, over, near),
        (Kind.EFFLUENT_WORSE, (worse >= WORSE) & flows, (worse >= WORSE_GREY) & flows),
        (Kind.DILUTE, (cod_in < DILUTE_COD) & flows, (cod_in < 1.12 * DILUTE_COD) & flows),
    ):
        cells = np.where(yes & ~hidden, 1, np.where(maybe | yes, -1, 0))
        if unmeasured and not any(e.kind is kind for e in episodes):
            cells = np.where(cells == 1, -1, cells)
        out[KINDS.index(kind)] = cells


def _extra_water(rain: F64, ground: F64, other: F64, flows: npt.NDArray[np.bool_], out: I8) -> None:
    """Rain by whole weeks, ground water by months: shares of the other water."""
    days = rain.size
    for start in range(0, days, 7):
        week = slice(start, min(days, start + 7))
        base = float((other[week] + ground[week]).sum())
        share = float(rain[week].sum()) / base if base > 0 else 0.0
        out[KINDS.index(Kind.RDII), week] = 1 if share >= RDII_SHARE else -1 if share >= RDII_GREY else 0
    window = np.full(28, 1 / 28)
    share_g = np.convolve(ground, window, mode="same") / np.maximum(np.convolve(other, window, mode="same"), 1e-9)
    cells = np.where(share_g >= GROUND_SHARE, 1, np.where(share_g >= GROUND_GREY, -1, 0))
    out[KINDS.index(Kind.INFILTRATION)] = np.where(flows, cells, 0)
