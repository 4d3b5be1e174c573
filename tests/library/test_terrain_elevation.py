"""Heights at points."""

import numpy as np
import pytest

from qingxi.terrain import Elevation

# Four pixels of 10 m, corner at (0, 20): centres (5, 15) = 1, (15, 15) = 3, (5, 5) = 5, (15, 5) = 7.
FOUR = Elevation(np.array([[1.0, 3.0], [5.0, 7.0]]), (10.0, 0.0, 0.0, 0.0, -10.0, 20.0), 0.1)


def test_at_a_pixel_centre_the_pixel_and_in_the_middle_the_mean():
    z = FOUR.at(np.array([5.0, 15.0, 10.0]), np.array([15.0, 5.0, 10.0]))
    assert z == pytest.approx([1.0, 7.0, 4.0])


def test_between_centres_bilinear():
    # (7.5, 12.5): u = 0.25, v = 0.25: 1·.75·.75 + 3·.25·.75 + 5·.75·.25 + 7·.25·.25 = 0.5625 + 0.5625 + 0.9375 + 0.4375 = 2.5
    assert FOUR.at(np.array([7.5]), np.array([12.5])) == pytest.approx([2.5])


def test_outside_is_unknown_and_the_rim_takes_the_edge():
    z = FOUR.at(np.array([-0.1, 20.1, 0.0]), np.array([10.0, 10.0, 20.0]))
    assert np.isnan(z[:2]).all()
    assert z[2] == pytest.approx(1.0)


def test_beside_a_hole_the_known_pixels_answer():
    hole = Elevation(np.array([[np.nan, 3.0], [5.0, 7.0]]), FOUR.transform, 0.1)
    # (10, 10): the three others, a quarter each: 15/3 = 5
    assert hole.at(np.array([10.0]), np.array([10.0])) == pytest.approx([5.0])
    assert np.isnan(hole.at(np.array([5.0]), np.array([15.0]))).all()


def test_a_raster_that_is_not_north_up_is_refused():
    with pytest.raises(ValueError, match="north-up"):
        Elevation(np.zeros((2, 2)), (10.0, 0.0, 0.0, 0.0, 10.0, 0.0), 0.1)
