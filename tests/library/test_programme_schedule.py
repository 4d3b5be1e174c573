"""The programme: never more money than a year has, what must come first does, each system at most once."""

from datetime import date
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.programme import Candidate, Fund, OtherWork, Programme, Trench, Use, make_programme, pay

YEARS = (2027, 2028, 2029)
ALL = frozenset(Use)
WAN = 1_000_000  # fen


def system(id: str, households: int, build_wan: float, **more: object) -> Candidate:
    values: dict[str, object] = {
        "equipment_fen": 0,
        "running_fen_y": 0,
        "village": "红岩村",
        "township": "红石镇",
        "mode": "shared_plant",
    }
    return Candidate(
        id=id, name=f"{id}系统", households=households, build_fen=round(build_wan * WAN), **(values | more)
    )  # type: ignore[arg-type]


def fund(id: str, year: int, wan: float, uses: frozenset[Use] = ALL, status: str = "已下达") -> Fund:
    return Fund(id, f"{id}资金", "县财政", year, round(wan * WAN), uses, status)


def check_laws(made: Programme, candidates: list[Candidate], funds: list[Fund]) -> None:
    """Every law of the docstring, recomputed from what came out."""
    by_id = {f.id: f for f in funds}
    spent: dict[str, int] = {}
    for payment in made.payments():
        source = by_id[payment.fund]
        assert payment.amount_fen > 0
        assert payment.year == source.year
        assert payment.use in source.uses
        spent[payment.fund] = spent.get(payment.fund, 0) + payment.amount_fen
    assert all(fen <= by_id[f].amount_fen for f, fen in spent.items())
    placed = [lot.system for lot in made.lots]
    assert len(set(placed)) == len(placed)
    assert sorted(placed + [w.system for w in made.waiting]) == sorted(c.id for c in candidates)
    of = {c.id: c for c in candidates}
    for lot in made.lots:
        assert sum(p.amount_fen for p in lot.payments) == lot.cost_fen  # sources = uses
        assert lot.cost_fen + lot.saved_fen == of[lot.system].capital_fen
        assert of[lot.system].consent != "不同意"
        assert lot.reason
    for year in made.years:
        due = sum(of[lot.system].running_fen_y for lot in made.lots if lot.year < year)
        assert due == sum(p.amount_fen for p in made.running if p.year == year)


def test_two_lots_share_a_year_and_the_third_waits() -> None:
    # 300 wan in 2027 and nothing later: a (200) and b (100) fit, c (150) does not.
    # a + b serve 130 households; a alone + c would need 350. So c waits.
    candidates = [system("a", 80, 200), system("b", 50, 100), system("c", 60, 150)]
    made = make_programme(candidates, [fund("f", 2027, 300)], YEARS)
    assert {lot.system: lot.year for lot in made.lots} == {"a": 2027, "b": 2027}
    assert [w.system for w in made.waiting] == ["c"]
    assert "150.00 万元" in made.waiting[0].reason
    check_laws(made, candidates, [fund("f", 2027, 300)])


def test_what_must_come_first_beats_more_households() -> None:
    # Money for one of them a year: the water source's 20 households go before 200 others.
    candidates = [system("many", 200, 100), system("source", 20, 100, must=("水源保护区",))]
    made = make_programme(candidates, [fund("f1", 2027, 100), fund("f2", 2028, 100)], YEARS)
    assert {lot.system: lot.year for lot in made.lots} == {"source": 2027, "many": 2028}
    assert "水源保护区" in made.lots[0].reason


def test_building_money_does_not_pay_for_running() -> None:
    # The grant pays building only. Running 1 wan a year from 2028 has no source: nothing may be built before 2029,
    # the last year, when no running falls due inside the programme.
    candidates = [system("a", 50, 100, running_fen_y=1 * WAN)]
    funds = [fund(f"g{y}", y, 500, frozenset({Use.BUILD, Use.EQUIPMENT})) for y in YEARS]
    made = make_programme(candidates, funds, YEARS)
    assert {lot.system: lot.year for lot in made.lots} == {"a": 2029}
    with_running = [
        *funds,
        fund("r28", 2028, 1, frozenset({Use.RUNNING})),
        fund("r29", 2029, 1, frozenset({Use.RUNNING})),
    ]
    assert make_programme(candidates, with_running, YEARS).lots[0].year == 2027


def test_refused_consent_waits_and_unasked_consent_is_not_in_the_first_year() -> None:
    candidates = [system("no", 50, 10, consent="不同意"), system("ask", 50, 10, consent="未征询")]
    made = make_programme(candidates, [fund(f"f{y}", y, 100) for y in YEARS], YEARS)
    assert {lot.system: lot.year for lot in made.lots} == {"ask": 2028}
    assert "不同意" in made.waiting[0].reason


def test_digging_together_saves_in_that_year_and_draws_the_lot_to_it() -> None:
    # A concrete road of 2028 on the same street as 400 m of trench: 400 m x 190 yuan = 7.6 wan saved in 2028 only.
    # 2027 has too little for the full 100 wan (90), 2028 has 93: just enough for 100 - 7.6 = 92.4.
    line = np.array([[0.0, 0.0], [400.0, 0.0]])
    road = OtherWork("r", "县交通运输局", "road", "主街改造", line, date(2028, 4, 1), date(2028, 8, 1))
    made = make_programme(
        [system("a", 60, 100)],
        [fund("f27", 2027, 90), fund("f28", 2028, 93)],
        (2027, 2028),
        trenches=[Trench("a", (line + np.array([0.0, 4.0]),))],
        works=[road],
    )
    (lot,) = made.lots
    assert (lot.year, lot.saved_fen, lot.cost_fen) == (2028, 7_600_000, 92_400_000)
    assert "省 7.60 万元" in lot.reason


def test_ids_must_not_stand_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        make_programme([system("a", 1, 1), system("a", 1, 1)], [], YEARS)
    with pytest.raises(ValueError, match="ascend"):
        make_programme([], [], (2028, 2027))


_uses = st.frozensets(st.sampled_from([Use.BUILD, Use.EQUIPMENT, Use.RUNNING]), min_size=1)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[list[Candidate], list[Fund]]:
    candidates = [
        Candidate(
            id=f"s{i}",
            name=f"系统{i}",
            village="v",
            township="t",
            mode="onsite",
            households=draw(st.integers(1, 300)),
            build_fen=draw(st.integers(0, 300 * WAN)),
            equipment_fen=draw(st.integers(0, 100 * WAN)),
            running_fen_y=draw(st.integers(0, 5 * WAN)),
            must=draw(st.sampled_from([(), ("水源保护区",)])),
            consent=draw(st.sampled_from(["", "已同意", "未征询", "不同意"])),
        )
        for i in range(draw(st.integers(0, 7)))
    ]
    funds = [
        Fund(f"f{i}", f"资金{i}", "k", draw(st.sampled_from(YEARS)), draw(st.integers(0, 600 * WAN)), draw(_uses))
        for i in range(draw(st.integers(0, 6)))
    ]
    return candidates, funds


@settings(max_examples=60, deadline=None)
@given(_cases())
def test_laws_hold_on_any_case(case: tuple[list[Candidate], list[Fund]]) -> None:
    candidates, funds = case
    check_laws(make_programme(candidates, funds, YEARS), candidates, funds)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from([Use.BUILD, Use.EQUIPMENT, Use.RUNNING]), st.integers(1, 12), min_size=1),
    st.lists(st.tuples(st.integers(0, 12), _uses), max_size=3),
)
def test_paying_is_possible_exactly_when_some_way_of_paying_exists(
    needs: dict[Use, int], sources: list[tuple[int, frozenset[Use]]]
) -> None:
    """Two honest ways: largest flow against trying every split of small amounts."""
    funds = [Fund(f"f{i}", "", "", 2027, fen, uses) for i, (fen, uses) in enumerate(sources)]
    uses = list(needs)
    splits = [
        [s for s in product(range(f.amount_fen + 1), repeat=len(uses)) if sum(s) <= f.amount_fen and
         all(fen == 0 or use in f.uses for fen, use in zip(s, uses, strict=True))]
        for f in funds
    ]  # fmt: skip
    reach = {(0,) * len(uses)}
    for options in splits:
        reach = {
            tuple(min(a + b, needs[u]) for a, b, u in zip(have, more, uses, strict=True))
            for have in reach
            for more in options
        }
    possible = tuple(needs[u] for u in uses) in reach
    paid = pay(needs, funds, {f.id: f.amount_fen for f in funds})
    assert (paid is not None) == possible
    if paid is not None:
        for use in uses:
            assert sum(fen for (_, u), fen in paid.items() if u is use) == needs[use]
        for f in funds:
            assert sum(fen for (name, _), fen in paid.items() if name == f.id) <= f.amount_fen


def test_the_choice_is_the_best_of_all() -> None:
    """On small cases every assignment is tried: no allowed one serves better."""
    rng = np.random.default_rng(7)
    for _ in range(12):
        n = 5
        candidates = [system(f"s{i}", int(rng.integers(10, 200)), float(rng.integers(20, 200))) for i in range(n)]
        funds = [fund(f"f{y}", y, float(rng.integers(50, 300))) for y in YEARS]
        made = make_programme(candidates, funds, YEARS)
        money = {f.year: f.amount_fen for f in funds}

        def worth(assigned: tuple[int | None, ...], own: list[Candidate] = candidates) -> float:
            return sum(
                c.households * 0.88 ** (y - 2027) for c, y in zip(own, assigned, strict=True) if y is not None
            )

        best = max(
            worth(option)
            for option in product((None, *YEARS), repeat=n)
            if all(
                sum(c.build_fen for c, y in zip(candidates, option, strict=True) if y == year) <= money[year]
                for year in YEARS
            )
        )
        year = {lot.system: lot.year for lot in made.lots}
        got = worth(tuple(year.get(c.id) for c in candidates))
        assert got >= best * (1 - 0.005) - 1e-6
        assert made.gap <= 0.005 + 1e-9
