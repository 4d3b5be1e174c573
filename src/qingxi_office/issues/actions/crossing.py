"""Cases across a county border: put to the other county by letter and file, taken in from it, answered; both clocks kept."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from qingxi.issue import CaseFile, CaseReply, read_case, read_reply, reply_due
from qingxi.origin import Fault, Ref
from qingxi_office.issues.actions.opening import open_by_hand
from qingxi_office.issues.actions.refusal import Refused
from qingxi_office.issues.models import CrossCase, IssueRecord
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


class BadFile(ValueError):
    """A case's or reply's file with faults; ``faults`` are all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("；".join(f"{f.field or f.file}：{f.rule}" for f in faults))
        self.faults = tuple(faults)


def _own_name() -> str:
    own = county()
    return own.place.name if own else ""


@transaction.atomic
def draft_crossing(row: IssueRecord, *, by: User, other: str, text: str) -> CrossCase:
    """Draft the letter by which a problem whose cause or place lies in another county is put to it."""
    rights.check(by, "cross_county", path=row.place.path)
    reasons = []
    if not other.strip():
        reasons.append("请写明是哪个县")
    elif other.strip() == _own_name():
        reasons.append("本县的事不用去函")
    if not text.strip():
        reasons.append("请写明请对方办什么")
    if not row.is_open:
        reasons.append("已经办结的问题不再去函")
    if reasons:
        raise Refused(reasons)
    case = CrossCase(
        issue=row, way=CrossCase.Way.OUT, other=other.strip()[:80], title=f"关于商请协同处理“{row.title}”的函"[:120],
        text=text.strip(), by_name=str(by),
    )  # fmt: skip
    case.save(force_insert=True)
    trail.record("crossing.drafted", Ref("issue", row.key), by=by, after={"other": case.other})
    return case


@transaction.atomic
def send_crossing(case: CrossCase, *, by: User, number: str = "", on: date | None = None) -> CrossCase:
    """Record that a named officer signed the letter and it went out; from that day the other county's clock runs."""
    rights.check(by, "cross_county", path=case.issue.place.path)
    case = CrossCase.objects.select_for_update(of=("self",)).select_related("issue").get(pk=case.pk)
    if case.way != CrossCase.Way.OUT or case.state != CrossCase.State.DRAFT:
        raise Refused(["这份函已经发出"])
    case.sent_on = on or clock.today()
    case.reply_by, case.number, case.state = reply_due(case.sent_on), number.strip()[:60], CrossCase.State.SENT
    case.save()
    trail.record(
        "crossing.sent", Ref("issue", case.issue.key), by=by,
        after={"other": case.other, "number": case.number, "reply_by": case.reply_by},
    )  # fmt: skip
    return case


def case_file(case: CrossCase) -> CaseFile:
    """The file that goes with the letter."""
    row = case.issue
    sent = case.sent_on or clock.today()
    return CaseFile(
        row.key, row.title, row.detail, _own_name(), case.other, row.place.name, row.found_on, row.due_on, sent,
        case.reply_by or reply_due(sent), case.text, case.number,
    )  # fmt: skip


def reply_file(case: CrossCase) -> CaseReply:
    """The file of our answer to another county's case."""
    row = case.issue
    return CaseReply(
        case.other_key, _own_name(), case.answered_on or clock.today(), bool(case.takes), case.answer, row.key, row.due_on,
        case.number,
    )  # fmt: skip


@transaction.atomic
def take_in_reply(case: CrossCase, text: str, *, by: User, file: str = "") -> CrossCase:
    """The other county's answer out of its file; raises BadFile with every fault."""
    reply = read_reply(text, file)
    if isinstance(reply, list):
        raise BadFile(reply)
    if reply.key != case.issue.key:
        rule = f"答复的是 {reply.key}，不是本件 {case.issue.key}"
        raise BadFile([Fault(file, None, "key", reply.key, rule, "请核对是不是这一件的答复", "case-other")])
    return answer_crossing(
        case, by=by, takes=reply.takes, answer=reply.said, on=reply.answered_on, other_key=reply.own_key,
        their_due_on=reply.own_due_on,
    )  # fmt: skip


@transaction.atomic
def answer_crossing(
    case: CrossCase,
    *,
    by: User,
    takes: bool,
    answer: str,
    on: date | None = None,
    other_key: str = "",
    their_due_on: date | None = None,
    number: str = "",
) -> CrossCase:
    """An answer: the other county's to our letter, or ours to theirs. Said once."""
    rights.check(by, "cross_county", path=case.issue.place.path)
    case = CrossCase.objects.select_for_update(of=("self",)).select_related("issue").get(pk=case.pk)
    reasons = []
    if case.state != CrossCase.State.SENT:
        reasons.append("还没有发出" if case.state == CrossCase.State.DRAFT else "已经答复过了")
    if not answer.strip():
        reasons.append("请写明答复")
    day = on or clock.today()
    if case.sent_on and day < case.sent_on:
        reasons.append("答复不能早于去函")
    if reasons:
        raise Refused(reasons)
    case.state, case.takes, case.answer, case.answered_on = CrossCase.State.ANSWERED, takes, answer.strip(), day
    case.other_key, case.their_due_on = other_key.strip()[:60] or case.other_key, their_due_on or case.their_due_on
    case.number = number.strip()[:60] or case.number
    case.save()
    trail.record(
        "crossing.answered", Ref("issue", case.issue.key), by=by, because=case.answer,
        after={"takes": takes, "their_due_on": case.their_due_on},
    )  # fmt: skip
    return case


@transaction.atomic
def take_in_case(text: str, *, by: User, place: Place, file: str = "") -> CrossCase:
    """Another county's case out of its file becomes a problem here, with its own term and the day by which they wait.

    The same case twice gives the one that is there. Raises BadFile with every fault.
    """
    rights.check(by, "cross_county", path=place.path)
    case = read_case(text, file)
    if isinstance(case, list):
        raise BadFile(case)
    known = CrossCase.objects.filter(way=CrossCase.Way.IN, other=case.from_county, other_key=case.key).first()
    if known is not None:
        return known
    row = open_by_hand(
        by=by, source="跨县来函", place=place, title=f"{case.from_county}来函：{case.title}",
        detail=f"{case.detail}\n{case.asks}".strip(), found_on=min(case.found_on, clock.today()), klass="重点", cause="C05",
    )  # fmt: skip
    made = CrossCase(
        issue=row, way=CrossCase.Way.IN, state=CrossCase.State.SENT, other=case.from_county[:80], other_key=case.key[:60],
        title=case.title[:120], text=case.asks, number=case.number[:60], sent_on=case.sent_on, reply_by=case.reply_by,
        their_due_on=case.due_on, by_name=str(by),
    )  # fmt: skip
    made.save(force_insert=True)
    trail.record(
        "crossing.received", Ref("issue", row.key), by=by, after={"other": made.other, "key": made.other_key}
    )
    return made
