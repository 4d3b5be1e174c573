"""What stands there and what it must tell us."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref


class EvidenceLevel(StrEnum):
    """By what a facility can be known at all."""

    HJ212 = "hj212"  # a data logger that speaks HJ 212 (数采仪)
    REMOTE_METER = "remote_meter"  # a remote meter or a vendor cloud (远传电表 / 厂家平台)
    PAPER = "paper"  # visits, electricity bills, half-yearly laboratory sheets only


class FaultClass(StrEnum):
    """The four official classes of a facility that does not work (四类不正常运行)."""

    STOPPED = "停运破损"
    NO_NETWORK = "管网未配套"
    MISSIZED = "规模与需求不符"
    NONCOMPLIANT = "出水不达标"


@dataclass(frozen=True, slots=True)
class Signal:
    """A quantity the facility owes: its code of :mod:`qingxi.quantity` and how often, in minutes."""

    quantity: str
    every_min: int

    def __post_init__(self) -> None:
        if self.every_min <= 0:
            raise ValueError(f"signal {self.quantity}: every_min is {self.every_min}, must be above 0")


@dataclass(frozen=True, slots=True)
class Facility:
    """One treatment facility (一站一档).

    Attributes
    ----------
    id : str
        The county's own number, on the sign at the fence: ``"QX-083"``.
    village : str
        12-digit code of the administrative village it stands in; empty when unknown.
    lon, lat : float or None
        CGCS2000 degrees.
    design_m3_d : float
        Design capacity, above 0.
    commissioned : date or None
        Start of regular operation.
    owner, operator : str
        Names of units; empty means unknown, which is itself reported.
    discharge_class : str
        Key of :mod:`qingxi.standard`'s discharge classes, for example ``"DB44/2208-2019 二级"``.
    power_account : str
        用电户号 of the grid company; empty when the plant has no meter of its own.
    status : str
        "in_use", "trial", "stopped", "joined" (connected to a main, out of the population) or "scrapped".
    """

    id: str
    name: str
    village: str
    township: str
    process: str
    design_m3_d: float
    lon: float | None = None
    lat: float | None = None
    commissioned: date | None = None
    owner: str = ""
    operator: str = ""
    discharge_class: str = ""
    power_account: str = ""
    status: str = "in_use"
    households_connected: int = 0
    evidence: EvidenceLevel = EvidenceLevel.PAPER
    signals: tuple[Signal, ...] = ()
    because: tuple[Ref, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.design_m3_d <= 0:
            raise ValueError(f"facility {self.id}: design_m3_d is {self.design_m3_d}, must be above 0")
        if self.households_connected < 0:
            raise ValueError(
                f"facility {self.id}: households_connected is {self.households_connected}, must be 0 or more"
            )
