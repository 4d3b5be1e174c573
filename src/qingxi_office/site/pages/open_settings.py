"""开放数据设置: who may hand requests in by the interface, under which licence the data stand, which platforms hold a key."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.opendata import queries
from qingxi_office.opendata.models import OpenRule
from qingxi_office.people import rights
from qingxi_office.site import open_door


@login_required
def open_settings(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    rights.check(user, "publish")
    secret = ""
    if request.method == "POST":
        asked = request.POST
        try:
            if asked.get("part") == "key":
                row, secret = open_door.make_key(asked.get("name", ""), by=user)
                messages.success(request, _("给 %s 发了钥匙。") % row.name)
            else:
                open_door.settle(
                    by=user,
                    **{
                        name: asked.get(name, "")
                        for name in ("posting", "licence", "licence_url", "contact", "map_number")
                    },
                )
                messages.success(request, _("改好了，写进了留痕。"))
        except ValueError as refused:
            messages.error(request, _("没有改：%s") % refused)
        if not secret:
            return redirect("open_settings")
    keys = list(queries.keys().annotate(n=Count("asked")))
    words = {OpenRule.Posting.OPEN: _("谁都可以交"), OpenRule.Posting.KEY: _("有钥匙的平台才可以交"), OpenRule.Posting.CLOSED: _("不收代交，只能读")}  # fmt: skip
    rule = queries.rule()
    return render(
        request, "site/open_settings.html",
        {
            "rule": rule, "keys": keys, "good": sum(k.revoked_at is None for k in keys), "secret": secret, "ways": [(str(k), w) for k, w in words.items()],
            "said": words[OpenRule.Posting(rule.posting)],
        },
    )  # fmt: skip


@login_required
@require_POST
def open_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = queries.keys().filter(pk=pk).first()
    if row is None:
        raise Http404
    open_door.revoke_key(row, by=request.user)
    messages.success(request, _("%s 的钥匙作废了。") % row.name)
    return redirect("open_settings")
