"""What the land allows a plan: where plants may stand, which house connections may be laid, which approvals are needed."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.standard import Allowed, LandRule, LandRules, Table, Works, land_rules
from qingxi.terrain import TRENCH_WORKS, LineLand, TrenchGraph, approvals_of, judge_lines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

OUTFALL_M = 200.0
"""A plant discharges into a water within this (``docs/costs.md`` section 9)."""

_FUNCTION = {"水功能Ⅰ类": "I", "水功能Ⅱ类": "II"}


def distance_steps(norms: Table) -> list[tuple[float, float]]:
    """(scale in m³/d, distance in m), ascending: a plant above that scale keeps at least that distance from houses."""
    above = norms.under("plant.house_distance")
    more = sorted((float(key.removeprefix("above")), row.value) for key, row in above.items())
    return [(0.0, norms["plant.house_distance"]), *more]


def most_design_m3_d(away_m: Floats, norms: Table) -> Floats:
    """Largest plant that may stand so far from the nearest house; −1 none, inf any."""
    steps = distance_steps(norms)
    most = np.full(away_m.shape, np.inf)
    for scale, distance in reversed(steps):
        most[away_m < distance] = scale
    most[away_m < steps[0][1]] = -1.0
    return most


def plant_refusals(given: PlanInput, x_m: Floats, y_m: Floats, rules: LandRules) -> tuple[Ints, list[str]]:
    """For each point the area that forbids a plant there (−1 none), and the areas in words.

    Protected areas hold within them; waters of a function class within 200 m, since the plant would discharge there.
    """
    refused = np.full(x_m.shape[0], -1, dtype=np.int64)
    names: list[str] = []
    if x_m.size == 0:
        return refused, names
    tree = shapely.STRtree(shapely.points(x_m, y_m))
    for (area, works), rule in rules.items():
        if works is not Works.PLANT or rule.verdict is not Allowed.FORBIDDEN:
            continue
        names.append(rule.words)
        # The tree holds the many points; the few large polygons ask, and are prepared once each.
        if area in _FUNCTION:
            if given.waters is None or not len(given.waters):
                continue
            mine = given.waters.function_class.astype(str) == _FUNCTION[area]
            _, hit = tree.query(given.waters.geometry[mine], predicate="dwithin", distance=OUTFALL_M)
        else:
            if given.protected is None or not len(given.protected):
                continue
            mine = given.protected.kind.astype(str) == area
            _, hit = tree.query(given.protected.geometry[mine], predicate="intersects")
        hit = hit[refused[hit] < 0]
        refused[hit] = len(names) - 1
    return refused, names


class LateralRule:
    """Refuses house connections across waters and forbidden land; called by :func:`qingxi.terrain.connect_houses`."""

    def __init__(self, given: PlanInput, graph: TrenchGraph, x_m: Floats, y_m: Floats) -> None:
        self.given, self.graph, self.x_m, self.y_m = given, graph, x_m, y_m
        self.rules = land_rules()

    def __call__(self, house: Ints, node: Ints) -> Bools:
        return np.asarray(self._judged(house, node).forbidden >= 0)

    def approvals(self, house: Ints, node: Ints) -> Ints:
        """Approval bits of each connection."""
        return self._judged(house, node).approval

    def _judged(self, house: Ints, node: Ints) -> LineLand:
        g = self.graph
        ends = np.stack(
            [np.column_stack([self.x_m[house], self.y_m[house]]), np.column_stack([g.x_m[node], g.y_m[node]])],
            axis=1,
        )
        works = np.full(house.size, TRENCH_WORKS.index(Works.LATERAL), dtype=np.int64)
        return judge_lines(
            np.atleast_1d(shapely.linestrings(ends)), works, self.given.protected, self.given.waters, self.rules
        )


def approval_words(bits: Ints) -> npt.NDArray[Any]:
    """Approvals in words, several joined by 、; empty where none is needed."""
    names = approvals_of(land_rules())
    known = {int(b): "、".join(n for i, n in enumerate(names) if int(b) >> i & 1) for b in np.unique(bits)}
    return np.array([known[int(b)] for b in bits], dtype=object)


def approval_list(pipes: dict[str, npt.NDArray[Any]]) -> list[dict[str, Any]]:
    """One entry an approval that the plan's pipes need: its name, areas and clauses behind it, street pipes, house connections."""
    needed, ids, street = pipes["approval"], pipes["pipe_id"], pipes["kind"] != "lateral"
    told = []
    each = [set(str(one).split("、")) for one in needed]
    for name in approvals_of(land_rules()):
        mine = np.array([name in one for one in each], dtype=bool)
        if not mine.any():
            continue
        behind: list[LandRule] = [rule for rule in land_rules().values() if rule.approval == name]
        told.append(
            {
                "approval": name,
                "areas": list(dict.fromkeys(rule.area for rule in behind)),
                "clause": "；".join(dict.fromkeys(rule.clause for rule in behind)),
                "trust": min(str(rule.trust) for rule in behind),
                "pipes": int((mine & street).sum()),
                "length_m": float(pipes["length_m"][mine & street].sum()),
                "laterals": int((mine & ~street).sum()),
                "pipe_ids": [int(k) for k in ids[mine & street]],
            }
        )
    return told
