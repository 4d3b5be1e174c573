"""The app: notes each session as it is opened."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings


class AccessConfig(AppConfig):
    name = "qingxi_office.access"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_opened, dispatch_uid="qingxi.access")


def _opened(sender: Any, request: Any, user: Any, **_kwargs: Any) -> None:
    """A session begins: how long it lasts is the county's rule for the role."""
    from qingxi_office.access import actions, queries
    from qingxi_office.trail import clock

    session = getattr(request, "session", None)
    if session is None or not session.session_key:
        return
    hours = queries.sign_in_rules().get(user.role, (False, 0))[1]
    session.set_expiry(hours * 3600 if hours else settings.SESSION_COOKIE_AGE)
    session["seen_at"] = clock.real_now().isoformat()
    meta = request.META
    actions.note_session(
        user, session.session_key, address=meta.get("REMOTE_ADDR", "") or "", agent=meta.get("HTTP_USER_AGENT", "")
    )
