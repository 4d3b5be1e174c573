"""One figure: its formula in words, its lists with reasons, map, changes, definitions side by side, official values."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.indicator import BARE_UNITS, Definition, definitions, recompute, why_lost
from qingxi.origin import Ref
from qingxi_office.design.parts import State
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.records import signed_entries, standings_on
from qingxi_office.places import queries as tree

from . import geo, seen, sheet
from .figure_book import by_township, difference, official_of, target_of, targets_of
from .figure_words import REGIONS, TRUSTS, UNITS
from .still import still_map
from .walk import href_of

PAGE = 60
SHOWN = ("all", "in", "not", "out")
MAPPED = ("village", "facility")


def _own(request: HttpRequest, pk: int) -> FigureRecord:
    row = seen.figures(request.user).filter(pk=pk).defer("place__geometry").first()
    if row is None:
        raise Http404
    return row


def _lines(row: FigureRecord) -> list[dict[str, Any]]:
    """Every line: counted (in), in the denominator only (not), or left out with its reason (out)."""
    part = {line["ref"]: line for line in row.numerator_list}
    out = []
    for line in row.denominator_list:
        hit = part.get(line["ref"])
        out.append(_dressed(hit or line, "in" if hit else "not", line))
    out += [_dressed(line, "out", line) for line in row.deductions]
    return out


def _dressed(line: dict[str, Any], kind: str, whole: dict[str, Any]) -> dict[str, Any]:
    ref = Ref.parse(line["ref"])
    states = {
        "in": State("good", _("计入")),
        "not": State("plain", _("不计")),
        "out": State("unknown", _("不在分母")),
    }
    weight, of = int(line.get("weight", 1)), int(whole.get("weight", 1))
    return {
        **line, "kind": kind, "hit": kind == "in", "state": states[kind], "href": href_of(ref), "id": ref.id,
        "group": whole.get("group", ""), "part": weight if kind == "in" else 0, "whole": of, "rests": len(line.get("because", ())),
        "walk": reverse("walk", args=[ref.kind, ref.id]),
    }  # fmt: skip


@login_required
def figure(request: HttpRequest, pk: int) -> HttpResponse:
    user, row = request.user, _own(request, pk)
    lines = _lines(row)
    if request.GET.get("as") in sheet.FORMATS:
        words = {"in": "计入", "not": "不计", "out": "不在分母"}
        return sheet.answer(
            request, row.name, ["编号", "名称", "计入分子", "分组", "分子", "分母", "代表几座", "说明", "凭据"],
            [
                [x["id"], x.get("name", ""), words[x["kind"]], x["group"], x["part"], x["whole"] if x["kind"] != "out" else 0,
                 x.get("stands_for", ""), x.get("why", ""), "；".join(x.get("because", ()))]
                for x in lines
            ],
        )  # fmt: skip
    counts = Counter(x["kind"] for x in lines)
    asked = request.GET.get("show", "all")
    shown = [x for x in lines if asked not in SHOWN[1:] or x["kind"] == asked]
    group = request.GET.get("group", "")
    shown = [x for x in shown if not group or x["group"] == group]
    shown.sort(key=lambda x: ("in", "not", "out").index(x["kind"]))
    kinds = {x["ref"].partition(":")[0] for x in lines}
    d = definitions().get(row.definition)
    history = _history(user, row)
    again, wrong = None, ""
    try:
        again = recompute(row.numerator_list, row.denominator_list, row.text)
    except ValueError as error:
        wrong = str(error)
    own = tree.county()
    whole = own is not None and row.place_id == own.place_id
    asked_of = targets_of(user, row.place, row.as_of.year)
    target = (
        target_of(d, asked_of, own.main_definition if own else "", own.target_rate if own and whole else None) if d else None
    )  # fmt: skip
    parts = [p for p in by_township(user, [row])[row.pk] if p.n]
    return render(
        request, "site/figure.html",
        {
            "f": row, "d": d, "page": Paginator(shown, PAGE).get_page(request.GET.get("page")), "counts": counts, "n_lines": len(lines),
            "show": asked, "group": group, "groups": sorted(row.counts.items()), "history": history,
            "trend": [h.value for h in reversed(history)], "again": again, "again_wrong": wrong,
            "again_ok": again is not None and again.printed == row.text, "target": target, "parts": parts if len(parts) > 1 else [],
            "decimals": d.decimals if d else 1, "mapped": next((k for k in MAPPED if k in kinds), ""), "beside": _beside(user, row, d),
            "official": [(r, difference(r, row)) for r in official_of(user, row.place)[row.definition]] if d else [],
            "change": _change(user, row, history), "trusts": TRUSTS, "regions": REGIONS, "units": UNITS,
            "weighted": any(x["whole"] != 1 for x in lines), "bare": row.unit_counted in BARE_UNITS,
        },
    )  # fmt: skip


def _history(user: Any, row: FigureRecord) -> list[FigureRecord]:
    """Its values, the newest first, one a day."""
    rows = (
        seen.figures(user).filter(definition=row.definition, place=row.place).order_by("-as_of", "-id").select_related(None)
        .only("pk", "as_of", "text", "value", "numerator", "denominator", "version")[:90]
    )  # fmt: skip
    days: dict[dt.date, FigureRecord] = {}
    for one in rows:
        days.setdefault(one.as_of, one)
    return list(days.values())[:24]


def _beside(user: Any, row: FigureRecord, d: Definition | None) -> list[tuple[Definition, FigureRecord | None]]:
    """The other definitions of its family on the same day: one register, each rule's own answer."""
    if d is None:
        return []
    family = [x for x in definitions().values() if x.family == d.family]
    if len(family) < 2:
        return []
    light = (
        seen.figures(user).filter(place=row.place, as_of=row.as_of, definition__in=[x.id for x in family])
        .order_by("id").only("pk", "definition", "text", "numerator", "denominator", "unit_counted", "place", "low")
    )  # fmt: skip
    held = {one.definition: one for one in light}
    return [(x, held.get(x.id)) for x in family]


def _change(user: Any, row: FigureRecord, history: list[FigureRecord]) -> dict[str, Any] | None:
    """Who came and who left since an earlier figure of the same version: gains and losses apart, with the reason."""
    rows = (
        seen.figures(user).filter(definition=row.definition, version=row.version, place=row.place, as_of__lt=row.as_of)
        .select_related(None).order_by("-as_of", "-id")
    )  # fmt: skip
    month = rows.filter(as_of__lte=row.as_of - dt.timedelta(days=28)).first()
    before = month or rows.last()
    if before is None:
        return None
    old, new = ({x["ref"]: x for x in f.numerator_list} for f in (before, row))
    listed, unlisted = ({x["ref"]: x for x in f.denominator_list} for f in (before, row))
    lost = [old[r] for r in old if r not in new]
    why: dict[str, str] = {}
    if lost and lost[0]["ref"].startswith("village:"):
        why = why_lost(standings_on(row.as_of), signed_entries(), row.as_of)
    now = {x["ref"]: x for x in [*row.denominator_list, *row.deductions]}

    def dressed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**x, "href": href_of(Ref.parse(x["ref"]))} for x in lines]

    return {
        "before": before, "gained": dressed([new[r] for r in new if r not in old]),
        "lost": [
            {**x, "why": why.get(Ref.parse(x["ref"]).id) or now.get(x["ref"], {}).get("why") or _("不在名单里了")} for x in dressed(lost)
        ],
        "listed": len([r for r in unlisted if r not in listed]), "unlisted": len([r for r in listed if r not in unlisted]),
    }  # fmt: skip


def figure_layers(user: Any, row: FigureRecord) -> dict[str, Any]:
    """The county's map with the figure on it: what counts, what is only in the denominator, what is left out."""
    layers = geo.county_layers(user)
    kind = {x["ref"]: x["kind"] for x in _lines(row)}
    of_villages = any(ref.startswith("village:") for ref in kind)
    fill = {"in": "已治理", "not": "未完成", "out": "名单外"}
    sign = {"in": "ok", "not": "stop", "out": "unk"}
    for feature in layers["villages"]["features"]:
        place = feature["properties"]
        place["state"] = fill[kind.get(f"village:{place['code']}", "out")] if of_villages else "名单外"
    stations = []
    for feature in layers["stations"]["features"]:
        station = feature["properties"]
        if of_villages or (known := kind.get(f"facility:{station['key']}")) is None:
            continue
        stations.append({**feature, "properties": {**station, "standing": sign[known]}})
    return {**layers, "stations": geo.collection(stations), "clashes": geo.collection([])}


@login_required
def geo_figure(request: HttpRequest, pk: int) -> HttpResponse:
    return JsonResponse(figure_layers(request.user, _own(request, pk)))


@login_required
def geo_figure_svg(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(still_map(figure_layers(request.user, _own(request, pk))), content_type="image/svg+xml")
