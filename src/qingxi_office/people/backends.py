"""Sign-in: a demo account opens a demo home only."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend

from qingxi_office.asking import ask_one
from qingxi_office.people.models import User


class OfficeBackend(ModelBackend):
    """Django's own, except that demo people are refused where the home is not a demo."""

    def get_user(self, user_id: Any) -> Any:
        """The person of a session with their unit and scope, which every page asks for: one query."""
        user = ask_one(
            None,
            lambda _u, at: User.objects.select_related("unit", "scope").defer("scope__geometry").filter(pk=at.pk),
            pk=int(user_id),
        )
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and (settings.QINGXI_DEMO or not user.is_demo)
