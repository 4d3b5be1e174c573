"""Existing mains: the owner's three answers, spare capacity shared along a main and by the mains of a plant, inverts."""

import numpy as np
import pytest
import shapely
from plan_ground import plane

from qingxi.plan import PlanInput, plan
from qingxi.terrain import ExistingPlants, ExistingSewers, Streets
from qingxi.village import DataLevel, Households


def text(*values):
    return np.array(values, dtype=object)


def mains(*rows):
    """(line, spare, consent, plant, invert up, invert down) rows."""
    columns = list(zip(*rows, strict=True))
    number = [np.array(c, dtype=float) for c in (columns[1], columns[4], columns[5])]
    return ExistingSewers(
        np.array([shapely.LineString(line) for line in columns[0]]), text(*(f"M-{i + 1}" for i in range(len(rows)))),
        np.full(len(rows), 300.0), number[1], number[2], number[0], text(*columns[3]),
        text(*(["县水务公司"] * len(rows))), text(*columns[2]),
    )  # fmt: skip


def town_plant(spare):
    return ExistingPlants(
        text("TP-1"), text("镇污水处理站"), text("township"), np.array([2000.0]), np.array([0.0]), np.array([spare + 50]),
        np.array([50.0]), text("县水务公司"), text("已同意"), text("在用"), text(""), np.array([2018.0]), np.array([1e6]),
    )  # fmt: skip


def two_lanes_to_a_main(sewers, **more):
    """Two lanes of ten houses (2.4 m³ a day each) run 200 m down to a main along x = 0 … 400; lanes 400 m apart."""
    x = np.concatenate([np.full(10, 10.0), np.full(10, 410.0)])
    y = np.tile(20.0 + 18.0 * np.arange(10), 2)
    fields = {
        "level": DataLevel.L2, "households": Households.at(x, y, people_resident=3.0),
        "streets": Streets.from_lines([[(0, 200), (0, 0)], [(400, 200), (400, 0)]]),
        "elevation": plane(0.0, 0.02), "sewers": sewers, "effort": 0.3, "household_units": False,
    }  # fmt: skip
    return plan(PlanInput(**(fields | more)))


ALONG = [(0, 0), (400, 0)]
NAN = float("nan")


@pytest.mark.parametrize(
    ("consent", "connected", "asks"),
    [("已同意", 20, False), ("未征询", 20, True), ("不同意", 0, False), ("", 20, True)],
)
def test_the_owners_answer(consent, connected, asks):
    result = two_lanes_to_a_main(mains((ALONG, 50.0, consent, "", NAN, NAN)))
    assert result.figures["households"]["connected"] == connected
    systems = result.tables.systems
    joined = systems["mode"] == "town_connection"
    assert joined.any() == (connected > 0)
    if consent:
        assert set(systems["consent"][joined]) <= {consent}
        assert [("须书面征得" in r) for r in systems["reason"][joined]] == [asks] * joined.sum()


def test_spare_capacity_is_shared_along_a_main():
    """Room for one lane and a quarter: two places of one main may not each use it up."""
    sewers = mains((ALONG, 3.0, "已同意", "", NAN, NAN))
    result = two_lanes_to_a_main(sewers)
    systems = result.tables.systems
    joined = systems["mode"] == "town_connection"
    assert 2.4 - 1e-9 <= systems["flow_m3_d"][joined].sum() <= 3.0 + 1e-9
    roomy = two_lanes_to_a_main(mains((ALONG, 5.0, "已同意", "", NAN, NAN))).tables.systems
    joined = roomy["mode"] == "town_connection"
    assert joined.sum() == 2
    assert roomy["flow_m3_d"][joined].sum() == pytest.approx(4.8)


def test_two_mains_of_one_plant_share_its_room():
    west, east = [(0, 0), (0, -50)], [(400, 0), (400, -50)]
    each = mains((west, NAN, "已同意", "TP-1", NAN, NAN), (east, NAN, "已同意", "TP-1", NAN, NAN))
    for room, most in ((3.0, 3.0), (6.0, 4.8)):
        systems = two_lanes_to_a_main(each, plants=town_plant(room)).tables.systems
        joined = systems["mode"] == "town_connection"
        assert 2.4 - 1e-9 <= systems["flow_m3_d"][joined].sum() <= most + 1e-9


def test_a_main_without_room_or_with_unknown_room_is_not_joined():
    for spare in (0.0, NAN):
        result = two_lanes_to_a_main(mains((ALONG, spare, "已同意", "", NAN, NAN)))
        assert result.figures["households"]["connected"] == 0


def test_a_high_main_takes_pumps_and_a_deep_one_does_not():
    """The lanes rise 1 m towards a main at 100 m ground: by gravity they arrive 2.4 m deep, which only the deep main takes."""
    up = {"elevation": plane(0.0, -0.005), "mode": "sewer"}
    shallow = two_lanes_to_a_main(mains((ALONG, 50.0, "已同意", "", 99.0, 99.0)), **up)
    deep = two_lanes_to_a_main(mains((ALONG, 50.0, "已同意", "", 96.5, 96.5)), **up)
    assert shallow.figures["pumps"] > 0
    assert deep.figures["pumps"] == 0
    for result, invert in ((shallow, 99.0), (deep, 96.5)):
        nodes = result.tables.nodes
        ends = nodes["kind"] == "join"
        assert (nodes["invert_m"][ends] >= invert - 0.01).all() or result.figures["pumps_street"] > 0
    assert deep.tables.nodes["depth_m"].max() == pytest.approx(2.44, abs=0.15)
