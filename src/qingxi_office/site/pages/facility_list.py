"""The ledger of facilities: which of them work, and how does one know?

3,000 facilities are judged from three of their fields; only the page's own sixty are read whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from qingxi_office.asking import ask
from qingxi_office.design.parts import State
from qingxi_office.design.words import chinese_marks
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord

from . import seen, sheet
from .standing import ORDER, PAPER_RULES, WORDS
from .table import Column, Listed, asked_sort, export, table
from .tally import standings


def columns() -> list[Column]:
    return [
        Column("key", _("编号"), lambda f: f.key, order="key", quiet=True, always=True),
        Column("name", _("设施"), lambda f: f.name, order="name"),
        Column("standing", _("现状"), lambda f: f.standing.state.word, show=lambda f: f.standing.state),
        Column("town", _("乡镇"), _town, order="place__parent__code"),
        Column("village", _("村"), lambda f: f.place.name, order="place__code"),
        Column("code", _("村码"), lambda f: f.place.code, shown=False, always=True),
        Column("design", _("规模 m³/d"), lambda f: f.design_m3_d, show=lambda f: f"{f.design_m3_d:g}", order="design_m3_d", num=True),
        Column("finding", _("判断"), lambda f: f.top.statement if f.top else "", show=_judged, say=True),
        Column("operator", _("运维单位"), lambda f: f.operator, show=_operator, order="operator"),
        Column("evidence", _("靠什么知道"), lambda f: f.get_evidence_display(), show=_known_by, quiet=True),
        Column("connected", _("接户"), lambda f: f.households_connected, order="households_connected", num=True),
        Column("owner", _("产权单位"), lambda f: f.owner, order="owner", shown=False),
        Column("mode", _("模式"), lambda f: f.mode, shown=False),
        Column("process", _("工艺"), lambda f: f.process, order="process", shown=False),
        Column("actual", _("实际水量"), lambda f: f.actual_m3_d, order="actual_m3_d", num=True, decimals=1, shown=False),
        Column("class", _("执行标准"), lambda f: f.discharge_class, shown=False),
        Column("since", _("投运日期"), lambda f: f.commissioned, order="commissioned", shown=False),
        Column("status", _("登记状态"), lambda f: f.get_status_display(), order="status", shown=False),
        Column("fault", _("故障类别"), lambda f: f.fault_class, order="fault_class", shown=False),
        Column("account", _("用电户号"), lambda f: f.power_account, shown=False),
        Column("sign", _("站码"), lambda f: f.public_code, shown=False),
    ]  # fmt: skip


def _town(f: FacilityRecord) -> str:
    return f.place.parent.name if f.place.parent else ""


def _judged(f: Any) -> str:
    return Truncator(without(f.name, chinese_marks(f.top.statement))).chars(40) if f.top else "–"


def without(name: str, said: str) -> str:
    """The judgement without the facility's name, which stands in the row already."""
    return said.removeprefix(name).lstrip("：: ") or said


def _known_by(f: FacilityRecord) -> str:
    short = {"hj212": _("数采仪"), "remote_meter": _("远传表或平台"), "paper": _("巡查和电费单")}
    return short.get(f.evidence, f.get_evidence_display())


def _operator(f: FacilityRecord) -> str | State:
    return f.operator or State("unknown", _("没有"))


@login_required
def facilities(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    rows: Any = None if not _NARROWS & set(asked) else seen.facilities(user)
    if township := asked.get("township", ""):
        rows = rows.filter(place__path__contains=f"/{township}/")
    if evidence := asked.get("evidence", ""):
        rows = rows.filter(evidence=evidence)
    if operator := asked.get("operator", ""):
        rows = rows.filter(operator="" if operator == "-" else operator)
    if text := asked.get("q", "").strip():
        rows = rows.filter(name__contains=text) | rows.filter(key__istartswith=text)
    if asked.get("finding") == "proposed":
        waiting = seen.findings(user).filter(is_current=True, state=FindingRecord.State.PROPOSED)
        rows = rows.filter(pk__in=waiting.values("facility_id"))
    every = columns()
    order, descending, word = asked_sort(request, every, "key")
    by = F(order).desc(nulls_last=True) if descending else F(order).asc(nulls_last=True)
    everything = ask(user, lambda u, _at: _every(seen.facilities(u)))
    if rows is None and order == "key" and not descending:  # as everybody opens it
        light: list[Any] = everything
    else:
        rows = seen.facilities(user) if rows is None else rows
        held = {f.pk: f for f in everything}
        ordered = rows.select_related(None).order_by(by, "key").values_list("pk", flat=True)
        light = [held[pk] for pk in ordered if pk in held]
    stand = standings(user, light)
    counts = Counter(one.key for one in stand.values())
    if standing := asked.get("standing", ""):
        light = [f for f in light if stand[f.pk].key == standing]
    if not word:
        light.sort(key=lambda f: ORDER.index(stand[f.pk].key))
    source = Listed([f.pk for f in light], lambda pks: _read(user, pks))

    def prepare(page: Iterable[Any]) -> None:
        top = _top_findings(user, [f.pk for f in page])
        for f in page:
            f.standing, f.top = stand[f.pk], top.get(f.pk)

    if asked.get("as") in sheet.FORMATS:
        return export(request, "设施", every, source, prepare=prepare)
    totals = {"design": sum(f.design_m3_d for f in light), "connected": sum(f.households_connected for f in light)}
    townships: dict[str, str] = {}
    for f in everything:
        own = f.place__level == "village"
        townships[f.place__parent__code if own else f.place__code] = f.place__parent__name if own else f.place__name
    by_kind = Counter(f.evidence for f in everything)
    narrowed = bool((_NARROWS | {"standing"}) & set(asked))
    return render(
        request,
        "site/facilities.html",
        {
            "table": table(
                request, every, source, total=len(light), totals=totals, href=lambda f: reverse("facility", args=[f.key]),
                label=_("设施表"), prepare=prepare,
            ),
            "narrowed": narrowed, "registered": len(everything), "shown_keys": [f.key for f in light] if narrowed else [],
            "unplaced": sum(1 for f in light if f.lon is None or f.lat is None),
            "found": len(light), "total": sum(n for key, n in counts.items() if key != "off"), "counts": counts,
            "chips": [(key, WORDS[key], counts[key]) for key in ORDER if counts[key]],
            "townships": sorted((c, n) for c, n in townships.items() if c),
            "operators": sorted({f.operator for f in everything}),
            "evidences": FacilityRecord.Evidence.choices, "by_evidence": by_kind,
        },
    )  # fmt: skip


_NARROWS = {"township", "evidence", "operator", "q", "finding"}


def _every(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.select_related(None).order_by("key").values_list(
        "pk", "key", "lon", "lat", "status", "owner", "design_m3_d", "households_connected", "evidence", "operator", "place__code", "place__name",
        "place__level", "place__parent__code", "place__parent__name", named=True,
    )  # fmt: skip


def _read(user: Any, pks: Sequence[int]) -> Mapping[int, Any]:
    return {
        f.pk: f for f in ask(user, lambda u, at: seen.facilities(u).order_by().filter(pk__in=at.pks), pks=list(pks))
    }


def _top_findings(user: Any, pks: Sequence[int]) -> dict[int, FindingRecord]:
    """The gravest current finding of each of these facilities; one query."""
    rows = ask(
        user,
        lambda u, at: seen.findings(u).select_related(None).filter(is_current=True, facility_id__in=at.pks)
        .exclude(state=FindingRecord.State.REJECTED),
        pks=list(pks),
    )  # fmt: skip
    out: dict[int, FindingRecord] = {}
    for finding in sorted(rows, key=lambda f: (f.rule not in PAPER_RULES, f.severity, f.key)):
        out[finding.facility_id] = finding
    return out
