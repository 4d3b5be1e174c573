"""The call-over by the clock: the past week on Monday, the past month on the 1st; and receipts and answers that are late."""

from __future__ import annotations

import datetime as dt

from qingxi_office.bulletins.actions import take_call_over
from qingxi_office.bulletins.models import CallOverRecord, ReceiptRecord
from qingxi_office.bulletins.queries import owed
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import holders, officers
from qingxi_office.people.models import Role
from qingxi_office.places.queries import county
from qingxi_office.trail.actions import Doer
from qingxi_office.villages.models import VillageRecord


def _take(by: Doer, as_of: dt.date, cadence: str) -> list[str]:
    if county() is None or not VillageRecord.objects.exists():
        return []
    if CallOverRecord.objects.filter(cadence=cadence, as_of=as_of).exists():
        return []  # an officer has taken it already
    row = take_call_over(by=by, as_of=as_of, cadence=cadence)
    said = row.counts
    return [
        f"{row}：治理率 {said['rate']}，滞后乡镇 {said['slow']} 个，逾期问题 {said['overdue']} 件，建议亮牌 {said['cards']} 张"
    ]


def week(by: Doer, now: dt.datetime) -> list[str]:
    """The week that ended yesterday."""
    today = now.date()
    return _take(by, today - dt.timedelta(days=today.weekday() + 1), "week")


def month(by: Doer, now: dt.datetime) -> list[str]:
    """The month that ended yesterday."""
    return _take(by, now.date().replace(day=1) - dt.timedelta(days=1), "month")


def replies(by: Doer, now: dt.datetime) -> list[str]:
    """Tell townships and officers of receipts and answers past their day; each once a receipt and what it owes."""
    today = now.date()
    rows = list(owed(ReceiptRecord.objects.select_related("place", "bulletin"), today).defer("bulletin__content"))
    for row in rows:
        what = "没有签收" if row.signed_at is None else "没有回复"
        tell(
            holders([Role.TOWNSHIP_CLERK], row.place.path) | officers(), "reply_due", f"{row.place.name}{what}：{row.bulletin.title}",
            once=f"receipt/{row.pk}/{what}", href=f"/bulletins/{row.bulletin.key}/",
        )  # fmt: skip
    return [f"签收或回复过期 {len(rows)} 份"] if rows else []
