"""Two real settlements."""

from pathlib import Path

import numpy as np
import pytest

from qingxi.plan import PlanInput, plan
from qingxi.terrain import Elevation, Streets
from qingxi.village import DataLevel, Households

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CASES = {
    "oman_57": ("buildings_clipped.shp", "roads_clipped.shp", (691350.0, 2553250.0), 57),
    "oman_800": ("bld.shp", "roads.shp", (690500.0, 2557000.0), 800),
}


def settlement(name, **more):
    buildings, roads, outlet, _ = CASES[name]
    if not (DATA / name).exists():
        pytest.skip(f"no {DATA / name}: the real settlement is not here")
    import pyogrio.raw
    import rasterio
    import shapely

    def layer(file):
        return shapely.from_wkb(pyogrio.raw.read(DATA / name / file)[2])

    houses = shapely.get_coordinates(shapely.centroid(layer(buildings)))
    lines = [shapely.get_coordinates(line) for line in shapely.get_parts(layer(roads))]
    with rasterio.open(DATA / name / "dem.tif") as source:
        z = source.read(1).astype(float)
        z[(z < -1000) | (z == source.nodata)] = np.nan
        ground = Elevation(z, tuple(source.transform)[:6], 0.1)
    fields = {
        "level": DataLevel.L2, "mode": "sewer", "households": Households.at(houses[:, 0], houses[:, 1]),
        "streets": Streets.from_lines(lines), "elevation": ground, "outlets_m": np.array([outlet]), "people_default": 3,
    }  # fmt: skip
    return PlanInput(**(fields | more))


@pytest.mark.parametrize("name", CASES)
def test_every_building_is_tied_in(name):
    result = plan(settlement(name))
    assert result.figures["households"]["connected"] == CASES[name][3]
    assert result.figures["households"]["unserved"] == 0
    pipes = result.tables.pipes
    gravity = pipes["kind"] == "gravity"
    assert pipes["length_m"][gravity].max() <= 40.0
    assert pipes["velocity_m_s"][gravity].max() <= 5.0 + 1e-6
    # Everything that is produced arrives: 3 people × 80 L × houses.
    assert result.tables.systems["flow_m3_d"].sum() == pytest.approx(CASES[name][3] * 0.24)


def test_a_free_plan_is_cheaper_than_sewers_for_all():
    sewer = plan(settlement("oman_57"))
    free = plan(settlement("oman_57", mode="free"))
    assert free.figures["cost"]["present_value"] < sewer.figures["cost"]["present_value"]
