"""Every change to what people hand in. Knows no people: officers' deeds on reports are the issue ledger's."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from qingxi.origin import Ref
from qingxi_office.intake.code import tracking_code
from qingxi_office.intake.models import Follower, PublicReport
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

PER_HOUR = 5  # reports from one address; a village behind one router still gets through


class TooMany(Exception):
    """This address has handed in too much within the hour."""


def _keyed(address: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def _not_too_many(sender: str, now: datetime) -> None:
    since = now - timedelta(hours=1)
    own = PublicReport.objects.filter(sender_hash=sender, received_at__gt=since).count()
    if own + Follower.objects.filter(sender_hash=sender, at__gt=since).count() >= PER_HOUR:
        raise TooMany("一小时内反映过多次了,请过一会儿再试")


@transaction.atomic
def hand_in(
    text: str,
    *,
    address: str,
    facility: str = "",
    facility_name: str = "",
    village_code: str = "",
    photo: Any = None,
    phone: str = "",
    by: trail.Doer | None = None,
) -> PublicReport:
    """A villager's report; gives it back with its tracking code. Raises ValueError without text, TooMany.

    ``by`` is the clerk who writes it down for the villager (代办); nobody: the villager sent it.
    """
    text = text.strip()[:2000]
    if not text:
        raise ValueError("请写几个字,或说一说是什么问题")
    now, sender = clock.now(), _keyed(address)
    _not_too_many(sender, now)
    report = PublicReport(
        code=tracking_code(), text=text, facility=facility, facility_name=facility_name, village_code=village_code,
        phone=phone[:40], received_at=now, sender_hash=sender,
    )  # fmt: skip
    if photo is not None:
        from qingxi_office.intake.photo import bare

        report.photo.save(f"{report.code}.jpg", bare(photo), save=False)
    report.save(force_insert=True)
    trail.record(
        "report.handed_in", Ref("report", report.code), by=by or trail.Office("公众"), after={"facility": facility}
    )
    return report


@transaction.atomic
def follow(report: PublicReport, *, address: str = "") -> Follower:
    """Somebody else says: the same here; they get a code of their own. Raises TooMany."""
    now, sender = clock.now(), _keyed(address)
    _not_too_many(sender, now)
    report.followers += 1
    report.save(update_fields=["followers"])
    row = Follower(code=tracking_code(), report=report, at=now, sender_hash=sender)
    row.save(force_insert=True)
    return row


@transaction.atomic
def note_taken_up(report: PublicReport, issue_key: str) -> None:
    """The ledger has made a problem of it (called by ``issues.actions`` inside its own transaction)."""
    report.state, report.issue = PublicReport.State.TAKEN_UP, issue_key
    report.save(update_fields=["state", "issue"])


@transaction.atomic
def note_answer(report: PublicReport, answer: str) -> None:
    """What the reporter is told (called by ``issues.actions``)."""
    report.state, report.answer, report.answered_at = PublicReport.State.ANSWERED, answer, clock.now()
    report.save(update_fields=["state", "answer", "answered_at"])


@transaction.atomic
def reply(report: PublicReport, solved: bool) -> None:
    """The reporter's own word on whether it is solved; only after an answer."""
    if report.state != PublicReport.State.ANSWERED:
        raise ValueError("还没有答复,暂不能评价")
    report.state = PublicReport.State.CONFIRMED if solved else PublicReport.State.REOPENED
    report.save(update_fields=["state"])
    trail.record("report.replied", Ref("report", report.code), by=trail.Office("公众"), after={"solved": solved})


@transaction.atomic
def reply_of_follower(follower: Follower, solved: bool) -> None:
    """A follower's own word, once: theirs alone when solved; when not, the report is open again for everybody."""
    report = follower.report
    if report.answered_at is None or follower.solved is not None:
        raise ValueError("还没有答复,暂不能评价" if report.answered_at is None else "您已经说过了")
    follower.solved = solved
    follower.save(update_fields=["solved"])
    if not solved:
        report.state = PublicReport.State.REOPENED
        report.save(update_fields=["state"])
    trail.record(
        "report.replied",
        Ref("report", report.code),
        by=trail.Office("公众"),
        because="关注的人",
        after={"solved": solved},
    )


@transaction.atomic
def forget_contacts(*, answered_before: date, closed: Collection[str], by: trail.Doer) -> int:
    """Take the phone off reports whose matter ended long enough ago; what was said stays. Gives how many.

    Ended: answered before the day and not taken up as a problem, or taken up and the problem (``closed``: codes) closed.
    """
    ended = Q(code__in=list(closed)) | Q(
        issue="", answered_at__date__lt=answered_before, state__in=["answered", "confirmed"]
    )
    rows = list(PublicReport.objects.filter(ended).exclude(phone="").values_list("code", flat=True))
    PublicReport.objects.filter(code__in=rows).update(phone="")
    if rows:
        trail.record("reports.contacts_forgotten", Ref("report", "all"), by=by, after={"codes": rows})
    return len(rows)


@transaction.atomic
def forget_senders(before: date, *, by: trail.Doer) -> int:
    """Take the keyed hash of the sender's address off old reports; it only served the limit of an hour."""
    count = PublicReport.objects.filter(received_at__date__lt=before).exclude(sender_hash="").update(sender_hash="")
    count += Follower.objects.filter(at__date__lt=before).exclude(sender_hash="").update(sender_hash="")
    if count:
        trail.record("reports.senders_forgotten", Ref("report", "all"), by=by, after={"n": count})
    return count
