"""What a pipe of each diameter may fall: least and greatest, from fill, velocity and slope rules."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
STEPS = 60  # halvings; the angle is then exact to the last bits


def _angle_of_area(area_m2: Floats, diameter_m: Floats) -> Floats:
    """Wetted angle θ of a part-full pipe; NaN where the area is larger than the pipe's."""
    full = np.pi * diameter_m**2 / 4
    low, high = np.zeros_like(area_m2), np.full_like(area_m2, 2 * np.pi)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        less = diameter_m**2 / 8 * (middle - np.sin(middle)) < area_m2
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.where(area_m2 <= full, 0.5 * (low + high), np.nan)


def _slope_at(flow_m3_s: Floats, area_m2: Floats, angle: Floats, diameter_m: Floats, manning: float) -> Floats:
    radius = diameter_m / 4 * (1 - np.sin(angle) / angle)
    slope: Floats = (flow_m3_s * manning / (area_m2 * radius ** (2 / 3))) ** 2
    return slope


def fall_limits(
    flow_m3_s: Floats,
    length_m: Floats,
    diameter_m: Floats,
    fill_max: Floats,
    velocity_min_m_s: Floats,
    *,
    manning: float,
    velocity_max_m_s: float,
    slope_min: Floats | float = 0.0,
    small_flow_m3_s: float = 0.0,
    small_slope: float = 0.0,
) -> tuple[Floats, Floats]:
    """Least and greatest fall of every pipe at every diameter, m.

    Parameters
    ----------
    flow_m3_s, length_m : float64[pipes]
        Design flow and length.
    diameter_m, fill_max, velocity_min_m_s : float64[diameters]
        ``fill_max`` is the greatest h/D at the design flow (0 to 1).
    manning : float
        s/m^(1/3).
    velocity_max_m_s : float
        At the fill the design flow runs at.
    slope_min : float64[diameters] or float
        Least slope whatever the flow.
    small_flow_m3_s, small_slope : float
        Up to this flow the least velocity is not asked for, but this slope instead.

    Returns
    -------
    least, greatest : float64[pipes, diameters]
        A fall in between keeps every rule; least > greatest where none does. Velocity grows and fill falls with the
        slope (below the fill of greatest flow, h/D 0.938), so that the rules leave one interval.

    Raises
    ------
    ValueError
        When a fill lies outside 0 to 0.938.
    """
    if not ((fill_max > 0) & (fill_max <= 0.938)).all():
        raise ValueError(f"fill_max is {fill_max}, must lie above 0 and at most at 0.938")
    q, d = flow_m3_s[:, None], np.broadcast_to(diameter_m, (flow_m3_s.size, diameter_m.size))
    theta = np.broadcast_to(2 * np.arccos(1 - 2 * fill_max), d.shape)
    area = d**2 / 8 * (theta - np.sin(theta))
    least = np.maximum(_slope_at(q, area, theta, d, manning), slope_min)
    flows = q > 0
    small = np.broadcast_to(q <= small_flow_m3_s, d.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        slow = np.where(flows & (velocity_min_m_s > 0), q / velocity_min_m_s, np.inf)
        fast = np.where(flows, q / velocity_max_m_s, 0.0)
        # A wider section than the fill allows runs fast enough whenever it is not too full.
        slowest = np.where(
            slow < area, _slope_at(q, slow, _angle_of_area(np.minimum(slow, area), d), d, manning), 0.0
        )
        fastest = _slope_at(q, fast, _angle_of_area(fast, d), d, manning)
    least = np.where(small, np.maximum(least, small_slope), np.maximum(least, slowest))
    greatest = np.where(flows, np.where(fast <= area, fastest, -np.inf), np.inf)
    return least * length_m[:, None], greatest * length_m[:, None]
