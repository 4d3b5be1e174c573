"""今日调度: what must I do today, and what is wrong?"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.design.parts import Figure, Provenance, RateBar, State, Way
from qingxi_office.design.words import chinese_marks
from qingxi_office.findings.models import FindingRecord
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.readings.models import BillRow, DailyRow
from qingxi_office.trail import clock
from qingxi_office.villages.models import ScopeLine, Treatment

from . import seen
from .provenance import of_figure
from .standing import IDLE_RULES
from .tally import TownshipRow, standings, working_days

# Surest first; what is only missing in the papers comes after what is wrong on the spot.
CONFIDENCE = {"较高": 0, "一般": 1, "低": 2}
PAPER_RULES = ("产权", "没有声音", "无数据")


@dataclass
class Row:
    """One line of a list that asks for something: the words, what is known besides, and one verb."""

    lead: str
    title: str
    href: str
    detail: str
    verb: str
    filled: bool = False
    spark: list[float | None] = field(default_factory=list)
    spark_kind: str = "line"
    mark_from: int | None = None
    alt: str = ""
    late: str = ""
    state: State | None = None


@login_required
def home(request: HttpRequest) -> HttpResponse:
    county = places.county()
    if county is None:
        return render(request, "site/first_steps.html", {})
    return render(request, "site/home.html", _gather(request.user, county))


def _gather(user: Any, county: Any) -> dict[str, Any]:
    today = clock.today()
    towns, out_of_list = townships(user, today)
    facilities = list(seen.facilities(user))
    stand = standings(user, facilities)
    counts = Counter(one.key for one in stand.values())
    issues = list(seen.issues(user).filter(is_open=True).order_by("due_on", "key"))
    late = [i for i in issues if i.due_on and i.due_on < today]
    due = [i for i in issues if i.due_on == today]
    week = [i for i in issues if i.due_on and today < i.due_on <= today + dt.timedelta(days=7)]
    idle = _idle(user, today)
    other = _other_findings(user)
    clashes = list(seen.clashes(user).exclude(state__in=["已同步", "不同步"])[:3])
    rate = seen.figures(user).filter(definition=county.main_definition, place=county.place).first()
    totals = TownshipRow("", _("合计"))
    for row in towns:
        for name in ("villages", "treated", "controlled", "open", "facilities", "issues", "late"):
            setattr(totals, name, getattr(totals, name) + getattr(row, name))
    missing = _missing_villages(rate, county.target_rate)
    return {
        "county_row": county,
        "today": today,
        "weekday": date_format(today, "l"),
        "now": clock.now(),
        "rate": rate,
        "rate_why": of_figure(rate) if rate else None,
        "target": county.target_rate,
        "missing": missing,
        "if_one_more": _if_more(rate, missing),
        "counts": counts,
        "figures": _figures(user, county, rate, counts, facilities, issues, late, today),
        "due": [_due_row(i) for i in due] + _reports_waiting(user),
        "week": week,
        "to_sign": _to_sign(user),
        "idle": idle[:3],
        "idle_all": len(idle),
        "other": other[:3],
        "other_all": len(other),
        "late": [_late_row(i, today) for i in late[:3]],
        "late_all": len(late),
        "clashes": clashes,
        "clashes_all": seen.clashes(user).exclude(state__in=["已同步", "不同步"]).count(),
        "townships": towns,
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


def _figures(
    user: Any, county: Any, rate: FigureRecord | None, counts: Counter[str], facilities: list[Any], issues: list[Any],
    late: list[Any], today: dt.date,
) -> list[Figure]:  # fmt: skip
    strip = []
    if rate is not None:
        strip.append(
            Figure(
                _("治理率"),
                rate.text,
                small=_("目标 %g %%") % county.target_rate if county.target_rate is not None else "",
                captions=[
                    f"{rate.numerator}/{rate.denominator} {rate.unit_counted}·{rate.as_of:%m-%d}·{_('县认定')}"
                ],
                provenance=of_figure(rate),
                bar=RateBar(rate.value, county.target_rate),
            )
        )
    else:
        strip.append(Figure(_("治理率"), _("还没有计算"), captions=[_("先装入台账并计算指标")], unknown=True))
    sampled = (
        seen.figures(user).filter(definition__startswith="operating", place=county.place, low__isnull=False).first()
    )
    if sampled is not None:
        strip.append(
            Figure(
                _("有效运行率（抽查）"),
                sampled.text,
                captions=[
                    f"{sampled.numerator}/{sampled.denominator} {_('座')}·{_('区间')} {sampled.low:.1f}–{sampled.high:.1f}"
                ],
                provenance=of_figure(sampled),
                bar=RateBar(sampled.value, 80, sampled.low, sampled.high),
            )
        )
    else:
        evidence = Counter(f.evidence for f in facilities)
        strip.append(
            Figure(
                _("有效运行率（抽查）"),
                _("还没有抽查"),
                captions=[
                    _("设施靠什么知道：数采仪 %(a)d，远传 %(b)d，纸面 %(c)d")
                    % {"a": evidence["hj212"], "b": evidence["remote_meter"], "c": evidence["paper"]}
                ],
                unknown=True,
            )
        )
    in_count = sum(counts[key] for key in ("ok", "watch", "idle", "stop", "unk"))
    strip.append(
        Figure(
            _("设施正常"),
            str(counts["ok"]),
            small=_("共 %d 座") % in_count,
            captions=[
                _("关注 %(a)d·疑似闲置 %(b)d") % {"a": counts["watch"], "b": counts["idle"]},
                _("停运 %(a)d·不明 %(b)d") % {"a": counts["stop"], "b": counts["unk"]},
            ],
            provenance=Provenance(
                _("设施正常 %d 座") % counts["ok"],
                [
                    (_("定义"), _("在用，且最近一次核查没有任何未被推翻的判断；没有产权单位或什么都判不了的算“不明”，不算正常")),
                    (_("分母"), _("台账里的设施 %(n)d 座，去掉已并网、报废 %(off)d 座") % {"n": len(facilities), "off": counts["off"]}),
                    (_("日期"), str(today)),
                    (_("谁量的"), _("规则自动提出，人来确认")),
                ],
                [Way(_("看名单"), reverse("facilities")), Way(_("看判断"), reverse("facilities") + "?standing=watch")],
            ),
        )
    )  # fmt: skip
    longest = max((working_days(i.due_on, today) for i in late), default=0)
    closed = seen.issues(user).filter(closed_on__year=today.year, closed_on__month=today.month).count()
    strip.append(
        Figure(
            _("问题超期"),
            str(len(late)),
            small=_("在办 %d 件") % len(issues),
            captions=[
                _("最久 %d 个工作日") % longest if late else _("没有超期"),
                _("本月销号 %d 件") % closed,
            ],
            provenance=Provenance(
                _("问题超期 %d 件") % len(late),
                [
                    (_("定义"), _("在办，且期限早于今天；期限按工作日算")),
                    (_("分母"), _("看得到的在办问题 %d 件") % len(issues)),
                    (_("日期"), str(today)),
                    (_("谁量的"), _("问题台账")),
                ],
                [Way(_("看名单"), reverse("issues") + "?late=1")],
            ),
        )
    )
    money = seen.projects(user).aggregate(total=Sum("total_fen"), paid=Sum("paid_fen"))
    n = seen.projects(user).count()
    if n:
        strip.append(
            Figure(
                _("项目总投资"),
                f"{(money['total'] or 0) / 1e6:,.2f}",
                small=_("万元·%d 个") % n,
                captions=[_("已付 %s 万元") % f"{(money['paid'] or 0) / 1e6:,.2f}"],
                provenance=Provenance(
                    _("项目总投资"),
                    [
                        (_("定义"), _("各项目总投资（工程费用、其他费用、预备费）之和")),
                        (_("日期"), str(today)),
                        (_("谁量的"), _("项目台账；规划阶段是估算")),
                    ],
                    [Way(_("看名单"), reverse("projects"))],
                ),
            )
        )
    else:
        strip.append(Figure(_("项目总投资"), _("还没有项目"), unknown=True))
    reports = PublicReport.objects.filter(state__in=["received", "reopened"]).count()
    strip.append(
        Figure(
            _("群众反映"),
            str(reports),
            small=_("件没有交办"),
            captions=[_("不认可、退回来的排在最前")],
            provenance=Provenance(
                _("群众反映"),
                [(_("定义"), _("扫码或代办来的反映，已收到、还没有交办，或反映人不认可")), (_("日期"), str(today))],
                [Way(_("看名单"), reverse("issues") + "?reports=1")],
            ),
        )
    )
    return strip


def townships(user: Any, today: dt.date) -> tuple[list[TownshipRow], list[Any]]:
    """Villages by township and state, within the signed list; the villages left out of it come second."""
    rows: dict[int, TownshipRow] = {}
    last: dict[int, str] = {}
    for place_id, change in ScopeLine.objects.order_by("signed_on", "id").values_list("place_id", "change"):
        last[place_id] = change
    left_out = []
    for village in seen.villages(user):
        town = village.place.parent
        row = rows.setdefault(town.pk, TownshipRow(town.code, town.name))
        if last.get(village.place_id, "列入" if not last else "核减") == "核减":
            left_out.append(village)
            continue
        row.villages += 1
        if village.state == Treatment.TREATED:
            row.treated += 1
        elif village.state == Treatment.CONTROLLED:
            row.controlled += 1
        else:
            row.open += 1
    for path, due_on in seen.issues(user).filter(is_open=True).values_list("place__path", "due_on"):
        for row in rows.values():
            if f"/{row.code}/" in f"/{path}":
                row.issues += 1
                row.late += bool(due_on and due_on < today)
    return sorted(rows.values(), key=lambda r: (r.rate_pct if r.rate_pct is not None else 999, r.code)), left_out


def _idle(user: Any, today: dt.date) -> list[Row]:
    found = [
        f
        for f in seen.findings(user).filter(is_current=True).exclude(state=FindingRecord.State.REJECTED)
        if f.rule in IDLE_RULES or f.rule.startswith(("idle", "stopped"))
    ]
    found = [f for f in found if f.facility.status not in ("joined", "scrapped", "stopped")]
    found.sort(key=lambda f: (CONFIDENCE.get(f.confidence, 9), -f.severity, f.key))
    lines = _sparks([f.facility_id for f in found[:3]], today)
    return [_finding_row(f, lines.get(f.facility_id)) for f in found]


def _other_findings(user: Any) -> list[Row]:
    found = [
        f
        for f in seen.findings(user).filter(is_current=True).exclude(state=FindingRecord.State.REJECTED)
        if not (f.rule in IDLE_RULES or f.rule.startswith(("idle", "stopped")))
    ]
    found.sort(key=lambda f: (any(word in f.rule_name for word in PAPER_RULES), -f.severity, f.key))
    return [_finding_row(f, None) for f in found]


def _finding_row(f: FindingRecord, line: tuple[str, list[float | None], int | None] | None) -> Row:
    place = f.facility.place
    town = place.parent.name if place.parent_id else ""
    return Row(
        lead=f.rule_name,
        title=f.facility.name,
        href=reverse("facility", args=[f.facility.key]),
        detail=f"{town}·{f.facility.key}·{f.facility.design_m3_d:g} m³/d·{_('把握')}{f.confidence}",
        verb=_("派人核实") if f.state == FindingRecord.State.PROPOSED else _("看"),
        spark_kind=line[0] if line else "",
        spark=line[1] if line else [],
        mark_from=line[2] if line else None,
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
    if rights.extent(user, "report") is rights.Extent.NOTHING:
        return []
    waiting = PublicReport.objects.filter(state__in=["received", "reopened"]).order_by("received_at")[:3]
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


def _to_sign(user: Any) -> list[Row]:
    """What waits for this person's hand: findings to confirm, problems to sign off, drafts to send."""
    rows = []
    if user.unit_id:
        for issue in seen.issues(user).filter(is_open=True, closer_id=user.unit_id, state__in=SIGN_STATES)[:4]:
            rows.append(
                Row(
                    "", _("销号：%s") % issue.title, reverse("issue", args=[issue.key]),
                    f"{issue.key}·{issue.rectifier.name if issue.rectifier else ''}", _("看了再签"), filled=True,
                )
            )  # fmt: skip
    for bulletin in seen.bulletins(user).exclude(state=BulletinRecord.State.ISSUED)[:2]:
        rows.append(
            Row(
                "", bulletin.title, reverse("bulletin", args=[bulletin.key]),
                f"{bulletin.get_state_display()}·{bulletin.as_of}", _("看"),
            )
        )  # fmt: skip
    proposed = seen.findings(user).filter(is_current=True, state=FindingRecord.State.PROPOSED)
    if rights.may(user, "decide_finding") and (n := proposed.count()):
        rows.append(
            Row(
                "", _("判断等人确认 %d 条") % n, reverse("facilities") + "?finding=proposed",
                _("确认以后才进问题台账"), _("看"),
            )
        )  # fmt: skip
    return rows


# States of qingxi.issue in which the last signature is the next step.
SIGN_STATES = ("verified", "核查通过", "signed", "publicised")
