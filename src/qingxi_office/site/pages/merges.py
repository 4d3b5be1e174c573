"""Records that are one thing twice: proposed pairs, two side by side, one deed, and its way back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.keepings import actions, queries
from qingxi_office.keepings.actions.references import counts
from qingxi_office.people import rights
from qingxi_office.places.queries import under
from qingxi_office.site import recycling
from qingxi_office.site.attaching import href

_SHOWN = 60


def _officer(request: HttpRequest) -> None:
    if not rights.may(request.user, "merge"):
        raise Http404


@login_required
def merges(request: HttpRequest) -> HttpResponse:
    """Pairs worth a look, and what was merged before."""
    _officer(request)
    kind = request.GET.get("kind", "facility")
    if kind not in recycling.TWINS:
        raise Http404
    twins = recycling.TWINS[kind]
    found = recycling.proposed(request.user, kind)
    keys = {key for pair in found[:_SHOWN] for key in (pair.first, pair.second)}
    rows = {row.key: row for row in twins.rows(request.user).filter(key__in=keys)}
    done = queries.merges().filter(under(request.user.scope.path, "place_path"))[:30]
    return render(
        request, "site/merges.html",
        {
            "kind": kind, "word": twins.word, "kinds": [(k, t.word) for k, t in recycling.TWINS.items()], "n": len(found),
            "pairs": [(pair, rows[pair.first], rows[pair.second]) for pair in found[:_SHOWN]], "done": done,
        },
    )  # fmt: skip


@login_required
def merge(request: HttpRequest, kind: str, first: str, second: str) -> HttpResponse:
    """Two records side by side; choose which stays, and each field's value."""
    _officer(request)
    twins = recycling.TWINS.get(kind)
    rows = {row.key: row for row in twins.rows(request.user).filter(key__in=[first, second])} if twins else {}
    if twins is None or len(rows) != 2:
        raise Http404
    if request.method == "POST":
        asked = request.POST
        if asked.get("do") == "two":
            actions.not_twins(kind, first, second, by=request.user)
            messages.success(request, _("记下了：这是两处，不再提示。"))
            return redirect(reverse("merges") + f"?kind={kind}")
        kept = asked.get("kept", first)
        gone = second if kept == first else first
        if kept not in rows:
            raise Http404
        taken = {name for name in twins.fields if asked.get(f"field:{name}") == gone}
        try:
            recycling.merge(request.user, kind, kept, gone, taken, asked.get("why", ""))
        except ValueError as error:
            messages.error(request, _("没有合并：%s") % error)
            return redirect(request.path)
        messages.success(request, _("已合并，旧编号仍查得到。在“合并过的”里可以拆开。"))
        return redirect(href(kind, kept) or reverse("merges") + f"?kind={kind}")
    a, b = rows[first], rows[second]
    fields = [(name, _word(a, name), _shown(a, name), _shown(b, name)) for name in twins.fields]
    return render(
        request, "site/merge.html",
        {
            "kind": kind, "word": twins.word, "a": a, "b": b, "differ": [row for row in fields if row[2] != row[3]],
            "same": [row for row in fields if row[2] == row[3] and row[2]],
            "hangs": [(row, sum(counts(row, twins.texts, row.key).values())) for row in (a, b)],
        },
    )  # fmt: skip


def _word(row: Any, name: str) -> str:
    """The field's word on the page."""
    return {
        "name": _("名称"), "place": _("所在村"), "process": _("工艺"), "design_m3_d": _("设计规模 m³/d"), "lon": _("经度"), "lat": _("纬度"),
        "commissioned": _("投运"), "owner": _("产权"), "owner_unit": _("产权单位"), "operator": _("运维"), "operator_unit": _("运维单位"),
        "discharge_class": _("执行标准"), "power_account": _("用电户号"), "status": _("现状"), "households_connected": _("接入户数"),
        "evidence": _("证据"), "mn": _("设备编码"), "note": _("备注"), "hamlet": _("自然村"), "people_registered": _("户籍人口"),
        "people_resident": _("常住人口"), "people_festival": _("春节人口"), "toilet": _("厕所"), "door": _("门牌"), "connected": _("接户"), "separated": _("黑灰水分开"),
    }.get(name, name)  # fmt: skip


def _shown(row: Any, name: str) -> str:
    told = getattr(row, f"get_{name}_display", None)
    value = told() if told else getattr(row, name)
    return "" if value is None else str(value)


@login_required
@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Two again, as long as nothing new hangs on it."""
    _officer(request)
    row = queries.merges().filter(under(request.user.scope.path, "place_path"), pk=pk).first()
    if row is None:
        raise Http404
    try:
        recycling.undo_merge(request.user, row)
    except ValueError as error:
        messages.error(request, _("没有拆开：%s") % error)
    else:
        messages.success(request, _("拆开了，两条记录都回到合并之前。"))
    return redirect(reverse("merges") + f"?kind={row.kind}")
