"""Courses, place keys and points near lines against GEOS and numpy, which are slow and known."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from qingxi.terrain.courses import along, courses_of, cut, lengths, some
from qingxi.terrain.near_points import points_near
from qingxi.terrain.place_keys import first_of_each, place_keys


def drawn_lines(seed: int):
    rng = np.random.default_rng(seed)
    return np.array(
        [shapely.LineString(rng.uniform(0, 200, (k, 2)).round(2)) for k in rng.integers(2, 7, 40)], dtype=object
    )


@given(st.integers(0, 1000))
def test_lengths_places_and_cuts_are_those_of_geos(seed):
    lines = drawn_lines(seed)
    courses = courses_of(lines)
    length = lengths(courses)
    np.testing.assert_array_equal(length, shapely.length(lines))
    for share in (0.0, 0.25, 0.5, 0.99, 1.0):
        place = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
        np.testing.assert_array_equal(along(courses, length, share), place)
    parts = np.random.default_rng(seed).integers(1, 5, lines.size)
    pieces, of = cut(courses, parts)
    np.testing.assert_array_equal(of, np.repeat(np.arange(lines.size), parts))
    np.testing.assert_allclose(lengths(pieces), (length / parts)[of], rtol=1e-9)
    first, last = np.flatnonzero(np.diff(of, prepend=-1)), np.flatnonzero(np.diff(of, append=-1))
    np.testing.assert_array_equal(pieces.ends()[0][first], courses.ends()[0])
    np.testing.assert_array_equal(pieces.ends()[1][last], courses.ends()[1])
    np.testing.assert_array_equal(pieces.ends()[0][1:][np.diff(of) == 0], pieces.ends()[1][:-1][np.diff(of) == 0])
    assert all(a.equals(b) for a, b in zip(some(courses, np.array([3, 1])).lines(), lines[[3, 1]], strict=True))


@given(st.integers(0, 1000), st.sampled_from([0.5, 5.0, 40.0]))
def test_points_near_a_line_are_counted_as_geos_does(seed, within):
    rng = np.random.default_rng(seed)
    start, end, xy = rng.uniform(-300, 500, (60, 2)), rng.uniform(-300, 500, (60, 2)), rng.uniform(0, 200, (200, 2))
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    near = shapely.dwithin(lines[:, None], shapely.points(xy)[None, :], within).sum(axis=1)
    np.testing.assert_array_equal(points_near(start, end, xy[:, 0], xy[:, 1], within), near)


def test_points_near_nothing():
    line, none = np.zeros((1, 2)), np.zeros(0)
    assert points_near(line, line + 5, none, none, 3.0).tolist() == [0]
    # A single house, and lines that lie wholly beside the grid of houses.
    assert points_near(line + 1e5, line + 1e5, np.array([2.0]), np.array([2.0]), 3.0).tolist() == [0]
    assert points_near(line, line, np.array([2.0]), np.array([2.0]), 3.0).tolist() == [1]


@given(st.integers(0, 1000), st.sampled_from([1.0, 1e12]))
def test_place_keys_sort_as_places(seed, far):
    xy = np.random.default_rng(seed).integers(-3, 4, (50, 2)) * np.array([far, 0.01])
    _, first, which = np.unique(np.round(xy * 100), axis=0, return_index=True, return_inverse=True)
    _, key = np.unique(place_keys(xy, 0.01), return_inverse=True)
    np.testing.assert_array_equal(key, which.reshape(-1))
    np.testing.assert_array_equal(first_of_each(xy, 0.01), first)
