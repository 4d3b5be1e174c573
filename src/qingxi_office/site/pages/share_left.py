"""The share of plants or devices that still run after some years, as a page tells it (还在运行的占比)."""

from __future__ import annotations


def told(at: tuple[float, float, float] | None) -> dict[str, str] | None:
    """Share, low and high (0 to 1) in whole per cent, the interval only where it is not sure; None where none is that old."""
    if at is None:
        return None
    share, low, high = (f"{100 * each:.0f}" for each in at)
    return {"share": share, "between": f"{low}–{high}" if low != high else ""}
