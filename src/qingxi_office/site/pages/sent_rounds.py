"""What phones sent: every round in the order it was walked, how late it came, whose clock was wrong, which photographs lack."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.design.parts import State
from qingxi_office.patrols import queries
from qingxi_office.patrols.models import VisitPhoto
from qingxi_office.patrols.span import CLOCK_S, how_long
from qingxi_office.patrols.words import SIGNS
from qingxi_office.people.rights import Extent, extent
from qingxi_office.trail import clock

from . import sheet
from .table import Column, Keyset, asked_sort, export, table

DAYS = 30
LATE = dt.timedelta(days=1)


def _local(at: dt.datetime | None, form: str = "%m-%d %H:%M") -> str:
    return timezone.localtime(at).strftime(form) if at else "–"


def _late(v: Any) -> State | str:
    return (
        State("watch", _("晚 %s") % how_long(v.lag))
        if v.lag >= LATE
        else _("当天")
        if v.lag.total_seconds() >= 0
        else "–"
    )


def _clock(v: Any) -> str:
    off = v.clock_offset_s or 0.0
    if abs(off) < CLOCK_S:
        return ""
    words = _("慢 %s") if off > 0 else _("快 %s")  # the office's clock less the phone's
    return words % how_long(dt.timedelta(seconds=abs(off)))


def _photos(v: Any) -> State | str:
    if not v.n_photos:
        return "–"
    return f"{v.n_photos}" if v.arrived >= v.n_photos else State("watch", f"{v.arrived}/{v.n_photos}")


def _signs(v: Any) -> str:
    return "、".join(str(SIGNS.get(kind, kind)) for kind in v.flags)


def columns() -> list[Column]:
    return [
        Column("at", _("到站时间"), lambda v: _local(v.visited_at, "%Y-%m-%d %H:%M"), show=lambda v: _local(v.visited_at), order="visited_at", always=True),
        Column("facility", _("设施"), lambda v: v.facility.name, order="facility__name"),
        Column("key", _("编号"), lambda v: v.facility.key, shown=False, always=True),
        Column("who", _("人"), lambda v: v.by_name, order="by_name"),
        Column("counter", _("手机上第几条"), lambda v: v.counter, order="counter", num=True),
        Column("received", _("收到"), lambda v: _local(v.received_at, "%Y-%m-%d %H:%M"), show=lambda v: _local(v.received_at), order="received_at"),
        Column("late", _("晚多久"), lambda v: how_long(v.lag), show=_late, order="lag"),
        Column("clock", _("手机的钟"), lambda v: _clock(v), show=lambda v: State("watch", _clock(v)) if _clock(v) else _("准")),
        Column("photos", _("照片"), lambda v: f"{v.arrived}/{v.n_photos}" if v.n_photos else "", show=_photos),
        Column("signs", _("线索"), _signs, show=lambda v: State("watch", _signs(v)) if v.flags else "–"),
        Column("phone_at", _("手机上的时间"), lambda v: _local(v.phone_at, "%Y-%m-%d %H:%M"), shown=False),
        Column("phone", _("手机号码牌"), lambda v: v.phone, shown=False),
        Column("uuid", _("记录号"), lambda v: str(v.uuid or ""), shown=False, always=True),
    ]  # fmt: skip


@login_required
def rounds_sent(request: HttpRequest) -> HttpResponse:
    """Rounds that came from phones in the last thirty days (``?when=all``: ever); late ones, those with signs, one person's."""
    if extent(request.user, "round_sign") is Extent.NOTHING:
        raise Http404
    asked, since = request.GET, clock.now() - dt.timedelta(days=DAYS)
    lag = ExpressionWrapper(F("received_at") - F("visited_at"), output_field=DurationField())
    every = queries.visits(request.user).exclude(phone="").filter(received_at__isnull=False)
    every = every.annotate(lag=lag).order_by()
    if asked.get("when") != "all":
        every = every.filter(received_at__gte=since)
    rows = every
    if (who := asked.get("who", "")).isascii() and who.isdigit():
        rows = rows.filter(by_pk=int(who[:18]))
    if text := asked.get("q", "").strip():
        rows = rows.filter(Q(facility__name__contains=text) | Q(facility__key__istartswith=text) | Q(by_name=text))
    wrong_clock = Q(clock_offset_s__gt=CLOCK_S) | Q(clock_offset_s__lt=-CLOCK_S)
    narrow = {"late": Q(lag__gte=LATE), "signs": ~Q(flags=[]), "clock": wrong_clock}
    if (which := asked.get("which", "")) in narrow:
        rows = rows.filter(narrow[which])
    cols = columns()
    order, descending, _word = asked_sort(request, cols, "-visited_at")
    source = Keyset(rows.select_related(None), order, descending, drawn=rows)

    def prepare(page: Iterable[Any]) -> None:
        page = list(page)
        there = VisitPhoto.objects.filter(visit__in=[v.pk for v in page], state=VisitPhoto.State.LOOKED)
        arrived = Counter(there.values_list("visit_id", flat=True))
        for v in page:
            v.arrived = arrived[v.pk]

    if asked.get("as") in sheet.FORMATS:
        return export(request, _("手机送来的巡查"), cols, source, prepare=prepare)
    sums = every.select_related(None).aggregate(
        n=Count("pk"), phones=Count("phone", distinct=True), late=Count("pk", filter=narrow["late"]),
        signs=Count("pk", filter=narrow["signs"]), clock=Count("pk", filter=wrong_clock), longest=Max("lag"),
    )  # fmt: skip
    people = (
        every.select_related(None)
        .values_list("by_pk", "by_name")
        .annotate(n=Count("pk"))
        .order_by("-n", "by_name")[:40]
    )
    total = rows.select_related(None).count()
    return render(
        request, "site/rounds_sent.html",
        {
            "table": table(request, cols, source, total=total, href=lambda v: reverse("round_seen", args=[v.pk]), label=_("手机送来的巡查"), prepare=prepare),
            "sums": sums, "longest": how_long(sums["longest"]) if sums["longest"] else "", "people": [(str(pk), f"{name} {n}") for pk, name, n in people if pk],
            "days": DAYS, "found": total,
        },
    )  # fmt: skip
