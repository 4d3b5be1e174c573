"""Where and when a photograph of a problem was taken, and what about that asks for a second look.

A clue stands beside the photograph when it is verified. It refuses nothing: a phone in a valley may be wrong by a hundred
metres, and a clock by a day.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.patrol import distance_m
from qingxi.place import from_gcj02
from qingxi.standard import load_table


class PlaceBy(StrEnum):
    """Who said where a photograph was taken."""

    CAMERA = "照片"
    PHONE = "手机"


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in degrees (CGCS2000), and what stands there: 站, 整改前照片, 村."""

    lon: float
    lat: float
    what: str


def metres_from(lon: float, lat: float, spot: Spot) -> float:
    """Metres between a photograph's place and the spot.

    Some phones give GCJ-02 without saying so: the nearer of the two readings counts, so that the datum alone is no clue.
    """
    plain = distance_m(lon, lat, spot.lon, spot.lat)
    return min(plain, distance_m(*from_gcj02(lon, lat), spot.lon, spot.lat))


def photo_clues(
    *, metres: float | None, what: str, taken_on: date | None, assigned_on: date, handed_on: date, mended: bool
) -> list[str]:
    """What about a photograph asks for a second look, in Chinese; nothing where it says nothing of itself.

    Parameters
    ----------
    metres : float or None
        From the spot it is compared with; ``what`` stands there, and decides how far is far.
    mended : bool
        It is to show what was put right: then it was not taken before 交办.
    """
    law = load_table("issues")
    clues = []
    if metres is not None and metres > law["photo.far_village" if what == "村" else "photo.far"]:
        clues.append(f"离{what} {_far(metres)}")
    if taken_on is not None:
        if mended and taken_on < assigned_on:
            clues.append(f"拍于交办之前（{taken_on:%Y-%m-%d}）")
        elif (handed_on - taken_on).days > law["photo.old"]:
            clues.append(f"拍于交来前 {(handed_on - taken_on).days} 天")
        elif taken_on > handed_on:
            clues.append(f"相机时间晚于交来那天（{taken_on:%Y-%m-%d}）")
    return clues


def _far(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"
