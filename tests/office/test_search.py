"""One search over every book: what is found, by whom, at a fixed number of queries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.places.models import Duty
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.site import attaching, searching
from qingxi_office.site.templatetags.finding import hit


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def names(user, text):
    return {group.key: [h.words for h in group.hits] for group in searching.find(user, text)}


@pytest.fixture
def things(cast):
    village = cast.places["999901100200"]
    ProjectRecord.objects.create(key="XM-红", name="红岩村管网", place=village, stage="谋划", total_fen=1)
    Duty.objects.create(place=village, matter="巡查", role="主责", person="洪燕")
    attaching.attach(cast.luomei, "facility", "QX-001", SimpleUploadedFile("红岩合同.pdf", b"%PDF-1"))
    return cast


def test_every_book_is_searched_within_what_one_sees(things):
    found = names(things.chenjing, "红岩")
    assert found == {
        "place": ["红岩村"],
        "facility": ["红岩村站"],
        "project": ["红岩村管网"],
        "file": ["红岩合同.pdf"],
    }
    assert names(things.hezhi, "红岩") == {}
    assert names(things.zhaoyong, "红岩")["file"] == ["红岩合同.pdf"]  # his own station's
    assert "project" not in names(things.zhaoyong, "红岩")
    assert names(things.hezhi, "陈静") == {}  # people are the county's
    assert names(things.chenjing, "陈静")["person"] == ["陈静"]
    assert names(things.chenjing, "0200001")["facility"] == ["红岩村站"]


def test_letters_are_pinyin_in_full_or_by_first_letters(things):
    for text in ("hongyan", "hyc", "HYCZ", "yancun"):
        assert "红岩村站" in names(things.chenjing, text)["facility"], text
    assert names(things.chenjing, "hongyan")["duty"] == ["洪燕"]
    assert names(things.chenjing, "chenj")["person"] == ["陈静"]
    assert "facility" not in names(things.chenjing, "xyz")


def test_groups_open_into_pages_and_the_count_of_queries_stays(things, django_assert_max_num_queries):
    place = things.places["999901100200"]
    FacilityRecord.objects.bulk_create(
        FacilityRecord(key=f"T-{n:03d}", public_code=f"T{n}", name=f"红岩第{n}站", place=place, design_m3_d=1)
        for n in range(90)
    )
    mine = browser(things.chenjing)
    with django_assert_max_num_queries(45) as few:
        page = mine.get("/search/?q=红岩").content.decode()
    assert "找到 9 处以上" in page  # 1 place, 6 of 91 stations, 1 project, 1 file
    assert "更多设施" in page
    assert '<mark class="q-mark-hit">红岩</mark>' in page
    FacilityRecord.objects.filter(key__gte="T-005", key__startswith="T").delete()
    with django_assert_max_num_queries(len(few)):
        mine.get("/search/?q=红岩")
    FacilityRecord.objects.bulk_create(
        FacilityRecord(key=f"U-{n:03d}", public_code=f"U{n}", name=f"红岩第{n}站", place=place, design_m3_d=1)
        for n in range(85)
    )
    first, second, third = (mine.get(f"/search/?q=红岩&in=facility&page={n}").content.decode() for n in (1, 2, 3))
    assert [p.count('<a href="/facilities/') - 1 for p in (first, second, third)] == [40, 40, 11]  # one in the menu
    assert "下一页" in first
    assert "下一页" not in third
    assert mine.get("/search/?q=红岩&in=nonsense").status_code == 404


def test_marks_never_let_markup_through():
    assert hit("<b>红岩</b>", "红岩") == '&lt;b&gt;<mark class="q-mark-hit">红岩</mark>&lt;/b&gt;'
    assert hit("a<b", "<") == 'a<mark class="q-mark-hit">&lt;</mark>b'
    assert hit("红岩", "") == "红岩"
