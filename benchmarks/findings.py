"""How right the rules are on the labelled world: precision and recall by kind and evidence level, with Wilson intervals.

    .venv/bin/python benchmarks/findings.py [--seeds 1 2 3] [--facilities 400] [--years 1] [--levels device] [--json] [--freeze] [--truth CSV]

Seeds 1 to 49 are for tuning. Seeds from 1000 on are test seeds: they are refused unless thresholds, rule versions, the
rules' code and the world are what ``docs/findings-frozen.toml`` says. Only a run on test seeds is written to
``benchmarks/results/findings.json``. Four hundred plants for a year at three levels take about a minute.
"""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

from findings_frozen import differences, freeze, frozen, present
from findings_truth import write_truth

from qingxi.finding.trace import trace_all
from qingxi.world.plants import FAULTY_SHARE, SHARES, Level, make_plants
from qingxi.world.plants.fleet import FleetTally, make_fleet
from qingxi.world.plants.score import score

OUT = Path(__file__).resolve().parent / "results" / "findings.json"
FIRST_TEST_SEED = 1000
LAST_TUNING_SEED = 49
FIRST_DAY = date(2025, 1, 1)
FLEETS_A_SEED = 10


def measure(seeds: list[int], facilities: int, years: float, levels: list[Level]) -> dict[str, object]:
    """Score every seed's world."""
    start = time.process_time()
    days = round(365 * years)
    worlds = (make_plants(seed, facilities, first=FIRST_DAY, days=days) for seed in seeds)
    scores = score(worlds, trace_all, levels=levels)
    fleets = FleetTally()
    for seed in seeds:
        for k in range(FLEETS_A_SEED):
            fleets.add(make_fleet(seed * 100 + k))
    return {
        "date": date.today().isoformat(),
        "seeds": seeds,
        "facilities": facilities,
        "years": years,
        "faulty_share": FAULTY_SHARE,
        "look_alikes": {kind.value: share for kind, share in SHARES.items()},
        "stands": present(),
        "levels": {k: v for k, v in scores.as_rows().items() if Level(k) in levels},
        "volume": scores.volume.as_row(),
        "fleets": fleets.as_row(),
        "cpu_s": round(time.process_time() - start, 1),
    }


def shown(found: dict) -> str:
    """A plain table for the terminal."""
    lines = []
    for level, what in found["levels"].items():
        lines.append(f"\n{level}: facility-{what['unit']}s {what['cells']:,}, with a fault {what['faulty']:,}")
        for row in what["rows"]:
            if row["hit"] + row["false"] + row["missed"] == 0:
                continue
            said = [
                f"{r[0]:.3f} ({r[1]:.3f}-{r[2]:.3f})" if (r := row[key]) else "-" for key in ("precision", "recall")
            ]
            lines.append(
                f"  {row['kind']:17s} precision {said[0]:21s} recall {said[1]:21s} hit {row['hit']:5d} false {row['false']:4d} "
                f"missed {row['missed']:4d} grey {row['grey']:5d} plants {row['plants']:3d}"
            )
            for key, word in (
                ("mistaken_for", "false: truly"),
                ("fooled_by", "false: beside"),
                ("missed_as", "missed: said"),
            ):
                if row[key]:
                    lines.append(f"      {word} " + ", ".join(f"{k} {n}" for k, n in row[key].items()))
        if what["unclear"]:
            lines.append("  could not tell: " + ", ".join(f"{k} {n}" for k, n in what["unclear"].items()))
    lines.append(f"\nvolume: {json.dumps(found['volume'])}")
    lines.append(f"fleets: {json.dumps(found['fleets'])}")
    lines.append(f"{found['cpu_s']} CPU s")
    return "\n".join(lines)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--seeds", type=int, nargs="+", default=[1])
    words.add_argument("--facilities", type=int, default=400)
    words.add_argument("--years", type=float, default=1.0)
    words.add_argument("--levels", nargs="+", choices=[x.value for x in Level], default=[x.value for x in Level])
    words.add_argument("--json", action="store_true", help="print the figures as JSON")
    words.add_argument("--freeze", action="store_true", help="write docs/findings-frozen.toml and stop")
    words.add_argument("--truth", type=Path, metavar="CSV", help="write the truth of the seeds as a table and stop")
    args = words.parse_args()
    if args.freeze:
        print(freeze())
        return 0
    test = [seed for seed in args.seeds if seed >= FIRST_TEST_SEED]
    if test and (changed := differences()):
        print("test seeds are refused: " + "; ".join(changed), file=sys.stderr)
        return 2
    if odd := [s for s in args.seeds if not 1 <= s <= LAST_TUNING_SEED and s < FIRST_TEST_SEED]:
        print(
            f"seeds {odd} are neither for tuning (1 to {LAST_TUNING_SEED}) nor for testing (from {FIRST_TEST_SEED})",
            file=sys.stderr,
        )
        return 2
    if test and len(test) < len(args.seeds):
        print("tuning and test seeds do not mix", file=sys.stderr)
        return 2
    if args.truth:
        days = round(365 * args.years)
        worlds = (make_plants(seed, args.facilities, first=FIRST_DAY, days=days) for seed in args.seeds)
        print(f"{args.truth}: {write_truth(args.truth, worlds):,} rows")
        return 0
    found = measure(args.seeds, args.facilities, args.years, [Level(x) for x in args.levels])
    if test:
        found["frozen_at"] = frozen()["at"]
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False) if args.json else shown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
