"""Norms and prices by diameter, read from the dated tables anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from qingxi.check.plan_read import Floats
from qingxi.standard import Table, load_table


@dataclass(frozen=True)
class Books:
    """The three tables a plan names."""

    prices: Table
    norms: Table
    processes: Table

    @property
    def investment(self) -> float:
        """M: total investment per yuan of works."""
        return (1 + self.prices["other_share"]) * (1 + self.prices["contingency"])

    @property
    def annuity(self) -> float:
        """a: present value of one yuan a year."""
        years, rate = self.prices["years"], self.prices["discount"]
        return years if rate == 0 else (1 - (1 + rate) ** -years) / rate


def books_of(prices: str, norms: str, processes: str = "processes") -> Books:
    """Load the tables; raises FileNotFoundError for an unknown name."""
    return Books(load_table(prices), load_table(norms), load_table(processes))


def as_told(
    books: Books, told: Mapping[str, Mapping[str, float]], declared: frozenset[str] = frozenset()
) -> tuple[Books, list[str]]:
    """The tables with the values the plan says it used, and where these are not today's.

    Parameters
    ----------
    declared : set of str
        Figures that a what-if plan says it changed, as ``prices.<key>`` or ``processes.<key>``: no difference.

    Returns
    -------
    (Books, list of str)
        A plan stays checkable after a price was raised; the list says how it differs, in Chinese.
    """
    changed: list[str] = []

    def old(table: Table, role: str) -> Table:
        values = told.get(table.name, {})
        rows = dict(table.rows)
        for key, row in table.rows.items():
            value = values.get(key)
            if value is not None and float(value) != row.value:
                if f"{role}.{key}" not in declared:
                    changed.append(f"{table.name} 的 {key}：成果用 {float(value):g}，现为 {row.value:g}")
                rows[key] = replace(row, value=float(value))
        return Table(table.name, rows)

    return Books(old(books.prices, "prices"), old(books.norms, "norms"), old(books.processes, "processes")), changed


def by_dn(table: Table, prefix: str, dn_mm: npt.NDArray[np.int64]) -> Floats:
    """``<prefix>.dn<DN>`` of each pipe; NaN for a diameter outside the series."""
    known = {int(key[2:]): row.value for key, row in table.under(prefix).items() if key.startswith("dn")}
    out = np.full(dn_mm.shape, np.nan)
    for dn, value in known.items():
        out[dn_mm == dn] = value
    return out


def by_key(table: Table, prefix: str, keys: npt.NDArray[np.object_], absent: float = np.nan) -> Floats:
    """``<prefix>.<key>`` of each row; ``absent`` where the table has none."""
    known = {key: row.value for key, row in table.under(prefix).items()}
    return np.array([known.get(str(key), absent) for key in keys], dtype=np.float64)


def peak_factor(norms: Table, mean_l_s: Floats) -> Floats:
    """Peak factor K of section 2: linear between the table's flows, constant above, a power law below."""
    points = sorted((float(key[1:]), row.value) for key, row in norms.under("peak").items() if key.startswith("q"))
    flows, factors = np.array([q for q, _ in points]), np.array([k for _, k in points])
    inner = np.interp(mean_l_s, flows, factors)
    with np.errstate(divide="ignore"):
        small = factors[0] * (flows[0] / np.maximum(mean_l_s, 1e-12)) ** norms["peak.small_power"]
    return np.asarray(np.where(mean_l_s < flows[0], np.minimum(norms["peak.small_cap"], small), inner))
