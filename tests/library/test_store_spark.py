"""The same expressions on a real cluster (a master, two workers, processes of their own) give DuckDB's answers.

Skipped with its reason where PySpark or Java is missing.
"""

import json
import sqlite3
from datetime import date, timedelta

import numpy as np
import pytest
from tests.spark_cluster import Cluster, lacking

from qingxi.reading import day_start_s
from qingxi.store import HotStore, Readings, compact_before
from qingxi.store.spark import settings
from qingxi.wire import Device, Devices

FIRST, DAYS = date(2026, 10, 1), 3


def filled(path):
    """Eight plants, one without a registered interval, three days: two archived, one hot; gaps, marks, an hour report."""
    hot = HotStore(path)
    hot.register(
        Devices(Device(f"M{n}", "", f"QX-{n:03d}", every_min=0 if n == 7 else 15 * (n % 3 + 1)) for n in range(8))
    )
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
    last = FIRST + timedelta(days=DAYS - 1)
    with Readings(path, engine) as readings:
        return (
            readings.daily_table(FIRST, last).to_pylist(),
            readings.hourly_table(last, last).to_pylist(),
            readings.starved({f"QX-{n:03d}": 20.0 + n for n in range(8)}, last, days=3, share=0.4),
        )


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
def test_a_cluster_gives_duckdbs_answers_from_two_executors(tmp_path):
    if why := lacking():
        pytest.skip(why)
    path = tmp_path / "readings.sqlite3"
    filled(path)
    here = answers(path, "")
    with Cluster(tmp_path / "cluster", memory="768m") as cluster:
        there = answers(path, cluster.address)
    for one, other in zip(here, there, strict=True):
        assert len(one) == len(other) > 0
    for one, other in zip(here[0] + here[1], there[0] + there[1], strict=True):
        assert one == pytest.approx(other, rel=1e-12)
    assert [row.facility for row in here[2]] == [row.facility for row in there[2]]
    assert cluster.told()["worked"] == {"0", "1"}


def test_one_address_names_the_engine_and_a_wrong_one_is_refused(monkeypatch):
    from qingxi.store import engine_at

    monkeypatch.setenv("QINGXI_ENGINE", "duckdb")
    engine_at().close()
    with pytest.raises(ValueError, match="no engine at 'mysql://x'"):
        engine_at("mysql://x")
    assert settings("a=1; b=c=d;") == {"a": "1", "b": "c=d"}
    with pytest.raises(ValueError, match="name=value"):
        settings("a")
