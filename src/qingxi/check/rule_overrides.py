"""Rule ``overrides``: what an officer decided, and the plan says it keeps, is so in the layers."""

import numpy as np
import shapely

from qingxi.check.plan_read import PlanRead
from qingxi.check.violation import Findings

ON_ROAD_M = 1.5
"""A pipe whose middle lies within this of a street's line lies on the street."""

NEAR_M = 0.1
_NARROW = {"household": 3, "hamlet": 2, "village": 1}


def overrides(plan: PlanRead, found: Findings) -> None:
    """Every decision that is said to be kept (``docs/costs.md`` section 13)."""
    kind = plan.text("overrides", "kind").astype(str)
    met = plan.whole("overrides", "met") == 1
    ids = plan.text("overrides", "override_id").astype(str)
    found.held("overrides", int(met.sum()))
    roads = np.isin(kind, ["force_road", "forbid_road"]) & met
    laid = _street_sewers(plan) if roads.any() else None
    for i in np.flatnonzero(met).tolist():
        if kind[i] == "mode":
            _mode(plan, i, ids[i], met, kind, found)
        elif kind[i] in ("forbid_site", "require_site"):
            _site(plan, i, ids[i], kind[i], found)
        elif laid is not None:
            _road(plan, i, ids[i], kind[i], laid, found)


def _about(plan: PlanRead, i: int) -> np.ndarray:
    """Households that decision i is about."""
    scope = str(plan.text("overrides", "scope")[i])
    target = str(plan.text("overrides", "target")[i])
    if scope == "household":
        return np.asarray(plan.text("households", "household_id").astype(str) == target)
    of = plan.text("households", "hamlet_id").astype(str)
    if scope == "hamlet":
        return np.asarray(of == target)
    hamlets = plan.text("hamlets", "hamlet_id").astype(str)
    mine = hamlets[plan.text("hamlets", "village").astype(str) == target]
    return np.isin(of, mine)


def _mode(plan: PlanRead, i: int, one: str, met: np.ndarray, kind: np.ndarray, found: Findings) -> None:
    scope = plan.text("overrides", "scope").astype(str)
    about = _about(plan, i)
    for k in np.flatnonzero(met & (kind == "mode")):
        if _NARROW.get(scope[k], 0) > _NARROW.get(scope[i], 0):
            about = about & ~_about(plan, int(k))
    asked = str(plan.text("overrides", "mode")[i])
    other = int((plan.text("households", "mode").astype(str)[about] != asked).sum())
    told = int(plan.whole("overrides", "exceptions")[i])
    if not about.any():
        found.add("overrides", "overrides", one, "所定的自然村或住户不在方案里")
    elif other != told or other == int(about.sum()):
        found.add("overrides", "overrides", one, f"定为 {asked}，{other} 户不是，所列不能照办的有 {told} 户")


def _site(plan: PlanRead, i: int, one: str, kind: str, found: Findings) -> None:
    x, y = plan.numbers("plants", "x_m"), plan.numbers("plants", "y_m")
    used = plan.whole("plants", "system_id") >= 0
    place = str(plan.text("overrides", "place")[i])
    if place:
        point = shapely.from_wkt(place)
        radius = float(plan.numbers("overrides", "radius_m")[i])
        here = used & (np.hypot(x - shapely.get_x(point), y - shapely.get_y(point)) <= radius + NEAR_M)
    else:
        hx, hy = plan.numbers("households", "x_m"), plan.numbers("households", "y_m")
        tree = shapely.STRtree(shapely.points(hx, hy))
        here = used.copy()
        if used.any():
            nearest = tree.nearest(shapely.points(x[used], y[used]))
            here[used] = _about(plan, i)[nearest]
    if kind == "forbid_site" and here.any():
        found.add("overrides", "overrides", one, f"此处不许建站，方案在此建了 {int(here.sum())} 座")
    if kind == "require_site" and not here.any():
        found.add("overrides", "overrides", one, "此处须建站，方案没有建")


def _street_sewers(plan: PlanRead) -> tuple[np.ndarray, np.ndarray]:
    """Middles and lengths of the street sewers."""
    street = plan.text("pipes", "kind").astype(str) != "lateral"
    index = np.repeat(np.arange(plan.pipe_offsets.size - 1), np.diff(plan.pipe_offsets))
    lines = shapely.linestrings(plan.pipe_coords_m, indices=index)[street]
    return shapely.line_interpolate_point(lines, 0.5, normalized=True), shapely.length(lines)


def _road(
    plan: PlanRead, i: int, one: str, kind: str, laid: tuple[np.ndarray, np.ndarray], found: Findings
) -> None:
    course = shapely.from_wkt(str(plan.text("overrides", "place")[i]))
    middle, length = laid
    along = float(length[shapely.dwithin(middle, course, ON_ROAD_M)].sum()) if middle.size else 0.0
    if kind == "forbid_road":
        # What crosses the street has its middle on it only by chance: a short piece is no breach.
        if along > max(2.0, 0.02 * float(shapely.length(course))):
            found.add("overrides", "overrides", one, f"此路不许走管，方案沿路铺了 {along:.0f} m")
        return
    share = float(plan.numbers("overrides", "share")[i])
    if along < share * float(shapely.length(course)) - 1.0:
        found.add(
            "overrides", "overrides", one,
            f"主干须走此路（{shapely.length(course):.0f} m 的 {share:.0%}），方案沿路只有 {along:.0f} m",
        )  # fmt: skip
