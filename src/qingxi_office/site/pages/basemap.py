"""The ground under the maps, from the county's own layers: waters, roads, farmland, relief, the plan's pipes.

Everything is optional. A county that loaded only tables gets maps without ground; a layer that cannot be read is
left out, because a page must not fail for the sake of its background. Layers marked 秘密 are never read here.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from qingxi.files.layer_source import refused_secrecy
from qingxi_office.readings import lines

log = logging.getLogger(__name__)
_RELIEF_PX = 720


@dataclass(frozen=True)
class Base:
    """Shapes in degrees (CGCS2000)."""

    waters: list[Any] = field(default_factory=list)
    roads: list[Any] = field(default_factory=list)
    farm: list[Any] = field(default_factory=list)
    relief_corners: list[list[float]] | None = None


def layers(county: Any) -> Base:
    """The whole county's waters and relief, without streets (too many to tell apart at that scale)."""
    folder = _folder(county)
    if folder is None:
        return Base()
    waters = _shapes(folder, "waters", 0.0006)
    relief = _relief(folder)
    return Base(waters=waters, relief_corners=relief[1] if relief else None)


def within(county: Any, box: list[float] | None) -> Base:
    """Waters, streets and protected farmland inside a box of degrees."""
    folder = _folder(county)
    if folder is None or box is None:
        return Base()
    import shapely

    frame = shapely.box(*box).buffer(max(box[2] - box[0], box[3] - box[1]) * 0.2)

    box = list(frame.bounds)
    return Base(
        waters=_cut(folder, "waters", box), roads=_cut(folder, "streets", box), farm=_cut(folder, "protected", box)
    )


def relief_png(county: Any) -> bytes | None:
    folder = _folder(county)
    relief = _relief(folder) if folder else None
    return relief[0].read_bytes() if relief else None


def existing_sewers(county: Any, box: list[float] | None) -> list[Any]:
    """Sewers that are there already, of the county's own layer, inside a box."""
    folder = _folder(county)
    if folder is None or box is None:
        return []
    return _cut(folder, "sewers", box)


def protected(county: Any, box: list[float] | None) -> list[Any]:
    """Land where nothing may be built, inside a box."""
    folder = _folder(county)
    return [] if folder is None or box is None else _cut(folder, "protected", box)


def _cut(folder: str, name: str, box: list[float]) -> list[Any]:
    import shapely

    shapes = _shapes(folder, name, 0.0)
    if not shapes:
        return []
    frame = shapely.box(*box)
    return [
        s
        for s in (shapely.intersection(shapes[i], frame) for i in _tree(folder, name).query(frame))
        if not s.is_empty
    ]


def plan_pipes(plan: Any, box: list[float] | None, *, mains_only: bool = False) -> list[tuple[Any, dict[str, Any]]]:
    """Pipes of the plan's GeoPackage inside a box: (line in degrees, kind, system, diameter)."""
    kinds = ("gravity", "pressure") if mains_only else ("gravity", "pressure", "lateral")
    return [row for row in plan_rows(plan, "pipes", box) if row[1]["kind"] in kinds]


def plan_plants(plan: Any, box: list[float] | None) -> list[tuple[Any, dict[str, Any]]]:
    """Plants of the plan's GeoPackage inside a box: (point in degrees, kind, capacity)."""
    return plan_rows(plan, "plants", box)


def plan_rows(plan: Any, layer: str, box: list[float] | None) -> list[tuple[Any, dict[str, Any]]]:
    """Rows of one layer of a plan's GeoPackage that touch a box of degrees; what is drawn of them, nothing more."""
    if box is None:
        return []
    import shapely

    held = _plan_layer(plan, layer)
    if held is None:
        return []
    rows, tree = held
    return [rows[i] for i in sorted(tree.query(shapely.box(*box), predicate="intersects").tolist())]


def _folder(county: Any) -> str | None:
    folder = getattr(county, "source_folder", "") or ""
    return folder if folder and (Path(folder) / "county.toml").is_file() else None


@lru_cache(maxsize=4)
def _toml(folder: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads((Path(folder) / "county.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _shapes(folder: str, name: str, simplify: float) -> list[Any]:
    layer = _toml(folder).get("layers", {}).get(name)
    if not layer or refused_secrecy(layer.get("secrecy", ""), name=Path(layer["path"]).name):
        return []
    try:
        return _read(Path(folder) / layer["path"], layer.get("layer"), simplify)
    except Exception as error:  # any broken background file: the map stands without it
        log.warning("background layer %s of %s left out: %s", name, folder, error)
        return []


@lru_cache(maxsize=16)
def _tree(folder: str, name: str) -> Any:
    import shapely

    return shapely.STRtree(_shapes(folder, name, 0.0))


def _read(path: Path, layer: str | None, simplify: float) -> list[Any]:
    import pyogrio
    import shapely

    meta, _fids, wkb, _values = pyogrio.raw.read(path, layer=layer, columns=[])
    shapes = _to_degrees(shapely.from_wkb(wkb), meta["crs"])
    if simplify:
        shapes = shapely.simplify(shapes, simplify)
    return [s for s in shapes if s is not None and not s.is_empty]


def _to_degrees(shapes: Any, crs: str | None) -> Any:
    import pyproj
    import shapely

    if not crs:
        return shapes
    change = pyproj.Transformer.from_crs(crs, "EPSG:4490", always_xy=True)
    return shapely.transform(shapely.force_2d(shapes), lambda xy: _pairs(*change.transform(xy[:, 0], xy[:, 1])))


def _pairs(x: Any, y: Any) -> Any:
    import numpy as np

    return np.column_stack([x, y])


_COLUMNS = {
    "pipes": ["kind", "system_id", "dn_mm"],
    "plants": ["process", "design_m3_d", "existing", "system_id"],
    "households": ["mode", "system_id", "hamlet_id"],
    "lifts": ["system_id", "head_m"],
}


def plan_stamp(plan: Any) -> int | None:
    """When the plan's file was written (ns); None when it has none."""
    path = Path(getattr(plan, "folder", "") or "") / "plan.gpkg"
    return path.stat().st_mtime_ns if getattr(plan, "folder", "") and path.is_file() else None


def _plan_layer(plan: Any, layer: str) -> tuple[list[tuple[Any, dict[str, Any]]], Any] | None:
    stamp = plan_stamp(plan)
    return None if stamp is None else plan_layer_of(plan.folder, layer, stamp)


def plan_layer_of(folder: str, layer: str, stamp: int) -> tuple[list[tuple[Any, dict[str, Any]]], Any] | None:
    """One layer of a plan's folder as rows with their tree; None when it cannot be read."""
    path = Path(folder) / "plan.gpkg"
    try:
        return _plan_shapes(str(path), layer, stamp)
    except Exception as error:  # as above
        log.warning("plan layer %s of %s left out: %s", layer, path, error)
        return None


@lru_cache(maxsize=8)
def _plan_shapes(path: str, layer: str, _stamp: int) -> tuple[list[tuple[Any, dict[str, Any]]], Any]:
    import pyogrio
    import shapely

    meta, _fids, wkb, values = pyogrio.raw.read(path, layer=layer, columns=_COLUMNS[layer])
    names = list(meta["fields"])
    shapes = _to_degrees(shapely.from_wkb(wkb), meta["crs"])
    plain = [column.tolist() for column in values]
    rows = [
        (shape, dict(zip(names, row, strict=True)))
        for shape, row in zip(shapes, zip(*plain, strict=True), strict=True)
    ]
    return rows, shapely.STRtree(shapes)


def _relief(folder: str) -> tuple[Path, list[list[float]]] | None:
    """The hillshade's file and its corners (NW, NE, SE, SW); made once and kept in the office's home."""
    layer = _toml(folder).get("layers", {}).get("elevation")
    if not layer or refused_secrecy(layer.get("secrecy", ""), name=Path(layer["path"]).name):
        return None
    source = Path(folder) / layer["path"]
    if not source.is_file():
        return None
    stamp = hashlib.sha256(f"{source}{source.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    target = lines.beside() / "relief" / f"{stamp}.png"
    corners = target.with_suffix(".json")
    import json

    if not target.is_file():
        try:
            made = _hillshade(source, target)
        except Exception as error:
            log.warning("relief of %s left out: %s", source, error)
            return None
        corners.write_text(json.dumps(made), encoding="ascii")
    return target, json.loads(corners.read_text(encoding="ascii"))


def _hillshade(source: Path, target: Path) -> list[list[float]]:
    """Grey shade with transparency from the elevation raster, in degrees, at most 720 px wide."""
    import numpy as np
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with (
        rasterio.open(source) as raster,
        WarpedVRT(raster, crs="EPSG:4490", resampling=Resampling.bilinear) as warped,
    ):
        width = min(_RELIEF_PX, warped.width)
        height = max(1, round(warped.height * width / warped.width))
        ground = warped.read(1, out_shape=(height, width), resampling=Resampling.average, masked=True).astype("f8")
        west, south, east, north = warped.bounds
    mid = np.cos(np.radians((south + north) / 2))
    cell_x = (east - west) / width * 111_320 * mid
    cell_y = (north - south) / height * 110_574
    filled = ground.filled(float(ground.mean()) if ground.count() else 0.0)
    fall_y, fall_x = np.gradient(filled, cell_y, cell_x)
    sun, high = np.radians(315), np.radians(45)
    slope, aspect = np.arctan(1.6 * np.hypot(fall_x, fall_y)), np.arctan2(-fall_x, fall_y)
    shade = np.sin(high) * np.cos(slope) + np.cos(high) * np.sin(slope) * np.cos(sun - aspect)
    dark = np.clip((np.sin(high) - shade) / np.sin(high), 0, 1)
    light = np.clip((shade - np.sin(high)) / (1 - np.sin(high)), 0, 1)
    alpha = np.clip(dark * 200 + light * 90, 0, 200)
    alpha[np.ma.getmaskarray(ground)] = 0
    grey = np.where(dark > light, 70, 255)
    out = np.stack([grey, grey, grey, alpha]).astype("uint8")
    target.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(target, "w", driver="PNG", width=width, height=height, count=4, dtype="uint8") as png:
        png.write(out)
    return [[west, north], [east, north], [east, south], [west, south]]
