"""Streams, land use and protected land, drawn from the ground and from where people live."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage

from qingxi.world.chance import chance
from qingxi.world.relief import STREAM_M2, Relief, smooth_noise
from qingxi.world.settle import Settlement

F64 = npt.NDArray[np.float64]

_BLOCK = 4
_MU_M2 = 2000 / 3
KINDS = ("forest", "farmland", "paddy", "orchard", "built")


@dataclass(frozen=True)
class Layer:
    """Geometries and their columns."""

    geometry: npt.NDArray[Any]
    columns: dict[str, list[Any]]


def make_waters(relief: Relief) -> Layer:
    """Streams and rivers as lines between confluences, flowing from first to last vertex."""
    nx = relief.ground_m.shape[1]
    area = relief.area_m2.ravel()
    wet = np.flatnonzero(area > STREAM_M2)
    to = relief.to
    ups = np.bincount(to[wet][to[wet] != wet], minlength=area.size)
    heads = wet[ups[wet] != 1]
    lines, names, kinds, classes = [], [], [], []
    big = 0
    for head in heads.tolist():
        chain = [head]
        while True:
            nxt = int(to[chain[-1]])
            if nxt == chain[-1]:
                break
            chain.append(nxt)
            if ups[nxt] != 1:
                break
        if len(chain) < 3:
            continue
        at = np.array(
            [(relief.west_m + (c % nx + 0.5) * 30.0, relief.north_m - (c // nx + 0.5) * 30.0) for c in chain]
        )
        for _ in range(4):
            at[1:-1] = (at[:-2] + 2 * at[1:-1] + at[2:]) / 4
        size = float(area[chain[-2]])
        river = size > 5e7
        big += river
        lines.append(shapely.LineString(at))
        names.append("清溪河" if size > 2e8 else ("" if not river else f"{'柳石竹茶沙'[big % 5]}溪"))
        kinds.append("river" if river else "stream")
        classes.append("III" if size > 2e8 else "")
    return Layer(np.array(lines, dtype=object), {"name": names, "kind": kinds, "function_class": classes})


def make_land(seed: int, relief: Relief, house_x: F64, house_y: F64) -> tuple[Layer, npt.NDArray[np.uint8]]:
    """Land use as polygons, and the raster (120 m) they came from."""
    rng = chance(seed, "land")
    slope = relief.blocks(relief.slope, _BLOCK)
    ny, nx = slope.shape
    slope = slope + 0.02 * smooth_noise(rng, (ny, nx), 6)
    above = relief.blocks(relief.above_stream_m, _BLOCK)
    step = _BLOCK * relief.cell_m
    kind = np.zeros((ny, nx), dtype=np.uint8)
    kind[slope < 0.17] = 3
    kind[(slope < 0.13) & (smooth_noise(rng, (ny, nx), 9) > -0.4)] = 1
    kind[(slope < 0.05) & (above < 12)] = 2
    col = ((house_x - relief.west_m) / step).astype(np.int64)
    row = ((relief.north_m - house_y) / step).astype(np.int64)
    keep = (col >= 0) & (row >= 0) & (col < nx) & (row < ny)
    count = np.bincount(row[keep] * nx + col[keep], minlength=ny * nx).reshape(ny, nx)
    kind[count >= 8] = 4
    kind = features.sieve(kind, 3)
    got = list(features.shapes(kind, transform=from_origin(relief.west_m, relief.north_m, step, step)))
    shapes = np.array([shapely.geometry.shape(g) for g, _ in got], dtype=object)
    value = [KINDS[int(v)] for _, v in got]
    mu = np.round(shapely.area(shapes) / _MU_M2, 1).tolist()
    return Layer(shapes, {"kind": value, "area_mu": mu}), kind


def make_protected(
    seed: int,
    relief: Relief,
    town: Settlement,
    waters: Layer,
    land: Layer,
    house_x: F64,
    house_y: F64,
    streets: list[F64],
) -> Layer:
    """The named kinds of protected land; farmland keeps 40 m off the houses, as built ground is never part of it."""
    rng = chance(seed, "protected")
    county = shapely.union_all(village_polygons(relief, town)).buffer(5)
    tree = shapely.STRtree(shapely.points(house_x, house_y))
    geometry: list[Any] = []
    kind: list[str] = []
    name: list[str] = []

    def add(shape: Any, what: str, called: str) -> None:
        for part in shapely.get_parts(shapely.intersection(shape, county)).tolist():
            if part.geom_type == "Polygon" and part.area > 100.0:
                geometry.append(part)
                kind.append(what)
                name.append(called)

    fields = [
        i
        for i, k in enumerate(land.columns["kind"])
        if k in ("paddy", "farmland") and land.columns["area_mu"][i] > 120
    ]
    for i in fields:
        if rng.random() > 0.45:
            continue
        plot = land.geometry[i].buffer(-15)
        near = tree.query(plot, predicate="dwithin", distance=40)
        if near.size:
            plot = plot.difference(shapely.union_all(shapely.buffer(tree.geometries[near], 40, quad_segs=2)))
        plot = plot.simplify(12)
        add(plot, "永久基本农田", "")
    length = shapely.length(waters.geometry)
    streams = [i for i in range(length.size) if waters.columns["kind"][i] == "stream" and length[i] > 1500]
    homes = np.column_stack([house_x, house_y])
    streams = [i for i in streams if county.contains(waters.geometry[i])]
    if streams:
        crowd = [int(tree.query(waters.geometry[i].buffer(450)).size) for i in streams]
        for k in np.argsort(crowd, kind="stable")[: max(1, len(town.township_code) // 4)]:
            line = waters.geometry[streams[int(k)]]
            first = line.buffer(80)
            add(first, "水源一级保护区", "集中式饮用水水源")
            add(line.buffer(600).difference(first), "水源二级保护区", "集中式饮用水水源")
    rivers = [g for g, k in zip(waters.geometry, waters.columns["kind"], strict=True) if k == "river"]
    if rivers:
        add(shapely.union_all(shapely.buffer(np.array(rivers, dtype=object), 14)), "河道管理范围", "清溪河及支流")
    for core in _high_ground(relief, town):
        near = tree.query(core)
        if near.size:
            core = core.difference(shapely.union_all(shapely.buffer(tree.geometries[near], 350, quad_segs=2)))
        add(core.simplify(30), "生态保护红线", "山地水源涵养区")
    ways = shapely.STRtree(np.array([shapely.LineString(line) for line in streets], dtype=object))
    for called in ("石牌坊", "古桥", "老祠堂"):
        for i in rng.choice(homes.shape[0], size=60).tolist():
            spot = shapely.Point(homes[i] + rng.uniform(-400, 400, 2))
            if not (tree.query(spot, "dwithin", distance=90).size or ways.query(spot, "dwithin", distance=70).size):
                add(spot.buffer(25), "文物", called)
                break
    return Layer(np.array(geometry, dtype=object), {"kind": kind, "name": name})


def _high_ground(relief: Relief, town: Settlement) -> list[Any]:
    """The highest tenth of the county in pieces of 2 km2 and more, edges rounded."""
    height = ndimage.gaussian_filter(relief.blocks(relief.ground_m, _BLOCK), 5)
    inside = town.village_of_cell >= 0
    high = (height > np.quantile(height[inside], 0.9)) & inside
    step = _BLOCK * relief.cell_m
    got = features.shapes(
        high.astype(np.uint8), mask=high, transform=from_origin(relief.west_m, relief.north_m, step, step)
    )
    pieces = [shapely.geometry.shape(g).buffer(-90).buffer(90) for g, _ in got]
    return [piece for piece in pieces if piece.area > 2e6]


def village_polygons(relief: Relief, town: Settlement) -> npt.NDArray[Any]:
    """Area of each village, in the villages' order; neighbours share their borders."""
    step = _BLOCK * relief.cell_m
    got: dict[int, list[Any]] = {}
    grid = town.village_of_cell
    for g, v in features.shapes(
        grid, mask=grid >= 0, transform=from_origin(relief.west_m, relief.north_m, step, step)
    ):
        got.setdefault(int(v), []).append(shapely.geometry.shape(g))
    whole = []
    for v in range(len(town.village_code)):
        parts = got.get(v) or [shapely.Point(town.village_x[v], town.village_y[v]).buffer(60)]
        whole.append(shapely.MultiPolygon(sorted(parts, key=lambda p: -p.area)))
    out: npt.NDArray[Any] = shapely.coverage_simplify(np.array(whole, dtype=object), 260.0)
    return out
