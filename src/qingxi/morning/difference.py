"""Next quarter: which villages changed, and why each did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qingxi.morning.result import VillageResult
from qingxi.morning.state import State


class ReasonSource(StrEnum):
    """Where a reason comes from, the one that stands first here first."""

    TYPED = "typed"  # somebody was asked and wrote it
    SIGN_OFF = "sign-off"  # a conflict of this quarter was settled so
    STATE_CHANGE = "state-change"  # the register's own change of state, with its document
    RECOGNITION = "recognition"  # 认定 in the ledger, dated in the quarter
    REGISTER = "register"  # merged, ended or new in the register
    NONE = ""


SOURCE_WORDS = {
    ReasonSource.TYPED: "填写", ReasonSource.SIGN_OFF: "冲突签认", ReasonSource.STATE_CHANGE: "状态变更", ReasonSource.RECOGNITION: "认定",
    ReasonSource.REGISTER: "名录", ReasonSource.NONE: "没有理由",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a village: ``to`` is the state it explains ("" for any)."""

    code: str
    source: ReasonSource
    text: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A village whose state or place in the list changed; ``before`` and ``after`` are "" where it was not in the list."""

    code: str
    name: str
    township: str
    before: str
    after: str
    reason: str = ""
    source: ReasonSource = ReasonSource.NONE

    @property
    def word(self) -> str:
        """What happened, gains and losses apart."""
        if not self.before:
            return "新列入"
        if not self.after:
            return "移出"
        if self.after == State.TREATED:
            return "新增治理"
        return "退出治理" if self.before == State.TREATED else "状态变化"


def difference(
    before: Iterable[VillageResult], after: Iterable[VillageResult], reasons: Iterable[Reason] = ()
) -> tuple[Changed, ...]:
    """Every village that changed between two quarters, by code, with the best reason known for it.

    A reason counts for the state that the village has come to; of several the first by :class:`ReasonSource` stands.
    """
    old = {v.code: v for v in before if v.state}
    new = {v.code: v for v in after if v.state}
    of: dict[str, list[Reason]] = defaultdict(list)
    for reason in reasons:
        of[reason.code].append(reason)
    order = list(ReasonSource)
    out = []
    for code in sorted(old.keys() | new.keys()):
        a, b = old.get(code), new.get(code)
        was, now = a.state if a else "", b.state if b else ""
        if was == now:
            continue
        village = b or a
        assert village is not None
        fit = sorted(
            (r for r in of[code] if r.text.strip() and r.to in ("", now)), key=lambda r: order.index(r.source)
        )
        best = fit[0] if fit else Reason(code, ReasonSource.NONE, "")
        out.append(Changed(code, village.name, village.township, was, now, best.text, best.source))
    return tuple(out)


def unexplained(changes: Iterable[Changed]) -> tuple[Changed, ...]:
    """Changes without a reason: while there is one, the quarter is not complete."""
    return tuple(c for c in changes if not c.reason)
