"""Choosing the CRS a county is computed in (计算坐标系), and bringing layers into it."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import ProjError

from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults

CHINA = (73.0, 3.0, 136.0, 54.0)
"""Longitude and latitude box within which CGCS2000 zones are used."""

APART_KM = 50.0
"""Layers of one county further apart than this are in a wrong CRS."""

_FIRST_ZONE, _FIRST_MERIDIAN = 4534, 75  # EPSG:4534 is CGCS2000 / 3-degree CM 75E, then one every 3 degrees


def zone_for(lon: float, lat: float) -> CRS:
    """CGCS2000 3-degree zone without prefix in China, else the WGS 84 UTM zone."""
    west, south, east, north = CHINA
    if west <= lon <= east and south <= lat <= north:
        meridian = min(max(round(lon / 3) * 3, 75), 135)
        return CRS.from_epsg(_FIRST_ZONE + (meridian - _FIRST_MERIDIAN) // 3)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def is_metric(crs: CRS) -> bool:
    """Whether lengths in this projected CRS are metres on the ground (Web Mercator's are not)."""
    return (
        crs.is_projected
        and all(abs(axis.unit_conversion_factor - 1.0) < 1e-9 for axis in crs.axis_info[:2])
        and crs.to_epsg() not in (3857, 3785, 900913)
        and "mercator"
        not in (crs.coordinate_operation.method_name if crs.coordinate_operation else "")
        .lower()
        .replace("transverse mercator", "")
    )


def middle(geometry: npt.NDArray[np.object_], crs: CRS) -> tuple[float, float]:
    """Longitude and latitude of the median point of a layer; NaN when it cannot be had."""
    points = shapely.get_coordinates(shapely.centroid(geometry[~shapely.is_missing(geometry)]))
    if not len(points):
        return float("nan"), float("nan")
    x, y = np.nanmedian(points, axis=0)
    lon, lat = Transformer.from_crs(crs, 4490, always_xy=True).transform(x, y)
    return float(lon), float(lat)


def choose(households: RawLayer, wanted: CRS | None, faults: Faults) -> CRS:
    """The computing CRS: the county's own word; else the households' if in metres; else the zone of their middle.

    Raises
    ------
    ValueError
        When the households have no CRS.
    """
    if wanted is not None and is_metric(wanted):
        return wanted
    if households.crs is None:
        raise ValueError("households have no CRS")
    lon, lat = middle(households.geometry, households.crs)
    if is_metric(households.crs):
        return households.crs
    zone = zone_for(lon, lat)
    west, south, east, north = CHINA
    if not (west <= lon <= east and south <= lat <= north):
        faults.add("crs-outside-china", households.origin.label, f" {zone.name} ", name="crs")
    return zone


def name_of(crs: CRS | None) -> str:
    """``EPSG:4544`` where it has a code, else its name."""
    if crs is None:
        return ""
    code = crs.to_epsg(min_confidence=60)
    return f"EPSG:{code}" if code else str(crs.name)


def _axes_fault(layer: RawLayer, bounds: npt.NDArray[np.float64], faults: Faults) -> bool:
    """Whether coordinates cannot be what the CRS says; says which way they are wrong."""
    assert layer.crs is not None
    if not layer.crs.is_geographic:
        return False
    x0, y0, x1, y1 = bounds
    if x0 >= -180.5 and x1 <= 180.5 and y0 >= -90.0 and y1 <= 90.0:
        swapped = CHINA[1] <= x0 and x1 <= CHINA[3] and y0 >= CHINA[0]
        if not swapped:
            return False
    elif x0 >= -90.0 and x1 <= 90.0 and y0 >= -180.0 and y1 <= 180.0:
        pass
    else:
        faults.add("crs-impossible", layer.origin.label, name_of(layer.crs), value=f"{x0:.1f},{y0:.1f}")
        return True
    faults.add("axes-swapped", layer.origin.label, value=f"{x0:.4f},{y0:.4f}")
    return True


def possible(layer: RawLayer, faults: Faults) -> bool:
    """Whether a layer's coordinates can be what its CRS says."""
    if layer.crs is None:
        return False
    bounds = shapely.total_bounds(layer.geometry)
    return not np.isfinite(bounds).all() or not _axes_fault(layer, bounds, faults)


def into(layer: RawLayer, crs: CRS, faults: Faults) -> RawLayer | None:
    """The layer in the computing CRS; None when its coordinates cannot be transformed."""
    if not possible(layer, faults):
        return None
    assert layer.crs is not None
    if layer.crs == crs:
        return layer
    transformer = Transformer.from_crs(layer.crs, crs, always_xy=True)

    def moved(coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1], direction=TransformDirection.FORWARD)
        return np.column_stack([x, y])

    try:
        geometry = shapely.transform(layer.geometry, moved)
    except ProjError:
        geometry = None
    if geometry is None or not np.isfinite(shapely.total_bounds(geometry)).all():
        x0, y0, _, _ = shapely.total_bounds(layer.geometry)
        faults.add("crs-impossible", layer.origin.label, name_of(layer.crs), value=f"{x0:.1f},{y0:.1f}")
        return None
    return layer.with_geometry(geometry, crs)


def gap_km(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """Distance between two boxes (xmin, ymin, xmax, ymax in metres), in km; 0 when they meet."""
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    dy = max(a[1] - b[3], b[1] - a[3], 0.0)
    return float(np.hypot(dx, dy)) / 1000.0


def assume(layer: RawLayer, likely: list[CRS], near: npt.NDArray[np.float64], crs: CRS, faults: Faults) -> RawLayer:
    """A layer without CRS in the first CRS that brings it to where the households are; unchanged when none does."""
    for guess in likely:
        trial = into(layer.with_geometry(layer.geometry, guess), crs, Faults())
        if trial is not None and gap_km(shapely.total_bounds(trial.geometry), near) <= APART_KM:
            faults.add("crs-assumed", layer.origin.label, f" {name_of(guess)} ", name="crs")
            return layer.with_geometry(layer.geometry, guess)
    return layer
