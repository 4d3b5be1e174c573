"""A plan that stands ready to be asked: what if a price, a share of the budget or a decision were another?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from qingxi.origin import Fault
from qingxi.plan.changes import Changes
from qingxi.plan.difference import Told, difference_of, tell
from qingxi.plan.layout import Layout
from qingxi.plan.override import Override
from qingxi.plan.problem import Problem
from qingxi.plan.reprice import repriced
from qingxi.plan.settle import Settled, price_overrides, settle
from qingxi.standard import Table, load_table


@dataclass(frozen=True)
class Answer:
    """What a change does.

    Attributes
    ----------
    difference : dict
        Plain values, see :func:`qingxi.plan.difference.difference_of`; besides: ``changes`` (every figure before and after),
        ``overrides`` (each with ``met`` and, where it is new, ``price_yuan``), ``bound`` (``before``, ``after`` or None,
        ``label``), ``gap`` (of the plan after), ``faults``.
    standing : Standing
        The plan after, ready to be asked again, saved, or told in full (:meth:`Standing.result`).
    faults : tuple of Fault
        Of decisions that cannot be kept.
    """

    difference: dict[str, Any]
    standing: "Standing"
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Standing:
    """A plan with all that solving again needs.

    Attributes
    ----------
    problem : Problem
        Without decisions.
    overrides : tuple of Override
        The decisions the plan was made around.
    layout : Layout
    bound_yuan : float
        A lower bound on the present value of every plan with these decisions; NaN: none.
    bound_label : str
    afford : Table
        Norms of affordability, ``afford`` of :mod:`qingxi.standard` or changed.
    """

    problem: Problem
    overrides: tuple[Override, ...]
    layout: Layout
    bound_yuan: float = float("nan")
    bound_label: str = ""
    afford: Table | None = None

    @cached_property
    def settled(self) -> Settled:
        """The plan, priced and held to its decisions; nothing is searched."""
        return settle(self.problem, self.overrides, self.layout, rounds=0)

    @cached_property
    def told(self) -> Told:
        """The plan's figures."""
        return tell(self.settled.problem, self.settled.chosen, self.norms_of_payment)

    @property
    def norms_of_payment(self) -> Table:
        """The table ``afford``."""
        return load_table("afford") if self.afford is None else self.afford

    @property
    def tables(self) -> dict[str, Table]:
        """The tables whose figures can be changed."""
        return {"prices": self.problem.prices, "processes": self.problem.processes, "afford": self.norms_of_payment}

    def what_if(
        self, changes: Changes | None = None, *, overrides: Sequence[Override] | None = None, rounds: int | None = None,
        prices_of_overrides: bool = True,
    ) -> Answer:  # fmt: skip
        """Solve again what a change touches, from the plan that stands.

        Parameters
        ----------
        changes : Changes, optional
            Figures of ``prices``, ``processes`` and ``afford``: :func:`qingxi.plan.read_changes` reads them from words. A
            change of ``afford`` changes who pays, not what is built.
        overrides : sequence of Override, optional
            All decisions that shall hold, those of the plan among them; None: as they are.
        rounds : int, optional
            How long to search; the table ``override`` says the usual.
        prices_of_overrides : bool
            Whether each new decision is priced apart (a further solving around each).

        Returns
        -------
        Answer
            The same question always gets the same answer, and no change no difference. The plan after never costs more
            than the plan before at the new prices, where that one keeps the decisions. The bound is not ascended
            again: it is scaled by the factor that no plan can fall below (None where that cannot be said).
        """
        changes = changes or Changes()
        decided = self.overrides if overrides is None else tuple(overrides)
        if not changes and decided == self.overrides:
            return self._answer(self, changes, ())
        norms = load_table("override")
        problem = repriced(self.problem, changes)
        if problem is not self.problem:
            count = int(norms["whatif.rounds"] if rounds is None else rounds)
            again = settle(problem, decided, self.layout, rounds=count, touched=None)
        elif decided != self.overrides:
            count = int(norms["solve.rounds"] if rounds is None else rounds)
            again = settle(problem, decided, self.layout, rounds=count, touched=self._between(decided))
        else:
            again = settle(problem, decided, self.layout, rounds=0)
        factor = changes.least_factor(self.problem.prices)
        relaxed = not set(self.overrides) <= set(decided)
        bound = float("nan") if factor is None or relaxed else factor * self.bound_yuan
        after = Standing(
            problem, decided, again.chosen.layout, bound, self._bound_label(factor, relaxed),
            changes.in_table(self.norms_of_payment, "afford"),
        )  # fmt: skip
        after.__dict__["settled"] = again
        new = [i for i, one in enumerate(decided) if one not in self.overrides] if prices_of_overrides else []
        return self._answer(after, changes, new)

    def _between(self, decided: tuple[Override, ...]) -> Any:
        """Nodes that the decisions touch which came or went."""
        from qingxi.plan.enforce import enforce

        other = [one for one in decided if one not in self.overrides]
        other += [one for one in self.overrides if one not in decided]
        return enforce(self.problem, other).touched.any(axis=0)

    def _bound_label(self, factor: float | None, relaxed: bool) -> str:
        if relaxed:
            return "撤去人工调整后原下界不再成立，未重算"
        if factor is None:
            return "这项变化下原下界不能折算，未重算"
        return (
            self.bound_label
            if factor == 1.0
            else f"原下界乘以 {factor:.4f}（任何方案至多便宜到此倍数），偏松，未重算"
        )

    def _answer(self, after: "Standing", changes: Changes, new: Sequence[int]) -> Answer:
        same = self.told.money
        if after.problem is not self.problem:
            at_new = settle(after.problem, self.overrides, self.layout, rounds=0)
            same = tell(at_new.problem, at_new.chosen, self.norms_of_payment).money
        found = difference_of(self.problem, self.told, after.told, same)
        settled = after.settled
        prices = {}
        if new:
            priced = price_overrides(after.problem, settled, self.layout, only=new)
            prices = {i: priced.each_yuan[i] for i in new}
        found["changes"] = [r.as_json() for r in changes.rows]
        found["overrides"] = [
            one.as_json()
            | {"met": bool(settled.met[i])}
            | ({"price_yuan": float(prices[i])} if i in prices and np.isfinite(prices[i]) else {})
            for i, one in enumerate(settled.overrides)
        ]
        bound = after.bound_yuan if np.isfinite(after.bound_yuan) else None
        value = after.told.money["present_value"]
        found["bound"] = {
            "before": self.bound_yuan if np.isfinite(self.bound_yuan) else None, "after": bound,
            "label": after.bound_label,
        }  # fmt: skip
        found["gap"] = (value - bound) / value if bound is not None and value > 0 else None
        found["faults"] = [f.as_json() for f in settled.faults]
        return Answer(found, after, settled.faults)

    def with_bound(self, bound_yuan: float, label: str) -> "Standing":
        """The same with another lower bound."""
        other = replace(self, bound_yuan=bound_yuan, bound_label=label)
        if "settled" in self.__dict__:
            other.__dict__["settled"] = self.settled
        return other
