"""Ground below the surface from a layer (地层与地下水): rock, and how deep the groundwater stands."""

import numpy as np

from qingxi.files.households import numbers, one_of, texts
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.terrain import Subsoil

_KINDS = {
    "soil": "soil", "土": "soil", "土层": "soil", "黏土": "soil", "粘土": "soil", "砂土": "soil",
    "rock": "rock", "岩石": "rock", "岩": "rock", "基岩": "rock", "石方": "rock", "石灰岩": "rock", "砂岩": "rock", "花岗岩": "rock", "页岩": "rock",
    "wet": "wet", "地下水": "wet", "高地下水位": "wet", "软土": "wet", "淤泥": "wet", "流砂": "wet",
}  # fmt: skip


def subsoil_of(layer: RawLayer, faults: Faults) -> Subsoil:
    """Ground from cleaned polygons; a negative groundwater depth loses its row, an unknown kind counts as soil."""
    depth = numbers(layer, "water_depth_m", faults)
    bad = depth < 0
    for i in np.flatnonzero(bad):
        faults.add("value-negative", layer.origin.label, "地下水埋深", row=int(layer.rows[i]), name="water_depth_m", value=f"{depth[i]:g}")  # fmt: skip
    layer, depth = layer.take(~bad), depth[~bad]
    kind = one_of(texts(layer, "kind", faults), _KINDS, "soil", layer, "地层", faults)
    # 地下水 without a depth is said of ground that is wet from the top.
    depth = np.where((kind == "wet") & np.isnan(depth), 0.0, depth)
    return Subsoil(layer.geometry, kind == "rock", depth)
