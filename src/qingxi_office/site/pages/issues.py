"""The problem ledger: which problems are late, and what keeps this one open?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.issue import LINE, TRANSITIONS, Role, Step, missing, possible
from qingxi_office.design.parts import State as Chip
from qingxi_office.design.parts import Step as Station
from qingxi_office.findings import actions as finding_actions
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues import actions
from qingxi_office.issues.law import as_issue
from qingxi_office.issues.models import IssueEvidence, IssueRecord
from qingxi_office.people import rights
from qingxi_office.site.publishing import publish_issue
from qingxi_office.trail import clock

from . import seen, sheet
from .tally import working_days

PAGE = 24
# The stations of the picture: 归档 and 回头看 come after the case is closed and stand beside the line.
_STATIONS = LINE[:10]
_SHORT = {
    "整改方案": "方案",
    "整改中": "整改",
    "申请销号": "申请",
    "现场核查": "核查",
    "审核签字": "签字",
    "销号备案": "备案",
}
# Which step asks for what in plain words, as the button says it.
_FORWARD = {
    Step.RECEIVE, Step.PLAN, Step.START, Step.SELF_CHECK, Step.APPLY, Step.VERIFY, Step.SIGN, Step.PUBLISH, Step.CLOSE,
    Step.ARCHIVE,
}  # fmt: skip
_NEEDS_DATE = {Step.EXTEND, Step.SUSPEND, Step.REOPEN}
_MENU = (
    ("klass", "类别"),
    ("source", "来源"),
    ("rectifier", "整改责任"),
    ("state", "到哪一步"),
)


def _base(request: HttpRequest) -> Any:
    return seen.issues(request.user)


def _waits_for(user: Any, rows: list[IssueRecord]) -> list[IssueRecord]:
    """Problems whose next step forward is this person's unit's to take."""
    if not user.unit_id or not rights.may(user, "step_issue"):
        return []
    return [row for row in rows if any(step in _FORWARD for step in possible(as_issue(row, ()), user.unit.name))]


def _filtered(request: HttpRequest) -> tuple[list[IssueRecord], dict[str, int]]:
    asked, today = request.GET, clock.today()
    rows = list(_base(request).prefetch_related("evidence").order_by("due_on", "key"))
    open_rows = [r for r in rows if r.is_open]
    waiting = {r.pk for r in _waits_for(request.user, open_rows)}
    counts = {
        "open": len(open_rows),
        "late": sum(bool(r.due_on and r.due_on < today) for r in open_rows),
        "today": sum(r.due_on == today for r in open_rows),
        "mine": len(waiting),
        "closed": sum(not r.is_open for r in rows),
        "all": len(rows),
    }
    found = (
        rows
        if asked.get("closed") == "all"
        else [r for r in rows if not r.is_open]
        if asked.get("closed")
        else open_rows
    )
    if asked.get("late"):
        found = [r for r in found if r.is_open and r.due_on and r.due_on < today]
    if asked.get("due") == "today":
        found = [r for r in found if r.due_on == today]
    if asked.get("due") == "week":
        found = [r for r in found if r.due_on and today <= r.due_on <= today + dt.timedelta(days=7)]
    if asked.get("mine"):
        found = [r for r in found if r.pk in waiting]
    if township := asked.get("township", ""):
        found = [r for r in found if f"/{township}/" in f"/{r.place.path}"]
    for key, _word in _MENU:
        if value := asked.get(key, ""):
            found = [r for r in found if _menu_value(r, key) == value]
    return found, counts


def _menu_value(row: IssueRecord, key: str) -> str:
    if key == "rectifier":
        return row.rectifier.name if row.rectifier else "没有责任单位"
    return str(getattr(row, key))


def _township(row: IssueRecord) -> Any:
    return row.place if row.place.level in ("township", "county") else row.place.parent


def _dress(rows: list[IssueRecord], today: dt.date) -> None:
    for row in rows:
        row.town = _township(row).name  # type: ignore[attr-defined]
        row.left = working_days(today, row.due_on) if row.due_on else None  # type: ignore[attr-defined]
        row.short = row.key.rpartition("-")[2] or row.key  # type: ignore[attr-defined]


@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    return _ledger(request, None)


@login_required
def issue(request: HttpRequest, key: str) -> HttpResponse:
    row = _base(request).filter(key=key).first()
    if row is None:
        raise Http404
    return _ledger(request, row)


def _ledger(request: HttpRequest, chosen: IssueRecord | None) -> HttpResponse:
    today = clock.today()
    found, counts = _filtered(request)
    _dress(found, today)
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, "问题台账",
            ["编号", "问题", "类别", "来源", "乡镇", "行政村", "设施编号", "整改责任单位", "牵头督导单位", "核查单位", "销号单位", "发现日期", "期限", "剩余工作日", "到哪一步"],
            [
                [
                    r.key, r.title, r.klass, r.source, r.town, r.place.name, r.facility.key if r.facility else "",
                    *(unit.name if unit else "" for unit in (r.rectifier, r.lead, r.verifier, r.closer)),
                    r.found_on, r.due_on, r.left, r.state,
                ]
                for r in found
            ],
        )  # fmt: skip
    everything = list(_base(request).filter(is_open=True))
    _dress(everything, today)
    towns = sorted({(_township(r).code, r.town) for r in everything})
    menus = [
        (
            key,
            word,
            [
                (value, f"{value} {n}")
                for value, n in Counter(_menu_value(r, key) for r in everything).most_common()
            ],
        )
        for key, word in _MENU
    ]
    number = request.GET.get("page")
    if chosen is not None and number is None:
        at = next((i for i, r in enumerate(found) if r.pk == chosen.pk), 0)
        number = str(at // PAGE + 1)
    page = Paginator(found, PAGE).get_page(number)
    year = _base(request)
    closed = list(year.filter(closed_on__year=today.year).values_list("found_on", "closed_on"))
    spent = [working_days(a, b) for a, b in closed]
    context = {
        "page": page,
        "found": len(found),
        "counts": counts,
        "towns": towns,
        "menus": menus,
        "asked": request.GET,
        "today": today,
        "now": clock.now(),
        "year_new": year.filter(found_on__year=today.year).count(),
        "year_closed": counts["closed"],
        "year_days": round(sum(spent) / len(spent)) if spent else None,
        "reports": _reports(request) if request.GET.get("reports") else None,
        "reports_waiting": _reports(request).count() if seen.may_see_reports(request.user) else 0,
        "may_take_up": rights.may(request.user, "take_up_report"),
        "query": request.GET.urlencode(),
    }
    if chosen is not None:
        context.update(_case(request, chosen, today))
    return render(request, "site/issues.html", context)


def _reports(request: HttpRequest) -> Any:
    if not seen.may_see_reports(request.user):
        return PublicReport.objects.none()
    return PublicReport.objects.filter(state__in=["received", "reopened"]).order_by("-state", "received_at")


def _case(request: HttpRequest, row: IssueRecord, today: dt.date) -> dict[str, Any]:
    _dress([row], today)
    steps = list(row.steps.select_related("unit").prefetch_related("evidence"))
    law = as_issue(row, steps)
    lacks = missing(law, on=today) if row.is_open else []
    evidence = list(row.evidence.select_related("step"))
    photos = [e for e in evidence if e.file]
    user = request.user
    can = possible(law, user.unit.name) if user.unit_id and rights.may(user, "step_issue") else ()
    if row.is_open:
        forward = [s for s in can if s in _FORWARD]
    else:
        forward = []
    other = [s for s in can if s not in forward and s is not Step.MERGE]
    report = (
        PublicReport.objects.filter(code=row.report_code).first()
        if row.report_code and seen.may_see_reports(user)
        else None
    )
    return {
        "chosen": row,
        "stations": _stations(row, steps),
        "state_chip": _chip(row),
        "late_chip": _late(row, today),
        "lacks": lacks,
        "trail": list(reversed(steps)),
        "before": [e for e in photos if "前" in e.kind][:1]
        or ([_photo_of(report)] if report and report.photo else []),
        "after": [e for e in photos if "后" in e.kind][-1:],
        "papers": evidence,
        "forward": [_form(s) for s in forward],
        "other": [_form(s) for s in other],
        "roles": _roles(row, steps),
        "report": report,
        "waits_for": _next_role(law),
        "working_day": working_days(row.assigned_on, today) if getattr(row, "assigned_on", None) else None,
    }


def _photo_of(report: PublicReport) -> dict[str, Any]:
    return {"report": report, "text": _("反映时拍的")}


def _form(step: Step) -> dict[str, Any]:
    """What the page asks for with a step: only what the law asks for."""
    kinds = [kind.split("|") for kind in TRANSITIONS[step].evidence]
    return {
        "step": step,
        "word": step.value,
        "name": step.name,
        "kinds": kinds,
        "photo": any("照片" in k for group in kinds for k in group) or step in (Step.ADD, Step.VERIFY, Step.REFUSE),
        "needs_date": step in _NEEDS_DATE,
        "needs_why": step
        in (Step.REFUSE, Step.UNFOUND, Step.RETURN, Step.REASSIGN, Step.EXTEND, Step.SUSPEND, Step.REOPEN),
        "needs_unit": step is Step.REASSIGN,
    }


def _next_role(law: Any) -> str:
    for step in _FORWARD:
        change = TRANSITIONS[step]
        if law.state in change.sources and change.target is not None:
            for role in change.roles:
                if role in law.parties:
                    return f"{role.value}：{law.parties[role].unit}"
    return ""


def _stations(row: IssueRecord, steps: list[Any]) -> list[Station]:
    """The line of ten: what is done with its day, where it stands, what is to come."""
    reached: dict[str, dt.date] = {}
    for step in steps:
        if step.new in [s.value for s in _STATIONS]:
            reached[step.new] = step.on
        if step.new == "整改中" and step.old == "申请销号":  # sent back: later stations are open again
            for word in ("自验", "申请销号"):
                reached.pop(word, None)
    words = [s.value for s in _STATIONS]
    at = words.index(row.state) if row.state in words else len(words) if not row.is_open else 0
    out = []
    for i, word in enumerate(words):
        done = i <= at
        day = (
            f"{reached[word]:%m-%d}" if word in reached else ("" if i > 0 or not done else f"{row.found_on:%m-%d}")
        )
        out.append(
            Station(_SHORT.get(word, word), day, "done" if done else "now" if i == at + 1 and row.is_open else "")
        )
    return out


def _chip(row: IssueRecord) -> Chip:
    if not row.is_open:
        return Chip("good" if row.closed_on else "plain", row.state)
    if row.state in ("挂账", "退回转办"):
        return Chip("watch", row.state)
    return Chip("info", row.state)


def _late(row: IssueRecord, today: dt.date) -> Chip | None:
    if not row.is_open or row.due_on is None:
        return None
    left = row.left  # type: ignore[attr-defined]
    if left < 0:
        return Chip("bad", _("超 %d 个工作日") % -left)
    if row.due_on == today:
        return Chip("watch", _("今天到期"), "clock")
    return Chip("plain", _("%(day)s 到期，剩 %(n)d 个工作日") % {"day": f"{row.due_on:%m-%d}", "n": left})


def _roles(row: IssueRecord, steps: list[Any]) -> list[dict[str, Any]]:
    """Four boxes: the unit of each role, and the last thing it did."""
    out = []
    for role, unit in (
        (Role.RECTIFIER, row.rectifier),
        (Role.SUPERVISOR, row.lead),
        (Role.VERIFIER, row.verifier),
        (Role.CLOSER, row.closer),
    ):
        did = next((s for s in reversed(steps) if s.role == role.value), None)
        out.append({"role": role.value, "unit": unit, "did": did, "last": role is Role.CLOSER})
    return out


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
    pieces = []
    photo = request.FILES.get("photo")
    for group in TRANSITIONS[step].evidence:
        kind = request.POST.get(f"kind:{group}", group.split("|")[0])
        text = request.POST.get("text", "").strip() or request.POST.get("note", "").strip()
        pieces.append(actions.Piece(kind, text, photo if "照片" in kind or (photo and not pieces) else None))
    if not pieces and photo:
        pieces.append(actions.Piece("补充照片", request.POST.get("note", ""), photo))
    if request.POST.get("asked"):
        pieces.append(actions.Piece("反映人回访", request.POST["asked"]))
    due = request.POST.get("due_on") or None
    try:
        actions.take(
            row, step, by=request.user, evidence=pieces, note=request.POST.get("note", "").strip(),
            due_on=dt.date.fromisoformat(due) if due else None,
        )  # fmt: skip
    except (actions.Refused, ValueError) as refused:
        messages.error(
            request, _("“%(step)s”没有办成：%(why)s。别的都没有变。") % {"step": step.value, "why": refused}
        )
    else:
        messages.success(request, _("已办“%s”，留了痕。") % step.value)
        if step in (Step.PUBLISH, Step.CLOSE) and rights.may(request.user, "publish", path=row.place.path):
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
    """A villager's photo, for those who see reports."""
    if not seen.may_see_reports(request.user):
        raise Http404
    report = PublicReport.objects.filter(code=code).exclude(photo="").first()
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
        finding_actions.decide(finding, holds, by=request.user, reason=reason)
        if holds and rights.may(request.user, "open_issue", path=finding.facility.place.path):
            row = actions.open_from_finding(finding, by=request.user)
            messages.success(request, _("已确认并交办，编号 %s。") % row.key)
            return redirect("issue", row.key)
        messages.success(request, _("已确认。") if holds else _("已记下：这个判断不成立。规则留着这条记录。"))
    except (actions.Refused, ValueError) as refused:
        messages.error(request, str(refused))
    return redirect("facility", finding.facility.key)
