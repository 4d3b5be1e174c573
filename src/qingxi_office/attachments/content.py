"""What a file is, told by its own bytes and never by its name; what is on no list is not taken."""

import io
import zipfile
from dataclasses import dataclass

from qingxi.standard import load_table

MB = 1024 * 1024
_MOST_UNPACKED = 500 * MB
_MOST_PARTS = 5000


class NotTaken(ValueError):
    """The file is not taken; the sentence says why and what to do."""


class NotNow(NotTaken):
    """A file cannot be taken at the moment, through no fault of its own."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A type on the list: its ending, its MIME type, the row of the table that limits its size, whether browsers show it."""

    ending: str
    mime: str
    size: str
    shown: bool = False


PDF = FileType("pdf", "application/pdf", "pdf", True)
JPEG = FileType("jpg", "image/jpeg", "picture", True)
PNG = FileType("png", "image/png", "picture", True)
WEBP = FileType("webp", "image/webp", "picture", True)
DOCX = FileType("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office")
XLSX = FileType("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office")
DWG = FileType("dwg", "image/vnd.dwg", "drawing")
DXF = FileType("dxf", "image/vnd.dxf", "drawing")
MP4 = FileType("mp4", "video/mp4", "video", True)
TYPES = (PDF, JPEG, PNG, WEBP, DOCX, XLSX, DWG, DXF, MP4)
BY_MIME = {kind.mime: kind for kind in TYPES}
ACCEPT = ".pdf,.jpg,.jpeg,.png,.webp,.docx,.xlsx,.dwg,.dxf,.mp4,image/*"


def recognise(data: bytes) -> FileType:
    """The type by content; raises NotTaken for what is on no list, broken, or carries macros."""
    head = data[:64]
    if not data:
        raise NotTaken("文件是空的")
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"PK\x03\x04"):
        return _office(data)
    if head[:6] in (b"AC1015", b"AC1018", b"AC1021", b"AC1024", b"AC1027", b"AC1032"):
        return DWG
    if _is_dxf(data[:512]):
        return DXF
    if head[4:8] == b"ftyp":
        if head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif"):
            raise NotTaken("苹果手机的 HEIC 照片暂不收：相机设置里选“兼容性最佳”，或先存成 JPG")
        return MP4
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotTaken("旧版 Office 文件（.doc、.xls）请另存为 .docx 或 .xlsx 再传")
    raise NotTaken("只收 PDF、照片（JPG、PNG、WebP）、Word、Excel、CAD（DWG、DXF）和 MP4 短片")


def _is_dxf(head: bytes) -> bool:
    lines = head.replace(b"\r", b"").split(b"\n")
    return head.startswith(b"AutoCAD Binary DXF") or [line.strip() for line in lines[:2]] in (
        [b"0", b"SECTION"],
        [b"999", lines[1].strip() if len(lines) > 1 else b""],
    )


def _office(data: bytes) -> FileType:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise NotTaken("压缩包不完整，文件打不开，请重新保存后再传") from error
    names = {part.filename for part in parts}
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise NotTaken("这个文件解开后太大，不收")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise NotTaken("带宏的文件不收，请另存为不带宏的 .docx 或 .xlsx")
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return DOCX
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return XLSX
    raise NotTaken("压缩包不收，请把里面的文件逐个传上来")


def check_size(kind: FileType, size: int) -> None:
    """Raise NotTaken when a file of this type is too big."""
    most = load_table("attachments")[f"size.{kind.size}"]
    if size > most * MB:
        raise NotTaken(
            f"{kind.ending.upper()} 文件最大 {most:g} MB，这个有 {size / MB:.1f} MB；照片可先缩小，扫描件可降分辨率"
        )


def most_bytes() -> int:
    """The size of the biggest file of any type: no more than this is ever read."""
    table = load_table("attachments")
    return int(max(table[f"size.{kind.size}"] for kind in TYPES) * MB)


def clean_name(name: str, kind: FileType) -> str:
    """The name as it is shown and given back: no folders, no control signs, the ending of its true type."""
    base = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable() and c not in '"<>|:*?')
    stem = base.rpartition(".")[0] or base or "附件"
    return f"{stem.strip()[:120] or '附件'}.{kind.ending}"
