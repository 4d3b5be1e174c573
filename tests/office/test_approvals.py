"""Four eyes: a deed of weight waits for a second officer, or for the deputy head's signature where there is none."""

import hashlib
import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from qingxi_office.approvals import actions, queries
from qingxi_office.approvals.models import Approval
from qingxi_office.bulletins import actions as bulletins
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.people.rights import Denied
from qingxi_office.plans.actions import adopt_plan
from qingxi_office.plans.models import PlanRecord
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.actions import change_state
from qingxi_office.villages.models import VillageRecord

DAY = date(2026, 11, 20)


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(held, "JPEG")
    return held.getvalue()


JPEG = picture()


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def bulletin(cast):
    return BulletinRecord.objects.create(key="TB-1", title="十一月通报", as_of=DAY, drafted_at=clock.now())


@pytest.fixture
def weighty(cast):
    for deed in queries.WEIGHTY:
        actions.set_weighty(deed, True, by=cast.chenjing, basis="县治污办〔2026〕3 号")


def refused(deed):
    """What a deed under four eyes raises: nothing was changed."""
    with pytest.raises(actions.SecondNeeded) as caught, transaction.atomic():
        deed()
    return caught.value


def test_where_the_county_asks_for_none_one_officer_is_enough(cast, bulletin):
    assert bulletins.send(bulletin, by=cast.chenjing).state == "sent"
    assert not Approval.objects.exists()


def test_two_officers(cast, bulletin, weighty):
    """陈静 asks, 周维 agrees, 陈静 does it; once, and only she."""
    needed = refused(lambda: bulletins.send(bulletin, by=cast.chenjing))
    row = actions.ask(needed, by=cast.chenjing, why="本月数字已核")
    assert actions.ask(refused(lambda: bulletins.send(bulletin, by=cast.chenjing)), by=cast.chenjing).pk == row.pk
    with pytest.raises(ValueError, match="不能由自己"):
        actions.answer(row, True, by=cast.chenjing)
    with pytest.raises(Denied):
        actions.answer(row, True, by=cast.luomei)
    with pytest.raises(ValueError, match="理由"):
        actions.answer(row, False, by=cast.zhouwei)
    actions.answer(row, True, by=cast.zhouwei, words="看过")
    with pytest.raises(ValueError, match="已同意"):
        actions.answer(row, True, by=cast.zhouwei)
    refused(lambda: bulletins.send(bulletin, by=cast.zhouwei))  # agreed for 陈静, not for him
    bulletin.refresh_from_db()
    assert bulletins.send(bulletin, by=cast.chenjing).state == "sent"
    sent = Entry.objects.get(action="bulletin.sent")
    assert "双人复核：周维" in sent.because
    assert [e.action for e in Entry.objects.filter(subject_id="TB-1").order_by("id")] == [
        "approval.asked", "approval.agreed", "approval.used", "bulletin.sent",
    ]  # fmt: skip
    assert Approval.objects.get().state == "used"


def test_refused_and_taken_back_open_nothing(cast, bulletin, weighty):
    row = actions.ask(refused(lambda: bulletins.send(bulletin, by=cast.chenjing)), by=cast.chenjing)
    actions.answer(row, False, by=cast.zhouwei, words="数字不对")
    again = actions.ask(refused(lambda: bulletins.send(bulletin, by=cast.chenjing)), by=cast.chenjing)
    assert again.pk != row.pk
    with pytest.raises(Denied):
        actions.take_back(again, by=cast.zhouwei)
    actions.take_back(again, by=cast.chenjing)
    refused(lambda: bulletins.send(bulletin, by=cast.chenjing))


def test_small_office(cast, bulletin, weighty):
    """Where there is no second officer the deputy head signs the printed sheet; the record says so, with the photo's hash."""
    row = actions.ask(refused(lambda: bulletins.send(bulletin, by=cast.chenjing)), by=cast.chenjing)
    with pytest.raises(ValueError, match="周维"):  # there is a second officer: the sheet is not lawful
        actions.sign_small(
            row, by=cast.chenjing, signer="李局", signer_title="副局长", signed_on=DAY, sheet=actions_photo(JPEG)
        )
    cast.zhouwei.is_active = False
    cast.zhouwei.save()
    for lacks in (
        {"signer": ""},
        {"signer_title": ""},
        {"signed_on": None},
        {"sheet": None},
        {"signer": "陈静"},
        {"signed_on": date(2027, 1, 1)},
    ):
        given = {
            "signer": "李局",
            "signer_title": "副局长",
            "signed_on": DAY,
            "sheet": actions_photo(JPEG),
            **lacks,
        }
        with pytest.raises(ValueError):
            actions.sign_small(row, by=cast.chenjing, **given)
    actions.sign_small(
        row, by=cast.chenjing, signer="李局", signer_title="副局长", signed_on=DAY, sheet=actions_photo(JPEG)
    )
    row.refresh_from_db()
    assert row.says == "小单位路径：副局长李局 2026-11-20 在打印单上签字"
    assert row.sheet_sha256 == hashlib.sha256(row.sheet.read()).hexdigest()
    assert bulletins.send(bulletin, by=cast.chenjing).state == "sent"
    assert "小单位路径" in Entry.objects.get(action="bulletin.sent").because
    assert Entry.objects.get(action="approval.agreed").after["signer"] == "李局"


def actions_photo(data):
    from qingxi_office.intake.photo import bare

    return bare(io.BytesIO(data))


def test_the_database_refuses_ones_own_second(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            deed="send_bulletin", subject="bulletin:x", title="x", asked_by=cast.chenjing, asked_at=clock.now(),
            answered_by=cast.chenjing, way="second",
        )  # fmt: skip


def test_plan_and_village_ask_too(cast, weighty):
    plan = PlanRecord.objects.create(
        key="GH-1", number=1, title="x", level="L0", mode="free", made_on=DAY, figures={}
    )
    needed = refused(lambda: adopt_plan(plan, by=cast.chenjing, reason="常务会议"))
    assert (needed.approval.deed, needed.approval.subject) == ("adopt_plan", "plan:GH-1")
    village = VillageRecord.objects.create(place=cast.places["999901100200"])

    def change(state, document):
        return change_state(village, state, by=cast.chenjing, on=DAY, document=document, reason="验收")

    row = actions.ask(refused(lambda: change("已治理", "天环函1号")), by=cast.chenjing)
    actions.answer(row, True, by=cast.zhouwei)
    refused(lambda: change("已治理", "天环函2号"))  # agreed to one paper is not agreed to another
    assert change("已治理", "天环函1号").new == "已治理"
    assert change("未完成", "").new == "未完成"  # leaving the state is no weighty deed


def test_only_the_county_says_which_deeds(cast):
    with pytest.raises(Denied):
        actions.set_weighty("send_bulletin", True, by=cast.luomei)
    assert browser(cast.luomei).get("/safety/").status_code == 403
    officer = browser(cast.chenjing)
    officer.post("/safety/", {"part": "deeds", "deed:adopt_plan": "on", "basis:adopt_plan": "文"})
    assert {d for d in queries.WEIGHTY if queries.needs_second(d)} == {"adopt_plan"}
    assert "1 件要两个人办" in officer.get("/safety/").content.decode()


def test_the_pages_lead_from_the_button_to_the_signature(cast, bulletin, weighty):
    officer, second = browser(cast.chenjing), browser(cast.zhouwei)
    answer = officer.post("/bulletins/TB-1/state/", {"do": "send", "why": "已核"})
    row = Approval.objects.get()
    assert answer["Location"] == f"/approvals/{row.pk}/"
    assert "1 件等您复核" in second.get("/approvals/").content.decode()
    assert "没有等您复核" in officer.get("/approvals/").content.decode()
    assert browser(cast.luomei).get(f"/approvals/{row.pk}/").status_code == 404
    assert browser(cast.luomei).post(f"/approvals/{row.pk}/answer/", {"do": "agree"}).status_code == 404
    assert "周维" in officer.get(f"/approvals/{row.pk}/").content.decode()
    assert officer.get(f"/approvals/{row.pk}/sheet/").status_code == 404  # there is a second officer
    assert "通报送审" in second.get("/notices/").content.decode()
    second.post(f"/approvals/{row.pk}/answer/", {"do": "agree"})
    assert "已同意" in officer.get("/notices/").content.decode()
    officer.post("/bulletins/TB-1/state/", {"do": "send"})
    bulletin.refresh_from_db()
    assert bulletin.state == "sent"
    # and with nobody beside her, the sheet
    cast.zhouwei.is_active = False
    cast.zhouwei.save()
    other = BulletinRecord.objects.create(key="TB-2", title="x", as_of=DAY, drafted_at=clock.now())
    officer.post("/bulletins/TB-2/state/", {"do": "send"})
    row = Approval.objects.get(subject="bulletin:TB-2")
    assert "打印签字单" in officer.get(f"/approvals/{row.pk}/").content.decode()
    assert "分管领导" in officer.get(f"/approvals/{row.pk}/sheet/").content.decode()
    photo = SimpleUploadedFile("a.jpg", JPEG, "image/jpeg")
    officer.post(
        f"/approvals/{row.pk}/answer/",
        {"do": "sign", "signer": "李局", "signer_title": "副局长", "signed_on": "2026-11-20", "sheet": photo},
    )
    assert officer.get(f"/approvals/{row.pk}/photo/").status_code == 200
    officer.post("/bulletins/TB-2/state/", {"do": "send"})
    other.refresh_from_db()
    assert other.state == "sent"
