"""The checker passes what the planner exports and names exactly the rule that a change breaks.

Three plans of one small village (tests/library/gis_village.py), exported and read back: A ends in an outlet behind a
ridge (so that it needs a lift) and has a house nobody can reach; B has no outlet, so that a plant is built; C is free
to choose and stays on site.
"""

import dataclasses

import numpy as np
import pytest
import shapely
from gis_village import EAST, NORTH, Village
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.check import RULES, check_plan
from qingxi.cli import main
from qingxi.files import read_plan


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("village")
    v = Village(folder)
    v.houses.append(shapely.Point(EAST - 190, NORTH + 390))  # farther from any street than a lateral reaches
    v.columns = {"id": [f"H{i + 1:02}" for i in range(13)], "people_resident": [3.0] * 13}
    v.heights[:, 43:47] += 4.0  # a ridge at 230 to 270 m along the main street
    args = v.write()
    asked = {
        "A": [*args, "--mode", "sewer"],
        "B": [*[a for a in args if not a.startswith("--outlet")], "--mode", "sewer"],
        "C": [a for a in args if not a.startswith("--outlet")],
    }
    read = {}
    for name, words in asked.items():
        assert main(["plan", *words, "--out", str(folder / name), "--json"]) == 0
        read[name] = read_plan(folder / name)
    read["folder"] = folder
    return read


def spoilt(plan, layer, column, at, value):
    """The plan with one cell changed; ``value`` may be a function of the old one."""
    layers = {name: dict(columns) for name, columns in plan.layers.items()}
    values = np.array(layers[layer][column], copy=True)
    values[at] = value(values[at]) if callable(value) else value
    layers[layer][column] = values
    return dataclasses.replace(plan, layers=layers)


def kind_at(plan, layer, kind, nth=0):
    return int(np.flatnonzero(plan.text(layer, "kind") == kind)[nth])


def without(plan, layer, at):
    """The plan without one row of a layer (for pipes, their geometry too)."""
    layers = {name: dict(columns) for name, columns in plan.layers.items()}
    layers[layer] = {name: np.delete(values, at) for name, values in layers[layer].items()}
    if layer != "pipes":
        return dataclasses.replace(plan, layers=layers)
    pieces = [plan.pipe_coords_m[a:b] for a, b in zip(plan.pipe_offsets[:-1], plan.pipe_offsets[1:], strict=True)]
    del pieces[at]
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in pieces])]).astype(np.int64)
    return dataclasses.replace(plan, layers=layers, pipe_coords_m=np.concatenate(pieces), pipe_offsets=offsets)


def figure(plan, value, *path):
    figures = dict(plan.figures)
    inner = figures
    for key in path[:-1]:
        inner[key] = dict(inner[key])
        inner = inner[key]
    inner[path[-1]] = value
    return dataclasses.replace(plan, figures=figures)


def test_plans_are_what_the_cases_need(plans):
    a, b, c = plans["A"], plans["B"], plans["C"]
    assert (a.text("nodes", "kind") == "lift").any()
    assert (a.text("households", "mode") == "unserved").sum() == 1
    assert b.rows("plants") >= 1
    assert set(c.text("households", "mode")) <= {"onsite", "reuse"}


@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_exported_plan_passes(plans, name):
    report = check_plan(plans[name])
    assert not report.violations, report.violations[:5]
    # Withholding everything would pass as well: the rules must have been held against something.
    held = {rule for rule, count in report.checked.items() if count}
    if name != "C":
        assert {"tree", "flow", "slope", "cover", "depth", "join-up", "capacity", "velocity", "money"} <= held


def lower_end_deeper(a):
    """A pipe's lower end 6 m down: deeper than may be dug; its slope, fill, cost and the joint below all change."""
    return spoilt(a, "pipes", "invert_down_m", kind_at(a, "pipes", "gravity"), lambda v: v - 6.0)


# fmt: off
CASES = [
    # plan, how it is spoilt, the rules that must be named, exactly
    ("A", lambda p: spoilt(p, "pipes", "from_node", kind_at(p, "pipes", "gravity"), 99999), {"tree", "flow", "cover"}),
    ("A", lambda p: spoilt(p, "households", "system_id", 0, 77), {"every-house", "flow"}),
    ("A", lambda p: spoilt(p, "households", "mode", 0, "town"), {"every-house", "figures", "tree", "money"}),
    ("A", lambda p: spoilt(p, "households", "reason", int(np.flatnonzero(p.text("households", "mode") == "unserved")[0]), " "), {"every-house"}),
    ("A", lambda p: without(p, "households", 0), {"every-house", "flow", "tree", "figures", "hamlets"}),
    ("A", lambda p: spoilt(p, "households", "flow_m3_d", 0, lambda v: v * 2), {"flow", "hamlets"}),
    ("A", lambda p: spoilt(p, "pipes", "mean_flow_m3_d", kind_at(p, "pipes", "gravity"), lambda v: v + 0.5), {"flow"}),
    ("A", lambda p: spoilt(p, "pipes", "households_up", kind_at(p, "pipes", "gravity"), 9), {"flow"}),
    ("A", lambda p: spoilt(p, "pipes", "slope", kind_at(p, "pipes", "gravity"), 0.0001), {"slope", "capacity", "velocity"}),
    ("A", lambda p: spoilt(p, "pipes", "velocity_m_s", kind_at(p, "pipes", "gravity"), lambda v: v + 1), {"velocity"}),
    ("A", lambda p: spoilt(p, "pipes", "fill", kind_at(p, "pipes", "gravity"), lambda v: v + 0.1), {"capacity"}),
    ("A", lambda p: spoilt(p, "pipes", "works_yuan", kind_at(p, "pipes", "gravity"), lambda v: v + 100), {"money"}),
    ("A", lambda p: spoilt(p, "pipes", "works_yuan", kind_at(p, "pipes", "lateral"), lambda v: v - 100), {"money"}),
    ("A", lambda p: spoilt(p, "pipes", "surface", kind_at(p, "pipes", "gravity"), "earth"), {"money"}),
    ("A", lambda p: spoilt(p, "pipes", "crossing", kind_at(p, "pipes", "gravity"), "river"), {"money"}),
    ("A", lambda p: spoilt(p, "pipes", "excavation_m3", kind_at(p, "pipes", "gravity"), lambda v: v + 5), {"money", "figures"}),
    ("A", lambda p: spoilt(p, "nodes", "works_yuan", kind_at(p, "nodes", "manhole"), lambda v: v + 50), {"money"}),
    ("A", lambda p: spoilt(p, "nodes", "kind", kind_at(p, "nodes", "lift"), "manhole"), {"lift", "money", "join-up"}),
    ("A", lambda p: without(p, "lifts", 0), {"lift", "money"}),
    ("A", lambda p: spoilt(p, "lifts", "head_m", 0, lambda v: v + 3), {"lift", "money"}),
    ("A", lambda p: spoilt(p, "lifts", "peak_flow_l_s", 0, lambda v: v + 1), {"flow", "money"}),
    ("A", lambda p: spoilt(p, "systems", "consent", 0, "不同意"), {"spare"}),
    ("A", lambda p: spoilt(p, "systems", "present_value_yuan", 0, lambda v: v - 1000), {"money", "figures"}),
    ("A", lambda p: spoilt(p, "systems", "hamlets", 0, "x"), {"hamlets"}),
    ("A", lambda p: spoilt(p, "hamlets", "households", 0, 1), {"hamlets"}),
    ("A", lambda p: figure(p, 1.0, "cost", "present_value"), {"figures"}),
    ("A", lambda p: figure(p, 1e12, "bound"), {"figures"}),
    ("A", lambda p: figure(p, 13, "households", "connected"), {"figures"}),
    ("A", lambda p: figure(p, 0.0, "pipe_m", "gravity"), {"figures"}),
    ("A", lambda p: figure(p, 1.0, "parameters", "tables", "prices", "energy.price"), {"tables", "money"}),
    ("B", lambda p: spoilt(p, "plants", "design_m3_d", 0, 0.1), {"capacity", "money"}),
    ("B", lambda p: spoilt(p, "plants", "running_yuan_y", 0, lambda v: v / 2), {"money"}),
    ("B", lambda p: spoilt(p, "plants", "land_m2", 0, 1.0), {"money"}),
    ("B", lambda p: spoilt(spoilt(p, "plants", "x_m", 0, float(p.numbers("households", "x_m")[0])), "plants", "y_m", 0, float(p.numbers("households", "y_m")[0])), {"distance"}),
    ("C", lambda p: spoilt(p, "households", "works_yuan", 0, lambda v: v + 100), {"money"}),
    ("C", lambda p: spoilt(p, "households", "node_id", 0, 3), {"tree"}),
    ("C", lambda p: figure(p, "sewer", "mode"), {"every-house"}),
]
# fmt: on


@pytest.mark.parametrize(
    ("name", "spoil", "rules"), CASES, ids=[f"{c[0]}{i}-{'+'.join(sorted(c[2]))}" for i, c in enumerate(CASES)]
)
def test_change_names_its_rules(plans, name, spoil, rules):
    report = check_plan(spoil(plans[name]))
    # What a hamlet bears follows from every price: it differs with most of them (tests of its own: test_check_files).
    assert set(report.by_rule()) - {"comparison"} == rules, [str(v) for v in report.violations][:8]


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lower_end_deeper, "depth"),
        (lower_end_deeper, "join-up"),
        (lambda p: spoilt(p, "pipes", "invert_up_m", kind_at(p, "pipes", "gravity"), lambda v: v + 2.5), "cover"),
        (lambda p: spoilt(p, "pipes", "length_m", kind_at(p, "pipes", "gravity"), 55.0), "spacing"),
        (lambda p: spoilt(p, "pipes", "length_m", kind_at(p, "pipes", "gravity"), 5.0), "geometry"),
        (lambda p: spoilt(p, "pipes", "peak_flow_l_s", kind_at(p, "pipes", "gravity"), 90.0), "capacity"),
        (lambda p: spoilt(p, "pipes", "dn_mm", kind_at(p, "pipes", "gravity"), 600), "capacity"),
        (lambda p: spoilt(p, "nodes", "node_id", 1, int(p.whole("nodes", "node_id")[0])), "unique"),
        (lambda p: spoilt(p, "nodes", "x_m", 0, lambda v: v + 3), "geometry"),
    ],
)
def test_change_names_this_rule_among_others(plans, spoil, rule):
    """A change of a level or a length shows in many places; the rule it breaks first must be among them."""
    assert rule in check_plan(spoil(plans["A"])).by_rule()


def test_cycle_is_found(plans):
    """The pipe that leaves the outlet's neighbour is turned back to a pipe above it."""
    p = plans["A"]
    gravity = np.flatnonzero(p.text("pipes", "kind") == "gravity")
    starts, ends = p.whole("pipes", "from_node"), p.whole("pipes", "to_node")
    second = next(i for i in gravity if ends[i] in starts[gravity])
    below = next(i for i in gravity if starts[i] == ends[second])
    report = check_plan(spoilt(p, "pipes", "to_node", below, int(starts[second])))
    assert any("环" in v.message for v in report.by_rule()["tree"])


def test_protected_land_and_spare_capacity(plans):
    """Surroundings are given by hand: an area over the whole village, and a main that takes 0.1 m³ a day."""
    a, b = plans["A"], plans["B"]
    area = np.array([shapely.box(EAST - 500, NORTH - 500, EAST + 900, NORTH + 900)])
    for plan, kind, layers in (
        (b, "永久基本农田", {"plants", "pipes"}),  # house connections need an approval there
        (a, "水源一级保护区", {"pipes"}),
        (a, "河道管理范围", {"pipes"}),  # an approval and a price that the plan does not tell of
    ):
        around = dataclasses.replace(plan.around, protected=(area, np.array([kind], dtype=object)))
        found = check_plan(dataclasses.replace(plan, around=around)).by_rule().get("protected", [])
        assert {v.what for v in found} == layers
    main_line = np.array([shapely.LineString([(EAST + 300, NORTH), (EAST + 400, NORTH)])])
    word = np.array(["未征询"], dtype=object)
    around = dataclasses.replace(
        a.around, sewers=(main_line, np.array(["G1"], dtype=object), np.array([0.1]), word)
    )
    assert set(check_plan(dataclasses.replace(a, around=around)).by_rule()) == {"spare"}


_NUMBERS = [
    (
        "pipes",
        (
            "length_m",
            "dn_mm",
            "invert_up_m",
            "invert_down_m",
            "slope",
            "mean_flow_m3_d",
            "peak_flow_l_s",
            "works_yuan",
        ),
    ),
    ("nodes", ("ground_m", "invert_m", "works_yuan", "x_m", "y_m")),
    ("lifts", ("peak_flow_l_s", "head_m", "works_yuan", "running_yuan_y")),
    ("households", ("people_resident", "flow_m3_d", "works_yuan", "present_value_yuan", "x_m", "y_m")),
    (
        "systems",
        ("households", "people", "flow_m3_d", "works_yuan", "capex_yuan", "running_yuan_y", "present_value_yuan"),
    ),
    ("hamlets", ("households", "people_resident", "flow_m3_d")),
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_random_change_is_missed(plans, data):
    """Any number of plan A, moved by a fifth and at least one (an inflow of air included), is noticed."""
    plan = plans["A"]
    layer, columns = data.draw(st.sampled_from(_NUMBERS))
    column = data.draw(st.sampled_from(columns))
    values = plan.numbers(layer, column)
    rows = np.flatnonzero(np.isfinite(values))
    if layer in ("nodes",) and column in ("ground_m", "invert_m"):
        # The ground of the end, and the invert of an end without outgoing pipe, bind nothing but the arriving depth.
        rows = rows[np.isin(plan.text("nodes", "kind")[rows], ["manhole"])]
    at = int(data.draw(st.sampled_from(rows.tolist())))
    sign = data.draw(st.sampled_from([-1, 1]))
    step = max(abs(values[at]) * 0.2, 1.0)
    report = check_plan(spoilt(plan, layer, column, at, lambda v: v + sign * step))
    assert report.violations, (layer, column, at, values[at])


def test_spoilt_file_is_named_and_exits_1(plans, tmp_path, capsys):
    """The whole way: a copied export with one changed cell, read from disk by the command."""
    import shutil
    import sqlite3

    folder = tmp_path / "copy"
    shutil.copytree(plans["folder"] / "A", folder)
    with sqlite3.connect(folder / "plan.gpkg") as db:
        db.execute("UPDATE systems SET works_yuan = works_yuan + 5000")
    assert main(["check", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "违规  money" in told
    assert "合格  tree" in told


def test_no_plan_is_refused(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    assert "plan.gpkg" in capsys.readouterr().err


def test_every_rule_has_words():
    assert all(RULES.values())
