"""Packet rows of history: one row a packet, a column a quantity.

Of each known quantity there are its value (``cod``), the device's mark (``cod_mark``) and, where they were sent, its
least, greatest and total (``cod_min``, ``cod_max``, ``cod_cou``). A column is there when a day has something for it.
The value is what the report is about: ``Rtd`` of a real-time packet, else ``Avg``. Everything else that was sent (a
word in place of a number, a factor the house does not know, a second pump's meter) stands in ``other`` as JSON, so that
:func:`body_of` gives back what the hot row held.

Why wide: an HJ 212 packet is a row already. Hour means of all its quantities come from one pass with one key, the
flow that weighs a concentration stands beside it, and time, arrival and origin are kept once and not once a quantity.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from qingxi.quantity import QUANTITIES
from qingxi.store.body import Body, dump

META = pa.schema(
    [
        ("mn", pa.string()),
        ("cn", pa.string()),
        ("kind", pa.string()),
        ("at_s", pa.int64()),
        ("version", pa.int32()),
        ("newest", pa.bool_()),
        ("lag_ms", pa.int64()),
        ("source", pa.string()),
        ("raw_batch", pa.int64()),
        ("raw_index", pa.int32()),
        ("raw_more", pa.string()),
        ("other", pa.string()),
    ]
)
"""Columns of every row. ``newest`` tells the version that counts; older ones stay as evidence.
``lag_ms`` is from the packet's time to its arrival. Where the frame lies is ``raw_batch`` and ``raw_index``; a packet that
was put together from several frames has ``raw_more`` instead.
"""

SORT = ("mn", "at_s", "cn", "version")
"""Neighbours in a file are neighbours in time: this is what makes it small and quick to read."""

PACKET_COLUMNS = "mn, cn, kind, data_s, version, body, received_ms, source, raw"
"""Columns of a hot row, in the order :func:`wide` takes them."""

Row = tuple[str, str, str, int, int, Body, int, str, str]
"""A packet: :data:`PACKET_COLUMNS` with the body read."""

MARK = "_mark"
_BESIDE = {"Min": "_min", "Max": "_max", "Cou": "_cou"}


def read_rows(hot: Iterable[tuple[Any, ...]]) -> list[Row]:
    """Hot rows with their bodies read."""
    return [(*row[:5], json.loads(row[5]), *row[6:]) for row in hot]


def codes_in(names: Iterable[str]) -> tuple[str, ...]:
    """The quantities that have columns, in the house's order."""
    there = set(names)
    return tuple(code for code in QUANTITIES if code + MARK in there)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _own_statistic(kind: str) -> str:
    return "Rtd" if kind in ("rtd", "") else "Avg"


def _spread(kind: str, body: Body, put: Any) -> str:
    """Give each value its column; returns what has none, as JSON or empty."""
    own = _own_statistic(kind)
    other: dict[str, dict[str, float | str]] = {}
    for name, cells in body.items():
        if name not in QUANTITIES or not cells:
            other[name] = cells
            continue
        rest = dict(cells)
        put(name + MARK, str(rest.pop("Flag", "")))
        main = next((each for each in (own, "Rtd", "Avg") if _number(rest.get(each))), None)
        if main is not None:
            put(name, float(rest.pop(main)))
            if main != own:
                rest["="] = main
        for statistic, ending in _BESIDE.items():
            if _number(rest.get(statistic)):
                put(name + ending, float(rest.pop(statistic)))
        if rest:
            other[name] = rest
    return dump(other) if other else ""


def wide(rows: Iterable[Row]) -> pa.Table:
    """History rows of packets, in the packets' order; the newest version of each moment is marked."""
    packets = list(rows)
    size = len(packets)
    columns: dict[str, list[Any]] = {}
    best: dict[tuple[str, str, int], tuple[int, int]] = {}
    others: list[str | None] = [None] * size
    for at, (mn, cn, kind, data_s, version, body, *_) in enumerate(packets):

        def put(name: str, value: Any, at: int = at) -> None:
            column = columns.get(name)
            if column is None:
                column = columns[name] = [None] * size
            column[at] = value

        others[at] = _spread(kind, body, put) or None
        key = (mn, cn, data_s)
        if key not in best or version >= best[key][0]:
            best[key] = (version, at)
    newest = [False] * size
    for _, at in best.values():
        newest[at] = True
    names = ("mn", "cn", "kind", "at_s", "version", "body", "received_ms", "source", "raw")
    cells = zip(*packets, strict=True) if packets else [()] * len(names)
    meta: dict[str, Any] = dict(zip(names, cells, strict=True)) | {"newest": newest, "other": others}
    meta["lag_ms"] = [came - at_s * 1000 for came, at_s in zip(meta["received_ms"], meta["at_s"], strict=True)]
    places = [_place(raw) for raw in meta["raw"]]
    for column, name in enumerate(("raw_batch", "raw_index", "raw_more")):
        meta[name] = [place[column] for place in places]
    table = pa.table({name: list(meta[name]) for name in META.names}, schema=META)
    for code in QUANTITIES:
        for name, kind_of in _columns_of(code):
            if name in columns:
                table = table.append_column(name, pa.array(columns[name], kind_of))
    return table


def _place(raw: str) -> tuple[int | None, int | None, str | None]:
    batch, _, index = raw.partition(":")
    return (int(batch), int(index), None) if batch.isdigit() and index.isdigit() else (None, None, raw)


def _raw(row: Mapping[str, Any]) -> str:
    more = row["raw_more"]
    return f"{row['raw_batch']}:{row['raw_index']}" if more is None else str(more)


def _columns_of(code: str) -> tuple[tuple[str, pa.DataType], ...]:
    beside = tuple((code + ending, pa.float64()) for ending in _BESIDE.values())
    return ((code, pa.float64()), (code + MARK, pa.string()), *beside)


def body_of(row: Mapping[str, Any]) -> Body:
    """What a packet's hot row held: the same names and values; the order of names is the house's."""
    body: Body = {}
    rest = json.loads(row["other"]) if row.get("other") else {}
    for code in QUANTITIES:
        mark = row.get(code + MARK)
        if mark is None:
            continue
        cells: dict[str, float | str] = {}
        more = rest.pop(code, {})
        main = more.pop("=", _own_statistic(row["kind"]))
        if row.get(code) is not None:
            cells[main] = row[code]
        for statistic, ending in _BESIDE.items():
            if row.get(code + ending) is not None:
                cells[statistic] = row[code + ending]
        cells |= more
        if mark:
            cells["Flag"] = mark
        body[code] = cells
    return body | rest


def rows_of(table: pa.Table) -> list[Row]:
    """The packets of history rows."""
    return [
        (
            row["mn"], row["cn"], row["kind"], row["at_s"], row["version"], body_of(row),
            row["lag_ms"] + row["at_s"] * 1000, row["source"], _raw(row),
        )
        for row in table.to_pylist()
    ]  # fmt: skip


def stacked(tables: Iterable[pa.Table]) -> pa.Table:
    """Tables of differing quantities as one; what a table lacks is null."""
    return pa.concat_tables(list(tables), promote_options="default")


def ordered(table: pa.Table) -> pa.Table:
    """Rows by :data:`SORT`."""
    return table.sort_by([(name, "ascending") for name in SORT])
