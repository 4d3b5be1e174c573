"""An officer's decisions from a table (人工调整表): every row read, every row that cannot stand named."""

from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS

from qingxi.files.computing_crs import into
from qingxi.files.headings import LAYERS
from qingxi.files.households import found, numbers, texts
from qingxi.files.layer_source import LayerSource
from qingxi.files.numbers import date_of, plain
from qingxi.files.placing import Reading, SurveyRequest, read_layer
from qingxi.files.plan_json import read_plan_json
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.plan import Override, OverrideKind

KINDS = {str(kind): kind for kind in OverrideKind} | {
    "定模式": OverrideKind.MODE,
    "不许建站": OverrideKind.FORBID_SITE,
    "须建站": OverrideKind.REQUIRE_SITE,
    "须走此路": OverrideKind.FORCE_ROAD,
    "不走此路": OverrideKind.FORBID_ROAD,
}
MODES = {
    "近纳管": "town_connection",
    "纳管": "town_connection",
    "聚集中": "shared_plant",
    "集中": "shared_plant",
    "散分户": "onsite",
    "分户": "onsite",
    "资源利用": "reuse",
    "管控": "controlled",
} | {m: m for m in ("town_connection", "shared_plant", "onsite", "reuse", "controlled")}
_TEXTS = ("id", "kind", "village", "hamlet", "household", "street", "mode", "reason", "officer", "date")


def read_overrides(reading: Reading) -> tuple[Override, ...]:
    """The decisions of the request's layer ``overrides``; none where there is no such layer."""
    origin = reading.request.layers.get("overrides")
    if origin is None:
        return ()
    layer = read_layer(origin, reading.request.file_crs, reading.faults)
    if layer is None:
        reading.lost.add("overrides")
        return ()
    reading.note(origin, "", len(layer))
    placed = layer.geometry is not None and not shapely.is_missing(layer.geometry).all()
    if placed and reading.crs is not None:
        if layer.crs is None:
            layer = layer.with_geometry(layer.geometry, reading.crs)
        layer = into(layer, reading.crs, reading.faults) or layer.with_geometry(
            np.full(len(layer), None, dtype=object), None
        )
    return overrides_of(layer, reading.faults)


def read_decisions(path: Path, plan_folder: Path, faults: Faults) -> tuple[Override, ...] | None:
    """Decisions from a file of its own, placed in the zone of a plan that is there; None where it cannot be read."""
    crs = str(read_plan_json(plan_folder / "plan.json")["crs"])
    request = SurveyRequest(layers={"overrides": LayerSource("overrides", path)}, crs=crs)
    reading = Reading(request, faults, crs=CRS.from_user_input(crs))
    rows = read_overrides(reading)
    return None if "overrides" in reading.lost else rows


def overrides_of(layer: RawLayer, faults: Faults) -> tuple[Override, ...]:
    """Decisions from a table in the computing CRS; a row without kind, target, reason, name or date is left out."""
    told = {name: texts(layer, name, faults) for name in _TEXTS}
    radius = numbers(layer, "radius_m", faults)
    missing = shapely.is_missing(layer.geometry)
    seen: dict[str, int] = {}
    rows = []
    for i in range(len(layer)):
        line = int(layer.rows[i])
        one = {name: plain(values[i]).strip() for name, values in told.items()}
        if not any(one.values()) and missing[i]:
            continue
        one["id"] = one["id"] or str(line)
        if one["id"] in seen:
            faults.add("override-id", layer.origin.label, seen[one["id"]], row=line, name="id", value=one["id"])
            continue
        seen[one["id"]] = line
        point = None if missing[i] else shapely.centroid(layer.geometry[i])
        made = _override(one, point, float(radius[i]), line, layer, faults)
        if made is not None:
            rows.append(made)
    return tuple(rows)


def _override(
    one: dict[str, str], point: shapely.Point | None, radius_m: float, line: int, layer: RawLayer, faults: Faults
) -> Override | None:
    def bad(code: str, name: str, *about: object) -> None:
        faults.add(
            code,
            layer.origin.label,
            *about,
            row=line,
            name=(found(layer, name) if name in LAYERS["overrides"] else None) or name,
            value=one.get(name, ""),
        )

    kind = KINDS.get(one["kind"].lower())
    before = len(faults.rows)
    if kind is None:
        bad("override-kind", "kind", "、".join(k for k in KINDS if not k.isascii()))
    for name in ("reason", "officer", "date"):
        if not one[name]:
            bad("override-because", name)
    day = date_of(one["date"])
    if one["date"] and day is None:
        bad("override-because", "date")
    if np.isfinite(radius_m) and not radius_m > 0:
        bad("value-negative", "radius_m", "半径")
    mode = MODES.get(one["mode"].lower(), "")
    if kind is OverrideKind.MODE:
        if not mode:
            bad("override-mode", "mode", "、".join(dict.fromkeys(k for k in MODES if not k.isascii())))
        if not (one["village"] or one["hamlet"] or one["household"]):
            bad("override-whom", "hamlet", "户编号、自然村编号或行政村代码")
    elif kind is OverrideKind.FORBID_SITE and point is None and not one["hamlet"]:
        bad("override-whom", "hamlet", "点位（经纬度）或自然村编号")
    elif kind is OverrideKind.REQUIRE_SITE and point is None:
        bad("override-whom", "geometry", "点位（经纬度）")
    elif kind in (OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD) and point is None and not one["street"]:
        bad("override-whom", "street", "街巷编号，或路上一点的经纬度")
    if len(faults.rows) > before or kind is None or day is None:
        return None
    at_point = point is not None and kind is not OverrideKind.MODE
    return Override(
        id=one["id"], kind=kind, village=one["village"], hamlet=one["hamlet"], household=one["household"],
        street=one["street"], mode=mode if kind is OverrideKind.MODE else "",
        x_m=float(point.x) if at_point and point is not None else float("nan"),
        y_m=float(point.y) if at_point and point is not None else float("nan"),
        radius_m=radius_m, reason=one["reason"], officer=one["officer"], date=day.isoformat(), row=line,
    )  # fmt: skip
