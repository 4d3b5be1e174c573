"""Names in letters: the table gives what spelling every name anew would give, whatever it knows of them yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.place import typed
from qingxi_office.facilities import actions as facilities
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.places.keys import clean
from qingxi_office.places.models import NameLetters, SpelledName
from qingxi_office.places.spelled import LONG, known_as, spelled
from qingxi_office.site import searching

ASKED = ("hongyan", "hyc", "yancun", "cun", "hycz", "zhan", "lw", "liuwan", "x", "cj", "chenjing", "hyz")


def slow(asked):
    """Every facility's name spelled anew."""
    return sorted(
        f.key
        for f in FacilityRecord.objects.all()
        if any(text.startswith(asked) for text in typed(clean(f.name))) or asked in f.name.lower()
    )


def found(user, asked):
    group = searching.GROUPS["facility"][1]
    return sorted(hit.small.partition("·")[0] for hit in group(user, asked, 0, searching.EACH + 1))


def test_kept_half_kept_and_not_kept_give_the_same(cast):
    user, place = cast.chenjing, cast.places["999901100200"]
    FacilityRecord.objects.create(key="QX-9", public_code="9", name="红岩重庆站", place=place, design_m3_d=1)
    want = {asked: slow(asked) for asked in ASKED if len(asked) > 1}
    assert want["hongyan"] == ["QX-001", "QX-9"]
    assert want["liuwan"] == ["QX-002"]
    assert SpelledName.objects.count() == 0
    assert {asked: found(user, asked) for asked in want} == want  # nothing kept: spelled where it is met
    assert searching.keep_spelled() == SpelledName.objects.count() > 3
    searching._new = ("", [])
    assert searching.sources()
    assert {asked: found(user, asked) for asked in want} == want  # everything kept
    FacilityRecord.objects.create(key="QX-8", public_code="8", name="柳湾新站", place=place, design_m3_d=1)
    searching._new = ("", [])
    assert found(user, "liuwan") == ["QX-002", "QX-8"] == slow("liuwan")  # one that is not kept yet


def test_a_new_name_is_found_at_once(cast):
    searching.keep_spelled()
    station = FacilityRecord.objects.get(key="QX-001")
    assert found(cast.chenjing, "xinba") == []
    values = {"name": "新坝站", "design_m3_d": 30.0, "key": station.key}
    facilities.edit_facility(station, {**{f: getattr(station, f) for f in ("process", "mode")}, **values}, by=cast.chenjing, reason="改名")  # fmt: skip
    assert found(cast.chenjing, "xinba") == ["QX-001"]


def test_what_nothing_carries_is_forgotten(cast):
    searching.keep_spelled()
    assert SpelledName.objects.filter(text="柳湾村站").exists()
    assert searching.drop_spelled() == 0
    FacilityRecord.objects.filter(key="QX-002").delete()
    assert searching.drop_spelled() == 1
    assert not SpelledName.objects.filter(text="柳湾村站").exists()
    assert not NameLetters.objects.filter(name__text="柳湾村站").exists()


@given(name=st.text(alphabet="红岩重庆柳湾村1号站a ", min_size=1, max_size=12), cut=st.integers(0, 8))
def test_spelled_is_the_beginning_of_a_typed_text(name, cut):
    for text in typed(clean(name)) if clean(name) else ():
        if text:
            assert spelled(name, text[:cut])
    assert not spelled(name, "vvv")  # no syllable begins so


@pytest.mark.django_db
def test_letters_longer_than_a_key_find_nothing_wrong():
    assert list(known_as("a" * (LONG + 9))) == []
