"""Flow, peak and trench cost by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.sewer import fill_of, flow_at_fill, peak_flow_l_s, sewer_kit, slope_limit, trench_works, velocity_at
from qingxi.standard import load_table

KIT = sewer_kit(load_table("rural_sewer"), load_table("prices"))


def peak(mean_m3_d: float) -> float:
    return peak_flow_l_s(mean_m3_d, KIT.peak_q, KIT.peak_k, KIT.small_power, KIT.small_cap, KIT.infiltration)


def test_half_full_pipe_by_hand():
    # DN200, slope 0.004, n 0.010, half full: A = π·0.04/8 = 0.0157080; R = 0.05; v = 100·0.05^(2/3)·√0.004
    # = 100·0.135721·0.0632456 = 0.858376 m/s; Q = 0.0134834 m³/s.
    assert flow_at_fill(0.5, 0.2, 0.004, 0.010) == pytest.approx(0.0134834, rel=1e-4)
    assert velocity_at(0.0134834, 0.2, 0.004, 0.010) == pytest.approx(0.858376, rel=1e-4)


@given(st.floats(0.02, 0.9), st.sampled_from([0.2, 0.3, 0.6]), st.floats(0.001, 0.2))
def test_fill_is_the_inverse_of_flow(fill, diameter, slope):
    assert fill_of(flow_at_fill(fill, diameter, slope, 0.01), diameter, slope, 0.01) == pytest.approx(
        fill, abs=1e-6
    )


def test_peak_at_the_norms_points_and_below_them():
    # 5 L/s = 432 m³/d: K = 2.7, with 0.1 infiltration 5·2.8 = 14 L/s. 10 L/s: K halfway 2.7 and 2.4 = 2.55 → 26.5 L/s.
    assert peak(432.0) == pytest.approx(14.0)
    assert peak(864.0) == pytest.approx(26.5)
    # 0.5 L/s = 43.2 m³/d: K = 2.7·10^0.11 = 2.7·1.28825 = 3.47828 → 0.5·3.57828 = 1.78914 L/s.
    assert peak(43.2) == pytest.approx(1.78914, rel=1e-5)
    # One house, 0.24 m³/d = 0.002778 L/s: K at its cap of 4 → 0.002778·4.1 = 0.011389 L/s.
    assert peak(0.24) == pytest.approx(0.0113889, rel=1e-4)
    assert peak(0.0) == 0.0


@given(st.floats(0.01, 1e5), st.floats(1.0001, 3))
def test_peak_grows_with_the_mean(mean, factor):
    assert peak(mean * factor) > peak(mean)


def test_capacity_is_where_the_peak_fills_the_pipe():
    for d, s, f, mean in zip(KIT.dn_mm, KIT.slope_min, KIT.fill_max, KIT.mean_capacity_m3_d, strict=True):
        assert peak(mean) == pytest.approx(1000 * flow_at_fill(f, d / 1000, s, KIT.manning), rel=1e-6)
    assert (np.diff(KIT.mean_capacity_m3_d) > 0).all()


def test_trench_of_flat_depth_by_hand():
    # DN200 on concrete, 10 m at 1.2 m: w = 0.7, b = 0.15: pipe 130 + 0.7·1.35·(70 + 25·1.2) + 200·(0.7 + 0.3)
    # = 130 + 94.5 + 200 = 424.5 yuan/m.
    assert trench_works(
        10.0, 1.2, 1.2, KIT.trench_a[0, 1], KIT.trench_b[0, 1], KIT.trench_c[0, 1]
    ) == pytest.approx(4245.0)


@given(st.floats(0.9, 4), st.floats(0.9, 4))
def test_trench_integral_equals_a_thousand_slices(d1, d2):
    a, b, c = KIT.trench_a[0, 0], KIT.trench_b[0, 0], KIT.trench_c[0, 0]
    d = d1 + (np.arange(1000) + 0.5) / 1000 * (d2 - d1)
    assert trench_works(20.0, d1, d2, a, b, c) == pytest.approx(20 * np.mean(a + b * d + c * d * d), rel=1e-6)


def test_slope_is_limited_only_where_velocity_passes_its_limit():
    assert slope_limit(0.001, 0.2, 0.1, 0.01, 5.0) == 0.1
    # 50 L/s in DN200 at 0.3 runs faster than 5 m/s; at the limit it runs at 5 m/s.
    limit = slope_limit(0.05, 0.2, 0.3, 0.01, 5.0)
    assert limit < 0.3
    assert velocity_at(0.05, 0.2, limit, 0.01) == pytest.approx(5.0, abs=1e-3)


def test_present_value_factors():
    # M = 1.15·1.08 = 1.242; a = (1 − 1.05^−20)/0.05 = 12.4622.
    assert KIT.works_pv == pytest.approx(1.242)
    assert KIT.annuity == pytest.approx(12.4622, abs=1e-4)
    assert KIT.sewer_pv == pytest.approx(1.242 + 0.01 * 12.4622, abs=1e-5)
    assert math.isclose(KIT.depth_min_m[0], 0.9)
