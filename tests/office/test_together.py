"""The six 同步, steps of units, samples of water in the office: who may, what is refused, what the pages say."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from qingxi.indicator import SixAnswer, SixItem, SixState, Took, source_figures
from qingxi_office.coordination import actions
from qingxi_office.coordination.gather import gather
from qingxi_office.coordination.models import SixRecord, StepRecord, WaterSample
from qingxi_office.facilities.actions import keep_sampling_point
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.indicators.models import ReportedFigure
from qingxi_office.issues.models import IssueRecord
from qingxi_office.meetings.models import AgendaItem, Attendance, Group, Meeting, Task
from qingxi_office.people.rights import Denied
from qingxi_office.programmes.models import Clash, ClashLetter, LotRow, OtherWork
from qingxi_office.projects.models import ProjectRecord, ProjectStep
from qingxi_office.site.loading import sheets
from qingxi_office.site.pages.six import proposals
from qingxi_office.site.working import work
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import VillageRecord

DAY = date(2026, 11, 20)
HONGYAN = "999901100200"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def village(cast):
    for code in (HONGYAN, "999901101200"):
        VillageRecord.objects.create(
            place=cast.places[code], state="未完成", households=60, people_resident=200, households_connected=30
        )
    return cast.places[HONGYAN]


def road(state=SixState.AFTER, **more):
    said = {"on": date(2025, 9, 1), "document": "天交发〔2025〕3号", "said_by": "王国富"}
    return SixAnswer(SixItem.ROAD, state, **{**said, **more})


# --- the six ------------------------------------------------------------------------------------------------------


def test_answers_are_kept_changed_and_taken_back_and_the_trail_says_so(cast, village):
    assert actions.record_six(village, [road()], by=cast.luomei) == 1
    assert actions.record_six(village, [road()], by=cast.luomei) == 0
    assert actions.record_six(village, [road(SixState.TOGETHER)], by=cast.luomei) == 1
    with pytest.raises(actions.Refused):
        actions.withdraw_six(village, SixItem.ROAD, by=cast.luomei, because=" ")
    assert actions.withdraw_six(village, SixItem.ROAD, by=cast.luomei, because="记错了村")
    deeds = list(Entry.objects.filter(subject_id=HONGYAN).order_by("id").values_list("action", flat=True))
    assert deeds == ["six.recorded", "six.recorded", "six.withdrawn"]
    last = Entry.objects.filter(action="six.withdrawn").get()
    assert last.before["state"] == "同步"
    assert not SixRecord.objects.exists()


def test_one_wrong_answer_keeps_none_and_every_fault_is_told(cast, village):
    wrong = SixAnswer(SixItem.RULES, SixState.NEVER)
    with pytest.raises(actions.Refused) as refused:
        actions.record_six(village, [road(), wrong], by=cast.luomei)
    assert {f.code for f in refused.value.faults} == {"six-why", "six-who"}
    assert not SixRecord.objects.exists()


@pytest.mark.parametrize("who", ["hezhi", "zhaoyong", "sunning"])
def test_others_may_not(cast, village, who):
    point = keep_sampling_point({"name": "下游", "kind": "下游", "place": village}, by=cast.chenjing)
    unit = cast.units["清源运维公司"]
    for deed in (
        lambda by: actions.record_six(village, [road()], by=by),
        lambda by: actions.record_step(village, "funds", unit, DAY, by=by),
        lambda by: actions.record_water(point, DAY, {"cod": 9.0}, by=by),
    ):
        with pytest.raises(Denied):
            deed(getattr(cast, who))


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(cast, village):
    client = browser(cast.luomei)
    said = {"ROAD-state": "后补", "ROAD-on": "2025-09-01", "ROAD-document": "", "ROAD-said_by": "王国富"}
    answer = client.post(f"/together/{HONGYAN}/", said)
    assert answer.status_code == 400
    assert "后补要有依据" in answer.content.decode()
    assert 'value="2025-09-01"' in answer.content.decode()
    assert client.post(f"/together/{HONGYAN}/", said | {"ROAD-document": "天交发〔2025〕3号"}).status_code == 302
    page = client.get(f"/together/{HONGYAN}/").content.decode()
    assert "适用的 1 项里同步做了 0 项" in page
    assert "修路没有同步" in page
    listed = client.get("/together/?item=修路&state=后补").content.decode()
    assert "红岩村" in listed
    assert "1 个村修好的路又挖开铺管" in listed
    assert "后补" in client.get(f"/villages/{HONGYAN}/").content.decode()


def test_emptying_an_answer_on_the_form_takes_it_back_with_a_reason(cast, village):
    actions.record_six(village, [road()], by=cast.luomei)
    client = browser(cast.luomei)
    empty = {"ROAD-state": "", "ROAD-on": "2025-09-01"}
    assert client.post(f"/together/{HONGYAN}/", empty).status_code == 400
    assert SixRecord.objects.count() == 1
    assert client.post(f"/together/{HONGYAN}/", empty | {"ROAD-note": "记错了村"}).status_code == 302
    assert not SixRecord.objects.exists()


def test_the_books_propose_and_count_for_nothing_until_confirmed(cast, village):
    OtherWork.objects.create(
        key="L1", department="县交通运输局", kind="road", name="村道硬化", start=date(2025, 3, 1), end=date(2025, 5, 31), place=village
    )  # fmt: skip
    project = ProjectRecord.objects.create(key="XM-1", name="管网一期", place=village, stage="运行", total_fen=1)
    for new, on in (("合同开工", date(2025, 8, 1)), ("竣工验收", date(2025, 12, 1))):
        ProjectStep.objects.create(project=project, new=new, on=on, by_name="x")
    found = proposals(cast.luomei, village, DAY)
    assert found[SixItem.ROAD].state is SixState.AFTER
    assert {str(r) for r in found[SixItem.ROAD].because} == {"work:L1", "project:XM-1"}
    page = browser(cast.luomei).get(f"/together/{HONGYAN}/").content.decode()
    assert "台账上看像是" in page
    assert not SixRecord.objects.exists()
    said = {
        "ROAD-state": "后补",
        "ROAD-on": "2025-08-01",
        "ROAD-document": "天交发〔2025〕3号",
        "ROAD-said_by": "王国富",
    }
    browser(cast.luomei).post(f"/together/{HONGYAN}/", said)
    assert SixRecord.objects.get().because == ["work:L1", "project:XM-1"]


def send(by, table, lines):
    data = "\n".join(lines).encode("utf-8-sig")
    intake = sheets.send(f"{table}.csv", data, table=table, by=by)
    work(until_idle=True)
    intake.refresh_from_db()
    assert intake.state == "shown"
    return intake


def test_the_table_takes_good_rows_and_names_the_bad(cast, village):
    intake = send(cast.luomei, "six", [
        "行政村代码,行政村,事项,情况,做成的日期,依据,村里确认人,说明",
        f"{HONGYAN},红岩村,修路,同步,2025-04-01,天交发〔2025〕3号,王国富,",
        f"{HONGYAN},红岩村,改厕,同步,,,王国富,",
        "999901101200,柳湾村,修路,同步,2025-04-01,天交发〔2025〕3号,李某,",
    ])  # fmt: skip
    codes = set(intake.job.faults.values_list("code", flat=True))
    assert {"six-day", "six-proof", "place-unknown"} <= codes
    sheets.hand_in(intake, by=cast.luomei)
    sheets.take(intake, by=cast.chenjing)
    work(until_idle=True)
    assert [(r.item, r.state) for r in SixRecord.objects.all()] == [("修路", "同步")]


# --- steps and the degree -----------------------------------------------------------------------------------------


def test_a_step_has_its_evidence_in_the_law_and_in_the_database(cast, village):
    unit = cast.units["县治污办"]
    with pytest.raises(actions.Refused) as refused:
        actions.record_step(village, "nothing", unit, None, by=cast.chenjing, done_on=date(2027, 1, 1))
    assert {f.code for f in refused.value.faults} == {"step-unknown", "step-due", "step-future", "step-proof"}
    row = actions.record_step(village, "funds", unit, date(2026, 5, 1), by=cast.chenjing)
    again = actions.record_step(
        village, "funds", unit, date(2026, 5, 1), by=cast.chenjing, done_on=date(2026, 4, 30), document="天财农〔2026〕9号"
    )  # fmt: skip
    assert (row.pk, StepRecord.objects.count()) == (again.pk, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StepRecord.objects.filter(pk=row.pk).update(document="")


def test_every_book_gives_its_parts(cast, village):
    unit = cast.units["溪口镇人民政府"]
    work_ = OtherWork.objects.create(key="L1", department="县交通运输局", kind="road", name="村道", place=village)
    lot = LotRow.objects.create(key="l", name="l", cost_fen=1, place=village)
    clash = Clash.objects.create(key="l/L1", lot=lot, work=work_, place=village, overlap_m=4, months_apart=5)
    ClashLetter.objects.create(
        clash=clash, department="县交通运输局", title="函", text="x", reply_by=date(2026, 10, 10), drafted_on=date(2026, 9, 1),
        state="answered", sent_on=date(2026, 9, 2), signed_by=cast.chenjing, answered_on=date(2026, 10, 12),
    )  # fmt: skip
    project = ProjectRecord.objects.create(
        key="XM-1",
        name="一期",
        place=village,
        stage="试运行",
        total_fen=1,
        due_on=date(2026, 6, 30),
        owner="县农投",
    )
    ProjectStep.objects.create(project=project, new="竣工验收", on=date(2026, 6, 1), by_name="x")
    IssueRecord.objects.create(
        key="WT-1", title="x", klass="一般", place=village, found_on=DAY, assigned_on=DAY, due_on=date(2026, 10, 1), state="交办", rectifier=unit
    )  # fmt: skip
    group = Group.objects.create(name="专班", place=cast.county)
    meeting = Meeting.objects.create(
        key="HY-1", group=group, kind="推进会", title="推进", place=cast.county, begins_at=clock.end_of(date(2026, 9, 9)), sign_code="A",
        state="closed",
    )  # fmt: skip
    item = AgendaItem.objects.create(meeting=meeting, order=1, title="x", subject="issue:WT-1")
    Attendance.objects.create(meeting=meeting, name="罗梅", unit=unit, state="到会")
    Attendance.objects.create(meeting=meeting, name="甲", unit=cast.units["县治污办"], state="请假")
    Attendance.objects.create(meeting=meeting, name="乙", unit=cast.units["清源运维公司"], state="应到")
    Task.objects.create(
        key="RW-1", meeting=meeting, item=item, text="x", unit=unit, due_on=date(2026, 11, 1), first_due_on=date(2026, 10, 1),
        state="已完成", ended_on=date(2026, 10, 20),
    )  # fmt: skip
    actions.record_step(village, "land", cast.units["县治污办"], date(2026, 5, 1), by=cast.chenjing)
    parts = [p for p in gather(cast.chenjing, DAY) if p.village == HONGYAN]
    said = {(p.step, p.unit): p.took(DAY) for p in parts if p.step not in ("operation", "duty")}
    assert said == {
        ("road_decision", "县交通运输局"): Took.LATE,  # two days over
        ("acceptance", "县农投"): Took.ON_TIME,
        ("problem", "溪口镇人民政府"): Took.MISSED,
        ("meeting", "溪口镇人民政府"): Took.ON_TIME,
        ("meeting", "清源运维公司"): Took.MISSED,  # who was excused stands nowhere
        ("task", "溪口镇人民政府"): Took.LATE,  # by what was first promised
        ("land", "县治污办"): Took.MISSED,
    }
    # six full months of rounds at its one station, nobody came; two posts that the standard list asks for
    assert sum(p.step == "operation" for p in parts) == 6
    assert {p.took(DAY) for p in parts if p.step == "operation"} == {Took.MISSED}
    assert sum(p.step == "duty" for p in parts) == 2
    page = browser(cast.chenjing).get("/coordination/").content.decode()
    assert "还不能比较" in page
    assert "不是因果" in page
    one = browser(cast.chenjing).get(f"/coordination/{HONGYAN}/").content.decode()
    assert "2026-10-12" in one
    assert {p.village for p in gather(cast.hezhi, DAY)} == {"999901101200"}


def test_a_part_is_recorded_on_the_village_page(cast, village):
    client = browser(cast.luomei)
    wrong = client.post(
        f"/coordination/{HONGYAN}/", {"step": "funds", "unit": "没有的局", "due_on": "五月", "done_on": ""}
    )
    assert wrong.status_code == 400
    assert "没有的局" in wrong.content.decode()
    good = {
        "step": "funds",
        "unit": "县治污办",
        "due_on": "2026-05-01",
        "done_on": "2026-06-01",
        "document": "天财农〔2026〕9号",
    }
    assert client.post(f"/coordination/{HONGYAN}/", good).status_code == 302
    assert StepRecord.objects.get().unit.name == "县治污办"
    intake = send(cast.luomei, "coordination", [
        "行政村代码,行政村,步骤,单位,应完成日期,完成日期,依据,说明", f"{HONGYAN},红岩村,用地意见,县治污办,2026-03-01,,,",
        f"{HONGYAN},红岩村,没有的步骤,县治污办,2026-03-01,,,",
    ])  # fmt: skip
    assert set(intake.job.faults.values_list("code", flat=True)) == {"step-unknown"}
    sheets.hand_in(intake, by=cast.luomei)
    sheets.take(intake, by=cast.chenjing)
    work(until_idle=True)
    assert set(StepRecord.objects.values_list("step", flat=True)) == {"funds", "land"}


# --- water, equity, source figures --------------------------------------------------------------------------------


def test_water_before_and_after_is_told_with_its_n(cast, village):
    station = FacilityRecord.objects.get(key="QX-001")
    FacilityRecord.objects.filter(pk=station.pk).update(commissioned=date(2025, 6, 1))
    point = keep_sampling_point(
        {"name": "站下游五十米", "kind": "下游", "place": village, "facility": station}, by=cast.luomei
    )
    for month, old, new in zip(range(1, 6), (38, 36, 41, 35, 37), (22, 19, 25, 21, 18), strict=True):
        actions.record_water(point, date(2025, month, 5), {"cod": float(old)}, by=cast.luomei, report="A")
        actions.record_water(point, date(2026, month, 5), {"cod": float(new)}, by=cast.luomei, report="B")
    assert actions.record_water(point, date(2026, 1, 5), {"cod": 22.0}, by=cast.luomei, report="B") == 0
    page = browser(cast.luomei).get("/receiving-water/").content.decode()
    # the two samples do not overlap: exact p = 2 / C(10, 5) = 0.008; medians 37 and 21
    assert "1 项变好" in page
    assert "37.00 Ⅴ类" in page
    assert "21.00 Ⅳ类" in page
    assert "0.008" in page
    assert "没有上游对照点" in page
    client = browser(cast.luomei)
    assert client.post(f"/receiving-water/{point.key}/", {"sampled_on": "", "cod": "很低"}).status_code == 400
    good = {"sampled_on": "2026-07-01", "cod": "20", "nh3n": "0.4", "report": "C"}
    assert client.post(f"/receiving-water/{point.key}/", good).status_code == 302
    intake = send(
        cast.luomei,
        "water",
        ["采样点编号,采样日期,报告编号,COD", f"{point.key},2026-08-01,D,19", "X,2026-08-01,D,19"],
    )
    assert set(intake.job.faults.values_list("code", flat=True)) == {"point-unknown"}
    sheets.hand_in(intake, by=cast.luomei)
    sheets.take(intake, by=cast.chenjing)
    work(until_idle=True)
    assert WaterSample.objects.get(report="D").value == 19


def test_equity_is_for_those_who_see_money(cast, village):
    assert browser(cast.luomei).get("/equity/").status_code == 404
    page = browser(cast.chenjing).get("/equity/").content.decode()
    assert "还没有一笔钱记到村" in page


def test_source_figures_stand_in_the_office_and_are_never_the_countys_own(cast, village):
    page = browser(cast.chenjing).get("/source-figures/").content.decode()
    for said in ("73.4%", "58/79 = 73.4%", "&gt;46.85 个百分点", "106 − 101 = 5 个", "1,068", "未载明"):
        assert said in page, said
    assert browser(cast.luomei).post("/source-figures/keep/").status_code == 403
    for _ in "ab":  # twice is once
        assert browser(cast.chenjing).post("/source-figures/keep/").status_code == 302
    kept = {r.key.removeprefix("source:"): r for r in ReportedFigure.objects.all()}
    # all but the two days and the three counts of the register
    assert set(kept) == {k for k, f in source_figures().items() if f.unit != "日" and f.source != "R"}
    assert (kept["zhaoqing_rate_start"].bound, kept["zhaoqing_rate_start"].place_name) == ("<", "肇庆市")
    assert kept["zhaoqing_operation_city"].n is None
    assert "推断" in "".join(kept["zhaoqing_rate_now"].assumed.values())
    assert "天河坝县" not in {r.place_name for r in kept.values()}
