"""The register: households and waters entered, changed, brought back; frozen on a day and compared with another."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingxi_office.facilities import actions
from qingxi_office.facilities.frozen_rows import differences, rows_of, sound
from qingxi_office.facilities.models import Discharger, FacilityRecord, Outlet, SignCode, Snapshot
from qingxi_office.facilities.queries import parts
from qingxi_office.people.rights import Denied
from qingxi_office.trail.models import Entry
from qingxi_office.villages import actions as villages
from qingxi_office.villages.cells import LEVEL, cell, cells_of_tile
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, HouseTally, VillageRecord

DAY = date(2026, 11, 20)
HAMLET = "999901100200001"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def houses(cast, office):
    """主街 in 红岩村 of 溪口镇 with 150 households of 3 people each, none asked whether it is connected."""
    VillageRecord.objects.create(place=cast.places["999901100200"], state="未完成", households=150)
    hamlet = HamletRecord.objects.create(key=HAMLET, place=cast.places[HAMLET], name="主街")
    rows = [
        {"key": f"{HAMLET}{n:04d}", "hamlet_id": hamlet.pk, "people_registered": 4, "people_resident": 3, "people_festival": 5,
         "toilet": "水冲" if n % 2 else "", "separated": False, "lon": 104.05 + n * 1e-5, "lat": 30.34}
        for n in range(1, 151)
    ]  # fmt: skip
    villages.take_in_households(rows, by=office)
    return list(HouseholdRecord.objects.all())


def asked(client, page):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page)
    assert answer.status_code == 200, page
    return answer.content.decode(), len(queries)


def test_a_ledger_is_walked_page_by_page_and_counts_stay(cast, houses):
    """150 households are 60, 60 and 30 rows; each page asks as many questions as the first, and back is back."""
    clerk = browser(cast.luomei)
    page, seen, pages, n = "/households/", [], [], None
    while page:
        text, queries = asked(clerk, page)
        n = n or queries
        assert queries <= n
        found = [k for k in (h.key for h in houses) if f'data-href="/households/{k}/"' in text]
        seen += found
        pages.append((page, found))
        mark = text.find('rel="next" href="')
        page = (
            "/households/" + text[mark + 17 : text.find('"', mark + 17)].replace("&amp;", "&") if mark > 0 else ""
        )
    assert [len(found) for _, found in pages] == [60, 60, 30]
    assert seen == sorted(h.key for h in houses)
    text, _ = asked(clerk, pages[2][0])
    mark = text.find('rel="prev" href="')
    back, _ = asked(clerk, "/households/" + text[mark + 17 : text.find('"', mark + 17)].replace("&amp;", "&"))
    assert [k for k in seen if f'data-href="/households/{k}/"' in back] == pages[1][1]
    assert "第 61–120 行，共 150 行" in back
    assert n <= 16


def test_rows_without_a_value_stand_last_both_ways(cast, houses):
    """70 households know their distance (10 … 700 m): sorted up or down they fill a page and ten rows of the next, the 80
    others come after, none is lost at the turn of a page."""
    for n, h in enumerate(houses[:70]):
        h.sewer_distance_m = 10.0 * (n + 1)
    HouseholdRecord.objects.bulk_update(houses[:70], ["sewer_distance_m"])
    clerk = browser(cast.luomei)
    for sort, expected in (("sewer", [10, 20, 30]), ("-sewer", [700, 690, 680])):
        page, seen = f"/households/?sort={sort}", []
        while page:
            text, _ = asked(clerk, page)
            seen += [part[: part.find("/")] for part in text.split('data-href="/households/')[1:]]
            mark = text.find('rel="next" href="')
            page = (
                "/households/" + text[mark + 17 : text.find('"', mark + 17)].replace("&amp;", "&")
                if mark > 0
                else ""
            )
        assert len(seen) == len(set(seen)) == 150
        held = dict(HouseholdRecord.objects.values_list("key", "sewer_distance_m"))
        assert [held[k] for k in seen[:3]] == expected
        assert {held[k] for k in seen[70:]} == {None}


def test_columns_totals_filters_and_exports_are_of_what_is_shown(cast, houses):
    clerk = browser(cast.luomei)
    text, _ = asked(clerk, "/households/?col=resident&toilet=-")
    assert "合计" in text
    assert "225" in text  # 75 households without a toilet asked, 3 people each
    assert "门牌</th>" not in text
    csv = clerk.get("/households/?col=resident&toilet=-&as=csv").content.decode("utf-8-sig").splitlines()
    assert csv[0] == "户编号,常住"
    assert len(csv) == 76


def test_strangers_see_no_household_and_no_sum(cast, houses):
    assert "共 0" not in asked(browser(cast.luomei), "/households/")[0]
    other, _ = asked(browser(cast.hezhi), "/households/")
    assert HAMLET not in other
    assert "还没有登记到户" in other
    assert browser(cast.zhaoyong).get("/households/").status_code == 404
    assert browser(cast.hezhi).get(f"/households/{houses[0].key}/").status_code == 404


def test_a_household_is_changed_judged_and_brought_back(cast, houses):
    clerk, house = browser(cast.luomei), houses[0]
    address = f"/households/{house.key}/"
    wrong = clerk.post(address, {"people_resident": "三个", "toilet": "水冲"})
    assert wrong.status_code == 400
    assert "常住人口要是数字" in wrong.content.decode()
    assert "三个" in wrong.content.decode(), "what was typed is not lost"
    assert (
        clerk.post(address, {"people_resident": "2", "connected": "应接未接", "because": "入户"}).status_code == 302
    )
    house.refresh_from_db()
    assert (house.people_resident, house.connected) == (2, "应接未接")
    tally = HouseTally.objects.get()
    assert (tally.people_resident, tally.to_connect, tally.houses) == (449, 1, 150)
    deed = Entry.objects.get(action="household.edited")
    assert (deed.before, deed.after, deed.because) == (
        {"people_resident": 3, "connected": ""}, {"people_resident": 2, "connected": "应接未接"}, "入户",
    )  # fmt: skip
    assert clerk.post(f"{address}undo/{deed.pk}/").status_code == 302
    house.refresh_from_db()
    assert (house.people_resident, house.connected) == (3, "")
    assert HouseTally.objects.get().to_connect == 0
    with pytest.raises(Denied):
        villages.edit_household(house, {"people_resident": 9}, by=cast.hezhi)
    with pytest.raises(Denied):
        villages.edit_household(house, {"people_resident": 9}, by=cast.sunning)


def test_an_undo_never_throws_a_later_word_away(cast, houses):
    house = houses[0]
    villages.edit_household(house, {"people_resident": 2}, by=cast.luomei)
    first = Entry.objects.get(action="household.edited")
    villages.edit_household(house, {"people_resident": 1}, by=cast.luomei)
    house.refresh_from_db()
    with pytest.raises(ValueError, match="后来又改过"):
        villages.undo_edit(house, first.pk, by=cast.luomei)
    house.refresh_from_db()
    assert house.people_resident == 1


def test_an_outlet_typed_off_a_shifted_map_is_asked_about(cast, office):
    """红岩村's middle is known; a point 60 km away after undoing nothing, in the village after undoing GCJ-02."""
    import shapely

    from qingxi.place import to_gcj02
    from qingxi_office.places.models import Place

    middle = (104.05, 30.34)
    Place.objects.filter(code="999901100200").update(
        lon=middle[0], lat=middle[1], geometry=shapely.to_wkb(shapely.Point(middle).buffer(0.0003))
    )
    typed = to_gcj02(*middle)
    # The shift here is some 500 m; the outline is 33 m around and 500 m are believed: move the typed point further out.
    assert 200 < ((typed[0] - middle[0]) ** 2 * 0.744 + (typed[1] - middle[1]) ** 2) ** 0.5 * 111_320 < 800
    far = (typed[0] + 0.0, typed[1] - 0.0)
    clerk = browser(cast.luomei)
    said = {"place": "999901100200", "name": "红岩排口", "lon": f"{far[0]:.7f}", "lat": f"{far[1]:.7f}"}
    from qingxi_office.site.pages import point

    point.NEAR_M, kept = 50.0, point.NEAR_M
    try:
        answer = clerk.post("/waters/new/outlet/", said)
        assert answer.status_code == 400
        assert "GCJ-02" in answer.content.decode()
        assert not Outlet.objects.exists()
        assert clerk.post("/waters/new/outlet/", {**said, "datum": "GCJ-02"}).status_code == 302
        row = Outlet.objects.get()
        assert (row.lon, row.lat) == pytest.approx(middle, abs=1e-6)
        away = {**said, "name": "远处", "lon": "105.5"}
        assert "这个点不在红岩村" in clerk.post("/waters/new/outlet/", away).content.decode()
        assert clerk.post("/waters/new/outlet/", {**away, "datum": "typed"}).status_code == 302
    finally:
        point.NEAR_M = kept


def test_dischargers_have_numbers_of_their_own_and_strangers_are_refused(cast):
    village = cast.places["999901100200"]
    first = actions.keep_discharger(
        {"name": "老张农家乐", "kind": "农家乐", "place": village, "pretreatment": "无"}, by=cast.luomei
    )
    second = actions.keep_discharger({"name": "豆腐坊", "kind": "作坊", "place": village}, by=cast.luomei)
    assert (first.key, second.key) == ("PS-00001", "PS-00002")
    actions.keep_discharger({"flow_m3_d": 2.5}, by=cast.luomei, row=first)
    assert Discharger.objects.get(key="PS-00001").flow_m3_d == 2.5
    with pytest.raises(Denied):
        actions.keep_discharger({"name": "x"}, by=cast.hezhi, row=first)
    with pytest.raises(Denied):
        actions.keep_discharger({"place": cast.places["999901101200"]}, by=cast.luomei, row=first)
    page, _ = asked(browser(cast.luomei), "/waters/")
    assert "2 个排水户一天排 2.5 m³，1 个没有预处理" in page


def test_a_frozen_register_is_read_later_and_compared(cast, office, houses):
    """Two households changed, one gone: the difference between the days says exactly that, and the first day still stands."""
    before = actions.freeze("一", by=office)
    assert before.counts["household"] == 150
    villages.edit_household(houses[0], {"people_resident": 1}, by=cast.luomei)
    villages.edit_household(houses[1], {"toilet": "旱厕"}, by=cast.luomei)
    houses[2].delete()
    after = actions.freeze("二", by=office)
    assert (before.sha256 != after.sha256, after.key) == (True, "DJ-2026-1120-2")
    found = differences(parts(cast.luomei, before), parts(cast.luomei, after))
    household = [d for d in found if d.kind == "household"]
    assert len(household) == 1
    assert [row["key"] for row in household[0].gone] == [houses[2].key]
    assert [(b["key"], names) for _, b, names in household[0].changed] == [
        (houses[0].key, ["people_resident"]), (houses[1].key, ["toilet"]),
    ]  # fmt: skip
    old = next(p for p in parts(cast.luomei, before) if p.kind == "household")
    assert len(rows_of(old)) == 150
    assert old.sums["people_resident"] == 450
    assert sound(old)
    assert not [p for p in parts(cast.hezhi, before) if p.place.code.startswith("999901100")]
    assert not [p for p in parts(cast.zhaoyong, before) if p.kind == "household"]
    page, _ = asked(browser(cast.luomei), f"/snapshots/{after.key}/?against={before.key}")
    assert "登记变了 3 行" in page
    assert Snapshot.objects.count() == 2


def test_a_code_given_anew_survives_a_load(cast, office):
    """The stolen sign's code is revoked; loading the register again does not bring it back."""
    station = FacilityRecord.objects.get(key="QX-001")
    old = station.public_code
    new = actions.reissue_code(station, by=cast.luomei, why="牌子被偷")
    station.refresh_from_db()
    assert station.public_code == new.code != old
    assert SignCode.objects.get(code=old).revoked_on == DAY
    actions.take_in_facilities(
        [{"key": "QX-001", "name": "红岩村站", "place_id": station.place_id, "design_m3_d": 30.0, "because": []}],
        by=office,
    )
    station.refresh_from_db()
    assert station.public_code == new.code
    assert SignCode.objects.filter(facility=station, revoked_on=None).count() == 1


@pytest.mark.parametrize(("z", "x", "y"), [(12, 3231, 1686), (14, 12927, 6746), (16, 51708, 26984)])
def test_the_cells_of_a_tile_are_those_of_the_points_in_it(z, x, y):
    """The tile's middle lies in one of its cells, and a tile of level 12 has 4 × 4 cells."""
    import math

    lon = (x + 0.5) / (1 << z) * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + 0.5) / (1 << z)))))
    own = cell(lon, lat)
    ranges = cells_of_tile(z, x, y)
    assert sum(a <= own <= b for a, b in ranges) == 1
    assert sum(b - a + 1 for a, b in ranges) == (4 ** (LEVEL - z) if z < LEVEL else 1)
    assert cell(None, 1.0) is None


def test_a_merged_villages_figures_are_added_and_taken_off_again(cast):
    """120 + 80 households make 200; nobody counted people at New Year in one of them, so that figure is not added."""
    from qingxi_office.trail.models import Entry
    from qingxi_office.villages.actions import join_villages, undo_edit

    gone, into = cast.places["999901100200"], cast.places["999901101200"]
    VillageRecord.objects.create(place=gone, state="已治理", households=80, people_resident=200, sewer_km=1.5)
    own = VillageRecord.objects.create(
        place=into, state="未完成", households=120, people_resident=310, people_festival=500, sewer_km=2.0
    )
    join_villages([gone], into, by=cast.chenjing, on=date(2026, 11, 2), document="县政府批复")
    own.refresh_from_db()
    assert (own.households, own.people_resident, own.people_festival, own.sewer_km) == (200, 510, 500, 3.5)
    assert own.state == "未完成"  # recognised anew, by a person
    assert VillageRecord.objects.get(place=gone).households == 80
    edit = Entry.objects.filter(action="village.edited").latest("id")
    assert edit.before == {"households": 120, "people_resident": 310, "sewer_km": 2.0}
    assert "春节人口" in edit.because
    assert undo_edit(own, edit.pk, by=cast.chenjing)
    own.refresh_from_db()
    assert (own.households, own.sewer_km) == (120, 2.0)


def test_a_new_village_of_two_has_the_figures_of_both(cast):
    from qingxi_office.villages.actions import join_villages

    gone = [cast.places["999901100200"], cast.places["999901101200"]]
    for place, n in zip(gone, (80, 120), strict=True):
        VillageRecord.objects.create(place=place, households=n)
    new = {"code": "999901100290", "name": "合村"}
    made = join_villages(gone, None, by=cast.chenjing, on=date(2026, 11, 2), document="县政府批复", new=new)
    own = VillageRecord.objects.get(place=made)
    assert (own.households, own.state) == (200, "未完成")
