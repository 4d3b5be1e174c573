"""Norms and prices as the flat numbers that kernels take: nothing is frozen into compiled code."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.sewer.hydraulics import flow_at_fill, peak_flow_l_s
from qingxi.standard import Table
from qingxi.terrain import CROSSINGS, LANDS, Digging, Surface

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SURFACES = tuple(surface.name.lower() for surface in Surface)
COMPENSATED = ("offstreet", "farmland")
DIGGINGS = tuple(digging.name.lower() for digging in Digging)


class SewerKit(NamedTuple):
    """Numbers of one norm table and one price table; symbols as in ``docs/costs.md``.

    ``*_pv`` turn works (工程费用) into present value: ``works_pv`` = M; ``sewer_pv`` = M + a × sewer upkeep.
    """

    dn_mm: Floats
    slope_min: Floats
    fill_max: Floats
    mean_capacity_m3_d: Floats
    depth_min_m: Floats
    trench_a: Floats  # [dn, trench class]
    trench_b: Floats  # [dn, trench class]
    trench_c: Floats  # [dn, trench class]
    trench_width_m: Floats
    bedding_m: float
    pressure_dn_mm: Floats
    pressure_per_m: Floats  # [dn, trench class] works per m at pressure depth
    pressure_width_m: Floats
    pressure_depth_m: float
    pressure_velocity_m_s: float
    crossing: Floats
    manhole_base: float
    manhole_per_depth: float
    lateral_fixed: float
    lateral_per_m: float
    lateral_dn_mm: float
    lateral_start_m: float
    lateral_slope: float
    house_pump_works: float
    house_pump_running: float
    lift_base: float
    lift_per_l_s: float
    lift_running: float
    lift_upkeep: float
    energy_yuan: float  # a year, per m³/d and m of head
    local_head_m: float
    depth_max_m: float
    velocity_max_m_s: float
    manning: float
    peak_q: Floats
    peak_k: Floats
    small_power: float
    small_cap: float
    infiltration: float
    growth: float  # greatest ratio of a household's far-year flow to today's
    works_pv: float
    sewer_pv: float
    annuity: float


def trench_class(surface: Ints, digging: Ints, land: Ints | int = 0) -> Ints:
    """Column of the kit's trench prices for a surface, in a ground, on land that asks a price.

    Parameters
    ----------
    surface, digging, land : int64[n]
        :class:`qingxi.terrain.Surface`, :class:`qingxi.terrain.Digging`, index into :data:`qingxi.terrain.LANDS`. Surfaces in
        soil on free land keep their own number.
    """
    return np.asarray((land * len(DIGGINGS) + digging) * len(SURFACES) + surface, dtype=np.int64)


def annuity_of(prices: Table) -> float:
    """Present value of one yuan a year over the table's years."""
    years, rate = prices["years"], prices["discount"]
    return years if rate == 0 else (1 - (1 + rate) ** -years) / rate


def _series(table: Table, prefix: str) -> tuple[Floats, Floats]:
    """Rows ``prefix<number>`` sorted by their number."""
    stem, _, letters = prefix.partition(".")
    found = sorted(
        (float(key[len(letters) :]), row.value)
        for key, row in table.under(stem).items()
        if _is_number(key, letters)
    )
    return np.array([a for a, _ in found]), np.array([b for _, b in found])


def _is_number(key: str, letters: str) -> bool:
    return key.startswith(letters) and key[len(letters) :].replace(".", "", 1).isdigit()


def sewer_kit(norms: Table, prices: Table) -> SewerKit:
    """Derive the kernels' numbers from a norm table and a price table."""
    dn, slope = _series(norms, "slope.dn")
    _, fill = _series(norms, "fill.dn")
    pipe_dn, pipe = _series(prices, "pipe.dn")
    if not (np.array_equal(dn, pipe_dn) and dn.size == fill.size):
        raise ValueError(f"tables {norms.name} and {prices.name} list different diameters: {dn} and {pipe_dn}")
    pressure_dn, pressure = _series(prices, "pressure.dn")
    peak_q, peak_k = _series(norms, "peak.q")
    # One column a trench class, in the order of ``trench_class``.
    lands, grounds = len(LANDS), len(DIGGINGS)
    surface = np.tile([prices[f"surface.{s}"] for s in SURFACES], grounds * lands)
    paid = np.tile([prices[f"compensation.{s}"] if s in COMPENSATED else 0.0 for s in SURFACES], grounds * lands)
    paid += np.repeat([0.0 if k == "none" else prices[f"protected.{k}"] for k in LANDS], grounds * len(SURFACES))

    def digging(part: str) -> Floats:
        """What each class adds for its ground."""
        rows = [0.0 if d == "soil" else prices[f"ground.{d}.{part}"] for d in DIGGINGS]
        return np.tile(np.repeat(rows, len(SURFACES)), lands)

    base = prices["trench.base"] + digging("base")
    deepening = prices["trench.deepening"] + digging("deepening")
    per_m = paid + digging("per_m")
    bedding, margin = prices["trench.bedding"], prices["surface.margin"]

    def trench(diameter: Floats, pipe_price: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        width = diameter / 1000 + prices["trench.side"]
        a = pipe_price[:, None] + per_m + np.outer(width, bedding * base) + np.outer(width + margin, surface)
        return a, np.outer(width, base + bedding * deepening), np.outer(width, deepening), width

    a, b, c, width = trench(dn, pipe)
    pa, pb, pc, pressure_width = trench(pressure_dn, pressure)
    depth = norms["pressure.depth"]
    annuity = annuity_of(prices)
    works_pv = (1 + prices["other_share"]) * (1 + prices["contingency"])
    peak = (norms["peak.small_power"], norms["peak.small_cap"], norms["flow.infiltration"])
    capacity = np.array(
        [
            _mean_capacity(1000 * flow_at_fill(f, d / 1000, s, norms["manning"]), peak_q, peak_k, peak)
            for d, s, f in zip(dn, slope, fill, strict=True)
        ]
    )
    return SewerKit(
        dn_mm=dn, slope_min=slope, fill_max=fill, mean_capacity_m3_d=capacity,
        depth_min_m=norms["cover.min"] + dn / 1000,
        trench_a=a, trench_b=b, trench_c=c, trench_width_m=width, bedding_m=bedding,
        pressure_dn_mm=pressure_dn, pressure_per_m=pa + pb * depth + pc * depth**2,
        pressure_width_m=pressure_width, pressure_depth_m=depth, pressure_velocity_m_s=norms["pressure.velocity"],
        crossing=np.array([0.0] + [prices[f"crossing.{kind}"] for kind in CROSSINGS[1:]]),
        manhole_base=prices["manhole.base"], manhole_per_depth=prices["manhole.per_depth"],
        lateral_fixed=prices["lateral.fixed"], lateral_per_m=prices["lateral.per_m"],
        lateral_dn_mm=norms["lateral.dn"], lateral_start_m=norms["lateral.start_depth"],
        lateral_slope=norms["lateral.slope"],
        house_pump_works=prices["house_pump.works"], house_pump_running=prices["house_pump.running"],
        lift_base=prices["lift.base"], lift_per_l_s=prices["lift.per_l_s"], lift_running=prices["lift.running"],
        lift_upkeep=prices["lift.upkeep"],
        energy_yuan=prices["energy.price"] * 365 * 1000 * 9.81 / (3.6e6 * prices["energy.efficiency"]),
        local_head_m=norms["lift.local_head"], depth_max_m=norms["depth.max"],
        velocity_max_m_s=norms["velocity.max"], manning=norms["manning"],
        peak_q=peak_q, peak_k=peak_k, small_power=peak[0], small_cap=peak[1], infiltration=peak[2],
        growth=norms["flow.growth_pipe"], works_pv=works_pv,
        sewer_pv=works_pv + annuity * prices["sewer.upkeep"], annuity=annuity,
    )  # fmt: skip


def _mean_capacity(capacity_l_s: float, peak_q: Floats, peak_k: Floats, peak: tuple[float, float, float]) -> float:
    """The mean flow, m³/d, whose peak is just the capacity."""
    low, high = 0.0, capacity_l_s * 86.4
    for _ in range(60):
        middle = 0.5 * (low + high)
        if peak_flow_l_s(middle, peak_q, peak_k, *peak) > capacity_l_s:
            high = middle
        else:
            low = middle
    return low
