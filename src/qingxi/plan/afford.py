"""Can it be paid (可承受性): capital and running cost by village, who could pay for ten years, and what looks out of measure.

A system's cost is shared among its households by flow (by heads where there is none), so that the villages add up to the plan.
What households, the village and the county can pay a year are norms of the table ``afford``; they pay in this order, none more
than is left, and what remains is unfunded.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault, Severity
from qingxi.plan.problem import Problem
from qingxi.plan.services import Services
from qingxi.standard import Table, load_table

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]
SHARED_MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")
PAYERS = ("household", "village", "county")
_NAMED = 5


@dataclass(frozen=True, slots=True)
class VillageCosts:
    """Per village: who lives there and what the plan spends on them; yuan, yuan a year, m³/d.

    ``network_yuan`` are the works of pipes, manholes, lifts and joinings (NaN unknown); ``oversize`` the largest ratio of a
    plant's design flow to that of the people present (NaN without a plant).
    """

    code: npt.NDArray[Any]
    name: npt.NDArray[Any]
    mode: npt.NDArray[Any]
    households: Floats
    people: Floats
    flow_m3_d: Floats
    works_yuan: Floats
    capex_yuan: Floats
    running_yuan_y: Floats
    network_yuan: Floats
    oversize: Floats
    capex_of: dict[str, Floats] = field(default_factory=dict)  # by mode; empty: all of it is that of ``mode``


def costs_by_village(
    systems: Columns, households: Columns, plants: Columns, village: npt.NDArray[np.int64], code: npt.NDArray[Any],
    name: npt.NDArray[Any], flow_m3_d: Floats,
) -> VillageCosts:  # fmt: skip
    """Share every system among the villages of its households; ``village`` is each household's, an index of ``code``."""
    n, ids = code.size, systems["system_id"].astype(np.int64)
    order = np.argsort(ids, kind="stable")
    system = households["system_id"].astype(np.int64)
    served = np.flatnonzero(system >= 0)
    at = order[np.searchsorted(ids[order], system[served])] if ids.size else np.zeros(0, dtype=np.int64)
    flow = flow_m3_d[served]
    whole = np.bincount(at, weights=flow, minlength=ids.size)
    heads = np.bincount(at, minlength=ids.size)
    own = np.isin(systems["mode"][at], ["onsite", "reuse", "controlled"]) if ids.size else np.zeros(0, dtype=bool)
    share = np.where(whole[at] > 0, flow / np.where(whole[at] > 0, whole[at], 1.0), 1.0 / np.maximum(heads[at], 1))
    here = village[served]

    def spread(column: Floats) -> Floats:
        return np.bincount(here, weights=share * column[at], minlength=n).astype(np.float64)

    plant_works, ratio = np.zeros(ids.size), np.full(ids.size, np.nan)
    for i in range(len(plants.get("system_id", ()))):
        k = np.flatnonzero((ids == plants["system_id"][i]) & (systems["mode"] == "shared_plant"))
        if k.size:
            plant_works[k] += plants["works_yuan"][i]
            if whole[k[0]] > 0:
                ratio[k] = plants["design_m3_d"][i] / whole[k[0]]
    works = systems["works_yuan"].astype(np.float64)
    units = np.isin(systems["mode"], ["onsite", "reuse", "controlled"])
    oversize = np.full(n, np.nan)
    told = np.flatnonzero(~own & np.isfinite(ratio[at])) if ids.size else np.zeros(0, dtype=np.int64)
    np.fmax.at(oversize, here[told], ratio[at[told]])
    return VillageCosts(
        code, name, _main_mode(households["mode"], village, n), np.bincount(village, minlength=n).astype(np.float64),
        np.bincount(village, weights=households["people_resident"], minlength=n).astype(np.float64),
        np.bincount(village, weights=flow_m3_d, minlength=n).astype(np.float64), spread(works),
        spread(systems["capex_yuan"]), spread(systems["running_yuan_y"]),
        spread(np.where(units, 0.0, works - plant_works)), oversize,
        {m: spread(np.where(systems["mode"] == m, systems["capex_yuan"], 0.0)) for m in SHARED_MODES},
    )  # fmt: skip


def _main_mode(mode: npt.NDArray[Any], village: npt.NDArray[np.int64], n: int) -> npt.NDArray[Any]:
    names, which = np.unique(mode.astype(str), return_inverse=True)
    count = np.zeros((n, max(names.size, 1)), dtype=np.int64)
    np.add.at(count, (village, which), 1)
    found = np.full(n, "", dtype=object)
    some = count.sum(axis=1) > 0
    found[some] = names.astype(object)[count[some].argmax(axis=1)]
    return found


def affordability(costs: VillageCosts, norms: Table | None = None) -> tuple[Columns, dict[str, float], list[Fault]]:
    """The table by village, the county's figures, and one warning a kind of remark; ``norms`` are the table ``afford``."""
    norms = load_table("afford") if norms is None else norms
    c = costs
    years = norms["years"]
    paid, left = {}, c.running_yuan_y.copy()
    for payer in PAYERS:
        paid[payer] = np.minimum(left, norms[f"pay.{payer}_yuan_y"] * c.households)
        left = left - paid[payer]
    county = _county_capital(c, norms)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = c.capex_yuan / c.households
        table: Columns = {
            "village": c.code, "name": c.name, "mode": c.mode, "households": c.households.astype(np.int64),
            "people_resident": c.people, "flow_m3_d": c.flow_m3_d, "capex_yuan": c.capex_yuan,
            "capex_per_household_yuan": each, "running_yuan_y": c.running_yuan_y,
            "running_per_household_yuan_y": c.running_yuan_y / c.households,
            "running_per_m3_yuan": c.running_yuan_y / (365 * c.flow_m3_d),
            "network_share": np.where(c.works_yuan > 0, c.network_yuan / c.works_yuan, np.nan),
            "oversize_ratio": c.oversize,
            **{f"paid_{payer}_yuan_y": paid[payer] for payer in PAYERS},
            "payable_share": np.where(c.running_yuan_y > 0, 1 - left / c.running_yuan_y, 1.0),
            "unfunded_yuan": left * years,
            "capex_county_yuan": county,
            "capex_rest_per_household_yuan": (c.capex_yuan - county) / c.households,
        }  # fmt: skip
    table["running_per_m3_yuan"] = np.where(c.flow_m3_d > 0, table["running_per_m3_yuan"], np.nan)
    some = c.households > 0
    table = {k: v[some] for k, v in table.items()}
    remarks = _remarks(table, norms)
    table["remark"] = np.array(["；".join(words.values()) for words in remarks], dtype=object)
    return table, _county(table, norms), _faults(table, remarks)


def _county_capital(c: VillageCosts, norms: Table) -> Floats:
    """What the county (and who stands above it) pays of the capital, by the share of each mode."""
    paid = np.zeros(c.capex_yuan.shape)
    for m in SHARED_MODES:
        capex = c.capex_of[m] if c.capex_of else np.where(c.mode.astype(str) == m, c.capex_yuan, 0.0)
        paid += norms[f"share.{m}"] * capex
    return paid


def _remarks(table: Columns, norms: Table) -> list[dict[str, str]]:
    """For every village: its remarks by code."""
    n = table["village"].size
    each, households = table["capex_per_household_yuan"], table["households"]
    limit, factor = norms["warn.outlier"], norms["warn.size_factor"]
    found: list[dict[str, str]] = []
    for i in range(n):
        words: dict[str, str] = {}
        if table["oversize_ratio"][i] > norms["warn.oversize"]:
            words["afford-oversize"] = f"设计规模为现有常住人口水量的 {table['oversize_ratio'][i]:.1f} 倍"
        if table["unfunded_yuan"][i] > 0.5:
            words["afford-unfunded"] = (
                f"运行经费只落实 {table['payable_share'][i] * 100:.0f} %，{norms['years']:.0f} 年缺口"
                f" {table['unfunded_yuan'][i] / 1e4:.2f} 万元"
            )
        if table["network_share"][i] > norms["warn.pipe_share"]:
            words["afford-network"] = f"管网占工程费用 {table['network_share'][i] * 100:.0f} %"
        peers = (table["mode"] == table["mode"][i]) & (households <= factor * households[i])
        peers &= households * factor >= households[i]
        peers[i] = False
        if peers.sum() >= norms["warn.outlier_peers"] and each[i] > 0:
            middle = float(np.median(each[peers]))
            if middle > 0 and not middle / limit <= each[i] <= middle * limit:
                words["afford-outlier"] = (
                    f"户均投资 {each[i] / 1e4:.2f} 万元，{int(peers.sum())} 个同类村的中位数 {middle / 1e4:.2f} 万元"
                )
        found.append(words)
    return found


def _county(table: Columns, norms: Table) -> dict[str, float]:
    households, flow = float(table["households"].sum()), float(table["flow_m3_d"].sum())
    capex, running = float(table["capex_yuan"].sum()), float(table["running_yuan_y"].sum())
    unfunded = float(table["unfunded_yuan"].sum())
    return {
        "years": norms["years"],
        "capex_per_household": capex / households if households else 0.0,
        "running_per_household": running / households if households else 0.0,
        "running_per_m3": running / (365 * flow) if flow else 0.0,
        **{f"paid_by_{payer}": float(table[f"paid_{payer}_yuan_y"].sum()) for payer in PAYERS},
        "payable_share": 1 - unfunded / (running * norms["years"]) if running else 1.0,
        "unfunded": unfunded,
        "capex_by_county": float(table["capex_county_yuan"].sum()),
        "capex_by_others": capex - float(table["capex_county_yuan"].sum()),
        **{f"capital_share_{m}": norms[f"share.{m}"] for m in SHARED_MODES},
    }


_RULES = {
    "afford-oversize": ("设计规模与现有常住人口相称", "核实人口，减小规模或分期建设"),
    "afford-unfunded": ("运行经费十年内有着落", "落实农户、村集体、县财政的分担，或改选运行费低的模式"),
    "afford-network": ("管网投资占比不宜过高", "核对是否宜改为分散处理"),
    "afford-outlier": ("户均投资与同类村相近", "核对户点、街巷、单价和模式"),
}


def _faults(table: Columns, remarks: list[dict[str, str]]) -> list[Fault]:
    faults = []
    for code, (rule, remedy) in _RULES.items():
        hit = [i for i, words in enumerate(remarks) if code in words]
        if hit:
            names = "、".join(str(table["name"][i]) or str(table["village"][i]) for i in hit[:_NAMED])
            more = f"{len(hit)} 个村：{names}" + ("等" if len(hit) > _NAMED else "")
            faults.append(Fault("plan", None, "可承受性", more, rule, remedy, code, Severity.WARNING))
    return faults


def affordability_of(
    problem: Problem, services: Services, plants: Columns, norms: Table | None = None
) -> tuple[Columns, dict[str, float], list[Fault]]:
    """Affordability of a plan with households; a hamlet without a village stands by itself."""
    p, villages = problem, problem.given.villages
    known = np.zeros(len(p.hamlets), dtype=bool)
    code, name = np.zeros(0, dtype=object), np.zeros(0, dtype=object)
    if villages is not None and len(villages):
        known = (p.hamlets.village >= 0) & (p.hamlets.village < len(villages))
        code, name = villages.code, villages.name
    alone = np.flatnonzero(~known)
    row = p.hamlets.village.astype(np.int64).copy()
    row[alone] = code.size + np.arange(alone.size)
    code, name = np.append(code, p.hamlets.id[alone]), np.append(name, p.hamlets.name[alone])
    return affordability(
        costs_by_village(
            services.systems, services.households, plants, row[p.own.hamlet], code, name, p.own.flow_m3_d
        ),
        norms,
    )
