"""Existing mains and plants from layers (现有管网、现有处理设施)."""

import numpy as np
import shapely

from qingxi.files.households import numbers, one_of, texts, unique_ids
from qingxi.files.numbers import date_of, plain
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.terrain import Consent, ExistingPlants, ExistingSewers

_CONSENT = {str(word): str(word) for word in Consent} | {
    "同意": str(Consent.GIVEN),
    "是": str(Consent.GIVEN),
    "否": str(Consent.REFUSED),
    "拒绝": str(Consent.REFUSED),
    "未答复": str(Consent.NOT_ASKED),
}
_KINDS = {"county": "county", "township": "township", "village": "village", "县": "county", "县城": "county", "城镇": "county", "县级": "county", "乡镇": "township", "镇": "township", "镇级": "township", "村": "village", "村级": "village"}  # fmt: skip


def sewers_of(layer: RawLayer, faults: Faults) -> ExistingSewers:
    """Mains from cleaned lines; parts of one main keep its id."""
    ids, _ = unique_ids(layer, "id", Faults())
    spare = numbers(layer, "spare_m3_d", faults)
    for i in np.flatnonzero(spare < 0):
        faults.add("value-negative", layer.origin.label, "余量", row=int(layer.rows[i]), name="spare_m3_d", value=f"{spare[i]:g}")  # fmt: skip
    return ExistingSewers(
        geometry=layer.geometry,
        id=ids,
        dn_mm=numbers(layer, "dn_mm", faults),
        invert_up_m=numbers(layer, "invert_up_m", faults),
        invert_down_m=numbers(layer, "invert_down_m", faults),
        spare_m3_d=np.where(spare < 0, 0.0, spare),
        plant=texts(layer, "plant", faults),
        owner=texts(layer, "owner", faults),
        consent=one_of(
            texts(layer, "consent", faults), _CONSENT, str(Consent.NOT_ASKED), layer, "同意接入", faults
        ),
    )


def _year(cell: object) -> float:
    day = date_of(cell)
    if day is not None:
        return float(day.year)
    text = plain(cell)[:4]
    return float(text) if text.isdigit() else float("nan")


def plants_of(layer: RawLayer, faults: Faults) -> ExistingPlants:
    """Plants from cleaned points; repeated ids and negative capacities go, with a fault."""
    ids, keep = unique_ids(layer, "id", faults)
    design = numbers(layer, "design_m3_d", faults)
    for i in np.flatnonzero(design < 0):
        faults.add("value-negative", layer.origin.label, "设计规模", row=int(layer.rows[i]), name="design_m3_d", value=f"{design[i]:g}")  # fmt: skip
        keep[i] = False
    layer, ids, design = layer.take(keep), ids[keep], design[keep]
    built = np.array([_year(cell) for cell in texts(layer, "built", faults)], dtype=np.float64)
    return ExistingPlants(
        id=ids,
        name=texts(layer, "name", faults),
        kind=one_of(texts(layer, "kind", faults), _KINDS, "village", layer, "设施级别", faults),
        x_m=shapely.get_x(layer.geometry),
        y_m=shapely.get_y(layer.geometry),
        design_m3_d=design,
        actual_m3_d=numbers(layer, "actual_m3_d", faults),
        owner=texts(layer, "owner", faults),
        consent=one_of(
            texts(layer, "consent", faults), _CONSENT, str(Consent.NOT_ASKED), layer, "同意接入", faults
        ),
        status=texts(layer, "status", faults),
        fault_class=texts(layer, "fault_class", faults),
        built=built,
        book_value_yuan=numbers(layer, "book_value_yuan", faults),
    )
