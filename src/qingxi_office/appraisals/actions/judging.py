"""Every change to appraisals: who may is people's rule, when it may be is qingxi.appraisal's law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from qingxi.appraisal import (
    Mark,
    Scheme,
    Stage,
    Standing,
    against_answering,
    against_marking,
    against_moving,
    against_objecting,
    mean_marks,
    objections_end,
    parse_scheme,
    score,
    wrong_with,
)
from qingxi.origin import Ref
from qingxi_office.appraisals.models import Appraisal, CountyScheme, Objection, Sheet, SheetMark
from qingxi_office.appraisals.queries import known_schemes, scheme_of
from qingxi_office.appraisals.told import clues
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import of_units, officers
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.numbers import next_key


class Refused(ValueError):
    """What the law does not allow now; ``reasons`` are all of them, in Chinese."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Written:
    """A mark as a form gives it: deduction → how often and how much (text), a share in per cent, why absent."""

    item: str
    taken: Mapping[str, Sequence[str]] = field(default_factory=dict)
    share: str = ""
    absent: str = ""
    note: str = ""


def _unit(by: Any) -> str:
    return by.unit.name if getattr(by, "unit", None) else ""


def standing(row: Appraisal, sheets: Sequence[Sheet] | None = None) -> Standing:
    """What the law asks of an appraisal; two queries when the sheets are not at hand."""
    found = list(row.sheets.prefetch_related("marks", "objections")) if sheets is None else list(sheets)
    scheme = scheme_of(row)
    stage = Stage(row.state)
    looked = Stage.SELF.value if stage is Stage.SELF else Stage.CHECK.value
    marks = [m for s in found for m in s.marks.all() if m.stage == looked]
    checkers = {str(m.by_id) for s in found for m in s.marks.all() if m.stage == Stage.CHECK.value}
    return Standing(
        stage, row.subject.name, checkers, len(found) * len(scheme.items) - len(marks),
        sum(o.upheld is None for s in found for o in s.objections.all()), row.objections_until,
        row.accepted_on is not None,
    )  # fmt: skip


@transaction.atomic
def keep_scheme(text: str, *, by: User) -> CountyScheme:
    """Take in a scheme of the county's own; raises ValueError with every fault at once."""
    rights.check(by, "open_appraisal")
    scheme = parse_scheme(text)
    if CountyScheme.objects.filter(scheme=scheme.id, version=scheme.version).exists():
        raise ValueError(f"{scheme.name}第 {scheme.version} 版已经有了；改了内容请改版本号")
    row = CountyScheme(
        scheme=scheme.id, version=scheme.version, name=scheme.name, text=text, by_name=str(by), at=clock.now()
    )
    row.save(force_insert=True)
    trail.record(
        "appraisal.scheme_kept", Ref("scheme", f"{scheme.id}@{scheme.version}"), by=by, after={"name": scheme.name}
    )
    return row


@transaction.atomic
def open_appraisal(
    subject: Unit, scheme_id: str, period: str, begins: date, ends: date, *, by: User, place: Place | None = None
) -> Appraisal:
    """Begin to judge a unit for a period: the scheme is frozen, a sheet stands for each of an operator's facilities.

    Raises ValueError when the period is turned round, the scheme is not known, the unit has no facility to judge, or
    is being judged for that period already.
    """
    where = place or subject.place
    rights.check(by, "open_appraisal", path=where.path)
    text = known_schemes().get(scheme_id)
    if text is None:
        raise ValueError(f"没有“{scheme_id}”这张考核表")
    scheme = parse_scheme(text)
    if ends < begins:
        raise ValueError("考核期的结束日早于开始日")
    if Appraisal.objects.filter(subject=subject, period=period, scheme=scheme.id).exists():
        raise ValueError(f"{subject.name}的 {period} 已经在考核")
    row = Appraisal(
        key=next_key(Appraisal, f"KH-{period}-", width=2), period=period, begins_on=begins, ends_on=ends, subject=subject, place=where,
        scheme=scheme.id, scheme_name=scheme.name, scheme_version=scheme.version, scheme_text=text, opened_on=clock.today(),
        because=texts([Ref("unit", str(subject.pk))]),
    )  # fmt: skip
    facilities: list[FacilityRecord] = []
    if scheme.subject == "设施":
        facilities = list(
            FacilityRecord.objects.filter(operator_unit=subject)
            .exclude(status__in=(FacilityRecord.Status.JOINED, FacilityRecord.Status.SCRAPPED))
            .order_by("key")
        )
        if not facilities:
            raise ValueError(f"{subject.name}名下没有可考核的设施")
        row.because = texts(Ref("facility", f.key) for f in facilities)
    row.save(force_insert=True)
    told = clues(facilities, begins, ends)
    Sheet.objects.bulk_create(
        [Sheet(appraisal=row, facility=f, clues=told[f.pk]) for f in facilities] or [Sheet(appraisal=row)]
    )
    trail.record(
        "appraisal.opened", Ref("appraisal", row.key), by=by,
        after={"subject": subject.name, "scheme": f"{scheme.id}@{scheme.version}", "sheets": len(facilities) or 1},
    )  # fmt: skip
    _tell(row, of_units([subject.pk], where.path), "opened", f"{row.period} 考核开始自评")
    return row


def _tell(row: Appraisal, people: set[int], event: str, title: str) -> None:
    tell(people, "appraisal_waiting", title, once=f"appraisal/{row.key}/{event}", href=f"/appraisals/{row.key}/")


def _locked(row: Appraisal) -> Appraisal:
    return Appraisal.objects.select_for_update(of=("self",)).select_related("subject", "place").get(pk=row.pk)


def _decimal(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text.strip().rstrip("%％"))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Refused([f"{what}写的是“{text}”，须为数字"])
    return value


def as_mark(scheme: Scheme, given: Written) -> Mark:
    """A form's mark as the law's; raises Refused with every fault."""
    try:
        item = scheme.item(given.item)
    except KeyError as error:
        raise Refused([str(error.args[0])]) from error
    taken = {
        code: tuple(_decimal(p, f"{item.name}的扣分") for p in points)
        for code, points in given.taken.items()
        if points
    }
    share = _decimal(given.share, f"{item.name}的比例") / 100 if given.share.strip() and not given.absent else None
    mark = Mark(item.key, {} if given.absent else taken, share, given.absent.strip())
    wrong = wrong_with(item, mark)
    if (taken or given.absent) and not given.note.strip() and not given.absent:
        wrong.append(f"{item.name}扣了分，请写一句看见了什么")
    if wrong:
        raise Refused(wrong)
    return mark


def law_mark(row: SheetMark) -> Mark:
    """A kept mark as the law's."""
    return Mark(
        row.item, {code: tuple(Decimal(p) for p in points) for code, points in row.taken.items()},
        Decimal(row.share) if row.share else None, row.absent,
    )  # fmt: skip


@transaction.atomic
def write_marks(sheet: Sheet, given: Sequence[Written], *, by: User) -> int:
    """Write marks of the present stage on a sheet; every fault at once, and then nothing is written. Gives how many."""
    row = _locked(sheet.appraisal)
    stage = Stage(row.state)
    rights.check(by, "self_appraise" if stage is Stage.SELF else "check_appraisal", path=row.place.path)
    # While objections run only an upheld one changes a mark: answer() writes that.
    wanted = Stage.SELF if stage is Stage.SELF else Stage.CHECK
    reasons = against_marking(standing(row), wanted, _unit(by), str(by))
    if reasons:
        raise Refused(reasons)
    scheme, wrong = scheme_of(row), []
    marks: list[tuple[Written, Mark]] = []
    for one in given:
        try:
            marks.append((one, as_mark(scheme, one)))
        except Refused as refused:
            wrong += refused.reasons
    if wrong:
        raise Refused(wrong)
    _keep([(sheet, written, mark) for written, mark in marks], stage, by)
    trail.record(
        "appraisal.marked", Ref("appraisal", row.key), by=by,
        after={"sheet": sheet.pk, "stage": stage.value, "items": [m.item for _, m in marks]},
    )  # fmt: skip
    return len(marks)


@transaction.atomic
def write_clean(row: Appraisal, *, by: User) -> int:
    """Of the unit's own sheets that nobody wrote on: nothing taken off, the share as the books know it. Gives how many.

    Only for the self-mark; who checks looks at every sheet.
    """
    row = _locked(row)
    rights.check(by, "self_appraise", path=row.place.path)
    if reasons := against_marking(standing(row), Stage.SELF, _unit(by), str(by)):
        raise Refused(reasons)
    scheme, n = scheme_of(row), 0
    kept: list[tuple[Sheet, Written, Mark]] = []
    for sheet in row.sheets.filter(marks=None):
        told = {key: str(Decimal(clue["share"]) * 100) for key, clue in sheet.clues.items() if clue.get("share")}
        for item in scheme.items:
            if item.way == "ratio" and item.key not in told:
                continue  # a share that the books do not know is the unit's own to say
            written = Written(item.key, share=told.get(item.key, "") if item.way == "ratio" else "")
            kept.append((sheet, written, as_mark(scheme, written)))
        n += 1
    _keep(kept, Stage.SELF, by)
    trail.record(
        "appraisal.marked", Ref("appraisal", row.key), by=by, after={"clean_sheets": n, "stage": Stage.SELF.value}
    )
    return n


def _keep(kept: Sequence[tuple[Sheet, Written, Mark]], stage: Stage, by: User) -> None:
    """Marks of a stage into the books in one stroke; one that stood there is written over."""
    now = clock.now()
    SheetMark.objects.bulk_create(
        [
            SheetMark(
                sheet=sheet, item=mark.item, stage=stage.value, absent=mark.absent, note=written.note.strip()[:400],
                taken={code: [str(p) for p in points] for code, points in mark.taken.items() if points},
                share="" if mark.share is None else str(mark.share), by=by, by_name=str(by), at=now,
            )
            for sheet, written, mark in kept
        ],
        update_conflicts=True, unique_fields=["sheet", "item", "stage"],
        update_fields=["taken", "share", "absent", "note", "by", "by_name", "at"],
    )  # fmt: skip


@transaction.atomic
def set_veto(sheet: Sheet, code: str, note: str, *, by: User) -> None:
    """Note what fails the whole sheet, with what proves it; only while it is being checked."""
    row = _locked(sheet.appraisal)
    rights.check(by, "check_appraisal", path=row.place.path)
    if reasons := against_marking(standing(row), Stage.CHECK, _unit(by), str(by)):
        raise Refused(reasons)
    veto = scheme_of(row).veto(code)
    if not note.strip():
        raise Refused([f"“{veto.text}”须写明查实的依据"])
    sheet = Sheet.objects.select_for_update().get(pk=sheet.pk)
    others = [v for v in sheet.vetoes if v["code"] != code]
    sheet.vetoes = [*others, {"code": code, "note": note.strip(), "by": str(by), "on": str(clock.today())}]
    sheet.save(update_fields=["vetoes"])
    trail.record(
        "appraisal.vetoed", Ref("appraisal", row.key), by=by, because=note, after={"sheet": sheet.pk, "code": code}
    )


@transaction.atomic
def move_on(row: Appraisal, *, by: User) -> Appraisal:
    """Hand the appraisal to its next stage: the self-marks in, the check out, or the final marks signed."""
    row = _locked(row)
    stage = Stage(row.state)
    rights.check(
        by,
        {Stage.SELF: "self_appraise", Stage.CHECK: "check_appraisal"}.get(stage, "finish_appraisal"),
        path=row.place.path,
    )
    today = clock.today()
    if reasons := against_moving(standing(row), _unit(by), str(by.pk), today):
        raise Refused(reasons)
    row.state = {Stage.SELF: Stage.CHECK, Stage.CHECK: Stage.OBJECTION, Stage.OBJECTION: Stage.FINAL}[stage].value
    if stage is Stage.CHECK:
        row.objections_until = objections_end(today)
        _tell(
            row, of_units([row.subject_id], row.place.path), "checked", f"{row.period} 考核核查完了，请看有没有异议"
        )
    elif stage is Stage.SELF:
        _tell(row, officers(), "self", f"{row.subject.name}交来 {row.period} 自评")
    else:
        _finish(row, by, today)
    row.save()
    trail.record(
        "appraisal.moved", Ref("appraisal", row.key), by=by, before=stage.value,
        after={"state": row.state, "marks": str(row.marks) if row.marks is not None else None},
    )  # fmt: skip
    return row


def final_marks(sheet: Sheet) -> dict[str, SheetMark]:
    """What counts of each item: the final mark where an objection changed it, else the check."""
    found = {m.item: m for m in sheet.marks.all() if m.stage == Stage.CHECK.value}
    return found | {m.item: m for m in sheet.marks.all() if m.stage == Stage.FINAL.value}


def _finish(row: Appraisal, by: User, today: date) -> None:
    scheme = scheme_of(row)
    scores = [
        score(scheme, [law_mark(m) for m in final_marks(s).values()], [v["code"] for v in s.vetoes])
        for s in row.sheets.prefetch_related("marks")
    ]
    row.marks, row.failed = mean_marks(scores), any(s.failed for s in scores)
    row.grade = (scheme.grades[-1] if row.failed else scheme.grade(row.marks)).name
    row.final_on, row.final_by, row.final_unit = today, by, by.unit
    _tell(
        row,
        of_units([row.subject_id], row.place.path),
        "final",
        f"{row.period} 考核定稿：{row.marks} 分，{row.grade}",
    )


@transaction.atomic
def object_to(sheet: Sheet, item: str, text: str, *, by: User) -> Objection:
    """The subject does not agree with the check of an item."""
    row = _locked(sheet.appraisal)
    rights.check(by, "object_appraisal", path=row.place.path)
    reasons = against_objecting(standing(row), _unit(by), clock.today())
    if not text.strip():
        reasons.append("请写明为什么不同意")
    scheme_of(row).item(item)
    if Objection.objects.filter(sheet=sheet, item=item, upheld=None).exists():
        reasons.append("这一项的异议还没有答复")
    if reasons:
        raise Refused(reasons)
    made = Objection(sheet=sheet, item=item, text=text.strip(), by=by, by_name=str(by), on=clock.today())
    made.save(force_insert=True)
    trail.record("appraisal.objected", Ref("appraisal", row.key), by=by, because=text, after={"item": item})
    _tell(row, officers(), f"objected/{made.pk}", f"{row.subject.name}对考核提了异议")
    return made


@transaction.atomic
def accept(row: Appraisal, *, by: User) -> Appraisal:
    """The subject has no (more) objections: the final mark need not wait for the term."""
    row = _locked(row)
    rights.check(by, "object_appraisal", path=row.place.path)
    if reasons := against_objecting(standing(row), _unit(by), clock.today()):
        raise Refused(reasons)
    row.accepted_on = clock.today()
    row.save(update_fields=["accepted_on"])
    trail.record("appraisal.accepted", Ref("appraisal", row.key), by=by)
    return row


@transaction.atomic
def answer(objection: Objection, upheld: bool, text: str, *, by: User, instead: Written | None = None) -> Objection:
    """Answer an objection; one that is upheld brings the mark that counts instead."""
    row = _locked(objection.sheet.appraisal)
    rights.check(by, "finish_appraisal", path=row.place.path)
    made = Objection.objects.select_for_update(of=("self",)).select_related("sheet").get(pk=objection.pk)
    reasons = against_answering(standing(row), _unit(by), str(by.pk))
    if made.upheld is not None:
        reasons.append("这条异议已经答复")
    if not text.strip():
        reasons.append("请写明为什么")
    if upheld and instead is None:
        reasons.append("同意异议，请把这一项重新记分")
    if reasons:
        raise Refused(reasons)
    if upheld and instead is not None:
        _keep([(made.sheet, instead, as_mark(scheme_of(row), instead))], Stage.FINAL, by)
    made.upheld, made.answer, made.answered_by, made.answered_on = upheld, text.strip(), by, clock.today()
    made.save()
    trail.record(
        "appraisal.answered",
        Ref("appraisal", row.key),
        by=by,
        because=text,
        after={"item": made.item, "upheld": upheld},
    )
    _tell(row, of_units([row.subject_id], row.place.path), f"answered/{made.pk}", "考核异议有了答复")
    return made
