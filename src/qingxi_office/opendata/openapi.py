"""The open door's own OpenAPI 3.0 documents: open data files, OGC API Features, Open311 GeoReport v2."""

from __future__ import annotations

from typing import Any

from qingxi.disclosure import Column, DataSet
from qingxi.standard import load_table
from qingxi_office.opendata import sets
from qingxi_office.opendata.services import SERVICES, SINCE

_JSON, _GEO, _XML, _FORM = (
    "application/json",
    "application/geo+json",
    "text/xml",
    "application/x-www-form-urlencoded",
)
_TYPES = {"text": "string", "integer": "integer", "number": "number", "date": "string", "boolean": "boolean"}
_ERROR = {"$ref": "#/components/schemas/Error"}


def _document(
    title: str, about: str, server: str, paths: dict[str, Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    return {
        "openapi": "3.0.3", "info": {"title": title, "description": about, "version": "1.0.0"}, "servers": [{"url": server}], "paths": paths,
        "components": {"schemas": {"Error": {"type": "object", "properties": {"code": {"type": "string"}, "description": {"type": "string"}}}, **schemas}},
    }  # fmt: skip


def _answers(kind: str, schema: dict[str, Any], *wrong: int) -> dict[str, Any]:
    names = {400: "问错了 Bad question", 404: "没有 Not found"}
    return {
        "200": {"description": "OK", "content": {kind: {"schema": schema}}},
        "304": {"description": "没有变 Not modified"}, "429": {"description": "太快 Too many requests"},
        **{str(code): {"description": names[code], "content": {_JSON: {"schema": _ERROR}}} for code in wrong},
    }  # fmt: skip


def _get(name: str, summary: str, answers: dict[str, Any], parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:  # fmt: skip
    return {"get": {"operationId": name, "summary": summary, "parameters": parameters or [], "responses": answers}}


def _asked(name: str, schema: dict[str, Any], about: str = "", *, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": about}


_F = _asked("f", {"type": "string", "enum": ["json", "html"]}, "json 或 html")


def _property(column: Column) -> dict[str, Any]:
    words = f"{column.zh} / {column.en}" + (f"（{column.unit}）" if column.unit else "")
    kind: dict[str, Any] = {"type": _TYPES[column.kind], "nullable": True, "description": words}
    if column.name == "checked_wrong":
        return {"type": "array", "items": {"type": "string"}, "nullable": True, "description": words}
    return kind | ({"format": "date"} if column.kind == "date" else {})


def _feature(data: DataSet) -> dict[str, Any]:
    own = {c.name: _property(c) for c in data.columns if c.name not in ("lon", "lat")}
    point = {"type": "object", "nullable": True, "properties": {"type": {"type": "string", "enum": ["Point"]}, "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}}}  # fmt: skip
    return {
        "type": "object", "required": ["type", "id", "geometry", "properties"],
        "properties": {"type": {"type": "string", "enum": ["Feature"]}, "id": {"type": "string"}, "geometry": point, "properties": {"type": "object", "properties": own}},
    }  # fmt: skip


def ogc_document(server: str) -> dict[str, Any]:
    """OGC API Features over the sets with points; ``server`` is the landing page without its last slash."""
    most = int(load_table("disclosure")["items.page"])
    anything = {"type": "object"}
    paths: dict[str, Any] = {
        "/": _get("getLandingPage", "landing page", _answers(_JSON, anything, 400), [_F]),
        "/conformance": _get("getConformanceDeclaration", "conformance", _answers(_JSON, anything, 400), [_F]),
        "/collections": _get("getCollections", "collections", _answers(_JSON, anything, 400), [_F]),
    }
    for data in sets.PLACED.values():
        some = {"type": "object", "properties": {"features": {"type": "array", "items": {"$ref": f"#/components/schemas/{data.name}"}}}}  # fmt: skip
        ask = [
            _F,
            _asked("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": 100}, "一页几条"),
            _asked("offset", {"type": "integer", "minimum": 0, "maximum": 999999999, "default": 0}, "从第几条起"),
            {**_asked("bbox", {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}, "西,南,东,北；度"), "style": "form", "explode": False},
            _asked("datetime", {"type": "string"}, "日期或一段，如 2026-01-01/.."),
            *(_asked(c.name, {"type": "string"}, c.zh) for c in data.columns if c.filters),
        ]  # fmt: skip
        base = f"/collections/{data.name}"
        paths |= {
            base: _get(f"describe_{data.name}", data.en, _answers(_JSON, anything, 400, 404), [_F]),
            f"{base}/items": _get(f"items_{data.name}", data.en, _answers(_GEO, some, 400, 404), ask),
            f"{base}/items/{{featureId}}": _get(
                f"item_{data.name}", data.en, _answers(_GEO, {"$ref": f"#/components/schemas/{data.name}"}, 400, 404),
                [_asked("featureId", {"type": "string"}, data.column(data.key).zh, where="path"), _F],
            ),
        }  # fmt: skip
    schemas = {data.name: _feature(data) for data in sets.PLACED.values()}
    return _document("清溪 OGC API Features", "只读；县里公开的站、村和问题。", server, paths, schemas)


def data_document(server: str) -> dict[str, Any]:
    """The files of open data; ``server`` is /open-data without its last slash."""
    anything: dict[str, Any] = {"type": "string", "format": "binary"}
    paths: dict[str, Any] = {
        "/catalog.jsonld": _get("catalogue_jsonld", "DCAT", _answers("application/ld+json", {"type": "object"})),
        "/catalog.ttl": _get("catalogue_turtle", "DCAT", _answers("text/turtle", anything)),
        "/open-data.gpkg": _get("geopackage", "GeoPackage", _answers("application/geopackage+sqlite3", anything)),
        "/rates.sdmx.csv": _get("sdmx", "SDMX-CSV 2.0", _answers("application/vnd.sdmx.data+csv", anything)),
        "/rates.structure.xml": _get(
            "structure", "SDMX-ML 3.0", _answers("application/vnd.sdmx.structure+xml", anything)
        ),
    }
    ask = [_asked("encoding", {"type": "string", "enum": ["utf-8", "gb18030"]}), _asked("bom", {"type": "string", "enum": ["0", "1"]})]  # fmt: skip
    for data in sets.SETS.values():
        paths[f"/{data.name}.csv"] = _get(f"csv_{data.name}", data.en, _answers("text/csv", anything, 400), ask)
        paths[f"/{data.name}.csv-metadata.json"] = _get(f"csvw_{data.name}", data.en, _answers("application/csvm+json", {"type": "object"}))  # fmt: skip
        if data.placed:
            paths[f"/{data.name}.geojson"] = _get(f"geojson_{data.name}", data.en, _answers(_GEO, {"type": "object"}))  # fmt: skip
    return _document("清溪开放数据", "县里公开的数据，按文件下载。", server, paths, {})


def _open311_answers(schema: dict[str, Any], *codes: int, new: bool = False) -> dict[str, Any]:
    some = {"type": "array", "items": schema}
    faults = {"type": "array", "items": _ERROR}
    ok = {"description": "OK", "content": {_JSON: {"schema": some}, _XML: {"schema": {"type": "object"}}}}
    told = {"description": "Error", "content": {_JSON: {"schema": faults}, _XML: {"schema": {"type": "object"}}}}
    return {"200": ok, **({"201": ok} if new else {}), **{str(c): told for c in (*codes, 429)}}


def open311_document(server: str, jurisdiction: str = "") -> dict[str, Any]:
    """GeoReport v2; ``server`` is /open311/v2, ``jurisdiction`` the county's code where it is known."""
    ours: dict[str, Any] = {"type": "string", **({"enum": [jurisdiction]} if jurisdiction else {})}
    text: dict[str, Any] = {"type": "string"}
    form = _asked("fmt", {"type": "string", "enum": ["json", "xml"]}, where="path")
    where = _asked("jurisdiction_id", ours, "县的区划代码，可以不给")
    codes = [s.code for s in SERVICES]
    request = {
        "type": "object",
        "properties": {
            name: {"type": "string", "nullable": True}
            for name in ("service_request_id", "status", "status_notes", "extended_status", "service_name", "service_code", "description", "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "media_url")
        } | {"lat": {"type": "number", "nullable": True}, "long": {"type": "number", "nullable": True}},
    }  # fmt: skip
    body = {
        "type": "object", "required": ["service_code", "description"],
        "properties": {
            "api_key": text, "jurisdiction_id": ours, "service_code": {"type": "string", "enum": codes}, "description": {"type": "string", "minLength": 1, "maxLength": 4000},
            "lat": {"type": "number", "minimum": -90, "maximum": 90}, "long": {"type": "number", "minimum": -180, "maximum": 180},
            "address_id": {"type": "string", "description": "站码"}, "address_string": text, "phone": text, "email": text, "first_name": text, "last_name": text,
            "device_id": text, "account_id": text, "media_url": text, f"attribute[{SINCE.code}]": {"type": "string", "enum": [key for key, *_ in SINCE.values]},
        },
    }  # fmt: skip
    lists = [form, where, _asked("service_request_id", text), _asked("service_code", text), _asked("start_date", text), _asked("end_date", text), _asked("status", {"type": "string"})]  # fmt: skip
    paths = {
        "/discovery.{fmt}": _get("discovery", "Service discovery", _open311_answers({"type": "object"}, 400), [form]),
        "/services.{fmt}": _get("services", "GET service list", _open311_answers({"type": "object"}, 404), [form, where]),
        "/services/{code}.{fmt}": _get(
            "service", "GET service definition", _open311_answers({"type": "object"}, 404), [_asked("code", text, where="path"), form, where]
        ),
        "/requests.{fmt}": {
            **_get("requests", "GET service requests", _open311_answers(request, 400, 404), lists),
            "post": {
                "operationId": "new_request", "summary": "POST service request", "parameters": [form],
                "requestBody": {"required": True, "content": {_FORM: {"schema": body}, "multipart/form-data": {"schema": {**body, "properties": {**body["properties"], "media": {"type": "string", "format": "binary"}}}}}},
                "responses": _open311_answers(request, 400, 403, 404, new=True),
            },
        },
        "/requests/{request_id}.{fmt}": _get(
            "request", "GET service request", _open311_answers(request, 400, 404), [_asked("request_id", text, where="path"), form, where]
        ),
        "/tokens/{token}.{fmt}": _get(
            "token", "GET service_request_id from a token", _open311_answers({"type": "object"}, 404), [_asked("token", text, where="path"), form, where]
        ),
    }  # fmt: skip
    return _document(
        "清溪 Open311 GeoReport v2", "反映问题和查办到哪一步；不回姓名、电话、原话。", server, paths, {}
    )
