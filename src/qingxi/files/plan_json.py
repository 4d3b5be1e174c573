"""``plan.json`` (规划成果摘要): figures, level, inputs, parameters, faults of a plan, as one object."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qingxi import __version__
from qingxi.files.layer_source import Secrecy
from qingxi.origin import Fault

_RANK = {str(s): i for i, s in enumerate((Secrecy.PUBLIC, Secrecy.INTERNAL, Secrecy.SECRET))}


def highest_secrecy(inputs: Iterable[Mapping[str, Any]]) -> str:
    """The highest 密级 among the input layers; a plan is as secret as what it was made from."""
    return max(
        (str(one["secrecy"]) for one in inputs), key=lambda s: _RANK.get(s, 1), default=str(Secrecy.INTERNAL)
    )


def plain(value: Any) -> Any:
    """A value as JSON knows it: numpy scalars unwrapped, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def plan_document(
    figures: Mapping[str, Any],
    *,
    crs: str,
    inputs: Iterable[Mapping[str, Any]],
    faults: Iterable[Fault],
    level_reason: str,
    name: str,
    public: bool,
    base: Path,
) -> dict[str, Any]:
    """The whole object.

    Parameters
    ----------
    figures : mapping
        ``PlanResult.figures``; its seconds are left out, they stand in :func:`run_document`.
    base : Path
        Folder the document will lie in; input paths are told from there, so that both can move together.
    """
    told = []
    for one in inputs:
        path = os.path.relpath(str(one["path"]), base)
        told.append(dict(one) | {"path": path})
    document = {key: value for key, value in figures.items() if key != "seconds"} | {
        "name": name,
        "crs": crs,
        "inputs": told,
        "secrecy": highest_secrecy(told),
        "public": public,
        "faults": [fault.as_json() for fault in faults],
        "version": __version__,
    }
    if level_reason and not document.get("level_reason"):
        document["level_reason"] = level_reason
    cleaned: dict[str, Any] = plain(document)
    return cleaned


def run_document(figures: Mapping[str, Any], seconds: Mapping[str, float], peak_mb: float) -> dict[str, Any]:
    """What differs from run to run (``run.json``): seconds by stage, the planner's own and those told, and peak memory."""
    spent = dict(figures.get("seconds", {})) | dict(seconds)
    return {"seconds": {key: round(float(s), 3) for key, s in spent.items()}, "peak_mb": round(peak_mb, 1)}


def write_plan_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write the object, two blanks deep, Chinese as it is."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def read_plan_json(path: Path) -> dict[str, Any]:
    """Read the object back; raises ValueError when it is no JSON object."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{path.name} is no JSON object")
    return document


def plan_inputs(folder: Path) -> tuple[str, str, list[dict[str, Any]]]:
    """Name, CRS and input layers of a plan that is there, the layers' paths made absolute, for a plan made from it."""
    document = read_plan_json(folder / "plan.json")
    inputs = [dict(one) | {"path": str((folder / one["path"]).resolve())} for one in document["inputs"]]
    return str(document.get("name", "")), str(document["crs"]), inputs
