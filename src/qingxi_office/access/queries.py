"""Reading sessions, tokens and mandates. Each is its own person's affair."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db.models import Q, QuerySet

from qingxi_office.access.models import Mandate, SignedIn, SignInRule, Token
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.trail import clock

SCOPES = ("places", "villages", "facilities", "issues", "figures", "plans", "jobs")
PUSH_SCOPE = "vendor_readings"  # of a vendor's token alone: it reads nothing and writes the readings of that vendor
NEVER_GIVEN = frozenset({"invite", "manage_person", "set_safety", "second_closing"})
RULES_KEY = "qingxi.sign_in_rules"
_RULES_S = 20  # seconds another process may still go by the rules as they were


def sign_in_rules() -> dict[str, tuple[bool, int]]:
    """role -> (second factor asked, session hours); a role that the county says nothing of is not in it."""
    kept: dict[str, tuple[bool, int]] | None = cache.get(RULES_KEY)
    if kept is None:
        kept = {r.role: (r.second_factor, r.session_hours) for r in SignInRule.objects.all()}
        cache.set(RULES_KEY, kept, _RULES_S)
    return kept


def asks_second_factor(user: Any) -> bool:
    return sign_in_rules().get(user.role, (False, 0))[0]


def with_second_factor(user: Any) -> list[User]:
    """People of this person's places who have a second factor, for whoever may take it away when a phone is lost."""
    rows = (
        User.objects.filter(is_active=True, authenticator__type="totp")
        .exclude(pk=user.pk)
        .select_related("scope", "unit")
        .distinct()
    )
    return [u for u in rows.order_by("name") if u.scope is not None and rights.may(user, "invite", path=u.scope.path)]  # fmt: skip


def sessions(user: User) -> QuerySet[SignedIn]:
    """A person's open sessions, last seen first."""
    living = Session.objects.filter(expire_date__gt=clock.real_now()).values("session_key")
    return SignedIn.objects.filter(user=user, session_key__in=living)


def tokens(user: User) -> QuerySet[Token]:
    return Token.objects.filter(user=user)


def digest(secret: str) -> str:
    """What is kept of a token; its 256 bits of chance need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def by_token(secret: str) -> Token | None:
    """The living token of a living person; None for everything else."""
    row = Token.objects.select_related("user", "user__scope", "user__unit").filter(hash=digest(secret)).first()
    if row is None or row.revoked_at or row.expires_at <= clock.real_now() or not row.user.is_active:
        return None
    return row


def in_force() -> QuerySet[Mandate]:
    today = clock.today()
    rows = Mandate.objects.select_related("giver", "giver__scope", "giver__unit", "taker")
    return rows.filter(
        revoked_on=None, since__lte=today, until__gte=today, giver__is_active=True, taker__is_active=True
    )


def mandates(user: User) -> QuerySet[Mandate]:
    """Mandates that this person gave or took, the newest first."""
    return Mandate.objects.select_related("giver", "taker").filter(Q(giver=user) | Q(taker=user))


def may_be_given(user: User) -> list[str]:
    """Deeds that this person may do and so may let another do; people's sign-ins and the county's safety are never given away."""
    return [deed for deed in rights.deeds() if deed not in NEVER_GIVEN and rights.may(user, deed)]


def takers(user: User) -> QuerySet[User]:
    """Whom this person may mandate: officers of the county or the same township, never an auditor."""
    rows = User.objects.filter(is_active=True).exclude(pk=user.pk).exclude(role=Role.AUDITOR)
    return rows.select_related("unit").order_by("name")
