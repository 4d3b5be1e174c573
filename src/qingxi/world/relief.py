"""Believable ground: hills worn by their own streams, flat valley floors, and no pit anywhere.

A coarse surface rises and is worn down until a valley network stands; it is bent a little when refined, so that
streams wander, valley floors are flattened by their height above the stream, and pits are filled last. What comes
out drains: from every cell a falling path leads to the border.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from qingxi.world.chance import chance
from qingxi.world.drainage import drained_cells, erode, fill, height_above_stream, receivers

F64 = npt.NDArray[np.float64]

FINE_M = 30.0
COARSE_M = 120.0
STREAM_M2 = 1.5e6
"""Drainage area at which a stream is drawn and has a bed."""


@dataclass(frozen=True)
class Relief:
    """Ground of a rectangle; row 0 is the north edge.

    Attributes
    ----------
    ground_m : float64[ny, nx]
    west_m, north_m : float
        Outer corner of cell (0, 0) in the computing zone.
    area_m2 : float64[ny, nx]
        Drainage area.
    to : int64[ny * nx]
        Flat index of the cell that each cell drains to; itself at the border.
    above_stream_m : float64[ny, nx]
    slope : float64[ny, nx]
        Metres per metre.
    """

    ground_m: F64
    west_m: float
    north_m: float
    cell_m: float
    area_m2: F64
    to: npt.NDArray[np.int64]
    above_stream_m: F64
    slope: F64

    def at(self, layer: F64, x: npt.ArrayLike, y: npt.ArrayLike) -> F64:
        """Bilinear value of a layer of this shape at points in the zone; the edge value outside."""
        col = (np.asarray(x, dtype=float) - self.west_m) / self.cell_m - 0.5
        row = (self.north_m - np.asarray(y, dtype=float)) / self.cell_m - 0.5
        got: F64 = ndimage.map_coordinates(layer, [row, col], order=1, mode="nearest")
        return got

    def height(self, x: npt.ArrayLike, y: npt.ArrayLike) -> F64:
        """Ground in metres at points."""
        return self.at(self.ground_m, x, y)

    def blocks(self, layer: F64, cells: int, *, most: bool = False) -> F64:
        """Means (or maxima) of a layer over square blocks of so many cells; a rest at the edge is left out."""
        ny, nx = (n // cells for n in self.ground_m.shape)
        cut = layer[: ny * cells, : nx * cells].reshape(ny, cells, nx, cells)
        got: F64 = cut.max(axis=(1, 3)) if most else cut.mean(axis=(1, 3))
        return got

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres."""
        ny, nx = self.ground_m.shape
        return (self.west_m, self.north_m - ny * self.cell_m, self.west_m + nx * self.cell_m, self.north_m)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: float) -> F64:
    """Noise of unit spread whose bumps are about ``cells`` wide."""
    coarse = (max(4, int(shape[0] / cells) + 4), max(4, int(shape[1] / cells) + 4))
    grid = rng.standard_normal(coarse)
    rows = np.linspace(1, coarse[0] - 2, shape[0])
    cols = np.linspace(1, coarse[1] - 2, shape[1])
    out: F64 = ndimage.map_coordinates(grid, np.meshgrid(rows, cols, indexing="ij"), order=3, mode="nearest")
    return out / max(float(out.std()), 1e-9)


def _valleys(seed: int, shape: tuple[int, int]) -> F64:
    """The coarse ground with its valley network."""
    rng = chance(seed, "relief")
    ny, nx = shape
    row, col = np.meshgrid(np.linspace(0, 1, ny), np.linspace(0, 1, nx), indexing="ij")
    wide = max(ny, nx) / 6
    start = (
        130
        + 70 * (1 - col)
        + 40 * (1 - row)
        + 20 * smooth_noise(rng, shape, wide / 2)
        + 14 * rng.standard_normal(shape)
    )
    start += 16 * smooth_noise(rng, shape, 9)
    # Base level: the whole border is an outlet, but it is high except in the south-east, where the river leaves.
    edge = np.minimum.reduce([row, 1 - row, col, 1 - col])
    leaves = np.hypot(col - 1.0, row - 0.72)
    start = np.where(edge <= 0, 95 * np.clip(leaves - 0.05, 0, 2) ** 0.8, start)
    rugged = 0.75 + 1.5 * (1 - col) * (1 - 0.5 * row) + 0.3 * smooth_noise(rng, shape, wide / 1.5)
    uplift = 4.0 * np.clip(rugged, 0.35, 3.0)
    # At rest slope = uplift / (rate area^0.5): 30 per metre of sqrt(area), 3 % at 1 km2 and 0.3 % at 100 km2.
    rate = 4.0 / 30.0 * np.exp(0.35 * rng.standard_normal(shape) + 0.35 * smooth_noise(rng, shape, 7))
    return erode(start, uplift, rate, COARSE_M, 0.5, 0.35, 50)


def _flatten_floors(coarse: F64) -> F64:
    """Press what is only a little above the stream towards it: flood plains and terraces."""
    filled, order = fill(coarse, 1e-3)
    to = receivers(filled)
    area = drained_cells(to, order) * COARSE_M**2
    above, into = height_above_stream(filled, to, order, area > STREAM_M2)
    size = np.clip(np.log10(area[into] / STREAM_M2), 0.0, 3.0).reshape(coarse.shape)
    floor = 6.0 + 14.0 * size
    return filled - above + above * above / (above + floor)


def make_relief(seed: int, width_m: float, height_m: float, west_m: float, south_m: float) -> Relief:
    """Ground for a rectangle of the zone; sides are rounded up to whole coarse cells.

    Cost: about 2 s for 1,000 km2.
    """
    shape = (int(np.ceil(height_m / COARSE_M)), int(np.ceil(width_m / COARSE_M)))
    coarse = _flatten_floors(_valleys(seed, shape))
    rng = chance(seed, "relief-detail")
    times = int(COARSE_M / FINE_M)
    fine = (shape[0] * times, shape[1] * times)
    bend_row = 0.55 * smooth_noise(rng, fine, 26) + 0.25 * smooth_noise(rng, fine, 11)
    bend_col = 0.55 * smooth_noise(rng, fine, 26) + 0.25 * smooth_noise(rng, fine, 11)
    rows = (np.arange(fine[0]) + 0.5)[:, None] / times - 0.5 + bend_row
    cols = (np.arange(fine[1]) + 0.5)[None, :] / times - 0.5 + bend_col
    ground = ndimage.map_coordinates(coarse, [rows, cols], order=3, mode="nearest")
    steep = ndimage.gaussian_filter(np.hypot(*np.gradient(ground, FINE_M)), 3)
    rough = 10 * smooth_noise(rng, fine, 12) + 4 * smooth_noise(rng, fine, 5)
    ground = ground + rough * np.clip(steep - 0.03, 0, 0.4)
    filled, order = fill(ground, 2e-3)
    to = receivers(filled)
    area = drained_cells(to, order) * FINE_M**2
    # Stream beds deepen downstream, so that carving them makes no new pit.
    filled = filled - np.clip(0.8 * np.log10(np.maximum(area, 1) / (STREAM_M2 / 3)), 0, 3).reshape(fine)
    filled, order = fill(filled + 320.0 - float(filled.min()), 2e-3)
    ground32 = filled.astype(np.float32).astype(np.float64)  # what is stored is what is used
    to = receivers(ground32)
    area = drained_cells(to, order) * FINE_M**2
    above, _ = height_above_stream(ground32, to, order, area > STREAM_M2)
    slope = ndimage.gaussian_filter(np.hypot(*np.gradient(ground32, FINE_M)), 1.0)
    north = south_m + fine[0] * FINE_M
    return Relief(ground32, west_m, north, FINE_M, area.reshape(fine), to, above, slope)
