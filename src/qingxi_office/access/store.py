"""Django's sessions in the database; the one reading that every page makes is a kept question."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as InDatabase
from django.contrib.sessions.models import Session
from django.utils import timezone

from qingxi_office.asking import ask_one


class SessionStore(InDatabase):
    """As Django's own."""

    def _get_session_from_db(self) -> Any:
        found = ask_one(
            None,
            lambda _u, at: Session.objects.filter(session_key=at.key, expire_date__gt=at.now),
            key=str(self.session_key), now=timezone.now(),
        )  # fmt: skip
        if found is None:
            self._session_key = None
        return found
