"""Rules ``protected`` and ``distance``: what the land allows, by the table of land rules and the layers that can be reached."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books
from qingxi.check.violation import Findings
from qingxi.standard import LandRule, Works, land_rules

EDGE_M = 0.05
"""A pipe may touch an edge by this much: areas are drawn, not surveyed."""

OUTFALL_M, NEARLY_M = 200.0, 5.0
_PRICED = ("none", "river", "farmland", "source_2", "redline")
_CROSSED = ("none", "stream", "pond", "river", "reservoir")
_FUNCTION = {"I": "水功能Ⅰ类", "II": "水功能Ⅱ类"}
_OFF_STREET = ("offstreet", "farmland")


def land(plan: PlanRead, found: Findings) -> None:
    """Plants and pipes against protected areas and waters: forbidden ones, prices, approvals, crossings."""
    areas, kinds, whole = _areas(plan, found)
    rules = land_rules()
    if not areas.size:
        return
    _plants(plan, areas, kinds, found)
    if not plan.rows("pipes"):
        return
    index = np.repeat(np.arange(plan.pipe_offsets.size - 1), np.diff(plan.pipe_offsets))
    lines = shapely.linestrings(plan.pipe_coords_m, indices=index)
    surely, maybe = _touching(lines, areas)
    kind, surface = plan.text("pipes", "kind"), plan.text("pipes", "surface")
    works = np.where(
        kind == "lateral", Works.LATERAL, np.where(np.isin(surface, _OFF_STREET), Works.OFFSTREET, Works.STREET)
    )
    ids = plan.whole("pipes", "pipe_id")
    told_land, told_approval = plan.text("pipes", "land"), plan.text("pipes", "approval")
    told_crossing = plan.text("pipes", "crossing")
    found.held("protected", ids.size)
    must = _by_pipe(surely, ids.size)
    may = _by_pipe(maybe, ids.size)
    for i in range(ids.size):
        said = {a for a in str(told_approval[i]).split("、") if a}
        if not may[i] and not said and told_land[i] == "none" and told_crossing[i] == "none":
            continue
        here = [r for a in must[i] if (r := rules.get((kinds[a], Works(works[i]))))]
        around = [r for a in may[i] if (r := rules.get((kinds[a], Works(works[i]))))]
        for rule in here:
            if rule.verdict == "forbidden":
                found.add("protected", "pipes", ids[i], f"穿过{rule.area}（{rule.clause}），不许")
        needed, possible = {r.approval for r in here if r.approval}, {r.approval for r in around if r.approval}
        if whole and not needed <= said:
            found.add("protected", "pipes", ids[i], f"没有写明要办：{'、'.join(sorted(needed - said))}")
        if whole and not said <= possible:
            found.add("protected", "pipes", ids[i], f"写了不需要的手续：{'、'.join(sorted(said - possible))}")
        if whole:
            _priced(str(told_land[i]), here, around, ids[i], found)
            _crossed(str(told_crossing[i]), [kinds[a] for a in must[i]], [kinds[a] for a in may[i]], ids[i], found)


def _areas(plan: PlanRead, found: Findings) -> tuple[npt.NDArray[Any], npt.NDArray[Any], bool]:
    """Geometry and kind of protected areas and waters together, and whether both were read or were never given."""
    named = {str(one.get("layer")) for one in plan.figures.get("inputs", [])}
    shapes: list[npt.NDArray[Any]] = []
    kinds: list[npt.NDArray[Any]] = []
    whole = True
    for layer, there, words in (
        ("protected", plan.around.protected, "保护区"),
        ("waters", plan.around.water_kinds, "水系"),
    ):
        if there is None:
            if layer in named:
                found.withhold(f"{words}图层读不到，未复核 protected")
                whole = False
            continue
        shapes.append(there[0])
        kinds.append(there[1])
    if not shapes:
        return np.zeros(0, dtype=object), np.zeros(0, dtype=object), whole
    return np.concatenate(shapes), np.concatenate(kinds).astype(str), whole


def _touching(
    lines: npt.NDArray[Any], areas: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs (area, pipe) that surely touch, and that may."""
    tree = shapely.STRtree(lines)
    maybe = tree.query(areas, predicate="dwithin", distance=EDGE_M)
    flat = shapely.get_dimensions(areas) == 2
    inner = areas.copy()
    inner[flat] = shapely.buffer(areas[flat], -EDGE_M)
    surely = tree.query(inner, predicate="intersects")
    # A pipe that ends on a stream's line touches it by rounding only.
    crossing = ~flat[surely[0]]
    ends = np.minimum(
        shapely.distance(shapely.get_point(lines[surely[1]], 0), inner[surely[0]]),
        shapely.distance(shapely.get_point(lines[surely[1]], -1), inner[surely[0]]),
    )
    return surely[:, ~crossing | (ends > EDGE_M)], maybe


def _by_pipe(pairs: npt.NDArray[np.int64], pipes: int) -> list[list[int]]:
    out: list[list[int]] = [[] for _ in range(pipes)]
    for area, pipe in pairs.T:
        out[pipe].append(int(area))
    return out


def _priced(told: str, here: list[LandRule], around: list[LandRule], pipe: object, found: Findings) -> None:
    """The column ``land``: the last of the priced lands that the pipe lies in."""
    if told not in _PRICED:
        found.add("protected", "pipes", pipe, f"land 写 {told}，不是约定的词")
        return
    least = max((_PRICED.index(r.price) for r in here if r.price), default=0)
    possible = {_PRICED.index(r.price) for r in around if r.price} | {0}
    if _PRICED.index(told) < least or _PRICED.index(told) not in possible:
        found.add("protected", "pipes", pipe, f"land 写 {told}，按图层应为 {_PRICED[least]}")


def _crossed(told: str, here: list[str], around: list[str], pipe: object, found: Findings) -> None:
    """The column ``crossing``: the dearest water that the pipe crosses."""
    if told not in _CROSSED:
        found.add("protected", "pipes", pipe, f"crossing 写 {told}，不是约定的词")
        return
    least = max((_CROSSED.index(k) for k in here if k in _CROSSED), default=0)
    possible = {_CROSSED.index(k) for k in around if k in _CROSSED} | {0}
    if _CROSSED.index(told) < least or _CROSSED.index(told) not in possible:
        found.add("protected", "pipes", pipe, f"crossing 写 {told}，按水系应为 {_CROSSED[least]}")


def _plants(plan: PlanRead, areas: npt.NDArray[Any], kinds: npt.NDArray[Any], found: Findings) -> None:
    """No new plant where a rule forbids it, nor beside a water that takes no outfall."""
    rules = land_rules()
    new = np.array([not str(e) for e in plan.text("plants", "existing")], dtype=np.bool_)
    ids = plan.whole("plants", "node_id")
    points = shapely.points(plan.numbers("plants", "x_m"), plan.numbers("plants", "y_m"))
    found.held("protected", int(new.sum()))
    if not points.size:
        return
    for i, area in zip(*shapely.STRtree(areas).query(points, predicate="within"), strict=True):
        rule = rules.get((kinds[area], Works.PLANT))
        if new[i] and rule is not None and rule.verdict == "forbidden":
            found.add("protected", "plants", ids[i], f"建在{rule.area}内（{rule.clause}），不许")
    if plan.around.waters is None:
        return
    shapes, functions = plan.around.waters
    for function, name in _FUNCTION.items():
        rule = rules.get((name, Works.PLANT))
        mine = functions.astype(str) == function
        if rule is None or rule.verdict != "forbidden" or not mine.any():
            continue
        _, near = shapely.STRtree(points).query(shapes[mine], predicate="dwithin", distance=OUTFALL_M - NEARLY_M)
        for i in np.unique(near):
            if new[i]:
                found.add("protected", "plants", ids[i], f"离{name}水体不足 {OUTFALL_M:g} m（{rule.clause}），不许")


def distance(plan: PlanRead, books: Books, found: Findings) -> None:
    """New plants keep their distance from houses: the more, the larger they are."""
    if not plan.rows("plants") or not plan.rows("households"):
        return
    new = np.array([not str(e) for e in plan.text("plants", "existing")], dtype=np.bool_)
    ids, size = plan.whole("plants", "node_id"), plan.numbers("plants", "design_m3_d")
    houses = shapely.STRtree(shapely.points(plan.numbers("households", "x_m"), plan.numbers("households", "y_m")))
    points = shapely.points(plan.numbers("plants", "x_m"), plan.numbers("plants", "y_m"))
    _, far = houses.query_nearest(points, return_distance=True, all_matches=False)
    least = np.full(size.shape, books.norms["plant.house_distance"])
    for key, row in books.norms.under("plant.house_distance").items():
        above = float(key.removeprefix("above"))
        least = np.where(size > above * (1 + 1e-9), np.maximum(least, row.value), least)
    found.each("distance", "plants", new & (far < least - 0.01), ids, far, least, "离房屋 {0} m，不能小于 {1} m")
