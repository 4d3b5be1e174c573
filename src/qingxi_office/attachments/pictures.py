"""Pictures: what their camera wrote, a small one for lists, and a copy without where and when."""

import datetime as dt
import io
import warnings
from dataclasses import dataclass

from django.utils import timezone
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from qingxi.standard import load_table
from qingxi_office.attachments.content import NotTaken


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture says of itself; degrees WGS 84 as the camera wrote them."""

    width: int
    height: int
    taken_at: dt.datetime | None = None
    lon: float | None = None
    lat: float | None = None


def _open(data: bytes) -> Image.Image:
    most = load_table("attachments")["picture.pixels"] * 1_000_000
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotTaken("照片文件不完整，打不开") from error
    if picture.width * picture.height > most:
        raise NotTaken(f"照片超过 {most / 1e6:g} 百万像素，请缩小后再传")
    return picture


def read(data: bytes) -> Seen:
    """Size, time and place of a picture; raises NotTaken when it is broken or too large."""
    picture = _open(data)
    exif = picture.getexif()
    turned = exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise NotTaken("照片文件不完整，打不开") from error
    lon, lat = _place(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return Seen(width, height, _time(exif), lon, lat)


def _time(exif: Image.Exif) -> dt.datetime | None:
    text = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        return timezone.make_aware(dt.datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S"))  # noqa: DTZ007
    except ValueError:
        return None


def _place(gps: dict[int, object]) -> tuple[float | None, float | None]:
    def degrees(value: object, ref: object) -> float:
        d, m, s = (float(part) for part in value)  # type: ignore[attr-defined]
        return (d + m / 60 + s / 3600) * (-1 if str(ref).strip("\0 ") in ("S", "W") else 1)

    try:
        lat, lon = degrees(gps[2], gps.get(1, "N")), degrees(gps[4], gps.get(3, "E"))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 and (lon, lat) != (0, 0) else (None, None)


def _small(data: bytes, side: int, kind: str, quality: int) -> bytes:
    picture = ImageOps.exif_transpose(_open(data))
    picture.thumbnail((side, side))
    if picture.mode not in ("RGB", "L"):
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture, mask=picture.convert("RGBA").getchannel("A"))
        picture = flat
    out = io.BytesIO()
    picture.save(out, kind, quality=quality)  # the pixels only: nothing of EXIF, XMP or profiles goes along
    return out.getvalue()


def thumb(data: bytes) -> bytes:
    """The small picture for lists, WebP, turned as it was taken, without anything but its pixels."""
    return _small(data, int(load_table("attachments")["thumb.side"]), "WEBP", 70)


def bare(data: bytes) -> bytes:
    """A JPEG copy that may leave the office: turned, at most 2,000 px, without where, when and with what it was taken."""
    return _small(data, int(load_table("attachments")["copy.side"]), "JPEG", 85)
