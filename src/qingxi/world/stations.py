"""The village plants (村级处理设施) of the county, and what is really the matter with each."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qingxi.world.chance import chance
from qingxi.world.relief import Relief
from qingxi.world.settle import PERIURBAN, SCATTERED, Settlement
from qingxi.world.states import CONTROLLED, OPEN, TREATED, VillageStates
from qingxi.world.streets import Streets

AS_OF = date(2026, 11, 22)

# What is really wrong, and how many of 120 have it. The rest are sound.
TROUBLES: dict[str, int] = {
    "stopped": 15,  # out of use for over a year
    "unknown_owner": 8,  # nobody knows whose it is; most stand still
    "idle": 3,  # stopped a few weeks ago and nobody has noticed
    "starved": 7,  # far less sewage than it was built for
    "worse_than_influent": 3,  # effluent worse than influent
    "silent": 2,  # the HJ 212 device has said nothing for days, the plant runs
    "frozen": 1,  # the HJ 212 device repeats good-looking values
}
_FEW = ("sound", "stopped", "starved", "worse_than_influent")
_PROCESSES = ("一体化A/O", "A2O+人工湿地", "厌氧+人工湿地", "生物接触氧化", "MBR一体化", "净化槽", "稳定塘")
_OPERATORS = ("清源运维有限公司", "绿溪环境服务有限公司", "各村自管")
_STORIES: dict[str, tuple[str, float, str, str, str]] = {
    # village: id, design, trouble, evidence, commissioned; as the county's pages tell them
    "红岩村": ("QX-041", 40.0, "sound", "远传", "2023-12-20"),
    "石笋村": ("QX-083", 30.0, "idle", "HJ212", "2023-03-15"),
    "冷水村": ("QX-067", 20.0, "idle", "远传", "2022-06-10"),
    "大坪村": ("QX-101", 15.0, "idle", "纸面", "2021-11-05"),
}
_IDLE_SINCE = {"石笋村": date(2026, 10, 20), "冷水村": date(2026, 10, 14), "大坪村": date(2026, 8, 12)}


@dataclass(frozen=True)
class Station:
    """One village plant. ``trouble`` and ``since`` are the truth that no product code reads.

    ``load`` is the true mean flow over the design flow when it runs; ``evidence`` is HJ212, 远传 or 纸面.
    """

    id: str
    name: str
    village: int
    hamlet: int
    x: float
    y: float
    process: str
    design_m3_d: float
    commissioned: date
    owner: str
    operator: str
    standard: str
    power_account: str
    households_connected: int
    residents: int
    evidence: str
    mn: str
    status: str
    fault_class: str
    book_value_yuan: float
    trouble: str
    since: date | None
    load: float


def _troubles(rng: np.random.Generator, count: int, fixed: int) -> list[str]:
    """Troubles in the county's shares, shuffled; the stories' idle ones are already given."""
    if count < len(_FEW) + 4:  # too few for shares: one of each of the plainest
        return [_FEW[i % len(_FEW)] for i in range(count)]
    times = count / 120
    out: list[str] = []
    for name, n in TROUBLES.items():
        many = round(n * times)
        out += [name] * (max(0, many - fixed) if name == "idle" else many)
    out += ["sound"] * max(0, count - len(out))
    return [out[i] for i in rng.permutation(len(out))][:count]


def _evidence(rng: np.random.Generator, troubles: list[str], given: list[str]) -> list[str]:
    """At most a tenth speak HJ 212 and a quarter have a remote meter; devices stand at the larger, living plants."""
    n = len(troubles)
    out = list(given)
    hj, remote = max(1, n // 10), n // 4
    for name in ("silent", "frozen"):
        for i in range(n):
            if troubles[i] == name:
                out[i] = "HJ212"
    order = rng.permutation(n).tolist()
    alive = [i for i in order if troubles[i] not in ("stopped", "unknown_owner") and not out[i]]
    starved = [i for i in alive if troubles[i] == "starved"]
    worse = [i for i in alive if troubles[i] == "worse_than_influent"]
    sound = [i for i in alive if troubles[i] == "sound"]
    for i in starved[:1] + sound:
        if not out[i] and out.count("HJ212") < hj:
            out[i] = "HJ212"
    for i in starved[1:4] + worse[:1] + [i for i in order if troubles[i] == "stopped"][:2] + sound:
        if not out[i] and out.count("远传") < remote:
            out[i] = "远传"
    return [kind or "纸面" for kind in out]


def make_stations(
    seed: int,
    count: int,
    relief: Relief,
    town: Settlement,
    streets: Streets,
    resident: np.ndarray,
    states: VillageStates,
) -> list[Station]:
    """Village plants at the low ends of hamlets, most of them in treated villages."""
    rng = chance(seed, "stations")
    n_hamlets = len(town.hamlet_id)
    houses = np.bincount(streets.house_hamlet, minlength=n_hamlets)
    people = np.bincount(streets.house_hamlet, weights=resident, minlength=n_hamlets)
    rank = np.array([{TREATED: 0, OPEN: 2, CONTROLLED: 1}[s] for s in states.state])[town.hamlet_village]
    shape = np.where(town.hamlet_shape == SCATTERED, 1.5, np.where(town.hamlet_shape == PERIURBAN, 0.6, 0.0))
    turn = np.zeros(n_hamlets)  # a village's first plant comes before any village's second
    for v in range(len(town.village_code)):
        own = np.flatnonzero(town.hamlet_village == v)
        own = own[np.lexsort((-houses[own], shape[own]))]
        turn[own] = np.arange(own.size)
    order = np.lexsort((rng.random(n_hamlets), turn + 1.1 * (rank > 0) + 0.7 * (shape > 1), rank > 1))
    picked = np.array([h for h in order if houses[h] >= 8][:count], dtype=np.int64)
    story = {v: name for v, name in enumerate(town.village_name) if name in _STORIES}
    heads: dict[int, str] = {}
    for v, name in story.items():
        own = picked[town.hamlet_village[picked] == v]
        if own.size:
            heads[int(own[np.argmax(houses[own])])] = name
    picked = picked[np.lexsort((picked, town.village_township[town.hamlet_village[picked]]))]
    troubles = _troubles(rng, picked.size, sum(_STORIES[name][2] == "idle" for name in heads.values()))
    given = [""] * picked.size
    for i, h in enumerate(picked.tolist()):
        if h in heads:
            wanted = _STORIES[heads[h]][2]
            if troubles[i] not in (wanted, "sound"):  # hand this trouble to a sound plant elsewhere
                free = next(
                    (j for j, t in enumerate(troubles) if t == "sound" and int(picked[j]) not in heads), None
                )
                if free is not None:
                    troubles[free] = troubles[i]
            troubles[i] = wanted
            given[i] = _STORIES[heads[h]][3]
    evidence = _evidence(rng, troubles, given)
    ids = [f"QX-{k + 1:03d}" for k in range(picked.size)]
    for i, h in enumerate(picked.tolist()):
        if h in heads and _STORIES[heads[h]][0] in ids:
            j = ids.index(_STORIES[heads[h]][0])
            ids[i], ids[j] = ids[j], ids[i]
    out = []
    for i, h in enumerate(picked.tolist()):
        out.append(
            _station(
                rng, relief, town, streets, ids[i], h, troubles[i], evidence[i], heads.get(h, ""),
                int(houses[h]), float(people[h]), states,
            )
        )  # fmt: skip
    return sorted(out, key=lambda s: s.id)


def _station(
    rng: np.random.Generator,
    relief: Relief,
    town: Settlement,
    streets: Streets,
    id: str,
    h: int,
    trouble: str,
    evidence: str,
    story: str,
    houses: int,
    people: float,
    states: VillageStates,
) -> Station:
    """One plant with its papers."""
    own = np.flatnonzero(streets.house_hamlet == h)
    height = relief.height(streets.house_x[own], streets.house_y[own])
    low = own[int(np.argmin(height))]
    x, y = float(streets.house_x[low]), float(streets.house_y[low])
    e = relief.cell_m
    for _ in range(3):
        gx = float(relief.height([x + e], [y])[0] - relief.height([x - e], [y])[0])
        gy = float(relief.height([x], [y + e])[0] - relief.height([x], [y - e])[0])
        steep = max((gx * gx + gy * gy) ** 0.5, 1e-6)
        x, y = x - 15 * gx / steep, y - 15 * gy / steep
    v = int(town.hamlet_village[h])
    connected = round(houses * float(rng.uniform(0.62, 0.9)))
    flow = people * connected / max(houses, 1) * 0.07
    sizes = np.array([3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120])
    design = float(sizes[min(int(np.searchsorted(sizes, flow * rng.uniform(1.05, 1.3))), sizes.size - 1)])
    year = int(rng.choice(np.arange(2016, 2026), p=[0.03, 0.05, 0.08, 0.12, 0.14, 0.15, 0.15, 0.13, 0.1, 0.05]))
    commissioned = date(year, int(rng.integers(1, 13)), int(rng.integers(1, 28)))
    since: date | None = None
    if trouble == "stopped":
        commissioned = date(min(year, 2021), commissioned.month, commissioned.day)
        since = min(
            max(commissioned + timedelta(days=int(rng.integers(650, 1300))), date(2021, 1, 1)),
            AS_OF - timedelta(days=int(rng.integers(380, 700))),
        )
    elif trouble == "unknown_owner":
        since = AS_OF - timedelta(days=int(rng.integers(500, 1500)))
    elif trouble == "idle":
        since = AS_OF - timedelta(days=int(rng.integers(32, 44)))
    elif trouble == "silent":
        since = AS_OF - timedelta(days=int(rng.integers(6, 12)))
    elif trouble == "frozen":
        since = AS_OF - timedelta(days=24)
    elif trouble in ("starved", "worse_than_influent"):
        since = AS_OF - timedelta(days=int(rng.integers(200, 500)))
    if story:
        _, design, _, _, opened = _STORIES[story]
        commissioned = date.fromisoformat(opened)
        since = _IDLE_SINCE.get(story)
        if story == "石笋村":
            connected = min(houses, 121)
    load = float(np.clip(flow / design, 0.67, 0.95))
    if trouble == "starved":
        load = float(rng.uniform(0.06, 0.24))
        design = float(sizes[min(int(np.searchsorted(sizes, flow / load)), sizes.size - 1)])
        connected = max(3, int(connected * 0.3))
    known = trouble != "unknown_owner"
    owner = (
        "" if not known else ("县农业投资有限公司" if rng.random() < 0.55 else f"{town.village_name[v]}村民委员会")
    )
    operator = "" if not known else _OPERATORS[int(rng.choice(3, p=[0.55, 0.3, 0.15]))]
    if evidence == "HJ212":
        operator = _OPERATORS[0]
    status = "停运" if trouble == "stopped" else "在用"  # the register is stale about plants nobody owns
    fault = {
        "stopped": "停运破损",
        "starved": "规模与需求不符",
        "worse_than_influent": "出水不达标",
        "unknown_owner": "停运破损",
    }
    number = int(id[3:])
    process = _PROCESSES[int(rng.choice(7, p=[0.34, 0.16, 0.18, 0.14, 0.08, 0.07, 0.03]))]
    if story or (evidence != "纸面" and process == "稳定塘"):
        process = "一体化A/O"
    return Station(
        id=id,
        name=f"{town.village_name[v]}站" if story else f"{town.village_name[v]}{town.hamlet_name[h]}站",
        village=v,
        hamlet=h,
        x=x,
        y=y,
        process=process,
        design_m3_d=design,
        commissioned=commissioned,
        owner=owner,
        operator=operator,
        standard="DB44/2208-2019 二级" if design >= 20 else "DB44/2208-2019 三级",
        power_account=""
        if process == "稳定塘" or (trouble == "unknown_owner" and rng.random() < 0.5)
        else f"9990{number:06d}",
        households_connected=connected,
        residents=round(people * connected / max(houses, 1)),
        evidence=evidence,
        mn=f"999901{number:08d}" if evidence == "HJ212" else "",
        status=status,
        fault_class=fault.get(trouble, ""),
        book_value_yuan=round(design * float(rng.uniform(9000, 14000)) + 120_000, -3),
        trouble=trouble,
        since=since,
        load=load,
    )
