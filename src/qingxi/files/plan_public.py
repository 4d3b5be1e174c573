"""What of a plan may be published (公开版): stations and villages, never house points, house connections or levels."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.files.plan_layers import column, rows_of
from qingxi.plan import PlanTables

_LEVELS = {
    "nodes": ("ground_m", "invert_m", "depth_m"),
    "pipes": ("invert_up_m", "invert_down_m", "slope"),
}


def public_tables(tables: PlanTables) -> PlanTables:
    """The plan without households, house nodes, laterals and house pumps, and with every level withheld."""
    nodes, pipes, lifts = dict(tables.nodes), dict(tables.pipes), dict(tables.lifts)
    coordinates, offsets = tables.pipe_coords_m, tables.pipe_offsets
    if rows_of(nodes):
        house = column("nodes", "kind", nodes) == "house"
        hidden = set(column("nodes", "node_id", nodes)[house].tolist())
        nodes = _kept(nodes, ~house)
        if rows_of(lifts):
            at_house = np.array([n in hidden for n in column("lifts", "node_id", lifts)], dtype=np.bool_)
            lifts = _kept(lifts, ~at_house)
    if rows_of(pipes):
        keep = column("pipes", "kind", pipes) != "lateral"
        pipes = _kept(pipes, keep)
        counts = np.diff(offsets)
        coordinates = coordinates[np.repeat(keep, counts)]
        offsets = np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int64)
    for columns, layer in ((nodes, "nodes"), (pipes, "pipes")):
        for name in _LEVELS[layer]:
            if name in columns:
                columns[name] = np.full(rows_of(columns), np.nan)
    return replace(
        tables,
        households={},
        overrides={},
        nodes=nodes,
        pipes=pipes,
        lifts=lifts,
        pipe_coords_m=coordinates,
        pipe_offsets=offsets,
    )


def _kept(columns: dict[str, npt.NDArray[Any]], keep: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[Any]]:
    return {name: np.asarray(values)[keep] for name, values in columns.items()}
