"""Ways off the street (路外连通): between street nodes that are near in the air and far along the streets.

A trench over yards, waste land or fields, where no house, water or protected land is in the way, at the price of its
compensation. A greedy spanner keeps few: one that another short cut nearly replaces is left out.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.standard import Table
from qingxi.terrain import Land, Surface, Surrounds, TrenchGraph, extend_graph, far_by_net, points_near, spanner

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FIELDS = ("farmland", "paddy", "orchard")


def with_shortcuts(given: PlanInput, graph: TrenchGraph, norms: Table, by: Surrounds) -> TrenchGraph:
    """The graph with its short cuts; O(n log n) in nodes.

    ``shortcut.use`` 0 leaves the graph as it is.
    """
    from scipy.spatial import cKDTree

    if not norms["shortcut.use"] or graph.nodes < 2:
        return graph
    here = np.column_stack([graph.x_m, graph.y_m])
    pairs = cKDTree(here).query_pairs(norms["shortcut.length"], output_type="ndarray").astype(np.int64)
    # As one number a pair: sorting two columns takes ten times as long.
    a, b = np.divmod(np.sort(pairs[:, 0] * graph.nodes + pairs[:, 1]), graph.nodes)
    air = np.hypot(*(here[a] - here[b]).T)
    ratio, gain = norms["shortcut.ratio"], norms["shortcut.gain"]
    net = (graph.indptr, graph.neighbour, graph.arc, graph.length_m)
    far = far_by_net(*net, a, b, air, ratio, gain)
    a, b, air = a[far], b[far], air[far]
    if given.households is not None and len(given.households):
        x, y = given.households.x_m, given.households.y_m
        clear = points_near(here[a], here[b], x, y, norms["shortcut.house_clear"]) == 0
        a, b, air = a[clear], b[clear], air[clear]
    lines = straight_lines(here[a], here[b])
    free = off_waters_and_protected(lines, given)
    a, b, air, lines = a[free], b[free], air[free], lines[free]
    taken = spanner(*net, graph.x_m, graph.y_m, a, b, air, ratio, gain)
    lines = lines[taken]
    if lines.size == 0:
        return graph
    # Shortest first while the graph may grow.
    pieces = np.cumsum(np.sort(np.ceil(air[taken] / by.spacing_m)))
    most = max(norms["shortcut.few"], norms["shortcut.growth"] * graph.arcs)
    lines = lines[np.argsort(air[taken], kind="stable")][pieces <= most]
    return extend_graph(graph, lines, off_street_surface(lines, given.land), by)


def straight_lines(start: Floats, end: Floats) -> npt.NDArray[np.object_]:
    """LineStrings from each start to each end, float64[n, 2]."""
    return np.atleast_1d(shapely.linestrings(np.stack([start, end], axis=1)))


def off_waters_and_protected(lines: npt.NDArray[Any], given: PlanInput) -> Bools:
    """Lines that touch no water and no protected land."""
    free = np.ones(lines.size, dtype=bool)
    if lines.size == 0:
        return free
    tree = shapely.STRtree(lines)
    for layer in (given.protected, given.waters):
        if layer is not None and len(layer):
            free[np.unique(tree.query(layer.geometry, predicate="intersects")[1])] = False
    return free


def off_street_surface(lines: npt.NDArray[Any], land: Land | None) -> Ints:
    """Farmland where a line's middle lies in a field, else yards and waste land."""
    surface = np.full(lines.size, int(Surface.OFFSTREET), dtype=np.int64)
    if land is None or not len(land):
        return surface
    field = np.isin(land.kind.astype(str), FIELDS)
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    _, hit = shapely.STRtree(middle).query(land.geometry[field], predicate="intersects")
    surface[hit] = int(Surface.FARMLAND)
    return surface
