"""Bringing layer after layer to where the households are (图层归位), in one computing CRS."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from qingxi.files.computing_crs import APART_KM, assume, choose, gap_km, into, is_metric, name_of
from qingxi.files.geometry import clean
from qingxi.files.layer_source import LayerSource
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.files.sheet import SHEET_SUFFIXES, read_sheet
from qingxi.files.vector import crs_of, read_vector
from qingxi.plan import CountyFacts, PlanMode

_KIND = {
    "streets": "line",
    "waters": "line or polygon",
    "land": "polygon",
    "ground": "polygon",
    "protected": "polygon",
    "sewers": "line",
    "plants": "point",
    "outlets": "point",
}


@dataclass(frozen=True)
class SurveyRequest:
    """What is to be read and how it is to be planned, from a county.toml or from the command line.

    Attributes
    ----------
    layers : dict of LayerSource
    crs : str
        Computing CRS wished for; empty: chosen.
    file_crs : str
        For files that carry no CRS of their own.
    outlets : tuple of str
        ``"X,Y"`` in the CRS of the households layer, or lon,lat.
    people : float or None
        Resident people of a house that does not say.
    household_units, certify : bool
        See :class:`qingxi.plan.PlanInput`.
    """

    layers: dict[str, LayerSource]
    crs: str = ""
    file_crs: str = ""
    outlets: tuple[str, ...] = ()
    people: float | None = None
    mode: PlanMode = "free"
    facts: CountyFacts = field(default_factory=CountyFacts)
    prices: str = "prices"
    norms: str = "rural_sewer"
    processes: str = "processes"
    seed: int = 1
    effort: float = 1.0
    household_units: bool = True
    certify: bool = False


@dataclass
class Reading:
    """The state of one reading: what came in so far.

    ``around`` is the box of the households (xmin, ymin, xmax, ymax, metres); ``likely`` the CRSs to try for a layer
    without one, the households' own first; ``lost`` the declared layers that could not be used at all.
    """

    request: SurveyRequest
    faults: Faults
    crs: CRS | None = None
    around: npt.NDArray[np.float64] = field(default_factory=lambda: np.full(4, np.nan))
    likely: list[CRS] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def note(self, origin: LayerSource, crs: str, count: int | None) -> None:
        self.inputs.append(
            {
                "layer": origin.name,
                "path": str(origin.path),
                "sublayer": origin.layer,
                "columns": dict(origin.columns),
                "crs": crs,
                "source": origin.source,
                "date": origin.date,
                "secrecy": str(origin.secrecy),
                "features": count,
            }
        )


def read_layer(origin: LayerSource, file_crs: str, faults: Faults) -> RawLayer | None:
    """Read one vector layer or table by its suffix; a CRS it does not carry is taken from the declaration."""
    if origin.path.suffix.lower() in SHEET_SUFFIXES:
        if not origin.crs and file_crs:
            origin = replace(origin, crs=file_crs)
        return read_sheet(origin, faults)
    layer = read_vector(origin, faults)
    if layer is not None and layer.crs is None:
        return layer.with_geometry(layer.geometry, crs_of(origin.crs or file_crs, origin, faults))
    return layer


def _has_places(layer: RawLayer, faults: Faults) -> bool:
    """Whether a table has coordinates at all; one fault for the table instead of one a row."""
    if layer.origin.path.suffix.lower() not in SHEET_SUFFIXES or not shapely.is_missing(layer.geometry).all():
        return True
    faults.add("column-missing", layer.origin.label, "经度、纬度（或 x、y，或 wkt）", name=layer.origin.name)
    return False


def place_households(reading: Reading) -> RawLayer | None:
    """The household points in the computing CRS, which is chosen here."""
    request, faults = reading.request, reading.faults
    origin = request.layers.get("households")
    wanted = crs_of(request.crs, LayerSource("county", Path("county.toml")), faults) if request.crs else None
    if origin is None:
        reading.crs = wanted
        return None
    reading.lost.add("households")
    layer = read_layer(origin, request.file_crs, faults)
    if layer is None or not _has_places(layer, faults):
        return None
    if layer.crs is None:
        layer = by_digits(layer, wanted, faults)
    if layer.crs is None:
        faults.add("no-crs", origin.label, name="crs")
        return None
    reading.note(origin, name_of(layer.crs), len(layer))
    own = layer.crs
    layer = clean(layer, "point", faults)
    if not len(layer):
        faults.add("layer-empty", origin.label, name=origin.name)
        return None
    probe = into(layer, CRS.from_epsg(4490), faults) if not own.is_geographic else layer
    if probe is None:
        return None
    reading.crs = choose(layer, wanted, faults)
    placed = into(layer, reading.crs, faults)
    if placed is None:
        return None
    reading.likely = [own, reading.crs, CRS.from_epsg(4490)]
    reading.around = shapely.total_bounds(placed.geometry)
    reading.lost.discard("households")
    return placed


def by_digits(layer: RawLayer, wanted: CRS | None, faults: Faults) -> RawLayer:
    """Households without CRS: degrees within China are CGCS2000; else the county's own zone if they fit it."""
    x0, y0, x1, y1 = shapely.total_bounds(layer.geometry)
    if x0 >= 73 and x1 <= 136 and y0 >= 3 and y1 <= 54:
        guess = CRS.from_epsg(4490)
    elif wanted is not None and is_metric(wanted) and x0 > 1e5 and x1 < 9e5 and y0 > 3e5 and y1 < 6e6:
        guess = wanted
    else:
        return layer
    faults.add("crs-assumed", layer.origin.label, f" {name_of(guess)} ", name="crs")
    return layer.with_geometry(layer.geometry, guess)


def place(reading: Reading, name: str) -> RawLayer | None:
    """A layer read, cleaned and brought to where the households are; None when it cannot be."""
    request, faults = reading.request, reading.faults
    origin = request.layers[name]
    reading.lost.add(name)
    layer = read_layer(origin, request.file_crs, faults)
    if layer is None:
        if faults.rows and faults.rows[-1].code == "layer-blank":
            reading.lost.discard(name)
        return None
    if not _has_places(layer, faults):
        return None
    if layer.crs is None and reading.crs is not None:
        layer = assume(layer, reading.likely, reading.around, reading.crs, faults)
    if layer.crs is None:
        faults.add("no-crs", origin.label, name="crs")
        return None
    reading.note(origin, name_of(layer.crs), len(layer))
    layer = clean(layer, _KIND[name], faults)
    if not len(layer):
        faults.add("layer-empty", origin.label, name=name)
        return None
    if reading.crs is None and "households" in request.layers:
        return None  # where the households are cannot be known
    if reading.crs is None:
        reading.crs = choose(layer, None, faults)
    placed = into(layer, reading.crs, faults)
    if placed is None:
        return None
    away = gap_km(shapely.total_bounds(placed.geometry), reading.around)
    if away > APART_KM:
        faults.add("layers-apart", origin.label, f"{away:.0f}", name="crs", value=name_of(layer.crs))
        return None
    reading.lost.discard(name)
    return placed
