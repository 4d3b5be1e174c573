"""The law of a return: 应报 → 填报中 → 完整 → 已提交 → 已退回 or 已审核 → 已锁定 → 解锁例外.

1. Complete is not submitted, submitted is not approved: a unit fills in and submits, another person approves.
2. What the books know is not typed. Figures of the books follow the books until the return is submitted, then they stand.
3. Nothing is submitted while something stands against it; who returns it says why, and the same return is not sent again unchanged.
4. A locked return changes only under an exception: named fields, a reason, a last day. It is approved anew.
5. Every change after the first submission is listed with its reason.

Every deed gives a new return or raises :class:`Refused` with every reason against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from qingxi.filing.checks import Doubt, Explanation, complete, examine
from qingxi.filing.entry import BadValue, Entry, Live, Origin, Value, read, words
from qingxi.filing.form import Form, FormField
from qingxi.filing.period import Period


class State(StrEnum):
    """How far a return is."""

    OWED = "应报"
    FILLING = "填报中"
    COMPLETE = "完整"
    SUBMITTED = "已提交"
    RETURNED = "已退回"
    APPROVED = "已审核"
    LOCKED = "已锁定"
    EXCEPTION = "解锁例外"


WITH_UNIT = (State.OWED, State.FILLING, State.COMPLETE, State.RETURNED, State.EXCEPTION)
"""States in which the next step is the unit's."""
FOLLOWS_BOOKS = (State.OWED, State.FILLING, State.COMPLETE, State.RETURNED)
"""States in which figures of the books follow the books."""
HANDED_IN = (State.SUBMITTED, State.APPROVED, State.LOCKED, State.EXCEPTION)
"""States in which a return counts as received and its figures in the county's."""


class Refused(ValueError):
    """What may not be done now; ``reasons`` are all of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Change:
    """A value that changed after the first submission, why, by whom."""

    field: str
    old: Value
    new: Value
    reason: str
    by: str
    on: date
    after_lock: bool = False


@dataclass(frozen=True)
class Return:
    """One unit's return of one form for one period. ``before`` are last period's values by field."""

    form: Form
    period: Period
    unit: str
    state: State = State.OWED
    values: Mapping[str, Entry] = field(default_factory=dict)
    explained: Mapping[str, Explanation] = field(default_factory=dict)
    before: Mapping[str, Value] = field(default_factory=dict)
    touched: bool = False  # something was typed or explained since it was opened or came back
    submitted_by: str = ""
    first_submitted_on: date | None = None
    approved_by: str = ""
    reason: str = ""  # of its coming back, or of its exception
    was_locked: bool = False
    open_fields: tuple[str, ...] = ()
    until: date | None = None
    changes: tuple[Change, ...] = ()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Everything that stands against it, explained or not."""
        return examine(self.form, self.values, self.before, self.explained)

    @property
    def is_complete(self) -> bool:
        return complete(self.doubts)

    def value(self, name: str) -> Value:
        entry = self.values.get(name)
        return entry.value if entry is not None else None


def _settled(new: Return) -> Return:
    """State by what stands in it, for a return that is being filled in."""
    if new.state in (State.EXCEPTION, State.SUBMITTED, State.APPROVED, State.LOCKED):
        return new
    if not new.touched:
        state = State.RETURNED if new.state is State.RETURNED else State.OWED
        return replace(new, state=state)
    return replace(new, state=State.COMPLETE if new.is_complete else State.FILLING)


def refresh(ret: Return, live: Mapping[str, Live], *, on: date, by: str = "账上取数") -> Return:
    """Ask the books anew. A return that is handed in stands as it is: :func:`drift` says what moved."""
    if ret.state not in FOLLOWS_BOOKS:
        return ret
    values, changes = dict(ret.values), []
    for each in ret.form.fields:
        if not each.source or each.id not in live:
            continue
        known, old = live[each.id], values.get(each.id) or Entry(origin=Origin.LIVE)
        typed = old.origin is Origin.TYPED and old.value is not None and (each.editable or known.value is None)
        if typed:
            new = replace(old, live=known.value, refs=known.refs, unknown=known.unknown)
        else:
            same = known.value == old.value and old.origin is Origin.LIVE
            new = Entry(
                known.value, Origin.LIVE, known.value, known.refs, known.unknown, by, old.on if same else on
            )
            if known.value != old.value and ret.first_submitted_on is not None:
                changes.append(Change(each.id, old.value, known.value, "账上的数变了", by, on, ret.was_locked))
        values[each.id] = new
    return _settled(replace(ret, values=values, changes=(*ret.changes, *changes)))


def drift(ret: Return, live: Mapping[str, Live]) -> dict[str, tuple[Value, Value]]:
    """Figures of the books that moved since the return was handed in: field to (as reported, as the books say now)."""
    out: dict[str, tuple[Value, Value]] = {}
    for name, known in live.items():
        entry = ret.values.get(name)
        if (
            entry is not None
            and entry.origin is Origin.LIVE
            and known.value is not None
            and known.value != entry.value
        ):
            out[name] = (entry.value, known.value)
    return out


def askable(ret: Return, each: FormField) -> bool:
    """Whether this field may be typed in now: the books do not know it, or the form lets a clerk put another value."""
    if ret.state not in WITH_UNIT or (ret.state is State.EXCEPTION and each.id not in ret.open_fields):
        return False
    entry = ret.values.get(each.id)
    return not each.source or each.editable or entry is None or entry.live is None


def write(
    ret: Return, said: Mapping[str, object], *, by: str, on: date, reasons: Mapping[str, str] | None = None
) -> Return:
    """Put values in. What is typed is read as the field asks; the same value again changes nothing.

    Raises
    ------
    Refused
        With every field that cannot be written: not the unit's turn, known to the books, unreadable, without its reason.
    """
    if ret.state not in WITH_UNIT:
        raise Refused([f"现在是“{ret.state}”，要先退回或开例外才能改"])
    if ret.state is State.EXCEPTION and ret.until is not None and on > ret.until:
        raise Refused([f"例外到 {ret.until} 为止，已经过了"])
    against: list[str] = []
    values, changes = dict(ret.values), []
    for name, raw in said.items():
        each = next((f for f in ret.form.fields if f.id == name), None)
        if each is None:
            against.append(f"表里没有“{name}”")
            continue
        old = values.get(name) or Entry()
        try:
            value = read(each, raw)
        except BadValue as bad:
            against.append(f"{each.name}：{bad}")
            continue
        back = value is None and each.source and old.live is not None
        new = (
            replace(old, value=old.live, origin=Origin.LIVE)
            if back
            else replace(old, value=value, origin=Origin.TYPED)
        )
        if new.value == old.value:
            continue
        if not askable(ret, each):
            where = (
                "不在例外开的几项里" if ret.state is State.EXCEPTION else "账里有这个数，不用填；不对的请到账里改"
            )
            against.append(f"{each.name}：{where}")
            continue
        why = (reasons or {}).get(name, "").strip()
        if ret.first_submitted_on is not None:
            if not why and ret.state is State.EXCEPTION:
                against.append(f"{each.name}：锁定以后改数，要写理由")
                continue
            changes.append(
                Change(name, old.value, new.value, why or f"按退回意见改：{ret.reason}", by, on, ret.was_locked)
            )
        values[name] = replace(new, by=by, on=on)
    if against:
        raise Refused(against)
    if values == dict(ret.values):
        return ret
    return _settled(replace(ret, values=values, changes=(*ret.changes, *changes), touched=True))


def explain(ret: Return, check: str, text: str, *, by: str) -> Return:
    """Say why a doubt may stand. Raises Refused when there is none, only another value helps, or it is not the unit's turn."""
    if ret.state not in WITH_UNIT:
        raise Refused([f"现在是“{ret.state}”，不能再写说明"])
    doubt = next((d for d in ret.doubts if d.check == check), None)
    if doubt is None:
        raise Refused(["这一处已经没有疑问，不用说明"])
    if doubt.mend:
        raise Refused([f"{doubt.said}，写说明不行"])
    explained = dict(ret.explained)
    if text.strip():
        explained[check] = Explanation(text.strip(), doubt.of, by)
    else:
        explained.pop(check, None)
    if explained == dict(ret.explained):
        return ret
    return _settled(replace(ret, explained=explained, touched=True))


def submit(ret: Return, *, by: str, on: date) -> Return:
    """Hand it in. Raises Refused with everything that still stands against it."""
    against = [] if ret.state in WITH_UNIT else [f"现在是“{ret.state}”，不用再交"]
    if ret.state is State.RETURNED:
        against.append(f"退回以后什么也没有改（退回意见：{ret.reason}）")
    if ret.state is State.EXCEPTION and not ret.touched:
        against.append("例外开了以后什么也没有改；不用改的请县里关掉例外")
    against += [d.said for d in ret.doubts if d.stands]
    if not by.strip():
        against.append("要写明由谁提交")
    if against:
        raise Refused(against)
    return replace(
        ret, state=State.SUBMITTED, submitted_by=by, first_submitted_on=ret.first_submitted_on or on, touched=False, approved_by="",
    )  # fmt: skip


def take_back(ret: Return, *, by: str) -> Return:
    """Whoever submitted takes it back while nobody has looked at it."""
    if ret.state is not State.SUBMITTED:
        raise Refused([f"现在是“{ret.state}”，不能撤回"])
    if by != ret.submitted_by:
        raise Refused([f"由 {ret.submitted_by} 提交，只能由本人撤回"])
    if ret.was_locked:
        return replace(ret, state=State.EXCEPTION, touched=True)
    return _settled(replace(ret, state=State.FILLING, touched=True))


def send_back(ret: Return, reason: str, *, by: str) -> Return:
    """Return it with a reason; also one that was approved and is not locked yet."""
    against = [] if ret.state in (State.SUBMITTED, State.APPROVED) else [f"现在是“{ret.state}”，不能退回"]
    if not reason.strip():
        against.append("退回要写理由")
    if by == ret.submitted_by:
        against.append("自己交的表不能自己退回，可以撤回")
    if against:
        raise Refused(against)
    if ret.was_locked:
        return replace(ret, state=State.EXCEPTION, reason=reason.strip(), approved_by="", touched=False)
    return replace(ret, state=State.RETURNED, reason=reason.strip(), approved_by="", touched=False)


def approve(ret: Return, *, by: str) -> Return:
    """Approve it; another person than the one who submitted. One that was under exception is locked again at once."""
    against = [] if ret.state is State.SUBMITTED else [f"现在是“{ret.state}”，不能审核"]
    if by == ret.submitted_by:
        against.append("自己交的表不能自己审核")
    against += [d.said for d in ret.doubts if d.stands]
    if against:
        raise Refused(against)
    state = State.LOCKED if ret.was_locked else State.APPROVED
    return replace(ret, state=state, approved_by=by, open_fields=(), until=None)


def lock(ret: Return) -> Return:
    """Lock an approved return: from now on only an exception opens it."""
    if ret.state is not State.APPROVED:
        raise Refused([f"{ret.unit}现在是“{ret.state}”，审核以后才能锁定"])
    return replace(ret, state=State.LOCKED, was_locked=True)


def open_exception(ret: Return, fields: Sequence[str], reason: str, *, until: date, on: date) -> Return:
    """Open named fields of a locked return until a day, with a reason."""
    against = [] if ret.state is State.LOCKED else [f"现在是“{ret.state}”，锁定了的才要开例外"]
    known = {f.id for f in ret.form.fields}
    if not fields:
        against.append("要写明开哪几项")
    against += [f"表里没有“{name}”" for name in fields if name not in known]
    if not reason.strip():
        against.append("开例外要写理由")
    if until < on:
        against.append("例外的最后一天不能早于今天")
    if against:
        raise Refused(against)
    return replace(
        ret, state=State.EXCEPTION, open_fields=tuple(dict.fromkeys(fields)), reason=reason.strip(), until=until, touched=False,
    )  # fmt: skip


def end_exception(ret: Return) -> Return:
    """Close an exception under which nothing was changed; one with changes is submitted and approved instead."""
    against = [] if ret.state is State.EXCEPTION else [f"现在是“{ret.state}”，没有开着的例外"]
    if ret.touched:
        against.append("例外下已经改了数，要提交、审核以后再锁定")
    if against:
        raise Refused(against)
    return replace(ret, state=State.LOCKED, open_fields=(), until=None)


def told(change: Change, form: Form) -> str:
    """A later change in one sentence: 管网长度 13.4 → 12.2 km：复测."""
    each = form.field(change.field)
    unit = f" {each.unit}" if each.unit else ""
    return (
        f"{each.name} {words(each, change.old) or '空'} → {words(each, change.new) or '空'}{unit}：{change.reason}"
    )
