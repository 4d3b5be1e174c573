"""A small invented village as ordinary GIS files, to be spoilt by tests one fault at a time.

A main street runs 300 m eastward and falls 2 %; two lanes leave it northward without a vertex of their own on it
that is missing: every junction is shared. Twelve houses stand 12 m beside the streets. The outlet is the east end.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio.raw
import rasterio
import shapely
from rasterio.transform import from_origin

CRS = "EPSG:4544"
EAST, NORTH = 400_000.0, 3_350_000.0


def write_vector(path, geometry, columns, crs=CRS, kind=None, layer=None, driver=None, **more):
    """Any geometry list and columns as a vector file; the driver follows from the suffix."""
    driver = driver or {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}[path.suffix]
    wkb = np.array([None if g is None else shapely.to_wkb(g) for g in geometry], dtype=object)
    kind = kind or next((g.geom_type for g in geometry if g is not None), "Point")
    pyogrio.raw.write(
        path,
        geometry=wkb,
        field_data=[
            np.array(values, dtype=object if isinstance(values[0], str) else None) for values in columns.values()
        ],
        fields=list(columns),
        geometry_type=kind,
        crs=crs,
        driver=driver,
        **({"layer": layer} if layer else {}),
        **more,
    )
    return path


def write_raster(path, heights, crs=CRS, cell=10.0, west=EAST - 200, north=NORTH + 400, nodata=None):
    """Heights as a one-band GeoTIFF."""
    high, wide = heights.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=wide, height=high, count=1, dtype="float32", crs=crs,
        transform=from_origin(west, north, cell, cell), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(heights.astype("float32"), 1)
    return path


def slope_eastward():
    """70 rows x 70 columns of 10 m that fall 2 % to the east from 520 m."""
    column = 520.0 - 0.02 * 10.0 * np.arange(70)
    return np.tile(column, (70, 1))


@dataclass
class Village:
    """What stands in the village before anybody spoils it."""

    folder: Path
    houses: list = field(default_factory=list)
    columns: dict = field(default_factory=dict)
    streets: list = field(default_factory=list)
    heights: np.ndarray = field(default_factory=slope_eastward)

    def __post_init__(self):
        e, n = EAST, NORTH
        self.houses = [shapely.Point(e + 20 + 50 * i, n - 12) for i in range(6)]
        self.houses += [shapely.Point(e + 100 + 12, n + 30 + 40 * i) for i in range(3)]
        self.houses += [shapely.Point(e + 200 + 12, n + 30 + 40 * i) for i in range(3)]
        self.columns = {
            "id": [f"H{i + 1:02}" for i in range(12)],
            "people_resident": [3.0] * 12,
        }
        self.streets = [
            shapely.LineString([(e, n), (e + 100, n), (e + 200, n), (e + 300, n)]),
            shapely.LineString([(e + 100, n), (e + 100, n + 130)]),
            shapely.LineString([(e + 200, n), (e + 200, n + 130)]),
        ]

    def write(self):
        """Write what there is now; gives the command-line arguments that read it."""
        f = self.folder
        write_vector(f / "households.gpkg", self.houses, self.columns)
        write_vector(f / "streets.gpkg", self.streets, {"id": [str(i) for i in range(len(self.streets))]})
        write_raster(f / "dem.tif", self.heights)
        return self.arguments()

    def arguments(self, **other):
        paths = {"households": "households.gpkg", "streets": "streets.gpkg", "elevation": "dem.tif"} | other
        args = []
        for name, file in paths.items():
            args += [f"--{name}", str(self.folder / file)]
        return [*args, f"--outlet={EAST + 300},{NORTH}", "--vertical-error", "0.1"]
