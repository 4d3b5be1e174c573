"""The recycle bin: what was removed, by whom, and until when it can be taken back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.site import recycling
from qingxi_office.site.recycling import BINS
from qingxi_office.trail import clock


@login_required
def recycle(request: HttpRequest) -> HttpResponse:
    """What this person may take back, the newest first."""
    rows = recycling.bin_of(request.user)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    today = clock.today()
    for row in page.object_list:
        row.word = _("附件") if row.kind == "attachment" else BINS[row.kind].word if row.kind in BINS else row.kind
        row.left = (row.until - today).days
    return render(request, "site/recycle.html", {"page": page, "n": page.paginator.count})


def _back(request: HttpRequest, other: str) -> str:
    to = request.POST.get("next", "")
    return to if url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}) else other


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back."""
    row = recycling.bin_of(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    try:
        recycling.restore(request.user, row)
    except ValueError as error:
        messages.error(request, _("没有拿回来：%s") % error)
    else:
        messages.success(request, _("“%s”拿回来了。") % row.title)
    return redirect(_back(request, "/recycle/"))


@login_required
@require_POST
def remove(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Move a record to the bin; the law says every reason why not."""
    try:
        row = recycling.remove(request.user, kind, key, request.POST.get("why", ""))
    except LookupError:
        raise Http404 from None
    except recycling.NotRemoved as no:
        messages.error(request, _("没有移走：%s") % no)
        return redirect(_back(request, "/recycle/"))
    messages.success(
        request, _("“%(name)s”移到了回收站，%(until)s 前可以拿回来。") % {"name": row.title, "until": row.until},
        extra_tags=f"undo-{row.pk}",
    )  # fmt: skip
    return redirect(_back(request, "/recycle/"))
