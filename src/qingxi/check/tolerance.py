"""How near two figures must be to count as the same (复核容差), as ``docs/costs.md`` states it."""

import numpy as np

YUAN, SHARE = 0.5, 1e-6
"""Money agrees within half a yuan and a millionth; volumes within a hundredth of a cubic metre and a millionth."""


def differs(told: np.ndarray, real: np.ndarray, near: float = YUAN) -> np.ndarray:
    """Where a told figure is not the recomputed one; NaN differs from everything."""
    return np.asarray(~(np.abs(told - real) <= near + SHARE * np.abs(real)))
