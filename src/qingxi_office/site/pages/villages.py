"""The page of one village: why this mode, who answers for it, what comes next?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.origin import Ref
from qingxi_office.asking import ask, ask_one
from qingxi_office.coordination.queries import six as seen_six
from qingxi_office.design.parts import Share, State
from qingxi_office.funds.queries import of_subjects
from qingxi_office.people.rights import may
from qingxi_office.places import queries as places
from qingxi_office.programmes.models import OtherWork
from qingxi_office.trail import clock
from qingxi_office.trail.clock import end_of
from qingxi_office.trail.queries import of as trail_of
from qingxi_office.trail.words import deed as deed_word
from qingxi_office.villages.models import ScopeLine, StateChange, Treatment, VillageRecord

from . import seen, who
from .mode_costs import cost_bars, flip_lines, flips_told, told
from .modes import mode_word
from .six import six_of
from .tally import standings
from .tree_node import place_of
from .village_facts import homes, running_cost, voices, waters_of

FUND_COLOURS = ("central", "join", "single", "reuse", "none")
_WORK_WORDS = {"road": "道路", "toilet": "改厕", "water": "饮水", "ditch": "沟渠"}


def below(path: str) -> Q:
    """What lies in a place or below it."""
    return places.under(path, "place__path")


def state_chip(state: str) -> State:
    return {
        Treatment.TREATED: State("good", "已治理"),
        Treatment.CONTROLLED: State("info", "已管控", "eye-check"),
    }.get(state, State("unknown", "未完成"))  # type: ignore[call-overload]


@login_required
def village(request: HttpRequest, code: str) -> HttpResponse:
    if len(code) > 12:  # a natural village stands on its village's page
        return redirect("village", code[:12])
    user, today = request.user, clock.today()
    record = ask_one(user, lambda u, at: seen.villages(u).filter(place__code=at.code)[:1], code=code)
    if record is None:
        # A code that it had before, or a village that is no more: where it is told what became of it.
        before = place_of(user, code)
        if before is None or (before.code == code and before.valid_to is None):
            raise Http404
        return redirect("village" if before.valid_to is None else "tree_node", before.code)
    place = record.place
    path = place.path
    plan = seen.current_plan(user)  # without one there are no modes, no systems and no sums to ask for
    options = ask(user, lambda u, at: seen.options(u).filter(below(at.path)), path=path) if plan else []
    for o in options:
        o.told = told(o)
        o.flip_lines = [] if flips_told(o) else flip_lines(o)
    systems = ask(user, lambda u, at: seen.systems(u).filter(below(at.path)), path=path) if plan else []
    modes = _modes(options, systems)
    facilities = ask(user, lambda u, at: seen.facilities(u).filter(below(at.path)), path=path)
    stand = standings(user, facilities)
    for f in facilities:
        f.standing = stand[f.pk]
    issues = ask(
        user, lambda u, at: seen.issues(u).filter(below(at.path)).order_by("-is_open", "due_on"), path=path
    )
    projects = ask(user, lambda u, at: seen.projects(u).filter(below(at.path)), path=path)
    lots = ask(user, lambda u, at: seen.lots(u).filter(below(at.path)), path=path)
    clashes = ask(user, lambda u, at: seen.clashes(u).filter(below(at.path)), path=path)
    works = ask(user, lambda u, at: seen.works(u).filter(below(at.path)).defer("geometry"), path=path)
    known = {work.pk for work in works}
    works += [c.work for c in clashes if c.work_id not in known]
    main = facilities[0] if facilities else None
    deeds = ask(None, lambda _u, at: trail_of(Ref("village", at.code), 12), code=place.code)
    for d in deeds:
        d.word = deed_word(d.action)
    return render(
        request,
        "site/village.html",
        {
            "v": record, "place": place, "today": today, "chip": state_chip(record.state),
            "answer": _answer(record, modes, facilities, clashes),
            "chips": _chips(record, clashes, issues),
            "options": options, "modes": modes, "cost_bars": cost_bars(options, _modes(options, [])),
            "reason": told(options[0]) if len(options) == 1 else "",
            "flips": flip_lines(options[0]) if len(options) == 1 else [],
            "afford": ask_one(user, lambda u, at: seen.moneys(u).filter(village=at.code)[:1], code=place.code) if plan else None,
            "rules": ask(user, lambda u, at: seen.overrides(u).filter(below(at.path), withdrawn_on=None), path=path),
            "may_override": may(user, "override_plan"),
            "plan": plan,
            "may_see_households": seen.may_see_households(user),
            "households_planned": sum(o.households for o in options),
            "who": who.of_place(place),
            "facilities": facilities, "main": main, "station": _station(user, main, today) if main else None,
            "projects": projects, "money": _money(user, projects, lots), "lots": lots,
            "clashes": clashes, "works": works, "works_chart": _works_chart(works, lots, clashes, record, today),
            "issues": issues, "open_issues": [i for i in issues if i.is_open],
            "closed_year": sum(bool(i.closed_on and i.closed_on.year == today.year) for i in issues),
            "changes": ask(None, lambda _u, at: StateChange.objects.filter(village_id=at.pk)[:8], pk=record.pk),
            "scope": ask_one(
                None, lambda _u, at: ScopeLine.objects.filter(place_id=at.pk).order_by("-signed_on", "-id")[:1], pk=place.pk
            ),
            "six": six_of(ask(user, lambda u, at: seen_six(u).select_related(None).filter(place_id=at.pk), pk=place.pk)),
            "deeds": deeds, "homes": homes(user, place), "waters": waters_of(user, place),
            "running": running_cost(user, facilities), "voices": voices(user, record, facilities, today),
            "connected_pct": round(record.households_connected / record.households * 100, 1)
            if record.households and record.households_connected is not None
            else None,
        },
    )  # fmt: skip


def _modes(options: list[Any], systems: list[Any]) -> list[tuple[str, int]]:
    """Modes of the village by households, most first: of its own systems where they serve all its people.

    A natural village may be served in two ways; its own mode is that of most, so that it counts whole otherwise.
    """
    count: Counter[str] = Counter()
    served = sum(s.households for s in systems) == sum(o.households for o in options)
    for one in systems if served else options:
        count[one.mode] += one.households
    return count.most_common()


def _answer(record: VillageRecord, modes: list[tuple[str, int]], facilities: list[Any], clashes: list[Any]) -> str:
    name = record.place.name
    if modes:
        mode = mode_word(modes[0][0])
        first = _("%(name)s用“%(mode)s”") % {"name": name, "mode": mode}
        if len(modes) > 1:
            rest = "、".join(_("%(n)d 户“%(mode)s”") % {"n": n, "mode": mode_word(m)} for m, n in modes[1:3])
            first = _("%(name)s %(n)d 户用“%(mode)s”，%(rest)s") % {
                "name": name,
                "n": modes[0][1],
                "mode": mode,
                "rest": rest,
            }
    elif record.mode:
        first = _("%(name)s登记的模式是“%(mode)s”，还没有规划") % {"name": name, "mode": record.mode}
    else:
        first = _("%s还没有规划") % name
    parts = [first]
    size, connected = sum(f.design_m3_d for f in facilities), sum(f.households_connected or 0 for f in facilities)
    if len(facilities) == 1:
        parts.append(_("一座 %(m)g m³/d 的站接了 %(n)d 户") % {"m": size, "n": connected})
    elif facilities:
        parts.append(
            _("%(k)d 座站共 %(m)g m³/d，接了 %(n)d 户") % {"k": len(facilities), "m": size, "n": connected}
        )
    if clashes:
        worst = clashes[0]
        parts.append(
            _("埋管和 %(when)s 的%(work)s撞在一起")
            % {
                "when": _("%(y)d 年 %(m)d 月") % {"y": worst.work.start.year, "m": worst.work.start.month}
                if worst.work.start
                else "",
                "work": worst.work.name,
            }
        )
    return _("；").join(parts) + _("。")


def _chips(record: VillageRecord, clashes: list[Any], issues: list[Any]) -> list[State]:
    out = [state_chip(record.state)]
    known = [b for b in (record.no_sewage_seen, record.no_odour, record.no_complaint) if b is not None]
    if known:
        out.append(State("good" if record.basics_met == 3 else "watch", _("三基本 %d/3") % record.basics_met))
    else:
        out.append(State("unknown", _("三基本没有查")))
    waiting = [c for c in clashes if c.state not in ("已同步", "不同步")]
    if waiting:
        out.append(State("watch", _("路管冲突 %d") % len(waiting)))
    n = sum(i.is_open for i in issues)
    if n:
        out.append(State("watch", _("在办问题 %d") % n, "tool"))
    if record.people_festival is None:
        out.append(State("unknown", _("春节人口没有数")))
    return out


def _station(user: Any, main: Any, today: dt.date) -> dict[str, Any]:
    start = today - dt.timedelta(days=59)
    days = ask(
        user,
        lambda u, at: seen.days(u).filter(facility_id=at.pk, day__gte=at.start, day__lte=at.today),
        pk=main.pk, start=start, today=today,
    )  # fmt: skip
    out: dict[str, Any] = {"chart": None, "chart_word": ""}
    for quantity, colour, word in (
        ("flow", "s-flow", _("近 60 天水量；虚线为设计规模")),
        ("energy", "s-power", _("近 60 天用电")),
    ):
        values = {d.day: d.value for d in days if d.quantity == quantity}
        if not values:
            continue
        known = [v for v in values.values() if v is not None][-30:]
        out[quantity] = sum(known) / len(known) if known else None
        if out["chart"] is None:
            line = [values.get(start + dt.timedelta(days=n)) for n in range(60)]
            last = next((v for v in reversed(line) if v is not None), None)
            design = main.design_m3_d if quantity == "flow" else None
            out["chart"] = {
                "values": line,
                "design": design,
                "last": round(last, 1) if last is not None else "",
                "colour": colour,
                "words": {"design": _("设计")},
            }
            out["chart_word"] = word
    bills = ask(
        user,
        lambda u, at: seen.bills(u).filter(facility_id=at.pk, month__lte=at.today).order_by("month"),
        pk=main.pk, today=today,
    )  # fmt: skip
    if out["chart"] is None and bills:
        out["bills"] = [b.kwh for b in bills[-12:]]
    out["bill"] = bills[-1] if bills else None
    labs = ask(
        user,
        lambda u, at: seen.labs(u).filter(facility_id=at.pk, point="effluent", sampled_on__lte=at.today)
        .order_by("-sampled_on")[:8],
        pk=main.pk, today=today,
    )  # fmt: skip
    out["lab_day"] = labs[0].sampled_on if labs else None
    out["lab"] = {row.quantity: row.value for row in labs if row.sampled_on == labs[0].sampled_on}
    out["visit"] = ask_one(
        user,
        lambda u, at: seen.visits(u).filter(facility_id=at.pk, visited_at__lt=at.end).order_by("-visited_at")[:1],
        pk=main.pk, end=end_of(today),
    )  # fmt: skip
    out["per_m3"] = out["energy"] / out["flow"] if out.get("energy") and out.get("flow") else None
    return out


def _money(user: Any, projects: list[Any], lots: list[Any]) -> dict[str, Any]:
    """Money by source: what was allocated to projects, else what the programme gives the lots."""
    by_source: dict[str, int] = defaultdict(int)
    if projects:
        for row in ask(
            user, lambda u, at: of_subjects(u, at.subjects), subjects=[f"project:{p.key}" for p in projects]
        ):
            by_source[row.fund.name] += row.amount_fen
    planned = not by_source
    if planned:
        for lot in lots:
            for part in lot.funds:
                by_source[part.get("name") or part["fund"]] += part["amount_fen"]
    shares = [
        Share(name, float(fen), FUND_COLOURS[min(i, 4)])
        for i, (name, fen) in enumerate(sorted(by_source.items(), key=lambda kv: -kv[1]))
    ]
    total = sum(by_source.values())
    return {
        "shares": shares, "rows": [(s, s.value / total * 100 if total else 0.0) for s in shares], "total": total, "planned": planned,
        "projects_total": sum(p.total_fen for p in projects), "paid": sum(p.paid_fen for p in projects),
    }  # fmt: skip


def _works_chart(
    works: list[OtherWork], lots: list[Any], clashes: list[Any], record: VillageRecord, today: dt.date
) -> dict[str, Any] | None:
    """Works of all departments in this village on one time axis, clashing periods tinted."""
    lanes = [_("污水管网"), _("道路"), _("改厕"), _("饮水"), _("沟渠")]
    at = {"road": 1, "toilet": 2, "water": 3, "ditch": 4}
    clashing_works, clashing_lots = {c.work_id for c in clashes}, {c.lot_id for c in clashes}
    rows = []
    if record.state_on and record.state == Treatment.TREATED:
        day = record.state_on.isoformat()
        rows.append({"lane": 0, "from": day, "to": day, "words": _("认定为已治理"), "kind": "done"})
    by_year: dict[int, list[Any]] = defaultdict(list)
    for lot in lots:
        if lot.year:
            by_year[lot.year].append(lot)
    for year, own in sorted(by_year.items()):
        cost = sum(lot.cost_fen for lot in own) / 1e6
        rows.append(
            {
                "lane": 0,
                "from": f"{year}-03-01",
                "to": f"{year}-11-30",
                "words": _("埋管 %(n)d 批，%(cost)s 万元") % {"n": len(own), "cost": f"{cost:,.2f}"},
                "kind": "clash" if any(lot.pk in clashing_lots for lot in own) else "plan",
            }
        )
    for work in works:
        if work.start is None:
            continue
        end = work.end or work.start + dt.timedelta(days=90)
        kind = "clash" if work.pk in clashing_works else "done" if end < today else "plan"
        rows.append(
            {
                "lane": at.get(work.kind, 1),
                "from": work.start.isoformat(),
                "to": end.isoformat(),
                "words": work.name,
                "kind": kind,
            }
        )
    if not works and not lots:
        return None
    spans = [[c.work.start.isoformat(), f"{c.lot.year}-11-30"] for c in clashes if c.work.start and c.lot.year]
    spans = [[min(a, b), max(a, b)] for a, b in spans]
    return {
        "lanes": lanes,
        "works": rows,
        "today": today.isoformat(),
        "clash": spans,
        "words": {"today": _("今天")},
    }
