"""Level L0: modes compared from a village table alone (指标法, ``docs/costs.md`` section 12)."""

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.afford import VillageCosts, affordability
from qingxi.plan.compare import MODES
from qingxi.plan.input import PlanInput
from qingxi.plan.reasons import MODE_ZH
from qingxi.plan.result import PlanResult, PlanTables
from qingxi.plan.serve import class_growth, growth_years
from qingxi.plan.table_parts import Parts, costs_of, parts_of
from qingxi.sewer import annuity_of, peak_flow_l_s, sewer_kit, trench_works
from qingxi.standard import Table, discharge_frame, load_table
from qingxi.treatment import Place, grade_steps, household_unit, plant_choice, plant_kit, shared_processes
from qingxi.village import VillageClass, Villages

Floats = npt.NDArray[np.float64]


def plan_from_table(given: PlanInput) -> PlanResult:
    """Compare modes per village from households, distance and height to the nearest main.

    Raises
    ------
    ValueError
        When there are no villages.
    """
    villages = given.villages
    if villages is None or len(villages) == 0:
        raise ValueError("level L0 needs villages")
    began = time.perf_counter()
    norms, prices, processes = (load_table(t) for t in (given.norms, given.prices, given.processes))
    per_house = norms["flow.people_per_household"] if given.people_default is None else given.people_default
    n = np.where(np.isfinite(villages.households), villages.households, villages.people_registered / per_house)
    known = np.isfinite(n) & (n > 0)
    n = np.where(known, np.maximum(np.round(n), 1.0), 0.0)
    guessed = villages.people_registered * norms["people.resident_share"]
    people = np.where(np.isfinite(villages.people_resident), villages.people_resident, guessed)
    people = np.where(np.isfinite(people), people, n * per_house)
    flow = people * norms["flow.l_per_person_d"] / 1000
    parts = parts_of(villages, n, people, norms, processes, allowed=given.mode == "free" and given.household_units)
    works, running, why = _modes(given, villages, n, parts, people, flow, norms, prices, processes)
    annuity = annuity_of(prices)
    markup = (1 + prices["other_share"]) * (1 + prices["contingency"])
    pv = {m: np.where(known, works[m] * markup + running[m] * annuity, np.nan) for m in MODES}
    table = np.column_stack([np.where(np.isfinite(pv[m]), pv[m], np.inf) for m in MODES])
    relocating = villages.village_class.astype(str) == str(VillageClass.RELOCATING)
    if given.mode == "sewer":
        table[:, 2:] = np.inf
    else:
        table[relocating, :4] = np.inf
    possible = np.isfinite(table).any(axis=1)
    pick = table.argmin(axis=1)
    chosen = np.where(possible, np.array(MODES, dtype=object)[pick], "unserved").astype(object)
    served = _served(n, parts, chosen)
    order = (*MODES, "unserved")
    mode = np.array(order, dtype=object)[np.column_stack([served[m] for m in order]).argmax(axis=1)]
    rows = np.arange(len(villages))
    chosen_pv = np.where(possible, table[rows, pick], 0.0)
    chosen_works = np.where(possible, np.column_stack([works[m] for m in MODES])[rows, pick], 0.0)
    chosen_running = np.where(possible, np.column_stack([running[m] for m in MODES])[rows, pick], 0.0)
    accuracy = _accuracy(villages, chosen, parts.reuse_known | relocating, norms)
    reason = _sentences(villages, n, parts, chosen, pv, chosen_pv, why, accuracy)
    hamlets: dict[str, npt.NDArray[Any]] = {
        "hamlet_id": villages.code, "name": villages.name, "village": villages.code, "class": villages.village_class,
        "households": n.astype(np.int64), "people_resident": people, "flow_m3_d": flow, "mode": mode,
        "present_value_yuan": chosen_pv,
    }  # fmt: skip
    hamlets |= {f"pv_{m}_yuan": pv[m] for m in MODES}
    hamlets |= {f"why_not_{m}": why[m] for m in MODES}
    hamlets |= {
        "accuracy": accuracy,
        "reason": reason,
        "x_m": np.full(len(villages), np.nan),
        "y_m": np.full(len(villages), np.nan),
    }
    systems = _systems(
        villages, n, people, flow, parts, served, chosen_works, chosen_running, markup, annuity, reason
    )
    count = {m: int(served[m].sum()) for m in order}
    figures: dict[str, Any] = {
        "level": "L0",
        "level_reason": f"住户点、街巷、高程没有齐，只按村表用指标法比选，误差约 ±{norms['l0.accuracy'] * 100:.0f} %，不给管线与标高",
        "mode": given.mode,
        "cost": {
            "capex": float((chosen_works * markup).sum()), "works": float(chosen_works.sum()),
            "running_per_year": float(chosen_running.sum()), "present_value": float(chosen_pv.sum()),
            "currency": "CNY",
        },
        "bound": 0.0, "gap": 1.0, "bound_label": "L0 为指标法估算，不给下界",
        "households": {
            "all": int(n.sum()), "connected": count["town_connection"], "clustered": count["shared_plant"],
            "onsite": count["onsite"], "unserved": count["unserved"], "reuse": count["reuse"],
            "controlled": count["controlled"],
        },
        "pipe_m": dict.fromkeys(("gravity", "pressure", "lateral", "street", "off_street"), 0.0),
        "pumps": 0, "plants": 0, "excavation_m3": 0.0,
        "seconds": {"graph": 0.0, "layout": time.perf_counter() - began, "design": 0.0, "bound": 0.0},
        "norms": given.norms, "prices": given.prices,
        "parameters": {
            "people_default": per_house, "processes": given.processes, "growth_years": growth_years(given, norms),
            "tables": {t.name: {row.key: row.value for row in t} for t in (norms, prices, processes)},
        },
        "accuracy": _county_accuracy(accuracy, chosen_pv), "withheld": ["households", "nodes", "pipes", "lifts", "plants"],
    }  # fmt: skip
    unknown = np.full(len(villages), np.nan)
    afford, figures["affordability"], remarks = affordability(
        VillageCosts(
            villages.code, villages.name, mode, n, people, flow, chosen_works, chosen_works * markup, chosen_running,
            unknown, unknown,
        )
    )  # fmt: skip
    tables = PlanTables(systems=systems, hamlets=hamlets, affordability=afford)
    return PlanResult(tables, figures, tuple(remarks))


def _modes(
    given: PlanInput, villages: Villages, n: Floats, parts: Parts, people: Floats, flow: Floats, norms: Table,
    prices: Table, processes: Table,
) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, npt.NDArray[Any]]]:  # fmt: skip
    """Works and running of every mode for every village, and why a mode is not offered.

    The mode is that of the core; the parts that are decided already are in every figure but the one of control.
    """
    everybody, whole, share = n, flow, np.divide(parts.core, n, out=np.zeros(n.size), where=n > 0)
    n, flow = parts.core, flow * share
    rest_works = sum(parts.works.values(), np.zeros(n.size))
    rest_running = sum(parts.running.values(), np.zeros(n.size))
    kit = sewer_kit(norms, prices)
    place = Place(given.facts.groundwater_m, given.facts.coldest_c)
    steps = grade_steps(discharge_frame(given.facts.discharge, given.facts.key_area))
    plants = plant_kit(processes, norms, prices, kit.works_pv, kit.annuity, steps, place)
    far = flow * class_growth(villages.village_class, given, norms)
    depth, concrete = norms["l0.depth"], norms["l0.concrete_share"]
    metre = (
        sum(
            part * trench_works(1.0, depth, depth, kit.trench_a[0, s], kit.trench_b[0, s], kit.trench_c[0, s])
            for s, part in ((0, 1 - concrete), (1, concrete))
        )
        + (kit.manhole_base + kit.manhole_per_depth * depth) / norms["manhole.spacing"]
    )
    sewer = n * (
        norms["l0.sewer_m_per_household"] * metre + kit.lateral_fixed + kit.lateral_per_m * norms["l0.lateral_m"]
    )
    works = {m: np.full(len(villages), np.nan) for m in MODES}
    running = {m: np.full(len(villages), np.nan) for m in MODES}
    why = {m: np.full(len(villages), "", dtype=object) for m in MODES}
    rows = shared_processes(processes, place)
    upkeep = prices["sewer.upkeep"]
    for i in np.flatnonzero(n > 0):
        count = int(np.ceil(n[i] / norms["l0.households_per_cluster"]))
        each = flow[i] / count
        which, _ = plant_choice(each, False, plants)
        design = max(norms["plant.min_m3_d"], norms["plant.margin"] * each)
        one = rows[which]
        works["shared_plant"][i] = sewer[i] + count * one.works_yuan(design, prices["land.price"])
        running["shared_plant"][i] = upkeep * sewer[i] + count * one.running_yuan_y(
            design, each, prices["land.price"]
        )
    away, rise = villages.main_distance_m, villages.main_rise_m
    q = np.array(
        [peak_flow_l_s(f, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration) for f in far]
    )
    lifted = rise > -kit.slope_min[0] * away
    lift = np.where(lifted, kit.lift_base + kit.lift_per_l_s * q, 0.0)
    head = np.maximum(rise, 0.0) + kit.local_head_m
    lift_running = np.where(lifted, kit.lift_running + kit.lift_upkeep * lift + kit.energy_yuan * far * head, 0.0)
    trunk = sewer + away * metre
    works["town_connection"][:] = trunk + lift + prices["town.join"] + prices["town.capacity"] * flow
    running["town_connection"][:] = upkeep * trunk + lift_running + 365 * prices["town.fee"] * flow
    why["town_connection"][~np.isfinite(works["town_connection"])] = "村表没有到最近管网的距离和高差"
    heads = people / np.maximum(everybody, 1)
    for m, key, number in (("onsite", "unit", n), ("controlled", "controlled", everybody)):
        one_works, one_running = costs_of(
            household_unit(key, processes), heads, whole / np.maximum(everybody, 1), 0.0
        )
        works[m][:], running[m][:] = number * one_works, number * one_running
    for m in ("town_connection", "shared_plant", "onsite"):
        if m != "onsite":
            works[m][n <= 0] = np.nan
            why[m][(n <= 0) & (everybody > 0)] = "没有集中居住的户"
        works[m], running[m] = works[m] + rest_works, running[m] + rest_running
    other = villages.village_class.astype(str) != str(VillageClass.RELOCATING)
    works["controlled"][other] = np.nan
    why["controlled"][other] = "不是搬迁撤并类村庄"
    all_reuse = (parts.reuse >= everybody) & (everybody > 0)
    works["reuse"] = np.where(all_reuse, parts.works["reuse"], np.nan)
    running["reuse"] = np.where(all_reuse, parts.running["reuse"], np.nan)
    for i in np.flatnonzero(~all_reuse):
        why["reuse"][i] = (
            f"只有 {parts.reuse[i]:.0f} 户可还田" if parts.reuse_known[i] else "村表没有黑灰分离户数和消纳农田"
        )
    return works, running, why


def _served(n: Floats, parts: Parts, chosen: npt.NDArray[Any]) -> dict[str, Floats]:
    """Households by mode of every village."""
    served = {m: np.where(chosen == m, parts.core, 0.0) for m in MODES}
    served["onsite"] = served["onsite"] + parts.scattered
    served["reuse"] = served["reuse"] + parts.reuse
    served["controlled"] = np.where(chosen == "controlled", n, 0.0)
    for m in ("onsite", "reuse"):
        served[m] = np.where((chosen == "controlled") | (chosen == "unserved"), 0.0, served[m])
    served["unserved"] = np.where(chosen == "unserved", n, 0.0)
    return served


def _systems(
    villages: Villages, n: Floats, people: Floats, flow: Floats, parts: Parts, served: dict[str, Floats], works: Floats,
    running: Floats, markup: float, annuity: float, reason: npt.NDArray[Any],
) -> dict[str, npt.NDArray[Any]]:  # fmt: skip
    """One system a village and mode; what the decided parts do not cost falls to the mode of the core."""
    village, mode, spent, yearly = [], [], [], []
    for i in range(len(villages)):
        here: list[str] = [m for m in MODES if served[m][i] > 0]
        left_works, left_running = float(works[i]), float(running[i])
        fixed = {m: (float(v[i]), float(parts.running[m][i])) for m, v in parts.works.items() if m in here}
        core = next((m for m in here if m not in fixed), here[0] if here else "")
        for m in here:
            if m != core:
                left_works, left_running = left_works - fixed[m][0], left_running - fixed[m][1]
        for m in here:
            one = (left_works, left_running) if m == core else fixed[m]
            village.append(i)
            mode.append(m)
            spent.append(one[0])
            yearly.append(one[1])
    at = np.array(village, dtype=np.int64)
    which = np.array(mode, dtype=object)
    count = np.array([served[m][i] for i, m in zip(village, mode, strict=True)])
    share = count / np.maximum(n[at], 1)
    capex, year = np.array(spent) * markup, np.array(yearly)
    return {
        "system_id": np.arange(1, at.size + 1), "mode": which,
        "name": np.array([f"{villages.name[i]}{MODE_ZH[m]}" for i, m in zip(village, mode, strict=True)], dtype=object),
        "hamlets": villages.code[at], "households": count.astype(np.int64), "people": people[at] * share,
        "flow_m3_d": flow[at] * share, "node_id": np.full(at.size, -1), "works_yuan": np.array(spent),
        "capex_yuan": capex, "running_yuan_y": year, "present_value_yuan": capex + annuity * year,
        "consent": np.full(at.size, "", dtype=object), "reason": reason[at],
    }  # fmt: skip


def _accuracy(villages: Villages, mode: npt.NDArray[Any], fields: npt.NDArray[np.bool_], norms: Table) -> Floats:
    """Half-width of each village's estimate, by what of it was given; a town connection also hangs on the main's distance.

    Each unknown adds to what the method itself may be wrong by.
    """
    share = np.full(len(villages), norms["l0.accuracy"])
    share += norms["l0.accuracy_households"] * ~np.isfinite(villages.households)
    share += norms["l0.accuracy_people"] * ~np.isfinite(villages.people_resident)
    known = np.isfinite(villages.main_distance_m) & np.isfinite(villages.main_rise_m)
    share += norms["l0.accuracy_main"] * ~known
    share += norms["l0.accuracy_reuse"] * ~fields
    return np.where(mode == "unserved", np.nan, share)


def _county_accuracy(share: Floats, present_yuan: Floats) -> dict[str, Any]:
    """The county's accuracy is that of its villages weighted by money: errors of a method do not cancel."""
    told = np.isfinite(share) & (present_yuan > 0)
    mean = float(np.average(share[told], weights=present_yuan[told])) if told.any() else float("nan")
    classes = [accuracy_class(s) for s in share[np.isfinite(share)]]
    return {
        "share": mean if told.any() else None, "class": accuracy_class(mean) if told.any() else "",
        "villages": {name: classes.count(name) for name in sorted(set(classes))},
    }  # fmt: skip


def accuracy_class(share: float) -> str:
    """Accuracy class of an estimate: 甲 to ±20 %, 乙 to ±30 %, 丙 to ±50 %, 丁 beyond."""
    return next(
        (name for most, name in ((0.2, "甲级"), (0.3, "乙级"), (0.5, "丙级")) if share <= most + 1e-9), "丁级"
    )


def _told(parts: Parts, mode: str, i: int) -> str:
    if mode == "controlled" or not parts.reuse[i] + parts.scattered[i]:
        return f"选{MODE_ZH[mode]}"
    apart = [
        f"{k:.0f} 户{MODE_ZH[m]}" for m, k in (("reuse", parts.reuse[i]), ("onsite", parts.scattered[i])) if k > 0
    ]
    core = [f"集中居住的 {parts.core[i]:.0f} 户选{MODE_ZH[mode]}"] if parts.core[i] > 0 else []
    return "，".join([*core, *apart])


def _sentences(
    villages: Villages, n: Floats, parts: Parts, mode: npt.NDArray[Any], pv: dict[str, Floats], chosen: Floats,
    why: dict[str, npt.NDArray[Any]], accuracy: Floats,
) -> npt.NDArray[Any]:  # fmt: skip
    result = np.full(len(villages), "", dtype=object)
    for i in range(len(villages)):
        if mode[i] == "unserved":
            result[i] = "村表没有户数，或所要求的模式都无从估算。"
            continue
        text = f"指标法估算（{accuracy_class(accuracy[i])}，±{accuracy[i] * 100:.0f} %）：{_told(parts, mode[i], i)}，现值 {chosen[i] / 1e4:.2f} 万元，户均 {chosen[i] / max(n[i], 1) / 1e4:.2f} 万元"
        for m in MODES:
            if m == mode[i]:
                continue
            if np.isfinite(pv[m][i]):
                more = pv[m][i] - chosen[i]
                text += f"；{MODE_ZH[m]}{'贵' if more >= 0 else '便宜'} {abs(more) / 1e4:.2f} 万元"
            elif m != "controlled":
                text += f"；{MODE_ZH[m]}不行：{why[m][i]}"
        result[i] = text + "。"
    return result
