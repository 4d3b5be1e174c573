"""The denominator of a rate: a dated, signed list that the register only proposes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from qingxi.indicator.standing import VillageStanding
from qingxi.origin import Ref
from qingxi.place import VillageKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the denominator list: a village put in (列入) or taken out (核减), why, when, signed by whom."""

    code: str
    name: str
    added: bool
    reason: str
    signed_on: date
    signed_by: str
    because: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError(f"{self.name or self.code}：列入或核减都要写理由")
        if not self.signed_by:
            raise ValueError(f"{self.name or self.code}：列入或核减都要写签发单位")


@dataclass(frozen=True, slots=True)
class Member:
    """One village of a denominator and why it is in: the register's proposal, or a signed line."""

    code: str
    name: str
    why: str
    signed_on: date | None = None
    signed_by: str = ""


@dataclass(frozen=True)
class DenominatorList:
    """Who is counted, on a day.

    ``members`` by code; ``deducted`` the lines that took villages out; ``signed`` is False as long as no line was
    signed at all: the list is then the register's proposal, and every figure says so.
    """

    as_of: date
    members: Mapping[str, Member]
    deducted: tuple[Entry, ...]
    signed: bool

    def __len__(self) -> int:
        return len(self.members)

    def __contains__(self, code: object) -> bool:
        return code in self.members

    @property
    def label(self) -> str:
        """How the list may be named on a page."""
        last = max((m.signed_on for m in self.members.values() if m.signed_on), default=None)
        last = max([d.signed_on for d in self.deducted] + ([last] if last else []), default=None)
        return f"{last.year}年{last.month}月{last.day}日签发的分母清单" if last else "名录建议的分母（尚未签发）"


def propose(villages: Iterable[VillageStanding]) -> dict[str, Member]:
    """What the register proposes: every 村委会, no 居委会."""
    return {v.code: Member(v.code, v.name, "名录中的村委会") for v in villages if v.kind is VillageKind.VILLAGE}


def denominator(villages: Iterable[VillageStanding], entries: Iterable[Entry], as_of: date) -> DenominatorList:
    """The list on a day: the register's proposal, then every signed line up to that day, in order of its date.

    Parameters
    ----------
    villages : iterable of VillageStanding
        The register; entries may name villages it does not have.
    entries : iterable of Entry
        Lines signed after ``as_of`` do not count yet.
    """
    members = propose(villages)
    deducted: dict[str, Entry] = {}
    signed = False
    for entry in sorted(entries, key=lambda e: e.signed_on):
        if entry.signed_on > as_of:
            continue
        signed = True
        if entry.added:
            members[entry.code] = Member(entry.code, entry.name, entry.reason, entry.signed_on, entry.signed_by)
            deducted.pop(entry.code, None)
        else:
            members.pop(entry.code, None)
            deducted[entry.code] = entry
    return DenominatorList(as_of, dict(sorted(members.items())), tuple(deducted.values()), signed)
