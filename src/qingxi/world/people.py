"""Who lives in each house, as the household register, the survey and the Spring Festival count them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.world.chance import chance
from qingxi.world.settle import COMPACT, PERIURBAN, SCATTERED, Settlement

I64 = npt.NDArray[np.int64]

VILLAGE_CLASSES = ("集聚提升", "城郊融合", "特色保护", "搬迁撤并")


@dataclass(frozen=True)
class People:
    """One row a household, in the order of the houses; village columns by village.

    ``registered`` 户籍, ``resident`` 常住, ``festival`` 春节 (present at the Spring Festival).
    """

    household_id: list[str]
    registered: I64
    resident: I64
    festival: I64
    toilet: npt.NDArray[np.str_]
    separated: npt.NDArray[np.bool_]
    village_class: list[str]


def village_classes(seed: int, town: Settlement, may_move: npt.NDArray[np.bool_]) -> list[str]:
    """Class of each village; only villages in ``may_move`` can be those to be moved away (搬迁撤并)."""
    rng = chance(seed, "classes")
    n = len(town.village_code)
    edge = np.bincount(town.hamlet_village, weights=town.hamlet_shape == PERIURBAN, minlength=n) > 0
    remote = np.bincount(town.hamlet_village, weights=town.hamlet_shape == SCATTERED, minlength=n)
    out = np.full(n, 0)
    special = np.flatnonzero(~edge)
    out[rng.choice(special, size=min(special.size, max(1, n // 12)), replace=False)] = 2 if special.size else 0
    out[edge] = 1
    candidates = np.flatnonzero(may_move & ~edge & (out == 0))
    out[candidates[np.argsort(-remote[candidates], kind="stable")][: max(0, n // 20)]] = 3
    return [VILLAGE_CLASSES[i] for i in out]


def make_people(seed: int, town: Settlement, house_hamlet: I64, classes: list[str]) -> People:
    """People, toilets and separation of black and grey water for every house."""
    rng = chance(seed, "people")
    n = house_hamlet.size
    village = town.hamlet_village[house_hamlet]
    kind = np.array([VILLAGE_CLASSES.index(c) for c in classes])
    registered = rng.choice(np.arange(1, 8), size=n, p=[0.08, 0.24, 0.27, 0.22, 0.13, 0.04, 0.02])
    stay = (np.array([0.74, 0.83, 0.72, 0.52])[kind] + rng.normal(0, 0.035, kind.size))[village]
    stay = np.where(town.hamlet_shape[house_hamlet] == SCATTERED, stay - 0.06, stay)
    # Households go as a whole more often than by halves: about one in nine houses is locked up.
    empty = rng.random(n) < np.clip((1 - stay) * 0.42, 0, 0.6)
    resident = np.where(empty, 0, rng.binomial(registered, np.clip(stay / (1 - (1 - stay) * 0.42), 0, 1)))
    guests = rng.poisson(0.35, n)
    festival = np.maximum(resident, np.where(rng.random(n) < 0.88, registered, resident) + guests)
    shape = town.hamlet_shape[house_hamlet]
    flush = np.array([0.9, 0.74, 0.68, 0.42])[shape]
    draw = rng.random(n)
    toilet = np.where(draw < flush, "水冲", np.where(draw < flush + (1 - flush) * 0.68, "三格", "旱厕"))
    separated = rng.random(n) < np.where(toilet == "三格", 0.8, np.where(shape == COMPACT, 0.5, 0.3))
    counts = np.bincount(house_hamlet, minlength=len(town.hamlet_id))
    number = np.arange(n) - np.concatenate([[0], np.cumsum(counts)])[house_hamlet] + 1
    ids = [f"{town.hamlet_id[h]}{k:04d}" for h, k in zip(house_hamlet.tolist(), number.tolist(), strict=True)]
    return People(ids, registered, resident, festival, toilet, separated, classes)
