"""The mode of a hamlet: that of most of its households."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.compare import MODES
from qingxi.plan.problem import Problem

ALL_MODES = (*MODES, "unserved")


def hamlet_modes(
    problem: Problem, household_mode: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Mode of each hamlet (empty: no households), and its households by :data:`ALL_MODES`."""
    n, hamlet = len(problem.hamlets), problem.own.hamlet
    by_mode = np.zeros((n, len(ALL_MODES)), dtype=np.int64)
    for j, m in enumerate(ALL_MODES):
        by_mode[:, j] = np.bincount(hamlet[household_mode == m], minlength=n)
    mode = np.array(ALL_MODES, dtype=object)[by_mode.argmax(axis=1)]
    mode[by_mode.sum(axis=1) == 0] = ""
    return mode, by_mode
