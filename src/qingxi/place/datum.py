"""Points read off a Chinese map service, brought back to CGCS2000.

Amap, Tencent and WeChat show GCJ-02, a published map's deliberate shift of 300 to 700 m; Baidu shifts once more
(BD-09). The shift has a known forward formula and no closed inverse: the inverse here iterates to below 1e-9 degrees
(0.1 mm). CGCS2000 and WGS84 differ by centimetres and are one here. Degrees everywhere.
"""

import math
from collections.abc import Callable
from enum import StrEnum

_A = 6378245.0  # semi-major axis of Krasovsky 1940, m: the shift was made on it
_E2 = 0.00669342162296594323
_X_PI = math.pi * 3000.0 / 180.0

Point = tuple[float, float]


class Datum(StrEnum):
    """In what a point was read."""

    CGCS2000 = "CGCS2000"
    GCJ02 = "GCJ-02"  # 高德、腾讯、微信
    BD09 = "BD-09"  # 百度


def in_china(lon: float, lat: float) -> bool:
    """Whether the shift is made at all: the box outside of which services show true coordinates."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def to_gcj02(lon: float, lat: float) -> Point:
    """CGCS2000 to GCJ-02."""
    if not in_china(lon, lat):
        return lon, lat
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    flat = 1.0 - _E2 * math.sin(math.radians(lat)) ** 2
    north *= 180.0 / ((_A * (1.0 - _E2)) / (flat * math.sqrt(flat)) * math.pi)
    east *= 180.0 / (_A / math.sqrt(flat) * math.cos(math.radians(lat)) * math.pi)
    return lon + east, lat + north


def gcj02_to_bd09(lon: float, lat: float) -> Point:
    """GCJ-02 to BD-09."""
    far = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _X_PI)
    turn = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _X_PI)
    return far * math.cos(turn) + 0.0065, far * math.sin(turn) + 0.006


def to_bd09(lon: float, lat: float) -> Point:
    """CGCS2000 to BD-09."""
    return gcj02_to_bd09(*to_gcj02(lon, lat))


def _undo(shift: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """The point that ``shift`` brings here: the shift changes so slowly that each step wins two digits."""
    x, y = lon, lat
    for _ in range(30):
        moved = shift(x, y)
        dx, dy = moved[0] - lon, moved[1] - lat
        x, y = x - dx, y - dy
        if abs(dx) < 1e-10 and abs(dy) < 1e-10:
            break
    return x, y


def from_gcj02(lon: float, lat: float) -> Point:
    """GCJ-02 to CGCS2000."""
    return _undo(to_gcj02, lon, lat)


def from_bd09(lon: float, lat: float) -> Point:
    """BD-09 to CGCS2000."""
    return _undo(to_bd09, lon, lat)


def likely_datum(lon: float, lat: float, inside: Callable[[float, float], bool]) -> tuple[Datum, Point] | None:
    """In what a typed point was probably read, given where it should lie; None when nothing fits.

    ``inside`` says whether a CGCS2000 point lies where it should (in its village). A point that lies inside as it was
    typed is believed. Otherwise the first datum whose true point lies inside is named, with that point: to be asked
    about, never taken silently.
    """
    if inside(lon, lat):
        return Datum.CGCS2000, (lon, lat)
    for datum, back in ((Datum.GCJ02, from_gcj02), (Datum.BD09, from_bd09)):
        point = back(lon, lat)
        if inside(*point):
            return datum, point
    return None
