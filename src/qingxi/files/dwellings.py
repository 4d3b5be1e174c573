"""Who lives where, without the ground (住户与村落): what a ledger takes from a county folder's layers.

A ledger needs neither streets nor elevation; it wants degrees (CGCS2000) and the borders of villages.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer

from qingxi.files.computing_crs import into
from qingxi.files.households import texts
from qingxi.files.layer_source import refuse_secret
from qingxi.files.placing import Reading, SurveyRequest, place_households, read_layer
from qingxi.files.rules import Faults
from qingxi.files.survey import _houses, _places
from qingxi.village import Hamlets, Households, Villages

_DEGREES = CRS.from_epsg(4490)
_BORDER_STEP_DEG = 0.0001  # about 10 m: a border on a county map needs no more


@dataclass(frozen=True)
class Dwellings:
    """Households and places with their degrees.

    Attributes
    ----------
    households, hamlets, villages
        None where the folder has no such layer, or an unusable one.
    household_lon_lat, hamlet_lon_lat : float64[n, 2]
        CGCS2000 degrees.
    village_borders, work_lines : dict of bytes
        WKB in EPSG:4490 by village code, by id of the work.
    inputs : list of dict
        Layer, path, CRS, source, date, secrecy.
    """

    households: Households | None
    hamlets: Hamlets | None
    villages: Villages | None
    household_lon_lat: npt.NDArray[np.float64]
    hamlet_lon_lat: npt.NDArray[np.float64]
    village_borders: dict[str, bytes]
    work_lines: dict[str, bytes]
    inputs: list[dict[str, Any]]
    faults: Faults = field(default_factory=Faults)


def read_dwellings(request: SurveyRequest, *, networked: bool = True) -> Dwellings:
    """Read households, natural villages, villages and other works of a request.

    Parameters
    ----------
    networked : bool
        True refuses layers marked 秘密, as an office on a network must.
    """
    faults = Faults()
    layers = request.layers
    if networked:
        layers = {source.name: source for source in refuse_secret(list(layers.values()), faults)}
    reading = Reading(
        SurveyRequest(layers, request.crs, request.file_crs, people=request.people, norms=request.norms), faults
    )
    raw = place_households(reading)
    if reading.crs is None:
        reading.crs = _DEGREES
    villages, hamlets = _places(reading)
    houses = None
    if raw is not None:
        houses, hamlets, _ = _houses(reading, raw, hamlets, villages)
    return Dwellings(
        houses,
        hamlets,
        villages,
        _degrees(reading.crs, houses),
        _degrees(reading.crs, hamlets),
        _shapes(reading, "villages", "code", _BORDER_STEP_DEG),
        _shapes(reading, "works", "id", 0.0),
        reading.inputs,
        faults,
    )


def _degrees(crs: CRS, things: Households | Hamlets | None) -> npt.NDArray[np.float64]:
    if things is None:
        return np.zeros((0, 2))
    lon, lat = Transformer.from_crs(crs, _DEGREES, always_xy=True).transform(things.x_m, things.y_m)
    return np.column_stack([lon, lat])


def _shapes(reading: Reading, name: str, key: str, step_deg: float) -> dict[str, bytes]:
    """Geometry of a layer in degrees as WKB, by id; rows without either are left out."""
    origin = reading.request.layers.get(name)
    layer = None if origin is None else read_layer(origin, reading.request.file_crs, Faults())
    if layer is None or layer.crs is None:
        return {}
    placed = into(layer, _DEGREES, Faults())
    if placed is None:
        return {}
    shapes = shapely.force_2d(placed.geometry)
    if step_deg:
        shapes = shapely.simplify(shapes, step_deg)
    ids = texts(placed, key, Faults())
    return {
        str(one): shapely.to_wkb(shape)
        for one, shape in zip(ids, shapes, strict=True)
        if one and shape is not None and not shapely.is_empty(shape)
    }
