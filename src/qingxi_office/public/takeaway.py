"""The public lists as downloads and the feed, for anybody."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from . import files, pages


def _answer(body: bytes, kind: str, name: str = "") -> HttpResponse:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"} if name else {}
    return HttpResponse(body, content_type=kind, headers=headers)


def villages_csv(_request: HttpRequest) -> HttpResponse:
    body = files.villages()
    if body is None:
        raise Http404
    return _answer(body, "text/csv; charset=utf-8", "行政村治理状态.csv")


def stations_csv(_request: HttpRequest) -> HttpResponse:
    return _answer(files.stations(), "text/csv; charset=utf-8", "处理设施.csv")


def stations_geojson(_request: HttpRequest) -> HttpResponse:
    return _answer(files.stations_geojson(), "application/geo+json")


def owing_csv(_request: HttpRequest) -> HttpResponse:
    return _answer(files.owing(), "text/csv; charset=utf-8", "公开目录.csv")


def feed(request: HttpRequest) -> HttpResponse:
    title = _("%s农村污水公开") % pages.county_name()
    body = files.feed(
        lambda name, *args: request.build_absolute_uri(reverse(name, args=args)),
        request.build_absolute_uri(),
        title,
    )
    return _answer(body, "application/atom+xml; charset=utf-8")
