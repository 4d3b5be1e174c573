"""Finding the encoding of Chinese text files: BOM, then strict UTF-8, then GB18030; never a silent guess."""

import struct
from pathlib import Path

_DBF_LANGUAGE = {0x4D: "gb18030", 0x7A: "gb18030", 0x03: "cp1252", 0x57: "cp1252", 0x78: "big5", 0x4F: "big5"}


def decodes(raw: bytes, encoding: str) -> bool:
    """Whether the bytes are text in this encoding, strictly."""
    try:
        raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def encoding_of(raw: bytes) -> tuple[str, bool]:
    """Encoding of a text and whether it is certain.

    Returns
    -------
    (str, bool)
        ``"utf-8-sig"``, ``"utf-16"`` and pure ASCII are certain; valid UTF-8 with Chinese in it is as good as
        certain (GBK text is practically never valid UTF-8); GB18030 is a guess; ``"latin-1"`` when nothing fits.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", True
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", True
    if decodes(raw, "utf-8"):
        return "utf-8", True
    if decodes(raw, "gb18030"):
        return "gb18030", False
    return "latin-1", False


def dbf_text(path: Path) -> bytes:
    """The character fields and field names of a .dbf, as bytes, cells that are cut in mid-character mended.

    A .dbf of 10-byte names cuts a UTF-8 heading in half; the broken tail must not make UTF-8 look invalid, so each
    cell loses what does not complete a character at its end. Cost: one pass over the file.
    """
    raw = path.read_bytes()
    if len(raw) < 33:
        return b""
    records, header, size = struct.unpack("<IHH", raw[4:12])
    cells: list[bytes] = []
    fields: list[tuple[int, int]] = []
    at, place = 32, 1
    while at + 32 <= len(raw) and raw[at] != 0x0D:
        kind, length = chr(raw[at + 11]), raw[at + 16]
        cells.append(raw[at : at + 11].split(b"\0")[0])
        if kind == "C":
            fields.append((place, length))
        place += length
        at += 32
    body = raw[header : header + records * size]
    for start in range(0, len(body) - size + 1, size):
        cells.extend(body[start + a : start + a + n].rstrip(b" \0") for a, n in fields)
    return b"\n".join(cells)


def _cut_tails(text: bytes, encoding: str) -> bytes:
    """Drop from each cell a last character that the field width cut in half."""
    out = []
    for cell in text.split(b"\n"):
        for cut in range(4):
            piece = cell[: len(cell) - cut] if cut else cell
            if decodes(piece, encoding):
                out.append(piece)
                break
        else:
            out.append(cell)
    return b"\n".join(out)


def dbf_encoding(path: Path) -> tuple[str, bool, str]:
    """Encoding to read a .dbf with, whether anything says so, and what its .cpg says.

    Returns
    -------
    (str, bool, str)
        Encoding by the text itself; True when a .cpg, the language byte or plain ASCII settles it; the .cpg's
        word (empty without one), which may be wrong: the caller compares.
    """
    cpg = next((p for p in (path.with_suffix(".cpg"), path.with_suffix(".CPG")) if p.exists()), None)
    said = cpg.read_text(encoding="latin-1").strip() if cpg else ""
    text = dbf_text(path)
    if text.isascii():
        return "utf-8", True, ""
    for guess in ("utf-8", "gb18030"):
        if decodes(text, guess) or decodes(_cut_tails(text, guess), guess):
            by_text = guess
            break
    else:
        by_text = "latin-1"
    with path.open("rb") as stream:
        language = _DBF_LANGUAGE.get(stream.read(30)[29], "")
    return by_text, bool(said) or by_text == "utf-8" or language == by_text, said


def same_encoding(a: str, b: str) -> bool:
    """Whether two names mean encodings that read Chinese alike (GBK is part of GB18030)."""

    def family(name: str) -> str:
        plain = name.lower().replace("-", "").replace("_", "").replace(" ", "")
        if plain in {"gbk", "gb2312", "gb18030", "cp936", "936", "euccn", "ansi936", "ldid/77"}:
            return "gb18030"
        return {"utf8": "utf-8", "65001": "utf-8", "utf8sig": "utf-8"}.get(plain, plain)

    return family(a) == family(b)
