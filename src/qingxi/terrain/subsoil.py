"""What a trench is dug in: soil, soil below the groundwater, rock."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely


class Digging(IntEnum):
    """Ground of a trench (地层), cheap to dear; keys of the price table are the names in lower case."""

    SOIL = 0
    WET = 1
    ROCK = 2


@dataclass(frozen=True, slots=True)
class Subsoil:
    """Polygons of known ground; soil above the groundwater everywhere else.

    Attributes
    ----------
    geometry : shapely polygons [n]
    rock : bool[n]
        Rock stands within trench depth.
    water_depth_m : float64[n]
        Depth of the groundwater below the ground, 0 or more; NaN unknown or deep.
    """

    geometry: npt.NDArray[Any]
    rock: npt.NDArray[np.bool_]
    water_depth_m: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.geometry.shape[0])

    def __post_init__(self) -> None:
        if not self.geometry.shape[0] == self.rock.shape[0] == self.water_depth_m.shape[0]:
            raise ValueError("subsoil: geometry, rock and water_depth_m differ in length")
        if (self.water_depth_m < 0).any():
            raise ValueError("subsoil: a groundwater depth is negative")


def digging_at(
    subsoil: Subsoil | None, x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64], wet_depth_m: float
) -> npt.NDArray[np.int64]:
    """Ground at points, the dearest where polygons overlap; O((points + polygons) log points).

    Parameters
    ----------
    wet_depth_m : float
        Groundwater at most this deep stands in the trench.

    Returns
    -------
    int64[points]
        Values of :class:`Digging`.
    """
    kind = np.zeros(x_m.shape[0], dtype=np.int64)
    if subsoil is None or len(subsoil) == 0 or x_m.size == 0:
        return kind
    wet = subsoil.water_depth_m <= wet_depth_m
    of = np.where(subsoil.rock, int(Digging.ROCK), np.where(wet, int(Digging.WET), int(Digging.SOIL)))
    told = np.flatnonzero(of > 0)
    # The tree holds the many points; the few polygons ask, and are prepared once each.
    polygon, point = shapely.STRtree(shapely.points(x_m, y_m)).query(subsoil.geometry[told], predicate="intersects")
    np.maximum.at(kind, point, of[told][polygon])
    return kind
