"""Sets of open data as a GeoPackage (OGC 12-128r18), made in memory, the same bytes for the same rows."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Sequence
from typing import Any

from qingxi.disclosure import Column, DataSet
from qingxi.disclosure.dataset import Row
from qingxi.disclosure.points import placed

_SQL = {"text": "TEXT", "integer": "INTEGER", "number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}
_CGCS2000 = (
    'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4490"]]'
)
_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)
_SYSTEMS = (
    ("Undefined Cartesian", -1, "NONE", -1, "undefined"),
    ("Undefined geographic", 0, "NONE", 0, "undefined"),
    ("WGS 84", 4326, "EPSG", 4326, _WGS84),
    ("CGCS2000", 4490, "EPSG", 4490, _CGCS2000),
)
_FRAME = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
 organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
 description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
 srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
 srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name));
"""


def _bare(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "；".join(str(v) for v in value)
    return int(value) if isinstance(value, bool) else value


def _point(lon: float, lat: float) -> bytes:
    """A point as GeoPackage binary: header without envelope, little-endian WKB."""
    return struct.pack("<2sBBi", b"GP", 0, 1, 4490) + struct.pack("<BIdd", 1, 1, lon, lat)


def as_geopackage(layers: Sequence[tuple[DataSet, Sequence[Row]]], *, changed: str) -> bytes:
    """A GeoPackage of these sets: points as features in EPSG:4490, sets without points as attribute tables.

    ``changed`` is ``YYYY-MM-DDTHH:MM:SS.sssZ``, written as the last change of every layer, so that the same rows give the
    same bytes.
    """
    book = sqlite3.connect(":memory:")
    try:
        book.execute("PRAGMA page_size = 4096")
        book.execute("PRAGMA application_id = 0x47504B47")
        book.execute("PRAGMA user_version = 10300")
        book.executescript(_FRAME)
        book.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            [(name, number, by, own, text) for name, number, by, own, text in _SYSTEMS],
        )
        for data, rows in layers:
            _layer(book, data, rows, changed)
        book.commit()
        return bytes(book.serialize())
    finally:
        book.close()


def _layer(book: sqlite3.Connection, data: DataSet, rows: Sequence[Row], changed: str) -> None:
    own: list[Column] = [c for c in data.columns if not (data.placed and c.name in ("lon", "lat"))]
    geometry = "geom POINT, " if data.placed else ""
    named = ", ".join(f'"{c.name}" {_SQL[c.kind]}' for c in own)
    book.execute(f'CREATE TABLE "{data.name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {geometry}{named})')
    marks = ", ".join("?" * (len(own) + data.placed))
    names = ", ".join([*(["geom"] if data.placed else []), *(f'"{c.name}"' for c in own)])
    book.executemany(
        f'INSERT INTO "{data.name}" ({names}) VALUES ({marks})',
        [
            (
                *([_point(row["lon"], row["lat"]) if placed(row) else None] if data.placed else []),
                *(_bare(row.get(c.name)) for c in own),
            )
            for row in rows
        ],
    )
    at = [(row["lon"], row["lat"]) for row in rows if data.placed and placed(row)]
    box = (min(x for x, _ in at), min(y for _, y in at), max(x for x, _ in at), max(y for _, y in at)) if at else (None,) * 4  # fmt: skip
    book.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (data.name, "features" if data.placed else "attributes", data.zh, data.about_zh, changed, *box, 4490 if data.placed else None),
    )  # fmt: skip
    if data.placed:
        book.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4490, 0, 0)", (data.name,))
