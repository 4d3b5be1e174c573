"""A plan as it was read back from its exported files: plain columns, nothing of the planner."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, npt.NDArray[Any]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Surroundings:
    """What lies around, from the input layers that could be reached; None: not reached or not given.

    Attributes
    ----------
    protected, waters, sewers, plants : tuple of arrays
        Shapely geometry in the plan's CRS, then the columns named in the comments below.
    household_rows : int or None
        Rows of the households layer, and how many of them the plan says it left out.
    """

    protected: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None  # geometry, kind
    waters: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None  # geometry, function_class
    water_kinds: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None  # geometry, kind
    sewers: tuple[npt.NDArray[Any], npt.NDArray[Any], Floats, npt.NDArray[Any]] | None = (
        None  # + id, spare, consent
    )
    plants: tuple[npt.NDArray[Any], npt.NDArray[Any], Floats, npt.NDArray[Any]] | None = (
        None  # + id, spare, consent
    )
    stock: tuple[npt.NDArray[Any], Floats, npt.NDArray[Any]] | None = (
        None  # existing plants: id, design, fault class
    )
    houses: Floats | None = None  # x, y of every usable row of the households layer
    household_rows: int | None = None
    rows_left_out: int = 0


@dataclass(frozen=True, repr=False)
class PlanRead:
    """A plan's layers and figures.

    Attributes
    ----------
    layers : dict
        Layer name to columns; point layers have ``x_m``, ``y_m``. A withheld layer has no rows.
    pipe_coords_m : float64[points, 2]
    pipe_offsets : int64[pipes + 1]
        Geometry of pipe i is ``pipe_coords_m[pipe_offsets[i]:pipe_offsets[i + 1]]``.
    figures : dict
        ``plan.json``.
    """

    layers: Mapping[str, Columns]
    pipe_coords_m: Floats
    pipe_offsets: npt.NDArray[np.int64]
    figures: Mapping[str, Any]
    around: Surroundings = field(default_factory=Surroundings)

    def rows(self, layer: str) -> int:
        """Rows of a layer; 0 for one that is not there."""
        columns = self.layers.get(layer, {})
        return next((int(values.shape[0]) for values in columns.values()), 0)

    def text(self, layer: str, name: str) -> npt.NDArray[Any]:
        """A text column."""
        return np.asarray(self.layers.get(layer, {}).get(name, np.zeros(0, dtype=object)))

    def numbers(self, layer: str, name: str) -> Floats:
        """A column as float64; NaN where withheld."""
        return np.asarray(self.layers.get(layer, {}).get(name, np.zeros(0)), dtype=np.float64)

    def whole(self, layer: str, name: str) -> npt.NDArray[np.int64]:
        """A column of whole numbers; raises ValueError on a missing one."""
        values = np.asarray(self.layers.get(layer, {}).get(name, np.zeros(0)), dtype=np.float64)
        return np.where(np.isfinite(values), values, -1).astype(np.int64)
