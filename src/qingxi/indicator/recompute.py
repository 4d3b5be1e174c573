"""Computing a kept figure again from the lines that were kept with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qingxi.indicator.figure import percent


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Numerator, denominator and print, from the lines."""

    part: int
    n: int
    printed: str


def recompute(
    numerator: Iterable[Mapping[str, Any]], denominator: Iterable[Mapping[str, Any]], printed: str
) -> Recomputed:
    """A figure from its kept lines (``ref``, ``weight``), with the decimals of ``printed``.

    Raises
    ------
    ValueError
        When a line stands twice, a line of the numerator is not in the denominator, or weighs more there than in it: such
        lists were never a figure's.
    """
    whole: dict[str, int] = {}
    for line in denominator:
        if line["ref"] in whole:
            raise ValueError(f"分母里 {line['ref']} 有两行")
        whole[line["ref"]] = int(line.get("weight", 1))
    part = 0
    counted: set[str] = set()
    for line in numerator:
        ref, weight = line["ref"], int(line.get("weight", 1))
        if ref in counted:
            raise ValueError(f"分子里 {ref} 有两行")
        if ref not in whole:
            raise ValueError(f"分子里的 {ref} 不在分母里")
        if weight > whole[ref]:
            raise ValueError(f"{ref} 的分子 {weight} 大于分母 {whole[ref]}")
        counted.add(ref)
        part += weight
    n = sum(whole.values())
    number = printed.removesuffix("%")
    decimals = len(number.partition(".")[2])
    return Recomputed(part, n, f"{percent(part, n, decimals)}%" if n else "无法计算")
