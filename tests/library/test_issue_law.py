"""Hard laws of closing: one case each, and any sequence of steps at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qingxi.calendar import WorkingDays
from qingxi.finding import Confidence, Finding, Piece
from qingxi.issue import (
    ASKED,
    LINE,
    TRANSITIONS,
    Actor,
    Issue,
    IssueClass,
    Level,
    Party,
    Proof,
    Refusal,
    Role,
    State,
    Step,
    advance,
    closing_rule,
    deadline,
    from_finding,
    missing,
    possible,
)
from qingxi.origin import Ref

# The cast: the township rectifies, the county office leads, the county bureau verifies, the leading group closes.
TOWN = Party("溪口镇人民政府", Level.TOWNSHIP)
OFFICE = Party("县领导小组办公室", Level.COUNTY)
BUREAU = Party("县生态环境局", Level.COUNTY)
GROUP = Party("县领导小组", Level.COUNTY)
PARTIES = {Role.RECTIFIER: TOWN, Role.SUPERVISOR: OFFICE, Role.VERIFIER: BUREAU, Role.CLOSER: GROUP}
DAY = date(2026, 3, 2)  # a Monday


def person(party, name):
    return Actor(party.unit, party.level, name)


ZHOU, LI, CHEN, HE = person(TOWN, "周"), person(OFFICE, "李"), person(BUREAU, "陈"), person(GROUP, "何")


def issue(**more):
    said = {
        "id": "WT-1",
        "title": "大坪站停运",
        "issue_class": IssueClass.ORDINARY,
        "level": Level.COUNTY,
        "parties": PARTIES,
        "place": "999901100200",
        "assigned_on": DAY,
        "due_on": deadline(IssueClass.ORDINARY, DAY),
    }
    return Issue(**{**said, **more})


def proof(*kinds):
    return tuple(Proof(kind, Ref("evidence", f"{i}-{kind}")) for i, kind in enumerate(kinds))


WAY = (
    (Step.RECEIVE, ZHOU, ()),
    (Step.PLAN, ZHOU, ("整改方案",)),
    (Step.START, LI, ()),
    (Step.SELF_CHECK, ZHOU, ("整改后照片或资料",)),
    (Step.APPLY, ZHOU, ("销号申请",)),
    (Step.VERIFY, CHEN, ("现场核查记录",)),
    (Step.SIGN, HE, ("签字件",)),
    (Step.PUBLISH, LI, ("公示件",)),
    (Step.CLOSE, HE, ("备案件",)),
    (Step.ARCHIVE, LI, ()),
    (Step.REVISIT, CHEN, ("回头看记录",)),
)


def walk(start, until=Step.REVISIT, skip=(), **changed):
    """Take the way up to a step; ``changed`` gives the days of publication."""
    current, day = start, DAY
    for step, by, kinds in WAY:
        if step in skip:
            continue
        day += timedelta(days=changed.get("published", 14) if step is Step.CLOSE else 1)
        current = advance(current, step, by, day, proof(*kinds))
        if isinstance(current, Refusal) or step is until:
            return current
    return current


def test_the_whole_way():
    done = walk(issue(issue_class=IssueClass.KEY))
    assert done.state is State.REVISITED
    assert done.closed
    assert [e.after for e in done.events] == list(LINE[1:])
    assert missing(done) == []


def test_an_ordinary_problem_needs_no_plan_and_no_publication():
    start = advance(advance(issue(), Step.RECEIVE, ZHOU, DAY), Step.START, ZHOU, DAY)
    assert start.state is State.RECTIFYING
    done = walk(issue(), skip=(Step.PLAN, Step.START, Step.PUBLISH), until=Step.RECEIVE)
    assert done.state is State.RECEIVED
    # a problem of the class 重点 must file one
    refused = advance(walk(issue(issue_class=IssueClass.KEY), Step.RECEIVE), Step.START, ZHOU, DAY + timedelta(9))
    assert any("整改方案" in reason for reason in refused.reasons)


def test_the_author_does_not_approve_the_plan():
    planned = walk(issue(), Step.PLAN)
    refused = advance(planned, Step.START, ZHOU, DAY + timedelta(days=9))
    assert any("不能自己同意" in r for r in refused.reasons)


def test_the_last_signature_is_never_the_rectifiers():
    # The closing unit is named the same as the rectifying one.
    parties = {**PARTIES, Role.CLOSER: replace(TOWN, level=Level.COUNTY)}
    verified = walk(issue(parties=parties), Step.VERIFY)
    by = Actor(TOWN.unit, Level.COUNTY, "吴")
    refused = advance(verified, Step.SIGN, by, DAY + timedelta(days=30), proof("签字件"))
    assert any("整改责任单位" in r for r in refused.reasons)
    assert "销号单位不能是整改责任单位" in missing(verified)


def test_a_person_who_rectified_does_not_sign_for_another_unit():
    verified = walk(issue(), Step.VERIFY)
    refused = advance(verified, Step.SIGN, person(GROUP, "周"), DAY + timedelta(days=30), proof("签字件"))
    assert any("周参与了整改" in r for r in refused.reasons)


def test_handing_over_does_not_wash_hands():
    # The township acted, then the problem was handed to an operator; the township still cannot verify.
    received = walk(issue(), Step.RECEIVE)
    back = advance(received, Step.RETURN, ZHOU, DAY + timedelta(days=2), proof("退回理由"), note="不是本镇的站")
    operator = Party("清源运维公司", Level.COUNTY)
    moved = advance(
        back,
        Step.REASSIGN,
        LI,
        DAY + timedelta(days=3),
        proof("转办单"),
        note="转运维单位",
        parties={Role.RECTIFIER: operator},
    )
    assert moved.parties[Role.RECTIFIER] == operator
    again = replace(moved, parties={**moved.parties, Role.VERIFIER: TOWN})
    firm = person(operator, "孙")
    for step, kinds in (
        (Step.RECEIVE, ()),
        (Step.START, ()),
        (Step.SELF_CHECK, ("整改后照片或资料",)),
        (Step.APPLY, ("销号申请",)),
    ):
        again = advance(again, step, firm, DAY + timedelta(days=5), proof(*kinds))
    refused = advance(again, Step.VERIFY, person(TOWN, "吴"), DAY + timedelta(days=6), proof("现场核查记录"))
    assert any("整改责任单位" in r for r in refused.reasons)


def test_a_problem_from_above_is_not_closed_below():
    verified = walk(issue(level=Level.CITY), Step.VERIFY)
    refused = advance(verified, Step.SIGN, HE, DAY + timedelta(days=30), proof("签字件"))
    assert any("市级" in r and "只能申请" in r for r in refused.reasons)
    assert any("市级或以上" in r for r in missing(verified))
    city = Party("市生态环境局", Level.CITY)
    verified = replace(verified, parties={**PARTIES, Role.CLOSER: city})
    signed = advance(verified, Step.SIGN, person(city, "高"), DAY + timedelta(days=30), proof("签字件"))
    assert signed.state is State.SIGNED


@pytest.mark.parametrize(("step", "lacks"), [(s, k[0]) for s, _, k in WAY if k])
def test_no_step_without_what_must_lie_beside_it(step, lacks):
    steps = [s for s, _, _ in WAY]
    before = steps[steps.index(step) - 1]
    ready = walk(issue(issue_class=IssueClass.KEY), before)
    by = next(b for s, b, _ in WAY if s is step)
    refused = advance(ready, step, by, DAY + timedelta(days=60))
    assert any(lacks in r for r in refused.reasons)


def test_the_reporter_is_asked_first():
    signed = walk(issue(reporter="12345-2026-0001"), Step.SIGN)
    late = DAY + timedelta(days=30)
    assert "还没有回访反映人" in advance(signed, Step.CLOSE, HE, late, proof("备案件")).reasons
    assert "还没有回访反映人" in missing(signed)
    assert advance(signed, Step.CLOSE, HE, late, proof("备案件", ASKED)).closed


def test_publication_must_last_its_working_days():
    # 重点: 5 working days. Published Tuesday 10 March 2026: 11, 12, 13, 16, 17 -> earliest the 17th.
    published = walk(issue(issue_class=IssueClass.KEY), Step.PUBLISH)
    assert published.events[-1].on == date(2026, 3, 10)
    refused = advance(published, Step.CLOSE, HE, date(2026, 3, 16), proof("备案件"))
    assert any("2026-03-17" in r for r in refused.reasons)
    assert advance(published, Step.CLOSE, HE, date(2026, 3, 17), proof("备案件")).closed
    assert missing(published, on=date(2026, 3, 16)) == list(refused.reasons)


def test_reopening_keeps_the_history_and_starts_evidence_anew():
    closed = walk(issue(), Step.CLOSE)
    again = advance(
        closed,
        Step.REOPEN,
        CHEN,
        closed.events[-1].on + timedelta(days=20),
        proof("反弹情况"),
        note="又停了",
        due_on=closed.due_on + timedelta(days=40),
    )
    assert again.state is State.ASSIGNED
    assert again.events[: len(closed.events)] == closed.events
    # photographs of the first round do not close the second
    assert "缺“自查自验”" in missing(again)
    jumped = replace(again, state=State.SIGNED)
    assert not advance(jumped, Step.CLOSE, HE, again.due_on, proof("备案件"))


def test_time_does_not_run_backwards():
    received = walk(issue(), Step.RECEIVE)
    assert any("早于" in r for r in advance(received, Step.START, ZHOU, DAY - timedelta(days=1)).reasons)


def test_extension_needs_reason_paper_and_somebody_else():
    received = walk(issue(), Step.RECEIVE)
    day = DAY + timedelta(days=2)
    later = received.due_on + timedelta(days=10)
    ok = advance(received, Step.EXTEND, LI, day, proof("延期审批件"), note="等配件", due_on=later)
    assert ok.due_on == later
    assert ok.state is State.RECEIVED
    assert not advance(received, Step.EXTEND, LI, day, proof("延期审批件"), due_on=later)
    assert not advance(received, Step.EXTEND, LI, day, proof("延期审批件"), note="x", due_on=received.due_on)
    own = replace(received, parties={**PARTIES, Role.SUPERVISOR: TOWN})
    assert not advance(own, Step.EXTEND, ZHOU, day, proof("延期审批件"), note="x", due_on=later)


def test_a_refused_verification_goes_back_to_rectifying():
    applied = walk(issue(), Step.APPLY)
    back = advance(applied, Step.REFUSE, CHEN, DAY + timedelta(days=9), proof("现场核查记录"), note="风机未修")
    assert back.state is State.RECTIFYING


def test_suspension_stays_visible_and_overdue():
    received = walk(issue(), Step.RECEIVE)
    shelf = advance(
        received,
        Step.SUSPEND,
        HE,
        DAY + timedelta(days=2),
        proof("挂账审批件"),
        note="等用地批复",
        due_on=date(2026, 6, 30),
    )
    assert not shelf.ended
    assert shelf.overdue(date(2026, 7, 1))
    assert "挂账中,须先恢复办理" in missing(shelf) or any("挂账" in m for m in missing(shelf))


def test_merging_names_the_other_problem():
    received = walk(issue(), Step.RECEIVE)
    day = DAY + timedelta(days=2)
    assert not advance(received, Step.MERGE, LI, day, proof("并入说明"), note="同一件", merged_into="WT-1")
    gone = advance(received, Step.MERGE, LI, day, proof("并入说明"), note="同一件", merged_into="WT-2")
    assert gone.ended
    assert not gone.closed
    assert Ref("issue", "WT-2") in gone.because


def test_every_reason_is_given_at_once():
    refused = advance(issue(), Step.CLOSE, ZHOU, DAY - timedelta(days=1))
    assert len(refused.reasons) >= 5
    assert not refused


def test_a_finding_becomes_a_problem_only_when_somebody_confirms_it():
    finding = Finding(
        "QX-001",
        "stopped-paper",
        "1",
        "停运",
        DAY,
        DAY,
        Confidence.FAIR,
        "大坪站多半停了",
        (Piece("电费单", "三个月不用电", 3, (Ref("bill", "1/2026-10"),)),),
        "现场看到运转",
    )
    made = from_finding(
        finding, id="WT-9", place="999901100200", parties=PARTIES, confirmed_by="陈静", confirmed_on=DAY
    )
    # 15 working days from Monday 2 March 2026 is Monday 23 March
    assert made.due_on == date(2026, 3, 23)
    assert finding.ref in made.because
    with pytest.raises(ValueError, match="确认"):
        from_finding(finding, id="x", place="y", parties=PARTIES, confirmed_by=" ", confirmed_on=DAY)


def test_every_state_has_a_way_on_and_every_step_an_owner():
    assert set(TRANSITIONS) == set(Step)
    assert all(t.roles for t in TRANSITIONS.values())
    left = {s for t in TRANSITIONS.values() if t.step is not Step.ADD for s in t.sources}
    assert set(State) - left == {State.MERGED}
    assert Step.RECEIVE in possible(issue(), TOWN.unit)
    assert Step.CLOSE not in possible(issue(), TOWN.unit)


KINDS = sorted({k for t in TRANSITIONS.values() for k in t.evidence} | {ASKED, "书面核查材料"})
UNITS = (TOWN, OFFICE, BUREAU, GROUP, Party("市生态环境局", Level.CITY), Party("清源运维公司", Level.COUNTY))


class AnySequence(RuleBasedStateMachine):
    """Whoever does whatever in any order: what comes out closed has kept every law, checked here by other means."""

    @initialize(
        klass=st.sampled_from(IssueClass),
        level=st.sampled_from([Level.TOWNSHIP, Level.COUNTY, Level.CITY]),
        units=st.lists(st.sampled_from(UNITS), min_size=4, max_size=4),
        honest=st.sampled_from([True, True, False]),
        reporter=st.sampled_from(["", "someone"]),
        withheld=st.sampled_from([None, ASKED, "签字件", "现场核查记录"]),
    )
    def begin(self, klass, level, units, honest, reporter, withheld):
        self.kinds = [k for k in KINDS if k != withheld]  # one kind of paper is never handed in, all run long
        parties = PARTIES if honest else dict(zip(Role, units, strict=True))
        self.issue = issue(issue_class=klass, level=level, parties=parties, reporter=reporter)
        self.day = DAY
        self.seen = ()

    def take(self, step, by, kinds, days, **more):
        self.day += timedelta(days=days)
        made = advance(self.issue, step, by, self.day, proof(*kinds), note="因为", **more)
        if isinstance(made, Issue):
            assert made.events[:-1] == self.seen
            self.issue, self.seen = made, made.events

    @rule(
        step=st.sampled_from(Step),
        unit=st.sampled_from(UNITS),
        name=st.sampled_from("周李陈何孙"),
        days=st.integers(-1, 12),
    )
    def anybody(self, step, unit, name, days):
        due = self.issue.due_on + timedelta(days=30) if step in {Step.EXTEND, Step.SUSPEND, Step.REOPEN} else None
        parties = {Role.RECTIFIER: UNITS[5]} if step is Step.REASSIGN else None
        self.take(
            step,
            Actor(unit.unit, unit.level, name),
            self.kinds,
            days,
            due_on=due,
            parties=parties,
            merged_into="WT-2" if step is Step.MERGE else "",
        )

    @rule(
        days=st.integers(0, 12),
        name=st.sampled_from([None, None, None, *"周李陈何孙"]),
        kinds=st.sets(st.sampled_from(KINDS)),
        withhold=st.booleans(),
    )
    def onwards(self, days, name, kinds, withhold):
        """The next step of the line by the unit that may, with or without its papers."""
        line = [s for s, _, _ in WAY]
        given = kinds & set(self.kinds) if withhold else self.kinds
        for step in line:
            change = TRANSITIONS[step]
            if self.issue.state in change.sources and (party := self.issue.parties.get(change.roles[0])):
                self.take(step, Actor(party.unit, party.level, name or "员" + party.unit), given, days)
                return

    @invariant()
    def closed_only_within_the_law(self):
        one = getattr(self, "issue", None)
        if one is None or not one.closed:
            return
        opened = max([i for i, e in enumerate(one.events) if e.step is Step.REOPEN], default=-1)
        events = one.events[opened + 1 :]
        closing = [e for e in events if e.step is Step.CLOSE]
        assert len(closing) == 1
        last, before = closing[0], events[: events.index(closing[0]) + 1]
        rectified = [e for e in before if e.role is Role.RECTIFIER]
        # 1: neither unit nor person of the rectifier signs
        for signature in (e for e in before if e.step in {Step.VERIFY, Step.SIGN, Step.CLOSE}):
            assert signature.by.unit not in {e.by.unit for e in rectified}
            assert signature.by.unit != one.parties[Role.RECTIFIER].unit
            earlier = before[: before.index(signature)]
            assert signature.by.person not in {e.by.person for e in earlier if e.role is Role.RECTIFIER}
        # 2: at the level that issued it or above
        assert last.by.level.rank >= one.level.rank
        # 3: on evidence of this round
        kinds = {p.kind for e in before for p in e.proofs}
        assert {"整改后照片或资料", "签字件", "备案件"} <= kinds
        assert kinds & {"现场核查记录", "书面核查材料"}
        # 4: the reporter was asked
        assert not one.reporter or ASKED in kinds
        # 5: the class's rule
        law = closing_rule(one.issue_class)
        steps = [e.step for e in before]
        assert not law.plan or Step.PLAN in steps
        if law.publish_working_days:
            published = [e.on for e in before if e.step is Step.PUBLISH][-1]
            assert WorkingDays().between(published, last.on) >= law.publish_working_days
        # 6: in order of time
        assert [e.on for e in one.events] == sorted(e.on for e in one.events)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
