"""Households (农户) as columns."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from qingxi.village.columns import (
    BoolArray,
    FloatArray,
    IntArray,
    TextArray,
    require_equal_length,
    require_not_negative,
)


@dataclass(frozen=True, slots=True)
class Households:
    """Every house that needs an answer; equal-length columns, one entry a household.

    Attributes
    ----------
    id : text[n]
        The survey's own number (户编号), unique.
    x_m, y_m : float64[n]
        Position in the computing zone; finite.
    hamlet : int64[n]
        Index into :class:`Hamlets`; −1 where unknown.
    people_registered, people_resident, people_festival : float64[n]
        户籍, 常住, 春节人口; 0 or more; NaN unknown. Plants and flows go by resident people.
    toilet : text[n]
        ``"水冲"``, ``"旱厕"``, ``"三格"`` or empty.
    separated : bool[n]
        Black and grey water kept apart (黑灰分离).

    Raises
    ------
    ValueError
        When lengths differ, a position is not finite or people are negative.
    """

    id: TextArray
    x_m: FloatArray
    y_m: FloatArray
    hamlet: IntArray
    people_registered: FloatArray
    people_resident: FloatArray
    people_festival: FloatArray
    toilet: TextArray
    separated: BoolArray

    def __post_init__(self) -> None:
        require_equal_length("households", {name: getattr(self, name) for name in self.__slots__})
        if not (np.isfinite(self.x_m).all() and np.isfinite(self.y_m).all()):
            raise ValueError("households: a position is not finite")
        require_not_negative(
            "households",
            {
                "people_registered": self.people_registered,
                "people_resident": self.people_resident,
                "people_festival": self.people_festival,
            },
        )

    def __len__(self) -> int:
        return int(self.x_m.shape[0])

    @classmethod
    def at(
        cls,
        x_m: npt.ArrayLike,
        y_m: npt.ArrayLike,
        *,
        id: Any = None,
        hamlet: Any = None,
        people_resident: Any = np.nan,
        people_registered: Any = np.nan,
        people_festival: Any = np.nan,
        toilet: Any = "",
        separated: Any = False,
    ) -> Self:
        """Households at these points; what is not given is unknown, ids are counted from 1."""
        x = np.asarray(x_m, dtype=np.float64)
        y = np.asarray(y_m, dtype=np.float64)
        n = x.shape[0]

        def floats(value: Any) -> FloatArray:
            return np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)).copy()

        return cls(
            id=np.array([str(i + 1) for i in range(n)], dtype=object)
            if id is None
            else np.asarray(id, dtype=object),
            x_m=x,
            y_m=y,
            hamlet=np.full(n, -1, dtype=np.int64) if hamlet is None else np.asarray(hamlet, dtype=np.int64),
            people_registered=floats(people_registered),
            people_resident=floats(people_resident),
            people_festival=floats(people_festival),
            toilet=np.broadcast_to(np.asarray(toilet, dtype=object), (n,)).copy(),
            separated=np.broadcast_to(np.asarray(separated, dtype=np.bool_), (n,)).copy(),
        )
