"""The problem as arrays: graph, ends, houses, prices."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault, Severity
from qingxi.plan.ends import JoinPoints, NodeEnds, join_points, linked_streets, node_ends, site_reasons
from qingxi.plan.input import PlanInput
from qingxi.plan.land import LateralRule
from qingxi.plan.layout import Ground, Homes
from qingxi.plan.own_limits import groundwater_at, slope_at
from qingxi.plan.pricing import end_money, home_money, own_choice
from qingxi.plan.serve import OwnService, hamlets_of, own_service
from qingxi.plan.sites import with_site_ways
from qingxi.plan.stay import NodeStays, node_stays, stay_points
from qingxi.sewer import SewerKit, annuity_of, sewer_kit, trench_class
from qingxi.standard import Table, Works, discharge_frame, land_rules, load_table
from qingxi.terrain import TrenchGraph, build_graph, connect_houses, node_streets
from qingxi.treatment import GradeSteps, Place, PlantKit, grade_steps, plant_kit
from qingxi.village import Hamlets, Households

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything the search needs.

    ``member`` are the households that take part in the choice, in the order of ``homes``; the others are served by
    themselves or unserved, with a reason in ``unserved_why`` (sewer mode).
    """

    given: PlanInput
    norms: Table
    prices: Table
    processes: Table
    kit: SewerKit
    plants: PlantKit
    graph: TrenchGraph
    ground: Ground
    homes: Homes
    member: npt.NDArray[np.int64]
    lateral_m: Floats  # [members, slots]
    houses: Households
    house_ground_m: Floats
    hamlets: Hamlets
    own: OwnService
    own_mode: npt.NDArray[np.object_]  # per household: cheapest way by itself, "unserved" where none
    points: JoinPoints
    ends: NodeEnds
    stays: NodeStays
    steps: GradeSteps
    place: Place
    unserved_why: npt.NDArray[np.object_]
    faults: tuple[Fault, ...]


def _warning(layer: str, value: str, rule: str, remedy: str, code: str) -> Fault:
    return Fault(layer, None, "", value, rule, remedy, code, Severity.WARNING)


def steps_of(given: PlanInput) -> GradeSteps:
    """The grades asked by scale, by the county's standard and the functions of its waters."""
    functions = () if given.waters is None else [str(f) for f in given.waters.function_class]
    return grade_steps(discharge_frame(given.facts.discharge, given.facts.key_area), functions)


def place_of(given: PlanInput, x_m: Floats, y_m: Floats) -> Place:
    """The worst over the places that may carry a plant, so that a process that is let in does at each of them."""
    slope: float | None = None
    depth = groundwater_at(given, x_m, y_m)
    if given.elevation is not None and x_m.size:
        found = slope_at(given.elevation, x_m, y_m)
        slope = float(found.max()) if np.isfinite(found).all() else None
    known = x_m.size > 0 and bool(np.isfinite(depth).all())
    return Place(float(depth.min()) if known else None, given.facts.coldest_c, slope)


def build_problem(given: PlanInput) -> Problem:
    """Assemble the problem of levels L1 and L2.

    Raises
    ------
    ValueError
        When households, streets or elevation are missing.
    """
    houses, streets, elevation = given.households, given.streets, given.elevation
    if houses is None or streets is None or elevation is None:
        raise ValueError(f"level {given.level} needs households, streets and elevation")
    norms, prices, processes = (load_table(t) for t in (given.norms, given.prices, given.processes))
    kit = sewer_kit(norms, prices)
    steps = steps_of(given)
    points = join_points(given)
    hamlets, hamlet = hamlets_of(given, houses)
    linked, reached = linked_streets(streets, points.x_m, points.y_m)
    stay = stay_points(given)
    if given.mode == "free" or points.x_m.size == 0:
        linked, _ = linked_streets(linked, stay.x_m, stay.y_m)
        linked = with_site_ways(given, linked, hamlet, norms)
    noded = node_streets(linked, norms["graph.gap"])
    graph = build_graph(
        noded, elevation, spacing_m=min(norms["graph.spacing"], norms["manhole.spacing"]), bend_m=norms["graph.bend"],
        waters=given.waters, protected=given.protected, subsoil=given.subsoil, wet_depth_m=norms["ground.wet_depth"],
    )  # fmt: skip
    ends = node_ends(given, graph, points, reached, norms)
    annuity = annuity_of(prices)
    if given.mode == "sewer" and bool((ends.join >= 0).any()):
        stay = stay._replace(row=stay.row[:0])
    stays, site = node_stays(
        given, stay, graph.x_m, graph.y_m, ends.site, prices, kit.works_pv, annuity, norms["graph.spacing"], steps
    )
    ends = replace(ends, site=site)
    place = place_of(given, graph.x_m[site > 0], graph.y_m[site > 0])
    plants = plant_kit(processes, norms, prices, kit.works_pv, annuity, steps, place)
    faults: list[Fault] = []
    if len(noded.bridges_m):
        where = "、".join(f"({x:.0f},{y:.0f}) 缺 {gap:.2f} m" for x, y, gap in noded.bridges_m[:5])
        faults.append(
            _warning(
                "streets",
                f"{len(noded.bridges_m)} 处：{where}",
                "街巷线在路口断开，已按短缺口连接",
                "在图上把线接上",
                "streets-gap",
            )
        )
    # Ways to joining points are ours and meet streets between their vertices.
    crossings = noded.crossings - (len(linked) - len(streets))
    if crossings > 0:
        faults.append(
            _warning(
                "streets",
                f"{crossings} 处",
                "街巷相交处没有公共节点，已按相通处理",
                "确认是否立交；不相通的分层给出",
                "streets-crossing",
            )
        )
    for area, metres in graph.refused_m.items():
        rule = land_rules().get((area, Works.STREET)) or land_rules()[area, Works.OFFSTREET]
        faults.append(
            _warning(
                "streets",
                f"{metres:.0f} m",
                f"{rule.words}内不许开沟，未用作管线走廊",
                "核对保护区边界",
                "streets-forbidden",
            )
        )
    if graph.dropped_m - sum(graph.refused_m.values()) > 0.5:
        faults.append(
            _warning(
                "streets",
                f"{graph.dropped_m - sum(graph.refused_m.values()):.0f} m",
                "街巷在高程范围之外，未用作管线走廊",
                "补充高程数据",
                "streets-dropped",
            )
        )
    pieces = int(graph.piece.max()) + 1 if graph.nodes else 0
    if pieces > 1:
        sizes = np.bincount(graph.piece)
        faults.append(
            _warning(
                "streets",
                f"{pieces} 片",
                f"街巷不连通：最大一片 {sizes[0]} 个节点，其余 {int(sizes[1:].sum())} 个",
                "核对断开的街巷",
                "streets-pieces",
            )
        )
    for i in np.flatnonzero(~reached):
        faults.append(
            _warning("outlets", f"({points.x_m[i]:.0f},{points.y_m[i]:.0f}) {points.name[points.group[i]]}",
                     "接入点 300 m 内没有街巷", "核对坐标或补充街巷", "join-unreached")
        )  # fmt: skip

    can_end = (ends.site > 0) | (ends.join >= 0)
    drained = np.zeros(pieces, dtype=bool)
    if graph.nodes:
        drained[graph.piece[can_end]] = True
        usable = drained[graph.piece]
    else:
        usable = np.zeros(0, dtype=bool)
    own = own_service(given, houses, hamlets, hamlet, norms, processes, kit.works_pv, annuity)
    kit = kit._replace(growth=own.most_growth)
    ground_h = elevation.at(houses.x_m, houses.y_m)
    lateral_rule = LateralRule(given, graph, houses.x_m, houses.y_m)
    node, distance = connect_houses(graph, houses.x_m, houses.y_m, norms["lateral.reach"], usable, lateral_rule)
    free = given.mode == "free"
    why = np.full(len(houses), "", dtype=object)
    outside = ~np.isfinite(ground_h)
    unreached = node[:, 0] < 0
    why[unreached] = f"{norms['lateral.reach']:.0f} m 内没有可排水的街巷"
    if graph.nodes and not usable.all() and unreached.any():
        any_node, _ = connect_houses(graph, houses.x_m, houses.y_m, norms["lateral.reach"])
        lost = unreached & (any_node[:, 0] >= 0)
        why[lost] = "所在的街巷片没有排放口或接入点，也不与有排放口的街巷相通"
        refused = np.where(lost, ends.refused[np.maximum(any_node[:, 0], 0)], -1)
        for k, named in enumerate(site_reasons(given, norms)):
            why[refused == k] += f"；最近的街巷上不能建站：{named}"
    near, _ = connect_houses(graph, houses.x_m[unreached], houses.y_m[unreached], norms["lateral.reach"], usable)
    why[np.flatnonzero(unreached)[near[:, 0] >= 0]] = "到街巷的接户管都要穿过水体或不许开沟的保护区（land_rules）"
    why[outside] = "房屋在高程数据范围之外"
    takes_part = ~unreached & ~outside
    if free:
        takes_part &= ~own.relocating
    member = np.flatnonzero(takes_part)

    choice = own_choice(own, free)
    if free and given.household_units:
        # Whoever may not be served by himself and is not sewered either is told both reasons.
        stuck = ~np.isfinite(choice.pv)
        first = np.where(why == "", "允许的埋深和提升下排不出去", why) + "；散分户："
        why = np.where(stuck, first + own.limits.why["unit"], "").astype(object)
    node_m = node[member]
    safe = np.maximum(node_m, 0)
    run = np.where(node_m >= 0, distance[member], 0.0)
    z_node = graph.ground_m[safe] if graph.nodes else np.zeros_like(run)
    need = z_node - ground_h[member, None] + kit.lateral_start_m + kit.lateral_slope * run
    need = np.maximum(need, kit.lateral_start_m)
    homes = Homes(
        flow_m3_d=own.flow_m3_d[member], node=node_m, need_m=need, far_m3_d=own.far_m3_d[member],
        **home_money(kit, node_m, run, choice.pv[member])._asdict(),
    )  # fmt: skip
    ground = Ground(
        ground_m=graph.ground_m, length_m=graph.length_m, trench=trench_class(graph.surface, graph.digging, graph.land), crossing=graph.crossing,
        tail=graph.tail, head=graph.head, indptr=graph.indptr, neighbour=graph.neighbour, arc=graph.arc,
        site=ends.site, join=ends.join, end_depth_m=ends.end_depth_m,
        capacity_m3_d=points.capacity_m3_d.astype(np.float64),
        site_most_m3_d=np.where(stays.plant >= 0, np.inf, ends.most_m3_d / norms["plant.margin"]),
        stay_fixed=stays.fixed, stay_capacity_m3_d=stays.capacity_m3_d,
        **end_money(kit, prices, graph.nodes)._asdict(),
    )  # fmt: skip
    return Problem(
        given, norms, prices, processes, kit, plants, graph, ground, homes, member, run, houses, ground_h, hamlets,
        own, choice.mode, points, ends, stays, steps, place, why, tuple(faults),
    )  # fmt: skip
