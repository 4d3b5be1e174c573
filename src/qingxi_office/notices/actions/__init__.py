"""Every change to notices. Who may set channels is asked by the caller (people stand above)."""

from qingxi_office.notices.actions.channels import choose, keep_channel, keep_mailbox, switch, try_channel
from qingxi_office.notices.actions.outgoing import gather, send_again, send_due
from qingxi_office.notices.actions.telling import forget_mailboxes, forget_notices, mark_read, tell

__all__ = [
    "choose", "forget_mailboxes", "forget_notices", "gather", "keep_channel", "keep_mailbox", "mark_read", "send_again", "send_due", "switch", "tell", "try_channel",
]  # fmt: skip
