"""Solving again from a plan that stands: everywhere after a change of price, around what is touched after a decision."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.classes import flow_classes
from qingxi.plan.enforce import Enforced
from qingxi.plan.finish import finished
from qingxi.plan.guard import ANY, JOIN, PLANT, Guard, GuardedSearch
from qingxi.plan.layout import Ground, Homes, Layout, copy_layout
from qingxi.plan.pipes import ends_of
from qingxi.plan.problem import Problem
from qingxi.plan.region import closed_region, cut_region, joined_outside, put_back
from qingxi.plan.search import Candidate
from qingxi.sewer import SewerKit
from qingxi.standard import load_table
from qingxi.treatment import PlantKit

Bools = npt.NDArray[np.bool_]
CHEAP = 0.02  # of its price: what a road that must be taken costs while a first way along it is looked for


def standing_candidate(
    problem: Problem, layout: Layout, guard: Guard | None = None
) -> tuple[GuardedSearch, Candidate]:
    """An engine and the layout priced by it, without any search; what is no longer allowed in it is undone."""
    engine = engine_of(problem.ground, problem.homes, problem.kit, problem.plants, problem.given.seed, guard)
    c = engine.new_candidate()
    c.layout = allowed_layout(layout, problem.ground, problem.homes)
    engine.price(c)
    return engine, c


def engine_of(
    ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit, seed: int, guard: Guard | None
) -> GuardedSearch:
    engine = GuardedSearch(ground, homes, kit, plants, np.random.default_rng(seed))
    engine.guard = guard
    return engine


def allowed_layout(layout: Layout, ground: Ground, homes: Homes) -> Layout:
    """The layout without laterals, roads and ends that are not (or no longer) there; its houses serve themselves."""
    c = copy_layout(layout)
    if c.slot.size == 0 or c.next_node.size == 0:
        return c
    tied = c.slot >= 0
    node = homes.node[np.arange(tied.size), np.maximum(c.slot, 0)]
    lost = tied & (node < 0)
    open_arc = np.zeros(ground.length_m.shape[0] + 1, dtype=np.bool_)
    open_arc[ground.arc] = True
    cut = (c.next_arc >= 0) & ~open_arc[c.next_arc]
    c.next_node[cut], c.next_arc[cut], c.lift_here[cut] = -1, -1, False
    can_end = (ground.site > 0) | (ground.join >= 0)
    lost |= tied & ~can_end[ends_of(c.next_node)[np.maximum(node, 0)]]
    c.slot[lost], c.pumped[lost] = -1, False
    return c


def resolve(enforced: Enforced, layout: Layout, rounds: int, touched: Bools | None) -> Candidate:
    """Search on from a layout under decisions; never dearer than the layout where that keeps them.

    Parameters
    ----------
    touched : bool[nodes] or None
        Only what lies around these nodes is solved again, to the systems' ends; None: everything.
    """
    p, guard = enforced.problem, enforced.guard
    engine, kept = standing_candidate(p, layout, guard)
    if engine.houses == 0 or engine.nodes == 0:
        return kept
    if touched is None:
        _improve(engine, kept, rounds, guard)
        return finished(engine, kept)
    inside = closed_region(kept.layout, p.homes, _around(p, kept, guard, touched))
    outside = joined_outside(p.ground, kept.design, kept.joins, inside)
    region = cut_region(p.ground, p.homes, kept.layout, inside, outside)
    if region.houses.size == 0:
        return kept
    part_guard = guard.part(region)
    part = engine_of(region.ground, region.homes, p.kit, p.plants, p.given.seed, part_guard)
    best = part.new_candidate()
    best.layout = copy_layout(region.layout)
    part.price(best)
    _improve(part, best, rounds, part_guard)
    best = finished(part, best)
    kept.layout = put_back(kept.layout, region, best.layout)
    engine.price(kept)
    return kept


def _around(p: Problem, kept: Candidate, guard: Guard, touched: Bools) -> Bools:
    """Nodes within reach of what is touched, and the way to the nearest main where somebody must join one."""
    from scipy.spatial import cKDTree

    touched = touched.copy()
    slots = p.homes.node[guard.end_kind == JOIN]
    if slots.size:
        touched |= _ways_to_main(p, kept, np.unique(slots[slots >= 0]), touched)
    g = p.graph
    at = np.flatnonzero(touched)
    if at.size == 0:
        return touched
    tree = cKDTree(np.column_stack([g.x_m[at], g.y_m[at]]))
    away, _ = tree.query(
        np.column_stack([g.x_m, g.y_m]), distance_upper_bound=load_table("override")["solve.reach"]
    )
    near: Bools = np.isfinite(away)
    return near


def _ways_to_main(p: Problem, kept: Candidate, pinned: npt.NDArray[np.int64], touched: Bools) -> Bools:
    """Nodes on the shortest ways from pinned nodes to a joining point or to a sewer that leads to one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    g = p.ground
    n = touched.size
    owner = np.repeat(np.arange(n), np.diff(g.indptr))
    matrix = coo_array((g.length_m[g.arc], (owner, g.neighbour)), shape=(n, n)).tocsr()
    end = ends_of(kept.layout.next_node)
    goal = np.flatnonzero((g.join >= 0) | ((kept.design.houses > 0) & kept.joins[end]))
    way = np.zeros(n, dtype=np.bool_)
    start = pinned[touched[pinned]]
    if goal.size == 0 or start.size == 0:
        return way
    _, before, _ = dijkstra(matrix, directed=False, indices=goal, min_only=True, return_predecessors=True)
    for v in start:
        x = int(v)
        while x >= 0 and not way[x]:
            way[x] = True
            x = int(before[x])
    return way


def _improve(engine: GuardedSearch, kept: Candidate, rounds: int, guard: Guard) -> None:
    """First the candidates that keep the decisions, then rounds of other forests, each polished; better blocks are taken."""
    for other in _hints(engine, kept, guard):
        engine.keep_better(kept, other)
    other = engine.new_candidate()
    other.layout = copy_layout(kept.layout)
    engine.polish(other)
    engine.keep_better(kept, other)
    for i in range(rounds):
        other = engine.perturbed(kept, i)
        engine.keep_better(kept, other)
        engine.polish(other)
        engine.keep_better(kept, other)


def _hints(engine: GuardedSearch, kept: Candidate, guard: Guard) -> list[Candidate]:
    """Layouts in which what is decided is easy: only mains, only plants, a site for nothing, a road for nothing."""
    found: list[Candidate] = []
    weight = 0.5 * (engine.forward + engine.backward)
    kinds = set(guard.end_kind.tolist()) - {ANY}
    g = engine.ground
    if JOIN in kinds:
        # Without a site the weights are those of shortest ways from the mains, which a spanning forest alone may miss.
        mains = g._replace(site=np.zeros_like(g.site))
        ways = engine_of(mains, engine.homes, engine.kit, engine.plants, 1, None).first_weights(engine.first_slot)
        found += [engine.choose(w, engine.first_slot, kept, ground=mains) for w in (weight, ways)]
    if PLANT in kinds:
        found.append(
            engine.choose(weight, engine.first_slot, kept, ground=g._replace(join=np.full_like(g.join, -1)))
        )
    for place in guard.places:
        if guard.lacking(kept, place) <= 0:
            continue
        if place.nodes.size:
            found.append(_with_site(engine, kept, place.nodes))
        else:
            found.extend(_along(engine, kept, place.arcs))
    return found


def _with_site(engine: GuardedSearch, kept: Candidate, nodes: npt.NDArray[np.int64]) -> Candidate:
    """A choice in which a plant at one of these nodes costs nothing to build."""
    g = engine.ground
    site, fixed, room = np.where(g.site > 0, 1, 0), np.full_like(g.stay_fixed, np.inf), np.zeros_like(g.stay_fixed)
    site[nodes], fixed[nodes], room[nodes] = 3, 0.0, np.inf
    ground = g._replace(site=site, stay_fixed=fixed, stay_capacity_m3_d=room)
    classes = flow_classes(engine.plants, True, g.join_per_m3_d, engine.nodes, g.stay_per_m3_d)
    weight = 0.5 * (engine.forward + engine.backward)
    return engine.choose(weight, engine.first_slot, kept, classes, ground=ground)


def _along(engine: GuardedSearch, kept: Candidate, arcs: npt.NDArray[np.int64]) -> list[Candidate]:
    """Choices in which a trench along these arcs costs next to nothing."""
    kit, g = engine.kit, engine.ground
    classes = kit.trench_a.shape[1]
    # At least cover a metre costs its share; what is deeper costs as much as ever.
    d = kit.depth_min_m[:, None]
    deep = kit.trench_b * d + kit.trench_c * d * d
    cheap = kit._replace(
        trench_a=np.hstack([kit.trench_a, CHEAP * kit.trench_a - (1 - CHEAP) * deep]),
        trench_b=np.hstack([kit.trench_b, kit.trench_b]), trench_c=np.hstack([kit.trench_c, kit.trench_c]),
        pressure_per_m=np.hstack([kit.pressure_per_m, CHEAP * kit.pressure_per_m]),
    )  # fmt: skip
    trench = g.trench.copy()
    trench[arcs] += classes
    other = engine_of(g._replace(trench=trench), engine.homes, cheap, engine.plants, 1, None)
    found = []
    for slot in (engine.first_slot, np.where(kept.layout.slot >= 0, kept.layout.slot, engine.first_slot)):
        weight = 0.5 * (other.forward + other.backward)
        weight[arcs] = 1e-3 * weight[arcs]
        c = other.choose(weight, slot, kept)
        mine = engine.new_candidate()
        mine.layout = copy_layout(c.layout)
        engine.price(mine)
        found.append(mine)
    return found


__all__ = ["allowed_layout", "resolve", "standing_candidate"]
