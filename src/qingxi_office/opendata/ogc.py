"""OGC API – Features, Part 1: Core, with GeoJSON, HTML and OpenAPI 3.0, over the published sets that have points."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingxi.disclosure import Column, DataSet, feature
from qingxi.standard import load_table
from qingxi_office.opendata import queries, sets
from qingxi_office.opendata.answers import JSON, open_to_all, told, wrong
from qingxi_office.opendata.openapi import ogc_document
from qingxi_office.opendata.sets import CHECKED
from qingxi_office.opendata.views import GEO, address

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_HTML = "text/html"
USUAL = 100
_CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_CONFORMS = [_CORE + part for part in ("core", "oas30", "html", "geojson")]
_OWN = {"f", "limit", "offset", "bbox", "datetime"}


class NotUnderstood(ValueError):
    """A question that Core says must be answered with 400."""


def _form(request: HttpRequest) -> str:
    """json or html: what ``f`` says, else what the reader would rather have."""
    asked = request.GET.get("f", "")
    if asked not in ("", "json", "html"):
        raise NotUnderstood(_("f 只有 json 和 html"))
    return asked or ("html" if _HTML in request.headers.get("Accept", "").partition(",")[0] else "json")


def _link(request: HttpRequest, rel: str, href: str, kind: str, title: str = "") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, **({"title": title} if title else {})}


def _with(request: HttpRequest, **change: Any) -> str:
    """This address with some of its question changed."""
    asked = {k: v for k, v in request.GET.items() if k not in change} | {
        k: v for k, v in change.items() if v is not None
    }
    return request.build_absolute_uri(request.path) + ("?" + urlencode(asked) if asked else "")


def _both(request: HttpRequest, form: str, kind: str) -> list[dict[str, str]]:
    """This thing itself, and in its other dress."""
    own, other = (kind, _HTML) if form == "json" else (_HTML, kind)
    return [
        _link(request, "self", request.build_absolute_uri(), own),
        _link(request, "alternate", _with(request, f="html" if form == "json" else "json"), other),
    ]


def _shown(request: HttpRequest, form: str, said: dict[str, Any], **page: Any) -> HttpResponse:
    kind = page.pop("kind", JSON)
    said["links"] = [*_both(request, form, kind), *said.get("links", [])]
    if form == "json":
        return told(said, kind=kind)
    page.setdefault("title", said.get("title") or said.get("id") or "")
    return render(
        request,
        "opendata/ogc.html",
        {"said": said, "json": _with(request, f="json"), "english": _english(), **page},
    )


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _answering(view: Any) -> Any:
    """A view whose questions may be wrong: 400 in words."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            made: HttpResponse = view(request, *args, **kwargs)
        except NotUnderstood as error:
            return wrong(400, str(error))
        return made

    return open_to_all()(answer)


def _only(request: HttpRequest, *known: str) -> None:
    if strange := set(request.GET) - {"f", *known}:
        raise NotUnderstood(_("不认得 %s") % "、".join(sorted(strange)))


@_answering
def landing(request: HttpRequest) -> HttpResponse:
    _only(request)
    form = _form(request)
    county = queries.host().get("county", "")
    said = {
        "title": _("%s农村生活污水治理：公开的站、村和问题") % county,
        "description": _("OGC API Features，只读，内容是县里公开的。"),
        "links": [
            _link(request, "service-desc", address(request, "ogc_api"), OPENAPI, "OpenAPI 3.0"),
            _link(request, "service-doc", address(request, "open_data"), _HTML, _("开放数据")),
            _link(request, "conformance", address(request, "ogc_conformance"), JSON, _("守了哪些规范")),
            _link(request, "data", address(request, "ogc_collections"), JSON, _("有哪些图层")),
        ],
    }
    return _shown(request, form, said, what="landing")


@_answering
def conformance(request: HttpRequest) -> HttpResponse:
    _only(request)
    return _shown(request, _form(request), {"title": _("守了哪些规范"), "conformsTo": _CONFORMS}, what="conformance")  # fmt: skip


@open_to_all()
def api(request: HttpRequest) -> HttpResponse:
    return told(ogc_document(request.build_absolute_uri(reverse("ogc_landing")).rstrip("/")), kind=OPENAPI)


def _collection(request: HttpRequest, data: DataSet) -> dict[str, Any]:
    rows = sets.rows(data.name, request.stamp)  # type: ignore[attr-defined]
    at = [(r["lon"], r["lat"]) for r in rows if r["lon"] is not None and r["lat"] is not None]
    days = sorted(str(r[data.starts]) for r in rows if data.starts and r.get(data.starts))
    ends = sorted(str(r[data.ends or data.starts]) for r in rows if data.starts and r.get(data.ends or data.starts))  # fmt: skip
    extent: dict[str, Any] = {}
    if at:
        box = [
            min(x for x, _y in at),
            min(y for _x, y in at),
            max(x for x, _y in at),
            max(y for _x, y in at),
        ]
        extent["spatial"] = {"bbox": [box], "crs": CRS84}
    if days:
        extent["temporal"] = {
            "interval": [[f"{days[0]}T00:00:00Z", f"{max(ends or days)}T00:00:00Z"]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    items = address(request, "ogc_items", data.name)
    return {
        "id": data.name, "title": data.en if _english() else data.zh, "description": data.about_en if _english() else data.about_zh, "extent": extent,
        "itemType": "feature", "crs": [CRS84],
        "links": [
            _link(request, "items", items + "?f=json", GEO, data.zh), _link(request, "items", items + "?f=html", _HTML, data.zh),
            _link(request, "license", queries.rule().licence_url, _HTML, queries.rule().licence),
            _link(request, "enclosure", address(request, "open_data_gpkg"), "application/geopackage+sqlite3", "GeoPackage"),
        ],
    }  # fmt: skip


@_answering
def collections(request: HttpRequest) -> HttpResponse:
    _only(request)
    form = _form(request)
    said = {"title": _("有哪些图层"), "collections": [_collection(request, data) for data in sets.PLACED.values()]}
    return _shown(request, form, said, what="collections")


@_answering
def collection(request: HttpRequest, name: str) -> HttpResponse:
    data = sets.PLACED.get(name)
    if data is None:
        return wrong(404, _("没有这个图层"))
    _only(request)
    form = _form(request)
    return _shown(request, form, _collection(request, data), what="collection")


def _whole(request: HttpRequest, name: str, usual: int, least: int) -> int:
    text = request.GET.get(name, "")
    if name not in request.GET:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < least:
        raise NotUnderstood(_("%(name)s 要是不小于 %(least)d 的整数") % {"name": name, "least": least})
    return int(text)


Box = tuple[float, float, float, float]


def _box(text: str) -> Box:
    """West, south, east, north of four numbers, or of six with heights between."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise NotUnderstood(_("bbox 要四个或六个数：西,南,东,北"))
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[i] for i in (0, 1, 3, 4))
    if south > north:
        raise NotUnderstood(_("bbox 的南比北还北"))
    return west, south, east, north


def _inside(row: dict[str, Any], box: Box) -> bool:
    west, south, east, north = box
    lon, lat = row["lon"], row["lat"]
    if lon is None or lat is None or not south <= lat <= north:
        return False
    return west <= lon <= east if west <= east else lon >= west or lon <= east


def _moment(text: str) -> dt.date | None:
    """The day of a date or an RFC 3339 moment in the county's time; None for an open end."""
    if text in ("", ".."):
        return None
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return timezone.localtime(moment).date()
    except (ValueError, OverflowError):
        raise NotUnderstood(_("datetime 要是日期、带时区的时间，或用 / 隔开的一段，开口写 ..")) from None


def _span(text: str) -> tuple[dt.date | None, dt.date | None]:
    first, slash, last = text.partition("/")
    if not slash:
        if text in ("", ".."):
            raise NotUnderstood(_("datetime 要是日期、带时区的时间，或用 / 隔开的一段，开口写 .."))
        day = _moment(first)
        return day, day
    since, until = _moment(first), _moment(last)
    if (since is None and until is None) or (since and until and since > until):
        raise NotUnderstood(_("datetime 的一段要有一头，并且先早后晚"))
    return since, until


def _within(row: dict[str, Any], data: DataSet, since: dt.date | None, until: dt.date | None) -> bool:
    """Whether a row holds within the span; what has no day is never left out (Core, requirement 26)."""
    if not data.starts or not row.get(data.starts):
        return True
    starts = dt.date.fromisoformat(row[data.starts])
    ends = starts if not data.ends else dt.date.fromisoformat(row[data.ends]) if row.get(data.ends) else None
    return (until is None or starts <= until) and (since is None or ends is None or ends >= since)


def _said(value: Any) -> str:
    return {True: "true", False: "false", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)  # fmt: skip


@_answering
def items(request: HttpRequest, name: str) -> HttpResponse:
    """The features of a collection: by box, by time, by the value of a property; page by page."""
    data = sets.PLACED.get(name)
    if data is None:
        return wrong(404, _("没有这个图层"))
    filters = {c.name for c in data.columns if c.filters}
    _only(request, *_OWN, *filters)
    form = _form(request)
    most = int(load_table("disclosure")["items.page"])
    limit, offset = min(_whole(request, "limit", USUAL, 1), most), _whole(request, "offset", 0, 0)
    rows = sets.rows(name, request.stamp)  # type: ignore[attr-defined]
    if "bbox" in request.GET:
        box = _box(request.GET["bbox"])
        rows = [r for r in rows if _inside(r, box)]
    if "datetime" in request.GET:
        since, until = _span(request.GET["datetime"])
        rows = [r for r in rows if _within(r, data, since, until)]
    for column in filters & set(request.GET):
        rows = [r for r in rows if _said(r.get(column)) == request.GET[column]]
    page = rows[offset : offset + limit]
    links = [_link(request, "collection", address(request, "ogc_collection", name), JSON)]
    if offset + limit < len(rows):
        links.append(_link(request, "next", _with(request, offset=offset + limit, limit=limit), GEO))
    if offset:
        links.append(_link(request, "prev", _with(request, offset=max(offset - limit, 0), limit=limit), GEO))
    last = queries.last_published()
    said = {
        "type": "FeatureCollection", "title": data.en if _english() else data.zh, "features": [feature(data, r) for r in page], "numberMatched": len(rows), "numberReturned": len(page),
        **({"timeStamp": f"{last:%Y-%m-%dT%H:%M:%SZ}"} if last else {}), "links": links,
    }  # fmt: skip
    columns = [(c.name, _short(c)) for c in data.columns if c.name not in ("lon", "lat")]
    table = [
        (address(request, "ogc_item", name, str(r[data.key])) + "?f=html", [_cell(r.get(c)) for c, _w in columns])
        for r in (page if form == "html" else [])
    ]
    return _shown(
        request, form, said, kind=GEO, what="items", columns=columns, table=table, name=name,
        next=next((link["href"] for link in links if link["rel"] == "next"), ""), prev=next((link["href"] for link in links if link["rel"] == "prev"), ""),
    )  # fmt: skip


def _short(column: Column) -> str:
    """The first words of a column's meaning, for the head of a table."""
    return re.split("[：（；，:(;,]", column.en if _english() else column.zh)[0].strip()


def _cell(value: Any) -> str:
    """A value on a page, for people."""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return "、".join(CHECKED.get(str(v), str(v)) for v in value) if isinstance(value, list) else _said(value)


@_answering
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    data = sets.PLACED.get(name)
    if data is None:
        return wrong(404, _("没有这个图层"))
    _only(request)
    form = _form(request)
    rows = sets.rows(name, request.stamp)  # type: ignore[attr-defined]
    row = next((r for r in rows if str(r[data.key]) == key), None)
    if row is None:
        return wrong(404, _("没有这一条"))
    said = feature(data, row) | {
        "links": [_link(request, "collection", address(request, "ogc_collection", name), JSON)]
    }
    told_of = [(c.name, _short(c), _cell(row.get(c.name)), c.unit) for c in data.columns]
    title = str(row.get("name") or row.get("title") or key)
    return _shown(request, form, said, kind=GEO, what="item", fields=told_of, title=title, name=name)
