"""Reading the ledger, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.issues.models import CrossCase, IssueErrand, IssueLetter, IssueRecord
from qingxi_office.people.rights import Way, seen_by

ISSUE = Way("issue", own=("rectifier_id", "lead_id", "verifier_id", "closer_id", "raiser_id"))


def issues(user: Any) -> QuerySet[IssueRecord]:
    """Problems with place, facility and the four units; one query."""
    rows = IssueRecord.objects.select_related(
        "place", "place__parent", "facility", "rectifier", "lead", "verifier", "closer", "raiser"
    )
    return seen_by(user, rows.defer("place__geometry", "place__parent__geometry"), ISSUE)


LETTER = Way("issue", place="issue__place__path", own=tuple(f"issue__{own}" for own in ISSUE.own), state="issue__")


def letters(user: Any) -> QuerySet[IssueLetter]:
    """Reminders on problems that this person sees; one query."""
    rows = IssueLetter.objects.select_related("issue", "issue__place", "unit", "decided_by")
    return seen_by(user, rows, LETTER)


def errands(user: Any) -> QuerySet[IssueErrand]:
    """What units asked of each other within the problems that this person sees; one query."""
    rows = IssueErrand.objects.select_related("issue", "issue__place", "asker", "asked")
    return seen_by(user, rows, LETTER)


def crossings(user: Any) -> QuerySet[CrossCase]:
    """Cases across the county border on problems that this person sees; one query."""
    rows = CrossCase.objects.select_related("issue", "issue__place")
    return seen_by(user, rows, LETTER)
