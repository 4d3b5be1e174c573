"""The six 同步: what was to be done with the sewage works and not after them, one dated answer each, by village.

The study of Jiangxi names them. "Together" is one trench and one decision; "after" is a road dug open again. A checklist
row without day and evidence is a statement that nobody can look up, so it counts as unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin import Fault, Ref


class SixItem(StrEnum):
    """What is done at the same time as what."""

    PLAN = "规划"
    TOILET = "改厕"
    ROAD = "修路"
    SANITATION = "环境整治"
    RULES = "村规民约"
    FIVE = "五定包干"

    @property
    def asks(self) -> str:
        """The item in full."""
        return _ASKS[self]


_ASKS = {
    SixItem.PLAN: "村庄规划时同步定模式、管网和选址",
    SixItem.TOILET: "改厕时黑水灰水分离",
    SixItem.ROAD: "修路时同步铺管",
    SixItem.SANITATION: "环境整治时同步治污",
    SixItem.RULES: "写入村规民约",
    SixItem.FIVE: "纳入五定包干",
}


class SixState(StrEnum):
    """When it was done."""

    TOGETHER = "同步"
    BEFORE = "先做"
    AFTER = "后补"
    NEVER = "没有做"
    NOT_APPLICABLE = "不适用"

    @property
    def says(self) -> str:
        """The state in full."""
        return _SAYS[self]


_SAYS = {
    SixState.TOGETHER: "同步做了",
    SixState.BEFORE: "治污先做，没有返工",
    SixState.AFTER: "后来补做，返工重挖",
    SixState.NEVER: "没有做",
    SixState.NOT_APPLICABLE: "本村不适用",
}
_DATED = frozenset({SixState.TOGETHER, SixState.BEFORE, SixState.AFTER})


@dataclass(frozen=True, slots=True)
class SixAnswer:
    """One row of a village's checklist."""

    item: SixItem
    state: SixState
    on: date | None = None
    document: str = ""
    photos: int = 0
    said_by: str = ""
    note: str = ""


def judge_six(answer: SixAnswer, today: date, *, row: int | None = None, file: str = "六个同步") -> list[Fault]:
    """What stands against an answer; every fault at once, none when it may be kept."""
    faults = []

    def fault(field: str, value: str, rule: str, remedy: str, code: str) -> None:
        faults.append(Fault(file, row, field, value, rule, remedy, code))

    if answer.state in _DATED and answer.on is None:
        fault(
            "日期",
            "",
            f"{answer.state.value}要有日期",
            "填做成的那一天，记不清就填所在月的最后一天并写在说明里",
            "six-day",
        )
    if answer.on is not None and answer.on > today:
        fault(
            "日期",
            answer.on.isoformat(),
            "日期不能晚于今天",
            "改成已经做成的日期，没有做成的填“没有做”",
            "six-future",
        )
    if answer.on is not None and answer.on.year < 2000:
        fault("日期", answer.on.isoformat(), "日期早于 2000 年", "核对年份", "six-old")
    if answer.state in _DATED and not answer.document and not answer.photos:
        fault(
            "依据",
            "",
            f"{answer.state.value}要有依据",
            "填文件名和文号，或在本村附件里放一张照片再填照片说明",
            "six-proof",
        )
    if answer.state in (SixState.NEVER, SixState.NOT_APPLICABLE) and not answer.note:
        fault("说明", "", f"{answer.state.value}要说明为什么", "写一句原因", "six-why")
    if not answer.said_by:
        fault("村里确认人", "", "要写明村里是谁确认的", "填村干部或文书的姓名", "six-who")
    return faults


@dataclass(frozen=True, slots=True)
class SixLine:
    """A village's six as one line: how many of those that apply were done together, and which were not."""

    together: int
    applies: int
    known: int
    missed: tuple[SixItem, ...]
    unknown: tuple[SixItem, ...]

    @property
    def share(self) -> float | None:
        """Done together of those that apply and are known; None when nothing is known."""
        return self.together / self.applies if self.applies else None


def line_of(answers: Mapping[SixItem, SixState]) -> SixLine:
    """Sum a village up. What is not applicable leaves the denominator; what is unknown is neither good nor bad."""
    applies = [i for i in SixItem if answers.get(i) not in (None, SixState.NOT_APPLICABLE)]
    return SixLine(
        sum(answers[i] is SixState.TOGETHER for i in applies), len(applies), sum(i in answers for i in SixItem),
        tuple(i for i in applies if answers[i] in (SixState.AFTER, SixState.NEVER)),
        tuple(i for i in SixItem if i not in answers),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A work's days in a village: other department's, or the sewer's."""

    ref: Ref
    name: str
    start: date
    end: date | None = None

    @property
    def last(self) -> date:
        return self.end or self.start


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the books suggest; the village's clerk confirms or corrects it. It counts for nothing before."""

    item: SixItem
    state: SixState
    on: date
    why: str
    because: tuple[Ref, ...]


def propose(item: SixItem, works: Sequence[Span], sewers: Sequence[Span], today: date) -> Proposal | None:
    """Compare the newest other work that is over with the sewer works of the village.

    Overlapping days are together; the sewer over before the work began is before; the sewer begun after the work was over is
    after: the finished surface was opened again. None where one of the two is missing or not yet begun.
    """
    begun = sorted((w for w in works if w.start <= today), key=lambda w: w.start)
    laid = [s for s in sewers if s.start <= today]
    if not begun or not laid:
        return None
    work = begun[-1]
    best = min(laid, key=lambda s: (_apart(work, s), s.start))
    refs = (work.ref, best.ref)
    if best.start <= work.last and work.start <= best.last:
        on, state = max(work.start, best.start), SixState.TOGETHER
        why = f"{work.name} 与 {best.name} 工期重叠"
    elif best.last < work.start:
        on, state = best.last, SixState.BEFORE
        why = f"{best.name} {best.last:%Y-%m-%d} 完成，{work.name} {work.start:%Y-%m-%d} 才开工"
    else:
        on, state = best.start, SixState.AFTER
        why = f"{work.name} {work.last:%Y-%m-%d} 完成，{best.name} {best.start:%Y-%m-%d} 才开工，要重挖"
    return Proposal(item, state, min(on, today), why, refs)


def _apart(one: Span, other: Span) -> int:
    """Days between two works; 0 when they overlap."""
    return max((other.start - one.last).days, (one.start - other.last).days, 0)


def count_states(rows: Iterable[tuple[SixItem, SixState]]) -> dict[SixItem, dict[SixState, int]]:
    """How many villages stand in each state, by item; zeros stand too."""
    out = {item: dict.fromkeys(SixState, 0) for item in SixItem}
    for item, state in rows:
        out[item][state] += 1
    return out
