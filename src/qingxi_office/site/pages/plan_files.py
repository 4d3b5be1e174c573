"""The files of a version that engineers take away, and the making of those that are made on demand."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.jobs import actions as job_actions
from qingxi_office.jobs import queries as jobs
from qingxi_office.people import rights
from qingxi_office.people.rights import may
from qingxi_office.plans.actions import note_taken

from . import seen
from .plan_words import FILES


@login_required
def files(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not seen.may_see(user, "plan"):
        raise Http404
    plan = seen.plan_version(user, request.GET.get("version", ""))
    if plan is None:
        if request.GET.get("version"):
            raise Http404
        return render(request, "site/plan_files.html", {"plan": None, "may_make": may(user, "make_plan")})
    whole = seen.sees_whole_plan(user)
    folder = plan.at
    rows = []
    for name, (what, whom) in FILES.items():
        path = folder / name
        rows.append({"name": name, "short": name.rpartition("/")[2], "what": what, "whom": whom,
                     "size": path.stat().st_size if path.is_file() else None})  # fmt: skip
    going = jobs.jobs().filter(kind="files", state__in=("waiting", "running"), ask__plan=plan.key).first()
    last = jobs.jobs().filter(kind="files", state="done", ask__plan=plan.key).first()
    return render(
        request,
        "site/plan_files.html",
        {
            "plan": plan, "rows": rows, "whole": whole, "may_make": may(user, "make_plan"), "versions": list(seen.plan_versions(user)),
            "missing": [r for r in rows if r["size"] is None], "going": going,
            "refused": (last.result.get("refused") or {}) if last else {}, "ready": sum(r["size"] is not None for r in rows),
        },
    )  # fmt: skip


@login_required
def take(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One file; only for those who see every house of the county, and it is written down who took it."""
    plan = seen.plan_version(request.user, key)
    path = plan.at / name if plan is not None and name in FILES else None
    if plan is None or path is None or not path.is_file() or not seen.sees_whole_plan(request.user):
        raise Http404
    note_taken(plan, name, by=request.user)
    # A page of ours opened from our own address would be under its content policy: it is taken away instead.
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{plan.key}_{path.name}")


@login_required
@require_POST
def prepare(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for the drawings, models and sheets of a version."""
    plan = seen.plan_version(request.user, key)
    if plan is None:
        raise Http404
    rights.check(request.user, "make_plan")
    going = jobs.jobs().filter(kind="files", state__in=("waiting", "running"), ask__plan=plan.key).first()
    if going is not None:
        messages.info(request, _("已经在准备了。"))
        return redirect("job", going.pk)
    job = job_actions.ask("files", _("准备第 %d 版的图纸和模型") % plan.number, {"plan": plan.key}, by=request.user)
    return redirect("job", job.pk)
