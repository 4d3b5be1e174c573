"""Making a plan: what to ask for, and how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.jobs import actions as job_actions
from qingxi_office.jobs import queries as jobs
from qingxi_office.people import rights
from qingxi_office.people.rights import may
from qingxi_office.places import queries as places
from qingxi_office.plans.models import PlanRecord
from qingxi_office.site.working import PlanAsked

from . import seen

EFFORTS = (0.3, 1.0, 3.0)


def own_folder() -> str:
    """The county's own folder, where it is still to be found; empty otherwise."""
    own = places.county()
    folder = own.source_folder if own else ""
    return folder if folder and (Path(folder) / "county.toml").is_file() else ""


def standing_folder() -> str:
    """Folder of the version in force, else the newest, that can be asked again at other prices; empty without one."""
    for folder in PlanRecord.objects.order_by("-is_current", "-number").values_list("folder", flat=True):
        if folder and (Path(folder) / "standing.npz").is_file():
            return folder
    return ""


@login_required
def make(request: HttpRequest) -> HttpResponse:
    """The form, and what happens when it is sent."""
    if not seen.may_see(request.user, "plan"):
        raise Http404
    from qingxi.standard import load_table

    discount = load_table("prices")["discount"]
    folder = own_folder()
    if request.method == "POST":
        rights.check(request.user, "make_plan")
        asked, wrong = _asked(request.POST, folder, discount)
        if not wrong:
            job = job_actions.ask("plan", _("编制规划") + (f"：{asked.note}" if asked.note else ""), asked.as_json(), by=request.user)  # fmt: skip
            return redirect("job", job.pk)
        messages.error(request, "；".join(wrong))
    return render(
        request,
        "site/plan_make.html",
        {
            "folder": Path(folder).name if folder else "", "discount_pct": discount * 100, "efforts": EFFORTS,
            "rules": list(seen.overrides(request.user).filter(withdrawn_on=None)), "may_make": may(request.user, "make_plan"),
            "said": request.POST, "sets": (request.POST or request.GET).getlist("set"), "last": seen.plan_versions(request.user).first(),
        },
    )  # fmt: skip


def _asked(form: Any, folder: str, discount: float) -> tuple[PlanAsked, list[str]]:
    """What the form says, and what is wrong with it."""
    wrong = [] if folder else [_("县域数据夹不在了，先用 qingxi office load 再载入一次")]
    changes: dict[str, str] = {}
    text = form.get("discount", "").strip()
    if text:
        try:
            rate = float(text) / 100
        except ValueError:
            rate = -1.0
        if not 0 <= rate <= 0.2:
            wrong.append(_("折现率是 %s，要是 0 到 20 之间的百分数") % text)
        elif abs(rate - discount) > 1e-12:
            changes["prices.discount"] = f"{rate:g}"
    try:
        effort = float(form.get("effort", "1"))
    except ValueError:
        effort = -1.0
    if effort not in EFFORTS:
        wrong.append(_("搜索力度要在列出的几档里选"))
    for word in form.getlist("set"):
        key, sign, value = word.partition("=")
        if sign and key.strip() and value.strip() and len(word) < 120:
            changes[key.strip()] = value.strip()
    options = ["--certify"] if form.get("certify") else []
    base = standing_folder() if changes else ""
    if changes and not base:
        wrong.append(_("要改单价或折现率，先编制一版：改动是在一版上重算的"))
    asked = PlanAsked(
        folder, base=base, effort=effort, changes=changes, note=form.get("note", "").strip()[:200], options=options
    )
    return asked, wrong


def _get(request: HttpRequest, pk: int) -> Any:
    if not seen.may_see(request.user, "job"):
        raise Http404
    job = jobs.jobs().filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


@login_required
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job: stage, share, time left, log. Without a script the page asks again by itself every three seconds."""
    row = _get(request, pk)
    silent = jobs.is_silent(row)
    context = {
        "job": row, "silent": silent, "going": row.is_open and not silent, "lines": list(jobs.lines(pk)),
        "percent": round(row.progress * 100), "workers": jobs.workers_there() if row.state == "waiting" else 1,
        "ahead": jobs.ahead_of(row) if row.state == "waiting" else 0, "may_make": may(request.user, "make_plan"),
        "plan": seen.plan_version(request.user, row.result["plan"]) if row.result.get("plan") else None,
        "left": _left(row.left_s),
    }  # fmt: skip
    return render(request, "site/parts/job.html" if request.GET.get("part") else "site/job.html", context)


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return _("%d 秒") % max(5, round(seconds / 5) * 5)
    return _("%d 分钟") % round(seconds / 60)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = _get(request, pk)
    rights.check(request.user, "make_plan")
    if not job_actions.ask_cancel(row, by=request.user):
        messages.warning(request, _("它已经结束了，没有什么可取消的。"))
    return redirect("job", pk)


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same once more: after it was lost, cancelled or failed."""
    row = _get(request, pk)
    rights.check(request.user, "make_plan")
    if jobs.is_silent(row):
        job_actions.lose_silent()
    if row.kind != "plan":
        raise Http404
    try:
        return redirect("job", job_actions.again(row, by=request.user).pk)
    except ValueError as error:
        messages.error(request, _("没有办成：%s") % error)
        return redirect("job", pk)
