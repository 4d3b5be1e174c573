"""The readings' questions on a real Spark cluster: a master and two workers, each a process of its own, on this machine.

    python benchmarks/readings_spark.py [--facilities 1000] [--days 10] [--json]

The same history and the same expressions as readings_115m.py, asked of DuckDB in this process and of the cluster at its
one address; the answers must be equal. Then asked once more, and one of the two executors is killed (-9) in the middle
of the job: the answer must be the same again. Which executors worked and which went is read from Spark's event log.
On one machine Spark is far slower than DuckDB; it is for when one machine no longer holds the data.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.readings_115m import FIRST, make
from tests.spark_cluster import Cluster, lacking

from qingxi.store import Readings, spark


def asked(path: Path, engine: str, days: int) -> tuple[Any, float]:
    """The daily means, and how long they took."""
    with Readings(path, engine) as readings:
        began = time.perf_counter()
        table = readings.daily_table(FIRST, FIRST + timedelta(days=days - 1))
        return table, time.perf_counter() - began


def difference(one: Any, other: Any) -> float:
    """The greatest relative difference; raises AssertionError where the answers differ in more than rounding."""
    for name in ("facility", "point", "quantity", "day"):
        assert one[name].to_pylist() == other[name].to_pylist(), name
    worst = 0.0
    for name in ("value", "coverage"):
        a, b = one[name].to_numpy(), other[name].to_numpy()
        assert (np.isnan(a) == np.isnan(b)).all(), name
        with np.errstate(invalid="ignore", divide="ignore"):
            worst = max(worst, float(np.nanmax(np.abs(a - b) / np.maximum(np.abs(a), 1e-9))))
    assert worst < 1e-9, worst
    return worst


def killed_in_the_middle(cluster: Cluster, path: Path, days: int) -> dict[str, Any]:
    """Ask again and kill an executor once the job has finished some of its tasks and not all."""
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(asked(path, cluster.address, days)))
    tracker = spark._session.sparkContext.statusTracker()
    asking.start()
    done = 0
    while asking.is_alive():
        stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        under_way = [
            s for s in stages if s is not None and s.numCompletedTasks > 0 and s.numCompletedTasks < s.numTasks
        ]
        if under_way:
            done = under_way[0].numCompletedTasks
            break
        time.sleep(0.02)
    number = cluster.kill_one()
    asking.join()
    return {"killed": number, "tasks_done_before": done, "table": found[0][0], "s": found[0][1]}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--facilities", type=int, default=1_000)
    arguments.add_argument("--days", type=int, default=10)
    arguments.add_argument("--folder", type=Path, help="a store of readings_115m.py --folder to use instead")
    arguments.add_argument("--json", action="store_true")
    args = arguments.parse_args()
    if why := lacking():
        print(f"no cluster here: {why}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="qingxi-spark-") as spare:
        path = (args.folder or Path(spare)) / "readings.sqlite3"
        if not path.exists():
            make(path, args.facilities, args.days)
        here, duck_s = asked(path, "", args.days)
        with Cluster(Path(spare) / "cluster") as cluster:
            began = time.perf_counter()
            first, first_s = asked(path, cluster.address, args.days)
            whole_s = time.perf_counter() - began
            again, again_s = asked(path, cluster.address, args.days)
            worked = cluster.told()["worked"]
            after = killed_in_the_middle(cluster, path, args.days)
            spark.stop()
            told = cluster.told()
        result = {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 1)},
            "facilities": args.facilities,
            "days": args.days,
            "rows": here.num_rows,
            "duckdb_s": round(duck_s, 2),
            "spark_first_s": round(first_s, 2),
            "spark_with_session_s": round(whole_s, 2),
            "spark_s": round(again_s, 2),
            "greatest_difference": max(difference(here, first), difference(here, again)),
            "executors_that_worked": sorted(worked),
            "killed_executor": after["killed"],
            "tasks_done_before_the_kill": after["tasks_done_before"],
            "killed_s": round(after["s"], 2),
            "difference_after_the_kill": difference(here, after["table"]),
            "event_log": {name: sorted(numbers) for name, numbers in told.items()},
        }  # fmt: skip
    (Path(__file__).parent / "results" / "readings_spark.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=None if args.json else 1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
