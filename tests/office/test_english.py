"""On an English page nothing is Chinese but names and quotations: what stands in the books, as somebody wrote it there."""

import pytest
from django.test import Client
from django.urls import reverse
from spoken_english import VALUES, VALUES_ON, left_chinese, quotable

from qingxi_office.site import rules


@pytest.fixture
def english(hamlet, office):
    from datetime import date

    from qingxi_office.commands.cast import bring
    from qingxi_office.findings.actions import examine_all
    from qingxi_office.indicators.actions import compute

    cast = bring(office)
    examine_all(by=office, as_of=date(2026, 11, 20))
    compute(by=office, as_of=date(2026, 11, 20))
    client = Client()
    client.force_login(cast.officer, backend="qingxi_office.people.backends.OfficeBackend")
    client.cookies["django_language"] = "en"
    return client


def test_no_chinese_on_english_pages_but_names_and_quotations(english):
    known = quotable()
    found: dict[str, set[str]] = {}
    asked = 0
    for name, _pattern in rules.addresses():
        try:
            address = reverse(name)
        except Exception:
            continue
        answer = english.get(address)
        if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
            continue
        asked += 1
        if left := left_chinese(
            answer.content.decode(), [*VALUES[:-2], *known, *VALUES[-2:]] if name in VALUES_ON else known
        ):
            found[name] = left
    assert asked > 30
    assert found == {}, "\n".join(f"{k}: {' '.join(sorted(v))}" for k, v in sorted(found.items()))


def test_a_chinese_word_that_nobody_wrote_in_the_books_is_found(english):
    assert left_chinese("<p>红岩村 is 已治理</p><svg>图</svg>", ["红岩村"]) == {"已治理"}


def test_every_kind_of_record_that_links_reach_is_english_and_answers(english):
    """As the officer of the hamlet goes by links: of each route one address, of exports each; the county's walk is the tool's."""
    from office_walk import PAPERS, walk

    from qingxi_office.people.models import Role, User

    officer = User.objects.filter(role=Role.COUNTY_OFFICER, is_active=True).order_by("pk").first()
    answers = list(walk("en", (officer.username,)))
    assert [a.address for a in answers if a.kind == "error"] == []
    routes = {a.route for a in answers}
    # records and not only lists: links were followed into what they name
    assert {"village", "facility", "issue", "walk", "history", "public_stations"} <= routes, sorted(routes)
    known = quotable()  # what the walk wrote into the trail is quoted too
    found = {}
    for page in answers:
        if page.kind == "text/html" and page.route not in PAPERS:
            quoted = [*VALUES[:-2], *known, *VALUES[-2:]] if page.route in VALUES_ON else known
            if left := left_chinese(page.content.decode(), quoted):
                found[f"{page.route} {page.address}"] = " ".join(sorted(left))
    assert found == {}, "\n".join(f"{k}: {v}" for k, v in sorted(found.items()))
