"""A point that somebody typed: does it lie where it should, and if not, was it read off a map that shifts?

Asked, never taken silently: the form comes back with the question and the answer decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from qingxi.place import Datum, likely_datum

NEAR_M = 500.0
"""How far outside its village's outline a point may lie and still be believed, m: outlets stand at the border stream."""
AROUND_M = 4000.0
"""How far from a village's middle, where no outline is known, m."""
_METRES = 111_320.0


@dataclass(frozen=True)
class Question:
    """What the form asks: the typed point, and the one it would be if it was read off a shifted map."""

    place: str
    typed: tuple[float, float]
    datum: str = ""  # GCJ-02, BD-09; empty: it fits nothing
    point: tuple[float, float] | None = None

    @property
    def source(self) -> str:
        return {"GCJ-02": "高德、腾讯地图或微信", "BD-09": "百度地图"}.get(self.datum, "")


def settle_point(request: HttpRequest, values: dict[str, Any], place: Any) -> Question | None:
    """Put the answered point into ``values``, or give the question to ask; None when there is nothing to ask.

    ``datum`` of the form is the answer: ``typed`` (as it stands), ``GCJ-02`` or ``BD-09``.
    """
    lon, lat = values.get("lon"), values.get("lat")
    if lon is None or lat is None:
        return None
    answer = request.POST.get("datum", "")
    if answer == "typed":
        return None
    inside = _inside(place)
    if inside is None:
        return None
    found = likely_datum(lon, lat, inside)
    if found is not None and found[0] is Datum.CGCS2000:
        return None
    if found is not None and answer == found[0].value:
        values["lon"], values["lat"] = round(found[1][0], 7), round(found[1][1], 7)
        return None
    if found is None:
        return Question(place.name, (lon, lat))
    return Question(place.name, (lon, lat), found[0].value, found[1])


def same_point(values: Mapping[str, Any], row: Any) -> bool:
    """Whether the point is the record's own: what stands there already is not asked about again."""
    return row is not None and (values.get("lon", row.lon), values.get("lat", row.lat)) == (row.lon, row.lat)


def _inside(place: Any) -> Callable[[float, float], bool] | None:
    """Whether a CGCS2000 point lies at a place; None where nobody knows where the place is."""
    import math

    import shapely

    if place is None:
        return None
    if place.geometry:
        shape = shapely.from_wkb(bytes(place.geometry))
        if shape.geom_type in ("Polygon", "MultiPolygon"):
            near = shape.buffer(NEAR_M / _METRES)
            return lambda lon, lat: bool(near.contains(shapely.Point(lon, lat)))
    if place.lon is None or place.lat is None:
        return None
    squeeze = math.cos(math.radians(place.lat))
    return lambda lon, lat: math.hypot((lon - place.lon) * squeeze, lat - place.lat) * _METRES <= AROUND_M
