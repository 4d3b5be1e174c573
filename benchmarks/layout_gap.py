"""The layout gap of the example county with prices fixed per arc, at several sizes.

    .venv/bin/python benchmarks/layout_gap.py [--households 12000 30000 112000] [--folder COUNTY …] [--json]

Houses that may stay by themselves, and all by sewer; plants priced at 3 and at 30 m³/d.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from one_run import here, written

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 80


def inside(folder: Path) -> list[dict]:
    """All rows of one county, in a process of its own."""
    from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey
    from qingxi.plan.layout_gap import layout_gap
    from qingxi.plan.problem import build_problem

    county = read_county_folder(folder, Faults())
    survey = read_survey(
        SurveyRequest(
            layers=county.layers, crs=county.crs, file_crs=None, outlets=(), people=county.people_default, mode="free",
            prices=county.prices, norms=county.norms, seed=1, effort=1.0,
        )
    )  # fmt: skip
    p = build_problem(survey.given)
    layout_gap(p.ground, p.homes, p.kit, p.plants, units=True, flow_m3_d=30.0, rounds=1)  # compiles
    rows = []
    for units in (True, False):
        for flow in (3.0, 30.0):
            start = time.process_time()
            got = layout_gap(p.ground, p.homes, p.kit, p.plants, units=units, flow_m3_d=flow, rounds=ROUNDS)
            spent = time.process_time() - start
            nodes = p.ground.ground_m.size
            rows.append({
                "households": len(p.houses), "units": units, "plant_flow_m3_d": flow, "weight_wan": round(got.weight / 1e4),
                "bound_wan": round(got.bound / 1e4), "gap_percent": round(100 * got.gap, 3),
                "ends": int((got.next_arc[:nodes] == got.next_arc.max()).sum()), "unreached": int(got.unreached.size),
                "cpu_s": round(spent, 2), "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            })  # fmt: skip
    return rows


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, nargs="+", default=[12_000, 30_000, 112_000])
    words.add_argument("--folder", type=Path, nargs="+", help="county folders that are there already")
    words.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    if args.inside:
        print(json.dumps(inside(args.inside)))
        return 0
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = args.folder or []
        if not folders:
            from qingxi.world import write_county

            for households in args.households:
                folders.append(Path(scratch) / str(households))
                write_county(
                    folders[-1], size="county" if households <= 40_000 else "large", seed=1, households=households
                )
        for folder in folders:
            done = subprocess.run(
                [sys.executable, __file__, "--inside", str(folder)], check=True, capture_output=True, text=True
            )
            rows += json.loads(done.stdout)
    found = here() | {
        "rounds": ROUNDS,
        "rows": rows,
    }
    return written("layout_gap", found, args.json)


if __name__ == "__main__":
    sys.exit(main())
