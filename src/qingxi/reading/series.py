"""A daily series with its coverage: a missing day is not a zero."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class DailySeries:
    """One quantity of one facility by day.

    Attributes
    ----------
    facility, quantity : str
        Facility id and code of :mod:`qingxi.quantity` (unit is the quantity's own).
    first : date
        Day of ``values[0]``; days follow without holes.
    values : float64[n]
        Daily value; NaN where the day has none.
    coverage : float64[n]
        Share of the day's expected readings that arrived and were valid, 0 to 1.
    """

    facility: str
    quantity: str
    first: date
    values: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.values.shape != self.coverage.shape or self.values.ndim != 1:
            raise ValueError(
                f"{self.facility} {self.quantity}: {self.values.shape} values beside {self.coverage.shape} coverages"
            )

    def __len__(self) -> int:
        return int(self.values.size)
