"""What every mode or process declares of itself (模式与工艺): one file each in ``ways/``, its figures in the table ``processes``.

To add one, copy a file of ``ways/``, change its words, and add its rows ``<key>.<figure>`` to the table. A way without rows in a
table does not take part where that table is used; rows without a way are refused by name.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

from qingxi.standard import Table

POWER_ZH = {"none": "不用电", "pump": "提升用电", "air": "曝气用电"}
POWER_EN = {"none": "no power", "pump": "power for lifting", "air": "power for aeration"}
SKILL_ZH = {
    "household": "农户自管",
    "caretaker": "村级保洁员兼管",
    "operator": "须培训的操作员",
    "technician": "须专业技术人员",
}
SKILL_EN = {"household": "the household", "caretaker": "a village caretaker", "operator": "a trained operator", "technician": "a technician"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way to deal with sewage.

    Attributes
    ----------
    key, mode : str
        Key of its rows in the table; the plan's mode it belongs to.
    chinese, english : str
    power, skill : str
        Keys of :data:`POWER_ZH` and :data:`SKILL_ZH`: what it takes to keep working.
    upkeep_zh, upkeep_en : str
        What must be done besides desludging.
    limits_zh, limits_en : str
        Where it does not do, in words; the figures are rows of the table (``coldest_low``, ``groundwater_low``, ``slope_high``, …).
    shared : bool
        A shared plant with a cost curve by scale.
    asks_data : bool
        Refused where a limit's figure of the place is not known; else the place is taken to fit.
    """

    key: str
    mode: str
    chinese: str
    english: str
    power: str
    skill: str
    upkeep_zh: str
    upkeep_en: str
    limits_zh: str
    limits_en: str
    shared: bool = False
    asks_data: bool = False

    def needs_zh(self, table: Table) -> str:
        """What it needs to keep working, one Chinese sentence."""
        parts = [
            POWER_ZH[self.power],
            self._desludging(table, "每 {0:g} 个月清掏一次"),
            SKILL_ZH[self.skill],
            self.upkeep_zh,
        ]
        return "；".join(p for p in parts if p)

    def needs_en(self, table: Table) -> str:
        """The same in English."""
        parts = [POWER_EN[self.power], self._desludging(table, "desludging every {0:g} months"), f"kept by {SKILL_EN[self.skill]}", self.upkeep_en]  # fmt: skip
        return "; ".join(p for p in parts if p)

    def _desludging(self, table: Table, words: str) -> str:
        row = table.rows.get(f"{self.key}.desludge_months")
        return words.format(row.value) if row is not None and row.value > 0 else ""


@cache
def all_ways() -> dict[str, Way]:
    """Every way by its key, in the order of file names."""
    from qingxi.treatment import ways

    names = sorted(info.name for info in pkgutil.iter_modules(ways.__path__))
    found: dict[str, Way] = {}
    for name in names:
        one = importlib.import_module(f"{ways.__name__}.{name}").WAY
        found[one.key] = one
    return found


def ways_of(table: Table) -> list[Way]:
    """Ways that a table has rows for, in the table's order.

    Raises
    ------
    ValueError
        For rows whose first word is no way's key.
    """
    keys = list(dict.fromkeys(key.split(".")[0] for key in table.rows))
    if strange := [key for key in keys if key not in all_ways()]:
        raise ValueError(
            f"table {table.name}: no way named {', '.join(strange)}; there are {', '.join(all_ways())}"
        )
    return [all_ways()[key] for key in keys]
