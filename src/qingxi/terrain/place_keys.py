"""Places as single numbers that sort as (x, y) does: sorting pairs of numbers takes ten times as long."""

from typing import Any

import numpy as np
import numpy.typing as npt


def place_keys(xy_m: npt.NDArray[np.float64], step_m: float) -> npt.NDArray[np.int64]:
    """One number a place, the same for places that are the same to the nearest step; comparable within one call only."""
    if xy_m.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    per_m = round(1 / step_m)
    at = np.round(xy_m * per_m).astype(np.int64)
    low, high = at.min(axis=0), at.max(axis=0)
    span = [int(high[i]) - int(low[i]) + 1 for i in (0, 1)]
    if span[0] * span[1] >= 2**63:  # too far apart to count the steps between: the slow way
        number: npt.NDArray[np.int64] = np.unique(at, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
        return number
    keys: npt.NDArray[np.int64] = (at[:, 0] - low[0]) * span[1] + (at[:, 1] - low[1])
    return keys


def first_of_each(xy_m: npt.NDArray[np.float64], step_m: float) -> npt.NDArray[np.intp]:
    """Index of the first of all that stand at one place, in the order of the places."""
    _, first = np.unique(place_keys(xy_m, step_m), return_index=True)
    found: npt.NDArray[Any] = first
    return found
