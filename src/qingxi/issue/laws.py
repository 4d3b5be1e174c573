"""The hard laws of closing, each one function that gives the reasons against a step.

1. The last signature is never the rectifier's: neither its unit nor a person who rectified.
2. A problem is closed at the level that issued it, or above; below, one can only apply.
3. Nothing closes without evidence of this round: of rectifying, of verifying, of signing.
4. The one who reported it is asked first: agrees, or is silent for the term, or disagrees and it is verified again.
5. Its class's own rule holds: a plan, a visit, days of publication, the raiser's agreement; whose it is to close.
6. Time does not run backwards.
7. What was asked of another unit (会签, 协办) has come back.
"""

from collections.abc import Iterable
from datetime import date

from qingxi.calendar import WorkingDays
from qingxi.issue.errands import HOLDS, Errand, ErrandKind
from qingxi.issue.issue import ASKED, Actor, Answer, Issue, Proof
from qingxi.issue.kinds import IssueClass, closing_rule
from qingxi.issue.steps import TRANSITIONS, Level, Role, Step
from qingxi.standard import load_table

SIGNING = frozenset(
    {
        Step.VERIFY, Step.SIGN, Step.CLOSE, Step.UNFOUND, Step.EXTEND, Step.SUSPEND, Step.ON_SITE, Step.AGREE,
        Step.REVISIT,
    }
)  # fmt: skip
"""Steps that speak for the problem's end or its delay: never by the rectifier (law 1)."""
CLOSING = frozenset({Step.CLOSE, Step.ON_SITE, Step.AGREE})
"""Steps that close."""
ENDING = frozenset({Step.SIGN, Step.CLOSE, Step.UNFOUND, Step.ON_SITE, Step.AGREE})
"""Steps that only the issuing level or one above may take (law 2)."""
PAPERS = "书面核查材料"
"""Stands for a visit where the class asks for none."""
UPPER = "上级销号文件"
"""The paper by which whoever issued a 督办 problem closed it."""
AFTER = "整改后照片或资料"
AGAIN = "不认可复核"
"""A second verification after the reporter said no."""


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


def closing_level(issue: Issue) -> Level:
    """The lowest level that may close: the issuing one; of 督办 never the county, which only applies."""
    if issue.issue_class is IssueClass.SUPERVISED:
        return max(issue.level, Level.CITY, key=lambda level: level.rank)
    return issue.level


def standing(issue: Issue, step: Step, by: Actor) -> list[str]:
    """Law 2."""
    least = closing_level(issue)
    if step in ENDING and by.level.rank < least.rank:
        return [f"本问题由{least.value}级交办，{by.level.value}级只能申请，由{least.value}级办理“{step.value}”"]
    return []


def needed_kinds(issue: Issue, step: Step) -> tuple[str, ...]:
    """Kinds of evidence a step asks for; ``A|B`` means one of the two."""
    kinds = TRANSITIONS[step].evidence
    if step is Step.CLOSE and issue.issue_class is IssueClass.SUPERVISED:
        return (*kinds, UPPER)
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


_BEFORE_CLOSING = (Step.SELF_CHECK, Step.VERIFY, Step.SIGN)


def earlier_evidence(issue: Issue) -> list[str]:
    """Law 3, for closing by the long way: the steps before it were taken in this round, with what they ask for."""
    reasons = []
    for step in _BEFORE_CLOSING:
        if issue.last(step) is None:
            reasons.append(f"缺“{step.value}”")
            continue
        for kinds in needed_kinds(issue, step):
            if not any(issue.proofs(kind) for kind in kinds.split("|")):
                reasons.append(f"缺{kinds.replace('|', '或')}")
    return reasons


def settled_by_papers(issue: Issue, proofs: Iterable[Proof] = ()) -> list[str]:
    """Law 3, for a blockage: what settled it lies there, handed in by whoever."""
    if issue.proofs(AFTER) or any(p.kind == AFTER for p in proofs):
        return []
    return [f"缺{AFTER}"]


def reporter_asked(
    issue: Issue, proofs: Iterable[Proof] = (), *, on: date | None = None, working: WorkingDays | None = None
) -> list[str]:
    """Law 4; with no day, the reporter's silence counts from the moment of asking."""
    if not issue.reporter:
        return []
    given = [p for p in proofs if p.kind == ASKED]
    asked = [*issue.asked(), *((on or date.max, p) for p in given)]
    if not asked:
        return ["还没有回访反映人"]
    answer = asked[-1][1].answer
    if answer is Answer.NO and not _verified_again(issue, proofs):
        return [f"反映人不认可，须再核查（附{AGAIN}）"]
    if answer is Answer.WAIT and on is not None:
        term, days = int(load_table("issues")["reporter.wait"]), working or WorkingDays()
        first = next(day for day, p in asked if p.answer is Answer.WAIT)
        if first == date.max or days.between(first, on) < term:
            return [f"反映人还没有答复，最早 {days.add(min(first, on), term):%Y-%m-%d} 可按未答复办理"]
    return []


def _verified_again(issue: Issue, proofs: Iterable[Proof]) -> bool:
    """Whether somebody who did not rectify verified it after the last no."""
    if any(p.kind == AGAIN for p in proofs):
        return True
    after = False
    for event in issue.round:
        for p in event.proofs:
            if p.kind == ASKED and p.answer is Answer.NO:
                after = False
            elif p.kind == AGAIN and event.role is not Role.RECTIFIER:
                after = True
    return after


def own_way(issue: Issue, step: Step) -> list[str]:
    """Law 5: each class closes by its own step, and a blockage only when the unit that raised it agrees."""
    klass = issue.issue_class
    if step is Step.ON_SITE and not closing_rule(klass).on_site:
        return [f"{klass.value}问题不能当场销号"]
    if step in {Step.AGREE, Step.DISAGREE} and klass is not IssueClass.BLOCKAGE:
        return [f"只有{IssueClass.BLOCKAGE.value}由提出单位销号"]
    if step is Step.CLOSE and klass is IssueClass.BLOCKAGE:
        return [f"{klass.value}由提出单位同意后销号"]
    return []


def errands_back(issue: Issue) -> list[str]:
    """Law 7."""
    return [f"{e.asked.unit}的{e.kind.value}还没有回" for e in issue.errands if e.open and e.kind in HOLDS] + [
        f"{e.asked.unit}会签不同意" for e in _last_words(issue) if e.agrees is False
    ]


def _last_words(issue: Issue) -> list[Errand]:
    """The last answered 会签 of each unit in this round: one that later agrees has agreed."""
    since = issue.round[0].on if issue.round and issue.round[0].step is Step.REOPEN else date.min
    last: dict[str, Errand] = {}
    for e in issue.errands:
        if e.kind is ErrandKind.COSIGN and not e.open and e.asked_on >= since:
            last[e.asked.unit] = e
    return list(last.values())


def class_rule(issue: Issue, on: date | None, working: WorkingDays) -> list[str]:
    """Law 5, for closing; with no day, publication only has to have begun."""
    rule = closing_rule(issue.issue_class)
    reasons = []
    if rule.plan and issue.last(Step.PLAN) is None:
        reasons.append(f"{issue.issue_class.value}问题须有整改方案")
    if issue.issue_class is IssueClass.BLOCKAGE:
        raiser, rectifier = issue.parties.get(Role.RAISER), issue.parties.get(Role.RECTIFIER)
        if raiser is None:
            reasons.append("推进堵点须有提出单位")
        elif rectifier is not None and raiser.unit == rectifier.unit:
            reasons.append("提出单位不能是整改责任单位")
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
