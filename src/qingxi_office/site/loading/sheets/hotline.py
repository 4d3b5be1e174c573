"""Orders of the hotline 12345 as a table: their own number is the key, and a later 派单日期 of one that was answered is a 重办."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from qingxi.files.office_tables import TABLES
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import HotlineOrder
from qingxi_office.site.loading.sheets.book import Book, Objection, Row, text
from qingxi_office.site.loading.sheets.register import day_of, outside
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.site.pages import seen
from qingxi_office.trail.actions import Doer, TakenIn


def _here(user: Any) -> list[Row]:
    return [
        {
            "number": o.number, "klass": o.klass, "title": o.title, "text": o.text, "caller": o.caller, "phone": o.phone,
            "place": o.place, "village": o.village_code, "facility": o.facility,
            "called_at": timezone.localtime(o.called_at).replace(tzinfo=None, second=0, microsecond=0).isoformat() if o.called_at else None,
            "sent_on": last.sent_on.isoformat() if (last := _last(o)) else None,
            "due_on": last.due_on.isoformat() if last else None,
        }
        for o in seen.orders(user).prefetch_related("rounds")
    ]  # fmt: skip


def _last(order: HotlineOrder) -> Any:
    rounds = list(order.rounds.all())
    return rounds[-1] if rounds else None


def _against(scope: Scope, row: Row, was: Row | None) -> list[Objection]:
    found = outside(scope, "village", row["village"], "") if row["village"] or not scope.whole_county else []
    if row["facility"] and row["facility"] not in scope.stations:
        found.append(
            Objection("facility", "设施编号不在本辖区的设施台账里", "请核对编号，不知道就空着", "facility-unknown")
        )
    sent, due = day_of(row["sent_on"]), day_of(row["due_on"]) if row["due_on"] else None
    if sent and due and due < sent:
        found.append(Objection("due_on", "要求答复的日期早于派单日期", "请核对两个日期", "hotline-due"))
    if was is not None and sent and was["sent_on"] and sent < day_of(was["sent_on"]):
        found.append(
            Objection(
                "sent_on",
                f"这张工单 {was['sent_on']} 已经派过",
                "派单日期不能往回改；重办要写新的日期",
                "hotline-sent",
            )
        )
    if was is None and HotlineOrder.objects.filter(number=row["number"]).exists():
        found.append(Objection("number", "这张工单在别的辖区", "请核对工单号，或找县里", "hotline-elsewhere"))
    return found


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    at = datetime.fromisoformat(str(value))
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _take(scope: Scope, rows: Sequence[Row], new: int, by: Doer, because: str) -> TakenIn:
    return intake.take_in_orders(
        [
            {
                "number": str(r["number"]), "klass": r["klass"], "title": text(r["title"])[:200] or text(r["text"])[:40],
                "text": text(r["text"]), "caller": text(r["caller"])[:40], "phone": text(r["phone"])[:40],
                "place": text(r["place"])[:120], "village_code": text(r["village"]), "facility": text(r["facility"]),
                "called_at": _moment(r["called_at"]), "sent_on": day_of(r["sent_on"]),
                "due_on": day_of(r["due_on"]) if r["due_on"] else None,
            }
            for r in rows
        ],
        by=by,
    )  # fmt: skip


HOTLINE = Book(
    TABLES["hotline"], _here, _against, _take, label=lambda r: f"{r['number']} {str(r['title'] or r['text'])[:40]}"
)  # fmt: skip
