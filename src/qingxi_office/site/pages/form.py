"""A form from a law of fields: what the library says of a field is what the page asks and what the script checks.

The same :class:`qingxi.origin.Field` gives bounds to the browser while somebody types and to the server when it is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from qingxi.origin import Fault, Field, Kind, Severity, Value, read_entry


@dataclass
class Asked:
    """One field as the template draws it (``site/parts/fields.html``)."""

    field: Field
    text: str
    wrong: str = ""
    strange: str = ""

    @property
    def kind(self) -> str:
        return self.field.kind.value

    @property
    def word(self) -> str:
        return _(self.field.word)

    @property
    def unit(self) -> str:
        return _(self.field.unit) if self.field.unit else ""

    @property
    def help(self) -> str:
        return _(self.field.help) if self.field.help else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What is kept, and what it is called in the reader's language."""
        return [(choice, _(choice)) for choice in self.field.choices]

    @property
    def low(self) -> str:
        return "" if self.field.low is None else f"{self.field.low:g}"

    @property
    def high(self) -> str:
        return "" if self.field.high is None else f"{self.field.high:g}"

    @property
    def is_figure(self) -> bool:
        return self.field.kind in (Kind.WHOLE, Kind.NUMBER)


def text_of(value: Any) -> str:
    """A record's value as the form shows it."""
    if value is None:
        return ""
    if value is True or value is False:
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def asked_of(
    fields: Sequence[Field],
    values: Mapping[str, Any],
    faults: Iterable[Fault] = (),
    typed: Mapping[str, str] | None = None,
) -> list[Asked]:
    """Fields with the record's values, or with what was typed and refused, each with what is wrong or strange about it."""
    wrong = {f.field: f"{f.rule}，{f.remedy}" for f in faults if f.severity is Severity.ERROR}
    strange = {f.field: f"{f.rule}，{f.remedy}" for f in faults if f.severity is Severity.WARNING}
    return [
        Asked(
            f, typed[f.name] if typed is not None and f.name in typed else text_of(values.get(f.name)), wrong.get(f.name, ""),
            strange.get(f.name, ""),
        )
        for f in fields
    ]  # fmt: skip


def told(fields: Sequence[Field], row: Any) -> list[tuple[str, str]]:
    """Fields and values of a record for those who may only read: the word, the value with its unit."""
    out = []
    for field in fields:
        text = text_of(getattr(row, field.name))
        out.append((_(field.word), f"{text} {_(field.unit)}" if text and field.unit else text))
    return out


def words_of(fields: Sequence[Field]) -> dict[str, str]:
    """What the fields are called, for telling changes."""
    return {field.name: _(field.word) for field in fields}


def typed_of(request: HttpRequest, fields: Sequence[Field]) -> dict[str, str]:
    """The texts of the fields that were sent."""
    return {f.name: request.POST[f.name] for f in fields if f.name in request.POST}


def read(request: HttpRequest, fields: Sequence[Field]) -> tuple[dict[str, Value], list[Fault], dict[str, str]]:
    """Values, faults and texts of a sent form."""
    typed = typed_of(request, fields)
    values, faults = read_entry(fields, typed)
    return values, faults, typed
