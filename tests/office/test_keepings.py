"""Recycle, merge, personal data: what goes comes back, what is one becomes two again, what is over is forgotten."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.test import Client

from qingxi.origin import Ref
from qingxi_office.attachments import actions as attachments
from qingxi_office.attachments.models import Attachment
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueRecord
from qingxi_office.keepings import queries
from qingxi_office.keepings.models import Merge
from qingxi_office.notices.actions import keep_mailbox, tell
from qingxi_office.notices.models import Mailbox, Notice
from qingxi_office.places.models import Duty
from qingxi_office.readings.models import BillRow, DailyRow
from qingxi_office.site import recycling, walk
from qingxi_office.site.privacy import held_on, let_go
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry

DAY = dt.date(2026, 11, 20)


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def twin_of(cast, key="QX-009", **more):
    """A second record of 红岩村站, as another ledger has it."""
    old = FacilityRecord.objects.get(key="QX-001")
    return FacilityRecord.objects.create(
        key=key, public_code=key, name=more.pop("name", "红岩村污水处理站"), place=more.pop("place", old.place), design_m3_d=50.0,
        power_account=more.pop("power_account", "0200001"), because=["place:999901100200"], **more,
    )  # fmt: skip


def facts(key):
    return FacilityRecord.objects.filter(key=key).values().get()


def test_a_draft_goes_and_comes_back_a_signed_paper_does_not(cast):
    draft = BulletinRecord.objects.create(
        key="TB-1", title="十一月通报", as_of=DAY, drafted_at=clock.now(), content={"a": 1}
    )
    BulletinRecord.objects.create(key="TB-2", title="送审的", as_of=DAY, drafted_at=clock.now(), state="sent")
    mine = browser(cast.chenjing)
    page = mine.post("/recycle/bulletin/TB-1/remove/", {"why": "写错了"}, follow=True).content.decode()
    assert "十一月通报" in page
    assert "写错了" in page
    assert not BulletinRecord.objects.filter(key="TB-1").exists()
    removal = queries.in_the_bin().get()
    mine.post(f"/recycle/{removal.pk}/restore/")
    back = BulletinRecord.objects.get(key="TB-1")
    assert (back.pk, back.content, back.drafted_at) == (draft.pk, {"a": 1}, draft.drafted_at)  # to the microsecond
    assert "只有草稿能移走" in mine.post("/recycle/bulletin/TB-2/remove/", follow=True).content.decode()
    assert mine.post("/recycle/issue/WT-1/remove/").status_code == 404  # no such bin
    assert browser(cast.luomei).post("/recycle/bulletin/TB-1/remove/").status_code in (403, 404)
    assert "回收站是空的" in browser(cast.hezhi).get("/recycle/").content.decode()


def test_a_facility_with_a_history_is_not_removed(cast):
    twin_of(cast)
    FindingRecord.objects.create(
        key="f", facility=FacilityRecord.objects.get(key="QX-009"), rule="r", rule_name="停运", period_from=DAY, period_to=DAY,
        confidence="较高", statement="x", found_on=DAY,
    )  # fmt: skip
    IssueRecord.objects.create(
        key="WT-9", title="x", klass="一般", place=cast.places["999901100200"], facility=FacilityRecord.objects.get(key="QX-009"),
        found_on=DAY, assigned_on=DAY, state="交办",
    )  # fmt: skip
    with pytest.raises(recycling.NotRemoved, match="还有别的记录挂在上面"):
        recycling.remove(cast.chenjing, "facility", "QX-009", "误导入")
    twin_of(cast, "QX-010")
    recycling.remove(cast.chenjing, "facility", "QX-010", "误导入")
    assert not FacilityRecord.objects.filter(key="QX-010").exists()


def test_pairs_are_proposed_within_what_one_sees_and_not_twice(cast):
    twin_of(cast)
    twin_of(cast, "QX-011", name="别处的站", power_account="", place=cast.places["999901101200"])
    (pair,) = recycling.proposed(cast.chenjing, "facility")
    assert (pair.first, pair.second) == ("QX-001", "QX-009")
    assert pair.reasons[0] == "用电户号相同"
    assert recycling.proposed(cast.hezhi, "facility") == []
    mine = browser(cast.chenjing)
    assert "1 对设施可能是同一处" in mine.get("/merges/").content.decode()
    mine.post("/merges/facility/QX-001/QX-009/", {"do": "two"})
    assert recycling.proposed(cast.chenjing, "facility") == []
    assert browser(cast.luomei).get("/merges/").status_code == 404


def hang_things(cast):
    gone = FacilityRecord.objects.get(key="QX-009")
    kept = FacilityRecord.objects.get(key="QX-001")
    IssueRecord.objects.create(
        key="WT-9", title="旧账", klass="一般", place=gone.place, facility=gone, found_on=DAY, assigned_on=DAY, state="交办",
        because=["facility:QX-009"],
    )  # fmt: skip
    BillRow.objects.create(key="b1", facility=gone, account="0200001", month=DAY.replace(day=1), kwh=100)
    for facility, day, value in ((kept, 1, 5.0), (gone, 1, 6.0), (gone, 2, 7.0)):
        DailyRow.objects.create(
            facility=facility, quantity="flow", day=DAY.replace(day=day), value=value, source="vendor"
        )
    PublicReport.objects.create(code="AAAA2222", facility="QX-009", text="臭", received_at=clock.now())
    Duty.objects.create(place=gone.place, matter="运维", role="主责", person="甲", subject="facility:QX-009")
    from django.core.files.uploadedfile import SimpleUploadedFile

    attachments.attach(Ref("facility", "QX-009"), SimpleUploadedFile("a.pdf", b"%PDF-1"), by=cast.chenjing)


def test_merge_moves_every_reference_in_one_deed_and_undo_gives_all_back(cast):
    twin_of(cast, lon=102.8, lat=30.2)
    hang_things(cast)
    before = {key: facts(key) for key in ("QX-001", "QX-009")}
    deeds = Entry.objects.count()
    mine = browser(cast.chenjing)
    page = mine.get("/merges/facility/QX-001/QX-009/").content.decode()
    assert "设计规模" in page
    told = mine.post(
        "/merges/facility/QX-001/QX-009/",
        {
            "do": "merge",
            "kept": "QX-001",
            "field:design_m3_d": "QX-009",
            "field:lon": "QX-009",
            "field:lat": "QX-009",
            "why": "两本台账",
        },
    )
    assert told.url == "/facilities/QX-001/"
    assert Entry.objects.count() == deeds + 1
    kept = FacilityRecord.objects.get(key="QX-001")
    assert (kept.design_m3_d, kept.lon, kept.name) == (50.0, 102.8, "红岩村站")
    assert not FacilityRecord.objects.filter(key="QX-009").exists()
    assert IssueRecord.objects.get().facility == kept
    assert BillRow.objects.get().facility == kept
    # the 1st stood on both sides: the kept record's own value stays; the 2nd goes over
    assert list(DailyRow.objects.order_by("day").values_list("facility_id", "value")) == [
        (kept.pk, 5.0),
        (kept.pk, 7.0),
    ]
    assert PublicReport.objects.get().facility == "QX-001"
    assert Duty.objects.get().subject == "facility:QX-001"
    assert Attachment.objects.get().key == "QX-001"
    # the old key still opens, and the walk back reads through it
    assert mine.get("/facilities/QX-009/").url == "/facilities/QX-001/"
    told = walk.because([Ref("facility", "QX-009")], user=cast.chenjing)
    assert told == {Ref("facility", "QX-009"): (Ref("facility", "QX-001"),)}
    assert browser(cast.hezhi).get("/facilities/QX-009/").status_code == 404
    assert Ref("facility", "QX-009") not in walk.because([Ref("facility", "QX-009")], user=cast.hezhi)
    row = Merge.objects.get()
    assert mine.post(f"/merges/{row.pk}/undo/").status_code == 302
    after = {key: facts(key) for key in ("QX-001", "QX-009")}
    assert after == before
    gone = FacilityRecord.objects.get(key="QX-009")
    assert IssueRecord.objects.get().facility == gone
    assert list(DailyRow.objects.order_by("day", "value").values_list("facility__key", "value")) == [
        ("QX-001", 5.0),
        ("QX-009", 6.0),
        ("QX-009", 7.0),
    ]
    assert PublicReport.objects.get().facility == "QX-009"
    assert Duty.objects.get().subject == "facility:QX-009"
    assert Attachment.objects.get().key == "QX-009"
    assert queries.now_called("facility", ["QX-009"]) == {}


def test_undo_is_over_once_something_new_hangs_on_it(cast):
    twin_of(cast)
    row = recycling.merge(cast.chenjing, "facility", "QX-001", "QX-009", set(), "同一处")
    BillRow.objects.create(
        key="new", facility=FacilityRecord.objects.get(key="QX-001"), account="x", month=DAY, kwh=1
    )
    with pytest.raises(ValueError, match="又有了新记录"):
        recycling.undo_merge(cast.chenjing, row)
    BillRow.objects.all().delete()
    FacilityRecord.objects.filter(key="QX-001").update(because=["place:1"])
    with pytest.raises(ValueError, match="改动"):
        recycling.undo_merge(cast.chenjing, row)


def report(code, **more):
    return PublicReport.objects.create(
        code=code,
        text="臭",
        phone="13900001111",
        sender_hash="h",
        received_at=more.pop("received_at", clock.now()),
        **more,
    )


def test_contacts_are_forgotten_only_after_the_matter_ended_and_its_time(cast):
    """180 days before 2026-11-20 is 2026-05-24: what ended on the 23rd goes, what ended on the 24th stays."""
    old, young = (clock.now().replace(month=5, day=day) for day in (23, 24))
    report("A", state="answered", answered_at=old, received_at=old)
    report("B", state="answered", answered_at=young)
    report("C", state="reopened", answered_at=old)  # the reporter was not content: it is not over
    report("D", state="received", received_at=old)
    for code, closed in (("E", dt.date(2026, 5, 23)), ("F", None)):
        report(code, state="answered", answered_at=old, issue=f"WT-{code}")
        IssueRecord.objects.create(
            key=f"WT-{code}", title="x", klass="一般", place=cast.places["999901100200"], found_on=DAY, assigned_on=DAY, state="x",
            rectifier=cast.units["清源运维公司"], report_code=code, is_open=closed is None, kept_elsewhere=closed is not None, closed_on=closed, closed_by_unit=cast.units["县治污办"] if closed else None,
        )  # fmt: skip
    done = let_go(DAY, by=cast.chenjing)
    assert sorted(PublicReport.objects.filter(phone="").values_list("code", flat=True)) == ["A", "E"]
    assert done["report.contact"] == 2
    assert sorted(PublicReport.objects.filter(sender_hash="").values_list("code", flat=True)) == [
        "A",
        "D",
    ]  # received over 30 days ago
    assert PublicReport.objects.filter(text="臭").count() == 6
    assert let_go(DAY, by=cast.chenjing) == {}  # once is enough


def test_notices_and_mailboxes_end_too(cast):
    tell([cast.luomei.pk, cast.hezhi.pk], "job_done", "x", once="x")
    Notice.objects.filter(person_pk=cast.luomei.pk).update(at=clock.now() - dt.timedelta(days=401))
    keep_mailbox(cast.hezhi.pk, email="a@b.cn")
    keep_mailbox(cast.luomei.pk, email="c@d.cn")
    type(cast.hezhi).objects.filter(pk=cast.hezhi.pk).update(is_active=False)
    assert let_go(DAY, by=cast.chenjing) == {"notice.inbox": 1, "notice.mailbox": 1}
    assert [m.person_pk for m in Mailbox.objects.all()] == [cast.luomei.pk]


def test_a_person_s_own_copy(cast):
    Duty.objects.create(
        place=cast.places["999901100200"], matter="日常巡查", role="主责", person="罗梅", phone="13800002222"
    )
    report("K", facility="QX-001")
    tables = {t: rows for t, _h, rows in held_on(cast.chenjing, name="罗梅", phone="13900001111")}
    assert len(tables["人员"]) == len(tables["责任"]) == len(tables["群众反映"]) == 1
    assert tables["户"] == []
    mine = browser(cast.chenjing)
    parcel = zipfile.ZipFile(io.BytesIO(mine.post("/privacy/", {"name": "罗梅", "do": "zip"}).content))
    assert sorted(parcel.namelist()) == ["说明.txt", "资料.json", "资料.xlsx"]
    assert json.loads(parcel.read("资料.json"))["责任"][0]["电话"] == "13800002222"
    assert Entry.objects.filter(action="person.answered").get().by_name == "陈静"
    assert Entry.objects.filter(action="looked.person").count() == 1  # looking is in the trail too
    assert "至少一样" in mine.post("/privacy/", {}).content.decode()
    assert "处理活动记录" in mine.get("/privacy/").content.decode()
    assert browser(cast.luomei).get("/privacy/").status_code == 404
    assert browser(cast.sunning).post("/privacy/", {"name": "罗梅"}).status_code == 403


def test_phones_of_those_who_left_and_of_ended_duties_go_after_five_years(cast):
    """1825 days before 2026-11-20 is 2021-11-21."""
    for day, phone in ((dt.date(2021, 11, 20), "1"), (dt.date(2021, 11, 21), "2"), (None, "3")):
        Duty.objects.create(
            place=cast.places["999901100200"], matter="x", role="主责", person="甲", phone=phone, valid_to=day
        )
    type(cast.hezhi).objects.filter(pk=cast.hezhi.pk).update(
        is_active=False, left_on=dt.date(2021, 11, 1), phone="139"
    )
    assert let_go(DAY, by=cast.chenjing) == {"duty.person": 2}
    assert sorted(Duty.objects.values_list("phone", "person")) == [("", "甲"), ("2", "甲"), ("3", "甲")]
    assert let_go(DAY, by=cast.chenjing) == {}


def test_households_at_one_point_are_proposed_by_the_database(cast, django_assert_max_num_queries):
    from qingxi_office.villages.models import HamletRecord, HouseholdRecord

    hamlet = HamletRecord.objects.create(key="h", place=cast.places["999901100200001"], name="主街")
    HouseholdRecord.objects.bulk_create(
        HouseholdRecord(key=f"h-{n:03d}", hamlet=hamlet, lon=102.0 + (n % 100) / 1000, lat=30.0) for n in range(102)
    )
    with django_assert_max_num_queries(12):
        found = recycling.proposed(cast.chenjing, "household")
    assert [(p.first, p.second, p.reasons[0]) for p in found] == [
        ("h-000", "h-100", "同一个点位"),
        ("h-001", "h-101", "同一个点位"),
    ]
    row = recycling.merge(cast.chenjing, "household", "h-000", "h-100", set(), "录了两遍")
    assert HouseholdRecord.objects.count() == 101
    recycling.undo_merge(cast.chenjing, row)
    assert HouseholdRecord.objects.count() == 102


def test_the_way_to_the_bin_is_shown_to_who_may(cast):
    assert "/recycle/facility/QX-001/remove/" in browser(cast.chenjing).get("/facilities/QX-001/").content.decode()
    assert (
        "/recycle/facility/QX-001/remove/" not in browser(cast.luomei).get("/facilities/QX-001/").content.decode()
    )
