"""Hard laws of closing: one case each, and any sequence of steps at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger_judge import breaches
from qingxi.calendar import WorkingDays
from qingxi.finding import Confidence, Finding, Piece
from qingxi.issue import (
    ASKED,
    LINE,
    TRANSITIONS,
    Actor,
    Answer,
    CaseFile,
    CaseReply,
    Errand,
    ErrandKind,
    Issue,
    IssueClass,
    LetterKind,
    Level,
    Party,
    Proof,
    Refusal,
    Role,
    State,
    Step,
    advance,
    cause,
    causes,
    closing_rule,
    deadline,
    errand_due,
    from_finding,
    issuing_level,
    missing,
    missing_on_site,
    possible,
    proposed_letter,
    read_case,
    read_reply,
    reply_due,
)
from qingxi.origin import Ref

# The cast: the township rectifies, the county office leads, the county bureau verifies, the leading group closes.
TOWN = Party("溪口镇人民政府", Level.TOWNSHIP)
OFFICE = Party("县领导小组办公室", Level.COUNTY)
BUREAU = Party("县生态环境局", Level.COUNTY)
GROUP = Party("县领导小组", Level.COUNTY)
FIRM = Party("清源运维公司", Level.VILLAGE)
RULES = {
    "publish": {k.value: closing_rule(k).publish_working_days for k in IssueClass},
    "plans": {k.value: closing_rule(k).plan for k in IssueClass},
    "wait": 5,
}
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


def test_an_ordinary_problem_closes_on_the_spot_on_photo_and_reading():
    one = issue(level=Level.TOWNSHIP, parties={**PARTIES, Role.RECTIFIER: FIRM, Role.SUPERVISOR: TOWN})
    both = proof("整改后照片", "读数")
    closed = advance(one, Step.ON_SITE, person(TOWN, "罗"), DAY, both)
    assert closed.closed
    assert closed.state is State.CLOSED
    assert breaches(closed, WorkingDays().is_working, **RULES) == []
    # neither half alone, nor by the firm, nor for another class
    assert any("读数" in r for r in advance(one, Step.ON_SITE, person(TOWN, "罗"), DAY, both[:1]).reasons)
    assert not advance(one, Step.ON_SITE, person(FIRM, "孙"), DAY, both)
    key = replace(one, issue_class=IssueClass.KEY)
    assert any("不能当场销号" in r for r in advance(key, Step.ON_SITE, person(TOWN, "罗"), DAY, both).reasons)
    # issued by the county: the township only applies
    from_county = replace(one, level=Level.COUNTY)
    assert any("只能申请" in r for r in advance(from_county, Step.ON_SITE, person(TOWN, "罗"), DAY, both).reasons)
    assert missing_on_site(one) == []
    assert missing_on_site(key) is None
    assert missing_on_site(replace(one, reporter="x")) == ["还没有回访反映人"]


def test_a_blockage_closes_only_when_the_raiser_agrees():
    finance = Party("县财政局", Level.COUNTY)
    parties = {**PARTIES, Role.RECTIFIER: finance, Role.RAISER: TOWN}
    level = issuing_level(IssueClass.BLOCKAGE, lead=OFFICE, rectifier=finance, raiser=TOWN)
    assert level is Level.TOWNSHIP  # raised from below against a unit above: the raiser's own level
    one = issue(issue_class=IssueClass.BLOCKAGE, level=level, parties=parties)
    for step, by, kinds in ((Step.RECEIVE, person(finance, "钱"), ()), (Step.START, person(finance, "钱"), ()),
                            (Step.SELF_CHECK, person(finance, "钱"), ("整改后照片或资料",))):  # fmt: skip
        one = advance(one, step, by, DAY, proof(*kinds))
    no = advance(one, Step.DISAGREE, ZHOU, DAY, proof("提出单位意见"), note="只到账一半")
    assert no.state is State.RECTIFYING
    assert not advance(one, Step.AGREE, person(finance, "钱"), DAY, proof("提出单位意见"))
    applied = advance(one, Step.APPLY, person(finance, "钱"), DAY, proof("销号申请"))
    verified = advance(applied, Step.VERIFY, CHEN, DAY, proof("书面核查材料"))
    signed = advance(verified, Step.SIGN, HE, DAY, proof("签字件"))
    assert any("提出单位同意" in r for r in advance(signed, Step.CLOSE, HE, DAY, proof("备案件")).reasons)
    closed = advance(one, Step.AGREE, ZHOU, DAY, proof("提出单位意见"))
    assert closed.closed
    assert breaches(closed, WorkingDays().is_working, **RULES) == []
    bare = issue(issue_class=IssueClass.BLOCKAGE, level=level, parties=parties)
    assert any("整改后照片或资料" in r for r in advance(bare, Step.AGREE, ZHOU, DAY, proof("提出单位意见")).reasons)


def test_a_supervised_problem_is_closed_by_its_issuer_only():
    city = Party("市生态环境局", Level.CITY)
    one = issue(issue_class=IssueClass.SUPERVISED)  # even when the books say 县
    verified = walk(one, Step.VERIFY)
    assert any(
        "市级" in r for r in advance(verified, Step.SIGN, HE, DAY + timedelta(days=30), proof("签字件")).reasons
    )
    verified = replace(verified, parties={**PARTIES, Role.CLOSER: city})
    gao, day = person(city, "高"), verified.events[-1].on
    signed = advance(verified, Step.SIGN, gao, day, proof("签字件"))
    shown = advance(signed, Step.PUBLISH, LI, day, proof("公示件"))
    later = day + timedelta(days=30)
    assert any("上级销号文件" in r for r in advance(shown, Step.CLOSE, gao, later, proof("备案件")).reasons)
    assert advance(shown, Step.CLOSE, gao, later, proof("备案件", "上级销号文件")).closed


def test_what_the_reporter_answers_counts():
    def answered(answer):
        return (Proof(ASKED, Ref("evidence", "a"), "", answer),)

    signed = walk(issue(reporter="12345-2026-0001"), Step.SIGN)
    day = signed.events[-1].on  # Monday 2026-03-09
    no = advance(signed, Step.CLOSE, HE, day, (*proof("备案件"), *answered(Answer.NO)))
    assert any("不认可" in r for r in no.reasons)
    again = advance(signed, Step.CLOSE, HE, day, (*proof("备案件", "不认可复核"), *answered(Answer.NO)))
    assert again.closed
    waiting = advance(signed, Step.ADD, CHEN, day, answered(Answer.WAIT))
    # five working days after Monday the 9th: Monday the 16th
    refused = advance(waiting, Step.CLOSE, HE, date(2026, 3, 13), proof("备案件"))
    assert any("2026-03-16" in r for r in refused.reasons)
    assert advance(waiting, Step.CLOSE, HE, date(2026, 3, 16), proof("备案件")).closed
    # the rectifier's own asking counts for nothing
    asked = advance(walk(issue(reporter="x"), Step.APPLY), Step.ADD, ZHOU, DAY + timedelta(9), answered(Answer.YES))
    assert "还没有回访反映人" in missing(asked)


def test_what_was_asked_of_another_unit_comes_back_first():
    due = errand_due(IssueClass.ORDINARY, DAY)
    assert due == date(2026, 3, 5)  # three working days
    ask = Errand(ErrandKind.COSIGN, OFFICE.unit, BUREAU, DAY, due)
    assert ask.overdue(date(2026, 3, 6))
    signed = walk(issue(), Step.SIGN)
    late = DAY + timedelta(days=30)
    held = replace(signed, errands=(ask,))
    assert any("会签还没有回" in r for r in advance(held, Step.CLOSE, HE, late, proof("备案件")).reasons)
    no = replace(signed, errands=(replace(ask, answered_on=due, agrees=False),))
    assert any("会签不同意" in r for r in advance(no, Step.CLOSE, HE, late, proof("备案件")).reasons)
    yes = replace(no, errands=(*no.errands, replace(ask, answered_on=due, agrees=True)))
    assert advance(yes, Step.CLOSE, HE, late, proof("备案件")).closed


def test_no_more_than_two_extensions_a_round():
    one, day = walk(issue(), Step.RECEIVE), DAY + timedelta(days=2)
    for n in (1, 2):
        one = advance(
            one, Step.EXTEND, LI, day, proof("延期审批件"), note="等配件", due_on=one.due_on + timedelta(days=n)
        )
    more = advance(one, Step.EXTEND, LI, day, proof("延期审批件"), note="x", due_on=one.due_on + timedelta(days=3))
    assert any("已延期 2 次" in r for r in more.reasons)


def test_letters_grow_harder_only_one_after_another_and_never_to_a_peer():
    def draft(days, *signed, to=Level.TOWNSHIP):
        return proposed_letter(days, signed, to=to, issuer=Level.COUNTY)

    assert draft(2) is None
    assert draft(3) is LetterKind.REMIND
    assert draft(25) is LetterKind.REMIND  # nothing begins with a summons
    assert draft(9, LetterKind.REMIND) is LetterKind.REMIND
    assert draft(10, LetterKind.REMIND) is LetterKind.ORDER
    assert draft(20, LetterKind.REMIND, LetterKind.ORDER) is LetterKind.TALK
    assert draft(25, LetterKind.REMIND, LetterKind.ORDER, to=Level.COUNTY) is LetterKind.LETTER
    assert draft(25, to=Level.CITY) is LetterKind.LETTER


def test_causes_stand_under_the_short_list():
    assert {c.group.value for c in causes()} == {"技术", "管理", "习惯", "协同不足", "资金", "选址"}
    assert len({c.code for c in causes()}) == len(causes())
    assert cause("F01").measure
    assert cause("X9") is None


def test_a_case_goes_over_the_border_and_comes_back():
    case = CaseFile(
        "WT-2026-0007",
        "上游来水",
        "沟里有泡沫",
        "天河坝县",
        "大河县",
        "柳湾村",
        DAY,
        DAY,
        DAY,
        reply_due(DAY),
        "请查上游",
    )
    assert case.reply_by == date(2026, 3, 16)  # ten working days after Monday 2 March
    assert read_case(case.text()) == case
    reply = CaseReply("WT-2026-0007", "大河县", DAY, True, "已交办", "DH-1", date(2026, 4, 1))
    assert read_reply(reply.text()) == reply
    bad = read_case('{"form": "qingxi-cross-county-case/1", "key": "", "sent_on": "昨天"}', "来函.json")
    assert {f.field for f in bad} >= {"key", "title", "from_county", "sent_on"}  # all at once
    assert read_case("不是")[0].code == "case-json"
    assert read_reply(case.text())[0].code == "case-form"
