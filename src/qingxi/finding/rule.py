"""What a rule is: it declares its name, what it needs, what would overturn it; and it examines or traces."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number, Piece, Stretch
from qingxi.finding.look import Look
from qingxi.finding.thresholds import source_of
from qingxi.origin import Ref
from qingxi.quantity import quantity as quantity_of
from qingxi.reading import Use


class Declared(Protocol):
    """What every rule says of itself."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]:
        """What it looks at, in Chinese; some of it may do."""

    @property
    def overturned_by(self) -> str:
        """What would overturn its finding, in Chinese."""

    @property
    def severe(self) -> bool:
        """Whether its finding means that sewage goes untreated."""

    @property
    def blind(self) -> str:
        """What it cannot tell, in Chinese."""


class Rule(Declared, Protocol):
    """One rule, one file. ``examine`` gives a Finding, CannotTell, or None: looked and found nothing."""

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        """Look at one facility as of a day; evidence after that day is not looked at."""


class Tracer(Declared, Protocol):
    """A rule over readings within the day: it gives every stretch it finds, closed or still open."""

    @property
    def kind(self) -> str:
        """Code of :data:`qingxi.finding.KINDS`."""

    @property
    def levels(self) -> tuple[EvidenceLevel, ...]:
        """The evidence levels it can work at."""

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        """Every stretch among the days of the look, in order of time, none touching the next."""


def series_piece(look: Look, quantity: str, said: str, n: int) -> Piece:
    """Evidence of one series, said with its figures."""
    word = quantity_of(quantity).chinese
    return Piece(f"{source_of(look.facility, look.evidence)}{word}", said, n, (_ref(look, quantity),))


def _ref(look: Look, quantity: str) -> Ref:
    return Ref("series", f"{look.facility.id}/{quantity}")


def stretch_of(
    look: Look, quantity: str, i: int, j: int, *, line: float | None = None, line_said: str = ""
) -> Stretch:
    """The stretch a chart shows: days ``i`` to ``j`` with a fortnight before and a week after, as far as looked."""
    start, end = look.day(max(0, i - 14)), look.day(min(look.days - 1, j + 7))
    return Stretch(_ref(look, quantity), quantity, start, end, line, line_said)


def found(
    rule: Tracer,
    look: Look,
    i: int,
    j: int,
    said: str,
    pieces: Sequence[Piece],
    *,
    confidence: Confidence = Confidence.FAIR,
    counter: Sequence[Piece] = (),
    numbers: Sequence[Number] = (),
    shown: Sequence[Stretch] = (),
    remark: str = "",
    use: Use = Use.CLUE,
) -> Finding:
    """The finding of a rule over days ``i`` to ``j`` of a look; ``said`` follows facility and dates."""
    start, end = look.day(i), look.day(j)
    still = "起" if j >= look.days - 1 else f"至 {end:%Y-%m-%d} "
    return Finding(
        look.facility.id, rule.code, rule.version, rule.name, start, end, confidence,
        f"{look.facility.name} {start:%Y-%m-%d} {still}{said}",
        tuple(pieces), rule.overturned_by, tuple(counter), use, remark, rule.kind, tuple(numbers), tuple(shown),
    )  # fmt: skip


def cannot(rule: Declared, look: Look, reason: str, *lacks: str) -> CannotTell:
    """The rule could not be put to this facility."""
    return CannotTell(look.facility.id, rule.code, rule.name, reason, lacks or rule.needs)
