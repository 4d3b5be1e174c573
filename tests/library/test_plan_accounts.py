"""A plan's tables agree with each other and with its figures, whatever the village."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import random_village, street_of_houses

from qingxi.plan import plan

COUNTS = ("connected", "clustered", "onsite", "unserved", "reuse", "controlled")


def check_accounts(result):
    t, f = result.tables, result.figures
    for name in ("systems", "hamlets", "households", "nodes", "pipes", "lifts", "plants"):
        assert len({len(column) for column in getattr(t, name).values()}) <= 1, name
    assert sum(f["households"][k] for k in COUNTS) == f["households"]["all"]
    tied = t.households["node_id"] >= 0
    assert tied.sum() == f["households"]["connected"] + f["households"]["clustered"]
    assert (t.pipes["kind"] == "lateral").sum() == tied.sum()
    # Every street node but an end has one outgoing pipe.
    inner = np.isin(t.nodes["kind"], ["manhole", "lift", "pass", "house"])
    assert sorted(t.pipes["from_node"]) == sorted(t.nodes["node_id"][inner])
    gravity = t.pipes["kind"] == "gravity"
    assert (t.pipes["slope"][gravity] >= 0.004 - 1e-9).all()
    assert (t.pipes["fill"][gravity] <= 0.55).all()
    # Money: systems are the sum of what they are made of; the plan is the sum of its systems.
    s = t.systems
    for i, system in enumerate(s["system_id"]):
        if s["node_id"][i] < 0:
            parts = t.households["works_yuan"][t.households["system_id"] == system].sum()
        else:
            parts = (
                sum(
                    layer["works_yuan"][layer["system_id"] == system].sum() for layer in (t.pipes, t.nodes, t.lifts)
                )
                + t.plants["works_yuan"][t.plants["system_id"] == system].sum()
            )
        assert s["works_yuan"][i] == pytest.approx(parts)
    assert f["cost"]["present_value"] == pytest.approx(s["present_value_yuan"].sum())
    assert f["cost"]["capex"] == pytest.approx(1.242 * f["cost"]["works"])
    assert f["bound"] <= f["cost"]["present_value"] + 0.5
    if f["gap_causes"]:  # the gap by cause is the whole gap; of what can be told apart nothing is negative
        assert sum(f["gap_causes"].values()) == pytest.approx(f["cost"]["present_value"] - f["bound"], abs=0.01)
        assert min(f["gap_causes"][k] for k in ("depth", "lifts", "plant_curve", "trunk_step")) >= -1e-6
    # A hamlet bears what its households bear: nothing is lost in sharing.
    assert t.hamlets["present_value_yuan"].sum() == pytest.approx(f["cost"]["present_value"], rel=1e-6)
    # Geometry runs from node to node.
    first = t.pipe_coords_m[t.pipe_offsets[:-1]]
    at = {n: (x, y) for n, x, y in zip(t.nodes["node_id"], t.nodes["x_m"], t.nodes["y_m"], strict=True)}
    for xy, node in zip(first, t.pipes["from_node"], strict=True):
        assert np.hypot(*(xy - at[node])) < 0.02


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_accounts_of_random_villages(seed):
    check_accounts(plan(random_village(seed)))
    check_accounts(plan(random_village(seed, mode="sewer")))


def test_a_dense_street_beside_its_outlet_is_tied_to_it():
    result = plan(street_of_houses(20, gap_m=8.0))
    check_accounts(result)
    assert result.figures["households"]["connected"] == 20
    assert "近纳管" in result.tables.hamlets["reason"][0]


def test_scattered_houses_stay_by_themselves_and_say_why():
    result = plan(street_of_houses(6, gap_m=150.0, outlet=False))
    check_accounts(result)
    assert result.figures["households"]["onsite"] == 6
    assert "近纳管不行：没有可接入" in result.tables.hamlets["reason"][0]
    assert "聚集中贵" in result.tables.hamlets["reason"][0]


def test_sewer_mode_ties_even_scattered_houses():
    result = plan(street_of_houses(6, gap_m=150.0, mode="sewer"))
    check_accounts(result)
    assert result.figures["households"]["connected"] == 6


def test_the_same_input_gives_the_same_plan():
    a, b = plan(random_village(7)), plan(random_village(7))
    for name in ("systems", "households", "nodes", "pipes", "lifts", "plants"):
        for key, column in getattr(a.tables, name).items():
            assert (column == getattr(b.tables, name)[key]).all(), (name, key)


def test_no_house_at_all_is_a_plan_of_nothing():
    result = plan(street_of_houses(0, gap_m=20.0, streets=street_of_houses(3).streets))
    assert result.figures["households"]["all"] == 0
    assert result.figures["cost"]["present_value"] == 0


def test_empty_houses_add_no_flow():
    result = plan(street_of_houses(8, people=0.0, mode="sewer"))
    check_accounts(result)
    assert result.figures["gap_causes"]
    assert result.tables.pipes["mean_flow_m3_d"].sum() == 0
    assert result.figures["households"]["connected"] == 8
