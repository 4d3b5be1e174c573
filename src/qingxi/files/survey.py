"""From files to what the planner takes (调查成果): every layer read, mended and brought into one CRS.

The recipe: read households, choose the computing CRS, bring every other layer there, read elevation around them,
look up what lies outside, name the data level. A fault never stops the reading; only what the plan cannot do
without makes the survey unusable.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from qingxi.files.computing_crs import into, name_of
from qingxi.files.data_level import level_of, villages_from
from qingxi.files.elevation import read_elevation
from qingxi.files.existing import plants_of, sewers_of
from qingxi.files.ground import subsoil_of
from qingxi.files.height_unit import suspect_feet
from qingxi.files.households import households_of
from qingxi.files.outlets import outlet_points
from qingxi.files.override_rows import read_overrides
from qingxi.files.places import hamlets_named, hamlets_of, villages_of
from qingxi.files.placing import Reading, SurveyRequest, place, place_households, read_layer
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.files.street_net import streets_of
from qingxi.files.surroundings import land_of, protected_of, waters_of
from qingxi.plan import PlanInput
from qingxi.standard import load_table
from qingxi.terrain import Elevation
from qingxi.village import DataLevel, Hamlets, Households, Villages

ESSENTIAL = frozenset({"households", "streets", "elevation", "protected", "sewers", "outlets", "overrides"})
"""Declared and unusable as a whole, these stop a plan: it would not be the plan that was asked for."""


@dataclass(frozen=True)
class Survey:
    """What was read.

    Attributes
    ----------
    given : PlanInput or None
        None when the input is unusable; the faults say why.
    crs : pyproj.CRS or None
        Computing CRS.
    inputs : list of dict
        Layer, path, CRS, source, date, secrecy, features; for ``plan.json``.
    level_reason : str
        Why the data are of this level, in Chinese.
    """

    given: PlanInput | None
    crs: CRS | None
    inputs: list[dict[str, Any]]
    faults: Faults
    level_reason: str = ""
    household_rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def _outlet_points(layer: RawLayer, faults: Faults) -> npt.NDArray[np.float64]:
    points: npt.NDArray[np.float64] = shapely.get_coordinates(layer.geometry)
    return points


_MAKERS: dict[str, Callable[[RawLayer, Faults], Any]] = {
    "streets": streets_of,
    "waters": waters_of,
    "land": land_of,
    "ground": subsoil_of,
    "protected": protected_of,
    "sewers": sewers_of,
    "plants": plants_of,
    "outlets": _outlet_points,
}


def read_survey(request: SurveyRequest, on_layer: Callable[[str], None] | None = None) -> Survey:
    """Read all layers of a request.

    Parameters
    ----------
    on_layer : callable, optional
        Called with the name of each layer before it is read, for a progress bar.

    Returns
    -------
    Survey
        Always; unusable input is ``given is None`` with the reasons among the faults.
    """
    reading = Reading(request, Faults())
    tell = on_layer or (lambda name: None)
    tell("households")
    raw = place_households(reading)
    tell("villages")
    villages, hamlets = _places(reading)
    houses: Households | None = None
    rows = np.zeros(0, dtype=np.int64)
    if raw is not None:
        houses, hamlets, rows = _houses(reading, raw, hamlets, villages)
    parts: dict[str, Any] = {}
    for name, make in _MAKERS.items():
        if name in request.layers:
            tell(name)
            layer = place(reading, name)
            if layer is not None:
                parts[name] = make(layer, reading.faults)
    parts["overrides"] = read_overrides(reading)
    outlets = outlet_points(reading, parts.pop("outlets", None))
    tell("elevation")
    elevation = _elevation(reading, parts.get("plants"), outlets)
    return _result(reading, houses, rows, hamlets, villages, elevation, outlets, parts)


def _places(reading: Reading) -> tuple[Villages | None, Hamlets | None]:
    """Villages and hamlets, which may be plain tables."""
    request, faults = reading.request, reading.faults
    villages: Villages | None = None
    hamlets: Hamlets | None = None
    for name in ("villages", "hamlets"):
        origin = request.layers.get(name)
        if origin is None:
            continue
        layer = read_layer(origin, request.file_crs, faults)
        if layer is None:
            reading.lost.add(name)
            continue
        reading.note(origin, name_of(layer.crs), len(layer))
        if layer.crs is not None and reading.crs is not None:
            layer = into(layer, reading.crs, faults) or layer.with_geometry(
                np.full(len(layer), None, dtype=object), None
            )
        if name == "villages":
            villages = villages_of(layer, faults)
        else:
            hamlets = hamlets_of(layer, villages, faults)
    return villages, hamlets


def _houses(
    reading: Reading, raw: RawLayer, hamlets: Hamlets | None, villages: Villages | None
) -> tuple[Households | None, Hamlets | None, npt.NDArray[np.int64]]:
    people = reading.request.people
    default = people if people is not None else load_table(reading.request.norms)["flow.people_per_household"]
    houses, named, rows = households_of(raw, hamlets, default, reading.faults)
    if not len(houses):
        reading.lost.add("households")
        return None, hamlets, rows
    if hamlets is None and (named != "").any():
        hamlets, of = hamlets_named(named, houses.x_m, houses.y_m, villages)
        houses = replace(houses, hamlet=of)
    return houses, hamlets, rows


def _elevation(reading: Reading, plants: Any, outlets: npt.NDArray[np.float64]) -> Elevation | None:
    origin = reading.request.layers.get("elevation")
    if origin is None or reading.crs is None or not np.isfinite(reading.around).all():
        return None
    x0, y0, x1, y1 = reading.around
    xs, ys = [x0, x1, *outlets[:, 0]], [y0, y1, *outlets[:, 1]]
    if plants is not None:
        near = (plants.x_m > x0 - 2e4) & (plants.x_m < x1 + 2e4) & (plants.y_m > y0 - 2e4) & (plants.y_m < y1 + 2e4)
        xs, ys = [*xs, *plants.x_m[near]], [*ys, *plants.y_m[near]]
    wide = np.array([min(xs), min(ys), max(xs), max(ys)])
    if reading.request.file_crs and not origin.crs:
        origin = replace(origin, crs=reading.request.file_crs)
    got = read_elevation(origin, reading.crs, wide, reading.faults, fallback=reading.likely[0])
    if got is None:
        reading.lost.add("elevation")
        return None
    grid, own = got
    reading.note(origin, own, None)
    return grid


def _extent(elevation: Elevation) -> str:
    """Where the raster lies, in the survey's metres, to be set beside an outlet that is not in it."""
    a, _, west, _, e, north = elevation.transform
    rows, columns = elevation.z_m.shape
    return f"（东 {west:.0f} 至 {west + a * columns:.0f}，北 {north + e * rows:.0f} 至 {north:.0f}）"


def _result(
    reading: Reading,
    houses: Households | None,
    rows: npt.NDArray[np.int64],
    hamlets: Hamlets | None,
    villages: Villages | None,
    elevation: Elevation | None,
    outlets: npt.NDArray[np.float64],
    parts: dict[str, Any],
) -> Survey:
    request, faults = reading.request, reading.faults
    if houses is not None and elevation is not None:
        ground = elevation.at(houses.x_m, houses.y_m)
        label = request.layers["households"].label
        outside = np.flatnonzero(np.isnan(ground))
        for i in outside:
            faults.add("point-outside-raster", label, row=int(rows[i]), name="geometry", value=f"{houses.x_m[i]:.0f},{houses.y_m[i]:.0f}")  # fmt: skip
        if outside.size == len(houses):
            faults.add("raster-apart", request.layers["elevation"].label)
            reading.lost.add("elevation")
        for x, y in outlets:
            if np.isnan(elevation.at(np.array([x]), np.array([y]))[0]):
                faults.add("outlet-outside", "--outlet", _extent(elevation), value=f"{x:.0f},{y:.0f}")
                reading.lost.add("outlets")
        suspect_feet(elevation, parts.get("sewers"), request.layers["elevation"].label, faults)
    if houses is not None:
        if len(houses) and (np.nan_to_num(houses.people_resident, nan=1.0) == 0).all():
            faults.add(
                "people-none", request.layers["households"].label, len(houses), name="people_resident", value=0
            )
        if not len(outlets) and not any(
            parts.get(name) is not None and len(parts[name]) for name in ("sewers", "plants")
        ):
            faults.add("outlet-none", "--outlet")
    declared = "elevation" in request.layers and request.layers["elevation"].vertical_error_m is not None
    level, reason = level_of(houses, villages, parts.get("streets"), elevation, request.norms, declared)
    usable = level is not None and not (reading.lost & ESSENTIAL)
    if not usable:
        if not any(faults):
            faults.add(
                "nothing-to-plan", "county.toml" if not request.layers else "、".join(sorted(request.layers))
            )
        return Survey(None, reading.crs, reading.inputs, faults, reason, rows)
    assert level is not None
    if level is DataLevel.L0 and villages is None and houses is not None:
        villages = villages_from(houses, hamlets)
    given = PlanInput(
        level=level,
        mode=request.mode,
        households=None if level is DataLevel.L0 else houses,
        hamlets=hamlets,
        villages=villages,
        elevation=elevation,
        streets=parts.get("streets"),
        waters=parts.get("waters"),
        land=parts.get("land"),
        protected=parts.get("protected"),
        subsoil=parts.get("ground"),
        sewers=parts.get("sewers"),
        plants=parts.get("plants"),
        outlets_m=outlets,
        overrides=parts.get("overrides", ()),
        people_default=request.people,
        facts=request.facts,
        prices=request.prices,
        norms=request.norms,
        processes=request.processes,
        seed=request.seed,
        effort=request.effort,
        household_units=request.household_units,
        certify=request.certify,
    )
    # A table of villages alone needs no zone: its plan holds names and figures, no places.
    return Survey(given, reading.crs or CRS.from_epsg(4490), reading.inputs, faults, reason, rows)
