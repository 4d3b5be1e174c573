"""乡镇驻地: where the sewage of each township seat goes, and whether its plant ran when somebody looked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi_office.design.parts import State
from qingxi_office.indicators.actions import note_seat
from qingxi_office.indicators.models import SeatNote
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen, sheet
from .deeds import day


def _state(note: SeatNote | None) -> State:
    if note is None:
        return State("unknown", _("没有登记"))
    if note.way == SeatNote.To.NONE:
        return State("bad", _("没有去处"))
    if note.runs is None:
        return State("unknown", _("没有看过"))
    return State("good", _("在运行")) if note.runs else State("bad", _("没有运行"))


@login_required
def figures_seats(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    if not seen.may_see(user, "figure"):
        raise Http404
    if request.method == "POST":
        return _note(request)
    towns = list(seen.places(user).filter(level="township", valid_to=None).order_by("code").defer("geometry"))
    last = {n.place_id: n for n in seen.seats(user).filter(place__in=towns, on__lte=today).order_by("on", "pk")}
    rows = [(town, last.get(town.pk), _state(last.get(town.pk))) for town in towns]
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request,
            "乡镇驻地",
            ["代码", "乡镇", "状态", "去处", "处理厂", "产权", "规模 m³/d", "哪天看的", "文件"],
            [_line(*r) for r in rows],
        )
    known = [n for _town, n, _said in rows if n is not None]
    return render(
        request, "site/figures_seats.html",
        {
            "rows": rows, "known": len(known), "served": sum(n.way != SeatNote.To.NONE for n in known), "today": today,
            "running": sum(bool(n.runs) for n in known), "looked": sum(n.runs is not None for n in known),
            "ways": SeatNote.To.choices, "mine": [t for t in towns if rights.may(user, "note_seat", path=t.path)],
        },
    )  # fmt: skip


def _line(town: Any, note: SeatNote | None, said: State) -> list[Any]:
    if note is None:
        return [town.code, town.name, said.word, "", "", "", None, None, ""]
    way = SeatNote.To(note.way).label
    return [
        town.code,
        town.name,
        said.word,
        str(way),
        note.plant,
        note.owner,
        note.design_m3_d,
        note.on,
        note.document,
    ]


def _note(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.POST
    town = seen.places(user).filter(level="township", valid_to=None, code=asked.get("township", "")).first()
    if town is None:
        raise Http404
    try:
        try:
            design = float(asked["design"]) if asked.get("design", "").strip() else None
        except ValueError:
            raise ValueError(_("规模要写成数")) from None
        note_seat(
            town, asked.get("way", ""), by=user, on=day(asked.get("on", "")), plant=asked.get("plant", ""), owner=asked.get("owner", ""),
            design_m3_d=design, runs={"yes": True, "no": False}.get(asked.get("runs", "")), document=asked.get("document", ""),
        )  # fmt: skip
    except ValueError as wrong:
        messages.error(request, _("没有记下：%s") % wrong)
    else:
        messages.success(request, _("%s 记下了。") % town.name)
    return redirect("figures_seats")
