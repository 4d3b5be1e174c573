"""Each packet of a facility as it came: value, the device's mark, version, and how late; what a chart shows at a minute's zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qingxi.quantity import QUANTITIES
from qingxi.reading import day_of
from qingxi_office.readings.series import open_store

MOST = 3000
"""Packets in one answer; a device that reports every half minute sends 2,880 a day."""

_META = ("mn", "kind", "at_s", "version", "newest", "lag_ms", "source")


def packets(
    facility: str, codes: Sequence[str], start_s: int, end_s: int, point: str
) -> dict[str, dict[str, list[Any]]]:
    """Columns by quantity (``at`` in s, ``value`` or None, ``flag``, ``version``, ``newest``, ``valid``, ``late`` in s, ``kind``).

    Every version is there: the older ones are what the device said before it corrected itself. Of more than
    :data:`MOST` packets the newest are taken. A mark or a value that the rules of validity refuse is told as not valid.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from qingxi.reading import make_samples
    from qingxi.store.pick import rows_with
    from qingxi.store.wide import MARK

    store = open_store()
    if store is None:
        return {}
    with store:
        held = store.held(day_of(start_s), day_of(end_s - 1), facility)
    mns = [row[0] for row in held.devices if row[2] == point]
    names = [*_META, *(name for code in codes for name in (code, code + MARK))]
    parts = [rows_with(file, "mn", mns, names) for file in held.files]
    extra = held.extra.select([name for name in names if name in held.extra.column_names])
    parts.append(extra.filter(pc.is_in(extra["mn"], value_set=pa.array(mns, pa.string()))))
    table = pa.concat_tables(parts, promote_options="default")
    keep = pc.and_(pc.and_(pc.greater_equal(table["at_s"], start_s), pc.less(table["at_s"], end_s)), pc.not_equal(table["kind"], ""))  # fmt: skip
    table = table.filter(keep).sort_by([("at_s", "ascending"), ("version", "ascending")])
    table = table.slice(max(0, table.num_rows - MOST))
    out: dict[str, dict[str, list[Any]]] = {}
    for code in codes:
        if code + MARK not in table.column_names:
            continue
        mine = table.filter(pc.is_valid(table[code + MARK]))
        if not mine.num_rows:
            continue
        numbers = mine[code] if code in mine.column_names else pa.nulls(mine.num_rows, pa.float64())
        value = pc.fill_null(numbers, float("nan")).to_numpy(zero_copy_only=False)
        flags = mine[code + MARK].to_numpy(zero_copy_only=False).astype(str)
        at = mine["at_s"].to_numpy()
        # Validity does not hang on the neighbours, so each packet is judged as one of a time of its own.
        judged = make_samples(facility, code, "rtd", np.arange(at.size), value, flags)
        out[code] = {
            "at": at.tolist(), "value": [None if v != v else float(f"{v:.6g}") for v in value.tolist()],
            "flag": flags.tolist(), "version": mine["version"].to_pylist(), "newest": mine["newest"].to_pylist(),
            "valid": judged.valid.tolist(), "late": [round(lag / 1000) for lag in mine["lag_ms"].to_pylist()],
            "kind": mine["kind"].to_pylist(), "source": mine["source"].to_pylist(),
        }  # fmt: skip
    return {code: out[code] for code in QUANTITIES if code in out}


def newest_at(facility: str) -> int | None:
    """Seconds of the newest reading of a facility; None where no device ever spoke."""
    store = open_store()
    if store is None:
        return None
    with store:
        found = store.latest(facility)
    return max((int(one.at.timestamp()) for one in found.values()), default=None)
