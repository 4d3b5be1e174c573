"""The plan: what do we build where, for how much, and how far is it from the best possible?"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qingxi_office.asking import ask, ask_one
from qingxi_office.people.rights import may

from . import seen, sheet
from .mode_costs import cost_bars, flip_lines, told
from .modes import MODES, mode_word
from .plan_versions import check_chip, compared, standing_chip, total_rows

PAGE = 40
TILED_FROM = 3000
"""Households from which the map takes houses and pipes as vector tiles; below, one answer a part is quicker."""


_LINE = (
    "pk", "system_id", "name", "mode", "households", "flow_m3_d", "capex_yuan", "running_yuan_y", "present_value_yuan",
    "place__level", "place__code", "place__name", "place__parent__level", "place__parent__code", "place__parent__name",
    "place__parent__parent__level", "place__parent__parent__code", "place__parent__parent__name",
)  # fmt: skip
_TOWN = ("township", "county", "")


class Line:
    """A system as its line in the list and the sums say it: a county has a thousand, so no more is read of them."""

    def __init__(
        self, pk: int, system_id: int, name: str, mode: str, households: int, flow_m3_d: float, capex_yuan: float,
        running_yuan_y: float, present_value_yuan: float, *places: str | None,
    ) -> None:  # fmt: skip
        self.pk, self.system_id, self.name, self.mode, self.households = pk, system_id, name, mode, households
        self.flow_m3_d, self.capex_yuan, self.running_yuan_y = flow_m3_d, capex_yuan, running_yuan_y
        self.present_value_yuan = present_value_yuan
        self.each = present_value_yuan / households if households else 0.0
        # Of the place and the two above it: the first that is a township (or no village of one).
        above = zip(places[::3], places[1::3], places[2::3], strict=True)
        self.township = next(
            ((c, n) for level, c, n in above if level in _TOWN and c is not None and n is not None), None
        )


def _with_each(system: Any, each: float) -> Any:
    system.each = each
    return system


@login_required
def plan(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    current = seen.plan_version(user, asked.get("version", ""))
    if current is None:
        if asked.get("version"):
            raise Http404
        return render(request, "site/plan_none.html", {"may_make": may(user, "make_plan")})
    against = seen.plan_version(user, asked["against"]) if asked.get("against") else None
    if asked.get("against") and against is None:
        raise Http404
    everything = [
        Line(*row) for row in ask(user, lambda u, at: seen.systems(u, at.plan).values_list(*_LINE), plan=current.pk)
    ]
    towns = sorted({t for s in everything if (t := s.township) is not None})
    township = asked.get("township", "")
    rows = [s for s in everything if not township or ((t := s.township) and t[0] == township)]
    if asked.get("mode"):
        rows = [s for s in rows if s.mode == asked["mode"]]
    rows.sort(key=lambda s: (-s.each, s.system_id))
    if asked.get("as") in sheet.FORMATS:
        full = {s.pk: s for s in seen.systems(user, current)}
        return sheet.answer(
            request, "规划系统",
            ["系统", "名称", "模式", "户数", "人口", "水量(m³/d)", "工程费(元)", "总投资(元)", "年运维(元)", "20年现值(元)", "每户现值(元)", "同意", "理由"],
            [
                [
                    s.system_id, s.name, mode_word(s.mode), s.households, s.people, s.flow_m3_d, s.works_yuan, s.capex_yuan,
                    s.running_yuan_y, s.present_value_yuan, s.each, s.consent, s.reason,
                ]
                for s in (_with_each(full[line.pk], line.each) for line in rows if line.pk in full)
            ],
        )  # fmt: skip
    page = Paginator(rows, PAGE).get_page(asked.get("page"))
    at = next((s for s in rows if str(s.system_id) == asked.get("system")), rows[0] if rows else None)
    chosen = (
        None
        if at is None
        else ask_one(user, lambda u, at: seen.systems(u, at.plan).filter(pk=at.pk)[:1], plan=current.pk, pk=at.pk)
    )
    if chosen is not None and not chosen.reason and chosen.hamlets:
        chosen.told = [
            (o.name, told(o))
            for o in ask(
                user,
                lambda u, at: seen.options(u, at.plan).filter(hamlet_key__in=at.keys),
                plan=current.pk,
                keys=chosen.hamlets[:3],
            )
            if o.reason
        ]
    figures = current.figures
    cost = figures.get("cost", {})
    bound = figures.get("bound")
    value = cost.get("present_value")
    by_mode: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for s in rows:
        line = by_mode[s.mode]
        line[0] += 1
        line[1] += s.households
        line[2] += s.present_value_yuan
    versions = ask(user, lambda u, _at: seen.plan_versions(u).values_list("pk", "key", "number", named=True))
    found = compared(user, against, current, township) if against else None
    spread = sorted(by_mode.items(), key=lambda kv: list(MODES).index(kv[0]) if kv[0] in MODES else 9)
    return render(
        request,
        "site/plan.html",
        {
            "plan": current, "figures": figures, "cost": cost, "bound": bound, "value": value,
            "left": value - bound if value and bound else None,
            "gap_pct": (value - bound) / value * 100 if value and bound else None,
            "page": page, "found": len(rows), "chosen": chosen, "towns": towns, "township": township,
            "township_name": dict(towns).get(township, ""), "modes": [(m, MODES[m][0]) for m in Counter(s.mode for s in everything) if m in MODES],
            "households": sum(s.households for s in rows), "present_value": sum(s.present_value_yuan for s in rows),
            "capex": sum(s.capex_yuan for s in rows), "running": sum(s.running_yuan_y for s in rows),
            "spread": spread, "pipes": figures.get("pipe_m", {}), "by_households": figures.get("households", {}),
            "query": asked.urlencode(), "against": against, "diff": found,
            "others": [v for v in versions if v.pk != current.pk],
            "totals": total_rows(against, current) if against else [], "changes": found.changed[:8] if found else [],
            "more_changes": max(len(found.changed) - 8, 0) if found else 0,
            "saved": sum(r.diff for r in found.every) if found else None,
            "standing": standing_chip(current), "check": check_chip(current),
            "map_query": urlencode({k: v for k, v in (("version", current.key), ("against", against.key if against else ""), ("township", township)) if v}),
            "only_changed": bool(against) and asked.get("only") == "changed",
            "tiled": sum(s.households for s in everything) > TILED_FROM,
            "withheld": _withheld(figures.get("withheld", [])),
        },
    )  # fmt: skip


@login_required
def why(request: HttpRequest, key: str) -> HttpResponse:
    """One natural village of a version: its mode, what the others would cost, when it turns over; a part of the map's page."""
    plan = seen.plan_version(request.user, request.GET.get("version", ""))
    row = seen.options(request.user, plan).filter(hamlet_key=key).first() if plan else None
    if row is None:
        raise Http404
    return render(
        request,
        "site/parts/plan_why.html",
        {
            "o": row, "plan": plan, "bars": cost_bars([row], [(row.mode, row.households)]), "flips": flip_lines(row),
            "reason": told(row),
            "may_override": may(request.user, "override_plan"), "village_code": key[:12],
        },
    )  # fmt: skip


_WITHHELD = (
    ("invert", _("管底标高")), ("depth", _("埋深")), ("slope", _("坡度")), ("fill", _("充满度")), ("velocity", _("流速")),
    ("lift", _("提升泵")),
)  # fmt: skip


def _withheld(columns: list[str]) -> str:
    """What this data level cannot carry, in words."""
    words = [str(word) for key, word in _WITHHELD if any(key in column for column in columns)]
    return str(_("不给：%s")) % "、".join(words) if words else ""
