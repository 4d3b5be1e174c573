"""The page of one facility: is this plant alive, and how do we know?"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.asking import ask, ask_one
from qingxi_office.design.parts import State
from qingxi_office.design.words import chinese_marks
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.keepings.queries import now_called
from qingxi_office.people import rights
from qingxi_office.readings.rain import rain_at
from qingxi_office.trail import clock

from . import seen, who
from .axis import axis_data, bill_data
from .axis_quality import factor_of, factor_word, factors
from .standing import PAPER_RULES
from .tally import standings, working_days

# What a button shows, in days; 0 is everything. Less than a day ends at the newest reading.
WINDOWS = {"hour": 1 / 24, "day": 1, "4": 28, "13": 91, "52": 364, "156": 1095, "all": 0}


def get_facility(user: Any, key: str) -> FacilityRecord:
    """The facility, or 404 for a stranger as for a wrong number."""
    found = ask_one(user, lambda u, at: seen.facilities(u).filter(key=at.key)[:1], key=key)
    if found is None:
        raise Http404
    return found


@login_required
def facility(request: HttpRequest, key: str) -> HttpResponse:
    if (now := now_called("facility", [key]).get(key)) and seen.facilities(request.user).filter(key=now).exists():
        return redirect("facility", now)  # it was merged into another; the code on its fence still opens
    f = get_facility(request.user, key)
    user, today = request.user, clock.today()
    stand = standings(user, [f])[f.pk]
    findings = ask(
        user,
        lambda u, at: seen.findings(u).select_related(None).filter(facility_id=at.pk, is_current=True)
        .exclude(state=FindingRecord.State.REJECTED).order_by("-severity", "-period_to"),
        pk=f.pk,
    )  # fmt: skip
    for finding in findings:
        finding.facility = f
    findings.sort(key=lambda finding: finding.rule in PAPER_RULES)
    undecided = ask(user, lambda u, at: seen.undecided(u).filter(facility_id=at.pk), pk=f.pk)
    issues = ask(
        user, lambda u, at: seen.issues(u).filter(facility_id=at.pk).order_by("-is_open", "due_on"), pk=f.pk
    )
    visits = ask(
        user,
        lambda u, at: seen.visits(u).select_related(None).filter(facility_id=at.pk, visited_at__lt=at.end)
        .order_by("-visited_at")[:400],
        pk=f.pk, end=clock.end_of(today),
    )  # fmt: skip
    labs = ask(
        user,
        lambda u, at: seen.labs(u).select_related(None).filter(facility_id=at.pk, sampled_on__lte=at.today)
        .order_by("-sampled_on"),
        pk=f.pk, today=today,
    )  # fmt: skip
    reports = (
        ask(None, lambda _u, at: PublicReport.objects.filter(facility=at.key), key=f.key)
        if seen.may_see_reports(user)
        else []
    )
    bills = ask(
        user,
        lambda u, at: seen.bills(u).select_related(None).filter(facility_id=at.pk, month__lte=at.today).order_by("month"),
        pk=f.pk, today=today,
    )  # fmt: skip
    weeks = request.GET.get("weeks", "13")
    known = set(
        ask(
            user,
            lambda u, at: (
                seen.days(u).filter(facility_id=at.pk).order_by().values_list("quantity", flat=True).distinct()
            ),
            pk=f.pk,
        )
    )
    has_days = bool(known)
    if "weeks" not in request.GET and not has_days:
        weeks = "52"
    length = math.ceil(WINDOWS.get(weeks, 91))
    born = max(f.commissioned or today - dt.timedelta(days=1095), today - dt.timedelta(days=2200))
    born = min(born, today - dt.timedelta(days=27))
    start = max(born, today - dt.timedelta(days=length - 1)) if length else born
    days = (
        ask(
            user,
            lambda u, at: seen.days(u).filter(
                facility_id=at.pk, day__gte=at.start, day__lte=at.today, quantity__in=("flow", "energy")
            ),
            pk=f.pk, start=start, today=today,
        )
        if has_days
        else []
    )  # fmt: skip
    main = findings[0] if findings else None
    gauge, fallen = rain_at(user, f, born, today) if "flow" in known else (None, [])  # it explains the flow
    there = factors(labs, known)
    axis = axis_data(
        f, born, start, today, days, bills, labs, visits, findings, issues, reports, sorted(known),
        reverse("facility_series", args=[f.key]), fallen, reverse("facility_packets", args=[f.key]),
        factor_of(request.GET.get("quality", ""), there, findings), reverse("facility_day", args=[f.key, "day"]),
    )  # fmt: skip
    return render(
        request,
        "site/facility.html",
        {
            "f": f,
            "today": today,
            "standing": stand,
            "answer": _answer(f, stand, main, visits, today),
            "years": today.year - f.commissioned.year + 1 if f.commissioned else None,
            "main": main,
            "others": findings[1:],
            "undecided": undecided,
            "issues": issues,
            "late": [i for i in issues if i.is_open and i.due_on and i.due_on < today],
            "last_visit": visits[0] if visits else None,
            "last_lab": _last_lab(labs),
            "weeks": weeks,
            "windows": _windows(today - born, has_days),
            "from": start,
            "axis": axis,
            "qualities": [(code, factor_word(code)) for code in there],
            "bills": bill_data(bills, main),
            "who": who.of_thing(f.place, f"facility:{f.key}", (f.operator, f.owner, f.operator_unit, f.owner_unit)),
            "has_days": has_days,
            "may_decide": rights.may(user, "decide_finding", path=f.place.path),
            "may_open": rights.may(user, "open_issue", path=f.place.path),
            "late_by": max((working_days(i.due_on, today) for i in issues if i.is_open and i.due_on and i.due_on < today), default=0),
            "cannot": _cannot(undecided),
            "gauge": gauge,
            "source_words": _sources(f, days, bills, labs, visits),
        },
    )  # fmt: skip


def _windows(age: dt.timedelta, told: bool) -> list[tuple[str, str, str]]:
    """Buttons of lengths of time: key, weeks as the script takes them, word. Hours only where a device says something."""
    words = {
        "hour": _("1 小时"), "day": _("1 天"), "4": _("4 周"), "13": _("13 周"), "52": _("1 年"), "156": _("3 年"), "all": _("自投运"),
    }  # fmt: skip
    left_out = (set() if told else {"hour", "day"}) | (set() if age.days > WINDOWS["156"] else {"156"})
    return [
        (key, f"{days / 7:.6g}" if days else "", words[key]) for key, days in WINDOWS.items() if key not in left_out
    ]


def _sources(f: FacilityRecord, days: list[Any], bills: list[Any], labs: list[Any], visits: list[Any]) -> str:
    words = []
    if any(d.source == "hj212" for d in days) or f.evidence == "hj212":
        words.append(_("数采仪（HJ 212）"))
    if any(d.source == "vendor" for d in days) or f.evidence == "remote_meter":
        words.append(_("远传表或厂家平台"))
    if bills:
        words.append(_("电费单"))
    if labs:
        words.append(_("化验"))
    if visits:
        words.append(_("巡查"))
    return "、".join(words) or _("没有任何记录")


def _answer(f: FacilityRecord, stand: Any, main: FindingRecord | None, visits: list[Any], today: dt.date) -> str:
    """The page's first line: what a person would say who had looked at everything."""
    if main is not None:
        said = chinese_marks(main.statement).rstrip("。").removeprefix(f.name).lstrip("：")
        if main.state == FindingRecord.State.PROPOSED:
            return _("%(name)s%(said)s；还没有人确认。") % {"name": f.name, "said": said}
        return _("%(name)s%(said)s；已经确认。") % {"name": f.name, "said": said}
    if stand.key == "stop":
        return _("%s登记为停运。") % f.name
    if stand.key == "off":
        return _("%s已并网或报废，不再计入。") % f.name
    if not visits:
        return _("%s没有发现问题，也没有人去看过。") % f.name
    ago = (today - clock.day_of(visits[0].visited_at)).days
    when = _("今天") if ago == 0 else _("昨天") if ago == 1 else _("%d 天前") % ago
    if stand.key == "unk":
        return _("%(name)s好不好，现在说不准；上次有人到站是%(when)s。") % {"name": f.name, "when": when}
    return _("%(name)s没有发现问题；%(when)s有人检查过。") % {"name": f.name, "when": when}


def _last_lab(labs: list[Any]) -> dict[str, Any] | None:
    """The newest sampling: its day, and effluent and influent by quantity."""
    if not labs:
        return None
    day = labs[0].sampled_on
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in labs:
        if row.sampled_on == day:
            values[row.point][row.quantity] = row.value
    return {
        "day": day,
        "out": values.get("effluent", {}),
        "in": values.get("influent", {}),
        "laboratory": labs[0].laboratory,
    }


def _cannot(undecided: list[Any]) -> State | None:
    if not undecided:
        return None
    return State("unknown", _("%d 条规则判不了") % len(undecided))
