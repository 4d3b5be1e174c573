"""Electricity bills by account (用电户号): which months are there, which account belongs to no facility, which facility has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table

MONTHS = 12


@dataclass
class Account:
    """One account of the page: its facility (None: nobody's), the months that are there, kWh of each month shown."""

    number: str
    facility: Any = None
    there: int = 0
    total: float = 0.0
    due: int = MONTHS
    kwh: dict[dt.date, float] = field(default_factory=dict)
    notes: dict[dt.date, str] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        return max(self.due - self.there, 0)


def months_to(today: dt.date) -> list[dt.date]:
    """The last twelve whole months, the oldest first; the running month has no bill yet."""
    out = []
    for back in range(MONTHS, 0, -1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        out.append(dt.date(year, month + 1, 1))
    return out


def _state(a: Account) -> State:
    if a.facility is None:
        return State("watch", _("对不上设施"))
    if not a.number:
        return State("unknown", _("没有登记户号"))
    if not a.there:
        return State("unknown", _("一张电费单也没有"))
    if a.missing:
        return State("unknown", _("缺 %d 个月") % a.missing)
    return State("good", _("月月有"))


def columns(months: Sequence[dt.date]) -> list[Column]:
    return [
        Column("account", _("用电户号"), lambda a: a.number, show=lambda a: a.number or "–", always=True),
        Column("name", _("设施"), lambda a: a.facility.name if a.facility else ""),
        Column("key", _("编号"), lambda a: a.facility.key if a.facility else "", shown=False, always=True),
        Column("state", _("齐不齐"), lambda a: _state(a).word, show=_state),
        *(
            Column(f"m{n}", f"{m:%Y-%m}", lambda a, m=m: a.kwh.get(m), num=True, show=lambda a, m=m: _kwh(a.kwh.get(m), a.notes.get(m, "")))
            for n, m in enumerate(months)
        ),
        Column("total", _("合计 kWh"), lambda a: a.total, num=True),
        Column("note", _("抄表说明"), lambda a: "；".join(f"{m:%Y-%m} {said}" for m, said in sorted(a.notes.items()))),
    ]  # fmt: skip


def _kwh(value: float | None, note: str) -> str:
    mark = next((sign() for word, sign in _MARKS if word in note), "")
    return "–" if value is None else f"{value:,.0f}{mark and ' ' + mark}"


_MARKS = (("估抄", lambda: _("估")), ("换表", lambda: _("换")), ("退补", lambda: _("补")))
"""What stands behind a figure that is no plain reading."""


def _accounts(user: Any, months: Sequence[dt.date]) -> tuple[list[Account], list[Account]]:
    """Every account of this person's part: those of the register and those only bills know; and the facilities in use that
    have none. Two questions, whatever the number."""
    out: dict[str, Account] = {}
    without: list[Account] = []
    rows = seen.facilities(user).select_related(None).filter(status__in=("in_use", "trial")).order_by("key")
    for f in rows.values_list("pk", "key", "name", "power_account", "commissioned", named=True):
        if not f.power_account:
            without.append(Account("", f, due=0))
            continue
        if f.power_account not in out:
            due = sum(f.commissioned is None or m >= f.commissioned for m in months)
            out[f.power_account] = Account(f.power_account, f, due=due)
    bills = seen.bills(user).select_related(None).filter(month__gte=months[0], month__lte=months[-1]).order_by()
    for number, facility, n, total in bills.values_list("account", "facility_id").annotate(
        n=Count("pk"), total=Sum("kwh")
    ):
        account = out.setdefault(number, Account(number))
        account.there += n
        account.total += total or 0.0
        if facility is not None and account.facility is None:
            account.due = MONTHS
    owners = {a.number for a in out.values() if a.facility is None}
    if owners:
        held = dict(
            seen.bills(user).filter(account__in=owners).exclude(facility=None).values_list("account", "facility_id")
        )
        facilities = {f.pk: f for f in seen.facilities(user).filter(pk__in=set(held.values()))}
        for number, pk in held.items():
            out[number].facility = facilities.get(pk)
    return list(out.values()), without


def _rank(a: Account) -> tuple[int, int, str]:
    return (0 if a.facility is None else 1 if a.missing else 2, -a.missing, a.number)


def _asked_for(accounts: list[Account], text: str) -> list[Account]:
    """Those whose number, facility or facility's key a person looks for."""
    return [
        a
        for a in accounts
        if a.number.startswith(text)
        or (a.facility and (text in a.facility.name or a.facility.key.startswith(text)))
    ]


@login_required
def bills(request: HttpRequest) -> HttpResponse:
    if not seen.may_see(request.user, "reading"):
        raise Http404
    user, asked = request.user, request.GET
    months = months_to(clock.today())
    accounts, without = _accounts(user, months)
    lost = sum(a.facility is None for a in accounts)
    short = sum(a.facility is not None and a.missing > 0 for a in accounts)
    whole = len(accounts) - lost - short
    shown = sorted(accounts, key=_rank)
    shown = _asked_for(shown, asked.get("q", "").strip())
    which = asked.get("state", "")
    if which == "none":
        shown = _asked_for(without, asked.get("q", "").strip())
    if which in ("lost", "short", "whole"):
        place = {"lost": 0, "short": 1, "whole": 2}[which]
        shown = [a for a in shown if _rank(a)[0] == place]
    every = columns(months)
    source = Listed(list(range(len(shown))), lambda at: {n: shown[n] for n in at})

    def prepare(page: Iterable[Any]) -> None:
        known: Mapping[str, Account] = {a.number: a for a in page if a.number}
        found = (
            seen.bills(user)
            .select_related(None)
            .filter(account__in=list(known), month__gte=months[0], month__lte=months[-1])
        )
        for number, month, kwh, note in found.order_by().values_list("account", "month", "kwh", "note"):
            known[number].kwh[month] = kwh
            if note:
                known[number].notes[month] = note

    if asked.get("as") in sheet.FORMATS:
        return export(request, _("电费单"), every, source, prepare=prepare)
    listed = table(
        request, every, source, total=len(shown), label=_("电费单"), prepare=prepare,
        href=lambda a: reverse("facility", args=[a.facility.key]) + "?weeks=52" if a.facility else "",
    )  # fmt: skip
    return render(
        request, "site/bills.html",
        {
            "table": listed, "marked": any(a.notes for a in shown),
            "n": len(accounts), "lost": lost, "short": short, "whole": whole, "without": len(without),
            "from": months[0], "to": months[-1], "may_send": rights.may(user, "submit_sheet"),
        },
    )  # fmt: skip
