"""Reading findings, rights first."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from qingxi_office.facilities.queries import of_facility
from qingxi_office.findings.models import Examination, FindingRecord, Undecided
from qingxi_office.people.rights import seen_by

FINDING = of_facility("finding")


def findings(user: Any) -> QuerySet[FindingRecord]:
    """Findings with facility, village and township; one query."""
    rows = FindingRecord.objects.select_related("facility", "facility__place", "facility__place__parent")
    rows = rows.defer("facility__place__geometry", "facility__place__parent__geometry")
    return seen_by(user, rows, FINDING)


def undecided(user: Any) -> QuerySet[Undecided]:
    """What no rule could tell, and why."""
    return seen_by(user, Undecided.objects.select_related("facility"), FINDING)


def level_counts(user: Any) -> dict[str, int]:
    """Facilities this person may see by what the rules had when they last looked at them; one query."""
    rows = seen_by(user, Examination.objects.exclude(level=""), FINDING)
    return dict(rows.order_by().values_list("level").annotate(n=Count("pk")))


@dataclass
class RuleCount:
    """How a rule fared: findings by what officers decided on them, and why they were dismissed."""

    found: int = 0
    confirmed: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def waiting(self) -> int:
        return self.found - self.confirmed - self.rejected


def rule_counts(user: Any) -> dict[str, RuleCount]:
    """By rule, of the findings this person may see; one query."""
    out: dict[str, RuleCount] = defaultdict(RuleCount)
    rows = (
        findings(user)
        .select_related(None)
        .order_by()
        .values_list("rule", "state", "dismissed_for")
        .annotate(n=Count("pk"))
    )
    for rule, state, reason, n in rows:
        one = out[rule]
        one.found += n
        one.confirmed += n if state == FindingRecord.State.CONFIRMED else 0
        if state == FindingRecord.State.REJECTED:
            one.rejected += n
            one.reasons[reason or FindingRecord.Wrong.OTHER.value] += n
    return dict(out)
