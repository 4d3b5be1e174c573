"""What SensorThings speaks of: facilities as Things, their places, the quantities of a point as Datastreams, readings as Observations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404

from qingxi.quantity import QUANTITIES
from qingxi.reading import day_of
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings.series import open_store, readable
from qingxi_office.site.api.sta_options import Options

SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "FeaturesOfInterest",
)  # fmt: skip
_POINTS = {"effluent": "出水", "influent": "进水"}
# What one entity leads to: the name of the way, the set it ends in, whether to many.
WAYS: dict[str, dict[str, tuple[str, bool]]] = {
    "Things": {
        "Locations": ("Locations", True), "HistoricalLocations": ("HistoricalLocations", True), "Datastreams": ("Datastreams", True),
    },
    "Locations": {"Things": ("Things", True), "HistoricalLocations": ("HistoricalLocations", True)},
    "HistoricalLocations": {"Thing": ("Things", False), "Locations": ("Locations", True)},
    "Datastreams": {
        "Thing": ("Things", False), "Sensor": ("Sensors", False), "ObservedProperty": ("ObservedProperties", False),
        "Observations": ("Observations", True),
    },
    "Sensors": {"Datastreams": ("Datastreams", True)},
    "ObservedProperties": {"Datastreams": ("Datastreams", True)},
    "Observations": {"Datastream": ("Datastreams", False), "FeatureOfInterest": ("FeaturesOfInterest", False)},
    "FeaturesOfInterest": {"Observations": ("Observations", True)},
}  # fmt: skip
# Properties that may be asked for; what lies within ``properties`` and the like is the row's own matter.
FIELDS = {
    "Things": {"name", "description", "properties"}, "Locations": {"name", "description", "encodingType", "location"},
    "HistoricalLocations": {"time"}, "Datastreams": {"name", "description", "observationType", "unitOfMeasurement"},
    "Sensors": {"name", "description", "encodingType", "metadata"}, "ObservedProperties": {"name", "description", "definition"},
    "Observations": {"phenomenonTime", "resultTime", "result", "resultQuality", "parameters"},
    "FeaturesOfInterest": {"name", "description", "encodingType", "feature"},
}  # fmt: skip
ITSELF = {"id": "@iot.id", "@iot.id": "@iot.id", "@iot.selfLink": "@iot.selfLink", "selfLink": "@iot.selfLink"}

Row = dict[str, Any]


class Entities:
    """What one person sees, under one address."""

    def __init__(self, user: Any, base: str) -> None:
        self.user, self.base = user, base
        self._streams: dict[str, list[tuple[str, str]]] | None = None

    # What there is

    def _facilities(self) -> Any:
        return readable(self.user).select_related("place").order_by("key")

    def _facility(self, key: str) -> FacilityRecord:
        found: FacilityRecord | None = self._facilities().filter(key=key).first()
        if found is None:
            raise Http404
        return found

    def streams(self) -> dict[str, list[tuple[str, str]]]:
        """(point, quantity) by facility, of facilities that this person sees."""
        if self._streams is None:
            self._streams = {}
            store = open_store()
            if store is not None:
                with store:
                    told = store.streams()
                mine = set(self._facilities().values_list("key", flat=True))
                for facility, point, code in told:
                    if facility in mine and code in QUANTITIES:
                        self._streams.setdefault(facility, []).append((point, code))
        return self._streams

    def all(self, name: str, options: Options) -> Iterator[Row]:
        def turn(rows: Any) -> Any:
            return sorted(rows, reverse=options.descending)

        if name in self._of_facilities:
            rows = self._facilities().order_by("-key" if options.descending else "key")
            if name != "Things":
                rows = rows.filter(lon__isnull=False, lat__isnull=False)
            yield from (self._of_facilities[name](f) for f in rows)
        elif name == "ObservedProperties":
            yield from (
                self._property(code) for code in turn({c for own in self.streams().values() for _, c in own})
            )
        elif name == "Sensors":
            points = {(key, point) for key, own in self.streams().items() for point, _ in own}
            yield from (self._sensor(*each) for each in turn(points))
        else:
            every = turn((key, point, code) for key, own in self.streams().items() for point, code in own)
            for each in every:
                if name == "Datastreams":
                    yield self._stream(*each)
                else:
                    yield from self._observations(*each, options)

    def one(self, name: str, key: str) -> Row:
        parts = key.split(":")
        if name in self._of_facilities:
            f = self._facility(key)
            if name != "Things" and (f.lon is None or f.lat is None):
                raise Http404
            return self._of_facilities[name](f)
        if name == "ObservedProperties":
            if not any(key == code for own in self.streams().values() for _, code in own):
                raise Http404
            return self._property(key)
        own = self.streams().get(parts[0], [])
        if name == "Sensors" and len(parts) == 2 and parts[1] in {point for point, _ in own}:
            return self._sensor(parts[0], parts[1])
        if name == "Datastreams" and len(parts) == 3 and (parts[1], parts[2]) in own:
            return self._stream(*parts)
        if name == "Observations" and len(parts) == 5 and (parts[1], parts[2]) in own and parts[3].isdigit():
            at = int(parts[3])
            for row in self._observations(*parts[:3], Options(start_s=at, end_s=at + 1)):
                if row["@iot.id"] == key:
                    return row
        raise Http404

    def led(self, name: str, one: Row, way: str, options: Options) -> Iterator[Row]:
        """What an entity leads to by one of its ways."""
        key = one["@iot.id"]
        parts = key.split(":")
        if way in ("Locations", "HistoricalLocations"):
            f = self._facility(key)
            if f.lon is not None and f.lat is not None:
                yield self._of_facilities[way](f)
        elif way in ("Things", "Thing"):
            yield self._thing(self._facility(parts[0]))
        elif way == "FeatureOfInterest":
            yield self._feature(self._facility(parts[0]))
        elif way == "Sensor":
            yield self._sensor(parts[0], parts[1])
        elif way == "ObservedProperty":
            yield self._property(parts[2])
        elif way == "Datastream":
            yield self._stream(*parts[:3])
        elif way == "Datastreams":
            for facility, own in sorted(self.streams().items()):
                for point, code in sorted(own):
                    if key in (facility, f"{facility}:{point}", code):
                        yield self._stream(facility, point, code)
        elif name == "Datastreams":
            yield from self._observations(*parts, options)
        else:
            for point, code in sorted(self.streams().get(key, [])):
                yield from self._observations(key, point, code, options)

    # What each looks like

    @property
    def _of_facilities(self) -> dict[str, Callable[[FacilityRecord], Row]]:
        return {
            "Things": self._thing, "Locations": self._location, "FeaturesOfInterest": self._feature, "HistoricalLocations": self._placed,
        }  # fmt: skip

    def _entity(self, of: str, key: str, /, **told: Any) -> Row:
        link = f"{self.base}{of}('{key}')"
        ways = {f"{way}@iot.navigationLink": f"{link}/{way}" for way in WAYS[of]}
        return {"@iot.id": key, "@iot.selfLink": link, **told, **ways}

    def _thing(self, f: FacilityRecord) -> Row:
        told = {"design_m3_d": f.design_m3_d, "process": f.process, "status": f.status, "place": f.place.code}
        return self._entity(
            "Things", f.key, name=f.name, description=f"{f.name}，{f.process or '工艺不明'}", properties=told
        )

    def _location(self, f: FacilityRecord) -> Row:
        return self._entity(
            "Locations", f.key, name=f.name, description=f.place.name, encodingType="application/geo+json",
            location={"type": "Point", "coordinates": [f.lon, f.lat]},
        )  # fmt: skip

    def _placed(self, f: FacilityRecord) -> Row:
        """Plants do not move: one place, since the plant runs, or since the register's own beginning where that is unknown."""
        since = f.commissioned or dt.date(1970, 1, 1)
        return self._entity("HistoricalLocations", f.key, time=f"{since.isoformat()}T00:00:00+08:00")

    def _feature(self, f: FacilityRecord) -> Row:
        return self._entity(
            "FeaturesOfInterest", f.key, name=f.name, description="设施的进出水", encodingType="application/geo+json",
            feature={"type": "Point", "coordinates": [f.lon, f.lat]},
        )  # fmt: skip

    def _sensor(self, facility: str, point: str) -> Row:
        return self._entity(
            "Sensors", f"{facility}:{point}", name=f"{facility} {_POINTS.get(point, point)}数采仪", description="HJ 212 数采仪",
            encodingType="text/plain", metadata="HJ 212",
        )  # fmt: skip

    def _property(self, code: str) -> Row:
        known = QUANTITIES[code]
        return self._entity(
            "ObservedProperties", code, name=known.chinese, description=f"{known.chinese}，可信范围 {known.low:g}–{known.high:g}",
            definition=f"urn:qingxi:quantity:{code}",
        )  # fmt: skip

    def _stream(self, facility: str, point: str, code: str) -> Row:
        known = QUANTITIES[code]
        return self._entity(
            "Datastreams", f"{facility}:{point}:{code}", name=f"{facility} {_POINTS.get(point, point)} {known.chinese}",
            description="数采仪上报的读数",
            observationType="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            unitOfMeasurement={"name": known.unit or "1", "symbol": known.unit or "1", "definition": f"urn:qingxi:unit:{known.unit or '1'}"},
        )  # fmt: skip

    def _observations(self, facility: str, point: str, code: str, options: Options) -> Iterator[Row]:
        """Readings in order of time, a month of them read at a time."""
        store = open_store()
        if store is None:
            return
        with store:
            span = store.span()
            if span is None:
                return
            first, last = span
            if options.start_s is not None:
                first = max(first, day_of(options.start_s))
            if options.end_s is not None:
                last = min(last, day_of(options.end_s - 1))
            for low, high in _months(first, last, descending=options.descending):
                found = store.samples(low, high, facility=facility, quantity=code, point=point)
                rows = [
                    (at, kind.kind, value, bool(valid))
                    for kind in found.get((facility, code), [])
                    for at, value, valid in zip(
                        kind.at_s.tolist(), kind.values.tolist(), kind.valid.tolist(), strict=True
                    )
                    if value == value
                    and (options.start_s is None or at >= options.start_s)
                    and (options.end_s is None or at < options.end_s)
                ]
                for at, kind_of, value, valid in sorted(rows, reverse=options.descending):
                    moment = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                    yield self._entity(
                        "Observations", f"{facility}:{point}:{code}:{at}:{kind_of}", phenomenonTime=moment, resultTime=moment,
                        result=value, resultQuality="valid" if valid else "not valid", parameters={"kind": kind_of},
                    )  # fmt: skip


def _months(first: dt.date, last: dt.date, *, descending: bool) -> list[tuple[dt.date, dt.date]]:
    out, low = [], first
    while low <= last:
        high = min(last, low + dt.timedelta(days=30))
        out.append((low, high))
        low = high + dt.timedelta(days=1)
    return out[::-1] if descending else out
