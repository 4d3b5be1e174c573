"""A workbook that came back: good cells go in, the rest comes back red in the same file."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files.return_form import ReturnHead
from qingxi.files.return_sheet import Mark, SentReturn, read_return, red_return
from qingxi.filing import Refused
from qingxi.origin import Fault, Ref
from qingxi_office.places.queries import county
from qingxi_office.returns.actions.filling import put_in
from qingxi_office.returns.models import ReturnRecord, ReturnSheet
from qingxi_office.returns.queries import form_of, law_of
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

MOST_BYTES = 4_000_000
"""A return is one page; a larger file is another."""


def head_of(row: ReturnRecord) -> ReturnHead:
    """What stands above the return's workbook."""
    own = county()
    form = form_of(row.period.form)
    return ReturnHead(
        row.key, row.unit.name, row.place.code12, row.period.due_on, form.to or (own.issuing_body if own else "")
    )


@transaction.atomic
def take_sheet(record: ReturnRecord, name: str, data: bytes, *, by: Any) -> ReturnSheet:
    """Take in a filled workbook: good cells go in, reasons answer doubts, and what stands comes back red in the same file.

    Raises qingxi.filing.Refused when the file as a whole is none of this return's; then nothing is changed.
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1][-120:] or "报表.xlsx"
    if len(data) > MOST_BYTES:
        raise Refused([f"“{name}”有 {len(data) // 1_000_000} MB，一份报表不会这么大，请看看是不是传错了"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sent{Path(name).suffix.lower()[:6] or '.xlsx'}"
        path.write_bytes(data)
        sent = read_return(path, form_of(record.period.form), name=name)
        _check_whole(record, sent)
        row, refused = put_in(
            record, {f: c.value for f, c in sent.cells.items()}, by=by, reasons={f: c.reason for f, c in sent.cells.items()},
            explained={f: c.reason for f, c in sent.cells.items() if c.reason},
        )  # fmt: skip
        ret = law_of(row)
        marks = [Mark(f, why.partition("：")[2] or why) for f, why in refused.items()]
        marks += [Mark(d.field, d.said, not d.mend) for d in ret.doubts if d.stands and d.field not in refused]
        red = red_return(path, sent, marks, ret, head_of(row)) if marks else b""
    faults = [_fault(sent, m, ret.form.field(m.field).name) for m in marks]
    sheet = ReturnSheet(
        record=row, name=name, sha256=hashlib.sha256(data).hexdigest(), taken=len(sent.cells) - len(refused),
        faults=[f.as_json() for f in faults], by_name=str(by)[:80], at=clock.now(),
    )  # fmt: skip
    sheet.file.save(name, ContentFile(data), save=False)
    if red:
        sheet.red.save(f"{Path(name).stem[:80]}.xlsx", ContentFile(red), save=False)
    sheet.save(force_insert=True)
    trail.record(
        "return.sheet_taken",
        Ref("return", row.key),
        by=by,
        after={"name": name, "sha256": sheet.sha256, "wrong": len(marks)},
    )
    return sheet


def _check_whole(record: ReturnRecord, sent: SentReturn) -> None:
    if sent.faults:
        raise Refused([f"{f.rule}，{f.remedy}" for f in sent.faults])
    if sent.key and sent.key != record.key:
        raise Refused([f"这份文件的表号是 {sent.key}，不是这一份（{record.key}）；请到那一份的页面交"])


def _fault(sent: SentReturn, mark: Mark, name: str) -> Fault:
    cell = sent.cells.get(mark.field)
    remedy = "请核实后改数，或在“说明”里写理由" if mark.reason_would_do else "请改这一格"
    return Fault(
        sent.file, cell.row if cell else None, name, str(cell.value if cell and cell.value is not None else ""), mark.said, remedy,
        "needs-reason" if mark.reason_would_do else "wrong-cell",
    )  # fmt: skip
