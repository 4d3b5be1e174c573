"""The front door of the planner."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault, Severity
from qingxi.plan.afford import affordability_of
from qingxi.plan.bound import bettered, lower_bound, told_bound
from qingxi.plan.bound_causes import GapCauses
from qingxi.plan.compare_beside import ComparedBeside
from qingxi.plan.disposal import disposal_table
from qingxi.plan.facts import discharge_faults, discharge_figures, distance_faults, festival_faults
from qingxi.plan.finish import finished
from qingxi.plan.hamlet_table import hamlet_table
from qingxi.plan.input import PlanInput
from qingxi.plan.land import approval_list
from qingxi.plan.layout import Layout
from qingxi.plan.override import Override
from qingxi.plan.override_table import override_table
from qingxi.plan.pipes import Works, works_of
from qingxi.plan.problem import Problem, build_problem
from qingxi.plan.result import PlanResult, PlanTables
from qingxi.plan.search import Candidate, Search, search
from qingxi.plan.serve import growth_years
from qingxi.plan.services import Services, services_of
from qingxi.plan.settle import price_overrides, settle
from qingxi.plan.standing import Standing
from qingxi.plan.stay import NEW
from qingxi.plan.table_only import accuracy_class, plan_from_table
from qingxi.plan.withhold import level_of, withheld_tables
from qingxi.sewer import COMPENSATED
from qingxi.standard import load_table
from qingxi.terrain import Elevation, Streets
from qingxi.treatment import refused_processes
from qingxi.village import DataLevel, Households

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, float], None]
_COUNT_AS = {
    "connected": "town_connection",
    "clustered": "shared_plant",
    "onsite": "onsite",
    "unserved": "unserved",
    "reuse": "reuse",
    "controlled": "controlled",
}


LEAST_KNOCKS, MOST_KNOCKS = 1.0, 100.0  # a house
KNOCKS = 800.0  # of a plan where it is small: what a settlement cannot use a county would pay for in seconds
CERTIFY, CERTIFY_FORESTS = 10.0, 8.0


def plan(given: PlanInput, *, progress: Progress | None = None) -> PlanResult:
    """Plan a county, or any part of one.

    Parameters
    ----------
    given : PlanInput
    progress : callable, optional
        Called as ``progress(stage, share)`` with stage ``graph``, ``layout``, ``design``, ``bound`` and share 0 to 1.

    Returns
    -------
    PlanResult
        What cannot be done is a named reason in the tables or a fault.

    Raises
    ------
    ValueError
        When the input lacks what its level needs (households, streets, elevation; villages at L0).
    """
    if given.level is DataLevel.L0:
        return plan_from_table(given)
    tell = progress or (lambda stage, share: None)
    clock = [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    tell("graph", 0.0)
    problem = build_problem(given)
    tell("graph", 1.0)
    seconds = {"graph": lap()}
    engine, chosen = _searched(problem, lambda share: tell("layout", share))
    seconds["layout"] = lap()
    chosen, proof = bettered(problem, engine, chosen, lambda share: tell("bound", share))
    seconds["bound"] = lap()
    standing = Standing(problem, (), chosen.layout)
    told: list[Fault] = []
    decided: dict[str, Any] = {}
    if given.overrides:
        standing, decided = _around_decisions(standing, given.overrides)
        told = list(standing.settled.faults)
    seconds["layout"] += lap()

    def bounded() -> tuple[float, str, GapCauses | None]:
        settled = standing.settled
        if not standing.overrides:
            return told_bound(settled.problem, settled.chosen, proof)
        return lower_bound(settled.problem, settled.chosen, lambda share: tell("bound", share))

    result = _result(standing, bounded, tell, seconds, lap)
    if decided:
        result = _with_decisions(result, standing, decided)
    return replace(result, faults=(*result.faults, *told))


def _around_decisions(standing: Standing, overrides: tuple[Override, ...]) -> tuple[Standing, dict[str, Any]]:
    """The plan made around an officer's decisions, and what they cost; see ``docs/costs.md`` section 13."""
    problem, free = standing.problem, standing.layout
    settled = settle(problem, overrides, free, rounds=int(load_table("override")["solve.rounds"]))
    prices = price_overrides(problem, settled, free)
    after = Standing(problem, overrides, settled.chosen.layout)
    after.__dict__["settled"] = settled
    each = [
        one.as_json() | {"met": bool(met), "price_yuan": float(price)}
        for one, met, price in zip(overrides, settled.met, prices.each_yuan, strict=True)
    ]
    return after, {"price": prices.all_yuan, "without": prices.without_yuan, "each": each}


def result_of(standing: Standing, *, progress: Progress | None = None, bound: bool = True) -> PlanResult:
    """A standing plan told in full, as :func:`plan` tells it.

    Parameters
    ----------
    bound : bool
        Whether the lower bound is found anew; else that of the standing plan is told with its label.
    """
    tell = progress or (lambda stage, share: None)
    clock = [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    def bounded() -> tuple[float, str, GapCauses | None]:
        if not bound:
            known = standing.bound_yuan if np.isfinite(standing.bound_yuan) else 0.0
            return known, standing.bound_label or "未求下界", None
        settled = standing.settled
        return lower_bound(settled.problem, settled.chosen, lambda share: tell("bound", share))

    result = _result(standing, bounded, tell, {"graph": 0.0, "layout": 0.0}, lap)
    if standing.overrides:
        settled = standing.settled
        each = [
            one.as_json() | {"met": bool(met), "price_yuan": None}
            for one, met in zip(standing.overrides, settled.met, strict=True)
        ]
        result = _with_decisions(result, standing, {"price": None, "without": None, "each": each})
    return replace(result, faults=(*result.faults, *standing.settled.faults))


def _with_decisions(result: PlanResult, standing: Standing, told: dict[str, Any]) -> PlanResult:
    table = override_table(standing.settled, told, result.tables.households["mode"])
    return replace(
        result, figures=result.figures | {"overrides": told}, tables=replace(result.tables, overrides=table)
    )


def _result(
    standing: Standing, bounded: Callable[[], tuple[float, str, GapCauses | None]], tell: Progress,
    seconds: dict[str, float], lap: Callable[[], float],
) -> PlanResult:  # fmt: skip
    standing.settled  # noqa: B018 - worked out once, before two threads ask for it
    # A second process begins before any thread does. The bound needs the layout only, and its kernels let others run.
    with (
        ComparedBeside(standing.settled.problem, standing.settled.chosen) as compared,
        ThreadPoolExecutor(1) as beside,
    ):
        below = beside.submit(bounded)
        return _told(standing, compared, below.result, tell, seconds, lap)


def _told(
    standing: Standing, compared: ComparedBeside, bounded: Callable[[], tuple[float, str, GapCauses | None]],
    tell: Progress, seconds: dict[str, float], lap: Callable[[], float],
) -> PlanResult:  # fmt: skip
    problem, chosen, given = standing.settled.problem, standing.settled.chosen, standing.problem.given
    tell("design", 0.0)
    works = works_of(problem, chosen)
    services = services_of(problem, chosen, works)
    hamlets = hamlet_table(problem, chosen, services.mode, compared)
    tell("design", 1.0)
    seconds["design"] = lap()
    plants = disposal_table(problem, services, hamlets)
    afford, county, remarks = affordability_of(problem, services, plants, standing.norms_of_payment)
    bound, label, causes = bounded()
    seconds["bound"] = seconds.get("bound", 0.0) + lap()
    tables = PlanTables(
        systems=services.systems, hamlets=hamlets, households=services.households, nodes=works.nodes,
        pipes=works.pipes, lifts=works.lifts, plants=plants, affordability=afford, pipe_coords_m=works.pipe_coords_m,
        pipe_offsets=works.pipe_offsets,
    )  # fmt: skip
    level, why, hidden = level_of(given, problem.norms)
    faults = (
        *problem.faults,
        *_unserved(problem, services),
        *remarks,
        *discharge_faults(given),
        *festival_faults(services),
        *distance_faults(problem, chosen),
    )
    figures = _figures(problem, works, services, plants, bound, label, seconds)
    figures["affordability"] = county
    figures["discharge"] = discharge_figures(given)
    figures["refused_processes"] = refused_processes(problem.processes, problem.place)
    figures["gap_causes"] = _gap_causes(causes, figures)
    share = problem.norms[f"{str(level).lower()}.accuracy"]
    figures["accuracy"] = {"share": share, "class": accuracy_class(share)}
    figures.update(level=str(level), level_reason=why, withheld=list(hidden))
    ready = standing.with_bound(figures["bound"] if figures["bound"] > 0 else float("nan"), figures["bound_label"])
    return PlanResult(withheld_tables(tables, hidden), figures, faults, ready)


def planned_layout(problem: Problem, progress: Callable[[float], None] | None = None) -> Layout:
    """The layout found for a problem from nothing, with its input's seed and effort."""
    engine, chosen = _searched(problem, progress)
    return bettered(problem, engine, chosen)[0].layout


def _searched(problem: Problem, progress: Callable[[float], None] | None) -> tuple[Search, Candidate]:
    engine, chosen = search(
        problem.ground, problem.homes, problem.kit, problem.plants, problem.given.seed,
        knocks_for(problem.member.size, problem.given.effort, problem.given.certify), progress,
        problem.given.effort * (CERTIFY_FORESTS if problem.given.certify else 1.0),
    )  # fmt: skip
    return engine, finished(engine, chosen)


def knocks_for(houses: int, effort: float, certify: bool) -> float:
    """Random changes a house in the search: what a minute allows on a county, more on a settlement, ten times to certify."""
    usual = min(MOST_KNOCKS, max(LEAST_KNOCKS, KNOCKS / max(houses, 1)))
    return effort * usual * (CERTIFY if certify else 1.0)


def _unserved(problem: Problem, services: Services) -> list[Fault]:
    """One warning per reason that leaves houses unserved."""
    reason = services.households["reason"][services.mode == "unserved"]
    names, count = np.unique(reason.astype(str), return_counts=True)
    return [
        Fault(
            "households",
            None,
            "",
            f"{k} 户",
            f"未能服务：{name}",
            "见规划成果户表的原因列",
            "unserved",
            Severity.WARNING,
        )
        for name, k in zip(names, count, strict=True)
    ]


def _figures(
    problem: Problem, works: Works, services: Services, plants: dict[str, npt.NDArray[Any]], bound: float,
    label: str, seconds: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    systems, pipes = services.systems, works.pipes
    present = float(systems["present_value_yuan"].sum())
    bound, label = _believable(bound, label, present)
    count = {key: int((services.mode == m).sum()) for key, m in _COUNT_AS.items()}
    length = {
        kind: float(pipes["length_m"][pipes["kind"] == kind].sum()) for kind in ("gravity", "pressure", "lateral")
    }
    off = (pipes["kind"] != "lateral") & np.isin(pipes["surface"].astype(str), COMPENSATED)
    length["off_street"] = float(pipes["length_m"][off].sum())
    length["street"] = length["gravity"] + length["pressure"] - length["off_street"]
    decisions, count_of = np.unique(plants["decision"].astype(str), return_counts=True)
    decided = {str(d): int(k) for d, k in zip(decisions, count_of, strict=True)}
    return {
        "mode": problem.given.mode,
        "cost": {
            "capex": float(systems["capex_yuan"].sum()),
            "works": float(systems["works_yuan"].sum()),
            "running_per_year": float(systems["running_yuan_y"].sum()),
            "present_value": present,
            "currency": "CNY",
        },
        "bound": bound,
        "gap": (present - bound) / present if present > 0 else 0.0,
        "bound_label": label,
        "households": {"all": len(problem.houses), **count},
        "pipe_m": length,
        "pumps": int(works.lifts["node_id"].size),
        "pumps_street": int(works.lifts["node_id"].size) - _house_pumps(works),
        "pumps_house": _house_pumps(works),
        "plants": decided.pop(NEW, 0),
        "existing_plants": decided,
        "excavation_m3": float(pipes["excavation_m3"].sum()),
        "approvals": approval_list(pipes),
        "seconds": seconds,
        "norms": problem.given.norms,
        "prices": problem.given.prices,
        "parameters": _parameters(problem),
    }


def _gap_causes(causes: GapCauses | None, figures: dict[str, Any]) -> dict[str, float]:
    """Parts of present value − bound, yuan; empty where there is no bound to be told by cause.

    What is not accounted for goes to ``integrality``, so that the parts are the whole.
    """
    if causes is None or not figures["bound"] > 0:
        return {}
    told = {
        "plant_curve": causes.plant_yuan, "trunk_step": causes.trunk_yuan, "depth": causes.depth_yuan,
        "lifts": causes.lift_yuan,
    }  # fmt: skip
    return told | {"integrality": figures["cost"]["present_value"] - figures["bound"] - sum(told.values())}


def _believable(bound: float, label: str, present: float) -> tuple[float, str]:
    """A bound above a plan's cost proves that one of the two is wrong: it is withdrawn and said so, never clipped."""
    if bound > present * (1 + 1e-6) + 1.0:
        return 0.0, f"下界已撤回：算得 {bound:,.0f} 元，高于方案现值 {present:,.0f} 元，程序有误，请报告"
    return min(bound, present), label


def _house_pumps(works: Works) -> int:
    house = works.nodes["node_id"][works.nodes["kind"] == "house"]
    return int(np.isin(works.lifts["node_id"], house).sum())


def _parameters(problem: Problem) -> dict[str, Any]:
    """Every figure the plan was made with, by table and key, and what the search was told."""
    tables = {t.name: {row.key: row.value for row in t} for t in (problem.norms, problem.prices, problem.processes)}
    people = problem.given.people_default
    return {
        "people_default": problem.norms["flow.people_per_household"] if people is None else people,
        "growth_years": growth_years(problem.given, problem.norms),
        "seed": problem.given.seed,
        "effort": problem.given.effort,
        "household_units": problem.given.household_units,
        "certify": problem.given.certify,
        "processes": problem.given.processes,
        "outlets_m": problem.given.outlets_m.tolist(),
        "tables": tables,
    }


def warm_up() -> None:
    """Compile every kernel on a tiny case; called once at set-up."""
    rng = np.random.default_rng(0)
    # The last two stand alone on a street of their own: a small piece.
    x = np.concatenate([rng.uniform(0, 400, 12), rng.uniform(0, 400, 4), [-170.0, -150.0]])
    y = np.concatenate([rng.uniform(5, 25, 12), rng.uniform(-200, 0, 4), [-385.0, -385.0]])
    ground = Elevation(_slope(80, 80), (10.0, 0.0, -200.0, 0.0, -10.0, 400.0), 0.1)
    streets = Streets.from_lines(
        [[(0, 0), (400, 0)], [(200, -200), (200, 200)], [(0, 100), (400, 100)], [(-190, -390), (-140, -390)]]
    )
    for mode, outlets in (
        ("free", np.zeros((0, 2))),
        ("sewer", np.array([[0.0, 0.0]])),
        ("free", np.array([[0.0, 0.0]])),
    ):
        plan(
            PlanInput(
                level=DataLevel.L2, mode=mode, households=Households.at(x, y, people_resident=3.0),  # type: ignore[arg-type]
                streets=streets, elevation=ground, outlets_m=outlets, effort=0.01,
            )
        )  # fmt: skip


def _slope(rows: int, columns: int) -> npt.NDArray[np.float64]:
    return np.add.outer(np.linspace(0, 5, rows), np.linspace(0, 20, columns))


__all__ = ["Candidate", "Progress", "knocks_for", "plan", "warm_up"]
