"""Which villages count as treated (已治理), which as controlled (已管控), which are open (未完成)."""

from dataclasses import dataclass

import numpy as np

from qingxi.world.chance import chance
from qingxi.world.settle import Settlement
from qingxi.world.size import TOWNSHIPS

TREATED, CONTROLLED, OPEN = "已治理", "已管控", "未完成"
_OPEN_FIRST = ("松林村", "沙湾村", "高峰村", "新茶村", "老寨村")
_CONTROLLED_FIRST = ("瓦窑村",)
_TREATED_FIRST = (
    "红岩村",
    "石笋村",
    "冷水村",
    "大坪村",
    "茶岭村",
    "柳湾村",
    "杨家坝村",
    "石塘村",
    "新桥村",
    "下河村",
)


@dataclass(frozen=True)
class VillageStates:
    """State of each village, and for open ones whether building has begun."""

    state: list[str]
    building: list[bool]


def village_states(seed: int, town: Settlement) -> VillageStates:
    """States by township: as on the county's home page for the county size, in the same shares elsewhere."""
    rng = chance(seed, "states")
    n = len(town.village_code)
    state = [OPEN] * n
    full = n == 79 and len(town.township_code) == 12
    for t in range(len(town.township_code)):
        own = np.flatnonzero(town.village_township == t).tolist()
        if full:
            treated, controlled = TOWNSHIPS[t][3], TOWNSHIPS[t][4]
        else:
            treated = round(len(own) * 58 / 79 + rng.uniform(-0.3, 0.3))
            controlled = min(len(own) - treated, round(len(own) * 9 / 79 + rng.uniform(-0.4, 0.4)))
        first = dict.fromkeys(_TREATED_FIRST, 0) | dict.fromkeys(_CONTROLLED_FIRST, 2)
        first |= dict.fromkeys(_OPEN_FIRST, 3)
        order = sorted(own, key=lambda v: (first.get(town.village_name[v], 1), rng.random()))
        for k, v in enumerate(order):
            if k < treated:
                state[v] = TREATED
        left = list(order[treated:])
        left.sort(key=lambda v: town.village_name[v] in _OPEN_FIRST)
        for v in left[:controlled]:
            state[v] = CONTROLLED
    building = [False] * n
    started = [v for v in range(n) if state[v] == OPEN]
    started.sort(key=lambda v: (town.village_name[v] not in _OPEN_FIRST or town.village_name[v] == "高峰村", v))
    for v in started[: round(len(started) * 7 / 12)]:
        building[v] = True
    return VillageStates(state, building)
