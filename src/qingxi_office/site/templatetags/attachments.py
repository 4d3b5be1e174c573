"""``{% attachments kind key %}``: the files of a record, and a way to add one."""

from __future__ import annotations

from typing import Any

from django import template

from qingxi_office.asking import ask
from qingxi_office.attachments import queries
from qingxi_office.attachments.content import ACCEPT, BY_MIME
from qingxi_office.site import attaching

register = template.Library()


@register.inclusion_tag("site/parts/attachments.html", takes_context=True)
def attachments(context: Any, kind: str, key: str) -> dict[str, Any]:
    """One query for the files; two more for who may add (the record, asked by its own rule)."""
    request = context["request"]
    # A word of a template is a safe string, no plain one, and a key may be a number: a kept question takes plain texts.
    kind, key = f"{kind}", f"{key}"
    rows = ask(None, lambda _u, at: queries.of(at.kind, at.key), kind=kind, key=key)
    for row in rows:
        row.ending = BY_MIME[row.blob.mime].ending if row.blob.mime in BY_MIME else ""
        row.may_remove = attaching.may_remove(request.user, row)
    return {
        "rows": rows, "kind": kind, "key": key, "may": attaching.may_attach(request.user, kind, key), "accept": ACCEPT,
        "request": request, "csrf_token": context.get("csrf_token", ""), "look": context.get("look"),
    }  # fmt: skip
