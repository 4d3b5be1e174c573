"""Improving a layout in parts, several at a time: no system is cut, and no part touches another.

A part is made of whole systems and the streets around them, joined over the narrowest gaps first. Parts are improved side by side
in threads; each has its own chance and its own share of every joined group's room, so that the outcome is the same whatever the
number of threads. Other parts, shifted, then let systems meet that lay in different ones.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.net import HOUSES, JOINED, Journal, Net, net_of, new_journal, write_layout
from qingxi.plan.net_climb import Queue, climb, new_queue
from qingxi.plan.net_design import design_all
from qingxi.plan.net_paths import Reach, new_reach
from qingxi.plan.net_tables import Fixed
from qingxi.plan.parting import gaps_along, join_parts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WORKERS = 2
PART_HOUSES = 2_000
ROOM = 20_000  # changes a journal holds


def parts_of(
    ground: Ground, homes: Homes, layout: Layout, used: npt.NDArray[np.bool_], most: int, shift: Floats
) -> Ints:
    """Number the part of every node, from 0; ``shift`` multiplies each arc's gap, so that other parts come about."""
    n = ground.ground_m.size
    first = homes.node[:, 0]
    size = np.bincount(first[first >= 0], minlength=n).astype(np.int64)
    order = np.argsort(gaps_along(ground, used) * shift, kind="stable")
    whole = np.unique(layout.next_arc[used & (layout.next_arc >= 0)])
    _, part = np.unique(join_parts(ground, order, whole, size, most), return_inverse=True)
    return part.reshape(-1).astype(np.int64)


class Improver:
    """Improves layouts of one problem; keeps what does not change from one to the next."""

    def __init__(self, ground: Ground, homes: Homes, fixed: Fixed, slope: float) -> None:
        self.ground, self.homes, self.fixed, self.slope = ground, homes, fixed, slope
        n, first = ground.ground_m.size, homes.node[:, 0]
        order = np.argsort(first, kind="stable").astype(np.int64)
        start = np.searchsorted(first[order], np.arange(n + 1)).astype(np.int64)
        self.homes_of = (start, order)
        self.room: SimpleQueue[tuple[Reach, Queue, Journal]] = SimpleQueue()
        for _ in range(WORKERS):
            self.room.put((new_reach(n), new_queue(n), new_journal(np.zeros(0), np.zeros(0), ROOM)))

    def improve(
        self, layout: Layout, knocks_per_house: float, rng: np.random.Generator, *,
        start: npt.NDArray[np.bool_] | None = None, progress: Callable[[float], None] | None = None,
    ) -> float:  # fmt: skip
        """Improve a layout in place; returns the saving, yuan of present value.

        Parameters
        ----------
        knocks_per_house : float
            Random changes; 0: only what is better at once, from the nodes marked in ``start`` (all by default).
        """
        ground, fixed = self.ground, self.fixed
        net = net_of(layout, ground, fixed)
        groups = ground.capacity_m3_d.size
        design_all(net, fixed, new_journal(np.zeros(groups), np.zeros(groups), 64))
        used = net.node[:, HOUSES] > 0
        shift = rng.uniform(0.5, 2.0, ground.length_m.size)
        part = parts_of(ground, self.homes, layout, used, PART_HOUSES, shift)
        order = np.argsort(part, kind="stable")
        cut = np.searchsorted(part[order], np.arange(int(part.max(initial=-1)) + 2))
        at = self.homes.node[:, 0]
        houses = np.bincount(part[at[at >= 0]], minlength=cut.size - 1)
        flow, most = self._shares(net, part, houses)
        seeds = rng.integers(0, 2**62, cut.size - 1)
        todo = [int(p) for p in np.argsort(-houses, kind="stable") if houses[p] > 0]

        def one(p: int) -> float:
            reach, queue, journal = self.room.get()
            journal = journal._replace(group=flow[p].copy(), most=most[p].copy())
            nodes = order[cut[p] : cut[p + 1]]
            # Knocks where sewers are: a few sewered nodes among many take as many knocks as they are worth.
            sewered = nodes[net.node[nodes, HOUSES] > 0]
            tried = sewered if start is None else sewered[start[sewered]]
            knocks = int(np.ceil(knocks_per_house * min(houses[p], 2 * sewered.size)))
            saved = climb(
                sewered, part, self.homes_of, knocks, seeds[p : p + 1].astype(np.uint64), self.slope, tried, net,
                fixed, journal, reach, queue,
            )  # fmt: skip
            self.room.put((reach, queue, journal))
            return float(saved)

        saved, done = 0.0, 0
        with ThreadPoolExecutor(WORKERS) as pool:
            for p, gain in zip(todo, pool.map(one, todo), strict=True):
                saved += gain
                done += int(houses[p])
                if progress:
                    progress(done / max(1, int(houses.sum())))
        write_layout(net, ground, layout)
        return saved

    def _shares(self, net: Net, part: Ints, houses: Ints) -> tuple[Floats, Floats]:
        """Of every part: the flow it joins to each group, and the most it may; free room goes by houses."""
        ground = self.ground
        parts, groups = houses.size, ground.capacity_m3_d.size
        flow = np.zeros((parts, groups))
        here = np.flatnonzero(ground.join >= 0)
        np.add.at(flow, (part[here], ground.join[here]), net.value[here, JOINED])
        takes = np.zeros((parts, groups))
        takes[part[here], ground.join[here]] = 1.0
        takes *= np.maximum(houses, 1)[:, None]
        with np.errstate(invalid="ignore"):
            room = np.maximum(ground.capacity_m3_d - flow.sum(axis=0), 0.0)
            share = np.where(takes > 0, takes / np.maximum(takes.sum(axis=0), 1.0), 0.0)
            most = flow + np.where(takes > 0, share * room, 0.0)
        return flow, most
