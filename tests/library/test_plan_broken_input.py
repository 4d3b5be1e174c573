"""Input that is broken in ways a plan must live with: a plan for the rest and a named reason, or a clear refusal.

Each case spoils the village of :mod:`gis_village` and is planned, and checked, through the command line.
"""

import json

import numpy as np
import pytest
import rasterio
import shapely
from gis_village import EAST, NORTH, Village, write_raster, write_vector

from qingxi.cli import main
from qingxi.files.foreign_words import in_chinese


@pytest.fixture
def village(tmp_path):
    return Village(tmp_path)


@pytest.fixture
def planned(village, capsys):
    """Plan with these words; the summary, the codes of its faults and the reasons of unserved houses."""

    def run(words, *, ok=0):
        out = village.folder / "plan"
        assert main(["plan", *words, "--out", str(out), "--json"]) == ok
        told = json.loads(capsys.readouterr().out)
        if ok == 0:
            assert main(["check", str(out), "--json"]) == 0, capsys.readouterr().out
            capsys.readouterr()
        codes = {fault["code"] for fault in told["faults"]}
        return told, codes, "；".join(f["rule"] for f in told["faults"] if f["code"] == "unserved")

    return run


def without_outlet(args):
    return [a for a in args if not a.startswith("--outlet")]


def test_streets_in_pieces(village, planned):
    village.streets[2] = shapely.LineString([(EAST + 200, NORTH + 90), (EAST + 200, NORTH + 180)])
    village.houses[9:12] = [shapely.Point(EAST + 212, NORTH + 100 + 25 * i) for i in range(3)]
    args = [*village.write(), "--mode", "sewer"]
    write_vector(
        village.folder / "r.gpkg",
        [shapely.box(EAST + 150, NORTH + 40, EAST + 290, NORTH + 60)],
        {"kind": ["水源一级保护区"]},
    )
    told, codes, why = planned([*args, "--protected", str(village.folder / "r.gpkg")])
    assert "street-pieces" in codes
    assert told["households"]["connected"] + told["households"]["clustered"] >= 9
    assert told["households"]["unserved"] == 0 or "没有排放口" in why


def test_a_hamlet_below_every_outlet(village, planned):
    village.heights[:, 45:] += 40.0  # the outlet stands on a terrace 40 m above the houses
    told, _, _ = planned([*village.write(), "--mode", "sewer"])
    assert told["households"]["connected"] == 12
    assert told["pumps_street"] >= 1
    free, _, _ = planned(village.arguments())
    assert free["households"]["onsite"] == 12  # lifting all that is dearer than units


def test_no_land_for_a_plant(village, planned):
    args = without_outlet(village.write())
    everywhere = shapely.box(EAST - 900, NORTH - 900, EAST + 1500, NORTH + 1500)
    write_vector(village.folder / "p.gpkg", [everywhere], {"kind": ["永久基本农田"]})
    args += ["--protected", str(village.folder / "p.gpkg")]
    told, codes, why = planned([*args, "--mode", "sewer"])
    assert told["households"]["unserved"] == 12
    assert "不能建站：永久基本农田" in why
    assert {"outlet-none", "unserved"} <= codes
    free, _, _ = planned(args)
    assert free["households"]["onsite"] == 12
    assert free["households"]["unserved"] == 0


def test_no_outlet_given(village, planned):
    told, codes, _ = planned([*without_outlet(village.write()), "--mode", "sewer"])
    assert told["households"]["clustered"] == 12
    assert told["plants"] == 1
    assert "outlet-none" in codes


def test_zero_people(village, planned):
    village.columns["people_resident"] = [0.0] * 12
    told, codes, _ = planned(village.write())
    assert "people-none" in codes
    assert sum(told["households"][k] for k in ("connected", "clustered", "onsite", "reuse", "unserved")) == 12
    told, codes, _ = planned([*village.arguments(), "--mode", "sewer"])
    assert "people-none" in codes
    assert told["households"]["connected"] == 12  # pipes for empty houses, as was asked for


def test_a_plant_site_inside_protected_land(village, planned):
    args = without_outlet(village.write())
    low_end = shapely.box(EAST + 230, NORTH - 200, EAST + 500, NORTH + 300)  # where the plant stands otherwise
    write_vector(village.folder / "p.gpkg", [low_end], {"kind": ["永久基本农田"]})
    told, _, _ = planned([*args, "--mode", "sewer", "--protected", str(village.folder / "p.gpkg")])
    assert told["households"]["clustered"] == 12  # it stands elsewhere; rule protected of the check holds


def test_elevation_with_holes(village, planned):
    village.heights[25:40, 15:35] = np.nan  # over the western lane
    told, codes, why = planned([*village.write(), "--mode", "sewer"])
    assert {"height-hole", "point-outside-raster"} <= codes
    assert told["households"]["connected"] == 9
    assert told["households"]["unserved"] == 3
    assert "高程" in why


def test_elevation_in_feet_that_says_so(village, planned):
    metres, _, _ = planned([*village.write(), "--mode", "sewer"])
    write_raster(village.folder / "dem.tif", village.heights / 0.3048)
    with rasterio.open(village.folder / "dem.tif", "r+") as file:
        file.units = ["ft"]
    told, codes, _ = planned([*village.arguments(), "--mode", "sewer"])
    assert "height-feet" in codes
    assert told["cost"]["works"] == pytest.approx(metres["cost"]["works"], rel=1e-4)


def test_elevation_in_feet_that_does_not_say_so(village, planned):
    village.write()
    mains = [shapely.LineString([(EAST + 300 + 20 * i, NORTH), (EAST + 320 + 20 * i, NORTH)]) for i in range(6)]
    levels = {"id": [f"G{i}" for i in range(6)], "invert_up_m": [512.0] * 6, "invert_down_m": [511.9] * 6}
    write_vector(village.folder / "sewers.gpkg", mains, levels)
    more = ["--sewers", str(village.folder / "sewers.gpkg")]
    _, codes, _ = planned([*village.arguments(), *more])
    assert "height-like-feet" not in codes
    write_raster(village.folder / "dem.tif", village.heights / 0.3048)
    told, codes, _ = planned([*village.arguments(), *more])
    assert "height-like-feet" in codes
    (fault,) = [f for f in told["faults"] if f["code"] == "height-like-feet"]
    assert "3.2" in fault["rule"]  # 510 m of ground and less over mains at 512 m, times 3.28
    assert "0.3048" in fault["remedy"]


def test_coordinates_of_several_systems_mixed(village, planned):
    """Streets in degrees, houses in one zone, heights in another: one plan; streets called what they are not: refused."""
    whole, _, _ = planned([*village.write(), "--mode", "sewer"])
    from pyproj import Transformer

    change = Transformer.from_crs("EPSG:4544", "EPSG:4490", always_xy=True).transform
    degrees = [
        shapely.transform(s, lambda xy: np.column_stack(change(xy[:, 0], xy[:, 1]))) for s in village.streets
    ]
    (village.folder / "streets.gpkg").unlink()
    write_vector(village.folder / "streets.gpkg", degrees, {"id": ["0", "1", "2"]}, crs="EPSG:4490")
    told, _, _ = planned([*village.arguments(), "--mode", "sewer"])
    assert told["households"] == whole["households"]
    assert told["cost"]["works"] == pytest.approx(whole["cost"]["works"], rel=1e-3)
    (village.folder / "streets.gpkg").unlink()
    write_vector(village.folder / "streets.gpkg", degrees, {"id": ["0", "1", "2"]}, crs="EPSG:4544")
    refused, codes, _ = planned([*village.arguments(), "--mode", "sewer"], ok=2)
    assert codes & {"layers-apart", "crs-impossible"}
    assert refused["error"]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Expected '=' after a key in a key/value pair (at line 3, column 5)", "第 3 行第 5 列：键的后面要有等号"),
        ("'x.gpkg' not recognized as being in a supported file format.", "不是认识的文件格式"),
        ("File is not a zip file", "不是完整的 xlsx"),
        ("one thing nobody foresaw", "读不出来（one thing"),
        ("已经是中文", "已经是中文"),
    ],
)
def test_foreign_words_are_led_by_chinese(english, chinese):
    assert in_chinese(english).startswith(chinese)


def test_rate_and_examine_tell_the_faults_of_county_toml(tmp_path, capsys):
    from qingxi.world import write_county

    write_county(tmp_path, size="hamlet", seed=1)
    text = (tmp_path / "county.toml").read_text(encoding="utf-8")
    (tmp_path / "county.toml").write_text(text.replace("base_year = 2025", 'base_year = "soon"'), encoding="utf-8")
    for command in ("rate", "examine"):
        main([command, str(tmp_path), "--json"])
        told = json.loads(capsys.readouterr().out)
        assert any(f["field"] == "base_year" for f in told["faults"]), command
    (tmp_path / "county.toml").write_text("[county\n", encoding="utf-8")
    main(["rate", str(tmp_path)])
    assert "county.toml" in "".join(capsys.readouterr())
