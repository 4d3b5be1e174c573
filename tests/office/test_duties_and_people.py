"""Duties on their pages, hand-over by sheet, and people coming and going, as the cast of two townships does it."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingxi.place import GapKind
from qingxi_office.people import queries as people
from qingxi_office.people.actions import leave
from qingxi_office.people.models import Role, SignInLink, User
from qingxi_office.people.rights import Denied
from qingxi_office.places.actions import appoint, take_in_tree
from qingxi_office.places.models import Duty, Place
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import VillageRecord

DAY, DOC = date(2026, 11, 20), "溪镇发〔2026〕9号"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def posts(cast, office):
    """红岩村's two posts, filled since 2021; 柳湾村 has none."""
    village = cast.places["999901100200"]
    begun = {"on": date(2021, 3, 1), "document": "旧", "by": office, "unit_name": "溪口镇人民政府"}
    return [
        appoint(village, "村级配合与户内管护", "属地", person="王国富", title="主任", phone="138", **begun),
        appoint(village, "村级巡查", "配合", person="周德顺", phone="139", **begun),
    ]


def test_gaps_are_those_of_ones_own_places(cast, posts):
    """红岩村 is filled; its township lacks 任务落实 and 台账; 岚坪镇 lacks these and both of 柳湾村's."""
    assert {(p.name, g.matter) for p, g in people.gaps(cast.luomei)} == {
        ("溪口镇", "治理任务落实"),
        ("溪口镇", "台账与月报"),
    }
    assert len(people.gaps(cast.hezhi)) == 4
    assert len(people.gaps(cast.chenjing)) == 2 + 4 + 2  # and the county's own two
    Duty.objects.filter(person="周德顺").update(person="", phone="")
    assert [g.kind for p, g in people.gaps(cast.luomei) if g.matter == "村级巡查"] == [GapKind.EMPTY]


def test_who_is_in_charge_is_on_every_page_of_it(cast, posts):
    village = cast.places["999901100200"]
    VillageRecord.objects.create(place=village, state="已治理", state_on=DAY, households=60)
    client = browser(cast.luomei)
    for page in ("/villages/999901100200/", "/facilities/QX-001/", "/tree/999901100200/"):
        text = client.get(page).content.decode()
        assert "王国富" in text, page
        assert "tel:138" in text, page
    Duty.objects.filter(person="周德顺").update(person="")
    assert "空岗" in client.get("/villages/999901100200/").content.decode()


def test_a_clerk_appoints_in_their_own_township_only(cast, posts):
    form = {
        "matter": "村级巡查",
        "role": "配合",
        "unit": "溪口镇人民政府",
        "person": "新人",
        "on": "2026-11-01",
        "document": DOC,
    }
    place = {"place": "999901100200"}
    assert browser(cast.hezhi).post("/duties/appoint/", form | place).status_code == 404
    assert browser(cast.sunning).post("/duties/appoint/", form | place).status_code == 403
    browser(cast.luomei).post("/duties/appoint/", form | place)
    old, new = Duty.objects.filter(matter="村级巡查").order_by("valid_from")
    assert (old.person, old.valid_to, new.person, new.follows_id) == ("周德顺", date(2026, 11, 1), "新人", old.pk)
    on = people.in_charge(cast.places["999901100200"], on=date(2026, 10, 31))
    assert {a.name for a in on} >= {"周德顺"}


def test_a_duty_for_one_thing_names_it(cast, office):
    village = cast.places["999901100200"]
    said = {"on": DAY, "document": DOC, "by": office, "person": "专人"}
    appoint(village, "设施运维", "主责", subject="facility:QX-001", **said)
    with pytest.raises(ValueError, match="facility"):
        appoint(village, "设施运维", "主责", subject="那个站", **said)
    assert "专人" in browser(cast.luomei).get("/facilities/QX-001/").content.decode()
    assert "专人" not in {a.name for a in people.in_charge(village)}


def test_hand_over_by_sheet_there_and_back(cast, posts):
    client = browser(cast.luomei)
    sheet = client.get("/duties/hand-over/?as=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    page = book.active
    head = {cell.value: cell.column for cell in page[3]}
    assert [page.cell(r, head["现任"]).value for r in (4, 5)] == ["周德顺", "王国富"] or [
        page.cell(r, head["现任"]).value for r in (4, 5)
    ] == ["王国富", "周德顺"]
    row = 4 if page.cell(4, head["现任"]).value == "王国富" else 5
    page.cell(row, head["新任姓名"], "李新民")
    page.cell(row, head["新任电话"], 13700000001)
    page.cell(9 - row, head["新任姓名"], "空缺")
    page.cell(6, head["岗位编号"], "99999")
    page.cell(6, head["新任姓名"], "不知道是谁")
    held = io.BytesIO()
    book.save(held)
    held.name = "换届.xlsx"
    held.seek(0)
    answer = client.post("/duties/hand-over/", {"on": "2026-11-10", "file": held})
    text = answer.content.decode()
    assert "2 个岗位要变：2 个人走，1 个人来" in text
    assert "岗位编号要和下载的表一致" in text
    assert Duty.objects.count() == 2, "nothing is done before it is said to be done"
    signed = answer.context["signed"]
    other = browser(cast.chenjing).post("/duties/hand-over/", {"rows": signed, "document": DOC})
    assert other.status_code == 302
    assert Duty.objects.count() == 2, "another person's preview is not carried out"
    client.post("/duties/hand-over/", {"rows": signed, "document": DOC})
    assert sorted(Duty.objects.filter(valid_to=None).values_list("person", "phone")) == [
        ("", ""),
        ("李新民", "13700000001"),
    ]
    assert set(Duty.objects.exclude(valid_to=None).values_list("person", "valid_to")) == {
        ("王国富", date(2026, 11, 10)), ("周德顺", date(2026, 11, 10)),
    }  # fmt: skip
    assert Entry.objects.filter(action="duties.handed_over").count() == 1
    client.post("/duties/hand-over/", {"rows": signed, "document": DOC})
    assert Entry.objects.filter(action="duties.handed_over").count() == 1, "a second click does nothing"


def test_leaders_are_paired_with_townships_on_one_sheet(cast):
    officer, one, two = browser(cast.chenjing), cast.places["999901100"], cast.places["999901101"]
    form = {
        "on": "2026-11-01",
        "document": DOC,
        f"person-{one.pk}": "甲副县长",
        f"unit-{one.pk}": "县治污办",
        f"person-{two.pk}": "乙局长",
    }
    officer.post("/duties/pairs/", form)
    assert {d.place.code: d.person for d in Duty.objects.filter(matter="联系领导")} == {
        one.code: "甲副县长",
        two.code: "乙局长",
    }
    officer.post("/duties/pairs/", form | {"on": "2026-11-10", f"person-{one.pk}": "丙副县长"})
    assert list(Duty.objects.filter(place=one).order_by("valid_from").values_list("person", "valid_to")) == [
        ("甲副县长", date(2026, 11, 10)), ("丙副县长", None),
    ]  # fmt: skip
    assert Duty.objects.filter(place=two).count() == 1, "who did not change is left alone"
    assert "丙副县长" in officer.get("/duties/").content.decode()
    assert browser(cast.sunning).post("/duties/pairs/", form).status_code == 403


def test_a_deed_from_the_page_and_the_village_found_again(cast, posts):
    village = cast.places["999901100200"]
    VillageRecord.objects.create(place=village, state="已治理", state_on=DAY, households=60)
    officer, clerk = browser(cast.chenjing), browser(cast.luomei)
    form = {
        "deed": "move",
        "parent": "999901101 岚坪镇",
        "code": "999901101260",
        "on": "2026-11-02",
        "document": DOC,
    }
    assert clerk.post("/tree/999901100200/change/", form).status_code == 403
    assert officer.post("/tree/999901100200/change/", form)["Location"] == "/tree/999901101260/"
    assert officer.get("/villages/999901100200/")["Location"] == "/villages/999901101260/"
    assert browser(cast.hezhi).get("/villages/999901101260/").status_code == 200
    assert clerk.get("/villages/999901101260/").status_code == 404
    assert "红岩村" in officer.get("/tree/999901101260/").content.decode()
    assert "红岩村" in officer.get("/tree/?on=2026-11-01&q=hyc").content.decode()


def test_pages_ask_as_often_for_many_villages_as_for_few(cast, office, posts):
    client = browser(cast.chenjing)
    town = cast.places["999901100"]
    pages = (
        "/tree/", f"/tree/{town.pk}/branch/", "/tree/999901100/", "/duties/", "/duties/?township=999901100", "/duties/?view=gaps",
        "/duties/hand-over/", "/people/", "/projects/",
    )  # fmt: skip

    def asked():
        out = {}
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200, page
            out[page] = len(queries)
        return out

    few = asked()
    take_in_tree([{"code": f"999901100{n}", "name": f"村{n}"} for n in range(300, 340)], by=office)
    for place in Place.objects.filter(name__startswith="村"):
        appoint(place, "村级巡查", "配合", on=DAY, document=DOC, by=office, person="人")
    User.objects.bulk_create(
        User(username=f"u{n}", name="人", role=Role.INSPECTOR, scope=town, created_at=cast.luomei.created_at)
        for n in range(20)
    )
    many = asked()
    assert {p: (few[p], many[p]) for p in pages if many[p] > few[p]} == {}
    assert max(many.values()) <= 25


# people


def invite(client, **more):
    form = {
        "username": "xinren",
        "name": "新来",
        "role": "township_clerk",
        "scope": "999901100 溪口镇",
        "unit": "溪口镇人民政府",
    }
    return client.post("/people/invite/", form | more)


def test_an_invitation_sets_a_password_once(cast):
    officer = browser(cast.chenjing)
    page = invite(officer)
    link = page.context["link"]
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in str(list(SignInLink.objects.values())) + str(list(Entry.objects.values())), (
        "only its hash is kept"
    )
    new, stranger = User.objects.get(username="xinren"), Client()
    assert not new.has_usable_password()
    assert stranger.get(f"/join/{token}/").status_code == 200
    assert stranger.post(f"/join/{token}/", {"password": "short", "again": "short"}).status_code == 400
    assert stranger.post(f"/join/{token}/", {"password": "a-good-password", "again": "another"}).status_code == 400
    assert (
        stranger.post(f"/join/{token}/", {"password": "a-good-password", "again": "a-good-password"}).status_code
        == 302
    )
    new.refresh_from_db()
    assert new.check_password("a-good-password")
    assert stranger.get(f"/join/{token}/").status_code == 404, "it works once"
    assert invite(officer).status_code == 302, "the name is taken"
    assert invite(browser(cast.luomei), username="b").status_code == 404, "clerks see no people"


def test_a_link_ends_by_itself_and_by_a_later_one(cast):
    officer = browser(cast.chenjing)
    first = invite(officer).context["link"].rstrip("/").rpartition("/")[2]
    second = officer.post("/people/by/xinren/", {"deed": "link"}).context["link"].rstrip("/").rpartition("/")[2]
    assert Client().get(f"/join/{first}/").status_code == 404
    assert Client().get(f"/join/{second}/").status_code == 200
    SignInLink.objects.update(expires_at=SignInLink.objects.last().made_at - timedelta(seconds=1))
    assert Client().get(f"/join/{second}/").status_code == 404


def test_one_hands_over_to_another(cast, office):
    """罗梅 holds a post in her township and one in another's; the successor gets the first, the second is not hers."""
    town, other = cast.places["999901100"], cast.places["999901101"]
    begun = {"on": date(2021, 1, 1), "document": "旧", "by": office, "person": "罗梅"}
    appoint(town, "台账与月报", "配合", unit_name="溪口镇人民政府", **begun)
    appoint(other, "台账与月报", "配合", unit_name="岚坪镇人民政府", **begun)
    hers = browser(cast.luomei)
    assert hers.get("/").status_code == 200
    form = {
        "deed": "replace",
        "username": "liujie",
        "name": "刘接",
        "phone": "137",
        "on": "2026-11-10",
        "document": DOC,
    }
    page = browser(cast.chenjing).post("/people/by/luomei/", form)
    new = User.objects.get(username="liujie")
    assert "/join/" in page.context["link"]
    assert (new.role, new.scope, new.unit) == (cast.luomei.role, town, cast.luomei.unit)
    now = Duty.objects.filter(valid_to=None).order_by("place__code")
    assert [(d.place.code, d.person, d.phone) for d in now] == [
        ("999901100", "刘接", "137"),
        ("999901101", "罗梅", ""),
    ]
    assert Duty.objects.get(place=town, valid_to=date(2026, 11, 10)).person == "罗梅"
    assert hers.get("/").status_code == 302, "her session has ended"
    assert not User.objects.get(username="luomei").is_active


def test_leaving_leaves_gaps_and_the_last_officer_stays(cast, office):
    town = cast.places["999901100"]
    appoint(
        town,
        "台账与月报",
        "配合",
        on=date(2021, 1, 1),
        document="旧",
        by=office,
        unit_name="溪口镇人民政府",
        person="罗梅",
    )
    said = {"on": DAY, "document": DOC}
    with pytest.raises(Denied):
        leave(cast.luomei, by=cast.hezhi, **said)
    leave(cast.luomei, by=cast.chenjing, **said)
    gap = [g for _, g in people.gaps(cast.chenjing) if g.matter == "台账与月报" and g.place.text == "999901100"]
    assert [g.kind for g in gap] == [GapKind.EMPTY]
    leave(cast.zhouwei, by=cast.chenjing, **said)
    with pytest.raises(ValueError, match="最后一位"):
        leave(cast.chenjing, by=cast.chenjing, **said)
    form = {"deed": "change", "role": "inspector", "scope": "999901 天河坝县", "unit": ""}
    browser(cast.chenjing).post("/people/by/chenjing/", form)
    assert User.objects.get(username="chenjing").role == Role.COUNTY_OFFICER


def test_role_and_places_are_changed_with_before_and_after(cast):
    form = {
        "deed": "change",
        "name": "何志",
        "role": "inspector",
        "scope": "999901100200 红岩村",
        "unit": "县治污办",
        "title": "巡查",
    }
    browser(cast.chenjing).post("/people/by/hezhi/", form)
    changed = User.objects.get(username="hezhi")
    assert (changed.role, changed.scope.code, changed.unit.name, changed.title) == (
        "inspector",
        "999901100200",
        "县治污办",
        "巡查",
    )
    entry = Entry.objects.get(action="person.changed")
    assert (entry.before["role"], entry.after["role"]) == ("township_clerk", "inspector")


def test_the_list_of_places_goes_out_and_comes_back_unchanged(cast):
    officer = browser(cast.chenjing)
    sheet = officer.get("/tree/?as=xlsx")
    held = io.BytesIO(sheet.content)
    held.name = "区划名录.xlsx"
    before = list(Place.objects.order_by("pk").values())
    page = officer.post("/tree/", {"file": held})
    assert (len(page.context["good"]), page.context["new"], page.context["faults"]) == (6, [], [])
    officer.post("/tree/", {"rows": page.context["signed"], "document": DOC})
    assert list(Place.objects.order_by("pk").values()) == before
    bad = io.BytesIO(
        "代码,名称\n999901100,溪口镇\n999901100299,新村\n9.99901E+11,坏\n888801100200,外县村\n".encode("gb18030")
    )
    bad.name = "a.csv"
    page = officer.post("/tree/", {"file": bad})
    assert [r.name for r in page.context["new"]] == ["新村"]
    assert sorted(f.code for f in page.context["faults"]) == ["place-code", "place-orphan"]
    assert browser(cast.luomei).post("/tree/", {"rows": page.context["signed"]}).status_code == 403
    rename = {
        "deed": "move",
        "parent": "999901101 岚坪镇",
        "code": "999901101260",
        "on": "2026-11-02",
        "document": DOC,
    }
    officer.post("/tree/999901100200/change/", rename)
    old = io.BytesIO("代码,名称\n999901100200,红岩村\n".encode())
    old.name = "old.csv"
    page = officer.post("/tree/", {"file": old})
    assert ([f.code for f in page.context["faults"]], page.context["good"]) == (["place-ended"], [])
    assert officer.get(reverse("tree_node", args=["999901100200"])).status_code == 302


def test_an_urban_community_owes_no_posts_until_it_is_counted_in(cast, office):
    """居委会 are no gap; signed in as 涉农社区 they are; deducted again they are not; a post somebody wrote is asked for."""
    from qingxi_office.places.actions import take_in_tree
    from qingxi_office.places.models import Duty
    from qingxi_office.places.queries import gaps, law_gaps
    from qingxi_office.villages.models import ScopeLine

    code = "999901100001"
    place = take_in_tree([{"code": code, "name": "正街社区", "kind": "居委会"}], by=office)[code]

    def empty(day=date(2026, 11, 20)):
        found = {g.matter for p, g in gaps(cast.county.path, day) if p.pk == place.pk}
        assert found == {g.matter for g in law_gaps(cast.county.path, day) if g.place.text == code}
        return found

    assert empty() == set()
    ScopeLine.objects.create(
        place=place, change="列入", signed_on=date(2026, 3, 1), signed_by="县治污办", reason="涉农社区"
    )
    assert empty() == {"村级配合与户内管护", "村级巡查"}
    assert empty(date(2026, 2, 1)) == set()
    ScopeLine.objects.create(
        place=place, change="核减", signed_on=date(2026, 9, 1), signed_by="县治污办", reason="并入县城"
    )
    assert empty() == set()
    Duty.objects.create(place=place, matter="村级巡查", role="配合", person="")
    assert empty() == {"村级配合与户内管护", "村级巡查"}
