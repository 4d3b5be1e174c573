"""A small invented ground for tests: streets on a plane, houses beside them.

Plane: z = 100 + rise_x · x + rise_y · y. Raster of 10 m cells around the origin, wide enough for every test.
"""

import numpy as np

from qingxi.plan import PlanInput
from qingxi.terrain import Elevation, Streets
from qingxi.village import DataLevel, Households


def plane(rise_x: float = 0.0, rise_y: float = 0.0, *, half_m: float = 1500.0, error_m: float = 0.05) -> Elevation:
    """Heights of the plane at pixel centres; bilinear sampling gives the plane back exactly."""
    cells = int(2 * half_m / 10)
    centre = -half_m + 10 * np.arange(cells) + 5
    x, y = np.meshgrid(centre, -centre)
    return Elevation(100 + rise_x * x + rise_y * y, (10.0, 0.0, -half_m, 0.0, -10.0, half_m), error_m)


def street_of_houses(
    count: int = 10,
    *,
    rise_x: float = -0.01,
    gap_m: float = 20.0,
    mode: str = "free",
    outlet: bool = True,
    people: float = 3.0,
    **more: object,
) -> PlanInput:
    """One straight street along x from 0, houses 10 m beside it every ``gap_m``; the outlet at its far end."""
    x = gap_m * (0.5 + np.arange(count))
    length = gap_m * count
    fields: dict[str, object] = {
        "level": DataLevel.L2,
        "mode": mode,
        "households": Households.at(x, np.full(count, 10.0), people_resident=people),
        "streets": Streets.from_lines([[(0.0, 0.0), (length, 0.0)]]),
        "elevation": plane(rise_x),
        "outlets_m": np.array([[length, 0.0]]) if outlet else np.zeros((0, 2)),
    }
    return PlanInput(**(fields | more))  # type: ignore[arg-type]


def random_village(seed: int, houses: int = 24, **more: object) -> PlanInput:
    """A grid of streets on a bumpy slope with houses beside them, all by seed."""
    rng = np.random.default_rng(seed)
    side = 120.0
    lines = [[(0, i * side), (3 * side, i * side)] for i in range(3)]
    lines += [[(i * side, 0), (i * side, 2 * side)] for i in range(4)]
    keep = rng.random(len(lines)) < 0.85
    keep[0] = True
    lines = [line for line, k in zip(lines, keep, strict=True) if k]
    base = plane(rng.uniform(-0.03, 0.03), rng.uniform(-0.03, 0.03))
    bumps = rng.normal(0, 1.0, (32, 32)).repeat(10, 0).repeat(10, 1)[: base.z_m.shape[0], : base.z_m.shape[1]]
    x = rng.uniform(-20, 3 * side + 20, houses)
    y = rng.uniform(-20, 2 * side + 20, houses)
    fields: dict[str, object] = {
        "level": DataLevel.L2,
        "households": Households.at(x, y, people_resident=rng.integers(0, 6, houses).astype(float)),
        "streets": Streets.from_lines(lines, rng.integers(0, 3, len(lines))),
        "elevation": Elevation(base.z_m + bumps, base.transform, 0.05),
        "outlets_m": np.array([[0.0, 0.0]]),
        "effort": 0.05,
    }
    return PlanInput(**(fields | more))  # type: ignore[arg-type]
