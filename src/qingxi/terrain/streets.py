"""Streets (街巷): where a trench may go."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt


class Surface(IntEnum):
    """What has to be broken and mended (路面); keys of the price table are the names in lower case.

    ``REBUILT`` is a road that will be rebuilt anyway (道路改建同步): nobody pays for mending it. ``OFFSTREET`` is a way over
    somebody's yard or waste land, ``FARMLAND`` one over a field: both pay compensation by the metre.
    """

    EARTH = 0
    CONCRETE = 1
    ASPHALT = 2
    REBUILT = 3
    OFFSTREET = 4
    FARMLAND = 5


OFF_STREET = (int(Surface.OFFSTREET), int(Surface.FARMLAND))
"""Surfaces of ways that are no street."""


@dataclass(frozen=True, slots=True)
class Streets:
    """Lines as one coordinate array.

    Attributes
    ----------
    coords_m : float64[points, 2]
    offsets : int64[n + 1]
        Line i has the points ``coords_m[offsets[i]:offsets[i + 1]]``, at least 2.
    surface : int64[n]
        A value of :class:`Surface`.
    id : text[n]
    """

    coords_m: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    surface: npt.NDArray[np.int64]
    id: npt.NDArray[Any]

    def __post_init__(self) -> None:
        n = self.offsets.shape[0] - 1
        if self.surface.shape[0] != n or self.id.shape[0] != n:
            raise ValueError(f"streets: {n} lines beside {self.surface.shape[0]} surfaces, {self.id.shape[0]} ids")
        if n and (np.diff(self.offsets) < 2).any():
            raise ValueError("streets: a line has fewer than 2 points")
        if self.offsets[-1] != self.coords_m.shape[0]:
            raise ValueError("streets: offsets do not end at the last point")

    def __len__(self) -> int:
        return int(self.offsets.shape[0]) - 1

    @classmethod
    def from_lines(cls, lines: Sequence[npt.ArrayLike], surface: Any = Surface.CONCRETE, id: Any = None) -> Self:
        """Streets from a list of coordinate lists; one surface for all or one each."""
        arrays = [np.asarray(line, dtype=np.float64)[:, :2] for line in lines]
        n = len(arrays)
        return cls(
            coords_m=np.concatenate(arrays) if n else np.zeros((0, 2)),
            offsets=np.concatenate([[0], np.cumsum([len(a) for a in arrays])]).astype(np.int64),
            surface=np.broadcast_to(np.asarray(surface, dtype=np.int64), (n,)).copy(),
            id=np.array([str(i + 1) for i in range(n)], dtype=object)
            if id is None
            else np.asarray(id, dtype=object),
        )
