"""Codes, the dated tree, duties."""

from datetime import date

import pytest

from qingxi.place import (
    BadCode,
    Duty,
    DutyRole,
    Level,
    Place,
    PlaceTree,
    VillageKind,
    merge,
    parse_code,
    rename,
    responsible,
)

# One county, two townships, three villages.
COUNTY, TOWN, TOWN2 = parse_code("999901"), parse_code("999901100"), parse_code("999901200")
A, B, C = (parse_code(f"99990110020{i}") for i in range(3))
PLACES = (
    Place(COUNTY, "天河坝县"),
    Place(TOWN, "溪口镇"),
    Place(TOWN2, "柳溪乡"),
    Place(A, "大坪村", VillageKind.VILLAGE),
    Place(B, "小坪村", VillageKind.VILLAGE),
    Place(C, "河边社区", VillageKind.COMMUNITY),
)
THEN, NOW = date(2020, 1, 1), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "code", "level"),
    [
        ("511825100200", "511825100200", Level.VILLAGE),
        ("511825000000", "511825", Level.COUNTY),
        ("511825100000", "511825100", Level.TOWNSHIP),
        ("５１１８２５", "511825", Level.COUNTY),
        (" 511825 100 200 ", "511825100200", Level.VILLAGE),
        ("511825100200003", "511825100200003", Level.HAMLET),
        ("510000000000", "51", Level.PROVINCE),
    ],
)
def test_codes_as_people_write_them(text, code, level):
    assert parse_code(text).text == code
    assert parse_code(text).level is level


@pytest.mark.parametrize("text", ["", "51182", "5118251002001", "51182510020x", "510025100200", "5.11825E+11"])
def test_no_codes(text):
    with pytest.raises(BadCode):
        parse_code(text)


def test_parents_up_to_the_province():
    code, seen = parse_code("511825100200003"), []
    while code:
        seen.append(code.text)
        code = code.parent
    assert seen == ["511825100200003", "511825100200", "511825100", "511825", "5118", "51"]


def test_roll_up_in_one_pass():
    tree = PlaceTree(PLACES, NOW)
    # 3 + 4 in the first township, 5 given at the township itself in the second
    totals = tree.roll_up({A: 3, B: 4, TOWN2: 5})
    assert (totals[TOWN], totals[TOWN2], totals[COUNTY]) == (7, 5, 12)


def test_subtree_path_and_villages():
    tree = PlaceTree(PLACES, NOW)
    assert [p.name for p in tree.subtree(TOWN)] == ["溪口镇", "大坪村", "小坪村", "河边社区"]
    assert [p.name for p in tree.path(A)] == ["天河坝县", "溪口镇", "大坪村"]
    assert len(tree.villages(VillageKind.VILLAGE)) == 2


def test_a_renamed_village_keeps_its_past():
    places = rename(PLACES, A, "大坪新村", date(2024, 5, 1))
    assert PlaceTree(places, THEN)[A].name == "大坪村"
    assert PlaceTree(places, date(2024, 4, 30))[A].name == "大坪村"
    assert PlaceTree(places, date(2024, 5, 1))[A].name == "大坪新村"


def test_a_merged_village_is_found_in_what_it_went_into():
    places = merge(PLACES, [A], B, date(2024, 5, 1))
    assert A in PlaceTree(places, THEN)
    assert A in PlaceTree(places, date(2024, 4, 30))
    assert A not in PlaceTree(places, date(2024, 5, 1))
    later = PlaceTree(places, NOW)
    assert A not in later
    assert later.successor(A) == B


def test_villages_of_a_merged_township_move_over_with_their_codes():
    later = PlaceTree(merge(PLACES, [TOWN], TOWN2, date(2024, 5, 1)), NOW)
    assert [p.name for p in later.path(A)] == ["天河坝县", "柳溪乡", "大坪村"]
    assert later.roll_up({A: 1, B: 2})[TOWN2] == 3


@pytest.mark.parametrize("bad", [lambda: rename(PLACES, parse_code("999901100299"), "x", NOW)])
def test_a_place_that_does_not_exist_cannot_be_changed(bad):
    with pytest.raises(ValueError, match="does not exist"):
        bad()


def test_the_nearest_duty_answers():
    duties = (
        Duty(COUNTY, "设施运维", DutyRole.LEAD, "县水务局"),
        Duty(TOWN, "设施运维", DutyRole.LEAD, "溪口镇人民政府", valid_to=date(2026, 1, 1)),
        Duty(A, "设施运维", DutyRole.SUPPORT, "大坪村民委员会"),
    )
    assert responsible(duties, A, "设施运维", THEN).unit == "溪口镇人民政府"
    assert responsible(duties, A, "设施运维", NOW).unit == "县水务局"
    assert responsible(duties, A, "管网建设", NOW) is None
