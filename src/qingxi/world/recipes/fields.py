"""Land use and protected land in blocks, for counties whose ground has few slopes to go by."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features
from rasterio.transform import from_origin

from qingxi.world.chance import chance
from qingxi.world.land import KINDS, Layer
from qingxi.world.relief import Relief, smooth_noise

F64 = npt.NDArray[np.float64]

_BLOCK = 4
_MU_M2 = 2000 / 3
_FIELD = 5
"""Cells (120 m) a side of a block of fields: no plot grows larger."""


def _houses(relief: Relief, x: F64, y: F64, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    step = _BLOCK * relief.cell_m
    col = np.clip(((x - relief.west_m) / step).astype(np.int64), 0, shape[1] - 1)
    row = np.clip(((relief.north_m - y) / step).astype(np.int64), 0, shape[0] - 1)
    return np.bincount(row * shape[1] + col, minlength=shape[0] * shape[1]).reshape(shape)


def draw_land(seed: int, relief: Relief, x: F64, y: F64, *, wet: bool) -> Layer:
    """Fields, orchards and woods by slope and chance; paddies where groundwater stands high."""
    rng = chance(seed, "land")
    slope = relief.blocks(relief.slope, _BLOCK)
    shape = slope.shape
    kind = np.where(smooth_noise(rng, shape, 7) > 0.9, 3, 2 if wet else 1)  # orchard, paddy, farmland
    kind = np.where(smooth_noise(rng, shape, 9) > 1.3, 0, kind)
    kind = np.where(slope > 0.16, 0, kind)
    kind = np.where(_houses(relief, x, y, shape) >= 6, 4, kind)
    row, col = np.meshgrid(np.arange(shape[0]) // _FIELD, np.arange(shape[1]) // _FIELD, indexing="ij")
    tile = (row % 2) * 2 + col % 2  # neighbours of a block differ, so that plots end at its edge
    coded = (kind * 4 + np.where(kind == 0, 0, tile)).astype(np.uint8)
    step = _BLOCK * relief.cell_m
    got = list(features.shapes(coded, transform=from_origin(relief.west_m, relief.north_m, step, step)))
    plots = np.array([shapely.geometry.shape(g) for g, _ in got], dtype=object)
    mu = np.round(shapely.area(plots) / _MU_M2, 1).tolist()
    return Layer(plots, {"kind": [KINDS[int(v) // 4] for _, v in got], "area_mu": mu})


def draw_protected(seed: int, relief: Relief, waters: Layer, land: Layer, x: F64, y: F64) -> Layer:
    """Permanent farmland (40 m off every house), the rivers' own ground, and the source of one stream."""
    rng = chance(seed, "protected")
    geometry: list[Any] = []
    kind: list[str] = []
    name: list[str] = []

    def add(shapes: npt.NDArray[Any], what: str, called: str) -> None:
        for part in shapely.get_parts(shapes).tolist():
            if part.geom_type == "Polygon" and part.area > 100.0:
                geometry.append(part)
                kind.append(what)
                name.append(called)

    field = np.array([k in ("paddy", "farmland") for k in land.columns["kind"]])
    picked = field & (np.array(land.columns["area_mu"]) > 60) & (rng.random(field.size) < 0.4)
    plots = shapely.buffer(land.geometry[picked], -15.0)
    homes = shapely.STRtree(shapely.points(x, y))
    plot, house = homes.query(plots, predicate="dwithin", distance=40.0)
    yards = np.empty(plots.size, dtype=object)
    edge = (
        np.searchsorted(plot, np.arange(plots.size + 1)) if plot.size else np.zeros(plots.size + 1, dtype=np.int64)
    )
    circles = shapely.buffer(homes.geometries[house], 40.0, quad_segs=2)
    for i in range(plots.size):
        yards[i] = shapely.union_all(circles[edge[i] : edge[i + 1]]) if edge[i + 1] > edge[i] else shapely.Polygon()
    add(shapely.simplify(shapely.difference(plots, yards), 8.0), "永久基本农田", "")
    line = shapely.get_dimensions(waters.geometry) == 1
    what = np.array(waters.columns["kind"])
    add(shapely.buffer(waters.geometry[line & (what == "river")], 14.0), "河道管理范围", "清溪河及支流")
    streams = np.flatnonzero(line & (what == "stream") & (shapely.length(waters.geometry) > 900.0))
    if streams.size:
        crowd = [
            homes.query(waters.geometry[i], predicate="dwithin", distance=450.0).size for i in streams.tolist()
        ]
        source = waters.geometry[streams[int(np.argmin(crowd))]]
        first = source.buffer(80.0)
        add(np.array([first], dtype=object), "水源一级保护区", "集中式饮用水水源")
        add(np.array([source.buffer(500.0).difference(first)], dtype=object), "水源二级保护区", "集中式饮用水水源")
    return Layer(np.array(geometry, dtype=object), {"kind": kind, "name": name})
