"""Figures in the office: computed from the books, kept, computed again from their lists; the list signed; the tree of the day."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from qingxi.indicator import definitions, recompute
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityEvent, FacilityRecord
from qingxi_office.indicators.actions import compute, note_seat
from qingxi_office.indicators.facts import county_facts, ran
from qingxi_office.indicators.models import FigureRecord, FigureTarget, ReportedFigure, SeatNote
from qingxi_office.indicators.records import county_records, standings_on
from qingxi_office.indicators.rolled import roll
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.actions import merge, move, take_in_tree
from qingxi_office.readings.models import DailyRow, LabRow, VisitRow
from qingxi_office.samples.models import Campaign, FrameRow, Team, Visit
from qingxi_office.site import walk
from qingxi_office.trail.models import Entry
from qingxi_office.villages.actions import change_state, sign_scope, take_in_villages
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, ScopeLine, VillageRecord

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
RATE = definitions()["treatment_rate_village"]


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def books(cast, office):
    """Two villages, one treated; two stations with a sample, a round and thirty days of flow; a problem closed in time."""
    rows = [
        {"place_id": cast.places["999901100200"].pk, "state": "已治理", "state_on": date(2024, 5, 1), "state_doc": "县〔2024〕5号",
         "households": 60, "households_connected": 40, "people_resident": 150, "no_sewage_seen": True, "no_odour": True, "no_complaint": True},
        {"place_id": cast.places["999901101200"].pk, "state": "未完成", "state_on": None, "state_doc": "", "households": 50,
         "households_connected": 0, "people_resident": 120, "no_sewage_seen": False, "no_odour": None, "no_complaint": None},
    ]  # fmt: skip
    take_in_villages(rows, by=office, on=DAY, because="台账载入")
    one, two = FacilityRecord.objects.order_by("key")
    FacilityRecord.objects.update(discharge_class="DB44/2208-2019 三级")
    for f, cod in ((one, 50.0), (two, 500.0)):  # the limit of class 3 is 100 mg/L
        LabRow.objects.create(
            key=f"{f.key}/x/cod", sample=f"{f.key}/2026-10-01/effluent", facility=f, sampled_on=date(2026, 10, 1), point="effluent",
            quantity="cod", value=cod,
        )  # fmt: skip
    VisitRow.objects.create(
        key="v1", facility=one, visited_at=timezone.make_aware(timezone.datetime(2026, 11, 1, 9)), by_name="x", by_role="operator",
        answers={"blower": "on", "inflow": "yes"},
    )  # fmt: skip
    DailyRow.objects.bulk_create(
        DailyRow(facility=one, quantity="flow", day=date(2026, 10, n), value=6.0, source="vendor")
        for n in range(1, 32)
    )
    hamlet = HamletRecord.objects.create(
        key="999901100200001", place=cast.places["999901100200001"], name="主街", households=4, households_treated=3
    )
    HouseholdRecord.objects.bulk_create(
        HouseholdRecord(key=f"h{n}", hamlet=hamlet, toilet=toilet, connected=joined, separated=None)
        for n, (toilet, joined) in enumerate([("水冲", "已接"), ("旱厕", "应接未接"), ("", ""), ("三格", "已接")])
    )
    late = {"found_on": date(2026, 10, 1), "assigned_on": date(2026, 10, 1), "state": "整改中"}
    for key, due in (("WT-1", date(2026, 10, 15)), ("WT-2", date(2026, 12, 15))):  # the second is not due yet
        IssueRecord.objects.create(
            key=key, title="风机不转", klass="一般", place=cast.places["999901100200"], due_on=due, closer=cast.units["县治污办"],
            rectifier=cast.units["清源运维公司"], **late,
        )  # fmt: skip
    return cast


def test_every_figure_comes_out_of_the_books(books, office):
    said = {f.definition: (f.text, f.numerator, f.denominator) for f in compute(by=office, as_of=DAY)}
    assert said["treatment_rate_village"] == ("50.0%", 1, 2)
    assert said["three_basics_rate"] == ("50.0%", 1, 2)
    assert said["effective_village_sichuan"] == (
        "50.0%",
        1,
        2,
    )  # 3 of 4 households in one village, nothing known of the other
    assert said["coverage_rate_zhejiang"] == ("100.0%", 2, 2)
    assert said["effluent_compliance"] == ("50.0%", 1, 2)
    assert said["operation_self_reported"] == ("100.0%", 1, 1)  # the other said nothing: it is out
    assert said["load_rate"] == ("20.0%", 186, 930)  # 31 × 6 of 31 × 30 m³
    assert said["collection_rate"] == ("50.0%", 552, 1104)  # 6 of 150 × 0.08 = 12 m³/d, times 92 days
    assert said["connection_rate_to_connect"] == ("66.7%", 2, 3)
    assert said["sanitary_toilet_share"] == ("66.7%", 2, 3)
    assert said["closed_on_time"] == ("0.0%", 0, 1)
    assert said["seat_coverage"] == ("无法计算", 0, 0)
    assert "effective_operation_rate" not in said  # nothing was drawn
    out = FigureRecord.objects.get(definition="operation_self_reported").deductions
    assert [(x["ref"], x["why"]) for x in out] == [("facility:QX-002", "92 天内没有自报")]
    load = FigureRecord.objects.get(definition="load_rate")
    assert load.numerator_list[0]["because"] == ["series:QX-001/flow"]
    assert "series:QX-001/flow" in load.because


def test_a_kept_figure_is_its_own_proof(books, office):
    for f in compute(by=office, as_of=DAY):
        again = recompute(f.numerator_list, f.denominator_list, f.text)
        assert (again.part, again.n, again.printed) == (f.numerator, f.denominator, f.text), f.definition


def test_a_past_figure_stays_and_a_past_day_is_computed_as_it_was(books, office):
    compute(by=office, as_of=DAY)
    old = FigureRecord.objects.get(definition=RATE.id, place=books.county)
    village = VillageRecord.objects.get(place__code="999901101200")
    change_state(village, "已治理", by=office, on=date(2026, 11, 19), document="县〔2026〕9号", reason="通过认定")
    compute(by=office, as_of=DAY)
    texts = list(
        FigureRecord.objects.filter(definition=RATE.id, place=books.county)
        .order_by("id")
        .values_list("text", flat=True)
    )
    assert texts == ["50.0%", "100.0%"]
    assert recompute(old.numerator_list, old.denominator_list, old.text).printed == "50.0%"
    state = {v.code: v.state_on(date(2026, 11, 18)) for v in standings_on(date(2026, 11, 18))}
    assert state == {"999901100200": "已治理", "999901101200": "未完成"}
    assert {v.state_on(date(2024, 4, 30)).value for v in standings_on(DAY)} == {"未完成"}


def test_what_a_round_says_of_the_plant():
    assert ran({"blower": "on", "inflow": "yes"}) is True
    assert ran({"blower": "fault"}) is False
    assert ran({"inflow": "no", "blower": "on"}) is False
    assert ran({"fence": "ok"}) is None


def test_a_station_stopped_since_was_in_use_then(books, office):
    one = FacilityRecord.objects.get(key="QX-001")
    FacilityRecord.objects.filter(pk=one.pk).update(status="stopped")
    FacilityEvent.objects.create(
        facility=one, kind="status", on=date(2026, 11, 10), old={"status": "in_use"}, new={"status": "stopped"}, by_name="x",
        at=timezone.now(),
    )  # fmt: skip
    stations = {
        day: {s.key: s.status for s in county_facts(books.county, day).stations} for day in (date(2026, 11, 9), DAY)
    }
    assert stations[date(2026, 11, 9)]["QX-001"] == "in_use"
    assert stations[DAY]["QX-001"] == "stopped"


def test_signing_the_list(books, office):
    place = books.places["999901101200"]
    with pytest.raises(PermissionDenied):
        sign_scope([place], "核减", by=books.hezhi, reason="x", signed_on=DAY, signed_by="x")
    for wrong in ({"reason": " "}, {"signed_by": ""}, {"change": "改"}, {"signed_on": date(2026, 11, 21)}, {"places": []},
                  {"places": [books.places["999901100"]]}):  # fmt: skip
        given = {
            "places": [place],
            "change": "核减",
            "reason": "整村搬迁",
            "signed_on": DAY,
            "signed_by": "县治污办",
            **wrong,
        }
        with pytest.raises(ValueError):
            sign_scope(given.pop("places"), given.pop("change"), by=books.chenjing, **given)
    client = browser(books.chenjing)
    answer = client.post(
        reverse("figures_scope"),
        {
            "village": [place.code],
            "change": "核减",
            "reason": "整村搬迁",
            "signed_on": "2026-11-18",
            "signed_by": "县治污办",
        },
    )
    assert answer.status_code == 302
    assert compute(by=office, as_of=DAY)[0].text == "100.0%"
    with pytest.raises(ValueError, match="更晚"):
        sign_scope([place], "列入", by=books.chenjing, reason="x", signed_on=date(2026, 11, 17), signed_by="x")
    with pytest.raises(ValueError, match="已经"):
        sign_scope([place], "核减", by=books.chenjing, reason="x", signed_on=DAY, signed_by="x")
    sign_scope([place], "列入", by=books.chenjing, reason="不搬了", signed_on=DAY, signed_by="县治污办")
    assert ScopeLine.objects.filter(place=place).count() == 2
    assert compute(by=office, as_of=DAY)[0].text == "50.0%"
    assert Entry.objects.filter(action="scope.signed").count() == 2
    page = client.get(reverse("figures_scope") + "?on=2026-11-18").content.decode()
    assert "整村搬迁" in page
    assert client.get(reverse("figures_scope") + "?as=csv").status_code == 200


def test_the_tree_of_the_day_and_a_merged_village(books, office):
    """红岩村 was merged into 柳湾村 of another township on 2026-07-01: before, it counts in 溪口镇; its leaving is a loss there
    where it lies now, and the township it lay in lost nothing else."""
    merge(
        [books.places["999901100200"]],
        books.places["999901101200"],
        by=office,
        on=date(2026, 7, 1),
        document="民政〔2026〕1号",
    )
    then = roll(RATE, date(2026, 6, 30), date(2026, 1, 1), books.county.path).rolled
    assert (then.row("999901100").part, then.row("999901100").n) == (1, 1)
    found = roll(RATE, DAY, date(2026, 1, 1), books.county.path)
    now = found.rolled
    assert now.row("999901100").n == 0
    assert (now.row("999901101").part, now.row("999901101").n, now.row("999901101").lost) == (0, 1, 1)
    assert (now.row("999901").gained, now.row("999901").lost) == (0, 1)
    assert found.reasons["999901100200"] == "撤并，不再是一个村"


def test_a_village_given_to_another_township_is_neither_gain_nor_loss(books, office):
    move(
        books.places["999901100200"],
        books.places["999901101"],
        by=office,
        on=date(2026, 7, 1),
        document="民政〔2026〕2号",
    )
    now = roll(RATE, DAY, date(2026, 1, 1), books.county.path).rolled
    assert (now.row("999901").gained, now.row("999901").lost) == (0, 0)
    assert (now.row("999901101").part, now.row("999901101").n) == (1, 2)
    assert roll(RATE, date(2026, 6, 30), date(2026, 1, 1), books.county.path).rolled.row("999901100").part == 1


def test_the_county_equals_its_figure(books, office):
    record = compute(by=office, as_of=DAY)[0]
    row = roll(RATE, DAY, date(2026, 1, 1), books.county.path).rolled.row("999901")
    assert (row.part, row.n, row.printed) == (record.numerator, record.denominator, record.text)
    with pytest.raises(ValueError, match="逐级"):
        roll(definitions()["load_rate"], DAY, DAY, books.county.path)


def test_seats(books, office):
    town = books.places["999901100"]
    with pytest.raises(PermissionDenied):
        note_seat(town, "own", by=books.hezhi, on=DAY)
    for wrong in ({"way": "sky"}, {"on": date(2027, 1, 1)}, {"way": "none", "runs": True}, {"design_m3_d": 0.0}):
        given = {"way": "own", "on": DAY, **wrong}
        with pytest.raises(ValueError):
            note_seat(town, given.pop("way"), by=books.luomei, **given)
    client = browser(books.luomei)
    said = {
        "township": town.code,
        "way": "own",
        "plant": "溪口污水厂",
        "owner": "县住建局",
        "design": "500",
        "runs": "no",
        "on": "2026-11-01",
    }
    assert client.post(reverse("figures_seats"), said).status_code == 302
    assert client.post(reverse("figures_seats"), {**said, "township": "999901101"}).status_code == 404
    assert SeatNote.objects.get().design_m3_d == 500
    said = {f.definition: f.text for f in compute(by=office, as_of=DAY)}
    assert (said["seat_coverage"], said["seat_operation"]) == ("100.0%", "0.0%")  # of the one that is known
    assert client.get(reverse("walk", args=["seat", SeatNote.objects.get().pk])).status_code == 200
    assert "在运行" not in browser(books.hezhi).get(reverse("figures_seats")).content.decode().split("q-form")[0]


def test_official_figures_by_form_and_table(books, office):
    compute(by=office, as_of=DAY)
    client = browser(books.chenjing)
    page = reverse("figures_official")
    said = {"name": "治理率", "place": "天河坝县", "value": "<20", "document": "市通报", "as_of": "2026-11-20",
            "definition": "treatment_rate_village", "assumed": "计数单位：只写治理率"}  # fmt: skip
    wrong = client.post(
        page, {**said, "value": "很高", "assumed": "天气：晴", "document": "", "definition": "没有"}
    )
    assert wrong.status_code == 400
    text = wrong.content.decode()
    for told in ("不是数", "之一加冒号和理由", "谁在哪份文件里说的", "没有这个口径"):
        assert told in text
    assert client.post(page, said).status_code == 302
    row = ReportedFigure.objects.get()
    shown = client.get(page).content.decode()
    assert "&lt;20%" in shown
    assert "计算 50.0%，不在官方所说的 &lt;20% 之内" in shown
    assert client.post(page, {**said, "value": "49.0", "n": "2", "replaces": row.key}).status_code == 302
    assert "计算比官方高 1.0 个百分点" in client.get(page).content.decode()
    assert client.get(page + f"?corrects={row.key}").status_code == 200

    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("official_form")).content))
    sheet = book.active
    heads = [c.value for c in sheet[1]]
    for cells in (
        {
            "指标名称": "有效运行率",
            "哪里的数": "某市",
            "数值": "82.4",
            "谁量的": "市抽查",
            "文件名": "通报",
            "时期": "2022",
        },
        {"指标名称": "有效运行率", "哪里的数": "", "数值": "九成", "文件名": "通报"},
    ):
        sheet.append([cells.get(h, "") for h in heads])
    held = io.BytesIO()
    book.save(held)
    answer = client.post(page, {"table": SimpleUploadedFile("官方数.xlsx", held.getvalue())})
    assert answer.status_code == 400  # the second row, both faults at once
    assert "第 3 行" in answer.content.decode() or ">3<" in answer.content.decode()
    assert ReportedFigure.objects.filter(place_name="某市").get().measurer == "市抽查"
    assert browser(books.luomei).post(page, said).status_code == 403
    assert client.get(page + "?as=csv").status_code == 200


def test_targets_stand_beside_the_figure(books, office):
    compute(by=office, as_of=DAY)
    client = browser(books.chenjing)
    bad = {"definition": RATE.id, "year": "2026", "value": "很高", "document": "县任务书"}
    assert client.post(reverse("figure_target"), bad).status_code == 302
    assert not FigureTarget.objects.exists()
    client.post(reverse("figure_target"), {**bad, "value": "75"})
    text = client.get(reverse("figures")).content.decode()
    assert "离目标 75 % 差 25.0 个百分点" in text
    assert browser(books.luomei).post(reverse("figure_target"), bad).status_code == 302
    assert FigureTarget.objects.count() == 1


def test_one_figure_and_its_lists(books, office):
    compute(by=office, as_of=DAY)
    client = browser(books.chenjing)
    f = FigureRecord.objects.get(definition=RATE.id, place=books.county)
    page = client.get(reverse("figure", args=[f.pk]))
    text = page.content.decode()
    assert "按留存的名单重算，一样" in text
    assert "红岩村" in text
    assert reverse("walk", args=["figure", f.key]) in text
    assert (
        "柳湾村"
        not in client.get(reverse("figure", args=[f.pk]) + "?show=in")
        .content.decode()
        .split("各乡镇")[0]
        .split("q-wrap")[1]
    )
    assert client.get(reverse("figure", args=[f.pk]) + "?as=csv").content.decode().count("\r\n") == 3
    assert client.get(reverse("figure_newest", args=[RATE.id])).status_code == 302
    assert "还没有算过" in client.get(reverse("figure_newest", args=["effective_operation_rate"])).content.decode()
    layers = client.get(reverse("geo_figure", args=[f.pk])).json()
    assert layers["clashes"]["features"] == []
    # A list that lost a line is no proof any more, and the page says so.
    FigureRecord.objects.filter(pk=f.pk).update(denominator_list=f.denominator_list[1:])
    assert "重算不出" in client.get(reverse("figure", args=[f.pk])).content.decode()


def test_computing_by_hand_is_the_countys(books):
    assert browser(books.luomei).post(reverse("figures_compute")).status_code == 403
    assert browser(books.chenjing).post(reverse("figures_compute")).status_code == 302
    assert FigureRecord.objects.filter(definition=RATE.id).count() == 3  # county and two townships
    assert browser(books.luomei).get(reverse("figures")).status_code == 200
    assert browser(books.zhaoyong).get(reverse("figures")).status_code == 404


def test_questions_do_not_grow_with_rows(books, office):
    compute(by=office, as_of=DAY)
    f = FigureRecord.objects.get(definition=RATE.id, place=books.county)
    pages = {
        reverse("figures"): 14, reverse("figure", args=[f.pk]): 16, reverse("figures_tree"): 19, reverse("figures_scope"): 14,
        reverse("figures_seats"): 8, reverse("figures_official"): 8,
    }  # fmt: skip
    client = browser(books.chenjing)

    def asked():
        out = {}
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            out[page] = len(queries)
        return out

    asked()
    few = asked()
    codes = [f"999901100{300 + n}" for n in range(20)]
    tree = take_in_tree([{"code": c, "name": f"村{c[-3:]}", "kind": "村委会"} for c in codes], by=office)
    take_in_villages(
        [{"place_id": tree[c].pk, "state": "已治理", "state_on": DAY, "state_doc": "x"} for c in codes],
        by=office,
        on=DAY,
    )
    sign_scope([tree[c] for c in codes[:5]], "核减", by=office, reason="x", signed_on=DAY, signed_by="x")
    compute(by=office, as_of=DAY)
    many = asked()
    assert {p: (few[p], n) for p, n in many.items() if n > few[p]} == {}
    assert {p: n for p, n in many.items() if n > pages[p]} == {}


def test_records_of_a_day(books):
    records = county_records(books.county, DAY)
    assert [v.township for v in records.villages] == ["溪口镇", "岚坪镇"]
    assert records.villages[0].turns[0].on == date(2024, 5, 1)


def test_the_operation_rate_is_the_last_random_sample_and_never_a_targeted_check(books, office):
    common = {
        "place": books.county,
        "measured_by": "省厅",
        "made_at": timezone.now(),
        "checklist": "2026-11",
        "state": "done",
    }
    random = Campaign.objects.create(
        key="CJ-2026-0001", kind="抽查评估", title="年度抽查", done_on=date(2026, 11, 1), share=0.5, low=0.2, high=0.8, hits=1, visited=2,
        population=9, drawn_n=3, design={"method": "simple", "n": 3}, **common,
    )  # fmt: skip
    targeted = Campaign.objects.create(
        key="ZX-2026-0001", kind="专项检查", title="暗访", done_on=date(2026, 11, 10), **common
    )
    one, two = FacilityRecord.objects.order_by("key")
    for campaign, found in ((random, ((one, True), (two, False), (None, None))), (targeted, ((one, False),))):
        team = Team.objects.create(campaign=campaign, name="一组")
        for n, (f, effective) in enumerate(found):
            row = FrameRow.objects.create(campaign=campaign, key=f"S{n}", name=f.name if f else "外站", facility=f)
            Visit.objects.create(
                campaign=campaign,
                row=row,
                team=team,
                state="cannot" if effective is None else "settled",
                effective=effective,
                parts=[""],
            )
    FrameRow.objects.bulk_create(FrameRow(campaign=random, key=f"T{n}") for n in range(6))
    f = next(f for f in compute(by=office, as_of=DAY) if f.definition == "effective_operation_rate")
    assert (f.text, f.numerator, f.denominator, f.low, f.high) == ("50.0%", 1, 2, 20.0, 80.0)
    assert f.denominator_label == "抽查评估 CJ-2026-0001，从 9 座里抽"
    assert "抽中 3 座，查成 2 座" in f.remarks
    visit = Visit.objects.get(campaign=random, row__facility=one)
    assert f.numerator_list[0]["because"] == [f"spot_visit:{visit.pk}"]
    assert [x["stands_for"] for x in f.denominator_list] == ["9/2", "9/2"]  # nine in all, two visited
    assert recompute(f.numerator_list, f.denominator_list, f.text).printed == "50.0%"
    # Before its result was out there was none; the self-reported rate is another figure.
    assert not [
        f for f in compute(by=office, as_of=date(2026, 10, 31)) if f.definition == "effective_operation_rate"
    ]
    home = browser(books.chenjing).get("/").content.decode()
    assert "20.0–80.0" in home


def test_every_line_and_its_evidence_is_there_to_walk_to(books, office):
    note_seat(books.places["999901100"], "own", by=books.luomei, on=DAY, runs=True)
    for f in compute(by=office, as_of=DAY):
        refs = [Ref.parse(text) for text in f.because]
        lines = {x["ref"] for x in (*f.numerator_list, *f.denominator_list, *f.deductions)}
        assert lines <= set(f.because), f.definition
        assert [ref for ref in refs if ref not in walk.because(refs)] == [], f.definition


def test_what_is_entered_later_is_the_later_word(books, office):
    """Lost on 11-10; then found to have been lost on 11-01 already and won back on 11-05: it is treated on 11-12."""
    village = VillageRecord.objects.get(place__code="999901100200")
    for state, on in (("未完成", 10), ("未完成", 1), ("已治理", 5)):
        change_state(village, state, by=office, on=date(2026, 11, on), document="县〔2026〕1号", reason="核查")
    then = {d: standings_on(date(2026, 11, d))[0].state_on(date(2026, 11, d)).value for d in (2, 6, 12)}
    assert then == {2: "未完成", 6: "已治理", 12: "已治理"}
