"""A project (项目) on its way through the gates. Pure: every step gives a new project."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.programme import Lot
from qingxi.project.stages import FULL, Proof, Stage, Track


class NotYet(Exception):
    """A step that is not allowed now; the text says in Chinese what is missing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One paper or picture: its kind, its number or file, its date, and who issued it."""

    proof: Proof
    number: str
    dated: date
    issued_by: str = ""

    def __post_init__(self) -> None:
        if not self.number:
            raise ValueError(f"evidence {self.proof}: has no number or file")


@dataclass(frozen=True, slots=True)
class Step:
    """One gate passed: from, to, when, by whom, on what, and the reason of a return."""

    old: Stage
    new: Stage
    on: date
    by: str
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Conditional:
    """A hand-over with something still missing: what, and until when it must be there."""

    missing: tuple[Proof, ...]
    until: date


@dataclass(frozen=True, slots=True)
class Project:
    """One project.

    Attributes
    ----------
    total_fen : int
        Total investment by the programme; 0 or more.
    stage : Stage
    steps : tuple of Step
        Every gate passed, returns among them; dates never fall.
    conditional : Conditional or None
        Set where it was handed over without its running money; it stands on the county's page until met.
    """

    id: str
    name: str
    village: str
    township: str
    mode: str
    households: int
    total_fen: int
    year: int
    owner: str = ""
    track: Track = FULL
    stage: Stage = Stage.IDEA
    steps: tuple[Step, ...] = ()
    conditional: Conditional | None = None
    because: tuple[Ref, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.total_fen < 0 or self.households < 0:
            raise ValueError(f"project {self.id}: total_fen and households must be 0 or more")

    @classmethod
    def from_lot(cls, lot: Lot, *, id: str, owner: str = "", track: Track = FULL) -> "Project":
        """The project of a programme's lot, at its first stage."""
        return cls(
            id=id,
            name=lot.name,
            village=lot.village,
            township=lot.township,
            mode=lot.mode,
            households=lot.households,
            total_fen=lot.cost_fen,
            year=lot.year,
            owner=owner,
            track=track,
            because=(Ref("lot", lot.id), *lot.because),
        )

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence handed in so far, oldest first."""
        return tuple(piece for step in self.steps for piece in step.evidence)

    @property
    def accepted_on(self) -> date | None:
        """The day of completion acceptance (竣工验收), by the step that left it; None before, or when it was returned."""
        for step in reversed(self.steps):
            if step.old is Stage.COMPLETION:
                return step.on if step.new is Stage.TRIAL else None
            if step.new is Stage.SELF_CHECK:
                return None
        return None


class Refusal(StrEnum):
    """Why a step is refused."""

    NO_WAY = "没有这一步"
    MISSING = "缺证据"
    TOO_EARLY = "日期早于上一步"
    NO_REASON = "退回要写原因"


def obstacles(
    project: Project, to: Stage, *, on: date, evidence: tuple[Evidence, ...] = (), reason: str = ""
) -> tuple[str, ...]:
    """All that stands in the way of a step, in Chinese; empty when it may be taken."""
    gate = project.track.gate(project.stage, to)
    if gate is None:
        nxt = project.track.next_of(project.stage)
        return (f"{Refusal.NO_WAY}：{project.stage} 之后是 {nxt or '没有'}，不是 {to}",)
    out = []
    if project.steps and on < project.steps[-1].on:
        out.append(f"{Refusal.TOO_EARLY}：{on} 早于 {project.steps[-1].on}")
    if gate.back and not reason.strip():
        out.append(str(Refusal.NO_REASON))
    have = {piece.proof for piece in evidence}
    if not gate.back:
        out += [f"{Refusal.MISSING}：{proof}" for proof in gate.proofs if proof not in have]
    return tuple(out)


def advance(
    project: Project, to: Stage, *, on: date, by: str, evidence: tuple[Evidence, ...] = (), reason: str = ""
) -> Project:
    """Pass a gate, or go back with a reason.

    Evidence must be handed in with the step that needs it; after a return the gate asks for it anew.

    Raises
    ------
    NotYet
        With all obstacles, when the step is not allowed.
    """
    if found := obstacles(project, to, on=on, evidence=evidence, reason=reason):
        raise NotYet("；".join(found))
    step = Step(project.stage, to, on, by, evidence, reason)
    return replace(project, stage=to, steps=(*project.steps, step))


def hand_over_conditionally(
    project: Project, *, on: date, by: str, evidence: tuple[Evidence, ...], until: date
) -> Project:
    """Take over an asset whose running money is not yet there, until a day (附条件移交).

    Owner and operator must be there; only the paper on running money may be missing.

    Raises
    ------
    NotYet
        When anything else is missing, nothing is, or the end date does not lie ahead.
    """
    found = obstacles(project, Stage.RUNNING, on=on, evidence=evidence)
    allowed = f"{Refusal.MISSING}：{Proof.RUNNING_MONEY}"
    if tuple(found) != (allowed,):
        raise NotYet("；".join(o for o in found if o != allowed) or "不缺运行经费文件，应正式移交")
    if until <= on:
        raise NotYet(f"期限 {until} 不在移交日 {on} 之后")
    step = Step(project.stage, Stage.RUNNING, on, by, evidence, f"附条件移交，{until} 前补齐{Proof.RUNNING_MONEY}")
    return replace(
        project,
        stage=Stage.RUNNING,
        steps=(*project.steps, step),
        conditional=Conditional((Proof.RUNNING_MONEY,), until),
    )


def meet_condition(project: Project, *, on: date, by: str, evidence: Evidence) -> Project:
    """Hand in what a conditional hand-over still owed; raises NotYet when it is something else."""
    if project.conditional is None or evidence.proof not in project.conditional.missing:
        raise NotYet(f"没有附条件移交缺 {evidence.proof}")
    step = Step(Stage.RUNNING, Stage.RUNNING, on, by, (evidence,), "补齐移交条件")
    return replace(project, steps=(*project.steps, step), conditional=None)
