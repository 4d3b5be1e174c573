"""What vendors' clouds know comes in: by push with a token, by pull from a real server, by sheet; mapped, named, never twice."""

import io
import json
import threading
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.quantity import QUANTITIES
from qingxi_office.access import actions as access
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.notices.models import Notice
from qingxi_office.people.rights import Denied
from qingxi_office.readings.actions import vendors
from qingxi_office.readings.models import DailyRow, VendorCloud, VendorPoint, VendorSamples
from qingxi_office.readings.vendor_pull import NotPulled, pull
from qingxi_office.site.loading import sheets
from qingxi_office.site.pages.quantity_words import QUANTITY_WORDS
from qingxi_office.site.rounds import keeping
from qingxi_office.site.rounds.register import run_by_hand
from qingxi_office.site.working import work
from qingxi_office.trail.actions import Office
from qingxi_office.trail.models import Entry

URL = "/api/v1/vendor/readings"
DAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def station(key="QX-001"):
    return FacilityRecord.objects.select_related("place").get(key=key)


@pytest.fixture
def cloud(cast):
    by = cast.chenjing
    row = vendors.keep_cloud(None, {"name": "水云", "use": "线索"}, by=by)
    vendors.keep_point(row, station(), {"number": "A-17", "field": "q", "quantity": "flow", "factor": 24.0}, by=by)
    other = vendors.keep_cloud(None, {"name": "别家", "use": "管理"}, by=by)
    vendors.keep_point(other, station("QX-002"), {"number": "B-2", "quantity": "flow"}, by=by)
    return row


@pytest.fixture
def vendor(cloud, cast):
    """The vendor's own program."""
    secret = vendors.new_token(cloud, by=cast.chenjing)
    return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")


def push(client, items):
    return client.post(URL, json.dumps(items), content_type="application/json")


def quarters(hours, value, number="A-17", day="2026-11-19"):
    return [{"device": number, "at": f"{day}T{m // 60:02d}:{m % 60:02d}:00+08:00", "q": value} for m in range(0, hours * 60, 15)]  # fmt: skip


def test_a_push_becomes_a_day_and_twice_is_once(vendor, cloud):
    answer = push(vendor, quarters(17, 1.5))
    assert (answer.status_code, answer.json()["new"], answer.json()["faults"]) == (200, 68, [])
    assert not DailyRow.objects.exists()  # 17 hours are no day
    answer = push(vendor, quarters(18, 1.5))
    assert (answer.json()["new"], answer.json()["same"]) == (4, 68)
    row = DailyRow.objects.get()
    # 1.5 m3/h x 24; 72 of 96 quarter hours
    assert (row.facility.key, row.quantity, row.day, row.value, row.coverage) == ("QX-001", "flow", DAY, 36.0, 0.75)
    assert (row.source, row.use) == ("vendor", "线索")
    entries = Entry.objects.count()
    answer = push(vendor, quarters(18, 1.5))
    assert (answer.status_code, answer.json()["new"], answer.json()["changed"]) == (200, 0, 0)
    assert (DailyRow.objects.count(), VendorSamples.objects.count(), Entry.objects.count()) == (1, 1, entries)
    cloud.refresh_from_db()
    assert (cloud.last_way, cloud.last_counts["same"]) == ("push", 72)


def test_good_ones_are_kept_and_every_fault_is_named(vendor):
    answer = push(
        vendor,
        [
            {"device": "A-17", "at": "2026-11-19", "q": 1.5},
            {"device": "B-2", "at": "2026-11-19", "flow": 9},  # another vendor's
            {"device": "A-17", "at": "2027-01-01", "q": 1},
            {"device": "A-17", "at": "2026-11-18", "q": "很多"},
        ],
    )
    assert answer.status_code == 207
    told = answer.json()
    assert (told["items"], told["good"], told["new"], told["faults_total"]) == (4, 1, 1, 3)
    assert [(f["index"], f["field"], f["code"]) for f in told["faults"]] == [
        (1, "device", "device-unmapped"), (2, "at", "bad-time"), (3, "q", "not-a-number"),
    ]  # fmt: skip
    assert told["faults"][2]["value"] == "很多"
    assert all(f["rule"] and f["remedy"] for f in told["faults"])
    assert [(r.facility.key, r.value) for r in DailyRow.objects.all()] == [("QX-001", 36.0)]


def test_who_may_push(vendor, cloud, cast):
    one = quarters(1, 1.5)[:1]
    assert push(Client(), one).status_code == 401
    assert push(browser(cast.chenjing), one).status_code == 401  # a session pushes nothing
    _token, other = access.make_token(cast.chenjing, "读", ["facilities"], 9)
    assert push(Client(HTTP_AUTHORIZATION=f"Bearer {other}"), one).status_code == 403
    _token, loose = access.make_token(cast.chenjing, "没有厂家的", ["vendor_readings"], 9)
    assert push(Client(HTTP_AUTHORIZATION=f"Bearer {loose}"), one).status_code == 403
    for book in ("facilities", "villages", "jobs"):
        assert vendor.get(f"/api/v1/{book}/").status_code == 403  # it reads nothing
    assert vendor.get("/api/sensorthings/v1.1/Things").status_code == 403
    vendors.new_token(cloud, by=cast.chenjing)
    assert push(vendor, one).status_code == 401  # the one before it ended
    with pytest.raises(Denied, match="县主管"):
        vendors.keep_cloud(None, {"name": "x"}, by=cast.luomei)
    with pytest.raises(Denied, match="县主管"):
        vendors.keep_point(cloud, station(), {"number": "1", "quantity": "ph"}, by=cast.sunning)
    assert not VendorSamples.objects.exists()


def test_a_vendor_that_is_stopped_pushes_nothing(vendor, cloud, cast):
    vendors.keep_cloud(cloud, {"enabled": False}, by=cast.chenjing)
    assert push(vendor, quarters(1, 1.5)).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 400), (b"{", 400), (b"{}", 400), (b"7", 400), (b"\xff\xfe", 400), (b"[NaN]", 400), (b"[" * 100_000, 400),
     (b"[" + b"9" * 5000 + b"]", 400), (b" " * (1024 * 1024 + 1), 413), (b"[" + b"1," * 5000 + b"1]", 413), (b"[]", 200),
     (b'[{"device": "\\ud800\\u0000", "at": "\\u0000", "q": 1e999}]', 207)],
)  # fmt: skip
def test_bodies_that_are_none(vendor, body, code):
    answer = vendor.post(URL, body, content_type="application/json")
    assert answer.status_code == code
    assert json.loads(answer.content)


WHAT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["device", "at", "q"]) | st.text(max_size=2), inner | st.sampled_from(["A-17", "2026-11-19"])),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(what=WHAT)
def test_nonsense_is_no_error_of_ours(vendor, what):
    assert push(vendor, what).status_code in (200, 207, 400)


def test_use_is_never_promoted_and_devices_stand_first(cloud, cast):
    by = cast.chenjing
    DailyRow.objects.create(facility=station(), quantity="energy", day=DAY, value=5.0, source="hj212")
    said = {("QX-001", "flow", DAY): {"day": 30.0}, ("QX-001", "energy", DAY): {"day": 9.0}}
    counts = vendors.take_in_values(said, by=by, vendor="水云", use="线索")
    assert (counts.new, counts.days, counts.device_days) == (2, 1, 1)
    vendors.take_in_values({("QX-001", "flow", DAY): {"day": 31.0}}, by=by, vendor="别家", use="管理")
    assert {(d.quantity, d.value, d.use, d.source) for d in DailyRow.objects.all()} == {
        ("flow", 31.0, "线索", "vendor"), ("energy", 5.0, "管理", "hj212"),
    }  # fmt: skip
    with pytest.raises(ValueError, match="never"):
        vendors.take_in_values(said, by=by, vendor="x", use="执法")
    with pytest.raises(ValueError, match="线索或管理"):
        vendors.keep_cloud(cloud, {"use": "执法"}, by=by)


def test_two_vendors_do_not_speak_for_one_quantity(cloud, cast):
    other = VendorCloud.objects.get(name="别家")
    with pytest.raises(ValueError, match=r"已经由 水云 的 A-17 报"):
        vendors.keep_point(other, station(), {"number": "B-9", "quantity": "flow"}, by=cast.chenjing)
    for wrong in ({"number": ""}, {"quantity": "x"}, {"factor": 0.0}, {"factor": float("inf")}, {"field": "at"}):
        with pytest.raises(ValueError, match=r"要|没有|不能"):
            vendors.keep_point(
                cloud, station(), {"number": "C", "quantity": "ph", "factor": 1.0, **wrong}, by=cast.chenjing
            )
    assert VendorPoint.objects.count() == 2


class _Vendor(ThreadingHTTPServer):
    """A vendor's platform on loopback: pages of at most two items from ``since`` on; can be told to fail."""

    def __init__(self):
        self.items, self.asked, self.answer = [], [], (200, None)
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        since = parse_qs(urlsplit(self.path).query)["since"][0]
        self.server.asked.append((since, self.headers.get("X-Key")))
        code, body = self.server.answer
        if body is None:
            later = [i for i in self.server.items if i["t"]["at"] >= since[:19]]
            body = json.dumps({"data": {"list": later[:6]}}).encode()
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def platform(cloud, cast):
    server = _Vendor()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    vendors.keep_cloud(
        cloud,
        {
            "url": f"http://127.0.0.1:{server.server_port}/r?since={{since}}", "header": "X-Key", "secret": "s3",
            "rows_path": "data.list", "device_path": "dev.id", "at_path": "t.at",
        },
        by=cast.chenjing,
    )  # fmt: skip
    VendorPoint.objects.filter(cloud=cloud).update(field="v.q")
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def told(hour, value, number="A-17"):
    return {"dev": {"id": number}, "t": {"at": f"2026-11-19T{hour:02d}:00:00"}, "v": {"q": value, "more": 1}}


def test_a_pull_takes_page_by_page_and_goes_on_where_it_stood(platform, cloud):
    platform.items = [told(h, 1.5) for h in range(18)] + [told(18, 1.5, "nobody")]
    counts, faults = pull(cloud, by=Office("测试"))
    assert (counts.new, faults) == (18, 1)
    assert len(platform.asked) > 3  # six a page, one of them again each time
    assert {key for _since, key in platform.asked} == {"s3"}
    assert DailyRow.objects.get().value == 36.0
    cloud.refresh_from_db()
    assert f"{cloud.position:%d %H:%M}" == "19 09:00"  # 17:00 in Beijing
    platform.asked.clear()
    platform.items += [told(19, 1.5)]
    counts, _faults = pull(cloud, by=Office("测试"))
    assert counts.new == 1
    assert platform.asked[0][0].startswith("2026-11-19T16:00:00")


def test_what_reached_the_vendor_late_is_asked_for_at_night(platform, cloud):
    by = Office("测试")
    platform.items = [told(h, 1.5) for h in (0, 1, 2, 19, 20)]
    assert keeping.vendors(by, NOW) == ["水云：新 5 个数，改 0 个，毛病 0 处"]
    # Hours 3 to 18 reach the vendor only now: older than the hour that is asked for again (19:00 to 20:00).
    platform.items = [told(h, 1.5) for h in range(21)]
    assert keeping.vendors(by, NOW) == []
    platform.asked.clear()
    assert keeping.vendors_late(by, NOW) == ["水云：新 16 个数，改 0 个，毛病 0 处"]
    assert platform.asked[0][0].startswith("2026-11-12T20:00:00")  # the position, 20:00, and seven days
    cloud.refresh_from_db()
    assert f"{cloud.position:%d %H:%M}" == "19 12:00"  # 20:00 in Beijing: it does not go back
    assert DailyRow.objects.get().value == 36.0
    # An address without {since} says all it has every hour already.
    platform.asked.clear()
    VendorCloud.objects.update(url=cloud.url.replace("?since={since}", "?since=2026"))
    assert keeping.vendors_late(by, NOW) == []
    assert platform.asked == []


def test_a_platform_that_gives_no_week_at_once_is_not_told_of_as_failing(platform, cloud):
    """Some answer HTTP 400 to more than a day, or with more than can be taken: the hour's question goes on as ever."""
    by = Office("测试")
    platform.items = [told(20, 1.5)]
    keeping.vendors(by, NOW)
    platform.answer = (400, b"at most 24 h")
    assert keeping.vendors_late(by, NOW) == ["水云没有补取到：对方答 HTTP 400"]
    cloud.refresh_from_db()
    assert (cloud.failing_since, cloud.last_said) == (None, "")
    assert not Notice.objects.filter(kind="vendor_failing").exists()


@pytest.mark.parametrize("number", ["A-17", "nobody"])
def test_pages_shorter_than_the_hour_that_is_asked_again_hold_nothing_up(platform, cloud, number):
    def at(minute, number="A-17"):
        return told(9 + minute // 60, 1.5, number) | {
            "t": {"at": f"2026-11-19T{9 + minute // 60:02d}:{minute % 60:02d}:00"}
        }

    platform.items = [at(m) for m in range(20)]
    pull(cloud, by=Office("测试"))
    # Six a page: what is known already, or nobody's, fills the pages before the new ones.
    platform.items += [at(m, number) for m in range(20, 100)] + [at(100)]
    counts, _faults = pull(VendorCloud.objects.get(pk=cloud.pk), by=Office("测试"))
    assert counts.new == (81 if number == "A-17" else 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [((500, b""), "HTTP 500"), ((200, b"<html>"), "不是 JSON"), ((200, b'{"data": 3}'), "不是一列"), ((302, b""), "HTTP 302"),
     ((200, b"[" * 100_000), "不是 JSON")],
)  # fmt: skip
def test_what_cannot_be_had_is_told_once_and_loses_nothing(platform, cloud, cast, answer, why):
    platform.items = [told(h, 1.5) for h in range(18)]
    pull(cloud, by=Office("测试"))
    cloud.refresh_from_db()
    stood = cloud.position
    platform.answer = answer
    with pytest.raises(NotPulled, match=why):
        pull(VendorCloud.objects.get(pk=cloud.pk), by=Office("测试"))
    for _ in range(2):
        run = run_by_hand("vendors", by=Office("测试"))
        assert run.state != "failed"
    cloud.refresh_from_db()
    assert (cloud.position, cloud.failing_since is not None) == (stood, True)
    assert Notice.objects.filter(kind="vendor_failing", person_pk=cast.chenjing.pk).count() == 1
    assert "s3" not in Notice.objects.filter(kind="vendor_failing").first().title
    platform.answer = (200, None)
    run_by_hand("vendors", by=Office("测试"))
    cloud.refresh_from_db()
    assert cloud.failing_since is None


def table(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def sent(by, rows, name="站点数据.xlsx"):
    intake = sheets.send(name, table(rows), table="", by=by)
    work(until_idle=True)
    intake.refresh_from_db()
    return intake


def test_an_export_dropped_in_is_known_shown_and_taken(cloud, cast):
    by = cast.chenjing
    head = ["设备编号", "站点编号", "采集时间", "瞬时流量", "用电量"]
    rows = [
        ["A-17", None, "2026-11-19", 1.5, None],  # the vendor's own number and unit: 36 m3/d
        [None, "QX-002", "2026-11-19", 20, 8.5],
        ["Z-9", None, "2026-11-19", 2, None],
        [None, "QX-404", "2026-11-19", 2, None],
        ["A-17", None, "很久以前", 2, None],
        ["A-17", None, "2026-11-18", 2, 7],  # no energy of that device
    ]
    intake = sent(by, [head, *rows])
    assert (intake.table, intake.state) == ("vendor", "shown")
    assert (intake.counts["new"], intake.counts["wrong"]) == (2, 4)
    codes = set(intake.job.faults.filter(severity="error").values_list("code", flat=True))
    assert codes == {"device-unmapped", "facility-unknown", "not-a-date", "field-unmapped"}
    sheets.take(intake, by=by)
    work(until_idle=True)
    assert {(d.facility.key, d.quantity, d.value, d.use) for d in DailyRow.objects.select_related("facility")} == {
        ("QX-001", "flow", 36.0, "线索"), ("QX-002", "flow", 20.0, "线索"), ("QX-002", "energy", 8.5, "线索"),
    }  # fmt: skip
    again = sent(by, [head, *rows[:2]])
    assert {k: again.counts[k] for k in ("new", "changed", "same")} == {"new": 0, "changed": 0, "same": 2}


def test_quarter_hours_in_a_table_become_a_day_midnight_is_one_of_them(cloud, cast):
    rows = [[f"2026-11-19 {m // 60:02d}:{m % 60:02d}", "A-17", 1.5] for m in range(0, 24 * 60, 15)]
    intake = sent(cast.chenjing, [["时间", "设备号", "流量"], *rows])
    assert intake.counts["new"] == 96
    sheets.take(intake, by=cast.chenjing)
    work(until_idle=True)
    row = DailyRow.objects.get()
    assert (row.value, row.coverage) == (36.0, 1.0)
    assert set(VendorSamples.objects.get().values) >= {"00:00:00", "23:45:00"}
    again = sent(cast.chenjing, [["时间", "设备号", "流量"], *rows])
    assert (again.counts["new"], again.counts["same"]) == (0, 96)


# Running totals


def counts(hours, start, a_step, number="C-3", day="2026-11-19", first=0):
    """A register every quarter of an hour, from ``first`` o'clock on."""
    return [
        {"device": number, "at": f"{day}T{first + n // 4:02d}:{n % 4 * 15:02d}:00+08:00", "sum": start + a_step * n}
        for n in range(hours * 4)
    ]


@pytest.fixture
def counter(cast, cloud, vendor):
    """A plant whose vendor sends its meter's register in tenths of a kilowatt-hour."""
    vendors.keep_point(
        cloud, station(),
        {"number": "C-3", "field": "sum", "quantity": "energy", "factor": 0.1, "total": True}, by=cast.chenjing,
    )  # fmt: skip
    return vendor


def day_of(day=DAY):
    row = DailyRow.objects.filter(facility__key="QX-001", quantity="energy", day=day).first()
    return row and (row.value, round(row.coverage, 4), row.source, row.use)


def test_running_totals_become_days_and_tomorrows_first_count_ends_today(counter):
    # 5 tenths a quarter of an hour: 48 kWh a day. The last count is of 23:45: 23.75 h are known.
    assert push(counter, counts(24, 12_340, 5)).json()["new"] == 96
    assert day_of() == (48.0, round(23.75 / 24, 4), "vendor", "线索")
    push(counter, [{"device": "C-3", "at": "2026-11-20T00:00:00+08:00", "sum": 12_340 + 5 * 96}])
    assert day_of() == (48.0, 1.0, "vendor", "线索")
    # An hour was put right afterwards: 480 tenths in all stay, because a counter's differences add up.
    push(counter, [{"device": "C-3", "at": "2026-11-19T12:00:00+08:00", "sum": 12_340 + 5 * 48 + 2}])
    assert day_of() == (48.0, 1.0, "vendor", "线索")
    entries = Entry.objects.count()
    push(counter, counts(24, 12_340, 5)[:40])
    assert Entry.objects.count() == entries


def test_a_counter_that_begins_anew_is_told_on_the_vendors_page_and_put_right(counter, cast, cloud):
    push(counter, counts(12, 12_340, 5))
    answer = push(counter, counts(12, 3, 5, first=12))
    assert answer.status_code == 200
    # 11.75 h at 2 kWh/h, a quarter that nobody knows, 11.75 h at 2 kWh/h
    assert day_of() == (48.0, round(23.5 / 24, 4), "vendor", "线索")
    row = VendorSamples.objects.get(facility__key="QX-001")
    assert row.breaks == [["12:00:00", "reset", pytest.approx(1257.5), 0.3]]
    cloud.refresh_from_db()
    assert cloud.last_counts["breaks"] == 1
    page = browser(cast.chenjing).get(f"/vendors/clouds/{cloud.pk}/").content.decode()
    assert "累计数接不上的地方" in page
    assert "归了零，或换了新表" in page
    assert "1,257.5" in page
    push(counter, counts(12, 12_340 + 5 * 48, 5, first=12))  # it was the vendor's mistake
    row.refresh_from_db()
    assert row.breaks == []
    assert "累计数接不上的地方" not in browser(cast.chenjing).get(f"/vendors/clouds/{cloud.pk}/").content.decode()


def test_a_correction_takes_a_days_ground_away_and_gives_it_back(counter):
    ends = [("2026-11-19T00:00:00+08:00", 100), ("2026-11-20T00:00:00+08:00", 400)]
    items = [{"device": "C-3", "at": at, "sum": count} for at, count in ends]
    push(counter, items)
    assert day_of() == (30.0, 1.0, "vendor", "线索")
    push(counter, [{**items[1], "sum": 50}])
    assert day_of() is None
    push(counter, items[1:])
    assert day_of() == (30.0, 1.0, "vendor", "线索")


def one(day, hour, total):
    return {"device": "C-3", "at": f"2026-11-{day:02d}T{hour:02d}:00:00+08:00", "sum": total}


def gaps():
    """[first moment, last moment, counted] of every time without a reading that is listed."""
    rows = VendorSamples.objects.exclude(breaks=[]).order_by("day")
    return [
        (told[4], f"{row.day} {told[0]}", round(told[3] - told[2], 6))
        for row in rows
        for told in row.breaks
        if told[1] == "gap"
    ]


def test_a_time_that_nobody_read_is_listed_with_its_ends_and_what_was_counted(counter, cast, cloud):
    """Ten days without a reading: 9 to 19 November, 2,400 tenths in all; no day has a value, none is made up."""
    push(counter, [one(8, 8, 1000), one(9, 8, 1240)])
    assert gaps() == []
    push(counter, [one(19, 8, 3640)])
    assert gaps() == [("2026-11-09T08:00:00+08:00", "2026-11-19 08:00:00", 240.0)]
    cloud.refresh_from_db()
    assert cloud.last_counts["breaks"] == 0  # a time without readings is no fault of the meter
    assert DailyRow.objects.filter(quantity="energy", day__gt="2026-11-09").count() == 0
    page = browser(cast.chenjing).get(f"/vendors/clouds/{cloud.pk}/", headers={"accept-language": "zh-hans"}).content.decode()  # fmt: skip
    for words in ("累计数隔得太久的时段", "2026-11-09 08:00", "2026-11-19 08:00", "240.0 kWh"):
        assert words in page
    assert "累计数接不上的地方" not in page
    # A reading of the 14th comes late: two times of five days. Then one of the 10th, 30 h after the first: 10 is known.
    push(counter, [one(14, 8, 2440)])
    assert gaps() == [
        ("2026-11-09T08:00:00+08:00", "2026-11-14 08:00:00", 120.0),
        ("2026-11-14T08:00:00+08:00", "2026-11-19 08:00:00", 120.0),
    ]
    push(counter, [one(10, 14, 1540)])
    assert gaps()[0] == ("2026-11-10T14:00:00+08:00", "2026-11-14 08:00:00", 90.0)
    push(counter, [one(day, hour, 1540) for day, hour in ((11, 20), (13, 2))])  # 30 h each, and 30 h to the 14th
    assert gaps() == [("2026-11-14T08:00:00+08:00", "2026-11-19 08:00:00", 120.0)]


def test_times_between_closing_counts_of_a_sheet_are_listed_once(counter, cast):
    """A register read when the 1st, the 12th and the 13th were over: nothing is known of 2 to 12 but the sum."""
    head = ["设备号", "时间", "累计电量"]
    days = (("2026-11-01", 1000), ("2026-11-12", 2100), ("2026-11-13", 2200))
    sheets.take(sent(cast.chenjing, [head, *(["C-3", *row] for row in days)]), by=cast.chenjing)
    work(until_idle=True)
    assert gaps() == [("2026-11-02T00:00:00+08:00", "2026-11-13 00:00:00", 110.0)]
    assert day_of(DAY.replace(day=13)) == (10.0, 1.0, "vendor", "线索")
    push(counter, [one(7, 8, 1600)])
    assert gaps() == [
        ("2026-11-02T00:00:00+08:00", "2026-11-07 08:00:00", 60.0),
        ("2026-11-07T08:00:00+08:00", "2026-11-13 00:00:00", 50.0),
    ]


def test_only_flow_and_energy_run_up(cast, cloud):
    with pytest.raises(ValueError, match="累计"):
        vendors.keep_point(
            cloud, station("QX-002"), {"number": "C-3", "quantity": "cod", "total": True}, by=cast.chenjing
        )
    client = browser(cast.chenjing)
    said = {"do": "point", "number": "C-4", "facility": "QX-002", "quantity": "energy", "field": "kwh", "factor": "30", "total": "1"}  # fmt: skip
    assert client.post(f"/vendors/clouds/{cloud.pk}/", said).status_code == 302
    point = VendorPoint.objects.get(number="C-4")
    assert (point.total, point.factor) == (True, 30.0)  # a current transformer of 30
    assert "累计用电量" in client.get(f"/vendors/clouds/{cloud.pk}/").content.decode()


def test_running_totals_in_a_table_under_their_own_heading(counter, cast):
    head = ["设备号", "设施编号", "时间", "累计流量", "累计电量"]
    rows = [
        ["C-3", None, "2026-11-17", None, 1000],  # a date alone: as the register stood when the day was over
        ["C-3", None, "2026-11-18", None, 1480],  # 480 tenths: 48 kWh on the 18th
        ["C-3", None, "2026-11-19", None, 1780],
        [None, "QX-002", "2026-11-18", 2_000_000, None],
        [None, "QX-002", "2026-11-19", 2_000_012.5, None],
    ]
    intake = sent(cast.chenjing, [head, *rows, ["A-17", None, "2026-11-19", 5, None]])
    assert (intake.table, intake.counts["new"], intake.counts["wrong"]) == ("vendor", 5, 1)
    assert list(intake.job.faults.filter(severity="error").values_list("code", flat=True)) == ["field-unmapped"]
    sheets.take(intake, by=cast.chenjing)
    work(until_idle=True)
    assert [day_of(DAY.replace(day=n)) for n in (17, 18, 19)] == [
        None, (48.0, 1.0, "vendor", "线索"), (30.0, 1.0, "vendor", "线索"),
    ]  # fmt: skip
    flow = DailyRow.objects.get(facility__key="QX-002", quantity="flow")
    assert (flow.day, flow.value) == (DAY, 12.5)
    again = sent(cast.chenjing, [head, *rows])
    assert {k: again.counts[k] for k in ("new", "changed", "same")} == {"new": 0, "changed": 0, "same": 5}


def test_every_quantity_has_its_word():
    with override("zh-hans"):
        assert {code: str(word) for code, word in QUANTITY_WORDS.items()} == {
            q.code: q.chinese for q in QUANTITIES.values()
        }


def test_pages_by_clicks(cast):
    client = browser(cast.chenjing)
    assert "还没有登记厂家平台" in client.get("/vendors/clouds/").content.decode()
    form = {"name": "水云", "use": "管理", "enabled": "1", "url": "ftp://x", "header": "X", "secret": "s3cret"}
    assert client.post("/vendors/clouds/", form).status_code == 400
    answer = client.post("/vendors/clouds/", form | {"url": ""})
    row = VendorCloud.objects.get()
    page = f"/vendors/clouds/{row.pk}/"
    assert answer.headers["Location"] == page
    assert "还没有对应到设施" in client.get(page).content.decode()
    point = {"do": "point", "number": "A-17", "facility": "QX-001", "quantity": "flow", "factor": "24", "field": ""}
    assert client.post(page, point | {"facility": "QX-404"}).status_code == 400
    assert client.post(page, point | {"factor": "许多"}).status_code == 400
    assert client.post(page, point).status_code == 302
    assert VendorPoint.objects.get().field == "flow"
    shown = client.post(page, {"do": "token"}).content.decode()
    assert "qx_" in shown
    assert "s3cret" not in client.get(page).content.decode()
    assert "s3cret" not in str(list(Entry.objects.values_list("after", flat=True)))
    assert client.post(page, {"do": "remove", "point": str(VendorPoint.objects.get().pk)}).status_code == 302
    assert not VendorPoint.objects.exists()
    reader = browser(cast.sunning)
    assert reader.get(page).status_code == 200
    assert reader.post(page, point).status_code == 403
    assert browser(cast.luomei).get("/vendors/clouds/").status_code == 404
    assert "/vendors/clouds/" in reader.get("/vendors/").content.decode()
    assert "vendor/readings" in client.get(reverse("api_page")).content.decode()
