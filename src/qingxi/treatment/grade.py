"""The discharge grade asked of a plant, as steps of its design scale.

What is asked is :mod:`qingxi.standard`'s; here it is laid out for kernels, with the strictest of the functions that a
county's waters have for every plant beside one.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.standard import ClassAsked, DischargeFrame, Receiving, discharge_frame, receiving_of


class GradeSteps(NamedTuple):
    """``grade[place, k]`` is asked from ``from_m3_d[k]`` on; place 0 is away from waters with a function, 1 beside one."""

    from_m3_d: npt.NDArray[np.float64]
    grade: npt.NDArray[np.int64]
    waters: tuple[Receiving, ...]
    frame: DischargeFrame


def grade_steps(frame: DischargeFrame | None = None, function_classes: Iterable[str] = ()) -> GradeSteps:
    """Steps of a standard (default: Guangdong's); ``function_classes`` are those of the county's waters, empty ones left out."""
    told = frame or discharge_frame()
    waters = tuple(sorted({receiving_of(c) for c in function_classes if c.strip()})) or (Receiving.HIGH,)
    away, beside = told.steps([Receiving.OTHER]), told.steps(waters)
    cuts = sorted({low for low, _ in (*away, *beside)})
    grade = [[next(g for low, g in reversed(side) if low <= cut) for cut in cuts] for side in (away, beside)]
    return GradeSteps(np.array(cuts), np.array(grade, dtype=np.int64), waters, told)


def class_at(steps: GradeSteps, design_m3_d: float, beside_water: bool) -> ClassAsked:
    """The class asked of one plant: the strictest over the waters that may take it."""
    waters = steps.waters if beside_water else (Receiving.OTHER,)
    return min((steps.frame.asked(w, design_m3_d) for w in waters), key=lambda c: c.grade)
