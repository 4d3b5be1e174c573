"""What a data level cannot carry is withheld, and said to be."""

from dataclasses import replace

import numpy as np

from qingxi.plan.input import PlanInput
from qingxi.plan.result import PlanTables
from qingxi.standard import Table
from qingxi.village import DataLevel

LEVELS_OF_PIPES = ("invert_up_m", "invert_down_m", "slope", "fill", "velocity_m_s")
LEVELS_OF_NODES = ("invert_m", "depth_m")
HIDDEN_NODE = -1  # a station somewhere in its system


def level_of(given: PlanInput, norms: Table) -> tuple[DataLevel, str, tuple[str, ...]]:
    """The level, why, and the withheld columns as ``layer.column``.

    Levels are withheld at L1, and at L2 too if its error is as large, where the vertical error exceeds
    ``withhold.share`` times the least cover.
    """
    error = given.elevation.vertical_error_m if given.elevation is not None else np.inf
    limit = norms["withhold.share"] * norms["cover.min"]
    if error <= limit:
        return given.level, f"有户点、街巷和高程，高程误差 {error:g} m 不大于最小覆土的一半（{limit:.2f} m）", ()
    hidden = tuple(f"pipes.{c}" for c in LEVELS_OF_PIPES) + tuple(f"nodes.{c}" for c in LEVELS_OF_NODES)
    why = f"有户点和街巷，高程误差 {error:g} m 大于最小覆土的一半（{limit:.2f} m），只给长度和造价估算，不给管底标高；提升泵站只给座数"
    return given.level, why, (*hidden, "nodes.kind", "lifts.head_m", "lifts.geometry", "lifts.node_id")


def withheld_tables(tables: PlanTables, hidden: tuple[str, ...]) -> PlanTables:
    """The tables with withheld columns set to NaN; the rows stay.

    Where a lift stands follows from levels too: stations and what their mains pass look like any manhole, manholes cost the mean
    of their system, and the stations' rows tell a count and costs, not a node.
    """
    if not hidden:
        return tables
    pipes, nodes, lifts = dict(tables.pipes), dict(tables.nodes), dict(tables.lifts)
    for name in LEVELS_OF_PIPES:
        pipes[name] = np.full(pipes[name].shape, np.nan)
    for name in LEVELS_OF_NODES:
        nodes[name] = np.full(nodes[name].shape, np.nan)
    for name in ("head_m", "x_m", "y_m"):
        lifts[name] = np.full(lifts[name].shape, np.nan)
    kind, system = nodes["kind"].astype(str), nodes["system_id"]
    at_house = np.isin(lifts["node_id"], nodes["node_id"][kind == "house"])
    lifts["node_id"] = np.where(at_house, lifts["node_id"], HIDDEN_NODE)
    well = np.isin(kind, ["manhole", "lift", "pass"])
    nodes["kind"] = np.where(well, "manhole", kind).astype(object)
    if well.any():
        works, size = nodes["works_yuan"], int(system.max()) + 1
        count = np.bincount(system[well], minlength=size)
        mean = np.bincount(system[well], works[well], minlength=size) / np.maximum(count, 1)
        nodes["works_yuan"] = np.where(well, mean[system], works)
    return replace(tables, pipes=pipes, nodes=nodes, lifts=lifts)
