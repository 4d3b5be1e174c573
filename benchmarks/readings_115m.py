"""A province's month in the readings' store: 10,000 plants x 4 quantities x 15 minutes x 30 days, 115 million readings.

    python benchmarks/readings_115m.py [--facilities 10000] [--days 30] [--folder DIR] [--json]

Makes the history that nightly compaction makes (the same writer, the same columns, the same order), then asks what a
province asks: the month's daily means from packets by the validity rules, the newest values, the starved plants, one
plant's chart. The daily means are also asked by SQL written by hand for DuckDB, in turn with the Ibis expression.
Readings come in packets of four, as devices send them: 28.8 million rows. Everything lies in a temporary folder of about
0.6 GB. Times are medians of the rounds; CPU seconds are of this process.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from qingxi.quantity import QUANTITIES
from qingxi.reading import BEIJING_S, DAY_S, VALID_MARKS, Validity, day_start_s
from qingxi.store import HotStore, Readings, archive_folder, make_levels
from qingxi.store.archive import RAW_ROWS
from qingxi.store.filing import write_file
from qingxi.store.wide import META

FIRST = date(2026, 10, 1)
CODES = ("flow", "cod", "nh3n", "ph")
A_DAY = 96


def make(path: Path, facilities: int, days: int) -> dict[str, Any]:
    """Register, newest values and a file a day; tells rows and bytes."""
    HotStore(path).close()
    mns = [f"99990126X{n:015d}" for n in range(facilities)]
    db = sqlite3.connect(path)
    with db:
        db.executemany(
            "INSERT INTO telemetry_device (mn, facility, point, every_min) VALUES (?, ?, 'effluent', 15)",
            ((mn, f"QX-{n:05d}") for n, mn in enumerate(mns)),
        )
    plants = Plants(facilities)
    packets, began, cpu = 0, time.perf_counter(), time.process_time()
    for number in range(days):
        day = FIRST + timedelta(days=number)
        table = plants.day(mns, day)
        file, digest = write_file(table, archive_folder(path), f"level=raw/date={day.isoformat()}", RAW_ROWS)
        start = day_start_s(day)
        with db:
            db.execute(
                "INSERT INTO telemetry_history (day, file, rows, first_s, last_s, sha256, made_ms) VALUES (?, ?, ?, ?, ?, ?, 1)",
                (day.isoformat(), file, table.num_rows, start, start + DAY_S - 1, digest),
            )
        packets += table.num_rows
    last = day_start_s(FIRST + timedelta(days=days)) - 900
    with db:
        body = json.dumps({code: {"Rtd": 1.5, "Flag": "N"} for code in CODES})
        db.executemany(
            "INSERT INTO telemetry_newest (mn, part, data_s, turn, body) VALUES (?, '', ?, 1, ?)",
            ((mn, last, body) for mn in mns),
        )
    db.close()
    size = sum(each.stat().st_size for each in archive_folder(path).glob("level=raw/*/*.parquet"))
    return {
        "packets": packets,
        "readings": packets * len(CODES),
        "raw_bytes": size,
        "bytes_a_reading": round(size / packets / len(CODES), 3),
        "make_s": round(time.perf_counter() - began, 1),
        "make_cpu_s": round(time.process_time() - cpu, 1),
    }


class Plants:
    """Readings as sensors show them: a daily rhythm, noise, the sensor's own steps, some frozen, marks and gaps."""

    def __init__(self, facilities: int) -> None:
        self.chance = np.random.default_rng(212)
        self.size = self.chance.lognormal(3.4, 0.6, facilities).round(0)  # m3/d
        self.fill = np.where(self.chance.random(facilities) < 0.05, 0.15, self.chance.uniform(0.4, 0.9, facilities))
        self.cod = self.chance.normal(45, 8, facilities)
        self.nh3n = self.chance.lognormal(1.2, 0.5, facilities)
        self.frozen = self.chance.random(facilities) < 0.03

    def day(self, mns: list[str], day: date) -> pa.Table:
        chance, n = self.chance, len(mns)
        at = day_start_s(day) + 900 * np.arange(A_DAY)
        rhythm = 1 + 0.5 * np.sin(np.arange(A_DAY) / A_DAY * 4 * np.pi)
        noise = chance.normal(0, 1, (4, n, A_DAY))
        noise[:, self.frozen] = 0
        columns = {
            "flow": np.maximum(0, (self.size * self.fill)[:, None] * rhythm * (1 + 0.1 * noise[0])).round(1),
            "cod": (self.cod[:, None] + 3 * noise[1]).round(1),
            "nh3n": np.maximum(0, self.nh3n[:, None] * (1 + 0.05 * noise[2])).round(2),
            "ph": (7.2 + 0.05 * noise[3]).round(2),
        }
        keep = (chance.random((n, A_DAY)) >= 0.004).ravel()
        marks = np.array(["N", "M", "D"])[chance.choice(3, (4, n * A_DAY), p=(0.98, 0.01, 0.01))]
        rows = int(keep.sum())
        times = np.tile(at, n)[keep]
        lag = chance.integers(800, 60_000, rows)  # ms: devices call within the minute after their quarter
        place = np.empty(rows, np.int64)
        place[np.argsort(times * 1000 + lag)] = np.arange(rows)  # frames lie in batches in the order they came
        device = pa.DictionaryArray.from_arrays(np.repeat(np.arange(n, dtype=np.int32), A_DAY)[keep], mns)
        same = {"cn": "2011", "kind": "rtd", "source": "live"}
        meta: dict[str, Any] = {
            "mn": device.cast(pa.string()), "at_s": times, "version": np.ones(rows, np.int32),
            "newest": np.ones(rows, bool), "lag_ms": lag, "raw_batch": place // 300, "raw_index": (place % 300).astype(np.int32),
            "raw_more": pa.nulls(rows, pa.string()), "other": pa.nulls(rows, pa.string()),
        } | {name: pa.array(np.full(rows, value), pa.string()) for name, value in same.items()}  # fmt: skip
        table = pa.table({name: meta[name] for name in META.names}, schema=META)
        for at_code, code in enumerate(CODES):
            table = table.append_column(code, pa.array(columns[code].ravel()[keep]))
            table = table.append_column(code + "_mark", pa.array(marks[at_code][keep], pa.string()))
        return table


def by_hand(files: list[Path], first: date, last: date) -> str:
    """The month's daily means as somebody who knows DuckDB would write them."""
    law, start, end = Validity.from_table(), day_start_s(first), day_start_s(last) + DAY_S
    marks = ", ".join(f"'{mark}'" for mark in VALID_MARKS)
    valid = {
        code: f"{code}_mark IN ({marks}) AND {code} BETWEEN {QUANTITIES[code].low} AND {QUANTITIES[code].high}"
        for code in CODES
    }
    values = ", ".join(f"CASE WHEN {valid[code]} THEN {code} END {code}" for code in CODES)
    sums = ", ".join(f"count({code}) n_{code}, sum({code}) s_{code}" for code in CODES)
    means = ", ".join(
        f"n_{code}, CASE WHEN least(n_{code} * every_s, 3600) >= {law.hour_valid_min * 60} THEN s_{code} / n_{code} END m_{code}"
        for code in CODES
    )

    def value(code: str) -> str:
        plain = f"avg(m_{code})"
        if code in ("cod", "nh3n"):
            flow = f"sum(m_flow) FILTER (WHERE m_{code} IS NOT NULL)"
            plain = f"CASE WHEN {flow} > 0 THEN sum(m_{code} * m_flow) / {flow} ELSE {plain} END"
        return f"CASE WHEN count(m_{code}) >= {law.day_valid_hours} THEN {plain} END {code}"

    days = ", ".join(
        f"{value(code)}, least(sum(n_{code}) * any_value(every_s) / 86400.0, 1) c_{code}" for code in CODES
    )
    names = ", ".join(f"'{file}'" for file in files)
    return f"""
        WITH hours AS (
            SELECT place, hour, {sums} FROM (
                SELECT place, (at_s + {BEIJING_S}) // 3600 AS hour, {values}
                FROM read_parquet([{names}], hive_partitioning = false) JOIN places USING (mn)
                WHERE newest AND kind = 'rtd' AND at_s >= {start} AND at_s < {end}) GROUP BY ALL),
        means AS (SELECT place, hour // 24 AS day, every_s, {means} FROM hours JOIN every USING (place))
        SELECT place, day, {days} FROM means GROUP BY place, day"""


class Hand:
    """The query by hand in a connection of its own, set as the store's."""

    def __init__(self, path: Path, first: date, last: date) -> None:
        import duckdb

        self.db = duckdb.connect()
        self.db.execute("SET preserve_insertion_order = false")
        with Readings(path) as readings:
            held = readings.held(first, last)
        places = list(range(len(held.devices)))
        self.db.register(
            "places", pa.table({"mn": [row[0] for row in held.devices], "place": pa.array(places, pa.int32())})
        )
        self.db.register(
            "every",
            pa.table({"place": pa.array(places, pa.int32()), "every_s": [row[3] * 60 for row in held.devices]}),
        )
        self.sql = by_hand(held.files, first, last)

    def __call__(self) -> pa.Table:
        return self.db.sql(self.sql).to_arrow_table()


def timed(rounds: int, *asks: Callable[[], Any]) -> list[dict[str, Any]]:
    """Seconds and CPU seconds of each question, asked in turn; the first round warms up and is told apart."""
    wall: list[list[float]] = [[] for _ in asks]
    cpu: list[list[float]] = [[] for _ in asks]
    for _ in range(rounds + 1):
        for at, ask in enumerate(asks):
            began, used = time.perf_counter(), time.process_time()
            ask()
            wall[at].append(time.perf_counter() - began)
            cpu[at].append(time.process_time() - used)
    return [
        {
            "s": round(statistics.median(w[1:]), 4),
            "best_s": round(min(w[1:]), 4),
            "first_s": round(w[0], 4),
            "cpu_s": round(statistics.median(c[1:]), 3),
        }
        for w, c in zip(wall, cpu, strict=True)
    ]


def same(table: pa.Table, hand: pa.Table) -> float:
    """The greatest difference between the two answers, relative; raises AssertionError where one has what the other lacks."""
    facilities = np.array([int(name.removeprefix("QX-")) for name in table["facility"].to_pylist()])
    days = np.array([(day - date(1970, 1, 1)).days for day in table["day"].to_pylist()])
    worst = 0.0
    order = np.lexsort((hand["day"].to_numpy(), hand["place"].to_numpy()))
    for code in CODES:
        mine = np.array(table["quantity"].to_pylist()) == code
        value = table["value"].to_numpy()[mine]
        keys = facilities[mine] * 100_000 + days[mine]
        place = np.argsort(keys, kind="stable")
        other = hand[code].to_numpy()[order]
        others = hand["place"].to_numpy()[order] * 100_000 + hand["day"].to_numpy()[order]
        at = np.searchsorted(others, keys[place])
        assert (others[at] == keys[place]).all()
        assert (np.isnan(other[at]) == np.isnan(value[place])).all()
        both = ~np.isnan(other[at])
        worst = max(worst, float(np.max(np.abs(other[at][both] / value[place][both] - 1), initial=0)))
    return worst


def measure(path: Path, facilities: int, days: int, rounds: int) -> dict[str, Any]:
    last = FIRST + timedelta(days=days - 1)
    out: dict[str, Any] = {}
    hand = Hand(path, FIRST, last)
    with Readings(path, "") as readings:
        ibis, _ = timed(rounds, lambda: readings.daily_table(FIRST, last), hand)
        raw = timed(rounds, lambda: readings.fleet(FIRST, last).days_wide(Validity.from_table()), hand)
        out["daily_means"] = ibis
        out["daily_means_ibis_alone"], out["daily_means_by_hand"] = raw
        out["ibis_to_hand"] = round(raw[0]["s"] / raw[1]["s"], 3)
        out["ibis_to_hand_cpu"] = round(raw[0]["cpu_s"] / raw[1]["cpu_s"], 3)
        table = readings.daily_table(FIRST, last)
        out["daily_rows"] = table.num_rows
        out["greatest_difference"] = same(table, hand())
        began, cpu = time.perf_counter(), time.process_time()
        make_levels(path, 2)
        out["levels"] = {"s": round(time.perf_counter() - began, 1), "cpu_s": round(time.process_time() - cpu, 1)}
        out["levels"]["bytes"] = sum(
            each.stat().st_size for each in archive_folder(path).glob("level=[hd]*/*/*.parquet")
        )
        designs = dict(
            zip((f"QX-{n:05d}" for n in range(facilities)), Plants(facilities).size.tolist(), strict=True)
        )
        (out["latest"],) = timed(rounds, readings.latest_rows)
        out["latest"]["rows"] = len(readings.latest_rows())
        (out["starved"],) = timed(rounds, lambda: readings.starved(designs, last, days=7, share=0.3))
        out["starved"]["found"] = len(readings.starved(designs, last, days=7, share=0.3))
        start, end = day_start_s(FIRST), day_start_s(last) + DAY_S
        chance = iter(np.random.default_rng(1).integers(0, facilities, 10_000).tolist())
        (out["chart_month"],) = timed(9, lambda: readings.window(f"QX-{next(chance):05d}", CODES, start, end, 1400))
        (out["chart_day"],) = timed(
            9, lambda: readings.window(f"QX-{next(chance):05d}", CODES, end - DAY_S, end, 1400)
        )
    return out


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--facilities", type=int, default=10_000)
    arguments.add_argument("--days", type=int, default=30)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument(
        "--folder", type=Path, help="make and keep the store here; one that is there is used again"
    )
    arguments.add_argument("--json", action="store_true")
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="qingxi-115m-") as spare:
        folder = args.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        path, told = folder / "readings.sqlite3", folder / "made.json"
        if told.exists():
            made = json.loads(told.read_text())
        else:
            made = make(path, args.facilities, args.days)
            told.write_text(json.dumps(made))
        result = {
            "machine": {
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "load": round(os.getloadavg()[0], 1),
            },
            "facilities": args.facilities,
            "days": args.days,
            **made,
            **measure(path, args.facilities, args.days, args.rounds),
        }
    (Path(__file__).parent / "results" / "readings_115m.json").write_text(json.dumps(result, indent=1) + "\n") if (
        args.facilities == 10_000 and args.days == 30
    ) else None
    print(json.dumps(result, indent=None if args.json else 1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
