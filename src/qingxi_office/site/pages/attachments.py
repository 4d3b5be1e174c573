"""Files: put on a record, looked at, given out, taken off; and how much room they take."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.attachments import actions, pictures, queries
from qingxi_office.attachments.content import BY_MIME, MB, NotTaken
from qingxi_office.attachments.models import Attachment
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.site import attaching, recycling

PAGE = 60
MOST_AT_ONCE = 20


def _back(request: HttpRequest, kind: str, key: str) -> str:
    """The page that sent us, when it is ours; else the record's."""
    to = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}):
        return to
    return attaching.href(kind, key) or "/"


@login_required
@require_POST
def attach(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take what was handed in, the good files and not the bad; every refusal is said."""
    if attaching.record_of(request.user, kind, key) is None:
        raise Http404
    taken, refused = [], []
    for upload in request.FILES.getlist("file")[:MOST_AT_ONCE]:
        try:
            taken.append(attaching.attach(request.user, kind, key, upload, request.POST.get("note", "")).name)
        except NotTaken as no:
            refused.append(f"{upload.name}：{no}")
    if len(request.FILES.getlist("file")) > MOST_AT_ONCE:
        refused.append(_("一次最多 %s 个，其余的请再传一次") % MOST_AT_ONCE)
    if not taken and not refused:
        refused.append(_("没有选文件"))
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"taken": taken, "refused": refused}, status=200 if taken or not refused else 422)
    for line in refused:
        messages.error(request, _("没有收：%s") % line)
    if taken:
        messages.success(request, _("收下 %(n)s 个文件。") % {"n": len(taken)})
    return redirect(_back(request, kind, key) + "#files")


def _get(request: HttpRequest, pk: int) -> Attachment:
    row = attaching.seen(request.user, pk)
    if row is None:
        raise Http404
    return row


def _given(file: Any, mime: str, name: str, *, inline: bool) -> HttpResponse:
    """A file with its own type and no other; what browsers do not show is saved."""
    answer = FileResponse(file, content_type=mime, as_attachment=not inline, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=300"
    return answer


@login_required
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: seen where a browser can, with what is known of it."""
    row = _get(request, pk)
    kind = BY_MIME.get(row.blob.mime)
    return render(
        request, "site/attachment.html",
        {
            "row": row, "type": kind, "picture": row.blob.mime.startswith("image/") and bool(row.blob.thumb), "record": attaching.href(row.kind, row.key),
            "word": attaching.HOLDERS[row.kind].word, "may_remove": attaching.may_remove(request.user, row),
        },
    )  # fmt: skip


@login_required
def attachment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself; ``?save=1`` saves it, ``?bare=1`` gives a picture without where and when."""
    row = _get(request, pk)
    kind = BY_MIME.get(row.blob.mime)
    if request.GET.get("bare"):
        if not row.blob.thumb:
            raise Http404
        with row.blob.file.open("rb") as file:
            copy = pictures.bare(file.read())
        answer = HttpResponse(copy, content_type="image/jpeg")
        answer["Content-Disposition"] = f'attachment; filename="{row.pk}.jpg"'
        return answer
    inline = bool(kind and kind.shown) and not request.GET.get("save")
    return _given(row.blob.file.open("rb"), row.blob.mime, row.name, inline=inline)


@login_required
def attachment_thumb(request: HttpRequest, pk: int) -> HttpResponse:
    """The small picture."""
    row = _get(request, pk)
    if not row.blob.thumb:
        raise Http404
    return _given(row.blob.thumb.open("rb"), "image/webp", f"{row.pk}.webp", inline=True)


@login_required
@require_POST
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Into the recycle bin, with a way back at hand."""
    row = _get(request, pk)
    kind, key = row.kind, row.key
    removal = recycling.remove_attachment(request.user, row, request.POST.get("why", ""))
    messages.success(
        request, _("“%(name)s”移到了回收站，%(until)s 前可以拿回来。") % {"name": removal.title, "until": removal.until},
        extra_tags=f"undo-{removal.pk}",
    )  # fmt: skip
    return redirect(_back(request, kind, key) + "#files")


@login_required
def attachments(request: HttpRequest) -> HttpResponse:
    """How much room files take, by unit; all files; the quotas."""
    if rights.extent(request.user, "office") is rights.Extent.NOTHING:
        raise Http404
    if request.method == "POST":
        rights.check(request.user, "set_quota")
        try:
            unit = request.POST.get("unit", "")
            actions.set_quota(int(unit) if unit else None, int(request.POST.get("megabytes") or 0), by=request.user)
        except ValueError as error:
            messages.error(request, _("没有存：%s") % error)
        else:
            messages.success(request, _("配额已存。"))
        return redirect("attachments")
    rows = queries.everything()
    if name := request.GET.get("q", "").strip():
        rows = rows.filter(name__icontains=name)
    if (kind := request.GET.get("kind", "")) in attaching.HOLDERS:
        rows = rows.filter(kind=kind)
    by_unit = queries.used_by_unit()
    names = dict(Unit.objects.filter(pk__in=[u for u in by_unit if u]).values_list("pk", "name"))
    quotas = queries.quotas(by_unit)
    used = queries.used()
    units = [
        (unit, names.get(unit, _("没有单位")), total / MB, n, quotas[unit])
        for unit, (total, n) in sorted(by_unit.items(), key=lambda row: -row[1][0])
        if unit is not None
    ]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.href = attaching.href(row.kind, row.key)
        row.word = attaching.HOLDERS[row.kind].word if row.kind in attaching.HOLDERS else row.kind
    return render(
        request, "site/attachments.html",
        {
            "page": page, "n": sum(n for _total, n in by_unit.values()), "used": used / MB, "quota": quotas[None],
            "units": units, "asked": request.GET, "kinds": [(k, h.word) for k, h in attaching.HOLDERS.items()],
            "may": rights.may(request.user, "set_quota"), "share": min(used / MB / quotas[None], 1.0) * 100,
        },
    )  # fmt: skip
