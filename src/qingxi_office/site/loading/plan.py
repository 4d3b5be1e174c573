"""A plan (plan.json and plan.gpkg) into the books."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings

from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.plans import actions as plans
from qingxi_office.plans.models import PlanRecord
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer
from qingxi_office.villages import actions as villages

MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")


def load_plan(folder: Path, *, by: Doer) -> PlanRecord:
    """Take the plan of a folder in and make it the current one; households get its mode and system.

    Raises
    ------
    ValueError
        When the folder holds no plan, or no county is loaded yet.
    """
    from qingxi.files import read_plan_layer

    own = county()
    if own is None:
        raise ValueError("先载入县域数据夹,再载入规划")
    if not (folder / "plan.json").is_file() or not (folder / "plan.gpkg").is_file():
        raise ValueError(f"{folder} 里没有 plan.json 和 plan.gpkg")
    text = (folder / "plan.json").read_bytes()
    figures = json.loads(text)
    gpkg = folder / "plan.gpkg"
    key = f"GH-{clock.today():%Y%m%d}-{hashlib.sha256(text).hexdigest()[:6]}"
    systems, _ = read_plan_layer(gpkg, "systems")
    hamlets, hamlet_points = read_plan_layer(gpkg, "hamlets")
    nodes, node_points = read_plan_layer(gpkg, "nodes")
    houses, _ = read_plan_layer(gpkg, "households")
    places = {p.code: p for p in Place.objects.filter(valid_to=None)}
    to_degrees = _degrees(figures.get("crs", ""))
    spot_of_node = _spots(nodes.get("node_id", ()), node_points, to_degrees)
    spot_of_hamlet = _spots(hamlets["hamlet_id"], hamlet_points, to_degrees)
    row = plans.take_in_plan(
        {
            "key": key, "title": f"{own.place.name}农村生活污水治理规划", "level": figures.get("level", ""),
            "mode": figures.get("mode", ""), "made_on": clock.today(), "figures": figures, "folder": str(folder),
        },
        [_system(key, systems, i, places, own.place, spot_of_node, spot_of_hamlet) for i in range(len(systems["system_id"]))],
        [_option(key, hamlets, i, places, own.place, spot_of_hamlet) for i in range(len(hamlets["hamlet_id"]))],
        by=by,
    )  # fmt: skip
    modes = {
        str(h): (str(mode), int(system))
        for h, mode, system in zip(houses["household_id"], houses["mode"], houses["system_id"], strict=True)
    }
    villages.set_modes(modes, by=by, because=f"plan:{key}")
    _write_map(gpkg, key, to_degrees)
    return row


def pipes_file(plan_key: str) -> Path:
    """Where the pipes of a plan lie as GeoJSON, for the map (lines merged by system and kind, EPSG:4490)."""
    return Path(settings.MEDIA_ROOT) / "plans" / f"{plan_key}.pipes.geojson"


def _degrees(crs: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(crs or "EPSG:4490", "EPSG:4490", always_xy=True)


def _spots(ids: Any, points: Any, to_degrees: Any) -> dict[str, tuple[float, float]]:
    if points is None or not len(ids):
        return {}
    import numpy as np
    import shapely

    lon, lat = to_degrees.transform(shapely.get_x(points), shapely.get_y(points))
    return {
        str(one): (round(float(x), 7), round(float(y), 7))
        for one, x, y in zip(ids, lon, lat, strict=True)
        if np.isfinite(x) and np.isfinite(y)
    }


def _number(value: Any) -> float | None:
    """A float as JSON keeps it: None for NaN."""
    number = float(value)
    return None if number != number else number


def _common(codes: list[str], places: dict[str, Place], fallback: Place) -> Place:
    """The lowest place that holds all these hamlets."""
    for digits in (15, 12, 9):
        heads = {code[:digits] for code in codes}
        if len(heads) == 1 and (place := places.get(heads.pop())):
            return place
    return fallback


def _system(
    key: str, t: Any, i: int, places: dict[str, Place], own: Place, nodes: dict[str, Any], hamlets: dict[str, Any]
) -> dict[str, Any]:
    codes = [c.strip() for c in str(t["hamlets"][i]).split(",") if c.strip()]
    lon, lat = nodes.get(str(t["node_id"][i])) or next((hamlets[c] for c in codes if c in hamlets), (None, None))
    return {
        "key": f"{key}/{t['system_id'][i]}", "system_id": int(t["system_id"][i]), "mode": str(t["mode"][i]),
        "name": str(t["name"][i]), "place": _common(codes, places, own), "hamlets": codes,
        "households": int(t["households"][i]), "people": float(t["people"][i]), "flow_m3_d": float(t["flow_m3_d"][i]),
        "works_yuan": float(t["works_yuan"][i]), "capex_yuan": float(t["capex_yuan"][i]),
        "running_yuan_y": float(t["running_yuan_y"][i]), "present_value_yuan": float(t["present_value_yuan"][i]),
        "consent": str(t["consent"][i] or ""), "reason": str(t["reason"][i] or ""), "lon": lon, "lat": lat,
        "because": [f"plan:{key}", *(f"hamlet:{c}" for c in codes)],
    }  # fmt: skip


def _option(
    key: str, t: Any, i: int, places: dict[str, Place], own: Place, spots: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    code = str(t["hamlet_id"][i])
    lon, lat = spots.get(code, (None, None))
    return {
        "key": f"{key}/{code}", "hamlet_key": code, "name": str(t["name"][i]), "place": _common([code], places, own),
        "mode": str(t["mode"][i]), "households": int(t["households"][i]),
        "people_resident": _number(t["people_resident"][i]) or 0.0, "flow_m3_d": _number(t["flow_m3_d"][i]) or 0.0,
        "present_value_yuan": _number(t["present_value_yuan"][i]),
        "options": [
            {
                "mode": mode, "present_value_yuan": _number(t[f"pv_{mode}_yuan"][i]),
                "why_not": str(t[f"why_not_{mode}"][i] or ""),
            }
            for mode in MODES
            if f"pv_{mode}_yuan" in t
        ],
        "reason": str(t["reason"][i] or ""), "lon": lon, "lat": lat, "because": [f"hamlet:{code}", f"plan:{key}"],
    }  # fmt: skip


def _write_map(gpkg: Path, key: str, to_degrees: Any) -> None:
    """Pipes of each system and kind as one line feature: what a map of the county needs, far smaller than the plan."""
    import numpy as np
    import shapely

    from qingxi.files import read_plan_layer

    pipes, lines = read_plan_layer(gpkg, "pipes")
    if lines is None or not len(lines):
        return
    groups: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for system, kind, line in zip(pipes["system_id"], pipes["kind"], lines, strict=True):
        if kind != "lateral":
            groups[int(system), str(kind)].append(line)
    features = []
    for (system, kind), parts in groups.items():
        merged = shapely.simplify(shapely.line_merge(shapely.union_all(parts)), 2.0)
        shape = shapely.transform(merged, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
        features.append(
            {
                "type": "Feature", "properties": {"system": system, "kind": kind},
                "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-6))),
            }
        )  # fmt: skip
    path = pipes_file(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
    )
