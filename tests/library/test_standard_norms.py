"""Every norm set is whole, carries its sources, and keeps pipes below its own frost."""

import re

import numpy as np
import pytest

from qingxi.sewer import design_forest, new_design, sewer_kit
from qingxi.standard import Trust, frost_depth_m, load_table, norms_for_frost

SETS = ("rural_sewer", "rural_sewer_cold", "rural_sewer_severe")


@pytest.mark.parametrize("name", SETS)
def test_every_row_says_where_it_is_from(name):
    for row in load_table(name):
        assert row.source
        assert row.meaning
        # What cites a standard by its number names what in it, and says so where the text was not at hand.
        if row.trust is Trust.REMEMBERED:
            assert "忆" in row.source, row.key
        if row.source.startswith("GB 50014-"):
            assert re.search(r"\d\.\d", row.source), f"{row.key}: no clause"
        if row.trust is Trust.ASSUMPTION:
            assert "GB " not in row.source, row.key
        if row.low is not None and row.high is not None and row.key not in ("cover.min",):
            assert row.low <= row.value <= row.high, row.key


@pytest.mark.parametrize("name", SETS)
def test_pipes_lie_below_the_frost(name):
    norms, prices = load_table(name), load_table("prices")
    frost = norms["frost.depth"]
    kit = sewer_kit(norms, prices)
    assert norms["cover.min"] >= frost
    assert norms["lateral.start_depth"] - norms["lateral.dn"] / 1000 >= frost
    assert norms["pressure.depth"] - kit.pressure_dn_mm[kit.pressure_dn_mm <= 300].max() / 1000 >= frost - 1e-9
    # A flat chain of two pipes: the first crown lies just at the cover, the second deeper by the fall.
    out = new_design(3)
    whole = np.zeros(2, dtype=np.int64)
    design_forest(
        kit, np.full(3, 100.0), np.full(2, 30.0), whole, whole, np.array([1, 2, -1]), np.array([0, 1, -1]),
        np.zeros(3, dtype=bool), np.array([0]), np.array([0.24]), np.array([0.24]), np.array([0.0]), np.array([False]),
        np.full(3, 9.0), out,
    )  # fmt: skip
    assert out.depth_m[0] == pytest.approx(norms["cover.min"] + 0.2)
    assert out.depth_m[1] == pytest.approx(norms["cover.min"] + 0.2 + 0.12)


@pytest.mark.parametrize(
    ("code", "depth", "norms"),
    [("440000", 0.0, "rural_sewer"), ("110109", 0.8, "rural_sewer_cold"), ("230100", 2.0, "rural_sewer_severe"),
     ("410100", 0.2, "rural_sewer"), ("", 0.0, "rural_sewer")],
)  # fmt: skip
def test_frost_by_province(code, depth, norms):
    assert frost_depth_m(code) == depth
    assert norms_for_frost(depth) == norms


@pytest.mark.parametrize(
    ("more", "told"),
    [('code = "230123"', True), ('code = "230123"\nnorms = "rural_sewer_severe"\nfrost_depth_m = 1.6', False),
     ('code = "440105"', False), ('code = "440105"\nfrost_depth_m = 0.9', True), ('code = "440105"\nfrost_depth_m = "deep"', False)],
)  # fmt: skip
def test_a_county_too_cold_for_its_norms_is_told(more, told, tmp_path):
    from qingxi.files import Faults, read_county_folder

    (tmp_path / "county.toml").write_text(f'[county]\nname = "某县"\n{more}\n', encoding="utf-8")
    faults = Faults()
    read_county_folder(tmp_path, faults)
    assert faults.has("frost") is told
    assert faults.has("toml-value") is ("deep" in more)
