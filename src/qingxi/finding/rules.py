"""Every rule, and putting them all to one facility."""

from datetime import date

from qingxi.facility import Facility
from qingxi.finding.contradiction import Contradiction
from qingxi.finding.effluent_worse import EffluentWorse
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Finding
from qingxi.finding.frozen import Frozen
from qingxi.finding.over_limit import OverLimit
from qingxi.finding.rule import Rule
from qingxi.finding.silent import Silent
from qingxi.finding.starved import Starved
from qingxi.finding.stopped_by_paper import StoppedByPaper
from qingxi.finding.stopped_by_series import StoppedBySeries
from qingxi.finding.unowned import Unowned

RULES: tuple[Rule, ...] = (
    StoppedBySeries(),
    StoppedByPaper(),
    Starved(),
    EffluentWorse(),
    OverLimit(),
    Silent(),
    Frozen(),
    Contradiction(),
    Unowned(),
)

_OUT_OF_POPULATION = {"joined", "scrapped"}


def examine(facility: Facility, evidence: Evidence, as_of: date) -> list[Finding | CannotTell]:
    """Put every rule to a facility.

    Parameters
    ----------
    as_of : date
        Evidence after this day is not looked at.

    Returns
    -------
    list
        Findings first, then what could not be told. A rule that looked and found nothing is not in it; nor is
        anything of a facility that is joined to a main or scrapped.
    """
    if facility.status in _OUT_OF_POPULATION:
        return []
    results = [rule.examine(facility, evidence, as_of) for rule in RULES]
    found: list[Finding | CannotTell] = [r for r in results if isinstance(r, Finding)]
    return found + [r for r in results if isinstance(r, CannotTell)]
