"""Taking a step: the issue after it, or every reason why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from qingxi.calendar import WorkingDays
from qingxi.issue import laws
from qingxi.issue.issue import Actor, Event, Issue, Proof
from qingxi.issue.kinds import IssueClass, closing_rule
from qingxi.issue.party import Party
from qingxi.issue.steps import FOUR, TRANSITIONS, Role, State, Step
from qingxi.origin import Ref
from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step may not be taken: every reason at once, in Chinese."""

    step: Step
    reasons: tuple[str, ...]

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "；".join(self.reasons)


def role_of(issue: Issue, step: Step, by: Actor) -> Role | None:
    """In which of its parts the actor's unit may take the step; None when in none."""
    for role in TRANSITIONS[step].roles:
        party = issue.parties.get(role)
        if party is not None and party.unit == by.unit:
            return role
    return None


def advance(
    issue: Issue,
    step: Step,
    by: Actor,
    on: date,
    evidence: Iterable[Proof] = (),
    *,
    note: str = "",
    due_on: date | None = None,
    parties: Mapping[Role, Party] | None = None,
    merged_into: str = "",
    working: WorkingDays | None = None,
) -> Issue | Refusal:
    """Take one step.

    Parameters
    ----------
    evidence : iterable of Proof
        What is handed in with the step.
    note : str
        Needed where a step turns something down (退回, 不属实, 退回整改, 延期, 挂账, 反弹, 不同意).
    due_on : date, optional
        New term, for 延期, 挂账 and 反弹重开; needed there.
    parties : mapping, optional
        New units, for 转办.
    merged_into : str
        The other problem, for 并入.
    working : WorkingDays, optional
        Left out: the official schedule.

    Returns
    -------
    Issue or Refusal
        The argument is never changed; its events stand in front of the new one.
    """
    proofs = tuple(evidence)
    working = working or WorkingDays()
    change = TRANSITIONS[step]
    role = role_of(issue, step, by)
    reasons = _place_in_line(issue, step)
    if role is None:
        may = "、".join(r.value for r in change.roles)
        reasons.append(f"“{step.value}”由{may}办理，{by.unit}不是")
    elif (party := issue.parties[role]).level is not by.level:
        reasons.append(f"{by.unit}是{party.level.value}级单位，不是{by.level.value}级")
    reasons += laws.chronology(issue, on)
    reasons += laws.independence(issue, step, by)
    reasons += laws.standing(issue, step, by)
    reasons += laws.evidence(issue, step, proofs)
    reasons += _own_rules(issue, step, role, proofs, on, note, due_on, parties, merged_into, working)
    if reasons or role is None:
        return Refusal(step, tuple(reasons))
    after = change.target or issue.state
    event = Event(step, issue.state, after, by, role, on, proofs, note)
    refs = tuple(dict.fromkeys((*issue.because, *(p.ref for p in proofs))))
    if step is Step.MERGE:
        refs = tuple(dict.fromkeys((*refs, Ref("issue", merged_into))))
    return replace(
        issue,
        state=after,
        events=(*issue.events, event),
        due_on=due_on or issue.due_on,
        parties={**issue.parties, **(parties or {})},
        merged_into=merged_into or issue.merged_into,
        because=refs,
    )


def _place_in_line(issue: Issue, step: Step) -> list[str]:
    change = TRANSITIONS[step]
    if issue.state in change.sources:
        return []
    return [f"现处于“{issue.state.value}”，不能办理“{step.value}”"]


_SAYS_WHY = frozenset(
    {
        Step.REFUSE, Step.UNFOUND, Step.RETURN, Step.REASSIGN, Step.EXTEND, Step.SUSPEND, Step.REOPEN, Step.MERGE,
        Step.DISAGREE,
    }
)  # fmt: skip
_NEW_TERM = frozenset({Step.EXTEND, Step.SUSPEND, Step.REOPEN})


def _own_rules(
    issue: Issue,
    step: Step,
    role: Role | None,
    proofs: tuple[Proof, ...],
    on: date,
    note: str,
    due_on: date | None,
    parties: Mapping[Role, Party] | None,
    merged_into: str,
    working: WorkingDays,
) -> list[str]:
    reasons: list[str] = []
    rule = closing_rule(issue.issue_class)
    if step in _SAYS_WHY and not note.strip():
        reasons.append(f"“{step.value}”须写明理由")
    if step in _NEW_TERM:
        if due_on is None or due_on <= on:
            reasons.append(f"“{step.value}”须写明新的期限，晚于 {on:%Y-%m-%d}")
        elif step is Step.EXTEND and due_on <= issue.due_on:
            reasons.append(f"新的期限须晚于原期限 {issue.due_on:%Y-%m-%d}")
    elif due_on is not None:
        reasons.append(f"“{step.value}”不能改期限，请办理延期")
    if parties is not None and step is not Step.REASSIGN:
        reasons.append("换单位须办理转办")
    if step is Step.REASSIGN:
        reasons += _reassigning(issue, parties)
    if step is Step.START and issue.state is State.RECEIVED and rule.plan:
        reasons.append(f"{issue.issue_class.value}问题须先报整改方案")
    if step is Step.START and issue.state is State.PLANNED and role is Role.RECTIFIER:
        reasons.append("整改方案由牵头督导单位同意，不能自己同意")
    if step is Step.MERGE and merged_into in {"", issue.id}:
        reasons.append("须写明并入哪个问题")
    if step is Step.EXTEND:
        most = int(load_table("issues")["extend.most"])
        if sum(e.step is Step.EXTEND for e in issue.round) >= most:
            reasons.append(f"本轮已延期 {most} 次，不能再延；确有困难的请办挂账")
    if step is Step.UNFOUND:
        reasons += laws.reporter_asked(issue, proofs, on=on, working=working)
    reasons += laws.own_way(issue, step)
    if step in laws.CLOSING:
        if step is Step.CLOSE:
            reasons += laws.earlier_evidence(issue)
        if step is Step.AGREE:
            reasons += laws.settled_by_papers(issue, proofs)
        reasons += laws.reporter_asked(issue, proofs, on=on, working=working)
        reasons += laws.class_rule(issue, on, working)
        reasons += laws.errands_back(issue)
    return reasons


def _reassigning(issue: Issue, parties: Mapping[Role, Party] | None) -> list[str]:
    if not parties or set(parties) != {Role.RECTIFIER}:
        return ["转办须写明新的整改责任单位"]
    new = parties[Role.RECTIFIER].unit
    return [
        f"{new}是{role.value}，不能同时整改"
        for role, party in issue.parties.items()
        if role in {Role.VERIFIER, Role.CLOSER, Role.RAISER} and party.unit == new
    ]


def missing(issue: Issue, *, on: date | None = None, working: WorkingDays | None = None) -> list[str]:
    """What still lacks before the problem can be closed, in the order in which it will be needed.

    Parameters
    ----------
    on : date, optional
        With a day, publication must have lasted by then.
    """
    if issue.ended:
        return []
    lacks = [f"未指定{role.value}" for role in FOUR if role not in issue.parties]
    closer, rectifier = issue.parties.get(Role.CLOSER), issue.parties.get(Role.RECTIFIER)
    least = laws.closing_level(issue)
    own_closer = issue.issue_class is not IssueClass.BLOCKAGE
    if own_closer and closer and closer.level.rank < least.rank:
        lacks.append(f"销号单位须为{least.value}级或以上")
    if own_closer and closer and rectifier and closer.unit == rectifier.unit:
        lacks.append("销号单位不能是整改责任单位")
    if issue.state is State.SUSPENDED:
        lacks.append("挂账中，须先恢复办理")
    days = working or WorkingDays()
    if own_closer:
        lacks += laws.earlier_evidence(issue)
    else:
        lacks += laws.settled_by_papers(issue)
        lacks.append("提出单位还没有同意")
    return (
        lacks
        + laws.reporter_asked(issue, on=on, working=days)
        + laws.class_rule(issue, on, days)
        + laws.errands_back(issue)
    )


def missing_on_site(
    issue: Issue, *, on: date | None = None, working: WorkingDays | None = None
) -> list[str] | None:
    """What lacks for closing on the spot besides the photo and the reading; None when this problem cannot be so closed."""
    if laws.own_way(issue, Step.ON_SITE) or issue.state not in TRANSITIONS[Step.ON_SITE].sources:
        return None
    return laws.reporter_asked(issue, on=on, working=working) + laws.errands_back(issue)


def possible(issue: Issue, unit: str) -> tuple[Step, ...]:
    """Steps that stand open for a unit by state and role; whether a law forbids one, :func:`advance` says."""
    roles = {role for role, party in issue.parties.items() if party.unit == unit}
    return tuple(
        s
        for s, t in TRANSITIONS.items()
        if issue.state in t.sources and roles & set(t.roles) and not laws.own_way(issue, s)
    )
