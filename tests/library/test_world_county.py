"""The example county: the same by seed, of the promised counts, on ground that drains, with evidence as it really is."""

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
import zstandard
from python_calamine import CalamineWorkbook
from scipy import ndimage
from scipy.spatial import cKDTree

from qingxi.files import Faults, SurveyRequest, read_books, read_county_folder, read_evidence, read_survey
from qingxi.indicator import State
from qingxi.place import VillageKind, parse_code
from qingxi.plan import plan
from qingxi.wire.hj212 import NEED_MORE, BadFrame, Message, Parser
from qingxi.world import DIRT, SIZES, Written, make_county, write_county


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("county")
    made = write_county(out, size="county", seed=1)
    assert made.counts["households"] == 30_000
    return out


def layer(folder: Path, name: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    meta, _, wkb, fields = pyogrio.raw.read(folder / "layers" / name)
    return shapely.from_wkb(wkb), dict(zip(meta["fields"].tolist(), fields, strict=True))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    write_county(tmp_path / "a", size="hamlet", seed=3)
    write_county(tmp_path / "b", size="hamlet", seed=3)
    write_county(tmp_path / "c", size="hamlet", seed=4)
    a, b, c = (hashes(tmp_path / name) for name in "abc")
    assert a == b
    assert a.keys() == c.keys()
    assert a["layers/households.gpkg"] != c["layers/households.gpkg"]
    assert a["layers/elevation.tif"] != c["layers/elevation.tif"]


def test_the_smallest_county_has_what_tests_need(tmp_path: Path) -> None:
    made: Written = write_county(tmp_path, size="hamlet", seed=1)
    assert {k: made.counts[k] for k in ("villages", "hamlets", "households", "town_plants")} == {
        "villages": 1, "hamlets": 5, "households": 120, "town_plants": 1,
    }  # fmt: skip
    assert made.counts["facilities"] >= 2
    faults = Faults()
    folder = read_county_folder(tmp_path, faults)
    assert folder is not None
    assert [f for f in faults if f.severity == "error"] == []


@pytest.mark.parametrize("wrong", [{"size": "village"}, {"size": "hamlet", "households": 0}])
def test_a_wrong_wish_is_refused_in_words(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"(size|households) is"):
        write_county(tmp_path, seed=1, **wrong)  # type: ignore[arg-type]


def test_households_can_be_asked_for(tmp_path: Path) -> None:
    assert write_county(tmp_path, size="hamlet", seed=1, households=90).counts["households"] == 90
    grown = SIZES["county"].with_households(60_000)
    # Twice the households: twice the villages and hamlets on twice the ground.
    assert (grown.villages, grown.hamlets, grown.households) == (158, 800, 60_000)
    assert grown.width_m * grown.height_m == pytest.approx(2 * 38_400 * 31_200)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_drop_reaches_the_border(seed: int) -> None:
    ground = make_county(seed, SIZES["hamlet"]).relief.ground_m
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    lowest = ndimage.minimum_filter(ground, footprint=ring)
    # A lower neighbour for every inner cell: following it can neither stop nor turn back before the border.
    assert (lowest < ground)[1:-1, 1:-1].all()


def test_the_stored_ground_drains_and_is_believable(county: Path) -> None:
    with rasterio.open(county / "layers" / "elevation.tif") as src:
        ground = src.read(1)
        assert (src.dtypes[0], src.crs.to_epsg(), src.res) == ("float32", 4544, (30.0, 30.0))
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
    assert (ndimage.minimum_filter(ground, footprint=ring) < ground)[1:-1, 1:-1].all()
    slope = np.hypot(*np.gradient(ground.astype(float), 30.0))
    assert 250 < ground.max() - ground.min() < 1500
    assert 0.08 < np.median(slope) < 0.3  # hills, not a plain and not an alp
    assert (slope < 0.05).mean() > 0.03  # and valley floors


def test_counts_and_states_of_the_county(county: Path) -> None:
    books = read_books(county)
    rows = [r for r in books.villages.rows if r.kind is VillageKind.VILLAGE]
    assert len(rows) == 79
    assert len({r.township for r in rows}) == 12
    assert Counter(r.state for r in rows) == {State.TREATED: 58, State.CONTROLLED: 9, State.OPEN: 12}
    assert Counter(r.note for r in rows if r.state is State.OPEN) == {"在建": 7, "未开工": 5}
    assert any(r.kind is VillageKind.COMMUNITY for r in books.villages.rows)
    assert len(books.hamlets.rows) == 400
    open_ = [r for r in books.issues.rows if r.state != "已销号"]
    as_of = read_county_folder(county, Faults()).as_of  # type: ignore[union-attr]
    assert (len(open_), sum(r.due_on < as_of for r in open_ if r.due_on)) == (41, 7)
    assert len({f.kind for f in books.funds.rows}) == 4
    # Denominator: 79 listed, one community added and taken off again.
    entries = books.denominator.rows
    assert sum(1 if e.added else -1 for e in entries) == 79


def test_codes_have_the_right_structure(county: Path) -> None:
    _, villages = layer(county, "villages.gpkg")
    _, hamlets = layer(county, "hamlets.gpkg")
    _, houses = layer(county, "households.gpkg")
    for code in villages["code"]:
        assert re.fullmatch(r"999901[12]\d\d2\d\d", code)
        parse_code(code)
    assert {h[:12] for h in hamlets["id"]} <= set(villages["code"])
    assert all(h[:12] == v for h, v in zip(hamlets["id"], hamlets["village"], strict=True))
    assert {h[:15] for h in houses["id"]} <= set(hamlets["id"])


def test_houses_stand_along_streets_off_streams_and_apart(county: Path) -> None:
    points, columns = layer(county, "households.gpkg")
    lon_lat = shapely.get_coordinates(points)[:-1]  # the last row is the one that was entered twice
    x, y = pyproj.Transformer.from_crs(4490, 4544, always_xy=True).transform(lon_lat[:, 0], lon_lat[:, 1])
    spots = np.column_stack([x, y])
    with rasterio.open(county / "layers" / "elevation.tif") as src:
        ground, west, north = src.read(1).astype(float), src.bounds.left, src.bounds.top
    spots = spots[spots[:, 0] > west]  # one lies outside the raster
    assert len(spots) == len(columns["id"]) - 2
    assert cKDTree(spots).query(spots, k=2)[0][:, 1].min() >= 7.9  # RULE 5, less the rounding of the file
    lines, _ = layer(county, "streets.gpkg")
    _, far = shapely.STRtree(lines).query_nearest(shapely.points(spots), return_distance=True, all_matches=False)
    assert np.quantile(far, 0.99) < 45.0
    assert far.max() < 80.0
    streams, _ = layer(county, "waters.gpkg")
    near = shapely.STRtree(streams).query(shapely.points(spots), predicate="dwithin", distance=5.0)[0]
    assert np.unique(near).size < 0.01 * len(spots)
    # Streets follow the slope: graded over their length, nine of ten are gentler than 15 %.
    grade = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        at = [(north - xy[:, 1]) / 30 - 0.5, (xy[:, 0] - west) / 30 - 0.5]
        grade.append(
            np.abs(np.diff(ndimage.map_coordinates(ground, at, order=1, mode="nearest"))).sum() / line.length
        )
    assert np.quantile(grade, 0.9) < 0.15


def test_people_are_counted_three_ways(county: Path) -> None:
    _, houses = layer(county, "households.gpkg")
    resident = houses["people_resident"]
    known = ~np.isnan(resident)
    registered = houses["people_registered"][known].sum()
    assert 0.62 < resident[known].sum() / registered < 0.82
    assert houses["people_festival"][known].sum() > resident[known].sum()
    assert (houses["people_festival"][known] >= resident[known]).all()


def test_layers_that_the_contract_names_are_there(county: Path) -> None:
    faults = Faults()
    folder = read_county_folder(county, faults)
    assert folder is not None
    named = {
        "households",
        "hamlets",
        "villages",
        "streets",
        "elevation",
        "waters",
        "land",
        "ground",
        "protected",
        "sewers",
        "plants",
        "works",
    }
    assert set(folder.layers) == named
    assert not (county / "layers" / "works.cpg").exists()
    meta, _, _, fields = pyogrio.raw.read(county / "layers" / "works.shp", encoding="gbk")
    departments = set(fields[meta["fields"].tolist().index("department")])
    assert departments == {"县交通运输局", "县农业农村局", "县水利局"}
    _, protected = layer(county, "protected.gpkg")
    assert {"永久基本农田", "生态保护红线", "水源一级保护区", "水源二级保护区", "文物"} <= set(protected["kind"])
    _, plants = layer(county, "plants.gpkg")
    towns = plants["kind"] != "village"
    assert Counter(plants["kind"]) == {"county": 1, "township": 8, "village": 120}
    assert set(plants["consent"][towns]) == {"已同意", "未征询", "不同意"}
    assert (plants["actual_m3_d"][towns] / plants["design_m3_d"][towns] < 0.5).sum() == 8  # starved
    sewers, columns = layer(county, "sewers.gpkg")
    fall = columns["invert_up_m"] - columns["invert_down_m"]
    assert (fall >= 0.003 * shapely.length(sewers) - 0.011).all()


def test_mains_and_streets_share_vertices(county: Path) -> None:
    lines, _ = layer(county, "streets.gpkg")
    a, b = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = a < b
    points = shapely.intersection(lines[a[once]], lines[b[once]])
    for i, got in zip(a[once].tolist(), points.tolist(), strict=True):
        vertices = shapely.get_coordinates(lines[i])
        for spot in shapely.get_coordinates(got):
            assert np.hypot(*(vertices - spot).T).min() < 0.05


def test_evidence_is_as_poor_as_it_really_is(county: Path) -> None:
    books = read_books(county)
    kinds = Counter(str(r.facility.evidence) for r in books.facilities.rows)
    assert kinds["hj212"] <= 12
    assert kinds == {"hj212": 12, "remote_meter": 30, "paper": 78}
    assert sum(r.facility.status == "stopped" for r in books.facilities.rows) == 15
    assert sum(not r.facility.owner for r in books.facilities.rows) == 8
    with (county / "truth" / "设施真相.csv").open(encoding="utf-8-sig") as file:
        truth = {row["facility"]: row for row in csv.DictReader(file)}
    labels = Counter(row["label"] for row in truth.values())
    assert labels == {
        "sound": 81, "stopped": 15, "unknown_owner": 8, "starved": 7, "idle": 3, "worse_than_influent": 3, "silent": 2,
        "frozen": 1,
    }  # fmt: skip
    evidence = read_evidence(county)
    assert evidence.faults == ()
    idle = {key for key, row in truth.items() if row["label"] == "idle"}
    assert idle == {"QX-067", "QX-083", "QX-101"}
    bills = [
        b.kwh
        for b in evidence.bills.rows
        if b.account == "9990000101" and b.month.month in (9, 10, 11) and b.month.year == 2026
    ]
    assert len(bills) == 3
    assert max(bills) < 12  # 连续 3 个月电费不到 12 度


def test_frames_parse_and_tell_the_story(county: Path) -> None:
    packed = (county / "evidence" / "hj212.frames.zst").read_bytes()
    raw = zstandard.ZstdDecompressor().decompress(packed)
    assert raw.endswith(b"\r\n")
    parser = Parser()
    said: dict[str, list[Message]] = {}
    parser.feed(raw)
    while (event := parser.next_event()) is not NEED_MORE:
        assert not isinstance(event, BadFrame)
        assert isinstance(event, Message)
        assert not event.oddities
        said.setdefault(event.mn, []).append(event)
    register = {r.mn: r.facility.id for r in read_books(county).facilities.rows if r.mn}
    assert set(said) == set(register)
    with (county / "truth" / "设施真相.csv").open(encoding="utf-8-sig") as file:
        truth = {row["facility"]: row for row in csv.DictReader(file)}
    for mn, messages in said.items():
        row = truth[register[mn]]
        last = max(m.data_time for m in messages if m.cn == "2061")
        since = row["from"].replace("-", "")
        if row["label"] == "silent":
            assert last[:8] < since
        else:
            assert last[:8] == "20261122"
        late = [dict(m.groups[2]) for m in messages if m.cn == "2061" and since and m.data_time[:8] >= since]
        if row["label"] == "frozen":
            assert len({g["w01018-Avg"] for g in late}) == 1
            early = [dict(m.groups[2]) for m in messages if m.cn == "2061" and m.data_time[:8] < since]
            assert len({g["w01018-Avg"] for g in early}) > 20


def test_the_dirt_is_found_by_the_readers(county: Path) -> None:
    """Each row of the dirt list is met by a reader that names it; there is no other kind of fault in the books."""
    books = read_books(county)
    cells = (
        CalamineWorkbook.from_path(str(county / "books" / "行政村治理台账.xlsx")).get_sheet_by_index(0).to_python()
    )
    column = cells[2].index("户数")
    assert Counter(type(row[column]) for row in cells[3:82])[str] == 9  # rows 5, 14, ... 77 of 79
    assert all(r.households > 0 for r in books.villages.rows)
    old = [r for r in books.facilities.rows if r.village_name == "河坝村"]
    names = {r.code: r.name for r in books.villages.rows}
    assert old
    assert {names[r.facility.village] for r in old} == {"下河村"}
    water = [r for r in books.works.rows if r.department == "县水利局"]
    assert max(r.budget_fen for r in water) < 10_000 * 100  # 万元 in the yuan column
    _, houses = layer(county, "households.gpkg")
    assert np.isnan(houses["people_resident"]).sum() == 12
    assert len(houses["id"]) - len(set(houses["id"])) == 1
    told = (county / "README.md").read_text(encoding="utf-8")
    assert all(code in told for code, _, _ in DIRT)


@pytest.mark.slow
def test_every_mode_serves_a_fifth_of_the_households(county: Path) -> None:
    """At default prices no mode wins by a slip of a price."""
    folder = read_county_folder(county, Faults())
    assert folder is not None
    request = SurveyRequest(
        layers=folder.layers, crs=folder.crs, norms=folder.norms, prices=folder.prices, effort=0.2
    )
    survey = read_survey(request)
    assert survey.given is not None
    served = plan(survey.given).figures["households"]
    for mode in ("connected", "clustered", "onsite"):
        assert served[mode] >= 0.2 * served["all"], served
    assert served["unserved"] < 0.01 * served["all"]
