"""Periodic returns in the office: the books' figures by hand, steps and rights, workbooks there and back, pages."""

import io
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qingxi.filing import Period, PeriodKind, Refused, shipped_text, sources
from qingxi.filing.law import State
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueRecord
from qingxi_office.notices.models import Notice
from qingxi_office.people import rights
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.readings.models import BillRow, VisitRow
from qingxi_office.returns import actions, books, queries
from qingxi_office.returns.actions import steps
from qingxi_office.returns.actions.filling import refresh_all
from qingxi_office.returns.models import ReturnChange, ReturnForm, ReturnPeriod, ReturnRecord
from qingxi_office.trail import words as trail_words
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import StateChange, VillageRecord

DAY = date(2026, 11, 20)
OCTOBER = Period.parse("2026-10")
TYPED = {
    "sewer_km": "12.2", "sewer_new_m": "0", "sludge_t": "3", "septage_m3": "12", "care_fee_yuan": "800", "publicity_times": "2",
    "trained_people": "6", "difficulties": "无", "next_month": "主街通水",
}  # fmt: skip


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def at(day: date, hour: int = 9):
    return timezone.make_aware(datetime.combine(day, time(hour)))


@pytest.fixture
def county(cast):
    """溪口镇: one village, treated in November only; one station, one visit in October, one late problem. 岚坪镇: one village."""
    xikou, lanping = cast.places["999901100200"], cast.places["999901101200"]
    village = VillageRecord.objects.create(
        place=xikou, state="已治理", state_on=date(2026, 11, 9), households=60, households_connected=41
    )
    VillageRecord.objects.create(place=lanping, state="已管控", state_on=date(2026, 5, 1), households=50)
    StateChange.objects.create(village=village, old="未完成", new="已治理", on=date(2026, 11, 9), by_name="陈静")
    station = FacilityRecord.objects.get(key="QX-001")
    for n, day in enumerate((date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1))):
        VisitRow.objects.create(
            key=f"v{n}", facility=station, visited_at=at(day, 23), by_name="周", by_role="village"
        )
    BillRow.objects.create(
        key="0200001/2026-10", account="0200001", month=date(2026, 10, 1), kwh=9, facility=station
    )
    FindingRecord.objects.create(
        key="QX-001/starved", facility=station, rule="starved", rule_name="吃不饱", kind="starved", period_from=date(2026, 9, 1),
        confidence="一般", statement="x", found_on=DAY, state="confirmed", decided_by=cast.chenjing, decided_at=at(DAY),
        period_to=DAY,
    )  # fmt: skip
    common = {
        "klass": "一般",
        "place": xikou,
        "rectifier": cast.units["清源运维公司"],
        "found_on": date(2026, 9, 1),
    }
    # Open at the end of October and late; closed in October; closed in November (open then); assigned in November (not there).
    for key, assigned, due, closed in (
        ("WT-1", date(2026, 10, 5), date(2026, 10, 20), None), ("WT-2", date(2026, 9, 5), date(2026, 9, 20), date(2026, 10, 8)),
        ("WT-3", date(2026, 9, 5), date(2026, 12, 20), date(2026, 11, 8)), ("WT-4", date(2026, 11, 5), date(2026, 12, 1), None),
    ):  # fmt: skip
        IssueRecord.objects.create(
            key=key, title="x", kept_elsewhere=closed is not None, assigned_on=assigned, due_on=due, closed_on=closed, is_open=closed is None,
            closed_by_unit=cast.units["县治污办"] if closed else None, state="销号备案" if closed else "整改中", **common,
        )  # fmt: skip
    ProjectRecord.objects.create(
        key="XM-1", name="管网", place=xikou, stage="实施", total_fen=250_000_000, paid_fen=100_000_000
    )
    PublicReport.objects.create(code="7K492MXX", facility="QX-001", text="臭", received_at=at(date(2026, 10, 9)))
    return cast


@pytest.fixture
def month(county, office):
    """October's monthly return, open: (period, 溪口镇's return)."""
    actions.keep_shipped(by=office)
    period = actions.open_period(ReturnForm.objects.get(key="monthly"), OCTOBER, by=office)
    return period, ReturnRecord.objects.select_related("place", "unit", "period", "period__form").get(
        place__code="999901100"
    )


def values(row):
    return {name: e.value for name, e in queries.law_of(row).values.items()}


def test_every_source_of_the_library_is_reckoned_and_no_other():
    assert books.known() == set(sources())


def test_the_books_figures_of_october_by_hand(month):
    _period, row = month
    said = values(row)
    # The village became treated on 9 November: at the end of October it was not.
    assert [said[n] for n in ("villages", "villages_treated", "villages_controlled", "villages_open")] == [
        1,
        0,
        0,
        1,
    ]
    assert (said["households"], said["households_connected"]) == (60, 41)
    assert (said["facilities"], said["facilities_in_use"], said["facilities_stopped"]) == (1, 1, 0)
    assert (said["starved"], said["idle"]) == (1, 0)
    assert said["bills_missing"] == 0
    assert (said["visits"], said["stations_visited"]) == (2, 1)  # 1 and 31 October at 23:00 of the office's zone
    assert (said["issues_new"], said["issues_closed"], said["issues_open"], said["issues_overdue"]) == (1, 1, 2, 1)
    assert said["reports"] == 1
    assert (said["projects_active"], said["projects_total"], said["projects_paid"]) == (1, 250.0, 100.0)
    assert said["sewer_km"] is None  # the village has no length of sewers: it is asked
    assert row.to_fill == 9
    law = queries.law_of(row)
    assert law.values["issues_open"].refs == ("issue:WT-1", "issue:WT-3")
    assert "1 个村里 1 个没有登记管网长度" in law.values["sewer_km"].unknown


def test_a_township_that_has_nothing_has_noughts_and_a_missing_bill(month):
    row = ReturnRecord.objects.select_related("unit", "place", "period", "period__form").get(
        place__code="999901101"
    )
    said = values(row)
    assert (said["visits"], said["issues_open"], said["bills_missing"]) == (0, 0, 1)
    assert said["households_connected"] is None  # nobody counted: unknown is not nothing
    assert row.to_fill == 10


def test_opening_twice_opens_once_and_tells_once(month, office):
    period, _row = month
    n = Notice.objects.filter(kind="return_due").count()
    assert n == 2
    again = actions.open_period(period.form, OCTOBER, by=office)
    assert again.pk == period.pk
    assert ReturnRecord.objects.count() == 2
    assert Notice.objects.filter(kind="return_due").count() == n
    with pytest.raises(ValueError, match="还没有开始"):
        actions.open_period(period.form, Period.parse("2026-12"), by=office)


def test_the_round_opens_what_ended_last_and_nothing_twice(county, office):
    assert {(p.form_key, p.key) for p in actions.open_due(by=office)} == {
        ("monthly", "2026-10"), ("quarterly", "2026-Q3"), ("half_year", "2026-H1")
    }  # fmt: skip
    assert actions.open_due(by=office) == []


def test_the_way_of_a_return(month, county):
    _period, row = month
    clerk, officer = county.luomei, county.chenjing
    with pytest.raises(Refused, match="污泥外运没有填"):
        actions.submit(row, by=clerk)
    row, refused = actions.put_in(row, TYPED | {"sludge_t": "很多"}, by=clerk)
    assert refused == {"sludge_t": "污泥外运：应为数字，请只填一个数，没有的填 0"}
    assert row.state == State.FILLING.value
    row = actions.write(row, {"sludge_t": "3"}, by=clerk)
    assert row.state == State.COMPLETE.value
    row = actions.submit(row, by=clerk)
    assert Notice.objects.filter(kind="return_submitted", person_pk=officer.pk).count() == 1
    row = actions.send_back(row, "管护费请核", by=officer)
    assert Notice.objects.get(kind="return_returned").person_pk == clerk.pk
    row = actions.write(row, {"care_fee_yuan": "850"}, by=clerk)
    row = actions.submit(row, by=clerk)
    row = actions.approve(row, by=officer)
    n, left = actions.lock_period(row.period, by=officer)
    assert (n, left) == (1, ["岚坪镇人民政府"])
    row.refresh_from_db()
    assert row.state == State.LOCKED.value
    assert [c.reason for c in row.changes.filter(later=True)] == ["按退回意见改：管护费请核"]
    assert [s.what for s in row.steps.all()] == ["填报", "填报", "提交", "退回", "填报", "提交", "审核", "锁定"]
    assert set(steps._CODES.values()) <= set(trail_words.DEEDS)


def approved(row, cast):
    actions.put_in(row, TYPED, by=cast.luomei)
    row = actions.submit(row, by=cast.luomei)
    return actions.approve(row, by=cast.chenjing)


def test_after_the_lock_a_change_needs_an_exception_and_stays_listed(month, county):
    period, row = month
    row = approved(row, county)
    actions.lock_period(period, by=county.chenjing)
    with pytest.raises(Refused):
        actions.write(row, {"sludge_t": "5"}, by=county.luomei)
    row = actions.open_exception(row, ["sludge_t"], "联单到了", until=DAY + timedelta(days=3), by=county.chenjing)
    row = actions.write(row, {"sludge_t": "5"}, by=county.luomei, reasons={"sludge_t": "以联单为准"})
    row = actions.approve(actions.submit(row, by=county.luomei), by=county.chenjing)
    assert row.state == State.LOCKED.value
    change = ReturnChange.objects.get(record=row, later=True)
    assert (change.old, change.new, change.reason, change.after_lock) == (3, 5, "以联单为准", True)


def test_a_figure_that_moves_after_submission_is_shown_and_does_not_change(month, county, office):
    _period, row = month
    actions.put_in(row, TYPED, by=county.luomei)
    row = actions.submit(row, by=county.luomei)
    VisitRow.objects.create(
        key="late",
        facility=FacilityRecord.objects.get(key="QX-001"),
        visited_at=at(date(2026, 10, 15)),
        by_name="周",
        by_role="village",
    )
    assert refresh_all(by=office) == 1
    row.refresh_from_db()
    assert row.drift == [["visits", 2.0, 3.0]]
    assert values(row)["visits"] == 2
    assert "账上现在" in browser(county.luomei).get(f"/returns/{row.key}/").content.decode()
    assert refresh_all(by=office) == 0  # nothing new


def test_figures_follow_the_books_until_then(month, county, office):
    _period, row = month
    station = FacilityRecord.objects.get(key="QX-001")
    VisitRow.objects.create(
        key="late", facility=station, visited_at=at(date(2026, 10, 15)), by_name="周", by_role="village"
    )
    assert refresh_all(by=office) == 1
    assert values(row)["visits"] == 3


def test_undo_takes_back_ones_own_last_change(month, county):
    _period, row = month
    actions.write(row, {"sludge_t": "3"}, by=county.luomei)
    actions.write(row, {"sludge_t": "30"}, by=county.luomei)
    assert actions.undo(row, by=county.luomei) == ["sludge_t"]
    assert values(row)["sludge_t"] == 3
    assert actions.undo(row, by=county.luomei) == ["sludge_t"]
    assert values(row)["sludge_t"] is None
    assert actions.undo(row, by=county.luomei) == []


def test_quarterly_figures_come_from_the_months_that_were_handed_in(month, county, office):
    monthly, quarterly = ReturnForm.objects.get(key="monthly"), ReturnForm.objects.get(key="quarterly")
    for key in ("2026-07", "2026-08", "2026-09"):
        one = actions.open_period(monthly, Period.parse(key), by=office).returns.get(place__code="999901100")
        actions.put_in(one, TYPED | {"sludge_t": key[-1]}, by=county.luomei)
        if key != "2026-09":
            one = ReturnRecord.objects.select_related("place", "period").get(pk=one.pk)
            actions.submit(one, by=county.luomei)
    third = actions.open_period(quarterly, Period.parse("2026-Q3"), by=office)
    at_q = third.returns.select_related("unit", "place", "period", "period__form").get(place__code="999901100")
    entry = queries.law_of(at_q).values["sludge_t"]
    assert entry.value is None
    assert entry.unknown == "2026 年 9 月的月调度表还没有交"
    september = ReturnRecord.objects.select_related("place", "period").get(
        period__key="2026-09", place__code="999901100"
    )
    actions.submit(september, by=county.luomei)
    actions.refresh(at_q, by=county.luomei)
    entry = queries.law_of(at_q).values["sludge_t"]
    assert entry.value == 24.0  # 7 + 8 + 9
    assert entry.refs[0] == "return:monthly-2026-07-999901100"


def test_rights(month, county):
    _period, row = month
    actions.put_in(row, TYPED, by=county.luomei)
    with pytest.raises(rights.Denied):
        actions.write(row, {"sludge_t": "9"}, by=county.hezhi)  # another township
    row = actions.submit(row, by=county.luomei)
    with pytest.raises(rights.Denied):
        actions.approve(row, by=county.luomei)
    with pytest.raises(rights.Denied):
        actions.submit(row, by=county.luomei, on=DAY - timedelta(days=3))  # a clerk dates nothing back
    assert queries.returns(county.hezhi).count() == 1
    assert queries.returns(county.zhaoyong).count() == 0
    assert [r.key for r in queries.to_review(county.chenjing)] == [row.key]


def test_the_database_refuses_who_approves_their_own(month, county):
    _period, row = month
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnRecord.objects.filter(pk=row.pk).update(submitted_by=county.luomei, approved_by=county.luomei)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnRecord.objects.filter(pk=row.pk).update(state="已提交")


def sheet_of(client, row):
    answer = client.get(f"/returns/{row.key}/sheet/")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    page = book.active
    return book, page, {page.cell(r, 8).value: r for r in range(5, page.max_row + 1) if page.cell(r, 8).value}


def sent(client, row, book, name="月报.xlsx"):
    held = io.BytesIO()
    book.save(held)
    return client.post(
        f"/returns/{row.key}/sheet/", {"file": SimpleUploadedFile(name, held.getvalue())}, follow=True
    )


def test_the_workbook_there_and_back_with_two_red_cells(month, county, office):
    _period, row = month
    earlier = actions.open_period(
        ReturnForm.objects.get(key="monthly"), Period.parse("2026-09"), by=office
    ).returns.get(place__code="999901100")
    earlier = ReturnRecord.objects.select_related("place", "period").get(pk=earlier.pk)
    actions.put_in(earlier, TYPED | {"sewer_km": "13.4"}, by=county.luomei)
    actions.submit(earlier, by=county.luomei)
    client = browser(county.luomei)
    book, page, rows = sheet_of(client, row)
    assert page["E2"].value == "999901100000"  # the code is text
    assert page["E2"].data_type == "s"
    yellow = [
        f
        for f, r in rows.items()
        if page.cell(r, 5).fill.fgColor.rgb == "FFFFF9DB" and page.cell(r, 5).value is None
    ]
    assert len(yellow) == 9
    assert page.protection.sheet
    assert page.cell(rows["visits"], 5).protection.locked
    assert not page.cell(rows["sludge_t"], 5).protection.locked
    for field, value in (TYPED | {"trained_people": "三十多"}).items():
        page.cell(rows[field], 5).value = value
    answer = sent(client, row, book).content.decode()
    assert "2 格标红在同一份文件里" in answer
    kept = row.sheets.get()
    back = openpyxl.load_workbook(io.BytesIO(kept.red.read()))
    page = back.active
    red = [f for f, r in rows.items() if page.cell(r, 5).fill.fgColor.rgb == "FFFFC7CE"]
    assert sorted(red) == ["sewer_km", "trained_people"]
    assert page.cell(rows["sewer_km"], 9).value == "管网长度比上月少 1.2 km，请说明"
    assert page["A1"].value == "2026 年 10 月农村生活污水治理月调度表"  # the same file
    page.cell(rows["sewer_km"], 6).value = "复测更正"
    page.cell(rows["trained_people"], 5).value = 30
    answer = sent(client, row, back, "月报-标红.xlsx").content.decode()
    assert "没有红格" in answer
    assert "完整 ✓，还没有提交" in answer
    last = row.sheets.first()
    assert not last.red
    row.refresh_from_db()
    assert row.state == State.COMPLETE.value
    assert (
        "完整 ✓ 已提交，待县审"
        in client.post(f"/returns/{row.key}/act/", {"do": "submit"}, follow=True).content.decode()
    )


def test_a_file_of_another_return_or_none_at_all_changes_nothing(month, county, office):
    _period, row = month
    other = ReturnRecord.objects.get(place__code="999901101")
    client = browser(county.luomei)
    book, _page, _rows = sheet_of(browser(county.hezhi), other)
    assert "不是这一份" in sent(client, row, book).content.decode()
    for data in (b"", b"PK\x03\x04broken", "看,不懂\n1,2".encode()):
        answer = client.post(
            f"/returns/{row.key}/sheet/", {"file": SimpleUploadedFile("x.xlsx", data)}, follow=True
        )
        assert answer.status_code == 200
    assert not row.sheets.exists()
    assert row.to_fill == 9


def test_a_csv_comes_back_as_its_xlsx_twin(month, county):
    _period, row = month
    text = "指标,单位,本期,说明\n污泥外运,t,很多,\n粪渣清掏,m³,12,\n"
    browser(county.luomei).post(
        f"/returns/{row.key}/sheet/", {"file": SimpleUploadedFile("y.csv", text.encode("utf-8-sig"))}
    )
    kept = row.sheets.get()
    page = openpyxl.load_workbook(io.BytesIO(kept.red.read())).active
    said = {page.cell(r, 8).value: page.cell(r, 5).value for r in range(5, page.max_row + 1)}
    assert (said["sludge_t"], said["septage_m3"]) == ("很多", 12)


def test_a_changed_white_cell_comes_back_red(month, county):
    _period, row = month
    client = browser(county.luomei)
    book, page, rows = sheet_of(client, row)
    page.cell(rows["visits"], 5).value = 99
    sent(client, row, book)
    page = openpyxl.load_workbook(io.BytesIO(row.sheets.get().red.read())).active
    assert "账里有这个数，不用填" in page.cell(rows["visits"], 9).value
    assert values(row)["visits"] == 2


def test_values_are_kept_while_somebody_types(month, county):
    _period, row = month
    client = browser(county.luomei)
    answer = client.post(f"/returns/{row.key}/write/", {"f:sludge_t": "很多"}).json()
    assert "应为数字" in answer["notes"]["sludge_t"]
    answer = client.post(f"/returns/{row.key}/write/", {"f:sludge_t": "3"}).json()
    assert "8 格要填" in answer["head"]
    assert browser(county.hezhi).post(f"/returns/{row.key}/write/", {"f:sludge_t": "4"}).status_code == 404
    assert values(row)["sludge_t"] == 3


def test_pages_ask_the_same_number_of_questions_however_many_townships(month, county, office):
    from qingxi_office.places.actions import take_in_tree, take_in_units

    client, pages = browser(county.chenjing), ("/returns/", "/returns/periods/monthly/2026-10/")

    def asked():
        out = []
        for page in pages:
            with CaptureQueriesContext(connection) as found:
                assert client.get(page).status_code == 200
            out.append(len(found))
        return out

    few = asked()
    tree = take_in_tree([{"code": f"9999012{n:02d}", "name": f"第{n}镇"} for n in range(20)], by=office)
    take_in_units(
        [
            {
                "name": f"第{n}镇政府",
                "kind": "乡镇",
                "phone": "",
                "level": "乡镇",
                "place_id": tree[f"9999012{n:02d}"].pk,
            }
            for n in range(20)
        ],
        by=office,
    )
    period = ReturnPeriod.objects.select_related("form").get()
    with CaptureQueriesContext(connection) as opening:
        actions.open_period(period.form, OCTOBER, by=office, quiet=True)
    assert ReturnRecord.objects.count() == 22
    assert len(opening) <= 60  # two a source, not two a township
    many = asked()
    assert many == few
    assert max(many) <= 22


def test_summary_has_a_row_a_unit_and_the_countys_own(month, county):
    _period, row = month
    actions.put_in(row, TYPED, by=county.luomei)
    actions.submit(row, by=county.luomei)
    answer = browser(county.chenjing).get("/returns/periods/monthly/2026-10/?as=xlsx")
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    head = [c.value for c in page[2]]
    at_km = head.index("管网长度（km）")
    assert [page.cell(r, 1).value for r in range(3, 6)] == ["溪口镇人民政府", "岚坪镇人民政府", "合计"]
    assert [page.cell(r, at_km + 1).value for r in range(3, 6)] == [12.2, None, 12.2]
    assert page.cell(5, 3).value == "1/2 个单位"


def test_a_new_version_of_a_form_holds_for_later_periods(month, county, office):
    period, _row = month
    text = shipped_text("monthly").replace('name = "污泥外运"', 'name = "污泥外运（湿重）"')
    client = browser(county.chenjing)
    client.post("/returns/forms/", {"text": text})
    newest = ReturnForm.objects.get(key="monthly", is_current=True)
    assert newest.version == 2
    assert ReturnPeriod.objects.get(pk=period.pk).form.version == 1
    later = actions.open_period(newest, Period.parse("2026-11"), by=office)
    assert later.form.version == 2
    answer = client.post(
        "/returns/forms/", {"text": text.replace('period = "月"', 'period = "旬"')}
    ).content.decode()
    assert "没有存，这些地方要改" in answer
    assert browser(county.luomei).post("/returns/forms/", {"text": text}).status_code == 403


def test_reminders_go_once_and_exceptions_end_by_themselves(month, county, office, settings):
    period, row = month
    assert steps.look(by=office) == []  # asked for on 20 November, due on the 27th
    settings.QINGXI_PRACTICE_DAY = "2026-11-30"
    assert steps.look(by=office) == ["逾期未报 2 份，明天到期 0 份"]
    n = Notice.objects.filter(kind="return_late").count()
    steps.look(by=office)
    assert Notice.objects.filter(kind="return_late").count() == n == 2
    approved(row, county)
    actions.lock_period(period, by=county.chenjing)
    row.refresh_from_db()
    actions.open_exception(row, ["sludge_t"], "x", until=date(2026, 12, 1), by=county.chenjing)
    settings.QINGXI_PRACTICE_DAY = "2026-12-02"
    steps.look(by=office)
    row.refresh_from_db()
    assert row.state == State.LOCKED.value
    assert Entry.objects.filter(action="return.closed").count() == 1


def test_the_walk_back_reaches_the_records(month, county):
    from qingxi.origin import Ref
    from qingxi_office.site.walk import walk

    _period, row = month
    actions.put_in(row, TYPED, by=county.luomei)
    met = {str(ref) for ref, _ in walk(Ref("return", row.key)).steps}
    assert {"issue:WT-1", "visit:v1", "project:XM-1", "facility:QX-001", "village:999901100200"} <= met
    page = browser(county.luomei).get(f"/returns/{row.key}/figure/issues_open/").content.decode()
    assert "/issues/WT-1/" in page
    assert "通报" in page
    assert "7K492MXX" not in browser(county.luomei).get(f"/returns/{row.key}/figure/reports/").content.decode()


def test_home_says_what_is_to_be_done(month, county):
    assert "2026-10 月调度表" in browser(county.luomei).get("/").content.decode()
    _period, row = month
    actions.put_in(row, TYPED, by=county.luomei)
    actions.submit(row, by=county.luomei)
    assert "溪口镇人民政府 2026-10 月调度表" in browser(county.chenjing).get("/").content.decode()


def test_kinds_of_periods_are_the_forms_own(month):
    assert {f.period_kind for f in ReturnForm.objects.all()} == {
        PeriodKind.MONTH,
        PeriodKind.QUARTER,
        PeriodKind.HALF,
    }


def test_a_return_and_the_countys_rate_count_the_same_villages(county, office):
    """One source, not two: what the townships' returns add up to is what the indicator of the same day counts."""
    from qingxi_office.indicators.actions import compute

    rate = next(f for f in compute(by=office, as_of=DAY) if f.definition == "treatment_rate_village")
    towns = [county.places["999901100"], county.places["999901101"]]
    said = books.reckon(["villages", "villages_treated"], towns, Period.parse("2026-11"), DAY).values()
    assert sum(s["villages_treated"].value for s in said) == rate.numerator == 1
    assert sum(s["villages"].value for s in said) == rate.denominator == 2
    refs = {ref for s in said for ref in s["villages"].refs}
    assert refs == {"village:999901100200", "village:999901101200"}
