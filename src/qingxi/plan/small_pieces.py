"""Which pieces of a street graph stand alone and are small enough to be solved exactly; and solving them all."""

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.net import net_of, new_journal, write_layout
from qingxi.plan.net_design import design_all
from qingxi.plan.net_tables import Fixed
from qingxi.plan.small_exact import solve_piece

Ints = npt.NDArray[np.int64]

MOST_HOUSES, MOST_NODES = 8, 8
MOST_FORESTS = 20_000  # choices of a way on for every node of a piece, before circles are left out
PRICED_A_PIECE = 400_000  # plans of one piece, about half a second
PRICED_A_HOUSE = (
    400  # plans of all pieces, for each house of the problem: a county's pieces take a few seconds at most
)


def small_pieces(ground: Ground, homes: Homes) -> list[tuple[Ints, Ints]]:
    """Nodes and houses of every small piece: no street and no candidate lateral ties it to anything else."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, m = ground.ground_m.size, homes.own.size
    h, s = np.nonzero(homes.node >= 0)
    a = np.concatenate([ground.tail, n + h])
    b = np.concatenate([ground.head, homes.node[h, s]])
    _, piece = connected_components(coo_array((np.ones(a.size), (a, b)), shape=(n + m, n + m)), directed=False)
    count = int(piece.max(initial=-1)) + 1
    nodes, houses = np.bincount(piece[:n], minlength=count), np.bincount(piece[n:], minlength=count)
    choices = np.bincount(piece[:n], np.log(2.0 + np.diff(ground.indptr)), minlength=count)
    small = (nodes >= 1) & (nodes <= MOST_NODES) & (houses >= 1) & (houses <= MOST_HOUSES)
    small &= choices <= np.log(MOST_FORESTS)
    order = np.argsort(piece, kind="stable")
    cut = np.searchsorted(piece[order], np.arange(count + 1))
    found = []
    for p in np.flatnonzero(small):
        inside = order[cut[p] : cut[p + 1]]
        found.append((inside[inside < n].astype(np.int64), (inside[inside >= n] - n).astype(np.int64)))
    return found


def solve_small(layout: Layout, ground: Ground, homes: Homes, fixed: Fixed) -> float:
    """Solve every small piece of a layout exactly, in place; returns the saving, yuan of present value.

    Pieces take the room of joined groups one after the other. Never dearer than before; a piece with too many plans keeps the
    cheapest of those that were priced.
    """
    pieces = small_pieces(ground, homes)
    if not pieces:
        return 0.0
    net = net_of(layout, ground, fixed)
    journal = new_journal(np.zeros(ground.capacity_m3_d.size), ground.capacity_m3_d, 64)
    design_all(net, fixed, journal)
    local = np.full(ground.ground_m.size, -1, dtype=np.int64)
    most = min(PRICED_A_PIECE, max(PRICED_A_PIECE // 4, PRICED_A_HOUSE * homes.own.size) // len(pieces))
    most = PRICED_A_PIECE if len(pieces) == 1 else most
    saved = 0.0
    for nodes, houses in pieces:
        local[nodes] = np.arange(nodes.size)
        saved += solve_piece(nodes, houses, local, ground.site_most_m3_d, most, net, fixed, journal)
    write_layout(net, ground, layout)
    return saved
