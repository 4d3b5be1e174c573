"""One problem on its page: the line of steps, four roles, what lacks, and the forms of the steps that stand open."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from qingxi.issue import (
    LINE,
    TRANSITIONS,
    BlockageKind,
    IssueClass,
    Level,
    Role,
    Step,
    causes,
    missing,
    missing_on_site,
    possible,
    turn_of,
)
from qingxi_office.asking import ask, ask_one
from qingxi_office.design.parts import State as Chip
from qingxi_office.design.parts import Step as Station
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.law import PARTS, as_issue
from qingxi_office.issues.models import (
    CrossCase,
    IssueErrand,
    IssueEvidence,
    IssueLetter,
    IssueNudge,
    IssueRecord,
    IssueStep,
)
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.readings.models import DailyRow
from qingxi_office.site.templatetags.places import word_of

from . import seen, who
from .tally import working_days

# The stations of the picture: 归档 and 回头看 come after the case is closed and stand beside the line.
_STATIONS = LINE[:10]
# Which step asks for what in plain words, as the button says it.
FORWARD = {
    Step.RECEIVE, Step.PLAN, Step.START, Step.SELF_CHECK, Step.APPLY, Step.VERIFY, Step.SIGN, Step.PUBLISH, Step.CLOSE,
    Step.ARCHIVE, Step.AGREE,
}  # fmt: skip
_TAKEN = {Step.ON_SITE}  # has a form of its own, made for three taps
_NEEDS_DATE = {Step.EXTEND, Step.SUSPEND, Step.REOPEN}


def township_of(row: IssueRecord) -> Any:
    return row.place if row.place.level in ("township", "county") else row.place.parent


def dress(rows: list[IssueRecord], today: dt.date) -> None:
    for row in rows:
        row.town = township_of(row).name  # type: ignore[attr-defined]
        row.left = working_days(today, row.due_on) if row.due_on else None  # type: ignore[attr-defined]
        row.short = row.key.rpartition("-")[2] or row.key  # type: ignore[attr-defined]


def case_of(user: Any, row: IssueRecord, today: dt.date) -> dict[str, Any]:
    dress([row], today)
    steps = ask(None, lambda _u, at: IssueStep.objects.filter(issue_id=at.pk).select_related("unit"), pk=row.pk)
    evidence = ask(
        None, lambda _u, at: IssueEvidence.objects.filter(issue_id=at.pk).select_related("step"), pk=row.pk
    )
    errands = ask(None, lambda _u, at: IssueErrand.objects.filter(issue_id=at.pk), pk=row.pk)
    _hang(row, steps, evidence, errands)
    law = as_issue(row, steps)
    lacks = missing(law, on=today) if row.is_open else []
    on_site = None
    photos = [e for e in evidence if e.file]
    can = possible(law, user.unit.name) if user.unit_id and rights.may(user, "step_issue") else ()
    if Step.ON_SITE in can and (on_site := _on_site(row, law, today)) is not None:
        lacks = ["缺整改后照片", "缺读数", *on_site["lacks"]]  # the short way is this person's
    if row.is_open:
        forward = [s for s in can if s in FORWARD]
    else:
        forward = []
    if row.klass == IssueClass.BLOCKAGE.value and Step.AGREE in forward:  # the word of the raiser stands first
        forward.sort(key=lambda s: s is not Step.AGREE)
    other = [s for s in can if s not in forward and s not in _TAKEN]
    nudges = ask(None, lambda _u, at: IssueNudge.objects.filter(issue_id=at.pk), pk=row.pk) if row.is_open else []
    upper = _upper(user, row, law)
    report = (
        ask_one(None, lambda _u, at: PublicReport.objects.filter(code=at.code)[:1], code=row.report_code)
        if row.report_code and seen.may_see_reports(user)
        else None
    )
    return {
        "chosen": row,
        "stations": _stations(row, steps),
        "state_chip": _chip(row),
        "late_chip": _late(row, today),
        "lacks": lacks,
        "trail": list(reversed(steps)),
        "before": [e for e in photos if "前" in e.kind][:1]
        or ([_photo_of(report)] if report and report.photo else []),
        "after": [e for e in photos if "后" in e.kind][-1:],
        "papers": evidence,
        "forward": [_form(s) for s in forward] + [{**_form(s), "upper": True} for s in upper],
        "other": [_form(s) for s in other],
        "on_site": on_site,
        "needs": [
            (line, "spot-photo" if on_site is not None and line.startswith("缺") else _way(line, forward))
            for line in lacks
        ],
        "errands": errands,
        "mine_to_answer": [
            e
            for e in errands
            if e.answered_on is None and e.asked_id == user.unit_id and e.kind in ("会签", "协办")
        ]
        if rights.may(user, "step_issue")
        else [],
        "may_ask": row.is_open
        and rights.may(user, "step_issue")
        and user.unit_id is not None
        and user.unit_id in (row.rectifier_id, row.lead_id, row.verifier_id, row.closer_id, row.raiser_id),
        "may_classify": row.is_open and rights.may(user, "open_issue", path=row.place.path),
        "may_cross": row.is_open and rights.may(user, "cross_county", path=row.place.path),
        "crossings": ask(None, lambda _u, at: CrossCase.objects.filter(issue_id=at.pk), pk=row.pk),
        "case_letters": ask(None, lambda _u, at: IssueLetter.objects.filter(issue_id=at.pk), pk=row.pk),
        "cause_list": causes() if row.is_open else (),
        "unit_names": ask(
            None,
            lambda _u, _at: Unit.objects.filter(valid_to=None).order_by("id").values_list("name", flat=True)[:300],
        )
        if can or row.is_open
        else [],
        "blockage_word": BlockageKind(row.blockage).value if row.blockage else "",
        "roles": _roles(row, steps),
        "report": report,
        "waits_for": _turn(law),
        "nudges": nudges,
        "may_nudge": _may_nudge(user, row, law, nudges, today),
        "who": who.of_thing(
            row.place,
            f"facility:{row.facility.key}" if row.facility else "",
            (
                row.rectifier,
                row.facility.operator if row.facility else "",
                row.facility.owner if row.facility else "",
            ),
        ),
        "working_day": working_days(row.assigned_on, today) if getattr(row, "assigned_on", None) else None,
    }


def _may_nudge(user: Any, row: IssueRecord, law: Any, nudges: list[IssueNudge], today: dt.date) -> bool:
    """Whether 催一次 is offered: somebody else's turn, and this person has not yet done it today."""
    turn = turn_of(law) if row.is_open and rights.may(user, "step_issue") else None
    if turn is None or getattr(row, PARTS[turn[0]]).pk == user.unit_id:
        return False
    own = {row.rectifier_id, row.lead_id, row.verifier_id, row.closer_id, row.raiser_id}
    part = user.unit_id is not None and user.unit_id in own
    if not part and not rights.may(user, "open_issue", path=row.place.path):
        return False
    return not any(n.by_id == user.pk and n.on == today for n in nudges)


def _upper(user: Any, row: IssueRecord, law: Any) -> list[Step]:
    """Steps of the unit above the county that issued a 督办 problem; the county's officer enters them from its paper."""
    closer = row.closer
    if (
        row.klass != IssueClass.SUPERVISED.value
        or closer is None
        or closer.pk == user.unit_id
        or Level(closer.level).rank < Level.CITY.rank
        or not rights.may(user, "enter_upper", path=row.place.path)
    ):
        return []
    return [s for s in possible(law, closer.name) if s in (Step.SIGN, Step.CLOSE)]


def _on_site(row: IssueRecord, law: Any, today: dt.date) -> dict[str, Any] | None:
    """What the form of three taps needs: what else lacks, and the readings that the station itself has sent since."""
    lacks = missing_on_site(law, on=today)
    if lacks is None:
        return None
    readings = []
    if row.facility_id is not None:
        days = ask(
            None,
            lambda _u, at: DailyRow.objects.filter(
                facility_id=at.facility, day__gte=at.first, day__lte=at.today, value__isnull=False, quantity__in=_LIVE
            ).order_by("-day", "quantity")[:2],
            facility=row.facility_id, first=max(row.assigned_on, today - dt.timedelta(days=3)), today=today,
        )  # fmt: skip
        readings = [f"{d.day:%m-%d} {_LIVE[d.quantity][0]} {d.value:g} {_LIVE[d.quantity][1]}" for d in days]
    return {"lacks": lacks, "readings": readings}


# What tells that a station works again: quantity -> its Chinese name and unit, as they stand in the evidence.
_LIVE = {"energy": ("用电", "kWh"), "power": ("功率", "kW"), "flow": ("流量", "m³/d"), "do": ("溶解氧", "mg/L")}
_WAYS = (
    ("自查自验", "SELF_CHECK"), ("整改后照片", "SELF_CHECK"), ("现场核查通过", "VERIFY"), ("现场核查记录", "VERIFY"), ("审核签字", "SIGN"),
    ("签字件", "SIGN"), ("整改方案", "PLAN"), ("公示", "PUBLISH"), ("回访反映人", "ADD"), ("提出单位还没有同意", "AGREE"), ("不认可", "ADD"),
)  # fmt: skip


def _way(line: str, forward: list[Step]) -> str:
    """The form on this page that fills what lacks, where this person has it."""
    name = next((step for words, step in _WAYS if words in line), "")
    return f"note-{name}" if name == "ADD" or name in {s.name for s in forward} else ""


def _hang(
    row: IssueRecord, steps: list[IssueStep], evidence: list[IssueEvidence], errands: list[IssueErrand]
) -> None:
    """What was read stands where the law and the page look for it, so that nothing is read twice."""
    held = vars(row).setdefault("_prefetched_objects_cache", {})
    held["steps"], held["evidence"] = _as_read(row.steps, steps), _as_read(row.evidence, evidence)
    held["errands"] = _as_read(row.errands, errands)
    for piece in evidence:
        piece.issue = row
    for step in steps:
        own = [piece for piece in evidence if piece.step_id == step.pk]
        vars(step).setdefault("_prefetched_objects_cache", {})["evidence"] = _as_read(step.evidence, own)


def _as_read(manager: Any, rows: list[Any]) -> Any:
    """A related set with its rows, as Django's own prefetching leaves it."""
    found = manager.get_queryset()
    found._result_cache, found._prefetch_done = rows, True
    return found


def _photo_of(report: PublicReport) -> dict[str, Any]:
    return {"report": report, "text": _("反映时拍的")}


def _form(step: Step) -> dict[str, Any]:
    """What the page asks for with a step: only what the law asks for."""
    kinds = [[(k, word_of(k)) for k in kind.split("|")] for kind in TRANSITIONS[step].evidence]
    return {
        "step": step,
        "word": _(step.value),
        "name": step.name,
        "kinds": kinds,
        "photo": any("照片" in k for group in kinds for k, _word in group)
        or step in (Step.ADD, Step.VERIFY, Step.REFUSE),
        "needs_date": step in _NEEDS_DATE,
        "needs_why": step
        in (
            Step.REFUSE,
            Step.UNFOUND,
            Step.RETURN,
            Step.REASSIGN,
            Step.EXTEND,
            Step.SUSPEND,
            Step.REOPEN,
            Step.MERGE,
            Step.DISAGREE,
        ),
        "needs_into": step is Step.MERGE,
        "asks": step in (Step.CLOSE, Step.AGREE, Step.ADD, Step.UNFOUND),
        "needs_unit": step is Step.REASSIGN,
    }


def _turn(law: Any) -> str:
    turn = turn_of(law)
    return f"{word_of(turn[0].value)}：{turn[1].unit}" if turn else ""


def _short() -> dict[str, str]:
    """What a station of the line is called on the line."""
    return {
        "整改方案": _("方案"), "整改中": _("整改"), "申请销号": _("申请"), "现场核查": _("核查"), "审核签字": _("签字"),
        "销号备案": _("备案"),
    }  # fmt: skip


def _stations(row: IssueRecord, steps: list[Any]) -> list[Station]:
    """The line of ten: what is done with its day, what was passed by without being done (closed on the spot, not asked of this
    class, or of a ledger from before), where it stands, what is to come."""
    reached: dict[str, dt.date] = {}
    for step in steps:
        if step.new in [s.value for s in _STATIONS]:
            reached[step.new] = step.on
        if step.new == "整改中" and step.old == "申请销号":  # sent back: later stations are open again
            for word in ("自验", "申请销号"):
                reached.pop(word, None)
    words, short = [s.value for s in _STATIONS], _short()
    at = words.index(row.state) if row.state in words else len(words) if not row.is_open else 0
    out = []
    for i, word in enumerate(words):
        done = i <= at
        day = (
            f"{reached[word]:%m-%d}" if word in reached else ("" if i > 0 or not done else f"{row.found_on:%m-%d}")
        )
        past = "done" if word in reached or i in (0, at) else "skip"
        out.append(
            Station(
                short.get(word) or word_of(word),
                day,
                past if done else "now" if i == at + 1 and row.is_open else "",
            )
        )
    return out


def _chip(row: IssueRecord) -> Chip:
    if not row.is_open:
        return Chip("good" if row.closed_on else "plain", word_of(row.state))
    if row.state in ("挂账", "退回转办"):
        return Chip("watch", word_of(row.state))
    return Chip("info", word_of(row.state))


def _late(row: IssueRecord, today: dt.date) -> Chip | None:
    if not row.is_open or row.due_on is None:
        return None
    left = row.left  # type: ignore[attr-defined]
    if left < 0:
        return Chip("bad", _("超 %d 个工作日") % -left)
    if row.due_on == today:
        return Chip("watch", _("今天到期"), "clock")
    return Chip("plain", _("%(day)s 到期，剩 %(n)d 个工作日") % {"day": f"{row.due_on:%m-%d}", "n": left})


def _roles(row: IssueRecord, steps: list[Any]) -> list[dict[str, Any]]:
    """Four boxes: the unit of each role, and the last thing it did."""
    out = []
    for role, unit in (
        (Role.RECTIFIER, row.rectifier),
        (Role.SUPERVISOR, row.lead),
        (Role.VERIFIER, row.verifier),
        (Role.CLOSER, row.closer),
        *([(Role.RAISER, row.raiser)] if row.klass == IssueClass.BLOCKAGE.value else []),
    ):
        did = next((s for s in reversed(steps) if s.role == role.value), None)
        out.append({"role": word_of(role.value), "unit": unit, "did": did, "last": role is Role.CLOSER})
    return out
