"""What of a problem is money: what houses, laterals and ends cost, apart from the graph they stand on."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import NO_COST
from qingxi.plan.serve import OwnService
from qingxi.sewer import SewerKit
from qingxi.standard import Table

Floats = npt.NDArray[np.float64]
OWN_ORDER = ("controlled", "reuse", "onsite")
NO_SERVICE = 1e8  # yuan of present value: stands for a house that cannot serve itself


class OwnChoice(NamedTuple):
    """The cheapest way to serve each house by itself: its present value (inf: none) and mode (``unserved``: none)."""

    pv: Floats
    mode: npt.NDArray[np.object_]


def own_choice(own: OwnService, free: bool) -> OwnChoice:
    """Choose for every house by itself; in mode ``sewer`` none is served by itself."""
    n = own.people.size
    best = np.full(n, np.inf)
    mode = np.full(n, "unserved", dtype=object)
    if free:
        for m in OWN_ORDER:
            better = own.pv[m] < best
            best[better], mode[better] = own.pv[m][better], m
        mode[own.relocating] = "controlled"
        best[own.relocating] = own.pv["controlled"][own.relocating]
    return OwnChoice(best, mode)


class HomeMoney(NamedTuple):
    """Money fields of :class:`qingxi.plan.layout.Homes`."""

    lateral: Floats
    pump: float
    own: Floats


def home_money(kit: SewerKit, node: npt.NDArray[np.int64], run_m: Floats, own_pv: Floats) -> HomeMoney:
    """Present values of laterals (length ``run_m`` to ``node``, −1: none), of a house pump, and of serving a house by itself."""
    lateral = np.where(node >= 0, kit.sewer_pv * (kit.lateral_fixed + kit.lateral_per_m * run_m), NO_COST)
    pump = kit.works_pv * kit.house_pump_works + kit.annuity * kit.house_pump_running
    return HomeMoney(lateral, pump, np.where(np.isfinite(own_pv), own_pv, NO_SERVICE))


class EndMoney(NamedTuple):
    """Money fields of :class:`qingxi.plan.layout.Ground`."""

    join_fixed: Floats
    join_per_m3_d: float
    stay_per_m3_d: float


def end_money(kit: SewerKit, prices: Table, nodes: int) -> EndMoney:
    """Present values of joining a main, and of what a plant that stays takes by flow."""
    return EndMoney(
        np.full(nodes, kit.works_pv * prices["town.join"]),
        kit.works_pv * prices["town.capacity"] + kit.annuity * 365 * prices["town.fee"],
        kit.annuity * 365 * prices["existing.running_m3"],
    )
