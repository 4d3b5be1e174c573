"""代办 and 授权: what is done in another's name stands under both names; a mandate opens what it names and nothing else."""

from datetime import date, timedelta

import pytest
from django.test import Client

from qingxi_office.access import actions, queries
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.people import rights
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import VillageRecord

DAY = date(2026, 11, 20)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_a_clerk_writes_down_what_a_villager_says(cast):
    client = browser(cast.luomei)
    assert client.get("/acting/report/")["Location"] == "/acting/"  # first say for whom
    client.post("/acting/begin/", {"name": "张大爷", "reason": ""})
    assert "acting" not in client.session
    client.post("/acting/begin/", {"name": "张大爷", "reason": "82 岁，不会用手机"})
    page = client.get("/acting/report/").content.decode()
    assert "正在代 张大爷（村民） 办理" in page
    assert "999901101200" not in page  # the other township's villages are not offered
    for wrong in (
        {"village": "999901101200 柳湾村", "text": "臭"},
        {"village": "999901100200", "text": " "},
        {"text": "臭"},
    ):
        assert client.post("/acting/report/", wrong).status_code == 400, wrong
    client.post("/acting/report/", {"village": "999901100200 红岩村", "text": "沟里又臭又响", "phone": "139"})
    report = PublicReport.objects.get()
    assert (report.village_code, report.text) == ("999901100200", "沟里又臭又响")
    assert report.code in client.get("/acting/").content.decode()
    client.post("/acting/end/")
    said = [
        (e.action, e.by_name, e.on_behalf_of) for e in Entry.objects.filter(by_id=cast.luomei.pk).order_by("id")
    ]
    assert said == [
        ("access.acting_began", "罗梅", "张大爷（村民）"), ("report.handed_in", "罗梅", "张大爷（村民）"),
        ("access.acting_ended", "罗梅", "张大爷（村民）"),
    ]  # fmt: skip
    assert "正在代" not in client.get("/").content.decode()
    assert browser(cast.sunning).post("/acting/begin/", {"name": "x", "reason": "y"}).status_code == 403
    assert "张大爷" in browser(cast.sunning).get("/trail/?behalf=1").content.decode()


@pytest.fixture
def finding(cast):
    VillageRecord.objects.create(place=cast.places["999901101200"], state="未完成")
    from qingxi_office.facilities.models import FacilityRecord

    return FindingRecord.objects.create(
        key="QX-002/idle/1", facility=FacilityRecord.objects.get(key="QX-002"), rule="stopped-paper", rule_name="停运",
        period_from=DAY, period_to=DAY, confidence="较高", statement="x", found_on=DAY, because=["facility:QX-002"],
    )  # fmt: skip


def give(cast, deeds=("decide_finding",), since=DAY, until=DAY, **more):
    return actions.give_mandate(cast.luomei, list(deeds), since, until, by=cast.hezhi, reason="外出培训", **more)


def test_a_mandate_opens_its_deed_and_what_it_touches(cast, finding):
    """何志 (岚坪) lets 罗梅 (溪口) decide findings for a day: she sees 岚坪's stations and findings then, not its households."""
    client = browser(cast.luomei)
    page = f"/findings/{finding.pk}/decide/"
    assert client.post(page, {"holds": "0", "reason": "x"}).status_code == 404
    mandate = give(cast)
    assert client.post(page, {"holds": "0", "reason": "x"}).status_code == 404, "given is not yet acted on"
    client.post("/acting/begin/", {"mandate": mandate.pk})
    assert client.get("/facilities/QX-002/").status_code == 200
    assert client.get("/facilities/QX-001/").status_code == 200, "her own stay hers"
    assert client.get("/villages/999901101200/").status_code == 404, "no deed of the mandate touches villages"
    assert client.post(page, {"holds": "0", "reason": "看过了"}).status_code == 302
    decided = Entry.objects.get(action="finding.decided")
    assert (decided.by_name, decided.on_behalf_of) == ("罗梅", "何志")
    client.post("/acting/end/")
    assert client.get("/facilities/QX-002/").status_code == 404


@pytest.mark.parametrize("how", ["revoked", "over", "giver gone"])
def test_a_mandate_that_ends_ends_the_acting_at_once(cast, finding, settings, how):
    mandate = give(cast)
    client = browser(cast.luomei)
    client.post("/acting/begin/", {"mandate": mandate.pk})
    assert client.get("/facilities/QX-002/").status_code == 200
    if how == "revoked":
        browser(cast.hezhi).post(f"/acting/{mandate.pk}/revoke/")
    elif how == "over":
        settings.QINGXI_PRACTICE_DAY = (DAY + timedelta(days=1)).isoformat()
    else:
        cast.hezhi.is_active = False
        cast.hezhi.save()
    assert client.get("/facilities/QX-002/").status_code == 404
    assert "正在代" not in client.get("/").content.decode()
    assert client.post("/acting/begin/", {"mandate": mandate.pk}).status_code == 404


def test_every_deed_is_called_by_its_name():
    from qingxi_office.approvals.queries import WEIGHTY
    from qingxi_office.site.deed_words import DEED_WORDS, WEIGHTY_WORDS

    given = set(rights.deeds()) - queries.NEVER_GIVEN
    assert given <= set(DEED_WORDS), (
        "say in site/deed_words.py how a person calls these: they are offered for a mandate"
    )
    assert set(WEIGHTY) == set(WEIGHTY_WORDS)
    assert set(rights._TOUCHES) <= set(rights.deeds())
    assert {k for kinds in rights._TOUCHES.values() for k in kinds} <= set(rights._SEES)


def test_nobody_gives_what_they_have_not(cast):
    for deeds in (["send_bulletin"], ["decide_finding", "load"], [], ["nonsense"]):
        with pytest.raises(ValueError, match="自己能办的"):
            give(cast, deeds)
    for since, until in ((None, DAY), (DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=800))):
        with pytest.raises(ValueError):
            give(cast, since=since, until=until)
    assert "invite" not in queries.may_be_given(cast.chenjing)
    with pytest.raises(ValueError, match="审计"):
        actions.give_mandate(cast.sunning, ["load"], DAY, DAY, by=cast.chenjing, reason="x")


def test_a_mandate_is_not_passed_on(cast):
    actions.give_mandate(
        cast.luomei, ["send_bulletin", "draft_bulletin"], DAY, DAY, by=cast.chenjing, reason="休假"
    )
    person = cast.luomei
    person.stands_for, person.stands_in = cast.chenjing, ("send_bulletin", "draft_bulletin")
    assert rights.may(person, "send_bulletin")
    with pytest.raises(ValueError, match="不能再授权"):
        actions.give_mandate(cast.hezhi, ["send_bulletin"], DAY, DAY, by=person, reason="x")


def test_mandates_are_their_two_peoples_affair(cast):
    mandate = give(cast)
    third = browser(cast.zhaoyong)
    assert third.post(f"/acting/{mandate.pk}/revoke/").status_code == 404
    assert third.post("/acting/begin/", {"mandate": mandate.pk}).status_code == 404
    assert "外出培训" not in third.get("/acting/").content.decode()
    assert "外出培训" in browser(cast.luomei).get("/acting/").content.decode()


def test_one_who_stands_in_cannot_be_the_second_of_the_same_person(cast):
    """陈静 asks; 罗梅 with 陈静's mandate must not be her second officer: that would be 陈静 twice."""
    from qingxi_office.approvals import actions as approvals
    from qingxi_office.bulletins import actions as bulletins

    approvals.set_weighty("send_bulletin", True, by=cast.chenjing)
    row = BulletinRecord.objects.create(key="TB-1", title="x", as_of=DAY, drafted_at=clock.now())
    try:
        bulletins.send(row, by=cast.chenjing)
    except approvals.SecondNeeded as needed:
        asked = approvals.ask(needed, by=cast.chenjing)
    cast.luomei.stands_for, cast.luomei.stands_in = cast.chenjing, ("send_bulletin",)
    with pytest.raises(ValueError, match="代办"):
        approvals.answer(asked, True, by=cast.luomei)


def test_the_page_gives_and_takes_back(cast):
    client = browser(cast.hezhi)
    form = {
        "taker": cast.luomei.pk,
        "deed": ["decide_finding"],
        "since": "2026-11-20",
        "until": "2026-11-25",
        "reason": "休假",
    }
    client.post("/acting/give/", {**form, "until": "2026-02-31"})
    assert not queries.mandates(cast.hezhi).exists()
    client.post("/acting/give/", form)
    mandate = queries.mandates(cast.hezhi).get()
    assert "确认判断" in client.get("/acting/").content.decode()
    client.post(f"/acting/{mandate.pk}/revoke/")
    mandate.refresh_from_db()
    assert mandate.revoked_on == DAY
