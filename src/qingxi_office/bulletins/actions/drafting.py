"""Drafting a bulletin out of a call-over, wording it sentence by sentence, counting it anew."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.bulletin import SHOWN, Bulletin, reword
from qingxi.origin import Fault, Ref
from qingxi_office.bulletins import held
from qingxi_office.bulletins.actions.calling import take_call_over
from qingxi_office.bulletins.actions.letters import lay_out
from qingxi_office.bulletins.models import BulletinRecord, CallOverRecord, CardRecord
from qingxi_office.bulletins.papers import preview
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.numbers import next_key
from qingxi_office.trail.queries import count, head

_ENDED = (*sorted(s.value for s in SHOWN), "不亮牌", "已撤销")


class Worded(ValueError):
    """The wording was refused; ``faults`` are all that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("；".join(f"“{f.value}”{f.rule}，{f.remedy}" for f in faults))
        self.faults = faults


def draft(
    *, by: Any, as_of: date, cadence: str = "month", callover: CallOverRecord | None = None
) -> BulletinRecord:
    """Draft the bulletin of a call-over: text, tables, pictures, .docx and PDF; number and signer stay blank.

    Without a call-over the last one of the day is taken, or one is made. Every draft is a row of its own; an earlier
    draft of the month stays. Raises ValueError without villages.
    """
    rights.check(by, "draft_bulletin")
    over = callover or _of_today(as_of, cadence) or take_call_over(by=by, as_of=as_of, cadence=cadence)
    with transaction.atomic():  # the draft takes seconds to make: its number is settled before
        key = next_key(BulletinRecord, f"TB-{over.period.replace('-', '')}-", width=2)
    row = BulletinRecord(
        key=key, period=over.period, as_of=over.as_of, callover=over,
        drafted_by_id=by.pk, drafted_at=clock.now(), trail_head=head(), trail_count=count(), decided=_decided(over),
    )  # fmt: skip
    made = held.recomputed(row)
    _set(row, made)
    with transaction.atomic():
        row.save(force_insert=True)
        lay_out(row, made)
        trail.record(
            "bulletin.drafted",
            Ref("bulletin", row.key),
            by=by,
            after={"title": row.title, "as_of": over.as_of, "callover": over.key, "sha256": row.sha256},
        )
    return row


def _of_today(as_of: date, cadence: str) -> CallOverRecord | None:
    return CallOverRecord.objects.filter(as_of=as_of, cadence=cadence).order_by("-pk").first()


def _decided(over: CallOverRecord) -> dict[str, Any]:
    """Cards decided within the period, the newest a township, and praises of this call-over."""
    cards: dict[str, CardRecord] = {}
    rows = CardRecord.objects.filter(
        callover__as_of__gte=over.start, callover__as_of__lte=over.as_of, state__in=_ENDED
    )
    for card in rows.select_related("place").order_by("callover__as_of", "pk"):
        cards[card.place.code] = card
    shown = {s.value for s in SHOWN}
    return {
        "cards": [
            {
                "id": c.pk, "place": code, "name": c.place.name, "proposed": c.proposed, "reasons": c.reasons, "because": c.because,
                "card": c.decided if c.state in shown else "不亮牌", "officer": c.decided_by_name,
                "on": c.decided_on.isoformat() if c.decided_on else "", "reason": c.reason,
            }
            for code, c in sorted(cards.items())
        ],
        "praises": [
            {"ref": f"village:{p.place.code}", "name": f"{p.place.parent.name if p.place.parent else ''}{p.place.name}", "why": p.why,
             "officer": str(p.officer)}
            for p in over.praises.select_related("place__parent", "officer")
        ],
    }  # fmt: skip


def _set(row: BulletinRecord, made: Bulletin) -> None:
    """Content, hash, references and files of a bulletin as it reads now."""
    assert row.callover is not None
    row.title, row.content, row.sha256 = made.title, made.as_json(), made.sha256
    row.because = texts([Ref("callover", row.callover.key), *made.because, *(Ref("card", str(c["id"])) for c in row.decided.get("cards", []))])  # fmt: skip
    write_files(row, made)


def write_files(row: BulletinRecord, made: Bulletin) -> None:
    """The two files of a bulletin, named by its key; the earlier ones of a draft go."""
    from qingxi.report import Heading, write_bulletin, write_bulletin_pdf

    top = Heading(row.security, row.urgency, row.copies_number)
    for field in (row.file, row.pdf):
        if field:
            field.delete(save=False)
    with TemporaryDirectory() as folder:
        docx = write_bulletin(made, Path(folder) / "bulletin.docx", head=top)
        row.file.save(f"{row.key}.docx", ContentFile(docx.read_bytes()), save=False)
        pdf = write_bulletin_pdf(made, Path(folder) / "bulletin.pdf", head=top)
        row.pdf.save(f"{row.key}.pdf", ContentFile(pdf.read_bytes()), save=False)
    row.pages = len(preview(row, made))


def _draft(row: BulletinRecord) -> BulletinRecord:
    now = (
        BulletinRecord.objects.select_for_update(of=("self",))
        .select_related("callover", "drafted_by")
        .get(pk=row.pk)
    )
    if now.state != BulletinRecord.State.DRAFT:
        raise ValueError(f"这份通报现为“{now.get_state_display()}”，不能再改；要改先退回")
    return now


def _template(row: BulletinRecord, key: str, typed: str, *, new: bool) -> tuple[str, str]:
    """(before, template) of a sentence as typed; raises Worded with every fault."""
    made = held.recomputed(row)
    sentence = next((s for s in made.sentences if s.key == key), None)
    if sentence is None:
        raise ValueError("这一句不在通报里")
    template, faults = reword(sentence, typed, made.slots)
    if faults:
        raise Worded(faults)
    return "" if new else sentence.text, template


def _reset(row: BulletinRecord, key: str, before: str, *, by: Any) -> BulletinRecord:
    made = held.recomputed(row)
    after = next((s.text for s in made.sentences if s.key == key), "")
    if by.pk and by.pk not in row.edited_by:
        row.edited_by = [*row.edited_by, by.pk]
    _set(row, made)
    row.save()
    trail.record(
        "bulletin.worded",
        Ref("bulletin", row.key),
        by=by,
        before={"sentence": key, "text": before},
        after={"sentence": key, "text": after, "sha256": row.sha256},
    )
    return row


@transaction.atomic
def word(row: BulletinRecord, key: str, typed: str, *, by: Any) -> BulletinRecord:
    """Word one sentence otherwise; empty leaves it out. Figures in 【】 stay those of the records.

    Raises Worded with every number that is bound to nothing or was typed over, and changes nothing then.
    """
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    owner, plus = (key[:-1], True) if key.endswith("+") else (key, False)
    if plus:
        before, template = _template(row, key, typed, new=False)
        row.added = {**row.added, owner: template}
    else:
        before, template = _template(row, key, typed, new=False)
        row.reworded = {**row.reworded, key: template}
    return _reset(row, key, before, by=by)


@transaction.atomic
def add_sentence(row: BulletinRecord, after: str, typed: str, *, by: Any) -> BulletinRecord:
    """Put a sentence of one's own after another."""
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    if not typed.strip():
        raise ValueError("写一句话")
    _before, template = _template(row, after, typed, new=True)
    row.added = {**row.added, after: template}
    return _reset(row, f"{after}+", "", by=by)


@transaction.atomic
def undo_wording(row: BulletinRecord, key: str, *, by: Any) -> BulletinRecord:
    """A sentence as it was composed."""
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    before = next((s.text for s in held.recomputed(row).sentences if s.key == key), "")
    row.reworded = {k: v for k, v in row.reworded.items() if k != key}
    row.added = {k: v for k, v in row.added.items() if f"{k}+" != key}
    return _reset(row, key, before, by=by)


@transaction.atomic
def recount(row: BulletinRecord, *, by: Any, as_of: date | None = None) -> BulletinRecord:
    """Count the figures anew: a fresh call-over of the same period, the same words around the new figures."""
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    if row.callover is None:
        raise ValueError("这份通报没有调度快照，请另起草一份")
    before = row.callover.key
    day = as_of or max(row.as_of, min(clock.today(), _last_day(row.callover)))
    row.callover = take_call_over(by=by, as_of=day, cadence=row.callover.cadence)
    row.as_of, row.decided = row.callover.as_of, _decided(row.callover)
    made = held.recomputed(row)
    _set(row, made)
    row.save()
    lay_out(row, made)
    trail.record(
        "bulletin.recounted", Ref("bulletin", row.key), by=by, before={"callover": before}, after={"callover": row.callover.key, "sha256": row.sha256}
    )  # fmt: skip
    return row


def _last_day(over: CallOverRecord) -> date:
    from qingxi.bulletin import month, week

    whole = week(over.as_of) if over.cadence == "week" else month(over.as_of.year, over.as_of.month)
    return whole.end


@transaction.atomic
def refresh_decisions(row: BulletinRecord, *, by: Any) -> BulletinRecord:
    """Take in the cards and praises that were decided since; figures stay."""
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    if row.callover is None:
        raise ValueError("这份通报没有调度快照，请另起草一份")
    row.decided = _decided(row.callover)
    _set(row, held.recomputed(row))
    row.save()
    trail.record("bulletin.decisions_taken", Ref("bulletin", row.key), by=by, after={"sha256": row.sha256})
    return row


@transaction.atomic
def dress_head(
    row: BulletinRecord, *, by: Any, security: str = "", urgency: str = "", copies_number: str = ""
) -> BulletinRecord:
    """密级, 紧急程度 and 份号 on the paper. A bulletin that is marked 秘密 is not for this office and is refused."""
    rights.check(by, "edit_bulletin")
    row = _draft(row)
    security, urgency, copies_number = security.strip(), urgency.strip(), copies_number.strip()
    if security and security not in ("内部",):
        raise ValueError("涉密的通报不在本系统办理，只能标“内部”或不标")
    if urgency and urgency not in ("特急", "加急"):
        raise ValueError("紧急程度只有特急、加急")
    if copies_number and not (copies_number.isdigit() and len(copies_number) <= 6):
        raise ValueError("份号是六位数字")
    row.security, row.urgency, row.copies_number = (
        security,
        urgency,
        copies_number.zfill(6) if copies_number else "",
    )
    write_files(row, held.recomputed(row))
    row.save()
    trail.record(
        "bulletin.headed", Ref("bulletin", row.key), by=by, after={"security": security, "urgency": urgency, "copies": row.copies_number}
    )  # fmt: skip
    return row
