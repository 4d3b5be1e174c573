"""Packet rows (wide, JSON) to history rows (narrow, sorted): one row a value."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("mn", pa.string()),
        ("cn", pa.string()),
        ("kind", pa.string()),
        ("quantity", pa.string()),
        ("statistic", pa.string()),
        ("at_s", pa.int64()),
        ("value", pa.float64()),
        ("text", pa.string()),
        ("mark", pa.string()),
        ("version", pa.int32()),
        ("received_ms", pa.int64()),
        ("source", pa.string()),
        ("raw", pa.string()),
    ]
)
"""A value that is no number stands in ``text`` with a null ``value``."""

SORT = ("mn", "quantity", "statistic", "at_s", "cn", "version")
"""Neighbours in a file are neighbours in time: this is what makes it small and quick to read."""

PACKET_COLUMNS = "mn, cn, kind, data_s, version, body, received_ms, source, raw"


def narrow(packets: Iterable[tuple[Any, ...]]) -> pa.Table:
    """History rows of packets selected as :data:`PACKET_COLUMNS`, in the packets' order."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for mn, cn, kind, data_s, version, body, received_ms, source, raw in packets:
        for quantity, cells in json.loads(body).items():
            mark = cells.pop("Flag", "") if quantity else ""
            for statistic, value in cells.items():
                number = isinstance(value, int | float)
                row = (
                    mn, cn, kind, quantity, statistic, data_s,
                    value if number else None, None if number else value,
                    mark, version, received_ms, source, raw,
                )  # fmt: skip
                for name, cell in zip(SCHEMA.names, row, strict=True):
                    columns[name].append(cell)
    return pa.table(columns, schema=SCHEMA)


def ordered(table: pa.Table) -> pa.Table:
    """Rows by :data:`SORT`."""
    return table.sort_by([(name, "ascending") for name in SORT])
