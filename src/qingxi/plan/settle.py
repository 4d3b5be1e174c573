"""Plans around decisions: solved, held to them, what cannot be kept let go with a reason, and priced."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault, Severity
from qingxi.plan.enforce import Enforced, enforce, refusal
from qingxi.plan.layout import Layout
from qingxi.plan.override import Override, OverrideKind
from qingxi.plan.pricing import NO_SERVICE
from qingxi.plan.problem import Problem
from qingxi.plan.resolve import resolve, standing_candidate
from qingxi.plan.search import Candidate
from qingxi.standard import load_table

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Settled:
    """A plan that keeps every decision that can be kept.

    Attributes
    ----------
    enforced : Enforced
    chosen : Candidate
        Priced without penalties.
    overrides : tuple of Override
    met : bool[overrides]
    faults : tuple of Fault
        Of decisions that are not, or not wholly, kept.
    freed : bool[households]
        Households whose decided mode cannot be.
    """

    enforced: Enforced
    chosen: Candidate
    overrides: tuple[Override, ...]
    met: Bools
    faults: tuple[Fault, ...]
    freed: Bools

    @property
    def problem(self) -> Problem:
        """The problem with the decisions written in."""
        return self.enforced.problem

    @property
    def kept(self) -> tuple[Override, ...]:
        """The decisions that are kept."""
        return tuple(one for one, met in zip(self.overrides, self.met, strict=True) if met)

    @property
    def present_value_yuan(self) -> float:
        """Of everybody who is served."""
        return served_yuan(self.problem, self.chosen)


def served_yuan(problem: Problem, c: Candidate) -> float:
    """Present value of a plan: its works, and the houses that are served by themselves, members of the choice or not."""
    p = problem
    unserved = (c.layout.slot < 0) & (p.homes.own >= NO_SERVICE)
    total = float(c.node_cost.sum() + c.house_cost[~unserved].sum())
    rest = np.ones(len(p.houses), dtype=np.bool_)
    rest[p.member] = False
    # A house that a decision was to bring to a sewer and that none reaches serves itself after all.
    rest[p.member[unserved]] = True
    for m in ("onsite", "reuse", "controlled"):
        total += float(p.own.pv[m][rest & (p.own_mode == m)].sum())
    return total


def settle(
    problem: Problem, overrides: Sequence[Override], layout: Layout, *, rounds: int, touched: Bools | str | None = "decided",
    freed: Bools | None = None,
) -> Settled:  # fmt: skip
    """Solve from a layout under decisions.

    Parameters
    ----------
    problem : Problem
        Without decisions.
    rounds : int
        0: the layout as it is, only held to the decisions.
    touched : bool[nodes], None or "decided"
        Where to solve again; None: everywhere; ``decided``: around every decision.
    freed : bool[households], optional
        Households known to be unable to follow.
    """
    overrides = tuple(overrides)
    freed = np.zeros(len(problem.houses), dtype=np.bool_) if freed is None else freed.copy()
    dropped = np.zeros(len(overrides), dtype=np.bool_)
    faults: dict[int, list[Fault]] = {}
    partly = np.zeros(len(overrides), dtype=np.bool_)
    for _ in range(int(load_table("override")["solve.tries"]) + 1):
        active = [i for i in range(len(overrides)) if not dropped[i]]
        enforced = enforce(problem, [overrides[i] for i in active], freed)
        where: Bools | None = np.asarray(enforced.touched.any(axis=0)) if isinstance(touched, str) else touched
        if rounds > 0 and (where is None or where.any()):
            chosen = resolve(enforced, layout, rounds, where)
        else:
            _, chosen = standing_candidate(enforced.problem, layout, enforced.guard)
        wrong = enforced.guard.wrong_houses(chosen, enforced.problem.homes.node)
        lacking = [p.override for p in enforced.guard.places if enforced.guard.lacking(chosen, p) > 1e-9]
        if wrong.size == 0 and not lacking:
            break
        for k in lacking:
            i = active[k]
            dropped[i] = True
            faults.setdefault(i, []).append(_not_met(overrides[i]))
        if wrong.size:
            freed[problem.member[wrong]] = True
            for k in np.unique(enforced.guard.pinned_by[wrong]):
                i, count = active[k], int((enforced.guard.pinned_by[wrong] == k).sum())
                partly[i] = True
                faults.setdefault(i, []).append(
                    refusal(
                        overrides[i], overrides[i].target, f"{count} 户按所定模式排不出去，这些户另行比选",
                        "核对地形、街巷和接入点", "override-unmet", Severity.WARNING,
                    )
                )  # fmt: skip
    met = np.zeros(len(overrides), dtype=np.bool_)
    met[active] = enforced.usable
    _, chosen = standing_candidate(enforced.problem, chosen.layout)
    for i in np.flatnonzero(partly).tolist():
        # A decision that some can follow is kept by them.
        met[i] &= i in active and bool((enforced.guard.pinned_by == active.index(i)).any())
    told = [f for i in sorted(faults) for f in faults[i]]
    return Settled(enforced, chosen, overrides, met, (*enforced.faults, *told), freed)


def _not_met(one: Override) -> Fault:
    if one.kind is OverrideKind.REQUIRE_SITE:
        return refusal(
            one, one.target, "没有可以排到此处的住户，站没有建", "先把附近自然村定为聚集中", "override-unmet"
        )
    return refusal(
        one, one.target, "这条路走不成主干：附近没有要经过的污水，或坡向不许", "先定附近自然村的模式，或换一条路",
        "override-unmet",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OverridePrices:
    """What decisions cost, yuan of present value: each against the plan without it, and all against the plan without any.

    NaN for one that is not kept.
    """

    each_yuan: npt.NDArray[np.float64]
    all_yuan: float
    without_yuan: float
    without: Layout


def price_overrides(
    problem: Problem, settled: Settled, free: Layout, only: Sequence[int] | None = None
) -> OverridePrices:
    """Price the decisions of a settled plan (those of ``only``); ``free`` is the layout of a plan without any.

    Without a decision the plan is solved again around what it touches, from the plan that keeps it: the price is never
    negative. The prices of single decisions need not add up to that of all; that of the only one kept is that of all.
    """
    rounds = int(load_table("override")["solve.rounds"])
    with_all = settled.present_value_yuan
    each = np.full(len(settled.overrides), np.nan)
    for i in np.flatnonzero(settled.met) if only is None else [k for k in only if settled.met[k]]:
        others = [one for k, one in enumerate(settled.overrides) if settled.met[k] and k != i]
        where = enforce(problem, [settled.overrides[i]], settled.freed).touched[0]
        again = settle(problem, others, settled.chosen.layout, rounds=rounds, touched=where, freed=settled.freed)
        each[i] = max(0.0, with_all - again.present_value_yuan)
    if only is not None:
        return OverridePrices(each, float("nan"), float("nan"), free)
    none = settle(problem, (), free, rounds=0)
    from_here = settle(
        problem, (), settled.chosen.layout, rounds=rounds, touched=np.asarray(settled.enforced.touched.any(axis=0))
    )
    best = min(none, from_here, key=lambda s: s.present_value_yuan)
    without = best.present_value_yuan
    if settled.met.sum() == 1:  # the only one costs what all of them cost: one figure, not two searches' figures
        each[settled.met] = max(0.0, with_all - without)
    return OverridePrices(each, max(0.0, with_all - without), without, best.chosen.layout)
