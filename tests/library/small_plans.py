"""Hamlets small enough to try every plan: random ground, and the exact optimum by enumeration."""

import numpy as np
from numba import njit

from qingxi.plan.layout import NO_COST, Ground, Homes, Layout, price_layout
from qingxi.sewer import new_design, sewer_kit
from qingxi.standard import load_table
from qingxi.treatment import plant_kit


def kits(**norm):
    """The default kits; keyword arguments replace fields of the sewer kit."""
    norms, prices, processes = load_table("rural_sewer"), load_table("prices"), load_table("processes")
    kit = sewer_kit(norms, prices)._replace(**norm)
    return kit, plant_kit(processes, norms, prices, kit.works_pv, kit.annuity)


def make_ground(height, arcs, *, site=None, join=None, end_depth=None, capacity=(), stay=None):
    """Ground from node heights, (tail, head, length[, surface[, crossing]]) arcs, (fixed, capacity) of plants that may stay."""
    n = len(height)
    rows = np.array([(*a, 0, 0)[:5] for a in arcs], dtype=float).reshape(-1, 5)
    tail, head = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    both = np.concatenate([tail, head])
    order = np.argsort(both, kind="stable")
    return Ground(
        ground_m=np.array(height, dtype=float), length_m=rows[:, 2].copy(), trench=rows[:, 3].astype(np.int64),
        crossing=rows[:, 4].astype(np.int64), tail=tail, head=head,
        indptr=np.concatenate([[0], np.cumsum(np.bincount(both, minlength=n))]).astype(np.int64),
        neighbour=np.concatenate([head, tail])[order], arc=np.tile(np.arange(len(rows)), 2)[order],
        site=np.zeros(n, dtype=np.int64) if site is None else np.array(site, dtype=np.int64),
        join=np.full(n, -1, dtype=np.int64) if join is None else np.array(join, dtype=np.int64),
        join_fixed=np.full(n, 37_260.0), join_per_m3_d=7_300.0,
        end_depth_m=np.full(n, 4.0) if end_depth is None else np.array(end_depth, dtype=float),
        capacity_m3_d=np.array(capacity, dtype=float),
        site_most_m3_d=np.full(n, np.inf),
        stay_fixed=np.array([s[0] for s in stay], dtype=float) if stay else np.full(n, np.inf),
        stay_capacity_m3_d=np.array([s[1] for s in stay], dtype=float) if stay else np.zeros(n),
        stay_per_m3_d=3_640.0,
    )  # fmt: skip


def make_homes(houses, *, pump=11_000.0, slots=2):
    """Homes from (flow, own cost, [(node, lateral cost, need), ...]) rows."""
    m = len(houses)
    node = np.full((m, slots), -1, dtype=np.int64)
    lateral = np.full((m, slots), NO_COST)
    need = np.zeros((m, slots))
    for h, (_, _, ways) in enumerate(houses):
        for s, (v, cost, depth) in enumerate(ways):
            node[h, s], lateral[h, s], need[h, s] = v, cost, depth
    return Homes(
        np.array([h[0] for h in houses], dtype=float), node, lateral, need, pump,
        np.array([h[1] for h in houses], dtype=float), np.array([h[0] for h in houses], dtype=float),
    )  # fmt: skip


def random_hamlet(seed, *, nodes=4, houses=4, scale=1.0, units=True, plant=True, kit=None, old=False):
    """A street net of few nodes with loops, random heights from flat to steep, sites of both kinds and a main."""
    rng = np.random.default_rng(seed)
    relief = rng.choice([0.05, 0.5, 3.0])
    height = rng.uniform(0, relief, nodes) + 100
    long = rng.choice([30.0, 150.0, 400.0])
    arcs = [
        (int(rng.integers(0, v)), v, rng.uniform(0.3, 1) * long, rng.integers(0, 3), 2 * (rng.random() < 0.2))
        for v in range(1, nodes)
    ]
    for _ in range(rng.integers(0, 3)):
        a, b = rng.choice(nodes, 2, replace=False)
        arcs.append((int(a), int(b), rng.uniform(0.3, 1) * long))
    site = rng.choice([0, 1, 2], nodes, p=[0.5, 0.35, 0.15])
    join = np.where(rng.random(nodes) < 0.2, 0, -1)
    if not plant:  # joining costs a straight line: no loss by flow classes
        site[:], join[rng.integers(nodes)] = 0, 0
    if not site.any() and (join < 0).all():
        site[rng.integers(nodes)] = 1
    end_depth = rng.choice([1.0, 2.0, 4.0], nodes)
    stay = [(np.inf, 0.0)] * nodes
    if old:  # village plants that may stay, some too small for everybody
        site = np.where(site > 0, site + 2, site)
        stay = [(rng.uniform(40_000, 250_000), scale * rng.uniform(0.2, 2.5)) if s else (np.inf, 0.0) for s in site]
    rows = []
    for _ in range(houses):
        ways = [
            (int(v), rng.uniform(1_600, 6_000), max(0.6, rng.uniform(-0.5, 2.5)))
            for v in rng.choice(nodes, 2, replace=False)
        ]
        own = rng.uniform(4_000, 40_000) * max(scale, 1) if units else 1e8
        rows.append((scale * rng.uniform(0, 0.6), own, ways[: rng.integers(1, 3)]))
    kit_, plants = kits() if kit is None else kit
    return (
        make_ground(height, arcs, site=site, join=join, end_depth=end_depth, capacity=[np.inf], stay=stay),
        make_homes(rows),
        kit_,
        plants,
    )


def price(layout, ground, homes, kit, plants):
    """True cost of a layout."""
    n = ground.ground_m.size
    return price_layout(
        layout, ground, homes, kit, plants, new_design(n), np.empty(n), np.empty(homes.own.size), np.zeros(1)
    )


@njit(cache=True)
def _cyclic(next_node):
    for v in range(next_node.shape[0]):
        x = v
        for _ in range(next_node.shape[0]):
            if x < 0:
                break
            x = next_node[x]
        if x >= 0:
            return True
    return False


@njit(cache=True)
def _every_plan(ground, homes, kit, plants, design, layout, node_cost, house_cost, group):
    n, m = ground.ground_m.shape[0], homes.own.shape[0]
    slots = homes.node.shape[1]
    ways = np.empty(n + n + m, dtype=np.int64)
    for v in range(n):
        ways[v] = 1 + ground.indptr[v + 1] - ground.indptr[v]
        ways[n + v] = 2
    for h in range(m):
        ways[2 * n + h] = 1
        for s in range(slots):
            if homes.node[h, s] >= 0:
                ways[2 * n + h] += 2
    digit = np.zeros(n + n + m, dtype=np.int64)
    best = np.inf
    kept = digit.copy()
    tried = 0
    while True:
        # Only canonical plans: a lift flag on a node without a next node says nothing.
        good = True
        for v in range(n):
            if digit[v] == 0:
                layout.next_node[v] = -1
                layout.next_arc[v] = -1
                if digit[n + v] == 1:
                    good = False
            else:
                layout.next_node[v] = ground.neighbour[ground.indptr[v] + digit[v] - 1]
                layout.next_arc[v] = ground.arc[ground.indptr[v] + digit[v] - 1]
            layout.lift_here[v] = digit[n + v] == 1
        moved = 0
        if good and not _cyclic(layout.next_node):
            for h in range(m):
                d = digit[2 * n + h]
                layout.slot[h] = -1 if d == 0 else (d - 1) // 2
                layout.pumped[h] = d > 0 and (d - 1) % 2 == 1
            cost = price_layout(layout, ground, homes, kit, plants, design, node_cost, house_cost, group)
            tried += 1
            if cost < best:
                best = cost
                kept[:] = digit
            moved = 2 * n + m - 1
        else:
            # No house matters on a broken net: skip all of them.
            for h in range(m):
                digit[2 * n + h] = 0
            moved = 2 * n - 1
        while moved >= 0:
            digit[moved] += 1
            if digit[moved] < ways[moved]:
                break
            digit[moved] = 0
            moved -= 1
        if moved < 0:
            return best, tried


def optimum(ground, homes, kit, plants):
    """The least true cost over every flow direction, lift, lateral and pump; and how many plans were priced."""
    n, m = ground.ground_m.size, homes.own.size
    layout = empty(n, m)
    return _every_plan(ground, homes, kit, plants, new_design(n), layout, np.empty(n), np.empty(m), np.zeros(1))


def empty(n, m):
    return Layout(
        np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.bool_),
        np.full(m, -1, dtype=np.int64), np.zeros(m, dtype=np.bool_),
    )  # fmt: skip


def random_layout(rng, ground, homes):
    """A random plan that can be built: every house on a tree that ends somewhere, or by itself."""
    n, m = ground.ground_m.size, homes.own.size
    layout = empty(n, m)
    ends = np.flatnonzero((ground.site > 0) | (ground.join >= 0))
    reached = list(rng.permutation(ends)[: rng.integers(1, ends.size + 1)])
    inside = np.zeros(n, dtype=bool)
    inside[reached] = True
    edge = [(v, i) for v in reached for i in range(ground.indptr[v], ground.indptr[v + 1])]
    while edge:
        v, i = edge.pop(rng.integers(len(edge)))
        y = ground.neighbour[i]
        if inside[y]:
            continue
        inside[y] = True
        layout.next_node[y], layout.next_arc[y] = v, ground.arc[i]
        layout.lift_here[y] = rng.random() < 0.15
        edge += [(y, j) for j in range(ground.indptr[y], ground.indptr[y + 1])]
    for h in range(m):
        s = rng.integers(-1 if homes.own[h] < 1e8 else 0, homes.node.shape[1])
        if s >= 0 and homes.node[h, s] >= 0 and inside[homes.node[h, s]]:
            layout.slot[h], layout.pumped[h] = s, rng.random() < 0.2
    return layout
