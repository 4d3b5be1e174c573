"""The ways a hamlet can go as a whole, its surroundings as they are: each a layout of its own, truly priced.

Everything else of the plan stays: other houses keep their ways, streets that carry others' sewage keep their direction. A hamlet can
serve every house by itself, have a plant (a site of its own or a neighbour's sewer that leads to one), or join the town (a
joining point or a sewer that leads to one, by the shortest way there). A sewered way is laid by the exact choice on a spanning forest
of the streets that nobody else uses.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.classes import flow_classes, with_join_slope
from qingxi.plan.layout import Ground, Homes, Layout, copy_layout, end_cost, price_layout
from qingxi.plan.pipes import ends_of
from qingxi.plan.pricing import NO_SERVICE
from qingxi.plan.problem import Problem
from qingxi.plan.region import Region, RegionCutter
from qingxi.plan.search import Candidate, Search
from qingxi.plan.tree_choice import Classes
from qingxi.sewer import new_design
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVERS = ("pipe", "unit", "reuse", "plant", "town")
PIPE, UNIT, REUSE, PLANT, TOWN, FIXED = range(6)
OWN_PART = {"onsite": UNIT, "reuse": REUSE, "controlled": FIXED}
LEVELS = 10
WAY_NODES = 400  # a way longer than this many street nodes is none


class Way(NamedTuple):
    """One way: its mode (of most of the hamlet's houses), the region's layout, how houses without a sewer are served."""

    mode: str
    layout: Layout
    own: npt.NDArray[np.object_]  # of the hamlet's houses in the region


@dataclass(frozen=True, slots=True)
class HamletWays:
    """A hamlet's region and its ways, the plan's own first; ``mine`` are its houses in the region.

    ``reach_m`` is the length of the way to the nearest main outside the hamlet (NaN: none is reached).
    """

    region: Region
    mine: Ints
    ways: tuple[Way, ...]
    reach_m: float
    plants: PlantKit  # at the plan's own prices

    def parts(self, p: Problem) -> Floats:
        """Present value of every way at a problem's prices, [ways, :data:`LEVERS` and what no lever moves]; inf in all where it cannot be.

        Only differences between ways mean anything: houses of others that serve themselves are left out.
        """
        r = self.region
        ground, homes = _at_prices(p, r)
        return np.array([_parts(p, r, ground, homes, self.mine, way, self.plants) for way in self.ways])


def _at_prices(p: Problem, r: Region) -> tuple[Ground, Homes]:
    g, h = p.ground, p.homes
    ground = r.ground._replace(
        join_fixed=g.join_fixed[r.nodes], join_per_m3_d=g.join_per_m3_d, stay_fixed=g.stay_fixed[r.nodes],
        stay_per_m3_d=g.stay_per_m3_d,
    )  # fmt: skip
    return ground, r.homes._replace(lateral=h.lateral[r.houses], pump=h.pump, own=h.own[r.houses])


def _parts(p: Problem, r: Region, ground: Ground, homes: Homes, mine: Ints, way: Way, plants: PlantKit) -> Floats:
    nodes, houses = r.nodes.size, r.houses.size
    design, node_cost, house_cost = new_design(nodes), np.empty(nodes), np.empty(houses)
    flow = np.zeros(ground.capacity_m3_d.shape[0])
    price_layout(way.layout, ground, homes, p.kit, p.plants, design, node_cost, house_cost, flow)
    if (flow > ground.capacity_m3_d + 1e-6).any() or not np.isfinite(node_cost).all():
        return np.full(len(LEVERS) + 1, np.inf)
    found = np.zeros(len(LEVERS) + 1)
    tied = way.layout.slot >= 0
    found[PIPE] = float(design.cost.sum() + house_cost[tied].sum())
    ends = np.flatnonzero(design.way == 4)
    only_joins = ground._replace(site=np.zeros_like(ground.site))
    only_plants = ground._replace(join=np.full_like(ground.join, -1))
    for v in ends:
        # Where both are possible the way keeps the end it was laid for.
        _, joins = end_cost(int(v), design.people_m3_d[v], r.ground, plants)
        kept = only_joins if joins else only_plants
        cost, _ = end_cost(int(v), design.people_m3_d[v], kept, p.plants)
        found[TOWN if joins else PLANT] += cost
    for k in np.flatnonzero(~tied[mine]):
        m = str(way.own[k])
        h = p.member[r.houses[mine[k]]]
        # Storage is a norm's figure and no price of the reuse tank.
        fixed = _storage(p, int(h)) if m == "reuse" else 0.0
        found[FIXED] += fixed
        found[OWN_PART[m]] += p.own.pv[m][h] - fixed
    return found


def _storage(p: Problem, h: int) -> float:
    """Present value of the storage that reuse at a house takes beyond its tank."""
    works = float(p.own.limits.storage_yuan_person[p.own.hamlet[h]] * p.own.people[h])
    return works * (p.kit.works_pv + p.kit.annuity * p.processes["reuse.renewal"])


@njit(cache=True)
def _others(slot: Ints, at: Ints, mine: npt.NDArray[np.bool_], next_node: Ints) -> npt.NDArray[np.bool_]:
    """Nodes that carry somebody else's sewage."""
    used = np.zeros(next_node.shape[0], dtype=np.bool_)
    for h in range(slot.shape[0]):
        if slot[h] < 0 or mine[h]:
            continue
        v = at[h]
        while v >= 0 and not used[v]:
            used[v] = True
            v = next_node[v]
    return used


class WayFinder:
    """Finds the ways of every hamlet of a plan."""

    def __init__(self, p: Problem, chosen: Candidate) -> None:
        from scipy.spatial import cKDTree

        self.p, self.chosen = p, chosen
        self._known: dict[tuple[bool, bool], Classes] = {}
        self.cutter = RegionCutter(p.ground, p.homes, chosen.layout)
        n = p.graph.nodes
        layout, d = chosen.layout, chosen.design
        hamlet = p.own.hamlet[p.member]
        _, near = cKDTree(np.column_stack([p.houses.x_m, p.houses.y_m])).query(
            np.column_stack([p.graph.x_m, p.graph.y_m])
        )
        self.nodes_of = _Groups(p.own.hamlet[near], len(p.hamlets))
        self.members_of = _Groups(hamlet, len(p.hamlets))
        self.end = ends_of(layout.next_node)
        self.used = d.houses > 0
        self.system_nodes = _Groups(np.where(self.used, self.end, n), n + 1)
        town = (p.ground.join >= 0) | (self.used & chosen.joins[self.end])
        plant = self.used & ~chosen.joins[self.end]
        self.to_town, self.away_m = self._ways(town)
        self.to_plant, _ = self._ways(plant)
        self.mode = p.own_mode[p.member].copy()
        tied = layout.slot >= 0
        at = p.homes.node[np.flatnonzero(tied), layout.slot[tied]]
        self.mode[tied] = np.where(chosen.joins[self.end[at]], "town_connection", "shared_plant")
        self.allowed = {
            m: np.bincount(p.own.hamlet, weights=~np.isfinite(p.own.pv[m]), minlength=len(p.hamlets)) == 0
            for m in ("onsite", "reuse")
        }

    def _ways(self, goal: npt.NDArray[np.bool_]) -> tuple[Ints, Floats]:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra

        g = self.p.ground
        n = goal.size
        at = np.flatnonzero(goal)
        if at.size == 0:
            return np.full(n, -1, dtype=np.int64), np.full(n, np.inf)
        owner = np.repeat(np.arange(n), np.diff(g.indptr))
        matrix = coo_array((g.length_m[g.arc], (owner, g.neighbour)), shape=(n, n)).tocsr()
        away, before, _ = dijkstra(matrix, directed=False, indices=at, min_only=True, return_predecessors=True)
        return np.where(before >= 0, before, -1).astype(np.int64), away

    def ways(self, h: int) -> HamletWays | None:
        """The ways of hamlet h; None where no house of it takes part in the choice."""
        p, layout = self.p, self.chosen.layout
        members = self.members_of[h]
        if members.size == 0:
            return None
        core = self.nodes_of[h]
        slots = p.homes.node[members]
        start = np.unique(np.concatenate([core, slots[slots >= 0]]))
        nodes = [start, self._way(start, self.to_town), self._way(start, self.to_plant)]
        near = np.unique(np.concatenate(nodes))
        tied = members[layout.slot[members] >= 0]
        own_ends = self.end[p.homes.node[tied, layout.slot[tied]]]
        ends = np.unique(np.concatenate([self.end[near[self.used[near]]], own_ends]))
        inside = np.unique(np.concatenate([near, *(self.system_nodes[int(e)] for e in ends)]))
        group_flow = self.chosen.group_flow
        joined = ends[self.chosen.joins[ends]]
        here = np.zeros_like(group_flow)
        np.add.at(here, p.ground.join[joined], self.chosen.design.people_m3_d[joined])
        region = self.cutter.cut(inside, group_flow - here)
        mine = np.flatnonzero(np.isin(region.houses, members))
        if mine.size == 0:
            return None
        reach = self.away_m[start]
        return HamletWays(region, mine, tuple(self._all(region, mine)), float(reach.min(initial=np.inf)), p.plants)

    def _way(self, start: Ints, before: Ints) -> Ints:
        """Nodes of the way from the hamlet's node that lies nearest to where it leads."""
        away = self.away_m if before is self.to_town else None
        v = int(start[np.argmin(away[start])]) if away is not None else int(start[0])
        way = [v]
        while before[v] >= 0 and len(way) < WAY_NODES:
            v = int(before[v])
            way.append(v)
        return np.array(way, dtype=np.int64)

    def _all(self, r: Region, mine: Ints) -> list[Way]:
        p = self.p
        member = r.houses[mine]
        planned = self.mode[member]
        base = copy_layout(r.layout)
        own_now = p.own_mode[p.member[member]]
        found = [Way(_most(planned), base, own_now)]
        alone = copy_layout(base)
        alone.slot[mine], alone.pumped[mine] = -1, False
        household = p.member[member]
        hamlet = int(p.own.hamlet[household[0]])
        for m in ("onsite", "reuse"):
            if np.isfinite(p.own.pv[m][household]).all() and self.allowed[m][hamlet]:
                found.append(Way(m, alone, np.full(mine.size, m, dtype=object)))
        if not (own_now == "unserved").any() and len(set(own_now.tolist())) > 1:
            found.append(Way(_most(own_now), alone, own_now))
        for m in ("shared_plant", "town_connection"):
            layout = self._sewered(r, mine, town=m == "town_connection")
            if layout is not None:
                found.append(Way(self._ends_in(r, layout, mine), layout, own_now))
        return found

    def _classes(self, any_plant: bool, any_stay: bool) -> Classes:
        """The flow classes of a way, worked out once for each of the few kinds of ends; the caller sets the joining prices."""
        key = any_plant, any_stay
        if key not in self._known:
            g = self.p.ground
            stay = g.stay_per_m3_d if any_stay else None
            self._known[key] = flow_classes(self.p.plants, any_plant, g.join_per_m3_d, 1, stay)
        return self._known[key]

    def _ends_in(self, r: Region, layout: Layout, mine: Ints) -> str:
        at = r.homes.node[mine, layout.slot[mine]]
        end = ends_of(layout.next_node)[at]
        joins = r.ground.join[end] >= 0
        joins &= ~((r.ground.site[end] > 0) & ~self.chosen.joins[r.nodes[end]])
        return "town_connection" if 2 * int(joins.sum()) > mine.size else "shared_plant"

    def _sewered(self, r: Region, mine: Ints, *, town: bool) -> Layout | None:
        """A layout in which every house of the hamlet is sewered, to the town or to a plant; None where that cannot be."""
        p, g, base = self.p, r.ground, r.layout
        at = r.homes.node[np.arange(r.houses.size), np.maximum(base.slot, 0)]
        is_mine = np.zeros(r.houses.size, dtype=np.bool_)
        is_mine[mine] = True
        taken = _others(base.slot, at, is_mine, base.next_node)
        ends_at = ends_of(base.next_node)
        joins = self.chosen.joins[r.nodes[ends_at]]
        here = taken & (joins == town)
        join = np.where(here, 0, -1)
        if town:
            join = np.where(~taken & (g.join >= 0), g.join, join)
        site = np.where(taken | town, 0, g.site)
        if not ((join >= 0).any() or (site > 0).any()):
            return None
        slope = np.full(r.nodes.size, g.join_per_m3_d)
        if not town:
            for v in np.unique(ends_at[here]):
                q = float(self.chosen.design.people_m3_d[r.nodes[v]])
                wet = bool(g.site[v] in (2, 4))
                more = (plant_pv(1.01 * q + 0.01, wet, p.plants) - plant_pv(q, wet, p.plants)) / (0.01 * q + 0.01)
                slope[here & (ends_at == v)] = max(more, 0.0)
        depth = np.where(here, self.chosen.design.depth_m[r.nodes], g.end_depth_m)
        ground = g._replace(
            join=join, site=site, join_fixed=np.where(here, 0.0, g.join_fixed), end_depth_m=depth,
            capacity_m3_d=np.full(max(1, g.capacity_m3_d.shape[0]), np.inf),
        )  # fmt: skip
        homes = r.homes._replace(own=np.full(r.houses.size, NO_SERVICE))
        classes = with_join_slope(self._classes(bool((site > 0).any()), bool((site > 2).any())), slope)
        engine = Search(ground, homes, p.kit, p.plants, np.random.default_rng(0), classes)
        engine.levels = LEVELS
        slot = np.full(r.houses.size, -1, dtype=np.int64)
        first = np.argmax(r.homes.node[mine] >= 0, axis=1)
        slot[mine] = np.where((r.homes.node[mine] >= 0).any(axis=1), first, -1)
        weight = engine.first_weights(slot)
        found = engine.choose(weight, slot, None).layout
        if (found.slot[mine] < 0).any():
            return None
        layout = copy_layout(base)
        free = ~taken
        for mended, new in zip(layout[:3], found[:3], strict=True):
            mended[free] = new[free]
        layout.slot[mine], layout.pumped[mine] = found.slot[mine], found.pumped[mine]
        return layout


def _most(modes: npt.NDArray[np.object_]) -> str:
    names, count = np.unique(modes.astype(str), return_counts=True)
    return str(names[count.argmax()])


class _Groups:
    """Indices by group, ascending in each."""

    def __init__(self, group: Ints, groups: int) -> None:
        self.order = np.argsort(group, kind="stable")
        self.start = np.searchsorted(group[self.order], np.arange(groups + 1))

    def __getitem__(self, i: int) -> Ints:
        return self.order[self.start[i] : self.start[i + 1]]


__all__ = ["LEVERS", "HamletWays", "Way", "WayFinder"]
