"""Flow classes: lines that touch the concave cost of a plant."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.tree_choice import Classes
from qingxi.treatment import PlantKit, plant_pv

TOUCH_M3_D = (1.5, 4.0, 9.0, 17.5, 30.0, 60.0, 120.0, 300.0, 1000.0)


def flow_classes(plants: PlantKit, any_plant: bool, join_per_m3_d: float, nodes: int) -> Classes:
    """Tangent lines of the plant's present value at a few flows, and the line of joining.

    At each flow the slope is that of a plant not beside a water; the fixed part is set for both kinds of site, so that
    the line meets each true curve at that flow.
    """
    touch = np.array(TOUCH_M3_D if any_plant else ())
    slope = np.zeros(touch.size)
    fixed = np.zeros((touch.size, 3))
    for k, q in enumerate(touch):
        here = plant_pv(q, False, plants)
        slope[k] = (plant_pv(q * 1.001, False, plants) - plant_pv(q * 0.999, False, plants)) / (0.002 * q)
        fixed[k] = np.inf, here - slope[k] * q, plant_pv(q, True, plants) - slope[k] * q
    fixed = np.where(np.isfinite(fixed), fixed, 1e14)
    return Classes(slope, fixed, np.full(nodes, join_per_m3_d))


def with_join_slope(classes: Classes, join_slope: npt.NDArray[np.float64]) -> Classes:
    """The same classes with another price of joining at each node."""
    return Classes(classes.slope, classes.fixed, join_slope)
