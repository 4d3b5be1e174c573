"""Reading GeoPackage, Shapefile and GeoJSON (GDAL through pyogrio), whatever their encoding."""

import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from qingxi.files.encoding import dbf_encoding, same_encoding
from qingxi.files.foreign_words import in_chinese
from qingxi.files.layer_source import LayerSource
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults

VECTOR_SUFFIXES = frozenset({".gpkg", ".shp", ".geojson", ".json", ".fgb", ".kml", ".gml", ".tab", ".gdb", ".dxf"})


PLANNED_ON = frozenset({"households", "streets", "elevation", "villages", "hamlets", "outlets"})
"""Layers that cannot be empty."""


def file_stands(origin: LayerSource, faults: Faults) -> bool:
    """Whether the file is there and not empty; says so when it is not."""
    path = origin.path
    if not path.exists():
        faults.add("file-missing", path.name, name=origin.name, value=path)
        return False
    if path.is_file() and path.stat().st_size == 0:
        faults.add("file-empty", path.name, name=origin.name, value="0 字节")
        return False
    return True


def horizontal(crs: CRS) -> CRS:
    """The horizontal part of a CRS; a compound one loses its vertical part."""
    if crs.is_compound:
        return next((part for part in crs.sub_crs_list if not part.is_vertical), crs)
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


def crs_of(text: object, origin: LayerSource, faults: Faults) -> CRS | None:
    """A CRS from what a file or a user wrote; None (and a fault) when nobody knows it."""
    if not text:
        return None
    try:
        return horizontal(CRS.from_user_input(text))
    except CRSError:
        faults.add("crs-unknown", origin.label, name="crs", value=text)
        return None


def _layer_of(origin: LayerSource, faults: Faults) -> str | None:
    """Name of the layer to read: the one asked for, else one named like what it is, else the first."""
    names = [str(name) for name, _ in pyogrio.list_layers(origin.path)]
    if origin.layer:
        if origin.layer in names:
            return origin.layer
        faults.add("layer-missing", origin.path.name, "、".join(names), name="layer", value=origin.layer)
        return None
    if not names:
        faults.add("layer-empty", origin.label)
        return None
    return origin.name if origin.name in names else names[0]


def _dbf_reading(origin: LayerSource, faults: Faults) -> str:
    """Encoding for a Shapefile's .dbf; says when it was guessed or when the .cpg is wrong."""
    dbf = next((p for p in (origin.path.with_suffix(s) for s in (".dbf", ".DBF")) if p.exists()), None)
    if dbf is None:
        faults.add("shapefile-part", origin.label, " .dbf ", value=origin.path.with_suffix(".dbf").name)
        return ""
    by_text, certain, said = dbf_encoding(dbf)
    declared = origin.encoding or said
    if by_text == "latin-1":
        if declared:
            return declared
        faults.add("encoding-broken", dbf.name)
        return "gb18030"
    if declared and not same_encoding(declared, by_text):
        faults.add("encoding-wrong", dbf.name, declared, by_text.upper(), name="encoding", value=declared)
    elif not declared and not certain:
        faults.add("encoding-guessed", dbf.name, by_text.upper(), name="encoding")
    return by_text


def read_vector(origin: LayerSource, faults: Faults) -> RawLayer | None:
    """Read one vector layer with geometry; None when it cannot be used, with the reason among the faults.

    Z and M are dropped with a warning; curves become lines. Cost: the whole layer in memory, about 1 s for
    200,000 points with five columns.
    """
    if not file_stands(origin, faults):
        return None
    encoding = ""
    if origin.path.suffix.lower() == ".shp":
        missing = [s for s in (".shx",) if not _sibling(origin.path, s)]
        if missing:
            faults.add("shapefile-part", origin.label, " .shx ", value=origin.path.with_suffix(".shx").name)
            return None
        encoding = _dbf_reading(origin, faults)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = _layer_of(origin, faults)
            if layer is None:
                return None
            meta, fids, wkb, data = pyogrio.raw.read(
                origin.path,
                layer=layer,
                encoding=encoding or None,
                return_fids=True,
                datetime_as_string=True,
            )
    except Exception as error:  # GDAL speaks through many classes; the user needs only its sentence
        faults.add("file-unreadable", origin.label, name=origin.name, value=in_chinese(error))
        return None
    rows = np.arange(1, len(fids) + 1, dtype=np.int64)
    if rows.size == 0:
        # Nothing protected, no existing sewer: an empty layer is an answer too, but not for what is planned on.
        code = "layer-empty" if origin.name in PLANNED_ON else "layer-blank"
        faults.add(code, origin.label, name=origin.name)
        return None
    columns = {str(name): values for name, values in zip(meta["fields"], data, strict=True)}
    geometry = np.full(rows.size, None, dtype=object)
    if wkb is not None:
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
        if bool(np.any(shapely.has_z(geometry) | shapely.has_m(geometry))):
            faults.add("geometry-z", origin.label, value=meta["geometry_type"])
            geometry = shapely.force_2d(geometry)
    crs = crs_of(meta["crs"], origin, faults)
    return RawLayer(origin, rows, columns, geometry, crs, encoding)


def _sibling(path: Path, suffix: str) -> bool:
    return any(path.with_suffix(s).exists() for s in (suffix, suffix.upper()))
