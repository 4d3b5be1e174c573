"""Open data: the page that says what there is, the files, the catalogue."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingxi.disclosure import (
    Catalogue,
    DataSet,
    Distribution,
    Offer,
    as_csv,
    as_geojson,
    as_jsonld,
    as_sdmx_csv,
    as_turtle,
    csv_metadata,
    sdmx_structure,
    stated_rule,
)
from qingxi_office.opendata import queries, sets
from qingxi_office.opendata.answers import open_to_all, told, wrong

CSV, GEO, GPKG = "text/csv", "application/geo+json", "application/geopackage+sqlite3"
SDMX, SDMX_ML = "application/vnd.sdmx.data+csv;version=2.0.0", "application/vnd.sdmx.structure+xml;version=3.0.0"
_STANDARDS = {
    "csv": "https://www.rfc-editor.org/rfc/rfc4180", "geojson": "https://www.rfc-editor.org/rfc/rfc7946",
    "gpkg": "http://www.opengis.net/doc/IS/geopackage/1.3", "sdmx": "https://sdmx.org",
}  # fmt: skip
_ENCODINGS = {"utf-8", "gb18030"}


def _stamp(request: HttpRequest) -> str:
    return str(getattr(request, "stamp", "")) or queries.stamp()


def address(request: HttpRequest, name: str, *args: Any) -> str:
    """The whole address of a name, as this reader reached the office."""
    return request.build_absolute_uri(reverse(name, args=args))


def files(request: HttpRequest, data: DataSet) -> list[Distribution]:
    """The files of one set."""
    out = [Distribution(address(request, "open_data_file", data.name, "csv"), CSV, f"{data.zh}（CSV）", f"{data.en} (CSV)", _STANDARDS["csv"])]  # fmt: skip
    if data.placed:
        out += [
            Distribution(address(request, "open_data_file", data.name, "geojson"), GEO, f"{data.zh}（GeoJSON）", f"{data.en} (GeoJSON)", _STANDARDS["geojson"]),
        ]  # fmt: skip
    if data is sets.RATES:
        out += [
            Distribution(address(request, "open_data_sdmx"), "application/vnd.sdmx.data+csv", "治理率（SDMX-CSV 2.0）", "Rates (SDMX-CSV 2.0)", _STANDARDS["sdmx"]),
            Distribution(address(request, "open_data_structure"), "application/vnd.sdmx.structure+xml", "治理率的结构（SDMX-ML 3.0）", "Structure of the rates (SDMX-ML 3.0)", _STANDARDS["sdmx"]),
        ]  # fmt: skip
    out.append(Distribution(address(request, "open_data_gpkg"), GPKG, "全部数据（GeoPackage）", "Everything (GeoPackage)", _STANDARDS["gpkg"]))  # fmt: skip
    return out


def _days(data: DataSet, rows: sets.Rows) -> list[str]:
    """The days that a set covers, as far as its rows say."""
    return sorted(str(row[data.starts]) for row in rows if data.starts and row.get(data.starts))


def catalogue(request: HttpRequest) -> Catalogue:
    """Everything that is offered, at the addresses by which this reader reached the office."""
    stamp, rule, host = _stamp(request), queries.rule(), queries.host()
    root = address(request, "open_data")
    last = queries.last_published()
    newest = last.date().isoformat() if last else ""
    offers = []
    for data in sets.SETS.values():
        rows = sets.rows(data.name, stamp)
        days = _days(data, rows)
        at = [(r["lon"], r["lat"]) for r in rows if data.placed and r["lon"] is not None and r["lat"] is not None]
        box = (min(x for x, _ in at), min(y for _, y in at), max(x for x, _ in at), max(y for _, y in at)) if at else None  # fmt: skip
        fresh = max((str(r.get("as_of") or r.get("day") or "") for r in rows), default=newest)
        offers.append(
            Offer(data, f"{root}#{data.name}", fresh, files(request, data), since=days[0] if days else "", until=days[-1] if days else "", box=box)
        )  # fmt: skip
    county = host.get("county", "")
    return Catalogue(
        root, f"{county}农村生活污水治理开放数据", f"{county} rural sewage open data", host.get("host", "") or county or "清溪", rule.licence_url,
        newest, offers, contact=rule.contact,
    )  # fmt: skip


@open_to_all()
def index(request: HttpRequest) -> HttpResponse:
    """What there is, how fresh, under which licence, how made; plain and large."""
    stamp, rule, english = _stamp(request), queries.rule(), (get_language() or "").startswith("en")
    offers = {o.data.name: o for o in catalogue(request).offers}
    shown = [
        {
            "name": data.name, "title": data.en if english else data.zh, "about": data.about_en if english else data.about_zh,
            "n": len(sets.rows(data.name, stamp)), "fresh": offers[data.name].modified, "placed": data.placed,
            "files": [
                {"href": f.address, "word": {CSV: "CSV", GEO: "GeoJSON", "application/vnd.sdmx.data+csv": "SDMX-CSV", "application/vnd.sdmx.structure+xml": "SDMX-ML"}[f.media_type]}
                for f in offers[data.name].files
                if f.media_type != GPKG
            ],
            "columns": [(c.name, c.en if english else c.zh, c.unit) for c in data.columns],
        }
        for data in sets.SETS.values()
    ]  # fmt: skip
    return render(
        request,
        "opendata/index.html",
        {
            "sets": shown, "rows": sum(s["n"] for s in shown), "last": queries.last_published(), "rule": rule, "small": stated_rule(), "host": queries.host(),
            "english": english, "posting": rule.posting,
        },
    )  # fmt: skip


def _down(body: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )


@open_to_all()
def file(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """One set as CSV (``bom=0`` without BOM, ``encoding=gb18030``) or GeoJSON."""
    data = sets.SETS.get(name)
    if data is None or (kind == "geojson" and not data.placed):
        return wrong(404, _("没有这套数据"))
    rows = sets.rows(name, _stamp(request))
    if kind == "geojson":
        return told(as_geojson(data, rows), kind=GEO)
    encoding = request.GET.get("encoding", "utf-8").lower()
    if encoding not in _ENCODINGS or request.GET.get("bom", "1") not in ("0", "1"):
        return wrong(400, _("encoding 只有 utf-8 和 gb18030，bom 只有 0 和 1"))
    body = as_csv(data, rows, bom=request.GET.get("bom", "1") == "1", encoding=encoding)
    answer = _down(body, f"{CSV}; charset={encoding}", f"{name}.csv")
    answer["Link"] = (
        f'<{address(request, "open_data_csvw", name)}>; rel="describedby"; type="application/csvm+json"'
    )
    return answer


@open_to_all()
def csvw(request: HttpRequest, name: str) -> HttpResponse:
    """What each column of a CSV is (CSV on the Web)."""
    data = sets.SETS.get(name)
    if data is None:
        return wrong(404, _("没有这套数据"))
    last = queries.last_published()
    said = csv_metadata(
        data, address(request, "open_data_file", name, "csv"), licence=queries.rule().licence_url, modified=last.date().isoformat() if last else ""
    )  # fmt: skip
    return told(said, kind="application/csvm+json")


@open_to_all()
def geopackage(request: HttpRequest) -> HttpResponse:
    """Every set as a layer of one GeoPackage; the same bytes until something new is published."""
    stamp, last = _stamp(request), queries.last_published()
    body = cache.get(f"opendata:{stamp}:gpkg")
    if body is None:
        changed = f"{last:%Y-%m-%dT%H:%M:%S}.000Z" if last else "1970-01-01T00:00:00.000Z"
        from qingxi.files.open_points import as_geopackage

        body = as_geopackage([(data, sets.rows(data.name, stamp)) for data in sets.SETS.values()], changed=changed)
        cache.set(f"opendata:{stamp}:gpkg", body, 3600)
    return _down(body, GPKG, "open-data.gpkg")


@open_to_all()
def sdmx(request: HttpRequest) -> HttpResponse:
    """The rates as SDMX-CSV 2.0."""
    return _down(as_sdmx_csv(sets.observations(_stamp(request))), SDMX, "rates.sdmx.csv")


@open_to_all()
def structure(request: HttpRequest) -> HttpResponse:
    """The structure of the rates as SDMX-ML 3.0."""
    stamp, last = _stamp(request), queries.last_published()
    rows = sets.rows("rates", stamp)
    body = sdmx_structure(
        sets.observations(stamp), areas={r["area_code"]: r["area"] for r in rows}, indicators={r["indicator"]: r["name"] or r["indicator"] for r in rows},
        prepared=last.isoformat(timespec="seconds") if last else "1970-01-01T00:00:00+00:00", sender=queries.host().get("host", "") or "Qingxi",
    )  # fmt: skip
    return HttpResponse(body, content_type=SDMX_ML)


@open_to_all()
def catalog(request: HttpRequest, kind: str) -> HttpResponse:
    """The DCAT catalogue as JSON-LD or Turtle."""
    if kind == "jsonld":
        return HttpResponse(
            json.dumps(as_jsonld(catalogue(request)), ensure_ascii=False, indent=1),
            content_type="application/ld+json",
        )
    if kind == "ttl":
        return HttpResponse(as_turtle(catalogue(request)), content_type="text/turtle; charset=utf-8")
    raise Http404
