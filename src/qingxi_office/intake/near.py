"""Whether two reports are of one place and perhaps one matter: what is shown before sending."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

_METRES = 111_320.0  # of a degree of latitude


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two points (lon, lat in degrees) over flat ground; good to a per mille within a county."""
    east = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, a[1] - b[1]) * _METRES


def stations_near(own: Mapping[str, Any], others: Iterable[Mapping[str, Any]], within: float) -> list[str]:
    """Keys of the stations as near as that (metres) to one, itself first; those without a point are never near."""
    keys = [str(own["key"])]
    if own.get("lon") is None or own.get("lat") is None:
        return keys
    here = (own["lon"], own["lat"])
    return keys + [
        str(o["key"]) for o in others
        if o["key"] != own["key"] and o.get("lon") is not None and o.get("lat") is not None
        and metres(here, (o["lon"], o["lat"])) <= within
    ]  # fmt: skip
