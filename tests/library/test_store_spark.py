"""The same expressions on a real cluster (a master, two workers, processes of their own) give DuckDB's answers.

Skipped with its reason where PySpark or Java is missing.
"""

import json
import sqlite3
from datetime import date, timedelta

import numpy as np
import pytest
from tests.spark_cluster import Cluster, lacking

from qingxi.cli import main
from qingxi.reading import day_start_s
from qingxi.store import HotStore, Readings, compact_before
from qingxi.store.spark import settings
from qingxi.wire import Device, Devices
from qingxi.world import write_county

FIRST, DAYS = date(2026, 10, 1), 3


def filled(path):
    """Eight plants, three days: two archived, one hot; gaps, marks, an hour report beside."""
    hot = HotStore(path)
    hot.register(Devices(Device(f"M{n}", "", f"QX-{n:03d}", every_min=15 * (n % 3 + 1)) for n in range(8)))
    hot.close()
    chance = np.random.default_rng(5)
    with sqlite3.connect(path) as db:
        for n in range(8):
            step = 900 * (n % 3 + 1)
            for at in range(day_start_s(FIRST), day_start_s(FIRST + timedelta(days=DAYS)), step):
                if chance.random() < 0.05:
                    continue
                body = {
                    "flow": {
                        "Rtd": round(chance.normal(9, 2), 1),
                        "Flag": str(chance.choice(["N", "N", "N", "M"])),
                    },
                    "cod": {"Rtd": round(chance.normal(45, 9), 1), "Flag": "N"},
                    "ph": {"Rtd": round(chance.normal(7, 0.2), 2)},
                }
                put(db, n, "2011", "rtd", at, body)
                if at % 3600 == 0 and n < 3:
                    put(db, n, "2061", "hour", at, {"cod": {"Avg": round(chance.normal(45, 5), 1), "Flag": "N"}})
    compact_before(path, FIRST + timedelta(days=2), 1)


def put(db, n, cn, kind, at, body):
    db.execute(
        "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
        " VALUES (?, ?, ?, 1, ?, ?, 0, 'live', '', 2017, '', '')",
        (f"M{n}", cn, at, kind, json.dumps(body)),
    )


def answers(path, engine):
    with Readings(path, engine) as readings:
        return readings.daily_table(FIRST, FIRST + timedelta(days=DAYS - 1)).to_pylist()


def lists(path, engine):
    """The other two questions of a province: what stood last, and who is starved."""
    last = FIRST + timedelta(days=DAYS - 1)
    designs = {f"QX-{n:03d}": 8.0 + 0.4 * n for n in range(8)}
    with Readings(path, engine) as readings:
        starved = readings.starved(designs, last, days=DAYS, share=0.95)
        return readings.newest_table(last).to_pylist(), [
            (r.facility, r.days, round(r.mean_m3_d, 9)) for r in starved
        ]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if why := lacking():
        pytest.skip(why)
    with Cluster(tmp_path_factory.mktemp("cluster"), memory="768m") as one:
        yield one


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cluster_gives_duckdbs_answers_from_two_executors(tmp_path, cluster):
    path = tmp_path / "readings.sqlite3"
    filled(path)
    here, there = answers(path, ""), answers(path, cluster.address)
    assert len(here) == len(there) == 8 * 3 * DAYS
    for one, other in zip(here, there, strict=True):
        value, meant = other.pop("value"), one.pop("value")
        assert (value is None) == (meant is None)
        assert value is None or value == pytest.approx(meant, rel=1e-12)
        assert other.pop("coverage") == pytest.approx(one.pop("coverage"), rel=1e-12)
        assert one == other
    newest, starved = lists(path, cluster.address)
    assert (newest, starved) == lists(path, "")
    assert len(newest) == 8 * 3
    assert 0 < len(starved) < 8
    assert cluster.told()["worked"] == {"0", "1"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_counties_are_planned_on_the_cluster_and_one_that_fails_is_named(tmp_path, cluster, capsys):
    for seed in (2, 3):
        write_county(tmp_path / f"county{seed}", size="hamlet", seed=seed)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "county.toml").write_text("name = ", encoding="utf-8")
    folders = [str(tmp_path / name) for name in ("county2", "broken", "county3")]
    code = main(["plan", "--cluster", cluster.address, *folders, "--effort", "0", "--json"])
    told = json.loads(capsys.readouterr().out)["counties"]
    assert code == 2
    assert [county["ok"] for county in told] == [True, False, True]
    assert told[1]["folder"] == folders[1]
    assert told[1]["error"]
    assert not (tmp_path / "broken" / "plan").exists()
    # A worker's plan is the plan that is made here, and its files lie where qingxi plan puts them.
    assert main(["plan", folders[0], "--effort", "0", "--json", "--out", str(tmp_path / "here")]) == 0
    here = json.loads(capsys.readouterr().out)
    assert told[0]["plan"]["cost"] == here["cost"]
    for name in ("plan.gpkg", "plan.json", "plan.xlsx", "map.html"):
        assert (tmp_path / "county2" / "plan" / name).is_file()
    assert main(["check", str(tmp_path / "county3" / "plan"), "--json"]) in (0, 1)


def test_what_a_cluster_cannot_be_given_is_said(tmp_path, capsys):
    assert main(["plan", "--cluster", "spark://127.0.0.1:1"]) == 2
    assert main(["plan", "--cluster", "spark://127.0.0.1:1", str(tmp_path / "none")]) == 2
    assert main(["plan", "--cluster", "spark://127.0.0.1:1", str(tmp_path), "--outlet=1,2"]) == 2
    assert main(["plan", str(tmp_path), str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "没有这样的数据夹" in said
    assert "--cluster" in said


def test_what_lacks_for_a_cluster_is_said_at_once_with_the_remedy(tmp_path, capsys, monkeypatch):
    from qingxi.store import engine_at, spark

    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"pip install 'qingxi\[cluster\]'"):
        engine_at("spark://127.0.0.1:1")
    assert main(["plan", "--cluster", "spark://127.0.0.1:1", str(tmp_path)]) == 2
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(spark.shutil, "which", lambda name: "/usr/bin/java")
    with pytest.raises(RuntimeError, match=r"nobody answers at spark://127\.0\.0\.1:1"):
        engine_at("spark://127.0.0.1:1")
    assert main(["plan", "--cluster", "spark://127.0.0.1:1", str(tmp_path)]) == 2
    assert main(["plan", "--cluster", "127.0.0.1:7077", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    for words in ("qingxi[cluster]", "没有应答", "不是集群的地址"):
        assert words in said


def test_one_address_names_the_engine_and_a_wrong_one_is_refused(monkeypatch):
    from qingxi.store import engine_at

    monkeypatch.setenv("QINGXI_ENGINE", "duckdb")
    engine_at().close()
    with pytest.raises(ValueError, match="no engine at 'mysql://x'"):
        engine_at("mysql://x")
    assert settings("a=1; b=c=d;") == {"a": "1", "b": "c=d"}
    with pytest.raises(ValueError, match="name=value"):
        settings("a")
