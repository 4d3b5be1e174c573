"""Rows as CSV, and CSV on the Web metadata that say what each column is (W3C tabular metadata)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from qingxi.disclosure.dataset import DataSet, Row

BOM = "\ufeff"
_RUNS = ("=", "+", "-", "@", "\t", "\r")  # a sheet would take a text that begins so for a formula
_TYPES = {"text": "string", "integer": "integer", "number": "double", "date": "date", "boolean": "boolean"}


def cell(value: Any) -> str:
    """A value as it stands in a file: nothing for unknown, true/false, and no text that a sheet would run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        value = "；".join(str(v) for v in value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_RUNS) else text


def as_csv(data: DataSet, rows: Iterable[Row], *, bom: bool = True, encoding: str = "utf-8") -> bytes:
    """The rows under the names of their columns, lines ended by CRLF (RFC 4180).

    ``bom`` stands first in UTF-8 so that Excel on a Chinese Windows reads it; other encodings (gb18030) carry none.
    What an encoding cannot hold becomes ``?``.
    """
    text = io.StringIO()
    out = csv.writer(text)
    names = [c.name for c in data.columns]
    out.writerow(names)
    out.writerows([cell(row.get(name)) for name in names] for row in rows)
    body = text.getvalue().encode(encoding, "replace")
    return BOM.encode() + body if bom and encoding.lower().replace("-", "") == "utf8" else body


def csv_metadata(data: DataSet, address: str, *, licence: str = "", modified: str = "") -> dict[str, Any]:
    """The metadata file of a CSV at ``address``: titles in both languages, datatypes, units, the key."""
    columns = [
        {
            "name": c.name,
            "titles": {"und": c.name},
            "dc:title": [{"@value": c.zh, "@language": "zh"}, {"@value": c.en, "@language": "en"}],
            "datatype": _TYPES[c.kind],
            "required": c.name == data.key,
            **({"qx:unit": c.unit} if c.unit else {}),
        }
        for c in data.columns
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "zh", "qx": "urn:qingxi:"}],
        "url": address,
        "dc:title": [{"@value": data.zh, "@language": "zh"}, {"@value": data.en, "@language": "en"}],
        "dc:description": [{"@value": data.about_zh, "@language": "zh"}, {"@value": data.about_en, "@language": "en"}],
        **({"dc:license": {"@id": licence}} if licence else {}),
        **({"dc:modified": {"@value": modified, "@type": "date"}} if modified else {}),
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tableSchema": {"columns": columns, "primaryKey": data.key},
    }  # fmt: skip
