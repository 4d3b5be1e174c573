"""What a workbook's XML knows and its cells do not: hidden rows and columns, formulas without a value, stray far cells."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_CHUNK = 1 << 20
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?>')
_COL = re.compile(rb"<col\b[^>]*>")
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_AT = re.compile(rb'\br="([A-Z]+)(\d+)"')
_FAR = re.compile(rb'<c r="([A-Z]{3})(\d+)"[^>]*?>\s*<')
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Marks:
    """Of one sheet, all counted from 0: hidden rows and columns, cells whose formula has no value, the farthest cell."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    unsolved: dict[tuple[int, int], str] = field(default_factory=dict)
    far: str = ""


def marks_of(path: Path) -> dict[str, Marks]:
    """Marks of every sheet of an .xlsx by the sheet's name; empty when the book is not laid out as usual."""
    out: dict[str, Marks] = {}
    try:
        with zipfile.ZipFile(path) as book:
            for name, part in _parts(book):
                with book.open(part) as stream:
                    out[name] = _scan(iter(lambda s=stream: s.read(_CHUNK), b""))  # type: ignore[misc]
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile, OSError, ValueError, EOFError):
        return out
    return out


def _parts(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = {
        rel.get("Id"): (rel.get("Target") or "")
        for rel in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    }
    there = set(book.namelist())
    for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter():
        if sheet.tag.endswith("}sheet"):
            target = targets.get(sheet.get(_REL), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if part in there:
                yield sheet.get("name") or "", part


def _scan(chunks: Iterator[bytes]) -> Marks:
    """Read the sheet piece by piece, cut at row ends, so that a large one costs little memory."""
    marks, held, first = Marks(), b"", True
    for chunk in chunks:
        held += chunk
        cut = held.rfind(b"</row>")
        if cut < 0 and not first:
            if len(held) > 64 * _CHUNK:  # no row ever ends: not a sheet of ours
                return marks
            continue
        piece, held = (held[: cut + 6], held[cut + 6 :]) if cut >= 0 else (held, held)
        if first:
            _columns(piece, marks)
            first = False
        _rows(piece, marks)
    _rows(held, marks)
    return marks


def _columns(piece: bytes, marks: Marks) -> None:
    for tag in _COL.findall(piece.split(b"<sheetData", 1)[0]):
        if b'hidden="1"' in tag or b'hidden="true"' in tag:
            low, high = re.search(rb'min="(\d+)"', tag), re.search(rb'max="(\d+)"', tag)
            if low and high and int(high[1]) < 1000:
                marks.hidden_columns.update(range(int(low[1]) - 1, int(high[1])))


def _rows(piece: bytes, marks: Marks) -> None:
    if b"hidden=" in piece:
        for found in _ROW.finditer(piece):
            if b'hidden="1"' in found[0] or b'hidden="true"' in found[0]:
                marks.hidden_rows.add(int(found[1]) - 1)
    if b"<f" in piece or b't="e"' in piece:
        for attributes, inside in _CELL.findall(piece):
            # A text formula may well give nothing: t="str" with an empty value is solved.
            solved = b't="str"' in attributes or re.search(rb"<v>[^<]", inside) is not None
            wrong = b't="e"' in attributes
            if (b"<f" in inside and not solved) or wrong:
                at = _AT.search(attributes)
                if at:
                    said = re.search(rb"<v>(.*?)</v>" if wrong else rb"<f[^>]*>(.*?)</f>", inside, re.S)
                    words = said[1].decode("utf-8", "replace") if said else ""
                    marks.unsolved[int(at[2]) - 1, column_number(at[1].decode())] = words if wrong else f"={words}"
    if not marks.far:
        far = _FAR.search(piece)
        if far:
            marks.far = (far[1] + far[2]).decode()


def column_number(letters: str) -> int:
    """A column's number from 0 by its letters: A is 0, AA is 26."""
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1
