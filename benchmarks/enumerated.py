"""Hamlets small enough to try every plan: how far the search and the bound are from the optimum.

    .venv/bin/python benchmarks/enumerated.py [--cases 200] [--json]

At most 7 houses, 5 street nodes, 2 places for a plant, perhaps a main or an old plant; half of them free, half with every
house sewered. Every assignment, tree, lift and pump is priced by code of its own (tests/library/plan_enumerate.py).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from one_run import written

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "library"))


def main() -> int:
    from test_plan_enumerated import found

    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--cases", type=int, default=200)
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    start = time.process_time()
    rows = [found(seed)[:3] for seed in range(args.cases)]
    cost, best, bound = np.array(rows, dtype=float).T
    over = cost / best - 1
    told = {
        "cases": args.cases,
        "exact": int((over < 1e-6).sum()),
        "within_1_percent": int((over <= 0.01).sum()),
        "worst_percent": round(100 * float(over.max()), 2),
        "mean_percent": round(100 * float(over.mean()), 3),
        "bound_above": int((bound > best * (1 + 1e-9)).sum()),
        "bound_gap_mean_percent": round(100 * float((1 - bound / best).mean()), 2),
        "bound_gap_worst_percent": round(100 * float((1 - bound / best).max()), 2),
        "cpu_s": round(time.process_time() - start, 1),
    }
    return written("enumerated", told, args.json)


if __name__ == "__main__":
    sys.exit(main())
