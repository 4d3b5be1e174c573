"""Computing a kept figure again from the lines that were kept with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from qingxi.indicator.figure import percent


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Numerator and denominator in units counted, and the print, from the lines."""

    part: int
    n: int
    printed: str


def recompute(
    numerator: Iterable[Mapping[str, Any]], denominator: Iterable[Mapping[str, Any]], printed: str
) -> Recomputed:
    """A figure from its kept lines (``ref``, ``weight``, of a drawn sample ``stands_for``), with the decimals of ``printed``.

    Raises
    ------
    ValueError
        When a line stands twice, a line of the numerator is not in the denominator, weighs more there than in it or stands
        for another number, or when the lines of a sample do not add up to whole things (one was lost): such lists were
        never a figure's.
    """
    whole: dict[str, int] = {}
    stands: dict[str, Fraction | None] = {}
    for line in denominator:
        if line["ref"] in whole:
            raise ValueError(f"分母里 {line['ref']} 有两行")
        whole[line["ref"]] = int(line.get("weight", 1))
        stands[line["ref"]] = _stands_for(line)
    known = {ref: number for ref, number in stands.items() if number is not None}
    if known and len(known) < len(stands):
        raise ValueError(f"分母里有 {len(stands) - len(known)} 行没有写代表多少")
    n = sum(whole.values())
    all_ = sum((whole[ref] * number for ref, number in known.items()), Fraction(0)) if known else Fraction(n)
    if all_.denominator != 1:
        raise ValueError(f"分母各行代表的合计 {all_} 不是整数，名单不全")
    part, hits = 0, Fraction(0)
    counted: set[str] = set()
    for line in numerator:
        ref, weight = line["ref"], int(line.get("weight", 1))
        if ref in counted:
            raise ValueError(f"分子里 {ref} 有两行")
        if ref not in whole:
            raise ValueError(f"分子里的 {ref} 不在分母里")
        if weight > whole[ref]:
            raise ValueError(f"{ref} 的分子 {weight} 大于分母 {whole[ref]}")
        if _stands_for(line) != stands[ref]:
            raise ValueError(f"{ref} 在分子和分母里代表的数不同")
        counted.add(ref)
        part += weight
        hits += weight * known.get(ref, Fraction(1))
    number = printed.removesuffix("%")
    decimals = len(number.partition(".")[2])
    return Recomputed(part, n, f"{percent(hits, all_, decimals)}%" if n else "无法计算")


def _stands_for(line: Mapping[str, Any]) -> Fraction | None:
    said = line.get("stands_for")
    return None if said is None else Fraction(str(said))
