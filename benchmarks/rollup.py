#!/usr/bin/env python3
"""A rate of a province up the tree: 45,000 villages, 183 counties; figure of two days, gains and losses, sums at every node.

    python benchmarks/rollup.py         # writes benchmarks/results/rollup.json

``county_by_county`` is the slow way: every county's rate computed from its own villages; the two must agree.
"""

from __future__ import annotations

import json
import platform
import random
import sys
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time

from qingxi.indicator import (
    Entry,
    Node,
    Records,
    State,
    Tree,
    Turn,
    VillageStanding,
    change,
    definitions,
    rate,
    roll_up,
)  # fmt: skip
from qingxi.place import VillageKind

VILLAGES, COUNTIES, PREFECTURES, TOWNSHIPS = 45_000, 183, 21, 2_745
THEN, NOW = date(2025, 12, 31), date(2026, 12, 31)


def province(seed: int = 7) -> tuple[Tree, Records]:
    """Invented: codes, states with their days, a signed list with deductions."""
    chance = random.Random(seed)
    nodes = [Node("99", "虚构省", "province", "")]
    nodes += [Node(f"99{p + 1:02d}", f"第{p + 1}市", "prefecture", "99") for p in range(PREFECTURES)]
    counties = [f"99{c % PREFECTURES + 1:02d}{c // PREFECTURES + 1:02d}" for c in range(COUNTIES)]
    nodes += [Node(code, f"县{code}", "county", code[:4]) for code in counties]
    towns = [f"{counties[t % COUNTIES]}{100 + t // COUNTIES:03d}" for t in range(TOWNSHIPS)]
    nodes += [Node(code, f"镇{code}", "township", code[:6]) for code in towns]
    villages, entries = [], []
    for v in range(VILLAGES):
        town = towns[v % TOWNSHIPS]
        code = f"{town}{200 + v // TOWNSHIPS:03d}"
        turns: tuple[Turn, ...] = ()
        state = State.OPEN
        if chance.random() < 0.7:
            on = date(2019, 1, 1) + timedelta(days=chance.randrange(2900))
            turns, state = (Turn(on, State.TREATED, "认定"),), State.TREATED
            if chance.random() < 0.05:
                turns += (Turn(on + timedelta(days=chance.randrange(30, 900)), State.OPEN, "返黑返臭"),)
                state = State.OPEN
        kind = VillageKind.VILLAGE if v % 9 else VillageKind.COMMUNITY
        villages.append(VillageStanding(code, f"村{v}", town, kind, state, town, turns=turns))
        if v % 50 == 0:
            entries.append(Entry(code, f"村{v}", bool(v % 100), "核定", date(2025, 1, 6), "省厅"))
    return Tree(nodes), Records("99", tuple(villages), entries=tuple(entries))


def main() -> int:
    tree, records = province()
    definition = definitions()["treatment_rate_village"]
    begin, cpu = perf_counter(), process_time()
    later, earlier = rate(definition, records, NOW), rate(definition, records, THEN)
    where = {v.code: v.township_code for v in records.villages}
    rolled = roll_up(later, tree, where, change(earlier, later))
    every = [rolled.row(node.code) for node in tree.nodes]
    wall, used = perf_counter() - begin, process_time() - cpu

    begin = perf_counter()
    slow = {
        c.node.code: rate(definition, records.within(c.node.code), NOW) for c in every if c.node.level == "county"
    }
    slow_wall = perf_counter() - begin
    agree = all((rolled.row(code).part, rolled.row(code).n) == (f.part, f.n) for code, f in slow.items())
    province_row = rolled.row("99")
    result = {
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "villages": VILLAGES, "counties": COUNTIES, "nodes": len(tree.nodes),
        "province": {
            "printed": province_row.printed, "of": [province_row.part, province_row.n], "gained": province_row.gained,
            "lost": province_row.lost,
        },
        "wall_s": round(wall, 2), "cpu_s": round(used, 2), "asked_s": 3.0,
        "county_by_county": {"wall_s": round(slow_wall, 2), "agrees": agree},
    }  # fmt: skip
    out = Path(__file__).parent / "results" / "rollup.json"
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    return 0 if agree and used < 3.0 else 1  # CPU: the machine may have others at work


if __name__ == "__main__":
    sys.exit(main())
