"""Every change to what people hand in, by whichever way: reports of villagers, orders of the hotline."""

from qingxi_office.intake.actions.hotline import (
    choose_form,
    forget_callers,
    give_back,
    keep_order,
    link,
    note_call,
    reply_to_order,
    send_again,
    take_in_orders,
)
from qingxi_office.intake.actions.reports import (
    TooMany,
    answer,
    follow,
    forget_contacts,
    forget_senders,
    hand_in,
    let_through,
    note_answer,
    note_step,
    note_taken_up,
    reply,
    reply_of_follower,
    set_aside,
    unsolved,
)

__all__ = [
    "TooMany", "answer", "choose_form", "follow", "forget_callers", "forget_contacts", "forget_senders", "give_back", "hand_in",
    "keep_order", "let_through", "link", "note_answer", "note_call", "note_step", "note_taken_up", "reply", "reply_of_follower",
    "reply_to_order", "send_again", "set_aside", "take_in_orders", "unsolved",
]  # fmt: skip
