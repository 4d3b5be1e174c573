"""A standing plan as flat arrays and a tree of plain values, and back: what a file of it holds.

No code travels with it: what is read back is of the classes listed here, and nothing else.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.origin import Fault, Severity
from qingxi.plan.ends import JoinPoints, NodeEnds
from qingxi.plan.input import CountyFacts, PlanInput
from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.override import Override, OverrideKind
from qingxi.plan.own_limits import OwnLimits
from qingxi.plan.problem import Problem
from qingxi.plan.serve import OwnService
from qingxi.plan.standing import Standing
from qingxi.plan.stay import NodeStays
from qingxi.sewer import SewerKit
from qingxi.standard import ClassAsked, DischargeFrame, Receiving, Row, Table, Trust, load_table
from qingxi.terrain import (
    Elevation,
    ExistingPlants,
    ExistingSewers,
    Land,
    Protected,
    Streets,
    Subsoil,
    TrenchGraph,
    Waters,
)
from qingxi.treatment import GradeSteps, Place, PlantKit
from qingxi.village import DataLevel, Hamlets, Households, Villages

Arrays = dict[str, npt.NDArray[Any]]
FORM = 1
_CLASSES: dict[str, Any] = {
    c.__name__: c
    for c in (
        ClassAsked, CountyFacts, DischargeFrame, Elevation, ExistingPlants, ExistingSewers, Fault, GradeSteps, Ground, Hamlets, Homes,
        Households, JoinPoints, Land, Layout, NodeEnds, NodeStays, Override, OwnLimits, OwnService, Place, PlanInput,
        PlantKit, Problem, Protected, Row, SewerKit, Standing, Streets, Subsoil, Table, TrenchGraph, Villages, Waters,
    )
}  # fmt: skip
_ENUMS: dict[str, Any] = {c.__name__: c for c in (DataLevel, OverrideKind, Receiving, Severity, Trust)}


def pack(standing: Standing) -> tuple[Arrays, dict[str, Any]]:
    """Arrays by name and a tree that JSON can hold; the raster of heights, which nothing asks any more, is left out."""
    given = standing.problem.given
    if given.elevation is not None:
        bare = Elevation(np.zeros((1, 1)), given.elevation.transform, given.elevation.vertical_error_m)
        given = replace(given, elevation=bare, subsoil=None)
    one = replace(standing, problem=replace(standing.problem, given=given))
    packing = _Packing()
    tree = {"form": FORM, "standing": packing.tree(one)}
    return packing.arrays, tree


def unpack(arrays: Mapping[str, npt.NDArray[Any]], tree: Mapping[str, Any]) -> Standing:
    """The standing plan again.

    Raises
    ------
    ValueError
        When it is of another form, holds a class that no plan has, or was made with older tables.
    """
    if tree.get("form") != FORM:
        raise ValueError(f"standing plan of form {tree.get('form')!r}, this version reads {FORM}")
    try:
        found = _Unpacking(arrays).value(tree["standing"])
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"standing plan is broken or of another version: {error}") from error
    if not isinstance(found, Standing):
        raise ValueError("no standing plan")
    p = found.problem
    for name, table in ((p.given.prices, p.prices), (p.given.norms, p.norms), (p.given.processes, p.processes)):
        if lacking := sorted(set(load_table(name).rows) - set(table.rows)):
            raise ValueError(f"made with an older table {name}, which lacks {', '.join(lacking[:3])}")
    return found


class _Packing:
    def __init__(self) -> None:
        self.arrays: Arrays = {}
        self.names: dict[int, dict[str, str]] = {}
        self.held: list[npt.NDArray[Any]] = []  # so that no id is given to another array meanwhile

    def tree(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self.array(value)
        if isinstance(value, np.generic):
            return {"v": value.item()}
        if isinstance(value, Enum):
            return {"e": [type(value).__name__, value.value]}
        if isinstance(value, float) and not math.isfinite(value):
            return {"x": str(value)}
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"v": value}
        if isinstance(value, date):
            return {"day": value.isoformat()}
        name = type(value).__name__
        if name in _CLASSES:
            names = getattr(value, "_fields", None) or [f.name for f in fields(value)]
            return {"c": name, "f": {k: self.tree(getattr(value, k)) for k in names}}
        if isinstance(value, (tuple, list)):
            return {"t" if isinstance(value, tuple) else "l": [self.tree(v) for v in value]}
        if isinstance(value, Mapping):
            return {"d": [[self.tree(k), self.tree(v)] for k, v in value.items()]}
        raise TypeError(f"a standing plan holds no {name}" + (" (a dataclass)" if is_dataclass(value) else ""))

    def array(self, value: npt.NDArray[Any]) -> dict[str, str]:
        if id(value) in self.names:
            return self.names[id(value)]
        at = f"a{len(self.names)}"
        if value.dtype != object:
            self.arrays[at], told = value, {"a": at}
        elif value.size and all(isinstance(v, shapely.Geometry) or v is None for v in value.flat):
            parts = [b"" if v is None else shapely.to_wkb(v) for v in value]
            self.arrays[at] = np.frombuffer(b"".join(parts), dtype=np.uint8)
            self.arrays[at + "n"] = np.array([len(p) for p in parts], dtype=np.int64)
            told = {"g": at}
        else:
            self.arrays[at], told = np.array([str(v) for v in value], dtype=str), {"s": at}
        self.names[id(value)] = told
        self.held.append(value)
        return told


class _Unpacking:
    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.arrays = arrays
        self.made: dict[str, npt.NDArray[Any]] = {}

    def value(self, tree: Any) -> Any:
        ((kind, told),) = tree.items() if "c" not in tree else (("c", tree),)
        if kind == "v":
            return told
        if kind in "ags":
            if told not in self.made:
                self.made[told] = self.array(kind, told)
            return self.made[told]
        if kind == "c":
            return _CLASSES[told["c"]](**{k: self.value(v) for k, v in told["f"].items()})
        if kind == "e":
            return _ENUMS[told[0]](told[1])
        if kind == "x":
            return float(told)
        if kind == "day":
            return date.fromisoformat(told)
        if kind == "d":
            return {self.value(k): self.value(v) for k, v in told}
        values = [self.value(v) for v in told]
        return tuple(values) if kind == "t" else values

    def array(self, kind: str, name: str) -> npt.NDArray[Any]:
        raw = self.arrays[name]
        if kind == "a":
            return raw
        if kind == "s":
            return raw.astype(object)
        ends = np.cumsum(self.arrays[name + "n"])
        text, found = raw.tobytes(), np.full(ends.size, None, dtype=object)
        for i, end in enumerate(ends):
            part = text[(ends[i - 1] if i else 0) : end]
            found[i] = shapely.from_wkb(part) if part else None
        return found
