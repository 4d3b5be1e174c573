"""Every change to bulletins: drafted here, issued by the county's document system, recorded when they come back."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.bulletin import County, Period
from qingxi.bulletin import draft as draft_bulletin
from qingxi.indicator import Figure, definitions, rate
from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import county_records, within
from qingxi_office.issues.law import as_issue
from qingxi_office.issues.models import IssueRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import officers
from qingxi_office.places.models import Unit
from qingxi_office.places.queries import county, living
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.queries import count, head


def draft(*, by: Any, as_of: date) -> BulletinRecord:
    """Draft the bulletin of the month up to a day: text, tables, .docx; number and signer stay blank.

    Every draft is a row of its own; an earlier draft of the month stays. Raises ValueError without villages.
    """
    from qingxi.report import write_bulletin

    rights.check(by, "draft_bulletin")
    own = county()
    if own is None:
        raise ValueError("还没有县,先载入台账")
    known, records = definitions(), county_records(own.place)
    main = known.get(own.main_definition) or known["treatment_rate_village"]
    if not records.villages:
        raise ValueError("还没有村庄台账,算不出治理率")
    others = [
        rate(d, records, as_of)
        for d in known.values()
        if d.id != main.id and d.denominator["rule"] == "hamlet_list" and records.hamlets
    ]
    made = draft_bulletin(
        County(own.place.name, own.issuing_body or own.lead_department, _addressees()),
        Period(f"{as_of.year}年{as_of.month}月", as_of.replace(day=1), as_of),
        rate(main, records, as_of),
        others=others,
        townships=[(p.code, p.name, rate(main, within(records, p.code), as_of)) for p in living("township")],
        issues=[as_issue(row) for row in _issues()],
    )
    number = BulletinRecord.objects.filter(period=f"{as_of:%Y-%m}").count() + 1
    row = BulletinRecord(
        key=f"TB-{as_of:%Y%m}-{number:02d}", title=made.title, period=f"{as_of:%Y-%m}", as_of=as_of,
        content=made.as_json(), drafted_by_id=by.pk, drafted_at=clock.now(), trail_head=head(),
        trail_count=count(), because=_kept(made.because, made.figures),
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bulletin.docx"
        write_bulletin(made, path)
        row.file.save(f"{row.key}.docx", ContentFile(path.read_bytes()), save=False)
    with transaction.atomic():
        row.save(force_insert=True)
        trail.record(
            "bulletin.drafted", Ref("bulletin", row.key), by=by, after={"title": row.title, "as_of": as_of}
        )
    return row


def _addressees() -> tuple[str, ...]:
    names = Unit.objects.filter(level="乡镇", kind="乡镇").values_list("name", flat=True)
    return tuple(names) or ("各乡镇人民政府",)


def _issues() -> list[IssueRecord]:
    """Every problem with its history; four queries."""
    rows = IssueRecord.objects.select_related("place", "facility", "rectifier", "lead", "verifier", "closer")
    return list(rows.exclude(due_on=None).prefetch_related("steps__unit", "evidence"))


def _kept(refs: Any, figures: tuple[Figure, ...]) -> list[str]:
    """References as the books keep them: a figure by the key of its newest row, one not in the books by its lists."""
    by_id = {f.id: f for f in figures}
    newest: dict[str, str] = {}
    for key in (
        FigureRecord.objects.filter(as_of__in={f.as_of for f in figures})
        .order_by("pk")
        .values_list("key", flat=True)
    ):
        newest[key.partition("#")[0]] = key
    out: list[str] = []
    for ref in refs:
        if ref.kind != "figure":
            out.append(str(ref))
        elif ref.id in newest:
            out.append(f"figure:{newest[ref.id]}")
        elif ref.id in by_id:
            out += [str(r) for r in by_id[ref.id].because]
    return texts(out)


def _county_path() -> str:
    own = county()
    return own.place.path if own else ""


@transaction.atomic
def send(row: BulletinRecord, *, by: Any) -> BulletinRecord:
    """The draft has gone to the document system for approval; raises SecondNeeded where the county asks for four eyes."""
    rights.check(by, "send_bulletin")
    if row.state != BulletinRecord.State.DRAFT:
        raise ValueError(f"这份通报现为“{row.get_state_display()}”,不能再送审")
    subject = Ref("bulletin", row.key)
    second = require(
        "send_bulletin", subject, by=by, title=row.title, what=f"截至 {row.as_of}", path=_county_path()
    )
    row.state = BulletinRecord.State.SENT
    row.save(update_fields=["state"])
    trail.record("bulletin.sent", subject, by=by, because=second, before="draft", after="sent")
    tell(
        officers() - {by.pk}, "bulletin_waiting", row.title, once=f"bulletin/{row.key}/sent", href=f"/bulletins/{row.key}/"
    )  # fmt: skip
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
    """The document system has given number, signer and day (and a scan): the bulletin is issued."""
    rights.check(by, "record_bulletin_issued")
    day = date.fromisoformat(issued_on) if isinstance(issued_on, str) and issued_on else issued_on or None
    if row.state == BulletinRecord.State.ISSUED:
        raise ValueError("这份通报已记为印发")
    if not (document_number and signer and day):
        raise ValueError("印发须有文号、签发人和成文日期")
    row.state, row.document_number, row.signer, row.issued_on = (
        BulletinRecord.State.ISSUED,
        document_number,
        signer,
        day,
    )
    if scan is not None:
        row.scan.save(f"{row.key}-scan", scan, save=False)
    row.save()
    trail.record(
        "bulletin.issued",
        Ref("bulletin", row.key),
        by=by,
        after={"number": document_number, "signer": signer, "on": day},
    )
    return row
