"""Putting a problem into the ledger by hand, what units ask of each other within one, its card, cases across the border."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.issue import BlockageKind, CauseGroup, ErrandKind, IssueClass, LetterKind, State, Step, causes
from qingxi_office.issues import actions
from qingxi_office.issues.actions.crossing import BadFile, case_file, reply_file
from qingxi_office.issues.letters import title as letter_title
from qingxi_office.issues.models import CrossCase, IssueErrand, IssueRecord
from qingxi_office.issues.queries import crossings, errands, letters
from qingxi_office.issues.sources import BY_HAND
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.places.queries import county
from qingxi_office.trail import clock

from . import seen
from .case import case_of, dress
from .deeds import day
from .issue_forms import place_named, unit_named

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NAMES = 300  # units offered as one types


def unit_names() -> list[str]:
    """Names of living units that a form offers."""
    return list(Unit.objects.filter(valid_to=None).order_by("id").values_list("name", flat=True)[:_NAMES])


def grouped_causes() -> list[tuple[str, list[Any]]]:
    """The causes under the short list."""
    return [(group.value, [c for c in causes() if c.group is group]) for group in CauseGroup]


def _row(request: HttpRequest, key: str) -> IssueRecord:
    row = seen.issues(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return row


@login_required
def issue_new(request: HttpRequest) -> HttpResponse:
    """Put a problem in: from any source, or what blocks a project from below."""
    rights.check(request.user, "raise_blockage")
    user, asked = request.user, request.POST or request.GET
    facility = (
        seen.facilities(user).filter(key=asked.get("facility", "").strip()).first()
        if asked.get("facility")
        else None
    )
    project = seen.projects(user).filter(key=asked.get("project", "")).first() if asked.get("project") else None
    only_blockage = not rights.may(user, "open_issue")
    blockage = only_blockage or asked.get("klass") == IssueClass.BLOCKAGE.value or project is not None
    wrong = ""
    if request.method == "POST":
        try:
            row = _open(request, facility, project, blockage)
        except (actions.Refused, ValueError) as refused:
            wrong = str(refused)
        else:
            messages.success(request, _("已登记，编号 %s。") % row.key)
            return redirect("issue", row.key)
    villages = list(seen.places(user).filter(level__in=["township", "village"]).order_by("path")[:400])
    return render(
        request, "site/issue_new.html",
        {
            "asked": asked, "wrong": wrong, "blockage": blockage, "only_blockage": only_blockage, "facility": facility,
            "project": project, "places": villages if len(villages) < 400 else [], "units": unit_names(), "sources": BY_HAND,
            "classes": [k.value for k in IssueClass if k is not IssueClass.BLOCKAGE], "causes": grouped_causes(),
            "kinds": [k.value for k in BlockageKind], "today": clock.today(),
            "stations": list(seen.facilities(user).order_by("key")[:400]) if only_blockage else [],
        },
        status=400 if wrong else 200,
    )  # fmt: skip


def _open(request: HttpRequest, facility: Any, project: Any, blockage: bool) -> IssueRecord:
    asked, user = request.POST, request.user
    if asked.get("facility") and facility is None:
        raise ValueError(f"没有编号为“{asked['facility']}”的站，或者它不归您看")
    if blockage:
        where = place_named(user, asked["place"]) if asked.get("place", "").strip() else None
        return actions.raise_blockage(
            by=user, title=asked.get("title", ""), kind=asked.get("kind", ""), against=unit_named(asked.get("rectifier", "")),
            place=where, project=project, facility=facility, detail=asked.get("detail", ""),
        )  # fmt: skip
    where = (
        facility.place
        if facility is not None and not asked.get("place", "").strip()
        else place_named(user, asked.get("place", ""))
    )
    units = {part: unit_named(asked.get(part, "")) for part in ("rectifier", "lead", "verifier", "closer")}
    return actions.open_by_hand(
        by=user, source=asked.get("source", ""), place=where, facility=facility, klass=asked.get("klass", ""),
        title=asked.get("title", ""), detail=asked.get("detail", ""), cause=asked.get("cause", ""),
        found_on=day(asked["found_on"]) if asked.get("found_on") else None,
        due_on=day(asked["due_on"]) if asked.get("due_on") else None, photo=request.FILES.get("photo"), **units,
    )  # fmt: skip


@login_required
@require_POST
def issue_receive_all(request: HttpRequest) -> HttpResponse:
    """Receive (签收) everything that was assigned to this person's unit."""
    rows = seen.issues(request.user).filter(
        is_open=True, state=State.ASSIGNED.value, rectifier_id=request.user.unit_id or 0
    )
    came = actions.take_many(list(rows[: actions.MOST]), Step.RECEIVE, by=request.user)
    refused = [one for one in came if one.why]
    if len(came) > len(refused):
        messages.success(request, _("签收了 %d 件。") % (len(came) - len(refused)))
    for one in refused[:5]:
        messages.error(request, _("%(key)s 没有签收：%(why)s") % {"key": one.row.key, "why": one.why})
    return redirect("/issues/?mine=1")


@login_required
@require_POST
def issue_do(request: HttpRequest, key: str) -> HttpResponse:
    """What is done to a problem besides its steps: ask units, say the cause, name the raiser, write to another county."""
    row, asked, user = _row(request, key), request.POST, request.user
    try:
        match asked.get("do", ""):
            case "ask":
                units = [
                    u for name in asked.get("units", "").replace("，", "、").split("、") if (u := unit_named(name))
                ]
                kind = ErrandKind.TASK if asked.get("kind") == ErrandKind.TASK.value else ErrandKind.COSIGN
                made = actions.ask_units(row, kind, units, by=user, said=asked.get("said", ""))
                messages.success(
                    request,
                    _("已请 %(n)d 个单位，%(day)s前答复。") % {"n": len(made), "day": f"{made[0].due_on:%Y-%m-%d}"},
                )
            case "classify":
                actions.classify(row, by=user, klass=asked.get("klass", ""), cause_code=asked.get("cause", ""))
                messages.success(request, _("记下了类别和原因。"))
            case "raiser":
                unit = unit_named(asked.get("unit", ""))
                if unit is None:
                    raise ValueError(_("请选单位"))
                actions.name_raiser(row, unit, by=user)
                messages.success(request, _("记下了提出单位。"))
            case "nudge":
                nudge = actions.nudge(row, by=user, said=asked.get("said", ""))
                messages.success(request, _("催了%s，留了痕；今天不再催。") % nudge.unit.name)
            case "cross":
                case = actions.draft_crossing(
                    row, by=user, other=asked.get("other", ""), text=asked.get("text", "")
                )
                return redirect("crossing", case.pk)
            case "letter":
                raise ValueError(_("函件在“提示函”里办"))
            case _:
                raise Http404
    except (actions.Refused, ValueError) as refused:
        messages.error(request, _("没有办成：%s") % refused)
    return redirect("issue", key)


@login_required
@require_POST
def errand_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's answer to what it was asked."""
    errand: IssueErrand | None = errands(request.user).filter(pk=pk).first()
    if errand is None:
        raise Http404
    agrees = {"yes": True, "no": False}.get(request.POST.get("agrees", ""))
    try:
        actions.answer_errand(errand, by=request.user, answer=request.POST.get("answer", ""), agrees=agrees)
    except actions.Refused as refused:
        messages.error(request, _("没有办成：%s") % refused)
    else:
        messages.success(request, _("答复记下了。"))
    return redirect("issue", errand.issue.key)


@login_required
def issue_card(request: HttpRequest, key: str) -> HttpResponse:
    """One problem on one sheet, to print and sign (销号卡)."""
    row = _row(request, key)
    today = clock.today()
    dress([row], today)
    return render(
        request, "site/issue_card.html", {**case_of(request.user, row, today), "today": today, "county": county()}
    )


@login_required
def letter_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter about an overdue problem as .docx in the official layout."""
    row = letters(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    to, _sep, rest = row.text.partition("：\n")
    if not rest:
        to, rest = row.unit.name if row.unit else "", row.text
    on = timezone.localdate(row.decided_at) if row.decided_at and row.state == row.State.SIGNED else row.drafted_on
    return _docx(letter_title(row.issue, LetterKind(row.kind)), to, rest, row.issuer, row.number, on)


def _docx(title: str, to: str, text: str, body: str, number: str, on: Any) -> HttpResponse:
    from qingxi.report import LetterPaper, write_letter

    paper = LetterPaper(title, to, tuple(line for line in text.split("\n") if line.strip()), body, number, on)
    with tempfile.TemporaryDirectory() as folder:
        data = write_letter(paper, Path(folder) / "letter.docx").read_bytes()
    return HttpResponse(
        data,
        content_type=DOCX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(title)}.docx"},
    )


def _case(request: HttpRequest, pk: int) -> CrossCase:
    case = crossings(request.user).filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


@login_required
def crossing_list(request: HttpRequest) -> HttpResponse:
    """Cases across the county border, and taking one in from the other county's file."""
    rights.check(request.user, "cross_county") if request.method == "POST" else None
    faults: Any = ()
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None or file.size > 1_000_000:
                raise ValueError(_("请选对方给的文件（.json，1 MB 以内）"))
            where = place_named(request.user, request.POST.get("place", ""))
            case = actions.take_in_case(
                file.read().decode("utf-8-sig", "replace"), by=request.user, place=where, file=file.name
            )
        except BadFile as bad:
            faults = bad.faults
        except (actions.Refused, ValueError) as refused:
            messages.error(request, _("没有收进：%s") % refused)
        else:
            messages.success(request, _("收进了，编号 %s。") % case.issue.key)
            return redirect("crossing", case.pk)
    rows = list(crossings(request.user).order_by("-id")[:200])
    today = clock.today()
    waiting = sum(r.state == CrossCase.State.SENT for r in rows)
    late = sum(r.state == CrossCase.State.SENT and r.reply_by is not None and r.reply_by < today for r in rows)
    return render(
        request, "site/crossings.html",
        {"rows": rows, "waiting": waiting, "late": late, "today": today, "faults": faults, "may": rights.may(request.user, "cross_county")},
        status=400 if faults else 200,
    )  # fmt: skip


@login_required
def crossing(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: send it, take its answer in, or answer it."""
    case = _case(request, pk)
    if request.method == "POST":
        try:
            _cross(request, case)
        except BadFile as bad:
            messages.error(request, _("文件有 %(n)d 处不对：%(why)s") % {"n": len(bad.faults), "why": bad})
        except (actions.Refused, ValueError) as refused:
            messages.error(request, _("没有办成：%s") % refused)
        return redirect("crossing", pk)
    today = clock.today()
    late = case.state == CrossCase.State.SENT and case.reply_by is not None and case.reply_by < today
    return render(
        request, "site/crossing.html",
        {"row": case, "today": today, "late": late, "may": rights.may(request.user, "cross_county", path=case.issue.place.path)},
    )  # fmt: skip


def _cross(request: HttpRequest, case: CrossCase) -> None:
    asked, by = request.POST, request.user
    match asked.get("do", ""):
        case "send":
            sent = actions.send_crossing(
                case, by=by, number=asked.get("number", ""), on=day(asked["on"]) if asked.get("on") else None
            )
            messages.success(request, _("记下了：函已发出，%s前等答复。") % f"{sent.reply_by:%Y-%m-%d}")
        case "file":
            file = request.FILES.get("file")
            if file is None or file.size > 1_000_000:
                raise ValueError(_("请选对方给的文件（.json，1 MB 以内）"))
            actions.take_in_reply(case, file.read().decode("utf-8-sig", "replace"), by=by, file=file.name)
            messages.success(request, _("答复收进了。"))
        case "answer":
            actions.answer_crossing(
                case, by=by, takes=asked.get("takes") == "yes", answer=asked.get("answer", ""),
                on=day(asked["on"]) if asked.get("on") else None, other_key=asked.get("other_key", ""),
                their_due_on=day(asked["their_due_on"]) if asked.get("their_due_on") else None, number=asked.get("number", ""),
            )  # fmt: skip
            messages.success(request, _("答复记下了。"))
        case _:
            raise Http404


@login_required
def crossing_paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The letter as .docx, or the file that goes with it (.json)."""
    case = _case(request, pk)
    answered = case.way == CrossCase.Way.IN
    if answered and case.state != CrossCase.State.ANSWERED:
        raise Http404
    own = county()
    body = (own.issuing_body or own.lead_department) if own else ""
    if form == "json":
        text = reply_file(case).text() if answered else case_file(case).text()
        name = f"{case.other_key or case.issue.key}-{'答复' if answered else '去函'}.json"
        return HttpResponse(
            text, content_type="application/json; charset=utf-8",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
        )  # fmt: skip
    to = f"{case.other}人民政府"
    if answered:
        return _docx(f"关于“{case.title}”的复函"[:120], to, case.answer, body, case.number, case.answered_on)
    row = case.issue
    text = f"{row.found_on.year}年{row.found_on.month}月{row.found_on.day}日，我县{row.place.name}发现：{row.title}（编号 {row.key}）。{row.detail}\n{case.text}"
    if case.reply_by:
        text += f"\n请于{case.reply_by.year}年{case.reply_by.month}月{case.reply_by.day}日前函复。"
    return _docx(case.title, to, text, body, case.number, case.sent_on or clock.today())
