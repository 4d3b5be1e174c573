"""Whether heights are metres: what the file says of its unit, and what known levels of mains say of the heights."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from qingxi.files.rules import Faults
from qingxi.terrain import Elevation, ExistingSewers

FEET_M = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us-ft": 1200 / 3937, "us survey foot": 1200 / 3937, "ftus": 1200 / 3937}  # fmt: skip
_LEAST_M = 30.0
"""Levels below this say nothing of a ratio."""
_FEW = 5
_LIKE_FEET = (3.0, 3.6)


def metres_per_unit(units: object, wkt: str) -> float:
    """Metres of a unit of height by a raster's band unit, else by its vertical CRS; 1 where neither is a foot."""
    word = str(units or "").strip().lower()
    if word in FEET_M:
        return FEET_M[word]
    if word or not wkt:
        return 1.0
    try:
        parts = [CRS.from_wkt(wkt), *CRS.from_wkt(wkt).sub_crs_list]
    except CRSError:
        return 1.0
    for part in parts:
        for axis in part.axis_info:
            if axis.direction.lower() in ("up", "down"):
                return float(axis.unit_conversion_factor)
    return 1.0


def suspect_feet(elevation: Elevation, sewers: ExistingSewers | None, label: str, faults: Faults) -> None:
    """Warn where the ground over mains of known level lies about 3.28 times as high as the mains."""
    if sewers is None or not sewers.geometry.shape[0]:
        return
    level = np.asarray(sewers.invert_up_m, dtype=np.float64)
    xy: npt.NDArray[np.float64] = shapely.get_coordinates(shapely.get_point(sewers.geometry, 0))
    known = np.isfinite(level) & (level > _LEAST_M)
    if xy.shape[0] != level.size or known.sum() < _FEW:
        return
    ratio = elevation.at(xy[known, 0], xy[known, 1]) / level[known]
    ratio = ratio[np.isfinite(ratio)]
    if ratio.size >= _FEW and _LIKE_FEET[0] < float(np.median(ratio)) < _LIKE_FEET[1]:
        faults.add("height-like-feet", label, f"{float(np.median(ratio)):.2f}", value=f"{ratio.size} 条管")
