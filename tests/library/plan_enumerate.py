"""Every plan of a hamlet of at most 7 houses, priced by docs/costs.md with code of its own.

Nothing here calls the planner's design or prices: the tables' rows are turned into money once more. A plan is a flow
direction or an end for every used node, a lateral (by gravity or pumped) or none for every house, and a lift or none
at every node that flows on; depths and diameters follow from these by the rules of docs/costs.md sections 3 to 5.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from small_plans import random_hamlet

from qingxi.standard import load_table
from qingxi.treatment import shared_processes


class Book(NamedTuple):
    """Rows of the tables, and what docs/costs.md derives from them."""

    dn_m: np.ndarray
    slope: np.ndarray
    capacity_l_s: np.ndarray  # at least slope and greatest fill
    pipe: np.ndarray
    surface: np.ndarray
    pressure_m: np.ndarray
    pressure_pipe: np.ndarray
    crossing: np.ndarray
    peak_q: np.ndarray
    peak_k: np.ndarray
    p: np.ndarray  # single figures, by the numbers below
    works: np.ndarray  # [process, 7]: grade, fixed, unit, power, running fixed, running m3, renewal
    land: np.ndarray  # [process, 4]: fixed, unit, scale low, high
    step_m3_d: np.ndarray
    step_grade: np.ndarray


SIDE, BED, BASE, DEEP, MARGIN, HOLE, HOLE_M, M, UPKEEP, ANNUITY = range(10)
LIFT, LIFT_Q, LIFT_RUN, LIFT_UP, ENERGY, LOCAL, COVER, DEPTH, PDEPTH, PSPEED = range(10, 20)
SPEED, N, SMALL, CAP, LEAK, START, LAND, LEAST, MORE = range(20, 29)


def book(prices="prices", processes="processes", plants=None) -> Book:
    """The figures of the tables; ``plants`` lends the steps of the grade asked for."""
    c, n, t = load_table(prices), load_table("rural_sewer"), load_table(processes)

    def series(table, stem):
        rows = sorted((float(k.split("dn")[-1].split("q")[-1]), k) for k in table.rows if k.startswith(stem))
        return np.array([a for a, _ in rows]), np.array([table[k] for _, k in rows])

    dn, slope = series(n, "slope.dn")
    _, fill = series(n, "fill.dn")
    theta = 2 * np.arccos(1 - 2 * fill)
    area = (dn / 1000) ** 2 / 8 * (theta - np.sin(theta))
    radius = dn / 4000 * (1 - np.sin(theta) / theta)
    pressure_dn, pressure = series(c, "pressure.dn")
    peak_q, peak_k = series(n, "peak.q")
    rate, years = c["discount"], c["years"]
    kwh = 365 * 1000 * 9.81 / (3.6e6 * c["energy.efficiency"])
    p = np.zeros(29)
    p[[SIDE, BED, BASE, DEEP, MARGIN]] = [c[k] for k in ("trench.side", "trench.bedding", "trench.base", "trench.deepening", "surface.margin")]  # fmt: skip
    p[[HOLE, HOLE_M, LIFT, LIFT_Q, LIFT_RUN, LIFT_UP]] = [c[k] for k in ("manhole.base", "manhole.per_depth", "lift.base", "lift.per_l_s", "lift.running", "lift.upkeep")]  # fmt: skip
    p[M] = (1 + c["other_share"]) * (1 + c["contingency"])
    p[UPKEEP], p[ENERGY], p[LAND] = c["sewer.upkeep"], c["energy.price"] * kwh, c["land.price"]
    p[ANNUITY] = (1 - (1 + rate) ** -years) / rate
    p[[LOCAL, COVER, DEPTH, PDEPTH, PSPEED, SPEED, N]] = [n[k] for k in ("lift.local_head", "cover.min", "depth.max", "pressure.depth", "pressure.velocity", "velocity.max", "manning")]  # fmt: skip
    p[[SMALL, CAP, LEAK, START, LEAST, MORE]] = [n[k] for k in ("peak.small_power", "peak.small_cap", "flow.infiltration", "lateral.start_depth", "plant.min_m3_d", "plant.margin")]  # fmt: skip
    keys = [one.key for one in shared_processes(t)]  # those a place with nothing special allows
    works = [[t[f"{k}.{x}"] for x in ("grade", "works_fixed", "works_unit", "works_power", "running_fixed", "running_m3", "renewal")] for k in keys]  # fmt: skip
    land = [[t[f"{k}.{x}"] for x in ("land_fixed", "land_unit", "scale_low", "scale_high")] for k in keys]
    return Book(
        dn / 1000, slope, 1000 * area * radius ** (2 / 3) * np.sqrt(slope) / n["manning"], series(c, "pipe.dn")[1],
        np.array([c[f"surface.{s}"] for s in ("earth", "concrete", "asphalt")]), pressure_dn / 1000, pressure,
        np.array([0.0] + [c[f"crossing.{k}"] for k in ("stream", "pond", "river", "reservoir")]), peak_q, peak_k, p,
        np.array(works), np.array(land), plants.step_m3_d, plants.step_grade,
    )  # fmt: skip


@njit(cache=True)
def _peak(mean_m3_d, b):
    q = mean_m3_d / 86.4
    if q <= 0:
        return 0.0
    if q < b.peak_q[0]:
        k = min(b.p[CAP], b.peak_k[0] * (b.peak_q[0] / q) ** b.p[SMALL])
    else:
        k = np.interp(q, b.peak_q, b.peak_k)
    return q * (k + b.p[LEAK])


@njit(cache=True)
def _speed(flow_m3_s, d, slope, n):
    """Velocity of a flow in a part-full pipe."""
    low, high = 1e-6, 2 * np.arccos(1 - 2 * 0.938)
    for _ in range(60):
        t = (low + high) / 2
        if d * d / 8 * (t - np.sin(t)) * (d / 4 * (1 - np.sin(t) / t)) ** (2 / 3) * slope**0.5 / n < flow_m3_s:
            low = t
        else:
            high = t
    return flow_m3_s / (d * d / 8 * (low - np.sin(low)))


@njit(cache=True)
def _plant(flow, beside, b):
    design = max(b.p[LEAST], b.p[MORE] * flow)
    asked = b.step_grade[1 if beside else 0, np.searchsorted(b.step_m3_d, design, side="right") - 1]
    best = np.inf
    for k in range(b.works.shape[0]):
        w, land = b.works[k], b.land[k]
        if w[0] <= asked and land[2] <= design <= land[3]:
            works = w[1] + w[2] * design ** w[3] + b.p[LAND] * (land[0] + land[1] * design)
            best = min(best, works * b.p[M] + b.p[ANNUITY] * (w[4] + 365 * w[5] * flow + w[6] * works))
    return best


@njit(cache=True)
def own_price(g, homes, nxt, arc, lift, slot, pumped, b):
    """Present value of a plan; inf where somebody's flow ends where nothing may stand, or in a circle."""
    n, p = g.ground_m.shape[0], b.p
    now, far, need, count = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    arriving, main = np.zeros(n, np.int64), np.full(n, -1)  # things that arrive; the lift whose main arrives
    total = 0.0
    for h in range(slot.shape[0]):
        s = slot[h]
        if s < 0:
            total += homes.own[h]
            continue
        v = homes.node[h, s]
        total += homes.lateral[h, s] + (homes.pump if pumped[h] else 0.0)
        now[v] += homes.flow_m3_d[h]
        far[v] += homes.far_m3_d[h]
        need[v] = max(need[v], p[START] if pumped[h] else homes.need_m[h, s])
        count[v] += 1
        arriving[v] += 1
    open_ = np.zeros(n, np.int64)
    for v in range(n):
        if nxt[v] >= 0:
            open_[nxt[v]] += 1
    done = np.zeros(n, np.bool_)
    lost, head = np.zeros(n), np.zeros(n)
    sewer = p[M] + p[ANNUITY] * p[UPKEEP]
    for _ in range(n):
        v = -1
        for x in range(n):
            if not done[x] and open_[x] == 0:
                v = x
                break
        if v < 0:
            return np.inf
        done[v] = True
        to = nxt[v]
        if to >= 0:
            open_[to] -= 1
        if count[v] == 0:
            continue
        q = _peak(far[v], b)
        if to < 0:
            joined = g.join_fixed[v] + g.join_per_m3_d * now[v] if g.join[v] >= 0 else np.inf
            stands = np.inf
            if g.site[v] > 0:
                stands = _plant(now[v], g.site[v] == 2 or g.site[v] == 4, b)
                if g.site[v] > 2 and now[v] <= g.stay_capacity_m3_d[v]:
                    stands = min(stands, g.stay_fixed[v] + g.stay_per_m3_d * now[v])
            total += min(joined, stands)
            if need[v] > g.end_depth_m[v] + 1e-9:
                works = p[LIFT] + p[LIFT_Q] * q
                rise = need[v] - g.end_depth_m[v] + p[LOCAL]
                total += works * p[M] + p[ANNUITY] * (p[LIFT_RUN] + p[LIFT_UP] * works + p[ENERGY] * far[v] * rise)
            continue
        e = arc[v]
        long, rise = g.length_m[e], g.ground_m[to] - g.ground_m[v]
        passes = main[v] >= 0 and arriving[v] == 1 and rise >= 0 and not lift[v]
        gravity = not passes and not lift[v]
        if gravity:
            k = 0
            while k < b.dn_m.size - 1 and q > b.capacity_l_s[k] * (1 + 1e-9):
                k += 1
            d = b.dn_m[k]
            shallow = p[COVER] + d
            up = max(shallow, need[v])
            slope = (shallow - up - rise) / long
            if slope > b.slope[k] and q > 0 and _speed(q / 1000, d, slope, p[N]) > p[SPEED]:
                low, high = 0.0, slope
                for _ in range(60):
                    middle = (low + high) / 2
                    if _speed(q / 1000, d, middle, p[N]) > p[SPEED]:
                        high = middle
                    else:
                        low = middle
                up = min(p[DEPTH], shallow - rise - low * long)
            down = max(shallow, up + rise + b.slope[k] * long)
            if max(up, down) > p[DEPTH] + 1e-9:
                gravity = False
            else:
                w = d + p[SIDE]
                a = b.pipe[k] + w * p[BED] * p[BASE] + b.surface[g.trench[e]] * (w + p[MARGIN])
                bb, c = w * (p[BASE] + p[BED] * p[DEEP]), w * p[DEEP]
                works = long * (a + bb * (up + down) / 2 + c * (up * up + up * down + down * down) / 3)
                total += sewer * (works + b.crossing[g.crossing[e]] + p[HOLE] + p[HOLE_M] * up)
                need[to] = max(need[to], down)
        if not gravity:
            k = 0
            while k < b.pressure_m.size - 1 and q / 1000 / (np.pi * b.pressure_m[k] ** 2 / 4) > p[PSPEED]:
                k += 1
            d = b.pressure_m[k]
            w, y = d + p[SIDE], p[PDEPTH]
            a = b.pressure_pipe[k] + w * p[BED] * p[BASE] + b.surface[g.trench[e]] * (w + p[MARGIN])
            per_m = a + w * (p[BASE] + p[BED] * p[DEEP]) * y + w * p[DEEP] * y * y
            total += sewer * (long * per_m + b.crossing[g.crossing[e]])
            friction = long * (p[N] * q / 1000 / (np.pi * d * d / 4 * (d / 4) ** (2 / 3))) ** 2
            s = main[v] if passes else v
            if not passes:
                works = p[LIFT] + p[LIFT_Q] * q
                total += works * p[M] + p[ANNUITY] * (p[LIFT_RUN] + p[LIFT_UP] * works)
            lost[s] += friction
            before = head[s]
            head[s] = max(0.0, g.ground_m[to] - y - (g.ground_m[s] - need[s])) + lost[s] + p[LOCAL]
            total += p[ANNUITY] * p[ENERGY] * far[v] * (head[s] - before)
            need[to] = max(need[to], y)
            main[to] = s
        arriving[to] += 1
        count[to] += count[v]
        now[to] += now[v]
        far[to] += far[v]
    return total


@njit(cache=True)
def cheapest(g, homes, b, best):
    """The least present value over every plan, given that one of ``best`` exists; how many plans were priced; and the
    cheapest one found (next node, lift, slot, pumped), empty where nothing is cheaper than ``best``.

    Plans that cost ``best`` already by their houses, ends and lifts alone are not priced.
    """
    n, m, slots = g.ground_m.shape[0], homes.own.shape[0], homes.node.shape[1]
    nxt, arc = np.full(n, -1), np.full(n, -1)
    lift, slot, pumped = np.zeros(n, np.bool_), np.full(m, -1), np.zeros(m, np.bool_)
    digit, ways = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for v in range(n):
        ways[v] = 1 + g.indptr[v + 1] - g.indptr[v]
    # What an end costs at the least, whatever flows there.
    end = np.full(n, np.inf)
    for v in range(n):
        if g.join[v] >= 0:
            end[v] = g.join_fixed[v]
        if g.site[v] > 0:
            end[v] = min(end[v], _plant(0.0, False, b), g.stay_fixed[v])
    one_lift = b.p[LIFT] * b.p[M] + b.p[ANNUITY] * (b.p[LIFT_RUN] + b.p[LIFT_UP] * b.p[LIFT])
    choice, used = np.zeros(m, np.int64), np.zeros(n, np.bool_)
    mark, tried = np.zeros(n, np.bool_), 0
    kept = (nxt.copy(), lift.copy(), slot.copy(), pumped.copy())
    while True:
        for v in range(n):
            i = g.indptr[v] + digit[v] - 1
            nxt[v] = -1 if digit[v] == 0 else g.neighbour[i]
            arc[v] = -1 if digit[v] == 0 else g.arc[i]
        # Houses one by one, in the order of a counter; a house's cost alone may already be too much.
        choice[:] = 0
        while True:
            ok, spent, stop = True, 0.0, m - 1
            used[:] = False
            for h in range(m):
                c = choice[h]
                if c == 0:
                    slot[h], pumped[h] = -1, False
                    spent += homes.own[h]
                else:
                    slot[h], pumped[h] = (c - 1) // 2, (c - 1) % 2 == 1
                    v = homes.node[h, slot[h]]
                    if v < 0 or (pumped[h] and homes.need_m[h, slot[h]] <= b.p[START]):
                        ok, stop = False, h  # no such lateral, or a pump that gains nothing
                        break
                    spent += homes.lateral[h, slot[h]] + (homes.pump if pumped[h] else 0.0)
                    steps = 0
                    while not used[v]:
                        used[v] = True
                        steps += 1
                        if nxt[v] < 0:
                            spent += end[v]
                            break
                        v = nxt[v]
                if spent >= best:
                    ok, stop = False, h
                    break
            if ok:
                for v in range(n):  # a direction at an unused node says nothing: only the first is tried
                    if not used[v] and digit[v] > 0:
                        ok = False
                        break
            if ok:
                flows = 0
                for v in range(n):
                    mark[v] = used[v] and nxt[v] >= 0
                    flows += mark[v]
                for bits in range(1 << flows):
                    lifts, k = 0, 0
                    for v in range(n):
                        lift[v] = False
                        if mark[v]:
                            lift[v] = (bits >> k) & 1 == 1
                            lifts += lift[v]
                            k += 1
                    if spent + lifts * one_lift >= best:
                        continue
                    tried += 1
                    cost = own_price(g, homes, nxt, arc, lift, slot, pumped, b)
                    if cost < best:
                        best = cost
                        kept = (nxt.copy(), lift.copy(), slot.copy(), pumped.copy())
            h = stop  # what the houses up to here cost is too much, whatever the later ones do
            choice[h + 1 :] = 0
            while h >= 0:
                choice[h] += 1
                if choice[h] <= 2 * slots:
                    break
                choice[h] = 0
                h -= 1
            if h < 0:
                break
        v = n - 1
        while v >= 0:
            digit[v] += 1
            if digit[v] < ways[v]:
                break
            digit[v] = 0
            v -= 1
        if v < 0:
            return best, tried, kept


def small_case(seed):
    """A random hamlet of 2 to 7 houses on 3 to 5 nodes with at most two places for a plant, perhaps a main or an old plant.

    Every other one is free; of the rest the houses must be sewered (units off or ``--mode sewer``).
    Returns ground, homes, kit, plants and what kind of case it is.
    """
    rng = np.random.default_rng([seed, 77])
    houses, nodes = int(rng.integers(2, 8)), int(rng.integers(3, 6))
    free, main, old = seed % 2 == 0, bool(rng.random() < 0.5), bool(rng.random() < 0.2)
    scale = float(rng.choice([1.0, 5.0, 60.0], p=[0.6, 0.25, 0.15]))
    g, homes, kit, plants = random_hamlet(seed, nodes=nodes, houses=houses, scale=scale, units=free, old=old)
    site, join = np.zeros(nodes, dtype=np.int64), np.full(nodes, -1)
    at = rng.permutation(nodes)
    site[at[: int(rng.integers(0 if main else 1, 3))]] = 3 if old else 1
    if main:
        join[at[-1]] = 0
    stay = np.where(site == 3, rng.uniform(40_000, 250_000, nodes), np.inf)
    room = np.where(site == 3, scale * rng.uniform(0.2, 2.5, nodes), 0.0)
    g = g._replace(site=site, join=join, stay_fixed=stay, stay_capacity_m3_d=room)
    words = f"{'free' if free else 'sewer'}{', main' if main else ''}{', old plant' if old else ''}, {houses} houses, {nodes} nodes, flows x {scale:g}"
    return g, homes, kit, plants, words
