"""Flow classes: lines that touch the concave cost of a plant."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground
from qingxi.plan.tree_choice import Classes
from qingxi.treatment import PlantKit, plant_pv

TOUCH_M3_D = (1.5, 4.0, 9.0, 17.5, 30.0, 60.0, 120.0, 300.0, 1000.0)


def flow_classes(
    plants: PlantKit, any_plant: bool, join_per_m3_d: float, nodes: int, stay_per_m3_d: float | None = None
) -> Classes:
    """Tangent lines of the plant's present value at a few flows, the line of plants that stay, and that of joining.

    At each flow the slope is that of a plant not beside a water; the fixed part is set for both kinds of site, so that
    the line meets each true curve at that flow.
    """
    touch = np.array(TOUCH_M3_D if any_plant else ())
    slope = np.zeros(touch.size)
    fixed = np.zeros((touch.size, 5))
    for k, q in enumerate(touch):
        here = plant_pv(q, False, plants)
        slope[k] = (plant_pv(q * 1.001, False, plants) - plant_pv(q * 0.999, False, plants)) / (0.002 * q)
        fixed[k, 1::2], fixed[k, 2::2] = here - slope[k] * q, plant_pv(q, True, plants) - slope[k] * q
    fixed[:, 0] = np.inf
    stay = -1
    if stay_per_m3_d is not None:
        stay = touch.size
        slope, fixed = np.append(slope, stay_per_m3_d), np.vstack([fixed, np.full(5, np.inf)])
    fixed = np.where(np.isfinite(fixed), fixed, 1e14)
    return Classes(slope, fixed, np.full(nodes, join_per_m3_d), stay)


def without_large(classes: Classes, most_m3_d: float) -> Classes:
    """The same classes without those of plants above a flow."""
    plants = classes.slope.size if classes.stay < 0 else classes.stay
    keep = np.ones(classes.slope.size, dtype=np.bool_)
    keep[:plants] = np.array(TOUCH_M3_D[:plants]) <= max(most_m3_d, TOUCH_M3_D[2])
    stay = classes.stay if classes.stay < 0 else int(keep[:plants].sum())
    return classes._replace(slope=classes.slope[keep], fixed=classes.fixed[keep], stay=stay)


def with_join_slope(classes: Classes, join_slope: npt.NDArray[np.float64]) -> Classes:
    """The same classes with another price of joining at each node."""
    return classes._replace(join_slope=join_slope)


def least_unit_yuan(ground: Ground, plants: PlantKit) -> float:
    """The least that a further m³/d costs at any end, yuan of present value; a little less, to be safe."""
    flow = np.array([0.5, 1.5, 4.0, 9.0, 16.0, 30.0, 60.0, 120.0, 300.0, 1000.0, 5000.0])
    slope = [
        (plant_pv(1.01 * q, wet, plants) - plant_pv(q, wet, plants)) / (0.01 * q)
        for q in flow
        for wet in (False, True)
    ]
    found = [s for s in slope if np.isfinite(s) and s > 0]
    if (ground.join >= 0).any():
        found.append(ground.join_per_m3_d)
    if (ground.site > 2).any():
        found.append(ground.stay_per_m3_d)
    return 0.9 * min(found, default=0.0)
