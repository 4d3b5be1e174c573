"""Are the flips true: random hamlets of a county of 30,000 households, decided again just beyond and just before their flip price.

    .venv/bin/python benchmarks/flips.py [--households 30000] [--hamlets 50] [--json]

For every price that a hamlet's table names a flip for, the tables themselves are changed (``lever.<price>``), every cost made anew by
the planner's formulas, every way of the hamlet truly priced with its surroundings as they are, and the cheapest taken.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from one_run import cpu_s, here, written

from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey
from qingxi.plan import Standing, read_changes
from qingxi.plan.hamlet_table import hamlet_table
from qingxi.plan.make import planned_layout
from qingxi.plan.problem import build_problem
from qingxi.plan.reprice import repriced
from qingxi.plan.ways import LEVERS, WayFinder
from qingxi.world import write_county

ROOT = Path(__file__).resolve().parent.parent


def tried(standing: Standing, finder: WayFinder, table: dict, h: int, lever: str) -> tuple[bool, bool, bool]:
    """Whether the hamlet stays just before its flip, turns just beyond it, and to the mode told."""
    ways, factor = finder.ways(h), float(table[f"flip_{lever}_factor"][h])
    modes = [str(table["mode"][h]), *(w.mode for w in ways.ways[1:])]
    side = 0.02 if factor > 1 else -0.02
    found = []
    for x in (factor * (1 - side), factor * (1 + side)):
        changes, faults = read_changes([f"lever.{lever}=x{x!r}"], standing.tables)
        assert not faults, faults
        found.append(modes[int(np.argmin(ways.parts(repriced(standing.settled.problem, changes)).sum(axis=1)))])
    before, beyond = found
    return before == modes[0], beyond != modes[0], beyond == table[f"flip_{lever}_mode"][h]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, default=30_000)
    words.add_argument("--hamlets", type=int, default=50)
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_county(Path(folder), size="county", households=args.households, seed=1)
        read = read_county_folder(Path(folder), Faults())
        survey = read_survey(SurveyRequest(layers=read.layers, crs=read.crs, norms=read.norms, prices=read.prices))
    problem = build_problem(survey.given)
    standing = Standing(problem, (), planned_layout(problem))
    settled = standing.settled
    mode = standing.told.services.mode
    hamlet_table(problem, settled.chosen, mode)
    start = cpu_s()
    table = hamlet_table(problem, settled.chosen, mode)
    spent = cpu_s() - start
    finder = WayFinder(problem, settled.chosen)
    lived = np.flatnonzero(np.array(table["households"]) > 0)
    some = np.sort(np.random.default_rng(1).choice(lived, min(args.hamlets, lived.size), replace=False))
    rows = []
    for lever in LEVERS:
        named = [h for h in some if np.isfinite(table[f"flip_{lever}_factor"][h])]
        held = [tried(standing, finder, table, int(h), lever) for h in named]
        rows.append({
            "lever": lever, "told": int(np.isfinite(table[f"flip_{lever}_factor"]).sum()), "tried": len(named),
            "below_holds": sum(a for a, _, _ in held), "above_turns": sum(b for _, b, _ in held),
            "to_told_mode": sum(c for _, _, c in held),
        })  # fmt: skip
    any_flip = sum(
        any(np.isfinite(table[f"flip_{lever}_factor"][h]) for lever in LEVERS)
        or np.isfinite(table["flip_distance_m"][h])
        for h in some
    )
    found = here() | {
        "households": int(np.sum(table["households"])), "hamlets": int(lived.size), "tried": int(some.size),
        "with_a_flip": int(any_flip), "flip_cpu_s": round(spent, 1), "rows": rows,
    }  # fmt: skip
    return written("flips", found, args.json)


if __name__ == "__main__":
    sys.exit(main())
