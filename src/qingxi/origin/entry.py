"""What somebody typed into a form, read and judged field by field.

A form and an importer must refuse the same things in the same words: both read a field's law from here. Text is taken
as people write it (full-width digits, thousands marks, 2023.6.27, √); nothing is guessed, and every fault of a form is
told at once.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin.fault import Fault

_DATE = re.compile(r"^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?$")
_YES, _NO = {"是", "√", "有", "y", "yes", "1", "true"}, {"否", "×", "无", "n", "no", "0", "false"}


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    WHOLE = "whole"  # a whole number
    NUMBER = "number"
    YES_NO = "yes_no"  # and empty: nobody knows
    CHOICE = "choice"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """One field's law.

    Attributes
    ----------
    name, word : str
        The column of the record, and what people call it.
    low, high : float or None
        Bounds of a number, both allowed; in ``unit``.
    choices : tuple of str
        What may be chosen; an empty choice is allowed unless ``needed``.
    longest : int
        Characters of a text at most.
    """

    name: str
    word: str
    kind: Kind = Kind.TEXT
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    longest: int = 120
    needed: bool = False
    help: str = ""


Value = str | int | float | bool | date | None


def read_entry(
    fields: Sequence[Field], said: Mapping[str, str], *, form: str = ""
) -> tuple[dict[str, Value], list[Fault]]:
    """Values of a form by field name, and every fault of it; a field with a fault has no value.

    ``said`` holds the texts as typed; fields it does not name are left out, so that part of a form can be judged.
    ``form`` names the form in the faults.
    """
    values: dict[str, Value] = {}
    faults: list[Fault] = []
    for field in fields:
        if field.name not in said:
            continue
        text = unicodedata.normalize("NFKC", said[field.name]).strip()
        if not text:
            if field.needed:
                faults.append(Fault(form, None, field.name, "", f"{field.word}要填", "补上", "needed"))
            else:
                values[field.name] = "" if field.kind in (Kind.TEXT, Kind.CHOICE) else None
            continue
        got = _read(field, text, said[field.name].strip())
        if isinstance(got, tuple):
            rule, remedy, code = got
            faults.append(Fault(form, None, field.name, said[field.name], rule, remedy, code))
        else:
            values[field.name] = got
    return values, faults


def _read(field: Field, text: str, raw: str) -> Value | tuple[str, str, str]:
    """The value, or (rule, remedy, code) of the fault."""
    match field.kind:
        case Kind.TEXT:
            if len(raw) > field.longest:
                return f"{field.word}最多 {field.longest} 个字", "写短一点", "too-long"
            return raw
        case Kind.CHOICE:
            return (
                raw
                if raw in field.choices
                else (f"{field.word}只能是 {'、'.join(field.choices)}", "从里面选一个", "choice")
            )
        case Kind.YES_NO:
            low = text.lower()
            return (
                True
                if low in _YES
                else False
                if low in _NO
                else (f"{field.word}只能是 是 或 否", "选一个", "yes-no")
            )
        case Kind.DATE:
            return _day(field, text)
    return _number(field, text)


def _day(field: Field, text: str) -> Value | tuple[str, str, str]:
    found = _DATE.match(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        return f"{field.word}要是日期", "写成 2026-11-22", "date"


def _number(field: Field, text: str) -> Value | tuple[str, str, str]:
    plain = text.replace(",", "").removesuffix(unicodedata.normalize("NFKC", field.unit)).strip()
    try:
        value: float = float(plain)
    except ValueError:
        return f"{field.word}要是数字", "只写数字", "number"
    if value != value or value in (float("inf"), float("-inf")):
        return f"{field.word}要是数字", "只写数字", "number"
    if field.kind is Kind.WHOLE and value != int(value):
        return f"{field.word}要是整数", "写整数", "whole"
    if (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        low, high = (f"{v:g}" if v is not None else "" for v in (field.low, field.high))
        rule = (
            f"{field.word}要在 {low} 到 {high} 之间"
            if low and high
            else f"{field.word}不能小于 {low}"
            if low
            else f"{field.word}不能大于 {high}"
        )
        return rule, "核对这个数", "range"
    return int(value) if field.kind is Kind.WHOLE else value
