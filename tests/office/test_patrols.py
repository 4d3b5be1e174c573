"""Rounds from a phone: taken exactly once, photographs in parts, clocks and signs, the pack and the week."""

import hashlib
import io
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from qingxi_office.attachments.models import Attachment
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.actions import open_from_report
from qingxi_office.notices.models import Notice
from qingxi_office.patrols import files
from qingxi_office.patrols.actions import look_at_photos, parts, take_in_rounds
from qingxi_office.patrols.models import Phone, RoundSign, VisitPhoto
from qingxi_office.people import actions as people
from qingxi_office.people.models import Role, User
from qingxi_office.readings.models import VisitRow
from qingxi_office.site.privacy import let_go
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office
from qingxi_office.trail.models import Entry

PHONE = "0b6f3e7a-0000-4000-8000-000000000001"
GOOD = {"inflow": "yes", "blower": "on", "outflow": "yes", "smell": "no"}


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def zhou(cast, office):
    """The inspector of one village, 红岩村."""
    people.cast_demo(
        [("zhoude", "周德", Role.INSPECTOR, cast.places["999901100200"], None, "护林员")], "qingxi-demo", by=office
    )
    FacilityRecord.objects.filter(key="QX-001").update(lon=104.0, lat=30.0)
    FacilityRecord.objects.filter(key="QX-002").update(lon=104.3, lat=30.0)
    return User.objects.select_related("scope", "unit").get(username="zhoude")


def sent(counter=1, facility="QX-001", at=None, **more):
    """A round as the phone writes it."""
    return {
        "uuid": str(uuid.uuid4()), "facility": facility, "counter": counter, "checklist": "2026-11", "answers": GOOD,
        "phone_at": (at or clock.now()).isoformat(), **more,
    }  # fmt: skip


def send(person, *rounds, phone=PHONE, phone_now=None):
    answer = browser(person).post(
        "/rounds-today/send/",
        json.dumps({"phone": phone, "phone_now": (phone_now or clock.now()).isoformat(), "rounds": rounds}),
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    return answer.json()["rounds"]


def jpeg(colour=120, exif_at="", size=(400, 300)):
    picture = Image.new("RGB", size)
    picture.putdata(
        [
            ((x * 7 + colour) % 256, (y * 5) % 256, (x * y + colour) % 256)
            for y in range(size[1])
            for x in range(size[0])
        ]
    )
    exif = Image.Exif()
    if exif_at:
        exif.get_ifd(0x8769)[36867] = exif_at
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70, exif=exif)
    return out.getvalue()


def announced(data, source=""):
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "source": source}


def put(person, row, data, start=0):
    sha = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else data
    return browser(person).put(f"/rounds-today/photos/{row['uuid']}/{sha}/?from={start}", data[start:])


def test_a_round_is_taken_once_however_often_it_is_sent(zhou):
    row = sent(meter="1234.5", repair=True, answers={**GOOD, "blower": "off"})
    first, again = send(zhou, row)[0], send(zhou, row, row)
    assert first["state"] == "taken"
    assert [a["state"] for a in again] == ["again", "again"]
    assert {a["key"] for a in again} == {first["key"]}
    assert {a["report"] for a in again} == {first["report"]}
    assert (VisitRow.objects.count(), PublicReport.objects.count()) == (1, 1)
    assert Entry.objects.filter(action="visit.recorded").count() == 1
    visit = VisitRow.objects.get()
    assert (visit.meter_kwh, visit.by_name, visit.by_role, visit.use, visit.by_pk) == (
        1234.5,
        "周德",
        "village",
        "线索",
        zhou.pk,
    )


def test_one_bad_round_does_not_hold_up_the_others(zhou):
    rows = [
        sent(1),
        sent(2, "QX-002"),
        {"uuid": "no"},
        sent(3, answers={}),
        sent(4, meter="满了", place={"lon": 999, "lat": 1}),
        7,
    ]
    states = [(a["state"], [f["code"] for f in a["faults"]]) for a in send(zhou, *rows)]
    assert states[0] == ("taken", [])
    assert states[1] == ("refused", ["round-not-yours"]), "柳湾村 is not his"
    assert states[2][0] == "refused"
    assert set(states[2][1]) == {
        "round-uuid",
        "round-facility",
        "round-time",
        "round-counter",
        "round-checklist",
        "round-empty",
    }
    assert states[3] == ("refused", ["round-empty"])
    assert states[4] == ("taken", ["round-meter", "round-place"])
    assert states[5][0] == "refused"
    assert VisitRow.objects.count() == 2


def test_nobody_sends_under_anothers_number_or_name(cast, zhou):
    row = sent()
    send(zhou, row)
    assert send(cast.luomei, row)[0]["faults"][0]["code"] == "round-number"
    assert VisitRow.objects.get().by_pk == zhou.pk
    assert browser(cast.sunning).get("/rounds-today/pack/").status_code == 403, "an auditor walks no rounds"
    assert browser(cast.hezhi).post("/rounds-today/send/", "[]", content_type="application/json").status_code == 400


def test_a_phone_a_day_slow_is_put_right_and_both_times_stand(zhou):
    now = clock.now()
    day = timedelta(days=1)
    rows = [
        sent(
            n, at=now - day - timedelta(days=7 - n), contact={"at": (now - 7 * day).isoformat(), "offset_s": 86400}
        )
        for n in range(1, 4)
    ]
    send(zhou, *reversed(rows), phone_now=now - day)
    kept = list(VisitRow.objects.order_by("counter"))
    for n, visit in enumerate(kept, start=1):
        assert abs(visit.visited_at - (now - timedelta(days=7 - n))) < timedelta(seconds=20)
        assert visit.phone_at == datetime.fromisoformat(rows[n - 1]["phone_at"])
        assert visit.clock_offset_s == pytest.approx(86400, abs=20)
        assert visit.flags == ["clock_wrong"]
    assert Phone.objects.get().last_counter == 3


def test_a_phone_whose_clock_began_again_at_1970_is_put_right(zhou):
    now, began = (
        clock.now(),
        datetime(1970, 1, 1, 8, 0, tzinfo=UTC),
    )  # an empty battery: three hours up when it sends
    row = sent(at=began + timedelta(hours=1), contact={"at": (now - timedelta(days=2)).isoformat(), "offset_s": 0})
    send(zhou, row, phone_now=began + timedelta(hours=3))
    visit = VisitRow.objects.get()
    assert abs(visit.visited_at - (now - timedelta(hours=2))) < timedelta(seconds=20)
    assert "clock_wrong" in visit.flags


def test_the_counter_puts_rounds_in_order_across_messages(zhou):
    now = clock.now()
    send(zhou, sent(5, at=now - timedelta(hours=2)))
    send(zhou, sent(4, at=now - timedelta(hours=1)))  # written before it, and says a later time
    four, five = VisitRow.objects.order_by("counter")
    assert four.visited_at <= five.visited_at
    assert "clock_moved" in four.flags


def test_a_practice_day_is_no_fault_of_the_phone(zhou, settings):
    settings.QINGXI_PRACTICE_DAY = "2026-03-02"
    send(zhou, sent(1, at=clock.real_now()), phone_now=clock.real_now())
    visit = VisitRow.objects.get()
    assert visit.flags == []
    assert visit.visited_at.astimezone(clock.now().tzinfo).date().isoformat() == "2026-03-02"


def test_photos_come_in_parts_and_go_on_where_they_stopped(zhou, monkeypatch):
    data = jpeg()
    row = sent(photos=[announced(data)])
    assert send(zhou, row)[0]["photos"] == [{"sha256": announced(data)["sha256"], "here": False}]
    address = f"/rounds-today/photos/{row['uuid']}/{announced(data)['sha256']}/"
    mine = browser(zhou)
    assert mine.get(address).json()["have"] == 0

    class Breaks(io.BytesIO):
        """A line that breaks after 3,000 bytes."""

        def read(self, size=-1):
            if self.tell() >= 3000:
                raise OSError("gone")
            return super().read(min(size, 3000 - self.tell()))

    with pytest.raises(OSError, match="gone"):
        parts.keep_part(VisitPhoto.objects.get(), 0, Breaks(data))
    assert mine.get(address).json()["have"] == 3000, "what was read stays"
    wrong = mine.put(address + "?from=0", data)
    assert (wrong.status_code, wrong.json()["have"]) == (409, 3000)
    assert mine.put(address, data).status_code == 400
    done = mine.put(address + "?from=3000", data[3000:])
    assert done.json() == {"have": len(data), "of": len(data), "here": True}
    assert mine.put(address + "?from=0", data).json()["here"], "once more is no harm"
    assert files.whole(announced(data)["sha256"]).read_bytes() == data
    assert send(zhou, row)[0]["photos"][0]["here"]
    assert VisitPhoto.objects.count() == 1


def test_a_photo_that_is_not_what_was_announced_is_sent_anew(zhou):
    data, other = jpeg(), bytes(len(jpeg()))
    row = sent(photos=[announced(data)])
    send(zhou, row)
    address = f"/rounds-today/photos/{row['uuid']}/{announced(data)['sha256']}/"
    broken = browser(zhou).put(address + "?from=0", other)
    assert (broken.status_code, broken.json()["have"]) == (422, 0)
    assert browser(zhou).put(address + "?from=0", data).json()["here"]


def test_a_server_that_ended_between_file_and_books_loses_nothing(zhou, monkeypatch):
    data = jpeg()
    row = sent(photos=[announced(data)])
    send(zhou, row)

    def dies(photo):
        raise KeyboardInterrupt

    monkeypatch.setattr(parts, "_say_kept", dies)
    with pytest.raises(KeyboardInterrupt):
        parts.keep_part(VisitPhoto.objects.get(), 0, io.BytesIO(data))
    monkeypatch.undo()
    assert VisitPhoto.objects.get().state == "awaited"
    assert browser(zhou).get(f"/rounds-today/photos/{row['uuid']}/{announced(data)['sha256']}/").json()[
        "have"
    ] == len(data)
    assert VisitPhoto.objects.get().state == "kept", "the phone heard that all is here and does not send it again"
    assert put(zhou, row, data).json()["here"]
    assert VisitPhoto.objects.get().state == "kept"


def test_a_server_that_ended_behind_the_last_byte_loses_nothing(zhou):
    """All bytes are written and nobody had time to look at their hash: the next question finishes it."""
    data, other = jpeg(), jpeg(9)
    row = sent(photos=[announced(data), announced(other)])
    send(zhou, row)
    for photo in VisitPhoto.objects.all():
        path = files.part(photo.visit_id, photo.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if photo.sha256 == announced(data)["sha256"] else bytes(len(other)))
    mine, address = browser(zhou), f"/rounds-today/photos/{row['uuid']}/"
    assert mine.get(f"{address}{announced(data)['sha256']}/").json()["have"] == len(data)
    assert mine.get(f"{address}{announced(other)['sha256']}/").json()["have"] == 0, "broken bytes are sent anew"
    assert put(zhou, row, other).json()["here"]
    assert set(VisitPhoto.objects.values_list("state", flat=True)) == {"kept"}


def test_a_batch_that_breaks_leaves_nothing_and_can_be_sent_again(zhou, monkeypatch):
    from qingxi_office.patrols.actions import rounds

    def breaks(*args, **kwargs):
        raise RuntimeError("the disk")

    monkeypatch.setattr(rounds.trail, "record", breaks)
    with pytest.raises(RuntimeError):
        take_in_rounds([sent(1), sent(2)], by=zhou, phone=PHONE, phone_now=clock.now())
    assert (VisitRow.objects.count(), VisitPhoto.objects.count(), Phone.objects.count()) == (0, 0, 0)


def test_photos_are_looked_at_and_the_same_one_twice_is_a_sign(cast, zhou):
    at = clock.now() - timedelta(hours=3)
    data = jpeg(exif_at=f"{at.astimezone():%Y:%m:%d %H:%M:%S}")
    again = io.BytesIO()
    Image.open(io.BytesIO(data)).save(again, "JPEG", quality=40)
    first, second, third = (
        sent(1, at=at, photos=[announced(data, "a" * 64)]),
        sent(2, at=at + timedelta(hours=1), photos=[announced(again.getvalue())]),
        sent(3, at=at + timedelta(hours=2), photos=[announced(jpeg(77))]),
    )
    send(zhou, first, second, third)
    for row, bytes_ in ((first, data), (second, again.getvalue()), (third, jpeg(77))):
        assert put(zhou, row, bytes_).json()["here"]
    assert look_at_photos() == 3
    assert look_at_photos() == 0
    assert Attachment.objects.filter(kind="visit").count() == 3
    assert not list((files.folder()).rglob("*.jpg")), "their bytes are the attachments' now"
    by_counter = {v.counter: v for v in VisitRow.objects.all()}
    assert by_counter[1].flags == [], RoundSign.objects.filter(visit=by_counter[1]).values()
    assert by_counter[2].flags == ["alike_photo"]
    assert by_counter[3].flags == []
    kept = Attachment.objects.get(key=by_counter[1].key)
    assert kept.taken_at is not None, "the officer's copy keeps what the camera wrote"
    sign = RoundSign.objects.get()
    assert sign.others == [by_counter[1].key]
    assert sign.innocent
    page = browser(cast.luomei).get(f"/rounds-today/round/{by_counter[2].pk}/").content.decode()
    assert "照片几乎一样" in page
    assert "照片几乎一样" not in browser(zhou).get(f"/rounds-today/round/{by_counter[2].pk}/").content.decode()
    assert browser(cast.hezhi).get(f"/rounds-today/round/{by_counter[2].pk}/").status_code == 404
    answer = browser(cast.luomei).post(f"/rounds-today/week/signs/{sign.pk}/", {"word": "real"})
    assert answer.status_code == 302
    assert RoundSign.objects.get().word == "", "to call it real asks for a sentence"
    browser(cast.luomei).post(f"/rounds-today/week/signs/{sign.pk}/", {"word": "real", "note": "问过本人"})
    assert (RoundSign.objects.get().word, RoundSign.objects.get().looked_by) == ("real", cast.luomei)
    assert VisitRow.objects.get(counter=2).use == "线索", "software promotes nothing"
    assert browser(zhou).post(f"/rounds-today/week/signs/{sign.pk}/", {"word": "explained"}).status_code == 404


def test_the_same_photo_of_two_rounds_is_on_both_also_when_the_first_look_took_its_file_away(zhou):
    """The second round is told "here" because the file lies there; before its row says so the first look removes it."""
    at = clock.now() - timedelta(hours=3)
    data = jpeg(5)
    first = sent(1, at=at, photos=[announced(data)])
    second = sent(2, at=at + timedelta(hours=1), photos=[announced(data)])
    send(zhou, first, second)
    assert put(zhou, first, data).json()["here"]
    assert look_at_photos() == 1
    assert not list(files.folder().rglob("*.jpg"))
    VisitPhoto.objects.filter(visit__counter=2).update(state=VisitPhoto.State.KEPT, kept_at=clock.now())
    assert look_at_photos() == 1
    assert {photo.state for photo in VisitPhoto.objects.all()} == {VisitPhoto.State.LOOKED}
    assert {row.key for row in Attachment.objects.all()} == {row.key for row in VisitRow.objects.all()}
    assert VisitRow.objects.get(counter=2).flags == ["same_photo"]


def test_photos_wait_for_a_virus_scanner_that_does_not_answer(zhou, settings, tmp_path):
    data = jpeg(3)
    row = sent(1, photos=[announced(data)])
    send(zhou, row)
    assert put(zhou, row, data).json()["here"]  # the phone lets go of it
    settings.QINGXI_CLAMD = str(tmp_path / "nobody.sock")
    assert look_at_photos() == 0
    settings.QINGXI_CLAMD = ""
    assert look_at_photos() == 1
    assert VisitPhoto.objects.get().state == VisitPhoto.State.LOOKED
    assert Attachment.objects.count() == 1


def test_a_wish_for_repair_reaches_the_clerk_and_becomes_a_problem(cast, zhou):
    answer = send(zhou, sent(1, repair=True, answers={**GOOD, "blower": "off"}, note="有异响"))[0]
    report = PublicReport.objects.get()
    assert (report.code, report.text) == (answer["report"], "巡查报修：风机不响。有异响。")
    assert set(Notice.objects.filter(kind="round_repair").values_list("person_pk", flat=True)) == {
        cast.luomei.pk, cast.zhaoyong.pk,
    }  # fmt: skip
    issue = open_from_report(report, by=cast.luomei)
    assert (issue.source, issue.facility.key) == ("巡查", "QX-001")
    for n in range(2, 12):  # more than a villager's five an hour
        assert send(zhou, sent(n, repair=True))[0]["report"]


def test_the_pack_holds_ones_own_stations_and_asks_a_fixed_number_of_questions(cast, zhou, office):
    client = browser(zhou)
    send(zhou, sent(1, meter=100, answers={**GOOD, "fence": "broken"}))
    told = client.get("/rounds-today/pack/").json()
    assert [s["key"] for s in told["stations"]] == ["QX-001"]
    station = told["stations"][0]
    assert (station["last"]["meter"], station["last"]["by"]) == (100, "周德")
    assert station["due_on"] == (clock.today() + timedelta(days=2)).isoformat(), "something was broken: two days"
    assert len(told["checklist"]["questions"]) == 11
    officer = browser(cast.chenjing)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert officer.get("/rounds-today/pack/").status_code == 200
            assert officer.get("/rounds-today/week/").status_code == 200
        return len(queries)

    few = asked()
    for n in range(12):
        FacilityRecord.objects.create(
            key=f"F{n}", public_code=f"F{n}", name="站", place=cast.places["999901100200"], design_m3_d=30
        )  # fmt: skip
    send(zhou, *(sent(2 + n, f"F{n}", at=clock.now() - timedelta(minutes=1)) for n in range(12)))
    assert asked() <= few + 1  # the other rounds of signs, where there are some


def test_the_week_says_who_went_where_and_what_nobody_saw(cast, zhou):
    send(zhou, sent(1))
    page = browser(cast.chenjing).get("/rounds-today/week/").content.decode()
    assert "这一周该去的 2 座站，1 座没有人去" in page
    assert "周德" in page
    assert browser(cast.zhaoyong).get("/rounds-today/week/").status_code == 404
    assert browser(zhou).get("/rounds-today/week/").status_code == 404
    assert "柳湾村站" not in browser(cast.luomei).get("/rounds-today/week/").content.decode()
    assert browser(cast.chenjing).get("/rounds-today/week/?week=bad").status_code == 200


def test_the_page_and_its_worker_hold_no_data_and_need_no_sign_in(cast, zhou):
    page = Client().get("/rounds-today/")
    assert page.status_code == 200
    assert "红岩村" not in page.content.decode()
    worker = Client().get("/rounds-today/sw.js")
    assert worker["Service-Worker-Allowed"] == "/"
    named = json.loads(worker.content.decode().split("FILES = ")[1].split(";\n")[0])
    assert named[0] == "/rounds-today/"
    for name in named:
        assert Client().get(name).status_code == 200, name
    assert Client().get("/rounds-today/pack/").status_code == 302
    assert Client().get("/rounds-today/manifest.webmanifest").json()["start_url"] == "/rounds-today/"


def test_speed_place_and_time_are_put_right_before_signs_are_looked_for(cast, zhou):
    """Two stations 28.9 km apart in ten minutes; the second person's rounds are not the first's."""
    clerk, at = cast.chenjing, clock.now() - timedelta(hours=2)
    send(clerk, sent(1, at=at, place={"lon": 104.0, "lat": 30.0, "accuracy": 10}))
    send(clerk, sent(2, "QX-002", at=at + timedelta(minutes=10), place={"lon": 104.0, "lat": 30.0, "accuracy": 10}))
    second = VisitRow.objects.get(counter=2)
    assert second.flags == ["far", "speed"]
    assert second.distance_m == pytest.approx(28_898, abs=30)
    assert VisitRow.objects.get(counter=1).distance_m == pytest.approx(0, abs=1)
    send(zhou, sent(1, at=at + timedelta(minutes=11)), phone="another-phone")
    assert VisitRow.objects.get(phone="another-phone").flags == []


def test_where_the_phone_was_is_forgotten_after_its_time(zhou):
    old = clock.now() - timedelta(days=401)
    send(zhou, sent(1, at=old, place={"lon": 104.0, "lat": 30.001, "accuracy": 9}))
    send(zhou, sent(2, place={"lon": 104.0, "lat": 30.001, "accuracy": 9}))
    assert let_go(clock.today(), by=Office("夜里")) == {"round.place": 1}
    first, second = VisitRow.objects.order_by("counter")
    assert (first.lon, first.distance_m is not None, second.lon) == (None, True, 104.0)
    assert let_go(clock.today(), by=Office("夜里")) == {}


def test_one_line_a_person_and_kind_in_the_week(cast, zhou):
    now, day = clock.now(), timedelta(days=1)
    send(zhou, *(sent(n, at=now - day - timedelta(minutes=40 - 9 * n)) for n in range(1, 4)), phone_now=now - day)
    page = browser(cast.luomei).get("/rounds-today/week/").content.decode()
    assert "1 条线索等人看" in page
    assert "还有 2 次" in page


def test_what_no_database_takes_does_not_hold_up_the_rounds_behind_it(zhou):
    # Half of an emoji that was cut in two, a NUL, a count of four hundred digits: one row of them once stopped a phone for good.
    odd = sent(1, note="淤堵\ud83d\0，已清")
    rows = [
        odd,
        sent(2, "QX-\ud83d01"),
        sent(3, "QX-\0001"),
        sent(10**400),
        sent(4),
        sent(5, answers={"inflow": ["yes"]}),
    ]
    states = [(a["state"], [f["code"] for f in a["faults"]]) for a in send(zhou, *rows)]
    assert states == [
        ("taken", []), ("refused", ["round-not-yours"]), ("refused", ["round-not-yours"]), ("refused", ["round-counter"]),
        ("taken", []), ("refused", ["round-answer", "round-empty"]),
    ]  # fmt: skip
    assert VisitRow.objects.get(uuid=odd["uuid"]).note == "淤堵，已清"
    assert [a["state"] for a in send(zhou, *rows)][::4] == ["again", "again"]


@pytest.mark.parametrize(
    ("phone", "now"), [("\ud83d" * 9, None), ("a\0" * 9, None), (PHONE, "2026-13-01T00:00:00Z")]
)
def test_a_phone_whose_name_or_clock_is_rubbish_is_told_so(zhou, phone, now):
    said = {"phone": phone, "phone_now": now or clock.now().isoformat(), "rounds": [sent()]}
    answer = browser(zhou).post("/rounds-today/send/", json.dumps(said), content_type="application/json")
    assert answer.status_code == 400
    assert not VisitRow.objects.exists()
