"""A relief from heights: pits filled, waters found."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from qingxi.world.drainage import drained_cells, fill, height_above_stream, receivers
from qingxi.world.recipes.sketch import SOUTH_M, WEST_M
from qingxi.world.relief import FINE_M, STREAM_M2, Relief

F64 = npt.NDArray[np.float64]


def relief_of(heights_m: F64) -> Relief:
    """A relief over cells of 30 m from raw heights (row 0 in the north): it drains to the border from everywhere."""
    filled, order = fill(heights_m, 1e-3)
    ground = filled.astype(np.float32).astype(np.float64)  # what is stored is what is used
    to = receivers(ground)
    area = drained_cells(to, order) * FINE_M**2
    above, _ = height_above_stream(ground, to, order, area > STREAM_M2)
    return _relief(ground, area.reshape(ground.shape), to, above)


def flat_relief_of(heights_m: F64) -> Relief:
    """A relief whose waters are drawn by hand (canals): nothing drains over the ground, which lies at their level."""
    ground = heights_m.astype(np.float32).astype(np.float64)
    return _relief(ground, np.zeros(ground.shape), np.arange(ground.size), np.zeros(ground.shape))


def cells(width_m: float, height_m: float) -> tuple[int, int]:
    """Rows and columns of 30 m for a rectangle, whole settling cells (120 m)."""
    return 4 * int(np.ceil(height_m / 120)), 4 * int(np.ceil(width_m / 120))


def cell_centres(shape: tuple[int, int], every: int = 1) -> tuple[F64, F64]:
    """x of columns and y of rows, metres, of blocks of ``every`` cells."""
    step = FINE_M * every
    ny, nx = shape[0] // every, shape[1] // every
    x: F64 = WEST_M + (np.arange(nx, dtype=np.float64) + 0.5) * step
    y: F64 = SOUTH_M + (ny - np.arange(ny, dtype=np.float64) - 0.5) * step
    return x, y


def _relief(ground: F64, area: F64, to: npt.NDArray[np.int64], above: F64) -> Relief:
    slope = ndimage.gaussian_filter(np.hypot(*np.gradient(ground, FINE_M)), 1.0)
    return Relief(ground, WEST_M, SOUTH_M + ground.shape[0] * FINE_M, FINE_M, area, to, above, slope)
