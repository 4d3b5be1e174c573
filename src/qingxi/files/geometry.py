"""Mending geometry row by row (几何校核): nulls, wrong kinds, invalid rings, multi-parts."""

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults

_POINT, _LINE, _POLYGON = frozenset({0, 4}), frozenset({1, 2, 5}), frozenset({3, 6})
_KINDS = {"point": _POINT | _POLYGON, "line": _LINE, "polygon": _POLYGON, "line or polygon": _LINE | _POLYGON}
_CHINESE = {"point": "点（或屋顶面）", "line": "线", "polygon": "面", "line or polygon": "线或面"}
_SINGLE = {0: "点", 1: "线", 2: "线", 3: "面", 4: "点", 5: "线", 6: "面", 7: "几何集合", -1: "空"}


def _rows_of(layer: RawLayer, mask: npt.NDArray[np.bool_], code: str, faults: Faults, *about: object) -> None:
    for i in np.flatnonzero(mask):
        faults.add(code, layer.origin.label, *about, row=int(layer.rows[i]))


def clean(layer: RawLayer, kind: str, faults: Faults) -> RawLayer:
    """Only the rows whose geometry can be used as ``kind``, mended.

    Parameters
    ----------
    kind : str
        ``"point"`` (polygons become a point on their surface), ``"line"``, ``"polygon"``, ``"line or polygon"``.

    Returns
    -------
    RawLayer
        Lines and polygons are single parts (a row may stand several times), points are points.
    """
    label = layer.origin.label
    types = shapely.get_type_id(layer.geometry)
    null = (types == -1) | shapely.is_empty(layer.geometry)
    _rows_of(layer, null, "geometry-null", faults)
    bounds = shapely.bounds(layer.geometry)
    wild = ~null & ~np.isfinite(bounds).all(axis=1)
    _rows_of(layer, wild, "geometry-nan", faults)
    kinds = {_SINGLE[int(t)] for t in np.unique(types[~null])}
    if len(kinds) > 1:
        faults.add("geometry-mixed", label, "、".join(sorted(kinds)))
    wrong = ~null & ~np.isin(types, list(_KINDS[kind]))
    _rows_of(layer, wrong, "geometry-kind", faults, _CHINESE[kind])
    layer = layer.take(~(null | wild | wrong))
    layer = _valid(layer, faults)
    return _as_points(layer, faults) if kind == "point" else _parts(layer, faults)


def _valid(layer: RawLayer, faults: Faults) -> RawLayer:
    """Self-crossing polygons repaired; what is no polygon after repair is left out."""
    areas = np.isin(shapely.get_type_id(layer.geometry), [3, 6])
    bad = areas & ~shapely.is_valid(layer.geometry)
    if not bad.any():
        return layer
    mended = layer.geometry.copy()
    lost = np.zeros(len(layer), dtype=np.bool_)
    for i in np.flatnonzero(bad):
        fixed = shapely.make_valid(mended[i])
        polygons = [g for g in shapely.get_parts(np.array([fixed])) if g.geom_type in ("Polygon", "MultiPolygon")]
        row = int(layer.rows[i])
        if not polygons:
            faults.add("geometry-broken", layer.origin.label, row=row)
            lost[i] = True
            continue
        faults.add("geometry-invalid", layer.origin.label, row=row, value=shapely.is_valid_reason(mended[i]))
        mended[i] = shapely.union_all(polygons)
    return layer.with_geometry(mended, layer.crs).take(~lost)


def _as_points(layer: RawLayer, faults: Faults) -> RawLayer:
    types = shapely.get_type_id(layer.geometry)
    geometry = layer.geometry.copy()
    areas = np.isin(types, [3, 6])
    geometry[areas] = shapely.point_on_surface(geometry[areas])
    several = types == 4
    counts = shapely.get_num_geometries(geometry)
    if (several & (counts > 1)).any() or ((types == 6) & (shapely.get_num_geometries(layer.geometry) > 1)).any():
        many = (several & (counts > 1)) | (types == 6)
        faults.add("geometry-multi", layer.origin.label, value=f"共 {int(many.sum())} 行")
    # A multi-point with one point is only a habit of some exporters; with more, the first stands for all.
    geometry[several] = shapely.get_geometry(geometry[several], 0)
    return layer.with_geometry(geometry, layer.crs)


def _parts(layer: RawLayer, faults: Faults) -> RawLayer:
    parts, index = shapely.get_parts(layer.geometry, return_index=True)
    if parts.size > len(layer):
        faults.add("geometry-multi", layer.origin.label, value=f"{len(layer)} 行拆成 {parts.size} 个")
    if parts.size == len(layer) and not np.isin(shapely.get_type_id(layer.geometry), [4, 5, 6]).any():
        return layer
    return layer.take(index).with_geometry(parts, layer.crs)
