"""Which letter an overdue problem asks for. A proposal only: a named person signs it or drops it.

Criticism goes down, never sideways: to a unit of the issuing body's own level, or above it, there is only a 函.
"""

from collections.abc import Collection
from enum import StrEnum

from qingxi.issue.steps import Level
from qingxi.standard import load_table


class LetterKind(StrEnum):
    """Kinds of letter, in the order in which they follow each other; 函 stands for all of them towards a peer."""

    REMIND = "提示函"
    ORDER = "督办单"
    TALK = "约谈建议"
    LETTER = "工作函"


def is_peer(to: Level, issuer: Level) -> bool:
    """Whether a unit stands level with the issuing body, or above it."""
    return to.rank >= issuer.rank


def proposed_letter(
    days_over: int, signed: Collection[LetterKind], *, to: Level, issuer: Level
) -> LetterKind | None:
    """The letter to draft for a problem that is so many working days over its day; None when it is too early.

    ``signed`` are the kinds that went out already in this round. A harder one follows only after the softer was signed
    and its own number of days is reached, so that nothing begins with a summons.
    """
    if days_over < int(load_table("rounds")["letter.after"]):
        return None
    if is_peer(to, issuer):
        return LetterKind.LETTER
    law = load_table("issues")
    if LetterKind.ORDER in signed and days_over >= int(law["letter.talk"]):
        return LetterKind.TALK
    if LetterKind.REMIND in signed and days_over >= int(law["letter.order"]):
        return LetterKind.ORDER
    return LetterKind.REMIND
