"""Qingxi's side of ``peer_pysewer.py``, each run in a process of its own so that memory is its own.

    .venv/bin/python benchmarks/peer_qingxi_inside.py plan CASE sewer|free EFFORT OUT.json
    .venv/bin/python benchmarks/peer_qingxi_inside.py graph CASE NETWORK.json OUT.json
    .venv/bin/python benchmarks/peer_qingxi_inside.py weights NETWORK.json OUT.json
    .venv/bin/python benchmarks/peer_qingxi_inside.py tiles CASE SIDE OUT.json

CPU seconds of the same steps as pysewer's (read, connect, graph, route, design); imports, compilation and the lower bound apart.
"""

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from peer_pysewer_inside import CASES, PEOPLE

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def surveyed(case: str, mode: str):
    """The settlement as read from its files; its heights taken as surveyed, so that levels are given."""
    from qingxi.files import LayerSource, SurveyRequest, read_survey

    buildings, roads, outlet = CASES[case]
    files = {"households": buildings, "streets": roads, "elevation": "dem.tif"}
    survey = read_survey(
        SurveyRequest(
            layers={name: LayerSource(name, DATA / case / path) for name, path in files.items()},
            crs="", file_crs=None, outlets=(f"{outlet[0]},{outlet[1]}",), people=float(PEOPLE), mode=mode,
            prices="prices", norms="rural_sewer", seed=1, effort=1.0,
        )
    )  # fmt: skip
    return replace(survey.given, elevation=replace(survey.given.elevation, vertical_error_m=0.1))


def warmed() -> dict[str, float]:
    """Import and compile, with the CPU seconds of it."""
    start = time.process_time()
    from qingxi.plan import warm_up

    surveyed("oman_57", "sewer")  # what reading imports
    imported = time.process_time()
    warm_up()
    return {"import": imported - start, "compile": time.process_time() - imported}


def timed_plan(given) -> tuple[object, dict[str, float]]:
    """A plan and the CPU seconds to the end of its design; those of the bound apart."""
    from qingxi.plan import plan

    start = time.process_time()
    designed = []

    def tell(stage: str, share: float) -> None:
        if stage == "design" and share == 1.0:
            designed.append(time.process_time())

    result = plan(given, progress=tell)
    end = time.process_time()
    return result, {"plan": designed[0] - start, "bound_and_tables": end - designed[0]}


def off_street_m(result, given) -> float:
    """Street pipes of a plan that lie off every street given, by the same measure as pysewer's."""
    import shapely

    streets = given.streets
    lines = shapely.linestrings(
        streets.coords_m, indices=np.repeat(np.arange(len(streets)), np.diff(streets.offsets))
    )
    pipes = result.tables.pipes
    own = np.flatnonzero(pipes["kind"] != "lateral")
    offsets, coords = result.tables.pipe_offsets, result.tables.pipe_coords_m
    course = [shapely.linestrings(coords[offsets[i] : offsets[i + 1]]) for i in own]
    tree = shapely.STRtree(lines)
    off = np.zeros(own.size, dtype=bool)
    for share in (0.2, 0.5, 0.8):
        points = shapely.line_interpolate_point(course, share, normalized=True)
        near = np.zeros(own.size, dtype=bool)
        near[tree.query(points, predicate="dwithin", distance=1.0)[0]] = True
        off |= ~near
    return float(pipes["length_m"][own][off].sum())


def run_plan(case: str, mode: str, effort: float, out: Path) -> None:
    once = warmed()
    began, start = time.perf_counter(), time.process_time()
    given = replace(surveyed(case, mode), effort=effort)
    read = time.process_time() - start
    result, cpu = timed_plan(given)
    figures = {k: v for k, v in result.figures.items() if k != "parameters"}
    figures |= {
        "effort": effort, "wall": time.perf_counter() - began, "cpu_seconds": read + cpu["plan"], "cpu": once | {"read": read} | cpu,
        "peak_mb": peak_mb(), "off_street_m": off_street_m(result, given),
    }  # fmt: skip
    out.write_text(json.dumps(figures))


def without_ways_of_ours(name: str):
    """A table with the options switched off by which we add arcs to a net of streets."""
    from qingxi.standard import Table, load_table

    table = load_table(name)
    off = {key: replace(row, value=0.0) for key, row in table.rows.items() if key in ("shortcut.use", "yard.use")}
    return Table(table.name, table.rows | off)


def on_its_graph(case: str, network: Path, out: Path) -> None:
    """Plan on pysewer's own connection graph: its edges are the streets, each house stands on its node, no other way in."""
    from qingxi.plan import problem as planned
    from qingxi.plan.finish import finished
    from qingxi.plan.layout import NO_COST
    from qingxi.plan.make import knocks_for
    from qingxi.plan.pipes import works_of
    from qingxi.plan.search import search
    from qingxi.terrain import Streets, Surface, node_streets
    from qingxi.village import Households

    once = warmed()
    given = surveyed(case, "sewer")
    graph = json.loads(network.read_text())["graph"]
    ends: dict[tuple[int, int], dict] = {}
    for arc in graph["arcs"]:
        ends.setdefault((min(arc["tail"], arc["head"]), max(arc["tail"], arc["head"])), arc)
    kept = list(ends.values())
    streets = Streets.from_lines(
        [arc["course"] for arc in kept], [Surface.CONCRETE if arc["street"] else Surface.EARTH for arc in kept]
    )
    x, y, house = np.array(graph["x"]), np.array(graph["y"]), np.array(graph["house"])
    sink = graph["sink"]
    given = replace(
        given, streets=streets, households=Households.at(x[house], y[house], people_resident=float(PEOPLE)),
        outlets_m=np.column_stack([x[sink], y[sink]]),
    )  # fmt: skip
    began, start = time.perf_counter(), time.process_time()
    # Its graph as it is: no gaps bridged, no ways over yards or off the street that are not among its edges.
    planned.node_streets = lambda lines, gap_m, *rest: node_streets(lines, 0.0, *rest)
    planned.load_table = without_ways_of_ours
    problem = planned.build_problem(given)
    here = problem.lateral_m < 0.3  # noding moves points by a hand's breadth
    here[:, 1:] = False
    homes = problem.homes._replace(
        node=np.where(here, problem.homes.node, -1), lateral=np.where(here, problem.homes.lateral, NO_COST)
    )
    if not here.any(axis=1).all():
        raise RuntimeError("a house does not stand on a node of the graph")
    problem = replace(problem, homes=homes)
    engine, chosen = search(
        problem.ground, homes, problem.kit, problem.plants, 1, knocks_for(problem.member.size, 1.0, False)
    )
    chosen = finished(engine, chosen)
    works = works_of(problem, chosen)
    spent = time.process_time() - start
    nodes, pipes, lifts = works.nodes, works.pipes, works.lifts
    number = {int(i): k for k, i in enumerate(nodes["node_id"])}
    stands_on = {int(v) for v, kind in zip(pipes["to_node"], pipes["kind"], strict=True) if kind == "lateral"}
    edges = []
    for i in np.flatnonzero(pipes["kind"] != "lateral"):
        a, b = number[int(pipes["from_node"][i])], number[int(pipes["to_node"][i])]
        run = float(pipes["length_m"][i])
        edges.append(
            {
                "ground": [[0.0, float(nodes["ground_m"][a])], [run, float(nodes["ground_m"][b])]],
                "invert": [[0.0, float(pipes["invert_up_m"][i])], [run, float(pipes["invert_down_m"][i])]],
                "houses_up": int(pipes["households_up"][i]), "from_house": int(pipes["from_node"][i]) in stands_on,
                "street": str(pipes["surface"][i]) != "earth", "diameter_m": float(pipes["dn_mm"][i]) / 1000,
                "pressure": str(pipes["kind"][i]) == "pressure", "length_m": run,
            }
        )  # fmt: skip
    up = {int(pipes["from_node"][i]): int(pipes["households_up"][i]) for i in range(len(pipes["kind"]))}
    all_houses = int(house.sum())
    stations = [
        {"houses_up": up.get(int(v), all_houses), "at_house": int(v) in stands_on, "head_m": float(h) - problem.kit.local_head_m}
        for v, h in zip(lifts["node_id"], lifts["head_m"], strict=True)
    ]  # fmt: skip
    out.write_text(
        json.dumps(
            {
                "edges": edges, "stations": stations, "houses": all_houses, "connected": int((chosen.layout.slot >= 0).sum()),
                "passed": sum(1 for e in edges if e["from_house"] and e["houses_up"] > 1), "planned_present_value": chosen.cost,
                "seconds": time.perf_counter() - began, "cpu_seconds": spent, "cpu": once, "peak_mb": peak_mb(),
                "remarks": [f"{fault.code} {fault.value}" for fault in problem.faults],
            }
        )
    )  # fmt: skip


def weighed(graph: dict, copies: int = 1) -> tuple[np.ndarray, ...]:
    """Arrays of so many copies of pysewer's graph, each with its own outlet."""
    n = len(graph["x"])
    tail, head = (np.array([arc[end] for arc in graph["arcs"]]) for end in ("tail", "head"))
    weight = np.array([arc["weight"] for arc in graph["arcs"]])
    root = np.full(n, np.inf)
    root[graph["sink"]] = 0.0
    shift = np.repeat(n * np.arange(copies), tail.size)
    houses = np.flatnonzero(graph["house"])
    return (
        np.tile(tail, copies) + shift, np.tile(head, copies) + shift, np.tile(weight, copies),
        (houses[None, :] + n * np.arange(copies)[:, None]).ravel(), np.tile(root, copies),
    )  # fmt: skip


def run_weights(network: Path, out: Path) -> None:
    """Arborescences on pysewer's own arc weights, alone and side by side in copies."""
    from qingxi.plan import steiner_arborescence

    told = json.loads(network.read_text())
    rows = []
    steiner_arborescence(*weighed(told["graph"]))
    for copies in (1, 2, 4, 16):
        case = weighed(told["graph"], copies)
        start = time.process_time()
        got = steiner_arborescence(*case)
        rows.append({"copies": copies, "weight": got.weight, "bound": got.bound, "cpu_seconds": time.process_time() - start,
                     "unreached": int(got.unreached.size)})  # fmt: skip
    out.write_text(json.dumps({"rows": rows, "theirs": told.get("layout_weight")}))


def run_tiles(case: str, count: int, out: Path) -> None:
    """The settlement mirrored to so many tiles that touch, each with its outlet; planned as one."""
    from qingxi.terrain import Streets
    from qingxi.village import Households

    once = warmed()
    given = surveyed(case, "sewer")
    z, (a, _, left, _, e, top) = given.elevation.z_m, given.elevation.transform
    rows, columns = z.shape
    wide, high = a * columns, -e * rows
    across, along = {1: (1, 1), 2: (2, 1), 4: (2, 2), 16: (4, 4)}[count]

    def mirrored(values: np.ndarray, i: int, j: int) -> np.ndarray:
        moved = values.astype(float).copy()
        moved[:, 0] = (2 * left + wide - values[:, 0] if i % 2 else values[:, 0]) + i * wide
        moved[:, 1] = (2 * top - high - values[:, 1] if j % 2 else values[:, 1]) - j * high
        return moved

    tiles = [(i, j) for j in range(along) for i in range(across)]
    ground = np.block(
        [[z[:: -1 if j % 2 else 1, :: -1 if i % 2 else 1] for i in range(across)] for j in range(along)]
    )
    s, h = given.streets, given.households
    here = np.column_stack([h.x_m, h.y_m])
    n = len(h)
    places = np.concatenate([mirrored(here, i, j) for i, j in tiles])
    houses = Households.at(places[:, 0], places[:, 1], people_resident=float(PEOPLE))
    more = replace(
        given, households=houses, elevation=replace(given.elevation, z_m=ground),
        streets=Streets(
            np.concatenate([mirrored(s.coords_m, i, j) for i, j in tiles]),
            np.concatenate([[0], np.cumsum(np.tile(np.diff(s.offsets), len(tiles)))]).astype(np.int64),
            np.tile(s.surface, len(tiles)), np.array([f"{k}" for k in range(len(s) * len(tiles))], dtype=object),
        ),
        outlets_m=np.concatenate([mirrored(given.outlets_m, i, j) for i, j in tiles]), hamlets=None, villages=None,
    )  # fmt: skip
    began = time.perf_counter()
    result, cpu = timed_plan(more)
    out.write_text(
        json.dumps(
            {
                "tiles": len(tiles), "houses": n * len(tiles), "connected": result.figures["households"]["connected"],
                "present_value": result.figures["cost"]["present_value"], "cpu_seconds": cpu["plan"], "cpu": once | cpu,
                "wall": time.perf_counter() - began, "peak_mb": peak_mb(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "plan":
        run_plan(words[0], words[1], float(words[2]), Path(words[3]))
    elif what == "graph":
        on_its_graph(words[0], Path(words[1]), Path(words[2]))
    elif what == "weights":
        run_weights(Path(words[0]), Path(words[1]))
    else:
        run_tiles(words[0], int(words[1]), Path(words[2]))
