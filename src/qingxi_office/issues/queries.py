"""Reading the ledger, rights first."""

from typing import Any

from django.db.models import Q, QuerySet

from qingxi_office.issues.models import CrossCase, IssueErrand, IssueLetter, IssueRecord
from qingxi_office.people.rights import Way, rule, seen_by
from qingxi_office.places.models import Place
from qingxi_office.places.queries import under

OPEN = Q(is_open__in=(True,))
"""Open problems, said so that SQLite looks into its indexes: of a bare ``WHERE is_open`` it makes a look at every row."""
CLOSED = Q(is_open__in=(False,))
ISSUE = Way("issue", own=("rectifier_id", "lead_id", "verifier_id", "closer_id", "raiser_id"))


def sees_every(user: Any) -> bool:
    """Whether every problem in the books is this person's to see: their rule asks for a place in the tree, and they have all of it."""
    if not user.scope_id or user.scope.parent_id is not None:
        return False
    if rule(user, ISSUE) != under(user.scope.path, "place__path"):
        return False
    return not Place.objects.filter(parent=None).exclude(pk=user.scope_id).exists()


def bare(user: Any, every: bool) -> QuerySet[IssueRecord]:
    """Problems for counting, nothing joined and in no order; ``every`` is what :func:`sees_every` says of this person.

    A condition that every problem meets costs a look at 100,000 places; left out, the counts come from the indexes alone.
    """
    rows = IssueRecord.objects.order_by()
    return rows if every else seen_by(user, rows, ISSUE)


def issues(user: Any, every: bool = False) -> QuerySet[IssueRecord]:
    """Problems with place, facility and the four units; one query. ``every``: as in :func:`bare`."""
    rows = IssueRecord.objects.select_related(
        "place", "place__parent", "facility", "rectifier", "lead", "verifier", "closer", "raiser"
    ).defer("place__geometry", "place__parent__geometry")
    return rows if every else seen_by(user, rows, ISSUE)


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
