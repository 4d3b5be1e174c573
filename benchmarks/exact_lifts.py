"""What the exact choice of lifts and house pumps gains on the search's own design.

    .venv/bin/python benchmarks/exact_lifts.py [--county FOLDER] [--json]

Two real settlements (left out where their data are not beside the checkout) and the example county with 12,000 households, with and
without household units.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from one_run import ROOT, here, written
from peer_pysewer_inside import CASES
from peer_qingxi_inside import surveyed

DATA = ROOT.parent / "shared" / "data"


def county(folder: Path):
    """The planner's input of a county folder."""
    from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey

    read = read_county_folder(folder, Faults())
    return read_survey(
        SurveyRequest(
            layers=read.layers, crs=read.crs, file_crs=None, outlets=(), people=read.people_default, mode="free",
            prices=read.prices, norms=read.norms, seed=1, effort=1.0,
        )
    ).given  # fmt: skip


def measure(name: str, given) -> dict[str, object]:
    from qingxi.plan.finish import finished, forest_of, with_best_lifts
    from qingxi.plan.make import knocks_for
    from qingxi.plan.problem import build_problem
    from qingxi.plan.search import search
    from qingxi.sewer import choose_lifts

    p = build_problem(given)
    start = time.process_time()
    engine, chosen = search(p.ground, p.homes, p.kit, p.plants, 1, knocks_for(p.member.size, 1.0, False))
    searched = time.process_time() - start
    lift, pumped = chosen.layout.lift_here.copy(), chosen.layout.pumped.copy()
    forest = forest_of(chosen.layout, p.ground, p.homes)
    choose_lifts(p.kit, forest, p.homes.pump, lift, pumped)
    start = time.process_time()
    _, longest = choose_lifts(p.kit, forest, p.homes.pump, lift, pumped)
    spent = time.process_time() - start
    best = with_best_lifts(engine, chosen)
    start = time.process_time()
    last = finished(engine, chosen)
    whole = time.process_time() - start
    return {
        "case": name, "households": len(p.houses), "search_cpu_s": round(searched, 2), "lifts_cpu_s": round(spent, 4),
        "finish_cpu_s": round(whole, 3), "longest_list": int(longest),
        "gain_percent": round(100 * (1 - best.cost / chosen.cost), 3), "finish_gain_percent": round(100 * (1 - last.cost / chosen.cost), 3),
        "lifts": [int((c.design.way == 2).sum()) for c in (chosen, last)],
        "house_pumps": [int(c.layout.pumped.sum()) for c in (chosen, last)],
    }  # fmt: skip


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--county", type=Path, help="a county folder that is there already")
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    rows = []
    for case in CASES:
        if (DATA / case).is_dir():
            rows.append(measure(case, surveyed(case, "sewer")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.county
        if folder is None:
            from qingxi.world import write_county

            folder = Path(scratch) / "county"
            write_county(folder, size="county", seed=1, households=12_000)
        given = county(folder)
        rows.append(measure("example county", given))
        rows.append(measure("example county, no units", replace(given, household_units=False)))
    found = here() | {
        "rows": rows,
    }
    return written("exact_lifts", found, args.json)


if __name__ == "__main__":
    sys.exit(main())
