"""Each law where it alone stands in the way: cases in which no other law would refuse the same."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from qingxi.issue import (
    ASKED,
    Actor,
    Answer,
    Errand,
    ErrandKind,
    Event,
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
)
from qingxi.origin import Ref

FIRM, TOWN = Party("清源运维公司", Level.VILLAGE), Party("溪口镇人民政府", Level.TOWNSHIP)
BUREAU, GROUP = Party("县生态环境局", Level.COUNTY), Party("县领导小组", Level.COUNTY)
PARTIES = {Role.RECTIFIER: FIRM, Role.SUPERVISOR: TOWN, Role.VERIFIER: BUREAU, Role.CLOSER: GROUP}
DAY = date(2026, 3, 2)  # a Monday
LATER = date(2026, 3, 30)


def issue(**more):
    said = {
        "id": "WT-1", "title": "大坪站停运", "issue_class": IssueClass.ORDINARY, "level": Level.TOWNSHIP, "parties": PARTIES,
        "place": "999901100200", "assigned_on": DAY, "due_on": date(2026, 3, 20),
    }  # fmt: skip
    return Issue(**{**said, **more})


def by(party, name="周"):
    return Actor(party.unit, party.level, name)


def proofs(*kinds):
    return tuple(Proof(kind, Ref("evidence", kind)) for kind in kinds)


def event(step, before, after, party, role, *kinds, on=DAY, name="孙"):
    return Event(step, before, after, by(party, name), role, on, tuple(kinds))


def answered(answer, party=TOWN, role=Role.SUPERVISOR, on=DAY):
    piece = Proof(ASKED, Ref("evidence", "q"), "", answer)
    return event(Step.ADD, State.RECTIFYING, State.RECTIFYING, party, role, piece, on=on)


def looked_again(party, role, on=DAY):
    piece = Proof("不认可复核", Ref("evidence", "a"))
    return event(Step.ADD, State.RECTIFYING, State.RECTIFYING, party, role, piece, on=on, name="吴")


def refused(made, words):
    assert isinstance(made, Refusal), made.state
    assert len(made.reasons) == 1, made.reasons  # the one law and no other
    assert words in made.reasons[0]


ON_SITE = proofs("整改后照片", "读数")


def test_the_rectifier_does_not_close_on_the_spot_as_the_lead():
    one = issue(parties={**PARTIES, Role.SUPERVISOR: replace(FIRM, level=Level.TOWNSHIP)})
    actor = Actor(FIRM.unit, Level.TOWNSHIP, "周")
    refused(advance(one, Step.ON_SITE, actor, DAY, ON_SITE), "不能办理“当场销号”")


def test_a_unit_that_has_to_rectify_finds_nothing_unfounded_before_its_first_step():
    one = issue(parties={**PARTIES, Role.VERIFIER: replace(FIRM, level=Level.TOWNSHIP)})
    actor = Actor(FIRM.unit, Level.TOWNSHIP, "周")
    refused(advance(one, Step.UNFOUND, actor, DAY, proofs("核实记录"), note="没有这回事"), "不能办理“认定不属实”")


def test_the_rectifier_does_not_look_again_at_its_own_work():
    one = issue(state=State.CLOSED, parties={**PARTIES, Role.SUPERVISOR: replace(FIRM, level=Level.TOWNSHIP)})
    actor = Actor(FIRM.unit, Level.TOWNSHIP, "周")
    refused(advance(one, Step.REVISIT, actor, DAY, proofs("回头看记录")), "不能办理“回头看”")


def test_the_rectifier_grants_itself_no_more_time():
    one = issue(state=State.RECTIFYING, parties={**PARTIES, Role.SUPERVISOR: replace(FIRM, level=Level.TOWNSHIP)})
    made = advance(
        one, Step.EXTEND, Actor(FIRM.unit, Level.TOWNSHIP, "周"), DAY, proofs("延期审批件"), note="雨", due_on=LATER
    )
    refused(made, "不能办理“延期”")


def test_nothing_is_unfounded_below_the_issuing_level():
    one = issue(level=Level.COUNTY, parties={**PARTIES, Role.VERIFIER: TOWN, Role.SUPERVISOR: BUREAU})
    made = advance(one, Step.UNFOUND, by(TOWN), DAY, proofs("核实记录"), note="没有这回事")
    refused(made, "本问题由县级交办")


def test_nothing_is_unfounded_before_the_reporter_is_told():
    one = issue(reporter="someone")
    refused(advance(one, Step.UNFOUND, by(BUREAU), DAY, proofs("核实记录"), note="没有这回事"), "还没有回访反映人")


def test_an_ordinary_problem_is_verified_on_the_spot_and_not_on_paper():
    refused(
        advance(issue(state=State.APPLIED), Step.VERIFY, by(BUREAU), DAY, proofs("书面核查材料")),
        "须附现场核查记录",
    )


def test_a_second_look_by_the_rectifier_answers_no_complaint():
    one = issue(
        state=State.RECTIFYING, reporter="someone",
        events=(answered(Answer.NO), looked_again(FIRM, Role.RECTIFIER)),
    )  # fmt: skip
    refused(advance(one, Step.ON_SITE, by(TOWN), DAY, ON_SITE), "反映人不认可")
    by_bureau = replace(one, events=(*one.events, looked_again(BUREAU, Role.VERIFIER)))
    assert advance(by_bureau, Step.ON_SITE, by(TOWN), DAY, ON_SITE).state is State.CLOSED


def test_an_old_second_look_does_not_answer_a_new_no():
    one = issue(
        state=State.RECTIFYING, reporter="someone",
        events=(answered(Answer.NO), looked_again(BUREAU, Role.VERIFIER), answered(Answer.NO)),
    )  # fmt: skip
    refused(advance(one, Step.ON_SITE, by(TOWN), DAY, ON_SITE), "反映人不认可")


def test_silence_counts_from_the_fifth_working_day():
    # asked on Monday 2 March; the fifth working day after it is Monday 9 March
    one = issue(state=State.RECTIFYING, reporter="someone", events=(answered(Answer.WAIT),))
    for day in (DAY, date(2026, 3, 6)):
        refused(advance(one, Step.ON_SITE, by(TOWN), day, ON_SITE), "最早 2026-03-09")
    assert advance(one, Step.ON_SITE, by(TOWN), date(2026, 3, 9), ON_SITE).state is State.CLOSED


def test_the_rectifier_asking_is_not_asking():
    one = issue(state=State.RECTIFYING, reporter="someone", events=(answered(Answer.YES, FIRM, Role.RECTIFIER),))
    refused(advance(one, Step.ON_SITE, by(TOWN), DAY, ON_SITE), "还没有回访反映人")


def test_only_a_blockage_is_closed_by_whoever_raised_it():
    one = issue(parties={**PARTIES, Role.RAISER: TOWN})
    refused(
        advance(one, Step.AGREE, by(TOWN), DAY, proofs("提出单位意见", "整改后照片或资料")),
        "只有推进堵点由提出单位销号",
    )


def _way(klass, until=Step.SIGN):
    """Events of the long way up to a step, a plan among them or not."""
    line = (
        (Step.SELF_CHECK, State.RECTIFYING, State.SELF_CHECKED, FIRM, Role.RECTIFIER, "整改后照片或资料"),
        (Step.VERIFY, State.APPLIED, State.VERIFIED, BUREAU, Role.VERIFIER, "现场核查记录"),
        (Step.SIGN, State.VERIFIED, State.SIGNED, GROUP, Role.CLOSER, "签字件"),
        (Step.PUBLISH, State.SIGNED, State.PUBLISHED, GROUP, Role.CLOSER, "公示件"),
    )
    return tuple(
        event(step, before, after, party, role, *proofs(kind), name=f"员{party.unit}")
        for step, before, after, party, role, kind in line
        if step is not Step.PUBLISH or klass is IssueClass.KEY
    )


PLAN = event(Step.PLAN, State.RECEIVED, State.PLANNED, FIRM, Role.RECTIFIER, *proofs("整改方案"))
KEY = {"issue_class": IssueClass.KEY, "level": Level.COUNTY}


def test_a_key_problem_does_not_close_without_the_plan_of_this_round():
    one = issue(state=State.PUBLISHED, events=_way(IssueClass.KEY), **KEY)
    refused(advance(one, Step.CLOSE, by(GROUP, "何"), LATER, proofs("备案件")), "须有整改方案")
    planned = replace(one, events=(PLAN, *one.events))
    assert advance(planned, Step.CLOSE, by(GROUP, "何"), LATER, proofs("备案件")).state is State.CLOSED


def test_published_for_five_working_days_and_not_four():
    # published on Monday 2 March: four working days after is Friday, five is Monday 9 March
    one = issue(state=State.PUBLISHED, events=(PLAN, *_way(IssueClass.KEY)), **KEY)
    refused(advance(one, Step.CLOSE, by(GROUP, "何"), date(2026, 3, 6), proofs("备案件")), "公示未满 5 个工作日")
    assert advance(one, Step.CLOSE, by(GROUP, "何"), date(2026, 3, 9), proofs("备案件")).state is State.CLOSED


def test_a_key_problem_is_not_closed_unpublished():
    one = issue(state=State.SIGNED, events=(PLAN, *_way(IssueClass.KEY)[:3]), **KEY)
    refused(advance(one, Step.CLOSE, by(GROUP, "何"), LATER, proofs("备案件")), "须公示 5 个工作日")


@pytest.mark.parametrize("kind", [ErrandKind.COSIGN, ErrandKind.TASK])
def test_what_is_out_holds_the_closing(kind):
    one = issue(errands=(Errand(kind, TOWN.unit, BUREAU, DAY, DAY),))
    refused(advance(one, Step.ON_SITE, by(TOWN), DAY, ON_SITE), f"{kind.value}还没有回")


def test_an_errand_is_overdue_after_its_day_and_not_on_it():
    out = Errand(ErrandKind.TASK, TOWN.unit, BUREAU, DAY, DAY)
    assert not out.overdue(DAY)
    assert out.overdue(DAY + timedelta(days=1))


def test_a_co_signers_no_holds_the_closing_until_it_agrees():
    no = Errand(ErrandKind.COSIGN, TOWN.unit, BUREAU, DAY, DAY, answered_on=DAY, agrees=False)
    one = issue(errands=(no,))
    refused(advance(one, Step.ON_SITE, by(TOWN), DAY, ON_SITE), "会签不同意")
    agreed = replace(one, errands=(no, replace(no, agrees=True)))
    assert advance(agreed, Step.ON_SITE, by(TOWN), DAY, ON_SITE).state is State.CLOSED


@pytest.mark.parametrize("state", [State.SUSPENDED, State.RETURNED])
def test_what_is_put_aside_is_not_closed_and_not_forgotten(state):
    one = issue(state=state, issue_class=IssueClass.ORDINARY, level=Level.COUNTY, events=_way(IssueClass.ORDINARY))
    assert not one.ended
    assert one.overdue(LATER)
    assert not one.overdue(one.due_on)
    refused(advance(one, Step.CLOSE, by(GROUP, "何"), LATER, proofs("备案件")), f"现处于“{state.value}”")


def test_more_time_asks_for_its_paper_a_later_day_and_is_given_twice_at_most():
    one = issue(state=State.RECTIFYING)
    more = {"note": "雨季", "due_on": LATER}
    refused(advance(one, Step.EXTEND, by(TOWN), DAY, (), **more), "须附延期审批件")
    refused(
        advance(one, Step.EXTEND, by(TOWN), DAY, proofs("延期审批件"), note="雨季", due_on=one.due_on),
        "须晚于原期限",
    )
    for day in (LATER, LATER + timedelta(days=9)):
        one = advance(one, Step.EXTEND, by(TOWN), DAY, proofs("延期审批件"), note="雨季", due_on=day)
    made = advance(one, Step.EXTEND, by(TOWN), DAY, proofs("延期审批件"), note="雨季", due_on=date(2026, 6, 1))
    refused(made, "本轮已延期 2 次")
    refused(advance(issue(), Step.RECEIVE, by(FIRM), DAY, due_on=LATER), "不能改期限")


def test_units_change_by_handing_on_only_and_never_to_who_signs():
    refused(advance(issue(), Step.RECEIVE, by(FIRM), DAY, parties={Role.VERIFIER: TOWN}), "换单位须办理转办")
    made = advance(
        issue(), Step.REASSIGN, by(TOWN), DAY, proofs("转办单"), note="归它", parties={Role.RECTIFIER: GROUP}
    )
    refused(made, "不能同时整改")


def test_a_problem_is_not_merged_into_itself():
    refused(
        advance(issue(), Step.MERGE, by(TOWN), DAY, proofs("并入说明"), note="重复", merged_into="WT-1"),
        "并入哪个问题",
    )


def test_opening_again_says_why_and_keeps_what_was():
    one = issue(state=State.CLOSED, events=_way(IssueClass.ORDINARY))
    refused(advance(one, Step.REOPEN, by(BUREAU), DAY, proofs("反弹情况"), due_on=LATER), "须写明理由")
    again = advance(one, Step.REOPEN, by(BUREAU), DAY, proofs("反弹情况"), note="又停了", due_on=LATER)
    assert again.events[:-1] == one.events
    assert again.proofs("签字件") == ()  # what closed it once does not close it again


def test_a_level_that_the_unit_does_not_have_is_refused():
    actor = Actor(TOWN.unit, Level.PROVINCE, "周")
    refused(advance(issue(), Step.ON_SITE, actor, DAY, ON_SITE), "是乡镇级单位，不是省级")
