"""Every change to long work and to tables on their way in."""

from qingxi_office.jobs.actions.sheets import (
    drop_rows,
    forget_file,
    keep_read,
    read_again,
    receive,
    set_state,
    stage,
)
from qingxi_office.jobs.actions.work import (
    SILENT_S,
    again,
    ask,
    ask_cancel,
    beat,
    cancelled,
    claim,
    finish,
    gone,
    here,
    keep_fault_rows,
    keep_faults,
    leave,
    lose,
    lose_silent,
    progress,
    say,
    start,
)

__all__ = [
    "SILENT_S", "again", "ask", "ask_cancel", "beat", "cancelled", "claim", "drop_rows", "finish", "forget_file", "gone", "here",
    "keep_fault_rows", "keep_faults", "keep_read", "leave", "lose", "lose_silent", "progress", "read_again", "receive", "say",
    "set_state", "stage", "start",
]  # fmt: skip
