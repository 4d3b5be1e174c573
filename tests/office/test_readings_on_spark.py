"""One setting and a real cluster works out the days of the books; one that is away is told with what to do.

Skipped with its reason where PySpark or Java is missing.
"""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from test_readings_round import MN, books, said

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.notices.models import Notice
from qingxi_office.readings.models import DailyRow, Device
from qingxi_office.rounds.models import RoundRun
from qingxi_office.site.keeping.checks_books import engine
from qingxi_office.site.rounds import keeping
from qingxi_office.site.rounds.register import run_by_hand
from spark_cluster import Cluster, lacking

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


def executors_of(folder):
    """Processes of executors that work below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words, where = (entry / "cmdline").read_bytes(), os.readlink(entry / "cwd")
            except OSError:
                continue
            if b"--executor-id" in words and where.startswith(str(folder)):
                found.append(entry.name)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_days_of_the_books_come_from_the_cluster(cast, settings, tmp_path, office):
    if why := lacking():
        pytest.skip(why)
    Device.objects.create(mn=MN, facility=FacilityRecord.objects.get(key="QX-001"))
    for day in (18, 19):
        said(settings.QINGXI_STORE, date(2026, 11, day), day / 7, hours=range(day - 17, 24))
    keeping.readings(office, NOW)
    from_duckdb = books(), list(DailyRow.objects.values_list("day", "value", "coverage"))
    DailyRow.objects.all().delete()
    with Cluster(tmp_path / "cluster", memory="768m") as cluster:
        settings.QINGXI_ENGINE = cluster.address
        assert [one.state.name for one in engine(False)] == ["OK"]
        assert keeping.readings(office, NOW) == ["读数入账：新 2 日，改 0 日"]
        assert cluster.told()["worked"]
        for _ in range(100):  # they are others' again before the next round
            if not executors_of(cluster.folder):
                break
            time.sleep(0.1)
        assert executors_of(cluster.folder) == []
    assert (books(), list(DailyRow.objects.values_list("day", "value", "coverage"))) == from_duckdb
    # The master is gone: the round says so and is not lost, the doctor says what to do, the pages stand.
    run = run_by_hand("readings", by=cast.chenjing)
    assert run.state == RoundRun.State.FAILED
    assert "nobody answers at spark://" in run.said[0]
    assert Notice.objects.filter(kind="round_failed", text__contains="spark://").exists()
    (found,) = engine(False)
    assert (found.state.name, bool(found.remedy)) == ("WRONG", True)
    settings.QINGXI_ENGINE = ""
    assert keeping.readings(office, NOW) == []  # the same days by DuckDB are no change
