"""A new county: the list of places as people paste it, and how far the setting up is."""

import pytest
from django.core.exceptions import PermissionDenied

from qingxi_office.places.models import County, Place, Unit
from qingxi_office.site import setting_up
from qingxi_office.site.first_run import FirstRun, open_county

PASTED = """统计用区划代码 名称
999901000000 天河坝县
999901100000\t溪口镇
９９９９０１１００２００　红岩村
999901100201，柳湾村
999902100000 别县镇
99990110 短了
999901101200 孤村
999901100201 又一个名
红岩村"""


@pytest.fixture
def officer(db, settings):
    settings.QINGXI_PRACTICE_DAY = "2026-11-20"
    return open_county(FirstRun("天河坝县", "999901", "chen", "陈静", "long-enough-1"))


def test_a_pasted_list_gives_good_rows_and_every_fault(officer):
    """Full-width digits and any separator are read; the county's own line and the heading are passed over."""
    rows, faults = setting_up.read_list(PASTED, "999901")
    assert rows == [
        {"code": "999901100", "name": "溪口镇"},
        {"code": "999901100200", "name": "红岩村"},
        {"code": "999901100201", "name": "柳湾村"},
    ]
    assert [(f.row, f.code) for f in faults] == [
        (6, "place-elsewhere"), (7, "place-code"), (9, "place-twice"), (10, "place-line"), (0, "place-orphan"),
    ]  # fmt: skip


def test_the_good_lines_are_taken_and_townships_become_units(officer):
    n, faults = setting_up.take_list(PASTED, by=officer)
    assert (n, len(faults)) == (3, 5)
    assert Place.objects.filter(level="village", valid_to=None).count() == 2
    assert Unit.objects.filter(name="溪口镇人民政府", level="乡镇").count() == 1
    setting_up.take_list(PASTED, by=officer)  # the same again changes nothing
    assert Place.objects.filter(level="village").count() == 2
    assert Unit.objects.filter(name="溪口镇人民政府").count() == 1
    with pytest.raises(setting_up.NotTaken):
        setting_up.take_list("一行字", by=officer)


def test_authority_is_asked_for_whole(officer):
    with pytest.raises(ValueError, match="发文机关、处罚机关还没有写"):
        setting_up.set_authority("县住建局", "", " ", by=officer)
    setting_up.set_authority("县住建局", "县治污办", "市生态环境局", by=officer)
    own = County.objects.get()
    assert (own.lead_unit.name, own.issuing_unit.name, own.penalty_authority) == (
        "县住建局",
        "县治污办",
        "市生态环境局",
    )


def test_how_far_it_is_is_counted_from_the_books(officer):
    assert setting_up.standing().left == 7  # all but the county itself
    setting_up.set_authority("县住建局", "县治污办", "市生态环境局", by=officer)
    setting_up.take_list(PASTED, by=officer)
    at = setting_up.standing()
    assert at.left == 5
    assert (at.townships, at.villages) == (1, 2)


def test_a_target_out_of_range_or_from_a_stranger_is_refused(officer, cast_stranger):
    for wrong in ("0", "101", "多"):
        with pytest.raises(ValueError):
            setting_up.set_target(wrong, "treatment_rate_village", by=officer)
    with pytest.raises(PermissionDenied):
        setting_up.set_target("75", "treatment_rate_village", by=cast_stranger)


@pytest.fixture
def cast_stranger(officer):
    from qingxi_office.people.models import Role, User
    from qingxi_office.trail import clock

    return User.objects.create(
        username="x", name="何志", role=Role.TOWNSHIP_CLERK, scope=officer.scope, created_at=clock.now()
    )
