"""Every rule, and putting them all to one facility."""

from datetime import date

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Finding
from qingxi.finding.rule import Rule

RULES: tuple[Rule, ...] = ()


def examine(facility: Facility, evidence: Evidence, as_of: date) -> list[Finding | CannotTell]:
    """Put every rule to a facility.

    Parameters
    ----------
    as_of : date
        Evidence after this day is not looked at.

    Returns
    -------
    list
        Findings first, then what could not be told. A rule that looked and found nothing is not in it.
    """
    results = [rule.examine(facility, evidence, as_of) for rule in RULES]
    found: list[Finding | CannotTell] = [r for r in results if isinstance(r, Finding)]
    return found + [r for r in results if isinstance(r, CannotTell)]
