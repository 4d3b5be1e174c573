#!/usr/bin/env python3
"""200,000 households through the office's import: seconds, memory, and what a clerk's write beside it waits.

    python benchmarks/import_households.py            # writes benchmarks/results/import_households.json
    python benchmarks/import_households.py --households 20000 --json -

A county is made in a home of its own; the file (.xlsx, by this script) is sent as the county's officer; a worker in a
process of its own reads it, holds it against the books and, when told so, takes it in. Beside it another process writes
a small change every 0.2 s, as a clerk does. Then the same file is sent again (nothing may change), and a third time and
cancelled half way (nothing may stay).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOWNSHIPS, VILLAGES, HAMLETS = 20, 25, 8
HEADS = [
    "户编号", "自然村代码", "自然村", "门牌", "户籍人口", "常住人口", "春节人口", "厕所类型", "黑灰分离", "经度", "纬度",
]  # fmt: skip
_MAIN = "from qingxi.cli import main; raise SystemExit(main())"
_WRITER = """
import json, sys, time
from pathlib import Path
from qingxi_office.site.home import start
start(Path(sys.argv[1]))
from qingxi.origin import Ref
from qingxi_office.trail import actions as trail
from qingxi_office.trail.actions import Office
by, stop, waits = Office("专干"), Path(sys.argv[2]), []
while not stop.exists():
    began = time.perf_counter()
    trail.record("job.asked", Ref("job", "0"), by=by)
    waits.append(time.perf_counter() - began)
    time.sleep(0.2)
print(json.dumps(sorted(waits)))
"""


def hamlet_codes() -> list[str]:
    return [
        f"999901{100 + t}{200 + v}{h + 1:03d}"
        for t in range(TOWNSHIPS)
        for v in range(VILLAGES)
        for h in range(HAMLETS)
    ]


def make_file(path: Path, count: int) -> None:
    """The households as a workbook, a merged title and unit line above the heading."""
    import xlsxwriter

    codes = hamlet_codes()
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("农户台账")
        sheet.write_string(0, 0, "农户台账")
        sheet.write_string(1, 0, "填报单位：县农办    单位：人")
        sheet.write_row(2, 0, HEADS)
        for n in range(count):
            code = codes[n * len(codes) // count]
            people = n % 6 + 1
            sheet.write_row(
                n + 3, 0,
                [f"H{n:06d}", code, f"{int(code[-3:])}组", f"{n % 97 + 1}号", people + 1, people, people + 2,
                 ("水冲", "三格", "旱厕")[n % 3], "是" if n % 2 else "否", 105 + n % 4000 / 1e4, 30 + n // 4000 / 1e4],
            )  # fmt: skip


def peak_mb(pid: int, out: dict[str, float], stop: threading.Event) -> None:
    """The largest resident memory that a process and its children had together, sampled ten times a second."""
    while not stop.is_set():
        total = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                said = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            except OSError:
                continue
            own = int(said["Pid"])
            if own == pid or _below(own, pid):
                total += int(said.get("VmRSS", "0 kB").split()[0])
        out["peak"] = max(out.get("peak", 0.0), total / 1024)
        stop.wait(0.1)


def _below(own: int, pid: int) -> bool:
    for _ in range(4):
        try:
            own = int(Path(f"/proc/{own}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            return False
        if own == pid:
            return True
    return False


@contextmanager
def writer(home: Path, flag: Path) -> Iterator[dict[str, Any]]:
    """Another process that writes beside, and what each of its writes waited."""
    said: dict[str, Any] = {}
    flag.unlink(missing_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(home), str(flag)], stdout=subprocess.PIPE, text=True
    )
    time.sleep(2.5)
    try:
        yield said
    finally:
        flag.touch()
        waits = json.loads(child.communicate(timeout=60)[0])
        said |= {
            "writes": len(waits),
            "longest_s": round(waits[-1], 3),
            "p95_s": round(waits[int(len(waits) * 0.95)], 3),
        }


def work(home: Path) -> dict[str, float]:
    """One worker until nothing waits: wall, CPU (its own and its children's), peak memory."""
    before, began = os.times(), time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", _MAIN, "office", "work", "--until-idle", "--home", str(home)],
        stdout=subprocess.DEVNULL,
    )
    peak: dict[str, float] = {}
    stop = threading.Event()
    watch = threading.Thread(target=peak_mb, args=(child.pid, peak, stop))
    watch.start()
    child.wait()
    stop.set()
    watch.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall_s": round(time.perf_counter() - began, 1), "cpu_s": round(cpu, 1), "peak_mb": round(peak["peak"])}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "import_households.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as held:
        home, flag, path = Path(held) / "office", Path(held) / "stop", Path(held) / "农户台账.xlsx"
        make_file(path, asked.households)
        from qingxi_office.site.home import open_office

        open_office(home, demo=True)
        told = {
            "households": asked.households,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            **run(home, path, flag),
        }
    told |= {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    words = json.dumps(told, ensure_ascii=False, indent=1)
    print(words)
    if str(asked.json) != "-":
        asked.json.write_text(words + "\n", encoding="utf-8")
    return 0


def run(home: Path, path: Path, flag: Path) -> dict[str, Any]:
    from qingxi_office.people import actions as people
    from qingxi_office.people.models import Role, User
    from qingxi_office.places import actions as places
    from qingxi_office.site.loading import sheets
    from qingxi_office.trail.actions import Office
    from qingxi_office.villages import actions as villages
    from qingxi_office.villages.models import HouseholdRecord

    by = Office("基准")
    codes = hamlet_codes()
    rows = [{"code": "999901", "name": "天河坝县"}]
    rows += [
        {"code": c, "name": f"地{c[-3:]}"}
        for c in sorted({*(c[:9] for c in codes), *(c[:12] for c in codes), *codes})
    ]
    tree = places.take_in_tree(rows, by=by)
    places.set_county(tree["999901"], by=by)
    blank = {
        "households": None,
        "households_treated": None,
        "households_controlled": None,
        "deductible": "",
        "note": "",
        "because": [],
    }
    villages.take_in_hamlets(
        [{"key": c, "place_id": tree[c].pk, "name": f"{int(c[-3:])}组", **blank} for c in codes], by=by
    )
    people.cast_demo([("officer", "主管", Role.COUNTY_OFFICER, tree["999901"], None, "")], "qingxi-demo", by=by)
    officer = User.objects.select_related("scope").get(username="officer")
    data = path.read_bytes()
    out: dict[str, Any] = {}

    intake = sheets.send(path.name, data, table="", by=officer)
    with writer(home, flag) as beside:
        out["read_and_compare"] = work(home)
    out["read_and_compare"]["beside"] = beside
    intake.refresh_from_db()
    assert intake.counts["new"] > 0, intake.counts
    sheets.take(intake, by=officer)
    with writer(home, flag) as beside:
        out["take_in"] = work(home)
    intake.refresh_from_db()
    assert intake.state == "taken", list(intake.take_job.lines.values_list("text", flat=True))
    out["take_in"] |= {"beside": beside, "one_transaction_s": intake.take_job.result["seconds"]}
    out["in_the_books"] = HouseholdRecord.objects.count()

    again = sheets.send(path.name, data, table="", by=officer)
    out["the_same_again"] = work(home)
    again.refresh_from_db()
    out["the_same_again"] |= {k: again.counts[k] for k in ("new", "changed", "same")}
    out["cancelled"] = cancel_half_way(home, sheets.send(path.name, data, table="", by=officer), officer)
    out["all_s"] = round(out["read_and_compare"]["wall_s"] + out["take_in"]["wall_s"], 1)
    return out


def cancel_half_way(home: Path, intake: Any, officer: Any) -> dict[str, Any]:
    """Cancel once it reads and once it compares: how long until it had stopped, and what stayed."""
    from qingxi_office.jobs.models import Job, SheetRow
    from qingxi_office.site.loading import sheets

    times = {}
    for share in (0.1, 0.55):
        child = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "office", "work", "--until-idle", "--home", str(home)],
            stdout=subprocess.DEVNULL,
        )
        while Job.objects.get(pk=intake.job_id).progress < share and child.poll() is None:
            time.sleep(0.1)
        began = time.perf_counter()
        intake.refresh_from_db()
        sheets.cancel(intake, by=officer)
        while Job.objects.get(pk=intake.job_id).is_open:
            time.sleep(0.05)
        times[f"at_{share:.0%}_s"] = round(time.perf_counter() - began, 2)
        child.wait()
        intake.refresh_from_db()
        if share < 0.5:
            intake = sheets.send(intake.name, intake.file.read(), table="", by=officer)
    return {**times, "rows_left": SheetRow.objects.count()}


if __name__ == "__main__":
    raise SystemExit(main())
