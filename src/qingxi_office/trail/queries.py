"""Reading and proving the trail."""

from dataclasses import dataclass

from django.db.models import QuerySet

from qingxi.origin import Ref
from qingxi_office.trail import chain
from qingxi_office.trail.actions import FIELDS
from qingxi_office.trail.models import Entry


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the checker found: rows read, head hash, and each row that does not hold with its reason."""

    rows: int
    head: str
    faults: tuple[tuple[int, str], ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def of(subject: Ref, limit: int = 100) -> QuerySet[Entry]:
    """Deeds on one record, newest first. Who may read it is decided by the record's own app."""
    return Entry.objects.filter(subject_kind=subject.kind, subject_id=subject.id).order_by("-id")[:limit]


def head() -> str:
    """Hash of the last row; kept in bulletins and backups so that a cut or rebuilt chain is found."""
    return Entry.objects.order_by("-id").values_list("hash", flat=True).first() or chain.GENESIS


def verify(*known_heads: str) -> ChainReport:
    """Recompute every hash; ``known_heads`` (from bulletins, backups) must each stand in the chain."""
    previous, rows, last_id, faults, seen = chain.GENESIS, 0, 0, [], {chain.GENESIS}
    for entry in Entry.objects.order_by("id").iterator(2000):
        rows += 1
        if entry.previous_hash != previous:
            faults.append((entry.id, "与上一行的哈希不相接"))
        if chain.link(entry.previous_hash, at=entry.at, **{n: getattr(entry, n) for n in FIELDS}) != entry.hash:
            faults.append((entry.id, "内容与哈希不符"))
        previous, last_id = entry.hash, entry.id
        seen.add(entry.hash)
    faults += [(last_id, f"已知的链头 {known[:12]}… 不在链上") for known in known_heads if known not in seen]
    return ChainReport(rows, previous, tuple(faults))
