"""Every change to second looks."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.approvals import queries
from qingxi_office.approvals.models import Approval, WeightyDeed
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


class SecondNeeded(ValueError):
    """The deed needs a second look that it has not had; ``approval`` is the request that now waits."""

    def __init__(self, approval: Approval) -> None:
        super().__init__("这件事要两个人：先提请复核，同意以后再办")
        self.approval = approval


def require(
    deed: str, subject: Ref, *, by: Any, title: str, what: str = "", path: str = "", also: tuple[str, ...] = ()
) -> str:
    """Ask for the second look that a deed needs; called by the deed's own action before it changes anything.

    Gives how it was had, for the record ("" where the county asks for none, or the office itself acts). Raises
    SecondNeeded while it has not been had; the action catches nothing, so that nothing is changed, and the page calls
    :func:`ask`. ``also`` are further names under which the county may have put it.
    """
    if not isinstance(by, User) or not queries.needs_second(deed, *also):
        return ""
    there = Approval.objects.select_for_update(of=("self",)).filter(
        deed=deed, subject=str(subject), what=what, asked_by_id=by.pk
    )
    agreed = there.filter(state=Approval.State.AGREED).select_related("answered_by").order_by("id").first()
    if agreed is None:
        waiting = there.filter(state=Approval.State.ASKED).first()
        raise SecondNeeded(
            waiting
            or Approval(
                deed=deed, subject=str(subject), what=what, title=title[:200], place_path=path, asked_by_id=by.pk
            )
        )
    agreed.state, agreed.used_at = Approval.State.USED, clock.now()
    agreed.save(update_fields=["state", "used_at"])
    trail.record(
        "approval.used",
        subject,
        by=by,
        because=agreed.says,
        after={"approval": agreed.pk, "path": agreed.get_way_display()},
    )
    return agreed.says  # fmt: skip


@transaction.atomic
def ask(needed: SecondNeeded, *, by: User, why: str = "") -> Approval:
    """Put the request that a deed raised before the second officer; one that already waits is given as it is.

    Whether the person may do the deed at all was asked by the deed's own action before it raised.
    """
    approval = needed.approval
    if approval.pk is None:
        approval.asked_at, approval.why = clock.now(), why.strip()
        approval.save(force_insert=True)
        trail.record(
            "approval.asked", Ref.parse(approval.subject), by=by, because=approval.why,
            after={"deed": queries.WEIGHTY[approval.deed], "subject": approval.title, "state": approval.what},
        )  # fmt: skip
        tell(
            {u.pk for u in queries.seconds(approval)}, "second_waiting", f"{queries.WEIGHTY[approval.deed]}：{approval.title}",
            once=f"approval/{approval.pk}/asked", href=f"/approvals/{approval.pk}/",
        )  # fmt: skip
    return approval


@transaction.atomic
def answer(approval: Approval, agrees: bool, *, by: User, words: str = "") -> Approval:
    """The second officer's word. Raises ValueError when it is answered already, or asked by the same person."""
    rights.check(by, queries.right_of(approval.deed), path=approval.place_path)
    approval = _waiting(approval)
    if approval.asked_by_id == by.pk:
        raise ValueError("自己提请的事，不能由自己复核")
    if getattr(by, "stands_for", None) is not None:
        raise ValueError("代办期间不能做复核：复核要用自己的名字")
    if not agrees and not words.strip():
        raise ValueError("不同意要写明理由")
    approval.state = Approval.State.AGREED if agrees else Approval.State.REFUSED
    approval.way, approval.answer = Approval.Way.SECOND_OFFICER, words.strip()
    approval.answered_by, approval.answered_at = by, clock.now()
    approval.save()
    _note(approval, by=by)
    tell(
        {approval.asked_by_id}, "second_answered", f"{approval.get_state_display()}：{approval.title}", text=approval.answer,
        once=f"approval/{approval.pk}/answered", href=f"/approvals/{approval.pk}/",
    )  # fmt: skip
    return approval


@transaction.atomic
def sign_small(
    approval: Approval, *, by: User, signer: str, signer_title: str, signed_on: date | None, sheet: Any
) -> Approval:
    """The small office's lawful way: the deputy head's signature on the printed sheet, photographed in.

    Raises ValueError when a second officer exists, or name, title, day or photo lacks. ``sheet`` is a photo already
    made bare.
    """
    approval = _waiting(approval)
    if approval.asked_by_id != by.pk:
        raise ValueError("由提请的人把签字的单子拍照传上来")
    if others := queries.seconds(approval):
        names = "、".join(u.name for u in others[:3])
        raise ValueError(f"本单位有第二名工作人员（{names}），请由他复核")
    signer, signer_title = signer.strip(), signer_title.strip()
    if not (signer and signer_title and signed_on and sheet is not None):
        raise ValueError("要写明签字人、职务、日期，并传上签了字的单子")
    if signed_on > clock.today():
        raise ValueError("签字日期不能在今天以后")
    if signer == by.name:
        raise ValueError("签字的须是分管领导，不能是经办人自己")
    data = sheet.read()
    sheet.seek(0)
    approval.sheet.save(f"{approval.pk}.jpg", sheet, save=False)
    approval.sheet_sha256 = hashlib.sha256(data).hexdigest()
    approval.state, approval.way = Approval.State.AGREED, Approval.Way.SMALL_OFFICE
    approval.signer, approval.signer_title, approval.signed_on = signer[:40], signer_title[:40], signed_on
    approval.answered_by, approval.answered_at = by, clock.now()
    approval.save()
    _note(approval, by=by)
    return approval


@transaction.atomic
def take_back(approval: Approval, *, by: User) -> Approval:
    """The asker needs it no longer."""
    approval = _waiting(approval)
    if approval.asked_by_id != by.pk:
        raise rights.Denied("只有提请的人能撤回")
    approval.state = Approval.State.TAKEN_BACK
    approval.save(update_fields=["state"])
    trail.record("approval.taken_back", Ref.parse(approval.subject), by=by)
    return approval


def _waiting(approval: Approval) -> Approval:
    row = Approval.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=approval.pk)
    if row.state != Approval.State.ASKED:
        raise ValueError(f"这件提请现为“{row.get_state_display()}”，不能再答复")
    return row


def _note(approval: Approval, *, by: User) -> None:
    agreed = approval.state == Approval.State.AGREED
    trail.record(
        "approval.agreed" if agreed else "approval.refused", Ref.parse(approval.subject), by=by,
        because=approval.answer or approval.says,
        after={
            "deed": queries.WEIGHTY[approval.deed], "path": approval.get_way_display(), "signer": approval.signer,
            "title": approval.signer_title, "on": approval.signed_on, "sha256": approval.sheet_sha256,
        } if approval.way == Approval.Way.SMALL_OFFICE else {"deed": queries.WEIGHTY[approval.deed], "path": approval.get_way_display()},
    )  # fmt: skip


@transaction.atomic
def set_weighty(deed: str, needs_second: bool, *, by: User, basis: str = "") -> WeightyDeed:
    """The county puts a deed under four eyes, or takes it out."""
    rights.check(by, "set_safety")
    if deed not in queries.WEIGHTY:
        raise ValueError("没有这件事")
    row = WeightyDeed.objects.filter(deed=deed).first() or WeightyDeed(deed=deed)
    before = row.needs_second if row.pk else deed in queries.BY_ITSELF
    if before == needs_second and row.basis == basis.strip():
        return row
    row.needs_second, row.basis, row.set_by_name, row.set_at = (
        needs_second,
        basis.strip()[:200],
        str(by),
        clock.now(),
    )
    row.save()
    trail.record(
        "approval.set",
        Ref("deed", deed),
        by=by,
        because=row.basis,
        before={"needs_second": before},
        after={"needs_second": needs_second},
    )
    return row
