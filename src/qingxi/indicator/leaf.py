"""One thing a figure may count: what it adds to the numerator, what to the denominator, or why it is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from qingxi.origin import Ref


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line of a figure that is counted from facts.

    ``part`` of ``whole`` in the unit counted; ``out`` says why it is not counted at all (not known, not asked for), and
    then part and whole do not matter; ``group`` is shown apart and never added up.
    """

    ref: Ref
    name: str
    part: int
    whole: int
    why: str
    out: str = ""
    group: str = ""
    because: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        if not self.out and not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.name}：分子 {self.part} 不在 0 与分母 {self.whole} 之间")


@dataclass(frozen=True)
class Leaves:
    """Every line of a figure, what must be said beside it, and what its denominator is called."""

    leaves: tuple[Leaf, ...]
    label: str
    remarks: tuple[str, ...] = ()


def named(what: str, names: Sequence[str]) -> tuple[str, ...]:
    """A remark with the first few names; none when nobody is meant."""
    if not names:
        return ()
    return (f"{what}：{'、'.join(names[:5])}" + (f" 等 {len(names)} 个" if len(names) > 5 else ""),)
