"""The one time axis of a facility, as the chart takes it: readings, visits, findings, orders, people's reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi_office.trail import clock

from .axis_quality import quality_data
from .standing import IDLE_RULES

_BEIJING = dt.timezone(dt.timedelta(hours=8))
LANES = (lazy("判断"), lazy("工单"), lazy("巡查"), lazy("检测"), lazy("群众反映"))


def axis_data(
    f: Any, born: dt.date, view: dt.date, today: dt.date, days: Sequence[Any], bills: Sequence[Any], labs: Sequence[Any],
    visits: Sequence[Any], findings: Sequence[Any], issues: Sequence[Any], reports: Sequence[Any], fine: Sequence[str], series: str,
    fallen: Sequence[tuple[dt.date, float]] = (), packets: str = "", quality: str = "cod",
    packets_of: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Shape everything for ``axis.js``; days without a row are gaps, never zeros.

    The axis reaches from ``born`` to today and shows what lies after ``view``; ``days`` are those of the view alone: what
    else is looked at, and anything finer of the quantities ``fine``, the page fetches from ``series``, and each packet of a day from ``packets``;
    ``packets_of`` with ``day`` in it is the page of a day's packets. ``fallen``: days with rain, mm.
    ``quality``: code of the one quality of the water that is drawn.
    """
    start = born
    flow = _series(days, "flow", view, today)
    power = _series(days, "energy", view, today)
    out: dict[str, Any] = {
        "from": start.isoformat(),
        "view": view.isoformat(),
        "fine": [code for code in ("flow", "energy", quality) if code in fine],
        "series": series if fine else "",
        "packets": packets if fine else "",
        "packetsOf": packets_of if fine else "",
        "to": today.isoformat(),
        "today": today.isoformat(),
        "design": f.design_m3_d,
        "rain": [[day.isoformat(), round(mm, 1)] for day, mm in fallen if day >= start],
        "flow": flow,
        "power": power,
        "bills": [] if power or "energy" in fine else [[b.month.isoformat(), b.kwh] for b in bills if b.month >= start.replace(day=1)],
        "quality": quality_data(quality, f.discharge_class, labs, start),
        "gaps": _gaps(flow or power),
        "lanes": [str(word) for word in LANES],
        "periods": [],
        "spans": [],
        "points": [],
        "words": {
            "rain": _("雨量"), "flow": _("水量"), "power": _("电量"), "bills": _("每月电量"), "design": _("设计"),
            "design30": _("设计的 30 %"), "in": _("进"), "out": _("出"), "today": _("今天"),
            "missing": _("缺"), "time": _("时间"), "flag": _("标记"), "version": _("第几版"), "late": _("补传"), "replaced": _("已被更正"),
            "ok": _("到过"), "visit": _("运维到站"), "bad": _("发现异常"), "none": _("无水可采"), "people": _("反映"),
        },
    }  # fmt: skip
    for day in sorted({r.sampled_on for r in labs if r.sampled_on >= start}):
        some = any(r.value is not None for r in labs if r.sampled_on == day)
        out["points"].append(
            {
                "lane": 3,
                "day": day.isoformat(),
                "kind": "ok" if some else "none",
                "words": "" if some else _("无水可采"),
                "says": "、".join(sorted({r.laboratory for r in labs if r.sampled_on == day and r.laboratory}))
                or _("取样"),
            }
        )
    for finding in findings:
        if finding.period_to < start:
            continue
        kind = "bad" if finding.rule in IDLE_RULES or finding.rule.startswith(("idle", "stopped")) else "watch"
        length = (finding.period_to - finding.period_from).days + 1
        words = _("%(name)s %(n)d 天") % {"name": finding.rule_name, "n": length}
        span = {"from": finding.period_from.isoformat(), "to": finding.period_to.isoformat(), "kind": kind}
        out["periods"].append(span)
        href = reverse("finding", args=[finding.pk]) if finding.pk else ""
        out["spans"].append({**span, "lane": 0, "words": words, "href": href})
    for issue in issues:
        end = issue.closed_on or today
        if end < start:
            continue
        late = issue.is_open and issue.due_on and issue.due_on < today
        out["spans"].append(
            {
                "from": issue.found_on.isoformat(),
                "to": end.isoformat(),
                "kind": "bad" if late else "watch" if issue.is_open else "good",
                "lane": 1,
                "words": f"{issue.title[:16]} {_('超期') if late else issue.state}",
                "says": f"{issue.title} {_('超期') if late else issue.state}",
                "href": reverse("issue", args=[issue.key]),
            }
        )
    for visit in visits:
        day = clock.day_of(visit.visited_at)
        if day < start:
            continue
        wrong = _wrong(visit.answers)
        kind = "bad" if wrong else "visit" if visit.by_role == "operator" else "ok"
        at = visit.visited_at.astimezone(_BEIJING)
        out["points"].append(
            {
                "lane": 2,
                "day": day.isoformat(),
                "at": round((at.hour * 60 + at.minute) / 1440, 4),
                "kind": kind,
                "words": "",
                "says": " ".join(word for word in (visit.by_name, wrong) if word),
                "href": reverse("round_seen", args=[visit.pk]),
            }
        )
    _say_one_bad_visit(out["points"], visits, view, today)
    for report in reports:
        day = clock.day_of(report.received_at)
        if day >= start:
            out["points"].append(
                {
                    "lane": 4,
                    "day": day.isoformat(),
                    "kind": "people",
                    "words": f"“{report.text[:8]}”",
                    "says": f"“{report.text[:40]}”",
                }
            )
    return out


def _say_one_bad_visit(points: list[dict[str, Any]], visits: Sequence[Any], start: dt.date, today: dt.date) -> None:
    """Give words to one bad visit only: the one with the longest quiet time after it, so that they lie on no other mark."""
    days = sorted({clock.day_of(v.visited_at) for v in visits if clock.day_of(v.visited_at) >= start})
    quiet = {day: (after - day).days for day, after in zip(days, [*days[1:], today], strict=False)}
    bad = {
        clock.day_of(v.visited_at): _wrong(v.answers)
        for v in visits
        if clock.day_of(v.visited_at) in quiet and _wrong(v.answers)
    }
    if not bad:
        return
    best = max(bad, key=lambda day: (quiet[day], day))
    if quiet[best] * 12 < (today - start).days:  # about the width of four characters
        return
    for point in points:
        if point["lane"] == 2 and point["day"] == best.isoformat() and point["kind"] == "bad":
            point["words"] = bad[best]
            return


def bill_data(bills: Sequence[Any], finding: Any) -> dict[str, Any] | None:
    """Twelve months of bills for the chart; a month without a bill is a hatched bar."""
    if not bills:
        return None
    by_month = {b.month: b.kwh for b in bills}
    last = max(by_month)
    months = []
    for back in range(11, -1, -1):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        months.append(dt.date(year, month + 1, 1))
    rows = [[f"{m:%Y-%m}", by_month.get(m)] for m in months]
    judged = f"{finding.period_from:%Y-%m}" if finding is not None else None
    return {"rows": rows, "from": judged, "words": {"bills": _("每月电量"), "missing": _("缺")}}


def _series(days: Sequence[Any], quantity: str, start: dt.date, today: dt.date) -> list[list[Any]]:
    found = {d.day: d.value for d in days if d.quantity == quantity}
    if not found:
        return []
    first = max(start, min(found))
    return [
        [day.isoformat(), round(value, 2) if (value := found.get(day)) is not None else None]
        for n in range((today - first).days + 1)
        for day in [first + dt.timedelta(days=n)]
    ]


def _gaps(series: list[list[Any]]) -> list[list[str]]:
    """Runs of missing days, as [first, last]."""
    out: list[list[str]] = []
    run: list[str] = []
    for day, value in [*series, ["", 0.0]]:
        if value is None:
            run.append(day)
        else:
            if run:
                out.append([run[0], run[-1]])
            run = []
    return out


def _wrong(answers: dict[str, Any]) -> str:
    """The first answer of a round that tells of something wrong, in words."""
    for question, answer in (answers or {}).items():
        words = BAD_ANSWERS.get(question, {})
        if answer in words:
            return str(words[answer])
    return ""


# What an answer of a round means when it is not good, by question of qingxi.files' visit sheet.
BAD_ANSWERS: dict[str, dict[str, Any]] = {
    "blower": {"off": lazy("风机不响"), "fault": lazy("风机故障")},
    "outflow": {"no": lazy("出水无")},
    "panel_light": {"off": lazy("控制箱灯不亮"), "fault": lazy("控制箱报警")},
    "sewage_around": {"yes": lazy("周边有污水")},
    "smell": {"yes": lazy("有异味")},
    "covers": {"broken": lazy("井盖破损")},
    "fence": {"broken": lazy("围栏破损")},
    "inflow": {"no": lazy("没有进水")},
}
