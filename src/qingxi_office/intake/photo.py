"""A photo as it may be kept: a JPEG or PNG by its own first bytes, without EXIF (place, device, time)."""

from typing import Any

from django.core.files.base import ContentFile

from qingxi_office.attachments import pictures, scanner
from qingxi_office.attachments.content import NotTaken

MOST_BYTES = 8 * 1024 * 1024


class NotAPhoto(ValueError):
    """The file is no JPEG or PNG, or is too big."""


def _bare_jpeg(data: bytes) -> bytes:
    """The JPEG without its APP1..APP15 and comment segments; the picture's own data is untouched."""
    out, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:  # the scan: picture data from here to the end
            out += data[at:]
            return bytes(out)
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            out += data[at : at + 2 + size]
        at += 2 + size
    raise NotAPhoto("照片文件不完整")


def _bare_png(data: bytes) -> bytes:
    """The PNG with only the chunks that make the picture."""
    keep = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA"}
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind in keep:
            out += data[at : at + 12 + size]
        at += 12 + size
        if kind == b"IEND":
            return bytes(out)
    raise NotAPhoto("照片文件不完整")


def bare(upload: Any) -> ContentFile:
    """The upload's picture without anything that tells where, when or with what it was taken."""
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise NotAPhoto("照片超过 8 MB,请缩小后再传")
    if data[:3] == b"\xff\xd8\xff" or data[:8] == b"\x89PNG\r\n\x1a\n":
        try:
            pictures.read(data)  # the same look that every attachment gets: whole, and no bomb
            scanner.scan(data)
        except NotTaken as no:
            raise NotAPhoto(str(no)) from no
    if data[:3] == b"\xff\xd8\xff":
        return ContentFile(_bare_jpeg(data))
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return ContentFile(_bare_png(data))
    raise NotAPhoto("只收 JPEG 或 PNG 照片")
