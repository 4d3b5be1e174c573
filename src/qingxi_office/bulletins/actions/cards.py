"""Every step of a red or yellow card: told, answered, decided, appealed against, heard."""

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.bulletin import Card, CardCase, CardState
from qingxi.bulletin import answer as law_answer
from qingxi.bulletin import appeal as law_appeal
from qingxi.bulletin import hear as law_hear
from qingxi.bulletin import notice as law_notice
from qingxi.bulletin import settle as law_settle
from qingxi.origin import Ref
from qingxi_office.bulletins.models import CardRecord
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import holders, officers
from qingxi_office.people.models import Role
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


def case_of(row: CardRecord) -> CardCase:
    """The card as the law sees it."""
    return CardCase(
        CardState(row.state), Card(row.proposed), Card(row.decided) if row.decided else None, row.answer_by,
        row.decided_by_name, row.decided_on, row.appeal_by,
    )  # fmt: skip


def _locked(row: CardRecord) -> CardRecord:
    return CardRecord.objects.select_for_update(of=("self",)).select_related("place", "callover").get(pk=row.pk)


def _kept(row: CardRecord, case: CardCase, action: str, *, by: Any, because: str = "") -> CardRecord:
    before = row.state
    row.state = case.state.value
    row.answer_by, row.appeal_by = case.answer_by, case.appeal_by
    row.save()
    trail.record(
        action,
        Ref("card", str(row.pk)),
        by=by,
        because=because,
        before=before,
        after={"state": row.state, "place": row.place.name, "card": row.decided or row.proposed},
    )
    return row


def _tell_township(row: CardRecord, kind: str, text: str) -> None:
    tell(
        holders([Role.TOWNSHIP_CLERK], row.place.path), kind, f"{row.place.name}：{row.decided or row.proposed}",
        once=f"card/{row.pk}/{row.state}", href=f"/bulletins/cards/{row.pk}/", text=text,
    )  # fmt: skip


def _tell_officers(row: CardRecord, kind: str, text: str) -> None:
    tell(
        officers(), kind, f"{row.place.name}：{row.decided or row.proposed}", once=f"card/{row.pk}/{row.state}",
        href=f"/bulletins/cards/{row.pk}/", text=text[:200],
    )  # fmt: skip


@transaction.atomic
def notice_card(row: CardRecord, *, by: Any, on: date | None = None) -> CardRecord:
    """Tell the township what is proposed, why, and by when it may answer."""
    rights.check(by, "decide_card")
    row, day = _locked(row), on or clock.today()
    case = law_notice(case_of(row), day)
    row.noticed_on, row.noticed_by = day, str(by)
    row = _kept(row, case, "card.noticed", by=by)
    _tell_township(row, "card_noticed", f"{'；'.join(row.reasons)}；{case.answer_by:%Y-%m-%d} 前可以说明")
    return row


@transaction.atomic
def answer_card(row: CardRecord, words: str, *, by: Any) -> CardRecord:
    """The township's word on the proposal; a county officer may write down one that came on paper."""
    rights.check(by, "answer_card", path=row.place.path)
    row = _locked(row)
    case = law_answer(case_of(row), words)
    row.answer, row.answered_on, row.answered_by = words.strip(), clock.today(), str(by)
    row = _kept(row, case, "card.answered", by=by, because=words.strip())
    _tell_officers(row, "card_answered", words.strip())
    return row


@transaction.atomic
def decide_card(row: CardRecord, card: str, *, by: Any, reason: str = "", on: date | None = None) -> CardRecord:
    """A named officer shows the card, another one, or none. Raises ValueError for every breach of the law."""
    rights.check(by, "decide_card")
    if not by.pk:
        raise ValueError("红黄牌须由具名的负责人决定")
    row, day = _locked(row), on or clock.today()
    case = law_settle(case_of(row), Card(card), officer=str(by), on=day, reason=reason)
    row.decided, row.decided_by_id, row.decided_by_name, row.decided_on = card, by.pk, str(by), day
    row.reason = reason.strip()
    row = _kept(row, case, "card.decided", by=by, because=reason.strip())
    if row.noticed_on:
        late = f"；不服可在 {case.appeal_by:%Y-%m-%d} 前申诉" if case.appeal_by else ""
        _tell_township(row, "card_decided", f"{row.reason}{late}")
    return row


@transaction.atomic
def appeal_card(row: CardRecord, words: str, *, by: Any) -> CardRecord:
    """The township appeals against a card."""
    rights.check(by, "answer_card", path=row.place.path)
    row, day = _locked(row), clock.today()
    case = law_appeal(case_of(row), words, day)
    row.appeal, row.appealed_on, row.appealed_by = words.strip(), day, str(by)
    row = _kept(row, case, "card.appealed", by=by, because=words.strip())
    _tell_officers(row, "card_appealed", words.strip())
    return row


@transaction.atomic
def hear_appeal(row: CardRecord, upheld: bool, *, by: Any, reason: str) -> CardRecord:
    """An officer who did not decide it hears the appeal."""
    rights.check(by, "decide_card")
    row = _locked(row)
    case = law_hear(case_of(row), upheld, officer=str(by), reason=reason)
    row.heard_by, row.heard_on, row.heard_reason = str(by), clock.today(), reason.strip()
    row = _kept(row, case, "card.heard", by=by, because=reason.strip())
    _tell_township(row, "card_decided", f"申诉的结果：{row.state}。{reason.strip()}")
    return row
