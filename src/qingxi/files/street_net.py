"""Streets from a layer (街巷道路), and what is suspicious about the net they make."""

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from qingxi.files.households import one_of, texts, unique_ids
from qingxi.files.numbers import plain
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.terrain import Streets, Surface

_SURFACES = {
    "earth": "earth", "土": "earth", "土路": "earth", "砂石": "earth", "碎石": "earth", "泥结石": "earth", "unpaved": "earth", "gravel": "earth", "dirt": "earth", "ground": "earth",
    "concrete": "concrete", "水泥": "concrete", "水泥路": "concrete", "混凝土": "concrete", "硬化": "concrete",
    "asphalt": "asphalt", "沥青": "asphalt", "沥青路": "asphalt", "柏油": "asphalt", "paved": "concrete",
    "rebuilt": "rebuilt", "拟改建": "rebuilt", "待改建": "rebuilt", "改建": "rebuilt",
    "offstreet": "offstreet", "庭院": "offstreet", "院坝": "offstreet", "空地": "offstreet", "荒地": "offstreet", "绿地": "offstreet",
    "farmland": "farmland", "农地": "farmland", "耕地": "farmland", "农田": "farmland", "田埂": "farmland",
}  # fmt: skip
_YES = frozenset({"是", "√", "1", "true", "yes", "y", "有", "计划", "拟改建", "改建"})
_NO = frozenset({"", "否", "0", "false", "no", "n", "无", "不"})
TOUCH_M = 0.5
"""Lines nearer than this are taken as joined when pieces of the net are counted."""


def streets_of(layer: RawLayer, faults: Faults) -> Streets:
    """Streets from a cleaned line layer of single parts in the computing CRS; crossings are reported, not noded."""
    label = layer.origin.label
    lengths = shapely.length(layer.geometry)
    short = lengths < 0.01
    for i in np.flatnonzero(short):
        faults.add("street-short", label, row=int(layer.rows[i]), value=f"{lengths[i]:.3f} m")
    layer = layer.take(~short)
    # A line of several parts stands several times with one id: that is no duplicate.
    ids, _ = unique_ids(layer, "id", Faults())
    surfaces = one_of(texts(layer, "surface", faults), _SURFACES, "concrete", layer, "路面", faults)
    surfaces = np.where(to_be_rebuilt(layer, faults), "rebuilt", surfaces)
    crossings(layer, faults)
    pieces(layer, faults)
    coordinates, index = shapely.get_coordinates(layer.geometry, return_index=True)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(index, minlength=len(layer)))]).astype(np.int64)
    return Streets(
        coords_m=coordinates,
        offsets=offsets,
        surface=np.array([int(Surface[name.upper()]) for name in surfaces], dtype=np.int64),
        id=ids,
    )


def to_be_rebuilt(layer: RawLayer, faults: Faults) -> npt.NDArray[np.bool_]:
    """Streets that will be rebuilt anyway: a year not before the layer's own, or a plain yes."""
    told = layer.origin.date[:4]
    now = int(told) if told.isdigit() else 0
    label = layer.origin.label
    out = np.zeros(len(layer), dtype=np.bool_)
    for i, text in enumerate(texts(layer, "rebuild", faults)):
        word = plain(text).lower().removesuffix(".0").removesuffix("年")
        if len(word) == 4 and word.isdigit() and word > "1900":
            out[i] = int(word) >= now
            if not out[i]:
                faults.add("rebuild-past", label, word, row=int(layer.rows[i]), name="rebuild", value=text)
        elif word in _YES:
            out[i] = True
        elif word not in _NO:
            faults.add("rebuild-unknown", label, row=int(layer.rows[i]), name="rebuild", value=text)
    return out


def crossings(layer: RawLayer, faults: Faults) -> npt.NDArray[np.float64]:
    """Points where two streets pass through each other without a vertex of both, one warning for all.

    Returns
    -------
    float64[k, 2]
        The points, rounded to a centimetre, each once.
    """
    lines = layer.geometry
    a, b = shapely.STRtree(lines).query(lines, predicate="intersects")
    a, b = a[a < b], b[a < b]
    if not a.size:
        return np.zeros((0, 2))
    met = shapely.intersection(lines[a], lines[b])
    at, pair = shapely.get_coordinates(met, return_index=True)
    point_like = np.isin(shapely.get_type_id(met), [0, 4])[pair]
    at, pair = np.round(at[point_like], 2), pair[point_like]
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    coordinates = np.round(coordinates, 2)
    # A street that ends on another is how streets are drawn; only lines that pass through each other are suspicious.
    tips = shapely.get_coordinates(shapely.boundary(lines))
    at_tip = {(float(x), float(y)) for x, y in np.round(tips, 2)}
    corners = {(int(i), float(x), float(y)) for i, (x, y) in zip(owner, coordinates, strict=True)}
    loose = {
        (float(x), float(y))
        for (x, y), p in zip(at, pair, strict=True)
        if (float(x), float(y)) not in at_tip
        and ((int(a[p]), float(x), float(y)) not in corners or (int(b[p]), float(x), float(y)) not in corners)
    }
    if loose:
        x, y = min(loose)
        faults.add("street-crossing", layer.origin.label, len(loose), value=f"如 {x:.0f},{y:.0f}")
    return np.array(sorted(loose)).reshape(-1, 2)


def pieces(layer: RawLayer, faults: Faults) -> int:
    """Number of separate pieces of the net; a warning when there are several."""
    lines = layer.geometry
    if not len(lines):
        return 0
    a, b = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=TOUCH_M)
    links = coo_matrix((np.ones(a.size, dtype=np.int8), (a, b)), shape=(len(lines), len(lines)))
    count, piece = connected_components(links, directed=False)
    if count > 1:
        share = np.bincount(piece, weights=shapely.length(lines))
        faults.add("street-pieces", layer.origin.label, count, f"{100 * share.max() / share.sum():.0f}")
    return int(count)
