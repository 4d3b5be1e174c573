"""The ledger: from a finding to 销号, each step by the unit whose part it is, and never by another."""

from datetime import date

import pytest

from qingxi.issue import ASKED, Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.actions import decide
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.actions import hand_in, reply
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.actions import Piece, Refused, open_from_finding, open_from_report, take
from qingxi_office.issues.models import IssueRecord
from qingxi_office.notices.models import Notice
from qingxi_office.people.models import User
from qingxi_office.people.rights import Denied
from qingxi_office.trail.models import Entry

DAY = date(2026, 11, 20)


@pytest.fixture
def finding(cast):
    return FindingRecord.objects.create(
        key="QX-001/stopped/20261101", facility=FacilityRecord.objects.get(key="QX-001"), rule="stopped", rule_name="停运",
        period_from=date(2026, 11, 1), period_to=DAY, confidence="较高", statement="用电停了 19 天", found_on=DAY,
        because=["facility:QX-001"],
    )  # fmt: skip


@pytest.fixture
def issue(cast, finding):
    decide(finding, True, by=cast.chenjing, reason="已到站看过")
    return open_from_finding(finding, by=cast.chenjing)


LINE = [
    (Step.RECEIVE, "zhaoyong", []),
    (Step.PLAN, "zhaoyong", [Piece("整改方案", "换风机")]),
    (Step.START, "luomei", []),
    (Step.SELF_CHECK, "zhaoyong", [Piece("整改后照片或资料", "照片")]),
    (Step.APPLY, "zhaoyong", [Piece("销号申请", "申请")]),
    (Step.VERIFY, "chenjing", [Piece("现场核查记录", "运转")]),
    (Step.SIGN, "zhouwei", [Piece("签字件", "同意")]),
    (Step.CLOSE, "zhouwei", [Piece("备案件", "备案")]),
]


def play(issue, cast, until=None, extra=()):
    for step, who, evidence in LINE:
        if step is until:
            return
        take(issue, step, by=getattr(cast, who), evidence=[*evidence, *extra] if step is Step.CLOSE else evidence)


def test_confirmed_finding_becomes_a_problem_with_owner_and_deadline(issue, cast):
    assert issue.rectifier.name == "清源运维公司"
    assert issue.lead.name == "溪口镇人民政府"
    assert (issue.verifier.name, issue.closer.name) == ("天河坝县生态环境局", "县治污办")
    # 15 working days after Friday 2026-11-20, no holiday between: three weeks, Friday 2026-12-11.
    assert issue.due_on == date(2026, 12, 11)
    assert issue.because == ["finding:QX-001/stopped/20261101", "facility:QX-001"]
    assert issue.key == "WT-2026-0001"


def test_a_finding_opens_no_problem_by_itself(finding, cast):
    with pytest.raises(Refused, match="确认"):
        open_from_finding(finding, by=cast.chenjing)


def test_opening_twice_gives_the_same_problem(issue, finding, cast):
    assert open_from_finding(finding, by=cast.chenjing) == issue


def test_whole_close_out(issue, cast):
    play(issue, cast)
    issue.refresh_from_db()
    assert (issue.state, issue.is_open) == ("销号备案", False)
    assert issue.closed_by_unit.name == "县治污办"
    assert issue.closed_on == DAY
    assert [s.new for s in issue.steps.all()] == [
        "交办", "签收", "整改方案", "整改中", "自验", "申请销号", "现场核查", "审核签字", "销号备案",
    ]  # fmt: skip
    assert {s.by_name for s in issue.steps.all()} == {"陈静", "赵勇", "罗梅", "周维"}
    assert Entry.objects.filter(subject_kind="issue", subject_id=issue.key).count() == 9


def test_rectifier_cannot_close(issue, cast):
    play(issue, cast, until=Step.SIGN)
    with pytest.raises(Refused) as refused:
        take(issue, Step.SIGN, by=cast.zhaoyong, evidence=[Piece("签字件", "自己签")])
    assert any("整改" in reason for reason in refused.value.reasons)
    issue.refresh_from_db()
    assert issue.state == "现场核查"
    assert not issue.evidence.filter(text="自己签").exists()  # a refused step leaves nothing behind


def test_nothing_closes_without_evidence(issue, cast):
    play(issue, cast, until=Step.VERIFY)
    with pytest.raises(Refused, match="现场核查记录"):
        take(issue, Step.VERIFY, by=cast.chenjing)


def test_steps_out_of_line_are_refused(issue, cast):
    with pytest.raises(Refused, match="交办"):
        take(issue, Step.CLOSE, by=cast.zhouwei, evidence=[Piece("备案件", "x")])


def test_auditor_may_take_no_step(issue, cast):
    with pytest.raises(Denied):
        take(issue, Step.RECEIVE, by=cast.sunning)


def test_stranger_meets_not_found_and_reader_is_refused(issue, cast):
    from qingxi_office.issues.queries import issues

    assert not issues(cast.hezhi).filter(key=issue.key).exists()
    assert issues(cast.luomei).filter(key=issue.key).exists()


def test_decision_is_made_once_and_by_whom_it_may(finding, cast):
    with pytest.raises(Denied):
        decide(finding, True, by=cast.hezhi, reason="")  # the other township
    with pytest.raises(ValueError, match="理由"):
        decide(finding, False, by=cast.chenjing, reason=" ")
    decide(finding, False, by=cast.chenjing, reason="检修停机")
    with pytest.raises(ValueError, match="处理过"):
        decide(finding, True, by=cast.chenjing, reason="")


def test_reporter_is_asked_before_closing(cast):
    report = hand_in("又臭又响", address="10.0.0.1", facility="QX-001")
    issue = open_from_report(report, by=cast.luomei)
    play(issue, cast, until=Step.CLOSE)
    with pytest.raises(Refused, match="回访"):
        take(issue, Step.CLOSE, by=cast.zhouwei, evidence=[Piece("备案件", "x")])
    take(issue, Step.CLOSE, by=cast.zhouwei, evidence=[Piece("备案件", "x"), Piece(ASKED, "满意")], note="换了轴承")
    report.refresh_from_db()
    assert (report.state, report.answer) == (PublicReport.State.ANSWERED, "换了轴承")
    reply(report, False)
    assert report.state == PublicReport.State.REOPENED
    # Open again by the reporter's own word, one level above the firm, with its history; the firm's people are not asked.
    issue.refresh_from_db()
    last = issue.steps.last()
    assert (issue.is_open, issue.state, last.step, last.by_name) == (True, "交办", "反弹重开", "反映人")
    assert last.unit == issue.lead != issue.rectifier
    assert (report.sent_up, report.reopened) == ("乡镇", 1)
    assert Notice.objects.filter(kind="report_unsolved", person_pk=cast.luomei.pk).exists()
    assert [s.words for s in report.steps.all()][-2:] == ["又出了问题，重新办", "您说没有解决"]


def test_two_people_of_one_unit_do_not_help(issue, cast):
    """A person who rectified cannot sign even from another unit."""
    play(issue, cast, until=Step.SIGN)
    User.objects.filter(pk=cast.zhaoyong.pk).update(unit=cast.units["县治污办"])
    turned = User.objects.select_related("unit", "scope").get(pk=cast.zhaoyong.pk)
    with pytest.raises(Refused, match="赵勇"):
        take(issue, Step.SIGN, by=turned, evidence=[Piece("签字件", "x")])


def test_numbers_run_on(issue, cast):
    report = hand_in("漏了", address="10.0.0.2", facility="QX-001")
    assert open_from_report(report, by=cast.chenjing).key == "WT-2026-0002"
    assert IssueRecord.objects.count() == 2
