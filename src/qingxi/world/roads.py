"""Roads between hamlets: cheapest ways over the ground, joined where they run together."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from qingxi.world.relief import Relief

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_BLOCK = 2  # fine cells a side of a road cell: 60 m


@dataclass(frozen=True)
class Roads:
    """Road chains between junctions.

    Attributes
    ----------
    lines : list of float64[n, 2]
        Vertices in metres; chains meet only at their ends, where the coordinates are equal.
    ends : int64[n, 2]
        Junction (road cell) at each end.
    site_node : int64[n]
        Junction of each site that was asked for.
    node_xy : dict
        Coordinates of a junction.
    """

    lines: list[F64]
    ends: I64
    site_node: I64
    node_xy: dict[int, tuple[float, float]]

    def arms_at(self) -> dict[int, list[tuple[int, bool]]]:
        """For each junction the chains that end there, and whether the chain must be turned round to start there."""
        out: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for i, (a, b) in enumerate(self.ends.tolist()):
            out[a].append((i, False))
            out[b].append((i, True))
        return out


def _grid(relief: Relief) -> tuple[sparse.csr_matrix, tuple[int, int]]:
    """Cost of going from each road cell to its eight neighbours: length, dearer with slope and over water."""
    ground = relief.blocks(relief.ground_m, _BLOCK)
    water = relief.blocks(relief.area_m2, _BLOCK, most=True)
    ny, nx = ground.shape
    wet = np.where(water > 2e7, 900.0, np.where(water > 1.5e6, 150.0, 0.0))
    index = np.arange(ny * nx).reshape(ny, nx)
    rows, cols, costs = [], [], []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = (slice(0, ny - di), slice(0, nx - dj) if dj >= 0 else slice(1, nx))
        b = (slice(di, ny), slice(dj, nx) if dj >= 0 else slice(0, nx - 1))
        length = _BLOCK * relief.cell_m * float(np.hypot(di, dj))
        grade = np.abs(ground[a] - ground[b]) / length
        cost = length * (1 + (grade / 0.055) ** 2) + (wet[a] + wet[b]) / 2
        rows.append(index[a].ravel())
        cols.append(index[b].ravel())
        costs.append(cost.ravel())
    r, c, w = np.concatenate(rows), np.concatenate(cols), np.concatenate(costs)
    return sparse.csr_matrix((w, (r, c)), shape=(ny * nx, ny * nx)), (ny, nx)


def make_roads(relief: Relief, x: F64, y: F64) -> Roads:
    """Join all sites by roads: a shortest tree between neighbours, and further roads where the way round is long.

    Cost: one shortest-path run over the grid of 60 m cells, from all sites at once.
    """
    graph, (ny, nx) = _grid(relief)
    step = _BLOCK * relief.cell_m
    col = np.clip(((x - relief.west_m) / step).astype(np.int64), 0, nx - 1)
    row = np.clip(((relief.north_m - y) / step).astype(np.int64), 0, ny - 1)
    site = row * nx + col
    unique = np.unique(site)
    far, before, source = csgraph.dijkstra(
        graph, directed=False, indices=unique, min_only=True, return_predecessors=True
    )
    number = np.full(ny * nx, -1, dtype=np.int64)
    number[unique] = np.arange(unique.size)
    region = number[source]
    edges = graph.tocoo()
    across = region[edges.row] != region[edges.col]
    u, v = edges.row[across].astype(np.int64), edges.col[across].astype(np.int64)
    cost = far[u] + edges.data[across] + far[v]
    low, high = np.minimum(region[u], region[v]), np.maximum(region[u], region[v])
    order = np.lexsort((cost, high, low))
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    best = order[first]
    pairs = sparse.csr_matrix((cost[best], (low[best], high[best])), shape=(unique.size, unique.size))
    tree = csgraph.minimum_spanning_tree(pairs)
    detour = csgraph.dijkstra(tree, directed=False, indices=None) if unique.size <= 3000 else None
    in_tree = set(zip(*(part.tolist() for part in tree.nonzero()), strict=True))
    cells: dict[int, set[int]] = defaultdict(set)
    for k in best:
        pair = (int(low[k]), int(high[k]))
        chosen = pair in in_tree or (pair[1], pair[0]) in in_tree
        if not chosen and detour is not None:
            chosen = bool(detour[pair] > 3.2 * cost[k] and cost[k] < 3500)
        if not chosen:
            continue
        ends = [int(u[k]), int(v[k])]
        cells[ends[0]].add(ends[1])
        cells[ends[1]].add(ends[0])
        for cell in ends:
            while before[cell] >= 0:
                nxt = int(before[cell])
                if nxt in cells[cell]:
                    break
                cells[cell].add(nxt)
                cells[nxt].add(cell)
                cell = nxt
    return _chains(cells, set(unique.tolist()), site, nx, step, relief)


def _chains(cells: dict[int, set[int]], sites: set[int], site: I64, nx: int, step: float, relief: Relief) -> Roads:
    """Split the used cells into chains between junctions and round their corners off, ends held."""

    def spot(cell: int) -> tuple[float, float]:
        return relief.west_m + (cell % nx + 0.5) * step, relief.north_m - (cell // nx + 0.5) * step

    joints = {cell for cell, near in cells.items() if len(near) != 2 or cell in sites}
    lines: list[F64] = []
    ends: list[tuple[int, int]] = []
    done: set[tuple[int, int]] = set()
    for start in sorted(joints):
        for nxt in sorted(cells[start]):
            if (start, nxt) in done:
                continue
            chain = [start, nxt]
            while chain[-1] not in joints:
                chain.append(next(c for c in sorted(cells[chain[-1]]) if c != chain[-2]))
            done.add((chain[0], chain[1]))
            done.add((chain[-1], chain[-2]))
            at = np.array([spot(c) for c in chain])
            if len(chain) > 2:  # halve the steps, then round
                dense = np.empty((2 * len(chain) - 1, 2))
                dense[::2] = at
                dense[1::2] = (at[:-1] + at[1:]) / 2
                for _ in range(6):
                    dense[1:-1] = (dense[:-2] + 2 * dense[1:-1] + dense[2:]) / 4
                at = dense
            lines.append(at)
            ends.append((chain[0], chain[-1]))
    nodes = {cell: spot(cell) for cell in joints}
    for cell in sites - joints:
        nodes[cell] = spot(cell)
    return Roads(lines, np.array(ends, dtype=np.int64).reshape(-1, 2), site, nodes)
