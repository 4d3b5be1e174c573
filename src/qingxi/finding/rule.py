"""What a rule is: it declares its name, what it needs, what would overturn it; and it examines."""

from datetime import date
from typing import Protocol

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Finding


class Rule(Protocol):
    """One rule, one file. ``examine`` gives a Finding, CannotTell, or None: looked and found nothing."""

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

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        """Look at one facility as of a day; evidence after that day is not looked at."""
