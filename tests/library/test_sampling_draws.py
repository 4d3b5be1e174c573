"""Draws by design that a stranger repeats; kinds of checks that are not mixed; officers by chance."""

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.sampling import (
    Design,
    Exclusion,
    Kind,
    Method,
    NoRate,
    Officer,
    Population,
    Promise,
    Station,
    as_published,
    draw_by,
    draw_officers,
    effective_checklist,
    estimate_simple,
    list_digest,
    reveal,
    seed_of,
    share_out,
    verdict,
)

SCRIPT = Path(__file__).parents[2] / "docs" / "verify-a-draw.py"
STATIONS = [
    Station(f"Z{i:04d}", f"第 {i} 站, “甲”", stratum=("东县", "西县", "北县")[i % 3], cluster=f"乡{i % 17:02d}")
    for i in range(600)
]
POPULATION = Population.of([*STATIONS, Station("Z9999", "旧站", excluded=Exclusion.STOPPED)])
DESIGNS = [
    Design(Method.SIMPLE, n=60),
    Design(Method.STRATIFIED, take={"东县": 30, "西县": 20, "北县": 10}),
    Design(Method.TWO_STAGE, clusters=6, each=10),
    Design(Method.TWO_STAGE_PPS, clusters=9, each=7),
]


def test_a_population_names_what_it_leaves_out():
    assert len(POPULATION) == 600
    assert POPULATION.reasons == {"停用待拆": 1}
    assert POPULATION.strata == {"东县": 200, "西县": 200, "北县": 200}
    assert Population.of(reversed(STATIONS)).checksum == POPULATION.checksum
    with pytest.raises(ValueError, match="写了两次"):
        Population.of([STATIONS[0], STATIONS[0]])
    with pytest.raises(ValueError, match="没有一座在用"):
        Population.of([Station("a", excluded=Exclusion.TRIAL)])


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.method.value)
def test_a_stranger_draws_the_same_from_the_published_files(design, tmp_path):
    promise = Promise(POPULATION.checksum, design, "福彩 3D 第 2026310 期", "2026-11-20", "5f" * 16)
    said = reveal(promise, "4 7 2", POPULATION)
    assert SCRIPT.read_text(encoding="utf-8").count("\n") <= 30
    (tmp_path / "p.csv").write_bytes(POPULATION.csv.encode())
    (tmp_path / "r.json").write_text(as_published(said), encoding="utf-8")

    def verify():
        return subprocess.run(
            [sys.executable, str(SCRIPT), str(tmp_path / "p.csv"), str(tmp_path / "r.json")],
            capture_output=True, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"}, check=False,
        )  # fmt: skip

    out = verify()
    assert out.returncode == 0, out.stderr
    ids = sorted(line.split("\t")[1].strip() for line in out.stdout.splitlines() if "\tZ" in line)
    assert ids == sorted(c.id for c in draw_by(design, POPULATION, str(said["seed"])))
    # another number, one station less, or another nonce: it says so
    for name, old, new in (("r.json", "4 7 2", "4 7 3"), ("p.csv", "Z0001", "Y0001"), ("r.json", "5f5f", "5e5f")):
        path = tmp_path / name
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(old, new, 1), encoding="utf-8")
        assert verify().returncode == 1, name
        path.write_text(whole, encoding="utf-8")


def test_draws_keep_their_shares():
    strata = Counter(c.part for c in draw_by(DESIGNS[1], POPULATION, "s"))
    assert strata == {"东县": 30, "西县": 20, "北县": 10}
    two = draw_by(DESIGNS[2], POPULATION, "s")
    assert len({c.part for c in two}) == 6
    assert set(Counter(c.part for c in two).values()) == {10}
    assert list_digest(two) == list_digest(tuple(reversed(two)))
    assert list_digest(two) != list_digest(draw_by(DESIGNS[2], POPULATION, "t"))


def test_every_station_is_as_likely_as_the_design_says():
    # 200 of 600 seeds: by size, 2 draws of clusters of 2 and 8, each whole: a cluster of 8 comes 4 times as often
    few = Population.of(Station(f"{c}{i}", cluster=c) for c, n in (("a", 2), ("b", 8)) for i in range(n))
    design = Design(Method.TWO_STAGE_PPS, clusters=2, each=1)
    drawn = Counter(c.part[2:] for s in range(1000) for c in draw_by(design, few, f"s{s}"))
    assert 0.77 <= drawn["b"] / 2000 <= 0.83  # 0.8, three standard errors are 0.027


def test_a_design_that_cannot_be_drawn_says_all_that_is_wrong():
    wrong = Design(Method.STRATIFIED, take={"东县": 201, "南县": 2})
    with pytest.raises(ValueError) as raised:
        draw_by(wrong, POPULATION, "s")
    for words in ("没有这些层：南县", "没有说抽几座：北县、西县", "“东县”层有 200 座，要抽 201 座"):
        assert words in str(raised.value)
    with pytest.raises(ValueError, match="至少抽 2 个"):
        draw_by(Design(Method.TWO_STAGE, clusters=1, each=3), POPULATION, "s")
    with pytest.raises(ValueError, match="种子"):
        draw_by(DESIGNS[0], POPULATION, "")
    with pytest.raises(ValueError, match="种子"):
        seed_of("nonce", " ")


@given(st.sampled_from(DESIGNS))
@settings(max_examples=8)
def test_a_design_is_read_back_as_it_was_written(design):
    assert Design.read(design.written).canonical == design.canonical


# --- kinds ---------------------------------------------------------------------------------------------------------------


def test_only_a_random_sample_gives_a_rate():
    e = estimate_simple(33, 40, 200)
    for kind in (Kind.TARGETED, Kind.DOUBLE):
        with pytest.raises(NoRate, match="不能算成率"):
            verdict(kind, e, 0.8)
    v = verdict(Kind.RANDOM, e, 0.8)
    assert v.meets  # the official word: 82.5 % against 80 %
    assert not v.proven
    assert v.low < 0.8 < v.high


def test_ninety_and_eighty_two_of_the_source():
    # 90.4 % would be proof from 57 stations, 82.4 % from 1,068
    for share, n in ((0.904, 57), (0.824, 1068)):
        v = verdict(Kind.RANDOM, estimate_simple(round(share * 1000), 1000, 10**9), 0.8)
        assert v.would_prove == n


# --- officers ------------------------------------------------------------------------------------------------------------

DAY = date(2026, 11, 20)
POOL = [Officer(f"o{i}", f"人{i}", f"川{i:03d}", date(2027, 1, 1)) for i in range(6)] + [
    Officer("late", "过期", "川900", date(2026, 11, 19)),
    Officer("none", "无证", "", date(2027, 1, 1)),
]


def test_two_licensed_officers_and_the_next_after_a_recusal():
    first = draw_officers(POOL, "清源公司", "seed", DAY)
    assert len(first) == 2
    assert not {"late", "none"} & {o.id for o in draw_officers(POOL, "清源公司", "seed", DAY, n=6)}
    again = draw_officers(POOL, "清源公司", "seed", DAY, recused={first[0].id})
    assert first[1] in again
    assert first[0] not in again
    with pytest.raises(ValueError, match="至少 2 人"):
        draw_officers(POOL, "清源公司", "seed", DAY, n=1)
    with pytest.raises(ValueError, match="不足 2 人"):
        draw_officers(POOL[:1], "清源公司", "seed", DAY)


@given(st.integers(1, 60), st.integers(1, 7))
@settings(max_examples=40)
def test_stations_are_shared_out_evenly(stations, teams):
    out = share_out([f"z{i}" for i in range(stations)], [f"t{i}" for i in range(teams)], "s")
    load = Counter(out.values())
    assert len(out) == stations
    assert max(load.values()) - min([load[f"t{i}"] for i in range(teams)]) <= 1


def test_nobody_is_sent_where_they_must_stand_back():
    out = share_out(["a", "b", "c", "d"], ["1", "2"], "s", {("1", "a"), ("1", "b")})
    assert out["a"] == out["b"] == "2"
    assert out["c"] == out["d"] == "1"
    with pytest.raises(ValueError, match="都要回避"):
        share_out(["a"], ["1"], "s", {("1", "a")})


# --- the definition -------------------------------------------------------------------------------------------------


def test_effective_is_what_the_checklist_says():
    asked = effective_checklist()
    good = {q.key: q.answers[0].value for q in asked.questions}
    assert asked.effective(good) is True
    assert asked.effective({**good, "book": "none"}) is True  # noted, decides nothing
    assert asked.effective({**good, "bypass": "yes"}) is False
    assert asked.effective({**good, "access": "no"}) is None
    assert asked.effective({**good, "access": "no", "power": "off"}) is False  # seen from outside
    assert asked.effective({k: v for k, v in good.items() if k != "power"}) is None
    assert [q.key for q, _ in asked.failed({**good, "book": "none", "power": "off"})] == ["power", "book"]
    assert asked.known({"power": "没有电", "nonsense": "x", "inflow": "nobody says so"}) == {"power": "off"}
    assert "以站为单位" in asked.sentence
