"""Parts of a village at level L0: who can use fields, who lives scattered, and the close core that is compared by mode.

All three come from columns a village table may have; where it has none the whole village is core.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.standard import Table
from qingxi.treatment import HouseholdUnit, household_unit
from qingxi.village import Villages

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Households of each part by village; works and running of the two that are decided already, yuan and yuan a year."""

    core: Floats
    scattered: Floats
    reuse: Floats
    reuse_known: npt.NDArray[np.bool_]
    works: dict[str, Floats]  # by mode: onsite (scattered), reuse
    running: dict[str, Floats]


def parts_of(
    villages: Villages, n: Floats, people: Floats, norms: Table, processes: Table, *, allowed: bool
) -> Parts:
    """Split every village (``docs/costs.md`` section 12); ``allowed`` False: nobody is served by himself."""
    each = people / np.maximum(n, 1)
    nothing = np.zeros(n.size)
    septic = _column(villages.septic_households, n.size)
    field = _column(villages.field_mu, n.size)
    known = np.isfinite(septic) & np.isfinite(field)
    room = field * norms["reuse.n_kg_mu.farmland"] / (norms["reuse.n_kg_person"] * np.maximum(each, 1e-9))
    reuse = np.where(
        known & allowed, np.floor(np.minimum(np.minimum(np.nan_to_num(septic), np.nan_to_num(room)), n)), 0.0
    )
    apart = np.nan_to_num(_column(villages.scattered_households, n.size)) if allowed else nothing
    scattered = np.clip(np.floor(apart) - reuse, 0.0, n - reuse)  # fields lie beside the scattered houses
    flow = each * norms["flow.l_per_person_d"] / 1000
    months = norms["reuse.storage_months.farmland"] - norms["reuse.tank_months"]
    storage = norms["reuse.storage_yuan_m3"] * norms["reuse.black_l_person_d"] / 1000 * 365 / 12 * max(0.0, months)
    works, running = {}, {}
    for mode, key, count, extra in (("onsite", "unit", scattered, 0.0), ("reuse", "reuse", reuse, storage)):
        one_works, one_running = costs_of(household_unit(key, processes), each, flow, extra)
        works[mode], running[mode] = count * one_works, count * one_running
    return Parts(n - reuse - scattered, scattered, reuse, known, works, running)


def costs_of(
    unit: HouseholdUnit, people: Floats, flow_m3_d: Floats, extra_yuan_person: float
) -> tuple[Floats, Floats]:
    """Works and running of one house of a way, with works of so much more a person."""
    works = unit.works_yuan(people) + extra_yuan_person * people
    return works, unit.running_fixed + 365 * unit.running_m3 * flow_m3_d + unit.renewal * works


def _column(values: Floats | None, size: int) -> Floats:
    return np.full(size, np.nan) if values is None else values
