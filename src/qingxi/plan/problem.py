"""The problem as arrays: graph, ends, houses, prices."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault
from qingxi.plan.ends import JoinPoints, NodeEnds, join_points, linked_streets, node_ends, site_reasons
from qingxi.plan.house_ways import house_ways
from qingxi.plan.input import PlanInput
from qingxi.plan.land import LateralRule
from qingxi.plan.layout import Ground, Homes
from qingxi.plan.net_faults import net_faults
from qingxi.plan.own_limits import groundwater_at, slope_at
from qingxi.plan.pricing import end_money, home_money, own_choice
from qingxi.plan.serve import OwnService, hamlets_of, own_service
from qingxi.plan.shortcuts import with_shortcuts
from qingxi.plan.sites import with_site_ways
from qingxi.plan.stay import NodeStays, node_stays, stay_points
from qingxi.plan.yards import with_yards
from qingxi.sewer import SewerKit, annuity_of, sewer_kit, trench_class
from qingxi.standard import Table, discharge_frame, load_table
from qingxi.terrain import Surrounds, TrenchGraph, build_graph, connect_houses, node_streets
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
    # What each house may do by itself asks nothing of the streets, and both leave the interpreter to others.
    with ThreadPoolExecutor(1) as beside:
        served = beside.submit(
            own_service, given, houses, hamlets, hamlet, norms, processes, kit.works_pv, annuity_of(prices)
        )
        return _assembled(given, norms, prices, processes, kit, steps, points, hamlets, hamlet, served.result)


def _assembled(
    given: PlanInput, norms: Table, prices: Table, processes: Table, kit: SewerKit, steps: GradeSteps,
    points: JoinPoints, hamlets: Hamlets, hamlet: npt.NDArray[np.int64], served: Callable[[], OwnService],
) -> Problem:  # fmt: skip
    houses, streets, elevation = given.households, given.streets, given.elevation
    assert houses is not None
    assert streets is not None
    assert elevation is not None
    linked, reached = linked_streets(streets, points.x_m, points.y_m)
    stay = stay_points(given)
    if given.mode == "free" or points.x_m.size == 0:
        linked, _ = linked_streets(linked, stay.x_m, stay.y_m)
        linked = with_site_ways(given, linked, hamlet, norms)
    noded = node_streets(linked, norms["graph.gap"], len(streets))
    by = Surrounds(
        elevation, min(norms["graph.spacing"], norms["manhole.spacing"]), norms["graph.bend"], given.waters,
        given.protected, given.subsoil, norms["ground.wet_depth"],
    )  # fmt: skip
    graph = with_shortcuts(given, build_graph(noded, by), norms, by)
    rule = LateralRule(given, graph, houses.x_m, houses.y_m)
    at_street = connect_houses(graph, houses.x_m, houses.y_m, norms["lateral.reach"], None, rule)
    graph, yards = with_yards(given, graph, *at_street, kit, norms, by)
    rule = LateralRule(given, graph, houses.x_m, houses.y_m)
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
    faults = net_faults(given, noded, graph, len(linked) - len(streets), points, reached)
    can_end = (ends.site > 0) | (ends.join >= 0)
    drained = np.zeros(int(graph.piece.max()) + 1 if graph.nodes else 0, dtype=bool)
    drained[graph.piece[can_end]] = True
    usable = drained[graph.piece]
    own = served()
    kit = kit._replace(growth=own.most_growth)
    ground_h = elevation.at(houses.x_m, houses.y_m)
    ways = house_ways(houses.x_m, houses.y_m, graph, at_street, yards, usable, rule, norms)
    refused = ends.refused[np.maximum(at_street[0][:, 0], 0)] if graph.nodes else np.full(len(houses), -1)
    node, distance, why = ways.node, ways.run_m, ways.why
    for k, named in enumerate(site_reasons(given, norms)):
        why[ways.undrained & (refused == k)] += f"；最近的街巷上不能建站：{named}"
    outside = ~np.isfinite(ground_h)
    why[outside] = "房屋在高程数据范围之外"
    unreached = node[:, 0] < 0
    takes_part = ~unreached & ~outside
    free = given.mode == "free"
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
