"""协同度: which units took part on time, village by village, who is late, and how it goes with the effect."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.indicator import Degree, Observed, Relation, Took, by_unit, coordination_rule
from qingxi.origin import Ref
from qingxi_office.coordination import actions
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

from . import seen, sheet
from .coordination_facts import effect_words, facts, observed, proxy_words, related
from .geo import county_layers
from .scatter import scatter
from .still import still_map
from .table import Column, Listed, export, table

# Low, middling, high, on the still map and its legend; what is unknown is hatched.
FILLS = ((0.6, "#e0906f"), (0.85, "#f2d88f"), (1.01, "#8cc9b6"))


def degree_chip(d: Degree) -> State:
    if d.value is None:
        return State("unknown", _("到期的太少"))
    if d.value >= FILLS[1][0]:
        return State("good", f"{d.value:.0%}")
    return State("watch" if d.value >= FILLS[0][0] else "bad", f"{d.value:.0%}")


def step_words() -> dict[str, str]:
    return {
        "survey": _("现状调查"), "planning_opinion": _("规划意见"), "land": _("用地意见"), "road_decision": _("修路与管网同步的答复"),
        "funds": _("资金到位"), "acceptance": _("竣工验收"), "hand_over": _("资产移交"), "operation": _("每月巡查"), "problem": _("问题整改"),
        "meeting": _("到会"), "task": _("会议任务"), "duty": _("明确责任人"),
    }  # fmt: skip


def _took(took: Took) -> State:
    return {
        Took.ON_TIME: State("good", _("按时")), Took.LATE: State("watch", _("迟做")), Took.MISSED: State("bad", _("没有做")),
        Took.NOT_DUE: State("plain", _("未到期")),
    }[took]  # fmt: skip


@dataclass
class _Row:
    pk: int
    code: str
    name: str
    town: str
    d: Degree


def _columns() -> list[Column]:
    return [
        Column("name", _("村"), lambda r: r.name),
        Column("code", _("村码"), lambda r: r.code, shown=False, always=True),
        Column("town", _("乡镇"), lambda r: r.town, quiet=True),
        Column("degree", _("协同度"), lambda r: None if r.d.value is None else round(r.d.value, 4), show=lambda r: degree_chip(r.d)),
        Column("due", _("到期应参与"), lambda r: r.d.due, num=True),
        Column("on_time", _("按时"), lambda r: r.d.on_time, num=True),
        Column("late", _("迟做"), lambda r: r.d.late, num=True),
        Column("missed", _("没有做"), lambda r: r.d.missed, num=True),
    ]  # fmt: skip


@login_required
def coordination(request: HttpRequest) -> HttpResponse:
    user, asked, today = request.user, request.GET, clock.today()
    known = facts(user, today)
    every = [_Row(n, c, v.name, v.township, known.degrees[c]) for n, (c, v) in enumerate(known.here.items())]
    town = asked.get("township", "")
    rows = [r for r in every if not town or known.here[r.code].township_code == town]
    rows.sort(key=lambda r: (r.d.value is None, r.d.value or 0.0, r.code))
    held = {r.pk: r for r in rows}
    source = Listed([r.pk for r in rows], lambda pks: {pk: held[pk] for pk in pks})
    columns = _columns()
    if asked.get("as") in sheet.FORMATS:
        return export(request, "协同度", columns, source)
    effects = effect_words()
    effect = asked.get("effect", "months") if asked.get("effect", "months") in effects else "months"
    points = observed(user, known, effect)
    found = related(points)
    rule = coordination_rule()
    counted = defaultdict(int)
    for part in known.parts:
        counted[part.step] += 1
    words = step_words()
    towns = _towns(every, known)
    return render(
        request,
        "site/coordination.html",
        {
            "answer": _answer(every), "slow": by_unit(known.parts, today)[:20], "towns_table": towns,
            "table": table(request, columns, source, total=len(rows), href=lambda r: reverse("coordination_village", args=[r.code]), label=_("各村协同度")),
            "towns": sorted({(v.township_code, v.township) for v in known.here.values() if v.township_code}), "asked": asked,
            "steps": [(words.get(s.id, s.name), s.weight, counted[s.id], s.from_books, s.id in rule.apart) for s in rule.steps.values()],
            "legend": list(zip((f for _top, f in FILLS), (_("不到 60%"), _("60% 到 85%"), _("85% 以上")), strict=True)),
            "rule": rule, "relation": _told(found, effects[effect][0]), "found": found, "effect": effect, "effects": effects.items(),
            "proxies": proxy_words().values(), "without": _without(found, known), "terms": [(_named(x.name), x) for x in found.terms],
            "missing": [(_named(name), n) for name, n in found.missing.items()], "picture": _picture(points, found, effects[effect][0]), "today": today,
            "may": rights.may(user, "record_step"),
        },
    )  # fmt: skip


def _answer(rows: list[_Row]) -> str:
    known = sorted((r.d.value, r.name) for r in rows if r.d.value is not None)
    if not rows:
        return _("没有可看的村。")
    if not known:
        return _("%(n)d 个村里，到期的步骤都太少，还说不出协同度。") % {"n": len(rows)}
    middle = known[len(known) // 2][0]
    low = sum(v < FILLS[0][0] for v, _n in known)
    return _("%(k)d 个村算得出协同度，居中的是 %(m)s；%(low)d 个村不到六成，%(u)d 个村到期的步骤太少。") % {
        "k": len(known), "m": f"{middle:.0%}", "low": low, "u": len(rows) - len(known),
    }  # fmt: skip


def _towns(rows: list[_Row], known: Any) -> list[tuple[str, str, int, int, str]]:
    """Townships: code, name, villages with a degree, villages, share of parts on time; the lowest first."""
    own: dict[tuple[str, str], list[Degree]] = defaultdict(list)
    for r in rows:
        v = known.here[r.code]
        own[v.township_code, v.township].append(r.d)
    out = []
    for (code, name), ds in own.items():
        due, on = sum(d.due for d in ds), sum(d.on_time for d in ds)
        out.append(
            (on / due if due else 2.0, code, name, sum(d.value is not None for d in ds), len(ds), f"{on}/{due}")
        )
    return [row[1:] for row in sorted(out)]


def _without(found: Relation, known: Any) -> list[tuple[str, float]]:
    """The slope without each township, by the township's name."""
    names = {v.township_code: v.township for v in known.here.values()}
    return [(names.get(code, code), slope) for code, slope in found.by_township]


def _named(name: str) -> str:
    """A term of the relation in the reader's language; the proxies are called so already."""
    return {"协同度": _("协同度"), "成效": _("成效")}.get(name, name)


def _points(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")


def _told(found: Relation, effect: str) -> str:
    """The relation as a sentence: an association with its interval; "" where nothing may be said."""
    if found.slope is None or found.slope_low is None or found.slope_high is None:
        return ""
    said = _(
        "%(n)d 个村放在一起看，其他情况相近时，协同度高十个百分点的村，“%(effect)s”平均相差 %(s)s 个百分点（95%% 区间 %(a)s 到 %(b)s）。"
    ) % {
        "n": found.n, "effect": effect, "s": _points(found.slope), "a": _points(found.slope_low),
        "b": _points(found.slope_high),
    }  # fmt: skip
    return said + (_("区间含零，方向都说不准。") if found.open else "")


def _picture(points: list[Observed], found: Relation, effect: str) -> Any:
    """Villages as points, the adjusted slope as a line through their means with the band of its interval."""
    known = [(p.degree, p.effect, p.village) for p in points if p.degree is not None and p.effect is not None]
    if len(known) < 3:
        return None
    line: list[tuple[float, float, float, float]] = []
    if found.slope is not None and found.slope_low is not None and found.slope_high is not None:
        mx, my = sum(p[0] for p in known) / len(known), sum(p[1] for p in known) / len(known)
        left, right = min(p[0] for p in known), max(p[0] for p in known)
        for k in range(21):
            at = left + (right - left) * k / 20
            ends = sorted(my + s / 10 * (at - mx) for s in (found.slope_low, found.slope_high))
            line.append((at, my + found.slope / 10 * (at - mx), ends[0], ends[1]))
    return scatter(
        known, line, x_word=_("协同度"), y_word=effect,
        alt=_("%d 个村的协同度和成效；线是控制其他情况后的斜率，带是它的 95%% 区间") % len(known),
    )  # fmt: skip


@login_required
def coordination_map(request: HttpRequest) -> HttpResponse:
    """The villages coloured by degree, as SVG: the same as the table."""
    known = facts(request.user, clock.today())
    layers = county_layers(request.user)
    for row in layers.get("villages", {}).get("features", []):
        d = known.degrees.get(row["properties"]["code"])
        value = d.value if d else None
        row["properties"]["fill"] = "url(#h)" if value is None else next(f for top, f in FILLS if value < top)
    for name in ("stations", "plants", "houses", "clashes"):
        layers.pop(name, None)
    return HttpResponse(still_map(layers), content_type="image/svg+xml")


@login_required
def coordination_village(request: HttpRequest, code: str) -> HttpResponse:
    user, today = request.user, clock.today()
    record = seen.villages(user).filter(place__code=code).first()
    if record is None:
        raise Http404
    place = record.place
    typed: dict[str, str] = {}
    wrong: list[str] = []
    if request.method == "POST":
        rights.check(user, "record_step", path=place.path)
        typed, wrong = _record(request, place)
        if not wrong:
            messages.success(request, _("记下了。"))
            return redirect("coordination_village", code)
    d = facts(user, today).degrees[code]
    words, rule = step_words(), coordination_rule()
    lines = sorted(d.lines, key=lambda line: (line[1] in (Took.ON_TIME, Took.NOT_DUE), -line[0].due_on.toordinal()))
    return render(
        request,
        "site/coordination_village.html",
        {
            "place": place, "d": d, "chip": degree_chip(d), "rule": rule, "today": today, "wrong": wrong, "typed": typed,
            "lines": [(p, _took(t), words.get(p.step, p.step), rule.steps[p.step].weight, _page(p.ref)) for p, t in lines],
            "steps": [(s.id, words.get(s.id, s.name)) for s in rule.steps.values()],
            "units": list(Unit.objects.filter(valid_to=None).order_by("name").values_list("name", flat=True)),
            "may": rights.may(user, "record_step", path=place.path),
        },
        status=400 if wrong else 200,
    )  # fmt: skip


def _page(ref: Ref) -> str:
    """Where the record that says so is looked at; "" for one without a page of its own."""
    if ref.kind in ("meeting", "village", "facility", "issue", "project", "clash_letter"):
        return reverse(ref.kind, args=[ref.id])
    return ""


def _record(request: HttpRequest, place: Any) -> tuple[dict[str, str], list[str]]:
    """Keep one part from the form; what was typed and what is wrong with it, all at once."""
    typed = {k: request.POST.get(k, "").strip() for k in ("step", "unit", "due_on", "done_on", "document", "note")}
    wrong: list[str] = []
    days: dict[str, dt.date | None] = {}
    for name, word in (("due_on", _("应完成日期")), ("done_on", _("完成日期"))):
        try:
            days[name] = dt.date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            days[name] = None
            wrong.append(_("%(w)s“%(v)s”不是日期，写成 2026-05-01。") % {"w": word, "v": typed[name]})
    unit = Unit.objects.filter(name=typed["unit"], valid_to=None).first()
    if unit is None:
        wrong.append(_("单位名录里没有“%s”，请选全称，或先在机构里登记。") % typed["unit"])
    faults = actions.judge_step(typed["step"], days["due_on"], days["done_on"], typed["document"], clock.today())
    wrong += [f"{f.rule}，{f.remedy}。" for f in faults]
    if not wrong and unit is not None:
        actions.record_step(
            place, typed["step"], unit, days["due_on"], by=request.user, done_on=days["done_on"], document=typed["document"],
            note=typed["note"],
        )  # fmt: skip
    return typed, wrong
