"""What a bulletin says: sections of sentences and tables, every figure with its denominator and date."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from qingxi.bulletin.cards import Proposal
from qingxi.indicator import Figure
from qingxi.origin import Ref

BLANK = "〔待编〕"
"""Left to the county's document system: number, signer, date of issue. Never invented."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; cells are text."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section: heading, paragraphs, tables."""

    heading: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Matters of a department of equal rank, for a letter (函) apart from the bulletin."""

    unit: str
    matters: tuple[str, ...]
    because: tuple[Ref, ...]


@dataclass(frozen=True)
class Bulletin:
    """A draft (送审稿) of a bulletin.

    Attributes
    ----------
    title, issuing_body, period : str
    as_of : date
    addressees : tuple of str
        主送.
    sections : tuple of Section
    figures : tuple of Figure
        Every figure that is printed, with its lists.
    undecided : tuple of Proposal
        Cards proposed and not yet decided; they are not printed.
    letters : tuple of Letter
        Not printed either.
    todo : tuple of str
        What somebody has to do before it can go out.
    number, signer : str
        Blank until the document system has given them.
    """

    title: str
    issuing_body: str
    period: str
    as_of: date
    addressees: tuple[str, ...]
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...]
    undecided: tuple[Proposal, ...] = ()
    letters: tuple[Letter, ...] = ()
    todo: tuple[str, ...] = ()
    because: tuple[Ref, ...] = ()
    copies: tuple[str, ...] = ()
    number: str = BLANK
    signer: str = BLANK

    @property
    def ref(self) -> Ref:
        return Ref("bulletin", f"{self.period}/{self.as_of:%Y-%m-%d}")

    def as_json(self) -> dict[str, Any]:
        """Plain values for pages; figures by reference with their printed form."""
        return {
            "title": self.title,
            "issuing_body": self.issuing_body,
            "period": self.period,
            "as_of": self.as_of.isoformat(),
            "number": self.number,
            "signer": self.signer,
            "addressees": list(self.addressees),
            "sections": [
                {
                    "heading": s.heading,
                    "paragraphs": list(s.paragraphs),
                    "tables": [
                        {
                            "caption": t.caption,
                            "header": list(t.header),
                            "rows": [list(r) for r in t.rows],
                            "note": t.note,
                        }
                        for t in s.tables
                    ],
                }
                for s in self.sections
            ],
            "figures": [{"ref": str(f.ref), "sentence": f.sentence} for f in self.figures],
            "undecided": [
                {"place": p.place, "name": p.name, "card": p.card.value, "reasons": list(p.reasons)}
                for p in self.undecided
            ],
            "letters": [{"unit": x.unit, "matters": list(x.matters)} for x in self.letters],
            "todo": list(self.todo),
            "because": [str(ref) for ref in self.because],
        }
