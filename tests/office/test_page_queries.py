"""Pages ask a fixed number of questions of the database, however many rows they show; a stranger meets 404."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.issues.models import IssueRecord
from qingxi_office.places.actions import take_in_tree
from qingxi_office.villages.models import HamletRecord, VillageRecord

DAY = date(2026, 11, 20)
# The most that anybody's page may ask; each is a kept question (``asking``).
MOST = {
    "/": 33,
    "/villages/": 9,
    "/villages/999901100200/": 33,
    "/facilities/": 10,
    "/facilities/QX-001/": 22,
    "/issues/": 11,  # paged and counted by the books: 100,000 problems are never read
    "/projects/": 9,
    "/together/": 7,
    "/together/999901100200/": 14,
    "/coordination/": 24,
    "/coordination/999901100200/": 20,
    "/duties/": 11,
    "/figures/": 8,
    "/figures/tree/": 9,
    "/figures/scope/": 12,
    "/rounds-today/week/": 8,
    "/labs/": 9,
    "/labs/samples/": 5,
    "/bills/": 7,
    "/returns/": 8,
    "/appraisals/": 8,
    "/samples/": 6,
    "/bulletins/": 10,
    "/reports/": 15,
    "/hotline/": 7,
    "/meetings/": 8,
    "/tree/": 16,
    "/households/": 11,
    "/findings/": 9,
    "/notices/": 7,
    "/search/?q=村": 18,
    "/office/": 4,
    "/devices/": 5,
}
PAGES = tuple(MOST)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def more(cast, office, start, count):
    """So many more villages, each with a natural village, a facility, a finding and an open problem."""
    codes = [f"999901100{start + n:03d}" for n in range(count)]
    rows = [{"code": code, "name": f"村{code[-3:]}", "kind": "村委会"} for code in codes]
    tree = take_in_tree(rows + [{"code": f"{code}001", "name": "组"} for code in codes], by=office)
    for code in codes:
        place, under = tree[code], tree[f"{code}001"]
        VillageRecord.objects.create(place=place, state="未完成", households=50)
        HamletRecord.objects.create(key=under.code, place=under, name="组", households=50)
        facility = FacilityRecord.objects.create(
            key=f"F{code[-3:]}", public_code=f"F{code[-3:]}", name="站", place=place, design_m3_d=20,
            operator="清源运维公司", operator_unit=cast.units["清源运维公司"],
        )  # fmt: skip
        FindingRecord.objects.create(
            key=f"{facility.key}/x", facility=facility, rule="starved", rule_name="吃不饱", period_from=DAY, period_to=DAY,
            confidence="一般", statement="x", found_on=DAY,
        )  # fmt: skip
        IssueRecord.objects.create(
            key=f"WT-{code[-3:]}", title="x", klass="一般", place=place, facility=facility, found_on=DAY, assigned_on=DAY,
            due_on=DAY, state="交办", rectifier=cast.units["清源运维公司"], closer=cast.units["县治污办"],
        )  # fmt: skip


def asked(client, page):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page)
    assert answer.status_code == 200, page
    return len(queries)


@pytest.mark.parametrize("who", ["chenjing", "luomei"])
def test_queries_do_not_grow_with_rows(cast, office, who):
    VillageRecord.objects.create(place=cast.places["999901100200"], state="已治理", households=60, state_on=DAY)
    client = browser(getattr(cast, who))
    more(cast, office, 300, 3)
    few = {page: asked(client, page) for page in PAGES}
    more(cast, office, 400, 25)
    many = {page: asked(client, page) for page in PAGES}
    grown = {page: (few[page], many[page]) for page in PAGES if many[page] > few[page]}
    assert not grown
    over = {page: (n, MOST[page]) for page, n in many.items() if n > MOST[page]}
    assert not over, str(over)


@pytest.mark.parametrize("page", ["/villages/999901100200/", "/facilities/QX-001/", "/issues/WT-1/"])
def test_stranger_meets_404(cast, page):
    """何志's township is the other one: for him the village, its station and its problem do not exist."""
    VillageRecord.objects.create(place=cast.places["999901100200"], state="未完成")
    IssueRecord.objects.create(
        key="WT-1",
        title="x",
        klass="一般",
        place=cast.places["999901100200"],
        found_on=DAY,
        assigned_on=DAY,
        state="交办",
    )
    assert browser(cast.hezhi).get(page).status_code == 404
    assert browser(cast.luomei).get(page).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, "/plan/", "/bulletins/", "/geo/county.json"])
def test_nobody_gets_in_without_sign_in(cast, page):
    answer = Client().get(page)
    assert answer.status_code in (302, 403, 404)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/sign-in/")


def test_faults_of_a_load_are_shown_to_who_may_see_them(hamlet, office, hamlet_folder):
    from qingxi_office.people.actions import cast_demo
    from qingxi_office.people.models import Role, User
    from qingxi_office.places.models import Place

    own = Place.objects.get(level="county")
    cast_demo(
        [("a", "甲", Role.COUNTY_OFFICER, own, None, ""), ("b", "乙", Role.INSPECTOR, own, None, "")],
        "x" * 8,
        by=office,
    )
    officer, inspector = (browser(User.objects.select_related("scope").get(username=u)) for u in "ab")
    assert "载入" in officer.get("/loads/").content.decode()
    page = officer.get(f"/loads/{hamlet.pk}/").content.decode()
    fault = hamlet.faults.first()
    assert fault.rule in page
    assert fault.remedy in page
    assert officer.get(f"/loads/{hamlet.pk}/?as=csv").content.startswith(b"\xef\xbb\xbf")
    assert inspector.get("/loads/").status_code == 404
    assert inspector.get(f"/loads/{hamlet.pk}/").status_code == 404
