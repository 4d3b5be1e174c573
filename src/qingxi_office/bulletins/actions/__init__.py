"""Every change to call-overs, cards, bulletins, receipts and letters."""

from qingxi_office.bulletins.actions.calling import praise, put_on_agenda, take_call_over, unpraise
from qingxi_office.bulletins.actions.cards import answer_card, appeal_card, decide_card, hear_appeal, notice_card
from qingxi_office.bulletins.actions.drafting import (
    add_sentence,
    draft,
    dress_head,
    recount,
    refresh_decisions,
    undo_wording,
    word,
)
from qingxi_office.bulletins.actions.letters import answer_letter, drop_letter, sign_letter, word_letter
from qingxi_office.bulletins.actions.passing import approve, hand_over, record_issued, return_draft, send
from qingxi_office.bulletins.actions.receipts import accept_reply, reply, return_reply, sign

__all__ = [
    "accept_reply",
    "add_sentence",
    "answer_card",
    "answer_letter",
    "appeal_card",
    "approve",
    "decide_card",
    "draft",
    "dress_head",
    "drop_letter",
    "hand_over",
    "hear_appeal",
    "notice_card",
    "praise",
    "put_on_agenda",
    "record_issued",
    "recount",
    "refresh_decisions",
    "reply",
    "return_draft",
    "return_reply",
    "send",
    "sign",
    "sign_letter",
    "take_call_over",
    "undo_wording",
    "unpraise",
    "word",
    "word_letter",
]
