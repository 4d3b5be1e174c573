"""The dated tree: deeds against the library's law, searches, paths, and a list that is older than the deeds."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qingxi import place as law
from qingxi_office.places import actions
from qingxi_office.places.models import Duty, Place, PlaceKey, Succession, Unit
from qingxi_office.places.queries import find, states, under
from qingxi_office.trail.actions import Office
from qingxi_office.trail.models import Entry

DAY = date(2026, 6, 1)
DOC = "县民政〔2026〕7号"
COUNTY = "999901"


def rows():
    """Two townships of three villages, two natural villages each."""
    out = [{"code": COUNTY, "name": "县"}]
    for t in range(2):
        out.append({"code": f"99990110{t}", "name": f"镇{t}"})
        for v in range(3):
            out.append({"code": f"99990110{t}20{v}", "name": f"村{t}{v}"})
            out += [{"code": f"99990110{t}20{v}00{h}", "name": f"组{t}{v}{h}"} for h in (1, 2)]
    return out


def of_law(rows):
    return tuple(law.Place(law.parse_code(r["code"]), r["name"]) for r in rows)


def as_set(on):
    found = states(on)
    code = {s.place_id: s.code for s in found}
    return {(s.code, s.name, code.get(s.parent_id)) for s in found}


def tree_set(places, on):
    tree = law.PlaceTree(places, on)
    return {(p.code.text, p.name, p.under.text if p.under in tree else None) for p in tree}


deeds = st.lists(
    st.tuples(
        st.sampled_from(["rename", "merge", "merge_new", "split", "move", "move_code", "close"]),
        st.integers(0, 40),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db
@given(told=deeds)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
def test_any_deeds_keep_every_day_as_the_law_has_it(told):
    from django.db import transaction

    with transaction.atomic():
        check_deeds(told)
        transaction.set_rollback(True)


def check_deeds(told):
    by = Office()
    actions.take_in_tree(rows(), by=by)
    reference = of_law(rows())
    days = [date(2019, 1, 1)]
    number = 300
    for n, (what, a, b) in enumerate(told):
        on = date(2020, 1, 1) + timedelta(days=30 * n)
        days += [on - timedelta(days=1), on]
        villages = list(Place.objects.filter(level="village", valid_to=None).order_by("code"))
        towns = list(Place.objects.filter(level="township", valid_to=None).order_by("code"))
        place, other, town = villages[a % len(villages)], villages[b % len(villages)], towns[b % len(towns)]
        number += 1
        new = f"{place.parent.code}{number}"
        with suppress(ValueError):  # what either refuses has changed nothing: both are compared below
            reference = carry_out(what, place, other, town, new, on, number, reference, by)
        living = list(Place.objects.filter(valid_to=None).values_list("code", flat=True))
        assert len(living) == len(set(living))
    for day in {*days, date(2026, 11, 1)}:
        assert as_set(day) == tree_set(reference, day), day
    for place in Place.objects.filter(valid_to=None):
        head = place.parent.path if place.parent else ""
        assert place.path == f"{head}{place.code}/"
    for place in Place.objects.exclude(valid_to=None):
        above = Place.objects.filter(pk__in=Succession.objects.filter(old=place, change="合并").values("new"))
        for into in above.filter(valid_to=None):
            assert place.path.startswith(into.path)
    keyed = set(PlaceKey.objects.values_list("place_id", "path"))
    assert keyed == set(Place.objects.filter(valid_to=None).values_list("pk", "path"))


def carry_out(what, place, other, town, new, on, number, reference, by):
    """One deed in the office and in the law; a ValueError of either leaves both as they were."""
    from django.db import transaction

    code, doc = law.parse_code(place.code), {"on": on, "document": DOC, "by": by}
    with transaction.atomic():
        if what == "rename":
            after = law.rename(reference, code, f"新{number}", on)
            actions.rename(place, f"新{number}", **doc)
        elif what == "merge":
            after = law.merge(reference, [code], law.parse_code(other.code), on)
            actions.merge([place], other, **doc)
        elif what == "merge_new":
            made = law.Place(law.parse_code(new), f"合{number}", parent=law.parse_code(place.parent.code))
            gone = {place.pk: place, other.pk: other}.values()
            after = law.merge(reference, [law.parse_code(p.code) for p in gone], made.code, on, made)
            actions.merge(list(gone), new={"code": new, "name": f"合{number}"}, **doc)
        elif what == "split":
            below = list(Place.objects.filter(parent=place, valid_to=None).order_by("code"))
            parts = {code: place.name, law.parse_code(new): f"分{number}"}
            goes = {child.pk: (place.code if n % 2 else new) for n, child in enumerate(below)}
            after = law.split(
                reference, code, parts,
                {law.parse_code(c.code): law.parse_code(goes[c.pk]) for c in below}, on,
            )  # fmt: skip
            actions.split(place, [{"code": c.text, "name": name} for c, name in parts.items()], goes, **doc)
        elif what == "close":
            end = (
                Place.objects.filter(under(place.path), level="hamlet", valid_to=None).order_by("code").first()
                or place
            )
            after = law.close(reference, law.parse_code(end.code), on)
            actions.close(end, **doc)
        else:
            if town.pk == place.parent_id:
                return reference
            told = f"{town.code}{number}" if what == "move_code" else ""
            after = law.move(reference, code, law.parse_code(town.code), on, law.parse_code(told) if told else None)
            actions.move(place, town, new_code=told, **doc)
        return after


@pytest.fixture
def tree(db, office):
    return actions.take_in_tree(rows(), by=office)


def test_a_merged_village_is_found_in_what_it_went_into(tree, office):
    gone, into = tree["999901100200"], tree["999901100201"]
    Duty.objects.create(place=gone, matter="村级巡查", role="配合", person="张三")
    actions.merge([gone], into, on=DAY, document=DOC, by=office)
    gone.refresh_from_db()
    assert (gone.valid_to, gone.path) == (DAY, into.path + "999901100200/")
    assert Duty.objects.get().valid_to == DAY
    # Its natural villages keep their codes and lie below the other now.
    below = Place.objects.filter(under(into.path), valid_to=None, level="hamlet")
    assert sorted(p.code for p in below) == [
        "999901100200001", "999901100200002", "999901100201001", "999901100201002",
    ]  # fmt: skip
    assert {p.parent_id for p in below} == {into.pk}
    assert [p.pk for p in find("村00")] == [into.pk]
    assert [p.pk for p in find("999901100200000")] == []
    assert into.pk in [p.pk for p in find("999901100200")]
    assert [s.name for s in states(date(2026, 5, 31)) if s.level == "village"].count("村00") == 1
    assert Entry.objects.latest("id").because == DOC


def test_a_moved_village_takes_its_records_and_its_natural_villages_along(tree, office):
    village, town = tree["999901100200"], tree["999901101"]
    actions.move(village, town, on=DAY, document=DOC, by=office, new_code="999901101250")
    village.refresh_from_db()
    assert (village.code, village.path) == ("999901101250", "999901/999901101/999901101250/")
    assert sorted(p.code for p in Place.objects.filter(parent=village)) == ["999901101250001", "999901101250002"]
    # Both codes find it; a list with the old code does not raise it again.
    assert {p.pk for p in find("999901100200")} >= {village.pk}
    known = actions.take_in_tree(rows(), by=office)
    assert known["999901100200"].pk == village.pk
    assert Place.objects.filter(valid_to=None).count() == len(rows())


def test_an_older_list_does_not_undo_a_deed(tree, office):
    village = tree["999901100200"]
    actions.rename(village, "红岩村", on=DAY, document=DOC, by=office)
    actions.take_in_tree(rows(), by=office)
    village.refresh_from_db()
    assert (village.name, village.former_names) == ("红岩村", ["村00"])
    gone = tree["999901100201"]
    actions.merge([gone], village, on=DAY + timedelta(days=1), document=DOC, by=office)
    before = Entry.objects.count()
    actions.take_in_tree(rows(), by=office)
    assert Entry.objects.count() == before
    assert Place.objects.filter(code=gone.code, valid_to=None).count() == 0


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ("红岩村", "红岩村"), ("岩", "红岩村"), ("hyc", "红岩村"), ("yc", "红岩村"), ("hongyan", "红岩村"), ("yancun", "红岩村"),
        ("HONG YAN", "红岩村"), ("大坪", "红岩村"), ("dapingcun", "红岩村"), ("999901100200", "红岩村"),
        ("９９９９０１１００２００", "红岩村"), ("zq", "重庆坝"), ("cq", "重庆坝"), ("zhongqing", "重庆坝"), ("chongqing", "重庆坝"),
        ("长乐", "长乐村"), ("zl", "长乐村"), ("cl", "长乐村"),
    ],
)  # fmt: skip
def test_a_place_is_found_as_people_type_it(tree, office, asked, finds):
    actions.rename(tree["999901100200"], "大坪村", on=DAY, document=DOC, by=office)
    actions.rename(tree["999901100200"], "红岩村", on=DAY + timedelta(days=9), document=DOC, by=office)
    actions.rename(tree["999901100201"], "重庆坝", on=DAY, document=DOC, by=office)
    actions.rename(tree["999901101201"], "长乐村", on=DAY, document=DOC, by=office)
    assert find(asked)[0].name == finds
    assert find(asked, within="999901/999901102/") == []


def test_what_a_deed_asks(tree, office):
    village, town = tree["999901100200"], tree["999901101"]
    deed = {"on": DAY, "document": DOC, "by": office}
    for refused in (
        lambda: actions.rename(village, "新村", on=date(2027, 1, 1), document=DOC, by=office),
        lambda: actions.rename(village, "新村", on=DAY, document=" ", by=office),
        lambda: actions.merge([village], village, **deed),
        lambda: actions.merge([village], town, **deed),
        lambda: actions.move(village, tree["999901100201"], **deed),
        lambda: actions.move(village, town, new_code="999901100201", **deed),
        lambda: actions.move(village, town, new_code="999901100299", **deed),
        lambda: actions.close(village, **deed),
        lambda: actions.split(village, [{"code": "999901100290", "name": "甲"}], {}, **deed),
    ):
        before = Entry.objects.count()
        with pytest.raises(ValueError, match=r"[一-龥]"):
            refused()
        assert Entry.objects.count() == before
    assert not Place.objects.exclude(valid_to=None).exists()


def test_units_are_dated_and_their_posts_follow(tree, office):
    town, county = tree["999901100"], tree[COUNTY]
    day = {"on": DAY, "document": DOC, "by": office}
    water = actions.open_unit("县水务局", "部门", on=date(2020, 1, 1), document=DOC, by=office, place=county)
    build = actions.open_unit("县住建局", "部门", on=date(2020, 1, 1), document=DOC, by=office, place=county)
    row = actions.appoint(
        town, "管网建设", "主责", on=date(2021, 1, 1), document=DOC, by=office, unit_name="县水务局", person="李四"
    )
    actions.rename_unit(water, "县水利局", **day)
    actions.merge_units([water], build, on=DAY + timedelta(days=30), document=DOC, by=office)
    row.refresh_from_db()
    after = Duty.objects.get(follows=row)
    assert (row.unit_name, row.valid_to) == ("县水利局", DAY + timedelta(days=30))
    assert (after.unit, after.person, after.valid_from) == (build, "李四", DAY + timedelta(days=30))
    assert list(water.past.values_list("name", flat=True)) == ["县水务局"]
    assert Unit.objects.get(pk=water.pk).successor == build
    with pytest.raises(ValueError, match="自己下面"):
        actions.move_unit(build, build, **day)
    actions.close_unit(build, on=DAY + timedelta(days=60), document=DOC, by=office)
    from qingxi_office.places.queries import gaps

    kinds = [gap.kind for _, gap in gaps(town.path, DAY + timedelta(days=61)) if gap.matter == "管网建设"]
    assert kinds == [law.GapKind.STOPPED]


def test_an_older_list_makes_no_second_unit_and_no_second_duty(tree, office):
    row = {"name": "县水务局", "kind": "部门", "phone": "", "level": "县", "place_id": tree[COUNTY].pk}
    pk = actions.take_in_units([row], by=office)["县水务局"]
    duty = {
        "place_id": tree[COUNTY].pk,
        "matter": "管网",
        "role": "主责",
        "unit_id": pk,
        "unit_name": "县水务局",
        "person": "李四",
    }
    assert actions.take_in_duties([duty], by=office) == 1
    actions.rename_unit(Unit.objects.get(pk=pk), "县水利局", on=DAY, document=DOC, by=office)
    assert actions.take_in_units([row], by=office)["县水务局"] == pk
    assert actions.take_in_duties([duty], by=office) == 0
    assert Unit.objects.count() == Duty.objects.count() == 1
