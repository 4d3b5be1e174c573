"""Systems, plants and households of a layout as tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import stay_cost
from qingxi.plan.pipes import Works, ends_of
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.plan.stay import KEEP, LARGER, NEW, REPAIR, SMALLER, fault_of, repair_yuan, running_yuan_y
from qingxi.treatment import class_at, plant_choice, shared_processes, ways_of
from qingxi.village import Hamlets

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ENDING = 4
SYSTEM_COLUMNS = (
    "system_id", "mode", "name", "hamlets", "households", "people", "flow_m3_d", "node_id", "works_yuan",
    "running_yuan_y", "consent", "reason",
)  # fmt: skip
PLANT_COLUMNS = (
    "node_id", "system_id", "process", "design_m3_d", "discharge_class", "land_m2", "works_yuan", "running_yuan_y",
    "existing", "decision", "needs", "x_m", "y_m",
)  # fmt: skip
FESTIVAL = "春节水量"
OWN_MODES = ("onsite", "reuse", "controlled")


@dataclass(frozen=True, slots=True)
class Services:
    """Tables of systems, plants and households; ``mode`` is each household's.

    ``plants`` are those that the plan's own sewers end in; ``joined`` gives the systems that are led to an existing town plant.
    """

    systems: dict[str, npt.NDArray[Any]]
    plants: dict[str, npt.NDArray[Any]]
    households: dict[str, npt.NDArray[Any]]
    mode: npt.NDArray[Any]
    joined: dict[int, list[int]]


def _names(hamlets: Hamlets, which: Ints) -> tuple[str, str]:
    """The hamlets' ids as a list, and the name of the first with most households."""
    ids, count = np.unique(which, return_counts=True)
    if ids.size == 0:
        return "", ""
    return ",".join(str(hamlets.id[i]) for i in ids), str(hamlets.name[ids[count.argmax()]])


def household_modes(problem: Problem, chosen: Candidate) -> npt.NDArray[Any]:
    """Mode of every household of the county."""
    layout = chosen.layout
    mode = problem.own_mode.copy()
    tied = np.flatnonzero(layout.slot >= 0)
    end = ends_of(layout.next_node)[problem.homes.node[tied, layout.slot[tied]]]
    mode[problem.member[tied]] = np.where(chosen.joins[end], "town_connection", "shared_plant")
    return mode


def services_of(problem: Problem, chosen: Candidate, works: Works) -> Services:
    """Who is served by which system, and what each system costs (``docs/costs.md`` section 1)."""
    p, kit, d, layout = problem, problem.kit, chosen.design, chosen.layout
    n = len(p.houses)
    prices, g = p.prices, p.graph
    tied = np.flatnonzero(layout.slot >= 0)
    slot = layout.slot[tied]
    house = p.member[tied]
    at = p.homes.node[tied, slot]
    end = works.end_of_node[at]
    ends = np.flatnonzero(d.way == ENDING)
    system_of_node = np.zeros(g.nodes, dtype=np.int64)
    system_of_node[ends] = np.arange(1, ends.size + 1)
    system_id = np.full(n, -1, dtype=np.int64)
    system_id[house] = system_of_node[end]
    mode = household_modes(problem, chosen)

    # Systems with a sewer.
    s_count = ends.size
    pipe_works = np.bincount(works.pipes["system_id"], weights=works.pipes["works_yuan"], minlength=s_count + 1)
    manhole = works.nodes["kind"] == "manhole"
    manhole_works = np.bincount(
        works.nodes["system_id"][manhole], weights=works.nodes["works_yuan"][manhole], minlength=s_count + 1
    )
    node_works = np.bincount(works.nodes["system_id"], weights=works.nodes["works_yuan"], minlength=s_count + 1)
    lift_works = np.bincount(works.lifts["system_id"], weights=works.lifts["works_yuan"], minlength=s_count + 1)
    lift_running = np.bincount(
        works.lifts["system_id"], weights=works.lifts["running_yuan_y"], minlength=s_count + 1
    )
    upkeep = prices["sewer.upkeep"] * (pipe_works + manhole_works)
    total_works = pipe_works + node_works + lift_works
    running = upkeep + lift_running
    fee = 365 * prices["town.fee"]
    rows: dict[str, list[Any]] = {k: [] for k in SYSTEM_COLUMNS}
    plants: dict[str, list[Any]] = {k: [] for k in PLANT_COLUMNS}
    processes = shared_processes(p.processes, p.place)
    ways = {w.key: w.needs_zh(p.processes) for w in ways_of(p.processes)}
    land_price = prices["land.price"]
    members_by_system = np.argsort(system_id[house], kind="stable")
    bounds = np.searchsorted(system_id[house][members_by_system], np.arange(1, s_count + 2))
    joined_plants: dict[int, list[int]] = {}
    for i, v in enumerate(ends):
        mine = house[members_by_system[bounds[i] : bounds[i + 1]]]
        ids, name = _names(p.hamlets, p.own.hamlet[mine])
        flow = float(p.own.flow_m3_d[mine].sum())
        w, r = float(total_works[i + 1]), float(running[i + 1])
        consent, reason = "", ""
        if chosen.joins[v]:
            group = int(p.ends.join[v])
            r += fee * flow
            consent = p.points.consent[group]
            label = f"{name}接入{p.points.name[group]}"
            if p.points.plant[group] >= 0:
                joined_plants.setdefault(p.points.plant[group], []).append(i + 1)
            if consent == "未征询":
                reason = f"须书面征得{p.points.name[group]}产权单位同意"
        else:
            label = f"{name}处理站"
            people, wet = float(d.people_m3_d[v]), bool(p.ground.site[v] in (2, 4))
            which, anew = plant_choice(people, wet, p.plants)
            old = int(p.stays.plant[v])
            if stay_cost(int(v), people, p.ground) < anew:
                label, row, remark = _stays(problem, old, flow, wet)
            else:
                process = processes[which]
                design = max(p.norms["plant.min_m3_d"], p.norms["plant.margin"] * flow)
                asked = class_at(p.steps, design, wet)
                row = (
                    process.key, design, asked.name, process.land_m2(design),
                    process.works_yuan(design, land_price), process.running_yuan_y(design, flow, land_price),
                    *_rebuilt(problem, old, design),
                )  # fmt: skip
                remark = ""
            w, r = w + row[4], r + row[5]
            row = (int(works.node_id[v]), i + 1, *row, ways.get(str(row[0]), ""), float(g.x_m[v]), float(g.y_m[v]))
            if old >= 0 and problem.given.plants is not None:
                consent = str(problem.given.plants.consent[old])
            reason = "；".join(words for words in (remark, _holiday(problem, mine, flow, row[3])) if words)
            for key, value in zip(plants, row, strict=True):
                plants[key].append(value)
        values = (
            i + 1, "town_connection" if chosen.joins[v] else "shared_plant", label, ids, mine.size,
            float(p.own.people[mine].sum()), flow, int(works.node_id[v]), w, r, consent, reason,
        )  # fmt: skip
        for key, value in zip(rows, values, strict=True):
            rows[key].append(value)

    # One system per hamlet and way of serving houses by themselves.
    next_id = s_count + 1
    own_works = np.zeros(n)
    own_running = np.zeros(n)
    for m in OWN_MODES:
        here = np.flatnonzero(mode == m)
        if here.size == 0:
            continue
        own_works[here], own_running[here] = p.own.works[m][here], p.own.running[m][here]
        order = here[np.argsort(p.own.hamlet[here], kind="stable")]
        hamlet_ids, first = np.unique(p.own.hamlet[order], return_index=True)
        for h, mine in zip(hamlet_ids, np.split(order, first[1:]), strict=True):
            values = (
                next_id, m, f"{p.hamlets.name[h]}{_OWN_LABEL[m]}", str(p.hamlets.id[h]), mine.size,
                float(p.own.people[mine].sum()), float(p.own.flow_m3_d[mine].sum()), -1,
                float(own_works[mine].sum()), float(own_running[mine].sum()), "", "",
            )  # fmt: skip
            for key, value in zip(rows, values, strict=True):
                rows[key].append(value)
            system_id[mine] = next_id
            next_id += 1
    systems = {k: np.array(v, dtype=object if v and isinstance(v[0], str) else None) for k, v in rows.items()}
    if systems["works_yuan"].size:
        systems["capex_yuan"] = systems["works_yuan"] * kit.works_pv
        systems["present_value_yuan"] = systems["capex_yuan"] + kit.annuity * systems["running_yuan_y"]
    else:
        systems["capex_yuan"] = systems["present_value_yuan"] = np.zeros(0)

    # Households.
    lateral = kit.lateral_fixed + kit.lateral_per_m * p.lateral_m[tied, slot]
    pump = np.where(layout.pumped[tied], kit.house_pump_works, 0.0)
    own_works[house] = lateral + pump
    own_running[house] = prices["sewer.upkeep"] * lateral + np.where(
        layout.pumped[tied], kit.house_pump_running, 0.0
    )
    node = np.full(n, -1, dtype=np.int64)
    node[house] = works.node_id[at]
    why = np.where(mode == "unserved", p.unserved_why, "").astype(object)
    why[(mode == "unserved") & (why == "")] = "允许的埋深和提升下排不出去"
    why[mode == "controlled"] = "搬迁撤并类村庄，只管控，不建设施"
    process_name = np.full(n, "", dtype=object)
    for m in OWN_MODES:
        process_name[mode == m] = p.own.way[m][mode == m]
    households: dict[str, npt.NDArray[Any]] = {
        "household_id": p.houses.id,
        "hamlet_id": p.hamlets.id[p.own.hamlet],
        "system_id": system_id,
        "mode": mode,
        "people_resident": p.own.people,
        "flow_m3_d": p.own.flow_m3_d,
        "node_id": node,
        "process": process_name,
        "works_yuan": own_works,
        "present_value_yuan": own_works * kit.works_pv + kit.annuity * own_running,
        "reason": why,
        "x_m": p.houses.x_m,
        "y_m": p.houses.y_m,
    }
    text = {"process", "discharge_class", "existing", "decision", "needs"}
    plant_table = {k: np.array(v, dtype=object if k in text else None) for k, v in plants.items()}
    return Services(systems, plant_table, households, mode, joined_plants)


def _stays(problem: Problem, i: int, flow_m3_d: float, wet: bool) -> tuple[str, tuple[Any, ...], str]:
    """Label, row and remark of a system that ends in an existing village plant."""
    p, stock = problem, problem.given.plants
    assert stock is not None
    design = float(stock.design_m3_d[i])
    fault = fault_of(str(stock.status[i]), str(stock.fault_class[i]))
    asked = class_at(p.steps, design, wet)
    works = repair_yuan(design, fault, asked.grade <= 1, p.prices)
    row = (
        "", design, asked.name, np.nan, works, running_yuan_y(design, flow_m3_d, p.prices), str(stock.id[i]),
        REPAIR if works > 0 else KEEP,
    )  # fmt: skip
    name = str(stock.name[i]) or str(stock.id[i])
    remark = f"须书面征得{name}产权单位同意" if str(stock.consent[i]) == "未征询" else ""
    return name, row, remark


def _rebuilt(problem: Problem, old: int, design_m3_d: float) -> tuple[str, str]:
    """Columns ``existing`` and ``decision`` of a plant built by the plan."""
    stock = problem.given.plants
    if old < 0 or stock is None:
        return "", NEW
    return str(stock.id[old]), SMALLER if design_m3_d <= stock.design_m3_d[old] else LARGER


def _holiday(problem: Problem, mine: Ints, flow_m3_d: float, design_m3_d: float) -> str:
    """A remark where the Spring Festival's flow passes what a plant bears for a few days; plants are sized by residents."""
    people = np.where(
        np.isfinite(problem.houses.people_festival[mine]),
        problem.houses.people_festival[mine],
        problem.own.people[mine],
    )
    now = float(problem.own.people[mine].sum())
    festival = flow_m3_d * float(people.sum()) / now if now > 0 else 0.0
    if festival <= problem.norms["plant.holiday"] * design_m3_d:
        return ""
    return f"{FESTIVAL}约 {festival:.1f} m³/d，为设计规模 {design_m3_d:.1f} m³/d 的 {festival / design_m3_d:.1f} 倍，须有调蓄或应急措施"


_OWN_LABEL = {"onsite": "分户处理", "reuse": "资源化利用", "controlled": "管控"}
