"""A bulletin on its way out: sent for approval, approved by another, handed to the document system, recorded as issued."""

import hashlib
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.bulletins import held
from qingxi_office.bulletins.actions.receipts import lay_out_receipts
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import officers
from qingxi_office.places.queries import county
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_S = BulletinRecord.State


def _county_path() -> str:
    own = county()
    return own.place.path if own else ""


def _at(row: BulletinRecord, *states: str, but: str) -> None:
    if row.state not in states:
        raise ValueError(f"这份通报现为“{row.get_state_display()}”，{but}")


@transaction.atomic
def send(row: BulletinRecord, *, by: Any) -> BulletinRecord:
    """Send the draft for approval; raises SecondNeeded where the county asks for four eyes here too."""
    rights.check(by, "send_bulletin")
    _at(row, _S.DRAFT, but="不能再送审")
    if row.callover is not None and held.recomputed(row).sha256 != row.sha256:
        raise ValueError("正文与调度快照对不上，请重新取数")
    subject = Ref("bulletin", row.key)
    second = require(
        "send_bulletin", subject, by=by, title=row.title, what=f"截至 {row.as_of}", path=_county_path()
    )
    row.state, row.sent_by_id, row.sent_at = _S.SENT, by.pk, clock.now()
    row.save(update_fields=["state", "sent_by", "sent_at"])
    trail.record(
        "bulletin.sent",
        subject,
        by=by,
        because=second,
        before="draft",
        after={"state": "sent", "sha256": row.sha256},
    )
    tell(
        officers() - {by.pk}, "bulletin_waiting", row.title, once=f"bulletin/{row.key}/sent/{row.sent_at:%Y%m%d%H%M%S}",
        href=f"/bulletins/{row.key}/",
    )  # fmt: skip
    return row


@transaction.atomic
def return_draft(row: BulletinRecord, *, by: Any, why: str) -> BulletinRecord:
    """Back to the drafter with a reason; nothing of it is lost."""
    rights.check(by, "approve_bulletin")
    _at(row, _S.SENT, _S.APPROVED, but="不能退回")
    if not why.strip():
        raise ValueError("退回要写明理由")
    before, row.state, row.returned_why = row.state, _S.DRAFT, why.strip()
    row.approved_by_id, row.approved_at, row.approved_how = None, None, ""
    row.save()
    trail.record(
        "bulletin.returned", Ref("bulletin", row.key), by=by, because=why.strip(), before=before, after="draft"
    )
    tell(
        {row.sent_by_id, row.drafted_by_id} - {None, by.pk}, "bulletin_returned", row.title,
        once=f"bulletin/{row.key}/returned/{clock.now():%Y%m%d%H%M%S}", href=f"/bulletins/{row.key}/", text=why.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def approve(row: BulletinRecord, *, by: Any) -> BulletinRecord:
    """Another person than who drafted, worded or sent it approves; in an office of one, by the small office's way.

    Raises SecondNeeded for whoever had a hand in it: then a second officer, or the deputy head's signature, is asked.
    """
    rights.check(by, "approve_bulletin")
    _at(row, _S.SENT, but="送审以后才能审定")
    if not by.pk:
        raise ValueError("审定要由具名的人")
    how, subject = "", Ref("bulletin", row.key)
    if by.pk in {row.drafted_by_id, row.sent_by_id, *row.edited_by}:
        how = require(
            "approve_bulletin", subject, by=by, title=row.title, what=f"截至 {row.as_of}，内容 {row.sha256[:12]}", path=_county_path()
        )  # fmt: skip
        if not how:
            raise ValueError("起草、改稿、送审的人不能审定；请另一位负责人审定")
    if row.callover is not None and held.recomputed(row).sha256 != row.sha256:
        raise ValueError("正文与调度快照对不上，请退回重新取数")
    row.state, row.approved_by_id, row.approved_at, row.approved_how = (
        _S.APPROVED,
        by.pk,
        clock.now(),
        how[:200],
    )
    row.save()
    trail.record(
        "bulletin.approved",
        subject,
        by=by,
        because=how,
        before="sent",
        after={"state": "approved", "sha256": row.sha256},
    )
    tell(
        {row.sent_by_id, row.drafted_by_id} - {None, by.pk}, "bulletin_approved", row.title,
        once=f"bulletin/{row.key}/approved/{row.approved_at:%Y%m%d%H%M%S}", href=f"/bulletins/{row.key}/",
    )  # fmt: skip
    return row


@transaction.atomic
def hand_over(row: BulletinRecord, package: bytes, *, by: Any) -> BulletinRecord:
    """The package was taken to the county's document system; its hash is kept. Again is allowed until it is issued."""
    rights.check(by, "hand_bulletin")
    _at(row, _S.APPROVED, _S.HANDED, but="审定以后才能交公文系统")
    row.state, row.handed_at, row.handed_by_name = _S.HANDED, clock.now(), str(by)
    row.package_sha256 = hashlib.sha256(package).hexdigest()
    row.save(update_fields=["state", "handed_at", "handed_by_name", "package_sha256"])
    trail.record(
        "bulletin.handed",
        Ref("bulletin", row.key),
        by=by,
        after={"state": "handed", "sha256": row.package_sha256},
    )
    return row


@transaction.atomic
def record_issued(
    row: BulletinRecord,
    *,
    by: Any,
    document_number: str,
    signer: str,
    issued_on: date | str | None,
    scan: Any = None,
) -> BulletinRecord:
    """The document system has given number, signer and day (and a scan): the bulletin is issued, and goes to the
    townships for receipt.
    """
    rights.check(by, "record_bulletin_issued")
    try:
        day = date.fromisoformat(issued_on) if isinstance(issued_on, str) and issued_on else issued_on or None
    except ValueError:
        raise ValueError("成文日期写成 2026-11-30") from None
    if row.state == _S.ISSUED:
        raise ValueError("这份通报已记为印发")
    _at(row, _S.HANDED, but="交公文系统以后才有文号可记")
    document_number, signer = document_number.strip(), signer.strip()
    if not (document_number and signer and day):
        raise ValueError("印发须有文号、签发人和成文日期")
    if isinstance(day, date) and day > clock.today():
        raise ValueError("成文日期不能在今天以后")
    same = BulletinRecord.objects.filter(document_number=document_number).exclude(pk=row.pk).first()
    if same is not None:
        raise ValueError(f"文号 {document_number} 已经是《{same.title}》的")
    row.state, row.document_number, row.signer, row.issued_on = _S.ISSUED, document_number, signer, day  # type: ignore[assignment]
    if scan is not None:
        row.scan.save(f"{row.key}-scan.{_ending(scan)}", scan, save=False)
    row.save()
    trail.record(
        "bulletin.issued",
        Ref("bulletin", row.key),
        by=by,
        after={
            "number": document_number,
            "signer": signer,
            "on": day,
            "scan": bool(scan),
            "sha256": row.sha256,
        },
    )
    lay_out_receipts(row)
    return row


def _ending(scan: Any) -> str:
    """pdf, jpg or png, by what the file begins with; another is refused."""
    first = scan.read(8)
    scan.seek(0)
    for magic, ending in ((b"%PDF", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png")):
        if first.startswith(magic):
            return ending
    raise ValueError("扫描件要是 PDF、JPG 或 PNG")
