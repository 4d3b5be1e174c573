"""Households from a layer (农户图层): ids, people, hamlet, each row judged on its own."""

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.headings import LAYERS, column_of
from qingxi.files.numbers import numbers_of, plain, texts_of
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.standard import load_table
from qingxi.village import Hamlets, Households

_PEOPLE = ("people_registered", "people_resident", "people_festival")
_TOILETS = {"水冲": "水冲", "旱厕": "旱厕", "三格": "三格", "三格式": "三格", "三格化粪池": "三格", "冲水": "水冲", "水冲厕": "水冲", "水冲厕所": "水冲", "旱": "旱厕", "flush": "水冲", "dry": "旱厕"}  # fmt: skip
_YES = frozenset({"是", "√", "1", "true", "yes", "y", "t", "已分离", "有"})


SAME_SPOT_M = 1.0
"""Two rows of one id nearer than this are one thing entered twice."""


def found(layer: RawLayer, column: str) -> str | None:
    """The layer's heading for one of our columns, or None."""
    aliases = LAYERS[layer.origin.name][column]
    return column_of(layer.columns, aliases, layer.origin.columns.get(column))


def numbers(layer: RawLayer, column: str, faults: Faults) -> npt.NDArray[np.float64]:
    """One of our columns as float64; all NaN when the layer has none."""
    heading = found(layer, column)
    if heading is None:
        return np.full(len(layer), np.nan)
    return numbers_of(layer.columns[heading], layer.rows, layer.origin.label, heading, faults)


def texts(layer: RawLayer, column: str, faults: Faults) -> npt.NDArray[np.object_]:
    """One of our columns as text; all empty when the layer has none."""
    heading = found(layer, column)
    if heading is None:
        return np.full(len(layer), "", dtype=object)
    return texts_of(layer.columns[heading], layer.rows, layer.origin.label, heading, faults)


def unique_ids(
    layer: RawLayer, column: str, faults: Faults
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Ids of a layer and which rows may stay: a repeated id is an error of the later row."""
    label = layer.origin.label
    heading = found(layer, column)
    numbered = layer.rows.astype(str).astype(object)
    if heading is None:
        faults.add("id-absent", label, name=column)
        return numbered, np.ones(len(layer), dtype=np.bool_)
    ids = texts_of(layer.columns[heading], layer.rows, label, heading, Faults())
    empty = ids == ""
    for i in np.flatnonzero(empty):
        faults.add("id-empty", label, row=int(layer.rows[i]), name=heading)
    ids = np.where(empty, numbered, ids)
    if column not in layer.origin.columns and len(set(ids)) * 2 < len(ids):
        # Exporters leave columns such as OID_ full of zeros: that is no numbering.
        faults.add("id-useless", label, name=heading, value=ids[0])
        return numbered, np.ones(len(layer), dtype=np.bool_)
    return _repeated(layer, ids, heading, faults)


def _repeated(
    layer: RawLayer, ids: npt.NDArray[np.object_], heading: str, faults: Faults
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Deal with ids that stand twice: the same place is a row entered twice and goes; another place is another thing
    and stays under a number of its own."""
    label = layer.origin.label
    ids = ids.copy()
    keep = np.ones(len(layer), dtype=np.bool_)
    first: dict[str, int] = {}
    for at, key in enumerate(ids):
        if key not in first:
            first[key] = at
            continue
        row, earlier = int(layer.rows[at]), int(layer.rows[first[key]])
        a, b = layer.geometry[at], layer.geometry[first[key]]
        if a is not None and b is not None and shapely.distance(a, b) > SAME_SPOT_M:
            fresh = next(f"{key}#{n}" for n in range(2, len(ids) + 2) if f"{key}#{n}" not in first)
            faults.add("id-twice", label, earlier, fresh, row=row, name=heading, value=key)
            ids[at] = fresh
            first[fresh] = at
        else:
            faults.add("id-duplicate", label, earlier, row=row, name=heading, value=key)
            keep[at] = False
    return ids, keep


def one_of(
    values: npt.NDArray[np.object_], known: dict[str, str], default: str, layer: RawLayer, name: str, faults: Faults
) -> npt.NDArray[np.object_]:
    """Values in our words; an empty one becomes the default silently, an unknown one with a warning for the word."""
    said: set[str] = set()
    out = np.full(values.size, default, dtype=object)
    for i, value in enumerate(values):
        key = plain(value).lower()
        if key in known:
            out[i] = known[key]
        elif key and key not in said:
            said.add(key)
            wanted = "、".join(dict.fromkeys(known.values()))
            faults.add("value-unknown", layer.origin.label, name, wanted, default or "空", row=int(layer.rows[i]), name=name, value=value)  # fmt: skip
    return out


def _people(
    layer: RawLayer, people_default: float, faults: Faults
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.bool_]]:
    """The three numbers of people, and which rows may stay (negative people: the row goes)."""
    label = layer.origin.label
    keep = np.ones(len(layer), dtype=np.bool_)
    columns = {name: numbers(layer, name, faults) for name in _PEOPLE}
    most = load_table("survey")["household.absurd_people"]
    for name, values in columns.items():
        heading = found(layer, name) or name
        for i in np.flatnonzero(values < 0):
            faults.add("people-negative", label, row=int(layer.rows[i]), name=heading, value=f"{values[i]:g}")
            keep[i] = False
        for i in np.flatnonzero(values > most):
            faults.add("people-absurd", label, f"{most:g}", row=int(layer.rows[i]), name=heading, value=f"{values[i]:g}")  # fmt: skip
    absent = np.isnan(columns["people_resident"])
    if absent.all():
        faults.add(
            "people-absent", label, f"{people_default:g}", name="people_resident", value=f"共 {absent.sum()} 行"
        )
    else:
        for i in np.flatnonzero(absent):
            faults.add(
                "people-absent", label, f"{people_default:g}", row=int(layer.rows[i]), name="people_resident"
            )
    return columns, keep


def _same_spot(layer: RawLayer, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], faults: Faults) -> None:
    """One warning for houses that lie on one point (within a centimetre)."""
    spots = np.round(np.column_stack([x, y]), 2)
    _, first, inverse = np.unique(spots, axis=0, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse.ravel()] != np.arange(len(x)))
    if again.size:
        i = int(again[0])
        faults.add("point-same", layer.origin.label, int(layer.rows[first[inverse.ravel()[i]]]), row=int(layer.rows[i]), value=f"共 {again.size} 行")  # fmt: skip


def households_of(
    layer: RawLayer, hamlets: Hamlets | None, people_default: float, faults: Faults
) -> tuple[Households, npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Households from a cleaned point layer in the computing CRS.

    Returns
    -------
    (Households, object[n], int64[n])
        The households; what each row says its hamlet is (text, may be empty); the user's row numbers.
    """
    ids, keep = unique_ids(layer, "id", faults)
    people, kept = _people(layer, people_default, faults)
    keep &= kept
    layer, ids = layer.take(keep), ids[keep]
    x, y = shapely.get_x(layer.geometry), shapely.get_y(layer.geometry)
    _same_spot(layer, x, y, faults)
    named = texts(layer, "hamlet", faults)
    hamlet = _hamlet_of(layer, named, hamlets, x, y, faults)
    toilet = one_of(
        texts(layer, "toilet", faults), {k.lower(): v for k, v in _TOILETS.items()}, "", layer, "厕所类型", faults
    )
    separated = np.array([plain(v).lower() in _YES for v in texts(layer, "separated", faults)], dtype=np.bool_)
    houses = Households(
        id=ids,
        x_m=x,
        y_m=y,
        hamlet=hamlet,
        people_registered=people["people_registered"][keep],
        people_resident=people["people_resident"][keep],
        people_festival=people["people_festival"][keep],
        toilet=toilet,
        separated=separated,
    )
    return houses, named, layer.rows


def _hamlet_of(
    layer: RawLayer,
    named: npt.NDArray[np.object_],
    hamlets: Hamlets | None,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    faults: Faults,
) -> npt.NDArray[np.int64]:
    """Index of each household's hamlet: by id, by name where it is unique, else the nearest within reach, else −1."""
    out = np.full(len(layer), -1, dtype=np.int64)
    if hamlets is None or len(hamlets) == 0:
        return out
    names, counts = np.unique(hamlets.name.astype(str), return_counts=True)
    index = {str(name): int(np.flatnonzero(hamlets.name == name)[0]) for name in names[counts == 1]}
    index |= {str(key): i for i, key in enumerate(hamlets.id)}
    out[:] = [index.get(key, -1) for key in named]
    for i in np.flatnonzero((out < 0) & (named != "")):
        faults.add("hamlet-unknown", layer.origin.label, row=int(layer.rows[i]), name="hamlet", value=named[i])
    lost = np.flatnonzero(out < 0)
    placed = np.flatnonzero(np.isfinite(hamlets.x_m))
    if lost.size and placed.size:
        from scipy.spatial import cKDTree

        reach = load_table("survey")["hamlet.reach"]
        tree = cKDTree(np.column_stack([hamlets.x_m[placed], hamlets.y_m[placed]]))
        far, nearest = tree.query(np.column_stack([x[lost], y[lost]]))
        out[lost] = np.where(far <= reach, placed[nearest], -1)
    return out
