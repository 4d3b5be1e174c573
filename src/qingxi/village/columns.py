"""What equal-length columns must hold to."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[Any]


def require_equal_length(thing: str, columns: dict[str, npt.NDArray[Any]]) -> None:
    """Raise ValueError naming the columns whose length differs from the first."""
    lengths = {name: int(column.shape[0]) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{thing}: columns differ in length: {lengths}")


def require_not_negative(thing: str, columns: dict[str, FloatArray]) -> None:
    """Raise ValueError naming the first negative value; NaN (unknown) is allowed."""
    for name, column in columns.items():
        bad = np.flatnonzero(column < 0)
        if bad.size:
            raise ValueError(f"{thing}: {name}[{bad[0]}] is {column[bad[0]]}, must be 0 or more")
