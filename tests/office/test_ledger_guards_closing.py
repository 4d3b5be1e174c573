"""Each clause of the closing guards by itself: the attempt that lacks one thing is refused, the lawful one beside it is taken.

Everything goes straight to the database, past every action. ``benchmarks/guard_mutants.py`` breaks each clause once.
"""

from datetime import date, timedelta

import pytest
from django.db import connection
from test_ledger_guards import DAY, problem, refused, step

from qingxi.issue import ASKED, Answer
from qingxi.issue.laws import AFTER, PAPERS, UPPER
from qingxi_office.issues.actions import raise_blockage
from qingxi_office.issues.models import IssueErrand, IssueEvidence, IssueRecord, IssueStep
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

BEGAN = date(2026, 11, 2)
MENDED, VERIFIED, SIGNED, SHOWN, FILED = "自查自验", "现场核查通过", "审核签字", "公示", "销号备案"
VISIT, SIGNATURE, RECORD = "现场核查记录", "签字件", "备案件"
LINE = [(MENDED, [AFTER]), (VERIFIED, [VISIT]), (SIGNED, [SIGNATURE]), (SHOWN, []), (FILED, [RECORD, UPPER])]


def city():
    return Unit.objects.create(name="天府市生态环境局", kind="部门", level="市")


def close(row, unit, on=DAY, **more):
    """The one UPDATE of somebody with the database's own shell."""
    said = {"state": FILED, "is_open": False, "closed_on": on, "closed_by_unit_id": unit.pk, **more}
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE issues_issuerecord SET {', '.join(f'{name} = %s' for name in said)} WHERE id = %s",
            [*said.values(), row.pk],
        )


def evidence(row, taken, kind, **more):
    IssueEvidence.objects.create(
        issue=row, step=taken, kind=kind, by_name="x", at=clock.now(), **{"text": "x", **more}
    )


def line(row, unit, lacks=(), instead="补充材料", shown=BEGAN, asked_at=None, closes=True):
    """Every step and paper of the long line, but what ``lacks`` names: a step that lacks leaves its papers under another."""
    mender = Unit.objects.get(pk=IssueRecord.objects.get(pk=row.pk).rectifier_id)
    for word, kinds in LINE:
        if word == SHOWN and SHOWN in lacks:
            continue
        by, role, name = (mender, "整改责任单位", "赵勇") if word == MENDED else (unit, "销号单位", "周维")
        on = DAY if word == FILED else shown
        taken = step(row, instead if word in lacks else word, by, role=role, name=name, on=on)
        for kind in kinds:
            if kind not in lacks:
                evidence(row, taken, kind)
        if word == asked_at:
            evidence(row, taken, ASKED, answer=Answer.YES.value)
    if closes:
        close(row, unit)


def is_closed_by(row, unit):
    row.refresh_from_db()
    return (row.state, row.is_open, row.closed_on, row.closed_by_unit) == (FILED, False, DAY, unit)


@pytest.mark.parametrize("klass", ["一般", "重点", "督办"])
def test_every_step_and_every_paper_of_the_line(cast, klass):
    unit = city() if klass == "督办" else cast.units["县治污办"]
    row = problem(cast, klass=klass, on=BEGAN, **({"closer": unit} if klass == "督办" else {}))
    above = [UPPER] if klass == "督办" else []
    for lacking in [MENDED, VERIFIED, SIGNED, AFTER, VISIT, SIGNATURE, RECORD, *above]:
        refused("evidence_of_the_line", lambda lacking=lacking: line(row, unit, lacks=[lacking]))

    def filed_under_an_older_step():
        line(row, unit, lacks=[FILED], closes=False)
        step(row, FILED, unit)
        close(row, unit)

    refused("evidence_of_the_line", filed_under_an_older_step)
    line(row, unit, lacks=[] if above else [UPPER])
    assert is_closed_by(row, unit)


def test_written_papers_do_for_the_visit(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]

    def with_paper(kind):
        line(row, group, lacks=[VISIT], closes=False)
        taken = step(row, FILED, group, kinds=[kind, RECORD])
        assert taken.pk
        close(row, group)

    refused("evidence_of_the_line", lambda: with_paper("照片"))
    with_paper(PAPERS)
    assert is_closed_by(row, group)


@pytest.mark.parametrize("klass", ["重点", "督办"])
def test_published_for_its_days_before_it_closes(cast, klass):
    """At least the 3 days that a county may set: shown on the 18th and closed on the 20th is 2; on the 17th it is 3."""
    unit = city() if klass == "督办" else cast.units["县治污办"]
    row = problem(cast, klass=klass, on=BEGAN, **({"closer": unit} if klass == "督办" else {}))
    refused("published_first", lambda: line(row, unit, lacks=[SHOWN]))
    for days in (0, 1, 2):
        refused("published_first", lambda days=days: line(row, unit, shown=DAY - timedelta(days)))
    line(row, unit, shown=date(2026, 11, 17))
    assert is_closed_by(row, unit)


def test_an_ordinary_problem_is_not_published(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]
    line(row, group, lacks=[SHOWN])
    assert is_closed_by(row, group)


def test_a_supervised_problem_is_not_the_countys_even_when_the_county_issued_it(cast):
    """The level of the problem is the county's here, so that only the law of supervision stands in the way."""
    unit = city()
    row = problem(cast, klass="督办", on=BEGAN, level="县", closer=unit)
    assert row.level == "县"
    refused("supervised_from_above", lambda: line(row, cast.units["县治污办"]))
    line(row, unit)
    assert is_closed_by(row, unit)


def on_the_spot(row, unit, photo="issues/a.png", reading=True):
    taken = step(row, "当场销号", unit, role="牵头督导单位")
    evidence(row, taken, "整改后照片", file=photo)
    if reading:
        evidence(row, taken, "读数")
    close(row, unit)


def test_on_the_spot_only_the_ordinary_class_with_photo_and_reading(cast):
    key, row, group = problem(cast, klass="重点", on=BEGAN), problem(cast, on=BEGAN), cast.units["县治污办"]
    step(key, SHOWN, group, on=BEGAN)  # long enough ago: only its class is in the way
    refused("evidence_of_the_spot", lambda: on_the_spot(key, group))
    refused("evidence_of_the_spot", lambda: on_the_spot(row, group, reading=False))
    refused("evidence_of_the_spot", lambda: on_the_spot(row, group, photo=""))
    on_the_spot(row, group)
    assert is_closed_by(row, group)


def agree(row, unit, kinds=("提出单位意见", AFTER)):
    step(row, "提出单位同意销号", unit, role="提出单位", kinds=kinds)
    close(row, unit)


def test_a_blockage_is_closed_by_its_raiser_with_its_word(cast):
    finance = Unit.objects.create(name="天河坝县财政局", kind="部门", level="县")
    row = raise_blockage(
        by=cast.luomei, title="配套 86 万元未到位", kind="资金", against=finance, place=cast.places["999901100"]
    )
    town, group = row.raiser, cast.units["县治污办"]
    refused("raiser_agrees", lambda: agree(row, group))
    refused("raiser_agrees", lambda: agree(row, town, kinds=[AFTER]))
    refused("raiser_agrees", lambda: agree(row, town, kinds=["提出单位意见"]))
    refused("raiser_agrees", lambda: line(row, group, shown=DAY))  # the long line is not this class's way
    agree(row, town)
    assert is_closed_by(row, town)


@pytest.mark.parametrize("klass", ["一般", "重点"])
def test_agreeing_closes_no_other_class(cast, klass):
    row, group = problem(cast, klass=klass, on=BEGAN), cast.units["县治污办"]
    IssueRecord.objects.filter(pk=row.pk).update(raiser=group)
    step(row, SHOWN, group, on=BEGAN)
    refused("raiser_agrees", lambda: agree(row, group))
    line(row, group)
    assert is_closed_by(row, group)


def test_the_closing_step_is_of_the_unit_that_closes_and_of_its_day(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]
    line(row, group, closes=False)
    refused("has_its_step", lambda: close(row, cast.units["天河坝县生态环境局"]))
    refused("has_its_step", lambda: close(row, group, on=DAY + timedelta(1)))
    close(row, group)
    assert is_closed_by(row, group)


def test_who_rectified_does_not_ask_the_reporter(cast):
    row, group = problem(cast, on=BEGAN, report_code="ABC123"), cast.units["县治污办"]
    refused("reporter_asked", lambda: line(row, group))
    refused("reporter_asked", lambda: line(row, group, asked_at=MENDED))
    line(row, group, asked_at=VERIFIED)
    assert is_closed_by(row, group)


def test_what_was_asked_of_another_unit_comes_back_first(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]
    line(row, group, closes=False)
    for kind in ("会签", "协办"):
        out = IssueErrand.objects.create(
            issue=row,
            kind=kind,
            asker=group,
            asked=cast.units["溪口镇人民政府"],
            asked_on=DAY,
            due_on=DAY,
            by_name="x",
        )
        refused("errands_back", lambda: close(row, group))
        IssueErrand.objects.filter(pk=out.pk).update(answered_on=DAY, answered_by="罗梅")
    close(row, group)
    assert is_closed_by(row, group)


def test_who_rectifies_does_not_find_it_unfounded(cast):
    row = problem(cast, on=BEGAN)

    def unfounded(unit, word="认定不属实"):
        step(row, word, unit)
        IssueRecord.objects.filter(pk=row.pk).update(state="不属实", is_open=False)

    refused("exits_by_a_step", lambda: unfounded(cast.units["清源运维公司"]))
    refused("exits_by_a_step", lambda: unfounded(cast.units["县治污办"], word="补充材料"))
    unfounded(cast.units["县治污办"])
    row.refresh_from_db()
    assert (row.state, row.is_open) == ("不属实", False)


def test_who_is_to_rectify_signs_nothing_though_it_did_nothing_yet(cast):
    row = problem(cast, on=BEGAN)
    for word in (VERIFIED, SIGNED, FILED):
        refused("step_by_the_right_hand", lambda word=word: step(row, word, cast.units["清源运维公司"]))
        step(row, word, cast.units["县治污办"])


def test_no_day_before_the_latest_step_though_after_the_first(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]
    step(row, "补充材料", group, on=date(2026, 11, 10))
    refused("step_by_the_right_hand", lambda: step(row, "补充材料", group, on=date(2026, 11, 9)))
    step(row, "补充材料", group, on=date(2026, 11, 10))
    assert IssueStep.objects.filter(issue=row, step="补充材料").count() == 2


def test_a_reopened_problem_closes_on_evidence_of_its_own_round(cast):
    row, group = problem(cast, on=BEGAN), cast.units["县治污办"]
    line(row, group)
    step(row, "反弹重开", group)
    IssueRecord.objects.filter(pk=row.pk).update(state="交办", is_open=True, closed_on=None, closed_by_unit=None)

    def on_the_old_papers():
        step(row, FILED, group, kinds=[RECORD, UPPER])
        close(row, group)

    refused("evidence_of_the_line", on_the_old_papers)
    line(row, group, shown=DAY)
    assert is_closed_by(row, group)
