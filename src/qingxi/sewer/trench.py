"""Cost of a trench whose depth is straight between its ends (``docs/costs.md`` section 3)."""

import numpy as np
import numpy.typing as npt

from qingxi.standard.compiled import bare


@bare
def trench_works(length_m: float, d1_m: float, d2_m: float, a: float, b: float, c: float) -> float:
    """Exact integral of a + b·d + c·d² along a pipe from depth d1 to d2."""
    return length_m * (a + 0.5 * b * (d1_m + d2_m) + c * (d1_m * d1_m + d1_m * d2_m + d2_m * d2_m) / 3.0)


@bare
def pressure_dn(peak_l_s: float, dn_mm: npt.NDArray[np.float64], velocity_m_s: float) -> int:
    """Index of the smallest pressure pipe within the velocity, else of the largest."""
    for i in range(dn_mm.shape[0]):
        diameter = dn_mm[i] / 1000.0
        if peak_l_s / 1000.0 <= velocity_m_s * np.pi * diameter * diameter / 4.0:
            return i
    return int(dn_mm.shape[0]) - 1


@bare
def friction_slope(peak_l_s: float, dn_mm: float, manning: float) -> float:
    """Head lost per metre in a full pressure pipe."""
    diameter = dn_mm / 1000.0
    area = np.pi * diameter * diameter / 4.0
    root = manning * peak_l_s / 1000.0 / (area * (diameter / 4.0) ** (2.0 / 3.0))
    return float(root * root)
