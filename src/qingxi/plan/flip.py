"""At what price a hamlet would go another way: from the costs of its modes, and by planning it again alone.

**From the costs.** A mode's present value is that of sewers and laterals, household units, reuse at the house, the plant, the joining
with its fee. With one of these parts times f the chosen mode X and the runner-up Y cost the same at
f = ((pv_X − part_X) − (pv_Y − part_Y)) / (part_Y − part_X). Both are modes of the whole hamlet, as the table compares them.

**Alone.** The planner decides house by house, and a hamlet's mode is that of most of its houses, so that it turns
somewhat earlier than the table says. :func:`flip_alone` plans one hamlet again and again with all ways to serve a house by itself
at f times their price, and finds the f at which most houses go over between sewer and unit.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.plan.problem import Problem, build_problem
from qingxi.plan.search import search
from qingxi.terrain import Streets

Floats = npt.NDArray[np.float64]
WINDOW_M = 600.0  # streets within this of a hamlet's houses take part when it is planned alone
ROUNDS = 2
STEP, MOST = 1.6, 8.0
FINE = 1.01
OWN = ("onsite", "reuse", "controlled")
LEVERS = ("pipe", "unit", "reuse", "plant", "town")
LEVER_ZH = {
    "pipe": "管网造价",
    "unit": "户用设施造价",
    "reuse": "资源利用设施造价",
    "plant": "处理站造价",
    "town": "接入费与污水处理费",
}
LEVER_EN = {
    "pipe": "sewers",
    "unit": "household units",
    "reuse": "reuse at the house",
    "plant": "the plant",
    "town": "joining and its fee",
}


@dataclass(frozen=True, slots=True)
class Flips:
    """Per hamlet: the runner-up mode (empty: none that is dearer) and, by lever, the factor at which it costs the same.

    NaN where no factor does. ``distance_m`` is the length of the way to the end at which a town connection costs what
    the other of the two does.
    """

    runner_up: npt.NDArray[Any]
    factor: dict[str, Floats]
    distance_m: Floats


def flips_by_cost(
    mode: npt.NDArray[Any], pv_now: Floats, end_now: Floats, pv: dict[str, Floats], end: dict[str, Floats],
    town_m: Floats, main_yuan_m: float,
) -> Flips:  # fmt: skip
    """Flips of every hamlet, yuan of present value.

    Parameters
    ----------
    mode, pv_now, end_now
        Of each hamlet as planned; ``end`` is the part for the plant or for joining and its fee.
    pv, end
        Of each mode for the whole hamlet; NaN where it cannot be done.
    town_m, main_yuan_m
        Way to the nearest joining point, and what a metre of main costs.
    """
    n = mode.size
    runner = np.full(n, "", dtype=object)
    factor = {lever: np.full(n, np.nan) for lever in LEVERS}
    distance = np.full(n, np.nan)
    for i in range(n):
        x = str(mode[i])
        rest = {m: float(v[i]) for m, v in pv.items() if m != x and m != "controlled" and np.isfinite(v[i])}
        if x not in pv or x == "controlled" or not rest:
            continue
        y, here = min(rest, key=lambda m: rest[m]), float(pv_now[i])
        if rest[y] < here:
            continue  # cheaper in the table only because neighbours would go along
        runner[i] = y
        parts_x = _parts(x, here, float(end_now[i]))
        parts_y = _parts(y, rest[y], float(end.get(y, np.zeros(n))[i]))
        for lever in LEVERS:
            a, b = parts_x[lever], parts_y[lever]
            if abs(b - a) > 1e-6:
                f = ((here - a) - (rest[y] - b)) / (b - a)
                factor[lever][i] = f if f > 0 else np.nan
        if "town_connection" in (x, y) and main_yuan_m > 0:
            spare = rest[y] - here if x == "town_connection" else here - rest[y]
            length = float(town_m[i]) + spare / main_yuan_m
            distance[i] = length if length > 0 else np.nan
    return Flips(runner, factor, distance)


def _parts(mode: str, pv: float, end: float) -> dict[str, float]:
    own = mode in OWN
    return {
        "pipe": 0.0 if own else pv - end, "unit": pv if mode == "onsite" else 0.0, "reuse": pv if mode == "reuse" else 0.0,
        "plant": end if mode == "shared_plant" else 0.0, "town": end if mode == "town_connection" else 0.0,
    }  # fmt: skip


def hamlet_alone(given: PlanInput, hamlet: npt.NDArray[np.int64], which: int) -> PlanInput:
    """The same input with the houses of one hamlet only and the streets within :data:`WINDOW_M` of them.

    ``hamlet`` is the hamlet of every household as the planner takes it.
    """
    houses, streets = given.households, given.streets
    assert houses is not None
    assert streets is not None
    here = hamlet == which
    columns = {f.name: getattr(houses, f.name)[here] for f in fields(houses)}
    mine = replace(houses, **(columns | {"hamlet": np.full(int(here.sum()), which)}))
    lines = np.atleast_1d(
        shapely.linestrings(streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets)))
    )
    window = shapely.box(
        mine.x_m.min() - WINDOW_M, mine.y_m.min() - WINDOW_M, mine.x_m.max() + WINDOW_M, mine.y_m.max() + WINDOW_M
    )
    keep = np.flatnonzero(shapely.intersects(lines, window))
    parts = [streets.coords_m[streets.offsets[i] : streets.offsets[i + 1]] for i in keep]
    size = np.array([len(part) for part in parts], dtype=np.int64)
    near = Streets(
        np.concatenate(parts) if parts else np.zeros((0, 2)), np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        streets.surface[keep], streets.id[keep],
    )  # fmt: skip
    return replace(given, households=mine, streets=near)


def mode_at(problem: Problem, factor: float) -> bool:
    """Whether most houses go to a sewer when every way to serve a house by itself costs ``factor`` times as much."""
    p = problem
    homes = p.homes._replace(own=p.homes.own * factor)
    _, found = search(p.ground, homes, p.kit, p.plants, p.given.seed, ROUNDS)
    return bool(2 * (found.layout.slot >= 0).sum() > len(p.houses))


def flip_alone(given: PlanInput, hamlet: npt.NDArray[np.int64], which: int) -> float:
    """Factor on the price of household units at which a hamlet, planned alone, turns between unit and sewer.

    Above it most houses go to a sewer, below it they do not; found to half a per cent, and tried at 2 % on either side.
    NaN where it does not turn between an eighth and eight times the price. About a dozen plans of one hamlet.
    """
    problem = build_problem(hamlet_alone(given, hamlet, which))
    if problem.member.size == 0:
        return float("nan")
    return turning_point(lambda f: mode_at(problem, f))


def turning_point(sewered: Callable[[float], bool]) -> float:
    """The factor at which ``sewered`` turns from False to True; NaN where it does not between 1/8 and 8 or is not steady."""
    low = high = 1.0
    if sewered(1.0):
        while sewered(low := low / STEP):
            high = low
            if low < 1 / MOST:
                return float("nan")
    else:
        while not sewered(high := high * STEP):
            low = high
            if high > MOST:
                return float("nan")
    while high / low > FINE:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if sewered(middle) else (middle, high)
    found = float(np.sqrt(low * high))
    return found if sewered(1.02 * found) and not sewered(0.98 * found) else float("nan")
