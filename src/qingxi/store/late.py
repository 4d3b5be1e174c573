"""What comes after a day was filed: the same again, further parts, corrections (迟到与更正).

The law is the hot store's: a packet is (MN, CN, DataTime); the same values say nothing, further values join, a
differing value is a new version and the old one stays.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from qingxi.store.body import merged
from qingxi.store.wide import Row, ordered, rows_of, stacked, wide


def joined(old: pa.Table, late: Iterable[Row]) -> pa.Table:
    """A day's filed rows and the packets that came late, in order; only rows of the late packets' moments change."""
    came = sorted(late, key=lambda row: (row[0], row[3], row[1], row[4]))
    if not came:
        return old
    devices = pa.array(sorted({row[0] for row in came}))
    moments = pa.array(sorted({row[3] for row in came}), pa.int64())
    touched = pc.and_(pc.is_in(old["mn"], value_set=devices), pc.is_in(old["at_s"], value_set=moments))
    filed: dict[tuple[str, str, int], list[Row]] = {}
    for row in sorted(rows_of(old.filter(touched)), key=lambda each: each[4]):
        filed.setdefault((row[0], row[1], row[3]), []).append(row)
    for row in came:
        _add(filed.setdefault((row[0], row[1], row[3]), []), row)
    rest = old.filter(pc.invert(touched))
    return ordered(stacked([rest, wide(row for versions in filed.values() for row in versions)]))


def _add(versions: list[Row], row: Row) -> None:
    for before in versions:
        # An old packet sent again after its correction says nothing new, and must not undo the correction.
        if merged(before[5], row[5]) == (before[5], False):
            return
    if not versions:
        versions.append(row)
        return
    last = versions[-1]
    body, differs = merged(last[5], row[5])
    if differs:
        versions.append((*row[:4], last[4] + 1, body, *row[6:]))
    else:
        raw = ",".join(place for place in (last[8], row[8]) if place)
        versions[-1] = (*last[:5], body, *last[6:8], raw)
