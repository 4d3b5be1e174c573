"""Tables that people send: what stands in the books now, what a file would change, and taking it in."""

from qingxi_office.site.loading.sheets.deeds import (
    MOST_BYTES,
    cancel,
    drop,
    hand_in,
    intakes,
    read_anew,
    return_to,
    send,
    take,
)
from qingxi_office.site.loading.sheets.kinds import BOOKS, form_of, form_rows, lab_form

__all__ = [
    "BOOKS",
    "MOST_BYTES",
    "cancel",
    "drop",
    "form_of",
    "form_rows",
    "hand_in",
    "intakes",
    "lab_form",
    "read_anew",
    "return_to",
    "send",
    "take",
]
