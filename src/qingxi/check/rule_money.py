"""Rule ``money``: every cost of ``docs/costs.md`` recomputed from the exported layers and the price table."""

import numpy as np

from qingxi.check.net import Net, position
from qingxi.check.plan_read import PlanRead
from qingxi.check.rule_existing import REBUILT
from qingxi.check.rule_lift import lifts
from qingxi.check.rule_tree import SEWERED
from qingxi.check.series import Books, by_dn, by_key
from qingxi.check.tolerance import SHARE, YUAN, differs
from qingxi.check.violation import Findings

_WAYS = {"onsite": ("unit", "separation"), "reuse": ("reuse",), "controlled": ("controlled",)}


def money(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """All of it, from pipes up to systems."""
    if net.pipes:
        _pipes(plan, net, books, found)
        _nodes(plan, books, found)
        lifts(plan, net, books, found)
        _plants(plan, books, found)
    _households(plan, net, books, found)
    if plan.rows("households"):
        _systems(plan, net, books, found)
    _system_sums(plan, books, found)


def _trench(
    plan: PlanRead, net: Net, books: Books
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A, B, C, w and the crossing of every pipe (sections 3 and 4); NaN for an unknown diameter or surface."""
    prices, dn = books.prices, plan.whole("pipes", "dn_mm")
    wide = dn / 1000.0 + prices["trench.side"]
    bed, base, deeper = prices["trench.bedding"], prices["trench.base"], prices["trench.deepening"]
    pipe = np.where(net.pressure, by_dn(prices, "pressure", dn), by_dn(prices, "pipe", dn))
    surface, ground = plan.text("pipes", "surface"), plan.text("pipes", "ground")
    cover = by_key(prices, "surface", surface)
    crops = np.isin(surface, ["offstreet", "farmland"])
    paid = np.where(crops, by_key(prices, "compensation", surface), 0.0)
    where = plan.text("pipes", "land")
    paid = paid + np.where(where == "none", 0.0, by_key(prices, "protected", where))
    soil = ground == "soil"

    def more(part: str) -> np.ndarray:
        keys = np.array([f"{kind}.{part}" for kind in ground], dtype=object)
        return np.where(soil, 0.0, by_key(prices, "ground", keys))

    earth, growth = base + more("base"), deeper + more("deepening")
    a = pipe + paid + more("per_m") + wide * bed * earth + cover * (wide + prices["surface.margin"])
    crossing = plan.text("pipes", "crossing")
    x = np.where(crossing == "none", 0.0, by_key(prices, "crossing", crossing))
    return a, wide * (earth + bed * growth), wide * growth, wide, x


def _pipes(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    prices, norms = books.prices, books.norms
    ids, length = plan.whole("pipes", "pipe_id"), plan.numbers("pipes", "length_m")
    told, dug = plan.numbers("pipes", "works_yuan"), plan.numbers("pipes", "excavation_m3")
    a, b, c, wide, x = _trench(plan, net, books)
    bed = prices["trench.bedding"]
    ground = np.append(plan.numbers("nodes", "ground_m"), np.nan)
    d1 = ground[net.start] - plan.numbers("pipes", "invert_up_m")
    d2 = ground[net.end] - plan.numbers("pipes", "invert_down_m")
    works = length * (a + b * (d1 + d2) / 2 + c * (d1**2 + d1 * d2 + d2**2) / 3) + x
    earth = length * wide * ((d1 + d2) / 2 + bed)
    kind = zip(plan.whole("pipes", "dn_mm"), plan.text("pipes", "surface"), plan.text("pipes", "ground"),
               plan.text("pipes", "land"), plan.text("pipes", "crossing"), strict=True)  # fmt: skip
    words = np.array(
        [f"DN{dn} {surface} {ground} {where} {over}" for dn, surface, ground, where, over in kind], dtype=object
    )
    strange = ~net.lateral & ~np.isfinite(a + x)
    found.each(
        "money", "pipes", strange, ids, words, 0, "管径、路面、地层、保护区或穿越（{0}）有不在单价表里的，无法复算"
    )
    known = net.gravity & np.isfinite(d1) & np.isfinite(d2) & ~strange
    found.each("money", "pipes", known & differs(told, works), ids, told, works, "工程费用 {0} 元，复算 {1} 元")
    found.each("money", "pipes", known & differs(dug, earth, 0.01), ids, dug, earth, "土方 {0} m³，复算 {1} m³")
    p = norms["pressure.depth"]
    works = length * (a + b * p + c * p * p) + x
    earth = length * wide * (p + bed)
    found.each(
        "money",
        "pipes",
        net.pressure & ~strange & differs(told, works),
        ids,
        told,
        works,
        "压力管工程费用 {0} 元，复算 {1} 元",
    )
    found.each(
        "money",
        "pipes",
        net.pressure & ~strange & differs(dug, earth, 0.01),
        ids,
        dug,
        earth,
        "压力管土方 {0} m³，复算 {1} m³",
    )
    works = prices["lateral.fixed"] + prices["lateral.per_m"] * length
    found.each(
        "money", "pipes", net.lateral & differs(told, works), ids, told, works, "接户管工程费用 {0} 元，复算 {1} 元"
    )
    found.each(
        "money",
        "pipes",
        net.lateral & differs(dug, np.zeros(dug.shape), 0.01),
        ids,
        dug,
        0,
        "接户管土方 {0}，应为 {1}",
    )
    _between(plan, net, books, (a, b, c, wide, x), found)


def _between(plan: PlanRead, net: Net, books: Books, parts: tuple[np.ndarray, ...], found: Findings) -> None:
    """Withheld levels: the mean depth follows from the excavation, and the cost lies between a level and a sloping trench.

    With mean depth m, d1² + d1·d2 + d2² lies between 3·m² (level) and 4·m² (one end at the surface).
    """
    hidden = net.gravity & np.isnan(plan.numbers("pipes", "invert_up_m"))
    if not hidden.any():
        return
    a, b, c, wide, x = parts
    length, told = plan.numbers("pipes", "length_m"), plan.numbers("pipes", "works_yuan")
    ids = plan.whole("pipes", "pipe_id")
    use = hidden & (length > 0) & np.isfinite(a + x)
    mean = np.full(length.shape, np.nan)
    mean[use] = (
        plan.numbers("pipes", "excavation_m3")[use] / (length[use] * wide[use]) - books.prices["trench.bedding"]
    )
    least = books.norms["cover.min"] + plan.whole("pipes", "dn_mm") / 1000.0
    most = books.norms["depth.max"]
    found.each(
        "cover",
        "pipes",
        use & ~(mean >= least - 0.01),
        ids,
        mean,
        least,
        "由土方反推平均埋深 {0} m，不能小于 {1} m",
    )
    found.each(
        "depth", "pipes", use & ~(mean <= most + 0.01), ids, mean, most, "由土方反推平均埋深 {0} m，不能大于 {1} m"
    )
    low = length * (a + b * mean + c * mean**2) + x
    high = length * (a + b * mean + c * mean**2 * 4 / 3) + x
    outside = use & ~((told >= low - YUAN - SHARE * low) & (told <= high + YUAN + SHARE * high))
    found.each("money", "pipes", outside, ids, told, low, "工程费用 {0} 元，由土方反推至少 {1} 元")


def _nodes(plan: PlanRead, books: Books, found: Findings) -> None:
    prices, kind, ids = books.prices, plan.text("nodes", "kind"), plan.whole("nodes", "node_id")
    told, depth = plan.numbers("nodes", "works_yuan"), plan.numbers("nodes", "depth_m")
    works = prices["manhole.base"] + prices["manhole.per_depth"] * depth
    manhole = kind == "manhole"
    known = manhole & np.isfinite(depth)
    found.each("money", "nodes", known & differs(told, works), ids, told, works, "检查井 {0} 元，复算 {1} 元")
    low = prices["manhole.base"] + prices["manhole.per_depth"] * books.norms["cover.min"]
    if "nodes.kind" in plan.figures.get("withheld", ()):
        low = 0.0  # the mean of a system's nodes, lifts among them, which cost nothing here
    high = prices["manhole.base"] + prices["manhole.per_depth"] * books.norms["depth.max"]
    hidden = manhole & np.isnan(depth)
    found.each(
        "money",
        "nodes",
        hidden & ~((told >= low - YUAN) & (told <= high + YUAN)),
        ids,
        told,
        low,
        "检查井 {0} 元，至少 {1} 元或超过最大井深",
    )
    free = np.isin(kind, ["lift", "plant", "house", "pass"])
    found.each(
        "money",
        "nodes",
        free & differs(told, np.zeros(told.shape)),
        ids,
        told,
        0,
        "节点费用 {0} 元，应为 {1}（费用在别层）",
    )
    strange = ~np.isin(kind, ["manhole", "lift", "plant", "house", "join", "pass"])
    found.each("tree", "nodes", strange, ids, kind, 0, "种类 {0} 不是约定的种类")
    at = position(plan.whole("systems", "system_id"), plan.whole("nodes", "system_id"))
    joined = np.append(plan.numbers("systems", "flow_m3_d"), 0.0)[at]
    works = prices["town.join"] + prices["town.capacity"] * joined
    found.each(
        "money", "nodes", (kind == "join") & differs(told, works), ids, told, works, "接入口 {0} 元，复算 {1} 元"
    )


def _plants(plan: PlanRead, books: Books, found: Findings) -> None:
    if not plan.rows("plants"):
        return
    prices, norms, table = books.prices, books.norms, books.processes
    ids, system = plan.whole("plants", "node_id"), plan.whole("plants", "system_id")
    existing = np.array([bool(str(e)) for e in plan.text("plants", "existing")], dtype=np.bool_)
    at = position(plan.whole("systems", "system_id"), system)
    flow = np.append(plan.numbers("systems", "flow_m3_d"), np.nan)[at]
    q, told = plan.numbers("plants", "design_m3_d"), plan.numbers("plants", "works_yuan")
    # An existing plant built anew on its place is priced like any other new one; one that stays by rule ``existing``.
    new = ~existing | np.isin(plan.text("plants", "decision"), REBUILT)
    wanted = np.maximum(norms["plant.min_m3_d"], norms["plant.margin"] * flow)
    found.each(
        "capacity",
        "plants",
        new & ~(q >= wanted - 1e-6 * (1 + wanted)),
        ids,
        q,
        wanted,
        "规模 {0}，至少要 {1} m³/d",
    )
    found.each("tree", "plants", new & (at < 0), ids, system, 0, "所属系统 {0} 不存在")
    process = plan.text("plants", "process")

    def of(name: str) -> np.ndarray:
        keys = np.array([f"{p}.{name}" for p in process], dtype=object)
        known = {row.key: row.value for row in table}
        return np.array([known.get(str(key), np.nan) for key in keys], dtype=np.float64)

    found.each("money", "plants", new & np.isnan(of("works_fixed")), ids, process, 0, "工艺 {0} 不在工艺表里")
    land = of("land_fixed") + of("land_unit") * q
    area = plan.numbers("plants", "land_m2")
    found.each("money", "plants", new & differs(area, land, 0.01), ids, area, land, "用地 {0} m²，复算 {1} m²")
    works = of("works_fixed") + of("works_unit") * q ** of("works_power") + prices["land.price"] * land
    found.each("money", "plants", new & differs(told, works), ids, told, works, "工程费用 {0} 元，复算 {1} 元")
    running = of("running_fixed") + 365 * of("running_m3") * flow + of("renewal") * works
    told_running = plan.numbers("plants", "running_yuan_y")
    found.each(
        "money",
        "plants",
        new & differs(told_running, running),
        ids,
        told_running,
        running,
        "年运行费 {0} 元，复算 {1} 元",
    )
    outside = new & ~((q >= of("scale_low") - 1e-9) & (q <= of("scale_high") + 1e-9))
    found.each("capacity", "plants", outside, ids, q, 0, "规模 {0} m³/d 超出该工艺的适用范围")


def unit_costs(plan: PlanRead, books: Books) -> tuple[np.ndarray, np.ndarray]:
    """Works and yearly running of each household's own unit; 0 for sewered and unserved ones."""
    mode, people = plan.text("households", "mode"), plan.numbers("households", "people_resident")
    flow = plan.numbers("households", "flow_m3_d")
    works, running = np.zeros(people.shape), np.zeros(people.shape)
    way, table = plan.text("households", "process").astype(str), books.processes
    storage = storage_yuan_person(plan, books)
    for name, units in _WAYS.items():
        for unit in units:
            mine = (mode == name) & (way == unit)
            each = table[f"{unit}.works_fixed"] + table[f"{unit}.works_person"] * people
            each = each + (storage * people if unit == "reuse" else 0.0)
            works[mine] = each[mine]
            running[mine] = (
                table[f"{unit}.running_fixed"]
                + 365 * table[f"{unit}.running_m3"] * flow
                + table[f"{unit}.renewal"] * works
            )[mine]
        strange = (mode == name) & ~np.isin(way, units)
        works[strange] = np.nan
    return works, running


def storage_yuan_person(plan: PlanRead, books: Books) -> np.ndarray:
    """Works of the storage that reuse asks beyond the tank's own, yuan a person, of every household (section 10)."""
    norms = books.norms
    ids = plan.text("hamlets", "hamlet_id").astype(str)
    months = plan.numbers("hamlets", "storage_months")
    told = dict(zip(ids.tolist(), months.tolist(), strict=True)) if months.size == ids.size else {}
    of = np.array([told.get(str(h), np.nan) for h in plan.text("households", "hamlet_id")], dtype=np.float64)
    extra = np.maximum(0.0, np.nan_to_num(of) - norms["reuse.tank_months"])
    return np.asarray(norms["reuse.storage_yuan_m3"] * norms["reuse.black_l_person_d"] / 1000 * 365 / 12 * extra)


def _households(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Own lateral and pump, or own unit, of every household."""
    if not plan.rows("households"):
        return
    ids, mode = plan.text("households", "household_id"), plan.text("households", "mode")
    works, running = unit_costs(plan, books)
    sewered = np.isin(mode, SEWERED)
    lateral, pump, pump_running = _own_pipes(plan, net)
    works = np.where(sewered, lateral + pump, works)
    running = np.where(sewered, books.prices["sewer.upkeep"] * lateral + pump_running, running)
    odd = ~sewered & np.isnan(works) & (mode != "unserved")
    found.each("money", "households", odd, ids, plan.text("households", "process"), 0, "设施 {0} 不是该模式的设施")
    told = plan.numbers("households", "works_yuan")
    found.each(
        "money",
        "households",
        np.isfinite(works) & differs(told, works),
        ids,
        told,
        works,
        "工程费用 {0} 元，复算 {1} 元",
    )
    worth = works * books.investment + books.annuity * running
    told = plan.numbers("households", "present_value_yuan")
    found.each(
        "money",
        "households",
        np.isfinite(worth) & differs(told, worth),
        ids,
        told,
        worth,
        "现值 {0} 元，复算 {1} 元",
    )


def _own_pipes(plan: PlanRead, net: Net) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lateral works, pump works and pump running of each household; NaN where its lateral is not found."""
    count = plan.rows("households")
    lateral, pump, running = np.full(count, np.nan), np.zeros(count), np.zeros(count)
    x, y = plan.numbers("households", "x_m"), plan.numbers("households", "y_m")
    joined = plan.whole("households", "node_id")
    works, ends = plan.numbers("pipes", "works_yuan"), plan.whole("pipes", "to_node")
    lift_of = {int(n): i for i, n in enumerate(plan.whole("lifts", "node_id"))}
    starts = plan.whole("pipes", "from_node")
    lift_works, lift_running = plan.numbers("lifts", "works_yuan"), plan.numbers("lifts", "running_yuan_y")
    waiting: dict[tuple[int, int, int], list[int]] = {}
    for pipe in np.flatnonzero(net.lateral):
        px, py = plan.pipe_coords_m[plan.pipe_offsets[pipe]]
        waiting.setdefault((int(ends[pipe]), round(px * 10), round(py * 10)), []).append(int(pipe))
    for i in np.flatnonzero(joined >= 0):
        k = (int(joined[i]), round(x[i] * 10), round(y[i] * 10))
        near = (k, *((k[0], k[1] + a, k[2] + b) for a in (-1, 0, 1) for b in (-1, 0, 1)))
        own = next((waiting[one].pop() for one in near if waiting.get(one)), None)
        if own is None:
            continue
        lateral[i] = works[own]
        lift = lift_of.get(int(starts[own]))
        if lift is not None:
            pump[i], running[i] = lift_works[lift], lift_running[lift]
    return lateral, pump, running


def _systems(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Works and running of each system from its parts."""
    prices = books.prices
    ids, mode = plan.whole("systems", "system_id"), plan.text("systems", "mode")
    size = ids.size

    def gather(layer: str, values: np.ndarray) -> np.ndarray:
        at = position(ids, plan.whole(layer, "system_id"))
        use = (at >= 0) & np.isfinite(values)
        return np.bincount(at[use], weights=values[use], minlength=size)

    pipes, nodes = (
        gather("pipes", plan.numbers("pipes", "works_yuan")),
        gather("nodes", plan.numbers("nodes", "works_yuan")),
    )
    manhole = np.where(plan.text("nodes", "kind") == "manhole", plan.numbers("nodes", "works_yuan"), 0.0)
    lifts, plants = (
        gather("lifts", plan.numbers("lifts", "works_yuan")),
        gather("plants", plan.numbers("plants", "works_yuan")),
    )
    own_works, own_running = unit_costs(plan, books)
    sewered = np.isin(mode, SEWERED)
    works = np.where(sewered, pipes + nodes + lifts + plants, gather("households", own_works))
    told = plan.numbers("systems", "works_yuan")
    found.each("money", "systems", differs(told, works), ids, told, works, "工程费用 {0} 元，各部分之和 {1} 元")
    flow = plan.numbers("systems", "flow_m3_d")
    fee = np.where(mode == "town_connection", 365 * prices["town.fee"] * flow, 0.0)
    upkeep = prices["sewer.upkeep"] * (pipes + gather("nodes", manhole))
    plant_running = np.where(
        mode == "shared_plant", gather("plants", plan.numbers("plants", "running_yuan_y")), 0.0
    )
    running = upkeep + gather("lifts", plan.numbers("lifts", "running_yuan_y")) + plant_running + fee
    running = np.where(sewered, running, gather("households", own_running))
    told = plan.numbers("systems", "running_yuan_y")
    found.each("money", "systems", differs(told, running), ids, told, running, "年运行费 {0} 元，各部分之和 {1} 元")


def _system_sums(plan: PlanRead, books: Books, found: Findings) -> None:
    """Total investment and present value of each system by section 1."""
    ids = plan.whole("systems", "system_id")
    works, running = plan.numbers("systems", "works_yuan"), plan.numbers("systems", "running_yuan_y")
    told, capex = plan.numbers("systems", "capex_yuan"), works * books.investment
    found.each("money", "systems", differs(told, capex), ids, told, capex, "总投资 {0} 元，复算 {1} 元")
    told, worth = plan.numbers("systems", "present_value_yuan"), capex + books.annuity * running
    found.each("money", "systems", differs(told, worth), ids, told, worth, "现值 {0} 元，复算 {1} 元")
