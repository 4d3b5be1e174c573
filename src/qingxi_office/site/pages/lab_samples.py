"""Laboratory samples: every one that came, and one of them value by value beside its limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi.quantity import QUANTITIES
from qingxi.standard import Limits, Verdict, discharge_limits, judge
from qingxi_office.design.parts import State
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings.models import LabRow
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table

POINTS = {"influent": lazy("进水"), "effluent": lazy("出水")}


def verdict_of(row: LabRow, facility: FacilityRecord) -> Verdict | None:
    """What the limit of the facility's class says of a value on its sampling day; None without a value or a class."""
    limits = discharge_limits(facility.discharge_class)
    if limits is None or row.value is None or row.point != "effluent":
        return None
    return judge(
        limits, row.quantity, row.value, sampled_on=row.sampled_on, water_temp_c=row.water_temp_c,
        built_on=facility.commissioned,
    )  # fmt: skip


_SHORT = {"cod": "COD", "nh3n": "NH₃-N", "tp": "TP", "tn": "TN", "ss": "SS", "ph": "pH", "bod5": "BOD₅"}


def items_of(discharge_class: str) -> list[str]:
    """What the class limits, as laboratories write it; empty where no class is known."""
    limits = discharge_limits(discharge_class)
    return [_item(code) for code in limits.items] if limits is not None else []


def _item(code: str) -> str:
    return _SHORT.get(code) or (QUANTITIES[code].chinese if code in QUANTITIES else code)


def _untested(one: Sample, limits: Any) -> list[str]:
    """What its class limits and an effluent sample was not tested for; nothing where there was no water."""
    there = {code for code, value in one.values.items() if value is not None}
    if limits is None or one.point != "effluent" or not there:
        return []
    return [_item(code) for code in limits.items if code not in there]


def sample_state(rows: Iterable[LabRow], facility: FacilityRecord) -> State:
    """One sample in a word: over its limit, within it, undecided; a verdict from an unverified limit says that it is one."""
    rows = list(rows)
    if not any(r.value is not None for r in rows):
        return State("unknown", _("无水可采"))
    if rows and rows[0].point == "influent":
        return State("plain", _("进水，不判"))
    if discharge_limits(facility.discharge_class) is None:
        return State("unknown", _("没有执行标准，判不了"))
    said = [v for r in rows if (v := verdict_of(r, facility)) is not None and v.limit is not None]
    unsure = any(v.row is not None and not v.row.trust.verified for v in said)
    tail = _("（限值未核实）") if unsure else ""
    if any(v.exceeded for v in said):
        return State("bad", _("超标") + tail)
    if any(v.exceeded is None for v in said):
        return State("unknown", _("有一项不能定"))
    return State("good", _("未超标") + tail) if said else State("unknown", _("没有可判的项"))


@login_required
def samples(request: HttpRequest) -> HttpResponse:
    """Every sample that came, the newest first."""
    if not seen.may_see(request.user, "reading"):
        raise Http404
    user, asked = request.user, request.GET
    found = seen.labs(user).select_related(None).filter(sampled_on__lte=clock.today())
    if text := asked.get("q", "").strip():
        found = (
            found.filter(facility__name__contains=text)
            | found.filter(sample__istartswith=text)
            | found.filter(report=text)
        )
    if asked.get("point") in POINTS:
        found = found.filter(point=asked["point"])
    keys = list(
        found.order_by("-sampled_on", "sample").values_list("sample", "sampled_on").annotate(n=Count("pk")).values_list("sample", flat=True)
    )  # fmt: skip
    every = _sample_columns()
    # The keys stand in the order shown; a page reads its own samples whole.
    source = Listed(list(range(len(keys))), lambda at: _samples(user, {n: keys[n] for n in at}))

    if asked.get("as") in sheet.FORMATS:
        return export(request, _("水质检测"), every, source)
    return render(
        request, "site/samples.html",
        {
            "table": table(request, every, source, total=len(keys), href=lambda s: s.href, label=_("水质检测")),
            "n": len(keys), "points": POINTS.items(), "may_send": rights.may(user, "submit_sheet"),
        },
    )  # fmt: skip


class Sample:
    """One sample of a list: its facility, its values by quantity, and what they say."""

    def __init__(self, rows: list[LabRow]) -> None:
        self.rows, first = rows, rows[0]
        self.f, self.day, self.point, self.sample = first.facility, first.sampled_on, first.point, first.sample
        self.laboratory, self.cma, self.report, self.use = first.laboratory, first.cma, first.report, first.use
        self.water_temp_c = first.water_temp_c
        self.values = {r.quantity: r.value for r in rows}
        self.state = sample_state(rows, self.f)

    @property
    def href(self) -> str:
        return reverse("lab", args=[self.sample])


def _samples(user: Any, keys: Mapping[int, str]) -> dict[int, Sample]:
    rows: dict[str, list[LabRow]] = defaultdict(list)
    found = seen.labs(user).select_related("facility", "facility__place", "facility__place__parent")
    for row in found.defer("facility__place__geometry", "facility__place__parent__geometry").filter(
        sample__in=list(keys.values())
    ):
        rows[row.sample].append(row)
    return {n: Sample(rows[key]) for n, key in keys.items() if key in rows}


_SIGNS = {"cod": "COD", "nh3n": "NH₃-N", "tp": "TP", "tn": "TN", "ss": "SS", "ph": "pH"}
"""As laboratories print them: read in either language."""


def _value(code: str) -> Any:
    return lambda s: s.values.get(code)


def _sample_columns() -> list[Column]:
    shown = ("cod", "nh3n", "tp", "tn", "ss", "ph")
    return [
        Column("day", _("采样日期"), lambda s: s.day, always=True),
        Column("key", _("编号"), lambda s: s.f.key, quiet=True, always=True),
        Column("name", _("设施"), lambda s: s.f.name),
        Column("point", _("采样点"), lambda s: str(POINTS.get(s.point, s.point)), always=True),
        Column("state", _("结论"), lambda s: s.state.word, show=lambda s: s.state),
        *(
            Column(code, f"{_SIGNS[code]} {QUANTITIES[code].unit}".strip(), _value(code), num=True, decimals=2, show=lambda s, c=code: _figure(s.values.get(c)))
            for code in shown
        ),
        Column("temp", _("水温 ℃"), lambda s: s.water_temp_c, num=True, shown=False),
        Column("laboratory", _("检测机构"), lambda s: s.laboratory, quiet=True),
        Column("cma", _("CMA 编号"), lambda s: s.cma, shown=False),
        Column("report", _("报告编号"), lambda s: s.report, shown=False),
        Column("use", _("数据用途"), lambda s: s.use, shown=False),
        Column("class", _("执行标准"), lambda s: s.f.discharge_class, shown=False),
    ]  # fmt: skip


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


@login_required
def lab(request: HttpRequest, sample: str) -> HttpResponse:
    """One sample: each value beside its limit, with where the limit comes from; the sheet, the scan."""
    user = request.user
    rows = list(
        seen.labs(user).select_related("facility", "facility__place").filter(sample=sample).order_by("pk")
    )  # fmt: skip
    if not rows:
        raise Http404
    one = Sample(rows)
    point, beyond = one.point, sample.removesuffix(one.point)
    limits = discharge_limits(one.f.discharge_class)
    other = "influent" if point == "effluent" else "effluent"
    beside = {r.quantity: r.value for r in seen.labs(user).select_related(None).filter(sample=beyond + other)}
    lines = []
    for row in rows:
        verdict = verdict_of(row, one.f)
        known = QUANTITIES.get(row.quantity)
        lines.append(
            {
                "name": known.chinese if known else row.quantity, "unit": known.unit if known else "", "value": row.value,
                "beside": beside.get(row.quantity), "verdict": verdict, "limit": _limit(verdict, limits, row.quantity, known.unit if known else ""), "state": _line_state(row, verdict),
                "worse": point == "effluent" and None not in (row.value, beside.get(row.quantity))
                and row.quantity not in ("ph", "do") and row.value > beside[row.quantity],
            }
        )  # fmt: skip
    return render(
        request, "site/lab.html",
        {
            "one": one, "f": one.f, "lines": lines, "untested": "、".join(_untested(one, limits)), "limits": limits, "has_beside": bool(beside), "point": POINTS.get(point, point),
            "other": POINTS.get(other, other), "sample": sample,
            "other_href": reverse("lab", args=[beyond + other]) if beside else "",
        },
    )  # fmt: skip


def _limit(verdict: Verdict | None, limits: Limits | None, code: str, unit: str) -> str:
    """A limit with its unit; one with two ends (pH) as from and to, whichever of them the value was held against."""
    if verdict is None or verdict.limit is None or verdict.row is None:
        return "–"
    low, high = (limits.rows.get(f"{code}.{end}") if limits else None for end in ("min", "max"))
    if low is not None and high is not None:
        return f"{low.value:g}–{high.value:g} {unit}".strip()
    return f"{verdict.limit:g} {unit}".strip()


def _line_state(row: LabRow, verdict: Verdict | None) -> State:
    if row.value is None:
        return State("unknown", _("没有采到"))
    if verdict is None or verdict.limit is None:
        return State("plain", _("没有限值"))
    if verdict.exceeded is None:
        return State("unknown", _("不能定"))
    sure = verdict.row is not None and verdict.row.trust.verified
    word = _("超过") if verdict.exceeded else _("未超过")
    return State("bad" if verdict.exceeded else "good", word if sure else word + _("（未核实）"))
