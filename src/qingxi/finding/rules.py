"""Every rule, and putting them all to one facility."""

from datetime import date, timedelta

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
from qingxi.finding.thresholds import threshold
from qingxi.finding.trace import trace_all
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


_BY_DAY = {"stopped-series", "starved", "frozen", "contradiction", "silent"}
"""Rules by daily values: where readings within the day are there, the interval rules say more."""


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
        anything of a facility that is joined to a main or scrapped. Of the interval rules, which are put to
        facilities with readings within the day, those stretches are in it that last or ended lately
        (``join.closing_days``); :func:`qingxi.finding.trace` gives all.
    """
    if facility.status in _OUT_OF_POPULATION:
        return []
    sampled = bool(evidence.samples)
    results = [rule.examine(facility, evidence, as_of) for rule in RULES if not (sampled and rule.code in _BY_DAY)]
    found: list[Finding | CannotTell] = [r for r in results if isinstance(r, Finding)]
    unclear: list[CannotTell] = [r for r in results if isinstance(r, CannotTell)]
    if sampled:
        first = as_of - timedelta(days=int(threshold("look.days")) - 1)
        traced, dim = trace_all(facility, evidence, first, as_of)
        lately = as_of - timedelta(days=int(threshold("join.closing_days")))
        found += [f for f in traced if f.end >= lately]
        unclear += dim
    return [*found, *unclear]
