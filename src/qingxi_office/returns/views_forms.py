"""The county's forms: what each asks, where every field comes from, and a new version."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.files.return_form import where_from
from qingxi.filing import BadForm, sources
from qingxi_office.people import rights
from qingxi_office.returns import actions, queries
from qingxi_office.returns.models import ReturnForm
from qingxi_office.returns.shown import sources_of


@login_required
def forms(request: HttpRequest) -> HttpResponse:
    """Every form in use; a county officer sends a new one here."""
    may_keep = rights.may(request.user, "keep_return_form")
    text, faults = "", []
    if request.method == "POST":
        rights.check(request.user, "keep_return_form")
        if request.POST.get("do") == "shipped":
            made = actions.keep_shipped(by=request.user)
            messages.success(request, _("取来 %d 张随带的表样。") % len(made))
            return redirect("return_forms")
        text = request.POST.get("text", "")
        try:
            row = actions.keep_form(text, by=request.user)
        except BadForm as bad:
            faults = bad.faults
        else:
            messages.success(
                request, _("存下了“%(n)s”第 %(v)d 版，下一期起用。") % {"n": row.name, "v": row.version}
            )
            return redirect("return_form", row.key)
    rows = list(queries.current_forms())
    for row in rows:
        row.law = queries.form_of(row)  # type: ignore[attr-defined]
        row.books, row.typed = sources_of(row.law)  # type: ignore[attr-defined]
    return render(
        request, "returns/forms.html",
        {"rows": rows, "may_keep": may_keep, "text": text, "faults": faults, "sources": sources().values()},
    )  # fmt: skip


@login_required
def form(request: HttpRequest, key: str) -> HttpResponse:
    """One form: its fields with source and trust, its checks, its text."""
    row = queries.current_forms().filter(key=key).first()
    if row is None:
        raise Http404
    law = queries.form_of(row)
    books, typed = sources_of(law)
    also = {name: s.also_in for name, s in sources().items()}
    fields = [(f, where_from(f), also.get(f.source, ())) for f in law.fields]
    return render(
        request, "returns/form.html",
        {
            "row": row, "law": law, "fields": fields, "books": books, "typed": typed, "may_keep": rights.may(request.user, "keep_return_form"),
            "versions": list(ReturnForm.objects.filter(key=key).order_by("-version")), "checks": [(c, law.field(c.field)) for c in law.checks],
        },
    )  # fmt: skip
