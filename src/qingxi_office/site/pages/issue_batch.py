"""One step for many problems of the ledger: chosen from the list as it is filtered, tried first, then done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingxi.issue import TRANSITIONS, Step
from qingxi_office.issues import actions
from qingxi_office.issues.law import PARTS
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import issue_list, seen
from .case import dress
from .deeds import day
from .issue_deeds import unit_names
from .issue_forms import unit_named


def word(step: Step) -> str:
    """The step in the reader's language; on the page of one case it stands as the law has it."""
    return {
        Step.RECEIVE: _("签收"), Step.REASSIGN: _("转办"), Step.EXTEND: _("延期"), Step.ARCHIVE: _("归档"),
    }[step]  # fmt: skip


def step_for(request: HttpRequest) -> Step:
    """The step asked for; receiving when none is named."""
    name = request.GET.get("step", Step.RECEIVE.name)
    found = next((s for s in actions.MANY if s.name == name), None)
    if found is None:
        raise Http404
    return found


def waiting(user: Any, step: Step) -> Q:
    """Problems whose state and parts let this person's unit take the step; what else is against it, the law says."""
    change, whole = TRANSITIONS[step], Q(pk__in=[])
    for role in change.roles:
        whole |= Q(**{f"{PARTS[role]}_id": user.unit_id or 0})
    return Q(state__in=[s.value for s in change.sources]) & whole


@login_required
def issue_batch(request: HttpRequest) -> HttpResponse:
    """Choose, try, do. The address carries the ledger's own filter."""
    user, step, today = request.user, step_for(request), clock.today()
    rights.check(user, "step_issue")
    asked = request.GET.copy()
    if step is Step.ARCHIVE:
        asked["closed"] = "1"
    rows = seen.issues(user).filter(issue_list.narrowed(user, asked, today)).filter(waiting(user, step)).distinct()
    found = list(rows.order_by("due_on", "key")[: actions.MOST + 1])
    more = len(found) > actions.MOST
    found = found[: actions.MOST]
    dress(found, today)
    said, tried, done = request.POST, False, False
    picked = set(said.getlist("key")) if request.method == "POST" else set()
    if request.method != "POST" and step in (Step.RECEIVE, Step.ARCHIVE):
        picked = {r.key for r in found}  # more time and another unit are given to named ones
    why: dict[str, str] = {}
    if request.method == "POST":
        try:
            unit = unit_named(said.get("unit", "")) if step is Step.REASSIGN else None
            came = actions.take_many(
                [r for r in found if r.key in picked], step, by=user, note=said.get("note", "").strip(),
                paper=said.get("paper", ""), due_on=day(said["due_on"]) if said.get("due_on") else None, rectifier=unit,
                dry="go" not in said,
            )  # fmt: skip
        except (actions.Refused, ValueError) as refused:
            messages.error(request, _("没有办成：%s") % refused)
        else:
            tried, done = True, "go" in said
            why = {one.row.key: one.why for one in came}
            if done:
                messages.success(
                    request,
                    _("办了 %(n)d 件，每件都留了痕；没有办成 %(m)d 件，原因见下。")
                    % {"n": sum(not w for w in why.values()), "m": sum(bool(w) for w in why.values())},
                )
    lines = [(r, r.key in picked, why.get(r.key, ""), r.key in why) for r in found]
    many = len(found)
    return render(
        request, "site/issue_batch.html",
        {
            "step": step, "step_word": word(step), "steps": [(s, word(s)) for s in actions.MANY], "lines": lines, "many": many, "more": more, "most": actions.MOST, "said": said,
            "tried": tried, "done": done, "good": sum(not w for w in why.values()), "bad": sum(bool(w) for w in why.values()),
            "needs_why": step in (Step.REASSIGN, Step.EXTEND), "paper": "、".join(TRANSITIONS[step].evidence),
            "units": unit_names() if step is Step.REASSIGN else [], "query": request.GET.urlencode(), "today": today,
        },
    )  # fmt: skip
