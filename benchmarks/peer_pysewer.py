"""pysewer 0.3.1 and Qingxi on the same settlements, both priced by Qingxi's price table in one run.

    .venv/bin/python benchmarks/peer_pysewer.py [oman_57] [oman_800]

Makes ``.venv-pysewer`` (pip, pysewer 0.3.1 from the package index) when it is not there; nothing of pysewer is kept in
this repository. pysewer is told our norms: least slope 0.004, least invert depth 0.9 m, greatest 4.0 m, Manning 0.010,
fill 0.55, no clustering. Both tie every building to the given outlet.

pysewer's pipes are priced by ``docs/costs.md``. Where a choice had to be made it favours pysewer: its ground profile
between samples is taken as it is; a pipe that carries one building only is a flat-rate lateral (section 6), however deep; a
building passed through pays its fixed lateral only; manholes are counted one every ``manhole.spacing``, not one a node;
pressure pipes are sized by flow, not by its fixed 0.3 m; pumps that serve one building are house pumps.
Seconds: pysewer's and ours without imports, ours without compilation. Results: ``benchmarks/results/peer_pysewer.json``.
"""

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
VENV = ROOT / ".venv-pysewer"
CASES = {
    "oman_57": ("buildings_clipped.shp", "roads_clipped.shp", (691350.0, 2553250.0)),
    "oman_800": ("bld.shp", "roads.shp", (690500.0, 2557000.0)),
}
PEOPLE = 3


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def inside_pysewer(case: str, out: Path) -> None:
    """Run pysewer (in its own environment) and write its network as plain numbers."""
    import networkx as nx
    import numpy as np
    import pysewer
    import rasterio

    buildings, roads, outlet = CASES[case]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / case
        shutil.copytree(DATA / case, work)
        for path in [work, *work.rglob("*")]:
            os.chmod(path, 0o755 if path.is_dir() else 0o644)
        dem = work / "dem.tif"
        with rasterio.open(dem) as src:
            z, meta = src.read(1), src.meta.copy()
        z[z < -1000] = meta["nodata"] or 0.0  # absurd cells that are not the declared nodata
        with rasterio.open(dem, "w", **meta) as dst:
            dst.write(z, 1)
        pysewer.set_custom_config(
            custom_settings_dict={
                "preprocessing": {"clustering": "none", "pump_penalty": 1000},
                "optimization": {
                    "inhabitants_dwelling": PEOPLE, "daily_wastewater_person": 0.08, "peak_factor": 4.0,
                    "min_slope": -0.004, "min_slope_model": "uniform", "tmax": 4.0, "tmin": 0.9,
                    "inflow_trench_depth": 0.9, "min_trench_depth": 0.9, "min_cover": 0.7, "roughness": 0.010,
                    "pressurized_diameter": 0.1, "velocity_max": 5.0, "max_depth_ratio": 0.55,
                },
            }
        )  # fmt: skip
        began, cpu = time.perf_counter(), time.process_time()
        domain = pysewer.ModelDomain(str(dem), str(work / roads), str(work / buildings), clustering="none")
        domain.add_sink(outlet)
        graph = domain.generate_connection_graph()
        sinks = domain.get_sinks()
        tree = pysewer.rsph_tree(graph, sinks)
        tree = pysewer.estimate_peakflow(tree)
        result = pysewer.calculate_hydraulic_parameters(tree, sinks=sinks)
        tree = result if result is not None else tree
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    order = list(nx.topological_sort(tree))
    is_house = {n: tree.nodes[n].get("node_type") == "building" for n in order}
    up = dict.fromkeys(order, 0)
    for n in order:
        up[n] += int(is_house[n])
        for m in tree.successors(n):
            up[m] += up[n]
    roads_union = domain.roads.get_gdf().geometry.union_all()
    edges = []
    for a, _b, d in tree.edges(data=True):
        along = [d["geometry"].interpolate(share, normalized=True) for share in (0.2, 0.5, 0.8)]
        ground = [list(map(float, p)) for p in d["profile"]]
        trench = [list(map(float, p)) for p in d["trench_depth_profile"]]
        if len(trench) != len(ground):  # a pressure pipe gives its two ends
            ground = [ground[0], ground[-1]]
        edges.append(
            {
                "ground": ground, "invert": trench, "houses_up": up[a], "from_house": is_house[a],
                "street": all(roads_union.distance(point) < 1.0 for point in along),
                "diameter_m": float(d["diameter"]), "pressure": bool(d.get("pressurized")),
                "length_m": float(d["geometry"].length),
            }
        )  # fmt: skip
    stations = [
        {
            "houses_up": up[n],
            "at_house": is_house[n],
            "head_m": float(tree.nodes[n].get("total_static_head", 0) or 0),
        }
        for n in order
        if tree.nodes[n].get("pumping_station") or tree.nodes[n].get("lifting_station") or tree.nodes[n].get("pump")
    ]
    houses = sum(is_house.values())
    connected = sum(1 for n in order if is_house[n] and tree.degree(n) > 0)
    out.write_text(
        json.dumps(
            {
                "edges": edges, "stations": stations, "houses": houses, "connected": connected, "seconds": seconds,
                "cpu_seconds": cpu_seconds, "peak_mb": peak_mb(), "passed": sum(1 for n in order if is_house[n] and up[n] > 1),
                "node_keys": sorted({k for n in order for k in tree.nodes[n]}),
            }
        )
    )  # fmt: skip
    np.float64(0)


def inside_qingxi(case: str, mode: str, out: Path) -> None:
    """Run the planner on the same files and write its figures."""
    from qingxi.files import LayerSource, SurveyRequest, read_survey
    from qingxi.plan import plan, warm_up

    warm_up()
    buildings, roads, outlet = CASES[case]
    files = {"households": buildings, "streets": roads, "elevation": "dem.tif"}
    survey = read_survey(
        SurveyRequest(
            layers={name: LayerSource(name, DATA / case / path) for name, path in files.items()},
            crs="", file_crs=None, outlets=(f"{outlet[0]},{outlet[1]}",), people=float(PEOPLE), mode=mode,
            prices="prices", norms="rural_sewer", seed=1, effort=1.0,
        )
    )  # fmt: skip
    from dataclasses import replace

    given = replace(survey.given, elevation=replace(survey.given.elevation, vertical_error_m=0.1))
    began, cpu = time.perf_counter(), time.process_time()
    result = plan(given)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    figures = {k: v for k, v in result.figures.items() if k != "parameters"}
    figures |= {"wall": seconds, "cpu_seconds": cpu_seconds, "peak_mb": peak_mb()}
    out.write_text(json.dumps(figures))


def priced(network: dict) -> dict:
    """Price pysewer's network by our tables."""
    from qingxi.sewer import friction_slope, peak_flow_l_s, pressure_dn, sewer_kit, trench_works
    from qingxi.standard import load_table

    norms, prices = load_table("rural_sewer"), load_table("prices")
    kit = sewer_kit(norms, prices)
    concrete, earth = 1, 0
    per_house = PEOPLE * norms["flow.l_per_person_d"] / 1000

    def peak(houses: int) -> float:
        return peak_flow_l_s(
            houses * per_house, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration
        )

    pipes = manholes = laterals = excavation = 0.0
    length = {"street": 0.0, "off_street": 0.0, "lateral": 0.0, "pressure": 0.0}
    least = kit.depth_min_m[0]
    for e in network["edges"]:
        run = e["length_m"]
        surface = concrete if e["street"] else earth
        if e["from_house"]:
            laterals += kit.lateral_fixed
        if e["from_house"] and e["houses_up"] == 1 and not e["pressure"]:
            laterals += kit.lateral_per_m * run
            length["lateral"] += run
            continue
        if e["pressure"]:
            if e["from_house"] and e["houses_up"] == 1:
                laterals += kit.lateral_per_m * run
                length["lateral"] += run
                continue
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
    assert friction_slope is not None
    return {
        "present_value": works * kit.works_pv + kit.annuity * running,
        "works": works, "running_per_year": running, "pipe_m": length, "lifts_street": street_lifts,
        "pumps_house": house_pumps, "excavation_m3": excavation, "connected": network["connected"],
        "houses": network["houses"], "passed_through": network["passed"], "wall": network["seconds"],
        "cpu_seconds": network["cpu_seconds"], "peak_mb": network["peak_mb"],
    }  # fmt: skip


def make_environment() -> Path:
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    probe = subprocess.run([str(python), "-c", "import pysewer"], capture_output=True)
    if probe.returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pysewer==0.3.1"], check=True)
    return python


def main(cases: list[str]) -> None:
    python = make_environment()
    target = ROOT / "benchmarks" / "results" / "peer_pysewer.json"
    results = json.loads(target.read_text()) if target.exists() else {}
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            theirs, ours, free = (Path(folder) / name for name in ("theirs.json", "ours.json", "free.json"))
            here = str(Path(__file__).resolve())
            subprocess.run(
                [str(python), here, "--inside", "pysewer", case, str(theirs)], check=True, stdout=subprocess.DEVNULL
            )
            for mode, path in (("sewer", ours), ("free", free)):
                subprocess.run([sys.executable, here, "--inside", mode, case, str(path)], check=True)
            a, b, c = (
                priced(json.loads(theirs.read_text())),
                json.loads(ours.read_text()),
                json.loads(free.read_text()),
            )
        results[case] = {
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            "date": time.strftime("%Y-%m-%d"), "pysewer": a, "qingxi_sewer": b, "qingxi_free": c,
            "present_value_ratio": b["cost"]["present_value"] / a["present_value"],
        }  # fmt: skip
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
        show(case, results[case])


def show(case: str, r: dict) -> None:
    a, b, c = r["pysewer"], r["qingxi_sewer"], r["qingxi_free"]
    street_b = b["pipe_m"]["gravity"]
    rows = [
        ("present value, yuan", a["present_value"], b["cost"]["present_value"], c["cost"]["present_value"]),
        ("works, yuan", a["works"], b["cost"]["works"], c["cost"]["works"]),
        ("running, yuan/y", a["running_per_year"], b["cost"]["running_per_year"], c["cost"]["running_per_year"]),
        ("buildings tied in", a["connected"], b["households"]["connected"], c["households"]["connected"] + c["households"]["clustered"]),
        ("gravity sewer, m", a["pipe_m"]["street"] + a["pipe_m"]["off_street"], street_b, c["pipe_m"]["gravity"]),
        ("  of it off the street", a["pipe_m"]["off_street"], b.get("off_street_m", 0.0), c.get("off_street_m", 0.0)),
        ("pressure pipe, m", a["pipe_m"]["pressure"], b["pipe_m"]["pressure"], c["pipe_m"]["pressure"]),
        ("house connections, m", a["pipe_m"]["lateral"], b["pipe_m"]["lateral"], c["pipe_m"]["lateral"]),
        ("lifts in the street", a["lifts_street"], b["pumps_street"], c["pumps_street"]),
        ("house pumps", a["pumps_house"], b["pumps_house"], c["pumps_house"]),
        ("excavation, m3", a["excavation_m3"], b["excavation_m3"], c["excavation_m3"]),
        ("wall, s", a["wall"], b["wall"], c["wall"]),
        ("CPU, s", a["cpu_seconds"], b["cpu_seconds"], c["cpu_seconds"]),
        ("peak memory, MB", a["peak_mb"], b["peak_mb"], c["peak_mb"]),
    ]  # fmt: skip
    print(f"\n{case}: present value {r['present_value_ratio']:.3f} of pysewer's")
    print(f"{'':26}{'pysewer':>16}{'Qingxi sewer':>16}{'Qingxi free':>16}")
    for name, *values in rows:
        print(f"{name:26}" + "".join(f"{v:16,.1f}" for v in values))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        what, case, path = sys.argv[2], sys.argv[3], Path(sys.argv[4])
        if what == "pysewer":
            inside_pysewer(case, path)
        else:
            inside_qingxi(case, what, path)
    else:
        main(sys.argv[1:] or list(CASES))
