"""OGC SensorThings 1.1, read-only, at /api/sensorthings/v1.1/: facilities, their measured quantities and every reading.

Things are facilities (id: the facility's key), Datastreams the quantities of a point (``QX-001:effluent:cod``), Sensors
the loggers at a point, Observations readings as they were sent, hot and filed alike. Everyone sees what the pages show
them. The options understood are in :mod:`qingxi_office.site.api.sta_options` and :mod:`qingxi_office.site.api.sta_filter`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError

from qingxi_office.people.rights import Extent, extent
from qingxi_office.site.api import v1
from qingxi_office.site.api.sta_filter import NotUnderstood
from qingxi_office.site.api.sta_options import USUAL, Options, read_options
from qingxi_office.site.api.sta_things import FIELDS, ITSELF, SETS, WAYS, Entities, Row

sta = v1.Api(
    title="SensorThings", version="1.1", urls_namespace="api-sta", docs_url=None, openapi_url=None,
    auth=[v1.TokenAuth(), v1.signed_in],
)  # fmt: skip
for _kind, _answer in (
    (Http404, v1._not_there), (AuthenticationError, v1._who), (PermissionDenied, v1._denied), (HttpError, v1._other),
):  # fmt: skip
    sta.add_exception_handler(_kind, _answer)

_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
CONFORMANCE = [
    *(
        _SPEC + "datamodel/" + name
        for name in ("thing", "location", "historical-location", "datastream", "sensor", "observed-property", "observation", "feature-of-interest", "entity-control-information")
    ),
    *(
        _SPEC + "resource-path/" + name
        for name in ("resource-path-to-entities",)
    ),
    *(
        _SPEC + "request-data/" + name
        for name in ("order", "expand", "select", "status-code", "query-status-code", "orderby", "top", "skip", "count", "filter", "built-in-filter-operations", "pagination")
    ),
    _SPEC + "data-array/data-array",
]  # fmt: skip
"""What of the standard is answered; built-in functions only those that :mod:`.sta_filter` names."""
MOST_EXPANDED = 20_000
MOST_STEPS = 8
_STEP = re.compile(r"(?P<set>[A-Za-z]+)(?:\((?:'(?P<text>[^']*)'|(?P<number>[0-9]+))\))?")


@sta.get("/", url_name="sta_root")
def root(request: HttpRequest) -> Any:
    """The sets there are."""
    base = request.build_absolute_uri(request.path)
    return {
        "value": [{"name": name, "url": base + name} for name in SETS],
        "serverSettings": {"conformance": CONFORMANCE},
    }


@sta.get("/{path:rest}", url_name="sta")
def resource(request: HttpRequest, rest: str) -> Any:
    """A set, an entity, or what an entity leads to."""
    scopes = getattr(request, "scopes", None)
    if scopes is not None and "facilities" not in scopes:
        raise HttpError(403, "这个令牌不能读 facilities")
    user = request.auth  # type: ignore[attr-defined]
    if extent(user, "reading") is Extent.NOTHING:
        raise Http404
    try:
        options = read_options(request.GET.dict())
    except NotUnderstood as error:
        raise HttpError(400, str(error)) from None
    base = request.build_absolute_uri(request.path.removesuffix(rest))
    try:
        return Service(user, base).answer(rest.strip("/"), options, request)
    except NotUnderstood as error:
        raise HttpError(400, str(error)) from None


class Service(Entities):
    """One request: who asks, and the address everything lies under."""

    def __init__(self, user: Any, base: str) -> None:
        super().__init__(user, base)
        self._expanded = 0

    def answer(self, rest: str, options: Options, request: HttpRequest) -> Any:
        """Walk the path: sets, entities, ways, at the end perhaps a property, ``$value`` or ``$ref``."""
        first, *steps = _steps(rest)
        if first[0] not in SETS:
            raise Http404
        name, one = first[0], self.one(first[0], first[1]) if first[1] is not None else None
        rows: Iterator[Row] | None = None
        while steps:
            step, key = steps.pop(0)
            if step == "$ref" and one is None and not steps:
                return self._links(self.all(name, options) if rows is None else rows, name, options, request)
            if one is None:
                raise Http404  # from a set only an entity leads on
            way = WAYS[name].get(step)
            if way is None:
                return self._property_of(one, name, step, key, steps)
            if way[1] and key is not None:
                found = self.one(way[0], key)
                if not any(row["@iot.id"] == key for row in self._among(name, one, step, key)):
                    raise Http404
                name, one = way[0], found
            elif key is not None:
                raise Http404
            elif way[1]:
                rows, one, name = self.led(name, one, step, options if not steps else Options()), None, way[0]
            else:
                one, name = next(iter(self.led(name, one, step, Options()))), way[0]
        if one is not None:
            self._check(name, options)
            return self._shown(one, name, options)
        return self._listed(self.all(name, options) if rows is None else rows, name, options, request)

    def _among(self, name: str, one: Row, way: str, key: str) -> Iterator[Row]:
        """What an entity leads to, an observation looked for at its own time alone."""
        parts = key.split(":")
        at = int(parts[3]) if len(parts) == 5 and parts[3].isdigit() else None
        return self.led(name, one, way, Options() if at is None else Options(start_s=at, end_s=at + 1))

    def _property_of(
        self, one: Row, name: str, step: str, key: str | None, rest: list[tuple[str, str | None]]
    ) -> Any:
        if step not in FIELDS[name] or step not in one or key is not None or len(rest) > 1:
            raise Http404
        if not rest:
            return {step: one[step]}
        if rest[0] != ("$value", None):
            raise Http404
        said = one[step]
        return HttpResponse(
            said if isinstance(said, str) else json.dumps(said, ensure_ascii=False),
            content_type="text/plain; charset=utf-8",
        )

    def _links(self, rows: Iterator[Row], name: str, options: Options, request: HttpRequest) -> Row:
        out = self._listed(rows, name, options, request)
        return out | {"value": [{"@iot.selfLink": row["@iot.selfLink"]} for row in out["value"]]}

    # Answers

    def _check(self, name: str, options: Options) -> None:
        """Refuse paths that rows of a set do not have."""
        asked = [path for path, _ in options.order] + (sorted(options.filter.paths) if options.filter else [])
        for path in asked:
            self._path(name, path)
        known = FIELDS[name] | set(ITSELF) | set(WAYS[name])
        if wrong := [field for field in options.select if field.split("/")[0] not in known]:
            raise NotUnderstood(f"{name} 没有 {wrong[0][:40]}；有 {'、'.join(sorted(FIELDS[name]))}")
        for one in options.expand:
            if one.way not in WAYS[name]:
                raise NotUnderstood(f"{name} 不能展开 {one.way[:40]}；可以展开 {'、'.join(WAYS[name])}")
            self._check(WAYS[name][one.way][0], one.options)

    def _path(self, name: str, path: str) -> None:
        first, _, rest = path.partition("/")
        way = WAYS[name].get(first)
        if way is not None and not way[1] and rest:
            self._path(way[0], rest)
        elif first not in FIELDS[name] and path not in ITSELF:
            raise NotUnderstood(f"{name} 没有 {path[:40]}；有 id、{'、'.join(sorted(FIELDS[name]))}")

    def _at(self, name: str, row: Row, path: str) -> Any:
        """The value at a path of a row; None where it leads nowhere."""
        if path in ITSELF:
            return row[ITSELF[path]]
        first, _, rest = path.partition("/")
        way = WAYS[name].get(first)
        if way is not None:
            return self._at(way[0], next(iter(self.led(name, row, first, Options()))), rest)
        value = row.get(first)
        for part in rest.split("/") if rest else ():
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _wanted(self, rows: Iterator[Row], name: str, options: Options) -> Iterator[Row]:
        """Rows that match, in the order asked for."""
        self._check(name, options)
        if (told := options.filter) is not None:
            rows = (row for row in rows if told.holds(lambda path, row=row: self._at(name, row, path)))  # type: ignore[misc]
        if name == "Observations" or not options.order:
            if not options.by_time:
                raise NotUnderstood("Observations 的 $orderby 可以是 phenomenonTime、resultTime 或 id")
            return rows
        held = list(rows)
        for path, down in reversed(options.order):
            values = {row["@iot.id"]: self._at(name, row, path) for row in held}
            held.sort(key=lambda row: (values[row["@iot.id"]] is None, _rank(values[row["@iot.id"]])), reverse=down)
        return iter(held)

    def _listed(self, rows: Iterator[Row], name: str, options: Options, request: HttpRequest) -> Row:
        value: list[Row] = []
        seen, more = 0, False
        for row in self._wanted(rows, name, options):
            seen += 1
            if seen <= options.skip:
                continue
            if len(value) < options.top:
                value.append(row)
                continue
            more = True
            if not options.count:
                break
        out: Row = {"@iot.count": seen} if options.count else {}
        if more:
            query = request.GET.dict() | {"$skip": str(options.skip + options.top), "$top": str(options.top)}
            out["@iot.nextLink"] = request.build_absolute_uri(request.path) + "?" + urlencode(query)
        if options.array:
            if name != "Observations":
                raise NotUnderstood("$resultFormat=dataArray 只用于 Observations")
            return out | {"value": _arrays(value, options.select, self.base)}
        return out | {"value": [self._shown(row, name, options) for row in value]}

    def _shown(self, row: Row, name: str, options: Options) -> Row:
        out = dict(row)
        for one in options.expand:
            to, many = WAYS[name][one.way]
            inner = self._wanted(self.led(name, row, one.way, one.options), to, one.options)
            if not many:
                out[one.way] = self._shown(next(inner), to, one.options)
                continue
            # A way to many shows its first page; the link leads to all.
            page: list[Row] = []
            for n, each in enumerate(inner):
                if n < one.options.skip:
                    continue
                if len(page) == min(one.options.top, USUAL):
                    out[f"{one.way}@iot.nextLink"] = (
                        f"{row['@iot.selfLink']}/{one.way}?$skip={one.options.skip + len(page)}"
                    )
                    break
                self._expanded += 1
                if self._expanded > MOST_EXPANDED:
                    raise NotUnderstood(f"一次最多展开 {MOST_EXPANDED} 个；用 $top 少要一些")
                page.append(self._shown(each, to, one.options))
            out[one.way] = page
        if options.select:
            ways = {one.way for one in options.expand}
            out = {key: value for key, value in out.items() if key.split("@iot.n")[0] in options.select or key in ways or ITSELF.get(key) in [ITSELF.get(field) for field in options.select if field in ITSELF]}  # fmt: skip
        return out


def _steps(rest: str) -> list[tuple[str, str | None]]:
    """The path as (name, key or None); text in a key may hold anything but a quote."""
    out: list[tuple[str, str | None]] = []
    for part in rest.split("/"):
        if part in ("$value", "$ref"):
            out.append((part, None))
            continue
        found = _STEP.fullmatch(part)
        if found is None:
            raise Http404
        out.append((found["set"], found["text"] if found["text"] is not None else found["number"]))
    if len(out) > MOST_STEPS:
        raise Http404
    return out


def _rank(value: Any) -> tuple[int, Any]:
    """Something that can be sorted beside anything else: numbers before text."""
    return (0, value) if isinstance(value, int | float) else (1, str(value))


_COMPONENTS = ("id", "phenomenonTime", "resultTime", "result", "resultQuality", "parameters")


def _arrays(rows: list[Row], select: tuple[str, ...], base: str) -> list[Row]:
    """Observations as rows of values, those of one datastream together."""
    names = [name for name in _COMPONENTS if not select or name in select or (name == "id" and "@iot.id" in select)]
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row["@iot.id"].rsplit(":", 2)[0], []).append(row)
    return [
        {
            "Datastream@iot.navigationLink": f"{base}Datastreams('{stream}')", "components": names, "dataArray@iot.count": len(own),
            "dataArray": [[row["@iot.id"] if name == "id" else row[name] for name in names] for row in own],
        }
        for stream, own in by.items()
    ]  # fmt: skip
