"""Reading what people handed in, as anybody with the code may."""

from datetime import timedelta

from django.core import signing
from django.db.models import QuerySet

from qingxi_office.intake.models import Follower, PublicReport
from qingxi_office.trail import clock

_HANDLE = "qingxi.report"


def by_code(code: str) -> PublicReport | None:
    """The report with this tracking code."""
    return PublicReport.objects.filter(code=code.strip().upper()).first()


def follower(code: str) -> Follower | None:
    """Who follows a report, by the code that they got."""
    return Follower.objects.select_related("report").filter(code=code.strip().upper()).first()


def handle(report: PublicReport) -> str:
    """What stands on a page for a report of somebody else: it lets one follow and nothing more; its code would let one answer."""
    return signing.dumps(report.pk, salt=_HANDLE)


def by_handle(text: str) -> PublicReport | None:
    """The report with this handle; None for a made-up one."""
    try:
        return PublicReport.objects.filter(pk=signing.loads(text, salt=_HANDLE)).first()
    except signing.BadSignature:
        return None


def nearby(facility: str, days: int = 14) -> QuerySet[PublicReport]:
    """What others said about the same facility lately, still open: "the same here?"."""
    since = clock.now() - timedelta(days=days)
    return PublicReport.objects.filter(
        facility=facility, received_at__gt=since, state__in=["received", "taken_up", "reopened"]
    )
