"""Fen and its printed forms."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def fen_from_yuan(amount: float | Decimal | str) -> int:
    """Yuan to integer fen, half away from zero; raises ArithmeticError on a non-number."""
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def yuan(fen: int) -> Decimal:
    """Exact yuan of an amount in fen."""
    return Decimal(fen) / 100


def wan_yuan(fen: int) -> str:
    """万元 with two decimals, as tables print it: 186400000 fen is ``"186.40"``."""
    return f"{(Decimal(fen) / 1_000_000).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,}"


def share_out(total_fen: int, weights: Sequence[float]) -> list[int]:
    """Split an amount by weights so that the parts add up exactly (largest remainder).

    Raises
    ------
    ValueError
        When there is no weight, one is negative, or all are zero.
    """
    if not weights or min(weights) < 0 or sum(weights) <= 0:
        raise ValueError(f"weights are {list(weights)}, need at least one positive and none negative")
    whole = sum(Decimal(str(w)) for w in weights)
    exact = [Decimal(total_fen) * Decimal(str(w)) / whole for w in weights]
    parts = [int(e // 1) for e in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total_fen - sum(parts)]:
        parts[i] += 1
    return parts
