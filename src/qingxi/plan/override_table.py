"""The layer ``overrides``: every decision, whether it is kept, its price, and the place it speaks of."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.enforce import narrowness, streets_of
from qingxi.plan.override import Override, OverrideKind
from qingxi.plan.settle import Settled
from qingxi.standard import load_table


def override_table(settled: Settled, told: dict[str, Any], mode: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """Columns of the layer; ``told`` is ``figures["overrides"]``.

    ``place`` is WKT in the plan's zone: the point of a site, the course of a street; ``radius_m`` and ``share`` what the
    rule asks there (``docs/costs.md`` section 13); ``exceptions`` counts households that a decided mode is about, that no narrower
    decision is about, and that go another way, as the faults say. ``mode`` is each household's.
    """
    norms = load_table("override")
    rows = [
        (
            one.id, str(one.kind), one.target, _scope(one), one.mode, int(entry["met"]),
            np.nan if entry["price_yuan"] is None else entry["price_yuan"], one.reason, one.officer, one.date,
            _place(settled, one), _radius(one, norms["forbid.radius"], norms["require.radius"]),
            norms["road.share"] if one.kind is OverrideKind.FORCE_ROAD else np.nan,
            _exceptions(settled, one, mode) if entry["met"] else 0, _why(settled, one),
        )
        for one, entry in zip(settled.overrides, told["each"], strict=True)
    ]  # fmt: skip
    names = (
        "override_id", "kind", "target", "scope", "mode", "met", "price_yuan", "reason", "officer", "date", "place",
        "radius_m", "share", "exceptions", "remark",
    )  # fmt: skip
    numbers = {"price_yuan", "radius_m", "share"}
    return {
        name: np.array(
            [row[k] for row in rows],
            dtype=np.float64 if name in numbers else np.int64 if name in ("met", "exceptions") else object,
        )
        for k, name in enumerate(names)
    }


def _scope(one: Override) -> str:
    if one.kind in (OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD):
        return "street"
    if one.placed:
        return "point"
    return "household" if one.household else "hamlet" if one.hamlet else "village"


def _radius(one: Override, forbid_m: float, require_m: float) -> float:
    if not one.placed or one.kind in (OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD):
        return float("nan")
    if np.isfinite(one.radius_m):
        return one.radius_m
    return forbid_m if one.kind is OverrideKind.FORBID_SITE else require_m


def _place(settled: Settled, one: Override) -> str:
    streets = settled.problem.given.streets
    if one.kind not in (OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD) or streets is None:
        return f"POINT ({one.x_m:.3f} {one.y_m:.3f})" if one.placed else ""
    rows = streets_of(settled.problem, one)
    lines = [streets.coords_m[streets.offsets[i] : streets.offsets[i + 1]] for i in rows]
    return str(shapely.to_wkt(shapely.multilinestrings(lines), rounding_precision=3)) if lines else ""


def _scope_rows(settled: Settled, one: Override) -> npt.NDArray[np.bool_]:
    """Households a decided mode is about."""
    p = settled.problem
    if one.household:
        return np.asarray(p.houses.id.astype(str) == one.household)
    if one.hamlet:
        return np.asarray((p.hamlets.id.astype(str) == one.hamlet)[p.own.hamlet])
    villages = p.given.villages
    if villages is None:
        return np.zeros(len(p.houses), dtype=np.bool_)
    code = np.append(villages.code.astype(str), "")
    return np.asarray(code[p.hamlets.village[p.own.hamlet]] == one.village)


def _exceptions(settled: Settled, one: Override, mode: npt.NDArray[Any]) -> int:
    if one.kind is not OverrideKind.MODE:
        return 0
    mine = _scope_rows(settled, one)
    for other in settled.kept:
        if other.kind is OverrideKind.MODE and narrowness(other) > narrowness(one):
            mine &= ~_scope_rows(settled, other)
    return int((mode[mine].astype(str) != one.mode).sum())


def _why(settled: Settled, one: Override) -> str:
    """What the faults say of this decision."""
    return "；".join(f.rule for f in settled.faults if f.value.split(" ", 1)[0] == one.id)
