"""What can be wrong with a village plant in the labelled world, how often, for how long; and what only looks wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A planted fault (埋设的问题)."""

    STOPPED = "stopped"  # switch off: no water, no power
    IDLE = "idle"  # energised, nothing treated: standby power, at most a trickle
    STARVED = "starved"  # far less sewage than it was built for, for months
    OVERLOADED = "overloaded"
    FAKE_POWER = "fake-power"  # 有电无水: the blower turns, nothing flows
    FAKE_FLOW = "fake-flow"  # 有水无电: sewage runs through, nothing turns
    EFFLUENT_WORSE = "effluent-worse"
    ABOVE_LIMIT = "above-limit"
    DILUTE = "dilute"
    FOREIGN = "foreign"  # a workshop or a farm on the sewer
    RDII = "rdii"  # rain-derived inflow (雨污混流)
    INFILTRATION = "infiltration"  # ground water by night and day
    SILENT = "silent"
    CLOCK = "clock"
    FROZEN = "frozen"
    COPIED = "copied"
    HUGGING = "hugging"  # values held just under the limit
    IMPOSSIBLE = "impossible"
    DECAY = "decay"  # treatment that fades in the second and third year of life


class Alike(StrEnum):
    """An honest look-alike: nothing is wrong, though it looks so (形似而无事)."""

    SPRING_RETURN = "spring-return"  # migrants come home: a full plant for three weeks
    SPRING_EMPTY = "spring-empty"  # tenants go home: an empty plant for three weeks
    TOURIST = "tourist"  # built for the season, nearly empty outside it
    POWER_CUT = "power-cut"
    DEAD_MODEM = "dead-modem"  # hours to two days without a word; the plant runs
    SENSOR_REPLACED = "sensor-replaced"
    TIMER_BLOWER = "timer-blower"  # power that does not follow the water
    COARSE_METER = "coarse-meter"  # 0.1 m3/h steps at a small plant: equal values in a row
    HELD_VALUES = "held-values"  # an analyser measures every two hours, the logger repeats it
    MANUAL_ONLY = "manual-only"  # no analyser: quality from samples by hand
    SWAPPED_BOTTLES = "swapped-bottles"  # one pair of samples with the labels exchanged
    DECLARED_STOP = "declared-stop"  # a repair of days, reported beforehand
    SHARED_ACCOUNT = "shared-account"  # street lamps on the plant's electricity account
    ESTIMATED_BILL = "estimated-bill"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a fault is planted.

    Attributes
    ----------
    share : float
        Of all facility-weeks with a fault; the shares are scaled to one.
    weeks : (int, int)
        Shortest and longest episode; (0, 0): the whole time, as a leaky sewer does.
    creeping : float
        Share of episodes that come on slowly; the others are there from one day to the next.
    powered : bool
        Only at plants that use power.
    """

    share: float
    weeks: tuple[int, int]
    creeping: float = 0.0
    powered: bool = False


RECIPES: dict[Kind, Recipe] = {
    Kind.STOPPED: Recipe(0.11, (6, 40)),
    Kind.IDLE: Recipe(0.11, (6, 40), powered=True),
    Kind.STARVED: Recipe(0.13, (13, 52), creeping=0.3),
    Kind.OVERLOADED: Recipe(0.05, (6, 26), creeping=0.4),
    Kind.FAKE_POWER: Recipe(0.06, (3, 16), powered=True),
    Kind.FAKE_FLOW: Recipe(0.06, (3, 16), powered=True),
    Kind.EFFLUENT_WORSE: Recipe(0.10, (6, 26)),
    Kind.ABOVE_LIMIT: Recipe(0.05, (4, 16), creeping=0.4),
    Kind.DILUTE: Recipe(0.04, (8, 40)),
    Kind.FOREIGN: Recipe(0.04, (4, 20)),
    Kind.RDII: Recipe(0.09, (0, 0)),
    Kind.INFILTRATION: Recipe(0.05, (8, 40), creeping=0.5),
    Kind.SILENT: Recipe(0.05, (1, 8)),
    Kind.CLOCK: Recipe(0.02, (2, 8)),
    Kind.FROZEN: Recipe(0.04, (1, 4)),
    Kind.COPIED: Recipe(0.04, (1, 4)),
    Kind.HUGGING: Recipe(0.03, (4, 20)),
    Kind.IMPOSSIBLE: Recipe(0.02, (1, 3)),
    Kind.DECAY: Recipe(0.04, (16, 40), creeping=1.0, powered=True),
}
"""Shares and lengths are set so that every kind occurs often enough to be counted; no statistics of them are known."""

FAULTY_SHARE = 0.03
"""Of facility-weeks that have a fault."""

RDII_WEEKS = 0.35
"""Of the weeks of a leaky sewer that are wet enough to count; used only to plan how many sewers leak."""

SHARES: dict[Alike, float] = {
    Alike.SPRING_RETURN: 0.60,
    Alike.SPRING_EMPTY: 0.08,
    Alike.TOURIST: 0.05,
    Alike.POWER_CUT: 0.40,
    Alike.DEAD_MODEM: 0.50,
    Alike.SENSOR_REPLACED: 0.15,
    Alike.TIMER_BLOWER: 0.30,
    Alike.COARSE_METER: 0.10,
    Alike.HELD_VALUES: 0.50,
    Alike.MANUAL_ONLY: 0.30,
    Alike.DECLARED_STOP: 0.06,
    Alike.SHARED_ACCOUNT: 0.02,
}
"""Share of plants that have each; swapped bottles are 0.4 % of samplings, estimated bills 3 % of bills."""

SWAPPED_SHARE = 0.004
ESTIMATED_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Episode:
    """One planted fault at one plant: days counted from the world's first, ``end`` not included."""

    kind: Kind
    start: int
    end: int
    severity: float
    creeping: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One honest look-alike at one plant: quarter-hours from the world's first, ``end`` not included.

    ``known``: somebody said so beforehand or wrote it down, as the grid company does of most power cuts.
    """

    kind: Alike
    start: int
    end: int
    known: bool = True
