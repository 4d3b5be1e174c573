"""受纳水体: what the water below the outfall was before and is now, point by point, and no more than the samples say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.indicator import WaterChange, WaterValue, water_change
from qingxi.standard import load_table
from qingxi_office.coordination import actions
from qingxi_office.coordination.actions import WATER_QUANTITIES
from qingxi_office.coordination.queries import water_samples
from qingxi_office.design.parts import State
from qingxi_office.facilities.models import SamplingPoint
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen, sheet

_WATER = (SamplingPoint.Kind.ABOVE, SamplingPoint.Kind.BELOW, SamplingPoint.Kind.DITCH, SamplingPoint.Kind.WELL)


def quantity_words() -> dict[str, str]:
    return {
        "cod": _("化学需氧量"), "codmn": _("高锰酸盐指数"), "nh3n": _("氨氮"), "tp": _("总磷"), "do": _("溶解氧"),
    }  # fmt: skip


def _verdict(change: WaterChange) -> State:
    if change.verdict == "变好":
        return State("good", _("变好"))
    if change.verdict == "变差":
        return State("bad", _("变差"))
    if change.verdict == "看不出变化":
        return State("plain", _("看不出变化"))
    return State("unknown", _("次数不够"))


@dataclass
class Line:
    """One quantity of one point."""

    point: Any
    since: dt.date | None
    word: str
    change: WaterChange | None
    chip: State


def _lines(user: Any) -> list[Line]:
    """Every point of the receiving water with every quantity that was measured; those with nothing stand too."""
    points = list(seen.sampling_points(user).filter(kind__in=_WATER, closed_on=None).order_by("place__code", "key"))
    values: dict[tuple[int, str], list[WaterValue]] = defaultdict(list)
    for s in water_samples(user).select_related(None).order_by("sampled_on"):
        values[s.point_id, s.quantity].append(WaterValue(s.sampled_on, s.value, str(s.pk)))
    above = {p.facility_id: p.pk for p in points if p.kind == SamplingPoint.Kind.ABOVE and p.facility_id}
    words = quantity_words()
    out = []
    for p in points:
        since = p.facility.commissioned if p.facility else None
        measured = [q for q in words if (p.pk, q) in values]
        for q in measured:
            up = values.get((above.get(p.facility_id or 0, 0), q), []) if p.kind == SamplingPoint.Kind.BELOW else []
            change = water_change(q, values[p.pk, q], since, up) if since else None
            chip = _verdict(change) if change else State("unknown", _("不知道哪天投运"))
            out.append(Line(p, since, words[q], change, chip))
        if not measured:
            out.append(Line(p, since, "", None, State("unknown", _("没有采过"))))
    return out


@login_required
def receiving(request: HttpRequest) -> HttpResponse:
    lines = _lines(request.user)
    if request.GET.get("as") in sheet.FORMATS:
        head = [
            "采样点",
            "编号",
            "村",
            "类别",
            "投运",
            "指标",
            "前 n",
            "前中位",
            "前类别",
            "后 n",
            "后中位",
            "后类别",
            "差",
            "低",
            "高",
            "p",
            "判断",
            "说明",
        ]
        return sheet.answer(request, "受纳水体", head, [_plain(line) for line in lines])
    return render(
        request,
        "site/receiving.html",
        {
            "lines": lines, "answer": _answer(lines), "today": clock.today(), "least": int(load_table("coordination")["water.least_n"]),
            "may": rights.may(request.user, "record_water"),
        },
    )  # fmt: skip


def _plain(line: Line) -> list[Any]:
    p, c = line.point, line.change
    head: list[Any] = [p.name, p.key, p.place.name, p.get_kind_display(), line.since, line.word]
    if c is None:
        return [*head, *[""] * 10, line.chip.word, ""]
    numbers: list[Any] = [
        c.n_before,
        c.before,
        c.class_before,
        c.n_after,
        c.after,
        c.class_after,
        c.shift,
        c.low,
        c.high,
        c.p,
    ]
    return [*head, *("" if x is None else x for x in numbers), c.verdict, "；".join(c.remarks)]


def _answer(lines: list[Line]) -> str:
    points = {line.point.pk for line in lines}
    if not points:
        return _("还没有登记受纳水体的采样点。")
    told = [line.change for line in lines if line.change and line.change.shift is not None]
    if not told:
        return _("%(n)d 个采样点，治理前后的样品都还不够比较。") % {"n": len(points)}
    better, worse = sum(c.verdict == "变好" for c in told), sum(c.verdict == "变差" for c in told)
    return _("%(n)d 个采样点里够比较的有 %(k)d 项：%(a)d 项变好，%(b)d 项变差，%(c)d 项看不出变化。") % {
        "n": len(points), "k": len(told), "a": better, "b": worse, "c": len(told) - better - worse,
    }  # fmt: skip


@login_required
def receiving_point(request: HttpRequest, key: str) -> HttpResponse:
    user = request.user
    point = seen.sampling_points(user).filter(key=key, kind__in=_WATER).first()
    if point is None:
        raise Http404
    typed: dict[str, str] = {}
    wrong: list[str] = []
    if request.method == "POST":
        rights.check(user, "record_water", path=point.place.path)
        typed = {
            k: request.POST.get(k, "").strip() for k in ("sampled_on", "laboratory", "report", *WATER_QUANTITIES)
        }
        wrong = _record(user, point, typed)
        if not wrong:
            messages.success(request, _("记下了。"))
            return redirect("receiving_point", key)
    words = quantity_words()
    lines = [line for line in _lines(user) if line.point.pk == point.pk]
    samples = water_samples(user).filter(point=point).order_by("-sampled_on", "quantity")[:200]
    return render(
        request,
        "site/receiving_point.html",
        {
            "point": point, "lines": lines, "samples": [(s, words.get(s.quantity, s.quantity)) for s in samples], "typed": typed,
            "wrong": wrong, "fields": [(q, word, typed.get(q, "")) for q, word in words.items()],
            "may": rights.may(user, "record_water", path=point.place.path),
            "since": point.facility.commissioned if point.facility else None,
        },
        status=400 if wrong else 200,
    )  # fmt: skip


def _record(user: Any, point: Any, typed: dict[str, str]) -> list[str]:
    """Keep one sampling; every wrong thing at once."""
    wrong, values = [], {}
    try:
        day = dt.date.fromisoformat(typed["sampled_on"])
    except ValueError:
        day = None
    words = quantity_words()
    for q in WATER_QUANTITIES:
        if typed[q]:
            try:
                values[q] = float(typed[q].replace("，", ".").replace(",", ""))
            except ValueError:
                wrong.append(_("%(w)s“%(v)s”不是数，照化验单填。") % {"w": words[q], "v": typed[q]})
    try:
        if not wrong:
            actions.record_water(
                point, day, values, by=user, laboratory=typed["laboratory"], report=typed["report"]
            )
        elif day is None:
            wrong.append(_("要有采样日期，照化验单填。"))
    except actions.Refused as refused:
        wrong += [f"{f.rule}，{f.remedy}。" for f in refused.faults]
    return wrong
