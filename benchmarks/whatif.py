"""What if a price were another: seconds of the answer on a county of 30,000 households, and how far it is from planning anew.

    .venv/bin/python benchmarks/whatif.py [--households 30000] [--json]

The plan is made once and kept as ``standing.npz``; each question is asked of it as the office does, timed from the opened file
to the table of differences. For two of them the same prices are planned from nothing too (same graph, same seed) and the two costs compared;
and the plan made anew is searched on for as many rounds as the answer was, since the answer begins with a plan that had its full search before.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from one_run import county, cpu_s, here, planned, written

from qingxi.files import read_standing
from qingxi.plan import Standing, read_changes
from qingxi.plan.make import planned_layout
from qingxi.plan.settle import settle
from qingxi.standard import load_table

ROOT = Path(__file__).resolve().parent.parent
WORDS = [
    f"lever.{lever}={sign}{size}%"
    for lever in ("pipe", "unit", "plant", "town")
    for size in (10, 30)
    for sign in "+-"
]
WORDS += ["prices.discount=0.03", "prices.discount=0.08", "prices.surface.concrete=+30%", "prices.lift.*=-30%"]

ANEW = ("lever.unit=-30%", "prices.discount=0.03")
"""Planned from nothing too, which takes as long as a plan; the others only asked, so that all end in three minutes."""


def ask(standing: Standing, word: str, *, anew: bool) -> dict[str, object]:
    """One question: seconds, costs, and the same prices planned from nothing."""
    changes, faults = read_changes([word], standing.tables)
    assert not faults, word
    wall, cpu = time.perf_counter(), cpu_s()
    answer = standing.what_if(changes)
    wall, cpu = time.perf_counter() - wall, cpu_s() - cpu
    cost = answer.difference["cost"]["present_value"]
    row = {
        "what": word, "wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "before_wan": round(cost["before"] / 1e4),
        "same_plan_wan": round(cost["same_plan"] / 1e4), "after_wan": round(cost["after"] / 1e4),
        "households_changed": answer.difference["households"]["changed"],
    }  # fmt: skip
    if anew:
        start = cpu_s()
        problem = answer.standing.problem
        layout = planned_layout(problem)
        whole = Standing(problem, (), layout).settled.present_value_yuan
        rounds = int(load_table("override")["whatif.rounds"])
        on = settle(problem, (), layout, rounds=rounds, touched=None).present_value_yuan
        row |= {
            "anew_wan": round(whole / 1e4), "anew_cpu_s": round(cpu_s() - start, 1),
            "above_anew_percent": round(100 * (cost["after"] - whole) / whole, 3),
            "searched_on_wan": round(on / 1e4), "above_searched_on_percent": round(100 * (cost["after"] - on) / on, 3),
        }  # fmt: skip
    return row


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--households", type=int, default=30_000)
    words.add_argument("--json", action="store_true")
    args = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "county"
        county(place, args.households)
        planned(place, place / "plan")
        read_standing(place / "plan")
        start = time.perf_counter()
        standing = read_standing(place / "plan")
        opened = time.perf_counter() - start
        size = (place / "plan" / "standing.npz").stat().st_size / 1e6
    assert standing.told.money
    ask(standing, WORDS[0], anew=False)
    nothing = standing.what_if().difference
    rows = [ask(standing, word, anew=word in ANEW) for word in WORDS]
    found = here() | {
        "households": nothing["households"]["all"], "open_s": round(opened, 3), "file_mb": round(size, 1),
        "difference_without_change": nothing["cost"]["present_value"]["difference"], "rows": rows,
    }  # fmt: skip
    return written("whatif", found, args.json)


if __name__ == "__main__":
    sys.exit(main())
