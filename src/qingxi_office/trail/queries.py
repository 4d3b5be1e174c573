"""Reading and proving the trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from qingxi.origin import Ref
from qingxi_office.trail import chain
from qingxi_office.trail.actions import FIELDS, LOOKED
from qingxi_office.trail.models import Entry


@dataclass(frozen=True, slots=True)
class Known:
    """A head of the chain as somebody wrote it down elsewhere: its hash, after how many rows (when known), and where."""

    head: str
    count: int | None = None
    where: str = ""


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
    """Deeds on one record, newest first, without who looked at it. Who may read it is decided by the record's own app."""
    rows = Entry.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return rows.exclude(action__startswith=LOOKED).order_by("-id")[:limit]


@dataclass(frozen=True, slots=True)
class Asked:
    """What one looks for in the trail; an empty field is no condition. ``looks`` True: readings of personal data only."""

    text: str = ""
    who: str = ""
    action: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    looks: bool = False
    behalf: bool = False


def search(asked: Asked) -> QuerySet[Entry]:
    """Rows that fit, newest first. Who may read the trail as a whole is asked by the page."""
    rows = Entry.objects.order_by("-id")
    if asked.action:
        # "issue." names a whole group.
        rows = (
            rows.filter(action__startswith=asked.action)
            if asked.action.endswith(".")
            else rows.filter(action=asked.action)
        )
    else:
        rows = rows.filter(action__startswith=LOOKED) if asked.looks else rows.exclude(action__startswith=LOOKED)
    if asked.who:
        rows = rows.filter(Q(by_name__contains=asked.who) | Q(on_behalf_of__contains=asked.who))
    if asked.kind:
        rows = rows.filter(subject_kind=asked.kind)
    if asked.behalf:
        rows = rows.exclude(on_behalf_of="")
    if asked.since:
        rows = rows.filter(at__gte=_midnight(asked.since))
    if asked.until:
        rows = rows.filter(at__lt=_midnight(asked.until + timedelta(days=1)))
    if asked.text:
        rows = rows.filter(
            Q(subject_id__contains=asked.text) | Q(because__contains=asked.text) | Q(by_name__contains=asked.text)
        )
    return rows  # fmt: skip


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def kinds() -> list[str]:
    """Kinds of record that stand in the trail."""
    return list(Entry.objects.order_by("subject_kind").values_list("subject_kind", flat=True).distinct())


def actions() -> list[str]:
    """Codes of deeds that stand in the trail."""
    return list(Entry.objects.order_by("action").values_list("action", flat=True).distinct())


def head() -> str:
    """Hash of the last row; kept in bulletins and backups so that a cut or rebuilt chain is found."""
    return Entry.objects.order_by("-id").values_list("hash", flat=True).first() or chain.GENESIS


def last_change() -> str:
    """Hash of the last deed that was no mere look: what was read from the books still stands while this does. One query."""
    rows = Entry.objects.exclude(action__startswith=LOOKED).order_by("-id")
    return rows.values_list("hash", flat=True).first() or chain.GENESIS


def count() -> int:
    """Rows in the trail; written down beside the head."""
    return Entry.objects.count()


def manifest() -> dict[str, Any]:
    """What a backup's manifest keeps under ``trail``: ``{"count": n, "head": hash}``."""
    return {"count": count(), "head": head()}


def holds(entry: Entry) -> bool:
    """Whether a row's hash is its content's."""
    return chain.link(entry.previous_hash, at=entry.at, **{n: getattr(entry, n) for n in FIELDS}) == entry.hash


def verify(*known_heads: str | Known, newest: int | None = None) -> ChainReport:
    """Recompute every hash; known heads (from bulletins, backups) must each stand in the chain, at their row.

    With ``newest`` only so many of the last rows are read (for a page: the whole is for the command), and no head is
    asked for. A known head that is not there says between which rows the forgery lies: after the last known head that
    does stand, up to its own row.
    """
    known = [k if isinstance(k, Known) else Known(k) for k in known_heads]
    rows = Entry.objects.order_by("id")
    previous, number, last_id, faults, seen = chain.GENESIS, 0, 0, [], {chain.GENESIS: 0}
    if newest is not None and (
        first := Entry.objects.order_by("-id").values_list("id", flat=True)[newest : newest + 1]
    ):
        rows = rows.filter(id__gt=first[0])
        previous = Entry.objects.values_list("hash", flat=True).get(id=first[0])
    for entry in rows.iterator(2000):
        number += 1
        if entry.previous_hash != previous:
            faults.append((entry.id, "与上一行的哈希不相接"))
        if not holds(entry):
            faults.append((entry.id, "内容与哈希不符"))
        previous, last_id = entry.hash, entry.id
        seen[entry.hash] = number
    if newest is None:
        faults += _against(known, seen, number, last_id)
    return ChainReport(number, previous, tuple(faults))  # fmt: skip


def _against(known: Iterable[Known], seen: dict[str, int], rows: int, last_id: int) -> list[tuple[int, str]]:
    """What the known heads say: each must stand in the chain, and after as many rows as was written down."""
    faults: list[tuple[int, str]] = []
    good = 0  # rows up to the last known head that stands
    for one in sorted(known, key=lambda k: (k.count is None, k.count or 0)):
        at = seen.get(one.head)
        where = f"（{one.where}）" if one.where else ""
        if at is not None and (one.count is None or one.count == at):
            good = max(good, at)
        elif at is not None:
            faults.append(
                (
                    last_id,
                    f"已知的链头 {one.head[:12]}…{where}在第 {at} 行，当时记的是第 {one.count} 行：前面插进或少了行",
                )
            )
        elif one.count is not None and one.count > rows:
            faults.append(
                (
                    last_id,
                    f"已知的链头 {one.head[:12]}…{where}不在链上：当时有 {one.count} 行，现在只有 {rows} 行，末尾被截",
                )
            )
        elif one.count is not None:
            faults.append(
                (
                    last_id,
                    f"已知的链头 {one.head[:12]}…{where}不在链上：第 {good + 1} 行到第 {one.count} 行之间被改过后重算",
                )
            )
        else:
            faults.append((last_id, f"已知的链头 {one.head[:12]}…{where}不在链上"))
    return faults  # fmt: skip
