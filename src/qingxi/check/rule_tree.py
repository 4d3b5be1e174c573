"""Rules ``tree``, ``every-house``, ``geometry``: everybody reaches an end, once, along pipes that are where they say."""

import numpy as np
import shapely

from qingxi.check.net import Net, position
from qingxi.check.plan_read import PlanRead
from qingxi.check.violation import Findings

SEWERED = ("town_connection", "shared_plant")
MODES = (*SEWERED, "onsite", "reuse", "controlled", "unserved")
PLACE_M = 0.05
"""Ends of a pipe's line lie this near to its nodes."""

HOUSE_M = 0.5
"""A household lies this near to its place in the input (a transformation there and back costs millimetres)."""


def unique(plan: PlanRead, found: Findings) -> None:
    """Ids stand once in their layer."""
    for layer, key in (("households", "household_id"), ("nodes", "node_id"), ("pipes", "pipe_id"), ("systems", "system_id"), ("hamlets", "hamlet_id")):  # fmt: skip
        ids = plan.text(layer, key)
        values, counts = np.unique(ids.astype(str), return_counts=True)
        found.held("unique", ids.size)
        for value in values[counts > 1]:
            found.add("unique", layer, value, f"{key} 重复")


def tree(plan: PlanRead, net: Net, found: Findings) -> None:
    """One way out of every node but the last of its system, no cycle, the last a plant or a joining point."""
    ids = plan.whole("nodes", "node_id")
    pipe_ids = plan.whole("pipes", "pipe_id")
    kind = plan.text("nodes", "kind")
    lost = (net.start < 0) | (net.end < 0)
    found.each("tree", "pipes", lost, pipe_ids, pipe_ids, 0, "两端节点要在节点层里")
    many = net.out_count > 1
    found.each("tree", "nodes", many, ids, net.out_count, 1, "流出管 {0} 条，只能有 {1} 条")
    ends = np.isin(kind, ["plant", "join"])
    # An existing plant that nobody joined stands alone and is no end of anything.
    stuck = (net.out_count == 0) & ~ends
    found.each("tree", "nodes", stuck, ids, kind, "plant、join", "没有流出管，种类是 {0}，末端只能是 {1}")
    found.each(
        "tree", "nodes", ends & (net.out_count > 0), ids, net.out_count, 0, "末端节点不能有流出管，有 {0} 条"
    )
    on_cycle = np.ones(net.pipes, dtype=np.bool_)
    on_cycle[net.order] = False
    single = ~lost & (net.out_count[np.maximum(net.start, 0)] == 1)
    found.each("tree", "pipes", on_cycle & single, pipe_ids, pipe_ids, 0, "在环路上，或在环路的下游")
    both = ~lost
    system = plan.whole("nodes", "system_id")
    mine = plan.whole("pipes", "system_id")
    mixed = np.zeros(net.pipes, dtype=np.bool_)
    mixed[both] = (system[net.start[both]] != mine[both]) | (system[net.end[both]] != mine[both])
    found.each("tree", "pipes", mixed, pipe_ids, mine, 0, "所属系统 {0} 与两端节点的系统不一致")
    _ends(plan, net, found)


def _ends(plan: PlanRead, net: Net, found: Findings) -> None:
    """Each sewered system names its own one end; an on-site one names none."""
    node_ids, system_of = plan.whole("nodes", "node_id"), plan.whole("nodes", "system_id")
    ids, modes, ends = (
        plan.whole("systems", "system_id"),
        plan.text("systems", "mode"),
        plan.whole("systems", "node_id"),
    )
    at = position(node_ids, ends)
    kind = plan.text("nodes", "kind")
    last = net.out_count == 0
    count = {int(s): int(c) for s, c in zip(*np.unique(system_of[last], return_counts=True), strict=True)}
    found.held("tree", ids.size)
    drawn = node_ids.size > 0
    for i, system in enumerate(ids):
        if modes[i] not in SEWERED:
            if ends[i] != -1:
                found.add("tree", "systems", system, "户用系统不能有末端节点")
            continue
        if not drawn:
            continue
        wanted = "join" if modes[i] == "town_connection" else "plant"
        if at[i] < 0 or system_of[at[i]] != system:
            found.add("tree", "systems", system, f"末端节点 {ends[i]} 不在本系统里")
        elif kind[at[i]] != wanted and not (wanted == "join" and kind[at[i]] == "plant"):
            found.add("tree", "systems", system, f"末端是 {kind[at[i]]}，模式 {modes[i]} 要 {wanted}")
        if count.get(int(system), 0) != 1:
            found.add("tree", "systems", system, f"末端 {count.get(int(system), 0)} 个，只能有 1 个")


def every_house(plan: PlanRead, net: Net, found: Findings) -> None:
    """Every household has one mode, that of its system; a sewered one has its lateral; an unserved one its reason."""
    ids, modes = plan.text("households", "household_id"), plan.text("households", "mode")
    if not ids.size:
        return
    system, node = plan.whole("households", "system_id"), plan.whole("households", "node_id")
    found.each("every-house", "households", ~np.isin(modes, MODES), ids, modes, 0, "模式 {0} 不是约定的模式")
    at = position(plan.whole("systems", "system_id"), system)
    unserved = modes == "unserved"
    found.each("every-house", "households", ~unserved & (at < 0), ids, system, 0, "系统 {0} 不存在")
    found.each(
        "every-house", "households", unserved & (system != -1), ids, system, -1, "未落实的户系统是 {0}，要是 {1}"
    )
    system_mode = plan.text("systems", "mode")
    other = np.zeros(ids.size, dtype=np.bool_)
    other[at >= 0] = system_mode[at[at >= 0]] != modes[at >= 0]
    found.each("every-house", "households", other & ~unserved, ids, modes, 0, "模式 {0} 与所属系统的不同")
    silent = unserved & np.array([not str(r).strip() for r in plan.text("households", "reason")], dtype=np.bool_)
    found.each("every-house", "households", silent, ids, modes, 0, "未落实而没有写明理由")
    _laterals(plan, net, np.isin(modes, SEWERED), node, found)
    around = plan.around
    if around.household_rows is not None:
        found.held("every-house", around.household_rows)
        if ids.size + around.rows_left_out != around.household_rows:
            found.add(
                "every-house", "plan", "",
                f"住户图层 {around.household_rows} 行，成果 {ids.size} 户，写明不用的 {around.rows_left_out} 行，合不上",
            )  # fmt: skip
    _in_place(plan, ids, found)
    _system_counts(plan, system, found)


def _in_place(plan: PlanRead, ids: np.ndarray, found: Findings) -> None:
    """Every household stands where the households layer has one, where that can be reached."""
    given = plan.around.houses
    if given is None or not len(given):
        return
    told = shapely.points(plan.numbers("households", "x_m"), plan.numbers("households", "y_m"))
    _, far = shapely.STRtree(shapely.points(given)).query_nearest(told, return_distance=True, all_matches=False)
    found.each(
        "every-house", "households", far > HOUSE_M, ids, far, HOUSE_M, "离住户图层里最近的户 {0} m，不能超过 {1} m"
    )


def _laterals(plan: PlanRead, net: Net, sewered: np.ndarray, node: np.ndarray, found: Findings) -> None:
    """Sewered households and laterals match one to one by place and node."""
    ids = plan.text("households", "household_id")
    on_site = ~sewered & (node != -1)
    found.each("tree", "households", on_site, ids, node, -1, "不接管的户节点是 {0}，要是 {1}")
    x, y = plan.numbers("households", "x_m"), plan.numbers("households", "y_m")
    first = plan.pipe_offsets[:-1][net.lateral]
    ends = plan.whole("pipes", "to_node")[net.lateral]
    starts = plan.pipe_coords_m[first] if first.size else np.zeros((0, 2))
    found.held("tree", int(sewered.sum()))

    def key(n: np.ndarray, px: np.ndarray, py: np.ndarray) -> list[tuple[int, int, int]]:
        return list(
            zip(
                n.tolist(),
                np.rint(px * 10).astype(np.int64).tolist(),
                np.rint(py * 10).astype(np.int64).tolist(),
                strict=True,
            )
        )

    unused: dict[tuple[int, int, int], int] = {}
    for k in key(ends, starts[:, 0], starts[:, 1]):
        unused[k] = unused.get(k, 0) + 1
    for one, k in zip(ids[sewered], key(node[sewered], x[sewered], y[sewered]), strict=True):
        # A decimetre cell and its neighbours: rounding must not part what lies on one spot.
        for near in [k, *((k[0], k[1] + a, k[2] + b) for a in (-1, 0, 1) for b in (-1, 0, 1))]:
            if unused.get(near, 0):
                unused[near] -= 1
                break
        else:
            found.add("tree", "households", one, f"没有从本户到节点 {k[0]} 的接户管")
    spare = sum(unused.values())
    if spare:
        found.add("tree", "pipes", "", f"{spare} 条接户管没有对应的户")


def _system_counts(plan: PlanRead, system: np.ndarray, found: Findings) -> None:
    """The systems' own counts are those of their households."""
    ids = plan.whole("systems", "system_id")
    at = position(ids, system)
    use = at >= 0
    count = np.bincount(at[use], minlength=ids.size)
    flow = np.bincount(at[use], weights=plan.numbers("households", "flow_m3_d")[use], minlength=ids.size)
    people = np.bincount(at[use], weights=plan.numbers("households", "people_resident")[use], minlength=ids.size)
    told = plan.whole("systems", "households")
    found.each("every-house", "systems", count != told, ids, told, count, "写 {0} 户，户层里 {1} 户")
    told_flow = plan.numbers("systems", "flow_m3_d")
    found.each(
        "flow",
        "systems",
        np.abs(flow - told_flow) > 1e-6 * (1 + flow),
        ids,
        told_flow,
        flow,
        "水量 {0}，各户之和 {1} m³/d",
    )
    told_people = plan.numbers("systems", "people")
    found.each(
        "flow",
        "systems",
        np.abs(people - told_people) > 1e-6 * (1 + people),
        ids,
        told_people,
        people,
        "人口 {0}，各户之和 {1}",
    )


def geometry(plan: PlanRead, net: Net, found: Findings) -> None:
    """A pipe's line begins and ends at its nodes and is as long as it says."""
    count = net.pipes
    if not count:
        return
    ids = plan.whole("pipes", "pipe_id")
    x, y = plan.numbers("nodes", "x_m"), plan.numbers("nodes", "y_m")
    at, to = plan.pipe_offsets[:-1], plan.pipe_offsets[1:] - 1
    there = (net.start >= 0) & (net.end >= 0)
    far = np.zeros(count)
    for node, point in ((net.start, at), (net.end, to)):
        dx = plan.pipe_coords_m[point[there], 0] - x[node[there]]
        dy = plan.pipe_coords_m[point[there], 1] - y[node[there]]
        far[there] = np.maximum(far[there], np.hypot(dx, dy))
    found.each("geometry", "pipes", far > PLACE_M, ids, far, PLACE_M, "管线端点离节点 {0} m，不能超过 {1} m")
    step = np.hypot(*np.diff(plan.pipe_coords_m, axis=0).T) if len(plan.pipe_coords_m) > 1 else np.zeros(0)
    step = np.append(step, 0.0)
    step[to] = 0.0
    drawn = np.add.reduceat(step, at)
    length = plan.numbers("pipes", "length_m")
    off = np.abs(drawn - length) > 0.05 + 1e-3 * drawn
    found.each("geometry", "pipes", off, ids, length, drawn, "长 {0} m，图上 {1} m")
