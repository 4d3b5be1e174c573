"""The walk back across the books: the same as the library's walk, few queries, and no further than a role reaches."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qingxi.origin import Ref, walk_back
from qingxi_office.indicators.actions import compute
from qingxi_office.people.actions import cast_demo
from qingxi_office.people.models import Role, User
from qingxi_office.places.queries import county
from qingxi_office.site.loading import load_plan
from qingxi_office.site.publishing import publish_rate
from qingxi_office.site.walk import KINDS, because, walk
from qingxi_office.villages.models import HouseholdRecord

AS_OF = date(2026, 11, 20)


@pytest.fixture
def published(hamlet, hamlet_plan, office):
    load_plan(hamlet_plan, by=office)
    compute(by=office, as_of=AS_OF)
    return Ref("publication", str(publish_rate(by=office, as_of=AS_OF).pk))


def test_published_rate_walks_to_every_household(published):
    found = walk(published)
    assert not found.missing
    households = {ref.id for ref in found.reached("household")}
    assert households == set(HouseholdRecord.objects.values_list("key", flat=True))
    assert {"publication", "figure", "village", "hamlet", "household"} <= {ref.kind for ref, _ in found.steps}


def test_walk_by_layers_is_the_librarys_walk(published):
    """Asking kind by kind, a whole layer at once, meets the same records as asking one by one."""
    slow = walk_back(published, lambda ref: because([ref]).get(ref))
    fast = walk(published)
    assert len(fast.steps) == len(dict(fast.steps))  # each record once, by whatever way it is reached
    assert dict(fast.steps) == dict(slow.steps)
    assert fast.missing == slow.missing


def test_queries_do_not_grow_with_records(published):
    """publication, figure, then villages (2) and hamlets (2) in two layers, then households: no query a record."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = walk(published)
    assert len(found.steps) > 100
    assert len(asked) <= 12


def test_a_role_walks_as_far_as_it_reaches(published, office):
    own = county().place
    cast_demo(
        [("dudao", "高远", Role.SUPERVISOR, own, None, ""), ("shenji", "孙宁", Role.AUDITOR, own, None, "")],
        "x" * 8,
        by=office,
    )
    people = {u.username: u for u in User.objects.select_related("scope", "unit")}
    # A supervisor's role does not reach households; an auditor's does.
    assert not walk(published, user=people["dudao"]).reached("household")
    assert walk(published, user=people["dudao"]).reached("hamlet")
    assert walk(published, user=people["shenji"]).reached("household")


def test_other_townships_are_missing_not_shown(cast):
    from qingxi_office.villages.models import VillageRecord

    for code in ("999901100200", "999901101200"):
        VillageRecord.objects.create(place=cast.places[code], state="未完成")
    seen = because([Ref("village", "999901100200"), Ref("village", "999901101200")], user=cast.luomei)
    assert set(seen) == {Ref("village", "999901100200")}
    assert walk(Ref("village", "999901101200"), user=cast.luomei).missing == (Ref("village", "999901101200"),)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.django_db
def test_every_kind_says_nothing_of_what_is_not_there(kind):
    assert because([Ref(kind, "999999/none")] if kind != "publication" else [Ref(kind, "999999")]) == {}


@pytest.mark.django_db
def test_unknown_kind_is_missing():
    assert walk(Ref("nonsense", "1")).missing == (Ref("nonsense", "1"),)
