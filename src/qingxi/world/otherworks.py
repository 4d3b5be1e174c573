"""Works of other departments over five years: roads, toilets, water mains, ditches."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.world.chance import chance
from qingxi.world.settle import SCATTERED, Settlement
from qingxi.world.states import OPEN, VillageStates
from qingxi.world.streets import Streets

_DEPARTMENTS = {"road": "县交通运输局", "toilet": "县农业农村局", "water": "县水利局", "ditch": "县农业农村局"}
_WORDS = {"road": "村道硬化", "toilet": "厕所革命整村推进", "water": "供水管网延伸", "ditch": "排水沟渠整治"}
_YUAN_M = {"road": 620.0, "toilet": 210.0, "water": 260.0, "ditch": 330.0}
_MONTHS = {"road": 4, "toilet": 6, "water": 3, "ditch": 3}


@dataclass(frozen=True)
class OtherWork:
    """One work of another department along a street."""

    id: str
    village: int
    line: npt.NDArray[np.float64]
    department: str
    kind: str
    name: str
    start: date
    end: date
    budget_yuan: float
    surface: str


def make_works(seed: int, town: Settlement, streets: Streets, states: VillageStates, count: int) -> list[OtherWork]:
    """About ``count`` works on village streets, 2026 to 2030; the two of the county's stories among them."""
    rng = chance(seed, "works")
    longest: dict[int, list[int]] = {}
    for i, h in enumerate(streets.hamlet.tolist()):
        if h >= 0:
            longest.setdefault(h, []).append(i)
    hamlets = [h for h in longest if town.hamlet_shape[h] != SCATTERED]
    still = [h for h in hamlets if states.state[int(town.hamlet_village[h])] == OPEN]
    other = [h for h in hamlets if states.state[int(town.hamlet_village[h])] != OPEN]
    order = [still[i] for i in rng.permutation(len(still))] + [other[i] for i in rng.permutation(len(other))]
    told = {
        "红岩村": ("road", date(2027, 4, 10), "红岩村主街改造"),
        "茶岭村": ("road", date(2026, 12, 1), "茶岭村连户路铺面"),
    }
    first = []
    for village in told:
        if village in town.village_name:
            v = town.village_name.index(village)
            first += [h for h in hamlets if int(town.hamlet_village[h]) == v][:1]
    out: list[OtherWork] = []
    for h in [*first, *[h for h in order if h not in first]][:count]:
        v = int(town.hamlet_village[h])
        kind = str(rng.choice(["road", "toilet", "water", "ditch"], p=[0.42, 0.2, 0.2, 0.18]))
        start = date(2026, 3, 1) + timedelta(days=int(rng.integers(0, 1700)))
        name = f"{town.village_name[v]}{town.hamlet_name[h]}{_WORDS[kind]}"
        if h in first and town.village_name[v] in told:
            kind, start, name = told[town.village_name[v]]
        mine = sorted(longest[h], key=lambda i: -_length(streets.lines[i]))
        line = streets.lines[mine[int(rng.integers(0, min(3, len(mine)))) if h not in first else 0]]
        surface = "asphalt" if kind == "road" and rng.random() < 0.3 else "concrete"
        out.append(
            OtherWork(
                id=f"GC-{start.year}-{len(out) + 1:03d}",
                village=v,
                line=line,
                department=_DEPARTMENTS[kind],
                kind=kind,
                name=name,
                start=start,
                end=start + timedelta(days=30 * _MONTHS[kind] + int(rng.integers(-10, 25))),
                budget_yuan=round(_length(line) * _YUAN_M[kind] * float(rng.uniform(0.85, 1.3)), -2),
                surface=surface,
            )
        )
    return out


def _length(line: npt.NDArray[np.float64]) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
