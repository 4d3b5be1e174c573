"""A finding with its evidence, or the honest answer that nobody can tell."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.reading import Use


class Confidence(StrEnum):
    """How sure a rule is, in words; the published error rate of each rule says what the words are worth."""

    HIGH = "较高"
    FAIR = "一般"
    LOW = "低"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence for or against.

    Attributes
    ----------
    source : str
        In words: ``"电费单"``, ``"厂家平台日流量"``, ``"巡查记录"``.
    said : str
        What it says, one Chinese clause with its figures.
    n : int
        How many readings, bills, samples or visits it rests on.
    refs : tuple of Ref
        The records themselves.
    """

    source: str
    said: str
    n: int
    refs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a facility, since when, and how we know.

    Attributes
    ----------
    facility : str
    rule : str
        Code of the rule; ``version`` of it; ``name`` its Chinese name.
    start, end : date
        The period it speaks of, both days with.
    confidence : Confidence
    said : str
        The finding in one Chinese sentence, with figures.
    evidence, counter : tuple of Piece
        What speaks for it and what against.
    overturned_by : str
        What would overturn it (什么会推翻它).
    use : Use
        The lowest use among its evidence; software never promotes it.
    remark : str
        What must be said beside it, such as a limit that nobody has verified; empty when nothing.
    """

    facility: str
    rule: str
    version: str
    name: str
    start: date
    end: date
    confidence: Confidence
    said: str
    evidence: tuple[Piece, ...]
    overturned_by: str
    counter: tuple[Piece, ...] = ()
    use: Use = Use.CLUE
    remark: str = ""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"finding {self.rule} at {self.facility} has no evidence")
        if self.end < self.start:
            raise ValueError(f"finding {self.rule} at {self.facility}: end {self.end} is before {self.start}")

    @property
    def id(self) -> str:
        """Same facility, rule and first day give the same id: a repeated round does not double a finding."""
        return f"{self.facility}/{self.rule}/{self.start:%Y%m%d}"

    @property
    def ref(self) -> Ref:
        return Ref("finding", self.id)

    @property
    def because(self) -> tuple[Ref, ...]:
        """The facility and every record the evidence names, each once."""
        refs = [Ref("facility", self.facility)]
        refs += [ref for piece in (*self.evidence, *self.counter) for ref in piece.refs]
        return tuple(dict.fromkeys(refs))


@dataclass(frozen=True, slots=True)
class CannotTell:
    """A rule that could not be put to a facility, and what it lacks (查不清)."""

    facility: str
    rule: str
    name: str
    reason: str
    lacks: tuple[str, ...] = ()
