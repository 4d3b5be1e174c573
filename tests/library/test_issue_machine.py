"""Any sequence of steps by anybody: whatever comes out closed has kept every law, by the word of a judge written apart."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger_judge import breaches
from qingxi.calendar import WorkingDays
from qingxi.issue import (
    ASKED,
    TRANSITIONS,
    Actor,
    Answer,
    Errand,
    ErrandKind,
    Issue,
    IssueClass,
    Level,
    Party,
    Proof,
    Role,
    Step,
    advance,
    closing_rule,
)
from qingxi.origin import Ref

DAY = date(2026, 3, 2)
TOWN, OFFICE = Party("溪口镇人民政府", Level.TOWNSHIP), Party("县领导小组办公室", Level.COUNTY)
BUREAU, GROUP = Party("县生态环境局", Level.COUNTY), Party("县领导小组", Level.COUNTY)
CITY, FIRM = Party("市生态环境局", Level.CITY), Party("清源运维公司", Level.VILLAGE)
UNITS = (TOWN, OFFICE, BUREAU, GROUP, CITY, FIRM)
HONEST = {
    Role.RECTIFIER: FIRM, Role.SUPERVISOR: TOWN, Role.VERIFIER: BUREAU, Role.CLOSER: GROUP, Role.RAISER: TOWN,
}  # fmt: skip
KINDS = sorted(
    {k for t in TRANSITIONS.values() for k in t.evidence} | {ASKED, "书面核查材料", "上级销号文件", "不认可复核"}
)
WAY = (
    Step.RECEIVE, Step.PLAN, Step.START, Step.SELF_CHECK, Step.APPLY, Step.VERIFY, Step.SIGN, Step.PUBLISH, Step.CLOSE,
    Step.ARCHIVE, Step.REVISIT,
)  # fmt: skip
RULES = {
    "publish": {k.value: closing_rule(k).publish_working_days for k in IssueClass},
    "plans": {k.value: closing_rule(k).plan for k in IssueClass},
    "wait": 5,
}
WORKING = WorkingDays()


class AnySequence(RuleBasedStateMachine):
    """Whoever does whatever in any order."""

    @initialize(
        klass=st.sampled_from(IssueClass),
        level=st.sampled_from([Level.TOWNSHIP, Level.COUNTY, Level.CITY]),
        units=st.lists(st.sampled_from(UNITS), min_size=5, max_size=5),
        honest=st.sampled_from([True, True, False]),
        upper=st.booleans(),
        reporter=st.sampled_from(["", "someone"]),
        withheld=st.sampled_from(
            [None, None, ASKED, "签字件", "现场核查记录", "读数", "整改后照片", "整改后照片或资料"]
        ),
    )
    def begin(self, klass, level, units, honest, upper, reporter, withheld):
        self.kinds = [k for k in KINDS if k != withheld]  # one kind of paper is never handed in, all run long
        parties = dict(HONEST) if honest else dict(zip(Role, units, strict=True))
        if upper:
            parties[Role.CLOSER] = CITY
        self.issue = Issue(
            id="WT-1", title="大坪站停运", issue_class=klass, level=level, parties=parties, place="999901100200",
            assigned_on=DAY, due_on=DAY + timedelta(days=30), reporter=reporter,
        )  # fmt: skip
        self.day, self.seen = DAY, ()

    def take(self, step, by, kinds, days, answer=None, **more):
        self.day += timedelta(days=days)
        proofs = tuple(
            Proof(kind, Ref("evidence", kind), answer=answer if kind == ASKED else None) for kind in kinds
        )
        made = advance(self.issue, step, by, self.day, proofs, note="因为", **more)
        if isinstance(made, Issue):
            assert made.events[:-1] == self.seen  # history only grows
            self.issue, self.seen = made, made.events

    @rule(
        step=st.sampled_from(Step),
        unit=st.sampled_from(UNITS),
        name=st.sampled_from("周李陈何孙"),
        days=st.integers(-1, 12),
        answer=st.sampled_from([None, *Answer]),
    )
    def anybody(self, step, unit, name, days, answer):
        due = self.issue.due_on + timedelta(days=30) if step in {Step.EXTEND, Step.SUSPEND, Step.REOPEN} else None
        self.take(
            step, Actor(unit.unit, unit.level, name), self.kinds, days, answer, due_on=due,
            parties={Role.RECTIFIER: BUREAU} if step is Step.REASSIGN else None,
            merged_into="WT-2" if step is Step.MERGE else "",
        )  # fmt: skip

    @rule(
        days=st.integers(0, 12),
        name=st.sampled_from([None, None, None, *"周李陈何孙"]),
        kinds=st.sets(st.sampled_from(KINDS)),
        withhold=st.booleans(),
        answer=st.sampled_from([None, *Answer]),
    )
    def onwards(self, days, name, kinds, withhold, answer):
        """The next step of the line by the unit that may, with or without its papers."""
        given = kinds & set(self.kinds) if withhold else self.kinds
        for step in WAY:
            change = TRANSITIONS[step]
            if self.issue.state in change.sources and (party := self.issue.parties.get(change.roles[0])):
                self.take(step, Actor(party.unit, party.level, name or "员" + party.unit), given, days, answer)
                return

    @rule(
        step=st.sampled_from([Step.ON_SITE, Step.AGREE]),
        role=st.sampled_from(Role),
        kinds=st.sets(st.sampled_from(KINDS)),
        all_of_it=st.booleans(),
        answer=st.sampled_from([None, *Answer]),
    )
    def short(self, step, role, kinds, all_of_it, answer):
        """The two short ways by any of the parts."""
        party = self.issue.parties[role]
        given = self.kinds if all_of_it else kinds & set(self.kinds)
        self.take(step, Actor(party.unit, party.level, "员" + party.unit), given, 1, answer)

    @rule(kind=st.sampled_from([ErrandKind.COSIGN, ErrandKind.TASK]), unit=st.sampled_from(UNITS))
    def ask(self, kind, unit):
        if not self.issue.ended:
            errand = Errand(kind, OFFICE.unit, unit, self.day, self.day)
            self.issue = replace(self.issue, errands=(*self.issue.errands, errand))

    @rule()
    def answer_all(self):
        done = tuple(replace(e, answered_on=e.answered_on or self.day, agrees=True) for e in self.issue.errands)
        self.issue = replace(self.issue, errands=done)

    @invariant()
    def the_judge_finds_nothing(self):
        one = getattr(self, "issue", None)
        if one is not None and one.closed:
            assert breaches(one, WORKING.is_working, **RULES) == []


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
