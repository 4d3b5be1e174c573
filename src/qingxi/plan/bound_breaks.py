"""Where flow classes of the bound meet: so that the lines lie close under the plants of a plan."""

from functools import cache
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from qingxi.plan.bound_lines import class_line
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]

CANDIDATES = 14
LEAST_M3_D = 1.5
AROUND = (0.5, 1.0, 2.0, 4.0)  # sizes as multiples of the plan's: the bound's own choice may differ
GAIN_SHARE = 1e-3  # of the plants' cost: what a break must gain, since every class is work
TOGETHER = 2  # breaks chosen together, each further one beside those chosen


def breaks_by_sizes(plants: PlantKit, sizes_m3_d: Floats, most_m3_d: float, count: int) -> tuple[float, ...]:
    """At most ``count`` flows between classes under which plants of about these sizes, not beside a water, lose little.

    What a plant loses is its cost less the *lowest* of all lines at its flow: nothing keeps the bound from using a class's line beyond
    its flows, so a class with a low line spoils the others. The first two breaks are chosen by trying all pairs of geometric
    candidates, more one at a time while they gain. The flows at which a better grade is asked divide classes in any case.
    """
    known = sizes_m3_d[sizes_m3_d > 0]
    top = min(most_m3_d * 0.999, 4.0 * float(known.max(initial=0.0)))
    if count < 1 or top <= LEAST_M3_D:
        return ()
    size, weight = np.unique(np.round(np.log(np.outer(AROUND, known)) * 10), return_counts=True)
    size = np.minimum(np.exp(size / 10), most_m3_d)
    cost = np.array([plant_pv(float(q), False, plants) for q in size])
    changes = np.flatnonzero(np.diff(plants.step_grade[0])) + 1
    given = [float(q) for q in plants.step_m3_d[changes] / plants.margin if q < most_m3_d]
    grid = [float(q) for q in np.geomspace(LEAST_M3_D, top, CANDIDATES)]

    @cache
    def line(low: float, high: float) -> tuple[float, float] | None:
        return class_line(plants, False, low, high)

    def loss(breaks: tuple[float, ...]) -> float:
        lines = [line(a, b) for a, b in pairwise(sorted({0.0, most_m3_d, *given, *breaks}))]
        lowest = np.min([once + slope * size for once, slope in filter(None, lines)], axis=0)
        return float(((cost - lowest) * weight).sum())

    gain = GAIN_SHARE * float((cost * weight).sum())
    chosen: tuple[float, ...] = ()
    for n in range(1, count + 1):
        tries = combinations(grid, n) if n <= TOGETHER else ((*chosen, q) for q in grid)
        more = min(tries, key=loss)
        if loss(more) < loss(chosen) - gain * (n - len(chosen)):
            chosen = more
    return tuple(sorted(chosen))
