"""Waters, land use, protected areas."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Geometries = npt.NDArray[Any]  # shapely geometries


class ProtectedKind(StrEnum):
    """Protected areas by name; what may be built in each is in the table ``land_rules``."""

    FARMLAND = "永久基本农田"
    REDLINE = "生态保护红线"
    SOURCE_1 = "水源一级保护区"
    SOURCE_2 = "水源二级保护区"
    RIVER = "河道管理范围"
    HERITAGE = "文物"


@dataclass(frozen=True, slots=True)
class Waters:
    """Rivers, streams, ponds, reservoirs.

    Attributes
    ----------
    geometry : shapely geometries [n]
        Lines or polygons.
    name : text[n]
    kind : text[n]
        ``river``, ``stream``, ``pond`` or ``reservoir``.
    function_class : text[n]
        ``I`` to ``V`` of GB 3838, or empty where no function is defined.
    """

    geometry: Geometries
    name: npt.NDArray[Any]
    kind: npt.NDArray[Any]
    function_class: npt.NDArray[Any]

    def __len__(self) -> int:
        return int(self.geometry.shape[0])


@dataclass(frozen=True, slots=True)
class Land:
    """Land use: ``kind`` is farmland, orchard, forest, built or paddy; ``area_mu`` NaN: from the polygon."""

    geometry: Geometries
    kind: npt.NDArray[Any]
    area_mu: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.geometry.shape[0])


@dataclass(frozen=True, slots=True)
class Protected:
    """Protected polygons; ``kind`` is a value of :class:`ProtectedKind`."""

    geometry: Geometries
    kind: npt.NDArray[Any]

    def __len__(self) -> int:
        return int(self.geometry.shape[0])
