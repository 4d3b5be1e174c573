"""A province's questions on a real Spark cluster: a master and two workers, each a process of its own, on this machine.

    python benchmarks/readings_spark.py [--facilities 10000] [--days 30] [--folder DIR] [--json]

The same 115 million readings and the same expressions as readings_115m.py: the month of daily means from packets, what
every plant said last, the starved plants. Each is asked of DuckDB in this process and twice of the cluster at its one
address; the answers must be equal. Then the month is asked again and one of the two executors is killed (-9) in the
middle of the job: the answer must be the same once more. Which executors worked and which went is read from Spark's event
log. On one machine Spark is far slower than DuckDB; it is for when one machine no longer holds the data.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.readings_115m import FIRST, Plants, make
from tests.spark_cluster import Cluster, lacking

from qingxi.store import Readings, make_levels, spark

Question = Callable[[Readings], Any]


def questions(facilities: int, last: date) -> dict[str, Question]:
    """What a province asks; each answer is an Arrow table or a list."""
    sizes = Plants(facilities).size.tolist()
    designs = {f"QX-{n:05d}": size for n, size in enumerate(sizes)}
    return {
        "month of daily means, from packets": lambda readings: readings.daily_table(FIRST, last),
        "latest of the last day, from packets": lambda readings: readings.newest_table(last, days=1),
        "starved, 7 days": lambda readings: readings.starved(designs, last, days=7, share=0.3),
    }


def asked(path: Path, engine: str, question: Question) -> tuple[Any, float]:
    """The answer, and how long it took."""
    with Readings(path, engine) as readings:
        began = time.perf_counter()
        return question(readings), time.perf_counter() - began


def difference(one: Any, other: Any) -> float:
    """The greatest relative difference of numbers; raises AssertionError where answers differ in more than rounding."""
    if isinstance(one, list):
        assert [(row.facility, row.days) for row in one] == [(row.facility, row.days) for row in other]
        pairs = [(np.array([row.mean_m3_d for row in one]), np.array([row.mean_m3_d for row in other]))]
    else:
        assert one.column_names == other.column_names
        numbers = [name for name in one.column_names if str(one.schema.field(name).type) == "double"]
        for name in one.column_names:
            assert name in numbers or one[name].to_pylist() == other[name].to_pylist(), name
        pairs = [(one[name].to_numpy(), other[name].to_numpy()) for name in numbers]
    worst = 0.0
    for a, b in pairs:
        assert (np.isnan(a) == np.isnan(b)).all()
        there = ~np.isnan(a)
        worst = max(worst, float(np.max(np.abs(a - b)[there] / np.maximum(np.abs(a[there]), 1e-9), initial=0)))
    assert worst < 1e-9, worst
    return worst


def killed_in_the_middle(cluster: Cluster, path: Path, question: Question) -> dict[str, Any]:
    """Ask again and kill an executor once the job has finished some of its tasks and not all."""
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(asked(path, cluster.address, question)))
    tracker = spark._session.sparkContext.statusTracker()
    asking.start()
    done = of = 0
    while asking.is_alive():
        stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
        under_way = [s for s in stages if s is not None and 0 < s.numCompletedTasks < s.numTasks]
        if under_way:
            done, of = under_way[0].numCompletedTasks, under_way[0].numTasks
            break
        time.sleep(0.02)
    number = cluster.kill_one()
    asking.join()
    return {"killed": number, "done": done, "of": of, "answer": found[0][0], "s": found[0][1]}


def measure(path: Path, facilities: int, days: int, memory: str, spare: Path) -> dict[str, Any]:
    asks = questions(facilities, FIRST + timedelta(days=days - 1))
    here = {}
    for name, question in asks.items():
        asked(path, "", question)  # files come into memory
        here[name] = asked(path, "", question)
    rows = []
    with Cluster(spare / "cluster", memory=memory) as cluster:
        began = time.perf_counter()
        spark.session(cluster.address)
        session_s = time.perf_counter() - began
        for name, question in asks.items():
            answer, duck_s = here[name]
            first, first_s = asked(path, cluster.address, question)
            again, again_s = asked(path, cluster.address, question)
            rows.append(
                {
                    "question": name,
                    "rows": len(answer),
                    "duckdb_s": round(duck_s, 2),
                    "spark_first_s": round(first_s, 1),
                    "spark_s": round(again_s, 1),
                    "greatest_difference": max(difference(answer, first), difference(answer, again)),
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
        worked = cluster.told()["worked"]
        name, question = next(iter(asks.items()))
        after = killed_in_the_middle(cluster, path, question)
        spark.stop()
        told = cluster.told()
    return {
        "executor_memory": memory,
        "spark_session_s": round(session_s, 1),
        "executors_that_worked": sorted(worked),
        "killed_executor": after["killed"],
        "asked_when_it_was_killed": name,
        "tasks_done_before_the_kill": f"{after['done']} of {after['of']}",
        "killed_s": round(after["s"], 1),
        "difference_after_the_kill": difference(here[name][0], after["answer"]),
        "event_log": {kind: sorted(numbers) for kind, numbers in told.items()},
        "questions": rows,
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--facilities", type=int, default=10_000)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--memory", default="2g", help="of each executor")
    arguments.add_argument("--folder", type=Path, help="a store of readings_115m.py --folder to use instead")
    arguments.add_argument("--json", action="store_true")
    args = arguments.parse_args()
    if why := lacking():
        print(f"no cluster here: {why}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="qingxi-spark-") as spare:
        path = (args.folder or Path(spare)) / "readings.sqlite3"
        if path.exists():
            made = json.loads((path.parent / "made.json").read_text())
        else:
            made = make(path, args.facilities, args.days)
        make_levels(path, 2)
        load = os.getloadavg()[0]
        result = {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": round(load, 1)},
            "facilities": args.facilities,
            "days": args.days,
            "readings": made["readings"],
            **measure(path, args.facilities, args.days, args.memory, Path(spare)),
        }  # fmt: skip
    if args.facilities == 10_000 and args.days == 30:
        (Path(__file__).parent / "results" / "readings_spark.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=None if args.json else 1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
