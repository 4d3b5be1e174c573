"""Every sewered system of the example county and of two real settlements in the real EPA SWMM at design peak.

    .venv/bin/python benchmarks/plan_in_swmm.py [--households 30000] [--plan DIR] [--jobs 2]

Elevations are said to be surveyed (L2); each is planned, exported and run, one model a system. Then once more without the
reduction for peaks that do not coincide, which is harder than the norm asks: how much room is left. The real settlements are
left out where their data are not beside the checkout.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from one_run import here
from peer_pysewer_inside import CASES, PEOPLE

from qingxi.files import read_plan_tables, run_swmm, write_plan_swmm
from qingxi.standard import load_table

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


def quietly(*words: str) -> None:
    """A command of ours; its failure is ours."""
    from qingxi.cli import main as qingxi

    stdout = sys.stdout
    with open(os.devnull, "w", encoding="utf-8") as sys.stdout:
        code = qingxi([*words])
    sys.stdout = stdout
    if code:
        raise RuntimeError(f"qingxi {words[0]}: exit {code}")


def planned(households: int, folder: Path) -> Path:
    """A plan of the example county at L2."""
    from qingxi.world import write_county

    write_county(folder, size="county" if households <= 40_000 else "large", seed=1, households=households)
    toml = folder / "county.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("vertical_error_m = 4.0", "vertical_error_m = 0.05"),
        encoding="utf-8",
    )
    quietly("plan", str(folder), "--out", str(folder / "plan"), "--json")
    return folder / "plan"


def settlement(case: str, folder: Path) -> Path:
    """A plan of a real settlement, all by sewer to its outlet, at L2."""
    buildings, roads, (x, y) = CASES[case]
    quietly(
        "plan", "--households", str(DATA / case / buildings), "--streets", str(DATA / case / roads), "--elevation",
        str(DATA / case / "dem.tif"), f"--outlet={x},{y}", "--people", str(PEOPLE), "--mode", "sewer", "--vertical-error", "0.1",
        "--out", str(folder / case), "--json",
    )  # fmt: skip
    return folder / case


def simply_added(model: Path) -> None:
    """Take the section of negative inflows out of a model."""
    head, _, rest = model.read_text(encoding="utf-8").partition("\n[INFLOWS]\n")
    if rest:
        model.write_text(head + "\n[DWF]\n" + rest.partition("\n[DWF]\n")[2], encoding="utf-8")


def measure(models: list[Path], peak_l_s: dict[str, float], jobs: int) -> dict[str, object]:
    """Run all models and gather what the engine says."""
    start = time.perf_counter()
    with ProcessPoolExecutor(jobs) as pool:
        verdicts = list(pool.map(run_swmm, models))
    fill = [(h, v.model, name) for v in verdicts for name, h in v.fill.items()]
    off = [v.flow_l_s[name] / peak_l_s[name] - 1 for v in verdicts for name in v.fill if peak_l_s[name] > 0]
    return {
        "systems": len(verdicts),
        "good": sum(v.good for v in verdicts),
        "flooded_systems": sum(bool(v.flooded) for v in verdicts),
        "surcharged_systems": sum(bool(v.surcharged) for v in verdicts),
        "bad": [v.model for v in verdicts if not v.good][:20],
        "worst_continuity_percent": round(max(abs(v.continuity_percent) for v in verdicts), 4),
        "gravity_pipes": len(fill),
        "wells": sum(v.wells for v in verdicts),
        "highest_fill": round(max(fill)[0], 3) if fill else None,
        "highest_fill_at": list(max(fill)[1:]) if fill else None,
        "flow_over_design_percent": [round(100 * min(off), 3), round(100 * max(off), 3)] if off else None,
        "seconds": round(time.perf_counter() - start, 1),
    }


def run_case(plan: Path, scratch: Path, jobs: int) -> dict[str, object]:
    """Both runs of one plan."""
    tables, figures = read_plan_tables(plan)
    peak = {f"P{i}": float(q) for i, q in zip(tables.pipes["pipe_id"], tables.pipes["peak_flow_l_s"], strict=True)}
    start = time.perf_counter()
    models = list(write_plan_swmm(scratch, tables, figures).models)
    written = round(time.perf_counter() - start, 2)
    at_peak = measure(models, peak, jobs)
    for model in models:
        simply_added(model)
    added = measure(models, peak, jobs)
    street = tables.pipes["kind"] != "lateral"
    return {
        "households": int(figures["households"]["all"]),
        "street_pipe_km": round(float(np.sum(tables.pipes["length_m"][street])) / 1000, 1),
        "write_seconds": written,
        "design_peak": at_peak,
        "peaks_simply_added": added,
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, default=30_000)
    words.add_argument("--plan", type=Path, help="a plan folder that is already there, instead of the county")
    words.add_argument("--jobs", type=int, default=2)
    args = words.parse_args()
    cases = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        county = args.plan or planned(args.households, folder / "county")
        cases["example county"] = run_case(county, folder / "swmm-county", args.jobs)
        for case in CASES:
            if (DATA / case).is_dir():
                cases[case] = run_case(settlement(case, folder), folder / f"swmm-{case}", args.jobs)
    found = here() | {
        "routing_step_s": load_table("swmm")["step.routing"],
        "cases": cases,
    }
    out = ROOT / "benchmarks" / "results" / "plan_in_swmm.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1, ensure_ascii=False))
    return 0 if all(one["design_peak"]["good"] == one["design_peak"]["systems"] for one in cases.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
