"""Making one net of street lines: crossings get a node, small gaps are bridged.

Real street layers cross without a shared node, stop a hand's breadth short of each other and come in pieces. Lines
are snapped to a grid of one centimetre and split wherever they meet.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.terrain.courses import courses_of, lengths
from qingxi.terrain.place_keys import place_keys
from qingxi.terrain.streets import Streets

GRID_M = 0.01
STUB_M = 0.25
OVERSHOOT_M = 5 * GRID_M


@dataclass(frozen=True, slots=True)
class NodedStreets:
    """Street pieces between junctions.

    Attributes
    ----------
    pieces : shapely LineStrings [n]
        Ends are junctions or dead ends; pieces meet at their ends only.
    surface : int64[n]
        Of the street the piece was cut from.
    bridges_m : float64[k, 3]
        Middle (x, y) and width of every gap of given streets that was bridged.
    crossings : int
        Junctions that were no vertex of any line: streets that crossed without a shared node.
    """

    pieces: npt.NDArray[np.object_]
    surface: npt.NDArray[np.int64]
    bridges_m: npt.NDArray[np.float64]
    crossings: int


def node_streets(streets: Streets, gap_m: float, given: int | None = None) -> NodedStreets:
    """Split street lines where they meet and bridge gaps of at most ``gap_m`` metres.

    Parameters
    ----------
    given : int, optional
        Only the first so many lines are somebody's streets: gaps at the ends of the others are bridged and not told of.
    """
    lines = shapely.linestrings(
        streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets))
    )
    lines = np.atleast_1d(lines)
    good = shapely.length(lines) > GRID_M
    told = int(good[: len(streets) if given is None else given].sum())
    lines, surface = lines[good], streets.surface[good]
    if lines.size == 0:
        return NodedStreets(np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64), np.zeros((0, 3)), 0)
    bridges, bridge_owner = _bridges(lines, gap_m)
    sources = np.concatenate([lines, bridges])
    source_surface = np.concatenate([surface, surface[bridge_owner]])
    pieces = shapely.get_parts(shapely.union_all(sources, grid_size=GRID_M))
    pieces = pieces[shapely.get_type_id(pieces) == 1]
    pieces = _without_stubs(pieces)
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(sources)
    pair = tree.query_nearest(middle, all_matches=False)
    own = np.zeros(pieces.size, dtype=np.int64)
    own[pair[0]] = source_surface[pair[1]]
    shown = bridges[bridge_owner < told]
    middles = shapely.line_interpolate_point(shown, 0.5, normalized=True) if shown.size else shown
    bridge_rows = (
        np.column_stack([shapely.get_x(middles), shapely.get_y(middles), shapely.length(shown) - OVERSHOOT_M])
        if shown.size
        else np.zeros((0, 3))
    )
    return NodedStreets(pieces, own, bridge_rows, _new_crossings(pieces, streets))


def _bridges(lines: npt.NDArray[np.object_], gap_m: float) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Short lines, and the line whose end each lengthens: from dead ends to the nearest other street within ``gap_m``, a little past it so that they cross."""
    count = lines.size
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    owner = np.concatenate([np.arange(count), np.arange(count)])
    tree = shapely.STRtree(lines)
    end_index, line_index = tree.query(ends, predicate="dwithin", distance=gap_m)
    other = owner[end_index] != line_index
    end_index, line_index = end_index[other], line_index[other]
    # An end that lies just past a street its line crosses is no gap.
    crossed = shapely.intersects(lines[owner[end_index]], lines[line_index])
    past = np.unique(end_index[crossed & (shapely.distance(ends[end_index], lines[line_index]) <= STUB_M)])
    open_end = ~np.isin(end_index, past)
    end_index, line_index = end_index[open_end], line_index[open_end]
    distance = shapely.distance(ends[end_index], lines[line_index])
    touching = np.unique(end_index[distance <= GRID_M])
    far = (distance > GRID_M) & ~np.isin(end_index, touching)
    end_index, line_index, distance = end_index[far], line_index[far], distance[far]
    order = np.lexsort((line_index, distance, end_index))
    end_index, line_index, distance = end_index[order], line_index[order], distance[order]
    end_index, first = np.unique(end_index, return_index=True)
    line_index, distance = line_index[first], distance[first]
    if end_index.size == 0:
        return np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64)
    start = shapely.get_coordinates(ends[end_index])
    along = shapely.line_locate_point(lines[line_index], ends[end_index])
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[line_index], along))
    beyond = foot + (foot - start) / distance[:, None] * OVERSHOOT_M
    return (
        shapely.linestrings(np.stack([start, beyond], axis=1)),
        owner[end_index],
    )


def _without_stubs(pieces: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Leave out dead ends shorter than a hand: the overshoot of bridges."""
    courses = courses_of(pieces)
    _, which, count = np.unique(
        place_keys(np.concatenate(courses.ends()), 0.001), return_inverse=True, return_counts=True
    )
    degree = count[which.reshape(2, -1)]
    stub = (lengths(courses) < STUB_M) & (degree.min(axis=0) == 1)
    kept: npt.NDArray[np.object_] = pieces[~stub]
    return kept


def _new_crossings(pieces: npt.NDArray[np.object_], streets: Streets) -> int:
    start, end = courses_of(pieces).ends()
    keys = place_keys(np.concatenate([start, end, streets.coords_m]), GRID_M)
    ends, degree = np.unique(keys[: 2 * pieces.size], return_counts=True)
    return int((~np.isin(ends[degree >= 3], keys[2 * pieces.size :])).sum())
