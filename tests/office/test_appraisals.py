"""Appraisals in the books: self-mark, check, objection, final, and what is paid by it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from qingxi.appraisal import schemes
from qingxi_office.appraisals import actions
from qingxi_office.appraisals.actions import Refused, Written
from qingxi_office.appraisals.models import Appraisal, CareTerms
from qingxi_office.people.rights import Denied
from qingxi_office.readings.models import DailyRow, LabRow
from qingxi_office.trail.models import Entry

H1 = (date(2026, 1, 1), date(2026, 6, 30))
ITEMS = schemes()["yunan_rural"].items


@pytest.fixture
def judged(cast):
    """The operator, first half-year: 12 of 30 m³/d (load 40 %), ammonia over its limit in one sample."""
    from qingxi_office.facilities.models import FacilityRecord

    station = FacilityRecord.objects.get(key="QX-001")
    station.discharge_class = "GB18918-2002/一级A"
    station.save()
    DailyRow.objects.bulk_create(
        [
            DailyRow(facility=station, quantity="flow", day=date(2026, 3, d), value=12.0, source="vendor")
            for d in range(1, 11)
        ]
    )
    return actions.open_appraisal(cast.units["清源运维公司"], "yunan_rural", "2026-H1", *H1, by=cast.chenjing)


def all_marks(**instead):
    return [instead.get(i.key) or Written(i.key, share="100" if i.way == "ratio" else "") for i in ITEMS]


def through_check(row, cast):
    """Self-marks of 100, a check that takes ammonia (4) off and finds a load of 40 %."""
    sheet = row.sheets.get()
    actions.write_marks(sheet, all_marks(), by=cast.zhaoyong)
    actions.move_on(row, by=cast.zhaoyong)
    checked = all_marks(
        load=Written("load", share="40"),
        quality=Written("quality", {"nh3n": ["4"]}, note="3 月化验单氨氮 18 mg/L"),
        anaerobic=Written("anaerobic", absent="没有厌氧水解池"),
    )
    actions.write_marks(sheet, checked, by=cast.chenjing)
    return actions.move_on(row, by=cast.chenjing)


def test_one_sheet_a_facility_with_what_the_books_know(judged):
    sheet = judged.sheets.get()
    assert sheet.facility.key == "QX-001"
    # 12 of 30 m³/d is 0.4
    assert (sheet.clues["load"]["share"], sheet.clues["load"]["refs"]) == ("0.4", ["facility:QX-001"])
    assert judged.because == ["facility:QX-001"]


def test_from_self_mark_to_final_mark(judged, cast):
    row = through_check(judged, cast)
    assert (row.state, row.marks, row.objections_until) == ("异议", None, date(2026, 11, 27))
    # Whoever checked may not sign, and the term runs until the 27th unless the operator agrees.
    with pytest.raises(Refused, match="异议期到 2026-11-27"):
        actions.move_on(row, by=cast.zhouwei)
    actions.accept(row, by=cast.zhaoyong)
    with pytest.raises(Refused, match="不能是核查打分的人"):
        actions.move_on(row, by=cast.chenjing)
    row = actions.move_on(row, by=cast.zhouwei)
    # Load 10 × 0.4 ÷ 0.7 = 5.714, quality 11; 95 apply (no anaerobic tank): (95 − 4.286 − 4) ÷ 95 = 91.28 → 91.3
    assert (row.state, row.marks, row.grade, row.final_by) == ("定稿", Decimal("91.3"), "优", cast.zhouwei)
    deeds = set(Entry.objects.filter(subject_kind="appraisal").values_list("action", flat=True))
    assert {"appraisal.opened", "appraisal.marked", "appraisal.moved", "appraisal.accepted"} <= deeds


def test_an_upheld_objection_changes_the_mark_and_nobody_answers_for_himself(judged, cast):
    row = through_check(judged, cast)
    sheet = row.sheets.get()
    made = actions.object_to(sheet, "quality", "复测氨氮 6 mg/L，附报告", by=cast.zhaoyong)
    for who in (cast.zhaoyong, cast.chenjing):
        with pytest.raises((Refused, Denied)):
            actions.answer(made, True, "同意", by=who, instead=Written("quality"))
    with pytest.raises(Refused, match="重新记分"):
        actions.answer(made, True, "同意", by=cast.zhouwei)
    actions.answer(made, True, "复测有效", by=cast.zhouwei, instead=Written("quality"))
    actions.accept(row, by=cast.zhaoyong)
    row = actions.move_on(row, by=cast.zhouwei)
    assert row.marks == Decimal("95.5")  # (95 − 4.286) ÷ 95 = 95.49
    with pytest.raises(Refused, match="已经定稿"):
        actions.move_on(row, by=cast.zhouwei)


def test_a_veto_gives_the_lowest_grade(judged, cast):
    sheet = judged.sheets.get()
    actions.write_marks(sheet, all_marks(), by=cast.zhaoyong)
    actions.move_on(judged, by=cast.zhaoyong)
    with pytest.raises(Refused, match="依据"):
        actions.set_veto(sheet, "false_data", " ", by=cast.chenjing)
    actions.set_veto(sheet, "false_data", "运行记录与电表相反，调查笔录 3 号", by=cast.chenjing)
    actions.write_marks(sheet, all_marks(), by=cast.chenjing)
    row = actions.move_on(judged, by=cast.chenjing)
    actions.accept(row, by=cast.zhaoyong)
    row = actions.move_on(row, by=cast.zhouwei)
    assert (row.marks, row.failed, row.grade) == (Decimal("100.0"), True, "差")


def test_every_fault_of_a_sheet_at_once_and_then_nothing_is_written(judged, cast):
    sheet = judged.sheets.get()
    with pytest.raises(Refused) as said:
        actions.write_marks(
            sheet,
            [
                Written("quality", {"cod": ["7"]}),
                Written("effect", {"unimproved": ["3"]}, note="看了"),
                Written("load", share="很多"),
            ],
            by=cast.zhaoyong,
        )
    assert len(said.value.reasons) == 3
    assert sheet.marks.count() == 0


def test_blank_sheets_of_ones_own_in_one_go(judged, cast):
    with pytest.raises((Refused, Denied)):
        actions.write_clean(judged, by=cast.luomei)
    assert actions.write_clean(judged, by=cast.zhaoyong) == 1
    sheet = judged.sheets.get()
    assert sheet.marks.count() == len(ITEMS)
    assert sheet.marks.get(item="load").share == "0.4"
    assert actions.write_clean(judged, by=cast.zhaoyong) == 0


def test_who_may(judged, cast):
    sheet = judged.sheets.get()
    for who in (cast.chenjing, cast.luomei, cast.hezhi, cast.sunning):
        with pytest.raises((Refused, Denied)):
            actions.write_marks(sheet, all_marks(), by=who)
    with pytest.raises(Denied):
        actions.open_appraisal(cast.units["溪口镇人民政府"], "township_example", "2026-H1", *H1, by=cast.luomei)
    with pytest.raises(ValueError, match="已经在考核"):
        actions.open_appraisal(cast.units["清源运维公司"], "yunan_rural", "2026-H1", *H1, by=cast.chenjing)


def test_the_law_stands_in_the_database_too(judged, cast):
    own = cast.units["清源运维公司"].pk
    rows = Appraisal.objects.filter(pk=judged.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="定稿", marks=100, final_by=cast.zhaoyong.pk, final_unit=own, final_on=H1[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="定稿", marks=100)


@pytest.fixture
def contract(cast):
    return actions.set_terms(
        "HT-2026-7", cast.units["清源运维公司"], "maonan", by=cast.chenjing, name="农村设施运维", price_yuan_m3=Decimal("1.69"),
        annual_yuan=Decimal(120_000), valid_from=date(2026, 1, 1),
    )  # fmt: skip


def test_a_month_is_paid_by_the_score_before_from_what_was_measured(judged, contract, cast):
    row = through_check(judged, cast)
    actions.accept(row, by=cast.zhaoyong)
    actions.move_on(row, by=cast.zhouwei)  # 91.3, above 70: E1 = 1
    month, station = date(2026, 7, 1), judged.sheets.get().facility
    DailyRow.objects.bulk_create(
        [
            DailyRow(facility=station, quantity="flow", day=date(2026, 7, d), value=500.0, source="vendor")
            for d in range(1, 21)
        ]
    )
    for point, value in (("influent", 108.29), ("effluent", 12.21)):
        LabRow.objects.create(
            key=f"x/{point}",
            sample="S-7",
            facility=station,
            sampled_on=month,
            point=point,
            quantity="cod",
            value=value,
        )
    known = actions.measured(contract, month)
    assert (known["volume_m3"], known["inlet_mg_l"], known["outlet_mg_l"], known["samples"]) == (
        10_000,
        108.29,
        12.21,
        ["S-7"],
    )
    paid = actions.compute(contract, month, known, by=cast.chenjing)
    # 1.69 × 10,000 × 0.986989 = 16,680.11, and 120,000 ÷ 12 × (2/3 + 1/3) = 10,000
    assert (paid.amount_fen, paid.missing) == (2_668_011, [])
    assert paid.because == [f"appraisal:{row.key}", "lab:S-7"]


def test_no_amount_while_anything_is_missing(contract, cast):
    paid = actions.compute(
        contract, date(2026, 8, 1), actions.measured(contract, date(2026, 8, 1)), by=cast.chenjing
    )
    assert (paid.amount_fen, paid.missing) == (None, ["计费水量", "负荷系数", "考核系数"])
    with pytest.raises(IntegrityError), transaction.atomic():
        type(paid).objects.filter(pk=paid.pk).update(amount_fen=1)
    with pytest.raises(ValueError) as said:
        actions.set_terms("HT-2026-7", cast.units["清源运维公司"], "yunan_plant", by=cast.chenjing, name="")
    assert len(str(said.value).split("；")) == 4
    assert CareTerms.objects.count() == 1


def test_a_scheme_of_the_county(cast):
    from qingxi.appraisal import scheme_texts

    text = scheme_texts()["township_example"].replace('id = "township_example"', 'id = "county_own"')
    assert actions.keep_scheme(text, by=cast.chenjing).scheme == "county_own"
    with pytest.raises(ValueError, match="已经有了"):
        actions.keep_scheme(text, by=cast.chenjing)
    with pytest.raises(ValueError, match="合计"):
        actions.keep_scheme(text.replace("points = 20", "points = 21", 1), by=cast.chenjing)
    with pytest.raises(Denied):
        actions.keep_scheme(text, by=cast.luomei)


def browser(user):
    client = Client()
    client.force_login(user, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_the_pages_walk_from_self_mark_to_payment(judged, contract, cast, django_assert_max_num_queries):
    sheet = judged.sheets.get()
    foreman, officer = browser(cast.zhaoyong), browser(cast.chenjing)
    page = f"/appraisals/{judged.key}/{sheet.pk}/"
    assert "12.0 m³/d" in foreman.get(page).content.decode()
    form = {"do": "keep", "s.load": "40", "d.quality.nh3n": "1", "t.quality": "氨氮 18 mg/L", "n.anaerobic": "1"}
    assert foreman.post(page, {**form, "t.quality": ""}).status_code == 400
    assert sheet.marks.count() == 0
    assert foreman.post(page, form).status_code == 302
    assert sheet.marks.filter(stage="自评").count() == len(ITEMS)
    said = foreman.get(page).content.decode()
    assert "91.3" in said
    foreman.post(f"/appraisals/{judged.key}/do/", {"do": "move"})
    # The check begins from what the operator wrote of itself.
    assert 'name="s.load" value="40"' in officer.get(page).content.decode()
    officer.post(page, form)
    officer.post(f"/appraisals/{judged.key}/do/", {"do": "move"})
    foreman.post(page, {"do": "object", "item": "quality", "text": "复测合格"})
    assert "异议待答复" in foreman.get(page).content.decode()
    made = sheet.objections.get()
    browser(cast.zhouwei).post(
        f"/appraisals/{judged.key}/do/",
        {"do": "answer", "objection": made.pk, "upheld": "no", "text": "报告不是这一天的"},
    )
    foreman.post(f"/appraisals/{judged.key}/do/", {"do": "accept"})
    browser(cast.zhouwei).post(f"/appraisals/{judged.key}/do/", {"do": "move"})
    judged.refresh_from_db()
    assert judged.marks == Decimal("91.3")
    with django_assert_max_num_queries(24):
        said = officer.get("/appraisals/").content.decode()
    assert "91.3" in said
    pay = f"/appraisals/pay/{contract.pk}/"
    tried = officer.post(
        pay, {"month": "2026-07", "do": "try", "volume_m3": "10000", "inlet_mg_l": "108.29", "outlet_mg_l": "12.21"}
    )
    assert "26680.1" in tried.content.decode().replace(",", "")
    assert contract.payments.count() == 0
    officer.post(
        pay,
        {"month": "2026-07", "do": "keep", "volume_m3": "10000", "inlet_mg_l": "108.29", "outlet_mg_l": "12.21"},
    )
    assert contract.payments.get().amount_fen == 2_668_011
    assert officer.get(pay + "?as=csv").status_code == 200
    assert officer.get(f"/appraisals/{judged.key}/?as=xlsx").status_code == 200
    assert officer.get("/appraisals/?as=csv").status_code == 200
    assert officer.get("/appraisals/schemes/?toml=yunan_rural").status_code == 200
    bad = officer.post("/appraisals/schemes/", {"text": "id = 1"})
    assert bad.status_code == 400
    assert "没有收下" in bad.content.decode()
    assert browser(cast.hezhi).get(f"/appraisals/{judged.key}/").status_code == 404
