"""Pipes, nodes, lifts of a layout as tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.land import LateralRule, approval_words
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.sewer import SewerKit, fill_of, friction_slope, peak_flow_l_s, velocity_at
from qingxi.terrain import CROSSINGS, LANDS, Digging, Surface

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
GRAVITY, LIFTED, PASSED, ENDING = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Works:
    """Node, pipe and lift tables with what the systems are summed from.

    ``end_of_node`` is the street node where each street node's flow ends; ``node_id`` the exported id of street nodes (0: not
    used) and ``house_node_id`` that of members' houses.
    """

    nodes: dict[str, npt.NDArray[Any]]
    pipes: dict[str, npt.NDArray[Any]]
    lifts: dict[str, npt.NDArray[Any]]
    pipe_coords_m: Floats
    pipe_offsets: Ints
    end_of_node: Ints
    node_id: Ints
    system_of_end: dict[int, int]


@njit(cache=True)
def _peaks(flow: Floats, kit: SewerKit) -> Floats:
    out = np.empty(flow.shape[0])
    for i in range(flow.shape[0]):
        out[i] = peak_flow_l_s(flow[i], kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    return out


@njit(cache=True)
def _running(peak_l_s: Floats, dn_mm: Floats, slope: Floats, manning: float) -> tuple[Floats, Floats]:
    fill, velocity = np.empty(peak_l_s.shape[0]), np.empty(peak_l_s.shape[0])
    for i in range(peak_l_s.shape[0]):
        fill[i] = fill_of(peak_l_s[i] / 1000, dn_mm[i] / 1000, slope[i], manning)
        velocity[i] = velocity_at(peak_l_s[i] / 1000, dn_mm[i] / 1000, slope[i], manning)
    return fill, velocity


def peaks(flow_m3_d: Floats, kit: SewerKit) -> Floats:
    """Peak flow in L/s of each mean flow."""
    return np.asarray(_peaks(np.ascontiguousarray(flow_m3_d, dtype=np.float64), kit))


def ends_of(next_node: Ints) -> Ints:
    """The last node of each node's way."""
    end = np.where(next_node >= 0, next_node, np.arange(next_node.size))
    while True:
        further = end[end]
        if np.array_equal(further, end):
            return end
        end = further


def works_of(problem: Problem, chosen: Candidate) -> Works:
    """Nodes, pipes and lifts of the chosen layout, street pipes first, then laterals; all levels given."""
    p, kit, d, layout = problem, problem.kit, chosen.design, chosen.layout
    g = p.graph
    used = np.flatnonzero(d.way > 0)
    end_of_node = ends_of(layout.next_node)
    ends = np.flatnonzero(d.way == ENDING)
    system_of_end = {int(v): i + 1 for i, v in enumerate(ends)}
    system = np.zeros(g.nodes, dtype=np.int64)
    system[ends] = np.arange(1, ends.size + 1)
    system = system[end_of_node]
    node_id = np.zeros(g.nodes, dtype=np.int64)
    node_id[used] = np.arange(1, used.size + 1)

    # Houses that are tied in.
    tied = np.flatnonzero(layout.slot >= 0)
    slot = layout.slot[tied]
    at = p.homes.node[tied, slot]
    house = p.member[tied]
    run = p.lateral_m[tied, slot]
    pumped = layout.pumped[tied]
    z_house = p.house_ground_m[house]
    start = kit.lateral_start_m
    lateral_up = z_house - start
    lateral_down = np.where(
        pumped, g.ground_m[at] - start, np.minimum(g.ground_m[at] - start, lateral_up - kit.lateral_slope * run)
    )
    house_id = used.size + 1 + np.arange(tied.size)

    # Street pipes.
    piped = used[d.way[used] != ENDING]
    to, arc = layout.next_node[piped], layout.next_arc[piped]
    way, dn_index = d.way[piped], d.dn[piped]
    gravity = way == GRAVITY
    length = g.length_m[arc]
    trench = p.ground.trench[arc]
    up = g.ground_m[piped] - d.depth_m[piped]
    down = g.ground_m[to] - d.arrive_m[piped]
    d1, d2 = d.depth_m[piped], d.arrive_m[piped]
    cross = kit.crossing[g.crossing[arc]]
    gi = np.minimum(dn_index, kit.dn_mm.size - 1)
    pi = np.minimum(dn_index, kit.pressure_dn_mm.size - 1)
    per_gravity = kit.trench_a[gi, trench] + kit.trench_b[gi, trench] * (d1 + d2) / 2
    per_gravity = per_gravity + kit.trench_c[gi, trench] * (d1 * d1 + d1 * d2 + d2 * d2) / 3
    works = length * np.where(gravity, per_gravity, kit.pressure_per_m[pi, trench]) + cross
    width = np.where(gravity, kit.trench_width_m[gi], kit.pressure_width_m[pi])
    excavation = length * width * ((d1 + d2) / 2 + kit.bedding_m)
    dn = np.where(gravity, kit.dn_mm[gi], kit.pressure_dn_mm[pi])
    slope = (up - down) / length
    peak = peaks(d.flow_m3_d[piped], kit)
    fill, velocity = _running(peak, dn, np.maximum(slope, 1e-9), kit.manning)
    area = np.pi * (dn / 1000) ** 2 / 4
    fill = np.where(gravity, fill, 1.0)
    velocity = np.where(gravity, velocity, peak / 1000 / area)

    flow_house = p.homes.far_m3_d[tied]
    peak_house = peaks(flow_house, kit)
    lateral_slope = (lateral_up - lateral_down) / np.maximum(run, 1e-9)
    fill_house, velocity_house = _running(
        peak_house, np.full(tied.size, kit.lateral_dn_mm), np.maximum(lateral_slope, 1e-9), kit.manning
    )
    lateral_works = kit.lateral_fixed + kit.lateral_per_m * run

    lateral_bits = LateralRule(p.given, g, p.houses.x_m, p.houses.y_m).approvals(house, at)
    surface_names = np.array([s.name.lower() for s in Surface], dtype=object)
    ground_names = np.array([s.name.lower() for s in Digging], dtype=object)
    n_street, n_house = piped.size, tied.size
    none = np.full(n_house, "none", dtype=object)
    pipes: dict[str, npt.NDArray[Any]] = {
        "pipe_id": np.arange(1, n_street + n_house + 1),
        "system_id": np.concatenate([system[piped], system[at]]),
        "from_node": np.concatenate([node_id[piped], house_id]),
        "to_node": np.concatenate([node_id[to], node_id[at]]),
        "kind": np.concatenate(
            [np.where(gravity, "gravity", "pressure").astype(object), np.full(n_house, "lateral", dtype=object)]
        ),
        "length_m": np.concatenate([length, run]),
        "dn_mm": np.concatenate([dn, np.full(n_house, kit.lateral_dn_mm)]).astype(np.int64),
        "invert_up_m": np.concatenate([up, lateral_up]),
        "invert_down_m": np.concatenate([down, lateral_down]),
        "slope": np.concatenate([slope, lateral_slope]),
        "households_up": np.concatenate([d.houses[piped], np.ones(n_house, dtype=np.int64)]),
        "mean_flow_m3_d": np.concatenate([d.flow_m3_d[piped], flow_house]),
        "peak_flow_l_s": np.concatenate([peak, peak_house]),
        "fill": np.concatenate([fill, np.where(pumped, 1.0, fill_house)]),
        "velocity_m_s": np.concatenate([velocity, np.where(pumped, 0.0, velocity_house)]),
        "surface": np.concatenate([surface_names[g.surface[arc]], np.full(n_house, "earth", dtype=object)]),
        "ground": np.concatenate([ground_names[g.digging[arc]], np.full(n_house, "soil", dtype=object)]),
        "land": np.concatenate([np.array(LANDS, dtype=object)[g.land[arc]], none]),
        "approval": approval_words(np.concatenate([g.approval[arc], lateral_bits])),
        "crossing": np.concatenate([np.array(CROSSINGS, dtype=object)[g.crossing[arc]], none]),
        "excavation_m3": np.concatenate([excavation, np.zeros(n_house)]),
        "works_yuan": np.concatenate([works, lateral_works]),
    }
    coords, offsets = _courses(problem, arc, piped, house, at)

    # Nodes.
    kind = np.full(used.size, "manhole", dtype=object)
    kind[d.way[used] == LIFTED] = "lift"
    kind[d.way[used] == PASSED] = "pass"
    at_end = d.way[used] == ENDING
    kind[at_end] = np.where(chosen.joins[used[at_end]], "join", "plant")
    depth = np.where(at_end, d.inlet_m[used], d.depth_m[used])
    node_works = np.where(kind == "manhole", kit.manhole_base + kit.manhole_per_depth * depth, 0.0)
    joined = kind == "join"
    prices = p.prices
    node_works[joined] = prices["town.join"] + prices["town.capacity"] * d.people_m3_d[used[joined]]
    nodes: dict[str, npt.NDArray[Any]] = {
        "node_id": np.concatenate([node_id[used], house_id]),
        "system_id": np.concatenate([system[used], system[at]]),
        "kind": np.concatenate([kind, np.full(n_house, "house", dtype=object)]),
        "ground_m": np.concatenate([g.ground_m[used], z_house]),
        "invert_m": np.concatenate([g.ground_m[used] - depth, lateral_up]),
        "depth_m": np.concatenate([depth, np.full(n_house, start)]),
        "works_yuan": np.concatenate([node_works, np.zeros(n_house)]),
        "x_m": np.concatenate([g.x_m[used], p.houses.x_m[house]]),
        "y_m": np.concatenate([g.y_m[used], p.houses.y_m[house]]),
    }

    # Lifts: in the street, at an end that lies higher, at houses.
    raised = np.flatnonzero((d.way == LIFTED) | ((d.way == ENDING) & (d.head_m > 0)))
    lift_peak = peaks(d.flow_m3_d[raised], kit)
    lift_works = kit.lift_base + kit.lift_per_l_s * lift_peak
    energy = kit.energy_yuan * d.flow_m3_d[raised] * d.head_m[raised]
    pumping = np.flatnonzero(pumped)
    head_house = np.maximum(0.0, g.ground_m[at[pumping]] - z_house[pumping]) + kit.local_head_m
    m = pumping.size
    lifts: dict[str, npt.NDArray[Any]] = {
        "node_id": np.concatenate([node_id[raised], house_id[pumping]]),
        "system_id": np.concatenate([system[raised], system[at[pumping]]]),
        "peak_flow_l_s": np.concatenate([lift_peak, peak_house[pumping]]),
        "head_m": np.concatenate([d.head_m[raised], head_house]),
        "works_yuan": np.concatenate([lift_works, np.full(m, kit.house_pump_works)]),
        "running_yuan_y": np.concatenate(
            [kit.lift_running + kit.lift_upkeep * lift_works + energy, np.full(m, kit.house_pump_running)]
        ),
        "x_m": np.concatenate([g.x_m[raised], p.houses.x_m[house[pumping]]]),
        "y_m": np.concatenate([g.y_m[raised], p.houses.y_m[house[pumping]]]),
    }
    return Works(nodes, pipes, lifts, coords, offsets, end_of_node, node_id, system_of_end)


def _courses(problem: Problem, arc: Ints, start: Ints, house: Ints, at: Ints) -> tuple[Floats, Ints]:
    """Geometry of street pipes in the direction of flow, then of laterals."""
    g = problem.graph
    first, count = g.offsets[arc], g.offsets[arc + 1] - g.offsets[arc]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    step = np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
    backwards = np.repeat(g.tail[arc] != start, count)
    index = np.repeat(first, count) + np.where(backwards, np.repeat(count, count) - 1 - step, step)
    street = g.coords_m[index]
    laterals = np.empty((2 * house.size, 2))
    laterals[0::2, 0], laterals[0::2, 1] = problem.houses.x_m[house], problem.houses.y_m[house]
    laterals[1::2, 0], laterals[1::2, 1] = g.x_m[at], g.y_m[at]
    more = offsets[-1] + 2 * np.arange(1, house.size + 1)
    return np.concatenate([street, laterals]), np.concatenate([offsets, more]).astype(np.int64)


__all__ = ["Works", "ends_of", "friction_slope", "peaks", "works_of"]
