"""Where a device said another value for a moment it had spoken of before (更正): what it was, what it is."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingxi.store.side import Side
from qingxi.store.wide import rows_of

Values = Mapping[tuple[str, str], Any]
"""By (quantity, statistic)."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A version of a moment that differs from the one before it.

    Attributes
    ----------
    at_s : int
        The moment spoken of, seconds since 1970 UTC.
    version : int
        2 for the first correction.
    received_ms : int
        When the correction came.
    was, now : dict
        The values that differ, by (quantity, statistic).
    """

    mn: str
    cn: str
    kind: str
    at_s: int
    version: int
    received_ms: int
    was: Values
    now: Values


def _flat(body: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(quantity, name): value for quantity, cells in body.items() for name, value in cells.items()}


def _between(
    key: tuple[str, str, str, int], version: int, received_ms: int, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Correction:
    before, after = _flat(old), _flat(new)
    changed = [cell for cell, value in after.items() if cell in before and before[cell] != value]
    return Correction(
        *key,
        version,
        received_ms,
        {cell: before[cell] for cell in changed},
        {cell: after[cell] for cell in changed},
    )


def hot_corrections(side: Side, limit: int = 2000) -> list[Correction]:
    """Corrections among the packets that are not yet filed, the newest of ``limit`` by their coming, oldest first."""
    rows = side.rows(
        "SELECT n.mn, n.cn, n.kind, n.data_s, n.version, n.received_ms, o.body, n.body FROM telemetry_packet n"
        " JOIN telemetry_packet o ON o.mn = n.mn AND o.cn = n.cn AND o.data_s = n.data_s AND o.version = n.version - 1"
        " WHERE n.version > 1 ORDER BY n.received_ms DESC, n.id DESC LIMIT ?",
        (limit,),
    )
    return [
        _between((mn, cn, kind, int(at)), int(version), int(came), json.loads(old), json.loads(new))
        for mn, cn, kind, at, version, came, old, new in reversed(rows)
    ]


def filed_corrections(folder: Path, files: Iterable[str]) -> list[Correction]:
    """Corrections in days' files (paths below the archive's folder). O(packets of the days) in time, one day in memory."""
    found: list[Correction] = []
    for file in files:
        path = folder / file
        keys = pq.read_table(path, columns=["mn", "at_s", "version"])
        again = keys.filter(pc.greater(keys["version"], 1))
        if not again.num_rows:
            continue
        mns, moments = again["mn"].unique(), again["at_s"].unique()
        table = pq.read_table(path)
        table = table.filter(
            pc.and_(
                pc.is_in(table["mn"], value_set=pa.array(mns)), pc.is_in(table["at_s"], value_set=pa.array(moments))
            )
        )
        before: dict[tuple[str, str, int], Mapping[str, Any]] = {}
        for mn, cn, kind, at, version, body, came, *_ in sorted(rows_of(table), key=lambda row: (*row[:4], row[4])):
            old = before.get((mn, cn, at))
            if old is not None:
                found.append(_between((mn, cn, kind, at), version, came, old, body))
            before[mn, cn, at] = body
    return found
