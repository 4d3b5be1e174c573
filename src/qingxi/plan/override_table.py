"""The layer ``overrides``: every decision, whether it is kept, its price, and the place it speaks of."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.override import Override, OverrideKind
from qingxi.plan.settle import Settled
from qingxi.standard import load_table


def override_table(settled: Settled, told: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Columns of the layer; ``told`` is ``figures["overrides"]``.

    ``place`` is WKT in the plan's zone: the point of a site, the course of a street; ``radius_m`` and ``share`` what the
    rule asks there (``docs/costs.md`` section 13).
    """
    norms = load_table("override")
    rows = [
        (
            one.id, str(one.kind), one.target, "" if one.placed else _scope(one), one.mode, bool(entry["met"]),
            np.nan if entry["price_yuan"] is None else entry["price_yuan"], one.reason, one.officer, one.date,
            _place(settled, one), _radius(one, norms["forbid.radius"], norms["require.radius"]),
            norms["road.share"] if one.kind is OverrideKind.FORCE_ROAD else np.nan, _why(settled, one),
        )
        for one, entry in zip(settled.overrides, told["each"], strict=True)
    ]  # fmt: skip
    names = (
        "override_id", "kind", "target", "scope", "mode", "met", "price_yuan", "reason", "officer", "date", "place",
        "radius_m", "share", "remark",
    )  # fmt: skip
    numbers = {"price_yuan", "radius_m", "share"}
    return {
        name: np.array(
            [row[k] for row in rows], dtype=np.float64 if name in numbers else np.bool_ if name == "met" else object
        )
        for k, name in enumerate(names)
    }


def _scope(one: Override) -> str:
    if one.street:
        return "street"
    return "household" if one.household else "hamlet" if one.hamlet else "village"


def _radius(one: Override, forbid_m: float, require_m: float) -> float:
    if not one.placed:
        return float("nan")
    if np.isfinite(one.radius_m):
        return one.radius_m
    return forbid_m if one.kind is OverrideKind.FORBID_SITE else require_m


def _place(settled: Settled, one: Override) -> str:
    if one.placed:
        return f"POINT ({one.x_m:.3f} {one.y_m:.3f})"
    streets = settled.problem.given.streets
    if not one.street or streets is None:
        return ""
    rows = np.flatnonzero(streets.id.astype(str) == one.street)
    lines = [streets.coords_m[streets.offsets[i] : streets.offsets[i + 1]] for i in rows]
    return str(shapely.to_wkt(shapely.multilinestrings(lines), rounding_precision=3)) if lines else ""


def _why(settled: Settled, one: Override) -> str:
    """What the faults say of this decision."""
    return "；".join(f.rule for f in settled.faults if f.value.split(" ", 1)[0] == one.id)
