"""Reading a frozen register: the rows of a part, and the difference of two snapshots."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qingxi_office.facilities.models import SnapshotPart


@dataclass(frozen=True)
class Difference:
    """What one kind of rows in one village lost, gained and changed between two days."""

    kind: str
    place: Any
    gone: list[dict[str, Any]]
    new: list[dict[str, Any]]
    changed: list[tuple[dict[str, Any], dict[str, Any], list[str]]]  # before, after, names of the fields

    @property
    def count(self) -> int:
        return len(self.gone) + len(self.new) + len(self.changed)


def rows_of(part: SnapshotPart) -> list[dict[str, Any]]:
    """The rows as they stood; reads the part's bytes (one query when they were deferred)."""
    held = json.loads(zlib.decompress(bytes(part.rows)))
    return [dict(zip(held["fields"], row, strict=True)) for row in held["rows"]]


def sound(part: SnapshotPart) -> bool:
    """Whether the bytes are those that were frozen."""
    import hashlib

    return hashlib.sha256(zlib.decompress(bytes(part.rows))).hexdigest() == part.sha256


def differences(before: Iterable[SnapshotPart], after: Iterable[SnapshotPart]) -> list[Difference]:
    """Parts that differ, by kind and village; parts with equal digests are not opened."""
    old, new = ({(p.kind, p.place_id): p for p in side} for side in (before, after))
    out = []
    for key in sorted(old.keys() | new.keys(), key=lambda k: (k[0], (new.get(k) or old[k]).place.code)):
        a, b = old.get(key), new.get(key)
        if a is not None and b is not None and a.sha256 == b.sha256:
            continue
        out.append(_between(a, b))
    return out


def _between(a: SnapshotPart | None, b: SnapshotPart | None) -> Difference:
    some = b or a
    assert some is not None
    old = {_key(row): row for row in rows_of(a)} if a else {}
    new = {_key(row): row for row in rows_of(b)} if b else {}
    changed = []
    for key in old.keys() & new.keys():
        # Fields that one of the two did not keep yet are no change.
        names = [n for n in old[key].keys() & new[key].keys() if old[key][n] != new[key][n]]
        if names:
            changed.append((old[key], new[key], sorted(names)))
    return Difference(
        some.kind, some.place, [old[k] for k in sorted(old.keys() - new.keys())], [new[k] for k in sorted(new.keys() - old.keys())],
        sorted(changed, key=lambda c: _key(c[1])),
    )  # fmt: skip


def _key(row: dict[str, Any]) -> str:
    return str(row.get("key") or row.get("place__code"))
