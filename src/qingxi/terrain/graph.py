"""The graph of possible trenches (候选沟槽) as flat arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.standard import LandRules, Works, land_rules
from qingxi.terrain.courses import Courses, along, courses_of, cut, lengths, some
from qingxi.terrain.elevation import Elevation
from qingxi.terrain.land import Protected, Waters
from qingxi.terrain.noding import NodedStreets
from qingxi.terrain.permit import TRENCH_WORKS, judge_lines
from qingxi.terrain.place_keys import place_keys
from qingxi.terrain.streets import OFF_STREET
from qingxi.terrain.subsoil import Subsoil, digging_at

CROSSINGS = ("none", "stream", "pond", "river", "reservoir")  # cheap to dear


@dataclass(frozen=True, slots=True)
class TrenchGraph:
    """Street nodes and the arcs between them; the ground is straight along an arc.

    Attributes
    ----------
    x_m, y_m, ground_m : float64[nodes]
    piece : int64[nodes]
        Connected piece of the net, 0 the largest.
    tail, head : int64[arcs]
        An arc may be used in both directions.
    length_m : float64[arcs]
    surface : int64[arcs]
        A value of :class:`qingxi.terrain.Surface`.
    digging : int64[arcs]
        A value of :class:`qingxi.terrain.Digging`, that of the arc's middle.
    land : int64[arcs]
        Index into :data:`qingxi.terrain.LANDS`.
    approval : int64[arcs]
        Bits of :func:`qingxi.terrain.approvals_of`.
    crossing : int64[arcs]
        Index into :data:`CROSSINGS`.
    street : int64[arcs]
        Noded street piece the arc lies on.
    coords_m, offsets
        Course of each arc from tail to head.
    indptr, neighbour, arc : int64
        CSR of both directions: arcs at node v are ``arc[indptr[v]:indptr[v + 1]]``.
    dropped_m : float
        Length of street outside the known ground or inside forbidden areas.
    refused_m : dict of float
        Length of street that an area forbids, by the area's name.
    """

    x_m: npt.NDArray[np.float64]
    y_m: npt.NDArray[np.float64]
    ground_m: npt.NDArray[np.float64]
    piece: npt.NDArray[np.int64]
    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    length_m: npt.NDArray[np.float64]
    surface: npt.NDArray[np.int64]
    digging: npt.NDArray[np.int64]
    land: npt.NDArray[np.int64]
    approval: npt.NDArray[np.int64]
    crossing: npt.NDArray[np.int64]
    street: npt.NDArray[np.int64]
    coords_m: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    indptr: npt.NDArray[np.int64]
    neighbour: npt.NDArray[np.int64]
    arc: npt.NDArray[np.int64]
    dropped_m: float
    refused_m: dict[str, float]

    @property
    def nodes(self) -> int:
        return int(self.x_m.shape[0])

    @property
    def arcs(self) -> int:
        return int(self.tail.shape[0])


@dataclass(frozen=True, slots=True)
class Surrounds:
    """What arcs are cut and judged by.

    Attributes
    ----------
    spacing_m : float
        Longest arc; manhole spacing or less.
    bend_m : float
        An arc whose ground leaves the straight line by more is halved, twice at most.
    wet_depth_m : float
        Groundwater at most this deep stands in the trench.
    rules : LandRules, optional
        What protected areas and waters allow; default the table ``land_rules``.
    """

    elevation: Elevation
    spacing_m: float
    bend_m: float
    waters: Waters | None = None
    protected: Protected | None = None
    subsoil: Subsoil | None = None
    wet_depth_m: float = 0.0
    rules: LandRules | None = None


def build_graph(noded: NodedStreets, by: Surrounds) -> TrenchGraph:
    """Cut street pieces into arcs over straight ground."""
    nothing = make_graph(
        np.zeros(0), np.zeros(0), np.zeros(0), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0),
        *(np.zeros(0, dtype=np.int64),) * 3, np.zeros((0, 2)), np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    return extend_graph(nothing, noded.pieces, noded.surface, by)


def extend_graph(
    graph: TrenchGraph, lines: npt.NDArray[np.object_], surface: npt.NDArray[np.int64], by: Surrounds
) -> TrenchGraph:
    """The graph with more lines, cut into arcs; lines meet it, and each other, at their ends.

    Nodes and arcs that are there keep their numbers.

    Parameters
    ----------
    lines : shapely LineStrings [n]
    surface : int64[n]
    """
    whole = courses_of(lines)
    arcs, street = cut(whole, np.ceil(lengths(whole) / by.spacing_m).astype(np.int64))
    asked = np.arange(arcs.size)
    length = lengths(arcs)
    for _ in range(2):
        # What is straight stays so: only the halves of what was bent are asked again.
        bent = np.zeros(arcs.size, dtype=bool)
        bent[asked] = _deviation(some(arcs, asked), length[asked], by.elevation) > by.bend_m
        bent &= length > by.spacing_m / 6
        if not bent.any():
            break
        arcs, again = cut(arcs, np.where(bent, 2, 1))
        street = street[again]
        asked = np.flatnonzero(bent[again])
        length = lengths(arcs)
    surface = surface[street]
    start, end = arcs.ends()
    height = [by.elevation.at(xy[:, 0], xy[:, 1]) for xy in (start, end)]
    off = np.isin(surface, OFF_STREET)
    works = np.where(off, TRENCH_WORKS.index(Works.OFFSTREET), TRENCH_WORKS.index(Works.STREET))
    tree = shapely.STRtree(arcs.lines())
    said = judge_lines(tree, works, by.protected, by.waters, land_rules() if by.rules is None else by.rules)
    known = np.isfinite(height[0]) & np.isfinite(height[1]) & (np.round((start - end) * 1000) != 0).any(axis=1)
    keep = known & (said.forbidden < 0)
    refused = dict(graph.refused_m)
    for i, area in enumerate(said.areas):
        if (mine := known & (said.forbidden == i)).any():
            refused[area] = refused.get(area, 0.0) + float(length[mine].sum())
    dropped = graph.dropped_m + float(length[~keep].sum())
    crossing = _crossings(tree, by.waters)[keep]
    arcs, street = (
        some(arcs, np.flatnonzero(keep)),
        street[keep] + (int(graph.street.max()) + 1 if graph.arcs else 0),
    )
    tail, head, x, y, z = _numbered(graph, start[keep], end[keep], height[0][keep], height[1][keep])
    coords, ends = arcs.xy_m, arcs.offsets[1:] + graph.offsets[-1]
    middle = along(arcs, length[keep], 0.5)
    digging = digging_at(by.subsoil, middle[:, 0], middle[:, 1], by.wet_depth_m)

    def both(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([old, new])

    return make_graph(
        x, y, z, both(graph.tail, tail), both(graph.head, head), both(graph.length_m, length[keep]),
        both(graph.surface, surface[keep]), both(graph.crossing, crossing), both(graph.street, street),
        both(graph.coords_m, coords), both(graph.offsets, ends), dropped, both(graph.digging, digging),
        both(graph.land, said.land[keep]), both(graph.approval, said.approval[keep]), refused,
    )  # fmt: skip


def _numbered(
    graph: TrenchGraph,
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    start_z: npt.NDArray[np.float64],
    end_z: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[Any], ...]:
    """Node of each arc's ends, those of the graph or new ones; then all nodes' x, y and ground."""
    old = np.column_stack([graph.x_m, graph.y_m])
    points = np.concatenate([old, start, end])
    _, first, which = np.unique(place_keys(points, 0.001), return_index=True, return_inverse=True)
    # Old nodes come first and differ, so each keeps its number; new ones follow in the order of their keys.
    fresh = np.flatnonzero(first >= graph.nodes)
    number = np.where(first < graph.nodes, first, 0)
    number[fresh] = graph.nodes + np.arange(fresh.size)
    node = number[which.reshape(-1)][graph.nodes :]
    at = first[fresh]
    xy = np.concatenate([old, points[at]])
    z = np.concatenate([graph.ground_m, np.concatenate([start_z, end_z])[at - graph.nodes]])
    return node[: start.shape[0]], node[start.shape[0] :], xy[:, 0], xy[:, 1], z


def make_graph(
    x_m: npt.NDArray[np.float64],
    y_m: npt.NDArray[np.float64],
    ground_m: npt.NDArray[np.float64],
    tail: npt.NDArray[np.int64],
    head: npt.NDArray[np.int64],
    length_m: npt.NDArray[np.float64],
    surface: npt.NDArray[np.int64],
    crossing: npt.NDArray[np.int64],
    street: npt.NDArray[np.int64],
    coords_m: npt.NDArray[np.float64],
    offsets: npt.NDArray[np.int64],
    dropped_m: float = 0.0,
    digging: npt.NDArray[np.int64] | None = None,
    land: npt.NDArray[np.int64] | None = None,
    approval: npt.NDArray[np.int64] | None = None,
    refused_m: dict[str, float] | None = None,
) -> TrenchGraph:
    """Tie nodes and arcs together: adjacency and connected pieces, the largest first; None: soil, no rule of the land."""
    nodes, arcs = x_m.shape[0], tail.shape[0]
    both = np.concatenate([tail, head])
    order = np.argsort(both, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(both, minlength=nodes))]).astype(np.int64)
    none = np.zeros(arcs, dtype=np.int64)
    return TrenchGraph(
        x_m=x_m, y_m=y_m, ground_m=ground_m, piece=_pieces(nodes, tail, head),
        tail=tail.astype(np.int64), head=head.astype(np.int64), length_m=length_m,
        surface=surface.astype(np.int64), digging=none if digging is None else digging,
        land=none if land is None else land, approval=none if approval is None else approval,
        crossing=crossing.astype(np.int64), street=street.astype(np.int64), coords_m=coords_m, offsets=offsets, indptr=indptr,
        neighbour=np.concatenate([head, tail])[order].astype(np.int64),
        arc=np.tile(np.arange(arcs, dtype=np.int64), 2)[order], dropped_m=dropped_m,
        refused_m=refused_m or {},
    )  # fmt: skip


def _pieces(nodes: int, tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if nodes == 0:
        return np.zeros(0, dtype=np.int64)
    matrix = coo_array((np.ones(tail.size), (tail, head)), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=False)
    size = np.bincount(label)
    rank = np.empty(size.size, dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(size.size)
    pieces: npt.NDArray[np.int64] = rank[label]
    return pieces


def _deviation(arcs: Courses, length_m: npt.NDArray[np.float64], elevation: Elevation) -> npt.NDArray[np.float64]:
    """Largest distance of the ground from the straight line between an arc's ends, at its quarter points."""
    start, end = arcs.ends()
    points = [start, *(along(arcs, length_m, share) for share in (0.25, 0.5, 0.75)), end]
    z = np.array([elevation.at(xy[:, 0], xy[:, 1]) for xy in points])
    straight = z[0] + np.array([0.25, 0.5, 0.75])[:, None] * (z[4] - z[0])
    off = np.abs(z[1:4] - straight)
    largest: npt.NDArray[np.float64] = np.where(np.isfinite(off), off, 0.0).max(axis=0)
    return largest


def _crossings(arcs: shapely.STRtree, waters: Waters | None) -> npt.NDArray[np.int64]:
    crossing = np.zeros(len(arcs), dtype=np.int64)
    if waters is None or len(waters) == 0:
        return crossing
    rank = {name: i for i, name in enumerate(CROSSINGS)}
    kind = np.array([rank.get(str(k), 1) for k in waters.kind], dtype=np.int64)
    water, arc = arcs.query(waters.geometry, predicate="intersects")
    np.maximum.at(crossing, arc, kind[water])
    return crossing
