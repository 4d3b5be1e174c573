"""A plan (plan.json and plan.gpkg) into the books."""

import hashlib
import json
import os
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.places.queries import county
from qingxi_office.plans import actions as plans
from qingxi_office.plans.models import PlanRecord
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer
from qingxi_office.villages import actions as villages

MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")


def load_plan(
    folder: Path, *, by: Doer, adopt: str = "载入即采用", note: str = "", asked: dict[str, Any] | None = None
) -> PlanRecord:
    """Take the plan of a folder in as a version; its files are kept with the books.

    Parameters
    ----------
    adopt : str
        Why it comes into force at once; empty: it stays a draft.
    note : str
        What this version is for.
    asked : dict, optional
        What it was asked with in the office.

    Raises
    ------
    ValueError
        When the folder holds no plan, or no county is loaded yet.
    """
    from qingxi.files import layer_names, refused_secrecy

    own = county()
    if own is None:
        raise ValueError("先载入县域数据夹,再载入规划")
    if not (folder / "plan.json").is_file() or not (folder / "plan.gpkg").is_file():
        raise ValueError(f"{folder} 里没有 plan.json 和 plan.gpkg")
    text = (folder / "plan.json").read_bytes()
    figures = json.loads(text)
    if why := refused_secrecy(figures.get("secrecy", "")):
        raise ValueError(f"这版规划不能入账:{why}")
    gpkg = folder / "plan.gpkg"
    key = f"GH-{clock.today():%Y%m%d}-{hashlib.sha256(text).hexdigest()[:6]}"
    known = PlanRecord.objects.filter(key__endswith=key[-7:]).first()
    if known is not None:
        return adopt_version(known, by=by, reason=adopt) if adopt else known
    present = set(layer_names(gpkg))
    systems, _ = _layer(gpkg, "systems", present)
    hamlets, hamlet_points = _layer(gpkg, "hamlets", present)
    nodes, node_points = _layer(gpkg, "nodes", present)
    houses, _ = _layer(gpkg, "households", present)
    pipes, _ = _layer(gpkg, "pipes", present)
    places = {p.code: p for p in Place.objects.filter(valid_to=None)}
    to_degrees = _degrees(figures.get("crs", ""))
    spot_of_node = _spots(nodes.get("node_id", ()), node_points, to_degrees)
    spot_of_hamlet = _spots(hamlets["hamlet_id"], hamlet_points, to_degrees)
    pipe_m = _pipe_shares(houses, pipes)
    kept = keep_files(folder, key, figures)
    row = plans.take_in_plan(
        {
            "key": key, "title": f"{own.place.name}农村生活污水治理规划", "level": figures.get("level", ""),
            "mode": figures.get("mode", ""), "made_on": clock.today(), "figures": figures, "folder": str(kept),
            "note": note, "asked": {**(asked or {}), "seconds": _seconds(folder)},
        },
        [_system(key, systems, i, places, own.place, spot_of_node, spot_of_hamlet) for i in range(len(systems["system_id"]))],
        [_option(key, hamlets, i, places, own.place, spot_of_hamlet, pipe_m) for i in range(len(hamlets["hamlet_id"]))],
        _moneys(gpkg, key, places, own.place),
        by=by,
    )  # fmt: skip
    _write_map(gpkg, key, to_degrees)
    return adopt_version(row, by=by, reason=adopt) if adopt else row


def _layer(gpkg: Path, name: str, present: set[str]) -> tuple[Any, Any]:
    """One layer; nothing where the plan's level left it out."""
    from qingxi.files import read_plan_layer

    return read_plan_layer(gpkg, name) if name in present else ({}, None)


def _seconds(folder: Path) -> dict[str, float]:
    """How long each stage of making it took, for the progress of the next; empty where nobody wrote it down."""
    try:
        told = json.loads((folder / "run.json").read_text(encoding="utf-8")).get("seconds", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return told if isinstance(told, dict) else {}


def _columns(layer: Any, *names: str) -> list[Any]:
    return [layer.get(name, ()) for name in names]


def adopt_version(plan: PlanRecord, *, by: Doer, reason: str) -> PlanRecord:
    """Put a version in force, and note its mode and system with every household."""
    from qingxi.files import layer_names

    rights.check(by, "adopt_plan")
    if plan.is_current:
        return plan
    gpkg = plan.at / "plan.gpkg"
    if not gpkg.is_file():
        raise ValueError("这一版的成果文件不在了,不能采用;请重新编制")
    houses, _ = _layer(gpkg, "households", set(layer_names(gpkg)))
    with transaction.atomic():
        plans.adopt_plan(plan, by=by, reason=reason)
        modes = {
            str(h): (str(mode), int(system))
            for h, mode, system in zip(*_columns(houses, "household_id", "mode", "system_id"), strict=True)
        }
        villages.set_modes(modes, by=by, because=f"plan:{plan.key}")
    return plan


def keep_files(folder: Path, key: str, figures: dict[str, Any]) -> Path:
    """A version's own copy of its files: another run into the same folder must not change what was decided on."""
    kept = plan_folder(key)
    making = kept.with_name(kept.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    # standing.* is the plan as it can be asked again (what if a price were another).
    for path in (
        *(folder / name for name in ("plan.gpkg", "plan.xlsx", "map.html", "run.json")),
        *folder.glob("standing.*"),
    ):
        if path.is_file():
            shutil.copyfile(path, making / path.name)
    # The inputs are told from the folder of plan.json: from its new place they lie elsewhere.
    told = [
        {**one, "path": os.path.relpath(folder / one["path"], kept)} if one.get("path") else one
        for one in figures.get("inputs", [])
    ]
    (making / "plan.json").write_text(
        json.dumps({**figures, "inputs": told}, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    shutil.rmtree(kept, ignore_errors=True)
    making.rename(kept)
    return kept


def plan_folder(plan_key: str) -> Path:
    """Where the files of a version lie in the office's home."""
    return Path(settings.MEDIA_ROOT) / "plans" / plan_key


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
    key: str, t: Any, i: int, places: dict[str, Place], own: Place, spots: dict[str, tuple[float, float]],
    pipe_m: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
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
        "reason": str(t["reason"][i] or ""), "reason_en": str(t["reason_en"][i] or "") if "reason_en" in t else "",
        "flips": _flips(t, i), "pipe_m": round(pipe_m.get(code, 0.0), 1),
        "lon": lon, "lat": lat, "because": [f"hamlet:{code}", f"plan:{key}"],
    }  # fmt: skip


def _flips(t: Any, i: int) -> dict[str, Any]:
    """At what price or distance the choice would turn over; only what is known."""
    factors = {
        name[len("flip_") : -len("_factor")]: value
        for name in t
        if name.startswith("flip_") and name.endswith("_factor") and (value := _number(t[name][i])) is not None
    }
    to = {part: str(t[f"flip_{part}_mode"][i] or "") for part in factors if f"flip_{part}_mode" in t}
    told = {
        "runner_up": str(t["runner_up"][i] or "") if "runner_up" in t else "",
        "distance_m": _number(t["flip_distance_m"][i]) if "flip_distance_m" in t else None,
        "to": to, "factors": factors,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _pipe_shares(houses: Any, pipes: Any) -> dict[str, float]:
    """Metres of sewer by hamlet: each system's length shared among its houses alike."""
    import numpy as np

    if not len(pipes.get("system_id", ())):
        return {}
    mains = np.asarray(pipes["kind"]).astype(str) != "lateral"
    metres: dict[int, float] = defaultdict(float)
    for system, length in zip(pipes["system_id"][mains], pipes["length_m"][mains], strict=True):
        metres[int(system)] += float(length)
    count: dict[int, int] = defaultdict(int)
    both: dict[tuple[int, str], int] = defaultdict(int)
    for system, hamlet in zip(*_columns(houses, "system_id", "hamlet_id"), strict=True):
        count[int(system)] += 1
        both[int(system), str(hamlet)] += 1
    shares: dict[str, float] = defaultdict(float)
    for (system, hamlet), n in both.items():
        shares[hamlet] += metres.get(system, 0.0) * n / count[system]
    return shares


def _moneys(gpkg: Path, key: str, places: dict[str, Place], own: Place) -> list[dict[str, Any]]:
    """The layer ``affordability``, where the plan has one."""
    from qingxi.files import layer_names, read_plan_layer

    if "affordability" not in layer_names(gpkg):
        return []
    t, _ = read_plan_layer(gpkg, "affordability")
    numbers = [name for name in t if name not in ("village", "name", "mode", "remark")]
    return [
        {
            "key": f"{key}/{t['village'][i]}", "village": str(t["village"][i]), "name": str(t["name"][i]),
            "place": _common([str(t["village"][i])], places, own),
            "figures": {"mode": str(t["mode"][i])} | {name: _number(t[name][i]) for name in numbers},
            "remark": str(t["remark"][i] or ""),
        }
        for i in range(len(t["village"]))
    ]  # fmt: skip


def _write_map(gpkg: Path, key: str, to_degrees: Any) -> None:
    """Pipes of each system and kind as one line feature: what a map of the county needs, far smaller than the plan."""
    import numpy as np
    import shapely

    from qingxi.files import layer_names

    pipes, lines = _layer(gpkg, "pipes", set(layer_names(gpkg)))
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
