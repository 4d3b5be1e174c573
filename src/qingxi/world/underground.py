"""Rock below steep ground and groundwater beside streams, and the roads that are to be rebuilt."""

import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features
from rasterio.transform import from_origin

from qingxi.world.chance import chance
from qingxi.world.land import Layer
from qingxi.world.relief import Relief, smooth_noise

_BLOCK = 4
_REBUILT_SHARE = 0.05


def make_ground(seed: int, relief: Relief) -> Layer:
    """Polygons of rock (steep blocks of 120 m) and of shallow groundwater (low beside streams)."""
    rng = chance(seed, "ground")
    slope = relief.blocks(relief.slope, _BLOCK)
    bumps = smooth_noise(rng, slope.shape, 8)
    kind = np.zeros(slope.shape, dtype=np.uint8)
    kind[relief.blocks(relief.above_stream_m, _BLOCK) + bumps < 1.5] = 1
    kind[slope + 0.03 * bumps > 0.24] = 2
    kind = features.sieve(kind, 4)
    step = _BLOCK * relief.cell_m
    got = list(
        features.shapes(
            kind, mask=kind > 0, transform=from_origin(relief.west_m, relief.north_m, step, step), connectivity=8
        )
    )
    shapes = np.array([shapely.make_valid(shapely.geometry.shape(g)) for g, _ in got], dtype=object)
    rock = [int(v) == 2 for _, v in got]
    depth = np.round(0.6 + rng.random(len(got)), 1)
    return Layer(
        shapes,
        {
            "kind": ["岩石" if r else "地下水" for r in rock],
            "water_depth_m": [float("nan") if r else float(d) for r, d in zip(rock, depth, strict=True)],
        },
    )


def rebuild_years(seed: int, kind: list[str]) -> npt.NDArray[np.object_]:
    """Year in which a street is to be rebuilt, as text; empty for most. Only roads between hamlets are."""
    rng = chance(seed, "rebuild")
    taken = (rng.random(len(kind)) < _REBUILT_SHARE) & (np.array(kind, dtype=object) == "road")
    year = rng.integers(2026, 2031, len(kind))
    return np.array([str(y) if t else "" for y, t in zip(year, taken, strict=True)], dtype=object)
