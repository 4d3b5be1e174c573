"""Laboratory sheets: which station owes a sample by when, and what the samples that came say."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from qingxi.facility import PLANS, Due, Owed, Station, owed
from qingxi_office.asking import ask
from qingxi_office.design.parts import Kind, State
from qingxi_office.design.words import quoted
from qingxi_office.people import rights
from qingxi_office.places import actions as places
from qingxi_office.places import queries as tree
from qingxi_office.readings.models import LabRow
from qingxi_office.site.loading import sheets
from qingxi_office.trail import clock

from . import seen, sheet
from .lab_samples import POINTS, items_of, sample_state
from .table import Column, Listed, asked_sort, export, table

KINDS: dict[Due, Kind] = {
    Due.DONE: "good", Due.SOON: "watch", Due.OPEN: "info", Due.MISSED: "bad", Due.REST: "plain", Due.NO_WATER: "unknown",
}  # fmt: skip
WORDS: dict[Due, Any] = {
    Due.DONE: lazy("已采"), Due.SOON: lazy("快到期"), Due.OPEN: lazy("还没采"), Due.MISSED: lazy("上期就漏了"),
    Due.REST: lazy("今年不轮到"), Due.NO_WATER: lazy("去过，无水可采"),
}  # fmt: skip
ORDER = (Due.MISSED, Due.SOON, Due.OPEN, Due.NO_WATER, Due.DONE, Due.REST)


def plan_of() -> str:
    """The county's sampling plan."""
    own = tree.county()
    return own.monitoring_plan if own is not None and own.monitoring_plan in PLANS else "national"


def _stations(rows: Sequence[Any], user: Any, today: dt.date) -> list[Station]:
    """Facilities as the plan knows them; two questions whatever their number."""
    wet: dict[int, list[dt.date]] = defaultdict(list)
    dry: dict[int, list[dt.date]] = defaultdict(list)
    since = dt.date(today.year - 6, 1, 1)
    days = (
        seen.labs(user).select_related(None).filter(point="effluent", sampled_on__gte=since, sampled_on__lte=today)
        .order_by().values_list("facility_id", "sampled_on").annotate(some=Max("value"))
    )  # fmt: skip
    for facility, day, some in days:
        (dry if some is None else wet)[facility].append(day)
    return [
        Station(str(f.pk), f.design_m3_d, tuple(wet[f.pk]), tuple(dry[f.pk]), f.commissioned) for f in rows
    ]  # fmt: skip


def columns() -> list[Column]:
    return [
        Column("key", _("编号"), lambda f: f.key, order="key", quiet=True, always=True),
        Column("name", _("设施"), lambda f: f.name, order="name"),
        Column("due", _("该采样了吗"), lambda f: str(WORDS[f.owed.due]), show=lambda f: State(KINDS[f.owed.due], str(WORDS[f.owed.due]))),
        Column("by", _("本期截止"), lambda f: None if f.owed.due is Due.REST else f.owed.by),
        Column("last", _("上次采样"), lambda f: f.owed.last),
        Column("verdict", _("上次出水"), lambda f: f.verdict.word if f.verdict else "", show=lambda f: f.verdict or "–"),
        Column("missed", _("近四期漏采"), lambda f: f.owed.missed, show=lambda f: f.owed.missed or "–", num=True),
        Column("town", _("乡镇"), lambda f: f.place.parent.name if f.place.parent else "", order="place__parent__code"),
        Column("village", _("村"), lambda f: f.place.name, order="place__code", shown=False),
        Column("design", _("规模 m³/d"), lambda f: f.design_m3_d, show=lambda f: f"{f.design_m3_d:g}", order="design_m3_d", num=True),
        Column("rule", _("按哪一条"), lambda f: f.owed.stint.row.meaning, show=lambda f: quoted(f.owed.stint.row.meaning), say=True, quiet=True),
        Column("items", _("标准所限项目"), lambda f: " ".join(items_of(f.discharge_class)), show=lambda f: quoted(" ".join(items_of(f.discharge_class))) if f.discharge_class else "–", say=True, quiet=True),
        Column("operator", _("运维单位"), lambda f: f.operator, order="operator", shown=False),
        Column("class", _("执行标准"), lambda f: f.discharge_class, shown=False),
        Column("source", _("这一条的出处"), lambda f: f.owed.stint.row.source, shown=False),
    ]  # fmt: skip


@login_required
def labs(request: HttpRequest) -> HttpResponse:
    if not seen.may_see(request.user, "reading"):
        raise Http404
    user, asked, today = request.user, request.GET, clock.today()
    rows = seen.facilities(user).filter(status__in=("in_use", "trial"))
    everywhere = rows
    if township := asked.get("township", ""):
        rows = rows.filter(place__path__contains=f"/{township}/")
    if operator := asked.get("operator", ""):
        rows = rows.filter(operator="" if operator == "-" else operator)
    if text := asked.get("q", "").strip():
        rows = rows.filter(name__contains=text) | rows.filter(key__istartswith=text)
    every = columns()
    order, descending, word = asked_sort(request, every, "key")
    light = list(
        everywhere.select_related(None).order_by(("-" if descending else "") + order, "key").values_list(
            "pk", "design_m3_d", "commissioned", named=True
        )
    )  # fmt: skip
    plan = plan_of()
    answers: dict[int, Owed] = {int(o.id): o for o in owed(plan, _stations(light, user, today), today)}
    kept = set(rows.order_by().values_list("pk", flat=True)) if township or operator or text else set(answers)
    shown = [f.pk for f in light if f.pk in kept]
    counts = Counter(answers[pk].due for pk in shown)
    wanted = next((d for d in ORDER if d.name.lower() == asked.get("due")), None)
    if wanted:
        shown = [pk for pk in shown if answers[pk].due is wanted]
    if not word:
        shown.sort(key=lambda pk: ORDER.index(answers[pk].due))
    source = Listed(shown, lambda pks: _read(user, pks))

    def prepare(page: Iterable[Any]) -> None:
        said = _verdicts(user, page, {f.pk: answers[f.pk].last for f in page})
        for f in page:
            f.owed, f.verdict = answers[f.pk], said.get(f.pk)

    if asked.get("as") in sheet.FORMATS:
        return export(request, _("采样计划"), every, source, prepare=prepare)
    towns = dict(
        everywhere.order_by().exclude(place__parent=None).values_list("place__parent__code", "place__parent__name").distinct()
    )  # fmt: skip
    owing = len(kept) - counts[Due.REST]
    return render(
        request, "site/labs.html",
        {
            "table": table(
                request, every, source, total=len(shown), href=lambda f: reverse("facility", args=[f.key]) + "?weeks=52",
                label=_("采样计划"), prepare=prepare,
            ),
            "counts": counts, "chips": [(d.name.lower(), WORDS[d], counts[d]) for d in ORDER if counts[d]],
            "all": len(kept), "owing": owing, "done": counts[Due.DONE] + counts[Due.NO_WATER],
            "left": counts[Due.OPEN] + counts[Due.SOON] + counts[Due.MISSED], "missed": counts[Due.MISSED],
            "plan": plan, "plans": PLANS.items(), "may_plan": rights.may(user, "load"),
            "may_send": rights.may(user, "submit_sheet"), "towns": sorted(towns.items()),
            "operators": sorted(everywhere.order_by().values_list("operator", flat=True).distinct()), "today": today,
        },
    )  # fmt: skip


def _read(user: Any, pks: Sequence[int]) -> Mapping[int, Any]:
    rows = ask(
        user,
        lambda u, at: (
            seen.facilities(u).defer("place__geometry", "place__parent__geometry").order_by().filter(pk__in=at.pks)
        ),
        pks=list(pks),
    )
    return {f.pk: f for f in rows}


def _verdicts(user: Any, page: Iterable[Any], last: Mapping[int, dt.date | None]) -> dict[int, State]:
    """What the newest effluent sample of each facility of a page says; one question."""
    known = {f.pk: f for f in page}
    days = {day for day in last.values() if day is not None}
    rows: dict[int, list[LabRow]] = defaultdict(list)
    for row in (
        seen.labs(user).select_related(None).filter(facility_id__in=known, sampled_on__in=days, point="effluent")
    ):
        if row.sampled_on == last[row.facility_id]:
            rows[row.facility_id].append(row)
    return {pk: sample_state(found, known[pk]) for pk, found in rows.items()}


@login_required
@require_POST
def lab_plan(request: HttpRequest) -> HttpResponse:
    """Choose the county's sampling plan."""
    if not seen.may_see(request.user, "reading"):
        raise Http404
    if not rights.may(request.user, "load"):
        raise PermissionDenied
    own, chosen = tree.county(), request.POST.get("plan", "")
    if own is None or chosen not in PLANS:
        messages.error(request, _("没有这样的采样计划"))
    else:
        places.set_county(own.place, by=request.user, monitoring_plan=chosen)
        messages.success(request, _("采样计划改为：%s") % PLANS[chosen])
    return redirect("labs")


@login_required
def lab_form(request: HttpRequest) -> HttpResponse:
    """The laboratory's form with a row for each sample that is owed: influent and effluent of every station not yet done."""
    user, today = request.user, clock.today()
    if not seen.may_see(user, "reading") or not seen.may_see(user, "intake"):
        raise Http404
    rows = list(seen.facilities(user).filter(status__in=("in_use", "trial")).defer("place__geometry"))
    owing = {Due.OPEN, Due.SOON, Due.MISSED}
    answers = owed(plan_of(), _stations(rows, user, today), today)
    wanted = [f for f, o in zip(rows, answers, strict=True) if o.due in owing]
    by_class: dict[str, list[str]] = defaultdict(list)
    for f in wanted:
        by_class[f.discharge_class].append(f.key)
    notes = [
        f"{said or '没有写执行标准的'}：{'标准所限项目 ' + '、'.join(items_of(said)) if items_of(said) else '先在设施台账里写明执行标准'}（{'、'.join(keys)}）"
        for said, keys in sorted(by_class.items())
    ]
    body = sheets.lab_form(user, [(f.key, point) for f in wanted for point in POINTS], notes)
    name = _("采样单") + f"_{today:%Y-%m-%d}"
    return HttpResponse(
        body, content_type=sheet.XLSX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.xlsx"},
    )  # fmt: skip
