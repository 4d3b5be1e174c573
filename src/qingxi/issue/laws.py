"""The hard laws of closing, each one function that gives the reasons against a step.

1. The last signature is never the rectifier's: neither its unit nor a person who rectified.
2. A problem is closed at the level that issued it, or above; below, one can only apply.
3. Nothing closes without evidence of this round: of rectifying, of verifying, of signing.
4. The one who reported it is asked first.
5. Its class's own rule holds: a plan, a visit, days of publication.
6. Time does not run backwards.
"""

from collections.abc import Iterable
from datetime import date

from qingxi.calendar import WorkingDays
from qingxi.issue.issue import ASKED, Actor, Issue, Proof
from qingxi.issue.kinds import closing_rule
from qingxi.issue.steps import TRANSITIONS, Role, Step

SIGNING = frozenset({Step.VERIFY, Step.SIGN, Step.CLOSE, Step.UNFOUND, Step.EXTEND, Step.SUSPEND})
"""Steps that speak for the problem's end or its delay: never by the rectifier (law 1)."""
ENDING = frozenset({Step.SIGN, Step.CLOSE, Step.UNFOUND})
"""Steps that only the issuing level or one above may take (law 2)."""
PAPERS = "书面核查材料"
"""Stands for a visit where the class asks for none."""


def rectifying_people(issue: Issue) -> set[str]:
    """Persons who acted for the rectifier in this round."""
    return {e.by.person for e in issue.round if e.role is Role.RECTIFIER}


def rectifying_units(issue: Issue) -> set[str]:
    """Units that were the rectifier in this round, the present one among them; a 转办 does not wash hands."""
    units = {e.by.unit for e in issue.round if e.role is Role.RECTIFIER}
    party = issue.parties.get(Role.RECTIFIER)
    return units | ({party.unit} if party else set())


def independence(issue: Issue, step: Step, by: Actor) -> list[str]:
    """Law 1."""
    if step not in SIGNING:
        return []
    reasons = []
    if by.unit in rectifying_units(issue):
        reasons.append(f"{by.unit}是整改责任单位，不能办理“{step.value}”")
    if by.person in rectifying_people(issue):
        reasons.append(f"{by.person}参与了整改，不能办理“{step.value}”")
    return reasons


def standing(issue: Issue, step: Step, by: Actor) -> list[str]:
    """Law 2."""
    if step in ENDING and by.level.rank < issue.level.rank:
        return [
            f"本问题由{issue.level.value}级交办，{by.level.value}级只能申请，由{issue.level.value}级办理“{step.value}”"
        ]
    return []


def needed_kinds(issue: Issue, step: Step) -> tuple[str, ...]:
    """Kinds of evidence a step asks for; ``A|B`` means one of the two."""
    kinds = TRANSITIONS[step].evidence
    if step is Step.VERIFY and not closing_rule(issue.issue_class).visit:
        return tuple(f"{kind}|{PAPERS}" for kind in kinds)
    return kinds


def evidence(issue: Issue, step: Step, proofs: Iterable[Proof]) -> list[str]:
    """Law 3, for the step at hand: each kind it asks for lies beside it."""
    given = {proof.kind for proof in proofs}
    return [
        f"“{step.value}”须附{kinds.replace('|', '或')}"
        for kinds in needed_kinds(issue, step)
        if not given & set(kinds.split("|"))
    ]


_CLOSING = (Step.SELF_CHECK, Step.VERIFY, Step.SIGN)


def earlier_evidence(issue: Issue) -> list[str]:
    """Law 3, for closing: the steps before it were taken in this round, with what they ask for."""
    reasons = []
    for step in _CLOSING:
        if issue.last(step) is None:
            reasons.append(f"缺“{step.value}”")
            continue
        for kinds in needed_kinds(issue, step):
            if not any(issue.proofs(kind) for kind in kinds.split("|")):
                reasons.append(f"缺{kinds.replace('|', '或')}")
    return reasons


def reporter_asked(issue: Issue, proofs: Iterable[Proof] = ()) -> list[str]:
    """Law 4."""
    if not issue.reporter or issue.proofs(ASKED) or any(p.kind == ASKED for p in proofs):
        return []
    return ["还没有回访反映人"]


def class_rule(issue: Issue, on: date | None, working: WorkingDays) -> list[str]:
    """Law 5, for closing; with no day, publication only has to have begun."""
    rule = closing_rule(issue.issue_class)
    reasons = []
    if rule.plan and issue.last(Step.PLAN) is None:
        reasons.append(f"{issue.issue_class.value}问题须有整改方案")
    if rule.publish_working_days:
        published = issue.last(Step.PUBLISH)
        if published is None:
            reasons.append(f"{issue.issue_class.value}问题须公示 {rule.publish_working_days} 个工作日")
        elif on is not None and working.between(published.on, on) < rule.publish_working_days:
            until = working.add(published.on, rule.publish_working_days)
            reasons.append(f"公示未满 {rule.publish_working_days} 个工作日，最早 {until:%Y-%m-%d} 可销号")
    return reasons


def chronology(issue: Issue, on: date) -> list[str]:
    """Law 6."""
    last = max([issue.assigned_on, *(e.on for e in issue.events)])
    return [f"日期 {on:%Y-%m-%d} 早于上一步 {last:%Y-%m-%d}"] if on < last else []
