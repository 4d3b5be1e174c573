"""Exact hydraulic design of a given tree of pipes on a grid of levels.

For every pipe a diameter and the levels of its two ends are chosen so that the sum of all costs is the least possible on the
grid. State: diameter of the pipe × level of its lower end; a dynamic programme from the heads to the outlet, O(pipes ×
diameters × levels²). Rules: falls between given limits, cover, greatest depth, diameters that never shrink downstream, levels
that never rise at a node (drops are free) but at a pump, which costs and sets the level anew.

Costs are handed in as piecewise polynomials of depth; none is frozen into compiled code. Levels count from one zero for all
pipes, so that slopes are exact multiples of the grid.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.sewer.exact_kernel import exact_levels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class ExactTree(NamedTuple):
    """Pipes of a tree.

    ``next_pipe`` is the pipe each flows into, −1 at an outlet; pipes that flow into the same one meet at its head. Ground is
    given for both ends of every pipe. ``level_most_m`` is the highest level its upper end may have besides cover (a lateral
    that comes in deep), inf where nothing asks.
    """

    next_pipe: Ints
    length_m: Floats
    ground_up_m: Floats
    ground_down_m: Floats
    level_most_m: Floats


class ExactRules(NamedTuple):
    """What must hold, per diameter and per pipe and diameter.

    ``level`` means what is matched at a node: the crown (``above_invert_m`` = the diameter) or the invert (0).
    ``least_depth_m`` is from the ground to that level; ``greatest_depth_m`` from the ground to the invert.
    """

    above_invert_m: Floats
    least_depth_m: Floats
    greatest_depth_m: float
    least_fall_m: Floats  # [pipes, diameters]
    greatest_fall_m: Floats


class ExactCosts(NamedTuple):
    """What things cost; depths from the ground to the invert.

    A piece is (up to which depth m, c0, c1, c2): c0 + c1·h + c2·h²; the last piece reaches to inf. ``pipe`` is per m of pipe at its
    mean depth, ``spread`` per m times (depth at one end − depth at the other)², 0 where the mean says it all. ``manhole`` stands
    at every pipe's head, ``end_manhole`` at every outlet. ``pump`` is at the pipe's head, inf where none may stand.
    """

    pipe: Floats  # [diameters, pieces, 4]
    spread: Floats
    manhole: Floats  # [diameters, pieces, 4]
    end_manhole: Floats
    pump: Floats  # [pipes]


@dataclass(frozen=True, slots=True)
class ExactDesign:
    """The cheapest design on the grid; ``cost`` is inf and the arrays hold −1 and NaN where no design keeps the rules."""

    cost: float
    diameter: Ints
    invert_up_m: Floats
    invert_down_m: Floats
    pumped: npt.NDArray[np.bool_]


def design_exactly(tree: ExactTree, rules: ExactRules, costs: ExactCosts, step_m: float) -> ExactDesign:
    """The cheapest diameters, levels and pumps of a given tree on a grid of ``step_m``.

    Raises
    ------
    ValueError
        When the shapes disagree, the pipes do not form a forest, or the greatest depth is not finite.

    Notes
    -----
    Memory is 6 bytes a pipe, diameter and level. On a grid half as fine the cost can only fall when the levels of the coarse
    grid are among those of the fine one.

    Source: the recursion of Argaman, Shamir, Spivak 1973 and Li & Matthew 1990 (discrete differential dynamic programming),
    without their corridors: the whole grid is searched.
    """
    pipes, diameters = tree.next_pipe.shape[0], rules.above_invert_m.shape[0]
    if rules.least_fall_m.shape != (pipes, diameters) or rules.greatest_fall_m.shape != (pipes, diameters):
        raise ValueError(f"falls have shape {rules.least_fall_m.shape}, must be ({pipes}, {diameters})")
    if costs.pipe.shape[0] != diameters or costs.manhole.shape[0] != diameters or costs.pump.shape != (pipes,):
        raise ValueError("costs and rules disagree about diameters or pipes")
    if not np.isfinite(rules.greatest_depth_m) or not step_m > 0:
        raise ValueError("the greatest depth must be finite and the step positive")
    order = _downstream(tree.next_pipe)
    top = rules.least_depth_m.min()
    base_up = np.floor((tree.ground_up_m - top) / step_m + 1e-9).astype(np.int64)
    base_down = np.floor((tree.ground_down_m - top) / step_m + 1e-9).astype(np.int64)
    deepest = rules.greatest_depth_m - rules.above_invert_m.min()
    levels = int(np.floor((deepest - top) / step_m + 1e-9)) + 2
    low = np.ceil(rules.least_fall_m / step_m - 1e-9)
    high = np.floor(np.minimum(rules.greatest_fall_m, 1e6) / step_m + 1e-9)
    limit = 4 * (levels + int(np.abs(base_up - base_down).max(initial=0)))
    low, high = (np.clip(a, -limit, limit).astype(np.int64) for a in (low, high))
    cost, diameter, up, down, pumped = exact_levels(
        order, tree.next_pipe, tree.length_m, tree.ground_up_m, tree.ground_down_m, tree.level_most_m, base_up, base_down,
        levels, step_m, rules.above_invert_m, rules.least_depth_m, rules.greatest_depth_m, low, high, costs.pipe,
        costs.spread, costs.manhole, costs.end_manhole, costs.pump,
    )  # fmt: skip
    met = diameter >= 0
    above: Floats = np.where(met, rules.above_invert_m[np.maximum(diameter, 0)], np.nan)
    up_m: Floats = up * step_m - above
    down_m: Floats = down * step_m - above
    return ExactDesign(float(cost), diameter, up_m, down_m, pumped)


def _downstream(next_pipe: Ints) -> Ints:
    """Pipes so that each stands before the one it flows into."""
    n = next_pipe.shape[0]
    waiting = np.bincount(next_pipe[next_pipe >= 0], minlength=n)
    order = [int(p) for p in np.flatnonzero(waiting == 0)]
    for p in order:
        after = int(next_pipe[p])
        if after >= 0:
            waiting[after] -= 1
            if waiting[after] == 0:
                order.append(after)
    if len(order) < n:
        raise ValueError("the pipes flow in a circle")
    return np.asarray(order, dtype=np.int64)
