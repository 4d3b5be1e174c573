"""Receipts of issued bulletins and the answers owed."""

from typing import Any

from django.db import transaction

from qingxi.calendar import WorkingDays
from qingxi.origin import Ref
from qingxi.standard import load_table
from qingxi_office.bulletins.models import BulletinRecord, ReceiptRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import holders, officers
from qingxi_office.people.models import Role
from qingxi_office.places.models import Unit
from qingxi_office.places.queries import living
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_DAYS = WorkingDays()


def lay_out_receipts(row: BulletinRecord) -> list[ReceiptRecord]:
    """A receipt a township, with its days counted from today; those that the bulletin names owe an answer."""
    law, today = load_table("bulletin"), clock.today()
    named = set(row.content.get("must_reply", []))
    towns = list(living("township"))
    units = {u.place_id: u for u in Unit.objects.filter(level="乡镇", kind="乡镇", valid_to=None)}
    rows = [
        ReceiptRecord(
            bulletin=row, place=t, unit=units.get(t.pk), must_reply=t.code in named,
            sign_by=_DAYS.add(today, int(law["receipt.days"])),
            reply_by=_DAYS.add(today, int(law["reply.days"])) if t.code in named else None,
        )
        for t in towns
    ]  # fmt: skip
    ReceiptRecord.objects.bulk_create(rows)
    for town, receipt in zip(towns, rows, strict=True):
        asked = f"；{receipt.reply_by:%Y-%m-%d} 前书面回复" if receipt.reply_by else ""
        tell(
            holders([Role.TOWNSHIP_CLERK], town.path), "bulletin_came", row.title, once=f"bulletin/{row.key}/{town.code}",
            href=f"/bulletins/{row.key}/", text=f"{row.document_number}，{receipt.sign_by:%Y-%m-%d} 前签收{asked}",
        )  # fmt: skip
    return rows


def _locked(row: ReceiptRecord) -> ReceiptRecord:
    rows = ReceiptRecord.objects.select_for_update(of=("self",)).select_related("place", "bulletin")
    return rows.get(pk=row.pk)


def _subject(row: ReceiptRecord) -> Ref:
    return Ref("receipt", str(row.pk))


@transaction.atomic
def sign(row: ReceiptRecord, *, by: Any) -> ReceiptRecord:
    """The township has received it; a county officer writes down a receipt that came on paper."""
    rights.check(by, "sign_receipt", path=row.place.path)
    row = _locked(row)
    if row.signed_at is not None:
        raise ValueError(f"{row.signed_by_name}已签收")
    row.signed_at, row.signed_by_name = clock.now(), str(by)
    row.on_paper = getattr(by, "role", "") == Role.COUNTY_OFFICER
    row.save()
    trail.record(
        "receipt.signed",
        _subject(row),
        by=by,
        after={"bulletin": row.bulletin.key, "place": row.place.name, "paper": row.on_paper},
    )
    return row


@transaction.atomic
def reply(row: ReceiptRecord, text: str, *, by: Any) -> ReceiptRecord:
    """The township's answer; one that was sent back may be given again."""
    rights.check(by, "sign_receipt", path=row.place.path)
    row = _locked(row)
    if row.signed_at is None:
        raise ValueError("先签收，再回复")
    if row.accepted_at is not None:
        raise ValueError("回复已被认可，不用再报")
    if not text.strip():
        raise ValueError("回复要写明原因、措施和完成日期")
    row.reply, row.replied_at, row.replied_by_name, row.returned_why = text.strip(), clock.now(), str(by), ""
    row.save()
    trail.record(
        "receipt.replied",
        _subject(row),
        by=by,
        after={"bulletin": row.bulletin.key, "place": row.place.name, "text": row.reply},
    )
    tell(
        officers(), "reply_came", f"{row.place.name}：{row.bulletin.title}", once=f"receipt/{row.pk}/{row.replied_at:%Y%m%d%H%M%S}",
        href=f"/bulletins/{row.bulletin.key}/", text=row.reply[:200],
    )  # fmt: skip
    return row


@transaction.atomic
def return_reply(row: ReceiptRecord, why: str, *, by: Any) -> ReceiptRecord:
    """The answer is not one: it is owed again, with the reason."""
    rights.check(by, "approve_bulletin")
    row = _locked(row)
    if row.replied_at is None or row.accepted_at is not None:
        raise ValueError("没有等着看的回复")
    if not why.strip():
        raise ValueError("退回要写明理由")
    row.returned_why, row.replied_at = why.strip(), None
    row.save()
    trail.record(
        "receipt.returned",
        _subject(row),
        by=by,
        because=why.strip(),
        after={"bulletin": row.bulletin.key, "place": row.place.name},
    )
    tell(
        holders([Role.TOWNSHIP_CLERK], row.place.path), "reply_returned", row.bulletin.title,
        once=f"receipt/{row.pk}/returned/{clock.now():%Y%m%d%H%M%S}", href=f"/bulletins/{row.bulletin.key}/", text=why.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def accept_reply(row: ReceiptRecord, *, by: Any) -> ReceiptRecord:
    """The answer stands."""
    rights.check(by, "approve_bulletin")
    row = _locked(row)
    if row.replied_at is None or row.accepted_at is not None:
        raise ValueError("没有等着看的回复")
    row.accepted_at, row.accepted_by_name = clock.now(), str(by)
    row.save()
    trail.record(
        "receipt.accepted", _subject(row), by=by, after={"bulletin": row.bulletin.key, "place": row.place.name}
    )
    return row
