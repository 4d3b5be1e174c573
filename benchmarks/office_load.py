"""The office under a working day's load: 200,000 households, 3,000 facilities, 50 signed-in clerks, an import and a receiver beside.

    .venv/bin/python benchmarks/office_load.py [--minutes 5] [--warm-up 1] [--clerks 50] [--home DIR] [--json]

The office is ``qingxi serve`` with two web processes; the clerks are locust's (``office_clerk.py``, 3 to 7 s between clicks) and run on
the same cores. Response times are locust's after the warm-up; CPU a page is what the web processes used in that time, divided by the pages.
``--home`` keeps the filled office in a directory for the next run.
"""

import argparse
import csv
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import date
from pathlib import Path

from office_fill import CODE, HAMLETS_EACH, PASSWORD, TODAY, TOWNSHIPS, VILLAGES_EACH
from receiver import by_line, frames
from receiver_load import Played, play_at_pace

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "results" / "office_load.json"
MAIN = "import sys; from qingxi.cli import main; sys.exit(main())"
PACKETS_PER_S = 10


def cpu_s(pids: list[int]) -> float:
    """Processor seconds that these processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def web_processes(pid: int) -> list[int]:
    """The gunicorn processes below ``pid`` that serve pages (not the worker of long tasks)."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(p) for p in below if b"work" not in Path(f"/proc/{p}/cmdline").read_bytes().split(b"\0")]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def prepare(home: Path, clerks: int) -> dict[str, int]:
    """The filled books; made once, in a process of its own."""
    kept = home / "filled.json"
    if not kept.is_file():
        code = (
            "import json,sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
            "from qingxi_office.site.home import open_office;"
            f"open_office(Path(sys.argv[1]), demo=True, practice_day='{TODAY.isoformat()}');"
            f"from office_fill import fill; print(json.dumps(fill({clerks})))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(home), str(ROOT / "benchmarks")],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        kept.write_text(done.stdout.strip().splitlines()[-1], encoding="utf-8")
    return dict(json.loads(kept.read_text(encoding="utf-8")))


class Receiver:
    """A receiver on the office's own store, and devices that send ten packets a second between them."""

    def __init__(self, home: Path, seconds: float) -> None:
        register = home / "load-devices.csv"
        register.write_text(
            "mn,password,facility\n" + "".join(f"99990100{n:08d},123456,QX-{n:05d}\n" for n in range(100))
        )
        self._run = subprocess.Popen(
            [sys.executable, "-c", MAIN, "receive", "--store", str(home / "store.sqlite3"), "--devices", str(register),
             "--any-time", "--json"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._run.stdout is not None
        port, packets = int(self._run.stdout.readline()), int(seconds * PACKETS_PER_S)
        self.played: Played | None = None

        def send() -> None:
            self.played = play_at_pace(by_line(frames(100, packets), 100), port, PACKETS_PER_S)

        self._thread = threading.Thread(target=send, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, object]:
        self._thread.join(60)
        self._run.terminate()
        self._run.wait(60)
        return {} if self.played is None else {"sent": self.played.sent, "acked": self.played.acked}


def wait_for(address: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{address} does not answer")


def locust(port: int, clerks: int, seconds: float, out: Path) -> None:
    """Clerks for so many seconds; locust's figures go to ``out``_stats.csv."""
    env = {
        **os.environ,
        "QINGXI_LOAD_PASSWORD": PASSWORD,
        "QINGXI_LOAD_CLERKS": str(clerks),
        "QINGXI_LOAD_COOKIES": str(out.parent),
    }
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "office_clerk.py"), "--headless", "--users", str(clerks),
         "--spawn-rate", "5", "--run-time", f"{seconds:.0f}s", "--host", f"http://127.0.0.1:{port}", "--csv", str(out),
         "--only-summary", "--exit-code-on-error", "0"],
        capture_output=True, text=True, check=False, env=env,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])


def rows_of(path: Path) -> list[dict[str, object]]:
    """A page, its asks, failures and times in ms."""
    with path.open(encoding="utf-8") as lines:
        return [
            {
                "page": row["Name"], "asked": int(row["Request Count"]), "failed": int(row["Failure Count"]),
                "p50_ms": float(row["50%"]), "p95_ms": float(row["95%"]), "max_ms": round(float(row["Max Response Time"])),
                "bytes": round(float(row["Average Content Size"])),
            }
            for row in csv.DictReader(lines)
            if row["Request Count"] != "0"
        ]  # fmt: skip


def measure(home: Path, args: argparse.Namespace) -> dict[str, object]:
    filled = prepare(home, args.clerks)
    port, seconds = free_port(), 60.0 * args.minutes
    office = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", "--home", str(home), "--port", str(port), "--workers", "2"],
        stdout=subprocess.DEVNULL,
    )
    receiver = imported = None
    try:
        wait_for(f"http://127.0.0.1:{port}/sign-in/")
        with tempfile.TemporaryDirectory() as place:
            locust(port, args.clerks, 60.0 * args.warm_up, Path(place) / "warm")
            receiver = Receiver(home, seconds)
            beside = Import(home) if args.beside else None
            web = web_processes(office.pid)
            before = cpu_s(web)
            locust(port, args.clerks, seconds, Path(place) / "load")
            used = cpu_s(web) - before
            rows = rows_of(Path(place) / "load_stats.csv")
            imported = beside.stop() if beside else None
    finally:
        received = receiver.stop() if receiver else {}
        office.terminate()
        office.wait(30)
    every = next(row for row in rows if row["page"] == "Aggregated")
    return {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}", "date": date.today().isoformat(), "filled": filled,
        "clerks": args.clerks, "minutes": args.minutes, "rows": rows, "cpu_ms_per_page": round(1000 * used / int(every["asked"]), 1),
        "receiver": received, "import": imported,
    }  # fmt: skip


_IMPORT = """
import json, sys, time
from pathlib import Path
from qingxi_office.site.home import start
start(Path(sys.argv[1]))
from qingxi_office.people.models import User
from qingxi_office.site.loading import sheets
officer, began = User.objects.select_related("unit", "scope").get(username="officer"), time.perf_counter()
row = sheets.send("农户.xlsx", Path(sys.argv[2]).read_bytes(), table="households", by=officer)
def until(*states):
    while row.state not in states:
        time.sleep(0.5)
        row.refresh_from_db()
until("shown", "failed")
shown = time.perf_counter() - began
sheets.take(row, by=officer)
until("taken", "failed")
print(json.dumps({"rows": row.counts.get("new"), "state": row.state, "shown_s": round(shown, 1), "taken_s": round(time.perf_counter() - began, 1)}))
"""


class Import:
    """An import of households asked of the office's own worker, as the page does it: read, shown, taken in."""

    def __init__(self, home: Path, rows: int = 40_000) -> None:
        import xlsxwriter

        path = home / "load-households.xlsx"
        mark = f"{time.time():.0f}"  # new households each time
        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("农户台账")
            sheet.write_row(
                0, 0, ["户编号", "自然村代码", "自然村", "户籍人口", "常住人口", "春节人口", "厕所类型"]
            )
            for n in range(rows):
                code = (
                    f"{CODE}{100 + n % TOWNSHIPS}{200 + n // TOWNSHIPS % VILLAGES_EACH}{n % HAMLETS_EACH + 1:03d}"
                )
                sheet.write_row(n + 1, 0, [f"N{mark}{n:06d}", code, "", 3, 2, 4, "水冲"])
        self._run = subprocess.Popen(
            [sys.executable, "-c", _IMPORT, str(home), str(path)], stdout=subprocess.PIPE, text=True
        )

    def stop(self) -> dict[str, object]:
        out, _ = self._run.communicate(timeout=300)
        return dict(json.loads(out.strip().splitlines()[-1]))


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--minutes", type=float, default=5)
    words.add_argument("--warm-up", type=float, default=1)
    words.add_argument("--clerks", type=int, default=50)
    words.add_argument("--home", type=Path)
    words.add_argument("--no-import", dest="beside", action="store_false", help="no import beside")
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = args.home or Path(place)
        home.mkdir(parents=True, exist_ok=True)
        found = measure(home, args)
    OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for row in found["rows"]:  # type: ignore[attr-defined]
        print(
            f"{row['page']:20} {row['asked']:6} asked {row['failed']:3} failed  p50 {row['p50_ms']:6.0f}  p95 {row['p95_ms']:6.0f} ms"
        )
    print(f"CPU a page {found['cpu_ms_per_page']} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
