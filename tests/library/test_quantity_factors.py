"""Units on the wire and in the house."""

import pytest

from qingxi.quantity import FACTORS, QUANTITIES, Daily, factor, from_wire, quantity, wire_code


def test_flow_of_one_litre_a_second_is_86_4_cubic_metres_a_day():
    # 1 L/s x 86,400 s/d = 86,400 L/d = 86.4 m3/d
    found = from_wire("w00000", "Rtd", 1.0)
    assert found is not None
    assert (found[0].code, found[1]) == ("flow", pytest.approx(86.4))


def test_a_total_stays_in_cubic_metres():
    found = from_wire("w00000", "Cou", 12.5)
    assert found is not None
    assert found[1] == 12.5


def test_power_of_two_kilowatts_is_48_kwh_a_day():
    # 2 kW x 24 h = 48 kWh
    found = from_wire("d30406", "Rtd", 2.0)
    assert found is not None
    assert (found[0].code, found[1]) == ("energy", 48.0)


@pytest.mark.parametrize(
    ("old", "new"), [("B01", "w00000"), ("001", "w01001"), ("011", "w01018"), ("060", "w21003"), ("101", "w21011")]
)
def test_codes_of_2005_and_2017_name_the_same_quantity(old, new):
    assert factor(old).quantity == factor(new).quantity
    assert wire_code(factor(old).quantity, 2005) == old
    assert wire_code(factor(old).quantity, 2017) == new
    assert wire_code(factor(old).quantity, 2025) == new


def test_an_unknown_code_is_none_and_not_a_guess():
    assert factor("a34004") is None
    assert factor("d304x1") is None
    assert from_wire("w99999", "Rtd", 1.0) is None


def test_an_edition_without_a_code_says_so():
    with pytest.raises(KeyError, match="2005"):
        wire_code("energy", 2005)


def test_every_factor_names_a_quantity_and_every_range_is_one():
    assert {row.quantity for row in FACTORS.values()} <= set(QUANTITIES)
    for row in QUANTITIES.values():
        assert row.low < row.high, row.code
        assert row.resolution > 0, row.code
        assert row.chinese, row.code


def test_plausible_ends_are_included_and_nan_is_not():
    ph = quantity("ph")
    assert ph.plausible(0.0)
    assert ph.plausible(14.0)
    assert not ph.plausible(14.01)
    assert not ph.plausible(float("nan"))
    assert ph.daily is Daily.MEAN
