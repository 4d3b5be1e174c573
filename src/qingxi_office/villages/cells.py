"""Cells of the map: which tile of level 14 of the Web Mercator pyramid a point stands in.

A cell is one number, ``x * 2**14 + y``; the cells of a tile of a lower level are ``2**(14 - z)`` ranges of it.
"""

import math

LEVEL = 14
_SIDE = 1 << LEVEL
_LIMIT = 85.0511287798  # where the square of Web Mercator ends, degrees


def cell(lon: float | None, lat: float | None) -> int | None:
    """The cell of a point in degrees; None where there is no point, or none on the map."""
    if lon is None or lat is None or not (-180.0 <= lon <= 180.0 and -_LIMIT <= lat <= _LIMIT):
        return None
    x = min(int((lon + 180.0) / 360.0 * _SIDE), _SIDE - 1)
    y = min(int((1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * _SIDE), _SIDE - 1)
    return x * _SIDE + max(y, 0)


def cells_of_tile(z: int, x: int, y: int) -> list[tuple[int, int]]:
    """Ranges of cells (first and last, both counted) that a tile of level ``z`` covers; above 14 the one it lies in."""
    if z >= LEVEL:
        one = (x >> (z - LEVEL)) * _SIDE + (y >> (z - LEVEL))
        return [(one, one)]
    more = LEVEL - z
    first, last = y << more, ((y + 1) << more) - 1
    return [(column * _SIDE + first, column * _SIDE + last) for column in range(x << more, (x + 1) << more)]
