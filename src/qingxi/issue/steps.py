"""The steps of a problem as offices take them, and who may take which: tables, not code.

交办 → 签收 → 整改方案 → 整改中 → 自验 → 申请销号 → 现场核查 → 审核签字 → 公示 → 销号备案 → 归档 → 回头看

Two short ways lead to 销号备案: an ordinary problem is closed on the spot on a photo and a reading (当场销号), and a
blockage of a project when the unit that raised it agrees (提出单位同意销号).
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a problem stands: the name of the last step taken."""

    ASSIGNED = "交办"
    RECEIVED = "签收"
    PLANNED = "整改方案"
    RECTIFYING = "整改中"
    SELF_CHECKED = "自验"
    APPLIED = "申请销号"
    VERIFIED = "现场核查"
    SIGNED = "审核签字"
    PUBLISHED = "公示"
    CLOSED = "销号备案"
    ARCHIVED = "归档"
    REVISITED = "回头看"
    # Exits: a problem leaves the line without having been rectified.
    UNFOUNDED = "不属实"
    RETURNED = "退回转办"
    MERGED = "重复合并"
    SUSPENDED = "挂账"


class Step(StrEnum):
    """What somebody does to a problem."""

    RECEIVE = "签收"
    PLAN = "报整改方案"
    START = "开始整改"
    SELF_CHECK = "自查自验"
    APPLY = "申请销号"
    VERIFY = "现场核查通过"
    REFUSE = "现场核查退回"
    SIGN = "审核签字"
    PUBLISH = "公示"
    CLOSE = "销号备案"
    ARCHIVE = "归档"
    REVISIT = "回头看"
    REOPEN = "反弹重开"
    UNFOUND = "认定不属实"
    RETURN = "退回"
    REASSIGN = "转办"
    MERGE = "并入"
    EXTEND = "延期"
    SUSPEND = "挂账"
    RESUME = "恢复办理"
    ADD = "补充材料"
    ON_SITE = "当场销号"
    AGREE = "提出单位同意销号"
    DISAGREE = "提出单位不同意"


class Role(StrEnum):
    """The four parts in a problem, and the unit that raised a blockage."""

    RECTIFIER = "整改责任单位"
    SUPERVISOR = "牵头督导单位"
    VERIFIER = "核查单位"
    CLOSER = "销号单位"
    RAISER = "提出单位"


class Level(StrEnum):
    """Level of a unit; a problem is closed at the level that issued it, or above."""

    VILLAGE = "村"
    TOWNSHIP = "乡镇"
    COUNTY = "县"
    CITY = "市"
    PROVINCE = "省"
    STATE = "中央"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Transition:
    """A step: from where, to where, by whom, and what must lie beside it."""

    step: Step
    sources: tuple[State, ...]
    target: State | None  # None: stays where it is (延期, 补充材料)
    roles: tuple[Role, ...]
    evidence: tuple[str, ...]  # kinds of evidence, each needed at least once


_LINE = (
    State.ASSIGNED,
    State.RECEIVED,
    State.PLANNED,
    State.RECTIFYING,
    State.SELF_CHECKED,
    State.APPLIED,
    State.VERIFIED,
)
_OPEN = (*_LINE, State.SIGNED, State.PUBLISHED)
_R, _S, _V, _C, _A = Role.RECTIFIER, Role.SUPERVISOR, Role.VERIFIER, Role.CLOSER, Role.RAISER
FOUR = (_R, _S, _V, _C)
"""The parts that every problem has."""

TRANSITIONS: dict[Step, Transition] = {
    t.step: t
    for t in (
        Transition(Step.RECEIVE, (State.ASSIGNED,), State.RECEIVED, (_R,), ()),
        Transition(Step.PLAN, (State.RECEIVED,), State.PLANNED, (_R,), ("整改方案",)),
        # 整改方案 is approved by the one who supervises, not by its author; a class without one starts by itself.
        Transition(Step.START, (State.RECEIVED, State.PLANNED), State.RECTIFYING, (_S, _R), ()),
        Transition(Step.SELF_CHECK, (State.RECTIFYING,), State.SELF_CHECKED, (_R,), ("整改后照片或资料",)),
        Transition(Step.APPLY, (State.SELF_CHECKED,), State.APPLIED, (_R,), ("销号申请",)),
        Transition(Step.VERIFY, (State.APPLIED,), State.VERIFIED, (_V,), ("现场核查记录",)),
        # also from 公示: an objection that holds sends it back
        Transition(
            Step.REFUSE,
            (State.APPLIED, State.VERIFIED, State.SIGNED, State.PUBLISHED),
            State.RECTIFYING,
            (_V, _C),
            ("现场核查记录",),
        ),
        Transition(Step.SIGN, (State.VERIFIED,), State.SIGNED, (_C,), ("签字件",)),
        Transition(Step.PUBLISH, (State.SIGNED,), State.PUBLISHED, (_S, _C), ("公示件",)),
        Transition(Step.CLOSE, (State.SIGNED, State.PUBLISHED), State.CLOSED, (_C,), ("备案件",)),
        Transition(Step.ARCHIVE, (State.CLOSED,), State.ARCHIVED, (_S, _C), ()),
        Transition(
            Step.REVISIT,
            (State.CLOSED, State.ARCHIVED, State.REVISITED),
            State.REVISITED,
            (_S, _V, _C),
            ("回头看记录",),
        ),
        Transition(
            Step.REOPEN,
            (State.CLOSED, State.ARCHIVED, State.REVISITED, State.UNFOUNDED),
            State.ASSIGNED,
            (_S, _V, _C),
            ("反弹情况",),
        ),
        Transition(
            Step.UNFOUND,
            (State.ASSIGNED, State.RECEIVED, State.PLANNED, State.RECTIFYING),
            State.UNFOUNDED,
            (_V,),
            ("核实记录",),
        ),
        Transition(Step.RETURN, (State.ASSIGNED, State.RECEIVED), State.RETURNED, (_R,), ("退回理由",)),
        Transition(Step.REASSIGN, (State.RETURNED, State.ASSIGNED), State.ASSIGNED, (_S,), ("转办单",)),
        Transition(Step.MERGE, _LINE[:4], State.MERGED, (_S,), ("并入说明",)),
        Transition(Step.EXTEND, _LINE[:4], None, (_S, _C), ("延期审批件",)),
        Transition(Step.SUSPEND, _LINE[:4], State.SUSPENDED, (_C,), ("挂账审批件",)),
        Transition(Step.RESUME, (State.SUSPENDED,), State.RECTIFYING, (_S, _C), ()),
        Transition(Step.ADD, tuple(State), None, (_R, _S, _V, _C, _A), ()),
        # Class 一般 only: who stands before the mended fan closes it, the same day (laws.own_way).
        Transition(Step.ON_SITE, _OPEN, State.CLOSED, (_C, _S, _V), ("整改后照片", "读数")),
        # Class 推进堵点 only.
        Transition(Step.AGREE, _OPEN, State.CLOSED, (_A,), ("提出单位意见",)),
        Transition(Step.DISAGREE, (State.SELF_CHECKED, State.APPLIED), State.RECTIFYING, (_A,), ("提出单位意见",)),
    )
}

CLOSED_STATES = frozenset({State.CLOSED, State.ARCHIVED, State.REVISITED})
EXITS = frozenset({State.UNFOUNDED, State.MERGED})
LINE = (*_LINE, State.SIGNED, State.PUBLISHED, State.CLOSED, State.ARCHIVED, State.REVISITED)
"""The line of states from 交办 to 回头看, for the picture of steps."""
