"""Every change to people."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@transaction.atomic
def invite(
    username: str,
    name: str,
    role: Role,
    scope: Place,
    *,
    by: trail.Doer,
    unit: Unit | None = None,
    password: str,
    title: str = "",
    phone: str = "",
) -> User:
    """Give a person a sign-in; raises ValidationError on a weak password, Denied for a stranger."""
    rights.check(by, "invite", path=scope.path)
    person = User(
        username=username,
        name=name,
        role=role,
        scope=scope,
        unit=unit,
        title=title,
        phone=phone,
        created_at=clock.now(),
    )
    validate_password(password, person)
    person.set_password(password)
    person.full_clean(exclude=["last_login", "unit"])
    person.save(force_insert=True)
    trail.record("person.invited", Ref("person", username), by=by, after={"role": role, "scope": scope.code})
    return person


@transaction.atomic
def cast_demo(
    people: list[tuple[str, str, Role, Place, Unit | None, str]], password: str, *, by: trail.Doer
) -> list[User]:
    """The demo county's people (username, name, role, scope, unit, title); refused outside a demo home.

    Idempotent: who is there already is left as they are.
    """
    if not settings.QINGXI_DEMO:
        raise rights.Denied("这不是演示县,不能建演示账号")
    hashed = make_password(
        password
    )  # one hash for all: each costs a tenth of a second, and the password is printed
    known = set(User.objects.values_list("username", flat=True))
    new = [
        User(
            username=username, name=name, role=role, scope=scope, unit=unit, title=title, password=hashed,
            is_demo=True, created_at=clock.now(),
        )
        for username, name, role, scope, unit, title in people
        if username not in known
    ]  # fmt: skip
    User.objects.bulk_create(new)
    if new:
        trail.record("person.demo_cast", Ref("county", "demo"), by=by, after=[p.username for p in new])
    return list(User.objects.filter(username__in=[row[0] for row in people]))
