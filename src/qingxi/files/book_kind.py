"""What kind of file a table is by its content, whatever its name says; and what is refused, with words.

County staff send .xlsx, .xls, .csv and .txt, and sometimes a web page called .xls, a book with a password, a WPS .et
or a photograph. What can be read is read by its content; what cannot is refused in a sentence that says what to do.
"""

import zipfile
from pathlib import Path

from qingxi.files.encoding import decodes, encoding_of

XLSX, XLS, TEXT = "xlsx", "xls", "text"
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNPACKED_MAX = 1_200_000_000
"""Bytes a workbook may unpack to: 200,000 households take about 0.15 GB; what is larger is a bomb or no ledger."""
_RATIO_MAX, _RATIO_FROM = 250, 200_000_000
"""A part this large that shrinks this well is nothing but one byte repeated."""
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\xff\xd8\xff", "照片（JPEG）"),
    (b"\x89PNG", "图片（PNG）"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"SQLite format 3", "数据库"),
)


class Refused(ValueError):
    """A file that is not read: the sentence is for the user; ``remedy`` says what to do, ``code`` is stable."""

    def __init__(
        self, rule: str, remedy: str = "请用 Excel 或 WPS 打开后另存为 .xlsx", code: str = "file-unreadable"
    ):
        super().__init__(rule)
        self.remedy, self.code = remedy, code


def kind_of(path: Path) -> str:
    """``"xlsx"``, ``"xls"`` or ``"text"``.

    Raises
    ------
    Refused
        When it is none of these, is empty, has a password, or unpacks to more than any ledger would.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("文件是空的（0 字节）", "请重新拷贝或重新导出该文件", "file-empty")
    with path.open("rb") as stream:
        head = stream.read(4096)
    if path.suffix.lower() in {".et", ".ett"}:
        raise Refused("这是 WPS 自己的 .et 格式", "请在 WPS 里另存为 .xlsx 再传", "file-et")
    if path.suffix.lower() in {".csv", ".txt", ".tsv"}:
        if head.startswith((_CFB, b"PK\x03\x04")):
            return _binary(path, head)
        return TEXT
    if head.startswith((_CFB, b"PK\x03\x04")):
        return _binary(path, head)
    for mark, name in _OTHERS:
        if head.startswith(mark):
            raise Refused(f"这是{name}，不是表格", "请传 Excel、WPS 或 CSV 表格", "file-kind")
    return _text(path, head)


def _binary(path: Path, head: bytes) -> str:
    return _zip(path) if head.startswith(b"PK") else _compound(path)


def _zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Refused("文件不完整，打不开", "多半没有拷全：请重新拷贝，或用 Excel 打开后另存") from error
    names = {info.filename for info in infos}
    if not any(name.lower() == "xl/workbook.xml" for name in names):
        if any(name.startswith("word/") for name in names):
            raise Refused("这是 Word 文档，不是表格", "请把表格粘贴到 Excel 里另存为 .xlsx", "file-kind")
        if "mimetype" in names or "xl/workbook.bin" in names:
            raise Refused("这种表格格式读不了", code="file-kind")
        raise Refused("这是压缩包，不是表格", "请解压后把里面的表格逐个传来", "file-kind")
    for info in infos:
        if info.file_size > _RATIO_FROM and info.file_size > _RATIO_MAX * max(info.compress_size, 1):
            raise Refused(
                f"解压后大得不像台账（{info.file_size / 1e6:,.0f} MB）",
                "请新建一张表，把有数据的部分粘贴过去",
                "file-bomb",
            )
    unpacked = sum(info.file_size for info in infos)
    if unpacked > _UNPACKED_MAX:
        raise Refused(f"解压后有 {unpacked / 1e9:.1f} GB，太大", "请分成几个文件，或删去空白行列再存", "file-bomb")
    return XLSX


def _compound(path: Path) -> str:
    raw = path.read_bytes()
    locked = "EncryptedPackage".encode("utf-16-le") in raw or _has_filepass(raw)
    if locked:
        raise Refused("文件加了密码，打不开", "请在 Excel 里取消密码后另存再传", "file-password")
    return XLS


def _has_filepass(raw: bytes) -> bool:
    """Whether an .xls is encrypted: the record FILEPASS (0x2F) follows the first BOF of the workbook's stream."""
    at = raw.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    return at >= 0 and raw[at + 20 : at + 22] == b"\x2f\x00"


def _text(path: Path, head: bytes) -> str:
    """Text under a workbook's name: tables with a separator are read, pages and XML are refused."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"mime-version")):
        raise Refused("这是网页，只是起了 Excel 的名字", "请用 Excel 打开后另存为 .xlsx", "file-kind")
    if start.startswith(b"<?xml"):
        raise Refused("这是 XML 2003 表格", "请用 Excel 打开后另存为 .xlsx", "file-kind")
    raw = path.read_bytes()
    name, _ = encoding_of(raw)
    if name == "latin-1" or not decodes(raw, name):
        raise Refused("打不开：不是 Excel 文件，或文件已损坏")
    lines = raw.decode(name).splitlines()[:20]
    if not any(line.count("\t") or line.count(",") or line.count(";") for line in lines):
        raise Refused("打不开：不是 Excel 文件，或文件已损坏")
    return TEXT
