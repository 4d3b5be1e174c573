"""Papers for units that no bulletin names: a department gets a 函, a firm a 提示函. A named person signs each."""

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.bulletin import Bulletin, Letter, Paper
from qingxi.calendar import WorkingDays
from qingxi.origin import Ref
from qingxi.standard import load_table
from qingxi_office.bulletins.models import BulletinRecord, PeerLetter
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

_DAYS = WorkingDays()
_ASKS = {
    Paper.LETTER: "请贵单位予以支持，研究办理，并将办理情况和预计完成日期函复我办。",
    Paper.NOTICE: "请按运维合同约定抓紧整改，书面报送整改措施和完成日期。逾期未改的，按合同约定计入考核。",
    Paper.SITE_NOTICE: "请按施工合同约定抓紧整改，书面报送整改措施和完成日期。",
    Paper.COMPANY_NOTICE: "请抓紧办理，书面报送办理情况和预计完成日期。",
}


def wording(letter: Letter, made: Bulletin) -> tuple[str, str]:
    """Title and text of a paper. To a peer it asks and blames nobody."""
    subject = (
        "关于商请办理农村生活污水治理有关问题的函"
        if letter.paper is Paper.LETTER
        else f"关于农村生活污水治理有关问题的{letter.paper.value}"
    )
    day = f"{made.as_of.year}年{made.as_of.month}月{made.as_of.day}日"
    begin = f"截至{day}，由贵单位承办的下列 {len(letter.matters)} 件农村生活污水治理问题已到期限，目前尚未办结："
    lines = [f"{n}. {said}。" for n, said in enumerate(letter.matters, 1)]
    return subject, "\n".join([begin, *lines, _ASKS[letter.paper]])


def lay_out(row: BulletinRecord, made: Bulletin) -> None:
    """A draft a unit; drafts of an earlier count that nobody signed are written anew or go."""
    units = {u.name: u for u in Unit.objects.filter(name__in=[x.unit for x in made.letters])}
    known = {(x.paper, x.unit_name): x for x in row.letters.all()}
    wanted = set()
    for letter in made.letters:
        title, text = wording(letter, made)
        wanted.add((letter.paper.value, letter.unit))
        there = known.get((letter.paper.value, letter.unit))
        if there is not None and there.state != PeerLetter.State.DRAFT:
            continue
        paper = there or PeerLetter(bulletin=row, unit_name=letter.unit, paper=letter.paper.value)
        paper.unit, paper.title, paper.text = units.get(letter.unit), title, text
        paper.issuer, paper.because = made.issuing_body, texts(letter.because)
        paper.save()
    for key, there in known.items():
        if key not in wanted and there.state == PeerLetter.State.DRAFT:
            there.delete()


def _draft(row: PeerLetter) -> PeerLetter:
    now = PeerLetter.objects.select_for_update(of=("self",)).select_related("bulletin", "unit").get(pk=row.pk)
    if now.state != PeerLetter.State.DRAFT:
        raise ValueError(f"这份函现为“{now.get_state_display()}”，不能再改")
    return now


def _note(action: str, row: PeerLetter, *, by: Any, because: str = "", after: object = None) -> None:
    trail.record(action, Ref("peer_letter", str(row.pk)), by=by, because=because, after=after)


@transaction.atomic
def word_letter(row: PeerLetter, title: str, text: str, *, by: Any) -> PeerLetter:
    """Word a draft otherwise."""
    rights.check(by, "sign_letter")
    row = _draft(row)
    if not title.strip() or not text.strip():
        raise ValueError("标题和正文都要有")
    row.title, row.text = title.strip()[:120], text.strip()
    row.save()
    _note("peer_letter.worded", row, by=by, after={"title": row.title, "text": row.text})
    return row


@transaction.atomic
def sign_letter(row: PeerLetter, number: str, on: date, *, by: Any) -> PeerLetter:
    """Signed and sent; the number is what the document system gave."""
    rights.check(by, "sign_letter")
    row = _draft(row)
    if not by.pk:
        raise ValueError("函要由具名的人签发")
    if not number.strip():
        raise ValueError("写上公文系统给的文号")
    if on > clock.today():
        raise ValueError("发出日期不能在今天以后")
    row.state, row.number, row.sent_on, row.decided_by_id = (
        PeerLetter.State.SIGNED,
        number.strip(),
        on,
        by.pk,
    )
    row.reply_by = _DAYS.add(on, int(load_table("bulletin")["reply.days"]))
    row.save()
    _note("peer_letter.signed", row, by=by, after={"number": row.number, "on": on, "to": row.unit_name})
    return row


@transaction.atomic
def drop_letter(row: PeerLetter, why: str, *, by: Any) -> PeerLetter:
    """Not sent, and why."""
    rights.check(by, "sign_letter")
    row = _draft(row)
    if not why.strip():
        raise ValueError("不发要写明理由")
    row.state, row.reason, row.decided_by_id = PeerLetter.State.DROPPED, why.strip(), by.pk
    row.save()
    _note("peer_letter.dropped", row, by=by, because=row.reason)
    return row


@transaction.atomic
def answer_letter(row: PeerLetter, said: str, on: date, *, by: Any) -> PeerLetter:
    """What the unit answered."""
    rights.check(by, "sign_letter")
    row = PeerLetter.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != PeerLetter.State.SIGNED:
        raise ValueError("发出以后才有答复")
    if not said.strip():
        raise ValueError("写明答复的内容")
    row.answer, row.answered_on = said.strip(), on
    row.save()
    _note("peer_letter.answered", row, by=by, after={"answer": row.answer, "on": on})
    return row
