"""Red and yellow cards (红黄牌): proposed by rule, decided by a named officer, never by the rule alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.bulletin.township import TownshipRow
from qingxi.origin import Ref
from qingxi.standard import load_table


class Card(StrEnum):
    """What is proposed or decided."""

    RED = "红牌"
    YELLOW = "黄牌"
    NONE = "不亮牌"


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
