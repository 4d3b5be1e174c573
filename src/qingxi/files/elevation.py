"""Reading elevation (高程) and mending what real rasters hold: undeclared nodata, spikes, holes."""

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS
from rasterio.crs import CRS as RasterCRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.fill import fillnodata
from rasterio.transform import Affine, array_bounds, from_origin
from rasterio.warp import calculate_default_transform, reproject, transform_bounds
from rasterio.windows import Window, from_bounds
from rasterio.windows import transform as window_transform
from scipy import ndimage

from qingxi.files.computing_crs import gap_km, name_of
from qingxi.files.foreign_words import in_chinese
from qingxi.files.height_unit import metres_per_unit
from qingxi.files.layer_source import LayerSource
from qingxi.files.rules import Faults
from qingxi.files.vector import crs_of, file_stands
from qingxi.standard import load_table
from qingxi.terrain import Elevation

LOWEST_M, HIGHEST_M = -450.0, 9000.0
"""No land lies outside these."""

KNOWN_NODATA = (-32768.0, -32767.0, -9999.0, -99999.0, 32767.0, 65535.0)
RING = 3
FILL_CELLS = 5
"""A hole is small, and filled, when it is no wider than this many cells one way."""

Floats32 = npt.NDArray[np.float32]


def _declared(band: npt.NDArray[np.generic], nodata: float | None) -> Floats32:
    values = band.astype(np.float32)
    if nodata is not None and np.isfinite(nodata):
        values[band == np.array(nodata).astype(band.dtype)] = np.nan
    return values


def mend(values: Floats32, cell_m: float, label: str, faults: Faults) -> Floats32:
    """Heights with the absurd made missing and the small gaps filled; large holes stay NaN and are named.

    Rules, in this order: values known as nodata elsewhere; heights no land has; exact zeros in a raster that
    otherwise lies well above the sea; spikes of up to 3 x 3 cells that stand out of the ring around them.
    """
    values = values.copy()
    was_missing = ~np.isfinite(values)
    values[was_missing] = np.nan
    for known in KNOWN_NODATA:
        hit = values == known
        if hit.any():
            faults.add("height-nodata", label, int(hit.sum()), f"{known:g}", value=f"{known:g}")
            values[hit] = np.nan
    absurd = (values < LOWEST_M) | (values > HIGHEST_M)
    if absurd.any():
        worst = values[absurd][np.argmax(np.abs(values[absurd]))]
        code = "height-nodata" if abs(worst) > 1e6 else "height-absurd"
        about = (int(absurd.sum()), f"{worst:.4g}") if code == "height-nodata" else (int(absurd.sum()),)
        faults.add(code, label, *about, value=f"{worst:.4g}")
        values[absurd] = np.nan
    zero = values == 0.0
    rest = values[np.isfinite(values) & ~zero]
    if zero.any() and rest.size and np.percentile(rest, 1) > 30.0:
        faults.add("height-nodata", label, int(zero.sum()), "0", value="0")
        values[zero] = np.nan
    spikes, threshold = _spikes(values, cell_m)
    if spikes.any():
        worst = values[spikes][0]
        faults.add("height-spike", label, int(spikes.sum()), f"{threshold:.0f}", value=f"{worst:.1f}")
        values[spikes] = np.nan
    return _fill(values, spikes, label, faults)


def _ring(values: Floats32, pick: str, beyond: float) -> Floats32:
    """Highest or lowest of the square ring three cells away from each cell; missing cells count as ``beyond``."""
    known = np.where(np.isfinite(values), values, np.float32(beyond))
    sweep = ndimage.maximum_filter1d if pick == "high" else ndimage.minimum_filter1d
    best = np.maximum if pick == "high" else np.minimum
    out = np.full(values.shape, np.float32(beyond))
    for axis in (0, 1):
        side = sweep(known, 2 * RING + 1, axis=1 - axis, mode="nearest")
        near, far = [slice(None)] * 2, [slice(None)] * 2
        near[axis], far[axis] = slice(RING, None), slice(None, -RING)
        out[tuple(near)] = best(out[tuple(near)], side[tuple(far)])
        out[tuple(far)] = best(out[tuple(far)], side[tuple(near)])
    return out


def _spikes(values: Floats32, cell_m: float) -> tuple[npt.NDArray[np.bool_], float]:
    """Cells further above (below) every cell of the ring around them than any slope explains.

    A cliff or a ridge goes on through the ring, a spike does not. The threshold grows with the cell: 50 m, and 3 m a
    metre of cell where that is more, as steep as rock stands.
    """
    threshold = max(50.0, 3.0 * cell_m)
    if min(values.shape) <= 2 * RING:
        return np.zeros(values.shape, dtype=np.bool_), threshold
    high, low = _ring(values, "high", -np.inf), _ring(values, "low", np.inf)
    with np.errstate(invalid="ignore"):
        up = np.isfinite(high) & (values > high + threshold)
        down = np.isfinite(low) & (values < low - threshold)
    return np.isfinite(values) & (up | down), threshold


def _fill(values: Floats32, spikes: npt.NDArray[np.bool_], label: str, faults: Faults) -> Floats32:
    """Fill holes no wider than ``FILL_CELLS`` one way; name the larger ones that do not reach the edge."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    if missing.all():
        faults.add("height-none", label)
        return values
    pieces, count = ndimage.label(missing, structure=np.ones((3, 3), dtype=int))
    small = np.zeros(count + 1, dtype=np.bool_)
    rows, columns = values.shape
    for number, box in enumerate(ndimage.find_objects(pieces), start=1):
        high, wide = box[0].stop - box[0].start, box[1].stop - box[1].start
        at_edge = box[0].start == 0 or box[1].start == 0 or box[0].stop == rows or box[1].stop == columns
        if min(high, wide) <= FILL_CELLS and max(high, wide) <= 4 * FILL_CELLS:
            # At the edge only a pinprick is filled: beyond it nothing is known.
            small[number] = not at_edge or max(high, wide) <= 2
        if not at_edge and not small[number]:
            cells = int((pieces[box] == number).sum())
            where = f"第 {(box[0].start + box[0].stop) // 2} 行第 {(box[1].start + box[1].stop) // 2} 列"
            faults.add("height-hole", label, where, cells, value=f"{cells} 格")
    fill = small[pieces]
    if fill.any():
        known = (~missing).astype(np.uint8)
        filled = fillnodata(values, mask=known, max_search_distance=float(4 * FILL_CELLS))
        values[fill] = filled[fill]
        others = int((fill & ~spikes).sum())
        if others:
            faults.add("height-filled", label, others)
    return values


def read_elevation(
    origin: LayerSource,
    crs: CRS,
    around: npt.NDArray[np.float64],
    faults: Faults,
    *,
    margin_m: float = 3000.0,
    fallback: CRS | None = None,
) -> tuple[Elevation, str] | None:
    """Read the part of a raster around the households into the computing CRS.

    Parameters
    ----------
    around : float64[4]
        xmin, ymin, xmax, ymax of the households in ``crs``.
    margin_m : float
        How far beyond them the grid reaches, where the file does.
    fallback : pyproj.CRS or None
        Tried when the raster carries no CRS.

    Returns
    -------
    (Elevation, str) or None
        The heights and the file's own CRS; None when it cannot be used, with the reason among the faults.
    """
    if not file_stands(origin, faults):
        return None
    try:
        with rasterio.open(origin.path) as file:
            own = crs_of(file.crs.to_wkt() if file.crs else origin.crs, origin, faults)
            if own is None and fallback is not None and not faults.has("crs-unknown"):
                own = fallback
                faults.add("crs-assumed", origin.label, f" {name_of(own)} ", name="crs")
            if own is None:
                faults.add("no-crs", origin.label, name="crs")
                return None
            return _read(file, own, origin, crs, around, margin_m, faults)
    except RasterioError as error:
        faults.add("file-unreadable", origin.label, name=origin.name, value=in_chinese(error))
        return None


def _read(
    file: rasterio.io.DatasetReader,
    own: CRS,
    origin: LayerSource,
    crs: CRS,
    around: npt.NDArray[np.float64],
    margin_m: float,
    faults: Faults,
) -> tuple[Elevation, str] | None:
    label = origin.label
    if file.count > 1:
        faults.add("raster-bands", label, value=f"{file.count} 个波段")
    source, target = RasterCRS.from_wkt(own.to_wkt()), RasterCRS.from_wkt(crs.to_wkt())
    extent = np.array(transform_bounds(source, target, *file.bounds, densify_pts=21))
    apart = gap_km(extent, around)
    if not np.isfinite(extent).all() or apart > 0.0:
        code = "layers-apart" if not np.isfinite(apart) or apart > 50.0 else "raster-apart"
        faults.add(code, label, f"{apart:.0f}", name="crs", value=name_of(own))
        return None
    window = _window(file, source, target, around, margin_m)
    values = _declared(file.read(1, window=window), file.nodata)
    unit = metres_per_unit(file.units[0], file.crs.to_wkt() if file.crs else "")
    if unit != 1.0:
        faults.add("height-feet", label, f"{unit:.4g}", value=file.units[0] or "英尺")
        values = (values * np.float32(unit)).astype(np.float32)
    transform: Affine = window_transform(window, file.transform)
    upright = transform.b == 0 and transform.d == 0 and transform.a > 0 and transform.e < 0
    if not upright:
        faults.add("raster-tilted", label)
    metres = abs(transform.a) if own.is_projected else abs(transform.a) * 111_320.0
    values = mend(values, metres, label, faults)
    if not np.isfinite(values).any():
        return None
    if own != crs or not upright:
        values, transform = _warped(values, source, transform, target)
    error = origin.vertical_error_m
    if error is None:
        error = load_table("survey")["elevation.error_undeclared"]
    a, b, c, d, e, f = tuple(transform)[:6]
    return Elevation(values, (a, b, c, d, e, f), error), name_of(own)


def _window(
    file: rasterio.io.DatasetReader,
    source: RasterCRS,
    target: RasterCRS,
    around: npt.NDArray[np.float64],
    margin_m: float,
) -> Window:
    """The part of the file that is needed; the whole file when it is tilted."""
    whole = Window(0, 0, file.width, file.height)
    if file.transform.b or file.transform.d:
        return whole
    x0, y0, x1, y1 = around
    box = transform_bounds(target, source, x0 - margin_m, y0 - margin_m, x1 + margin_m, y1 + margin_m)
    asked = from_bounds(*box, transform=file.transform).round_offsets().round_lengths()
    return asked.intersection(whole)


def _warped(values: Floats32, source: RasterCRS, transform: Affine, target: RasterCRS) -> tuple[Floats32, Affine]:
    """Bilinear resampling to square cells in the computing CRS."""
    rows, columns = values.shape
    bounds = array_bounds(rows, columns, transform)
    fitted, _, _ = calculate_default_transform(source, target, columns, rows, *bounds)
    cell = float(round(abs(fitted.a), 3))
    west, south, east, north = transform_bounds(source, target, *bounds, densify_pts=21)
    wide, high = max(int(np.ceil((east - west) / cell)), 1), max(int(np.ceil((north - south) / cell)), 1)
    out = np.full((high, wide), np.nan, dtype=np.float32)
    to = from_origin(west, north, cell, cell)
    reproject(
        values,
        out,
        src_transform=transform,
        src_crs=source,
        src_nodata=np.nan,
        dst_transform=to,
        dst_crs=target,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return out, to
