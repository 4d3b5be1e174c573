"""Plans of the example county at three sizes: gap, seconds, memory, and how the seconds grow.

    .venv/bin/python benchmarks/counties.py [--households 12000 30000 100000] [--json]

Each plan is a process of its own (``qingxi plan DIR --json``), so that memory is its own too; seconds are those the
plan prints by stage, compilation is done in set-up.
"""

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

from one_run import county, here, planned, qingxi, written

ROOT = Path(__file__).resolve().parent.parent


def measure(households: int, folder: Path) -> dict[str, float | int | str]:
    """One county of this size: made, planned and checked."""
    place = folder / str(households)
    county(place, households)
    plan, wall, cpu = planned(place, place / "plan")
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
    words.add_argument("--households", type=int, nargs="+", default=[12_000, 30_000, 112_000])
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(households, Path(folder)) for households in args.households]
    growth = None
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        growth = math.log(last["cpu_s"] / first["cpu_s"]) / math.log(last["households"] / first["households"])
    found = here() | {
             "cpu_growth_exponent": growth, "rows": rows}  # fmt: skip
    return written("counties", found, args.json)


if __name__ == "__main__":
    sys.exit(main())
