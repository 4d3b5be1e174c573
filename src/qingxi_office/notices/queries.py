"""Reading notices: a person reads their own, and nobody another's."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from qingxi_office.asking import ask
from qingxi_office.notices.kinds import KINDS
from qingxi_office.notices.models import Channel, Delivery, Mailbox, Notice, Preference


def mine(user: Any) -> QuerySet[Notice]:
    """What this person was told in the office."""
    return Notice.objects.filter(person_pk=user.pk, shown=True)


def unread(user: Any) -> int:
    """How many of them are not read; one query."""
    return sum(unread_by_kind(user).values())


def unread_by_kind(user: Any) -> dict[str, int]:
    """How many of each kind are not read; one query."""
    return dict(
        ask(
            None,
            lambda _u, at: Notice.objects.filter(person_pk=at.pk, shown=True, read_at=None)
            .order_by().values_list("kind").annotate(n=Count("pk")),
            pk=user.pk,
        )
    )  # fmt: skip


def ways_of(people: Iterable[int], kinds: Iterable[str]) -> dict[tuple[int, str], set[str]]:
    """By which ways each person wants each kind; one query."""
    people, kinds = list(people), list(kinds)
    chosen = {
        (row.person_pk, row.kind): set(row.ways)
        for row in Preference.objects.filter(person_pk__in=people, kind__in=kinds)
    }
    return {(pk, kind): chosen.get((pk, kind), set(KINDS[kind].ways)) for pk in people for kind in kinds}


def mailbox(user: Any) -> Mailbox:
    """Where this person is reached; an empty one when they have said nothing."""
    return Mailbox.objects.filter(person_pk=user.pk).first() or Mailbox(person_pk=user.pk)


def channels() -> QuerySet[Channel]:
    """The ways out of the office. Who may see them is asked by the caller."""
    return Channel.objects.all()


def deliveries() -> QuerySet[Delivery]:
    """Messages that went out or could not, newest first. Who may see them is asked by the caller."""
    return Delivery.objects.select_related("channel")
