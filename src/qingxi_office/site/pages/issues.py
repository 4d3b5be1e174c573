"""The problem ledger: which problems are late, and what keeps this one open?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from qingxi.issue import TRANSITIONS, Step, possible
from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.asking import ask, ask_one
from qingxi_office.findings import actions as finding_actions
from qingxi_office.issues import actions
from qingxi_office.issues.law import PARTS, as_issue
from qingxi_office.issues.models import IssueEvidence, IssueRecord
from qingxi_office.people import rights
from qingxi_office.site.publishing import publish_issue
from qingxi_office.trail import clock

from . import seen, sheet
from .approvals import before_second
from .case import FORWARD, case_of, dress
from .home import reports_waiting
from .tally import working_days

PAGE = 24
_MENU = (
    ("klass", _lazy("类别")),
    ("source", _lazy("来源")),
    ("rectifier", _lazy("整改责任")),
    ("state", _lazy("到哪一步")),
)


def _base(request: HttpRequest) -> Any:
    return seen.issues(request.user)


def _light(user: Any) -> list[Any]:
    """Every problem seen by what the ledger filters and counts by, in its order. One query."""
    return ask(
        user,
        lambda u, _at: seen.issues(u).order_by("due_on", "key").values_list(
            "pk", "state", "is_open", "due_on", "found_on", "closed_on", "klass", "source", "rectifier_id", "lead_id", "verifier_id",
            "closer_id", "raiser_id", "rectifier__name", "place__path", "place__level", "place__code", "place__name", "place__parent__code",
            "place__parent__name", named=True,
        ),
    )  # fmt: skip


def _read(user: Any, pks: Sequence[int]) -> list[IssueRecord]:
    """These problems with their places and units, in this order."""
    held: dict[int, IssueRecord] = {}
    for at in range(0, len(pks), 500):
        rows = ask(
            user, lambda u, at: seen.issues(u).filter(pk__in=at.pks).order_by(), pks=list(pks[at : at + 500])
        )
        held |= {row.pk: row for row in rows}
    return [held[pk] for pk in pks if pk in held]


def _waits_for(user: Any, rows: list[Any]) -> set[int]:
    """Problems whose next step forward is this person's unit's to take.

    What stands open hangs on the state and on the unit's roles alone (qingxi.issue.possible): asked once for each pair.
    """
    if not user.unit_id or not rights.may(user, "step_issue"):
        return set()
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows:
        roles = [field for field in PARTS.values() if getattr(row, f"{field}_id") == user.unit_id]
        if roles:
            alike[row.state, *roles].append(row.pk)
    first = _read(user, [pks[0] for pks in alike.values()])
    prefetch_related_objects(first, "evidence")
    waiting = {
        row.pk for row in first if any(step in FORWARD for step in possible(as_issue(row, ()), user.unit.name))
    }
    return {pk for pks in alike.values() if pks[0] in waiting for pk in pks}


def _filtered(request: HttpRequest) -> tuple[list[Any], dict[str, int], list[Any]]:
    """What was asked for, how many of each sort there are, and all of them."""
    asked, today = request.GET, clock.today()
    rows = _light(request.user)
    open_rows = [r for r in rows if r.is_open]
    waiting = _waits_for(request.user, open_rows)
    counts = {
        "open": len(open_rows),
        "late": sum(bool(r.due_on and r.due_on < today) for r in open_rows),
        "today": sum(r.due_on == today for r in open_rows),
        "mine": len(waiting),
        "closed": len(rows) - len(open_rows),
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
        found = [r for r in found if f"/{township}/" in f"/{r.place__path}"]
    for key, _word in _MENU:
        if value := asked.get(key, ""):
            found = [r for r in found if _menu_value(r, key) == value]
    return found, counts, rows


def _menu_value(row: Any, key: str) -> str:
    return (row.rectifier__name or "没有责任单位") if key == "rectifier" else str(getattr(row, key))


def _town(row: Any) -> tuple[str, str]:
    if row.place__level in ("township", "county"):
        return row.place__code, row.place__name
    return row.place__parent__code, row.place__parent__name


@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    return _ledger(request, None)


@login_required
def issue(request: HttpRequest, key: str) -> HttpResponse:
    row = ask_one(request.user, lambda u, at: seen.issues(u).filter(key=at.key)[:1], key=key)
    if row is None:
        raise Http404
    return _ledger(request, row)


def _ledger(request: HttpRequest, chosen: IssueRecord | None) -> HttpResponse:
    today = clock.today()
    user = request.user
    light, counts, every = _filtered(request)
    if request.GET.get("as") in sheet.FORMATS:
        found = _read(user, [r.pk for r in light])
        dress(found, today)
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
    everything = [r for r in every if r.is_open]
    towns = sorted(set(map(_town, everything)))
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
        at = next((i for i, r in enumerate(light) if r.pk == chosen.pk), 0)
        number = str(at // PAGE + 1)
    page = Paginator(light, PAGE).get_page(number)
    page.object_list = _read(user, [r.pk for r in page.object_list])
    dress(page.object_list, today)
    spent = [working_days(r.found_on, r.closed_on) for r in every if r.closed_on and r.closed_on.year == today.year]
    reports = reports_waiting(user)
    context = {
        "page": page,
        "found": len(light),
        "counts": counts,
        "towns": towns,
        "menus": menus,
        "asked": request.GET,
        "today": today,
        "now": clock.now(),
        "year_new": sum(r.found_on.year == today.year for r in every),
        "year_closed": counts["closed"],
        "year_days": round(sum(spent) / len(spent)) if spent else None,
        "reports": _reports(request) if request.GET.get("reports") else None,
        "reports_waiting": len(reports),
        "may_take_up": rights.may(request.user, "take_up_report"),
        "query": request.GET.urlencode(),
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
    pieces = []
    photo = request.FILES.get("photo")
    for group in TRANSITIONS[step].evidence:
        kind = request.POST.get(f"kind:{group}", group.split("|")[0])
        if kind not in group.split("|"):
            kind = group.split("|")[0]
        text = request.POST.get("text", "").strip() or request.POST.get("note", "").strip()
        file = photo if "照片" in kind or (photo and not pieces) else None
        # An empty hand is no evidence, and words are no photo: the law then says what lacks.
        if file is not None or (text and "照片" not in kind):
            pieces.append(actions.Piece(kind, text, file))
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
    except SecondNeeded as needed:
        return before_second(request, needed)
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
    return redirect("facility", finding.facility.key)
