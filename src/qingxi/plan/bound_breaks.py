"""Where flow classes of the bound meet: so that the lines lie close under the plants of a plan."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qingxi.plan.bound_lines import class_line
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]

CANDIDATES = 14
LEAST_M3_D = 1.5


def breaks_by_sizes(plants: PlantKit, sizes_m3_d: Floats, most_m3_d: float, count: int) -> tuple[float, ...]:
    """At most ``count`` flows between classes with the least sum of (cost − line) over plants of these sizes, not beside a water.

    Chosen exactly among geometric candidates by a dynamic programme over intervals; the flows at which a better grade is asked
    divide a class in any case. Fewer where more gain nothing. About 0.1 s.
    """
    sizes = np.sort(sizes_m3_d[sizes_m3_d > 0])
    if sizes.size == 0 or most_m3_d <= LEAST_M3_D or count < 1:
        return ()
    top = min(most_m3_d * 0.999, 4.0 * float(sizes[-1]))
    if top <= LEAST_M3_D:
        return ()
    given = [q for q in np.geomspace(LEAST_M3_D, top, CANDIDATES) if q < most_m3_d]
    ends = np.array([0.0, *given, most_m3_d])
    cost = np.array([plant_pv(float(q), False, plants) for q in sizes])
    n = ends.size
    loss = np.full((n, n), np.inf)
    for i in range(n):
        for j in range(i + 1, n):
            here = (sizes > ends[i]) & (sizes <= ends[j])
            loss[i, j] = 0.0
            if here.any():
                loss[i, j] = float((cost[here] - _line(plants, sizes[here], float(ends[i]), float(ends[j]))).sum())
    best, before = loss[0].copy(), []
    for _ in range(count):
        through = best[:, None] + loss
        last = np.argmin(through, axis=0)
        better = through[last, np.arange(n)]
        before.append(np.where(better < best - 1.0, last, -1))
        best = np.where(better < best - 1.0, better, best)
    found: list[float] = []
    j = n - 1
    for step in reversed(before):
        if step[j] > 0:
            j = int(step[j])
            found.append(float(ends[j]))
    return tuple(sorted(found))


def _line(plants: PlantKit, sizes: Floats, low: float, high: float) -> Floats:
    """The best of the lines of the classes that lie between these flows, at each size."""
    changes = np.flatnonzero(np.diff(plants.step_grade[0])) + 1
    cuts = sorted({low, high, *(q for q in plants.step_m3_d[changes] / plants.margin if low < q < high)})
    out = np.zeros(sizes.size)
    for a, b in pairwise(cuts):
        line = class_line(plants, False, a, b)
        if line is not None:
            here = (sizes >= a) & (sizes <= b)
            out[here] = np.maximum(out[here], line[0] + line[1] * sizes[here])
    return out
