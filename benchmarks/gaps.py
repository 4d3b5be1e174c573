"""Whole-plan gaps: counties of every recipe, household units on and off, within the minute and certified.

    .venv/bin/python benchmarks/gaps.py [--cases hilly-12000 ring ...] [--units on off] [--effort minute certify] [--json]

Each plan is a process of its own (``qingxi plan DIR --json``): wall and CPU seconds are of that process with all that Python
needs to start, memory is its peak. The gap is (present value − lower bound) / present value on the true cost.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from one_run import RESULTS, county, here, planned, written

OUT = RESULTS / "gaps.json"
CASES = {
    f"{name}-{households}": (recipe, households, tables)
    for name, recipe, tables in (
        ("hills", "hills", ()),
        ("ring", "ring", ()),
        ("valley", "valley", ()),
        ("delta", "delta", ()),
        ("dear", "hills", ("--prices", "prices_dear", "--processes", "processes_dear")),
    )
    for households in (12_000, 30_000, 112_000)
}
TARGETS = {  # per cent: (units on, off) within the minute, (on, off) certified
    "hills": {"minute": (5, 8), "certify": (3, 5)},
    "other": {"minute": (10, 12), "certify": (6, 8)},
}


def made(case: str, folder: Path) -> Path:
    """The folder of a case's county, made if it is not there yet."""
    recipe, households, _ = CASES[case]
    place = folder / f"{recipe}-{households}"
    if not (place / "county.toml").is_file():
        county(place, households, "--recipe", recipe, "--json")
    return place


def measure(case: str, units: str, effort: str, folder: Path) -> dict[str, object]:
    """One plan of one county."""
    place = made(case, folder)
    words = [
        *CASES[case][2],
        *(["--no-units"] if units == "off" else []),
        *(["--certify"] if effort == "certify" else []),
    ]
    with tempfile.TemporaryDirectory() as out:
        plan, wall, cpu = planned(place, Path(out), *words)
    cost, bound = plan["cost"]["present_value"], plan["bound"]
    target = TARGETS["hills" if case.startswith("hills") else "other"][effort][units == "off"]
    return {
        "case": case,
        "units": units,
        "effort": effort,
        "households": plan["households"]["all"],
        "unserved": plan["households"]["unserved"],
        "wall_s": round(wall, 1),
        "cpu_s": round(cpu, 1),
        "peak_mb": round(plan["peak_mb"]),
        "seconds": {k: round(v, 1) for k, v in plan["seconds"].items()},
        "plan_wan": round(cost / 1e4),
        "bound_wan": round(bound / 1e4),
        "gap_percent": round(100 * plan["gap"], 2),
        "target_percent": target,
        "causes_percent": {k: round(100 * v / cost, 2) for k, v in plan["gap_causes"].items()},
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--cases", nargs="+", choices=sorted(CASES), default=list(CASES))
    words.add_argument("--units", nargs="+", choices=("on", "off"), default=["on", "off"])
    words.add_argument("--effort", nargs="+", choices=("minute", "certify"), default=["minute", "certify"])
    words.add_argument("--folder", type=Path, help="where the counties are kept (default: nowhere)")
    words.add_argument("--json", action="store_true", help="one JSON object, not a line a plan")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = []
        for case in args.cases:
            for units in args.units:
                for effort in args.effort:
                    rows.append(measure(case, units, effort, args.folder or Path(scratch)))
                    if not args.json:
                        print(json.dumps(rows[-1]), flush=True)
    # What was not measured this time stands as it was.
    known = json.loads(OUT.read_text(encoding="utf-8"))["rows"] if OUT.is_file() else []
    key = ("case", "units", "effort")
    anew = {tuple(r[k] for k in key) for r in rows}
    rows = [r for r in known if tuple(r[k] for k in key) not in anew] + rows
    order = list(CASES)
    rows.sort(key=lambda r: (order.index(r["case"]), r["units"] == "off", r["effort"] == "certify"))
    return written("gaps", here() | {"rows": rows}, args.json)


if __name__ == "__main__":
    sys.exit(main())
