"""What can be taken away of a spot check: its list and reveal, the team's sheet, the results as tables and points, a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from qingxi.files.point_gpkg import point_gpkg
from qingxi.files.visit_sheet import visit_sheet
from qingxi.sampling import as_published, effective_checklist, population_csv
from qingxi_office.samples import law, queries
from qingxi_office.samples.actions.closing import revealed
from qingxi_office.samples.models import Campaign, Visit

from . import sheet
from .spot_checks import found
from .spot_frame import HEAD
from .still import still_map

S = Campaign.State
_NAN = float("nan")


def _file(body: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )


@login_required
def frame_form(request: HttpRequest) -> HttpResponse:
    """The empty form of a list of stations."""
    return sheet.answer(request, "抽样名单", HEAD, [])


@login_required
def take(request: HttpRequest, key: str, name: str) -> HttpResponse:
    row = found(request, key)
    make = _FILES.get(name)
    if make is None:
        raise Http404
    return make(request, row)


def _population(request: HttpRequest, row: Campaign) -> HttpResponse:
    """The list drawn from, exactly as it was hashed."""
    if row.frame_on is None or row.kind == Campaign.Kind.TARGETED:
        raise Http404
    body = population_csv(law.population_of(row).stations).encode()
    return _file(body, f"{row.key}-population.csv", "text/csv; charset=utf-8")


def _reveal(request: HttpRequest, row: Campaign) -> HttpResponse:
    if row.revealed_at is None:
        raise Http404
    return _file(as_published(revealed(row)).encode(), f"{row.key}-reveal.json", "application/json")


def _sheet(request: HttpRequest, row: Campaign) -> HttpResponse:
    """The sheet of what this person may know: a team's own list, or all that was opened."""
    if row.state != S.FIELD or row.kind == Campaign.Kind.DOUBLE:
        raise Http404
    rows = [
        (v.row.key, v.row.name, v.row.township, v.row.operator)
        for v in queries.visits(request.user, row).filter(state__in=(Visit.State.OPEN, Visit.State.ONE))
    ]
    body = visit_sheet(f"{row.title} 检查表", effective_checklist(row.checklist), rows)
    return _file(body, f"{row.key}-检查表.xlsx", sheet.XLSX)


def _lines(request: HttpRequest, row: Campaign) -> tuple[list[str], list[list[Any]], list[Visit]]:
    """Headings and rows of the result; questions by the version's own words."""
    if row.state != S.DONE:
        raise Http404
    asked = effective_checklist(row.checklist)
    visits = list(queries.visits(request.user, row))
    head = [
        "编号",
        "名称",
        "县",
        "乡镇",
        "运维单位",
        "规模 m³/d",
        "经度",
        "纬度",
        "抽样层",
        "检查组",
        "到站日期",
        "自报正常",
        "有效运行",
    ]
    head += [q.word for q in asked.questions] + ["怎么定的", "说明", "问题编号"]
    word = {True: "是", False: "否", None: ""}
    rows = []
    for v in visits:
        f = v.row
        said = [q.answer(v.answers.get(q.key, "")) for q in asked.questions]
        rows.append(
            [
                f.key, f.name, f.county, f.township, f.operator, f.design_m3_d, f.lon, f.lat, "、".join(v.parts), v.team.name,
                v.visited_on, word[f.reported], word[v.effective], *(a.word if a else "" for a in said), v.settled_by, v.note,
                v.issue_key,
            ]
        )  # fmt: skip
    return head, rows, visits


def _summary(row: Campaign) -> list[list[Any]]:
    """The result in words for whoever opens the file alone: every figure with n, interval and who measured."""
    out: list[list[Any]] = [
        ["检查", row.title],
        ["种类", row.get_kind_display()],
        ["谁量的", row.measured_by],
        ["结束", row.done_on],
    ]
    if row.share is not None:
        r = row.result
        out += [
            ["有效运行率 %", float(row.printed.rstrip("%"))], ["要求 %", row.required * 100],
            ["按点值判定", "达标" if r["meets"] else "未达标"],
            ["95 % 区间下限 %", round((row.low or 0) * 100, 2)], ["95 % 区间上限 %", round((row.high or 0) * 100, 2)],
            ["区间下限达到要求", "是" if r["proven"] else "否"], ["总体（在用站）", row.population], ["抽中", r["drawn"]],
            ["查成", row.visited], ["有效运行", row.hits], ["率怎么算", "按抽样设计加权"], ["没查成", r["cannot"]], ["设计效应", round(r["design_effect"], 3)],
            ["两份录入结论一致", f"{r['agreement']['same']}/{r['agreement']['n']}"],
        ]  # fmt: skip
    return out


def _table(request: HttpRequest, row: Campaign) -> HttpResponse:
    head, rows, _visits = _lines(request, row)
    return sheet.answer(request, f"{row.key}-抽查结果", head, rows)


def _told(request: HttpRequest, row: Campaign) -> HttpResponse:
    if row.state != S.DONE:
        raise Http404
    rows = _summary(row)
    if row.share is not None:
        rows += [[], ["运维单位", "查成", "有效", "抽查 %", "自报 %", "差（百分点）", "p（霍尔姆校正）"]]
        rows += [
            [
                o["name"], o["n"], o["hits"], round(o["found"] * 100, 1),
                None if o["reported"] is None else round(o["reported"] * 100, 1),
                None if o["points"] is None else round(o["points"], 1), o["corrected"],
            ]
            for o in row.result["by_operator"]
        ]  # fmt: skip
    wide = max(len(r) for r in rows)
    return sheet.answer(
        request,
        f"{row.key}-结果说明",
        ["项目", "值", *[""] * (wide - 2)],
        [[*r, *[""] * (wide - len(r))] for r in rows],
    )


def _gpkg(request: HttpRequest, row: Campaign) -> HttpResponse:
    _head, _rows, visits = _lines(request, row)
    if not visits:
        raise Http404
    columns: dict[str, list[Any]] = {
        "key": [v.row.key for v in visits], "name": [v.row.name for v in visits], "county": [v.row.county for v in visits],
        "township": [v.row.township for v in visits], "operator": [v.row.operator for v in visits],
        "visited_on": [str(v.visited_on or "") for v in visits],
        "reported": [{True: "yes", False: "no", None: ""}[v.row.reported] for v in visits],
        "effective": [{True: "yes", False: "no", None: "unknown"}[v.effective] for v in visits],
        "campaign": [row.key for _v in visits], "measured_by": [row.measured_by for _v in visits],
    }  # fmt: skip
    body = point_gpkg(
        "spot_check", columns,
        [_NAN if v.row.lon is None else v.row.lon for v in visits], [_NAN if v.row.lat is None else v.row.lat for v in visits],
    )  # fmt: skip
    return _file(body, f"{row.key}.gpkg", "application/geopackage+sqlite3")


_FILES: dict[str, Callable[[HttpRequest, Campaign], HttpResponse]] = {
    "population.csv": _population, "reveal.json": _reveal, "sheet.xlsx": _sheet, "results": _table, "summary": _told,
    "results.gpkg": _gpkg,
}  # fmt: skip


@login_required
def map_svg(request: HttpRequest, key: str) -> HttpResponse:
    """The visits that this person may know, on a still map: ran, did not run, not visited."""
    row = found(request, key)
    sign = {True: "ok", False: "stop", None: "unk"}
    features = [
        {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [v.row.lon, v.row.lat]},
            "properties": {"standing": sign[v.effective], "name": v.row.name},
        }
        for v in queries.visits(request.user, row)
        if v.row.lon is not None and v.row.lat is not None
    ]  # fmt: skip
    return HttpResponse(
        still_map({"stations": {"type": "FeatureCollection", "features": features}}),
        content_type="image/svg+xml",
    )  # fmt: skip
