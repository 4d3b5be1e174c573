"""Days to intervals: which stretches of flagged days are one thing."""

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def stretches(flag: Flags, *, join: int = 0, least: int = 1) -> list[tuple[int, int]]:
    """First and last index of each run of flags; runs at most ``join`` apart are one, shorter than ``least`` none.

    ``least`` counts flagged entries, not the holes that were bridged.
    """
    at = np.nonzero(flag)[0]
    if not at.size:
        return []
    cuts = np.nonzero(np.diff(at) > join + 1)[0] + 1
    return [(int(run[0]), int(run[-1])) for run in np.split(at, cuts) if run.size >= least]


def rolling_mean(values: Floats, width: int, *, needs: int) -> Floats:
    """Mean of the ``width`` entries around each, NaN left out; NaN where fewer than ``needs`` are known."""
    half = width // 2
    known = ~np.isnan(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(values.size)
    low, high = np.maximum(at - half, 0), np.minimum(at + width - half, values.size)
    n = count[high] - count[low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n >= needs, (total[high] - total[low]) / n, np.nan)


def rolling_median(values: Floats, width: int, *, needs: int) -> Floats:
    """As :func:`rolling_mean`, the median."""
    if not values.size:
        return values.copy()
    half = width // 2
    padded = np.concatenate([np.full(half, np.nan), values, np.full(width - half - 1, np.nan)])
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)  # NaN sorts last
    n = (~np.isnan(windows)).sum(axis=1)
    at = np.arange(values.size)
    low = windows[at, np.maximum(n - 1, 0) // 2]
    high = windows[at, np.minimum(n // 2, width - 1)]
    return np.where(n >= needs, (low + high) / 2, np.nan)


def share_of(flag: Flags, width: int) -> Floats:
    """Share of flags among the ``width`` entries around each."""
    return rolling_mean(flag.astype(np.float64), width, needs=1)


def median_of(values: Floats) -> float:
    """Median of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def quantile_of(values: Floats, share: float) -> float:
    """Quantile of what is known; NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if known.size else float("nan")
