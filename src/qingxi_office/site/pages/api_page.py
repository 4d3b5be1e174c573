"""The API as a person reads it: each book, what may be asked, each field with its unit. Drawn from the schema itself."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qingxi_office.people.rights import Extent, extent
from qingxi_office.site.api.books import BOOKS
from qingxi_office.site.api.v1 import MOST
from qingxi_office.site.api.vendor import MOST_BYTES, MOST_ITEMS, PushFault, PushOut

from .account import SCOPE_WORDS

_TYPES = {
    "str": _("文本"), "int": _("整数"), "float": _("数"), "bool": _("是或否"),
    "date": _("日期"), "datetime": _("时间"), "list": _("清单"), "dict": _("对象"),
}  # fmt: skip


def _type(annotation: Any) -> str:
    """The type in a word; what may be null says so."""
    parts = [p for p in getattr(annotation, "__args__", (annotation,)) if isinstance(p, type)] or [annotation]
    whole = annotation if getattr(annotation, "__origin__", None) in (list, dict) else parts[0]
    word = str(_TYPES.get(getattr(whole, "__name__", ""), whole))
    return _("%s，可空") % word if type(None) in parts else word


@login_required
def api_page(request: HttpRequest) -> HttpResponse:
    books = [
        {
            "name": b.name, "word": SCOPE_WORDS[b.name], "filters": list(b.filters), "key": b.key.split("__")[-1].replace("pk", "id"),
            "fields": [(n, _type(f.annotation), _(f.description or "")) for n, f in b.shape.model_fields.items()],
        }
        for b in BOOKS
        if extent(request.user, b.sees) is not Extent.NOTHING
    ]  # fmt: skip
    return render(
        request,
        "site/api.html",
        {
            "books": books,
            "most": MOST,
            "root": request.build_absolute_uri("/api/v1/"),
            "most_items": MOST_ITEMS,
            "most_kb": MOST_BYTES // 1024,
            "push": [
                (n if shape is PushOut else f"faults.{n}", _type(f.annotation), _(f.description or ""))
                for shape in (PushOut, PushFault)
                for n, f in shape.model_fields.items()
            ],
        },
    )
