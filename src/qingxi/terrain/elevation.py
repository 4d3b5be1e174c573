"""Heights on a regular grid."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Elevation:
    """A raster of ground heights.

    Attributes
    ----------
    z_m : float32 or float64 [rows, columns]
        Height; NaN where unknown (declared nodata and absurd values alike, mended upstream).
    transform : six floats
        Affine (a, b, c, d, e, f): x = a·column + b·row + c, y = d·column + e·row + f, of the pixel's **corner**, as
        rasterio writes it. Must be north-up: b = d = 0, a > 0, e < 0.
    vertical_error_m : float
        Standard error of a height, 0 or more.
    """

    z_m: npt.NDArray[np.floating]
    transform: tuple[float, float, float, float, float, float]
    vertical_error_m: float

    def __post_init__(self) -> None:
        a, b, _, d, e, _ = self.transform
        if self.z_m.ndim != 2:
            raise ValueError(f"elevation has {self.z_m.ndim} dimensions, must have 2")
        if b != 0 or d != 0 or a <= 0 or e >= 0:
            raise ValueError(f"elevation transform {self.transform} is not north-up")
        if not self.vertical_error_m >= 0:
            raise ValueError(f"vertical_error_m is {self.vertical_error_m}, must be 0 or more")

    def at(self, x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Height at points, bilinear between pixel centres; NaN outside or where all four pixels are unknown.

        Where some of the four pixels are unknown the others' weights are scaled up: a house beside a hole keeps a
        height. Points within half a pixel outside the outermost centres take the edge's height.
        """
        a, _, c, _, e, f = self.transform
        rows, columns = self.z_m.shape
        col = (np.asarray(x_m, dtype=np.float64) - c) / a
        row = (np.asarray(y_m, dtype=np.float64) - f) / e
        inside = (col >= 0) & (col <= columns) & (row >= 0) & (row <= rows)
        u = np.clip(np.where(inside, col, 0.0) - 0.5, 0, columns - 1)
        v = np.clip(np.where(inside, row, 0.0) - 0.5, 0, rows - 1)
        j0 = np.minimum(u.astype(np.int64), max(columns - 2, 0))
        i0 = np.minimum(v.astype(np.int64), max(rows - 2, 0))
        j1 = np.minimum(j0 + 1, columns - 1)
        i1 = np.minimum(i0 + 1, rows - 1)
        du, dv = u - j0, v - i0
        total = np.zeros(col.shape)
        weight = np.zeros(col.shape)
        for i, j, w in (
            (i0, j0, (1 - du) * (1 - dv)),
            (i0, j1, du * (1 - dv)),
            (i1, j0, (1 - du) * dv),
            (i1, j1, du * dv),
        ):
            z = self.z_m[i, j].astype(np.float64)
            known = np.isfinite(z)
            total += np.where(known, z * w, 0.0)
            weight += np.where(known, w, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(inside & (weight > 1e-9), total / weight, np.nan)
