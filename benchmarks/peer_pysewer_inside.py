"""Runs inside pysewer's own environment: its connection graph, its tree and its pipes as plain numbers.

    .venv-pysewer/bin/python benchmarks/peer_pysewer_inside.py CASE FOLDER norms|example OUT.json

``norms`` tells pysewer our norms and runs all its steps; ``example`` takes the settings of its own example and stops at the
connection graph (the arc weights of the published layout figures). Nothing of Qingxi is imported here.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

CASES = {
    "oman_57": ("buildings_clipped.shp", "roads_clipped.shp", (691350.0, 2553250.0)),
    "oman_800": ("bld.shp", "roads.shp", (690500.0, 2557000.0)),
}
PEOPLE = 3
NORMS = {
    "inhabitants_dwelling": PEOPLE, "daily_wastewater_person": 0.08, "peak_factor": 4.0, "min_slope": -0.004,
    "min_slope_model": "uniform", "tmax": 4.0, "tmin": 0.9, "inflow_trench_depth": 0.9, "min_trench_depth": 0.9,
    "min_cover": 0.7, "roughness": 0.010, "pressurized_diameter": 0.1, "velocity_max": 5.0, "max_depth_ratio": 0.55,
}  # fmt: skip
EXAMPLE = {
    "inhabitants_dwelling": 3, "daily_wastewater_person": 0.2, "peak_factor": 2.3, "min_slope": -0.01,
    "min_slope_model": "uniform", "tmax": 8.0, "tmin": 0.25, "inflow_trench_depth": 0.2, "diameters": [0.1, 0.2, 0.3, 0.4],
}  # fmt: skip


def cpu() -> float:
    return time.process_time()


def copied(case: str, source: Path, folder: str) -> Path:
    """A writable copy of the case: pysewer rewrites the elevation it reads."""
    import rasterio

    work = Path(folder) / case
    shutil.copytree(source / case, work)
    for path in [work, *work.rglob("*")]:
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
    with rasterio.open(work / "dem.tif") as src:
        z, meta = src.read(1), src.meta.copy()
    z[z < -1000] = meta["nodata"] or 0.0  # absurd cells that are not the declared nodata
    with rasterio.open(work / "dem.tif", "w", **meta) as dst:
        dst.write(z, 1)
    return work


def plain(graph, sinks, streets) -> dict:
    """The connection graph: nodes, and arcs with pysewer's weight, course and ground."""
    nodes = list(graph.nodes)
    number = {n: i for i, n in enumerate(nodes)}
    arcs = []
    near = {}
    for a, b, d in graph.edges(data=True):
        i, j = number[a], number[b]
        if (j, i) not in near:
            along = [d["geometry"].interpolate(share, normalized=True) for share in (0.2, 0.5, 0.8)]
            near[i, j] = all(streets.distance(point) < 1.0 for point in along)
        arcs.append(
            {
                "tail": i, "head": j, "weight": float(d["weight"]), "length_m": float(d["distance"]),
                "street": near.get((i, j), near.get((j, i))), "needs_pump": bool(d["needs_pump"]),
                "ground": [[float(x), float(z)] for x, z in d["profile"]],
                "course": [[float(x), float(y)] for x, y, *_ in d["geometry"].coords],
            }
        )  # fmt: skip
    return {
        "x": [float(n[0]) for n in nodes], "y": [float(n[1]) for n in nodes],
        "elevation": [float(graph.nodes[n]["elevation"]) for n in nodes],
        "house": [graph.nodes[n].get("node_type") == "building" for n in nodes],
        "sink": [number[s] for s in sinks], "arcs": arcs,
    }  # fmt: skip


def designed(tree, streets) -> dict:
    """Pipes and stations of the finished network."""
    import networkx as nx

    order = list(nx.topological_sort(tree))
    is_house = {n: tree.nodes[n].get("node_type") == "building" for n in order}
    up = dict.fromkeys(order, 0)
    for n in order:
        up[n] += int(is_house[n])
        for m in tree.successors(n):
            up[m] += up[n]
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
                "street": all(streets.distance(point) < 1.0 for point in along),
                "diameter_m": float(d["diameter"]), "pressure": bool(d.get("pressurized")),
                "length_m": float(d["geometry"].length), "weight": float(d["weight"]),
            }
        )  # fmt: skip
    raised = ("pumping_station", "lifting_station", "pump")
    stations = [
        {
            "houses_up": up[n],
            "at_house": is_house[n],
            "head_m": float(tree.nodes[n].get("total_static_head", 0) or 0),
        }
        for n in order
        if any(tree.nodes[n].get(word) for word in raised)
    ]
    return {
        "edges": edges, "stations": stations, "houses": sum(is_house.values()),
        "connected": sum(1 for n in order if is_house[n] and tree.degree(n) > 0),
        "passed": sum(1 for n in order if is_house[n] and up[n] > 1),
        "layout_weight": sum(e["weight"] for e in edges),
    }  # fmt: skip


def main(case: str, source: Path, settings: str, out: Path) -> None:
    start = cpu()
    import pysewer

    lap = {"import": cpu() - start}
    buildings, roads, outlet = CASES[case]
    with tempfile.TemporaryDirectory() as folder:
        work = copied(case, source, folder)
        pysewer.set_custom_config(
            custom_settings_dict={
                "preprocessing": {"clustering": "none", "pump_penalty": 1000},
                "optimization": NORMS if settings == "norms" else EXAMPLE,
            }
        )
        start = cpu()
        domain = pysewer.ModelDomain(
            str(work / "dem.tif"), str(work / roads), str(work / buildings), clustering="none"
        )
        domain.add_sink(outlet)
        lap["connect"], start = cpu() - start, cpu()
        graph = domain.generate_connection_graph()
        sinks = domain.get_sinks()
        lap["graph"], start = cpu() - start, cpu()
        streets = domain.roads.get_gdf().geometry.union_all()
        found = {"graph": plain(graph, sinks, streets)}
        if settings == "norms":
            start = cpu()
            tree = pysewer.rsph_tree(graph, sinks)
            lap["route"], start = cpu() - start, cpu()
            tree = pysewer.estimate_peakflow(tree)
            result = pysewer.calculate_hydraulic_parameters(tree, sinks=sinks)
            lap["design"] = cpu() - start
            found |= designed(result if result is not None else tree, streets)
    found["cpu"] = lap
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
