"""How long, in the largest unit that a reader needs not divide."""

from datetime import timedelta

from django.utils.translation import gettext as _

CLOCK_S = 300.0
"""A phone's clock that is off by less is not spoken of."""


def how_long(span: timedelta) -> str:
    """Days with a decimal from a day on, whole hours from an hour on, else minutes."""
    hours = span.total_seconds() / 3600
    if hours >= 24:
        return _("%.1f 天") % (hours / 24)
    return _("%.0f 小时") % hours if hours >= 1 else _("%.0f 分钟") % (hours * 60)
