"""Red and yellow cards (红黄牌): proposed by rule, told to the township, decided by a named officer, open to appeal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.bulletin.township import TownshipRow
from qingxi.calendar import WorkingDays
from qingxi.origin import Ref
from qingxi.standard import load_table


class Card(StrEnum):
    """What is proposed or decided."""

    RED = "红牌"
    YELLOW = "黄牌"
    NONE = "不亮牌"


class CardState(StrEnum):
    """Where a card stands. Only a decided or upheld one is printed."""

    PROPOSED = "建议"
    NOTICED = "已告知"
    ANSWERED = "已说明"
    DECIDED = "已亮牌"
    DROPPED = "不亮牌"
    APPEALED = "申诉中"
    UPHELD = "维持"
    WITHDRAWN = "已撤销"


SHOWN = frozenset({CardState.DECIDED, CardState.APPEALED, CardState.UPHELD})
"""States in which a card counts; an appeal does not suspend it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A card a rule proposes for a township, with every reason and what it rests on."""

    place: str
    name: str
    card: Card
    reasons: tuple[str, ...]
    because: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided on a proposal; only decisions are printed."""

    proposal: Proposal
    card: Card
    officer: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class CardCase:
    """A card on its way: what the law needs to know of it. Days None: not yet."""

    state: CardState = CardState.PROPOSED
    proposed: Card = Card.YELLOW
    decided: Card | None = None
    answer_by: date | None = None
    decided_by: str = ""
    decided_on: date | None = None
    appeal_by: date | None = None


def propose_cards(rows: Iterable[TownshipRow]) -> tuple[Proposal, ...]:
    """Townships whose figures reach a line of the table ``bulletin``; the red line includes the yellow."""
    table = load_table("bulletin")
    proposals = []
    for row in rows:
        reasons = []
        if len(row.overdue) >= table["yellow.overdue"]:
            reasons.append(f"逾期未销号问题 {len(row.overdue)} 件")
        if len(row.reopened) >= table["yellow.reopened"]:
            reasons.append(f"本期反弹重开 {len(row.reopened)} 件")
        if len(row.lost) >= table["yellow.lost"]:
            reasons.append(f"本期退出已治理 {len(row.lost)} 个村")
        if not reasons:
            continue
        card = Card.RED if len(row.overdue) >= table["red.overdue"] else Card.YELLOW
        because = tuple(dict.fromkeys((*row.overdue, *row.reopened, *row.lost)))
        proposals.append(Proposal(row.place, row.name, card, tuple(reasons), because))
    return tuple(proposals)


def decide(proposal: Proposal, card: Card, *, officer: str, on: date, reason: str = "") -> Decision:
    """An officer decides on a proposal.

    Raises
    ------
    ValueError
        When nobody is named, or the decision departs from the proposal without a reason.
    """
    if not officer.strip():
        raise ValueError("红黄牌须由具名的负责人决定")
    if card is not proposal.card and not reason.strip():
        raise ValueError(f"建议{proposal.card.value}而决定{card.value}，须写明理由")
    return Decision(proposal, card, officer, on, reason)


def _from(case: CardCase, *states: CardState) -> None:
    if case.state not in states:
        raise ValueError(f"这张牌现为“{case.state.value}”，不能做这一步")


def notice(case: CardCase, on: date, days: WorkingDays | None = None) -> CardCase:
    """The township is told what is proposed and why, and by when it may answer."""
    _from(case, CardState.PROPOSED)
    by = (days or WorkingDays()).add(on, int(load_table("bulletin")["card.answer_days"]))
    return CardCase(CardState.NOTICED, case.proposed, answer_by=by)


def answer(case: CardCase, words: str) -> CardCase:
    """The township's word on the proposal: no objection, or what it has to say."""
    _from(case, CardState.NOTICED)
    if not words.strip():
        raise ValueError("写明有无异议")
    return CardCase(CardState.ANSWERED, case.proposed, answer_by=case.answer_by)


def settle(
    case: CardCase, card: Card, *, officer: str, on: date, reason: str = "", days: WorkingDays | None = None
) -> CardCase:
    """The named officer shows a card or drops it. Nothing is shown that was not told first and could not be answered.

    Raises
    ------
    ValueError
        Every breach: nobody named, no notice, time to answer not over, a departure or a drop without a reason.
    """
    _from(case, CardState.PROPOSED, CardState.NOTICED, CardState.ANSWERED)
    if not officer.strip():
        raise ValueError("红黄牌须由具名的负责人决定")
    if card is not case.proposed and not reason.strip():
        raise ValueError(f"建议{case.proposed.value}而决定{card.value}，须写明理由")
    if card is Card.NONE:
        return CardCase(CardState.DROPPED, case.proposed, card, case.answer_by, officer, on)
    if case.state is CardState.PROPOSED:
        raise ValueError("亮牌以前要先告知乡镇")
    if case.state is CardState.NOTICED and (case.answer_by is None or on <= case.answer_by):
        raise ValueError(f"乡镇可以说明到 {case.answer_by:%Y-%m-%d}，到期或说明以后再决定")
    by = (days or WorkingDays()).add(on, int(load_table("bulletin")["card.appeal_days"]))
    return CardCase(CardState.DECIDED, case.proposed, card, case.answer_by, officer, on, by)


def appeal(case: CardCase, words: str, on: date) -> CardCase:
    """The township appeals, in time and with its reason."""
    _from(case, CardState.DECIDED)
    if not words.strip():
        raise ValueError("申诉要写明理由")
    if case.appeal_by is not None and on > case.appeal_by:
        raise ValueError(f"申诉期到 {case.appeal_by:%Y-%m-%d} 为止")
    return CardCase(
        CardState.APPEALED,
        case.proposed,
        case.decided,
        case.answer_by,
        case.decided_by,
        case.decided_on,
        case.appeal_by,
    )


def hear(case: CardCase, upheld: bool, *, officer: str, reason: str) -> CardCase:
    """An officer who did not decide hears the appeal: the card stands, or is withdrawn."""
    _from(case, CardState.APPEALED)
    if not officer.strip() or not reason.strip():
        raise ValueError("复核申诉要具名、写明理由")
    if officer == case.decided_by:
        raise ValueError("作决定的人不能复核对它的申诉")
    return CardCase(
        CardState.UPHELD if upheld else CardState.WITHDRAWN, case.proposed, case.decided, case.answer_by, case.decided_by,
        case.decided_on, case.appeal_by,
    )  # fmt: skip
