"""How right the rules are on the labelled world: precision and recall by kind and evidence level, with Wilson intervals.

    .venv/bin/python benchmarks/findings.py [--seeds 1-6 9] [--facilities 400] [--years 1] [--levels device] [--json]
        [--billed-before 730] [--jobs 2] [--keep DIR] [--freeze] [--truth CSV]

Seeds 1 to 49 are for tuning, and so are those of the earlier draws, which have been looked at (1000 to 1005, 2000 to 2005,
3000 to 3087). Seeds from 3088 on are test seeds: they are refused unless thresholds, rule versions, the rules' code and the world are
what ``docs/findings-frozen.toml`` says. Only a run on test seeds is written to ``benchmarks/results/findings.json``.
Four hundred plants for a year at three levels take some 40 CPU seconds. ``--keep`` holds every finished seed in a folder, so that a
long run that was broken off goes on where it stood.
"""

import argparse
import hashlib
import json
import pickle
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from findings_frozen import differences, freeze, frozen, present
from findings_truth import write_truth

from qingxi.finding.trace import trace_all
from qingxi.world.plants import FAULTY_SHARE, SHARES, Level, make_plants
from qingxi.world.plants.fleet import FleetTally, make_fleet
from qingxi.world.plants.kinds import Alike
from qingxi.world.plants.scene import BILLED_BEFORE_DAYS
from qingxi.world.plants.score import Scores, score

OUT = Path(__file__).resolve().parent / "results" / "findings.json"
FIRST_TEST_SEED = 3088
TUNING_SEEDS = frozenset((*range(1, 50), *range(1000, 1006), *range(2000, 2006), *range(3000, 3088)))
"""1 to 49, and the first five draws: looked at since, and so good for nothing but tuning."""
FIRST_DAY = date(2025, 1, 1)
FLEETS_A_SEED = 10


def measure_seed(
    seed: int, facilities: int, days: int, billed: int, levels: list[Level]
) -> tuple[Scores, Counter[str], float]:
    """Score one seed's world; plants by look-alike, and CPU seconds beside."""
    start = time.process_time()
    world = make_plants(seed, facilities, first=FIRST_DAY, days=days, billed_before=billed)
    alike: Counter[str] = Counter()
    scores = score(
        [world], trace_all, levels=levels,
        told=lambda _, scene, level, __: alike.update(
            {kind.value for kind, row in zip(Alike, scene.truth.alike, strict=True) if row.any()}
            if level is levels[0]
            else ()
        ),
    )  # fmt: skip
    return scores, alike, time.process_time() - start


def _kept_or_measured(
    seed: int, facilities: int, days: int, billed: int, levels: list[Level], keep: Path | None
) -> tuple[Scores, Counter[str], float]:
    """What the folder holds of this seed under the very rules and world that stand now, else measured and put there."""
    if keep is None:
        return measure_seed(seed, facilities, days, billed, levels)
    stands = hashlib.sha256(repr((present(), facilities, days, billed, levels)).encode()).hexdigest()[:16]
    path = keep / f"{seed}-{stands}.pickle"
    if path.is_file():
        got: tuple[Scores, Counter[str], float] = pickle.loads(path.read_bytes())
        return got
    got = measure_seed(seed, facilities, days, billed, levels)
    half = path.with_suffix(".half")
    half.write_bytes(pickle.dumps(got))
    half.replace(path)
    return got


def measure(
    seeds: list[int],
    facilities: int,
    years: float,
    billed: int,
    levels: list[Level],
    jobs: int = 1,
    keep: Path | None = None,
) -> dict[str, object]:
    """Score every seed's world."""
    days = round(365 * years)
    scores, alike, cpu_s = Scores(), Counter[str](), 0.0
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(jobs) as pool:
        work = [pool.submit(_kept_or_measured, seed, facilities, days, billed, levels, keep) for seed in seeds]
        for seed, part in zip(seeds, work, strict=True):
            got, seen, took = part.result()
            scores.merge(got)
            alike.update(seen)
            cpu_s += took
            print(f"seed {seed}: {took:.0f} CPU s", file=sys.stderr, flush=True)
    fleets = FleetTally()
    for seed in seeds:
        for k in range(FLEETS_A_SEED):
            fleets.add(make_fleet(seed * 100 + k))
    return {
        "date": date.today().isoformat(),
        "seeds": seeds,
        "facilities": facilities,
        "years": years,
        "billed_before_days": billed,
        "faulty_share": FAULTY_SHARE,
        "look_alikes": {kind.value: share for kind, share in SHARES.items()},
        "plants_with": {kind.value: alike[kind.value] for kind in Alike},
        "stands": present(),
        "levels": {k: v for k, v in scores.as_rows().items() if Level(k) in levels},
        "volume": scores.volume.as_row(),
        "fleets": fleets.as_row(),
        "cpu_s": round(cpu_s, 1),
    }


def seeds_of(words: list[str]) -> list[int]:
    """``3000-3003 7`` as numbers."""
    out: list[int] = []
    for word in words:
        low, _, high = word.partition("-")
        out += range(int(low), int(high or low) + 1)
    return out


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
    words.add_argument("--seeds", nargs="+", default=["1"], help="numbers or ranges such as 1-6")
    words.add_argument("--facilities", type=int, default=400)
    words.add_argument("--years", type=float, default=1.0)
    words.add_argument(
        "--billed-before", type=int, default=BILLED_BEFORE_DAYS, metavar="DAYS",
        help="days before the first of which there are electricity bills",
    )  # fmt: skip
    words.add_argument("--levels", nargs="+", choices=[x.value for x in Level], default=[x.value for x in Level])
    words.add_argument("--jobs", type=int, default=1, help="processes")
    words.add_argument("--keep", type=Path, metavar="DIR", help="hold finished seeds there and go on from them")
    words.add_argument("--json", action="store_true", help="print the figures as JSON")
    words.add_argument("--freeze", action="store_true", help="write docs/findings-frozen.toml and stop")
    words.add_argument("--truth", type=Path, metavar="CSV", help="write the truth of the seeds as a table and stop")
    args = words.parse_args()
    if args.freeze:
        print(freeze())
        return 0
    seeds = seeds_of(args.seeds)
    test = [seed for seed in seeds if seed >= FIRST_TEST_SEED]
    if test and (changed := differences()):
        print("test seeds are refused: " + "; ".join(changed), file=sys.stderr)
        return 2
    if odd := [s for s in seeds if s not in TUNING_SEEDS and s < FIRST_TEST_SEED]:
        print(
            f"seeds {odd} are neither for tuning (1 to 49, 1000 to 1005, 2000 to 2005, 3000 to 3087) nor for testing (from {FIRST_TEST_SEED})",
            file=sys.stderr,
        )
        return 2
    if test and len(test) < len(seeds):
        print("tuning and test seeds do not mix", file=sys.stderr)
        return 2
    if args.truth:
        days = round(365 * args.years)
        worlds = (make_plants(seed, args.facilities, first=FIRST_DAY, days=days) for seed in seeds)
        print(f"{args.truth}: {write_truth(args.truth, worlds):,} rows")
        return 0
    found = measure(
        seeds,
        args.facilities,
        args.years,
        args.billed_before,
        [Level(x) for x in args.levels],
        args.jobs,
        args.keep,
    )
    if test and args.billed_before == BILLED_BEFORE_DAYS:
        found["frozen_at"] = frozen()["at"]
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False) if args.json else shown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
