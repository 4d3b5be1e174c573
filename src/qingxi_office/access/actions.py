"""Every change to sessions, tokens, mandates and passwords."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.access import queries
from qingxi_office.access.models import Mandate, SignedIn, SignInRule, Token
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

LONGEST_TOKEN_DAYS = 366
_PREFIX = "qx_"


def note_session(user: User, session_key: str, *, address: str, agent: str) -> None:
    """A session was opened; an older note of the same key is replaced."""
    now = clock.real_now()
    SignedIn.objects.update_or_create(
        session_key=session_key,
        defaults={"user": user, "at": now, "seen_at": now, "address": address[:64], "agent": agent[:200]},
    )


def note_seen(session_key: str) -> None:
    """The session is still used."""
    SignedIn.objects.filter(session_key=session_key).update(seen_at=clock.real_now())


@transaction.atomic
def end_sessions(user: User, *, keep: str, only: int | None = None) -> int:
    """Sign this person out elsewhere (all but ``keep``, or one session by its number); gives how many ended."""
    rows = SignedIn.objects.filter(user=user).exclude(session_key=keep)
    if only is not None:
        rows = rows.filter(pk=only)
    keys = list(rows.values_list("session_key", flat=True))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in keys:
        store(key).delete()
    rows.delete()
    if keys:
        trail.record("access.sessions_ended", Ref("person", user.username), by=user, after={"rows": len(keys)})
    return len(keys)


@transaction.atomic
def change_password(user: User, old: str, new: str) -> None:
    """Raises ValueError when the old one is wrong, ValidationError for a weak one. Other sessions end by themselves."""
    if not user.check_password(old):
        raise ValueError("原来的密码不对")
    if old == new:
        raise ValueError("新密码不能和原来的一样")
    validate_password(new, user)
    person = User.objects.get(pk=user.pk)
    person.set_password(new)
    person.save(update_fields=["password"])
    trail.record("access.password_changed", Ref("person", user.username), by=user)


@transaction.atomic
def second_factor_on(user: User, secret: str) -> list[str]:
    """Put the authenticator app in force; gives the recovery codes, to be shown once."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    trail.record("access.second_factor_on", Ref("person", user.username), by=user)
    return list(codes)


@transaction.atomic
def second_factor_off(user: User, *, by: User) -> None:
    """Take the second factor away: one's own, or that of a person who lost their phone (an officer who invites)."""
    from allauth.mfa.models import Authenticator

    if by.pk != user.pk:
        rights.check(by, "invite", path=user.scope.path if user.scope else "")
    elif queries.asks_second_factor(user):
        raise ValueError("县里要求您的角色用第二道验证，自己不能关")
    if Authenticator.objects.filter(user=user).delete()[0]:
        trail.record("access.second_factor_off", Ref("person", user.username), by=by)


@transaction.atomic
def link_outer(user: User, provider: str, uid: str) -> None:
    """The county's own sign-in (OIDC) belongs to this person from now on."""
    from allauth.socialaccount.models import SocialAccount

    _row, new = SocialAccount.objects.get_or_create(provider=provider, uid=uid, defaults={"user": user})
    if new:
        trail.record("access.linked", Ref("person", user.username), by=user, after={"name": provider})


@transaction.atomic
def make_token(user: User, name: str, scopes: list[str], days: int) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and kept nowhere. Raises ValueError."""
    name, wanted = name.strip(), [s for s in (*queries.SCOPES, queries.PUSH_SCOPE) if s in scopes]
    if not name or not wanted:
        raise ValueError("要写明令牌的用途，并至少选一项能读的内容")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise ValueError(f"有效期须在 1 到 {LONGEST_TOKEN_DAYS} 天之间")
    secret = _PREFIX + secrets.token_urlsafe(32)
    now = clock.real_now()
    row = Token(
        user=user, name=name[:60], hash=queries.digest(secret), begins=secret[:9], scopes=wanted, made_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "access.token_made",
        Ref("token", str(row.pk)),
        by=user,
        after={"name": row.name, "scope": wanted, "until": clock.day_of(row.expires_at)},
    )
    return row, secret


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    if token.revoked_at is None:
        token.revoked_at = clock.real_now()
        token.save(update_fields=["revoked_at"])
        trail.record("access.token_revoked", Ref("token", str(token.pk)), by=by, because=token.name)


def note_token_used(token: Token) -> None:
    """At most once a minute."""
    now = clock.real_now()
    if token.used_at is None or now - token.used_at > timedelta(minutes=1):
        Token.objects.filter(pk=token.pk).update(used_at=now)


@transaction.atomic
def set_rule(role: str, *, by: User, second_factor: bool, session_hours: int) -> SignInRule:
    """What the county asks of a role's sign-in."""
    rights.check(by, "set_safety")
    if role not in Role.values or not 1 <= session_hours <= 168:
        raise ValueError("登录时长须在 1 到 168 小时之间")
    row = SignInRule.objects.filter(role=role).first() or SignInRule(role=role)
    before = {"second_factor": row.second_factor, "session_hours": row.session_hours} if row.pk else None
    after = {"second_factor": second_factor, "session_hours": session_hours}
    if before == after:
        return row
    row.second_factor, row.session_hours, row.set_by_name, row.set_at = (
        second_factor,
        session_hours,
        str(by),
        clock.now(),
    )
    row.save()
    trail.record("access.rule_set", Ref("role", role), by=by, before=before, after=after)
    cache.delete(queries.RULES_KEY)
    return row


@transaction.atomic
def give_mandate(
    taker: User,
    deeds: list[str],
    since: date | None,
    until: date | None,
    *,
    by: User,
    reason: str,
    document: str = "",
) -> Mandate:
    """Let another officer do named deeds in one's stead. Raises ValueError with what lacks."""
    able = set(queries.may_be_given(by))
    if getattr(by, "stands_for", None) is not None:
        raise ValueError("代办期间不能再授权给别人")
    if taker.pk == by.pk or not taker.is_active or taker.role == Role.AUDITOR:
        raise ValueError("不能授权给自己、已离岗的人或审计")
    if not deeds or not set(deeds) <= able:
        raise ValueError("只能授出自己能办的事，至少一件")
    if since is None or until is None or until < max(since, clock.today()):
        raise ValueError("要写明从哪天到哪天，止日不能早于今天")
    if (until - since).days > LONGEST_TOKEN_DAYS:
        raise ValueError("一次授权不超过一年")
    if not reason.strip():
        raise ValueError("要写明理由（外出、休假、交接……）")
    row = Mandate(
        giver=by, taker=taker, deeds=sorted(deeds), since=since, until=until, reason=reason.strip()[:200],
        document=document.strip()[:120], made_at=clock.now(),
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "access.mandate_given", Ref("person", taker.username), by=by, because=row.reason,
        after={"deeds": row.deeds, "since": since, "until": until},
    )  # fmt: skip
    return row


@transaction.atomic
def revoke_mandate(mandate: Mandate, *, by: User) -> None:
    """The giver takes it back, or the taker gives it up."""
    if by.pk not in (mandate.giver_id, mandate.taker_id):
        raise rights.Denied("只有授权的和被授权的人能收回")
    if mandate.revoked_on is None:
        mandate.revoked_on, mandate.revoked_by_name = clock.today(), str(by)
        mandate.save(update_fields=["revoked_on", "revoked_by_name"])
        trail.record("access.mandate_revoked", Ref("person", mandate.taker.username), by=by)


def note_acting(user: Any, name: str, *, begins: bool, reason: str = "", deeds: list[str] | None = None) -> None:
    """代办 begins or ends; what is done between stands in the trail under both names by itself."""
    trail.record(
        "access.acting_began" if begins else "access.acting_ended", Ref("person", user.username), by=user,
        because=reason, on_behalf_of=name, after={"deeds": deeds} if deeds else None,
    )  # fmt: skip
