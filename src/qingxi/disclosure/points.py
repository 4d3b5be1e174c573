"""Rows as GeoJSON (RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qingxi.disclosure.dataset import DataSet, Row


def placed(row: Row) -> bool:
    """Whether a row has both coordinates."""
    return row.get("lon") is not None and row.get("lat") is not None


def feature(data: DataSet, row: Row) -> dict[str, Any]:
    """One row as a GeoJSON feature; without a known point its geometry is null."""
    point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]} if data.placed and placed(row) else None
    own = {c.name: row.get(c.name) for c in data.columns if c.name not in ("lon", "lat")}
    return {"type": "Feature", "id": str(row[data.key]), "geometry": point, "properties": own}


def as_geojson(data: DataSet, rows: Iterable[Row]) -> dict[str, Any]:
    """All rows as a FeatureCollection. CGCS2000 and WGS 84 differ by centimetres; the numbers are the same."""
    return {"type": "FeatureCollection", "name": data.name, "features": [feature(data, row) for row in rows]}
