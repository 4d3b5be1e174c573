"""Looking for a cheap layout: choose exactly on a spanning forest, keep the better blocks, try another forest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.classes import flow_classes, least_unit_yuan, with_join_slope, without_large
from qingxi.plan.forest import grow_paths, spanning_forest
from qingxi.plan.layout import Ground, Homes, Layout, copy_layout, empty_layout, end_cost, price_layout
from qingxi.plan.net_parts import WORKERS, Improver
from qingxi.plan.net_tables import fixed_of
from qingxi.plan.recombine import take_better_blocks
from qingxi.plan.small_pieces import solve_small
from qingxi.plan.tree_choice import Classes, choice_room, choose_on_forest, depth_levels
from qingxi.sewer import DesignArrays, SewerKit, new_design
from qingxi.standard.compiled import bare
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVELS = 10
FORESTS, FEW, MANY = 120_000, 6, 10  # other forests tried: so many in all houses, within these limits
SETTLEMENT, MANY_IN_SETTLEMENT = 200, 40  # houses below which forests cost nothing, and find ends at unused nodes
COUNTY, MANY_IN_TOWN = 5_000, 2  # between them one large system is better changed in places than drawn anew
SHIFTS = 2
ENDING = 4
FAR_LARGER = 2.5


@dataclass
class Candidate:
    """A layout with its true cost and design."""

    layout: Layout
    design: DesignArrays
    node_cost: Floats
    house_cost: Floats
    group_flow: Floats
    joins: npt.NDArray[np.bool_]
    cost: float = np.inf


@bare
def _joins(
    layout: Layout, design: DesignArrays, ground: Ground, plants: PlantKit, joins: npt.NDArray[np.bool_]
) -> None:
    for v in range(joins.shape[0]):
        joins[v] = False
        if design.way[v] == 4:
            _, joins[v] = end_cost(v, design.people_m3_d[v], ground, plants)


@njit(cache=True)
def _distance_to_end(order: Ints, parent: Ints, parent_arc: Ints, next_node: Ints, next_arc: Ints, houses: Ints,
                     length_m: Floats) -> Floats:  # fmt: skip
    """Along the layout where a node is used, else along the forest to its parent."""
    n = order.shape[0]
    away = np.full(n, -1.0)
    for v in range(n):
        if houses[v] == 0:
            continue
        x, run = v, 0.0
        while away[x] < 0.0 and next_node[x] >= 0:
            run += length_m[next_arc[x]]
            x = next_node[x]
        run += max(away[x], 0.0)
        x = v
        while away[x] < 0.0:
            away[x] = run
            if next_node[x] < 0:
                break
            run -= length_m[next_arc[x]]
            x = next_node[x]
    for i in range(n):
        v = order[i]
        if away[v] < 0.0:
            p = parent[v]
            away[v] = 0.0 if p < 0 else away[p] + length_m[parent_arc[v]]
    return away


class Search:
    """Search on one problem; all chance comes from the generator handed in."""

    def __init__(
        self, ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit, rng: np.random.Generator,
        classes: Classes | None = None,
    ) -> None:  # fmt: skip
        self.ground, self.homes, self.kit, self.plants, self.rng = ground, homes, kit, plants, rng
        self.nodes, self.houses = ground.ground_m.shape[0], homes.flow_m3_d.shape[0]
        any_site, any_stay = bool((ground.site > 0).any()), bool((ground.site > 2).any())
        # A class knows no capacity: some forests are chosen as if no existing plant stayed, and the better blocks taken.
        self.anew = classes or flow_classes(plants, any_site, ground.join_per_m3_d, self.nodes)
        self.classes = self.anew
        if any_stay and classes is None:
            self.classes = flow_classes(plants, any_site, ground.join_per_m3_d, self.nodes, ground.stay_per_m3_d)
        least = kit.depth_min_m[0]
        per_m = kit.trench_a[0] + kit.trench_b[0] * least + kit.trench_c[0] * least**2
        flat = ground.length_m * per_m[ground.trench] + kit.crossing[ground.crossing]
        flat += kit.manhole_base + kit.manhole_per_depth * least
        self.flat = flat * kit.sewer_pv
        rise = ground.ground_m[ground.head] - ground.ground_m[ground.tail]
        # Climbing by the greatest depth costs a lift; what a gravity pipe gains on a fall is not given back.
        lift = kit.works_pv * kit.lift_base + kit.annuity * kit.lift_running
        climb = 0.5 * lift / (kit.depth_max_m - least)
        self.forward = self.flat + climb * np.maximum(rise, 0.0)
        self.backward = self.flat + climb * np.maximum(-rise, 0.0)
        kinds = self.classes.slope.shape[0] + 1
        # As fine a depth grid as memory and time allow: a single class on a small net can have many levels.
        self.levels = int(np.clip(4_000_000 // max(1, self.nodes * kinds), LEVELS, 40))
        self.first_slot = np.where(homes.node[:, 0] >= 0, 0, -1)
        self._improver: Improver | None = None
        self._rooms: list[Floats] = []  # of choices that are done, one a thread

    @property
    def improver(self) -> Improver:
        """Local search on this problem, made when first asked for."""
        if self._improver is None:
            fixed = fixed_of(self.ground, self.homes, self.kit, self.plants)
            self._improver = Improver(self.ground, self.homes, fixed, least_unit_yuan(self.ground, self.plants))
        return self._improver

    def new_candidate(self) -> Candidate:
        return Candidate(
            empty_layout(self.nodes, self.houses), new_design(self.nodes), np.zeros(self.nodes),
            np.zeros(self.houses), np.zeros(self.ground.capacity_m3_d.shape[0]), np.zeros(self.nodes, dtype=np.bool_),
        )  # fmt: skip

    def price(self, c: Candidate) -> float:
        """True cost of a candidate; its arrays are filled."""
        c.cost = price_layout(
            c.layout,
            self.ground,
            self.homes,
            self.kit,
            self.plants,
            c.design,
            c.node_cost,
            c.house_cost,
            c.group_flow,
        )
        _joins(c.layout, c.design, self.ground, self.plants, c.joins)
        return c.cost

    def overload(self, c: Candidate) -> float:
        """By how much the worst group is joined beyond its capacity, m³/d."""
        return float(np.maximum(c.group_flow - self.ground.capacity_m3_d, 0).max(initial=0.0))

    def choose(
        self, weight: Floats, slot: Ints, like: Candidate | None, classes: Classes | None = None,
        homes: Homes | None = None, ground: Ground | None = None,
    ) -> Candidate:  # fmt: skip
        """The exact choice on the spanning forest of these weights, priced truly."""
        g = self.ground
        order, parent, parent_arc = spanning_forest(g.indptr, g.neighbour, g.arc, weight)
        if like is None:
            away = np.zeros(self.nodes)
            guess = np.full(self.nodes, 2.0)
        else:
            away = _distance_to_end(
                order,
                parent,
                parent_arc,
                like.layout.next_node,
                like.layout.next_arc,
                like.design.houses,
                g.length_m,
            )
            guess = np.where(like.design.flow_m3_d > 0, like.design.flow_m3_d, 2.0)
        levels = depth_levels(self.kit, g.ground_m, -self.kit.slope_min[0] * away, self.levels)
        c = self.new_candidate()
        kinds = classes or self.classes
        needed = choice_room(self.nodes, kinds, self.levels)
        room = self._rooms.pop() if self._rooms else np.empty(needed)
        if room.size < needed:
            room = np.empty(needed)
        choose_on_forest(
            ground or g, homes or self.homes, self.kit, kinds, order, parent, parent_arc, levels, slot, guess,
            c.layout, room,
        )  # fmt: skip
        self._rooms.append(room)
        self.price(c)
        return c

    def first_weights(self, terminal_slot: Ints) -> Floats:
        """Weights that prefer the arcs of a tree grown by shortest paths from the ends."""
        g = self.ground
        weight: Floats = 0.5 * (self.forward + self.backward)
        if (g.site > 0).any():
            return weight
        terminal = np.zeros(self.nodes, dtype=np.bool_)
        terminal[self.homes.node[np.arange(self.houses), terminal_slot][terminal_slot >= 0]] = True
        root = np.where(g.join >= 0, 0.0, np.inf)
        used = grow_paths(g.indptr, g.neighbour, g.arc, g.tail, self.forward, self.backward, root, terminal)
        preferred: Floats = np.where(used, 0.01 * weight, weight)
        return preferred

    def keep_better(self, kept: Candidate, other: Candidate) -> float:
        """Take every better block of ``other`` into ``kept``; returns the saving."""
        saved = take_better_blocks(
            kept.layout, kept.node_cost, kept.house_cost, kept.group_flow,
            other.layout, other.node_cost, other.house_cost, other.design.way, other.design.people_m3_d,
            kept.design.way, kept.design.people_m3_d, self.ground, self.homes, kept.joins, other.joins,
        )  # fmt: skip
        if saved > 0:
            self.price(kept)
        return float(saved)

    def within_capacity(self, weight: Floats, slot: Ints) -> Candidate:
        """A first candidate that respects every capacity: full mains are made dearer until they are not overfull."""
        c = self.choose(weight, slot, None)
        c = self.choose(weight, slot, c)
        if self.overload(c) <= 1e-9:
            return c
        group = self._nearest_group()
        extra = np.zeros(self.ground.capacity_m3_d.shape[0])
        low, high = np.zeros_like(extra), np.full_like(extra, 0.0)
        best: Candidate | None = None
        for _ in range(12):
            over = c.group_flow > self.ground.capacity_m3_d + 1e-9
            low = np.where(over, np.maximum(low, extra), low)
            high = np.where(~over & (extra > 0), np.where(high > 0, np.minimum(high, extra), extra), high)
            if not over.any() and (best is None or c.cost < best.cost):
                best = c
            extra = np.where(
                over & (high == 0), np.maximum(2 * extra, 0.25 * self.ground.join_per_m3_d + 2000),
                np.where((high > 0) & (low > 0), 0.5 * (low + high), extra),
            )  # fmt: skip
            slope = self.ground.join_per_m3_d + np.where(group >= 0, extra[np.maximum(group, 0)], 0.0)
            c = self.choose(weight, slot, c, with_join_slope(self.classes, slope))
        if self.overload(c) <= 1e-9 and (best is None or c.cost < best.cost):
            best = c
        if best is None:
            # Nobody joins a group that stays overfull.
            shut = np.where(c.group_flow > self.ground.capacity_m3_d, 1e9, extra)
            slope = self.ground.join_per_m3_d + np.where(group >= 0, shut[np.maximum(group, 0)], 0.0)
            best = self.choose(weight, slot, c, with_join_slope(self.classes, slope))
        return best

    def _nearest_group(self) -> Ints:
        """The join group nearest to each node along the streets; −1 where none is."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        g = self.ground
        at = np.flatnonzero(g.join >= 0)
        group = np.full(self.nodes, -1, dtype=np.int64)
        if at.size == 0:
            return group
        matrix = coo_array((g.length_m, (g.tail, g.head)), shape=(self.nodes, self.nodes)).tocsr()
        _, _, source = dijkstra(matrix, directed=False, indices=at, min_only=True, return_predecessors=True)
        found = source >= 0
        group[found] = g.join[source[found]]
        return group

    def run(self, knocks: float, progress: Callable[[float], None] | None = None, times: float = 1.0) -> Candidate:
        """First choices on forests (``times`` the usual number), then local search with ``knocks`` per house, in parts that shift."""
        tell = progress or (lambda share: None)
        kept = self.within_capacity(self.first_weights(self.first_slot), self.first_slot)
        self.improve(kept, 0.0)
        tell(0.1)
        # Another forest finds what no small change does; on a county it takes as long as half a knock a house.
        most = (
            MANY if self.houses >= COUNTY else (MANY_IN_TOWN if self.houses >= SETTLEMENT else MANY_IN_SETTLEMENT)
        )
        forests = int(np.ceil(times * np.clip(FORESTS / self.houses, FEW, most)))
        with ThreadPoolExecutor(WORKERS) as pool:
            for i in range(0, forests, WORKERS):
                drawn = [self._drawn(kept, k) for k in range(i, min(i + WORKERS, forests))]
                for other in list(pool.map(lambda choose: choose(), drawn)):
                    self.polish(other)
                    self.keep_better(kept, other)
                tell(0.1 + 0.5 * (i + len(drawn)) / forests)
        shifts = int(np.ceil(min(SHIFTS, knocks)))
        for i in range(shifts):
            self.improve(kept, knocks / shifts, lambda share, i=i: tell(0.6 + 0.4 * (i + share) / shifts))  # type: ignore[misc]
        self.solve_pieces(kept)
        tell(1.0)
        return kept

    def polish(self, c: Candidate, start: npt.NDArray[np.bool_] | None = None) -> None:
        """Local search on the true cost from the marked nodes (everywhere by default), without chance."""
        self.improver.improve(c.layout, 0.0, np.random.default_rng(0), start=start)
        self.price(c)

    def solve_pieces(self, c: Candidate) -> None:
        """Small pieces of the street graph that stand alone are solved exactly."""
        before, layout = c.cost, copy_layout(c.layout)
        if solve_small(c.layout, self.ground, self.homes, self.improver.fixed) <= 0.0:
            return
        self.price(c)
        if c.cost > before:  # rounding of tables
            c.layout = layout
            self.price(c)

    def improve(self, c: Candidate, knocks: float, progress: Callable[[float], None] | None = None) -> None:
        """Local search on the true cost, first everywhere, then around ``knocks`` random changes per house."""
        before = c.cost
        layout = copy_layout(c.layout)
        self.improver.improve(c.layout, knocks, self.rng, progress=progress)
        self.price(c)
        if c.cost > before:  # rounding of tables
            c.layout = layout
            self.price(c)

    def perturbed(self, kept: Candidate, i: int) -> Candidate:
        """Another forest near the kept layout."""
        return self._drawn(kept, i)()

    def _drawn(self, kept: Candidate, i: int) -> Callable[[], Candidate]:
        """Draw another forest near the kept layout; what is returned makes the choice on it, by chance no more."""
        rng = self.rng
        arcs = self.ground.length_m.shape[0]
        weight = 0.5 * (self.forward + self.backward) * rng.uniform(0.5, 1.7, arcs)
        in_use = kept.layout.next_arc[kept.design.houses > 0]
        in_use = in_use[in_use >= 0]
        weight[in_use] *= (0.02, 0.1, 0.4)[i % 3]
        slot = np.where(kept.layout.slot >= 0, kept.layout.slot, self.first_slot)
        tries = rng.random(self.houses) < (0.1 if i % 2 else 0.3)
        drawn = rng.integers(0, self.homes.node.shape[1], self.houses)
        tries &= self.homes.node[np.arange(self.houses), drawn] >= 0
        slot = np.where(tries, drawn, slot)
        classes = self._near_classes(self.anew if i % 3 == 1 else self.classes, kept)
        return lambda: self.choose(weight, slot, kept, classes)

    def _near_classes(self, classes: Classes, kept: Candidate) -> Classes:
        """Without the flow classes of plants far larger than any that is planned: each takes its share of the time."""
        largest = kept.design.people_m3_d[kept.design.way == ENDING].max(initial=0.0)
        return without_large(classes, FAR_LARGER * max(largest, 1.0))


def search(
    ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit, seed: int, knocks: float,
    progress: Callable[[float], None] | None = None, times: float = 1.0,
) -> tuple[Search, Candidate]:  # fmt: skip
    """Search with a seed of its own; returns the engine, for re-use, and the best candidate."""
    engine = Search(ground, homes, kit, plants, np.random.default_rng(seed))
    if homes.flow_m3_d.shape[0] == 0 or ground.ground_m.shape[0] == 0:
        nothing = engine.new_candidate()
        engine.price(nothing)
        return engine, nothing
    return engine, engine.run(knocks, progress, times)


__all__ = ["Candidate", "Search", "copy_layout", "search"]
