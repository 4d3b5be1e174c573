"""Measure everything side by side and write benchmarks/RESULTS.md: ``make bench``.

    .venv/bin/python benchmarks/run.py [--only counties levels peer_pysewer layout_gap enumerated li_matthew exact_lifts plan_in_swmm receiver demo] [--keep]

Each part is a script of its own that writes ``benchmarks/results/<part>.json``; ``--keep`` prints the page from what is
there without measuring again. A part whose input is not there (the real settlements) is left out and said to be.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from design_pages import page_layout, page_li_matthew, page_lifts, page_peer, page_swmm
from findings_page import page_findings, write_readmes
from office_pages import page_import_households, page_ledger, page_office_load, page_tree_search
from plain_pages import PLAIN, page_plain

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
DATA = ROOT.parent / "shared" / "data"
LACKING = 2
"""Exit code of a script whose needs (pyspark, a JVM) are not here; it says which."""
PARTS = (
    "demo",
    "counties",
    "gaps",
    "levels",
    "peer_pysewer",
    "layout_gap",
    "enumerated",
    "li_matthew",
    "exact_lifts",
    "plan_in_swmm",
    "whatif",
    "flips",
    "receiver",
    "backfill",
    "findings",
    "office_load",
    "import_households",
    "tree_search",
    "ledger",
    *PLAIN,
)


def machine() -> str:
    """The machine in a line, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def keep(part: str, found: object) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def run(*words: str) -> str:
    """Standard output of one of our scripts; a failure stops the bench."""
    return subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def demo() -> None:
    """The whole story on the example county, with the seconds of each act."""
    code = "import sys; from qingxi.cli import main; sys.exit(main())"
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        told = json.loads(run("-c", code, "demo", "--home", home, "--json"))
        keep(
            "demo",
            {
                "machine": machine(),
                "date": date.today().isoformat(),
                "wall_s": time.perf_counter() - start,
                "told": told,
            },
        )


def counties() -> None:
    run("benchmarks/counties.py", "--json")


def gaps() -> None:
    run("benchmarks/gaps.py", "--json")


def levels() -> None:
    run("benchmarks/levels.py")


def peer_pysewer() -> None:
    if DATA.is_dir():
        run("benchmarks/peer_pysewer.py")


def layout_gap() -> None:
    run("benchmarks/layout_gap.py", "--json")


def enumerated() -> None:
    run("benchmarks/enumerated.py", "--json")


def li_matthew() -> None:
    if (DATA / "li_matthew_1990").is_dir():
        run("benchmarks/li_matthew.py", "--json")


def exact_lifts() -> None:
    run("benchmarks/exact_lifts.py", "--json")


def plan_in_swmm() -> None:
    run("benchmarks/plan_in_swmm.py")


def receiver() -> None:
    found = json.loads(run("benchmarks/receiver.py", "--json"))
    found |= json.loads(run("benchmarks/receiver_kill.py", "--json"))
    keep("receiver", found)


def backfill() -> None:
    run("benchmarks/backfill.py")


def whatif() -> None:
    run("benchmarks/whatif.py", "--json")


def flips() -> None:
    run("benchmarks/flips.py", "--json")


TEST_SEEDS = ["3120-3151"]


def findings() -> None:
    """On test seeds; refused by the script where the rules are not what was frozen."""
    run("benchmarks/findings.py", "--seeds", *TEST_SEEDS)
    write_readmes(json.loads((RESULTS / "findings.json").read_text(encoding="utf-8")))


def office_load() -> None:
    run("benchmarks/office_load.py", "--json")


def import_households() -> None:
    run("benchmarks/import_households.py")


def tree_search() -> None:
    run("benchmarks/tree_search.py")


def ledger() -> None:
    run("benchmarks/ledger.py")


def _table(heads: list[str], rows: list[list[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _read(part: str) -> dict | None:
    path = RESULTS / f"{part}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def page_counties(found: dict) -> str:
    rows = [
        [f"{r['households']:,}", r["wall_s"], r["cpu_s"], r["peak_mb"], f"{r['present_value_wan']:,}", f"{r['bound_wan']:,}",
         f"{r['gap_percent']} %", r["violations"],
         " / ".join(f"{100 * r[m + '_households'] / r['households']:.0f} %" for m in ("connected", "clustered", "onsite", "reuse"))]
        for r in found["rows"]
    ]  # fmt: skip
    growth = found["cpu_growth_exponent"]
    heads = [
        "households",
        "wall s",
        "CPU s",
        "peak MB",
        "present value 万元",
        "lower bound 万元",
        "gap",
        "violations",
        "近纳管 / 聚集中 / 散分户 / 资源利用",
    ]
    tail = f"\n\nCPU seconds grow with households to the power {growth:.2f}." if growth else ""
    return (
        f"`qingxi plan` on the example county (free mode, seed 1), then `qingxi check`; {found['date']}.\n\n"
        + _table(heads, rows)
        + tail
    )


def page_gaps(found: dict) -> str:
    rows = [
        [r["case"], r["units"], r["effort"], r["wall_s"], r["cpu_s"], r["peak_mb"], f"{r['plan_wan']:,}", f"{r['bound_wan']:,}",
         f"{r['gap_percent']} %", f"{r['target_percent']} %",
         " / ".join(f"{r['causes_percent'].get(k, 0):.2f}" for k in ("plant_curve", "trunk_step", "depth", "lifts", "integrality"))]
        for r in found["rows"]
    ]  # fmt: skip
    heads = [
        "county",
        "units",
        "effort",
        "wall s",
        "CPU s",
        "peak MB",
        "plan 万元",
        "bound 万元",
        "gap",
        "target",
        "plant curve / trunk step / depth / lifts / integrality, % of plan",
    ]
    return (
        "Whole-plan gap on the true cost, household units on and off, within the minute and with `--certify` (`benchmarks/gaps.py`); "
        f"the seconds are of the whole command. Read the CPU seconds: wall seconds hang on what else the machine did; {found['date']}.\n\n"
        + _table(heads, rows)
    )


def page_levels(found: dict) -> str:
    pairs = (("bare_l2", "L0, households and mains only"), ("l0_l2", "L0, the whole table"), ("l1_l2", "L1"))
    rows = [
        [words, f"{100 * one['same_mode']:.0f} %", f"{one['ratio_middle']:.2f}", f"{one['ratio_low']:.2f} – {one['ratio_high']:.2f}",
         f"{100 * one['within']:.0f} %"]
        for key, words in pairs
        if (one := found[key])
    ]  # fmt: skip
    heads = [
        "against L2, by village",
        "same main mode",
        "cost ratio, median",
        "10 to 90 %",
        "within the stated accuracy",
    ]
    return (
        f"The example county with {found['county_households']:,} households; what differs and why is in docs/levels.md; {found['date']}.\n\n"
        + _table(heads, rows)
    )


def page_demo(found: dict) -> str:
    acts = found["told"].get("acts", [])
    rows = [[a.get("name") or a.get("act"), f"{a['seconds']:.1f}"] for a in acts]
    return f"`make demo`, set-up apart: {found['wall_s']:.0f} s in all; {found['date']}.\n\n" + _table(
        ["act", "s"], rows
    )


def page_receiver(found: dict) -> str:
    rows = [
        [r["load"], r["store"], r["processes"], f"{r['acked']:,} of {r['sent']:,}", f"{r['packets_per_s']:,.0f}",
         f"{r['readings_per_s']:,}", f"{r['ack_ms_p50']:.0f} / {r['ack_ms_p99']:.0f}",
         f"{r['receiver_cpu_us_per_packet']:.0f} + {r['database_cpu_us_per_packet']:.0f} + {r['generator_cpu_us_per_packet']:.0f}",
         r["bytes_per_packet"], r["receiver_mb"], r["load_average_before"]]
        for r in found["loads"]
    ]  # fmt: skip
    heads = [
        "load", "store", "processes", "acknowledged", "packets/s", "readings/s", "ack p50 / p99 ms",
        "CPU µs a packet: receiver + database + devices", "bytes a packet", "MB", "load average before",
    ]  # fmt: skip
    text = (
        "Durable before acknowledged: SQLite with synchronous FULL, PostgreSQL with fsync and synchronous_commit; the"
        " devices on the same cores; identity, duplicates, gap books and raw compression on. Where the load average"
        " before the run is above 0 others were at work on the machine; the CPU a packet is its own.\n\n"
        + _table(heads, rows)
    )
    if "sockets" in found:
        text += "\n\nLines open in one process:\n\n" + _table(
            ["figure", "value"], [[name.replace("_", " "), value] for name, value in found["sockets"].items()]
        )
    text += "\n" if found.get("scenes") else ""
    for scene in found.get("scenes", []):
        told = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in scene.items() if name != "scene")
        text += f"\n- **{scene['scene']}**: {told}"
    return text + "\n"


def page_backfill(found: dict) -> str:
    whole = found["seconds_until_whole"]
    rows = [
        ["devices, each on a line of its own, in processes beside the receiver", f"{found['devices']:,}"],
        ["hours without a line", found["outage_hours"]],
        ["ten-minute and hourly periods missing", f"{found['periods_missing']:,}"],
        ["closed or named (clock time, not scaled)", f"{found['periods_settled']:,}" + (f" after {whole:,.0f} s" if whole else "")],
        ["of them named: the device has them not", f"{found['periods_named']:,}"],
        ["live packets meanwhile", f"{found['live_packets']:,}"],
        ["their acknowledgement p50 / p95 / p99, s", f"{found['live_ack_p50_s']:.3f} / {found['live_ack_p95_s']:.3f} / {found['live_ack_p99_s']:.3f}"],
        ["load average before (above 0: others were at work)", found["load_before"]],
    ]  # fmt: skip
    return _table(["figure", "value"], rows)


def _anew(row: dict) -> list:
    """What a question cost planned from nothing; only some are."""
    if "anew_wan" not in row:
        return ["–"] * 5
    on = [f"{row['searched_on_wan']:,}", f"{row['above_searched_on_percent']:+.2f} %"]
    return [f"{row['anew_wan']:,}", row["anew_cpu_s"], f"{row['above_anew_percent']:+.2f} %", *on]


def page_whatif(found: dict) -> str:
    rows = [
        [f"`{r['what']}`", r["wall_s"], r["cpu_s"], f"{r['before_wan']:,}", f"{r['same_plan_wan']:,}", f"{r['after_wan']:,}",
         f"{r['households_changed']:,}", *_anew(r)]
        for r in found["rows"]
    ]  # fmt: skip
    heads = ["what if", "wall s", "CPU s", "before 万元", "same plan, new prices", "after", "households changed", "planned anew", "CPU s", "after above anew", "searched on", "after above that"]  # fmt: skip
    return (
        f"{found['households']:,} households; `standing.npz` of {found['file_mb']} MB opens in {found['open_s']} s; with no change the difference is "
        f"{found['difference_without_change']:g} yuan. Planned anew: the search on the same graph from nothing, without reading and reasons; searched on: that plan with the rounds of search that the answer had, which begins with a plan that was searched in full before; {found['date']}.\n\n"
        + _table(heads, rows)
    )


def page_flips(found: dict) -> str:
    rows = [
        [r["lever"], r["told"], r["tried"], r["below_holds"], r["above_turns"], r["to_told_mode"]] for r in found["rows"]
    ]  # fmt: skip
    heads = [
        "price",
        "hamlets with a flip",
        "tried",
        "at 0.98 of the way: stays",
        "at 1.02: turns",
        "to the mode told",
    ]
    return (
        f"{found['households']:,} households, {found['hamlets']:,} hamlets; flips of all of them took {found['flip_cpu_s']} CPU s within the plan. For {found['tried']} "
        f"random hamlets the prices were changed and the hamlet decided again, its surroundings as they are; {found['date']}.\n\n"
        + _table(heads, rows)
    )


def page_enumerated(found: dict) -> str:
    rows = [
        ["within 1 % of the optimum", f"{found['within_1_percent']} of {found['cases']}"],
        ["exactly the optimum", found["exact"]],
        ["above it, mean and worst", f"{found['mean_percent']} %, {found['worst_percent']} %"],
        ["bound above the optimum", found["bound_above"]],
        [
            "bound below it, mean and worst",
            f"{found['bound_gap_mean_percent']} %, {found['bound_gap_worst_percent']} %",
        ],
        ["CPU s in all", found["cpu_s"]],
    ]
    return (
        "Random hamlets of at most 7 houses, 5 street nodes and 2 places for a plant; every assignment, tree, lift and pump priced by code of its own "
        "(`tests/library/plan_enumerate.py`).\n\n" + _table(["measure", "value"], rows)
    )


def page() -> str:
    """RESULTS.md from what was measured."""
    titles = {
        "demo": "The demo",
        "counties": "Counties",
        "gaps": "Gap to the lower bound",
        "levels": "Data levels L0, L1, L2",
        "peer_pysewer": "Beside pysewer",
        "layout_gap": "Layout gap",
        "enumerated": "Enumerated hamlets",
        "li_matthew": "Li & Matthew 1990",
        "exact_lifts": "Lifts and house pumps",
        "plan_in_swmm": "Plans in SWMM",
        "whatif": "What if",
        "flips": "Flips",
        "receiver": "The HJ 212 receiver",
        "backfill": "Back-fill after an outage",
        "findings": "Findings on the labelled world",
        "office_load": "The office under load",
        "import_households": "A large import",
        "tree_search": "Search at province size",
        "ledger": "The ledger of problems at province size",
        **{part: title for part, (title, _) in PLAIN.items()},
    }
    write = {
        "demo": page_demo,
        "counties": page_counties,
        "gaps": page_gaps,
        "levels": page_levels,
        "peer_pysewer": page_peer,
        "layout_gap": page_layout,
        "enumerated": page_enumerated,
        "li_matthew": page_li_matthew,
        "exact_lifts": page_lifts,
        "plan_in_swmm": page_swmm,
        "whatif": page_whatif,
        "flips": page_flips,
        "receiver": page_receiver,
        "backfill": page_backfill,
        "findings": page_findings,
        "office_load": page_office_load,
        "import_households": page_import_households,
        "tree_search": page_tree_search,
        "ledger": page_ledger,
        **dict.fromkeys(PLAIN, page_plain),
    }
    parts = [
        "# Measured 实测\n\nWritten by `make bench`; nothing here is typed by hand. Machine: " + machine() + ".\n"
    ]
    for part in PARTS:
        found = _read(part)
        parts.append(
            f"\n## {titles[part]}\n\n" + (write[part](found) if found else "Not measured on this machine.") + "\n"
        )
    return "".join(parts)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    words.add_argument("--keep", action="store_true", help="print the page from earlier results")
    args = words.parse_args()
    if not args.keep:
        for part in args.only:
            print(f"{part} …", flush=True)
            if part in PLAIN:
                try:
                    said = run(*PLAIN[part][1])
                except subprocess.CalledProcessError as lacking:
                    if lacking.returncode != LACKING:
                        raise
                    print(f"{part} left out: {lacking.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                    continue  # what stands of an earlier run is printed again
                if not (RESULTS / f"{part}.json").is_file():
                    keep(part, json.loads(said))
            else:
                globals()[part]()
    (HERE / "RESULTS.md").write_text(page(), encoding="utf-8")
    print("benchmarks/RESULTS.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
