"""Every change to what people hand in. Knows no people: officers' deeds on reports are the issue ledger's."""

import hashlib
import hmac
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from qingxi.origin import Ref
from qingxi_office.intake.code import tracking_code
from qingxi_office.intake.limits import TooMany, typed_s, weigh
from qingxi_office.intake.models import Follower, PublicReport, ReportStep
from qingxi_office.intake.photo import bare
from qingxi_office.intake.plain import words_of
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

__all__ = ["TooMany"]
_UP = {"": "乡镇", "乡镇": "县", "县": "市", "市": "市"}
"""To whose desk "not solved" goes, by where it lay before."""
unsolved: list[Callable[[PublicReport], str]] = []
"""Who is asked, within the same transaction, when a reporter says "not solved": gives the level that it went up to, or
"" to leave that to the rule here. ``site`` puts the ledger's answer here; this room knows no ledger."""


def _keyed(address: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), address.encode(), hashlib.sha256).hexdigest()


def _within_the_hour(sender: str, now: datetime) -> int:
    since = now - timedelta(hours=1)
    own = PublicReport.objects.filter(sender_hash=sender, received_at__gt=since).count()
    return own + Follower.objects.filter(sender_hash=sender, at__gt=since).count()


@transaction.atomic
def hand_in(
    text: str,
    *,
    address: str,
    facility: str = "",
    facility_name: str = "",
    village_code: str = "",
    place: str = "",
    photo: Any = None,
    scan: Any = None,
    phone: str = "",
    channel: str = "",
    opened: str | None = None,
    by: trail.Doer | None = None,
) -> PublicReport:
    """A report; gives it back with its tracking code. Raises ValueError without text, TooMany far above every measure.

    ``by`` is the clerk who writes it down for the villager (代办); nobody: the villager sent it. ``opened`` is the stamp of
    the form that it came by; None: it came by no form. What is a little too much is kept and waits for a look (``held``).
    """
    text = text.strip()[:2000]
    if not text:
        raise ValueError("请写几个字，或说一说是什么问题")
    now, sender = clock.now(), _keyed(address)
    seconds = typed_s(opened, now) if opened is not None else None
    weighed = None if by else weigh(_within_the_hour(sender, now), seconds, by_form=opened is not None)
    kinds = PublicReport.Channel
    way = channel or (kinds.CLERK if by else kinds.CODE if facility else kinds.WEB)
    report = PublicReport(
        code=tracking_code(), text=text, facility=facility, facility_name=facility_name, village_code=village_code,
        place=place.strip()[:120], phone=phone[:40], received_at=now, sender_hash=sender, channel=way,
        held=weighed.held if weighed else "",
    )  # fmt: skip
    if photo is not None and (weighed is None or weighed.photo):
        report.photo.save(f"{report.code}.jpg", bare(photo), save=False)
    if scan is not None:
        report.scan.save(f"{report.code}-scan.jpg", bare(scan), save=False)
    report.save(force_insert=True)
    trail.record(
        "report.handed_in", Ref("report", report.code), by=by or trail.Office("公众"),
        after={"facility": facility, "village": village_code, "channel": str(way), "held": report.held},
    )  # fmt: skip
    return report


@transaction.atomic
def follow(report: PublicReport, *, address: str = "") -> Follower:
    """Somebody else says: the same here; they get a code of their own. Raises TooMany."""
    now, sender = clock.now(), _keyed(address)
    weigh(_within_the_hour(sender, now), None, by_form=False)
    report.followers += 1
    report.save(update_fields=["followers"])
    row = Follower(code=tracking_code(), report=report, at=now, sender_hash=sender)
    row.save(force_insert=True)
    return row


def _say(report: PublicReport, words: str, small: str = "") -> None:
    ReportStep(report=report, at=clock.now(), words=words[:80], small=small[:400]).save(force_insert=True)


@transaction.atomic
def note_taken_up(report: PublicReport, issue_key: str, unit: str = "") -> None:
    """The ledger has made a problem of it (called by ``issues.actions`` inside its own transaction)."""
    report.state, report.issue, report.held = PublicReport.State.TAKEN_UP, issue_key, ""
    report.save(update_fields=["state", "issue", "held"])
    _say(report, "派下去了", f"由{unit}办，编号 {issue_key}" if unit else f"编号 {issue_key}")


@transaction.atomic
def note_step(code: str, step: str, unit: str = "") -> None:
    """A step of the problem in plain words for its reporter (called with the ledger's step)."""
    report = PublicReport.objects.filter(code=code).first()
    words = words_of(step)
    if report is not None and words:
        _say(report, words, unit)


@transaction.atomic
def note_answer(report: PublicReport, answer: str, photo: Any = None) -> None:
    """What the reporter is told (called by ``issues.actions``), with a photo of how it looks now where there is one.

    Those who said "not solved" before are asked again.
    """
    report.state, report.answer, report.answered_at = PublicReport.State.ANSWERED, answer, clock.now()
    if photo is not None:
        report.after.save(f"{report.code}-after.jpg", photo, save=False)
    report.save(update_fields=["state", "answer", "answered_at", "after"])
    report.follower_rows.filter(solved=False).update(solved=None)
    _say(report, "说办好了", answer)


@transaction.atomic
def answer(report: PublicReport, text: str, *, by: trail.Doer) -> None:
    """An officer answers without making a problem of it. Who may is asked by the caller, who knows people."""
    text = text.strip()
    if not text:
        raise ValueError("答复要写几个字，用村里人听得懂的话")
    if report.state not in (PublicReport.State.RECEIVED, PublicReport.State.REOPENED):
        raise ValueError("这一件已经派下去或答复过了")
    note_answer(report, text)
    trail.record("report.answered", Ref("report", report.code), by=by, because=text[:200])


@transaction.atomic
def set_aside(report: PublicReport, reason: str, *, by: trail.Doer) -> None:
    """Not a matter of this office, or nobody's: the reporter reads why and where else to turn. Who may is asked by the caller."""
    reason = reason.strip()
    if not reason:
        raise ValueError("不受理也要告诉人家为什么、该找谁")
    if report.state != PublicReport.State.RECEIVED:
        raise ValueError("这一件已经在办，不能再不受理")
    report.state, report.held = PublicReport.State.SET_ASIDE, ""
    report.save(update_fields=["state", "held"])
    _say(report, "没有受理", reason)
    trail.record("report.set_aside", Ref("report", report.code), by=by, because=reason[:200])


@transaction.atomic
def let_through(report: PublicReport, *, by: trail.Doer) -> None:
    """Somebody has looked: it is from a person, and goes its way. Who may is asked by the caller."""
    if report.held:
        why, report.held = report.held, ""
        report.save(update_fields=["held"])
        trail.record("report.let_through", Ref("report", report.code), by=by, because=why)


def _unsolved(report: PublicReport) -> None:
    """Open again, one level up: whoever said that it was done is not the one who looks."""
    report.state, report.reopened = PublicReport.State.REOPENED, report.reopened + 1
    level = next((found for ask in unsolved if (found := ask(report))), "") or _UP[report.sent_up]
    report.sent_up = level
    report.save(update_fields=["state", "reopened", "sent_up"])
    _say(report, "您说没有解决", f"已转到{_DESK[level]}去看，不再只交给维修的")


_DESK = {"乡镇": "乡镇政府", "县": "县里", "市": "市里"}


@transaction.atomic
def reply(report: PublicReport, solved: bool) -> None:
    """The reporter's own word on whether it is solved; only after an answer."""
    if report.state != PublicReport.State.ANSWERED:
        raise ValueError("还没有答复，暂不能评价")
    if solved:
        report.state = PublicReport.State.CONFIRMED
        report.save(update_fields=["state"])
        _say(report, "您说解决了")
    else:
        _unsolved(report)
    trail.record(
        "report.replied", Ref("report", report.code), by=trail.Office("公众"), after={"solved": solved, "up": report.sent_up}
    )  # fmt: skip


@transaction.atomic
def reply_of_follower(follower: Follower, solved: bool) -> None:
    """A follower's own word, once: theirs alone when solved; when not, the report is open again for everybody."""
    report = follower.report
    if report.answered_at is None or follower.solved is not None:
        raise ValueError("还没有答复，暂不能评价" if report.answered_at is None else "您已经说过了")
    follower.solved = solved
    follower.save(update_fields=["solved"])
    if not solved and report.state != PublicReport.State.REOPENED:
        _unsolved(report)
    trail.record(
        "report.replied", Ref("report", report.code), by=trail.Office("公众"), because="关注的人", after={"solved": solved}
    )  # fmt: skip


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
