"""Counties by other recipes: the same folder and readers, another land; the same by seed."""

import hashlib
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from qingxi.files import Faults, read_books, read_county_folder, read_evidence
from qingxi.world import write_county
from qingxi.world.recipes import RECIPES, Sketch

RECIPE = sorted(RECIPES)


@pytest.fixture(scope="module", params=RECIPE)
def drawn(request: pytest.FixtureRequest) -> tuple[str, Sketch]:
    return request.param, RECIPES[request.param](3, 2_000)


def _loops(sketch: Sketch) -> float:
    """Independent loops of the ways for every place: ways - nodes + pieces, over hamlets."""
    a, b = np.array(sketch.ways.ends).T
    n = len(sketch.ways.xy)
    pieces, label = csgraph.connected_components(sparse.csr_matrix((np.ones(a.size), (a, b)), shape=(n, n)))
    assert np.unique(label[a]).size == 1  # one net: every place can be reached from every other
    return (a.size - n + pieces) / sketch.hamlet_node.size


def test_every_house_stands_by_a_way_of_its_own_hamlet(drawn: tuple[str, Sketch]) -> None:
    _, s = drawn
    assert s.house_x.size == s.hamlet_target.sum() == 2_000
    for h in range(s.hamlet_node.size):
        own = shapely.union_all(
            [shapely.LineString(w) for w, k in zip(s.ways.lines, s.ways.hamlet, strict=True) if k == h]
        )
        mine = s.house_hamlet == h
        far = shapely.distance(own, shapely.points(s.house_x[mine], s.house_y[mine]))
        assert far.max() < 30.0


def test_each_recipe_is_the_land_it_says(drawn: tuple[str, Sketch]) -> None:
    name, s = drawn
    ground = s.relief.ground_m
    slope = np.hypot(*np.gradient(ground, 30.0))
    at_home = s.relief.at(s.relief.slope, s.house_x, s.house_y)
    if name == "delta":  # flat to a few metres over kilometres; nothing steeper than a bank
        assert np.ptp(ground) < 4.0
        assert np.quantile(slope, 0.99) < 0.03
        assert s.wet
    if name == "valley":  # near-flat floors between walls
        assert np.quantile(at_home, 0.6) < 0.035
        assert np.quantile(slope, 0.85) > 0.12
    if name == "ring":  # rolling
        assert 0.003 < np.median(slope) < 0.05
    # Rings close on themselves at every place, valleys hardly ever, canals in between.
    loops = _loops(s)
    assert {"ring": loops > 1.2, "valley": loops < 0.4, "delta": loops > 0.5}[name]


def test_houses_of_a_ring_lie_around_an_empty_middle() -> None:
    s = RECIPES["ring"](5, 1_500)
    largest = int(np.argmax(s.hamlet_target))
    mine = s.house_hamlet == largest
    x, y = s.house_x[mine], s.house_y[mine]
    far = np.hypot(x - x.mean(), y - y.mean())
    assert far.min() > 30.0  # the green
    turn = np.sort(np.arctan2(y - y.mean(), x - x.mean()))
    assert np.diff(turn).max() < 1.0  # on all sides of it


@pytest.mark.parametrize("recipe", RECIPE)
def test_the_folder_is_read_and_repeats_itself(tmp_path: Path, recipe: str) -> None:
    sums = []
    for turn in ("a", "b"):
        made = write_county(tmp_path / turn, recipe=recipe, households=600, seed=4)
        assert made.counts["households"] == 600
        files = sorted(f for f in (tmp_path / turn).rglob("*") if f.is_file())
        sums.append({f.relative_to(tmp_path / turn): hashlib.sha256(f.read_bytes()).hexdigest() for f in files})
    assert sums[0] == sums[1]
    faults = Faults()
    assert read_county_folder(tmp_path / "a", faults) is not None
    assert [f for f in faults if f.severity == "error"] == []
    books = read_books(tmp_path / "a")
    assert len(books.hamlets.rows) == 8  # 600 households, 75 a place
    assert books.facilities.rows
    assert read_evidence(tmp_path / "a")
    points = pyogrio.read_info(tmp_path / "a" / "layers" / "households.gpkg")["features"]
    assert points == 601  # one was entered twice


def test_ten_households_are_a_county_fewer_or_an_unknown_recipe_are_not(tmp_path: Path) -> None:
    for recipe in RECIPE:
        assert write_county(tmp_path / recipe, recipe=recipe, households=10, seed=1).counts["households"] == 10
    with pytest.raises(ValueError, match="households is 9, must be at least 10"):
        write_county(tmp_path, recipe="ring", households=9, seed=1)
    with pytest.raises(ValueError, match="recipe is 'mesa'"):
        write_county(tmp_path, recipe="mesa", households=100, seed=1)
