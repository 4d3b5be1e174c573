"""Counterparts: which member of the leading group stands for which township (联系领导), all on one sheet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.place import standard_duties
from qingxi_office.people import actions, rights
from qingxi_office.people import queries as people
from qingxi_office.places.models import Duty
from qingxi_office.trail import clock

from . import seen
from .deeds import carry_out

# The standard list's own line for it: an ordinary duty of the township, so that gaps and hand-over hold for it too.
LINE = next(d for d in standard_duties() if d.matter == "联系领导")
FIELDS = ("person", "title", "unit", "phone")


def _now(user: Any, on: dt.date) -> dict[int, Duty]:
    rows = seen.duties(user).filter(matter=LINE.matter, role=LINE.role.value, subject="")
    rows = rows.exclude(valid_to__lte=on).exclude(valid_from__gt=on).order_by("valid_from", "id")
    return {row.place_id: row for row in rows}


@login_required
def pairs(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    held = _now(user, today)
    towns = list(people.places(user).filter(level="township").order_by("code"))
    if request.method == "POST":
        rights.check(user, "assign_duty")
        wanted = []
        for town in towns:
            said = {f: request.POST.get(f"{f}-{town.pk}", "").strip() for f in FIELDS}
            row = held.get(town.pk)
            was = (
                {"person": row.person, "title": row.title, "unit": row.unit_name, "phone": row.phone}
                if row
                else dict.fromkeys(FIELDS, "")
            )
            if said != was:
                wanted.append((town, row, said))

        def carry(on: dt.date, document: str) -> Any:
            with transaction.atomic():
                for town, row, said in wanted:
                    unit = said.pop("unit")
                    if row is not None and row.unit_name != unit:
                        actions.close_duty(row, by=user, on=on, document=document)
                    actions.appoint_duty(
                        town,
                        LINE.matter,
                        LINE.role.value,
                        by=user,
                        on=on,
                        document=document,
                        unit_name=unit,
                        party=LINE.party.value,
                        **said,
                    )
            return True

        if wanted:
            carry_out(request, carry, _("%d 个乡镇的联系领导改好了。") % len(wanted))
        else:
            messages.info(request, _("没有改动。"))
        return redirect("pairs")
    for town in towns:
        town.held = held.get(town.pk)  # type: ignore[attr-defined]
    return render(
        request,
        "site/pairs.html",
        {
            "towns": towns, "paired": sum(bool(t.pk in held and held[t.pk].person) for t in towns), "today": today,
            "leaders": len({row.person for row in held.values() if row.person}), "may": rights.may(user, "assign_duty"),
            "unit_names": list(people.units(user).filter(valid_to=None).exclude(kind__in=("村委会", "居委会")).order_by("name").values_list("name", flat=True)),
        },
    )  # fmt: skip
