"""What people hand in, and the ledger: orders that become problems, replies in the hotline's form, "not solved"."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from qingxi.files.hotline_reply import fill_paper, fill_table, plain_reply
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake import actions as intake
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import HotlineForm, HotlineOrder
from qingxi_office.issues.actions import open_by_hand
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.trail import clock

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@transaction.atomic
def order_to_problem(order: HotlineOrder, *, by: Any, klass: str = "一般") -> IssueRecord:
    """An order becomes a problem of the ledger; the caller keeps the hotline's number, the ledger reads no name of theirs."""
    if order.issue and (known := IssueRecord.objects.filter(key=order.issue).first()):
        return known
    facility = FacilityRecord.objects.select_related("place__parent").filter(key=order.facility).first()
    place = facility.place if facility else Place.objects.filter(code=order.village_code, valid_to=None).first()
    if place is None:
        raise ValueError("工单没有说明是哪个村、哪座站，请先在登记里补上")
    rights.check(by, "take_up_report", path=place.path)
    row = open_by_hand(
        source="12345", place=place, facility=facility, klass=klass, title=masked(order.title), detail=masked(order.text),
        because=[f"hotline:{order.number}"], by=by,
    )  # fmt: skip
    intake.link(order, row.key, by=by)
    return row


def replies_out(orders: Sequence[HotlineOrder], form: HotlineForm | None, *, by: Any) -> tuple[bytes, str, str]:
    """The replies in the county's form: (bytes, content type, file name). A paper form gives one paper an order, in a zip."""
    own = county()
    unit = own.lead_department if own else ""
    states = dict(
        IssueRecord.objects.filter(key__in=[o.issue for o in orders if o.issue]).values_list("key", "state")
    )
    rows = [_words(order, unit, states.get(order.issue, ""), by) for order in orders]
    day = f"{clock.today():%Y%m%d}"
    if form is None:
        return plain_reply(rows), _XLSX, f"12345工单答复_{day}.xlsx"
    with form.file.open("rb") as file:
        data = file.read()
    if form.name.lower().endswith(".xlsx"):
        return fill_table(data, rows), _XLSX, f"12345工单答复_{day}.xlsx"
    if len(rows) == 1:
        return fill_paper(data, rows[0]), _DOCX, f"{rows[0]['工单号']}.docx"
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w", zipfile.ZIP_DEFLATED) as out:
        for row in rows:
            name = "".join(c if c.isalnum() or c in "-_" else "_" for c in row["工单号"])
            out.writestr(f"{name}.docx", fill_paper(data, row))
    return parcel.getvalue(), "application/zip", f"12345工单答复_{day}.zip"


def _words(order: HotlineOrder, unit: str, state: str, by: Any) -> dict[str, str]:
    last = list(order.rounds.all())[-1]
    return {
        "工单号": order.number, "类别": order.klass, "标题": order.title, "来电内容": order.text, "地点": order.place,
        "派单日期": f"{last.sent_on:%Y-%m-%d}", "要求答复日期": f"{last.due_on:%Y-%m-%d}", "第几次派单": str(last.number),
        "承办单位": unit, "办理情况": f"台账 {order.issue}，现在：{state}" if order.issue else "已直接答复",
        "答复内容": last.reply, "答复日期": f"{last.replied_on:%Y-%m-%d}" if last.replied_on else "", "答复人": last.by_name,
        "联系电话": getattr(by, "phone", "") or "", "问题编号": order.issue,
        "是否超期": "是" if last.replied_on and last.replied_on > last.due_on else "否",
    }  # fmt: skip
