"""A layer as it was read: the file's own columns, its geometry, its rows as the user counts them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from qingxi.files.layer_source import LayerSource

ObjectArray = npt.NDArray[np.object_]
RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawLayer:
    """One layer before any column is understood.

    Attributes
    ----------
    rows : int64[n]
        Row as the user counts it: Excel row, CSV line, or feature number from 1.
    columns : dict of array[n]
        By the file's own headings.
    geometry : object[n]
        Shapely geometries in ``crs``, or None; all None for a plain table.
    crs : pyproj.CRS or None
        Horizontal CRS the file says it is in.
    encoding : str
        Text encoding it was read with; empty where the format settles it.
    """

    origin: LayerSource
    rows: RowNumbers
    columns: dict[str, npt.NDArray[np.generic]]
    geometry: ObjectArray
    crs: CRS | None
    encoding: str = ""
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return int(self.rows.size)

    def take(self, keep: npt.NDArray[np.bool_] | RowNumbers) -> "RawLayer":
        """The layer with only these rows (mask or positions)."""
        return RawLayer(
            self.origin,
            self.rows[keep],
            {name: values[keep] for name, values in self.columns.items()},
            self.geometry[keep],
            self.crs,
            self.encoding,
            self.notes,
        )

    def with_geometry(self, geometry: ObjectArray, crs: CRS | None) -> "RawLayer":
        """The layer with other geometry, row for row."""
        return RawLayer(self.origin, self.rows, self.columns, geometry, crs, self.encoding, self.notes)
