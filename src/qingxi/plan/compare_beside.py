"""Comparing every hamlet's modes in two processes: the interpreter is busy with it, so that a thread would not help."""

from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.compare import MODES, SEWERED, Compared, compare_modes
from qingxi.plan.hamlet_modes import hamlet_modes
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.plan.services import household_modes
from qingxi.plan.ways import LEVERS
from qingxi.standard.beside import Beside

FEWEST = 300  # hamlets that are worth a second process
THEIRS, OF = 7, 12  # of twelve hamlets seven: the first process makes the other tables meanwhile


class ComparedBeside:
    """A comparison under way; :meth:`found` ends it. The outcome is the same with and without a second process."""

    def __init__(self, problem: Problem, chosen: Candidate) -> None:
        self.problem, self.chosen = problem, chosen
        self.mode = hamlet_modes(problem, household_modes(problem, chosen))[0]
        every = np.arange(self.mode.size)
        many = problem.given.mode == "free" and self.mode.size >= FEWEST
        self._theirs = every[every % OF < THEIRS] if many else every[:0]
        self._beside = Beside(lambda: _rows(self._compared(self._theirs), self._theirs), worth=many)

    def found(self) -> Compared:
        """Every hamlet compared."""
        mine = np.setdiff1d(np.arange(self.mode.size), self._theirs)
        found = self._compared(mine)
        if self._theirs.size:
            rows = self._beside.answer()
            if rows is None:
                rows = _rows(self._compared(self._theirs), self._theirs)
            for column, values in zip(_columns(found), rows, strict=True):
                column[self._theirs] = values
        return found

    def _compared(self, which: npt.NDArray[np.int64]) -> Compared:
        return compare_modes(self.problem, self.chosen, self.mode, _main_yuan_m(self.problem), which)

    def __enter__(self) -> "ComparedBeside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, what: BaseException | None, where: TracebackType | None
    ) -> None:
        self._beside.__exit__(kind, what, where)


def _columns(found: Compared) -> list[npt.NDArray[Any]]:
    flips = found.flips
    return [
        *(part[m] for part in (found.more, found.why_not) for m in MODES),
        *(part[m] for part in (found.trunk_m, found.lifts) for m in SEWERED), found.binds, flips.runner_up,
        *(part[k] for part in (flips.factor, flips.to) for k in LEVERS), flips.distance_m,
    ]  # fmt: skip


def _rows(found: Compared, which: npt.NDArray[np.int64]) -> list[npt.NDArray[Any]]:
    return [column[which] for column in _columns(found)]


def _main_yuan_m(p: Problem) -> float:
    """Present value of a metre of the smallest main at least cover under an earth road, yuan."""
    kit, d = p.kit, p.kit.depth_min_m[0]
    return float(kit.sewer_pv * (kit.trench_a[0, 0] + kit.trench_b[0, 0] * d + kit.trench_c[0, 0] * d * d))
