"""今日调度: what must I do today, and what is wrong?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from statistics import mean
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qingxi_office.design.words import chinese_marks
from qingxi_office.findings.models import FindingRecord
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.readings.models import BillRow, DailyRow
from qingxi_office.site.setting_up import standing
from qingxi_office.trail import clock
from qingxi_office.villages.models import ScopeLine, Treatment

from . import seen
from .home_figures import figure_strip
from .home_rows import Row
from .home_waiting import coming_meetings, empty_posts, rounds_to_walk, waiting
from .provenance import of_figure
from .standing import IDLE_RULES
from .tally import TownshipRow, standings, working_days

# Surest first; what is only missing in the papers comes after what is wrong on the spot.
CONFIDENCE = {"较高": 0, "一般": 1, "低": 2}
PAPER_RULES = ("产权", "没有声音", "无数据")
SHOWN = 3


@login_required
def home(request: HttpRequest) -> HttpResponse:
    county = places.county()
    if county is None:
        return render(request, "site/first_steps.html", {})
    return render(request, "site/home.html", _gather(request.user, county))


def _gather(user: Any, county: Any) -> dict[str, Any]:
    today = clock.today()
    towns, out_of_list = townships(user, today)
    # Three thousand rows of four columns, not three thousand records with their villages.
    facilities = list(seen.facilities(user).order_by().values_list("pk", "status", "owner", "evidence", named=True))
    stand = standings(user, facilities)
    counts = Counter(one.key for one in stand.values())
    held = seen.issues(user).filter(is_open=True).defer("place__geometry", "place__parent__geometry")
    late = list(held.filter(due_on__lt=today).order_by("due_on", "key")[:SHOWN])
    near = list(
        held.filter(due_on__gte=today, due_on__lte=today + dt.timedelta(days=7)).order_by("due_on", "key")[:60]
    )
    due = [i for i in near if i.due_on == today]
    week = [i for i in near if i.due_on != today]
    idle, idle_all = _idle(user, today)
    other, other_all = _other_findings(user)
    open_clashes = seen.clashes(user).exclude(state__in=["已同步", "不同步"])
    clashes = list(open_clashes[:SHOWN]) if seen.may_see(user, "lot") else []
    # Who answers for a township reads its rate; the year's target is the county's.
    place = user.scope if user.scope.path.startswith(county.place.path) else county.place
    rate = seen.figures(user).filter(definition=county.main_definition, place=place).first()
    target = county.target_rate if place.pk == county.place_id else None
    to_sign = waiting(user, today)
    gaps, gaps_all = empty_posts(user, today)
    totals = TownshipRow("", _("合计"))
    for row in towns:
        for name in ("villages", "treated", "controlled", "open", "facilities", "issues", "late"):
            setattr(totals, name, getattr(totals, name) + getattr(row, name))
    missing = _missing_villages(rate, target)
    return {
        "county_row": county,
        "today": today,
        "weekday": date_format(today, "l"),
        "now": clock.now(),
        "rate": rate,
        "sees_rate": seen.may_see(user, "figure"),
        "may_draft": rights.may(user, "draft_bulletin"),
        "rate_why": of_figure(rate) if rate else None,
        "target": target,
        "missing": missing,
        "if_one_more": _if_more(rate, missing),
        "counts": counts,
        "figures": figure_strip(
            user, county, rate, target, counts, facilities, (totals.issues, totals.late), late, today
        ),
        "due": [_due_row(i) for i in due] + _reports_waiting(user),
        "week": week,
        "to_sign": to_sign,
        "meetings": coming_meetings(user, clock.now()),
        "rounds": rounds_to_walk(user, today),
        "gaps": gaps,
        "gaps_all": gaps_all,
        # Asked only while the books are young: a county with stations and figures is past it.
        "setting_up_left": standing().left if rights.may(user, "load") and not (rate and facilities) else 0,
        "sees_lots": seen.may_see(user, "lot"),
        "idle": idle,
        "idle_all": idle_all,
        "other": other,
        "other_all": other_all,
        "late": [_late_row(i, today) for i in late],
        "late_all": totals.late,
        "clashes": clashes,
        "clashes_all": _all(open_clashes, clashes),
        "townships": towns,
        "township_count": sum(bool(row.code) for row in towns),
        "totals": totals,
        "out_of_list": out_of_list,
        "facility_total": len(facilities),
    }


def _missing_villages(rate: FigureRecord | None, target: float | None) -> int | None:
    """How many more villages reach the target; None when either is unknown."""
    if rate is None or target is None or not rate.denominator or rate.numerator is None:
        return None
    need = 0
    while (rate.numerator + need) / rate.denominator * 100 < target and need < rate.denominator:
        need += 1
    return need


def _if_more(rate: FigureRecord | None, missing: int | None) -> str:
    if rate is None or not missing or not rate.denominator or rate.numerator is None:
        return ""
    then = rate.numerator + missing
    return _("再有 %(n)d 个村认定，治理率为 %(pct).1f %%（%(top)d/%(all)d）。") % {
        "n": missing,
        "pct": then / rate.denominator * 100,
        "top": then,
        "all": rate.denominator,
    }


def townships(user: Any, today: dt.date) -> tuple[list[TownshipRow], list[Any]]:
    """Villages by township and state, within the signed list, and the villages left out of it.

    Problems that lie in no township stand in a last row without a code, so that the columns add up to the ledger.
    """
    rows: dict[str, TownshipRow] = {}
    last: dict[int, str] = {}
    for place_id, change in ScopeLine.objects.order_by("signed_on", "id").values_list("place_id", "change"):
        last[place_id] = change
    left_out = []
    for place_id, code, name, state in seen.villages(user).values_list(
        "place_id", "place__parent__code", "place__parent__name", "state"
    ):
        row = rows.setdefault(code, TownshipRow(code, name))
        if last.get(place_id, "列入" if not last else "核减") == "核减":
            left_out.append(place_id)
            continue
        row.villages += 1
        if state == Treatment.TREATED:
            row.treated += 1
        elif state == Treatment.CONTROLLED:
            row.controlled += 1
        else:
            row.open += 1
    county = TownshipRow("", _("县级部门"))  # problems that lie in no township
    for path, due_on in seen.issues(user).filter(is_open=True).order_by().values_list("place__path", "due_on"):
        row = next((rows[code] for code in path.split("/") if code in rows), county)
        row.issues += 1
        row.late += bool(due_on and due_on < today)
    ordered = sorted(rows.values(), key=lambda r: (r.rate_pct if r.rate_pct is not None else 999, r.code))
    return [*ordered, county] if county.issues else ordered, left_out


_SURENESS = Case(*(When(confidence=word, then=n) for word, n in CONFIDENCE.items()), default=9)
_ON_PAPER = Case(*(When(rule_name__contains=word, then=1) for word in PAPER_RULES), default=0)
_SAYS_IDLE = Q(rule__in=IDLE_RULES) | Q(rule__startswith="idle") | Q(rule__startswith="stopped")


def _idle(user: Any, today: dt.date) -> tuple[list[Row], int]:
    """The three surest findings that a plant stands idle, and how many there are."""
    held = seen.findings(user).filter(_SAYS_IDLE, is_current=True).exclude(state=FindingRecord.State.REJECTED)
    held = held.exclude(facility__status__in=("joined", "scrapped", "stopped"))
    found = list(held.order_by(_SURENESS, "-severity", "key")[:SHOWN])
    lines = _sparks([f.facility_id for f in found], today)
    usual = _usual_bill(user, today) if any(line[0] == "bar" for line in lines.values()) else 0.0
    decides = rights.may(user, "decide_finding")
    return [_finding_row(f, decides, lines.get(f.facility_id), usual) for f in found], _all(held, found)


def _other_findings(user: Any) -> tuple[list[Row], int]:
    """The three gravest other findings, what is only missing on paper last, and how many there are."""
    held = (
        seen.findings(user).filter(is_current=True).exclude(state=FindingRecord.State.REJECTED).exclude(_SAYS_IDLE)
    )
    found = list(held.order_by(_ON_PAPER, "-severity", "key")[:SHOWN])
    decides = rights.may(user, "decide_finding")
    return [_finding_row(f, decides) for f in found], _all(held, found)


def _all(held: Any, shown: list[Any]) -> int:
    """How many there are; asked only when the shown ones may not be all."""
    return len(shown) if len(shown) < SHOWN else held.order_by().count()


def _finding_row(
    f: FindingRecord,
    decides: bool,
    line: tuple[str, list[float | None], int | None] | None = None,
    usual: float = 0.0,
) -> Row:
    place = f.facility.place
    town = place.parent.name if place.parent_id else ""
    return Row(
        lead=f.rule_name,
        title=f.facility.name,
        href=reverse("facility", args=[f.facility.key]),
        detail=f"{town}·{f.facility.key}·{f.facility.design_m3_d:g} m³/d·{_('把握')}{f.confidence}",
        verb=_("派人核实") if decides and f.state == FindingRecord.State.PROPOSED else _("看"),
        spark_kind=line[0] if line else "",
        spark=line[1] if line else [],
        mark_from=line[2] if line else None,
        floor=usual if line and line[0] == "bar" else 0.0,
        alt=f.statement,
        late=chinese_marks(f.statement).removeprefix(f.facility.name).lstrip("："),
    )


def _sparks(facility_ids: list[int], today: dt.date) -> dict[int, tuple[str, list[float | None], int | None]]:
    """Sixty days of power where a meter tells, else twelve months of bills; with where the judged period begins."""
    start = today - dt.timedelta(days=60)
    days: dict[int, dict[dt.date, float | None]] = defaultdict(dict)
    rows = DailyRow.objects.filter(facility_id__in=facility_ids, quantity="energy", day__gt=start, day__lte=today)
    for facility_id, day, value in rows.values_list("facility_id", "day", "value"):
        days[facility_id][day] = value
    bills: dict[int, list[tuple[dt.date, float]]] = defaultdict(list)
    for facility_id, month, kwh in (
        BillRow.objects.filter(facility_id__in=facility_ids, month__lte=today)
        .order_by("month")
        .values_list("facility_id", "month", "kwh")
    ):
        bills[facility_id].append((month, kwh))
    begins = dict(
        FindingRecord.objects.filter(facility_id__in=facility_ids, is_current=True)
        .order_by("severity")
        .values_list("facility_id", "period_from")
    )
    out: dict[int, tuple[str, list[float | None], int | None]] = {}
    for pk in facility_ids:
        begin = begins.get(pk, today)
        if len(days[pk]) >= 20:
            line = [days[pk].get(start + dt.timedelta(days=n)) for n in range(1, 61)]
            out[pk] = ("line", line, max(0, min(60, (begin - start).days - 1)))
        elif bills[pk]:
            recent = bills[pk][-12:]
            mark = next((i for i, (m, _kwh) in enumerate(recent) if m >= begin.replace(day=1)), None)
            out[pk] = ("bar", [kwh for _m, kwh in recent], mark)
    return out


def _usual_bill(user: Any, today: dt.date) -> float:
    """The median monthly bill of a year among the facilities seen, kWh: what a small bar is small against."""
    year = seen.bills(user).filter(month__gt=today - dt.timedelta(days=365), month__lte=today)
    n = year.count()
    middle = year.order_by("kwh").values_list("kwh", flat=True)[(n - 1) // 2 : n // 2 + 1] if n else ()
    return mean(middle) if n else 0.0


def _due_row(issue: Any) -> Row:
    return Row(
        lead=_("今天"),
        title=issue.title,
        href=reverse("issue", args=[issue.key]),
        detail=f"{issue.key}·{issue.rectifier.name if issue.rectifier else issue.place.name}",
        verb=_("查看"),
    )


def _late_row(issue: Any, today: dt.date) -> Row:
    return Row(
        lead="",
        title=issue.title,
        href=reverse("issue", args=[issue.key]),
        detail=f"{issue.key}·{issue.klass}·{issue.rectifier.name if issue.rectifier else _('没有责任单位')}",
        verb=_("查看"),
        late=_("超 %d 工作日") % working_days(issue.due_on, today),
    )


def _reports_waiting(user: Any) -> list[Row]:
    waiting = seen.reports(user).filter(state__in=["received", "reopened"]).order_by("received_at")[:3]
    return [
        Row(
            lead=f"{r.received_at:%m-%d}",
            title=_("群众反映：%s") % (r.text[:22] + ("…" if len(r.text) > 22 else "")),
            href=reverse("issues") + "?reports=1",
            detail=f"{r.facility_name or r.village_code}·{r.code}·{r.get_state_display()}",
            verb=_("交办"),
        )
        for r in waiting
    ]
