"""Sign-in: a demo account opens a demo home only."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend


class OfficeBackend(ModelBackend):
    """Django's own, except that demo people are refused where the home is not a demo."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and (settings.QINGXI_DEMO or not user.is_demo)
