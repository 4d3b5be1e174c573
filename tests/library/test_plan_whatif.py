"""What if: the same question the same answer, no change no difference, prices made anew as a fresh plan makes them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import random_village

from qingxi.plan import Changes, Standing, plan, read_changes
from qingxi.plan import problem as problem_module
from qingxi.plan.changes import lever_rows
from qingxi.plan.problem import build_problem
from qingxi.plan.reprice import repriced
from qingxi.standard import load_table

TABLES = {name: load_table(name) for name in ("prices", "processes", "afford")}


def changes(*words):
    found, faults = read_changes(words, TABLES)
    assert not faults, [str(f) for f in faults]
    return found


@pytest.fixture(scope="module")
def standing():
    return plan(random_village(5, houses=40)).standing


def test_words_are_read():
    found = changes("prices.trench.base=80", "prices.pipe.*=+10%", "lever.unit=x1.5", "prices.discount=6%")
    after = {(r.table, r.key): r.after for r in found.rows}
    assert after["prices", "trench.base"] == 80
    assert after["prices", "pipe.dn200"] == pytest.approx(1.1 * TABLES["prices"]["pipe.dn200"])
    assert after["prices", "discount"] == pytest.approx(0.06)
    assert after["processes", "unit.works_fixed"] == pytest.approx(1.5 * TABLES["processes"]["unit.works_fixed"])
    # A share is no price: renewal is a share of works.
    assert ("processes", "unit.renewal") not in after


@pytest.mark.parametrize(
    ("word", "code"),
    [("prices.nothing=3", "what-if-key"), ("processes.unit.water_distance=5", "what-if-limit"), ("norms.cover.min=1", "what-if-key"), ("lever.sun=x2", "what-if-key"),
     ("prices.trench.base=dear", "what-if-value"), ("prices.trench.base=-5", "what-if-value"),
     ("prices.discount=0.9", "what-if-value"), ("prices.years=0", "what-if-value"), ("prices.trench.base", "what-if-value")],
)  # fmt: skip
def test_a_word_that_cannot_be_read_is_named_and_the_others_count(word, code):
    found, faults = read_changes([word, "prices.land.price=70"], TABLES)
    assert [f.code for f in faults] == [code]
    assert [r.key for r in found.rows] == ["land.price"]


def test_saying_what_is_already_so_changes_nothing():
    now = TABLES["prices"]["land.price"]
    assert not changes(
        "prices.land.price=+0%", "prices.trench.base=+10%", f"prices.land.price={now}", "prices.trench.base=x1"
    )


def test_no_change_no_difference(standing):
    answer = standing.what_if()
    d = answer.difference
    assert all(c["difference"] == 0.0 and c["before"] == c["same_plan"] == c["after"] for c in d["cost"].values())
    assert d["households"]["changed"] == 0
    assert d["hamlets"] == d["moves"] == []
    assert answer.standing is standing


def test_the_same_question_gets_the_same_answer(standing):
    one, two = (standing.what_if(changes("lever.pipe=x3")).difference for _ in range(2))
    assert one == two
    assert one["households"]["changed"] > 0


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(["pipe", "unit", "plant", "town", "reuse"]), st.sampled_from([0.7, 0.9, 1.1, 1.3]))
def test_solving_again_is_never_dearer_than_staying(lever, factor):
    standing = plan(random_village(7, houses=30)).standing
    cost = standing.what_if(changes(f"lever.{lever}=x{factor}")).difference["cost"]["present_value"]
    assert cost["after"] <= cost["same_plan"] + 0.5
    # All prices of one kind times f: the plan that stays moves at most by f.
    low, high = sorted((1.0, factor))
    assert low * cost["before"] - 1 <= cost["same_plan"] <= high * cost["before"] + 1


def test_prices_made_anew_are_those_of_a_fresh_problem(monkeypatch):
    village = random_village(3, houses=20)
    words = changes(
        "lever.pipe=x1.2", "lever.unit=x0.9", "lever.plant=x1.1", "lever.town=x2", "prices.discount=0.07"
    )
    again = repriced(build_problem(village), words)
    monkeypatch.setattr(problem_module, "load_table", lambda n: words.in_table(load_table(n), n))
    fresh = build_problem(village)
    for part in ("ground", "homes", "kit", "plants"):
        for name, value in getattr(fresh, part)._asdict().items():
            np.testing.assert_allclose(
                getattr(again, part)._asdict()[name], value, rtol=1e-12, err_msg=f"{part}.{name}"
            )
    assert (again.own_mode == fresh.own_mode).all()
    for mode, pv in fresh.own.pv.items():
        np.testing.assert_allclose(again.own.pv[mode], pv)


def test_a_dearer_price_lengthens_no_sewer_and_the_bound_holds(standing):
    d = standing.what_if(changes("lever.pipe=x3")).difference
    assert sum(m["after"] for m in d["pipe_m"].values()) <= sum(m["before"] for m in d["pipe_m"].values()) + 1e-6
    assert d["bound"]["after"] == pytest.approx(d["bound"]["before"])
    cheaper = standing.what_if(changes("lever.unit=x0.5")).difference
    assert cheaper["bound"]["after"] == pytest.approx(0.5 * cheaper["bound"]["before"])
    assert cheaper["bound"]["after"] <= cheaper["cost"]["present_value"]["after"]
    # An exponent of a cost curve: no factor is known, none is told.
    assert standing.what_if(changes("processes.a2o.works_power=0.9")).difference["bound"]["after"] is None


@pytest.mark.parametrize(
    ("words", "factor"),
    [(["lever.pipe=x1.5"], 1.0), (["lever.pipe=x0.5", "lever.unit=x0.8"], 0.5), (["prices.other_share=0.075"], 0.5),
     (["afford.pay.county_yuan_y=0"], 1.0), (["prices.energy.efficiency=0.9"], 0.5)],
)  # fmt: skip
def test_the_factor_no_plan_falls_below(words, factor):
    assert changes(*words).least_factor(TABLES["prices"]) == pytest.approx(factor)


def test_a_longer_count_of_years_never_lowers_the_bound_and_a_higher_discount_does():
    assert changes("prices.discount=0.03").least_factor(TABLES["prices"]) == 1.0
    # (1 − 1.1^−20)/0.1 = 8.5136; (1 − 1.05^−20)/0.05 = 12.4622.
    assert changes("prices.discount=0.1").least_factor(TABLES["prices"]) == pytest.approx(
        8.5136 / 12.4622, rel=1e-4
    )


def test_a_share_of_the_budget_changes_who_pays_and_nothing_that_is_built(standing):
    d = standing.what_if(changes("afford.pay.county_yuan_y=0")).difference
    assert d["households"]["changed"] == 0
    assert d["cost"]["present_value"]["difference"] == 0.0
    assert d["affordability"]["paid_by_county"]["after"] == 0.0
    assert d["affordability"]["unfunded"]["after"] > d["affordability"]["unfunded"]["before"]


def test_asked_again_from_the_answer(standing):
    dear = standing.what_if(changes("lever.pipe=x1.4")).standing
    assert dear.problem.prices["pipe.dn200"] == pytest.approx(1.4 * TABLES["prices"]["pipe.dn200"])
    back, faults = read_changes(["lever.pipe=x0.7142857142857143"], dear.tables)
    assert not faults
    again = dear.what_if(back).difference
    assert again["cost"]["present_value"]["after"] <= standing.told.money["present_value"] * 1.02
    assert isinstance(Changes(), Changes)
    assert isinstance(dear, Standing)


def test_a_lower_share_of_the_county_leaves_the_rest_to_others(standing):
    before = standing.told.budget
    d = standing.what_if(
        changes(*(f"afford.share.{m}=0.5" for m in ("town_connection", "shared_plant", "onsite", "reuse")))
    )
    after = d.difference["affordability"]
    capex = d.difference["cost"]["capex"]["after"]
    # Nobody is controlled here: half of all the capital.
    assert after["capex_by_county"]["after"] == pytest.approx(0.5 * capex)
    assert after["capex_by_others"]["after"] == pytest.approx(0.5 * capex)
    assert before["capex_by_county"] + before["capex_by_others"] == pytest.approx(capex)
    assert d.difference["households"]["changed"] == 0


def test_every_price_belongs_to_one_lever():
    # A price that no lever moves would make flips wrong; control only (管控) is no way anybody builds.
    named = [row for lever in ("pipe", "unit", "reuse", "plant", "town") for row in lever_rows(lever, TABLES)]
    assert len(named) == len(set(named))
    money = [(t, r.key) for t in ("prices", "processes") for r in TABLES[t] if "元" in r.unit]
    assert {k for k in money if not k[1].startswith("controlled.")} == set(named)
