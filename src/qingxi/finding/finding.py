"""A finding with its evidence, or the honest answer that nobody can tell."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.reading import Use

KIND_OF = {"stopped-series": "stopped", "stopped-paper": "stopped", "contradiction": "fake-run"}
"""The kind of the rules whose code is not their kind."""


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
class Number:
    """One figure of a finding with what it may be off by; ``low`` and ``high`` None where no interval is known."""

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        between = "" if self.low is None or self.high is None else f"（{self.low:.3g}–{self.high:.3g}）"
        return f"{self.name} {self.value:.3g}{between} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a chart of the finding shows: a series and its days, both with; ``line`` is drawn across, in its unit."""

    ref: Ref
    quantity: str
    start: date
    end: date
    line: float | None = None
    line_said: str = ""


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
    kind : str
        Code of :data:`qingxi.finding.KINDS`; left out: the rule's own code.
    numbers : tuple of Number
    shown : tuple of Stretch
        The stretches of data a chart of it shows.
    opened : date or None
        First day under which it became known, where later evidence moved ``start``; keeps its id.
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
    kind: str = ""
    numbers: tuple[Number, ...] = ()
    shown: tuple[Stretch, ...] = ()
    opened: date | None = None

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"finding {self.rule} at {self.facility} has no evidence")
        if self.end < self.start:
            raise ValueError(f"finding {self.rule} at {self.facility}: end {self.end} is before {self.start}")
        if not self.kind:
            object.__setattr__(self, "kind", KIND_OF.get(self.rule, self.rule))

    @property
    def id(self) -> str:
        """Same facility, rule and first day give the same id: a repeated round does not double a finding.

        :func:`qingxi.finding.join` keeps the first day under which it became known.
        """
        return f"{self.facility}/{self.rule}/{self.opened or self.start:%Y%m%d}"

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
