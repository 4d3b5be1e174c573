"""GCJ-02 and BD-09 against offsets that are published, and there and back again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.place import Datum, from_bd09, from_gcj02, gcj02_to_bd09, likely_datum, to_bd09, to_gcj02

M = 111_320.0


def apart(a, b):
    """Metres between two near points in degrees."""
    return math.hypot((a[0] - b[0]) * math.cos(math.radians(a[1])), a[1] - b[1]) * M


@pytest.mark.parametrize(
    ("true", "shifted"),
    [
        # Tian'anmen Square as the published conversion tools print it: WGS84 -> GCJ-02.
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ],
)
def test_known_shift(true, shifted):
    assert to_gcj02(*true) == pytest.approx(shifted, abs=1e-6)


def test_known_baidu_shift():
    # The example of the published tools: GCJ-02 (116.404, 39.915) is BD-09 (116.41036949371029, 39.92133699351021).
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-8)


@given(st.floats(74, 134), st.floats(5, 53))
def test_there_and_back(lon, lat):
    """The inverse brings every point back to within a millimetre, and the shift is 50 to 1000 m."""
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        assert apart(back(*there(lon, lat)), (lon, lat)) < 1e-3
    assert 20 < apart(to_gcj02(lon, lat), (lon, lat)) < 1200


def test_outside_china_nothing_is_shifted():
    assert to_gcj02(2.35, 48.85) == (2.35, 48.85)


def test_a_typed_point_is_told_by_where_it_should_lie():
    """A village of 300 m around its middle: the shift of 368 m leaves it, undoing the shift enters it."""
    middle = (104.05, 30.34)

    def inside(lon, lat):
        return apart((lon, lat), middle) < 300

    assert likely_datum(*middle, inside) == (Datum.CGCS2000, middle)
    shifted = to_gcj02(*middle)
    assert not inside(*shifted)
    datum, point = likely_datum(*shifted, inside)
    assert datum is Datum.GCJ02
    assert apart(point, middle) < 0.01
    datum, point = likely_datum(*to_bd09(*middle), inside)
    assert datum is Datum.BD09
    assert apart(point, middle) < 0.01
    assert likely_datum(105.0, 31.0, inside) is None
