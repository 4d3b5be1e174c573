"""Every change to the letters (函) about a clash: drafted with the proposal, worded, signed as sent, answered, dropped."""

import datetime as dt
from typing import Any

from django.db import transaction

from qingxi.calendar import WorkingDays
from qingxi.origin import Ref
from qingxi.programme import JointWorks, joint_letter
from qingxi.standard import load_table
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places import queries as tree
from qingxi_office.programmes.models import Clash, ClashLetter
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_DAYS = WorkingDays()

_AFTER = {
    ClashLetter.Answer.TOGETHER: "已同步", ClashLetter.Answer.LATER: "已提议", ClashLetter.Answer.NO: "不同步",
}  # fmt: skip


def _path(clash: Clash) -> str:
    return clash.place.path if clash.place else ""


def _ref(row: ClashLetter) -> Ref:
    return Ref("clash_letter", str(row.pk))


@transaction.atomic
def draft(clash: Clash, *, by: User) -> ClashLetter:
    """Draft the letter from the facts of the clash; the one that is open already is given back."""
    rights.check(by, "propose_joint_works", path=_path(clash))
    there = clash.letters.filter(state__in=[ClashLetter.State.DRAFT, ClashLetter.State.SENT]).first()
    if there is not None:
        return there
    own, today = tree.county(), clock.today()
    reply_by = _DAYS.add(today, int(load_table("programme")["letter.reply"]))
    place = clash.place.name if clash.place else clash.lot.name
    said = joint_letter(
        JointWorks(
            clash.work.department, clash.work.name, place, clash.work.start, clash.lot.name, clash.lot.year, clash.overlap_m,
            clash.saved_fen,
        ),
        reply_by,
    )  # fmt: skip
    row = ClashLetter.objects.create(
        clash=clash, department=said.to, title=said.title, text=said.text, reply_by=reply_by, drafted_on=today,
        issuer=(own.lead_department or own.issuing_body) if own else "",
        because=[str(Ref("clash", clash.key)), str(Ref("lot", clash.lot.key)), str(Ref("work", clash.work.key))],
    )  # fmt: skip
    trail.record("clash_letter.drafted", _ref(row), by=by, after={"clash": clash.key, "title": row.title})
    return row


def _locked(row: ClashLetter, *states: str) -> ClashLetter:
    found = (
        ClashLetter.objects.select_for_update(of=("self",)).select_related("clash", "clash__place").get(pk=row.pk)
    )
    if found.state not in states:
        raise ValueError(f"这份函现为“{found.get_state_display()}”，不能再这样办")
    return found


@transaction.atomic
def reword(row: ClashLetter, title: str, text: str, *, by: User) -> ClashLetter:
    """Keep an officer's wording of a draft."""
    row = _locked(row, ClashLetter.State.DRAFT)
    rights.check(by, "propose_joint_works", path=_path(row.clash))
    title, text = title.strip()[:160], "\n".join(line.strip() for line in text.splitlines() if line.strip())
    if not title or not text:
        raise ValueError("标题和正文都不能空着")
    before = {"title": row.title, "text": row.text}
    if before == {"title": title, "text": text}:
        return row
    row.title, row.text = title, text
    row.save(update_fields=["title", "text"])
    trail.record("clash_letter.reworded", _ref(row), by=by, before=before, after={"title": title, "text": text})
    return row


@transaction.atomic
def sent(row: ClashLetter, number: str, on: dt.date, *, by: User) -> ClashLetter:
    """A named officer signs it as sent; the number is the document system's."""
    row = _locked(row, ClashLetter.State.DRAFT)
    rights.check(by, "sign_letter", path=_path(row.clash))
    if on > clock.today():
        raise ValueError("发文日期不能在今天以后")
    row.state, row.number, row.sent_on, row.signed_by = ClashLetter.State.SENT, number.strip()[:60], on, by
    row.save(update_fields=["state", "number", "sent_on", "signed_by"])
    trail.record("clash_letter.sent", _ref(row), by=by, after={"number": row.number, "on": on.isoformat()})
    return row


@transaction.atomic
def answered(row: ClashLetter, answer: str, text: str, on: dt.date, *, by: User) -> ClashLetter:
    """Record what the other department answered; the clash takes the state that follows."""
    row = _locked(row, ClashLetter.State.SENT)
    rights.check(by, "propose_joint_works", path=_path(row.clash))
    if answer not in ClashLetter.Answer.values:
        raise ValueError("请选对方怎么答复的")
    if row.sent_on is not None and not row.sent_on <= on <= clock.today():
        raise ValueError("答复日期要在发文以后、今天以前")
    row.state, row.answer, row.answer_text, row.answered_on = ClashLetter.State.ANSWERED, answer, text.strip(), on
    row.save(update_fields=["state", "answer", "answer_text", "answered_on"])
    clash = row.clash
    before, clash.state = clash.state, _AFTER[ClashLetter.Answer(answer)]
    clash.save(update_fields=["state"])
    trail.record(
        "clash_letter.answered", _ref(row), by=by, because=row.answer_text, before=before, after={"answer": answer, "clash": clash.state},
    )  # fmt: skip
    return row


@transaction.atomic
def dropped(row: ClashLetter, reason: str, *, by: Any) -> ClashLetter:
    """Decide not to send it; with a reason."""
    row = _locked(row, ClashLetter.State.DRAFT)
    rights.check(by, "propose_joint_works", path=_path(row.clash))
    if not reason.strip():
        raise ValueError("不发须写明理由")
    row.state, row.answer_text = ClashLetter.State.DROPPED, reason.strip()
    row.save(update_fields=["state", "answer_text"])
    trail.record("clash_letter.dropped", _ref(row), by=by, because=reason.strip())
    return row
