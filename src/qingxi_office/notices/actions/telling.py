"""Telling people, and what they have read."""

from collections.abc import Iterable
from datetime import date

from qingxi.origin import Ref
from qingxi_office.notices import queries
from qingxi_office.notices.kinds import EMAIL, IN_OFFICE, KINDS, SMS, WEBHOOK
from qingxi_office.notices.models import Mailbox, Notice, Preference
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def tell(people: Iterable[int | None], kind: str, title: str, *, once: str, href: str = "", text: str = "") -> int:
    """Tell some people of one thing; call inside the transaction of what happened. Gives how many were told now.

    Parameters
    ----------
    people : iterable of int or None
        Numbers of persons; None (the office's own hand) is left out.
    once : str
        Names the event: the same person is never told of it twice, whoever runs how often.
    """
    if kind not in KINDS:
        raise KeyError(f"{kind} stands in no row of notices.kinds")
    wanted = {pk for pk in people if pk is not None}
    if not wanted:
        return 0
    wanted -= set(Notice.objects.filter(once=once, person_pk__in=wanted).values_list("person_pk", flat=True))
    chosen = queries.ways_of(wanted, [kind])
    now, real = clock.now(), clock.real_now()
    Notice.objects.bulk_create(
        [
            Notice(
                person_pk=pk, kind=kind, title=title[:200], text=text, href=href[:300], once=once[:200], at=now, made_at=real,
                shown=IN_OFFICE in ways, outside_done=not ({EMAIL, SMS} & ways), group_done=WEBHOOK not in ways,
            )
            for pk in sorted(wanted)
            if (ways := chosen[pk, kind])
        ],
        ignore_conflicts=True,  # another worker may tell the same at the same moment
        batch_size=500,
    )  # fmt: skip
    return len(wanted)


def mark_read(person_pk: int, numbers: Iterable[int] | None = None) -> int:
    """The person has read these (all of theirs when none are named); gives how many."""
    rows = Notice.objects.filter(person_pk=person_pk, read_at=None)
    if numbers is not None:
        rows = rows.filter(pk__in=list(numbers))
    return rows.update(read_at=clock.now())


def forget_notices(before: date) -> int:
    """Remove what was told before a day; gives how many."""
    return Notice.objects.filter(at__date__lt=before).delete()[0]


def forget_mailboxes(people: Iterable[int], *, by: trail.Doer) -> int:
    """Remove the addresses and choices of those who left; gives how many mailboxes."""
    gone = list(people)
    Preference.objects.filter(person_pk__in=gone).delete()
    count = Mailbox.objects.filter(person_pk__in=gone).delete()[0]
    if count:
        trail.record("mailboxes.forgotten", Ref("person", "left"), by=by, after={"n": count})
    return count
