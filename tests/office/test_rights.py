"""Row rights: the one rule against a slow reference rule, on random trees, people and records."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.issues.models import IssueRecord
from qingxi_office.issues.queries import issues
from qingxi_office.people import queries as people_queries
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.places import actions as places
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail.actions import Office
from qingxi_office.villages.models import HamletRecord, HouseholdRecord
from qingxi_office.villages.queries import households

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROLES = [r.value for r in Role]
# What each role sees, said a second time in words of its own: (households, facilities, issues).
REACH = {
    "county_officer": ("all", "all", "all"),
    "township_clerk": ("all", "all", "all"),
    "operator_foreman": ("none", "own", "own"),
    "inspector": ("none", "all", "all"),
    "supervisor": ("none", "all", "all"),
    "auditor": ("all", "all", "all"),
}


def is_under(place, root):
    """Slow: climb from the place to the root, parent by parent."""
    while place is not None:
        if place.pk == root.pk:
            return True
        place = place.parent
    return False


@st.composite
def worlds(draw):
    """(townships, villages a township, units, facilities, issues, people) as plain numbers."""
    townships = draw(st.integers(1, 3))
    per = draw(st.integers(1, 3))
    spots = 1 + townships + townships * per
    place = st.integers(0, spots - 1)
    unit = st.none() | st.integers(0, 2)
    return (
        townships,
        per,
        draw(st.lists(st.tuples(place, unit, unit), min_size=1, max_size=6)),  # facilities: place, owner, operator
        draw(st.lists(st.tuples(place, unit, unit), min_size=1, max_size=6)),  # issues: place, rectifier, verifier
        draw(
            st.lists(
                st.tuples(st.sampled_from(ROLES), place, unit, st.integers(0, 5).map(bool)), min_size=2, max_size=5
            )
        ),
    )


@pytest.mark.django_db
@given(world=worlds())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # every example builds a county: shrinking one would take minutes
)
def test_rights_equal_the_slow_rule(world):
    from django.db import transaction

    with transaction.atomic():
        check_world(world)
        transaction.set_rollback(True)


def check_world(world):
    townships, per, facility_rows, issue_rows, people_rows = world
    rows = [{"code": "999901", "name": "县"}]
    for t in range(townships):
        rows.append({"code": f"9999011{t:02d}", "name": f"镇{t}"})
        rows += [{"code": f"9999011{t:02d}2{v:02d}", "name": f"村{t}{v}"} for v in range(per)]
    places.take_in_tree(rows, by=Office())
    tree = list(Place.objects.order_by("pk"))
    units = [Unit.objects.create(name=f"单位{n}") for n in range(3)]
    unit = lambda n: None if n is None else units[n]  # noqa: E731
    for n, (where, owner, operator) in enumerate(facility_rows):
        FacilityRecord.objects.create(
            key=f"F{n}", public_code=f"F{n}X", name=f"站{n}", place=tree[where], design_m3_d=1,
            owner_unit=unit(owner), operator_unit=unit(operator),
        )  # fmt: skip
    for n, (where, rectifier, verifier) in enumerate(issue_rows):
        IssueRecord.objects.create(
            key=f"I{n}", title="x", klass="一般", place=tree[where], rectifier=unit(rectifier), verifier=unit(verifier),
            found_on=NOW.date(), assigned_on=NOW.date(), state="交办",
        )  # fmt: skip
    for n, place in enumerate([p for p in tree if p.level == "village"]):
        under = Place.objects.create(
            code=f"{place.code}001", name="组", level="hamlet", parent=place, path=f"{place.path}h/"
        )
        hamlet = HamletRecord.objects.create(key=under.code, place=under, name="组")
        HouseholdRecord.objects.create(key=f"H{n}", hamlet=hamlet)
    for n, (role, where, own, active) in enumerate(people_rows):
        person = User.objects.create(
            username=f"u{n}",
            name="人",
            role=role,
            scope=tree[where],
            unit=unit(own),
            is_active=active,
            created_at=NOW,
        )
        compare(person)


def compare(person):
    houses, stations, problems = REACH[person.role] if person.is_active else ("none",) * 3

    def sees(how, place, *owners):
        if how == "none" or not is_under(place, person.scope):
            return False
        return how == "all" or (person.unit is not None and person.unit in owners)

    assert {f.key for f in facilities(person)} == {
        f.key for f in FacilityRecord.objects.all() if sees(stations, f.place, f.owner_unit, f.operator_unit)
    }
    assert {i.key for i in issues(person)} == {
        i.key
        for i in IssueRecord.objects.all()
        if sees(problems, i.place, i.rectifier, i.lead, i.verifier, i.closer)
    }
    assert {h.key for h in households(person)} == {
        h.key for h in HouseholdRecord.objects.all() if sees(houses, h.hamlet.place)
    }
    assert {p.pk for p in people_queries.places(person)} == {
        p.pk for p in Place.objects.all() if person.is_active and is_under(p, person.scope)
    }


def test_nobody_sees_nothing(cast):
    from django.contrib.auth.models import AnonymousUser

    assert not facilities(AnonymousUser()).exists()
    assert not facilities(None).exists()


def test_denial_says_who_can(cast):
    with pytest.raises(rights.Denied, match="县主管"):
        rights.check(cast.sunning, "publish")


def test_every_role_has_an_extent_for_every_kind():
    assert all(len(row) == len(Role) for row in rights._SEES.values())


def test_code_neighbour_is_not_below(cast, office):
    """The township 999901100 must not hold 9999011001: a path ends with its stroke."""
    place = Place.objects.get(code="999901100")
    Place.objects.create(code="9999011001", name="邻", level="township", path=place.path[:-1] + "1/")
    assert "9999011001" not in {p.code for p in people_queries.places(cast.luomei)}


def test_a_draft_is_the_countys_own(cast):
    """A bulletin in draft and a plan not yet adopted do not exist for a township; issued and adopted ones do."""
    from qingxi_office.bulletins.models import BulletinRecord
    from qingxi_office.bulletins.queries import bulletins
    from qingxi_office.plans.models import PlanRecord
    from qingxi_office.plans.queries import version, versions

    for n, state in enumerate(("draft", "sent", "issued")):
        BulletinRecord.objects.create(
            key=f"TB-{n}", title="x", as_of=NOW.date(), drafted_at=NOW, state=state, document_number="1", signer="x",
            issued_on=NOW.date(),
        )  # fmt: skip
    for n, adopted in enumerate((NOW, None), start=1):
        PlanRecord.objects.create(
            key=f"GH-{n}",
            number=n,
            title="x",
            level="L0",
            mode="free",
            made_on=NOW.date(),
            figures={},
            adopted_at=adopted,
        )
    for person, bulletins_seen, plans_seen in (
        (cast.chenjing, {"TB-0", "TB-1", "TB-2"}, {"GH-1", "GH-2"}),
        (cast.sunning, {"TB-0", "TB-1", "TB-2"}, {"GH-1", "GH-2"}),
        (cast.luomei, {"TB-2"}, {"GH-1"}),
        (cast.zhaoyong, set(), set()),
    ):
        assert {b.key for b in bulletins(person)} == bulletins_seen, person
        assert {p.key for p in versions(person)} == plans_seen, person
    assert version(cast.luomei, "GH-2") is None
    assert version(cast.luomei, "").key == "GH-1"
