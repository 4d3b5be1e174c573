"""Reading what people handed in, as anybody with the code may."""

from collections.abc import Collection
from datetime import date, timedelta

from django.core import signing
from django.db.models import Count, Q, QuerySet

from qingxi.standard import load_table
from qingxi_office.intake.models import Follower, HotlineOrder, HotlineRound, PublicReport
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


def nearby(facility: str, days: int | None = None) -> QuerySet[PublicReport]:
    """What others said about the same facility lately, still open: "the same here?"."""
    return near([facility], "", days)


def near(facilities: Collection[str], village: str, days: int | None = None) -> QuerySet[PublicReport]:
    """What others said lately about these facilities, or about the village without naming one; still open, looked at."""
    since = clock.now() - timedelta(days=load_table("intake")["near.days"] if days is None else days)
    here = Q(facility__in=[f for f in facilities if f])
    if village:
        here |= Q(facility="", village_code=village)
    return PublicReport.objects.filter(
        here, received_at__gt=since, held="", state__in=["received", "taken_up", "reopened"]
    )


def channels(since: date) -> list[tuple[str, int, int, int, int]]:
    """By channel since a day: (word, handed in, answered, said solved, said not solved); hotline orders as one of them.

    Two queries. "Not solved" counts reports that were said to be so at least once.
    """
    state = PublicReport.State
    rows = PublicReport.objects.filter(received_at__date__gte=since).order_by().values("channel").annotate(
        n=Count("id"), done=Count("id", filter=Q(answered_at__isnull=False)),
        yes=Count("id", filter=Q(state=state.CONFIRMED)), no=Count("id", filter=Q(reopened__gt=0)),
    )  # fmt: skip
    found = {r["channel"]: (r["n"], r["done"], r["yes"], r["no"]) for r in rows}
    words = dict(PublicReport.Channel.choices)
    told = [(str(words.get(key, key)), *counts) for key, counts in found.items()]
    content = HotlineRound.Content
    orders = HotlineOrder.objects.filter(rounds__number=1, rounds__sent_on__gte=since).aggregate(
        n=Count("id"), done=Count("id", filter=Q(rounds__replied_on__isnull=False)),
        yes=Count("id", filter=Q(rounds__content__in=[content.CONTENT, content.FAIRLY])),
        no=Count("id", filter=Q(rounds__content=content.NOT)),
    )  # fmt: skip
    if orders["n"]:
        told.append(("12345 热线", orders["n"], orders["done"], orders["yes"], orders["no"]))
    return sorted(told, key=lambda row: (-row[1], row[0]))


def about(village: str, facilities: Collection[str], since: date) -> list[tuple[str, int]]:
    """(state, how often "not solved") of each report about a village or its stations since a day. One query."""
    here = Q(village_code=village) | Q(facility__in=[f for f in facilities if f])
    return list(PublicReport.objects.filter(here, received_at__date__gte=since).values_list("state", "reopened"))
