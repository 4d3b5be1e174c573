"""Planted corruptions: cells of real exported files are changed on disk, and ``qingxi check`` names the rule.

Three plans: A joins an outlet behind a ridge (a lift), B builds a plant and has an existing one and protected land
nearby, C is free to choose.
"""

import json
import shutil
import sqlite3

import pytest
import shapely
from gis_village import EAST, NORTH, Village, write_vector

from qingxi.cli import main

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree%'"
PROTECTED = shapely.box(EAST - 150, NORTH - 150, EAST - 60, NORTH - 60)


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corrupt")
    v = Village(folder)
    v.heights[:, 43:47] += 4.0  # a ridge at 230 to 270 m along the main street
    args = v.write()
    bare = [a for a in args if not a.startswith("--outlet")]
    write_vector(folder / "protected.gpkg", [PROTECTED], {"kind": ["永久基本农田"]})
    stands = {
        "id": ["P1"],
        "name": ["旧站"],
        "kind": ["village"],
        "design_m3_d": [5.0],
        "owner": ["村"],
        "consent": ["已同意"],
    }
    write_vector(folder / "plants.gpkg", [shapely.Point(EAST + 100, NORTH + 160)], stands)
    more = ["--protected", str(folder / "protected.gpkg"), "--plants", str(folder / "plants.gpkg")]
    for name, words in (
        ("A", [*args, "--mode", "sewer"]),
        ("B", [*bare, *more[:2], "--mode", "sewer"]),
        ("C", [*bare, *more]),
    ):
        assert main(["plan", *words, "--out", str(folder / name), "--json"]) == 0
    return folder


@pytest.fixture
def copy(plans, tmp_path):
    """A copy of a plan's folder beside the inputs, so that the check reads them too."""

    def of(name):
        place = plans / f"{tmp_path.name}-{name}"
        shutil.copytree(plans / name, place)
        return place

    return of


def sql(*statements):
    """Change of the GeoPackage; its spatial triggers, which need a library sqlite lacks, are dropped first."""

    def spoil(folder):
        with sqlite3.connect(folder / "plan.gpkg") as link:
            for (name,) in link.execute(TRIGGERS).fetchall():
                link.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                assert link.execute(statement).rowcount > 0, statement

    return spoil


def figure(value, *path):
    """Change of plan.json."""

    def spoil(folder):
        document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value(inner[path[-1]]) if callable(value) else value
        (folder / "plan.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    return spoil


def moved(layer, where, point):
    """Change of a point's place."""

    def spoil(folder):
        with sqlite3.connect(folder / "plan.gpkg") as link:
            for (name,) in link.execute(TRIGGERS).fetchall():
                link.execute(f'DROP TRIGGER "{name}"')
            fid, blob = link.execute(f"SELECT fid, geom FROM {layer} WHERE {where} LIMIT 1").fetchone()
            head = 8  # GP, version, flags, srs; points have no envelope
            assert blob[:2] == b"GP"
            link.execute(f"UPDATE {layer} SET geom = ? WHERE fid = ?", (blob[:head] + shapely.to_wkb(point), fid))

    return spoil


G = "(SELECT min(fid) FROM pipes WHERE kind = 'gravity')"  # a gravity pipe far up
# The gravity pipe into which G runs.
BELOW = (
    f"(SELECT b.fid FROM pipes a JOIN pipes b ON b.from_node = a.to_node WHERE a.fid = {G} AND b.kind != 'lateral')"
)
COPY = "INSERT INTO pipes (geom, {0}) SELECT geom, {0} FROM pipes WHERE fid = (SELECT min(fid) FROM pipes WHERE kind = 'gravity')"
COLUMNS = (
    "pipe_id, system_id, from_node, to_node, kind, length_m, dn_mm, invert_up_m, invert_down_m, slope, works_yuan"
)

# fmt: off
CORRUPTIONS = [
    ("a slope", "A", sql(f"UPDATE pipes SET slope = 0.0001 WHERE fid = {G}"), "slope"),
    ("a cover", "A", sql(f"UPDATE pipes SET invert_up_m = invert_up_m + 2.5 WHERE fid = {G}"), "cover"),
    ("a depth", "A", sql(f"UPDATE pipes SET invert_down_m = invert_down_m - 6 WHERE fid = {G}"), "depth"),
    ("a cut pipe", "A", sql(f"DELETE FROM pipes WHERE fid = {G}"), "tree"),
    ("a cheaper price", "A", figure(100.0, "parameters", "tables", "prices", "pipe.dn200"), "tables"),
    ("a cheaper price, money too", "A", figure(100.0, "parameters", "tables", "prices", "pipe.dn200"), "money"),
    ("a house dropped", "A", sql("DELETE FROM households WHERE fid = 1"), "tree"),
    ("a house dropped, and counted", "A", sql("DELETE FROM households WHERE fid = 1"), "figures"),
    ("a swapped diameter", "A", sql(f"UPDATE pipes SET dn_mm = 300 WHERE fid = {G}"), "capacity"),
    ("an unknown diameter", "A", sql(f"UPDATE pipes SET dn_mm = 250 WHERE fid = {G}"), "capacity"),
    ("a changed flow", "A", sql(f"UPDATE pipes SET mean_flow_m3_d = mean_flow_m3_d * 1.5 WHERE fid = {G}"), "flow"),
    ("a peak", "A", sql(f"UPDATE pipes SET peak_flow_l_s = peak_flow_l_s * 0.7 WHERE fid = {G}"), "flow"),
    ("a pump removed", "A", sql("DELETE FROM lifts"), "lift"),
    ("a lift made a manhole", "A", sql("UPDATE nodes SET kind = 'manhole' WHERE kind = 'lift'"), "join-up"),
    ("a level shifted", "A", sql(f"UPDATE pipes SET invert_down_m = invert_down_m + 0.2 WHERE fid = {G}"), "slope"),
    ("a lateral shortened", "A", sql("UPDATE pipes SET length_m = length_m - 5 WHERE kind = 'lateral' AND length_m > 8"), "geometry"),
    ("a spacing", "A", sql(f"UPDATE pipes SET length_m = 75 WHERE fid = {G}"), "spacing"),
    ("a mode changed", "A", sql("UPDATE households SET mode = 'onsite' WHERE fid = 2"), "every-house"),
    ("totals changed", "A", figure(lambda v: v * 0.9, "cost", "present_value"), "figures"),
    ("a system's total changed", "A", sql("UPDATE systems SET present_value_yuan = present_value_yuan - 9000"), "money"),
    ("coordinates moved", "A", moved("nodes", "kind = 'manhole'", shapely.Point(EAST + 33, NORTH + 44)), "geometry"),
    ("a house moved", "A", moved("nodes", "kind = 'house'", shapely.Point(EAST + 33, NORTH + 44)), "geometry"),
    ("a duplicated pipe", "A", sql(COPY.format(COLUMNS)), "unique"),
    ("a cycle", "A", sql(f"UPDATE pipes SET to_node = (SELECT from_node FROM pipes WHERE fid = {G}) WHERE fid = {BELOW}"), "tree"),
    ("a surface", "A", sql(f"UPDATE pipes SET surface = 'earth' WHERE fid = {G}"), "money"),
    ("an unknown surface", "A", sql(f"UPDATE pipes SET surface = 'gold' WHERE fid = {G}"), "money"),
    ("a fee changed", "A", sql("UPDATE systems SET running_yuan_y = running_yuan_y * 0.5"), "money"),
    ("a bound above the cost", "A", figure(lambda v: v * 3, "bound"), "figures"),
    ("an owner's word", "A", sql("UPDATE systems SET consent = '不同意'"), "spare"),
    ("a hamlet's cost changed", "A", sql("UPDATE hamlets SET present_value_yuan = present_value_yuan * 0.97"), "comparison"),
    ("a plant undersized", "B", sql("UPDATE plants SET design_m3_d = 0.2"), "capacity"),
    ("a wrong process", "B", sql("UPDATE plants SET process = 'mbr'"), "money"),
    ("a process that does not reach the class", "B", sql("UPDATE plants SET discharge_class = '四级'"), "discharge"),
    ("a plant in protected land", "B", moved("plants", "1", shapely.Point(EAST - 100, NORTH - 100)), "protected"),
    ("a plant beside a house", "B", moved("plants", "1", shapely.Point(EAST + 20, NORTH - 10)), "distance"),
    ("a household unit's price", "C", sql("UPDATE households SET works_yuan = works_yuan * 0.8 WHERE fid = 3"), "money"),
    ("a comparison's figure", "C", sql("UPDATE hamlets SET pv_onsite_yuan = pv_onsite_yuan * 2"), "comparison"),
    ("a reason taken out", "C", sql("UPDATE hamlets SET why_not_controlled = ''"), "comparison"),
    ("a hamlet's people", "C", sql("UPDATE hamlets SET people_resident = people_resident + 5"), "hamlets"),
    ("a decision changed", "C", sql("UPDATE plants SET decision = '搬走'"), "existing"),
    ("a plant's book taken out", "C", sql("DELETE FROM plants"), "existing"),
]
# fmt: on


@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_the_untouched_files_pass(copy, name, capsys):
    assert main(["check", str(copy(name)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    held = {rule for rule, count in told["checked"].items() if count}
    assert {"every-house", "hamlets", "comparison", "money", "figures"} <= held


@pytest.mark.parametrize(
    ("words", "name", "spoil", "rule"), CORRUPTIONS, ids=[c[0].replace(" ", "-") for c in CORRUPTIONS]
)
def test_a_corrupted_file_is_found_and_the_rule_named(copy, words, name, spoil, rule, capsys):
    folder = copy(name)
    spoil(folder)
    assert main(["check", str(folder), "--json"]) == 1, words
    told = json.loads(capsys.readouterr().out)
    assert rule in {v["rule"] for v in told["violations"]}, told["violations"][:6]
    assert not any("nan" in v["message"] for v in told["violations"])


def test_at_least_twenty_kinds():
    assert len({rule for *_, rule in CORRUPTIONS}) >= 15
    assert len(CORRUPTIONS) >= 20


def test_an_unreadable_folder_is_answered_in_json(tmp_path, capsys):
    assert main(["check", str(tmp_path), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert "没有 plan.gpkg" in told["error"]


def test_a_column_taken_out_is_refused_by_name(copy, capsys):
    folder = copy("A")
    with sqlite3.connect(folder / "plan.gpkg") as link:
        link.execute("ALTER TABLE pipes RENAME COLUMN surface TO was")
    assert main(["check", str(folder)]) == 2
    assert "缺 surface" in capsys.readouterr().err


def test_rows_that_gdal_does_not_see_are_refused(copy, capsys):
    """Put in behind the back of the file's own feature count, a row would be read by nobody."""
    folder = copy("A")
    with sqlite3.connect(folder / "plan.gpkg") as link:
        for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            link.execute(f'DROP TRIGGER "{name}"')
        link.execute(COPY.format(COLUMNS))
    assert main(["check", str(folder)]) == 2
    assert "只读得到" in capsys.readouterr().err


def test_shares_where_the_place_of_a_lift_is_withheld(plans, capsys):
    """At level L1 nobody knows which houses bear the lift; the sum over all hamlets is held all the same."""
    out = plans / "L1"
    inputs = [a for a in Village(plans).arguments() if a not in ("--vertical-error", "0.1")]
    assert main(["plan", *inputs, "--mode", "sewer", "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pumps"] >= 1
    assert main(["check", str(out), "--json"]) == 0
    assert any("提升位置" in words for words in json.loads(capsys.readouterr().out)["withheld"])
    sql("UPDATE hamlets SET present_value_yuan = present_value_yuan * 1.01")(out)
    assert main(["check", str(out), "--json"]) == 1
    assert "comparison" in {v["rule"] for v in json.loads(capsys.readouterr().out)["violations"]}
