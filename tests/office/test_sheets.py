"""A table is sent, read, shown and then taken in or not: journey 2's two red cells, and what may never happen."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.jobs.models import Job, SheetIntake, SheetRow
from qingxi_office.people.rights import Denied
from qingxi_office.site.loading import sheets
from qingxi_office.site.working import work
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, StateChange, VillageRecord


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def villages(cast):
    for code, km in (("999901100200", 5.2), ("999901101200", 3.0)):
        VillageRecord.objects.create(
            place=cast.places[code],
            state="未完成",
            households=60,
            people_registered=200,
            households_connected=40,
            sewer_km=km,
        )
    return cast


def read(intake):
    work(until_idle=True)
    intake.refresh_from_db()
    return intake


def sent(by, name, data, table=""):
    return read(sheets.send(name, data, table=table, by=by))


def filled(by, change):
    """The clerk's own form with cells changed, as bytes; ``change`` takes the sheet."""
    body, ending = sheets.form_of(by, "villages")
    assert ending == "xlsx"
    book = openpyxl.load_workbook(io.BytesIO(body))
    change(book.worksheets[0])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def heads(sheet):
    out = {}
    for c in range(1, sheet.max_column + 1):
        word = sheet.cell(4, c).value or sheet.cell(3, c).value
        if word:
            out[word.partition("（")[0]] = c
    return out


def test_journey_two_red_cells_come_back_and_are_answered(villages):
    luomei, chenjing = villages.luomei, villages.chenjing

    def fill(sheet):
        at = heads(sheet)
        assert [sheet.cell(r, 1).value for r in (5, 6)] == ["999901100200", None]  # her own township only
        sheet.cell(5, at["户数"]).value = "６２"
        sheet.cell(5, at["管网长度"]).value = 4
        sheet.cell(5, at["常住人口"]).value = "很多"

    intake = sent(luomei, "月报.xlsx", filled(luomei, fill))
    assert (intake.state, intake.table) == ("shown", "villages")
    assert (intake.counts["wrong"], intake.counts["red"]) == (1, 1)
    back = openpyxl.load_workbook(intake.red)
    sheet = back.worksheets[0]
    at = heads(sheet)
    assert "应为数字" in sheet.cell(5, at["常住人口"]).comment.text
    # The word is mended; the figure that fell is asked about, in the same file.
    sheet.cell(5, at["常住人口"]).value = 150
    held = io.BytesIO()
    back.save(held)
    again = sent(luomei, "月报.xlsx", held.getvalue())
    assert (again.counts["asks"], again.counts["changed"]) == (1, 0)
    sheet = openpyxl.load_workbook(again.red).worksheets[0]
    at = heads(sheet)
    assert "管网长度比上次少 1.2 km，请说明" in sheet.cell(5, at["管网长度"]).comment.text
    assert sheet.cell(5, at["管网长度"]).fill.fgColor.rgb == "FFFFC7CE"
    sheet.cell(5, at["红格说明"]).value = "老管 1.2 km 已废弃"
    held = io.BytesIO()
    sheet.parent.save(held)
    third = sent(luomei, "月报.xlsx", held.getvalue())
    assert (third.counts["changed"], third.counts["red"]) == (1, 0)
    page = browser(luomei).get(reverse("intake", args=[third.pk])).content.decode()
    assert "完整：1 行可以收" in page
    assert "提交县审" in page
    with pytest.raises(Denied, match="县主管"):
        sheets.take(third, by=luomei)
    sheets.hand_in(third, by=luomei)
    assert "已提交，待县审" in browser(luomei).get(reverse("intake", args=[third.pk])).content.decode()
    assert VillageRecord.objects.get(place__code="999901100200").households == 60
    assert "乡镇交来 1 张表" in browser(chenjing).get("/loads/").content.decode()
    browser(chenjing).post(reverse("intake_do", args=[third.pk]), {"deed": "take"})
    work(until_idle=True)
    third.refresh_from_db()
    row = VillageRecord.objects.get(place__code="999901100200")
    assert (third.state, row.households, row.sewer_km, row.people_resident) == ("taken", 62, 4.0, 150)
    # What the table does not speak of, and the other township, stand as they were.
    assert VillageRecord.objects.get(place__code="999901101200").households == 60
    assert Entry.objects.filter(action="villages.taken_in").count() == 1
    assert "月报.xlsx（罗梅 交）" in Entry.objects.get(action="villages.taken_in").because
    # The same file once more changes nothing.
    fourth = sent(luomei, "月报.xlsx", held.getvalue())
    assert (fourth.counts["same"], fourth.counts["changed"], fourth.counts["new"]) == (1, 0, 0)
    with pytest.raises(ValueError, match="没有要收的"):
        sheets.take(fourth, by=chenjing)


def test_a_clerk_cannot_write_about_another_township(villages):
    data = "行政村代码,行政村,治理状态,户数\n999901101200,柳湾村,未完成,7\n".encode()
    intake = sent(villages.luomei, "a.csv", data)
    assert (intake.counts["wrong"], intake.counts["changed"]) == (1, 0)
    fault = intake.job.faults.get(code="place-unknown")
    assert "不在本辖区" in fault.rule
    assert browser(villages.hezhi).get(reverse("intake", args=[intake.pk])).status_code == 404
    assert browser(villages.hezhi).get(reverse("intake_red", args=[intake.pk])).status_code == 404
    assert browser(villages.zhaoyong).get("/loads/").status_code == 404
    with pytest.raises(Denied):
        sheets.drop(intake, by=villages.hezhi)
    with pytest.raises(Denied):
        sheets.send("a.csv", data, table="", by=villages.sunning)


def test_a_code_that_lost_its_digits_is_offered_by_name(villages):
    data = "行政村代码,行政村,治理状态\n9.99E+11,红岩村,未完成\n".encode("gb18030")
    intake = sent(villages.chenjing, "a.csv", data)
    fault = intake.job.faults.get(code="code-lost-digits")
    assert fault.remedy.startswith("按名称像是 999901100200 红岩村（溪口镇）")


def test_changes_are_shown_cell_by_cell_and_the_missing_are_named(villages):
    from qingxi_office.places.actions import take_in_tree

    tree = take_in_tree([{"code": "999901100201", "name": "小坪村", "kind": "村委会"}], by=villages.chenjing)
    VillageRecord.objects.create(place=tree["999901100201"], state="未完成", households=9)
    data = "行政村代码,行政村,治理状态,户数,接户数\n999901100200,红岩村,已治理,61,45\n999901101200,柳湾村,未完成,60,40\n".encode()
    intake = sent(villages.chenjing, "台账.csv", data)
    assert {r.verdict: r.label for r in SheetRow.objects.filter(intake=intake)} == {
        "wrong": "红岩村",
        "gone": "小坪村",
    }
    data = data.replace("已治理".encode(), "未完成".encode())
    intake = sent(villages.chenjing, "台账.csv", data)
    row = SheetRow.objects.get(intake=intake, verdict="changed")
    assert row.was == {"households": 60, "households_connected": 40}
    page = browser(villages.chenjing).get(reverse("intake", args=[intake.pk]) + "?show=changed").content.decode()
    assert "<del>60</del> → <b>61</b>" in page
    gone = browser(villages.chenjing).get(reverse("intake", args=[intake.pk]) + "?show=gone").content.decode()
    assert "小坪村" in gone
    assert "不会删除" in gone


def test_a_state_needs_document_and_reason_and_leaves_its_change(villages):
    head = "行政村代码,行政村,治理状态,认定日期,认定文号,红格说明\n"
    bare = sent(villages.chenjing, "a.csv", (head + "999901100200,红岩村,已治理,2026-11-01,,\n").encode())
    assert set(bare.job.faults.values_list("code", flat=True)) == {"document-missing", "needs-reason"}
    good = sent(
        villages.chenjing,
        "a.csv",
        (head + "999901100200,红岩村,已治理,2026.11.1,县治办〔2026〕3号,抽查合格\n").encode(),
    )
    sheets.take(good, by=villages.chenjing)
    work(until_idle=True)
    change = StateChange.objects.get()
    assert (change.old, change.new, str(change.on)) == ("未完成", "已治理", "2026-11-01")


def test_what_somebody_changed_meanwhile_is_not_written_over(villages):
    intake = sent(
        villages.chenjing, "a.csv", "行政村代码,行政村,治理状态,户数\n999901100200,红岩村,未完成,70\n".encode()
    )
    VillageRecord.objects.filter(place__code="999901100200").update(households=65)
    sheets.take(intake, by=villages.chenjing)
    work(until_idle=True)
    intake.refresh_from_db()
    assert VillageRecord.objects.get(place__code="999901100200").households == 65
    assert (intake.counts["left"], intake.counts["taken_changed"]) == (1, 0)


@pytest.mark.parametrize("deed", ["drop", "cancel"])
def test_nothing_goes_in_when_it_is_not_taken(villages, deed):
    data = "行政村代码,行政村,治理状态,户数\n999901100200,红岩村,未完成,70\n".encode()
    if deed == "cancel":
        intake = sheets.send("a.csv", data, table="", by=villages.chenjing)
        sheets.cancel(intake, by=villages.chenjing)
        read(intake)
    else:
        intake = sent(villages.chenjing, "a.csv", data)
        browser(villages.chenjing).post(reverse("intake_do", args=[intake.pk]), {"deed": "drop"})
        intake.refresh_from_db()
    assert intake.state == "dropped"
    assert not SheetRow.objects.exists()
    assert VillageRecord.objects.get(place__code="999901100200").households == 60


def test_a_file_that_is_no_table_is_said_on_its_page(villages):
    intake = sent(villages.chenjing, "照片.xlsx", b"\xff\xd8\xff\xe0 a photograph")
    assert intake.state == "failed"
    page = browser(villages.chenjing).get(reverse("intake", args=[intake.pk])).content.decode()
    assert "这是照片" in page
    other = sent(villages.chenjing, "a.csv", "甲,乙\n1,2\n".encode())
    assert other.job.faults.get().code == "table-unknown"


def test_households_go_in_at_once_and_their_file_is_forgotten(villages):
    hamlet = HamletRecord.objects.create(
        key="999901100200001", place=villages.places["999901100200001"], name="主街"
    )
    rows = "".join(f"H{n:03d},999901100200001,主街,{n % 7},水冲,是\n" for n in range(300))
    data = ("户编号,自然村代码,自然村,常住人口,厕所类型,黑灰分离\n" + rows).encode()
    intake = sent(villages.chenjing, "农户台账.csv", data)
    assert (intake.table, intake.counts["new"]) == ("households", 300)
    sheets.take(intake, by=villages.chenjing)
    work(until_idle=True)
    intake.refresh_from_db()
    assert intake.state == "taken", list(intake.take_job.lines.values_list("text", flat=True))
    assert HouseholdRecord.objects.filter(hamlet=hamlet, separated=True, mode="").count() == 300
    assert hamlet.tally.people_resident == sum(n % 7 for n in range(300))
    assert not intake.file
    assert Entry.objects.get(action="households.taken_in").after["new"] == 300
    # Of a household that changes only what the table says: the plan's mode and the water stay.
    HouseholdRecord.objects.filter(key="H001").update(mode="onsite", water_source="山泉")
    other = data.decode().replace("H001,999901100200001,主街,1", "H001,999901100200001,主街,5").encode()
    again = sent(villages.chenjing, "农户台账.csv", other)
    assert (again.counts["same"], again.counts["changed"]) == (299, 1)
    sheets.take(again, by=villages.chenjing)
    work(until_idle=True)
    row = HouseholdRecord.objects.get(key="H001")
    assert (row.people_resident, row.mode, row.water_source) == (5, "onsite", "山泉")


def test_an_upload_through_the_page(villages):
    client = browser(villages.luomei)
    file = SimpleUploadedFile(
        "设施.csv", "设施编号,设施名称,行政村,设计规模\nQX-009,新站,红岩村,２０吨/天\n".encode()
    )
    answer = client.post("/loads/", {"file": file, "table": ""})
    intake = SheetIntake.objects.get()
    assert answer["Location"] == reverse("intake", args=[intake.pk])
    assert "马上开始" in client.get(answer["Location"]).content.decode() or intake.job.state == "waiting"
    read(intake)
    assert (intake.table, intake.counts["new"]) == ("facilities", 1), list(
        intake.job.faults.values_list("rule", flat=True)
    )
    sheets.hand_in(intake, by=villages.luomei)
    sheets.return_to(intake, "规模请核实", by=villages.chenjing)
    assert "县里退回了：规模请核实" in client.get(reverse("intake", args=[intake.pk])).content.decode()
    sheets.hand_in(intake, by=villages.luomei)
    sheets.take(intake, by=villages.chenjing)
    work(until_idle=True)
    station = FacilityRecord.objects.get(key="QX-009")
    assert (station.place.code, station.design_m3_d) == ("999901100200", 20.0)


@pytest.mark.parametrize("as_csv", [False, True])
def test_the_form_sent_back_as_it_is_changes_nothing(hamlet, cast, as_csv):
    """Export, then import, of every table the office takes: nothing new, changed, gone or wrong."""
    made = {}
    for name in sheets.BOOKS:
        body, ending = sheets.form_of(cast.chenjing, name, as_csv=as_csv)
        made[name] = sheets.send(f"表.{ending}", body, table=name, by=cast.chenjing)
    work(until_idle=True)
    for name, intake in made.items():
        intake.refresh_from_db()
        told = [str(f.rule) for f in intake.job.faults.filter(severity="error")[:5]]
        count = len(sheets.form_rows(cast.chenjing, name))
        expected = {"new": 0, "changed": 0, "same": count, "gone": 0, "wrong": 0, "asks": 0}
        assert {k: intake.counts.get(k) for k in expected} == expected, (name, told)
    assert sum(len(sheets.form_rows(cast.chenjing, name)) > 0 for name in made) >= 8


def test_lists_ask_a_fixed_number_of_questions(villages):
    client = browser(villages.chenjing)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/loads/").status_code == 200
        return len(queries)

    def another(n):
        job = Job.objects.create(kind="sheet", title="x", state="done", by_name="x", started_at="2026-11-20T00:00Z")
        SheetIntake.objects.create(
            name=f"{n}.csv", sha256="", path="999901/", by_name="x", at="2026-11-20T00:00Z", job=job, state="shown"
        )

    another(0)
    first = asked()
    for n in range(6):
        another(n)
    assert asked() == first


def test_a_taking_that_was_lost_left_nothing_and_can_be_read_again(villages):
    intake = sent(
        villages.chenjing, "a.csv", "行政村代码,行政村,治理状态,户数\n999901100200,红岩村,未完成,70\n".encode()
    )
    sheets.take(intake, by=villages.chenjing)
    Job.objects.filter(pk=intake.take_job_id).update(state="lost")
    assert "可以再来一遍" in browser(villages.chenjing).get(reverse("intake", args=[intake.pk])).content.decode()
    intake.refresh_from_db()
    sheets.read_anew(intake, by=villages.chenjing)
    read(intake)
    assert (intake.state, intake.counts["changed"]) == ("shown", 1)
    assert VillageRecord.objects.get(place__code="999901100200").households == 60


def test_the_page_of_a_table_asks_a_fixed_number_of_questions(villages):
    client = browser(villages.chenjing)
    intake = sent(
        villages.chenjing, "a.csv", "行政村代码,行政村,治理状态,户数\n999901100200,红岩村,未完成,x\n".encode()
    )

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("intake", args=[intake.pk])).status_code == 200
        return len(queries)

    first = min(asked(), asked())  # one question more when a minute of the session has gone by
    for n in range(40):
        SheetRow.objects.create(intake=intake, row=n + 10, key=str(n), verdict="wrong", values={})
    assert min(asked(), asked()) == first <= 22
