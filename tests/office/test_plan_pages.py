"""Pages of the plan: versions, what changed between two, rules, files; who may, how many questions, what is written down."""

import io
import json
from datetime import date

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingxi_office.jobs.models import Job
from qingxi_office.people.rights import Denied
from qingxi_office.plans import actions
from qingxi_office.plans.models import HamletOption, PlanOverride, PlanRecord, SystemRow
from qingxi_office.site.loading import adopt_version, load_plan
from qingxi_office.site.pages.difference import difference
from qingxi_office.site.pages.plan_rules import priced
from qingxi_office.site.pages.plan_try import read_form
from qingxi_office.trail import clock
from qingxi_office.trail.models import Entry
from qingxi_office.villages.models import HamletRecord, VillageRecord

DAY = date(2026, 11, 20)
PAGES = ("plan", "plan_versions", "plan_compare", "plan_make", "plan_rules", "plan_try", "plan_files")


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def version(number, *, current=False, value=1_000_000.0, folder="", **more):
    return PlanRecord.objects.create(
        key=f"GH-{number}", number=number, title="规划", level="L2", mode="free", made_on=DAY, is_current=current, folder=folder,
        adopted_at=clock.now() if current else None, made_at=clock.now(), by_name="陈静",
        figures={
            "cost": {"present_value": value, "capex": value / 2, "running_per_year": value / 40}, "bound": value * 0.9, "gap": 0.1,
            "pipe_m": {"gravity": 1000.0 * number, "pressure": 0.0}, "plants": number, "pumps": 0, "households": {"onsite": 9},
        },
        **more,
    )  # fmt: skip


def option(plan, place, mode, value, pipe_m=0.0, households=9):
    return HamletOption.objects.create(
        plan=plan, key=f"{plan.key}/{place.code}", hamlet_key=place.code, name=place.name, place=place, mode=mode,
        households=households, present_value_yuan=value, pipe_m=pipe_m, options=[], reason="选它", reason_en="Chosen.",
        flips={"runner_up": "shared_plant", "factors": {"pipe": 0.8, "unit": 1.25}, "distance_m": 420.0},
        lon=104.0, lat=30.0,
    )  # fmt: skip


@pytest.fixture
def two(cast):
    """Two versions of two townships: 主街 (溪口) moves from on-site to a shared plant, a hamlet of 岚坪 stays."""
    from qingxi_office.places.actions import take_in_tree
    from qingxi_office.trail.actions import Office

    tree = take_in_tree([{"code": "999901101200001", "name": "柳湾"}], by=Office("测试"))
    main, other = cast.places["999901100200001"], tree["999901101200001"]
    for place in (main, other):
        VillageRecord.objects.get_or_create(place=place.parent)
        HamletRecord.objects.create(key=place.code, place=place, name=place.name, households=9)
    old, new = version(1, current=True), version(2, value=900_000.0)
    option(old, main, "onsite", 400_000.0)
    option(new, main, "shared_plant", 300_000.0, 250.0)
    option(old, other, "onsite", 500_000.0)
    option(new, other, "onsite", 501_000.0)  # a fifth of a per cent: the same
    return old, new


def test_difference_by_hand(two):
    """主街: −100,000 yuan, +250 m, another mode; 柳湾: +1,000 of 500,000 is less than half a per cent, the same."""
    old, new = two
    found = difference(old.options.all(), new.options.all(), {"999901100200": "红岩村"})
    assert [(r.key, r.kind, r.diff, r.pipe_diff_m) for r in found.changed] == [
        ("999901100200001", "mode", -100_000.0, 250.0)
    ]
    assert (found.households, len(found.every)) == (9, 2)
    (village,) = found.villages()
    assert (village.key, village.name, village.mode_a, village.mode_b, village.diff) == (
        "999901100200", "红岩村", "onsite", "shared_plant", -100_000.0,
    )  # fmt: skip
    back = difference(new.options.all(), old.options.all(), {})
    assert [r.diff for r in back.changed] == [100_000.0]
    assert difference(old.options.all(), old.options.all(), {}).changed == []


def test_a_hamlet_that_only_one_version_knows(two):
    old, new = two
    new.options.filter(hamlet_key="999901101200001").delete()
    found = difference(old.options.all(), new.options.all(), {})
    assert [(r.key, r.mode_b, r.diff) for r in found.changed] == [
        ("999901101200001", "", -500_000.0),
        ("999901100200001", "shared_plant", -100_000.0),
    ]


def test_compare_page_and_its_sheet(cast, two):
    client = browser(cast.chenjing)
    text = client.get("/plan/compare/").content.decode()
    assert "第 1 版到第 2 版，1 个自然村换了模式，涉及 9 户" in text
    assert "−10.00" in text
    book = openpyxl.load_workbook(io.BytesIO(client.get("/plan/compare/?as=xlsx").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1][:9] == ("999901100200001", "主街", "红岩村", 9, "散分户", "聚集中", 400000, 300000, -100000)
    assert len(rows) == 3  # every natural village, what changed first
    layers = json.loads(client.get("/geo/plan.json?version=GH-2&against=GH-1").content)
    told = {f["properties"]["key"]: f["properties"] for f in layers["hamlets"]["features"]}
    assert told["999901100200001"]["changed"] == "mode"
    assert "changed" not in told["999901101200001"]


def test_a_clerk_compares_only_their_own_township(cast, two):
    """A draft is the county's own; once it was adopted a township compares, and only its own part."""
    assert browser(cast.hezhi).get("/geo/plan.json?version=GH-2").status_code == 404
    actions.adopt_plan(PlanRecord.objects.get(key="GH-2"), by=cast.chenjing, reason="县政府常务会议")
    text = browser(cast.hezhi).get("/plan/compare/").content.decode()
    assert "没有自然村换模式" in text
    assert "主街" not in text
    layers = json.loads(browser(cast.hezhi).get("/geo/plan.json?version=GH-2").content)
    assert [f["properties"]["name"] for f in layers["hamlets"]["features"]] == ["柳湾"]


def test_who_sees_which_page(cast, two):
    """Rows: the role; a page is 200, or 404 where the role has no plans."""
    for person, code in ((cast.chenjing, 200), (cast.luomei, 200), (cast.sunning, 200), (cast.zhaoyong, 404)):
        client = browser(person)
        seen = {name: client.get(reverse(name)).status_code for name in PAGES}
        if code == 404:  # the foreman meets an empty plan page as before, and nothing else
            assert {v for k, v in seen.items() if k != "plan"} == {404}, seen
        else:
            assert set(seen.values()) == {200}, (person, seen)
    assert Client().get("/plan/versions/").status_code == 302


def test_only_the_officer_changes_anything(cast, two):
    rule = actions.override(
        "forbid_site", cast.county, by=cast.chenjing, reason="学校", lon=104.0, lat=30.0, radius_m=100
    )
    for person in (cast.luomei, cast.sunning, cast.zhaoyong):
        client = browser(person)
        for address, data in (
            ("/plan/versions/GH-2/adopt/", {"reason": "x"}), ("/plan/make/", {"effort": "1"}),
            ("/plan/rules/", {"kind": "mode", "subject": "999901100200001", "mode": "onsite", "reason": "x"}),
            (f"/plan/rules/{rule.key}/withdraw/", {"reason": "x"}), ("/plan/files/GH-1/prepare/", {}),
            ("/plan/try/", {"pipe": "10"}),
        ):  # fmt: skip
            assert client.post(address, data).status_code in (403, 404), (person, address)
    assert PlanRecord.objects.get(is_current=True).number == 1
    assert PlanOverride.objects.count() == 1
    assert PlanOverride.objects.get().withdrawn_on is None
    assert not Job.objects.exists()


def test_rules_by_the_form_with_reason_and_trail(cast, two):
    client = browser(cast.chenjing)
    said = client.post(
        "/plan/rules/",
        {"kind": "mode", "subject": "999901100200001 主街", "mode": "onsite", "reason": "  "},
        follow=True,
    ).content.decode()
    assert "要写明理由" in said
    good = {"kind": "mode", "subject": "999901100200001 主街", "mode": "onsite", "reason": "村民会议"}
    assert "GD-0001" in client.post("/plan/rules/", good, follow=True).content.decode()
    assert "已经定了模式" in client.post("/plan/rules/", good, follow=True).content.decode()
    assert (
        "要在图上点出位置"
        in client.post(
            "/plan/rules/", {"kind": "forbid_site", "lon": "", "lat": "", "reason": "学校"}, follow=True
        ).content.decode()
    )
    client.post("/plan/rules/", {"kind": "forbid_site", "lon": "104.01", "lat": "30.02", "reason": "学校"})
    place = PlanOverride.objects.get(kind="forbid_site")
    assert (place.lon, place.lat, place.radius_m) == (104.01, 30.02, 100.0)
    assert (
        "没有这个村"
        in client.post(
            "/plan/rules/", {"kind": "mode", "subject": "111", "mode": "onsite", "reason": "x"}, follow=True
        ).content.decode()
    )
    client.post("/plan/rules/GD-0001/withdraw/", {"reason": "村里改主意"})
    row = PlanOverride.objects.get(key="GD-0001")
    assert (row.withdrawn_by_name, row.withdrawn_why) == ("陈静", "村里改主意")
    deeds = list(Entry.objects.filter(subject_kind="override").order_by("id").values_list("action", "because"))
    assert deeds == [
        ("plan.override_made", "村民会议"), ("plan.override_made", "学校"), ("plan.override_withdrawn", "村里改主意"),
    ]  # fmt: skip


def test_a_clerk_cannot_rule_by_a_bare_call(cast, two):
    with pytest.raises(Denied):
        actions.override("mode", cast.places["999901100200001"], by=cast.luomei, reason="x", subject="999901100200001", mode="onsite")  # fmt: skip


def test_the_books_themselves_refuse_a_rule_without_reason_or_place(cast):
    def put(**more):
        with transaction.atomic():
            PlanOverride.objects.create(
                **{"key": "x", "kind": "forbid_site", "place": cast.county, "subject_name": "x", "reason": "x", "by_name": "x", "made_on": DAY}
                | more
            )  # fmt: skip

    with pytest.raises(IntegrityError, match="override_says_where_or_what"):
        put()
    with pytest.raises(IntegrityError, match="override_has_a_reason"):
        put(reason="", lon=1.0, lat=1.0)
    with pytest.raises(IntegrityError, match="plan_in_force_was_adopted"):
        PlanRecord.objects.create(key="y", number=9, title="x", level="L2", mode="free", made_on=DAY, figures={}, is_current=True)  # fmt: skip


def test_prices_come_from_the_newest_version_made_under_them(cast):
    old = version(1)
    old.figures["overrides"] = {"price": 5.0, "each": [{"id": "GD-0001", "met": True, "price_yuan": 5.0}]}
    new = version(2)
    new.figures["overrides"] = {"price": 7.0, "each": [{"id": "GD-0001", "met": True, "price_yuan": 6.0}, {"id": "GD-0002", "met": False, "price_yuan": None}]}  # fmt: skip
    prices, together = priced([new, old])
    assert prices["GD-0001"]["yuan"] == 6.0
    assert prices["GD-0002"]["met"] is False
    assert (together["yuan"], together["plan"].number) == (7.0, 2)
    assert priced([version(3)]) == ({}, None)


def test_the_form_of_a_try_becomes_the_librarys_words():
    assert read_form({"pipe": "+10", "unit": "−20%", "discount": "4", "more": "prices.trench.base=80\n"}) == (
        ["lever.pipe=+10%", "lever.unit=-20%", "prices.discount=0.04", "prices.trench.base=80"],
        {"pipe": "+10", "unit": "-20", "discount": "4", "more": "prices.trench.base=80\n"},
        [],
    )
    words, _, wrong = read_form({"pipe": "很多", "discount": "40", "more": "没有等号"})
    assert words == []
    assert len(wrong) == 3


def test_queries_do_not_grow_with_villages(cast, two):
    client = browser(cast.chenjing)
    addresses = [reverse(name) for name in PAGES] + ["/geo/plan.json?version=GH-2&against=GH-1"]

    def ask():
        counts = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200, address
            counts[address] = len(queries)
        return counts

    few = ask()
    old, new = two
    from qingxi_office.places.actions import take_in_tree
    from qingxi_office.trail.actions import Office

    codes = [f"999901100200{n:03d}" for n in range(10, 40)]
    tree = take_in_tree([{"code": code, "name": f"组{code[-3:]}"} for code in codes], by=Office("测试"))
    for i, code in enumerate(codes):
        HamletRecord.objects.create(key=code, place=tree[code], name="组", households=5)
        option(old, tree[code], "onsite", 1e5)
        option(new, tree[code], "reuse", 5e4)
        SystemRow.objects.create(
            plan=new, key=f"GH-2/{i}", system_id=i, mode="reuse", name="x", place=tree[code], households=5, people=10, flow_m3_d=1,
            works_yuan=1, capex_yuan=1, running_yuan_y=1, present_value_yuan=1,
        )  # fmt: skip
    many = ask()
    assert {k: (few[k], many[k]) for k in many if many[k] > few[k]} == {}
    assert max(many.values()) <= 16, many


def test_why_partial_in_both_languages(cast, two):
    client = browser(cast.chenjing)
    text = client.get("/plan/why/999901100200001/?version=GH-2").content.decode()
    assert "选它" in text
    assert "管道单价降到 0.80 倍" in text
    assert "420 m 以内" in text
    english = client.get(
        "/plan/why/999901100200001/?version=GH-2", headers={"accept-language": "en"}
    ).content.decode()
    assert "Chosen." in english
    assert "sewer prices fall to 0.80 times" in english


def test_files_go_only_to_those_who_see_every_house_and_it_is_written_down(cast, two, tmp_path):
    old, _ = two
    (tmp_path / "plan.xlsx").write_bytes(b"PK")
    (tmp_path / "secret.txt").write_bytes(b"no")
    PlanRecord.objects.filter(pk=old.pk).update(folder=str(tmp_path))
    address = "/plan/files/GH-1/plan.xlsx"
    assert b"".join(browser(cast.chenjing).get(address).streaming_content) == b"PK"
    assert b"".join(browser(cast.sunning).get(address).streaming_content) == b"PK"
    assert browser(cast.luomei).get(address).status_code == 404
    assert browser(cast.zhaoyong).get(address).status_code == 404
    for other in ("secret.txt", "../secret.txt", "also/../secret.txt", "plan.gpkg"):
        assert browser(cast.chenjing).get(f"/plan/files/GH-1/{other}").status_code == 404
    taken = Entry.objects.filter(action="plan.file_taken").values_list("by_name", "after")
    assert list(taken.order_by("id")) == [("陈静", "plan.xlsx"), ("孙宁", "plan.xlsx")]


def test_part_of_the_map_by_rights_and_size(cast, hamlet, hamlet_plan):
    plan = load_plan(hamlet_plan, by=cast.chenjing, adopt="")
    adopt_version(plan, by=cast.chenjing, reason="会议")
    client = browser(cast.chenjing)
    box = json.loads(client.get("/geo/plan.json").content)["box"]
    asked = ",".join(str(v) for v in box)
    part = json.loads(client.get(f"/geo/plan-part.json?box={asked}").content)
    households = plan.figures["households"]["all"]
    assert 0 < len(part["houses"]["features"]) <= households
    assert part["more"] is False
    assert all({"kind", "dn"} == set(f["properties"]) for f in part["pipes"]["features"])
    for wrong in ("", "a,b,c,d", "104,30,105,31", "104,30,103,31", "1,2,3"):
        assert client.get(f"/geo/plan-part.json?box={wrong}").status_code == 404
    # 何志's township has no household of this village: nothing of it is on his map.
    strange = json.loads(browser(cast.hezhi).get(f"/geo/plan-part.json?box={asked}").content)
    assert strange["houses"]["features"] == []
    assert strange["pipes"]["features"] == []


def test_a_villages_households_are_counted_by_the_systems_that_serve_them():
    from types import SimpleNamespace as Row

    from qingxi_office.site.pages.villages import _modes

    hamlets = [Row(mode="reuse", households=22), Row(mode="onsite", households=7)]
    # Of the 22, 15 reuse and 7 have a unit: 15 and 14, as the plan map says, not 22 and 7.
    systems = [Row(mode="reuse", households=15), Row(mode="onsite", households=7), Row(mode="onsite", households=7)]
    assert _modes(hamlets, systems) == [("reuse", 15), ("onsite", 14)]
    # A system that also serves another village is not this village's alone: its natural villages count whole.
    assert _modes(hamlets, systems[:1]) == [("reuse", 22), ("onsite", 7)]


def test_before_the_first_version_the_comparison_leads_to_the_versions(cast):
    answer = browser(cast.chenjing).get("/plan/compare/")
    assert answer.status_code == 302
    assert answer["Location"] == "/plan/versions/"
