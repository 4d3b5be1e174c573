"""What can be done at each house by itself, and whose house it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.input import PlanInput
from qingxi.plan.own_limits import OwnLimits, own_limits
from qingxi.standard import Table
from qingxi.treatment import HOUSEHOLD_MODES, household_unit
from qingxi.village import Hamlets, Households, VillageClass

Floats = npt.NDArray[np.float64]
NOT_ASKED = "规划要求不用户用设施"


@dataclass(frozen=True, slots=True)
class OwnService:
    """Per household: people, flow today and in the far year, hamlet and the present value of each way to serve it by itself (inf: not allowed)."""

    people: Floats
    flow_m3_d: Floats
    far_m3_d: Floats
    most_growth: float
    hamlet: npt.NDArray[np.int64]
    relocating: npt.NDArray[np.bool_]
    works: dict[str, Floats]
    running: dict[str, Floats]
    pv: dict[str, Floats]
    way: dict[str, npt.NDArray[np.object_]]  # by mode: key of the way taken at each house
    limits: OwnLimits
    why_not_reuse: npt.NDArray[np.object_]  # [hamlets]


def hamlets_of(given: PlanInput, houses: Households) -> tuple[Hamlets, npt.NDArray[np.int64]]:
    """Hamlets (one invented where there are none, centres filled in) and each household's hamlet."""
    from scipy.spatial import cKDTree

    n = len(houses)
    hamlets = given.hamlets
    if hamlets is None or len(hamlets) == 0:
        centre = (float(houses.x_m.mean()), float(houses.y_m.mean())) if n else (np.nan, np.nan)
        one = Hamlets(
            np.array(["1"], dtype=object), np.array(["全部农户"], dtype=object), np.array([-1]),
            np.array([centre[0]]), np.array([centre[1]]),
        )  # fmt: skip
        return one, np.zeros(n, dtype=np.int64)
    own = houses.hamlet.copy()
    own[(own < 0) | (own >= len(hamlets))] = -1
    count = np.bincount(own[own >= 0], minlength=len(hamlets))
    with np.errstate(invalid="ignore"):
        mx = np.bincount(own[own >= 0], weights=houses.x_m[own >= 0], minlength=len(hamlets)) / count
        my = np.bincount(own[own >= 0], weights=houses.y_m[own >= 0], minlength=len(hamlets)) / count
    x = np.where(np.isfinite(hamlets.x_m), hamlets.x_m, mx)
    y = np.where(np.isfinite(hamlets.y_m), hamlets.y_m, my)
    lost = np.flatnonzero(own < 0)
    placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if lost.size and placed.size:
        _, near = cKDTree(np.column_stack([x[placed], y[placed]])).query(
            np.column_stack([houses.x_m[lost], houses.y_m[lost]])
        )
        own[lost] = placed[near]
    own[own < 0] = 0
    return Hamlets(hamlets.id, hamlets.name, hamlets.village, x, y), own


GROWTH_OF_CLASS = {
    VillageClass.GROWING: "growing", VillageClass.SUBURBAN: "suburban", VillageClass.HERITAGE: "heritage",
    VillageClass.RELOCATING: "relocating", VillageClass.UNKNOWN: "unknown",
}  # fmt: skip


def growth_of(given: PlanInput, hamlets: Hamlets, hamlet: npt.NDArray[np.int64], norms: Table) -> Floats:
    """Far-year flow over today's of every household, by the class of its village (``docs/costs.md`` section 2)."""
    klass = np.full(hamlet.size, "", dtype=object)
    if given.villages is not None and len(given.villages):
        # A hamlet without a village takes the blank at the end.
        klass = np.append(given.villages.village_class.astype(str), "")[hamlets.village[hamlet]].astype(object)
    return class_growth(klass, given, norms)


def class_growth(klass: npt.NDArray[Any], given: PlanInput, norms: Table) -> Floats:
    """Far-year flow over today's, by the village's class."""
    years = growth_years(given, norms)
    factor = {
        str(c): norms["flow.growth_pipe"] * (1 + norms[f"growth.{key}"]) ** years
        for c, key in GROWTH_OF_CLASS.items()
    }
    names, at = np.unique(klass.astype(str), return_inverse=True)
    return np.array([factor[str(n)] for n in names], dtype=np.float64)[at] if names.size else np.zeros(0)


def growth_years(given: PlanInput, norms: Table) -> float:
    """Years of growth from the people given to the far year."""
    return norms["growth.years"] if given.facts.growth_years is None else given.facts.growth_years


def residents(resident: Floats, registered: Floats, given: PlanInput, norms: Table) -> Floats:
    """People who live in each house: 常住, else a share of 户籍, else the default of a household."""
    default = norms["flow.people_per_household"] if given.people_default is None else given.people_default
    guessed = np.where(np.isfinite(registered), registered * norms["people.resident_share"], default)
    return np.where(np.isfinite(resident), resident, guessed)


def own_service(
    given: PlanInput, houses: Households, hamlets: Hamlets, hamlet: npt.NDArray[np.int64], norms: Table,
    processes: Table, works_pv: float, annuity: float, known: OwnService | None = None,
) -> OwnService:  # fmt: skip
    """Cost every household mode for every house and decide where each is allowed (``docs/costs.md`` section 10).

    ``known`` is an earlier answer for the same houses under the same norms: what is allowed where is taken from it.
    """
    people = residents(houses.people_resident, houses.people_registered, given, norms)
    flow = people * norms["flow.l_per_person_d"] / 1000
    growth = growth_of(given, hamlets, hamlet, norms)
    relocating = np.zeros(len(houses), dtype=bool)
    if given.villages is not None and len(given.villages):
        klass = np.append(given.villages.village_class.astype(str), "")
        relocating = klass[hamlets.village[hamlet]] == str(VillageClass.RELOCATING)
    limits = own_limits(given, houses, hamlets, hamlet, people, norms, processes) if known is None else known.limits
    works: dict[str, Floats] = {}
    running: dict[str, Floats] = {}
    pv: dict[str, Floats] = {}
    way: dict[str, npt.NDArray[np.object_]] = {}
    for mode, keys in HOUSEHOLD_MODES.items():
        works[mode], running[mode] = np.zeros(len(houses)), np.zeros(len(houses))
        pv[mode] = np.full(len(houses), np.inf)
        way[mode] = np.full(len(houses), keys[0], dtype=object)
        for key in keys:
            unit = household_unit(key, processes)
            w = unit.works_yuan(people) + (limits.storage_yuan_person[hamlet] * people if key == "reuse" else 0.0)
            r = unit.running_fixed + 365 * unit.running_m3 * flow + unit.renewal * w
            worth = np.where(limits.why[key] == "", w * works_pv + r * annuity, np.inf)
            # What is refused keeps the figures of the first way, for tables that show them.
            better = (worth < pv[mode]) | (key == keys[0])
            works[mode][better], running[mode][better], way[mode][better] = w[better], r[better], key
            pv[mode] = np.minimum(pv[mode], worth)
    pv["controlled"] = np.where(relocating, pv["controlled"], np.inf)
    why = limits.why_not_reuse
    if given.mode == "free" and not given.household_units:
        pv["onsite"] = np.full(len(houses), np.inf)
        pv["reuse"] = np.full(len(houses), np.inf)
        why = np.full(len(hamlets), NOT_ASKED, dtype=object)
    most = float(growth.max(initial=0.0)) or norms["flow.growth_pipe"]
    return OwnService(people, flow, flow * growth, most, hamlet, relocating, works, running, pv, way, limits, why)
