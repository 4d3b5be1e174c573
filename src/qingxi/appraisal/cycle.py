"""From self-mark to final mark: who may write when (自评、核查、异议、定稿), as a pure law."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.calendar import WorkingDays
from qingxi.standard import load_table


class Stage(StrEnum):
    """Where an appraisal stands."""

    SELF = "自评"
    CHECK = "核查"
    OBJECTION = "异议"
    FINAL = "定稿"


NEXT = {Stage.SELF: Stage.CHECK, Stage.CHECK: Stage.OBJECTION, Stage.OBJECTION: Stage.FINAL}


@dataclass(frozen=True)
class Standing:
    """What the law needs to know of an appraisal.

    Attributes
    ----------
    subject : str
        The unit that is judged.
    checkers : collection of str
        Names of the persons who wrote check marks.
    unmarked : int
        Items without a mark in the present stage, over all sheets.
    open_objections : int
        Objections that nobody has answered.
    objections_until : date or None
        Last day for objections, once the check was handed out.
    accepted : bool
        The subject has said that it has no (more) objections.
    """

    stage: Stage
    subject: str
    checkers: Collection[str] = ()
    unmarked: int = 0
    open_objections: int = 0
    objections_until: date | None = None
    accepted: bool = False


def objection_days() -> int:
    """Working days within which the subject may object."""
    return int(load_table("appraisal")["objection.days"])


def objections_end(handed_out: date, working: WorkingDays | None = None) -> date:
    """Last day for objections of a check handed out on a day."""
    return (working or WorkingDays()).add(handed_out, objection_days())


def against_marking(standing: Standing, stage: Stage, unit: str, person: str) -> list[str]:
    """Why this person may not write a mark of a stage now; empty when they may."""
    reasons: list[str] = []
    if standing.stage is not stage:
        reasons.append(f"现在是“{standing.stage.value}”，不能写{stage.value}分")
    if stage is Stage.SELF and unit != standing.subject:
        reasons.append(f"自评由{standing.subject}自己写，{unit or person}不是")
    if stage is not Stage.SELF and unit == standing.subject:
        reasons.append(f"{standing.subject}不能给自己{stage.value}")
    return reasons


def against_moving(standing: Standing, unit: str, person: str, on: date) -> list[str]:
    """Why the appraisal may not go to its next stage by this person now; empty when it may."""
    reasons: list[str] = []
    stage = standing.stage
    if stage is Stage.FINAL:
        return ["已经定稿，只能由下一期改正"]
    if stage is Stage.SELF and unit != standing.subject:
        reasons.append(f"自评由{standing.subject}交出")
    if stage is not Stage.SELF and unit == standing.subject:
        reasons.append(f"{standing.subject}不能给自己{NEXT[stage].value}")
    if standing.unmarked and stage is not Stage.OBJECTION:
        reasons.append(f"还有 {standing.unmarked} 项没有记分")
    if stage is Stage.OBJECTION:
        if standing.open_objections:
            reasons.append(f"还有 {standing.open_objections} 条异议没有答复")
        if standing.objections_until and on <= standing.objections_until and not standing.accepted:
            reasons.append(f"异议期到 {standing.objections_until:%Y-%m-%d}，对方也还没有表示无异议")
        if person in standing.checkers:
            reasons.append("定稿的人不能是核查打分的人")
    return reasons


def against_objecting(standing: Standing, unit: str, on: date) -> list[str]:
    """Why a unit may not object now."""
    reasons: list[str] = []
    if standing.stage is not Stage.OBJECTION:
        reasons.append(f"现在是“{standing.stage.value}”，核查结果送达以后才能提异议")
    if unit != standing.subject:
        reasons.append(f"异议由{standing.subject}提出")
    if standing.stage is Stage.OBJECTION and standing.objections_until and on > standing.objections_until:
        reasons.append(f"异议期已于 {standing.objections_until:%Y-%m-%d} 结束")
    if standing.accepted:
        reasons.append("已经表示无异议")
    return reasons


def against_answering(standing: Standing, unit: str, person: str) -> list[str]:
    """Why this person may not answer an objection: never the subject, never who gave the mark."""
    reasons: list[str] = []
    if unit == standing.subject:
        reasons.append("异议不能由提出的单位自己答复")
    if person in standing.checkers:
        reasons.append("异议不能由核查打分的人答复")
    return reasons
