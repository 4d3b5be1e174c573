"""What a plan is made from."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from qingxi.plan.override import Override
from qingxi.terrain import Elevation, ExistingPlants, ExistingSewers, Land, Protected, Streets, Subsoil, Waters
from qingxi.village import DataLevel, Hamlets, Households, Villages

PlanMode = Literal["free", "sewer"]


@dataclass(frozen=True, slots=True)
class CountyFacts:
    """What is said of a county as a whole; None: not known.

    Attributes
    ----------
    discharge, key_area : str, bool
        Standard whose rules ask for a discharge class (:func:`qingxi.standard.discharge_frame`), and whether the county lies in
        the basins that its appendix holds to one class more.
    growth_years : float or None
        Years from the people given to the far year, which pipes and lifts are built for; None: ``growth.years`` of the norms.
    groundwater_m : float or None
        Depth of the groundwater below the ground in the wet season, m.
    coldest_c : float or None
        Mean temperature of the coldest month, °C.
    """

    discharge: str = "db44_2208"
    key_area: bool = False
    growth_years: float | None = None
    groundwater_m: float | None = None
    coldest_c: float | None = None


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Everything the planner may know; all positions in metres of one computing zone.

    Attributes
    ----------
    households : Households or None
        None at level L0.
    level : DataLevel
        L0 needs ``villages`` with their ``households``; L1 and L2 need households, streets and elevation.
    mode : "free" or "sewer"
        ``sewer`` ties every house that can be reached to a sewer; ``free`` chooses for each.
    outlets_m : float64[k, 2]
        Points where sewage may be handed over (an outfall, a main nobody drew); each is tied to the nearest street
        node. In mode ``sewer`` with outlets or existing sewers these are the only ends; with neither, plants are sited.
    people_default : float or None
        Resident people of a house that does not say; None: ``flow.people_per_household`` of the norms.
    facts : CountyFacts
        What holds for the county as a whole.
    prices, norms, processes : str
        Tables of :mod:`qingxi.standard`.
    seed : int
        For the search; the same input and seed give the same plan.
    effort : float
        1 is the usual search; 0 stops at the first constructed plan.
    household_units : bool
        False: in mode ``free`` no house is served by itself, except where it is controlled (搬迁撤并); what no sewer can reach
        stays unserved, with its reason.
    certify : bool
        True: about ten times the search and a finer bound, for a gap to be published.
    overrides : tuple of Override
        Decisions of an officer the plan is made around.
    """

    level: DataLevel
    mode: PlanMode = "free"
    households: Households | None = None
    hamlets: Hamlets | None = None
    villages: Villages | None = None
    elevation: Elevation | None = None
    streets: Streets | None = None
    waters: Waters | None = None
    land: Land | None = None
    protected: Protected | None = None
    subsoil: Subsoil | None = None
    sewers: ExistingSewers | None = None
    plants: ExistingPlants | None = None
    outlets_m: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    people_default: float | None = None
    facts: CountyFacts = field(default_factory=lambda: CountyFacts())
    prices: str = "prices"
    norms: str = "rural_sewer"
    processes: str = "processes"
    seed: int = 1
    effort: float = 1.0
    household_units: bool = True
    certify: bool = False

    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in ("free", "sewer"):
            raise ValueError(f"mode is {self.mode!r}, must be 'free' or 'sewer'")
        if self.outlets_m.ndim != 2 or self.outlets_m.shape[1] != 2:
            raise ValueError(f"outlets_m has shape {self.outlets_m.shape}, must be (k, 2)")
        if self.people_default is not None and not self.people_default >= 0:
            raise ValueError(f"people_default is {self.people_default}, must be 0 or more")
