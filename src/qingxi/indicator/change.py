"""What changed between two figures of one definition: gains and losses apart, by name."""

from dataclasses import dataclass

from qingxi.indicator.figure import Counted, Figure


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
