"""How returns are shown: states as chips, lines of a form, the sentence that a page begins with."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi.files.return_form import in_order
from qingxi.filing import (
    WITH_UNIT,
    Doubt,
    Form,
    FormField,
    Origin,
    Received,
    Return,
    State,
    askable,
    received,
    words,
)
from qingxi.origin import Ref
from qingxi_office.design.parts import Kind, Step
from qingxi_office.design.parts import State as Chip
from qingxi_office.returns.models import ReturnRecord

_KINDS: dict[State, tuple[Kind, str]] = {
    State.OWED: ("plain", "clock"), State.FILLING: ("info", "pencil"), State.COMPLETE: ("info", "check"),
    State.SUBMITTED: ("watch", "send"), State.RETURNED: ("bad", "arrow-back-up"), State.APPROVED: ("good", ""),
    State.LOCKED: ("good", "lock"), State.EXCEPTION: ("watch", "lock-open"),
}  # fmt: skip
_IN_TIME: dict[Received, Kind] = {
    Received.NOT_YET: "plain", Received.ON_TIME: "good", Received.LATE: "watch", Received.NEVER: "bad",
}  # fmt: skip


def chip(row: ReturnRecord) -> Chip:
    """A return's state as a chip; what waits for the county says so."""
    state = State(row.state)
    kind, icon = _KINDS[state]
    word = _("待县审") if state is State.SUBMITTED else str(row.get_state_display())
    return Chip(kind, word, icon)


def in_time(row: ReturnRecord, today: dt.date) -> tuple[Received, Chip]:
    """Whether a return came in time."""
    how = received(row.period.due_on, row.first_submitted_on, today)
    return how, Chip(_IN_TIME[how], _(how.value))


@dataclass
class Line:
    """One field as the page draws it."""

    field: FormField
    text: str
    before: str
    asked: bool
    live: bool
    books: str = ""  # what the books say, where something else was typed
    unknown: str = ""
    n_refs: int = 0
    moved: str = ""  # what the books say now, of a return that is handed in
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return any(d.stands for d in self.doubts)


def lines(ret: Return, drift: list[Any]) -> list[tuple[str, list[Line]]]:
    """The form's fields by group, those to be filled in first."""
    at: dict[str, list[Doubt]] = defaultdict(list)
    for doubt in ret.doubts:
        if not doubt.check.startswith("needed:"):  # an empty yellow field says that itself
            at[doubt.field].append(doubt)
    moved = {f: now for f, _was, now in drift}
    groups: dict[str, list[Line]] = {}
    for each in in_order(ret):
        entry = ret.values.get(each.id)
        live = entry is not None and entry.origin is Origin.LIVE and entry.value is not None
        typed_over = entry is not None and not live and entry.live is not None
        groups.setdefault(each.group or ret.form.name, []).append(
            Line(
                each, words(each, ret.value(each.id)), words(each, ret.before.get(each.id)), askable(ret, each), live,
                words(each, entry.live) if entry is not None and typed_over else "", entry.unknown if entry is not None else "",
                len(entry.refs) if entry is not None else 0, words(each, moved[each.id]) if each.id in moved else "", at[each.id],
            )
        )  # fmt: skip
    return list(groups.items())


_WAY = (State.FILLING, State.COMPLETE, State.SUBMITTED, State.APPROVED, State.LOCKED)


def steps(row: ReturnRecord) -> list[Step]:
    """The way of a return: where it is."""
    state = State(row.state)
    now = {State.OWED: State.FILLING, State.RETURNED: State.FILLING, State.EXCEPTION: State.FILLING}.get(
        state, state
    )
    at = _WAY.index(now)
    names = (_("填报"), _("完整"), _("提交"), _("县审"), _("锁定"))
    passed = at + (state in (State.COMPLETE, State.SUBMITTED, State.APPROVED, State.LOCKED))
    return [Step(word, "", "done" if i < passed else "now" if i == passed else "") for i, word in enumerate(names)]


def answer(row: ReturnRecord, ret: Return, today: dt.date) -> str:
    """The first sentence of a return's page."""
    state, name = State(row.state), ret.period.title + ret.form.name
    if state in WITH_UNIT and state is not State.EXCEPTION:
        doubts = sum(d.stands for d in ret.doubts) - row.to_fill
        left = [_("%d 格要填") % row.to_fill] if row.to_fill else []
        left += [_("%d 处要改或说明") % doubts] if doubts > 0 else []
        if state is State.RETURNED:
            return _("%(name)s退回来了：%(why)s") % {"name": name, "why": row.reason}
        if not left:
            return _("%s完整 ✓，还没有提交。") % name
        return _("%(name)s还有%(left)s。") % {"name": name, "left": "、".join(left)}
    if state is State.SUBMITTED:
        return _("%s完整 ✓ 已提交，待县审。") % name
    if state is State.APPROVED:
        return _("%(name)s已由%(who)s审核，还没有锁定。") % {"name": name, "who": row.approved_by_name}
    if state is State.EXCEPTION:
        fields = "、".join(ret.form.field(f).name for f in row.open_fields)
        return _("%(name)s开了例外，到 %(day)s 为止可改：%(fields)s。") % {
            "name": name,
            "day": row.until,
            "fields": fields,
        }
    return _("%s已锁定；要改先开例外。") % name


# Words of the law and of steps that pages show through the catalogue.
SAID = (
    lazy("未到期"), lazy("按时"), lazy("迟报"), lazy("逾期未报"), lazy("提交"), lazy("撤回"), lazy("退回"), lazy("审核"), lazy("锁定"),
    lazy("开例外"), lazy("关例外"), lazy("村"), lazy("设施"), lazy("问题"), lazy("判断"), lazy("项目"), lazy("巡查"), lazy("地方"), lazy("报表"),
    lazy("账上取"), lazy("要填"), lazy("必须改"), lazy("要说明"),
)  # fmt: skip
_PAGES = {"village": "village", "facility": "facility", "issue": "issue", "finding": "finding", "project": "project",
          "return": "return_one", "visit": "round_of"}  # fmt: skip
KIND_WORDS = {"village": "村", "facility": "设施", "issue": "问题", "finding": "判断", "project": "项目", "visit": "巡查", "place": "地方",
              "return": "报表"}  # fmt: skip


def ref_href(ref: str) -> str:
    """Where a record behind a figure opens; the walk for kinds without a page by key."""
    try:
        parsed = Ref.parse(ref)
    except ValueError:
        return ""
    try:
        if parsed.kind in _PAGES and parsed.kind != "finding":
            return reverse(_PAGES[parsed.kind], args=[parsed.id])
        return reverse("walk", args=[parsed.kind, parsed.id])
    except NoReverseMatch:
        return ""


def sources_of(form: Form) -> tuple[int, int]:
    """How many fields come from the books or other returns, and how many are typed."""
    books = sum(bool(f.source) for f in form.fields)
    return books, len(form.fields) - books
