"""What a bulletin says: sections of sentences, tables and pictures, every figure bound to its records."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from qingxi.bulletin.cards import Proposal
from qingxi.bulletin.held import Held
from qingxi.bulletin.problem import Paper
from qingxi.bulletin.sentence import Sentence, Slot
from qingxi.bulletin.shapes import Shape
from qingxi.origin import Ref

BLANK = "〔待编〕"
"""Left to the county's document system: number, signer, date of issue. Never invented."""

Paragraph = tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; ``bound`` says for each cell which figure it is, None for words."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    bound: tuple[tuple[Slot | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars, one a place: share of each (None: unknown, drawn hatched), and a line that should be reached."""

    caption: str
    rows: tuple[tuple[str, float | None, str], ...]  # name, share 0 to 1, label
    target: float | None = None  # share
    note: str = ""


@dataclass(frozen=True, slots=True)
class MapPicture:
    """A map of places by share: outlines, classes of grey, unknown hatched."""

    caption: str
    shapes: tuple[Shape, ...]
    shares: tuple[tuple[str, float | None, str], ...]  # code, share, label
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section: heading, paragraphs of sentences, tables, pictures."""

    heading: str
    said: tuple[Paragraph, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Bars | MapPicture, ...] = ()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs as text."""
        return tuple("".join(s.text for s in paragraph) for paragraph in self.said)


@dataclass(frozen=True, slots=True)
class Letter:
    """Matters of a unit that no bulletin names, for a paper apart from it: a department's 函, a firm's 提示函."""

    unit: str
    matters: tuple[str, ...]
    because: tuple[Ref, ...]
    paper: Paper = Paper.LETTER


@dataclass(frozen=True)
class Bulletin:
    """A draft (送审稿) of a bulletin.

    Attributes
    ----------
    title, issuing_body, period : str
    as_of : date
    addressees, copies : tuple of str
        主送, 抄送.
    sections : tuple of Section
    figures : tuple of Held
        Every figure that is printed, with its lists.
    undecided : tuple of Proposal
        Cards proposed and not yet decided; they are not printed.
    letters : tuple of Letter
        Not printed either.
    todo : tuple of str
        What somebody has to do before it can go out.
    must_reply : tuple of str
        Codes of the townships that are asked to answer in writing; the others only sign for it.
    number, signer : str
        Blank until the document system has given them.
    """

    title: str
    issuing_body: str
    period: str
    as_of: date
    addressees: tuple[str, ...]
    sections: tuple[Section, ...]
    figures: tuple[Held, ...]
    undecided: tuple[Proposal, ...] = ()
    letters: tuple[Letter, ...] = ()
    todo: tuple[str, ...] = ()
    because: tuple[Ref, ...] = ()
    copies: tuple[str, ...] = ()
    must_reply: tuple[str, ...] = ()
    number: str = BLANK
    signer: str = BLANK

    @property
    def ref(self) -> Ref:
        return Ref("bulletin", f"{self.period}/{self.as_of:%Y-%m-%d}")

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Every sentence in order."""
        for section in self.sections:
            for paragraph in section.said:
                yield from paragraph

    @property
    def slots(self) -> dict[str, Slot]:
        """Every figure where it is printed, by name; a slot that stands twice is one."""
        out = {slot.name: slot for sentence in self.sentences for slot in sentence.slots}
        for section in self.sections:
            for table in section.tables:
                out |= {slot.name: slot for row in table.bound for slot in row if slot is not None}
        return out

    def as_json(self) -> dict[str, Any]:
        """Plain values for pages and for the hash."""
        return {
            "title": self.title,
            "issuing_body": self.issuing_body,
            "period": self.period,
            "as_of": self.as_of.isoformat(),
            "number": self.number,
            "signer": self.signer,
            "addressees": list(self.addressees),
            "copies": list(self.copies),
            "sections": [_section(s) for s in self.sections],
            "figures": [{"ref": str(f.ref), "sentence": f.sentence} for f in self.figures],
            "undecided": [
                {"place": p.place, "name": p.name, "card": p.card.value, "reasons": list(p.reasons)}
                for p in self.undecided
            ],
            "letters": [
                {
                    "unit": x.unit,
                    "paper": x.paper.value,
                    "matters": list(x.matters),
                    "because": [str(r) for r in x.because],
                }
                for x in self.letters
            ],
            "todo": list(self.todo),
            "must_reply": list(self.must_reply),
            "because": [str(ref) for ref in self.because],
        }

    def as_bytes(self) -> bytes:
        """The content as canonical JSON: the same content gives the same bytes."""
        return json.dumps(
            self.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.as_bytes()).hexdigest()


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "name": slot.name, "text": slot.text, "word": slot.word, "how": slot.how, "refs": [str(r) for r in slot.refs],
    }  # fmt: skip


def _section(s: Section) -> dict[str, Any]:
    return {
        "heading": s.heading,
        "paragraphs": list(s.paragraphs),
        "said": [
            [
                {"key": x.key, "reworded": x.reworded, "parts": [p if isinstance(p, str) else _slot(p) for p in x.parts]}
                for x in paragraph
            ]
            for paragraph in s.said
        ],
        "tables": [
            {
                "caption": t.caption, "header": list(t.header), "rows": [list(r) for r in t.rows], "note": t.note,
                "bound": [[None if x is None else _slot(x) for x in row] for row in t.bound],
            }
            for t in s.tables
        ],
        "pictures": [
            {
                "kind": "bars" if isinstance(p, Bars) else "map", "caption": p.caption, "note": p.note,
                "rows": [list(r) for r in (p.rows if isinstance(p, Bars) else p.shares)],
                "target": p.target if isinstance(p, Bars) else None,
                "shapes": [] if isinstance(p, Bars) else [x.as_json() for x in p.shapes],
            }
            for p in s.pictures
        ],
    }  # fmt: skip
