"""The command line on two real settlements (reference data beside the checkout; skipped where it is absent)."""

import json
from pathlib import Path

import pytest

from qingxi.cli import main

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CASES = {
    "oman_57": ("buildings_clipped.shp", "roads_clipped.shp", "691350,2553250", 57),
    "oman_800": ("bld.shp", "roads.shp", "690500,2557000", 800),
}


def arguments(name):
    houses, streets, outlet, _ = CASES[name]
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"reference data {name} is not beside the checkout")
    files = ("--households", folder / houses, "--streets", folder / streets, "--elevation", folder / "dem.tif")
    return [*map(str, files), f"--outlet={outlet}", "--people", "3", "--mode", "sewer"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("surveyed", [False, True], ids=["L1", "L2"])
def test_every_building_is_connected_or_named(name, surveyed, tmp_path, capsys):
    """Whole at both levels: with levels withheld as the file says nothing of its error, and with all hydraulics at 0.1 m."""
    args = arguments(name) + (["--vertical-error", "0.1"] if surveyed else [])
    assert main(["plan", *args, "--out", str(tmp_path), "--effort", "0", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    houses = plan["households"]
    assert houses["all"] == CASES[name][3]
    assert houses["connected"] + houses["unserved"] == houses["all"]
    assert plan["level"] == ("L2" if surveyed else "L1")
    assert bool(plan["withheld"]) is not surveyed
    assert plan["inputs"][0]["crs"] == plan["crs"] == "EPSG:32640"
    # The rasters hold -3.4e38, which is not the nodata value they declare.
    assert "height-nodata" in {fault["code"] for fault in plan["faults"]}
    assert main(["check", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    if surveyed:
        assert not report["withheld"]
        assert all(
            report["checked"][rule]
            for rule in ("tree", "flow", "slope", "cover", "depth", "join-up", "velocity", "money")
        )


def test_outlet_in_degrees_is_the_same_outlet(tmp_path, capsys):
    """691350 E, 2553250 N of zone 40 is 58.8661 E, 23.0759 N by PROJ; a metre is 1e-5 degrees."""
    from pyproj import Transformer

    args = arguments("oman_57")
    lon, lat = Transformer.from_crs("EPSG:32640", "EPSG:4490", always_xy=True).transform(691350, 2553250)
    assert main(["plan", *args, "--out", str(tmp_path / "a"), "--effort", "0", "--json"]) == 0
    metres = json.loads(capsys.readouterr().out)
    degrees = [a if not a.startswith("--outlet") else f"--outlet={lon:.8f},{lat:.8f}" for a in args]
    assert main(["plan", *degrees, "--out", str(tmp_path / "b"), "--effort", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"]["works"] == pytest.approx(metres["cost"]["works"], rel=1e-3)
