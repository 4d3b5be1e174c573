"""The problem ledger: which problems are late, and what keeps this one open?"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.issue import IssueClass, State, Step
from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.asking import ask_one
from qingxi_office.findings import actions as finding_actions
from qingxi_office.issues import actions
from qingxi_office.issues.models import IssueEvidence, IssueRecord
from qingxi_office.issues.queries import OPEN, bare, sees_every
from qingxi_office.people import rights
from qingxi_office.site.publishing import publish_issue
from qingxi_office.trail import clock

from . import issue_counts, issue_list, seen, sheet
from .approvals import before_second
from .case import case_of, dress
from .deeds import day
from .home import reports_waiting
from .issue_forms import pieces_of, unit_named

_HEAD = [
    "编号", "问题", "类别", "来源", "乡镇", "行政村", "设施编号", "整改责任单位", "牵头督导单位", "核查单位", "销号单位", "提出单位",
    "原因大类", "原因", "交办层级", "发现日期", "交办日期", "期限", "剩余工作日", "到哪一步", "销号日期", "销号签字单位", "回头看日期",
]  # fmt: skip


def _base(request: HttpRequest) -> Any:
    return seen.issues(request.user)


@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    return _ledger(request, None)


@login_required
def issue(request: HttpRequest, key: str) -> HttpResponse:
    row = ask_one(request.user, lambda u, at: seen.issues(u).filter(key=at.key)[:1], key=key)
    if row is None:
        raise Http404
    return _ledger(request, row)


def _table(request: HttpRequest, chosen: Any, today: dt.date) -> HttpResponse:
    """The ledger as it is filtered, as a file (销号台账)."""
    found = list(
        seen.issues(request.user).filter(chosen).select_related("closed_by_unit").order_by("due_on", "key")
    )
    dress(found, today)
    return sheet.answer(
        request, "问题台账", _HEAD,
        [
            [
                r.key, r.title, r.klass, r.source, r.town, r.place.name, r.facility.key if r.facility else "",
                *(unit.name if unit else "" for unit in (r.rectifier, r.lead, r.verifier, r.closer, r.raiser)),
                r.cause_group, r.cause, r.level, r.found_on, r.assigned_on, r.due_on, r.left if r.is_open else None, r.state,
                r.closed_on, r.closed_by_unit.name if r.closed_by_unit else "", r.revisit_on,
            ]
            for r in found
        ],
    )  # fmt: skip


def _ledger(request: HttpRequest, chosen: IssueRecord | None) -> HttpResponse:
    today = clock.today()
    user = request.user
    if request.GET.get("as") in sheet.FORMATS:
        return _table(request, issue_list.narrowed(user, request.GET, today), today)
    every = sees_every(user)
    many = issue_counts.counts(user, today, every)
    menus = issue_counts.menus(user, every, many["open"])
    page = issue_list.page(user, request.GET, issue_list.chosen(user, request.GET, today, every), many)
    if chosen is not None and chosen.pk not in {r.pk for r in page.object_list}:
        page.object_list.insert(0, chosen)
    dress(page.object_list, today)
    waiting = reports_waiting(user)
    to_receive = (
        bare(user, every).filter(OPEN, state=State.ASSIGNED.value, rectifier_id=user.unit_id).count()
        if request.GET.get("mine") and user.unit_id and rights.may(user, "step_issue")
        else 0
    )
    kept = request.GET.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    context = {
        "page": page,
        "found": page.total,
        "counts": many,
        "menus": menus,
        "asked": request.GET,
        "today": today,
        "now": clock.now(),
        "year": issue_counts.year(user, today, every),
        "reports": _reports(request) if request.GET.get("reports") else None,
        "reports_waiting": len(waiting),
        "may_take_up": rights.may(request.user, "take_up_report"),
        "may_open": rights.may(user, "open_issue") or rights.may(user, "raise_blockage"),
        "to_receive": to_receive,
        "may_batch": user.unit_id is not None and rights.may(user, "step_issue"),
        "query": kept.urlencode(),
    }
    if chosen is not None:
        context.update(case_of(request.user, chosen, today))
    return render(request, "site/issues.html", context)


def _reports(request: HttpRequest) -> Any:
    return seen.reports(request.user).filter(state__in=["received", "reopened"]).order_by("-state", "received_at")


@login_required
@require_POST
def take_step(request: HttpRequest, key: str) -> HttpResponse:
    """Take one step with what was handed in; the law and the person's right are asked by the action."""
    row = _base(request).filter(key=key).first()
    if row is None:
        raise Http404
    try:
        step = Step[request.POST.get("step", "")]
    except KeyError:
        raise Http404 from None
    try:
        actions.take(
            row, step, by=request.user, evidence=pieces_of(request, step, papers=row.klass == IssueClass.BLOCKAGE.value), note=request.POST.get("note", "").strip(),
            due_on=day(request.POST["due_on"]) if request.POST.get("due_on") else None,
            rectifier=unit_named(request.POST.get("unit", "")) if step is Step.REASSIGN else None,
            merged_into=request.POST.get("into", "").strip() if step is Step.MERGE else "",
            upper_signer=request.POST.get("signer", "").strip(),
        )  # fmt: skip
    except SecondNeeded as needed:
        return before_second(request, needed)
    except (actions.Refused, ValueError) as refused:
        messages.error(
            request, _("“%(step)s”没有办成：%(why)s。别的都没有变。") % {"step": step.value, "why": refused}
        )
    else:
        messages.success(request, _("已办“%s”，留了痕。") % step.value)
        closed = step in (Step.PUBLISH, Step.CLOSE, Step.ON_SITE, Step.AGREE)
        if closed and rights.may(request.user, "publish", path=row.place.path):
            row.refresh_from_db()
            publish_issue(row, by=request.user, as_of=clock.today())
    back = request.POST.get("query", "")
    return redirect(f"{request.path.rsplit('/step/', 1)[0]}/" + (f"?{back}" if back else ""))


@login_required
def evidence_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo of a problem, for those who see the problem."""
    piece = IssueEvidence.objects.filter(pk=pk, issue__in=_base(request)).exclude(file="").first()
    if piece is None:
        raise Http404
    return FileResponse(piece.file.open("rb"))


@login_required
def report_photo(request: HttpRequest, code: str) -> HttpResponse:
    """A villager's photo, for those who see the report."""
    report = seen.reports(request.user).filter(code=code).exclude(photo="").first()
    if report is None:
        raise Http404
    return FileResponse(report.photo.open("rb"))


@login_required
@require_POST
def take_up(request: HttpRequest, code: str) -> HttpResponse:
    """A villager's report becomes a problem with an owner and a deadline."""
    report = _reports(request).filter(code=code).first()
    if report is None:
        raise Http404
    try:
        row = actions.open_from_report(report, by=request.user)
    except (actions.Refused, ValueError) as refused:
        messages.error(request, _("没有交办：%s") % refused)
        return redirect("/issues/?reports=1")
    messages.success(request, _("已交办，编号 %s。") % row.key)
    return redirect("issue", row.key)


@login_required
@require_POST
def decide_finding(request: HttpRequest, pk: int) -> HttpResponse:
    """A named person says whether a finding holds; if it does, it may be handed to its owner at once."""
    finding = seen.findings(request.user).filter(pk=pk).first()
    if finding is None:
        raise Http404
    holds = request.POST.get("holds") == "1"
    reason = request.POST.get("reason", "").strip()
    try:
        finding_actions.decide(
            finding, holds, by=request.user, reason=reason, dismissed_for=request.POST.get("dismissed_for", "")
        )
        if holds and rights.may(request.user, "open_issue", path=finding.facility.place.path):
            row = actions.open_from_finding(finding, by=request.user)
            messages.success(request, _("已确认并交办，编号 %s。") % row.key)
            return redirect("issue", row.key)
        messages.success(request, _("已确认。") if holds else _("已记下：这个判断不成立。规则留着这条记录。"))
    except (actions.Refused, ValueError) as refused:
        messages.error(request, str(refused))
    if request.POST.get("at") == "finding":
        return redirect("finding", finding.pk)
    return redirect("facility", finding.facility.key)
