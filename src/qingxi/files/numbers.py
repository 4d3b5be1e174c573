"""Cells as people write them to numbers, codes and dates: full-width digits, units, text that is a number."""

import re
import unicodedata
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from qingxi.files.rules import Faults

Floats = npt.NDArray[np.float64]
_EMPTY = frozenset({"", "-", "—", "–", "/", "无", "null", "none", "nan", "n/a", "#n/a"})
_UNIT = re.compile(r"(?<=\d)\s*(人|户|m³/d|m3/d|吨/日|mm|m|米|元|万元|亩|t/d|%)\Z", re.IGNORECASE)
_ALL_TEXT = (".csv", ".txt", ".tsv")
"""Files whose numbers come as text by their nature: nothing to mend in Excel."""
_DATE = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})(?:\s*[-./月]\s*(\d{1,2}))?")


def plain(cell: object) -> str:
    """A cell as text: full-width to half-width, outer blanks gone, None as empty."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    return unicodedata.normalize("NFKC", str(cell)).strip()


def numbers_of(
    values: npt.NDArray[np.generic],
    rows: npt.NDArray[np.int64],
    label: str,
    name: str,
    faults: Faults,
) -> Floats:
    """A column as float64, NaN where empty or no number.

    Text that is a number is accepted with one warning for the column; text that is none is told with its row and counts as empty.
    """
    if values.dtype.kind in "iufb":
        return values.astype(np.float64)
    out = np.full(values.size, np.nan)
    as_text = 0
    first = 0
    for i, cell in enumerate(values):
        if cell is None:
            continue
        if isinstance(cell, (int, float)):
            out[i] = float(cell)
            continue
        text = plain(cell)
        if text.lower() in _EMPTY:
            continue
        bare = _UNIT.sub("", text).replace(",", "").replace(" ", "")
        try:
            out[i] = float(bare)
        except ValueError:
            faults.add("number-text", label, row=int(rows[i]), name=name, value=cell)
            continue
        first = first or int(rows[i])
        as_text += 1
    if as_text and not label.lower().endswith(_ALL_TEXT):
        faults.add("number-as-text", label, row=first, name=name, value=f"共 {as_text} 行")
    return out


def texts_of(
    values: npt.NDArray[np.generic], rows: npt.NDArray[np.int64], label: str, name: str, faults: Faults
) -> npt.NDArray[np.object_]:
    """A column as text; a code that Excel turned into a number comes back as its digits, with one warning."""
    out = np.empty(values.size, dtype=object)
    turned = 0
    first = 0
    for i, cell in enumerate(values):
        if isinstance(cell, (float, np.floating)) and float(cell).is_integer() and abs(float(cell)) < 1e15:
            out[i] = str(int(cell))
            if abs(float(cell)) >= 1e5:
                turned += 1
                first = first or int(rows[i])
        else:
            out[i] = plain(cell)
    if turned:
        faults.add("code-as-number", label, row=first, name=name, value=f"共 {turned} 行")
    return out


def date_of(cell: object) -> date | None:
    """A date from 2026-11-22, 2023.6.27, 2023年6月 or a real date; None when it is none."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DATE.match(plain(cell))
    if not found:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None
