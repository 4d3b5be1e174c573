"""Sign-in: demo people open a demo home only; an empty office makes its first officer once."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from qingxi_office.people.actions import cast_demo, invite
from qingxi_office.people.models import Role, User
from qingxi_office.people.rights import Denied
from qingxi_office.places.queries import county
from qingxi_office.site.first_run import FirstRun, open_county
from qingxi_office.trail.models import Entry

FIRST = FirstRun("天河坝县", "999901", "wang", "王强", "a-good-password")


def sign_in(username, password):
    return authenticate(RequestFactory().post("/sign-in/"), username=username, password=password)


def test_demo_sign_in_only_in_a_demo_home(cast, settings):
    assert sign_in("chenjing", "qingxi-demo") == cast.chenjing
    assert sign_in("chenjing", "wrong") is None
    settings.QINGXI_DEMO = False
    assert sign_in("chenjing", "qingxi-demo") is None


def test_demo_people_cannot_be_cast_elsewhere(db, office, settings):
    settings.QINGXI_DEMO = False
    with pytest.raises(Denied):
        cast_demo([], "x", by=office)


def test_first_officer_opens_an_empty_office_once(db):
    person = open_county(FIRST)
    assert person.role == Role.COUNTY_OFFICER
    assert county().lead_unit == person.unit
    assert sign_in("wang", "a-good-password") == person
    assert sign_in("chenjing", "qingxi-demo") is None
    with pytest.raises(ValueError, match="只能建一次"):
        open_county(FirstRun("别县", "999902", "li", "李", "a-good-password"))


@pytest.mark.parametrize(("code", "why"), [("9999", "县级"), ("12ab56", "数字"), ("999901100", "县级")])
def test_first_run_refuses_a_code_that_is_no_countys(db, code, why):
    with pytest.raises(ValueError, match=why):
        open_county(FirstRun("天河坝县", code, "wang", "王强", "a-good-password"))
    assert not User.objects.exists()


def test_weak_password_is_refused_and_nothing_stays(db):
    with pytest.raises(ValidationError):
        open_county(FirstRun("天河坝县", "999901", "wang", "王强", "123"))
    assert county() is None


def test_inviting_is_recorded_and_within_ones_own_places(cast):
    place = cast.places["999901100"]
    with pytest.raises(Denied):
        invite("x", "某", Role.INSPECTOR, place, by=cast.luomei, password="a-good-password")
    invite("x", "某", Role.INSPECTOR, place, by=cast.chenjing, password="a-good-password")
    assert Entry.objects.filter(action="person.invited", subject_id="x").exists()
    assert "a-good-password" not in str(list(Entry.objects.values()))
