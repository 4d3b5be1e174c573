"""Two versions of a plan side by side: what changed, for whom, for how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_SAME_SHARE = 0.005
"""A hamlet whose mode stays and whose cost moves by less than this share of it is the same."""


@dataclass(frozen=True)
class Change:
    """One natural village (or a village: the sum of its own) before and after.

    Attributes
    ----------
    mode_a, mode_b : str
        Empty where a version does not know it.
    value_a, value_b : float
        Present value, yuan.
    pipe_a_m, pipe_b_m : float
        Its share of its system's sewers.
    """

    key: str
    name: str
    village: str
    households: int
    mode_a: str
    mode_b: str
    value_a: float
    value_b: float
    pipe_a_m: float
    pipe_b_m: float
    reason: str = ""
    reason_en: str = ""

    @property
    def diff(self) -> float:
        """Present value after less before, yuan; negative saves."""
        return self.value_b - self.value_a

    @property
    def pipe_diff_m(self) -> float:
        return self.pipe_b_m - self.pipe_a_m

    @property
    def kind(self) -> str:
        """``mode`` (another mode), ``cost`` (the same, dearer or cheaper), empty: the same."""
        if self.mode_a != self.mode_b:
            return "mode"
        return "cost" if abs(self.diff) > _SAME_SHARE * max(abs(self.value_a), abs(self.value_b), 1.0) else ""


@dataclass(frozen=True)
class Difference:
    """All natural villages, those that changed, and the villages that they belong to."""

    every: list[Change] = field(default_factory=list)

    @property
    def changed(self) -> list[Change]:
        """Those with another mode first, by how much money moves, then those that cost otherwise."""
        rows = [row for row in self.every if row.kind]
        return sorted(rows, key=lambda row: (row.kind != "mode", -abs(row.diff), row.key))

    @property
    def other_mode(self) -> list[Change]:
        return [row for row in self.changed if row.kind == "mode"]

    @property
    def households(self) -> int:
        """Households of natural villages with another mode."""
        return sum(row.households for row in self.other_mode)

    def villages(self) -> list[Change]:
        """The villages of what changed, each the sum of all its natural villages; most money first."""
        touched = {row.key[:12] for row in self.changed}
        by: dict[str, list[Change]] = {}
        for row in self.every:
            if row.key[:12] in touched:
                by.setdefault(row.key[:12], []).append(row)
        sums = [_sum(code, rows) for code, rows in by.items()]
        return sorted(sums, key=lambda row: (-abs(row.diff), row.key))


def _sum(code: str, rows: list[Change]) -> Change:
    def words(modes: Iterable[str]) -> str:
        return ",".join(dict.fromkeys(m for m in modes if m))

    by_size = sorted(rows, key=lambda row: -row.households)
    return Change(
        code, rows[0].village, rows[0].village, sum(r.households for r in rows),
        words(r.mode_a for r in by_size), words(r.mode_b for r in by_size),
        sum(r.value_a for r in rows), sum(r.value_b for r in rows),
        sum(r.pipe_a_m for r in rows), sum(r.pipe_b_m for r in rows),
    )  # fmt: skip


def difference(before: Iterable[Any], after: Iterable[Any], villages: dict[str, str]) -> Difference:
    """Match two versions' rows by natural village.

    Parameters
    ----------
    before, after : rows of HamletOption
    villages : dict
        Village name by code.
    """
    a = {row.hamlet_key: row for row in before}
    b = {row.hamlet_key: row for row in after}
    out = []
    for key in sorted(a.keys() | b.keys()):
        old, new = a.get(key), b.get(key)
        one = new or old
        assert one is not None
        out.append(
            Change(
                key, one.name, villages.get(key[:12], ""), one.households, old.mode if old else "", new.mode if new else "",
                (old.present_value_yuan or 0.0) if old else 0.0, (new.present_value_yuan or 0.0) if new else 0.0,
                old.pipe_m if old else 0.0, new.pipe_m if new else 0.0, new.reason if new else "",
                new.reason_en if new else "",
            )
        )  # fmt: skip
    return Difference(out)


def totals(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, str, float | None, float | None, bool]]:
    """Rows of the small table: (key, kind of number, before, after, whether less is better)."""

    def get(figures: dict[str, Any], *way: str) -> float | None:
        for name in way:
            figures = figures.get(name) if isinstance(figures, dict) else None  # type: ignore[assignment]
        return float(figures) if isinstance(figures, (int, float)) else None

    def pipes(figures: dict[str, Any]) -> float | None:
        parts = [get(figures, "pipe_m", kind) for kind in ("gravity", "pressure")]
        return None if None in parts else sum(p for p in parts if p is not None) / 1000

    return [
        ("present_value", "wan", get(a, "cost", "present_value"), get(b, "cost", "present_value"), True),
        ("capex", "wan", get(a, "cost", "capex"), get(b, "cost", "capex"), True),
        ("running", "wan", get(a, "cost", "running_per_year"), get(b, "cost", "running_per_year"), True),
        ("pipe_km", "km", pipes(a), pipes(b), False),
        ("plants", "count", get(a, "plants"), get(b, "plants"), False),
        ("pumps", "count", get(a, "pumps"), get(b, "pumps"), False),
        ("connected", "count", get(a, "households", "connected"), get(b, "households", "connected"), False),
        ("clustered", "count", get(a, "households", "clustered"), get(b, "households", "clustered"), False),
        ("onsite", "count", get(a, "households", "onsite"), get(b, "households", "onsite"), False),
        ("reuse", "count", get(a, "households", "reuse"), get(b, "households", "reuse"), False),
        ("controlled", "count", get(a, "households", "controlled"), get(b, "households", "controlled"), False),
        ("unserved", "count", get(a, "households", "unserved"), get(b, "households", "unserved"), False),
        ("gap", "percent", get(a, "gap"), get(b, "gap"), True),
    ]
