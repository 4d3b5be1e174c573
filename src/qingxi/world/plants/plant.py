"""One invented village plant: what was built, who lives there, how its sewer leaks and how its instruments err."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qingxi.facility import Facility
from qingxi.world.plants.kinds import SHARES, Alike

_SIZES = (5, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200)
_SIZE_SHARE = (0.06, 0.06, 0.12, 0.11, 0.14, 0.14, 0.08, 0.09, 0.04, 0.05, 0.05, 0.02, 0.03, 0.01)
_PROCESSES = {  # share, kWh per m3 at design load, removal by design of NH3-N below zero: none
    "一体化A/O": (0.30, 0.62),
    "生物接触氧化": (0.18, 0.58),
    "A2O+人工湿地": (0.16, 0.66),
    "MBR一体化": (0.12, 1.05),
    "净化槽": (0.10, 0.55),
    "厌氧+人工湿地": (0.10, 0.0),
    "稳定塘": (0.04, 0.0),
}
_OPERATORS = (("清源环境运维公司（虚构）", 0.55), ("绿水运维有限公司（虚构）", 0.30), ("村委会自管", 0.15))
_CLASSES = {
    "DB44/2208-2019 一级": (60.0, 8.0),
    "DB44/2208-2019 二级": (70.0, 15.0),
    "DB44/2208-2019 三级": (100.0, 25.0),
}
"""COD and NH3-N limits, mg/L; classes 1 has 15 for ammonia in water of 12 degrees or less."""


@dataclass(frozen=True)
class Plant:
    """What the generator knows of a plant; nobody else does.

    Attributes
    ----------
    people : float
        Residents connected on an ordinary day; ``l_per_person`` litres each a day.
    swell : float
        Extra people at Spring Festival as a share; negative where tenants leave.
    diurnal_shift, diurnal_sharp : float
        Hours by which the pattern is late; exponent that makes its peaks sharper.
    sewered_m2 : float
        Ground that drains towards the sewer; ``r_share`` of its rain gets in at an ordinary sewer.
    base_share : float
        Ground water as a share of the mean sewage flow in an average season.
    capacity : float
        What the plant can take, as a multiple of the design.
    pump_m3 : float
        Water of one cycle of the lift pump; 0: gravity and an even tank.
    kwh_m3 : float
        Energy per m3 at design load; 0: no power is used.
    blower : str
        "timer", "paced" or "do".
    standby_kw : float
        Control box, logger and lamp.
    cod_in, nh3n_in : float
        Usual influent, mg/L.
    cod_out, nh3n_out : float
        Usual effluent as a share of the limit, by design.
    """

    index: int
    facility: Facility
    place: int
    people: float
    l_per_person: float
    swell: float
    tourist: str
    tourist_low: float
    diurnal_shift: float
    diurnal_sharp: float
    sewered_m2: float
    r_share: float
    base_share: float
    capacity: float
    pump_m3: float
    kwh_m3: float
    blower: str
    standby_kw: float
    cod_in: float
    nh3n_in: float
    cod_out: float
    nh3n_out: float
    cod_limit: float
    nh3n_limit: float
    alike: frozenset[Alike]
    diligence: float
    read_day: int
    hold_steps: int
    flow_step: float
    people_known: bool

    @property
    def passive(self) -> bool:
        """Runs without power."""
        return self.kwh_m3 == 0

    @property
    def usual_m3_d(self) -> float:
        """Sewage of an ordinary day."""
        return self.people * self.l_per_person / 1000


def draw_plant(rng: np.random.Generator, index: int, place: int, first: date) -> Plant:
    """Invent one plant; whether anything is wrong with it is decided elsewhere."""
    design = float(rng.choice(_SIZES, p=_SIZE_SHARE))
    names = list(_PROCESSES)
    process = str(rng.choice(names, p=[_PROCESSES[n][0] for n in names]))
    kwh = _PROCESSES[process][1] * float(np.exp(rng.normal(0, 0.12)))
    operator = str(rng.choice([n for n, _ in _OPERATORS], p=[p for _, p in _OPERATORS]))
    has = {kind for kind, share in SHARES.items() if rng.random() < share}
    for one, other in ((Alike.SPRING_EMPTY, Alike.SPRING_RETURN), (Alike.TOURIST, Alike.SPRING_RETURN)):
        if one in has:
            has.discard(other)
    if Alike.TOURIST in has:
        has.discard(Alike.SPRING_EMPTY)
    if design > 30:
        has.discard(Alike.COARSE_METER)
    if kwh == 0:
        has -= {Alike.TIMER_BLOWER, Alike.SHARED_ACCOUNT}
    litres = float(rng.uniform(65, 105))
    load = float(rng.uniform(0.90, 1.05) if Alike.TOURIST in has else rng.uniform(0.68, 0.98))
    people = design * load * 1000 / litres
    cls = str(rng.choice(list(_CLASSES), p=[0.4, 0.4, 0.2]))
    swell = 0.0
    if Alike.SPRING_RETURN in has:
        swell = float(rng.uniform(0.25, 0.75))
    elif Alike.SPRING_EMPTY in has:
        swell = -float(rng.uniform(0.6, 0.85))
    household = float(rng.uniform(2.4, 3.2))
    facility = Facility(
        id=f"VP-{index:05d}",
        name=f"第{index}号站（虚构）",
        village="",
        township=f"第{place + 1}乡（虚构）",
        process=process,
        design_m3_d=design,
        commissioned=first - timedelta(days=int(rng.integers(120, 2900))),
        owner="村委会（虚构）",
        operator=operator,
        discharge_class=cls,
        power_account="" if kwh == 0 else f"VA{index:08d}",
        households_connected=max(1, round(people / household * float(np.exp(rng.normal(0, 0.06))))),
    )
    pumped = rng.random() < 0.5
    return Plant(
        index=index,
        facility=facility,
        place=place,
        people=people,
        l_per_person=litres,
        swell=swell,
        tourist=("" if Alike.TOURIST not in has else "summer" if rng.random() < 0.6 else "spring"),
        tourist_low=float(rng.uniform(0.35, 0.55)),
        diurnal_shift=float(rng.normal(0, 0.5)),
        diurnal_sharp=float(rng.uniform(0.75, 1.25)),
        sewered_m2=people * float(rng.uniform(140, 240)),
        r_share=float(rng.uniform(0.0, 0.001)),
        base_share=float(rng.uniform(0.02, 0.10)),
        capacity=float(rng.uniform(1.6, 2.2)),
        pump_m3=design * float(rng.uniform(0.008, 0.03)) if pumped else 0.0,
        kwh_m3=kwh,
        blower="timer" if Alike.TIMER_BLOWER in has else ("paced" if rng.random() < 0.6 else "do"),
        standby_kw=(0.012 + 0.0006 * design) * float(rng.uniform(0.6, 1.2)),
        cod_in=float(rng.uniform(190, 330)),
        nh3n_in=float(rng.uniform(28, 46)),
        cod_out=float(rng.uniform(0.35, 0.62)),
        nh3n_out=float(rng.uniform(0.12, 0.5)),
        cod_limit=_CLASSES[cls][0],
        nh3n_limit=_CLASSES[cls][1],
        alike=frozenset(has),
        diligence=float(rng.uniform(0.55, 1.0)),
        read_day=int(rng.integers(1, 29)),
        hold_steps=int(rng.choice([4, 8])) if Alike.HELD_VALUES in has else 1,
        flow_step=2.4 if Alike.COARSE_METER in has else 0.24,
        people_known=bool(rng.random() < 0.5 or Alike.TOURIST in has),  # visitors are counted
    )
