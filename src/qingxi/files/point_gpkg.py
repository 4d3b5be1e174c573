"""One layer of points as a GeoPackage: what a list with coordinates looks like in a GIS."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CRS = "EPSG:4490"


def point_gpkg(
    layer: str, columns: Mapping[str, Sequence[Any]], lon: Sequence[float], lat: Sequence[float]
) -> bytes:
    """The points (CGCS2000 longitude and latitude in degrees; NaN: no point) with their columns, as the bytes of a GeoPackage."""
    import numpy as np
    import pyogrio
    import pyogrio.raw
    import shapely

    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    points = np.full(x.size, None, dtype=object)
    there = np.isfinite(x) & np.isfinite(y)
    points[there] = shapely.to_wkb(shapely.points(x[there], y[there]))
    data = [
        np.asarray(values, dtype=float if all(isinstance(v, int | float) for v in values) and values else object)
        for values in columns.values()
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.gpkg"
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z"})
        try:
            pyogrio.raw.write(
                path, geometry=points, field_data=data, fields=list(columns), layer=layer, driver="GPKG",
                geometry_type="Point", crs=CRS,
            )  # fmt: skip
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
        return path.read_bytes()
