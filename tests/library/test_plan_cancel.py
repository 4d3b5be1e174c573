"""A progress callback that raises ends the planner: that is how a caller cancels it."""

import numpy as np
import pytest

from qingxi.plan import PlanInput, plan
from qingxi.terrain import Elevation, Streets
from qingxi.village import DataLevel, Households


class Cancelled(Exception):
    pass


@pytest.mark.parametrize("stage", ["graph", "layout", "bound"])
def test_a_callback_that_raises_ends_the_plan(stage):
    x = np.linspace(10, 390, 16)
    given = PlanInput(
        level=DataLevel.L2, households=Households.at(x, np.full(16, 15.0), people_resident=3.0),
        streets=Streets.from_lines([[(0, 0), (400, 0)]]),
        elevation=Elevation(np.add.outer(np.zeros(20), np.linspace(0, 20, 60)), (10.0, 0.0, -100.0, 0.0, -10.0, 100.0), 0.1),
    )  # fmt: skip
    heard = []

    def progress(at, share):
        heard.append(at)
        if at == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        plan(given, progress=progress)
    assert stage in heard
