"""What a rule is: it declares its name, what it needs, what would overturn it; and it examines."""

from datetime import date
from typing import Protocol

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Finding


class Rule(Protocol):
    """One rule, one file. ``examine`` gives a Finding, CannotTell, or None: looked and found nothing."""

    code: str
    name: str
    version: str
    needs: tuple[str, ...]
    """What it needs, in Chinese, any line of which will do."""
    overturned_by: str
    severe: bool

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        """Look at one facility as of a day; evidence after that day is not looked at."""
