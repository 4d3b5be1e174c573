"""The open door: what is put up, the pages, the static pages without personal data, what is owed."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake import actions as intake
from qingxi_office.people.rights import Denied
from qingxi_office.places.models import Place
from qingxi_office.plans.models import HamletOption, PlanRecord, SystemRow
from qingxi_office.public.plain import MANIFEST, NotOurs, write
from qingxi_office.published.actions import put_up
from qingxi_office.published.models import Publication
from qingxi_office.site import owing, publishing_door
from qingxi_office.site.publishing import publish_stations
from qingxi_office.site.rounds import ROUNDS
from qingxi_office.trail import clock
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, VillageRecord

DAY = date(2026, 11, 20)
FOOT = {
    "portal": "天河坝县人民政府网", "portal_url": "https://tianheba.example", "site_code": "9999010001", "icp": "示ICP备00000000号",
    "police": "示公网安备 99990102000001号", "contact_phone": "0000-5550001", "duty_phone": "0000-5550002", "map_number": "示审图〔2026〕1号",
}  # fmt: skip
# What must never stand in anything written: the reporter's words that point to a person, a house, a code.
SECRETS = ("13912345678", "张三", "3号院", "户编号ZQ", "104.0123456", "后门第二家", "孙宁")


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def county(cast):
    """红岩村 with a station, a plan, a house that must not show, and what people told."""
    by = cast.chenjing
    village, hamlet = cast.places["999901100200"], cast.places["999901100200001"]
    VillageRecord.objects.create(place=village, households=231, state="已治理", state_on=DAY)
    VillageRecord.objects.create(place=cast.places["999901101200"], households=60)
    Place.objects.filter(pk=hamlet.pk).update(lon=104.01234, lat=30.1)
    row = HamletRecord.objects.create(key=hamlet.code, place=hamlet, name="主街", households=9)
    HouseholdRecord.objects.create(key="户编号ZQ1", hamlet=row, door="3号院", lon=104.0123456, lat=30.1)
    FacilityRecord.objects.filter(key="QX-001").update(lon=104.012, lat=30.1)
    plan = PlanRecord.objects.create(
        key="GH-1", number=1, title="规划", level="L1", mode="free", made_on=DAY, is_current=True, adopted_at=clock.now(),
        figures={"cost": {"capex": 1_864_000.0, "running_per_year": 20_160.0}, "plants": 1},
    )  # fmt: skip
    SystemRow.objects.create(
        plan=plan, key="GH-1/1", system_id=1, mode="shared_plant", name="红岩", place=village, households=168, people=500, flow_m3_d=30,
        works_yuan=1, capex_yuan=1_864_000, running_yuan_y=20_160, present_value_yuan=1,
    )  # fmt: skip
    HamletOption.objects.create(
        plan=plan, key="GH-1/a", hamlet_key=hamlet.code, name="主街", mode="shared_plant", households=9, options=[]
    )
    report = intake.hand_in(
        "又臭又响，我叫张三，家在3号院，电话 13912345678", address="1.1.1.1", facility="QX-001", facility_name="红岩村站",
        village_code=village.code, place="后门第二家", phone="13912345678",
    )  # fmt: skip
    publish_stations(by=by, as_of=DAY)
    publishing_door.publish_door(FOOT, by=by, as_of=DAY)
    publishing_door.publish_villages(by=by, as_of=DAY)
    publishing_door.publish_plans(by=by, as_of=DAY)
    put_up(
        "sample", "CC-1", "运行抽查", {
            "state": "done", "kind": "抽查评估", "measured_by": "省厅", "population": 1842, "share": 0.825, "low": 0.78, "high": 0.87, "hits": 198,
            "visited": 240, "required": 0.8, "meets": True, "commitment": "ab" * 32,
        }, as_of=DAY, because=["sample:CC-1"], by=by,
    )  # fmt: skip
    owing.publish_list(by=by, as_of=DAY)
    return report


def test_a_village_says_how_what_who_and_what_people_say(cast, county):
    text = Client().get("/public/villages/999901100200/").content.decode()
    for words in ("红岩村的生活污水已经治理", "几个组合建一座站", "186.40", "2.02", "231", "红岩村站", "不到"):
        assert words in text, words
    assert Client().get("/public/villages/999901100999/").status_code == 404


def test_the_foot_carries_what_a_government_page_must(cast, county):
    text = Client().get("/public/").content.decode()
    for words in FOOT.values():
        if words != FOOT["map_number"]:
            assert words in text, words
    assert '<meta name="SiteIDCode" content="9999010001">' in text
    assert FOOT["map_number"] in Client().get("/public/map/").content.decode()


def test_a_sample_has_its_verdict_n_and_interval_and_no_second_verdict(cast, county):
    text = Client().get("/public/samples/").content.decode()
    assert "82.5%" in text  # the same string as everywhere: one figure is printed one way
    assert "78.0 %–87.0 %" in text
    assert "在用的 1842 座里抽查 240 座，198 座有效" in text
    assert text.count('class="q-st') == 1, "one verdict, by the point value"


@pytest.mark.parametrize(
    "page",
    [
        "",
        "map/",
        "stations/",
        "villages/",
        "villages/999901100200/",
        "samples/",
        "plans/",
        "bulletins/",
        "issues/",
        "list/",
        "help/",
    ],
)
def test_open_pages_ask_few_questions_and_tell_nobody(cast, county, page, django_assert_max_num_queries):
    client = Client()
    client.get(f"/public/{page}")
    with django_assert_max_num_queries(16):
        text = client.get(f"/public/{page}").content.decode()
    for secret in (*SECRETS, county.code):
        assert secret not in text, secret


def test_before_anything_is_published_every_page_says_so(cast):
    for page in (
        "",
        "map/",
        "stations/",
        "villages/",
        "samples/",
        "plans/",
        "bulletins/",
        "issues/",
        "list/",
        "help/",
        "stations.csv",
        "feed.atom",
    ):
        assert Client().get(f"/public/{page}").status_code == 200, page
    assert Client().get("/public/rate/").status_code == 404


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.scripts = [], 0

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        assert "style" not in at
        self.found += [v for k, v in at.items() if k in ("href", "src") and v]


def test_the_static_door_is_whole_relative_and_tells_nobody(cast, county, tmp_path):
    done = write(tmp_path)
    assert len(done.changed) > 20
    for path in [p for p in tmp_path.rglob("*") if p.is_file()]:
        text = path.read_text(encoding="utf-8")
        for secret in (*SECRETS, county.code, "csrf", "/static/", "localhost", "127.0.0.1"):
            assert secret not in text, f"{path.name} tells {secret}"
        if path.suffix != ".html":
            continue
        links = Links()
        links.feed(text)
        for link in links.found:
            if urlsplit(link).scheme in ("tel", "https") or link.startswith("#"):
                continue
            target = urlsplit(urljoin(path.as_uri(), link)).path
            assert (
                tmp_path / target.removeprefix(tmp_path.as_uri().removeprefix("file://"))
            ).exists() or __import__("pathlib").Path(target).exists(), f"{path.name}: {link} leads nowhere"
            assert not link.startswith("/"), link
    told = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))["files"]
    assert set(told) == {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} - {MANIFEST}
    feed = ET.fromstring((tmp_path / "feed.atom").read_bytes())
    assert feed.findall("{http://www.w3.org/2005/Atom}entry")


def test_only_what_changed_is_written_again(cast, county, tmp_path):
    write(tmp_path)
    assert write(tmp_path).changed == []
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    FacilityRecord.objects.filter(key="QX-002").update(status="stopped")
    publish_stations(by=cast.chenjing, as_of=DAY)
    done = write(tmp_path)
    code = FacilityRecord.objects.get(key="QX-002").public_code
    assert f"s/{code}.html" in done.changed
    assert f"s/{FacilityRecord.objects.get(key='QX-001').public_code}.html" not in done.changed
    assert (
        sum(p.stat().st_mtime_ns != at for p, at in before.items() if p.exists()) == len(done.changed) + 1
    )  # and the manifest
    Publication.objects.filter(kind="village", key="999901101200").update(superseded_at=clock.now())
    (tmp_path / "mine.txt").write_text("别人的")
    assert write(tmp_path).gone == ["villages/999901101200.html"]
    assert (tmp_path / "mine.txt").exists()


def test_a_folder_of_somebody_else_is_left_alone(cast, county, tmp_path):
    (tmp_path / MANIFEST).write_text('{"name": "a web app"}')
    with pytest.raises(NotOurs):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / MANIFEST]


def test_links_of_a_feed_and_a_column_are_whole_where_the_portal_says_its_address(cast, county, tmp_path, settings):
    publishing_door.publish_door(
        {**FOOT, "door_url": "https://tianheba.example/sewage/", "office_url": "https://q.example"},
        by=cast.chenjing,
        as_of=DAY,
    )
    call_command("static_door", str(tmp_path), verbosity=0)
    assert 'href="https://tianheba.example/sewage/rate.html"' in (tmp_path / "column.html").read_text(
        encoding="utf-8"
    )
    code = FacilityRecord.objects.get(key="QX-001").public_code
    page = (tmp_path / "s" / f"{code}.html").read_text(encoding="utf-8")
    assert f'href="https://q.example/s/{code}/report/"' in page
    publishing_door.publish_door(FOOT, by=cast.chenjing, as_of=DAY)
    write(tmp_path)
    assert 'href="tel:12345"' in (tmp_path / "s" / f"{code}.html").read_text(encoding="utf-8")


def test_who_puts_up_and_what_is_no_address(cast, county):
    for deed in (
        lambda by: publishing_door.publish_door(FOOT, by=by, as_of=DAY), lambda by: publishing_door.publish_villages(by=by, as_of=DAY),
        lambda by: publishing_door.publish_plans(by=by, as_of=DAY), lambda by: publishing_door.note_elsewhere("budget", DAY, "x", "", by=by),
    ):  # fmt: skip
        for person in (cast.luomei, cast.sunning, cast.zhaoyong):
            with pytest.raises(Denied):
                deed(person)
    with pytest.raises(ValueError, match="http"):
        publishing_door.publish_door({"portal_url": "javascript:alert(1)"}, by=cast.chenjing, as_of=DAY)
    with pytest.raises(ValueError, match="http"):
        publishing_door.note_elsewhere("budget", DAY, "门户", "javascript:alert(1)", by=cast.chenjing)
    draft = BulletinRecord.objects.create(key="TB-1", title="x", as_of=DAY, drafted_at=clock.now())
    with pytest.raises(ValueError, match="没有印发"):
        publishing_door.publish_bulletin(draft, by=cast.chenjing, as_of=DAY)


def test_the_desk_shows_what_is_owed_and_takes_what_was_published_elsewhere(
    cast, county, django_assert_max_num_queries
):
    client = browser(cast.chenjing)
    client.get("/door/")
    with django_assert_max_num_queries(36):
        text = client.get("/door/").content.decode()
    # 年报 was due on 1-31, 预算 on 3-1: both overdue on 2026-11-20.
    assert "公开目录 12 项，2 项过期" in text or "项过期还没有公开" in text
    client.post(
        "/door/do/",
        {
            "deed": "elsewhere",
            "key": "budget",
            "on": "2026-02-20",
            "where": "门户财政专栏",
            "href": "https://tianheba.example/b",
        },
    )
    line = next(x for x in owing.lines(DAY) if x.owed.key == "budget")
    assert (line.standing.met, line.where) == (True, "门户财政专栏")
    assert browser(cast.luomei).post("/door/do/", {"deed": "foot"}).status_code == 403
    assert browser(cast.zhaoyong).get("/door/").status_code == 404
    assert client.get("/door/static.zip").content[:2] == b"PK"
    for what in ("station", "village", "plan", "owing"):
        assert client.post("/door/do/", {"deed": "publish", "what": what}).status_code == 302


def test_the_rounds_tell_what_is_due_and_write_the_pages(cast, county, tmp_path, settings):
    from qingxi_office.notices.models import Notice
    from qingxi_office.trail.actions import Office

    settings.QINGXI_DOOR = str(tmp_path / "door")
    intake.keep_order(
        "A1",
        sent_on=date(2026, 11, 10),
        due_on=date(2026, 11, 18),
        by=Office(),
        klass="投诉",
        text="臭",
        village_code="999901100200",
    )
    for name in ("hotline", "disclosure", "static_door"):
        assert ROUNDS[name].do(Office("钟点"), clock.now()), name
    assert (tmp_path / "door" / "index.html").is_file()
    assert Notice.objects.filter(kind="hotline_due", person_pk=cast.luomei.pk).count() == 1
    assert not Notice.objects.filter(kind="hotline_due", person_pk=cast.hezhi.pk).exists()
    assert Notice.objects.filter(kind="disclosure_due", person_pk=cast.chenjing.pk).count() >= 1
    n = Notice.objects.count()
    ROUNDS["hotline"].do(Office("钟点"), clock.now())
    assert Notice.objects.count() == n, "once for each due day"


def test_before_and_after_are_for_who_holds_the_code(cast, county):
    follower = intake.follow(county)
    intake.note_answer(county, "换了轴承", ContentFile(b"\xff\xd8after"))
    county.photo.save("b.jpg", ContentFile(b"\xff\xd8before"))
    client = Client()
    assert client.get(f"/r/{county.code}/photo/before/").status_code == 200
    assert client.get(f"/r/{county.code}/photo/after/").status_code == 200
    assert client.get(f"/r/{follower.code}/photo/after/").status_code == 200
    assert client.get(f"/r/{follower.code}/photo/before/").status_code == 404, "the reporter's own photo is theirs"
    assert client.get(f"/r/{county.code}/photo/x/").status_code == 404
    assert client.get("/r/NOBODY/photo/after/").status_code == 404
    page = client.get(f"/r/{county.code}/").content.decode()
    assert "修之前" in page
    assert "修之后" in page


def test_a_report_about_a_village_and_one_near_another_station(cast, county):
    FacilityRecord.objects.filter(key="QX-002").update(lon=104.012, lat=30.102)  # 222 m from QX-001
    publish_stations(by=cast.chenjing, as_of=DAY)
    other = FacilityRecord.objects.get(key="QX-002").public_code
    near = Client().get(f"/s/{other}/report/").content.decode()
    assert "最近已有人反映" in near
    assert "又臭又响" in near
    assert "13912345678" not in near
    client = Client()
    form = client.get("/public/villages/999901100200/report/").content.decode()
    opened = re.search(r'name="opened" value="([^"]+)"', form)[1]
    answer = client.post(
        "/public/villages/999901100200/report/", {"text": "沟里有黑水", "place": "桥头", "opened": opened}
    )
    assert answer.status_code == 302
    assert "收到了" in client.get(answer["Location"]).content.decode()


def test_every_sign_on_an_open_page_is_drawn():
    """An icon without a mask would be an empty place."""
    from pathlib import Path

    import qingxi_office.public as room
    from qingxi_office.design.parts import ICON_OF_KIND

    own = Path(room.__file__).parent
    drawn = set(re.findall(r"\.ti-([a-z-]+) \{", (own / "static/public/signs.css").read_text(encoding="utf-8")))
    asked = set(ICON_OF_KIND.values()) - {""}
    for page in own.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        asked |= set(re.findall(r'{% icon "([a-z-]+)"', text)) | set(re.findall(r'sign="([a-z-]+)"', text))
    assert asked - drawn == set()


def test_a_published_bulletin_carries_its_text_and_nobody_in_it(cast, county, tmp_path):
    from qingxi_office.bulletins import actions
    from qingxi_office.bulletins.papers import package
    from qingxi_office.indicators.actions import compute
    from qingxi_office.public.plain import write

    compute(by=cast.chenjing, as_of=DAY)
    row = actions.draft(by=cast.chenjing, as_of=DAY)
    row = actions.add_sentence(row, "next.due", "经办人我叫张三，请各乡镇来电。", by=cast.chenjing)
    row = actions.send(row, by=cast.chenjing)
    row = actions.approve(row, by=cast.zhouwei)
    row = actions.hand_over(row, package(row), by=cast.chenjing)
    row = actions.record_issued(row, by=cast.chenjing, document_number="某〔2026〕1号", signer="某", issued_on=DAY)
    published = publishing_door.publish_bulletin(row, by=cast.chenjing, as_of=DAY)
    assert [s["heading"] for s in published.data["sections"]][:2] == ["总体情况", "各乡镇情况"]
    client = Client()
    address = f"/public/bulletins/{row.key}/"
    assert address in client.get("/public/bulletins/").content.decode()
    assert address in client.get("/public/feed.atom").content.decode()
    text = client.get(address).content.decode()
    for words in ("一、总体情况", "各乡镇治理情况", "某〔2026〕1号", "姓名略"):
        assert words in text, words
    assert "张三" not in text
    assert "号码略" not in text, "days and numbers of problems stay"
    assert f"截至 {DAY:%Y-%m-%d}" in text
    said = publishing_door._without_persons(
        "WT-2026-0139 于 2026-11-20 由 13912345678 报来，TEL-13912345678、〔2026〕12号"
    )
    assert said == "WT-2026-0139 于 2026-11-20 由 ［号码略］ 报来，TEL-［号码略］、〔2026〕12号"
    assert client.get("/public/bulletins/TB-none/").status_code == 404
    write(tmp_path)
    plain = (tmp_path / "bulletins" / f"{row.key}.html").read_text(encoding="utf-8")
    assert "一、总体情况" in plain
    assert f'href="bulletins/{row.key}.html"' in (tmp_path / "bulletins.html").read_text(encoding="utf-8")
    # One published before texts were says so; one that is marked stays inside.
    put_up("bulletin", "TB-0", "旧", {"title": "旧", "document_number": "1", "issued_on": "2025-01-01", "signer": "某", "issuer": "某"}, as_of=DAY, because=["bulletin:TB-0"], by=cast.chenjing)  # fmt: skip
    assert "没有正文" in client.get("/public/bulletins/TB-0/").content.decode()
    BulletinRecord.objects.filter(pk=row.pk).update(security="内部")
    row.refresh_from_db()
    with pytest.raises(ValueError, match="内部"):
        publishing_door.publish_bulletin(row, by=cast.chenjing, as_of=DAY)
