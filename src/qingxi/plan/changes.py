"""What if: changed figures of the tables (单价、工艺、分担)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from qingxi.origin import Fault
from qingxi.sewer import annuity_of
from qingxi.standard import Table, Trust
from qingxi.treatment import HOUSEHOLD_MODES

TABLES = ("prices", "processes", "afford")
_POSITIVE = ("energy.efficiency", "years")
_MONEY = "元"
_LEVERS = {
    "pipe": (
        "prices",
        ("pipe.*", "pressure.*", "trench.*", "surface.*", "compensation.*", "ground.*", "protected.*", "crossing.*", "manhole.*", "lateral.*", "house_pump.*",
         "lift.*", "energy.price"),
    ),
    "town": ("prices", ("town.*",)),
    "unit": ("processes", ("unit.*", "separation.*")),
    "reuse": ("processes", ("reuse.*",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A figure of a table, before and after."""

    table: str
    key: str
    before: float
    after: float
    unit: str
    meaning: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "key": f"{self.table}.{self.key}", "before": self.before, "after": self.after, "unit": self.unit,
            "meaning": self.meaning,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changes:
    """Figures to change; none: nothing changes."""

    rows: tuple[ChangedRow, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rows)

    def in_table(self, table: Table, name: str) -> Table:
        """The table with its changed rows; a changed figure is an assumption and says what it was."""
        mine = {r.key: r for r in self.rows if r.table == name}
        if not mine:
            return table
        rows = {
            key: row
            if key not in mine
            else replace(
                row, value=mine[key].after, trust=Trust.ASSUMPTION, source=f"测算调整，原值 {mine[key].before:g}"
            )
            for key, row in table.rows.items()
        }
        return Table(table.name, rows)

    def least_factor(self, prices: Table) -> float | None:
        """Every plan costs at least this many times what it did; None where that cannot be said.

        Present value is a sum of products of figures that are not negative, each product with at most one price in it: it
        shrinks at most like the most reduced price, times what every other reduced figure and the years' factor shrink.
        """
        money, rest = 1.0, 1.0
        for r in self.rows:
            if r.table == "afford" or r.key in _YEARS:
                continue
            if r.key.split(".")[-1] in _CURVED:
                return None
            before, after = (r.after, r.before) if r.key in _DIVIDES else (r.before, r.after)
            if after >= before:
                continue
            if _MONEY in r.unit:
                money = min(money, after / before)
            else:
                rest *= after / before
        years = annuity_of(self.in_table(prices, "prices")) / annuity_of(prices)
        return money * rest * min(1.0, years)


_CURVED = ("works_power", "grade", "scale_low", "scale_high")
_COSTS = ("works_fixed", "works_person", "running_fixed", "running_m3", "renewal")
_DIVIDES = ("energy.efficiency",)
_YEARS = ("years", "discount")


def read_changes(words: Iterable[str], tables: Mapping[str, Table]) -> tuple[Changes, tuple[Fault, ...]]:
    """Read ``table.key=value`` words.

    Parameters
    ----------
    words : iterable of str
        ``prices.trench.base=80`` (the new figure), ``prices.pipe.*=+10%`` (of every row in money that matches),
        ``prices.discount=0.06``, ``lever.pipe=x1.2`` (all that a flip factor of this name speaks of: ``pipe``, ``unit``,
        ``reuse``, ``plant``, ``town``).
    tables : mapping
        ``prices``, ``processes`` and ``afford`` as they are now.

    Returns
    -------
    (Changes, faults)
        Every word that cannot be read is a fault; the others count. Said twice, the last word counts.
    """
    found: dict[tuple[str, str], ChangedRow] = {}
    faults: list[Fault] = []
    for word in words:
        name, _, value = str(word).partition("=")
        name, value = name.strip(), value.strip()
        rows = _rows_of(name, tables)
        if not rows:
            faults.append(
                _fault(word, "没有这一项", "写成 表.键=值，表为 prices、processes、afford 或 lever", "what-if-key")
            )
            continue
        if fixed := [key for table, key in rows if table == "processes" and _decides_where(key)]:
            faults.append(_fault(word, f"{fixed[0]} 决定哪里能用，不是造价", "改表后重新规划", "what-if-limit"))
            continue
        for table, key in rows:
            row = tables[table].rows[key]
            after = _value(value, row.value)
            if after is None or not _sane(key, after):
                faults.append(_fault(word, f"{key} 要是合理的数", "写成 120、+10%、-10% 或 x1.1", "what-if-value"))
                break
            if after != row.value:
                found[table, key] = ChangedRow(table, key, row.value, after, row.unit, row.meaning)
            else:
                found.pop((table, key), None)
    return Changes(tuple(found.values())), tuple(faults)


def _decides_where(key: str) -> bool:
    """Whether a row of a household's way says where it may be used, which is settled when a plan is made."""
    way, _, name = key.partition(".")
    ways = {k for keys in HOUSEHOLD_MODES.values() for k in keys}
    return way in ways and name not in _COSTS


def _fault(word: str, rule: str, remedy: str, code: str) -> Fault:
    return Fault("--set", None, "", str(word), rule, remedy, code)


def _rows_of(name: str, tables: Mapping[str, Table]) -> list[tuple[str, str]]:
    table, _, key = name.partition(".")
    if table == "lever":
        return lever_rows(key, tables)
    if table not in TABLES or table not in tables:
        return []
    if key in tables[table].rows:
        return [(table, key)]
    if "*" not in key:
        return []
    return [(table, r.key) for r in tables[table] if fnmatchcase(r.key, key) and _MONEY in r.unit]


def lever_rows(lever: str, tables: Mapping[str, Table]) -> list[tuple[str, str]]:
    """The rows in money that a lever of the flip factors speaks of; empty for an unknown one."""
    if lever == "plant":
        # Every process of the table, also one that this county's ground or winter keeps out.
        shared = {r.key.split(".")[0] for r in tables["processes"] if r.key.endswith(".works_power")}
        rows = [("processes", r.key) for r in tables["processes"] if r.key.split(".")[0] in shared]
        rows += [("prices", r.key) for r in tables["prices"] if r.key.startswith(("existing.", "land."))]
        return [(t, k) for t, k in rows if _MONEY in tables[t].rows[k].unit]
    if lever not in _LEVERS:
        return []
    table, patterns = _LEVERS[lever]
    return [
        (table, r.key)
        for r in tables[table]
        if _MONEY in r.unit and any(fnmatchcase(r.key, pattern) for pattern in patterns)
    ]


def _value(text: str, now: float) -> float | None:
    try:
        if text.endswith("%"):
            share = float(text[:-1])
            return now * (1 + share / 100) if text[0] in "+-" else share / 100
        if text[:1] in ("x", "×", "*"):
            return now * float(text[1:])
        return float(text)
    except (ValueError, IndexError):
        return None


def _sane(key: str, value: float) -> bool:
    if not 0 <= value < 1e12:
        return False
    if key == "discount":
        return value <= 0.5
    return value > 0 if key in _POSITIVE else True
