"""A lower bound on the true cost of every plan, by layered dual ascent, and the plans its duals tell of.

**The problem relaxed.** Any plan of ``docs/costs.md`` is turned into an arborescence, from every house to one root, in a
graph whose arcs never cost more than the pipes, lifts, laterals and plants they stand for. Duals of that graph's cut
program (:mod:`qingxi.plan.ascent`) are below the cost of every arborescence, hence below every plan.

**The graph.** Its states are (flow class k, node v, depth level j).

- *Flow class* (:mod:`qingxi.plan.bound_lines`). A network that ends in a plant with flow Q belongs to the class whose interval
  holds Q; one that joins existing works belongs to the join class, one that ends in an existing village plant that stays to the stay class. In
  class k an end costs at least ``F_k + m_k · Q``: the
  root arc of a site costs F_k, the lateral of a house of flow q costs m_k · q more. In the join class and the stay class both are exact.
- *Depth level* (:mod:`qingxi.plan.bound_grid`). Node v has a list of depths, the first the least cover. A state stands for an
  outgoing invert whose depth, rounded down to the list, is level j. Going down a level is free. Before the levels stands
  a state for a pressure main that passes; it leads to the first level for free.
- *Gravity arc* (:mod:`qingxi.plan.bound_states`) from (v, j) for each diameter the class's flow may need: trench from the level
  to the arrival by least slope and least cover, crossing, manhole at the upper node, all with upkeep; its head is the
  arrival rounded down.
- *Lift*: from v's deepest level into the pressed state of the next node, a lift without flow and a pressure pipe of the
  cheapest diameter; from a pressed state on rising ground the pipe alone. At an end, a deeper level than the end can
  take by gravity pays a lift as well.
- *Lateral* of a house into the level that it asks, or pumped into that of ``lateral.start_depth``; *own arc*: whatever serves the
  house by itself.

**Why every plan has an arborescence of no greater cost.** Take a tree with flow Q and its class k; each used node stands at
the rounded depth of its outgoing invert. *Arcs.* The true pipe starts at least at its level and the cost of a trench grows
with both of its depths, so its arc costs no more; the manhole belongs to the one pipe that leaves its node, so none is
counted twice. *Depths.* By induction along the flow a gravity arc from a rounded depth arrives no deeper than the true
pipe, hence rounded at or above the level of its head, which is deeper than every arrival; the rest is a free drop. The
diameter of a true pipe is that of its own flow, at most Q times growth, hence among its class's. *Ends.* ``F_k + m_k · Q`` is
at most the cost of the plant for the flows of the class. A flow on a limit of two classes is put with the processes that
serve it. *Every node has one outgoing pipe*, so no arc is paid twice, and merging branches pay their common arcs once.

**Regions** (:mod:`qingxi.plan.bound_cover`). A village plant that stays takes no more than its size. The layered graph does not know it; cuts
of regions with more flow than their old plants take do, and duals are raised on them after the houses'.

**What is left out or made cheaper** (each at least zero): capacity of joined works; the size of village plants that stay but for such cuts;
flow-dependent cost of lifts and their energy; diameters of pressure pipes; growth of diameter along a tree below the class's
limit; deeper upper ends for velocity; that a pressure main may be joined by others at a passing node; rounding of depths;
curvature of plants within a class; a least size of each class.

**Parts** (:mod:`qingxi.plan.bound_parts`). Everything outside a part is one with the root: an arc that leaves it ends there at its
own cost, a lateral to a node outside ends with the smallest m. Arcs are counted with their tail, ends with their node,
laterals with their house, so each cost is counted in one part and the sum of the parts' bounds is a bound.

**Passes.** Lines and parts are fixed at the start from a first plan; levels, their distance and the order of the ascent are free in every
pass. Each pass bounds the cost that any plan has in a part, so the best pass of each part may be taken. A plant too large for its
place (``Ground.site_most_m3_d``) costs a fixed sum more; a class all of whose plants are too large there costs it too.

**Floats.** Reduced costs below 1e-7 yuan count as zero, which lowers the bound; rounding of sums is covered by taking 1e-9 of
the bound and 0.01 yuan off.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.plan.ascent import ascend
from qingxi.plan.bound_breaks import breaks_by_sizes
from qingxi.plan.bound_causes import GapCauses, gap_causes
from qingxi.plan.bound_cover import covers_of, raise_covers
from qingxi.plan.bound_grid import anchor_planes, level_lists
from qingxi.plan.bound_grow import grow_layout
from qingxi.plan.bound_guide import guide_of, layers_of
from qingxi.plan.bound_lines import end_lines, useful_layers
from qingxi.plan.bound_options import BoundOptions
from qingxi.plan.bound_parts import cut_into_parts
from qingxi.plan.bound_states import part_graph, useful_levels
from qingxi.plan.layout import Ground, Homes, Layout, empty_layout, price_layout
from qingxi.plan.pipes import ends_of
from qingxi.sewer import DesignArrays, SewerKit, new_design
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LABEL = "分层对偶上升下界：与方案同一造价"
OFF_RELATIVE, OFF_YUAN = 1e-9, 0.01
ENDING = 4


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound on the present value of every plan, yuan.

    Attributes
    ----------
    value_yuan : float
    label : str
        What kind of bound, in Chinese.
    by_part : float64[parts + 1]
        What each part adds; ``part`` numbers the part of every node. The last entry is of houses without a street.
    part : int64[nodes]
    by_house : float64[houses]
        The dual of every house: what its service costs at least, given the others'; without what regions pay together.
    causes : GapCauses or None
        Why the incumbent costs more; None without an incumbent.
    """

    value_yuan: float
    label: str
    by_part: Floats
    part: Ints
    by_house: Floats
    causes: GapCauses | None = None


class CountyBound:
    """The bound of one county, raised pass by pass: every part keeps the best of its passes.

    Classes and parts are the same in all passes, so the parts' best bounds may be added: a cost is counted in the same part each time,
    and the ends' lines are the same.
    """

    def __init__(
        self,
        ground: Ground,
        homes: Homes,
        kit: SewerKit,
        plants: PlantKit,
        options: BoundOptions,
        incumbent: Layout | None,
    ) -> None:
        self.ground, self.homes, self.kit, self.plants, self.options = ground, homes, kit, plants, options
        self.nodes, self.houses = ground.ground_m.shape[0], homes.flow_m3_d.shape[0]
        self.lines = end_lines(plants, kit, ground, float(homes.flow_m3_d.sum()), self._breaks(incumbent))
        self.part = cut_into_parts(ground, homes, incumbent, options.part_houses)
        self.parts = int(self.part.max()) + 1 if self.nodes else 0
        at = homes.node[:, 0] if self.houses else np.zeros(0, dtype=np.int64)
        self.house_part = (
            np.where(at >= 0, self.part[np.maximum(at, 0)], self.parts) if self.nodes else np.zeros_like(at)
        )
        self._inner = np.ones(self.nodes, dtype=np.bool_)
        across = self.part[ground.tail] != self.part[ground.head]
        self._inner[ground.tail[across]] = self._inner[ground.head[across]] = False
        self._nodes, self._node_cut = _grouped(self.part, self.parts)
        self._members, self._member_cut = _grouped(self.house_part, self.parts)
        alone = self.house_part == self.parts
        self.dual = np.where(alone, homes.own, 0.0)
        self.by_part = np.zeros(self.parts + 1)
        self.by_part[self.parts] = self.dual.sum()
        self.step_m = np.full(self.parts, np.inf)
        self.work = 0
        self.part_work = np.zeros(self.parts, dtype=np.int64)
        self.part_gain = np.full(self.parts, np.inf)  # of the last pass, as a share
        if self.lines.slope.size == 0:  # nowhere to end
            self.dual = homes.own.copy()
            self.by_part = np.bincount(self.house_part, weights=self.dual, minlength=self.parts + 1).astype(
                np.float64
            )

    @property
    def value_yuan(self) -> float:
        """The bound as it stands, rounding taken off."""
        return _safe(float(self.by_part.sum()))

    def _breaks(self, incumbent: Layout | None) -> tuple[float, ...]:
        """Those of the options, or by the sizes of the incumbent's plants."""
        if incumbent is None or self.options.class_breaks == 0 or self.houses == 0 or self.nodes == 0:
            return self.options.breaks_m3_d
        design, _ = self._priced(incumbent)
        ends = np.flatnonzero((design.way == ENDING) & (self.ground.site > 0))
        total = float(self.homes.flow_m3_d.sum())
        found = breaks_by_sizes(self.plants, design.people_m3_d[ends], total, self.options.class_breaks)
        return found or self.options.breaks_m3_d

    def _priced(self, layout: Layout) -> tuple[DesignArrays, float]:
        design = new_design(self.nodes)
        cost = price_layout(
            layout, self.ground, self.homes, self.kit, self.plants, design, np.empty(self.nodes), np.empty(self.houses),
            np.zeros(self.ground.capacity_m3_d.shape[0]),
        )  # fmt: skip
        return design, cost

    def _levels(self, layout: Layout, design: DesignArrays, step_m: Floats) -> tuple[Ints, Floats]:
        """Level lists along a layout, ``step_m`` by part."""
        least, most = self.kit.depth_min_m[0], self.kit.depth_max_m
        invert, hops = anchor_planes(self.ground, self.kit, layout, design)
        step = np.minimum(step_m, most)[self.part]
        ptr, depth = level_lists(self.ground.ground_m, invert, hops, least, most, step)
        return ptr, depth

    def ascend(
        self, layout: Layout | None, step_m: Floats, grow: float | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Layout:  # fmt: skip
        """One pass with levels laid along a layout that also guides it.

        Parameters
        ----------
        step_m : float64[parts]
            Distance of levels in each part; inf leaves the part out.

        Returns
        -------
        Layout
            A layout grown over the arcs the duals have paid; houses of parts left out, and those it cannot tie in, are left to
            serve themselves.
        """
        grown = empty_layout(self.nodes, self.houses)
        if self.lines.slope.size == 0 or self.houses == 0 or self.parts == 0:
            return grown
        ground, homes, kit, lines = self.ground, self.homes, self.kit, self.lines
        guide = layout if layout is not None else empty_layout(self.nodes, self.houses)
        design, _ = self._priced(guide)
        layer = layers_of(guide, ground, self.plants, design, lines)
        stays, end, inner = (layer >= 0) & lines.stays[layer], ends_of(guide.next_node), self._inner
        ptr, depth = useful_levels(
            ground, homes, kit, *self._levels(guide, design, step_m), int(lines.largest_dn.max())
        )

        def solve(p: int) -> tuple[int, int]:
            members = self._members[self._member_cut[p] : self._member_cut[p + 1]]
            own = self._nodes[self._node_cut[p] : self._node_cut[p + 1]]
            here = np.full(self.nodes, -1, dtype=np.int64)
            here[own] = np.arange(own.size)
            g = part_graph(
                ground, homes, kit, ptr, depth, lines.slope, lines.fixed, lines.joins, lines.stays, lines.low_m3_d,
                lines.largest_dn, own, here, members,
            )  # fmt: skip
            open_ = useful_layers(
                np.asarray(np.isfinite(g.end).any(axis=1)),
                np.asarray(np.isfinite(g.root).any(axis=1)),
                lines.slope,
                lines.largest_dn,
            )
            g = g._replace(cost=g.cost[open_], root=g.root[open_], end=g.end[open_], house_cost=g.house_cost[open_])
            told = guide_of(guide, ground, homes, kit, design, layer, (ptr, depth), own, here, members, open_)
            left = g._replace(cost=g.cost.copy(), root=g.root.copy(), house_cost=g.house_cost.copy())
            dual, work = ascend(
                left.ptr, left.head, left.cost, left.deeper, left.root, left.house_ptr, left.house_state,
                left.house_cost, left.own, grow or self.options.grow, told.next_state, told.house_state,
            )  # fmt: skip
            own_left, value = g.own - dual, float(dual.sum())
            for row in np.flatnonzero(lines.stays[open_]):  # one at most
                covers = covers_of(
                    guide, ground, homes, stays, layer >= 0, end, inner, ptr, own, here, members, int(row)
                )
                more, settled = raise_covers(left, own_left, covers, self.options.cover_states)
                value += float(more.sum())
                work += settled
            if self.by_part[p] > 0:
                self.part_gain[p] = value / self.by_part[p] - 1.0
            if value > self.by_part[p]:
                self.by_part[p] = value
                self.dual[members] = dual
            grow_layout(g, left, own_left, np.repeat(own, ptr[own + 1] - ptr[own]), members, grown)
            return p, int(work)

        size = np.diff(self._member_cut)[: self.parts]
        todo = np.flatnonzero(np.isfinite(step_m) & (size > 0))
        todo = todo[np.argsort(-size[todo], kind="stable")]
        with ThreadPoolExecutor(self.options.workers) as pool:
            for done, (p, work) in enumerate(pool.map(solve, todo.tolist()), start=1):
                self.work += work
                self.part_work[p], self.step_m[p] = work, step_m[p]
                if progress:
                    progress(done / todo.size)
        return grown

    def gap_by_part(self, node_cost: Floats, house_cost: Floats) -> Floats:
        """Cost of a plan less the bound, by part: its pipes by their upper node, laterals by house, ends by node."""
        cost = np.bincount(self.part, weights=node_cost, minlength=self.parts + 1)
        cost += np.bincount(self.house_part, weights=house_cost, minlength=self.parts + 1)
        return np.asarray(cost - self.by_part)

    def causes(self, layout: Layout) -> GapCauses | None:
        """Why a layout costs more than the bound, its depths compared with levels as they are laid along it; None without any pass."""
        if not np.isfinite(self.step_m).any():
            return None
        design, cost = self._priced(layout)
        levels = self._levels(layout, design, self.step_m)
        gap = cost - self.value_yuan
        return gap_causes(layout, self.ground, self.kit, self.plants, design, levels, self.lines, gap)


def county_bound(
    ground: Ground,
    homes: Homes,
    kit: SewerKit,
    plants: PlantKit,
    options: BoundOptions,
    *,
    incumbent: Layout | None = None,
    progress: Callable[[float], None] | None = None,
) -> Bound:
    """Bound the true cost (``price_layout``) of every layout from below, in one pass.

    Parameters
    ----------
    incumbent : Layout, optional
        A good plan: depth levels are laid along it, it guides the ascent, and parts are cut where it has no pipes. It makes the bound
        tighter, never invalid.
    progress : callable, optional
        Called with the share of parts done.
    """
    found = CountyBound(ground, homes, kit, plants, options, incumbent)
    found.ascend(incumbent, np.full(found.parts, options.level_step_m), progress=progress)
    causes = found.causes(incumbent) if incumbent is not None else None
    return Bound(found.value_yuan, LABEL, found.by_part, found.part, found.dual, causes)


def _safe(total: float) -> float:
    return max(0.0, total * (1 - OFF_RELATIVE) - OFF_YUAN)


def _grouped(group: Ints, groups: int) -> tuple[Ints, Ints]:
    """Indices ordered by group, and where each group begins."""
    order = np.argsort(group, kind="stable")
    return order, np.searchsorted(group[order], np.arange(groups + 1))
