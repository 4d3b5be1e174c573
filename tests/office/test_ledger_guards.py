"""Straight on the database, past every action: the same attempts to close against the laws are refused, on either engine."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from qingxi.issue import ASKED, Answer, Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import Piece, open_by_hand, raise_blockage, take
from qingxi_office.issues.models import IssueEvidence, IssueRecord, IssueStep
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

DAY = date(2026, 11, 20)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
WAY = [
    (Step.RECEIVE, "zhaoyong", []),
    (Step.PLAN, "zhaoyong", ["整改方案"]),
    (Step.START, "luomei", []),
    (Step.SELF_CHECK, "zhaoyong", ["整改后照片或资料"]),
    (Step.APPLY, "zhaoyong", ["销号申请"]),
    (Step.VERIFY, "chenjing", ["现场核查记录"]),
    (Step.SIGN, "zhouwei", ["签字件"]),
]


def photo():
    return SimpleUploadedFile("a.png", PNG, "image/png")


def problem(cast, klass="一般", **more):
    facility = FacilityRecord.objects.select_related("place", "operator_unit").get(key="QX-001")
    return open_by_hand(
        by=cast.chenjing,
        source="巡查",
        place=facility.place,
        facility=facility,
        title="风机不响",
        klass=klass,
        **more,
    )


def play(row, cast, until=None, on=None):
    for step, who, kinds in WAY:
        if step is until:
            break
        take(row, step, by=getattr(cast, who), evidence=[Piece(kind, "写明") for kind in kinds], on=on)


def close(row, unit, state="销号备案"):
    """The shortest way to a closed problem for somebody with the database's own shell."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE issues_issuerecord SET state = %s, is_open = %s, closed_on = %s, closed_by_unit_id = %s WHERE id = %s",
            [state, False, DAY, unit.pk, row.pk],
        )


def step(row, word, unit, role="销号单位", name="伪造", on=DAY, kinds=()):
    taken = IssueStep.objects.create(
        issue=row,
        step=word,
        old=row.state,
        new="销号备案",
        by_name=name,
        unit=unit,
        role=role,
        on=on,
        at=clock.now(),
    )
    for kind in kinds:
        IssueEvidence.objects.create(issue=row, step=taken, kind=kind, text="x", by_name=name, at=clock.now())
    return taken


def refused(law, deed):
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        deed()


def test_nothing_closes_without_a_step_or_without_evidence(cast):
    row, group = problem(cast), cast.units["县治污办"]
    refused("has_its_step", lambda: close(row, group))
    refused("exits_by_a_step", lambda: IssueRecord.objects.filter(pk=row.pk).update(is_open=False, state="不属实"))
    refused("exits_by_a_step", lambda: IssueRecord.objects.filter(pk=row.pk).update(is_open=False))

    def forged():
        step(row, "销号备案", group, kinds=["备案件"])
        close(row, group)

    refused("evidence_of_the_line", forged)


def test_the_last_signature_is_never_the_rectifiers(cast):
    row, firm = problem(cast), cast.units["清源运维公司"]
    play(row, cast)
    refused("step_by_the_right_hand", lambda: step(row, "销号备案", firm, kinds=["备案件"]))
    refused(
        "step_by_the_right_hand", lambda: step(row, "销号备案", cast.units["县治污办"], name="赵勇")
    )  # the person who mended

    def washed():
        """The rectifier is written over before the firm signs: it rectified all the same."""
        IssueRecord.objects.filter(pk=row.pk).update(rectifier=cast.units["岚坪镇人民政府"])
        step(row, "销号备案", firm, kinds=["备案件"])

    refused("step_by_the_right_hand", washed)


def test_not_below_the_issuing_level(cast):
    row, town = problem(cast, level="县"), cast.units["溪口镇人民政府"]
    play(row, cast)

    def below():
        step(row, "销号备案", town, kinds=["备案件"])
        close(row, town)

    refused("level_not_below", below)
    refused("facts_do_not_soften", lambda: IssueRecord.objects.filter(pk=row.pk).update(level="村"))


def test_the_reporter_is_asked_and_an_answer_no_holds(cast):
    row, group = problem(cast, report_code="ABC123"), cast.units["县治污办"]
    play(row, cast)
    file = Piece("备案件", "备案")

    def closing(*kinds, answer=""):
        def deed():
            taken = step(row, "销号备案", group, kinds=["备案件", *kinds])
            if answer:
                IssueEvidence.objects.create(
                    issue=row, step=taken, kind=ASKED, answer=answer, by_name="x", at=clock.now()
                )
            close(row, group)

        return deed

    refused("reporter_asked", closing())
    refused("reporter_asked", closing(answer=Answer.NO.value))
    refused("reporter_asked", closing(answer=Answer.WAIT.value))  # asked today, closed today
    refused("facts_do_not_soften", lambda: IssueRecord.objects.filter(pk=row.pk).update(report_code=""))
    take(row, Step.CLOSE, by=cast.zhouwei, evidence=[file, Piece(ASKED, "满意")])


def test_supervised_is_never_the_countys_and_is_published(cast):
    city = Unit.objects.create(name="天府市生态环境局", kind="部门", level="市")
    row = problem(cast, klass="督办", closer=city, on=date(2026, 11, 2))
    play(row, cast, until=Step.SIGN, on=date(2026, 11, 3))
    group = cast.units["县治污办"]

    def by_county():
        step(row, "审核签字", group, kinds=["签字件"], on=date(2026, 11, 9))
        step(row, "公示", group, on=date(2026, 11, 10))
        step(row, "销号备案", group, kinds=["备案件", "上级销号文件"])
        close(row, group)

    refused("supervised_from_above|level_not_below", by_county)
    refused("facts_do_not_soften", lambda: IssueRecord.objects.filter(pk=row.pk).update(klass="一般"))

    def unpublished():
        step(row, "审核签字", city, kinds=["签字件"])
        step(row, "销号备案", city, kinds=["备案件", "上级销号文件"])
        close(row, city)

    refused("published_first", unpublished)


def test_a_blockage_waits_for_its_raiser(cast):
    finance = Unit.objects.create(name="天河坝县财政局", kind="部门", level="县")
    row = raise_blockage(
        by=cast.luomei, title="配套 86 万元未到位", kind="资金", against=finance, place=cast.places["999901100"]
    )
    assert (row.raiser.name, row.level, row.rectifier.name) == ("溪口镇人民政府", "乡镇", "天河坝县财政局")
    group, town = cast.units["县治污办"], row.raiser

    def without():
        step(row, "销号备案", group, kinds=["备案件"])
        close(row, group)

    refused("raiser_agrees|evidence_of_the_line", without)

    def no_papers():
        step(row, "提出单位同意销号", town, role="提出单位", kinds=["提出单位意见"])
        close(row, town)

    refused("raiser_agrees", no_papers)
    refused("facts_do_not_soften", lambda: IssueRecord.objects.filter(pk=row.pk).update(raiser=group))
    take(
        row,
        Step.AGREE,
        by=cast.luomei,
        evidence=[Piece("提出单位意见", "到账了"), Piece("整改后照片或资料", "进账单")],
    )
    row.refresh_from_db()
    assert (row.state, row.closed_by_unit) == ("销号备案", town)


def test_on_the_spot_asks_for_class_photo_and_reading(cast):
    row, town = problem(cast), cast.units["溪口镇人民政府"]
    assert row.level == "乡镇"

    def bare():
        step(row, "当场销号", town, role="牵头督导单位", kinds=["读数", "整改后照片"])  # words are no photo
        close(row, town)

    refused("evidence_of_the_spot", bare)
    take(row, Step.ON_SITE, by=cast.luomei, evidence=[Piece("整改后照片", "", photo()), Piece("读数", "3.2 A")])
    row.refresh_from_db()
    assert (row.state, row.closed_by_unit, row.closed_on, row.is_open) == ("销号备案", town, DAY, False)
    key = problem(cast, klass="重点")

    def key_on_the_spot():
        step(key, "当场销号", cast.units["县治污办"], kinds=["读数"])
        close(key, cast.units["县治污办"])

    refused("evidence_of_the_spot|published_first", key_on_the_spot)


def test_evidence_is_not_slipped_under_an_older_step_nor_days_turned_back(cast):
    row = problem(cast)
    play(row, cast, until=Step.APPLY)
    first = row.steps.order_by("id").first()

    def slipped():
        IssueEvidence.objects.create(issue=row, step=first, kind="签字件", text="x", by_name="x", at=clock.now())

    refused("evidence_with_its_step", slipped)
    refused("step_by_the_right_hand", lambda: step(row, "补充材料", cast.units["县治污办"], on=date(2026, 11, 19)))
    refused(
        "step_by_the_right_hand",
        lambda: step(row, "审核签字", cast.units["县治污办"], role="整改责任单位", kinds=["签字件"]),
    )


def test_history_is_neither_deleted_nor_changed(cast):
    row = problem(cast)
    take(row, Step.ON_SITE, by=cast.luomei, evidence=[Piece("整改后照片", "", photo()), Piece("读数", "3.2 A")])
    one = IssueRecord.objects.filter(pk=row.pk)
    refused("step_not_changed", lambda: row.steps.update(note="改"))
    refused("step_not_deleted", lambda: row.steps.all()._raw_delete("default"))
    refused("evidence_not_changed", lambda: row.evidence.update(text="4.0 A"))
    refused("evidence_not_deleted", lambda: row.evidence.all()._raw_delete("default"))
    refused("never_lost", lambda: one._raw_delete("default"))
    refused("closing_stands", lambda: one.update(closed_by_unit=cast.units["县治污办"]))
    refused("closing_stands", lambda: one.update(closed_on=date(2026, 11, 21)))
    refused("facts_do_not_soften", lambda: one.update(key="WT-2026-9999"))
    refused("closed_is_not_open", lambda: one.update(is_open=True))
    refused(
        "closed_is_not_open", lambda: one.update(closed_on=None, closed_by_unit=None, state="交办", is_open=True)
    )
    refused(
        "evidence_with_its_step",
        lambda: IssueEvidence.objects.create(
            issue=row, step=row.steps.order_by("id").last(), kind="照片", by_name="x", at=clock.now()
        ),
    )
    refused(
        "born_open",
        lambda: IssueRecord.objects.create(
            key="WT-X",
            title="x",
            klass="一般",
            place=cast.county,
            found_on=DAY,
            assigned_on=DAY,
            state="销号备案",
            is_open=False,
        ),
    )
    refused("facts_do_not_soften", lambda: one.update(kept_elsewhere=True))
