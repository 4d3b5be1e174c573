"""What a recipe draws: ground, waters, ways and houses; the rest of a county is made from it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.world.land import Layer
from qingxi.world.recipes.ways import Ways
from qingxi.world.relief import Relief

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

WEST_M, SOUTH_M = 396_000.0, 3_348_000.0
"""South-west corner of the drawn ground in the computing zone, metres."""
MEAN_HAMLET = 75
"""Households of a hamlet on the mean; the number of hamlets follows from it."""


@dataclass(frozen=True)
class Sketch:
    """Ground, ways and houses as a recipe lays them out.

    Attributes
    ----------
    relief : Relief
    waters : Layer
        Lines and polygons in metres of the zone.
    ways : Ways
        Roads between hamlets and streets in them, joined at nodes.
    hamlet_node : int64[h]
        Node of ``ways`` that a hamlet's main street passes.
    hamlet_shape : int64[h]
        Shape by the numbers of ``settle``: COMPACT, RIBBON or SCATTERED.
    hamlet_target : int64[h]
        Households wanted there.
    house_x, house_y : float64[n]
        Metres of the zone.
    house_hamlet : int64[n]
        Ascending.
    wet : bool
        Whether groundwater stands high (canals).
    """

    relief: Relief
    waters: Layer
    ways: Ways
    hamlet_node: I64
    hamlet_shape: I64
    hamlet_target: I64
    house_x: F64
    house_y: F64
    house_hamlet: I64
    wet: bool = False


def hamlet_sizes(rng: np.random.Generator, households: int, low: int, high: int) -> I64:
    """Households of each hamlet: about :data:`MEAN_HAMLET` on the mean, skewed, adding up to the number asked for."""
    from qingxi.world.settle import share

    count = max(1, round(households / MEAN_HAMLET))
    drawn = np.clip(rng.lognormal(np.log(0.85 * MEAN_HAMLET), 0.55, count), low, high)
    return share(households, drawn)
