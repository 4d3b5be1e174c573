"""Who is in charge, what is missing, and handing over: cases worked out by hand."""

from datetime import date

import pytest

from qingxi.place import (
    Duty,
    DutyRole,
    GapKind,
    Line,
    Party,
    PlaceCode,
    Post,
    StandardDuty,
    Subject,
    Turn,
    check_rows,
    difference,
    gaps,
    party_of,
    standard_duties,
    who_is_in_charge,
)

COUNTY, TOWN, VILLAGE = (PlaceCode(c) for c in ("999901", "999901100", "999901100200"))
CHAIN = (VILLAGE, TOWN, COUNTY)
NOW = date(2026, 11, 20)
LEAD, HELP = DutyRole.LEAD, DutyRole.SUPPORT


def one(duties, matter, subject=None, on=NOW):
    found = [a for a in who_is_in_charge(duties, subject or Subject(CHAIN), on) if a.duty.matter == matter]
    return found[0] if found else None


def test_the_most_specific_answers_first():
    duties = [
        Duty(COUNTY, "运维", LEAD, "县", "甲"),
        Duty(TOWN, "运维", LEAD, "镇", "乙"),
        Duty(VILLAGE, "运维", LEAD, "村", "丙"),
        Duty(VILLAGE, "运维", LEAD, "站", "丁", subject="facility:QX-1"),
        Duty(PlaceCode("999901101"), "运维", LEAD, "邻镇", "戊"),
    ]
    station = Subject(CHAIN, "facility:QX-1")
    for gone, name in ((0, "丁"), (1, "丙"), (2, "乙"), (3, "甲")):
        order = [duties[3], duties[2], duties[1], duties[0], duties[4]][gone:]
        assert one(order, "运维", station).name == name
    assert one(duties, "运维").name == "丙", "what is one station's does not answer for the village"
    assert one([duties[4]], "运维") is None


def test_a_firm_answers_for_its_own_and_not_for_the_county_it_is_filed_under():
    firm = Duty(COUNTY, "设施运维", LEAD, "清源公司", "赵", party=Party.OPERATOR)
    assert one([firm], "设施运维") is None
    assert one([firm], "设施运维", Subject(CHAIN, "facility:QX-1", frozenset({"清源公司"}))).name == "赵"
    town = Duty(TOWN, "设施运维", LEAD, "镇", "乙")
    assert one([firm, town], "设施运维", Subject(CHAIN, "", frozenset({"清源公司"}))).name == "赵", (
        "nearer than a place"
    )


def test_an_empty_post_is_answered_by_its_deputy_and_then_said_to_be_empty():
    deputy = Duty(VILLAGE, "巡查", HELP, "村", "", deputy="副手", deputy_phone="139")
    answer = one([deputy], "巡查")
    assert (answer.post, answer.name, answer.phone) == (Post.DEPUTY, "副手", "139")
    above = Duty(TOWN, "巡查", HELP, "镇", "乙", phone="138")
    answer = one([Duty(VILLAGE, "巡查", HELP, "村"), above], "巡查")
    assert (answer.post, answer.name, answer.above) == (Post.EMPTY, "", above)


def test_old_days_have_old_names():
    old = Duty(VILLAGE, "巡查", HELP, "村", "旧", valid_to=date(2026, 3, 1))
    new = Duty(VILLAGE, "巡查", HELP, "村", "新", valid_from=date(2026, 3, 1))
    assert one([old, new], "巡查", on=date(2026, 2, 28)).name == "旧"
    assert one([old, new], "巡查", on=date(2026, 3, 1)).name == "新"


def test_roles_stand_in_order():
    duties = [
        Duty(VILLAGE, m, r, "单位", "人")
        for m, r in (("a", DutyRole.SUPERVISE), ("b", HELP), ("c", LEAD), ("d", DutyRole.TERRITORY))
    ]
    assert [a.duty.matter for a in who_is_in_charge(duties, Subject(CHAIN), NOW)] == ["c", "d", "b", "a"]


def test_four_kinds_of_gap():
    standard = (StandardDuty("village", "巡查", HELP, Party.VILLAGE, True, "", ""),)
    other = [PlaceCode(f"99990110020{n}") for n in range(1, 5)]
    places = dict.fromkeys(other, "village")
    duties = [
        Duty(other[1], "巡查", HELP, "村"),  # empty
        Duty(other[2], "巡查", HELP, "村", "丙", valid_to=date(2026, 5, 1)),  # ended, nobody followed
        Duty(other[3], "巡查", HELP, "公司", "丁", unit_to=date(2026, 6, 1)),  # the unit is gone
    ]
    found = {g.place: (g.kind, g.since) for g in gaps(places, duties, NOW, standard)}
    assert found == {
        other[0]: (GapKind.NEVER, None),
        other[1]: (GapKind.EMPTY, None),
        other[2]: (GapKind.EXPIRED, date(2026, 5, 1)),
        other[3]: (GapKind.STOPPED, date(2026, 6, 1)),
    }
    filled = [Duty(code, "巡查", HELP, "村", "人", valid_from=date(2026, 7, 1)) for code in other]
    assert gaps(places, duties + filled, NOW, standard) == ()


def test_handing_over_after_an_election():
    """Five posts: 甲 stays, 乙 leaves for 新人, 丙's is emptied, an empty one is filled, 丁 only gets a number."""
    begun = date(2021, 1, 1)
    names = ["甲", "乙", "丙", "", "丁"]
    posts = {
        str(n): Duty(PlaceCode(f"99990110020{n}"), "巡查", HELP, "村", name, "主任", "138", begun, key=str(n))
        for n, name in enumerate(names)
    }
    lines = [
        Line(4, "0"),
        Line(5, "1", person="新人", phone="139"),
        Line(6, "2", person="空缺"),
        Line(7, "3", person="新人"),
        Line(8, "4", phone="137"),
        Line(9, "77", person="谁"),
        Line(10, "1", person="又一个"),
    ]
    told = difference(lines, posts, NOW)
    assert [(c.before.key, c.turn) for c in told.changes] == [
        ("1", Turn.NEW), ("2", Turn.EMPTIED), ("3", Turn.FILLED), ("4", Turn.DETAILS),
    ]  # fmt: skip
    assert (told.leaves, told.comes, told.double, told.unchanged) == (("丙", "乙"), ("新人",), ("新人",), 1)
    assert [f.code for f in told.faults] == ["handover-unknown", "handover-twice"]
    after = {c.before.key: c.after for c in told.changes}
    assert (after["2"].phone, after["1"].post, after["4"].person) == ("", "主任", "丁")
    early = difference([Line(4, "0", person="新人")], posts, begun)
    assert [f.code for f in early.faults] == ["handover-too-early"]


def test_the_standard_list_is_whole():
    assert {d.level for d in standard_duties()} == {"county", "township", "village", "facility"}
    assert {d.party for d in standard_duties()} >= {
        Party.OFFICE,
        Party.VILLAGE,
        Party.HOUSEHOLD,
        Party.OPERATOR,
        Party.INVESTOR,
    }
    assert all(d.source and d.meaning for d in standard_duties())


@pytest.mark.parametrize(
    ("kind", "party"),
    [("村委会", "村级组织"), ("平台公司", "投资人"), ("运维单位", "运维单位"), ("部门", "政府部门")],
)
def test_kind_of_unit_says_kind_of_party(kind, party):
    assert party_of(kind).value == party


def test_a_list_of_places_good_rows_and_faults():
    rows = [
        (2, {"代码": "９９９９０１", "名称": "县"}),
        (3, {"代码": "999901100000", "名称": "溪口镇", "类别": "镇"}),
        (4, {"代码": "999901100200", "名称": "红岩村", "类别": "居委会"}),  # 200 is a 村委会
        (5, {"代码": "9.99901E+11", "名称": "坏码"}),
        (6, {"代码": "999901100200", "名称": "红岩村"}),  # twice
        (7, {"代码": "999901199200", "名称": "无主村"}),  # no township
        (8, {"代码": "999901100201", "名称": ""}),
        (9, {"代码": "999901100202", "名称": "新名", "上级代码": "999901101000"}),
    ]
    good, faults = check_rows(rows, {"999901100202": "旧名"})
    assert [g.code.text for g in good] == ["999901", "999901100", "999901100200", "999901100202"]
    assert sorted((f.row, f.code) for f in faults) == [
        (4, "place-kind"), (5, "place-code"), (6, "place-twice"), (7, "place-orphan"), (8, "place-name"),
        (9, "place-parent"), (9, "place-renamed"),
    ]  # fmt: skip
