"""Many courses of lines as one array of points: lengths, cuts, places along them, without an object a line.

Figures are those that GEOS gives for the same lines, to the last bit.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Courses(NamedTuple):
    """Line i runs along ``xy_m[offsets[i]:offsets[i + 1]]``, at least two points."""

    xy_m: Floats
    offsets: Ints

    @property
    def size(self) -> int:
        return int(self.offsets.shape[0]) - 1

    def lines(self) -> npt.NDArray[np.object_]:
        """The same as shapely LineStrings."""
        if self.size == 0:
            return np.zeros(0, dtype=object)
        index = np.repeat(np.arange(self.size), np.diff(self.offsets))
        return np.atleast_1d(shapely.linestrings(self.xy_m, indices=index))

    def ends(self) -> tuple[Floats, Floats]:
        """First and last point of each."""
        return self.xy_m[self.offsets[:-1]], self.xy_m[self.offsets[1:] - 1]


def courses_of(lines: npt.NDArray[np.object_]) -> Courses:
    """Courses of shapely LineStrings."""
    xy, index = shapely.get_coordinates(lines, return_index=True)
    count = np.bincount(index, minlength=lines.size) if lines.size else np.zeros(0, dtype=np.int64)
    return Courses(xy, np.concatenate([[0], np.cumsum(count)]).astype(np.int64))


@bare
def _lengths(xy: Floats, offsets: Ints, length: Floats) -> None:
    for i in range(length.shape[0]):
        length[i] = 0.0
        for k in range(offsets[i] + 1, offsets[i + 1]):
            dx, dy = xy[k, 0] - xy[k - 1, 0], xy[k, 1] - xy[k - 1, 1]
            length[i] += np.sqrt(dx * dx + dy * dy)


@bare
def _along(xy: Floats, offsets: Ints, length: Floats, share: float, place: Floats) -> None:
    for i in range(length.shape[0]):
        left = share * length[i]
        last = offsets[i + 1] - 1
        place[i, 0], place[i, 1] = xy[last, 0], xy[last, 1]
        if left <= 0.0:
            place[i, 0], place[i, 1] = xy[offsets[i], 0], xy[offsets[i], 1]
            continue
        gone = 0.0
        for k in range(offsets[i], last):
            dx, dy = xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1]
            step = np.sqrt(dx * dx + dy * dy)
            if gone + step > left:
                f = (left - gone) / step
                if f <= 0.0:
                    place[i, 0], place[i, 1] = xy[k, 0], xy[k, 1]
                elif f < 1.0:
                    place[i, 0], place[i, 1] = xy[k, 0] + f * dx, xy[k, 1] + f * dy
                else:
                    place[i, 0], place[i, 1] = xy[k + 1, 0], xy[k + 1, 1]
                break
            gone += step


def lengths(courses: Courses) -> Floats:
    """Metres of each."""
    found = np.empty(courses.size)
    _lengths(courses.xy_m, courses.offsets, found)
    return found


def along(courses: Courses, length_m: Floats, share: float) -> Floats:
    """The place at a share of each one's length, float64[n, 2]."""
    place = np.empty((courses.size, 2))
    _along(courses.xy_m, courses.offsets, length_m, share, place)
    return place


def some(courses: Courses, which: Ints) -> Courses:
    """Those of these numbers, in their order."""
    count = np.diff(courses.offsets)[which]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    at = np.repeat(courses.offsets[which] - offsets[:-1], count) + np.arange(offsets[-1])
    return Courses(courses.xy_m[at], offsets)


def cut(courses: Courses, parts: Ints) -> tuple[Courses, Ints]:
    """Cut line i into ``parts[i]`` equal lengths; returns the cuts and the line each came from."""
    if (parts <= 1).all():
        return courses, np.arange(courses.size)
    xy, offsets = courses
    index = np.repeat(np.arange(courses.size), np.diff(offsets))
    step = np.concatenate([[0.0], np.hypot(*np.diff(xy, axis=0).T)])
    step[offsets[1:-1]] = 0.0
    whole = np.cumsum(step)
    begin = whole[offsets[:-1]]
    length = np.bincount(index, weights=step, minlength=courses.size)
    cuts_of = np.repeat(np.arange(courses.size), np.maximum(parts - 1, 0))
    before = np.concatenate([[0], np.cumsum(np.maximum(parts - 1, 0))[:-1]])
    nth = np.arange(cuts_of.size) - before[cuts_of]
    at = begin[cuts_of] + length[cuts_of] * (nth + 1) / parts[cuts_of]
    places = np.column_stack([np.interp(at, whole, xy[:, 0]), np.interp(at, whole, xy[:, 1])])
    of_vertex = np.floor((whole - begin[index]) / np.maximum(length[index], 1e-12) * parts[index] + 1e-9)
    of_vertex = np.minimum(of_vertex, parts[index] - 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(np.maximum(parts, 1))])
    base = first[:-1]
    # A cut begins one part and ends the one before: it stands twice. Vertices come between the two, in their order.
    opens, closes = base[cuts_of] + nth + 1, base[cuts_of] + nth
    belongs = np.concatenate([opens, base[index] + of_vertex, closes])
    order = np.argsort(belongs, kind="stable")
    pieces = np.concatenate([places, xy, places])[order]
    count = np.bincount(belongs, minlength=first[-1])
    found = Courses(pieces, np.concatenate([[0], np.cumsum(count)]).astype(np.int64))
    return found, np.repeat(np.arange(courses.size), np.maximum(parts, 1))
