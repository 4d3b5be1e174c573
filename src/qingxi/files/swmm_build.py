"""Making the hydraulic model of each sewered system out of a plan (水力模型构建); what becomes what: ``swmm_model``."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.files.plan_layers import column, rows_of
from qingxi.files.swmm_model import SwmmLink, SwmmNode, SwmmSystem, WellRule
from qingxi.plan import PlanTables

NEGLIGIBLE_L_S = 1e-7


class LevelsWithheld(ValueError):
    """The plan gives no levels, so there is nothing to compute; the message says why, in Chinese."""


def sewered_systems(tables: PlanTables) -> npt.NDArray[np.int64]:
    """Ids of the systems that have a street pipe."""
    if not rows_of(tables.pipes):
        return np.zeros(0, dtype=np.int64)
    street = column("pipes", "kind", tables.pipes) != "lateral"
    return np.unique(column("pipes", "system_id", tables.pipes)[street])


def require_levels(tables: PlanTables, figures: Mapping[str, Any]) -> None:
    """Raise :class:`LevelsWithheld` unless every street pipe and node has its level."""
    if figures.get("public"):
        raise LevelsWithheld("公开版成果没有住户和标高，不能做水力模型；请用内部版")
    if not rows_of(tables.pipes):
        raise LevelsWithheld(f"这份成果（{figures.get('level', '')}）没有管段，不能做水力模型")
    street = column("pipes", "kind", tables.pipes) != "lateral"
    levels = column("pipes", "invert_up_m", tables.pipes)[street]
    if levels.size and not np.isfinite(levels).all():
        why = str(figures.get("level_reason") or "高程误差太大")
        raise LevelsWithheld(f"标高未给出（{figures.get('level', '')}：{why}），不能做水力模型；有实测高程后再导出")


def swmm_systems(tables: PlanTables, figures: Mapping[str, Any], wells: WellRule) -> Iterator[SwmmSystem]:
    """Every sewered system as a model, by id.

    Parameters
    ----------
    figures : mapping
        ``plan.json``; its ``parameters`` give the local head of lifts.
    wells : WellRule

    Raises
    ------
    LevelsWithheld
        When the plan gives no levels.
    """
    require_levels(tables, figures)
    norms = figures["parameters"]["tables"][str(figures["norms"])]
    build = _Builder(tables, float(norms["lift.local_head"]), wells)
    for system_id in sewered_systems(tables):
        yield build.system(int(system_id))


@dataclass(slots=True)
class _Flows:
    """By node, L/s: design peaks of its houses, what arrives by pipes, the reduction; the lowest arriving invert, m; the leaving pipe's row."""

    houses: dict[int, float] = field(default_factory=dict)
    arriving: dict[int, float] = field(default_factory=dict)
    reduction: dict[int, float] = field(default_factory=dict)
    lowest_m: dict[int, float] = field(default_factory=dict)
    leaving: dict[int, int] = field(default_factory=dict)


class _Builder:
    """The tables by column, and which rows belong to which system."""

    def __init__(self, tables: PlanTables, local_head_m: float, wells: WellRule) -> None:
        self.local_head_m, self.wells = local_head_m, wells
        self.node = {
            name: column("nodes", name, tables.nodes)
            for name in ("node_id", "system_id", "kind", "ground_m", "invert_m")
        }
        self.passes = set(self.node["node_id"][self.node["kind"] == "pass"].tolist())
        self.node |= {name: np.asarray(tables.nodes[name], dtype=float) for name in ("x_m", "y_m")}
        names = ("pipe_id", "system_id", "from_node", "to_node", "kind", "length_m", "dn_mm", "invert_up_m", "invert_down_m", "peak_flow_l_s", "velocity_m_s")  # fmt: skip
        self.pipe = {name: column("pipes", name, tables.pipes) for name in names}
        self.coords, self.offsets = tables.pipe_coords_m, tables.pipe_offsets
        self.node_rows = _rows_by(self.node["system_id"])
        self.pipe_rows = _rows_by(self.pipe["system_id"])
        lifts = tables.lifts if rows_of(tables.lifts) else {}
        ids, heads = column("lifts", "node_id", lifts), column("lifts", "head_m", lifts)
        self.head_of = dict(zip(ids.tolist(), heads.tolist(), strict=True))
        systems = column("systems", "system_id", tables.systems).tolist()
        self.name_of = dict(zip(systems, column("systems", "name", tables.systems).tolist(), strict=True))

    def system(self, system_id: int) -> SwmmSystem:
        out = SwmmSystem(system_id, str(self.name_of.get(system_id, "")))
        pipes = self.pipe_rows[system_id]
        kind = self.pipe["kind"][pipes]
        street, laterals = pipes[kind != "lateral"], pipes[kind == "lateral"]
        flows = self._flows(street, laterals)
        for row in self.node_rows[system_id].tolist():
            if self.node["kind"][row] not in ("house", "pass"):
                self._place(out, row, flows)
        for row in street.tolist():
            if self.pipe["kind"][row] == "gravity":
                out.links.append(self._gravity(row))
        return out

    def _flows(self, street: npt.NDArray[np.int64], laterals: npt.NDArray[np.int64]) -> _Flows:
        """What flows where when every gravity pipe carries its design peak."""
        p, flows = self.pipe, _Flows()
        for row in laterals.tolist():
            to = int(p["to_node"][row])
            flows.houses[to] = flows.houses.get(to, 0.0) + float(p["peak_flow_l_s"][row])
        waiting: dict[int, int] = {}
        leaving = flows.leaving
        for row in street.tolist():
            tail, head = int(p["from_node"][row]), int(p["to_node"][row])
            leaving[tail] = row
            waiting[head] = waiting.get(head, 0) + 1
            flows.lowest_m[head] = min(flows.lowest_m.get(head, math.inf), float(p["invert_down_m"][row]))
        ready = [node for node in leaving if node not in waiting]
        while ready:
            node = ready.pop()
            if node not in leaving:
                continue
            row = leaving[node]
            carried = flows.arriving.get(node, 0.0) + flows.houses.get(node, 0.0)
            if p["kind"][row] == "gravity":
                less = float(p["peak_flow_l_s"][row]) - carried
                if abs(less) > NEGLIGIBLE_L_S:
                    flows.reduction[node] = less
                    carried += less
            head = int(p["to_node"][row])
            flows.arriving[head] = flows.arriving.get(head, 0.0) + carried
            waiting[head] -= 1
            if waiting[head] == 0:
                ready.append(head)
        return flows

    def _place(self, out: SwmmSystem, row: int, flows: _Flows) -> None:
        """The node and, at a lift or an end, what stands beside it."""
        n = self.node
        node_id, kind = int(n["node_id"][row]), str(n["kind"][row])
        ground, invert = float(n["ground_m"][row]), float(n["invert_m"][row])
        x, y = float(n["x_m"][row]), float(n["y_m"][row])
        inflow = flows.houses.get(node_id, 0.0)
        carried = flows.arriving.get(node_id, 0.0) + inflow
        name, outfall = f"N{node_id}", f"O{out.system_id}"
        low = min(invert, flows.lowest_m.get(node_id, invert))
        working = self.wells.depth_m(carried)
        ending = kind in ("plant", "join")
        lifted = kind == "lift" or (ending and node_id in self.head_of)
        floor = low - self.wells.sump_m - working if lifted or ending else invert
        what = "well" if lifted else "end" if ending else "junction"
        less = flows.reduction.get(node_id, 0.0)
        out.nodes.append(SwmmNode(name, what, node_id, floor, ground, x, y, inflow, less))
        if ending:
            raised = max(0.0, self.head_of.get(node_id, 0.0) - self.local_head_m)
            out.nodes.append(SwmmNode(outfall, "outfall", node_id, low + raised, ground, x, y))
        if lifted:
            pipes, passed, end, course = self._main(node_id, flows) if kind == "lift" else ((), (), -1, ())
            out.links.append(
                SwmmLink(
                    f"PU{node_id}", "pump", pipes, name, outfall if ending else f"N{end}", carried,
                    working_depth_m=working, passed=passed, course_m=course,
                )
            )  # fmt: skip
        elif ending:
            out.links.append(SwmmLink(f"C{node_id}", "inlet", (), name, outfall, carried, working_depth_m=working))

    def _main(
        self, node_id: int, flows: _Flows
    ) -> tuple[tuple[int, ...], tuple[int, ...], int, tuple[tuple[float, float], ...]]:
        """Pipes of a lift's pressure main, the nodes it passes, the node it ends at, and its inner points."""
        p = self.pipe
        pipes: list[int] = []
        passed: list[int] = []
        course: list[list[float]] = []
        while True:
            row = flows.leaving[node_id]
            pipes.append(int(p["pipe_id"][row]))
            course += self.coords[self.offsets[row] : self.offsets[row + 1]].tolist()[1:]
            node_id = int(p["to_node"][row])
            if node_id not in self.passes:
                return tuple(pipes), tuple(passed), node_id, tuple((x, y) for x, y in course[:-1])
            passed.append(node_id)

    def _gravity(self, row: int) -> SwmmLink:
        p = self.pipe
        course = self.coords[self.offsets[row] : self.offsets[row + 1]].tolist()
        return SwmmLink(
            id=f"P{int(p['pipe_id'][row])}",
            kind="gravity",
            pipe_ids=(int(p["pipe_id"][row]),),
            tail=f"N{int(p['from_node'][row])}",
            head=f"N{int(p['to_node'][row])}",
            flow_l_s=float(p["peak_flow_l_s"][row]),
            length_m=float(p["length_m"][row]),
            dn_mm=int(p["dn_mm"][row]),
            invert_up_m=float(p["invert_up_m"][row]),
            invert_down_m=float(p["invert_down_m"][row]),
            velocity_m_s=float(p["velocity_m_s"][row]),
            course_m=tuple((x, y) for x, y in course[1:-1]),
        )


def _rows_by(group: npt.NDArray[Any]) -> dict[int, npt.NDArray[np.int64]]:
    order = np.argsort(group, kind="stable")
    ids, first = np.unique(group[order], return_index=True)
    return {int(i): rows for i, rows in zip(ids, np.split(order, first[1:]), strict=True)}
