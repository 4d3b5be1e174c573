"""Writing layers as ordinary GIS files, the same bytes for the same content."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyproj
import rasterio
import shapely
from rasterio.transform import from_origin

from qingxi.world.relief import Relief

ZONE = "EPSG:4544"
GEOGRAPHIC = "EPSG:4490"


@contextmanager
def still_clock() -> Iterator[None]:
    """Within this block the files written carry no time of writing, so that the same county has the same bytes."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-11-22T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _column(values: Sequence[Any] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    got = np.asarray(values)
    return got.astype(object) if got.dtype.kind in "US" else got


def write_layer(
    path: Path,
    geometry: npt.NDArray[Any],
    columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]],
    *,
    crs: str = ZONE,
    kind: str,
    layer: str,
    driver: str = "GPKG",
    encoding: str | None = None,
) -> None:
    """Write one layer; an older file of that name is replaced. Geometries stand in ``crs``."""
    path.unlink(missing_ok=True)
    options: dict[str, Any] = {"layer": layer} if driver == "GPKG" else {}
    if driver == "GPKG":
        options["dataset_options"] = {"VERSION": "1.3"}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(geometry),
        field_data=[_column(v) for v in columns.values()],
        fields=list(columns),
        geometry_type=kind,
        crs=crs,
        driver=driver,
        encoding=encoding,
        **options,
    )


def to_degrees(geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """From the zone to CGCS2000 longitude and latitude, rounded to a millimetre or so."""
    change = pyproj.Transformer.from_crs(ZONE, GEOGRAPHIC, always_xy=True)

    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lon, lat = change.transform(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack([lon, lat]), 8)

    out: npt.NDArray[Any] = shapely.transform(geometry, moved)
    return out


def degrees(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude of points of the zone."""
    lon, lat = pyproj.Transformer.from_crs(ZONE, GEOGRAPHIC, always_xy=True).transform(np.asarray(x), np.asarray(y))
    return np.round(lon, 7), np.round(lat, 7)


def write_elevation(path: Path, relief: Relief) -> None:
    """Float32 GeoTIFF, deflated."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=relief.ground_m.shape[0],
        width=relief.ground_m.shape[1],
        count=1,
        dtype="float32",
        crs=ZONE,
        transform=from_origin(relief.west_m, relief.north_m, relief.cell_m, relief.cell_m),
        nodata=-9999.0,
        compress="deflate",
        predictor=3,
        zlevel=1,
        tiled=True,
    ) as out:
        out.write(relief.ground_m.astype(np.float32), 1)
