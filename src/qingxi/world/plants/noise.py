"""Random courses with a memory, and the smoothing of tanks."""

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

F64 = npt.NDArray[np.float64]


def wander(rng: np.random.Generator, n: int, keep: float, spread: float) -> F64:
    """A course around zero with standard deviation ``spread``; ``keep`` of one step is left in the next."""
    if spread == 0:
        return np.zeros(n)
    shocks = rng.standard_normal(n, dtype=np.float32).astype(np.float64)
    shocks[0] /= np.sqrt(1 - keep * keep)
    return np.asarray(lfilter([spread * np.sqrt(1 - keep * keep)], [1.0, -keep], shocks), dtype=np.float64)


def lag(values: F64, steps: float) -> F64:
    """What leaves a stirred tank with a time constant of ``steps``; it starts in balance."""
    if steps <= 0:
        return values
    keep = float(np.exp(-1.0 / steps))
    out, _ = lfilter([1 - keep], [1.0, -keep], values, zi=[keep * values[0]])
    return np.asarray(out, dtype=np.float64)
