"""What can be done at one house: a unit or black and grey water apart (散分户), reuse (资源利用), control only (管控)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.standard import Table

Floats = npt.NDArray[np.float64]

HOUSEHOLD_MODES = {"onsite": ("unit", "separation"), "reuse": ("reuse",), "controlled": ("controlled",)}
"""Modes by which a house is served by itself, and the ways of each: the cheapest that is allowed is taken."""


@dataclass(frozen=True, slots=True)
class HouseholdUnit:
    """Costs of one way at one house, ``docs/costs.md`` section 10."""

    works_fixed: float
    works_person: float
    running_fixed: float
    running_m3: float
    renewal: float

    def works_yuan(self, people: Floats) -> Floats:
        """工程费用 of each house."""
        return self.works_fixed + self.works_person * people

    def running_yuan_y(self, people: Floats, flow_m3_d: Floats) -> Floats:
        """Yearly cost of each house."""
        return self.running_fixed + 365 * self.running_m3 * flow_m3_d + self.renewal * self.works_yuan(people)


def household_unit(key: str, table: Table) -> HouseholdUnit:
    """Costs of a way to serve a house by itself: ``unit``, ``separation``, ``reuse`` or ``controlled``."""
    names = ("works_fixed", "works_person", "running_fixed", "running_m3", "renewal")
    return HouseholdUnit(**{n: table[f"{key}.{n}"] for n in names})
