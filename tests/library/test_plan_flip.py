"""Flip prices: by hand, as straight lines, and tried: at 1.02 times the way there the hamlet decides otherwise, at 0.98 it does not.

``QINGXI_FLIP_HAMLETS`` sets how many hamlets are tried (12).
"""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey
from qingxi.plan import plan, read_changes
from qingxi.plan.flip import decided, flip_of
from qingxi.plan.reprice import repriced
from qingxi.plan.ways import LEVERS, WayFinder
from qingxi.world import write_county

HAMLETS = int(os.environ.get("QINGXI_FLIP_HAMLETS", "12"))
PIPE, UNIT, REUSE, PLANT, TOWN = range(5)


def test_unit_against_a_shared_plant():
    # 100,000 of units against 90,000 of sewers and 60,000 of plant: units x 1.5, sewers x 40/90, plant x 10/60.
    parts = np.array([[0.0, 1e5, 0, 0, 0], [9e4, 0, 0, 6e4, 0]])
    modes = ["onsite", "shared_plant"]
    assert flip_of(parts, modes, UNIT) == (pytest.approx(1.5), "shared_plant")
    assert flip_of(parts, modes, PIPE) == (pytest.approx(40 / 90), "shared_plant")
    assert flip_of(parts, modes, PLANT) == (pytest.approx(10 / 60), "shared_plant")
    assert np.isnan(flip_of(parts, modes, TOWN)[0])


def test_the_nearest_of_two_flips_and_the_other_way_of_the_same_mode():
    # Sewers x 1.2: 120 + 50 = 170 = units; but another sewered way of 60 + 100 = 160 takes over at 1 + 10/40 = 1.25 only.
    parts = np.array([[100.0, 0, 0, 50, 0], [0, 170.0, 0, 0, 0], [60.0, 0, 0, 100, 0]])
    assert flip_of(parts, ["shared_plant", "onsite", "shared_plant"], PIPE) == (pytest.approx(1.2), "onsite")
    # With units at 180 the second way is cheaper from 1.25 on (125 + 50 = 75 + 100), and units from 180 = 60 f + 100.
    parts[1, UNIT] = 180.0
    factor, to = flip_of(parts, ["shared_plant", "onsite", "shared_plant"], PIPE)
    assert (factor, to) == (pytest.approx(80 / 60), "onsite")


def test_a_flip_that_does_not_hold_on_both_sides_is_not_told():
    # From 1.00 on plant, from 1.01 on units: a hamlet on the edge has no flip worth telling in sewers.
    parts = np.array([[100.0, 0, 0, 0, 0], [50.0, 0, 0, 50.5, 0], [101.0, 0, 0, 0, 0]])
    factor, _ = flip_of(parts, ["town_connection", "shared_plant", "onsite"], PIPE)
    assert np.isnan(factor) or decided(parts, ["t", "p", "o"], PIPE, 0.98 * factor) == "t"
    # What cannot be is never chosen.
    parts = np.array([[100.0, 0, 0, 0, 0], [np.inf] * 5])
    assert np.isnan(flip_of(parts, ["town_connection", "onsite"], PIPE)[0])


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=5, max_size=5), min_size=2, max_size=5), st.integers(0, 4))
def test_what_is_told_holds_on_both_sides(rows, lever):
    parts = np.array(rows)
    modes = ["onsite", "shared_plant", "town_connection", "reuse", "onsite"][: len(rows)]
    factor, to = flip_of(parts, modes, lever)
    if np.isfinite(factor):
        up = 0.02 if factor > 1 else -0.02
        assert decided(parts, modes, lever, 1.0) == decided(parts, modes, lever, factor * (1 - up)) == modes[0]
        assert decided(parts, modes, lever, factor * (1 + up)) == to != modes[0]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    write_county(folder, size="hamlet", seed=1)
    read = read_county_folder(folder, Faults())
    survey = read_survey(SurveyRequest(layers=read.layers, crs=read.crs, norms=read.norms, prices=read.prices))
    result = plan(survey.given)
    return result, WayFinder(result.standing.settled.problem, result.standing.settled.chosen)


def test_a_hamlet_decided_again_at_its_flip_price_turns_and_just_before_does_not(county):
    result, finder = county
    table, standing = result.tables.hamlets, result.standing
    problem = standing.settled.problem
    tried = 0
    for h in range(min(HAMLETS, len(problem.hamlets))):
        ways = finder.ways(h)
        if ways is None:
            continue
        modes = [str(table["mode"][h]), *(w.mode for w in ways.ways[1:])]
        for lever in LEVERS:
            factor = float(table[f"flip_{lever}_factor"][h])
            if not np.isfinite(factor):
                continue
            side = 0.02 if factor > 1 else -0.02
            for x, want in ((factor * (1 + side), table[f"flip_{lever}_mode"][h]), (factor * (1 - side), modes[0])):
                changes, faults = read_changes([f"lever.{lever}=x{x!r}"], standing.tables)
                assert not faults
                # The tables themselves are changed, every formula made anew, every way truly priced.
                cost = ways.parts(repriced(problem, changes)).sum(axis=1)
                assert modes[int(np.argmin(cost))] == want, (h, lever, factor)
            tried += 1
    assert tried >= 5


def test_the_plan_is_the_cheapest_way_of_most_hamlets_and_the_table_says_what_others_cost_more(county):
    result, finder = county
    table, problem = result.tables.hamlets, result.standing.settled.problem
    told = 0
    for h in range(len(problem.hamlets)):
        if (ways := finder.ways(h)) is None:
            continue
        total = ways.parts(problem).sum(axis=1)
        for way, cost in list(zip(ways.ways, total, strict=True))[1:]:
            if way.mode != table["mode"][h] and np.isfinite(cost):
                assert table[f"more_{way.mode}_yuan"][h] <= cost - total[0] + 0.5
                told += 1
        if table["runner_up"][h]:
            assert table["binds"][h]
            assert "起决定作用" in table["reason"][h]
    assert told > 0


def test_the_way_alone_costs_what_the_whole_plan_says(county):
    # Two ways that must agree: the region's difference, and the whole county priced with the hamlet's houses by themselves.
    result, finder = county
    settled = result.standing.settled
    p, chosen = settled.problem, settled.chosen
    from qingxi.plan import Standing
    from qingxi.plan.layout import copy_layout

    for h in range(len(p.hamlets)):
        ways = finder.ways(h)
        k = next((i for i, w in enumerate(ways.ways) if w.mode == "onsite" and i), None) if ways else None
        if k is None or not np.isfinite(p.own.pv["onsite"][p.own.hamlet == h]).all():
            continue
        layout = copy_layout(chosen.layout)
        mine = np.flatnonzero(p.own.hamlet[p.member] == h)
        layout.slot[mine], layout.pumped[mine] = -1, False
        whole = Standing(p, (), layout).settled.present_value_yuan - settled.present_value_yuan
        houses = p.member[mine]
        best = sum(
            float(p.own.pv[m][houses[p.own_mode[houses] == m]].sum()) for m in ("onsite", "reuse", "controlled")
        )
        total = ways.parts(p).sum(axis=1)
        assert total[k] - total[0] == pytest.approx(whole + float(p.own.pv["onsite"][houses].sum()) - best, abs=1.0)
