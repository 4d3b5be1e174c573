"""The inbox: what am I told, by which ways, and what became of what went out."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.notices import actions, queries
from qingxi_office.notices.kinds import IN_OFFICE, KINDS, WAYS
from qingxi_office.notices.models import Channel, Delivery
from qingxi_office.people import rights
from qingxi_office.trail import clock

PAGE = 50


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What this person was told, newest first."""
    everything = queries.mine(request.user)
    rows, asked = everything, request.GET
    counts = Counter(queries.unread_by_kind(request.user))
    if not asked.get("all"):
        rows = rows.filter(read_at=None)
    if asked.get("kind") in KINDS:
        rows = rows.filter(kind=asked["kind"])
    page = Paginator(rows, PAGE).get_page(asked.get("page"))
    for row in page.object_list:
        row.law = KINDS.get(row.kind)
    return render(
        request, "site/notices.html",
        {
            "page": page, "unread": sum(counts.values()), "total": everything.count(), "asked": asked, "today": clock.today(),
            "to_do": sum(n for kind, n in counts.items() if KINDS[kind].to_do),
            "kinds": [(kind, KINDS[kind].word, n) for kind, n in counts.most_common()],
            "may_channels": rights.extent(request.user, "office") is not rights.Extent.NOTHING,
        },
    )  # fmt: skip


@login_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; it is read by that."""
    row = queries.mine(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    actions.mark_read(request.user.pk, [pk])
    return redirect(row.href if row.href.startswith("/") and not row.href.startswith("//") else "notices")


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark some, or all, as read."""
    numbers = [int(n) for n in request.POST.getlist("n") if n.isdigit()]
    actions.mark_read(request.user.pk, None if request.POST.get("all") else numbers)
    return redirect("notices")


@login_required
def choices(request: HttpRequest) -> HttpResponse:
    """Where I want to be reached, when not, and for what."""
    me = request.user.pk
    if request.method == "POST":
        asked = request.POST
        try:
            actions.keep_mailbox(
                me, email=asked.get("email", "").strip(), mobile=asked.get("mobile", "").strip(),
                quiet_from=asked.get("quiet_from", ""), quiet_to=asked.get("quiet_to", ""),
                digest_minutes=int(asked.get("digest_minutes") or 30),
            )  # fmt: skip
            actions.choose(me, {kind: asked.getlist(f"way:{kind}") for kind in KINDS})
        except (ValueError, ValidationError) as error:
            said = "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
            messages.error(request, _("没有存：%s") % said)
        else:
            messages.success(request, _("已存，从下一条起照办。"))
            return redirect("notice_choices")
    ways = queries.ways_of([me], KINDS)
    open_ways = {IN_OFFICE} | {_way(c) for c in queries.channels() if c.is_on}
    return render(
        request, "site/notice_choices.html",
        {
            "box": queries.mailbox(request.user), "ways": WAYS, "closed": [WAYS[w] for w in WAYS if w not in open_ways],
            "rows": [(kind, law, [(way, way in ways[me, kind]) for way in WAYS]) for kind, law in KINDS.items()],
        },
    )  # fmt: skip


def _way(channel: Channel) -> str:
    return {"email": "email", "sms": "sms"}.get(channel.kind, "webhook")


def _keeps(request: HttpRequest) -> None:
    """The office's keeping does not exist for whoever may not see it; who sees it and may not do is told who can."""
    if rights.extent(request.user, "office") is rights.Extent.NOTHING:
        raise Http404
    if request.method == "POST":
        rights.check(request.user, "set_channels")


@login_required
def channels(request: HttpRequest) -> HttpResponse:
    """The ways out of the office, and what went out or could not."""
    _keeps(request)
    if request.method == "POST":
        asked = request.POST
        row = queries.channels().filter(pk=asked["pk"]).first() if asked.get("pk", "").isdigit() else None
        kind = row.kind if row else asked.get("kind", "")
        try:
            actions.keep_channel(
                kind, asked.get("name", ""), _setting(kind, asked), asked.get("secret", "").strip(), by=request.user, row=row
            )  # fmt: skip
        except ValueError as error:
            messages.error(request, _("没有存：%s") % error)
        else:
            messages.success(request, _("渠道已存，可以试发一条。"))
            return redirect("notice_channels")
    rows = queries.deliveries()
    counts = Counter(rows.order_by().values_list("state", flat=True))
    page = Paginator(rows.filter(state=request.GET["state"]) if request.GET.get("state") in counts else rows, 30)
    return render(
        request, "site/notice_channels.html",
        {
            "channels": queries.channels(), "kinds": Channel.Kind.choices, "page": page.get_page(request.GET.get("page")),
            "counts": [(value, word, counts[value]) for value, word in Delivery.State.choices], "failed": counts["failed"],
            "may": rights.may(request.user, "set_channels"), "chosen": request.GET.get("kind") or "email", "asked": request.GET,
        },
    )  # fmt: skip


def _setting(kind: str, asked: object) -> dict[str, object]:
    get = asked.get  # type: ignore[attr-defined]
    fields = {
        "email": ("host", "port", "tls", "user", "sender"), "sms": ("url", "method", "body", "good"),
        "wecom": ("quiet_from", "quiet_to"), "dingtalk": ("quiet_from", "quiet_to"),
    }.get(kind, ())  # fmt: skip
    setting: dict[str, object] = {name: get(name, "").strip() for name in fields}
    if kind == "sms":
        lines = (line.partition(":") for line in get("headers", "").splitlines() if ":" in line)
        setting["headers"] = {name.strip(): value.strip() for name, _colon, value in lines}
    return setting


@login_required
@require_POST
def channel_do(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a channel, or open and close it."""
    _keeps(request)
    row = queries.channels().filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.POST.get("do") == "try":
        why = actions.try_channel(row, request.POST.get("to", "").strip())
        if why:
            messages.error(request, _("没有发出去：%s") % why)
        else:
            messages.success(request, _("发出去了，请看那边收到没有。"))
    else:
        actions.switch(row, request.POST.get("do") == "on", by=request.user)
    return redirect("notice_channels")


@login_required
@require_POST
def delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send once more what was given up."""
    _keeps(request)
    row = queries.deliveries().filter(pk=pk).first()
    if row is None:
        raise Http404
    actions.send_again(row)
    messages.success(request, _("排上了，一分钟内再发。"))
    return redirect("notice_channels")
