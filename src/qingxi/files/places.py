"""Administrative villages and hamlets from a layer or a table (行政村、自然村)."""

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.households import found, numbers, one_of, texts, unique_ids
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.village import Hamlets, VillageClass, Villages

_CLASSES = {str(c): str(c) for c in VillageClass if c} | {f"{c}类": str(c) for c in VillageClass if c}
_TABLE_ONLY = ("scattered_households", "septic_households", "field_mu")
_COUNTS = ("households", "people_registered", "people_resident", "people_festival")


def _not_negative(
    layer: RawLayer, columns: dict[str, npt.NDArray[np.float64]], faults: Faults
) -> npt.NDArray[np.bool_]:
    keep = np.ones(len(layer), dtype=np.bool_)
    for name, values in columns.items():
        code = "people-negative" if name.startswith("people") else "value-negative"
        for i in np.flatnonzero(values < 0):
            about = () if code == "people-negative" else ("户数",)
            faults.add(code, layer.origin.label, *about, row=int(layer.rows[i]), name=found(layer, name) or name, value=f"{values[i]:g}")  # fmt: skip
            keep[i] = False
    return keep


def villages_of(layer: RawLayer, faults: Faults) -> Villages:
    """Villages; rows with a wrong code, a repeated code or negative counts are left out and named."""
    label = layer.origin.label
    codes, keep = unique_ids(layer, "code", faults)
    for i, code in enumerate(codes):
        if found(layer, "code") and not (len(code) == 12 and code.isdigit()):
            faults.add("code-shape", label, 12, row=int(layer.rows[i]), name="code", value=code)
            keep[i] = False
    counts = {name: numbers(layer, name, faults) for name in _COUNTS}
    keep &= _not_negative(layer, counts, faults)
    text = {
        name: texts(layer, name, faults)[keep] for name in ("name", "township", "township_name", "kind", "class")
    }
    kept = layer.take(keep)
    township = text["township"]
    township = np.where(township == "", [code[:9] for code in codes[keep]], township).astype(object)
    return Villages(
        code=codes[keep],
        name=text["name"],
        township=township,
        township_name=text["township_name"],
        kind=text["kind"],
        village_class=one_of(text["class"], _CLASSES, "", kept, "村庄分类", faults),
        main_distance_m=np.maximum(numbers(kept, "main_distance_m", faults), 0.0),
        main_rise_m=numbers(kept, "main_rise_m", faults),
        **{name: np.maximum(numbers(kept, name, faults), 0.0) for name in _TABLE_ONLY},
        **{name: values[keep] for name, values in counts.items()},
    )


def hamlets_of(layer: RawLayer, villages: Villages | None, faults: Faults) -> Hamlets:
    """Hamlets, each with its village by code (its own column, else the first 12 digits of its id)."""
    ids, keep = unique_ids(layer, "id", faults)
    layer, ids = layer.take(keep), ids[keep]
    index = {str(code): i for i, code in enumerate(villages.code)} if villages is not None else {}
    said = texts(layer, "village", faults)
    belongs = [
        index.get(str(code) or str(key)[:12], index.get(str(key)[:12], -1))
        for code, key in zip(said, ids, strict=True)
    ]
    centre = shapely.centroid(layer.geometry)
    name = texts(layer, "name", faults)
    return Hamlets(
        id=ids,
        name=np.where(name == "", ids, name).astype(object),
        village=np.array(belongs, dtype=np.int64),
        x_m=shapely.get_x(centre),
        y_m=shapely.get_y(centre),
    )


def hamlets_named(
    named: npt.NDArray[np.object_],
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    villages: Villages | None,
) -> tuple[Hamlets, npt.NDArray[np.int64]]:
    """Hamlets made from what the households say, where no hamlet layer is given; and each household's index.

    A household that names none goes to hamlet −1.
    """
    keys = np.array(sorted({str(key) for key in named if key}), dtype=object)
    position = {key: i for i, key in enumerate(keys)}
    of = np.array([position.get(str(key), -1) for key in named], dtype=np.int64)
    inside = of >= 0
    count = np.bincount(of[inside], minlength=len(keys)).astype(float)
    cx = np.bincount(of[inside], weights=x[inside], minlength=len(keys)) / count
    cy = np.bincount(of[inside], weights=y[inside], minlength=len(keys)) / count
    index = {str(code): i for i, code in enumerate(villages.code)} if villages is not None else {}
    belongs = np.array([index.get(str(key)[:12], -1) for key in keys], dtype=np.int64)
    return Hamlets(id=keys, name=keys.copy(), village=belongs, x_m=cx, y_m=cy), of
