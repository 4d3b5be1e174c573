"""The scorer: what a perfect, a blind and an accusing set of rules get, and what a grey cell is worth."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from qingxi.facility import Facility
from qingxi.finding import CannotTell, Confidence, Evidence, Finding, Piece
from qingxi.world.plants import KINDS, Kind, Level, PlantWorld, make_plants, week_edges
from qingxi.world.plants.score import SAME, Tally, claimed, score

DAYS = 182
_CODE = {kind: code for code, kinds in SAME.items() if " or " not in code for kind in kinds}


def finding(facility: str, kind: str, start: date, end: date) -> Finding:
    return Finding(
        facility, kind, "1", kind, start, end, Confidence.FAIR, "说", (Piece("数据", "有", 1),), "复查", kind=kind
    )


def planted(
    world: PlantWorld,
) -> Callable[[Facility, Evidence, date, date], tuple[list[Finding], list[CannotTell]]]:
    """Rules that know the plan: the planted days, to the day."""
    by_id = {p.facility.id: world.episodes.get(p.index, []) for p in world.plants}

    def examine(
        facility: Facility, evidence: Evidence, first: date, last: date
    ) -> tuple[list[Finding], list[CannotTell]]:
        out = [
            finding(facility.id, _CODE[e.kind], first + timedelta(days=e.start), first + timedelta(days=e.end - 1))
            for e in by_id[facility.id]
        ]
        return out, []

    return examine


@pytest.fixture(scope="module")
def world() -> PlantWorld:
    return make_plants(6, 40, days=DAYS, faulty_share=0.25)


def test_rules_that_know_the_plan_are_right(world: PlantWorld) -> None:
    got = score([world], planted(world), levels=[Level.DEVICE]).tallies[Level.DEVICE]
    for code in ("stopped", "idle", "fake-run", "silent", "clock-wrong", "copied", "frozen", "impossible"):
        assert got[code].false == 0, code
        assert got[code].missed == 0, code
    assert sum(t.hit for t in got.values()) > 40


def test_rules_that_say_nothing_miss_all_and_accuse_nobody(world: PlantWorld) -> None:
    got = score([world], lambda f, e, a, b: ([], []), levels=[Level.DEVICE])
    tallies = got.tallies[Level.DEVICE]
    assert all(t.hit == 0 and t.false == 0 for t in tallies.values())
    edges = week_edges(DAYS)
    stopped = sum(int((s.truth.periods(edges)[KINDS.index(Kind.STOPPED)] == 1).sum()) for s in world.scenes())
    assert tallies["stopped"].missed == stopped
    # 40 plants of 26 weeks: every cell is a hit, false, missed, quiet or grey.
    t = tallies["stopped"]
    assert t.hit + t.false + t.missed + t.quiet + t.grey == 40 * 26


def test_an_accuser_of_all_has_the_prevalence_as_its_precision(world: PlantWorld) -> None:
    first, last = world.first, world.first + timedelta(days=DAYS - 1)
    got = score(
        [world], lambda f, e, a, b: ([finding(f.id, "stopped", first, last)], []), levels=[Level.DEVICE]
    ).tallies[Level.DEVICE]["stopped"]
    assert got.missed == 0
    assert got.quiet == 0
    assert got.hit + got.false + got.grey == 40 * 26  # a grey week is neither
    assert got.hit / (got.hit + got.false) < 0.25
    assert got.mistaken["nothing"] > 0


def test_a_row_has_wilson_intervals() -> None:
    # 19 of 20: Wilson 95 % is 0.764 to 0.991.
    row = Tally(hit=19, false=1, missed=0).as_row("x")
    assert row["precision"] == [0.95, pytest.approx(0.7639, abs=1e-3), pytest.approx(0.9911, abs=1e-3)]
    assert row["recall"] == [1.0, pytest.approx(0.832, abs=1e-3), 1.0]
    assert Tally().as_row("x")["precision"] is None


def test_half_of_a_week_claims_it_and_less_does_not() -> None:
    first = date(2025, 1, 1)

    def weeks(start: int, end: int) -> list[bool]:
        each = finding("VP-00000", "idle", first + timedelta(days=start), first + timedelta(days=end))
        return claimed([each], ("idle",), first, week_edges(28)).tolist()

    assert weeks(4, 6) == [False, False, False, False]  # 3 of 7 days
    assert weeks(3, 6) == [True, False, False, False]  # 4 of 7
    assert weeks(5, 17) == [False, True, True, False]  # 2, 7, 4 days, then none
    assert claimed([], ("idle",), first, week_edges(28)).tolist() == [False] * 4
