"""Reading xlsx and CSV tables with coordinates, as county staff keep them: titles above the heading, text numbers."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from qingxi.files.encoding import encoding_of
from qingxi.files.foreign_words import in_chinese
from qingxi.files.headings import COORDINATES, column_of, heading_row
from qingxi.files.layer_source import LayerSource
from qingxi.files.numbers import numbers_of
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.files.vector import crs_of, file_stands

SHEET_SUFFIXES = frozenset({".xlsx", ".xls", ".xlsm", ".et", ".ods", ".csv", ".txt"})

Cells = list[list[object]]


def _csv_cells(path: Path, encoding: str, label: str, faults: Faults) -> tuple[Cells, str]:
    raw = path.read_bytes()
    by_text, certain = encoding_of(raw)
    used = by_text
    if encoding and by_text == "latin-1":
        used = encoding
    elif encoding and by_text.removesuffix("-sig") not in (encoding.lower(), "utf-8") and by_text != "gb18030":
        faults.add("encoding-wrong", label, encoding, by_text.upper(), name="encoding", value=encoding)
    elif not encoding and not certain:
        faults.add("encoding-guessed" if by_text != "latin-1" else "encoding-broken", label, by_text.upper())
    text = raw.decode("gb18030" if used == "latin-1" else used, errors="replace")
    first = text[: text.find("\n")] if "\n" in text else text
    comma = max(",\t;,", key=first.count)
    return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=comma)], used


def _book_cells(path: Path, sheet: str, label: str, faults: Faults) -> Cells | None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    if sheet and sheet not in book.sheet_names:
        faults.add("layer-missing", path.name, "、".join(book.sheet_names), name="layer", value=sheet)
        return None
    found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    return [list(row) for row in found.to_python(skip_empty_area=False)]


def read_cells(origin: LayerSource, faults: Faults) -> tuple[Cells, str] | None:
    """All cells of a sheet or CSV, and the encoding; row i of the list is row i + 1 for the user."""
    if not file_stands(origin, faults):
        return None
    try:
        if origin.path.suffix.lower() in (".csv", ".txt"):
            return _csv_cells(origin.path, origin.encoding, origin.label, faults)
        cells = _book_cells(origin.path, origin.layer, origin.label, faults)
    except Exception as error:  # calamine's own classes; the user needs only the sentence
        faults.add("file-unreadable", origin.label, name=origin.name, value=in_chinese(error))
        return None
    return None if cells is None else (cells, "")


def _blank(row: Sequence[object]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def read_sheet(origin: LayerSource, faults: Faults) -> RawLayer | None:
    """Read one table; points from its coordinate columns, or shapes from a WKT column, if it has them.

    The heading row is found by its words, below any merged title; blank rows and a 合计 row at the end go.
    """
    got = read_cells(origin, faults)
    if got is None:
        return None
    cells, encoding = got
    at = heading_row(cells, origin.name, origin.columns)
    if at is None:
        faults.add("layer-empty", origin.label, name=origin.name)
        return None
    headings = ["" if cell is None else str(cell).strip() for cell in cells[at]]
    body = [
        (number, row)
        for number, row in enumerate(cells[at + 1 :], start=at + 2)
        if not _blank(row) and not (row and str(row[0]).strip() in ("合计", "总计", "小计"))
    ]
    if not body:
        faults.add("layer-empty", origin.label, name=origin.name)
        return None
    rows = np.array([number for number, _ in body], dtype=np.int64)
    columns = {}
    for index, heading in enumerate(headings):
        if not heading or heading in columns:
            continue
        values = np.empty(len(body), dtype=object)
        values[:] = [row[index] if index < len(row) else None for _, row in body]
        columns[heading] = values
    geometry, named_degrees = _points(origin, rows, columns, faults)
    crs = crs_of(origin.crs, origin, faults)
    if crs is None and named_degrees:
        crs = crs_of("EPSG:4490", origin, faults)
        faults.add("crs-assumed", origin.label, " CGCS2000 经纬度 ", name="crs")
    return RawLayer(origin, rows, columns, geometry, crs, encoding)


def _points(
    origin: LayerSource, rows: np.ndarray, columns: dict[str, np.ndarray], faults: Faults
) -> tuple[np.ndarray, bool]:
    """Geometry of a table and whether its headings call the coordinates longitude and latitude."""
    nothing = np.full(rows.size, None, dtype=object)
    wkt = column_of(columns, COORDINATES["wkt"], origin.columns.get("wkt"))
    if wkt is not None:
        texts = np.array([c if isinstance(c, str) and c.strip() else None for c in columns[wkt]], dtype=object)
        return shapely.force_2d(shapely.from_wkt(texts, on_invalid="ignore")), False
    for kind in ("degrees", "metres"):
        x_words, y_words = COORDINATES[f"{kind}_x"], COORDINATES[f"{kind}_y"]
        x = column_of(columns, x_words, origin.columns.get("x"))
        y = column_of(columns, y_words, origin.columns.get("y"))
        if x is None or y is None:
            continue
        xs = numbers_of(columns[x], rows, origin.label, x, faults)
        ys = numbers_of(columns[y], rows, origin.label, y, faults)
        good = np.isfinite(xs) & np.isfinite(ys)
        nothing[good] = shapely.points(xs[good], ys[good])
        return nothing, kind == "degrees"
    return nothing, False
