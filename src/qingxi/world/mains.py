"""What the towns already have: a plant in the county seat and small ones in most township seats, and their mains."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from qingxi.world.chance import chance
from qingxi.world.relief import Relief
from qingxi.world.roads import Roads
from qingxi.world.settle import PERIURBAN, Settlement

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TownPlant:
    """A plant of another department in a seat; m3/d and metres."""

    id: str
    name: str
    township: int
    kind: str
    x: float
    y: float
    design_m3_d: float
    actual_m3_d: float
    owner: str
    consent: str
    built: str
    book_value_yuan: float


@dataclass(frozen=True)
class Main:
    """A stretch of existing main, from its upper to its lower end."""

    id: str
    line: F64
    dn_mm: int
    invert_up_m: float
    invert_down_m: float
    spare_m3_d: float
    plant: str
    owner: str
    consent: str


_SHORT_OF_M = 140.0
_CONSENTS = ("已同意", "已同意", "未征询", "已同意", "已同意", "不同意", "已同意", "未征询", "已同意")


def make_mains(seed: int, relief: Relief, town: Settlement, roads: Roads) -> tuple[list[TownPlant], list[Main]]:
    """Plants and mains of the seats. Mains follow the roads downhill to the plant as far as the town reaches."""
    rng = chance(seed, "mains")
    xy, links = _vertices(roads)
    z = relief.height(xy[:, 0], xy[:, 1])
    first = len(town.hamlet_id)
    key = {cell: i for i, cell in enumerate(roads.node_xy)}
    plants: list[TownPlant] = []
    mains: list[Main] = []
    for rank, t in enumerate(np.flatnonzero(town.township_plant).tolist()):
        seat = key[int(roads.site_node[first + t])]
        reach = 2600.0 if t == 0 else 1350.0
        far = csgraph.dijkstra(links, directed=False, indices=seat, limit=reach + 900)
        place = np.flatnonzero((far > 250) & (far < 0.6 * reach))
        if place.size == 0:
            continue
        site = int(place[np.argmin(z[place])])
        toward, before = csgraph.dijkstra(
            links, directed=False, indices=site, limit=2 * reach + 900, return_predecessors=True
        )
        design = 8000.0 if t == 0 else float(rng.choice([400, 500, 600, 800]))
        load = 0.62 if t == 0 else float(rng.uniform(0.22, 0.46))
        name = town.township_name[t]
        owner = "县水务投资有限公司" if rank in (0, 3, 6) else "县住房和城乡建设局"
        plant = TownPlant(
            id=f"TP-{rank + 1:02d}",
            name="天河坝县城污水处理厂" if t == 0 else f"{name}污水处理站",
            township=t,
            kind="county" if t == 0 else "township",
            x=float(xy[site, 0] + 18),
            y=float(xy[site, 1] + 18),
            design_m3_d=design,
            actual_m3_d=round(design * load, 1),
            owner=owner,
            consent=_CONSENTS[rank % len(_CONSENTS)],
            built=f"{2014 + int(rng.integers(0, 7))}-{int(rng.integers(1, 13)):02d}",
            book_value_yuan=round(design * float(rng.uniform(3800, 5200)), -4),
        )
        plants.append(plant)
        on = np.flatnonzero((far <= reach) & np.isfinite(toward))
        on = np.concatenate([on, _towards(town, t, key, roads, before, toward, reach)])
        mains += _main_lines(plant, xy, z, before, toward, on, site, len(mains))
    return plants, mains


def _towards(
    town: Settlement,
    t: int,
    key: dict[int, int],
    roads: Roads,
    before: npt.NDArray[np.int32],
    toward: F64,
    reach: float,
) -> npt.NDArray[np.int64]:
    """Where mains have been led out towards the hamlets at the town's edge: to a few hundred metres from them."""
    near = np.hypot(town.hamlet_x - town.township_x[t], town.hamlet_y - town.township_y[t]) < 1.35 * reach
    out: list[int] = []
    for h in np.flatnonzero(near & (town.hamlet_shape == PERIURBAN)).tolist():
        v = key[int(roads.site_node[h])]
        if not np.isfinite(toward[v]) or toward[v] > 2.4 * reach:
            continue
        stop = toward[v] - _SHORT_OF_M
        while v >= 0 and toward[v] > stop:
            v = int(before[v])
        if v >= 0:
            out.append(v)
    return np.array(out, dtype=np.int64)


def _vertices(roads: Roads) -> tuple[F64, sparse.csr_matrix]:
    """Every road vertex once, and the lengths between neighbours."""
    key = {cell: i for i, cell in enumerate(roads.node_xy)}
    xy = [np.array(list(roads.node_xy.values()))]
    at = len(key)
    a: list[int] = []
    b: list[int] = []
    w: list[float] = []
    for line, (start, end) in zip(roads.lines, roads.ends.tolist(), strict=True):
        inner = len(line) - 2
        index = [key[start], *range(at, at + inner), key[end]]
        xy.append(line[1:-1])
        at += inner
        a += index[:-1]
        b += index[1:]
        w += np.hypot(*np.diff(line, axis=0).T).tolist()
    return np.vstack(xy), sparse.csr_matrix((w, (a, b)), shape=(at, at))


def _main_lines(
    plant: TownPlant,
    xy: F64,
    z: F64,
    before: npt.NDArray[np.int32],
    toward: F64,
    on: npt.NDArray[np.int64],
    site: int,
    number: int,
) -> list[Main]:
    """Stretches of the tree of ways to the plant, inverts from the far ends down, at least 3 per mille."""
    used: set[int] = set()
    for v in on.tolist():
        while v >= 0 and v not in used:
            used.add(v)
            v = int(before[v])
    down = {v: int(before[v]) for v in used if before[v] >= 0}
    ups: dict[int, list[int]] = defaultdict(list)
    for v, d in down.items():
        ups[d].append(v)
    invert: dict[int, float] = {}
    for v in sorted(used, key=lambda v: (-toward[v], v)):
        level = z[v] - 1.8
        for u in ups[v]:
            level = min(level, invert[u] - 0.003 * (toward[u] - toward[v]))
        invert[v] = level if z[v] - level < 5.5 else z[v] - 2.0  # an existing lift raises it again
    heads = [v for v in used if len(ups[v]) != 1 and v != site]
    out: list[Main] = []
    for head in sorted(heads, key=lambda v: (-toward[v], v)):
        chain = [head]
        while chain[-1] != site and (len(chain) == 1 or len(ups[chain[-1]]) == 1):
            chain.append(down[chain[-1]])
        for k in range(0, len(chain) - 1, 6):
            part = chain[k : k + 7]
            near = toward[part[-1]] < 900
            lower = min(invert[part[-1]], invert[part[0]] - 0.003 * float(toward[part[0]] - toward[part[-1]]))
            out.append(
                Main(
                    id=f"{plant.id}-{number + len(out) + 1:04d}",
                    line=xy[part],
                    dn_mm=(500 if near else 400) if plant.kind == "county" else (300 if near else 200),
                    invert_up_m=round(float(invert[part[0]]), 2),
                    invert_down_m=round(float(lower), 2),
                    spare_m3_d=round(plant.design_m3_d - plant.actual_m3_d, 1),
                    plant=plant.id,
                    owner=plant.owner,
                    consent=plant.consent,
                )
            )
    return out
