"""Every change to checks, sign-offs, forms and sheets."""

from qingxi_office.morning.actions.forms import drop_form, take_form
from qingxi_office.morning.actions.printing import explain, not_yet, print_sheet
from qingxi_office.morning.actions.reading import open_check, read_again, read_check, say_columns
from qingxi_office.morning.actions.signing import sign, sign_alike, undo

__all__ = [
    "drop_form",
    "explain",
    "not_yet",
    "open_check",
    "print_sheet",
    "read_again",
    "read_check",
    "say_columns",
    "sign",
    "sign_alike",
    "take_form",
    "undo",
]
