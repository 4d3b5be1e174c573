"""Outlets (排放口): points where sewage may be handed over, from a layer and from the command line."""

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from qingxi.files.computing_crs import APART_KM, gap_km
from qingxi.files.placing import Reading
from qingxi.standard import load_table


def outlet_points(reading: Reading, from_layer: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
    """Outlets of the layer and of the command line, in the computing CRS.

    Two numbers that can be degrees, where the households are in metres, are lon,lat.
    """
    faults = reading.faults
    points = [] if from_layer is None else [tuple(p) for p in from_layer]
    own = reading.likely[0] if reading.likely else reading.crs
    for text in reading.request.outlets:
        try:
            x, y = (float(part) for part in text.replace("，", ",").split(","))
        except ValueError:
            faults.add("outlet-shape", "--outlet", value=text)
            reading.lost.add("outlets")
            continue
        if reading.crs is None or own is None:
            continue
        degrees = abs(x) <= 180 and abs(y) <= 90
        # Metres beside households in degrees can only be of the computing CRS.
        crs = CRS.from_epsg(4490) if degrees else reading.crs if own.is_geographic else own
        x, y = Transformer.from_crs(crs, reading.crs, always_xy=True).transform(x, y)
        if not (np.isfinite(x) and np.isfinite(y)):
            faults.add("outlet-shape", "--outlet", value=text)
            reading.lost.add("outlets")
            continue
        far = gap_km(np.array([x, y, x, y]), reading.around)
        if far > APART_KM:
            faults.add("outlet-apart", "--outlet", f"{far:.0f}", value=text)
            reading.lost.add("outlets")
            continue
        if far > load_table("survey")["outlet.far"]:
            faults.add("outlet-far", "--outlet", f"{far:.1f}", value=text)
        points.append((x, y))
    return np.array(points, dtype=np.float64).reshape(-1, 2)
