"""Projects and money: what is built when, paid from where, and which roads would be dug twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.asking import ask
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.site.joint_works import propose_joint_works
from qingxi_office.trail import clock

from . import seen, sheet, who

PAGE = 24


@login_required
def projects(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    rows = ask(
        user,
        lambda u, _at: seen.projects(u).order_by("year", "key")
        .values_list("pk", "year", "stage", "total_fen", "paid_fen", named=True),
    )  # fmt: skip
    years = sorted({p.year for p in rows if p.year})
    stages = Counter(p.stage for p in rows)
    found = [
        p
        for p in rows
        if (not asked.get("year") or str(p.year) == asked["year"])
        and (not asked.get("stage") or p.stage == asked["stage"])
    ]
    if asked.get("as") in sheet.FORMATS:
        full = {p.pk: p for p in seen.projects(user)}
        return sheet.answer(
            request, "项目",
            ["项目编号", "项目", "地方", "年度", "到哪一步", "业主", "总投资(元)", "已付(元)", "期限"],
            [
                [p.key, p.name, p.place.name if p.place else "", p.year, p.stage, p.owner, p.total_fen / 100, p.paid_fen / 100, p.due_on]
                for p in (full[one.pk] for one in found if one.pk in full)
            ],
        )  # fmt: skip
    page = Paginator(found, PAGE).get_page(asked.get("page"))
    page.object_list = _with_who(user, [one.pk for one in page.object_list])
    funds = ask(user, lambda u, _at: seen.funds(u))
    lots = ask(
        user,
        lambda u, _at: seen.lots(u).order_by("year", "key")
        .values_list("name", "year", "mode", "households", "cost_fen", "reason", named=True),
    )  # fmt: skip
    by_year: dict[Any, dict[str, Any]] = defaultdict(lambda: {"lots": 0, "households": 0, "cost": 0, "money": 0})
    for lot in lots:
        line = by_year[lot.year]
        line["lots"] += 1
        line["households"] += lot.households
        line["cost"] += lot.cost_fen
    for fund in funds:
        by_year[fund.year]["money"] += fund.amount_fen
    clashes = ask(user, lambda u, _at: seen.clashes(u))
    return render(
        request,
        "site/projects.html",
        {
            "page": page, "found": len(found), "all": len(rows), "years": [(str(y), str(y)) for y in years],
            "stages": [(s, f"{s} {n}") for s, n in stages.most_common()], "asked": asked,
            "total": sum(p.total_fen for p in rows), "paid": sum(p.paid_fen for p in rows),
            "lots": lots, "later": [x for x in lots if x.year is None],
            "by_year": sorted(by_year.items(), key=lambda kv: (kv[0] is None, kv[0] or 0)),
            "funds": funds, "fund_total": sum(f.amount_fen for f in funds),
            "sees_funds": rights.extent(user, "fund") is not rights.Extent.NOTHING,
            "clashes": clashes, "saved": sum(c.saved_fen for c in clashes),
            "may_propose": rights.may(user, "propose_joint_works"),
        },
    )  # fmt: skip


def _with_who(user: Any, pks: list[int]) -> list[Any]:
    """The projects of a page, in the list's order, each with who answers for it. Two queries."""
    rows = (
        {p.pk: p for p in ask(user, lambda u, at: seen.projects(u).filter(pk__in=at.pks), pks=pks)} if pks else {}
    )
    chains = {
        p.pk: [path.rstrip("/").rpartition("/")[2] for path in places.heads(p.place.path)] if p.place else []
        for p in rows.values()
    }
    answers = places.duties_for(
        (code for chain in chains.values() for code in chain), (f"project:{p.key}" for p in rows.values())
    )
    for p in rows.values():
        p.who = who.lines(answers.who(chains[p.pk], clock.today(), f"project:{p.key}", {p.owner} - {""}))[:1]  # type: ignore[attr-defined]
    return [rows[pk] for pk in pks if pk in rows]


@login_required
@require_POST
def clash_word(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to dig once; whether this person may is the action's question."""
    clash = seen.clashes(request.user).filter(pk=pk).first()
    if clash is None:
        raise Http404
    try:
        item = propose_joint_works(clash, by=request.user, note=request.POST.get("note", ""))
    except ValueError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已提出同步施工：%s。函稿拟好了，看过、改过再发。") % clash.work.name)
        if item is not None:
            at = timezone.localtime(item.meeting.begins_at)
            messages.success(
                request,
                _("也放进了 %(day)s 的“%(title)s”。") % {"day": f"{at:%m-%d %H:%M}", "title": item.meeting.title},
            )
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/projects/#clashes"
    return redirect(back)


@login_required
def project(request: HttpRequest, key: str) -> HttpResponse:
    """One project: where it stands, what it passed, its papers."""
    row = seen.projects(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    blocked = seen.issues(request.user).filter(project=row).order_by("-is_open", "due_on")
    path = row.place.path if row.place else ""
    return render(
        request, "site/project.html",
        {
            "p": row, "steps": list(row.steps.all()), "blockages": list(blocked), "today": clock.today(),
            "may_raise": rights.may(request.user, "raise_blockage", path=path),
        },
    )  # fmt: skip
