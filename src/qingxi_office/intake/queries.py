"""Reading what people handed in, as anybody with the code may."""

from datetime import timedelta

from django.db.models import QuerySet

from qingxi_office.intake.models import PublicReport
from qingxi_office.trail import clock


def by_code(code: str) -> PublicReport | None:
    """The report with this tracking code."""
    return PublicReport.objects.filter(code=code.strip().upper()).first()


def nearby(facility: str, days: int = 14) -> QuerySet[PublicReport]:
    """What others said about the same facility lately, still open: "the same here?"."""
    since = clock.now() - timedelta(days=days)
    return PublicReport.objects.filter(
        facility=facility, received_at__gt=since, state__in=["received", "taken_up", "reopened"]
    )
