"""Rules ``capacity`` and ``velocity``: what runs in the pipes, by Manning solved anew."""

import numpy as np

from qingxi.check.manning import area_and_radius, fill_at
from qingxi.check.net import Net
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books, by_dn
from qingxi.check.violation import Findings

FILL = 0.005
VELOCITY_M_S = 0.01


def capacity(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Diameters of the series, never shrinking downstream; fill and velocity as told and within their limits."""
    if not net.pipes:
        return
    ids, dn = plan.whole("pipes", "pipe_id"), plan.whole("pipes", "dn_mm")
    norms = books.norms
    most = by_dn(norms, "fill", dn)
    found.each("capacity", "pipes", net.gravity & np.isnan(most), ids, dn, 0, "管径 DN{0} 不在系列里")
    lateral = int(norms["lateral.dn"])
    found.each("capacity", "pipes", net.lateral & (dn != lateral), ids, dn, lateral, "接户管管径 DN{0}，应为 DN{1}")
    pressure = by_dn(books.prices, "pressure", dn)
    found.each("capacity", "pipes", net.pressure & np.isnan(pressure), ids, dn, 0, "压力管管径 DN{0} 不在系列里")
    _shrinking(net, dn, ids, found)
    slope, peak = plan.numbers("pipes", "slope"), plan.numbers("pipes", "peak_flow_l_s") / 1000.0
    use = net.gravity & np.isfinite(slope) & ~np.isnan(most)
    _at_least_slope(
        net,
        norms_slope=by_dn(norms, "slope", dn),
        most=most,
        dn=dn,
        peak=peak,
        n=norms["manning"],
        ids=ids,
        found=found,
    )
    if not use.any():
        return
    diameter = dn / 1000.0
    fill = np.full(dn.shape, np.nan)
    fill[use] = fill_at(diameter[use], slope[use], peak[use], norms["manning"])
    over = use & ~(fill <= most + 1e-6)
    found.each("capacity", "pipes", over, ids, fill, most, "充满度 {0}，不能超过 {1}")
    told = plan.numbers("pipes", "fill")
    found.each(
        "capacity",
        "pipes",
        use & np.isfinite(fill) & ~(np.abs(told - fill) <= FILL),
        ids,
        told,
        fill,
        "充满度写 {0}，复算 {1}",
    )
    area, _ = area_and_radius(diameter, np.where(fill > 0, fill, 1.0))
    velocity = np.where(peak > 0, peak / area, 0.0)
    limit = norms["velocity.max"]
    found.each(
        "velocity",
        "pipes",
        use & (velocity > limit + VELOCITY_M_S),
        ids,
        velocity,
        limit,
        "流速 {0} m/s，不能超过 {1}",
    )
    told = plan.numbers("pipes", "velocity_m_s")
    wrong = use & np.isfinite(velocity) & ~(np.abs(told - velocity) <= VELOCITY_M_S + 1e-3 * velocity)
    found.each("velocity", "pipes", wrong, ids, told, velocity, "流速写 {0} m/s，复算 {1}")


def _at_least_slope(
    net: Net, *, norms_slope: np.ndarray, most: np.ndarray, dn: np.ndarray, peak: np.ndarray, n: float, ids: np.ndarray, found: Findings
) -> None:  # fmt: skip
    """Where levels are withheld, the diameter still has to carry the peak at its own least slope."""
    use = net.gravity & ~np.isnan(most) & np.isfinite(peak)
    fill = np.full(dn.shape, 0.0)
    fill[use] = fill_at(dn[use] / 1000.0, norms_slope[use], peak[use], n)
    found.each(
        "capacity",
        "pipes",
        use & ~(fill <= most + 1e-6),
        ids,
        fill,
        most,
        "按最小坡度充满度 {0}，不能超过 {1}：管径过小",
    )


def _shrinking(net: Net, dn: np.ndarray, ids: np.ndarray, found: Findings) -> None:
    """A gravity pipe is at least as wide as every gravity pipe that arrives at its start."""
    nodes = net.out.size
    widest = np.zeros(nodes, dtype=np.int64)
    arriving = net.gravity & (net.end >= 0)
    np.maximum.at(widest, net.end[arriving], dn[arriving])
    above = np.where(net.start >= 0, widest[np.maximum(net.start, 0)], 0)
    found.each("capacity", "pipes", net.gravity & (dn < above), ids, dn, above, "管径 DN{0}，小于上游的 DN{1}")
