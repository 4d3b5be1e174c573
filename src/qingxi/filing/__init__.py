"""Periodic returns (报表): forms as data, figures from the books, complete ≠ submitted ≠ approved ≠ locked.

A :class:`Form` says who owes which fields for every :class:`Period`, by when, and which checks it must pass. What the books
know is a :class:`Source` and is not typed; the same source serves several reports. A :class:`Return` is one unit's filling
in: :func:`write`, :func:`explain`, :func:`submit`, :func:`approve` and the rest give a new one or refuse with every reason.
Nothing here reads a file, a clock or a book: values of the books are handed in as :class:`Live`.
"""

from qingxi.filing.checks import Doubt, Explanation, complete, examine
from qingxi.filing.entry import BadValue, Entry, Live, Origin, Value, read, words
from qingxi.filing.form import SHIPPED, BadForm, Check, Form, FormField, parse_form, shipped, shipped_text
from qingxi.filing.law import (
    FOLLOWS_BOOKS,
    HANDED_IN,
    WITH_UNIT,
    Change,
    Refused,
    Return,
    State,
    approve,
    askable,
    drift,
    end_exception,
    explain,
    lock,
    open_exception,
    refresh,
    send_back,
    submit,
    take_back,
    told,
    write,
)
from qingxi.filing.period import Period, PeriodKind
from qingxi.filing.received import Received, Tally, Total, due_on, received, roll_up, tally
from qingxi.filing.sources import Carried, Source, carried, sources

__all__ = [
    "FOLLOWS_BOOKS", "HANDED_IN", "SHIPPED", "WITH_UNIT", "BadForm", "BadValue", "Carried", "Change", "Check", "Doubt", "Entry",
    "Explanation", "Form", "FormField", "Live", "Origin", "Period", "PeriodKind", "Received", "Refused", "Return", "Source",
    "State", "Tally", "Total", "Value", "approve", "askable", "carried", "complete", "drift", "due_on", "end_exception",
    "examine", "explain", "lock", "open_exception", "parse_form", "read", "received", "refresh", "roll_up", "send_back",
    "shipped", "shipped_text", "sources", "submit", "take_back", "tally", "told", "words", "write",
]  # fmt: skip
