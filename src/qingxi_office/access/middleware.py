"""What a session carries about its person: for whom they act, and that it is still used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from qingxi_office.access import actions, queries
from qingxi_office.trail import clock

ACTING = "acting"  # in the session: {"name", "reason", "since", "mandate"}
_SEEN = "seen_at"
_SEEN_EVERY = timedelta(minutes=10)


class Standing:
    """Puts ``acting_for``, ``stands_for`` and ``stands_in`` on the person of the request.

    Asked anew at every request, so that a mandate that ended or was revoked ends the acting at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        acting = request.session.get(ACTING)
        if acting and request.user.is_authenticated:
            put_on(request.user, acting, request)
        self._note_seen(request)
        return self.get_response(request)

    def _note_seen(self, request: HttpRequest) -> None:
        last = parse_datetime(request.session.get(_SEEN, "") or "") if _SEEN in request.session else None
        if last is not None and clock.real_now() - last > _SEEN_EVERY:
            request.session[_SEEN] = clock.real_now().isoformat()
            actions.note_seen(request.session.session_key or "")


def put_on(user: Any, acting: dict[str, Any], request: HttpRequest) -> None:
    """A villager's name, or an officer whose mandate is in force; a mandate no longer in force ends the acting."""
    if acting.get("mandate"):
        mandate = queries.in_force().filter(pk=acting["mandate"], taker_id=user.pk).first()
        if mandate is None:
            del request.session[ACTING]
            return
        user.stands_for, user.stands_in = mandate.giver, tuple(mandate.deeds)
    user.acting_for, user.acting_reason = acting["name"], acting.get("reason", "")
