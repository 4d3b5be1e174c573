"""An uploaded table as rows by heading: the heading row is where all wanted headings stand together."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    return unicodedata.normalize("NFKC", str(value)).strip()


def rows_of(upload: Any, wanted: Sequence[str]) -> list[tuple[int, Mapping[str, str]]]:
    """(row as the user counts it, cells by heading) of the first sheet that has all wanted headings in one row.

    Raises ValueError, in Chinese, for a file that is no table or has no such row.
    """
    from qingxi.files.book_table import raw_sheets

    ending = Path(upload.name).suffix.lower()
    if ending not in (".xlsx", ".xls", ".csv", ".xlsm"):
        raise ValueError(f"{upload.name} 不是表格，请上传 xlsx、xls 或 csv")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{ending}"
        path.write_bytes(upload.read())
        sheets = raw_sheets(path)
    for _name, rows in sheets:
        for n, row in enumerate(rows):
            heads = [_plain(cell) for cell in row]
            if all(word in heads for word in wanted):
                return [
                    (n + 2 + k, dict(zip(heads, cells, strict=False)))
                    for k, below in enumerate(rows[n + 1 :])
                    if any(cells := [_plain(cell) for cell in below])
                ]
    raise ValueError(f"没有找到表头（要有{'、'.join(wanted)}）")
