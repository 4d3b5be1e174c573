"""HJ 212 factor codes (监测因子编码) of the quantities, with the step from wire unit to house unit.

Codes of 2017 follow its Annex B, those of 2005 the older table; found in public MIT-licensed code that cites
them, marked ``sourced``. The electricity codes of HJ 212-2025 (``d304xx``, treatment facilities) were seen in one
public example only and their meaning is inferred: ``assumption``, to be checked against the official text.
"""

from dataclasses import dataclass
from functools import lru_cache

from qingxi.quantity.quantities import Quantity, quantity

LITRE_S_IN_M3_D = 86.4
HOURS_IN_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of the wire.

    Attributes
    ----------
    code : str
        As on the wire: ``"w01018"``; a trailing ``*`` stands for any ending (running numbers of equipment).
    quantity : str
        House code.
    wire_unit : str
        Unit of Rtd, Avg, Min, Max on the wire.
    to_house : float
        House value = wire value x to_house.
    total_unit : str
        Unit of Cou on the wire; empty when it has none. Totals are kept in this unit.
    since : int
        2005, 2017 or 2025: the edition that brought the code.
    trust : str
        As in :class:`qingxi.standard.Trust`.
    """

    code: str
    quantity: str
    wire_unit: str
    to_house: float
    total_unit: str
    since: int
    trust: str = "sourced"

    def house_value(self, statistic: str, value: float) -> float:
        """A wire value in the house unit; ``Cou``, a period's total, stays in ``total_unit``."""
        if self.to_house == 1.0 or statistic.endswith("Cou"):
            return value
        # Ten digits hide what a change of unit adds behind the sensor's own figures.
        return float(f"{value * self.to_house:.10g}")


def _concentration(code_2017: str, code_2005: str, house: str) -> tuple[Factor, ...]:
    new = Factor(code_2017, house, "mg/L", 1.0, "kg", 2017)
    return (new, Factor(code_2005, house, "mg/L", 1.0, "kg", 2005)) if code_2005 else (new,)


_ROWS = (
    Factor("w00000", "flow", "L/s", LITRE_S_IN_M3_D, "m3", 2017),
    Factor("B01", "flow", "L/s", LITRE_S_IN_M3_D, "m3", 2005),
    Factor("w01001", "ph", "", 1.0, "", 2017),
    Factor("001", "ph", "", 1.0, "", 2005),
    Factor("w01010", "water_temp", "℃", 1.0, "", 2017),
    Factor("w01009", "do", "mg/L", 1.0, "", 2017),
    # Wire unit of conductivity as most instruments print it; the annex was not at hand.
    Factor("w01014", "conductivity", "μS/cm", 1.0, "", 2017, "assumption"),
    Factor("w01002", "colour", "倍", 1.0, "", 2017, "assumption"),
    Factor("w02003", "fecal_coliform", "个/L", 1.0, "", 2017),
    *_concentration("w01012", "003", "ss"),
    *_concentration("w01017", "010", "bod5"),
    *_concentration("w01018", "011", "cod"),
    *_concentration("w01019", "", "cod_mn"),
    *_concentration("w21001", "065", "tn"),
    *_concentration("w21003", "060", "nh3n"),
    *_concentration("w21011", "101", "tp"),
    *_concentration("w22001", "080", "petroleum"),
    Factor("d304*", "energy", "kW", HOURS_IN_DAY, "kWh", 2025, "assumption"),
)

FACTORS: dict[str, Factor] = {row.code: row for row in _ROWS}
"""Every factor by its code on the wire."""

_ENDINGS = tuple((row.code[:-1], row) for row in _ROWS if row.code.endswith("*"))


@lru_cache(maxsize=4096)
def factor(code: str) -> Factor | None:
    """The factor of a wire code, or None when the house does not know it (its values are kept all the same)."""
    found = FACTORS.get(code)
    if found is None:
        for start, row in _ENDINGS:
            if code.startswith(start) and code[len(start) :].isdigit():
                return row
    return found


def from_wire(code: str, statistic: str, value: float) -> tuple[Quantity, float] | None:
    """Quantity and value in the house unit; None for an unknown code.

    Parameters
    ----------
    statistic : str
        ``Rtd``, ``Avg``, ``Min``, ``Max`` are converted; ``Cou`` (a period's total) stays in ``total_unit``.
    """
    row = factor(code)
    if row is None:
        return None
    return quantity(row.quantity), row.house_value(statistic, value)


def wire_code(house: str, edition: int = 2017) -> str:
    """The code under which a quantity travels in an edition (2005, 2017, 2025): the newest not newer than it.

    Raises
    ------
    KeyError
        When that edition has no code for the quantity.
    """
    rows = [row for row in _ROWS if row.quantity == house and (row.since <= edition)]
    if edition >= 2017:
        rows = [row for row in rows if row.since >= 2017]
    if not rows:
        raise KeyError(f"HJ 212-{edition} has no code for {house!r}")
    best = max(rows, key=lambda row: row.since)
    return best.code.replace("*", "01")
