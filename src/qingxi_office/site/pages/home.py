"""今日调度: what must I do today, and what is wrong?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from statistics import median
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qingxi_office.asking import ask, ask_one
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
from .home_waiting import closing, coming_meetings, empty_posts, rounds_to_walk, waiting
from .provenance import of_figure
from .standing import IDLE_RULES
from .tally import TownshipRow, light_facilities, light_findings, standings, working_days

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
    held = held_issues(user, today)
    towns, out_of_list = townships(user, today, held)
    facilities = light_facilities(user)
    found = light_findings(user)
    stand = standings(user, facilities, found)
    counts = Counter(one.key for one in stand.values())
    late, due, week, closings = _issues(user, held, today)
    idle, idle_all, other, other_all = _findings(user, found, today)
    clashes = ask(user, lambda u, _at: seen.clashes(u).exclude(state__in=["已同步", "不同步"]))
    # Who answers for a township reads its rate; the year's target is the county's.
    place = user.scope if user.scope.path.startswith(county.place.path) else county.place
    rate = ask_one(
        user,
        lambda u, at: seen.figures(u).filter(definition=at.definition, place_id=at.place)[:1],
        definition=county.main_definition, place=place.pk,
    )  # fmt: skip
    target = county.target_rate if place.pk == county.place_id else None
    to_sign = waiting(user, today, closings, found)
    reports = reports_waiting(user)
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
            user,
            county,
            rate,
            target,
            counts,
            facilities,
            (totals.issues, totals.late),
            late,
            today,
            closed=sum(bool(i.closed_on) and i.closed_on >= today.replace(day=1) for i in held),
            reports=len(reports),
        ),
        "due": [_due_row(i) for i in due] + [_report_row(r) for r in reports[:SHOWN]],
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
        "clashes": clashes[:SHOWN],
        "clashes_all": len(clashes),
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


def townships(user: Any, today: dt.date, held: list[Any]) -> tuple[list[TownshipRow], list[Any]]:
    """Villages by township and state, within the signed list, and the villages left out of it.

    Problems that lie in no township stand in a last row without a code, so that the columns add up to the ledger.
    """
    rows: dict[str, TownshipRow] = {}
    last: dict[int, str] = {}
    for place_id, change in ask(
        None, lambda _u, _at: ScopeLine.objects.order_by("signed_on", "id").values_list("place_id", "change")
    ):
        last[place_id] = change
    left_out = []
    for place_id, code, name, state in ask(
        user,
        lambda u, _at: seen.villages(u).values_list(
            "place_id", "place__parent__code", "place__parent__name", "state"
        ),
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
    for issue in held:
        if issue.is_open:
            row = next((rows[code] for code in issue.place__path.split("/") if code in rows), county)
            row.issues += 1
            row.late += bool(issue.due_on and issue.due_on < today)
    ordered = sorted(rows.values(), key=lambda r: (r.rate_pct if r.rate_pct is not None else 999, r.code))
    return [*ordered, county] if county.issues else ordered, left_out


def held_issues(user: Any, today: dt.date) -> list[Any]:
    """The problems that stand open, and those closed this month, by what pages count and choose by. One query."""
    return ask(
        user,
        lambda u, at: seen.issues(u).filter(Q(is_open=True) | Q(closed_on__gte=at.month, closed_on__lt=at.next))
        .order_by("due_on", "key").values_list("pk", "is_open", "due_on", "closed_on", "state", "closer_id", "place__path", named=True),
        month=today.replace(day=1), next=(today.replace(day=1) + dt.timedelta(days=32)).replace(day=1),
    )  # fmt: skip


def _issues(user: Any, held: list[Any], today: dt.date) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """The three longest overdue, those due today, those due within a week, and those that wait for the last signature."""
    open_ = [i for i in held if i.is_open]
    late = [i.pk for i in open_ if i.due_on and i.due_on < today][:SHOWN]
    near = [i.pk for i in open_ if i.due_on and today <= i.due_on <= today + dt.timedelta(days=7)][:60]
    closings = closing(user, open_)
    rows = {
        row.pk: row
        for row in ask(
            user,
            lambda u, at: seen.issues(u).filter(pk__in=at.pks).select_related(None).select_related("place", "rectifier")
            .only("key", "title", "klass", "due_on", "place__name", "rectifier__name").order_by(),
            pks=[*dict.fromkeys([*late, *near, *closings])],
        )
    }  # fmt: skip
    week = [rows[pk] for pk in near]
    return (
        [rows[pk] for pk in late], [i for i in week if i.due_on == today], [i for i in week if i.due_on != today],
        [rows[pk] for pk in closings],
    )  # fmt: skip


def _says_idle(rule: str) -> bool:
    return rule in IDLE_RULES or rule.startswith(("idle", "stopped"))


def _findings(user: Any, found: list[Any], today: dt.date) -> tuple[list[Row], int, list[Row], int]:
    """The three surest findings that a plant stands idle, the three gravest others, and how many there are of each.

    What is only missing on paper comes last.
    """
    gone = ("joined", "scrapped", "stopped")
    idle = [f for f in found if _says_idle(f.rule) and f.facility__status not in gone]
    idle.sort(key=lambda f: (CONFIDENCE.get(f.confidence, 9), -f.severity, f.key))
    other = [f for f in found if not _says_idle(f.rule)]
    other.sort(key=lambda f: (any(word in f.rule_name for word in PAPER_RULES), -f.severity, f.key))
    first, second = idle[:SHOWN], other[:SHOWN]
    rows = {
        row.pk: row
        for row in ask(
            user,
            lambda u, at: seen.findings(u).filter(pk__in=at.pks).order_by()
            .only("rule_name", "confidence", "state", "statement", "facility__name", "facility__key", "facility__design_m3_d",
                  "facility__place__name", "facility__place__parent__name"),
            pks=[f.pk for f in (*first, *second)],
        )
    }  # fmt: skip
    lines = _sparks(first, found, today)
    usual = _usual_bill(user, today) if any(line[0] == "bar" for line in lines.values()) else 0.0
    decides = rights.may(user, "decide_finding")
    return (
        [_finding_row(rows[f.pk], decides, lines.get(f.facility_id), usual) for f in first], len(idle),
        [_finding_row(rows[f.pk], decides) for f in second], len(other),
    )  # fmt: skip


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


def _sparks(
    shown: list[Any], found: list[Any], today: dt.date
) -> dict[int, tuple[str, list[float | None], int | None]]:
    """Sixty days of power where a meter tells, else twelve months of bills; with where the judged period begins."""
    facility_ids = list(dict.fromkeys(f.facility_id for f in shown))
    start = today - dt.timedelta(days=60)
    days: dict[int, dict[dt.date, float | None]] = defaultdict(dict)
    for facility_id, day, value in ask(
        None,
        lambda _u, at: DailyRow.objects.filter(facility_id__in=at.pks, quantity="energy", day__gt=at.start, day__lte=at.today)
        .order_by().values_list("facility_id", "day", "value"),
        pks=facility_ids, start=start, today=today,
    ):  # fmt: skip
        days[facility_id][day] = value
    bills: dict[int, list[tuple[dt.date, float]]] = defaultdict(list)
    for facility_id, month, kwh in ask(
        None,
        lambda _u, at: BillRow.objects.filter(facility_id__in=at.pks, month__lte=at.today)
        .order_by("month").values_list("facility_id", "month", "kwh"),
        pks=facility_ids, today=today,
    ):  # fmt: skip
        bills[facility_id].append((month, kwh))
    # The gravest finding of a facility says where the judged period begins.
    begins = {f.facility_id: f.period_from for f in sorted(found, key=lambda f: f.severity)}
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
    year = ask(
        user,
        lambda u, at: seen.bills(u).filter(month__gt=at.start, month__lte=at.today).order_by().values_list("kwh", flat=True),
        start=today - dt.timedelta(days=365), today=today,
    )  # fmt: skip
    return median(year) if year else 0.0


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


def reports_waiting(user: Any) -> list[Any]:
    """What villagers handed in and nobody took up, the oldest first."""
    if not seen.may_see_reports(user):
        return []
    return ask(
        user, lambda u, _at: seen.reports(u).filter(state__in=["received", "reopened"]).order_by("received_at")
    )


def _report_row(r: Any) -> Row:
    return Row(
        lead=f"{r.received_at:%m-%d}",
        title=_("群众反映：%s") % (r.text[:22] + ("…" if len(r.text) > 22 else "")),
        href=reverse("issues") + "?reports=1",
        detail=f"{r.facility_name or r.village_code}·{r.code}·{r.get_state_display()}",
        verb=_("交办"),
    )
