"""Flow in a circular pipe by Manning, and the peak of a mean flow (``docs/costs.md`` sections 2 and 3)."""

import math

import numpy as np
import numpy.typing as npt

from qingxi.standard.compiled import bare


@bare
def peak_flow_l_s(
    mean_m3_d: float,
    peak_q: npt.NDArray[np.float64],
    peak_k: npt.NDArray[np.float64],
    small_power: float,
    small_cap: float,
    infiltration: float,
) -> float:
    """Peak flow of a mean flow, L/s, infiltration included; grows with the mean flow."""
    if mean_m3_d <= 0.0:
        return 0.0
    q = mean_m3_d / 86.4
    last = peak_q.shape[0] - 1
    if q <= peak_q[0]:
        k = min(small_cap, peak_k[0] * (peak_q[0] / q) ** small_power)
    elif q >= peak_q[last]:
        k = peak_k[last]
    else:
        i = 0
        while q > peak_q[i + 1]:
            i += 1
        share = (q - peak_q[i]) / (peak_q[i + 1] - peak_q[i])
        k = peak_k[i] + share * (peak_k[i + 1] - peak_k[i])
    return float(q * (k + infiltration))


@bare
def _area_radius(fill: float, diameter_m: float) -> tuple[float, float]:
    theta = 2.0 * math.acos(1.0 - 2.0 * fill)
    area = diameter_m * diameter_m / 8.0 * (theta - math.sin(theta))
    return area, diameter_m / 4.0 * (1.0 - math.sin(theta) / theta)


@bare
def flow_at_fill(fill: float, diameter_m: float, slope: float, manning: float) -> float:
    """Flow in m³/s at h/D = ``fill`` (0 to 1)."""
    if fill <= 0.0 or slope <= 0.0:
        return 0.0
    area, radius = _area_radius(fill, diameter_m)
    return float(area * radius ** (2.0 / 3.0) * math.sqrt(slope) / manning)


@bare
def fill_of(flow_m3_s: float, diameter_m: float, slope: float, manning: float) -> float:
    """h/D at which a flow runs; 0.938 (the most a pipe carries) where it does not fit."""
    if flow_m3_s <= 0.0:
        return 0.0
    low, high = 0.0, 0.938
    if flow_at_fill(high, diameter_m, slope, manning) < flow_m3_s:
        return high
    for _ in range(50):
        middle = 0.5 * (low + high)
        if flow_at_fill(middle, diameter_m, slope, manning) < flow_m3_s:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@bare
def velocity_at(flow_m3_s: float, diameter_m: float, slope: float, manning: float) -> float:
    """Velocity in m/s at the fill the flow runs at; 0 without flow."""
    if flow_m3_s <= 0.0:
        return 0.0
    area, _ = _area_radius(fill_of(flow_m3_s, diameter_m, slope, manning), diameter_m)
    return flow_m3_s / area


@bare
def slope_limit(flow_m3_s: float, diameter_m: float, slope: float, manning: float, velocity_max: float) -> float:
    """The steepest slope, at most ``slope``, at which the velocity stays within its limit."""
    # The velocity at any fill is at most 1.14 times that of the full pipe: most pipes need no search.
    full = (diameter_m / 4.0) ** (2.0 / 3.0) * math.sqrt(slope) / manning
    if flow_m3_s <= 0.0 or full * 1.141 <= velocity_max:
        return slope
    if velocity_at(flow_m3_s, diameter_m, slope, manning) <= velocity_max:
        return slope
    low, high = 0.0, slope
    for _ in range(40):
        middle = 0.5 * (low + high)
        if velocity_at(flow_m3_s, diameter_m, middle, manning) <= velocity_max:
            low = middle
        else:
            high = middle
    return low
