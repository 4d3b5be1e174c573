"""The net of a plan as positions: which pipe leaves a node, what arrives, in which order water runs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.check.plan_read import Floats, PlanRead

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Net:
    """Pipes between node positions.

    Attributes
    ----------
    start, end : int64[pipes]
        Position of the pipe's nodes in the ``nodes`` layer; −1 where there is no such node.
    out : int64[nodes]
        Position of the one pipe that leaves a node; −1 none (the last of a system, or a fault of the tree).
    out_count : int64[nodes]
    order : int64[m]
        Pipes from the farthest to the last, each after all that run into it; pipes on a cycle are not among them.
    """

    start: Ints
    end: Ints
    out: Ints
    out_count: Ints
    order: Ints
    gravity: Mask
    pressure: Mask
    lateral: Mask

    @property
    def pipes(self) -> int:
        return int(self.start.size)


def position(keys: Ints, wanted: Ints) -> Ints:
    """Position of each wanted key among unique keys; −1 where it is not."""
    if keys.size == 0:
        return np.full(wanted.size, -1, dtype=np.int64)
    sorter = np.argsort(keys, kind="stable")
    at = np.clip(np.searchsorted(keys, wanted, sorter=sorter), 0, keys.size - 1)
    found = sorter[at]
    return np.where(keys[found] == wanted, found, -1).astype(np.int64)


def net_of(plan: PlanRead) -> Net:
    """Read the net; faults of it are left to the rule ``tree``."""
    nodes = plan.whole("nodes", "node_id")
    start, end = position(nodes, plan.whole("pipes", "from_node")), position(nodes, plan.whole("pipes", "to_node"))
    kind = plan.text("pipes", "kind")
    count = nodes.size
    there = start >= 0
    out_count = np.bincount(start[there], minlength=count).astype(np.int64)
    out = np.full(count, -1, dtype=np.int64)
    out[start[there]] = np.flatnonzero(there)
    return Net(
        start=start,
        end=end,
        out=out,
        out_count=out_count,
        order=_order(start, end, out, out_count),
        gravity=np.asarray(kind == "gravity", dtype=np.bool_),
        pressure=np.asarray(kind == "pressure", dtype=np.bool_),
        lateral=np.asarray(kind == "lateral", dtype=np.bool_),
    )


def _order(start: Ints, end: Ints, out: Ints, out_count: Ints) -> Ints:
    """Kahn's order of the pipes; plain lists, because one element at a time is what numpy is slow at."""
    waiting = np.zeros(out.size, dtype=np.int64)
    np.add.at(waiting, end[(start >= 0) & (end >= 0)], 1)
    left = waiting.tolist()
    ends, outs = end.tolist(), out.tolist()
    ready = np.flatnonzero(waiting == 0).tolist()
    order: list[int] = []
    for node in ready:  # grows while it is walked
        pipe = outs[node]
        if pipe < 0:
            continue
        order.append(pipe)
        to = ends[pipe]
        if to >= 0:
            left[to] -= 1
            if left[to] == 0:
                ready.append(to)
    return np.array(order, dtype=np.int64)


def lowest_arriving(net: Net, invert_down_m: Floats, which: Mask, nodes: int) -> Floats:
    """Lowest lower-end invert of the chosen pipes at each node; +inf where none arrives."""
    lowest = np.full(nodes, np.inf)
    use = which & (net.end >= 0) & np.isfinite(invert_down_m)
    np.minimum.at(lowest, net.end[use], invert_down_m[use])
    return lowest
