"""Opening a problem: out of a finding, out of a villager's report, by hand from any source, and a blockage from below."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.issue import BlockageKind, IssueClass, Level, State, cause, deadline, issuing_level
from qingxi.issue.blockages import CAUSE
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake import actions as intake
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.photo import bare
from qingxi_office.issues.actions.locating import locate
from qingxi_office.issues.actions.refusal import Refused
from qingxi_office.issues.law import party
from qingxi_office.issues.models import IssueEvidence, IssueRecord, IssueStep
from qingxi_office.issues.telling import tell_opened
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.places.queries import county
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts
from qingxi_office.trail.numbers import next_key

PARTS = ("rectifier", "lead", "verifier", "closer")


def parties_of(place: Place, facility: FacilityRecord | None) -> dict[str, Unit | None]:
    """The usual four units: operator (or owner, or township), township, lead department, issuing body."""
    own = county()
    department, body = (own.lead_unit, own.issuing_unit) if own else (None, None)
    township_place = place if place.level == "township" else place.parent
    township = Unit.objects.filter(place=township_place, level="乡镇").first() if township_place else None
    rectifier = (facility and (facility.operator_unit or facility.owner_unit)) or township
    lead = township if rectifier != township else department
    return {"rectifier": rectifier, "lead": lead, "verifier": department, "closer": body or department}


def put_in(row: IssueRecord, *, by: Any) -> IssueRecord:
    """A problem into the ledger with its number, term, issuing level and first row of history."""
    row.key = row.key or next_key(IssueRecord, f"WT-{row.assigned_on.year}-")
    row.state, row.is_open = State.ASSIGNED.value, True
    row.due_on = row.due_on or deadline(IssueClass(row.klass), row.assigned_on)
    row.save(force_insert=True)
    opening = IssueStep(
        issue=row, step="交办", new=row.state, by=by if isinstance(by, User) else None, by_name=str(by),
        unit=getattr(by, "unit", None), on=row.assigned_on, at=clock.now(),
    )  # fmt: skip
    opening.save(force_insert=True)
    trail.record(
        "issue.opened", Ref("issue", row.key), by=by, because=row.title,
        after={"rectifier": str(row.rectifier), "due_on": row.due_on, "klass": row.klass, "source": row.source},
    )  # fmt: skip
    tell_opened(row)
    return row


def _level(klass: str, units: dict[str, Unit | None]) -> str:
    given = {name: party(unit) if unit else None for name, unit in units.items()}
    return issuing_level(
        IssueClass(klass), lead=given["lead"], rectifier=given["rectifier"], raiser=given.get("raiser")
    ).value


@transaction.atomic
def open_from_finding(
    finding: FindingRecord,
    *,
    by: User,
    klass: str = "一般",
    detail: str = "",
    on: date | None = None,
    **units: Unit | None,
) -> IssueRecord:
    """A confirmed finding becomes a problem with owner and deadline; once only.

    ``on`` is the day of 交办 where it was given on paper before it is entered; the trail keeps when it was entered.
    """
    facility = finding.facility
    rights.check(by, "open_issue", path=facility.place.path)
    if finding.state != FindingRecord.State.CONFIRMED:
        raise Refused(["疑似问题须先由一名工作人员确认,才能交办"])
    if known := IssueRecord.objects.filter(finding=finding).first():
        return known
    today = on or clock.today()
    four = {**parties_of(facility.place, facility), **units}
    return put_in(
        IssueRecord(
            title=f"{facility.name}：{finding.rule_name}"[:200], detail=detail or finding.statement, klass=klass,
            source="监测分析", place=facility.place, facility=facility, finding=finding, found_on=finding.found_on,
            assigned_on=today, level=_level(klass, four),
            because=texts([Ref("finding", finding.key), Ref("facility", facility.key)]), **four,
        ),
        by=by,
    )  # fmt: skip


@transaction.atomic
def open_from_report(report: PublicReport, *, by: User, klass: str = "一般", title: str = "") -> IssueRecord:
    """A villager's report becomes a problem; before it closes the reporter is asked.

    A report that says "not solved" about a problem that was closed opens that problem again, with its history.
    """
    facility = FacilityRecord.objects.select_related("place").filter(key=report.facility).first()
    place = facility.place if facility else Place.objects.filter(code=report.village_code, valid_to=None).first()
    if place is None:
        raise Refused(["来件没有说明是哪个站、哪个村,请先补上"])
    rights.check(by, "take_up_report", path=place.path)
    known = IssueRecord.objects.filter(key=report.issue).first() if report.issue else None
    if known is not None:
        from qingxi_office.issues.reopening import reopen  # it takes steps, as this room's own callers do

        if not known.is_open:
            reopen(report)
            known.refresh_from_db()
        if known.is_open:
            intake.note_taken_up(report, known.key, str(known.rectifier or ""))
            return known
    today, four = clock.today(), parties_of(place, facility)
    row = put_in(
        IssueRecord(
            title=(title or masked(report.text))[:200], detail=masked(report.text), klass=klass, place=place, facility=facility,
            source="巡查" if VisitRow.objects.filter(report=report.code).exists() else "群众反映",
            report_code=report.code, found_on=clock.day_of(report.received_at), assigned_on=today, level=_level(klass, four),
            because=texts([Ref("report", report.code)]), **four,
        ),
        by=by,
    )  # fmt: skip
    intake.note_taken_up(report, row.key, str(row.rectifier or ""))
    return row


@transaction.atomic
def open_by_hand(
    *,
    by: trail.Doer,
    source: str,
    place: Place,
    title: str,
    klass: str = "一般",
    detail: str = "",
    cause: str = "",
    facility: FacilityRecord | None = None,
    because: Sequence[Ref | str] = (),
    found_on: date | None = None,
    on: date | None = None,
    due_on: date | None = None,
    level: str = "",
    report_code: str = "",
    raiser: Unit | None = None,
    project: ProjectRecord | None = None,
    blockage: str = "",
    photo: Any = None,
    **units: Unit | None,
) -> IssueRecord:
    """A problem from any source (``issues.sources``), put in by hand or by another room.

    Parameters
    ----------
    cause : str
        Code of :func:`qingxi.issue.causes`, or the officer's own words.
    due_on : date, optional
        Left out: the class's term from ``on`` (left out: today).
    level : str
        Issuing level; left out: the class's.
    photo : file, optional
        How it looked before (整改前照片).
    units
        ``rectifier``, ``lead``, ``verifier``, ``closer`` where they are not the usual ones.

    Raises
    ------
    Refused
        With every reason at once.
    """
    rights.check(by, "raise_blockage" if klass == IssueClass.BLOCKAGE.value else "open_issue", path=place.path)
    four = {**parties_of(place, facility), **{k: v for k, v in units.items() if v is not None}}
    today = on or clock.today()
    reasons = _faults(klass, source, title, four, raiser, found_on, today, due_on)
    if reasons:
        raise Refused(reasons)
    code, words, group = _cause(cause, blockage)
    refs: list[Ref | str] = list(because)
    if facility is not None:
        refs.append(Ref("facility", facility.key))
    if project is not None:
        refs.append(Ref("project", project.key))
    row = put_in(
        IssueRecord(
            title=title.strip()[:200], detail=detail.strip(), klass=klass, source=source, place=place, facility=facility,
            project=project, blockage=blockage, cause=words, cause_code=code, cause_group=group, raiser=raiser,
            report_code=report_code, found_on=found_on or today, assigned_on=today, due_on=due_on,
            level=level or _level(klass, {**four, "raiser": raiser}), because=texts(dict.fromkeys(refs)), **four,
        ),
        by=by,
    )  # fmt: skip
    if photo is not None:
        opening = row.steps.get()
        piece = IssueEvidence(
            issue=row,
            step=opening,
            kind="整改前照片",
            by=by if isinstance(by, User) else None,
            by_name=str(by),
            at=opening.at,
        )
        locate(piece, row, photo)
        piece.file.save(f"{row.key}.jpg", bare(photo), save=False)
        piece.save(force_insert=True)
    return row


def _faults(
    klass: str,
    source: str,
    title: str,
    four: dict[str, Unit | None],
    raiser: Unit | None,
    found_on: date | None,
    today: date,
    due_on: date | None,
) -> list[str]:
    reasons = []
    if not title.strip():
        reasons.append("请写一句是什么问题")
    if klass not in {k.value for k in IssueClass}:
        reasons.append(f"没有“{klass}”这一类问题")
        return reasons
    if not source.strip() or len(source) > 20:
        reasons.append("请写明来源，20 个字以内")
    if four["rectifier"] is None:
        reasons.append("请指定整改责任单位")
    if found_on and found_on > today:
        reasons.append("发现日期不能在交办之后")
    if due_on and due_on <= today:
        reasons.append("期限要晚于交办当天")
    if (rectifier := four["rectifier"]) is not None:
        words = {"verifier": "核查单位", "closer": "销号单位"}
        reasons += [f"{word}不能是整改责任单位" for part, word in words.items() if four[part] == rectifier]
    if klass == IssueClass.SUPERVISED.value and (
        four["closer"] is None or Level(four["closer"].level).rank < Level.CITY.rank
    ):
        reasons.append("督办问题的销号单位要是交办它的市级或以上单位，县里只能申请")
    if klass == IssueClass.BLOCKAGE.value:
        if raiser is None:
            reasons.append("推进堵点要写明提出单位")
        elif raiser == four["rectifier"]:
            reasons.append("提出单位不能是要去解决的单位")
    return reasons


def _cause(said: str, blockage: str) -> tuple[str, str, str]:
    """Code, words and group of a cause; a blockage stands for one where nothing else was said."""
    if not said and blockage:
        said = CAUSE[BlockageKind(blockage)]
    known = cause(said)
    return (known.code, known.words, known.group.value) if known else ("", said[:80], "")


def raise_blockage(
    *,
    by: User,
    title: str,
    kind: str,
    against: Unit | None,
    place: Place | None = None,
    project: ProjectRecord | None = None,
    facility: FacilityRecord | None = None,
    detail: str = "",
) -> IssueRecord:
    """A unit below says what blocks a project and who would have to clear it, be it above: county finance, the road bureau.

    It closes only when the unit that raised it agrees.
    """
    own = county()
    where = place or (project.place if project else None) or (facility.place if facility else None)
    where = where or (own.place if own else None)
    if where is None:
        raise Refused(["请写明是哪个项目、哪个地方"])
    if kind not in {k.value for k in BlockageKind}:
        raise Refused(["请选卡在哪里：用地、资金、部门意见，还是工程交叉"])
    four: dict[str, Unit | None] = {"rectifier": against}
    if own is not None:  # who coordinates is the issuing body, unless it is itself what blocks
        department, body = own.lead_unit, own.issuing_unit or own.lead_unit
        four["lead"] = body if body != against else department
        four["verifier"] = department if department != against else body
        four["closer"] = body if body != against else department
    return open_by_hand(
        by=by, source="项目堵点", place=where, title=title, klass=IssueClass.BLOCKAGE.value, detail=detail, facility=facility,
        project=project, blockage=kind, raiser=by.unit, **four,
    )  # fmt: skip


_ORDER = [IssueClass.ORDINARY.value, IssueClass.KEY.value]


@transaction.atomic
def classify(row: IssueRecord, *, by: User, klass: str = "", cause_code: str = "", words: str = "") -> IssueRecord:
    """Say what caused it, and make an ordinary problem a 重点 one; never the other way, and never of a closed one."""
    rights.check(by, "open_issue", path=row.place.path)
    row = IssueRecord.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not row.is_open:
        raise Refused(["已经办结的问题不再改"])
    before = {"klass": row.klass, "cause": row.cause}
    if klass and klass != row.klass:
        if row.klass not in _ORDER or klass not in _ORDER or _ORDER.index(klass) < _ORDER.index(row.klass):
            raise Refused([f"{row.klass}问题不能改成{klass}问题"])
        row.klass = klass
        row.level = Level.COUNTY.value if Level(row.level).rank < Level.COUNTY.rank else row.level
    if cause_code or words:
        row.cause_code, row.cause, row.cause_group = _cause(cause_code or words, "")
    row.save()
    trail.record(
        "issue.classified", Ref("issue", row.key), by=by, before=before,
        after={"klass": row.klass, "cause": row.cause},
    )  # fmt: skip
    return row
