"""What stands against a return: values that lack, do not fit each other, last period's or the books.

A doubt that asks for a reason is answered by an explanation; the explanation is good for the figures that it explained and
lapses when one of them moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qingxi.filing.entry import Entry, Origin, Value, words
from qingxi.filing.form import Check, Form, FormField

_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a doubt may stand: ``of`` are the figures that it explains."""

    text: str
    of: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that stands against a return. ``field`` is where it shows, ``said`` one sentence with its figures.

    ``mend``: only another value helps; otherwise ``explained`` is the reason given for these very figures, "" while none is.
    """

    check: str
    field: str
    said: str
    of: str
    mend: bool
    explained: str = ""

    @property
    def stands(self) -> bool:
        """Whether it still keeps the return from being complete."""
        return self.mend or not self.explained


def examine(
    form: Form,
    values: Mapping[str, Entry],
    before: Mapping[str, Value],
    explained: Mapping[str, Explanation],
    last: str = "",
) -> tuple[Doubt, ...]:
    """Everything that stands against these values, in the form's order.

    Parameters
    ----------
    before : dict
        Last period's values by field; a check against one that is not there is left out.
    last : str
        How the period before is called; by default by the form's kind.
    """
    last = last or form.period.last_word
    found: list[Doubt] = []
    by_field: dict[str, list[Doubt]] = {}
    for check in form.checks:
        if doubt := _of(form, check, values, before, last):
            by_field.setdefault(doubt.field, []).append(doubt)
    for field in form.fields:
        entry = values.get(field.id) or Entry()
        if entry.value is None and field.needed:
            found.append(_lacking(field, entry))
        elif field.source and entry.origin is Origin.TYPED and entry.live is not None and entry.value != entry.live:
            mine, books = words(field, entry.value), words(field, entry.live)
            said = f"{field.name}报 {mine}{_u(field)}，账上是 {books}{_u(field)}，请说明"
            found.append(Doubt(f"live:{field.id}", field.id, said, f"{mine}|{books}", mend=False))
        found += by_field.get(field.id, ())
    return tuple(_answered(d, explained.get(d.check)) for d in found)


def complete(doubts: tuple[Doubt, ...]) -> bool:
    """Whether nothing stands any more: all that is needed is there, and every doubt is mended or explained."""
    return not any(d.stands for d in doubts)


def _answered(doubt: Doubt, known: Explanation | None) -> Doubt:
    if doubt.mend or known is None or known.of != doubt.of or not known.text.strip():
        return doubt
    return Doubt(doubt.check, doubt.field, doubt.said, doubt.of, mend=False, explained=known.text)


def _lacking(field: FormField, entry: Entry) -> Doubt:
    why = f"账上取不到（{entry.unknown}），请填" if field.source and entry.unknown else "没有填"
    none = "" if field.is_text else "，没有的填 0"
    return Doubt(f"needed:{field.id}", field.id, f"{field.name}{why}{none}", "", mend=True)


def _u(field: FormField) -> str:
    return f" {field.unit}" if field.unit else ""


def _number(values: Mapping[str, Entry], name: str) -> float | None:
    entry = values.get(name)
    return entry.value if entry is not None and isinstance(entry.value, float | int) else None


def _of(
    form: Form, check: Check, values: Mapping[str, Entry], before: Mapping[str, Value], last: str
) -> Doubt | None:
    field = form.field(check.field)
    now = _number(values, field.id)
    if now is None:
        return None
    was = before.get(field.id)
    was = was if isinstance(was, float | int) else None
    said, of = "", [now]

    def show(value: float, like: FormField = field) -> str:
        return f"{words(like, round(value, 4))}{_u(like)}"

    match check.kind:
        case "at_most":
            other, most = form.field(check.other), _number(values, check.other)
            if most is not None and now > most * check.factor + check.by + _SLACK:
                times = "" if check.factor == 1 else f"的 {check.factor:g} 倍"
                said, of = f"{field.name} {show(now)}，多于{other.name} {show(most, other)}{times}", [now, most]
        case "parts":
            parts = [_number(values, p) for p in check.parts]
            if all(p is not None for p in parts):
                total = sum(p for p in parts if p is not None)
                if abs(total - now) > check.by + _SLACK:
                    names = "、".join(form.field(p).name for p in check.parts)
                    said, of = f"{names}相加是 {show(total)}，{field.name}是 {show(now)}", [now, total]
        case "drop":
            if was is not None and was - now > check.by + _SLACK:
                said, of = f"{field.name}比{last}少 {show(was - now)}", [now, was]
        case "jump":
            if was is not None and now > was * check.factor + _SLACK and now - was > check.by + _SLACK:
                said, of = f"{field.name} {show(now)}，{last}是 {show(was)}，多了很多", [now, was]
        case "grows_by":
            part = _number(values, check.other)
            if (
                was is not None
                and part is not None
                and now >= was
                and abs(now - was - part * check.factor) > check.by + _SLACK
            ):
                other = form.field(check.other)
                said = f"{field.name}比{last}多 {show(now - was)}，{other.name}是 {show(part, other)}，对不上"
                of = [now, was, part]
    if not said:
        return None
    mend = check.ask == "mend"
    return Doubt(
        check.id, field.id, said + ("，请改" if mend else "，请说明"), "|".join(f"{v:g}" for v in of), mend
    )
