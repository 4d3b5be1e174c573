"""Plans of the example county at three sizes: gap, seconds, memory, and how the seconds grow.

    .venv/bin/python benchmarks/counties.py [--households 12000 30000 100000] [--json]

Each plan is a process of its own (``qingxi plan DIR --json``), so that memory is its own too; seconds are those the
plan prints by stage, compilation is done in set-up.
"""

import argparse
import json
import math
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def qingxi(*words: str) -> str:
    """Standard output of a command; its failure is ours."""
    code = "import sys; from qingxi.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"qingxi {' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def measure(households: int, folder: Path) -> dict[str, float | int | str]:
    """One county of this size: made, planned and checked."""
    place = folder / str(households)
    size = "county" if households <= 40_000 else "large"
    qingxi("county", "--size", size, "--households", str(households), "--seed", "1", "--out", str(place))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    plan = json.loads(qingxi("plan", str(place), "--json", "--out", str(place / "plan")))
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    checked = json.loads(qingxi("check", str(place / "plan"), "--json"))
    return {
        "households": plan["households"]["all"],
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "peak_mb": round(plan["peak_mb"]),
        "present_value_wan": round(plan["cost"]["present_value"] / 1e4),
        "bound_wan": round(plan["bound"] / 1e4),
        "gap_percent": round(100 * plan["gap"], 2),
        "violations": len(checked.get("violations", [])),
        **{
            f"{mode}_households": plan["households"][mode] for mode in ("connected", "clustered", "onsite", "reuse")
        },
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, nargs="+", default=[12_000, 30_000, 100_000])
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(households, Path(folder)) for households in args.households]
    growth = None
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        growth = math.log(last["cpu_s"] / first["cpu_s"]) / math.log(last["households"] / first["households"])
    found = {"machine": f"{platform.system()} {platform.machine()}", "date": date.today().isoformat(),
             "cpu_growth_exponent": growth, "rows": rows}  # fmt: skip
    out = ROOT / "benchmarks" / "results" / "counties.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False, indent=None if args.json else 1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
