"""People come, change and go."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.people.models import Role, SignInLink, User
from qingxi_office.people.queries import posts_of
from qingxi_office.places import actions as places
from qingxi_office.places.models import Duty, Place, Unit
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
    password: str | None = None,
    title: str = "",
    phone: str = "",
) -> User:
    """Give a person a sign-in; raises ValidationError on a weak password or a name taken, Denied for a stranger.

    Without a password nobody can sign in as them until a link has set one (``links.make_link``).
    """
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
    if password is None:
        person.set_unusable_password()
    else:
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


def _path(person: User) -> str:
    return person.scope.path if person.scope else ""


def _last_officer(person: User) -> bool:
    """Whether nobody else could still run the office: an active county officer who has ever set a password."""
    if person.role != Role.COUNTY_OFFICER or not person.is_active:
        return False
    others = User.objects.filter(is_active=True, role=Role.COUNTY_OFFICER, scope_id=person.scope_id).exclude(
        pk=person.pk
    )
    return not others.exclude(password__startswith="!").exists()


@transaction.atomic
def leave(person: User, *, on: date, document: str, by: trail.Doer, successor: User | None = None) -> list[Any]:
    """A person goes: no sign-in from now on, sessions ended, posts to the successor or empty from the day. Gives the posts.

    Raises ValueError for the last county officer who could sign in, unless somebody takes over.
    """
    rights.check(by, "manage_person", path=_path(person))
    if not person.is_active:
        raise ValueError(f"{person.name}已离岗")
    if on > clock.today():
        raise ValueError(f"日期 {on} 还没有到，到那天再办")
    if successor is None and _last_officer(person):
        raise ValueError(f"{person.name}是最后一位能登录的县主管，先请进来接手的人")
    told = (
        {"person": successor.name, "title": successor.title, "phone": successor.phone}
        if successor
        else {"person": "", "phone": ""}
    )
    passed = places.pass_posts(list(posts_of(person, on)), on=on, document=document, by=by, **told)
    person.is_active, person.left_on, person.successor = False, on, successor
    person.set_unusable_password()  # open sessions carry a hash of the password: they end with it
    person.save()
    SignInLink.objects.filter(person=person, used_at=None).update(void=True)
    trail.record(
        "person.left", Ref("person", person.username), by=by, because=document,
        after={"on": on, "successor": successor.username if successor else "", "posts": len(passed)},
    )  # fmt: skip
    return passed


@transaction.atomic
def replace(
    person: User, *, username: str, name: str, on: date, document: str, by: trail.Doer, title: str = "", phone: str = ""
) -> User:  # fmt: skip
    """Another person takes over role, places, unit and posts on a day; the old one goes. Gives the new person, who has no
    password yet."""
    rights.check(by, "manage_person", path=_path(person))
    if person.scope is None:
        raise ValueError(f"{person.name}没有辖区")
    new = invite(
        username,
        name,
        Role(person.role),
        person.scope,
        by=by,
        unit=person.unit,
        title=title or person.title,
        phone=phone,
    )
    leave(person, on=on, document=document, by=by, successor=new)
    return new


@transaction.atomic
def change_person(
    person: User, *, by: trail.Doer, role: Role, scope: Place, unit: Unit | None, name: str = "", title: str = "", phone: str = ""
) -> User:  # fmt: skip
    """Another role, other places, another unit, title or number; the last county officer stays one."""
    rights.check(by, "manage_person", path=_path(person))
    rights.check(by, "manage_person", path=scope.path)
    if scope.valid_to is not None:
        raise ValueError(f"{scope.name}从 {scope.valid_to} 起已不存在")
    moves = role != person.role or scope.pk != person.scope_id
    if moves and _last_officer(person):
        raise ValueError(f"{person.name}是最后一位能登录的县主管，不能改角色和辖区")
    before = _told(person)
    person.role, person.scope, person.unit = role, scope, unit
    person.name, person.title, person.phone = name or person.name, title, phone
    person.full_clean(exclude=["last_login", "unit", "successor", "left_on", "password"])
    person.save()
    after = _told(person)
    if after != before:
        trail.record("person.changed", Ref("person", person.username), by=by, before=before, after=after)
    return person


def _told(person: User) -> dict[str, str]:
    return {
        "name": person.name, "role": person.role, "scope": person.scope.code if person.scope else "",
        "unit": person.unit.name if person.unit else "", "title": person.title,
    }  # fmt: skip


@transaction.atomic
def forget_phones(before: date, *, by: trail.Doer) -> int:
    """Take the phones off those who left, and off duties that ended, before a day; names stay on old records. Gives how many."""
    gone = User.objects.filter(is_active=False, left_on__lt=before).exclude(phone="").update(phone="")
    ended = Duty.objects.filter(valid_to__lt=before).exclude(phone="", deputy_phone="")
    gone += ended.update(phone="", deputy_phone="")
    if gone:
        trail.record("phones.forgotten", Ref("person", "left"), by=by, after={"n": gone})
    return gone
