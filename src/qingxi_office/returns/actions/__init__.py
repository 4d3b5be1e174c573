"""Every change to returns."""

from qingxi_office.returns.actions.filling import explain, put_in, refresh, undo, write
from qingxi_office.returns.actions.forms import keep_form, keep_shipped
from qingxi_office.returns.actions.opening import open_due, open_period
from qingxi_office.returns.actions.sheets import take_sheet
from qingxi_office.returns.actions.steps import (
    approve,
    end_exception,
    lock_period,
    open_exception,
    remind,
    send_back,
    submit,
    take_back,
)

__all__ = [
    "approve", "end_exception", "explain", "keep_form", "keep_shipped", "lock_period", "open_due", "open_exception",
    "open_period", "put_in", "refresh", "remind", "send_back", "submit", "take_back", "take_sheet", "undo", "write",
]  # fmt: skip
