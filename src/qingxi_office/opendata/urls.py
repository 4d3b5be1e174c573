"""Addresses of the open door. Those of standards keep the standards' form: no slash at their end."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from . import ogc, open311, queries, views
from .answers import open_to_all, told
from .openapi import data_document, open311_document


@open_to_all(made_of_published=False)
def data_api(request: HttpRequest) -> HttpResponse:
    return told(data_document(request.build_absolute_uri("/open-data")))


@open_to_all(made_of_published=False)
def open311_api(request: HttpRequest) -> HttpResponse:
    return told(open311_document(request.build_absolute_uri("/open311/v2"), queries.jurisdiction()))


_FMT = r"\.(?P<fmt>json|xml)$"
urlpatterns = [
    path("open-data/", views.index, name="open_data"),
    re_path(r"^open-data/catalog\.(?P<kind>jsonld|ttl)$", views.catalog, name="open_data_catalog"),
    path("open-data/open-data.gpkg", views.geopackage, name="open_data_gpkg"),
    path("open-data/rates.sdmx.csv", views.sdmx, name="open_data_sdmx"),
    path("open-data/rates.structure.xml", views.structure, name="open_data_structure"),
    path("open-data/openapi.json", data_api, name="open_data_api"),
    re_path(r"^open-data/(?P<name>[a-z]+)\.csv-metadata\.json$", views.csvw, name="open_data_csvw"),
    re_path(r"^open-data/(?P<name>[a-z]+)\.(?P<kind>csv|geojson)$", views.file, name="open_data_file"),
    path("ogc/", ogc.landing, name="ogc_landing"),
    path("ogc/conformance", ogc.conformance, name="ogc_conformance"),
    path("ogc/api", ogc.api, name="ogc_api"),
    path("ogc/collections", ogc.collections, name="ogc_collections"),
    path("ogc/collections/<str:name>", ogc.collection, name="ogc_collection"),
    path("ogc/collections/<str:name>/items", ogc.items, name="ogc_items"),
    path("ogc/collections/<str:name>/items/<str:key>", ogc.item, name="ogc_item"),
    path("open311/v2/openapi.json", open311_api, name="open311_api"),
    re_path(r"^open311/(?:v2/)?discovery" + _FMT, open311.discovery, name="open311_discovery"),
    re_path(r"^open311/v2/services" + _FMT, open311.services, name="open311_services"),
    re_path(r"^open311/v2/services/(?P<code>[^/]+)" + _FMT, open311.service, name="open311_service"),
    re_path(r"^open311/v2/requests" + _FMT, open311.requests, name="open311_requests"),
    re_path(r"^open311/v2/requests/(?P<request_id>[^/]+)" + _FMT, open311.one_request, name="open311_request"),
    re_path(r"^open311/v2/tokens/(?P<token>[^/]+)" + _FMT, open311.token, name="open311_token"),
]
