"""What a plan leaves the planner as."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qingxi.origin import Fault

if TYPE_CHECKING:
    from qingxi.plan.standing import Standing

Columns = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PlanTables:
    """The layers of ``docs/formats/plan-export.md``: one mapping of equal-length columns each.

    Point layers (``hamlets``, ``households``, ``nodes``, ``lifts``, ``plants``) carry two more columns, ``x_m`` and
    ``y_m``, which a writer turns into the geometry. The geometry of pipe i is
    ``pipe_coords_m[pipe_offsets[i]:pipe_offsets[i + 1]]``, from its first node to its last. A layer that the level
    withholds is an empty mapping.
    """

    systems: Columns
    hamlets: Columns
    households: Columns = field(default_factory=dict)
    nodes: Columns = field(default_factory=dict)
    pipes: Columns = field(default_factory=dict)
    lifts: Columns = field(default_factory=dict)
    plants: Columns = field(default_factory=dict)
    affordability: Columns = field(default_factory=dict)
    overrides: Columns = field(default_factory=dict)
    pipe_coords_m: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    pipe_offsets: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A plan: tables, the figures of ``plan.json`` that the planner knows, and the faults met on the way.

    ``figures`` has the keys of ``plan.json`` except ``crs``, ``inputs``, ``peak_mb``, ``faults`` and ``version``, which
    belong to whoever reads and writes the files; ``figures["seconds"]`` has ``graph``, ``layout``, ``design``, ``bound``.
    ``standing`` is the plan ready to be asked what if; None at level L0.
    """

    tables: PlanTables
    figures: dict[str, Any]
    faults: tuple[Fault, ...]
    standing: "Standing | None" = None
