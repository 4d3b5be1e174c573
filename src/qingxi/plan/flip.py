"""At what price a hamlet would go another way, its surroundings as they are.

Every way of a hamlet (:mod:`qingxi.plan.ways`) has a present value in parts: sewers and lifts, household units, reuse at the house, the
plant, joining with its fee. With one part's prices times f every way costs a straight line in f, exactly: what is laid stays laid. The
hamlet decides for the cheapest. Its flip is the f nearest to 1 at which the cheapest way is one of another mode; told only where that
holds at 1.02 times the way there and not at 0.98 of it, so that what is told can be tried.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.ways import LEVERS

Floats = npt.NDArray[np.float64]
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
BESIDE = 0.02
LEAST, MOST = 0.05, 20.0
"""Factors outside are no statement anybody could use."""


@dataclass(frozen=True, slots=True)
class Flips:
    """Per hamlet: the runner-up mode (empty: none), by lever the factor and the mode it turns to (NaN, empty: none).

    ``distance_m`` is the length of the way to the main at which a town connection costs what the other of the two does.
    """

    runner_up: npt.NDArray[Any]
    factor: dict[str, Floats]
    to: dict[str, npt.NDArray[Any]]
    distance_m: Floats


def empty_flips(n: int) -> Flips:
    """No flips of n hamlets."""
    return Flips(
        np.full(n, "", dtype=object), {k: np.full(n, np.nan) for k in LEVERS},
        {k: np.full(n, "", dtype=object) for k in LEVERS}, np.full(n, np.nan),
    )  # fmt: skip


def decided(parts: Floats, modes: list[str], lever: int, factor: float) -> str:
    """The mode of the cheapest way with one part's prices times ``factor``; at a tie the earlier way (the plan's own)."""
    cost = parts.sum(axis=1) + (factor - 1.0) * np.where(np.isfinite(parts[:, lever]), parts[:, lever], 0.0)
    return modes[int(np.argmin(cost))]


def flip_of(parts: Floats, modes: list[str], lever: int) -> tuple[float, str]:
    """The flip nearest to 1 and its mode, (NaN, "") where there is none that holds on both sides.

    Parameters
    ----------
    parts : float64[ways, levers and the rest]
        The plan's own way first; inf where a way cannot be.
    """
    able = np.asarray(np.isfinite(parts).all(axis=1), dtype=np.bool_)
    total, mine = parts.sum(axis=1), modes[0]
    if not able[0] or decided(parts, modes, lever, 1.0) != mine:
        return float("nan"), ""
    crossings = []
    for i in np.flatnonzero(able):
        for j in np.flatnonzero(able[:i]):
            slope = parts[i, lever] - parts[j, lever]
            if abs(slope) > 1e-6 and modes[i] != modes[j]:
                f = 1.0 - (total[i] - total[j]) / slope
                if LEAST < f < MOST:
                    crossings.append(float(f))
    for f in sorted(crossings, key=lambda f: abs(np.log(f))):
        side = BESIDE if f > 1 else -BESIDE
        to = decided(parts, modes, lever, f * (1 + side))
        if to != mine and decided(parts, modes, lever, f * (1 - side)) == mine:
            return f, to
    return float("nan"), ""
