"""Writing a plan as GeoJSON (RFC 7946): one file a layer, longitude and latitude."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from qingxi.files.plan_json import plain
from qingxi.files.plan_layers import COLUMNS, POINT_LAYERS, columns_of, rows_of
from qingxi.plan import PlanTables

GEOGRAPHIC = "EPSG:4490"
"""CGCS2000; within a metre of the WGS 84 that GeoJSON names."""
_DIGITS = 7


def write_plan_geojson(folder: Path, tables: PlanTables, figures: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write every layer that has rows.

    Parameters
    ----------
    folder : Path
        Made when missing; a layer that has no rows any more loses its old file.
    figures : mapping
        ``plan.json``: the CRS of the tables, level and 密级, which stand in every file.

    Returns
    -------
    tuple of Path
        A withheld value is ``null``; so is the geometry of ``systems`` and of a lift whose place is withheld.
    """
    folder.mkdir(parents=True, exist_ok=True)
    turn = Transformer.from_crs(str(figures["crs"]), GEOGRAPHIC, always_xy=True)
    written = []
    for layer in COLUMNS:
        path = folder / f"{layer}.geojson"
        columns = getattr(tables, layer)
        if not rows_of(columns):
            path.unlink(missing_ok=True)
            continue
        _write(path, layer, columns_of(layer, columns), _geometry(layer, tables, turn), figures)
        written.append(path)
    return tuple(written)


def _geometry(layer: str, tables: PlanTables, turn: Transformer) -> list[str]:
    columns = getattr(tables, layer)
    if layer in POINT_LAYERS:
        points = _turned(np.asarray(columns["x_m"], float), np.asarray(columns["y_m"], float), turn)
        return ["null" if p == "null" else f'{{"type":"Point","coordinates":{p}}}' for p in points]
    if layer == "pipes":
        points = _turned(tables.pipe_coords_m[:, 0], tables.pipe_coords_m[:, 1], turn)
        ends = tables.pipe_offsets.tolist()
        lines = (",".join(points[a:b]) for a, b in pairwise(ends))
        return [f'{{"type":"LineString","coordinates":[{line}]}}' for line in lines]
    return ["null"] * rows_of(columns)


def _turned(x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64], turn: Transformer) -> list[str]:
    there = np.isfinite(x_m) & np.isfinite(y_m)
    longitude, latitude = turn.transform(np.where(there, x_m, 0.0), np.where(there, y_m, 0.0))
    return [
        f"[{a:.{_DIGITS}f},{b:.{_DIGITS}f}]" if known else "null"
        for a, b, known in zip(longitude, latitude, there.tolist(), strict=True)
    ]


def _write(
    path: Path,
    layer: str,
    columns: Mapping[str, npt.NDArray[Any]],
    geometry: list[str],
    figures: Mapping[str, Any],
) -> None:
    names = list(columns)
    values = [columns[name].tolist() for name in names]
    about = {
        "name": layer,
        "plan": str(figures.get("name", "")),
        "level": str(figures.get("level", "")),
        "secrecy": str(figures.get("secrecy", "")),
        "coordinates": f"CGCS2000（{GEOGRAPHIC}），经度在前",
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection",')
        file.write(json.dumps(about, ensure_ascii=False)[1:-1])
        file.write(',"features":[')
        for i, shape in enumerate(geometry):
            row = {name: plain(column[i]) for name, column in zip(names, values, strict=True)}
            told = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            file.write(f'{"," if i else ""}\n{{"type":"Feature","geometry":{shape},"properties":{told}}}')
        file.write("\n]}\n")
