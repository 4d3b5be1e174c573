"""What the rules found, one finding with its stretch of data, and the rules themselves with their published error rates."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from qingxi.facility import EvidenceLevel
from qingxi.finding import KINDS, RULES, TRACERS
from qingxi.standard import Row, load_table
from qingxi_office.design.parts import State
from qingxi_office.design.words import chinese_marks, quoted
from qingxi_office.findings.level import Level
from qingxi_office.findings.models import Examination, FindingRecord
from qingxi_office.findings.queries import RuleCount, level_counts, rule_counts
from qingxi_office.people import rights
from qingxi_office.readings.rain import rain_at
from qingxi_office.readings.sampled import sampled_codes
from qingxi_office.trail import clock

from . import seen, sheet
from .axis import axis_data
from .axis_quality import FACTORS, factor_of, factor_word, factors
from .facility_list import without as _without
from .table import Column, Keyset, asked_sort, export, table

_STATES = {
    FindingRecord.State.PROPOSED: "watch",
    FindingRecord.State.CONFIRMED: "bad",
    FindingRecord.State.REJECTED: "plain",
}


def _words() -> dict[str, str]:
    return {
        FindingRecord.State.PROPOSED.value: _("待确认"),
        FindingRecord.State.CONFIRMED.value: _("已确认"),
        FindingRecord.State.REJECTED.value: _("不成立"),
    }


_LEVELS = (("papers", EvidenceLevel.PAPER), ("meter", EvidenceLevel.REMOTE_METER), ("device", EvidenceLevel.HJ212))


def columns() -> list[Column]:
    return [
        Column("statement", _("判断"), lambda f: chinese_marks(f.statement), show=lambda f: Truncator(_without(f.facility.name, chinese_marks(f.statement))).chars(60), say=True, always=True),
        Column("kind", _("种类"), lambda f: _kind(f), show=lambda f: quoted(_kind(f)), order="rule"),
        Column("facility", _("设施"), lambda f: f.facility.name, order="facility__name"),
        Column("code", _("编号"), lambda f: f.facility.key, shown=False, always=True),
        Column("from", _("自"), lambda f: f.period_from.isoformat(), order="period_from"),
        Column("to", _("至"), lambda f: f.period_to.isoformat(), show=_until, order="period_to"),
        Column("confidence", _("把握"), lambda f: f.confidence, order="severity"),
        Column("use", _("用途"), lambda f: f.use, order="use"),
        Column("state", _("处理"), lambda f: _words()[f.state], show=lambda f: State(_STATES[f.state], _words()[f.state]), order="state"),
        Column("version", _("规则版本"), lambda f: f"{f.rule} {f.version}", shown=False),
    ]  # fmt: skip


_FRESH_DAYS = 7


def _goes_on(f: FindingRecord) -> bool:
    """Whether its evidence reaches to these days. One that rests on papers may stand though they end earlier."""
    return f.is_current and (clock.today() - f.period_to).days <= _FRESH_DAYS


def _until(f: FindingRecord) -> str:
    if _goes_on(f):
        return _("还在")
    return _("证据到 %s") % f.period_to.isoformat() if f.is_current else f.period_to.isoformat()


def _kind(f: FindingRecord) -> str:
    known = KINDS.get(f.kind)
    return known.chinese if known is not None else f.rule_name


@login_required
def findings(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    every = seen.findings(user)
    rows = every if asked.get("when") == "all" else every.filter(is_current=True)
    if kind := asked.get("kind", ""):
        rows = rows.filter(kind=kind)
    if state := asked.get("state", ""):
        rows = rows.filter(state=state)
    if text := asked.get("q", "").strip():
        rows = rows.filter(facility__name__contains=text) | rows.filter(facility__key__istartswith=text)
    cols = columns()
    order, descending, _word = asked_sort(request, cols, "-severity")
    light = rows.select_related(None)
    drawn = rows.select_related(None).select_related("facility").only(
        "statement", "kind", "rule", "rule_name", "version", "period_from", "period_to", "is_current", "confidence", "use",
        "state", "severity", "facility__key", "facility__name",
    )  # fmt: skip
    source = Keyset(light, order, descending, drawn=drawn)
    if asked.get("as") in sheet.FORMATS:
        return export(request, "判断", cols, source)
    now = Counter(every.filter(is_current=True).order_by().values_list("kind", flat=True))
    states = Counter(every.filter(is_current=True).order_by().values_list("state", flat=True))
    total = light.order_by().count()
    return render(
        request,
        "site/findings.html",
        {
            "table": table(request, cols, source, total=total, href=lambda f: reverse("finding", args=[f.pk]), label=_("判断表")),
            "found": total, "current": sum(now.values()), "examined": bool(now) or Examination.objects.exists(), "waiting": states[FindingRecord.State.PROPOSED],
            "held": states[FindingRecord.State.CONFIRMED],
            "kinds": [(key, quoted(one.chinese)) for key, one in KINDS.items() if now[key]],
            "states": list(_words().items()),
        },
    )  # fmt: skip


@login_required
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding: its sentence, the stretch of data it speaks of, its numbers, and how right its rule is."""
    row = seen.findings(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    today = clock.today()
    start, end = _stretch(row, today)
    about, user = {"facility": row.facility}, request.user
    days = list(
        seen.days(user).filter(**about, day__gte=start, day__lte=end, quantity__in=("flow", "energy", *FACTORS))
    )
    known = {day.quantity for day in days if day.value is not None}
    known |= sampled_codes(row.facility.key) & {"flow", "energy", *FACTORS}
    bills = list(
        seen.bills(user).filter(**about, month__gte=start.replace(day=1), month__lte=end).order_by("month")
    )
    labs = list(seen.labs(user).filter(**about, sampled_on__gte=start, sampled_on__lte=end).order_by("-sampled_on"))
    visits = list(seen.visits(user).filter(**about, visited_at__date__gte=start, visited_at__date__lte=end)[:400])
    there = factors(labs, known)
    axis = axis_data(
        row.facility, start, start, end, days, bills, labs, visits, [row], [], [], sorted(known),
        reverse("facility_series", args=[row.facility.key]), rain_at(user, row.facility, start, end)[1] if "flow" in known else (),
        reverse("facility_packets", args=[row.facility.key]), factor_of(request.GET.get("quality", ""), there, [row]),
        reverse("facility_day", args=[row.facility.key, "day"]),
    )  # fmt: skip
    axis["words"]["today"] = _("今天") if end == today else end.isoformat()
    rule = _by_code().get(row.rule)
    rates = _rates_of(row.kind or row.rule)
    return render(
        request,
        "site/finding.html",
        {
            "f": row, "rule": rule, "axis": axis, "qualities": [(code, factor_word(code)) for code in there], "from": start, "to": end, "kind": KINDS.get(row.kind),
            "has_chart": bool(known or days or bills or labs or visits), "rate_level": row.level, "rates": [r for r in rates if r.shown],
            "goes_on": _goes_on(row), "days": (row.period_to - row.period_from).days + 1, "counts": rule_counts(user).get(row.rule, RuleCount()),
            "may_decide": rights.may(user, "decide_finding", path=row.facility.place.path), "wrong": FindingRecord.Wrong.choices,
            "numbers": [_said(number) for number in row.numbers],
        },
    )  # fmt: skip


def _stretch(row: FindingRecord, today: dt.date) -> tuple[dt.date, dt.date]:
    """Days of the chart: what the finding says it shows, else a month before and a week after; at most three years.

    One that still stands is shown to today: what came after its last evidence may be what overturns it.
    """
    starts = [dt.date.fromisoformat(s["from"]) for s in row.shown]
    ends = [dt.date.fromisoformat(s["to"]) for s in row.shown]
    start = min([*starts, row.period_from - dt.timedelta(days=30)])
    end = today if row.is_current else min(max([*ends, row.period_to + dt.timedelta(days=7)]), today)
    return max(start, end - dt.timedelta(days=1095)), end


def _said(number: dict[str, Any]) -> tuple[str, str, str]:
    between = "" if number["low"] is None else f"{_short(number['low'])}–{_short(number['high'])}"
    return number["name"], f"{_short(number['value'])} {number['unit']}".strip(), between


def _short(value: float) -> str:
    """Three figures; what is next to nothing is said so instead of by a power of ten, what is great without one."""
    if 0 < abs(value) < 1e-6:
        return _("不到百万分之一")
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _by_code() -> dict[str, Any]:
    return {rule.code: rule for rule in (*RULES, *TRACERS)}


@dataclass(frozen=True)
class Rate:
    """Precision and recall of a kind at one evidence level; None where nothing was measured."""

    key: str
    level: str
    precision: Row | None
    recall: Row | None

    @property
    def shown(self) -> bool:
        return self.precision is not None or self.recall is not None


def _rates_of(kind: str) -> list[Rate]:
    rows = load_table("finding_rates").rows
    words = {key: word.label for key, word in _level_words().items()}
    return [
        Rate(key, words[key], rows.get(f"{key}.{kind}.precision"), rows.get(f"{key}.{kind}.recall")) for key, _level in _LEVELS
    ]  # fmt: skip


@dataclass(frozen=True)
class _Level:
    label: str
    unit: str


def _real_levels() -> dict[str, str]:
    """What a county's facilities are really known by, the best first."""
    words = {key: one.label for key, one in _level_words().items()}
    return {key: words.get(key) or _("只有日值") for key in (Level.DEVICE, Level.METER, Level.DAYS, Level.PAPERS)}


def _level_words() -> dict[str, _Level]:
    return {
        "papers": _Level(_("只有电费单、巡查、化验"), _("设施·季")),
        "meter": _Level(_("有远传电表"), _("设施·周")),
        "device": _Level(_("有数采仪"), _("设施·周")),
    }


@login_required
def finding_rules(request: HttpRequest) -> HttpResponse:
    """Every rule: what it needs, what it cannot tell, its error rates, and how it fared in this county."""
    counts = rule_counts(request.user)
    wrong = dict(FindingRecord.Wrong.choices)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for rule in (*TRACERS, *RULES):
        own = counts.get(rule.code, RuleCount())
        kind = getattr(rule, "kind", "") or _KIND_OF.get(rule.code, rule.code)
        kinds.setdefault(kind, []).append(
            {"rule": rule, "counts": own, "reasons": [(wrong[key], n) for key, n in own.reasons.most_common()]}
        )
    shown = [
        {"kind": KINDS[key], "rates": [r for r in _rates_of(key) if r.shown], "rules": rules}
        for key, rules in kinds.items() if key in KINDS
    ]  # fmt: skip
    levels = level_counts(request.user)
    total = sum((one.found for one in counts.values()), 0)
    rows = list(load_table("finding_rates"))
    return render(
        request,
        "site/finding_rules.html",
        {
            "kinds": shown, "rules": len(RULES) + len(TRACERS), "found": total,
            "confirmed": sum(c.confirmed for c in counts.values()), "rejected": sum(c.rejected for c in counts.values()),
            "levels": [(word, levels[key]) for key, word in _real_levels().items() if levels.get(key)],
            "days_only": levels.get(Level.DAYS, 0), "measured": rows[0] if rows else None, "source": quoted(rows[0].source) if rows else "",
        },
    )  # fmt: skip


_KIND_OF = {
    "stopped-series": "stopped", "stopped-paper": "stopped", "contradiction": "fake-run", "starved": "starved",
    "effluent-worse": "effluent-worse", "over-limit": "over-limit", "silent": "silent", "frozen": "frozen",
}  # fmt: skip
