"""One conflict: what does not agree, on which rows, and the ways out; and what an officer decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qingxi.morning.kinds import BY_NAME, WAYS, Kind
from qingxi.morning.ledger import Written


@dataclass(frozen=True, slots=True)
class Cited:
    """A row that a conflict comes from, and the fields of it that do not agree."""

    written: Written
    fields: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(self.written.said(name) for name in self.fields)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to settle a conflict: ``id`` is what a decision names, ``needs`` village, facility or ""."""

    id: str
    zh: str
    en: str
    needs: str = ""


@dataclass(frozen=True)
class Conflict:
    """Something that does not agree.

    Attributes
    ----------
    kind : str
        Name of a :class:`Kind`.
    subject : str
        What it is about: ``"village:511825100200"``, ``"facility:QX-083"``, ``"row:<mark>"``.
    said : tuple of (str, object)
        What fills the sentence's blanks.
    rows : tuple of Cited
        Where it comes from; empty when it is an absence.
    village : str
        Code of the village it lies in, of its township, or "" where nobody can tell.
    candidates : tuple of (str, str)
        Codes that may be meant, with name.
    again : int
        0, or which one of several with the same content.
    """

    kind: str
    subject: str
    said: tuple[tuple[str, Any], ...]
    rows: tuple[Cited, ...] = ()
    village: str = ""
    candidates: tuple[tuple[str, str], ...] = ()
    again: int = 0

    @property
    def law(self) -> Kind:
        return BY_NAME[self.kind]

    @property
    def key(self) -> str:
        """The same for the same kind, subject and rows, this quarter and next, wherever the rows stand in the file."""
        said = [self.kind, self.subject, *sorted(c.written.mark for c in self.rows), str(self.again)]
        return hashlib.sha256("|".join(said).encode()).hexdigest()[:24]

    @property
    def zh(self) -> str:
        return self.law.zh.format_map(dict(self.said))

    @property
    def en(self) -> str:
        return self.law.en.format_map(dict(self.said))

    @property
    def ways(self) -> tuple[Way, ...]:
        """What may be decided, in the order of the kind's own list."""
        out: dict[str, Way] = {}
        for name in self.law.ways:
            for way in self._offered(name):
                out.setdefault(way.id, way)
        return tuple(out.values())

    def _offered(self, name: str) -> Iterable[Way]:
        if name == "keep*":
            for cited in self.rows:
                w = cited.written
                said = "、".join(v for v in cited.values if v) or w.file
                yield Way(f"keep:{w.mark}", f"以第 {w.row} 行为准：{said}", f"row {w.row} stands: {said}")
        elif name == "is*":
            for code, said in self.candidates:
                yield Way(f"is:{code}", f"是{said}", f"it is {said}")
        else:
            zh, en, needs = WAYS[name]
            yield Way(name, zh, en, needs)

    def allows(self, decision: Decision) -> bool:
        """Whether a decision settles this conflict."""
        way = next((w for w in self.ways if w.id == decision.way), None)
        return way is not None and bool(decision.target) == bool(way.needs)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody signed: the way, and the village or facility it names where the way needs one."""

    way: str
    target: str = ""

    @property
    def code(self) -> str:
        """The village or facility that a way of the form ``is`` means."""
        return self.target or self.way.partition(":")[2]


Decisions = Mapping[str, Decision]
"""By the conflict's key."""


def numbered(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """Several conflicts of the same content get numbers, so that each has its own key."""
    met: dict[str, int] = {}
    out = []
    for c in conflicts:
        n = met.get(c.key, 0)
        met[c.key] = n + 1
        out.append(c if n == 0 else Conflict(c.kind, c.subject, c.said, c.rows, c.village, c.candidates, n))
    return out
