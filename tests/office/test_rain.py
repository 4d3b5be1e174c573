"""The rain book: gauges and rain come in by their tables, round trip, gaps, the gauge near a facility, and what it lets the rules see."""

import io
from datetime import date, timedelta

import numpy as np
import openpyxl
import pytest
from django.test import Client

from qingxi.reading import Samples, day_start_s
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.actions import examine_all
from qingxi_office.findings.models import FindingRecord, Undecided
from qingxi_office.people.rights import Denied
from qingxi_office.readings import rain as book
from qingxi_office.readings import sampled
from qingxi_office.readings.actions.rain import take_in_gauges, take_in_rain
from qingxi_office.readings.models import DailyRow, RainDay, RainGauge
from qingxi_office.site.loading import sheets
from qingxi_office.site.loading.sheets.kinds import form_of
from qingxi_office.site.working import work
from qingxi_office.trail.models import Entry

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 19)
LON, LAT = 105.1, 30.1


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def filled(rows):
    sheet = openpyxl.Workbook()
    for row in rows:
        sheet.active.append(row)
    held = io.BytesIO()
    sheet.save(held)
    return held.getvalue()


def sent(by, rows, name="雨量.xlsx", table=""):
    intake = sheets.send(name, rows if isinstance(rows, bytes) else filled(rows), table=table, by=by)
    work(until_idle=True)
    intake.refresh_from_db()
    return intake


def take(intake, by):
    sheets.take(intake, by=by)
    work(until_idle=True)


def gauge(office, key="9990001", name="溪口雨量站", north=0.02, begins=8):
    row = {
        "key": key,
        "name": name,
        "source": "水利",
        "lon": LON,
        "lat": LAT + north,
        "day_begins": begins,
        "note": "",
    }
    take_in_gauges([row], by=office)
    return RainGauge.objects.get(key=key)


def test_gauges_and_rain_by_their_tables_and_the_same_file_back(cast):
    by = cast.chenjing
    head = ["站码", "站名", "管理部门", "经度", "纬度", "村代码", "日界时"]
    intake = sent(
        by,
        [head, ["9990001", "溪口站", "水利", LON, LAT, None, None], ["9990002", "岚坪站", "气象", 105.2, 30.2, None, None],
         ["9990003", "没有地方", "自建", None, None, None, None], ["9990004", "怪日界", "自建", LON, LAT, None, 7]],
        "雨量站台账.xlsx",
    )  # fmt: skip
    assert (intake.table, intake.counts["new"], intake.counts["wrong"]) == ("gauges", 2, 2)
    assert set(intake.job.faults.filter(severity="error").values_list("code", flat=True)) == {
        "no-point",
        "day-begins",
    }
    take(intake, by)
    assert dict(RainGauge.objects.values_list("key", "day_begins")) == {"9990001": 8, "9990002": 20}
    rows = [["雨量站编号", "日期", "日雨量(mm)"], ["9990001", "2026-11-17", 12.5], ["9990001", "2026-11-18", 0], ["404", "2026-11-18", 1],
            ["9990001", "2026-11-16", -3], ["9990002", "2026-12-30", 3], ["9990002", "2026-11-18 08:30", 3]]  # fmt: skip
    intake = sent(by, rows)
    assert (intake.table, intake.counts["new"], intake.counts["wrong"]) == ("rain", 2, 4)
    codes = set(intake.job.faults.filter(severity="error").values_list("code", flat=True))
    assert {"gauge-unknown", "in-the-future", "rain-not-hourly"} < codes
    assert len(codes) == 4  # and the one below zero
    take(intake, by)
    assert list(RainDay.objects.values_list("day", "mm")) == [(date(2026, 11, 17), 12.5), (date(2026, 11, 18), 0.0)]
    assert Entry.objects.filter(action="rain.taken_in").count() == 1
    for name in ("gauges", "rain"):  # what the office hands out comes back as it is
        data, ending = form_of(by, name)
        assert ending == "xlsx"
        again = sent(by, data, f"{name}.xlsx")
        assert {k: again.counts[k] for k in ("new", "changed", "wrong")} == {"new": 0, "changed": 0, "wrong": 0}, (
            name
        )
        assert again.counts["same"] == 2


def test_hours_make_their_day_and_midnight_is_the_last_of_them(cast, office):
    gauge(office)
    rows = [["站码", "时段末", "时段降水量"], *(["9990001", f"2026-11-18 {h:02d}:00", 0.5] for h in range(1, 24)), ["9990001", "2026-11-19 00:00", 2.5]]  # fmt: skip
    intake = sent(cast.chenjing, rows)
    assert intake.counts["new"] == 24
    take(intake, cast.chenjing)
    row = RainDay.objects.get()
    assert (row.day, row.mm) == (date(2026, 11, 18), 14.0)  # 23 x 0.5 + 2.5
    again = sent(cast.chenjing, rows)
    assert (again.counts["new"], again.counts["same"]) == (0, 24)


def test_who_may_and_the_same_values_twice(cast, office):
    gauge(office)
    with pytest.raises(Denied):
        take_in_rain({("9990001", DAY): {"day": 3.0}}, by=cast.zhaoyong)
    with pytest.raises(Denied):
        take_in_gauges([], by=cast.luomei)
    first = take_in_rain({("9990001", DAY): {"day": 3.0}, ("404", DAY): {"day": 1.0}}, by=cast.chenjing)
    assert (first.new, first.changed, first.same) == (1, 0, 0)
    rows = Entry.objects.count()
    again = take_in_rain({("9990001", DAY): {"day": 3.0}}, by=cast.chenjing)
    assert (again.new, again.changed, again.same) == (0, 0, 1)
    assert Entry.objects.count() == rows
    other = take_in_rain({("9990001", DAY): {"day": 4.0}}, by=cast.chenjing)
    assert (other.changed, RainDay.objects.get().mm) == (1, 4.0)


DAYS = 120


def leaking(last):
    """Fifteen-minute flow of 30 m3/d with a day's course, and 20 m3 more on every fourth day, on which 10 mm fall."""
    rng = np.random.default_rng(7)
    first = last - timedelta(days=DAYS - 1)
    at = day_start_s(first) + 900 * np.arange(DAYS * 96, dtype=np.int64)
    phase = np.arange(at.size) % 96 / 96
    flow = 30 * (1 + 0.4 * np.sin(2 * np.pi * phase)) * np.exp(rng.normal(0, 0.03, at.size))
    wet = (np.arange(DAYS) % 4) == 3
    flow += np.repeat(wet * 20.0, 96)
    samples = Samples("QX-001", "flow", "minute", at, flow, np.ones(at.size, np.bool_), 900)
    rain = {first + timedelta(days=k): {"day": 10.0 if wet[k] else 0.0} for k in range(DAYS)}
    return samples, rain


@pytest.fixture
def sewer(cast, monkeypatch):
    row = FacilityRecord.objects.get(key="QX-001")
    FacilityRecord.objects.exclude(pk=row.pk).update(status="scrapped")
    FacilityRecord.objects.filter(pk=row.pk).update(lon=LON, lat=LAT, design_m3_d=50, evidence="hj212")
    samples, rain = leaking(DAY)
    told = ("QX-001", sampled.Said({"flow": samples}))
    monkeypatch.setattr(sampled, "said", lambda keys, first, last: iter([told] if "QX-001" in keys else []))
    monkeypatch.setattr(sampled, "arrivals", lambda: {"QX-001": (1, 2, 3)})
    return FacilityRecord.objects.get(pk=row.pk), rain


def judged(row, rule="rain-inflow"):
    found = FindingRecord.objects.filter(facility=row, rule=rule, is_current=True).first()
    why = Undecided.objects.filter(facility=row, rule=rule).values_list("reason", flat=True).first()
    return found, why


def test_rain_near_a_facility_lets_the_rule_speak_and_the_finding_names_its_gauge(sewer, office, cast):
    row, rain = sewer
    examine_all(by=office, as_of=DAY)
    found, why = judged(row)
    assert found is None
    assert why is not None
    assert "没有雨量" in why
    gauge(office, "far", "远处站", north=0.2)  # 22.2 km
    examine_all(by=office, as_of=DAY)
    assert "远处站（far），离设施 22.2 km，太远" in judged(row)[1]
    gauge(office, "near", "近处站")
    take_in_rain({("near", day): values for day, values in rain.items()}, by=office)
    done = examine_all(by=office, as_of=DAY)  # the rain alone is news enough to look again
    assert done.facilities >= 1
    found, why = judged(row)
    assert why is None
    assert found is not None
    piece = next(p for p in found.evidence if p["source"] == "雨量站")
    assert "近处站（near），离设施 2.2 km" in piece["text"]
    assert "从 8 时起算" in piece["text"]
    assert piece["refs"] == ["gauge:near"]
    assert piece["n"] == DAYS
    volume = next(n for n in found.numbers if n["name"] == "雨天多出的水量")
    # Each wet day brought 20 m3/d x 1 d; thirty of them, of which the fit at the edges may lose some.
    assert 300 < volume["value"] < 750
    again = examine_all(by=office, as_of=DAY)
    assert again.facilities == 0, "nothing new"
    DailyRow.objects.create(facility=row, quantity="flow", day=DAY, value=30.0, source="hj212")
    page = browser(cast.chenjing).get("/facilities/QX-001/?weeks=13").content.decode()
    assert "近处站" in page
    assert '"rain": [["' in page
    assert "2.2 km" in browser(cast.chenjing).get(f"/findings/{found.pk}/").content.decode()


def test_the_pages_say_what_is_missing(cast, office, sewer, django_assert_max_num_queries):
    row, rain = sewer
    boss = browser(cast.chenjing)
    assert "还没有雨量站" in boss.get("/rain/").content.decode()
    for n in range(12):
        gauge(office, f"g{n}", f"站{n}", north=0.02 + n / 100)
    known = [day for day in rain if day != date(2026, 11, 1)]
    take_in_rain({("g1", day): rain[day] for day in known}, by=office)
    with django_assert_max_num_queries(12):
        page = boss.get("/rain/").content.decode()
    assert "12 个雨量站管着 1 座在用设施" in page or "12 个雨量站管着全部 1 座在用设施" in page
    with django_assert_max_num_queries(13):
        one = boss.get("/rain/g1/").content.decode()
    assert "缺 2 天" in one  # the first of November, and today, of which nothing came yet
    assert "QX-001" in one
    assert boss.get("/rain/g1/?as=csv").status_code == 200
    assert boss.get("/rain/404/").status_code == 404
    assert browser(cast.zhaoyong).get("/rain/g1/").status_code == 200
    assert [c.gauge.key for c in book.choices([row], DAY - timedelta(days=30), DAY).values()] == ["g1"]
