"""pysewer 0.3.1 and Qingxi on the same settlements, both priced by Qingxi's price table in one run.

    .venv/bin/python benchmarks/peer_pysewer.py [oman_57] [oman_800] [--keep FOLDER]

Makes ``.venv-pysewer`` (pip, pysewer 0.3.1 from the package index) when it is not there; nothing of pysewer is kept in
this repository. pysewer is told our norms: least slope 0.004, least invert depth 0.9 m, greatest 4.0 m, Manning 0.010,
fill 0.55, no clustering. Both tie every building to the given outlet. ``--keep`` reuses pysewer's networks of an earlier run.

Three comparisons:

- *on its graph*: Qingxi plans on pysewer's own connection graph (its edges are the streets, every house stands on its node and may
  be passed through, no other way in). Both networks are priced by the one function below, which favours nobody.
- *on ours*: the plan of ``qingxi plan --mode sewer``, the same with ``--effort 0.04`` and the free plan, at their own true cost,
  beside pysewer's network.
- *arc weights*: layouts on pysewer's own weights (length, × 1000 where a pump is needed), with the settings of its own example and
  with our norms, beside the weight of its own tree; and in 2, 4 and 16 copies.

Pricing of networks follows ``docs/costs.md``. Where a choice had to be made it favours pysewer: its ground profile between samples is
taken as it is; a pipe off the street that carries one building only is a flat-rate lateral (section 6), however deep; a building passed
through pays its fixed lateral only; manholes are counted one every ``manhole.spacing``, not one a node; pressure pipes are sized by
flow, not by its fixed 0.3 m; pumps that serve one building are house pumps.
CPU seconds: pysewer's and ours without imports, ours without compilation
(the bound's passes that better the plan count). Results: ``benchmarks/results/peer_pysewer.json``.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer_pysewer_inside import CASES, PEOPLE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = ROOT.parent / "shared" / "data"
VENV = ROOT / ".venv-pysewer"
QUICK = 0.04  # effort of the plan whose CPU seconds are set against pysewer's, beside that of the usual effort
PUBLISHED_WEIGHT = {"oman_57": 361_358.9, "oman_800": 3_037_554.8}


def priced(network: dict) -> dict:
    """Price a network of pipes and stations by our tables."""
    from qingxi.sewer import peak_flow_l_s, pressure_dn, sewer_kit, trench_works
    from qingxi.standard import load_table

    norms, prices = load_table("rural_sewer"), load_table("prices")
    kit = sewer_kit(norms, prices)
    concrete, earth = 1, 0
    per_house = PEOPLE * norms["flow.l_per_person_d"] / 1000

    def peak(houses: int) -> float:
        return peak_flow_l_s(
            houses * per_house, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration
        )

    pipes = manholes = excavation = 0.0
    laterals = network["connected"] * kit.lateral_fixed
    length = {"street": 0.0, "off_street": 0.0, "lateral": 0.0, "pressure": 0.0}
    least = kit.depth_min_m[0]
    for e in network["edges"]:
        run = e["length_m"]
        surface = concrete if e["street"] else earth
        if e["houses_up"] == 1 and not e["street"]:
            laterals += kit.lateral_per_m * run
            length["lateral"] += run
            continue
        if e["pressure"]:
            dn = pressure_dn(peak(e["houses_up"]), kit.pressure_dn_mm, kit.pressure_velocity_m_s)
            pipes += run * kit.pressure_per_m[dn, surface]
            excavation += run * kit.pressure_width_m[dn] * (kit.pressure_depth_m + kit.bedding_m)
            length["pressure"] += run
            continue
        dn = int(min(range(kit.dn_mm.size), key=lambda i: abs(kit.dn_mm[i] / 1000 - max(0.2, e["diameter_m"]))))
        ground, invert = e["ground"], e["invert"]
        depths = [max(least, g[1] - t[1]) for g, t in zip(ground, invert, strict=True)]
        span = ground[-1][0] - ground[0][0] or 1.0
        for i in range(len(depths) - 1):
            part = run * (ground[i + 1][0] - ground[i][0]) / span
            pipes += trench_works(
                part,
                depths[i],
                depths[i + 1],
                kit.trench_a[dn, surface],
                kit.trench_b[dn, surface],
                kit.trench_c[dn, surface],
            )
            mean = (depths[i] + depths[i + 1]) / 2
            excavation += part * kit.trench_width_m[dn] * (mean + kit.bedding_m)
            manholes += part / norms["manhole.spacing"] * (kit.manhole_base + kit.manhole_per_depth * mean)
        length["street" if e["street"] else "off_street"] += run
    lifts = running = 0.0
    house_pumps = street_lifts = 0
    for s in network["stations"]:
        if s["at_house"] and s["houses_up"] == 1:
            house_pumps += 1
            lifts += kit.house_pump_works
            running += kit.house_pump_running
            continue
        street_lifts += 1
        works = kit.lift_base + kit.lift_per_l_s * peak(s["houses_up"])
        lifts += works
        running += kit.lift_running + kit.lift_upkeep * works
        running += kit.energy_yuan * s["houses_up"] * per_house * (max(0.0, s["head_m"]) + kit.local_head_m)
    flow = network["houses"] * per_house
    join = prices["town.join"] + prices["town.capacity"] * flow
    works = pipes + manholes + laterals + lifts + join
    running += prices["sewer.upkeep"] * (pipes + manholes + laterals) + 365 * prices["town.fee"] * flow
    return {
        "present_value": works * kit.works_pv + kit.annuity * running,
        "works": works, "running_per_year": running, "pipe_m": length, "lifts_street": street_lifts,
        "pumps_house": house_pumps, "excavation_m3": excavation, "connected": network["connected"],
        "houses": network["houses"], "passed_through": network["passed"], "cpu_seconds": network["cpu_seconds"], "cpu": network["cpu"], "peak_mb": network["peak_mb"],
    }  # fmt: skip


def make_environment() -> Path:
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    probe = subprocess.run([str(python), "-c", "import pysewer"], capture_output=True)
    if probe.returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pysewer==0.3.1"], check=True)
    return python


def theirs(case: str, settings: str, folder: Path) -> Path:
    """pysewer's network of a case, made where it is not kept."""
    out = folder / f"pysewer-{case}-{settings}.json"
    if not out.exists():
        words = [str(make_environment()), str(HERE / "peer_pysewer_inside.py"), case, str(DATA), settings, str(out)]
        clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=clean)
    return out


def ours(folder: Path, *words: str) -> dict:
    out = folder / f"{'-'.join(Path(w).stem for w in words)}.out.json"
    subprocess.run([sys.executable, str(HERE / "peer_qingxi_inside.py"), *words, str(out)], check=True)
    return json.loads(out.read_text())


def compare(case: str, kept: Path, folder: Path) -> dict:
    """Everything of one case."""
    network = theirs(case, "norms", kept)
    told = json.loads(network.read_text())
    told["cpu_seconds"] = sum(seconds for step, seconds in told["cpu"].items() if step != "import")
    a = priced(told)
    g = ours(folder, "graph", case, str(network))
    found = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores", "date": time.strftime("%Y-%m-%d"),
        "pysewer": a, "qingxi_on_its_graph": priced(g) | {"planned_present_value": g["planned_present_value"], "remarks": g["remarks"]},
        "qingxi_sewer": ours(folder, "plan", case, "sewer", "1"), "qingxi_free": ours(folder, "plan", case, "free", "1"),
        "qingxi_sewer_quick": ours(folder, "plan", case, "sewer", str(QUICK)),
        "weights": {
            "example": ours(folder, "weights", str(theirs(case, "example", kept))) | {"published": PUBLISHED_WEIGHT[case]},
            "norms": ours(folder, "weights", str(network)),
        },
        "tiles": [ours(folder, "tiles", case, str(side)) for side in (1, 2, 4, 16)] if case == "oman_800" else [],
    }  # fmt: skip
    b, c = found["qingxi_on_its_graph"], found["qingxi_sewer"]
    found["ratio_on_its_graph"] = b["present_value"] / a["present_value"]
    quick = found["qingxi_sewer_quick"]
    found["ratio_on_ours_quick"] = quick["cost"]["present_value"] / a["present_value"]
    found["ratio_on_ours"] = c["cost"]["present_value"] / a["present_value"]
    found["times_less_cpu"] = {
        "on_its_graph": a["cpu_seconds"] / b["cpu_seconds"],
        "on_ours": a["cpu_seconds"] / c["cpu_seconds"],
        "on_ours_quick": a["cpu_seconds"] / quick["cpu_seconds"],
    }
    return found


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("cases", nargs="*", default=list(CASES))
    words.add_argument(
        "--keep", type=Path, help="folder of pysewer's networks: read where they are, written where they are not"
    )
    args = words.parse_args()
    target = HERE / "results" / "peer_pysewer.json"
    results = json.loads(target.read_text()) if target.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        for case in args.cases or list(CASES):
            results[case] = compare(case, args.keep or Path(folder), Path(folder))
            target.parent.mkdir(exist_ok=True)
            target.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
            print(json.dumps({k: v for k, v in results[case].items() if k.startswith(("ratio", "times"))}))


if __name__ == "__main__":
    main()
