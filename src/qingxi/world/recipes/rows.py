"""Rows of houses along a line, and the choice of those that are built."""

import numpy as np
import numpy.typing as npt

from qingxi.world.houses import choose_houses
from qingxi.world.lines import along, length
from qingxi.world.relief import Relief

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class Rows:
    """Candidate houses, gathered line by line."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._x: list[F64] = []
        self._y: list[F64] = []
        self._h: list[I64] = []

    def put(
        self, line: F64, hamlet: int, gap_m: float, *, sides: tuple[int, ...] = (-1, 1), off_m: float = 10.0
    ) -> int:
        """Houses along a line, ``gap_m`` apart on each side (1 left, -1 right), ``off_m`` from it; how many."""
        rng, whole = self._rng, length(line)
        many = 0
        for side in sides:
            run = np.arange(0.5 * gap_m * (0.7 + 0.3 * side), whole, gap_m)
            run = run + rng.normal(0, 0.1 * gap_m, run.size)
            run = run[(run > 1.0) & (run < whole - 1.0)]
            if run.size == 0:
                continue
            spot, way = along(line, run)
            off = side * (off_m + rng.uniform(-2.0, 2.5, run.size))
            self._x.append(spot[:, 0] - off * way[:, 1])
            self._y.append(spot[:, 1] + off * way[:, 0])
            self._h.append(np.full(run.size, hamlet, dtype=np.int64))
            many += int(run.size)
        return many

    def built(self, relief: Relief, want: I64, x: F64, y: F64) -> tuple[F64, F64, I64]:
        """The houses that are built, as many as wanted in all where there is room: x, y, hamlet."""
        got = (np.concatenate(self._x), np.concatenate(self._y), np.concatenate(self._h))
        return choose_houses(self._rng, relief, got, want, x, y)
