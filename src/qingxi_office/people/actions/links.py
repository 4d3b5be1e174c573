"""Links that set a password once: for who is invited, and for who has lost theirs. No e-mail is needed: the officer hands
the link over."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.people.models import SignInLink, User
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

# A link lives as long as it takes to hand it over: a week for who is new, a day for who stands before the officer.
LIVES = {SignInLink.Purpose.INVITE: timedelta(days=7), SignInLink.Purpose.RESET: timedelta(days=1)}


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_link(person: User, *, by: trail.Doer) -> str:
    """A new link for a person, as its secret part, which is not kept: earlier links are void from now on."""
    rights.check(by, "manage_person", path=person.scope.path if person.scope else "")
    if not person.is_active:
        raise ValueError(f"{person.name}已离岗，不能发链接")
    purpose = SignInLink.Purpose.RESET if person.has_usable_password() else SignInLink.Purpose.INVITE
    SignInLink.objects.filter(person=person, used_at=None).update(void=True)
    token = secrets.token_urlsafe(32)
    now = clock.real_now()
    link = SignInLink.objects.create(
        person=person, purpose=purpose, token_hash=token_hash(token), made_at=now, expires_at=now + LIVES[purpose],
        by_name=str(by),
    )  # fmt: skip
    trail.record(
        "person.link_made", Ref("person", person.username), by=by,
        after={"purpose": purpose.value, "expires": link.expires_at},
    )  # fmt: skip
    return token


@transaction.atomic
def accept_link(link: SignInLink, password: str) -> User:
    """Set the password; a link works once. Raises ValidationError on a weak password, ValueError on a spent link."""
    person = link.person
    validate_password(password, person)
    spent = SignInLink.objects.filter(pk=link.pk, used_at=None, void=False).update(used_at=clock.real_now())
    if not spent or not person.is_active:
        raise ValueError("链接已经用过或作废")
    person.set_password(password)
    person.save(update_fields=["password"])
    trail.record("person.password_set", Ref("person", person.username), by=person, after={"purpose": link.purpose})
    return person
