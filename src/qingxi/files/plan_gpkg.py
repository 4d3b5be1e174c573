"""Writing and reading ``plan.gpkg``: every layer of a plan in one GeoPackage."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyogrio.raw
import shapely

from qingxi.files.plan_layers import COLUMNS, POINT_LAYERS, columns_of, rows_of
from qingxi.plan import PlanTables

WRITTEN = "2000-01-01T00:00:00.000Z"
"""A fixed moment: the same plan gives the same bytes."""


def write_plan_gpkg(path: Path, tables: PlanTables, crs: str) -> None:
    """Write all layers; one without rows is written too, with its columns.

    Parameters
    ----------
    crs : str
        As pyproj understands it, of all coordinates in the tables.
    """
    path.unlink(missing_ok=True)
    # A fresh file needs no flush after every layer: a broken run is simply run again. No time of writing stands in it.
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": WRITTEN})
    try:
        for layer in COLUMNS:
            if layer == "overrides" and not rows_of(tables.overrides):
                continue  # nobody decided anything
            columns = getattr(tables, layer)
            geometry = _geometry(layer, tables)
            _append(path, layer, columns_of(layer, columns), geometry, crs)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _geometry(layer: str, tables: PlanTables) -> npt.NDArray[Any] | None:
    columns = getattr(tables, layer)
    if layer in POINT_LAYERS:
        if not rows_of(columns):
            return np.zeros(0, dtype=object)
        x, y = np.asarray(columns["x_m"], dtype=float), np.asarray(columns["y_m"], dtype=float)
        points = np.full(x.size, None, dtype=object)
        there = np.isfinite(x) & np.isfinite(y)
        points[there] = shapely.to_wkb(shapely.points(x[there], y[there]))
        return points
    if layer == "pipes":
        return pipe_lines(tables)
    return None


def pipe_lines(tables: PlanTables) -> npt.NDArray[Any]:
    """The pipes' lines as WKB, object[n]."""
    counts = np.diff(tables.pipe_offsets)
    if counts.size == 0:
        return np.zeros(0, dtype=object)
    index = np.repeat(np.arange(counts.size), counts)
    lines = shapely.linestrings(np.asarray(tables.pipe_coords_m, dtype=float), indices=index)
    wkb: npt.NDArray[Any] = shapely.to_wkb(lines)
    return wkb


def _append(
    path: Path, layer: str, columns: dict[str, npt.NDArray[Any]], geometry: npt.NDArray[Any] | None, crs: str
) -> None:
    names = list(columns)
    kind = {"pipes": "LineString", "systems": None, "affordability": None, "overrides": None}.get(layer, "Point")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=geometry if kind else None,
            field_data=[columns[name] for name in names],
            fields=names,
            layer=layer,
            driver="GPKG",
            geometry_type=kind,
            crs=crs if kind else None,
            append=path.exists(),
            SPATIAL_INDEX="YES" if kind else "NO",
        )


def read_plan_layer(path: Path, layer: str) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[Any] | None]:
    """One layer of a plan: columns, and shapely geometry (None for ``systems``).

    Point layers get ``x_m`` and ``y_m`` columns beside.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        meta, _, wkb, data = pyogrio.raw.read(path, layer=layer)
    columns = {str(name): values for name, values in zip(meta["fields"], data, strict=True)}
    for name, kind in COLUMNS.get(layer, {}).items():
        if name not in columns:
            continue
        if kind == "t":
            columns[name] = np.array(["" if v is None else str(v) for v in columns[name]], dtype=object)
        elif kind == "f":
            columns[name] = columns[name].astype(np.float64)
    if wkb is None:
        return columns, None
    geometry = shapely.from_wkb(wkb)
    if layer in POINT_LAYERS:
        columns["x_m"], columns["y_m"] = shapely.get_x(geometry), shapely.get_y(geometry)
    return columns, geometry


def layer_names(path: Path) -> list[str]:
    """Names of the layers in a GeoPackage."""
    return [str(name) for name, _ in pyogrio.list_layers(path)]


def crs_name_of(path: Path, layer: str) -> str:
    """CRS of a layer as the file names it."""
    return str(pyogrio.read_info(path, layer=layer)["crs"] or "")
