"""Reading an exported plan back for the checker, with the input layers it names where they can be reached."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from qingxi.check import PlanRead, Surroundings
from qingxi.files.computing_crs import into
from qingxi.files.existing import plants_of, sewers_of
from qingxi.files.geometry import clean
from qingxi.files.layer_source import LayerSource
from qingxi.files.placing import read_layer
from qingxi.files.plan_gpkg import layer_names, read_plan_layer
from qingxi.files.plan_json import read_plan_json
from qingxi.files.plan_layers import COLUMNS
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.files.surroundings import protected_of, waters_of


class UnreadablePlan(ValueError):
    """The folder holds no plan that can be read; the message says what is wrong, in Chinese."""


def read_plan(folder: Path) -> PlanRead:
    """Read ``plan.gpkg`` and ``plan.json`` of a folder.

    Raises
    ------
    UnreadablePlan
        When a file is missing or broken, or the plan is a public one, which lacks what a check needs.
    """
    gpkg, document = folder / "plan.gpkg", folder / "plan.json"
    for path in (gpkg, document):
        if not path.is_file():
            raise UnreadablePlan(f"{folder} 里没有 {path.name}，不是规划成果目录")
    try:
        figures = read_plan_json(document)
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列"
        raise UnreadablePlan(
            f"{document} 不是完整的 JSON（{where}），可能没有拷全；请重新拷贝或重新规划"
        ) from error
    except ValueError as error:
        raise UnreadablePlan(f"{document} 不是规划成果的 plan.json；请重新规划") from error
    try:
        present = set(layer_names(gpkg))
        layers: dict[str, dict[str, npt.NDArray[Any]]] = {}
        coordinates, offsets = np.zeros((0, 2)), np.zeros(1, dtype=np.int64)
        for layer in (
            "systems",
            "hamlets",
            "households",
            "nodes",
            "pipes",
            "lifts",
            "plants",
            "affordability",
            "overrides",
        ):
            if layer not in present:
                continue
            layers[layer], geometry = read_plan_layer(gpkg, layer)
            if layer == "pipes" and geometry is not None and geometry.size:
                coordinates, index = shapely.get_coordinates(geometry, return_index=True)
                offsets = np.concatenate([[0], np.cumsum(np.bincount(index, minlength=geometry.size))]).astype(
                    np.int64
                )
    except UnreadablePlan:
        raise
    except Exception as error:  # GDAL speaks through many classes, in English and at length
        raise UnreadablePlan(f"{gpkg} 读不出来，可能没有拷全或已损坏；请重新拷贝或重新规划") from error
    _well_formed(document, figures)
    if "systems" not in layers:
        raise UnreadablePlan(f"{gpkg.name} 里没有 systems 层，不是规划成果")
    if not figures.get("public"):
        _whole(gpkg, layers)
    if figures.get("public"):
        raise UnreadablePlan("这是公开版成果，没有户和标高，不能复核；请用内部版")
    return PlanRead(layers, coordinates, offsets, figures, _around(folder, figures, layers))


def _whole(gpkg: Path, layers: dict[str, dict[str, npt.NDArray[Any]]]) -> None:
    """Refuse layers that lack a column, or of which GDAL sees fewer rows than lie in the table (a stale feature count)."""
    with closing(sqlite3.connect(gpkg)) as link:
        for layer, columns in layers.items():
            (rows,) = link.execute(f'SELECT count(*) FROM "{layer}"').fetchone()
            seen = len(next(iter(columns.values()))) if columns else 0
            if rows != seen:
                raise UnreadablePlan(f"{gpkg} 的 {layer} 层有 {rows} 行，只读得到 {seen} 行，被改动过；请重新规划")
    for layer, columns in layers.items():
        if lacking := [name for name in COLUMNS[layer] if name not in columns]:
            raise UnreadablePlan(
                f"{gpkg} 的 {layer} 层缺 {'、'.join(lacking[:4])} 等 {len(lacking)} 列，是旧版程序写的或被改动过；请重新规划"
            )


def _well_formed(path: Path, figures: dict[str, Any]) -> None:
    """Refuse a document whose parts are of another kind than they are written as; a value that is absent is not."""

    def is_number(value: object) -> bool:
        return value is None or (isinstance(value, int | float) and not isinstance(value, bool))

    for name in ("cost", "households", "pipe_m", "parameters"):
        part = figures.get(name, {})
        if not isinstance(part, dict):
            raise UnreadablePlan(f"{path} 的 {name} 不是一组值，成果被改坏了；请重新规划")
        for key, value in part.items():
            if name != "parameters" and key != "currency" and not is_number(value):
                raise UnreadablePlan(f"{path} 的 {name}.{key} 是 {value!r}，要是数；成果被改坏了，请重新规划")
    for name in ("bound", "gap", "pumps", "plants", "excavation_m3"):
        if not is_number(figures.get(name)):
            raise UnreadablePlan(f"{path} 的 {name} 是 {figures[name]!r}，要是数；成果被改坏了，请重新规划")
    for name in ("inputs", "faults"):
        part = figures.get(name, [])
        if not isinstance(part, list) or not all(isinstance(one, dict) for one in part):
            raise UnreadablePlan(f"{path} 的 {name} 不是一列记录，成果被改坏了；请重新规划")


def _around(folder: Path, figures: dict[str, Any], layers: dict[str, Any]) -> Surroundings:
    """The input layers the plan names, read anew; what cannot be reached stays None."""
    crs = CRS.from_user_input(figures["crs"]) if figures.get("crs") else None
    found: dict[str, RawLayer] = {}
    rows: int | None = None
    for one in figures.get("inputs", []):
        name = str(one.get("layer", ""))
        path = (folder / str(one.get("path", ""))).resolve()
        if name not in ("households", "protected", "waters", "sewers", "plants") or not path.exists():
            continue
        origin = LayerSource(
            name,
            path,
            layer=str(one.get("sublayer", "")),
            crs=str(one.get("crs", "")),
            columns=dict(one.get("columns", {})),
        )
        layer = read_layer(origin, str(one.get("crs", "")), Faults())
        if layer is None:
            continue
        if name == "households":
            rows = len(layer)
        kind = {
            "households": "point",
            "protected": "polygon",
            "waters": "line or polygon",
            "sewers": "line",
            "plants": "point",
        }[name]
        layer = clean(layer, kind, Faults())
        placed = into(layer, crs, Faults()) if crs is not None and layer.crs is not None and len(layer) else None
        if placed is not None:
            found[name] = placed
    silent = Faults()
    houses = shapely.get_coordinates(found["households"].geometry) if "households" in found else None
    protected = waters = water_kinds = sewers = plants = stock = None
    if "protected" in found:
        areas = protected_of(found["protected"], silent)
        protected = (areas.geometry, areas.kind)
    if "waters" in found:
        wet = waters_of(found["waters"], silent)
        waters, water_kinds = (wet.geometry, wet.function_class), (wet.geometry, wet.kind)
    if "sewers" in found:
        mains = sewers_of(found["sewers"], silent)
        sewers = (mains.geometry, mains.id, mains.spare_m3_d, mains.consent)
    if "plants" in found:
        stands = plants_of(found["plants"], silent)
        room = np.maximum(stands.design_m3_d - np.nan_to_num(stands.actual_m3_d), 0.0)
        plants = (shapely.points(stands.x_m, stands.y_m), stands.id, room, stands.consent)
        stock = (stands.id, stands.design_m3_d, stands.fault_class)
    return Surroundings(protected, waters, water_kinds, sewers, plants, stock, houses, rows, _left_out(figures))


def _left_out(figures: dict[str, Any]) -> int:
    """Rows of the households layer that the plan says it did not use."""
    files = {Path(str(one["path"])).name for one in figures.get("inputs", []) if one.get("layer") == "households"}
    return len(
        {
            fault["row"]
            for fault in figures.get("faults", [])
            if fault.get("severity") == "error"
            and fault.get("row") is not None
            and str(fault.get("file", "")).split(":")[0] in files
        }
    )
