"""Every address says who gets to it; an address that says nothing is found, and is closed to strangers meanwhile."""

import pytest
from django.test import Client
from django.urls import reverse

from qingxi_office.people import rights
from qingxi_office.site import rules

NUMBERS = {"pk": 1, "code": "x", "key": "x", "kind": "x", "name": "x", "id": 1, "number": 1}


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def test_every_address_has_its_rule():
    silent = [(name, pattern) for name, pattern in rules.addresses() if rules.rule_of(name) is None]
    assert silent == [], "say in site/rules.py who gets to these addresses"


def test_rules_name_kinds_and_deeds_that_exist():
    for name, rule in rules.RULES.items():
        assert not rule.sees or rule.sees in rights._SEES, name
        assert not rule.does or rights.able(rule.does), name
        assert not (rule.open and (rule.sees or rule.does)), name


def test_an_address_without_a_rule_is_found(monkeypatch):
    monkeypatch.delitem(rules.RULES, "village")
    with pytest.raises(AssertionError, match="village"):
        test_every_address_has_its_rule()


def test_an_address_without_a_rule_is_closed_to_strangers(db, monkeypatch):
    monkeypatch.delitem(rules.RULES, "public_index")
    assert Client().get("/public/")["Location"].startswith("/sign-in/")


@pytest.mark.django_db
def test_without_sign_in_only_open_addresses_answer():
    client = Client()
    for name, _pattern in rules.addresses():
        try:
            address = reverse(name)
        except Exception:
            continue  # takes an id: test_strangers asks these
        if rules.RULES[name].open or name in ("set_language", "choose_look"):
            continue
        answer = client.get(address)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/sign-in/"), name


def test_a_role_meets_404_where_it_sees_no_record_of_the_kind(cast):
    """赵勇 runs a station for a firm: plans, figures, bulletins and loads do not exist for him; the auditor sees all."""
    foreman, auditor = browser(cast.zhaoyong), browser(cast.sunning)
    for name in ("plan", "plan_versions", "bulletins", "loads", "projects", "plan_rules"):
        assert foreman.get(reverse(name)).status_code == 404, name
        assert auditor.get(reverse(name)).status_code == 200, name
