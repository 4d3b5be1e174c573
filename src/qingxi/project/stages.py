"""The gates of a project (建设程序) as a table: what each stage is, and what evidence opens the next.

Order of gates as county projects really pass them: idea, preparation, review, entry into the project store, money,
design, price review, tender, contract, building, self-check, completion acceptance, trial, settlement audit, final
accounts, hand-over, running, scrapping. A programme orders its own gates: stages may be skipped only where its
:class:`Track` says so.

Completion acceptance (竣工验收) and recognition of effect (治理成效认定) are two things: the first belongs here, the
second to the village, and only the second puts a village into the treatment rate (:mod:`qingxi.project.recognition`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from qingxi.calendar import Clock


class Stage(StrEnum):
    """Where a project stands."""

    IDEA = "谋划"
    PREPARATION = "前期"
    REVIEW = "审查批复"
    STORE = "申报入库"
    MONEY = "资金下达"
    DESIGN = "初设概算"
    PRICE_REVIEW = "财政评审"
    TENDER = "招标采购"
    CONTRACT = "合同开工"
    BUILDING = "施工"
    SELF_CHECK = "完工自验"
    COMPLETION = "竣工验收"
    TRIAL = "试运行"
    SETTLEMENT = "结算审计"
    ACCOUNTS = "竣工决算"
    HANDOVER = "资产移交"
    RUNNING = "运行"
    SCRAPPED = "报废"
    STOPPED = "终止"


class Proof(StrEnum):
    """Kinds of evidence that a gate may ask for."""

    SITE = "选址意见"
    LAND = "用地意见"
    SENSITIVE = "红线与水源保护区核查"
    SCHEME = "可研或实施方案"
    FUNDING = "资金承诺"
    TARGETS = "绩效目标"
    VILLAGE_VOTE = "村民会议决议"
    APPROVAL = "批复文件"
    STORED = "入库通知"
    ALLOTMENT = "资金指标文"
    DRAWINGS = "施工图与概算"
    PRICE = "财政评审报告"
    AWARD = "中标或成交通知书"
    CONTRACT = "施工合同"
    WAGES = "农民工工资专户"
    START = "开工令"
    HIDDEN = "隐蔽工程影像"
    SELF = "自验记录"
    AS_BUILT = "竣工图"
    CONNECTIONS = "接户清单"
    ACCEPTANCE = "竣工验收鉴定书"
    WATER = "水质检测报告"
    RUN_LOG = "试运行记录"
    AUDIT = "结算审计报告"
    ACCOUNTS = "竣工财务决算批复"
    OWNER = "产权登记或移交单"
    OPERATOR = "运维合同"
    RUNNING_MONEY = "运行经费落实文件"
    WRITE_OFF = "资产处置批复"
    DECISION = "终止决定"


@dataclass(frozen=True, slots=True)
class Gate:
    """The way from one stage to the next.

    Attributes
    ----------
    proofs : tuple of Proof
        All of them are needed.
    days : int
        The usual or lawful time of the stage that is left, by ``clock``; 0 where none is set.
    back : bool
        True for a return with reasons (退回).
    """

    old: Stage
    new: Stage
    proofs: tuple[Proof, ...]
    clock: Clock = Clock.WORKING
    days: int = 0
    back: bool = False


_P = Proof
GATES: tuple[Gate, ...] = (
    Gate(Stage.IDEA, Stage.PREPARATION, (_P.SCHEME,)),
    Gate(
        Stage.PREPARATION,
        Stage.REVIEW,
        (_P.SITE, _P.LAND, _P.SENSITIVE, _P.SCHEME, _P.FUNDING, _P.TARGETS),
        Clock.WORKING,
        40,
    ),
    Gate(Stage.REVIEW, Stage.STORE, (_P.APPROVAL,), Clock.WORKING, 20),
    Gate(Stage.STORE, Stage.MONEY, (_P.STORED,), Clock.WORKING, 60),
    Gate(Stage.MONEY, Stage.DESIGN, (_P.ALLOTMENT,), Clock.WORKING, 10),
    Gate(Stage.DESIGN, Stage.PRICE_REVIEW, (_P.DRAWINGS,), Clock.WORKING, 30),
    Gate(Stage.PRICE_REVIEW, Stage.TENDER, (_P.PRICE,), Clock.WORKING, 15),
    # From issue of the documents to opening at least 20 days, then at least 3 days of public notice.
    Gate(Stage.TENDER, Stage.CONTRACT, (_P.AWARD,), Clock.STATUTORY, 23),
    Gate(Stage.CONTRACT, Stage.BUILDING, (_P.CONTRACT, _P.WAGES, _P.START), Clock.CALENDAR, 30),
    Gate(Stage.BUILDING, Stage.SELF_CHECK, (_P.HIDDEN,), Clock.CALENDAR, 180),
    Gate(Stage.SELF_CHECK, Stage.COMPLETION, (_P.SELF, _P.AS_BUILT, _P.CONNECTIONS), Clock.WORKING, 20),
    Gate(Stage.COMPLETION, Stage.TRIAL, (_P.ACCEPTANCE,), Clock.WORKING, 5),
    Gate(Stage.TRIAL, Stage.SETTLEMENT, (_P.RUN_LOG, _P.WATER), Clock.CALENDAR, 30),
    Gate(Stage.SETTLEMENT, Stage.ACCOUNTS, (_P.AUDIT,), Clock.WORKING, 60),
    Gate(Stage.ACCOUNTS, Stage.HANDOVER, (_P.ACCOUNTS,), Clock.WORKING, 60),
    Gate(Stage.HANDOVER, Stage.RUNNING, (_P.OWNER, _P.OPERATOR, _P.RUNNING_MONEY), Clock.WORKING, 20),
    Gate(Stage.RUNNING, Stage.SCRAPPED, (_P.WRITE_OFF,)),
    Gate(Stage.REVIEW, Stage.PREPARATION, (), back=True),
    Gate(Stage.STORE, Stage.PREPARATION, (), back=True),
    Gate(Stage.PRICE_REVIEW, Stage.DESIGN, (), back=True),
    Gate(Stage.COMPLETION, Stage.SELF_CHECK, (), back=True),
    Gate(Stage.TRIAL, Stage.SELF_CHECK, (), back=True),
)
ORDER: tuple[Stage, ...] = tuple(stage for stage in Stage if stage is not Stage.STOPPED)
_BEFORE_BUILDING = ORDER[: ORDER.index(Stage.BUILDING)]
STOPPABLE: frozenset[Stage] = frozenset(_BEFORE_BUILDING)
"""Stages from which a project may be given up by a decision; later it must be finished or scrapped."""


@dataclass(frozen=True, slots=True)
class Track:
    """How one programme orders its gates: which stages it leaves out, and by which rule.

    Evidence of a stage that is left out is not asked for, except what ``keeps`` names; ``asks`` adds evidence on
    leaving a stage.
    """

    name: str
    skips: frozenset[Stage] = frozenset()
    basis: str = ""
    keeps: frozenset[Proof] = frozenset()
    asks: tuple[tuple[Stage, Proof], ...] = ()

    def __post_init__(self) -> None:
        if self.skips and not self.basis:
            raise ValueError(f"track {self.name}: skips stages and names no rule that allows it")
        if unskippable := self.skips & UNSKIPPABLE:
            raise ValueError(f"track {self.name}: {'、'.join(sorted(unskippable))} can never be skipped")

    def gate(self, old: Stage, new: Stage) -> Gate | None:
        """The gate from one stage to another: the table's own, or one that passes over skipped stages."""
        more = tuple(proof for stage, proof in self.asks if stage is old)
        for gate in GATES:
            if (gate.old, gate.new) == (old, new):
                if new in self.skips:
                    return None
                return gate if gate.back else replace(gate, proofs=(*gate.proofs, *more))
        if new is Stage.STOPPED and old in STOPPABLE:
            return Gate(old, new, (Proof.DECISION,))
        if old not in ORDER or new not in ORDER or ORDER.index(new) <= ORDER.index(old):
            return None
        between = ORDER[ORDER.index(old) + 1 : ORDER.index(new)]
        if new in self.skips or not all(stage in self.skips for stage in between):
            return None
        way = [
            gate for gate in GATES if not gate.back and gate.old in (old, *between) and gate.new in (*between, new)
        ]
        asked = [p for gate in way if gate.old == old or gate.old not in self.skips for p in gate.proofs]
        asked += [p for gate in way if gate.old in self.skips for p in gate.proofs if p in self.keeps]
        return Gate(old, new, tuple(dict.fromkeys((*asked, *more))), way[0].clock, way[0].days)

    def next_of(self, old: Stage) -> Stage | None:
        """The next stage of this track; None at its end."""
        for stage in ORDER[ORDER.index(old) + 1 :] if old in ORDER else ():
            if stage not in self.skips and stage is not Stage.SCRAPPED:
                return stage
        return None


UNSKIPPABLE: frozenset[Stage] = frozenset(
    {
        Stage.IDEA,
        Stage.CONTRACT,
        Stage.BUILDING,
        Stage.COMPLETION,
        Stage.TRIAL,
        Stage.SETTLEMENT,
        Stage.HANDOVER,
        Stage.RUNNING,
    }
)
FULL = Track("财政投资项目")
SMALL = Track(
    "村级小型项目",
    frozenset({Stage.STORE, Stage.PRICE_REVIEW, Stage.TENDER}),
    basis="县限额以下工程管理办法（村民会议决议、最高限价）",
    keeps=frozenset({Proof.PRICE}),
    asks=((Stage.PREPARATION, Proof.VILLAGE_VOTE),),
)
