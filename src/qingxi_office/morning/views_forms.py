"""The forms of the 调度表: the shipped one, and the county's own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.morning import FIELDS, default_form, default_form_text
from qingxi_office.morning import actions, queries
from qingxi_office.morning.models import SheetForm
from qingxi_office.people.rights import may


@login_required
def forms(request: HttpRequest) -> HttpResponse:
    """Which form is in use, how to bring one's own, and what was wrong with the last one."""
    faults = []
    if request.method == "POST":
        file = request.FILES.get("form")
        if file is None:
            messages.error(request, _("没有收到文件。"))
        else:
            form, faults = actions.take_form(
                file.name or "", file.read(), source=request.POST.get("source", ""), by=request.user
            )
            if form is not None:
                messages.success(request, _("表样已收下，下一次打印就用它。"))
                return redirect("morning_forms")
    rows = list(queries.forms(request.user))
    context = {
        "forms": rows, "now": next((f for f in rows if f.in_use), None), "shipped": default_form(), "faults": faults,
        "fields": [(k, k.replace("_", " ") if get_language() == "en" else said) for k, (said, _n) in FIELDS.items()], "may_check": may(request.user, "check_ledgers"),
        "said": request.POST.get("source", ""),
    }  # fmt: skip
    return render(request, "morning/forms.html", context)


@login_required
def shipped(request: HttpRequest) -> HttpResponse:
    """The default form as a file, to be changed and brought back."""
    answer = HttpResponse(default_form_text(), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="quarterly.toml"'
    return answer


def _form(request: HttpRequest, pk: int) -> SheetForm:
    form = queries.forms(request.user).filter(pk=pk).first()
    if form is None:
        raise Http404
    return form


@login_required
def form_file(request: HttpRequest, pk: int) -> FileResponse:
    form = _form(request, pk)
    return FileResponse(form.file.open("rb"), as_attachment=True, filename=f"{form.name}.{form.kind}")


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    actions.drop_form(_form(request, pk), by=request.user)
    return redirect("morning_forms")
