"""Two identical runs give identical bytes of every file but run.json."""

import hashlib
import sqlite3
import time
import zipfile

import pytest
from gis_village import Village
from test_report import BULLETIN, FIGURE

from qingxi.cli import main
from qingxi.report import write_bulletin, write_lists


def sums(folder):
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    args = Village(folder).write()
    for turn in ("a", "b"):
        words = ["--mode", "sewer", "--vertical-error", "0.1", "--also", "dxf,swmm,geojson"]
        assert main(["plan", *args, *words, "--out", str(folder / turn), "--json"]) == 0
        time.sleep(1.1)  # core properties of xlsx count whole seconds
    return folder


def test_a_plan_twice(twice):
    first, second = sums(twice / "a"), sums(twice / "b")
    kinds = {name.rsplit(".", 1)[-1] for name in first}
    assert {"gpkg", "json", "xlsx", "html", "dxf", "inp", "csv", "geojson"} <= kinds
    assert {name for name in first if first[name] != second.get(name)} <= {"run.json"}
    assert first.keys() == second.keys()


def test_no_file_of_a_plan_tells_when_it_was_written(twice):
    with sqlite3.connect(twice / "a" / "plan.gpkg") as link:
        assert {when for (when,) in link.execute("SELECT last_change FROM gpkg_contents")} == {
            "2000-01-01T00:00:00.000Z"
        }
    with zipfile.ZipFile(twice / "a" / "plan.xlsx") as book:
        assert {part.date_time[0] for part in book.infolist()} == {1980}
        assert b"2000-01-01T00:00:00Z" in book.read("docProps/core.xml")


def test_a_bulletin_and_its_lists_twice(tmp_path):
    for turn in ("a", "b"):
        write_bulletin(BULLETIN, tmp_path / turn / "bulletin.docx")
        write_lists([FIGURE], tmp_path / turn / "lists.xlsx")
        time.sleep(2.1)  # a zip file counts in steps of two seconds
    assert sums(tmp_path / "a") == sums(tmp_path / "b")
