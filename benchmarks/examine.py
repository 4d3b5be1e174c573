#!/usr/bin/env python3
"""What a night's examination costs the office: 3,000 facilities, 300 of them with devices of 15 minutes.

    .venv/bin/python benchmarks/examine.py [--facilities 3000] [--devices 300] [--days 120] [--json]

The county is a folder of its own that is thrown away: facilities with twelve months' bills, one round a month and, where a
device stands, four quantities every 15 minutes in the readings' archive (a file a day, as the night's compaction leaves it).
Measured apart, in CPU seconds of one process: the first examination of all, the same again with nothing new, and the night
in which every device and nothing else said something new. Peak memory is the whole process's, the making of the store in
another one. The waters are plain (a rhythm with noise, no weather): what the rules find here means nothing.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

AS_OF = date(2026, 11, 20)
OUT = Path(__file__).resolve().parent / "results" / "examine.json"


def make_store(home: Path, devices: int, days: int) -> None:
    """The archive of the devices: a file a day, nothing hot."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from readings_115m import A_DAY, RAW_ROWS, Plants

    from qingxi.reading import DAY_S, day_start_s
    from qingxi.store import HotStore, archive_folder
    from qingxi.store.filing import write_file
    from qingxi.wire import Device

    path = home / "store.sqlite3"
    mns = [f"99990199{i:06d}" for i in range(devices)]
    hot = HotStore(path)
    hot.register({mn: Device(mn, "", f"EX-{i:05d}", every_min=15) for i, mn in enumerate(mns)})
    hot.close()
    import sqlite3

    plants = Plants(devices)
    last_s = day_start_s(AS_OF) + DAY_S - 900
    with sqlite3.connect(path) as db:
        for back in range(days):
            day = AS_OF - timedelta(days=back)
            table = plants.day(mns, day)
            file, digest = write_file(table, archive_folder(path), f"level=raw/date={day}", RAW_ROWS)
            start = day_start_s(day)
            db.execute(
                "INSERT INTO telemetry_history (day, file, rows, first_s, last_s, sha256, made_ms) VALUES (?, ?, ?, ?, ?, ?, 1)",
                (day.isoformat(), file, table.num_rows, start, start + DAY_S - 1, digest),
            )
        db.executemany(
            "INSERT INTO telemetry_heard (mn, heard_ms, data_s, edition, packets) VALUES (?, ?, ?, 2017, ?)",
            ((mn, last_s * 1000, last_s, days * A_DAY) for mn in mns),
        )


def make_books(facilities: int, devices: int) -> None:
    """Facilities, bills and rounds; the devices' register."""
    from datetime import datetime

    from django.utils import timezone

    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.places.models import Place
    from qingxi_office.readings.models import BillRow, Device, VisitRow

    town = Place.objects.create(code="999901100", name="样镇", level="township")
    village = Place.objects.create(code="999901100200", name="样村", level="village", parent=town)
    rows = FacilityRecord.objects.bulk_create(
        FacilityRecord(
            key=f"EX-{i:05d}", public_code=f"EX{i:05d}", name=f"样{i}站", place=village, process="A2O", design_m3_d=30,
            power_account=f"A{i:06d}", evidence="hj212" if i < devices else "paper", owner="样镇",
        )
        for i in range(facilities)
    )  # fmt: skip
    Device.objects.bulk_create(
        Device(mn=f"99990199{i:06d}", facility=row, every_min=15) for i, row in enumerate(rows[:devices])
    )
    months = [date(2025 + (10 + m) // 12, (10 + m) % 12 + 1, 1) for m in range(12)]
    BillRow.objects.bulk_create(
        [
            BillRow(key=f"{row.power_account}/{m:%Y-%m}", facility=row, account=row.power_account, month=m, kwh=400 + k)
            for k, row in enumerate(rows) for m in months
        ],
        batch_size=2000,
    )  # fmt: skip
    zone = timezone.get_current_timezone()
    VisitRow.objects.bulk_create(
        [
            VisitRow(
                key=f"{row.key}/{m:%Y-%m}", facility=row, visited_at=datetime(m.year, m.month, 9, 9, tzinfo=zone), by_name="甲",
                by_role="village", answers={"blower": "on", "inflow": "yes", "outflow": "yes"},
            )
            for row in rows for m in months
        ],
        batch_size=2000,
    )  # fmt: skip


def measured(what: str, devices: int, **more: Any) -> dict[str, Any]:
    """One examination: how many facilities, CPU seconds, queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from qingxi_office.findings.actions import examine_all
    from qingxi_office.trail.actions import Office

    began, cpu = time.perf_counter(), time.process_time()
    with CaptureQueriesContext(connection) as asked:
        done = examine_all(by=Office("测量"), as_of=AS_OF, **more)
    return {
        "what": what, "facilities": done.facilities, "findings": done.findings, "undecided": done.undecided, "queries": len(asked),
        "cpu_s": round(time.process_time() - cpu, 1), "wall_s": round(time.perf_counter() - began, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main() -> None:
    """Make the county, examine it three times, print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--facilities", type=int, default=3000)
    arguments.add_argument("--devices", type=int, default=300)
    arguments.add_argument("--days", type=int, default=120)
    arguments.add_argument("--json", action="store_true", help="keep the figures in results/examine.json")
    arguments.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    ask = arguments.parse_args()
    if ask.store:
        make_store(ask.store, ask.devices, ask.days)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["QINGXI_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "qingxi_office.site.settings"
        subprocess.run(
            [sys.executable, __file__, "--store", folder, "--devices", str(ask.devices), "--days", str(ask.days)],
            check=True,
        )
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        make_books(ask.facilities, ask.devices)
        rows = [measured("all, for the first time", ask.devices), measured("nothing new", ask.devices)]
        import sqlite3

        with sqlite3.connect(home / "store.sqlite3") as db:
            db.execute("UPDATE telemetry_heard SET packets = packets + 1")
        rows.append(measured("every device said something", ask.devices))
    found = {
        "facilities": ask.facilities,
        "devices": ask.devices,
        "days": ask.days,
        "as_of": AS_OF.isoformat(),
        "rows": rows,
    }
    print(json.dumps(found, ensure_ascii=False, indent=1))
    if ask.json:
        OUT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
