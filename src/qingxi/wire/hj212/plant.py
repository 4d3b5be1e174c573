"""What a simulated device measures: values that follow from seed, factor and moment alone.

Nothing is stored: the value of any minute of any day can be asked for again and is the same, so that a device
remembers years without memory, and a test can know what a receiver must have got.
"""

import math
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from qingxi.quantity import wire_code


@dataclass(frozen=True, slots=True)
class Sensor:
    """One analyser.

    Attributes
    ----------
    code : str
        House code (``"cod"``) or a code of the wire.
    level, swing : float
        Middle value and daily swing, in the wire's unit.
    digits : int
        Decimals it shows.
    total : float
        Seconds' worth of the value that make one unit of Cou: ``value * seconds / total``; 0 for no total.
    """

    code: str
    level: float
    swing: float
    digits: int
    total: float = 0.0

    def wire(self, edition: int) -> str:
        """Its code on the wire of an edition."""
        try:
            return wire_code(self.code, edition)
        except KeyError:
            return self.code

    def value(self, seed: int, at: float) -> float:
        """What it shows at a moment (seconds since 1970 UTC), unrounded."""
        hour = (at / 3600 + 8) % 24
        daily = math.exp(-((hour - 8) ** 2) / 6) + math.exp(-((hour - 19) ** 2) / 8) - 0.35
        noise = crc32(f"{seed}/{self.code}/{int(at)}".encode("ascii")) / 2**32 - 0.5
        return max(0.0, self.level + self.swing * daily + 0.12 * self.swing * noise)


SENSORS: Final[dict[str, Sensor]] = {
    row.code: row
    for row in (
        Sensor("flow", 0.60, 0.50, 2, 1000.0),  # L/s, totals in m3
        Sensor("cod", 38.0, 9.0, 1),
        Sensor("nh3n", 4.2, 1.6, 2),
        Sensor("tp", 0.62, 0.15, 2),
        Sensor("tn", 13.5, 2.5, 1),
        Sensor("ph", 7.2, 0.2, 2),
        Sensor("ss", 14.0, 5.0, 0),
        Sensor("do", 3.1, 0.9, 2),
        Sensor("energy", 1.8, 1.1, 2, 3600.0),  # kW, totals in kWh
    )
}
"""Analysers by house code."""


def statistics(sensor: Sensor, seed: int, begin: float, seconds: int) -> dict[str, float | str]:
    """Min, Avg, Max, Flag and, where it has a total, Cou of a period, from six readings of it."""
    seen = [sensor.value(seed, begin + seconds * (k + 0.5) / 6) for k in range(6)]
    mean = sum(seen) / len(seen)
    told: dict[str, float | str] = {}
    if sensor.total:
        told["Cou"] = f"{mean * seconds / sensor.total:.2f}"
    told["Min"] = f"{min(seen):.{sensor.digits}f}"
    told["Avg"] = f"{mean:.{sensor.digits}f}"
    told["Max"] = f"{max(seen):.{sensor.digits}f}"
    told["Flag"] = "N"
    return told
