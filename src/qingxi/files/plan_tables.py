"""Reading a written plan back as the tables it was written from (读回规划成果), for drawings and models."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.plan_gpkg import layer_names, read_plan_layer
from qingxi.files.plan_json import read_plan_json
from qingxi.files.plan_layers import COLUMNS
from qingxi.files.plan_read import UnreadablePlan
from qingxi.plan import PlanTables


def read_plan_tables(folder: Path) -> tuple[PlanTables, dict[str, Any]]:
    """The layers and the figures of a plan folder; a public plan can be read too.

    Parameters
    ----------
    folder : Path
        Holds ``plan.gpkg`` and ``plan.json``.

    Returns
    -------
    (PlanTables, dict)
        A layer that was withheld has no rows; a withheld column holds NaN.

    Raises
    ------
    UnreadablePlan
        When a file is missing or broken; the message says what is wrong, in Chinese.
    """
    gpkg, document = folder / "plan.gpkg", folder / "plan.json"
    for path in (gpkg, document):
        if not path.is_file():
            raise UnreadablePlan(f"{folder} 里没有 {path.name}，不是规划成果目录")
    layers: dict[str, Any] = {"systems": {}, "hamlets": {}}
    try:
        figures = read_plan_json(document)
        present = set(layer_names(gpkg))
        for layer in COLUMNS:
            if layer not in present:
                continue
            columns, geometry = read_plan_layer(gpkg, layer)
            layers[layer] = columns
            if layer == "pipes" and geometry is not None and geometry.size:
                coordinates, index = shapely.get_coordinates(geometry, return_index=True)
                counts = np.bincount(index, minlength=geometry.size)
                offsets: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
                layers |= {"pipe_coords_m": coordinates, "pipe_offsets": offsets}
    except Exception as error:  # GDAL and json speak through many classes; the user needs only the sentence
        raise UnreadablePlan(f"{folder} 的成果读不出来：{error}") from error
    if "systems" not in present:
        raise UnreadablePlan(f"{gpkg.name} 里没有 systems 层，不是规划成果")
    return PlanTables(**layers), figures
