"""What changed between two figures of one definition: gains and losses apart, by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingxi.indicator.denominator import Entry
from qingxi.indicator.figure import Counted, Figure
from qingxi.indicator.standing import VillageStanding


@dataclass(frozen=True)
class Change:
    """Who came into numerator and denominator, and who left them."""

    gained: tuple[Counted, ...]
    lost: tuple[Counted, ...]
    listed: tuple[Counted, ...]
    unlisted: tuple[Counted, ...]

    @property
    def sentence(self) -> str:
        """Gains and losses, never netted."""
        said = f"新增 {len(self.gained)} 个，退出 {len(self.lost)} 个"
        if self.listed or self.unlisted:
            said += f"；分母列入 {len(self.listed)} 个，核减 {len(self.unlisted)} 个"
        return said


def change(earlier: Figure, later: Figure) -> Change:
    """Compare two figures of the same definition and version.

    Raises
    ------
    ValueError
        When they were computed by different definitions or versions: such a difference means nothing.
    """
    a, b = earlier.definition, later.definition
    if (a.id, a.version) != (b.id, b.version):
        raise ValueError(f"口径不同不能相比：{a.id} 第 {a.version} 版与 {b.id} 第 {b.version} 版")
    if later.as_of < earlier.as_of:
        raise ValueError(f"{later.as_of} 早于 {earlier.as_of}")

    def new(have: tuple[Counted, ...], had: tuple[Counted, ...]) -> tuple[Counted, ...]:
        old = {c.ref for c in had}
        return tuple(c for c in have if c.ref not in old)

    return Change(
        new(later.numerator, earlier.numerator),
        new(earlier.numerator, later.numerator),
        new(later.denominator, earlier.denominator),
        new(earlier.denominator, later.denominator),
    )


def why_lost(villages: Iterable[VillageStanding], entries: Iterable[Entry], as_of: date) -> dict[str, str]:
    """Why a village left the numerator up to a day, by code: the last turn away from 已治理, or its deduction."""
    said = {}
    for v in villages:
        if losses := v.losses(as_of):
            said[v.code] = f"{losses[-1].on:%Y-%m-%d} {losses[-1].reason or '未写理由'}"
    for e in sorted(entries, key=lambda e: e.signed_on):
        if e.signed_on <= as_of and not e.added:
            said[e.code] = f"{e.signed_on:%Y-%m-%d} 核减：{e.reason}"
    return said
