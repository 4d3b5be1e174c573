"""双随机: the list of licensed officers and the yearly plan of checks at enterprises."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi_office.people import rights
from qingxi_office.places import queries as tree
from qingxi_office.places.models import Unit
from qingxi_office.samples import actions, law, queries
from qingxi_office.trail import clock

from .spot_checks import a_day, whole


@login_required
def officers(request: HttpRequest) -> HttpResponse:
    user, own = request.user, tree.county()
    place = user.scope or (own.place if own else None)
    if place is None:
        raise Http404
    may_run = rights.may(user, "run_sample", path=place.path)
    if request.method == "POST":
        said = request.POST
        try:
            if said.get("do") == "plan":
                actions.keep_plan(
                    whole(said.get("year")), said.get("title", ""), said.get("matter", ""), said.get("document", ""),
                    a_day(said.get("approved_on"), "批准日期"), place, by=user,
                )  # fmt: skip
                messages.success(request, _("已登记涉企检查计划。"))
            else:
                unit = Unit.objects.filter(pk=whole(said.get("unit")), valid_to=None).first()
                if unit is None:
                    raise law.Refused(["选一个单位"])
                day = a_day(said.get("valid_to"), "执法证有效期")
                actions.keep_officer(said.get("name", ""), unit, said.get("licence", ""), day, place, by=user)
                messages.success(request, _("已登记执法人员。"))
        except law.Refused as refused:
            messages.error(request, _("没有存：%s") % refused)
        return redirect("spot_officers")
    today = clock.today()
    rows = list(queries.officers(user))
    return render(
        request,
        "site/spot_officers.html",
        {
            "rows": rows, "valid": sum(o.valid_to >= today for o in rows), "plans": list(queries.plans(user)), "today": today,
            "may_run": may_run,
            "units": Unit.objects.filter(valid_to=None).exclude(kind="运维单位").order_by("name") if may_run else [],
        },
    )  # fmt: skip
